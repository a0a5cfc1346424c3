// The pages: one line each. `nav` puts a link into the sidebar (main or manage), `roles` says who may see it; without `roles` all who
// are signed in do, with `open` everybody does.
import { DevicesPage, MyDevicesPage } from "./pages/devices.js";
import { DevicePage } from "./pages/device.js";
import { SignInPage } from "./pages/sign-in.js";
import { AcceptInvitationPage, ForgotPasswordPage, ResetPasswordPage } from "./pages/account-links.js";
import { ProfilePage } from "./pages/profile.js";
import { AttestationsPage, AuditPage, ExceptionsPage } from "./pages/evidence.js";
import { EnrolPage } from "./pages/enrol.js";
import { DiagnosticsPage, SettingsPage } from "./pages/settings.js";
import { PeoplePage, TeamPage } from "./pages/team.js";
import { match } from "./router.js";

export const PAGES = [
  { path: "/sign-in", page: SignInPage, open: true },
  { path: "/forgot-password", page: ForgotPasswordPage, open: true },
  { path: "/accept-invitation", page: AcceptInvitationPage, open: true },
  { path: "/reset-password", page: ResetPasswordPage, open: true },
  { path: "/devices", page: DevicesPage, nav: { group: "main", icon: "laptop", text: "nav.devices" } },
  { path: "/devices/:id", page: DevicePage },
  { path: "/my-devices", page: MyDevicesPage },
  { path: "/audit-log", page: AuditPage, nav: { group: "main", icon: "scroll-text", text: "nav.auditLog" }, roles: ["admin", "auditor"] },
  { path: "/team", page: TeamPage, nav: { group: "manage", icon: "users", text: "nav.team" }, roles: ["admin"] },
  { path: "/people", page: PeoplePage, nav: { group: "manage", icon: "user", text: "nav.people" }, roles: ["admin", "auditor"] },
  { path: "/exceptions", page: ExceptionsPage, nav: { group: "manage", icon: "shield-off", text: "exceptions.title" }, roles: ["admin", "auditor"] },
  { path: "/attestations", page: AttestationsPage, nav: { group: "manage", icon: "badge-check", text: "attestations.title" }, roles: ["admin", "auditor"] },
  { path: "/enrol", page: EnrolPage, nav: { group: "manage", icon: "plus", text: "nav.enrol" }, roles: ["admin", "user"] },
  { path: "/settings", page: SettingsPage, nav: { group: "manage", icon: "settings", text: "nav.settings" }, roles: ["admin"] },
  { path: "/diagnostics", page: DiagnosticsPage, roles: ["admin"] },
  { path: "/profile", page: ProfilePage },
];

/** Where `/` leads until there is a better first page. */
export const HOME = "/devices";

/** The page at `path` and the values of its `:names`, or `null`. */
export function find(path) {
  for (const entry of PAGES) {
    const values = match(entry.path, path);
    if (values) return { entry, values };
  }
  return null;
}
