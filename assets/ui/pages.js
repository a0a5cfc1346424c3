// The pages: one line each. `nav` puts a link into the sidebar (main or manage), `roles` says who may see it; without `roles` all who
// are signed in do, with `open` everybody does.
import { DevicesPage, MyDevicesPage } from "./pages/devices.js";
import { DevicePage } from "./pages/device.js";
import { SignInPage } from "./pages/sign-in.js";
import { AcceptInvitationPage, ForgotPasswordPage, ResetPasswordPage } from "./pages/account-links.js";
import { ProfilePage } from "./pages/profile.js";
import { DashboardPage } from "./pages/dashboard.js";
import { EditServicePage, NewServicePage, ReviewPage, ServicePage, ServicesPage } from "./pages/services.js";
import { ReportPage, ReportsPage } from "./pages/reports.js";
import { ReferencePage } from "./pages/reference.js";
import { match } from "./router.js";

export const PAGES = [
  { path: "/sign-in", page: SignInPage, open: true },
  { path: "/forgot-password", page: ForgotPasswordPage, open: true },
  { path: "/accept-invitation", page: AcceptInvitationPage, open: true },
  { path: "/reset-password", page: ResetPasswordPage, open: true },
  { path: "/docs/reference", page: ReferencePage, open: true },
  { path: "/", page: DashboardPage, nav: { group: "main", icon: "gauge", text: "nav.dashboard" } },
  { path: "/devices", page: DevicesPage, nav: { group: "main", icon: "laptop", text: "nav.devices" } },
  { path: "/devices/:id", page: DevicePage },
  { path: "/services", page: ServicesPage, nav: { group: "main", icon: "cloud", text: "nav.services" } },
  { path: "/services/new", page: NewServicePage, roles: ["admin"] },
  { path: "/services/:id", page: ServicePage },
  { path: "/services/:id/edit", page: EditServicePage, roles: ["admin", "user"] },
  { path: "/services/:id/review", page: ReviewPage, roles: ["admin", "user"] },
  { path: "/reports", page: ReportsPage, nav: { group: "main", icon: "file-check", text: "nav.reports" } },
  { path: "/reports/:id", page: ReportPage },
  { path: "/my-devices", page: MyDevicesPage },
  { path: "/profile", page: ProfilePage },
];

/** Where `/` leads. */
export const HOME = "/";

/** The page at `path` and the values of its `:names`, or `null`. */
export function find(path) {
  for (const entry of PAGES) {
    const values = match(entry.path, path);
    if (values) return { entry, values };
  }
  return null;
}
