// The pages: one line each. `nav` puts a link into the sidebar (main or manage), `roles` says who may see it; without `roles` all who
// are signed in do, with `open` everybody does. What most people see first is loaded at once, all else when somebody goes there.
import { html, useEffect, useState } from "./lib.js";
import { DashboardPage } from "./pages/dashboard.js";
import { DevicesPage, MyDevicesPage } from "./pages/devices.js";
import { SignInPage } from "./pages/sign-in.js";
import { Failure, Skeleton } from "./components/page.js";
import { learnMore, t } from "./messages.js";
import { match } from "./router.js";

let styled = null;

/** The styles of pages that are loaded later; they are there before the page is. */
function styleMore() {
  styled ??= new Promise((resolve, reject) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: new URL("./css/more.css", import.meta.url).href, onload: resolve, onerror: reject });
    document.head.append(link);
  });
  return styled;
}

/** The page `name` of `pages/<file>.js`, loaded when it is first shown. */
function lazily(file, name) {
  let Ready = null;
  return function Page(props) {
    const [failed, setFailed] = useState(false);
    const [, setLoaded] = useState(Ready !== null);
    useEffect(() => {
      if (Ready) return;
      Promise.all([import(`./pages/${file}.js`), learnMore(), styleMore()]).then(([module]) => { Ready = module[name]; setLoaded(true); }, () => setFailed(true));
    }, []);
    // After an update of the appliance the files of before are gone: loading anew brings those that fit.
    if (failed) return html`<${Failure} error=${{ message: t("error.pageGone") }} retry=${() => location.reload()} />`;
    return Ready ? html`<${Ready} ...${props} />` : html`<${Skeleton} />`;
  };
}

export const PAGES = [
  { path: "/sign-in", page: SignInPage, open: true },
  { path: "/forgot-password", page: lazily("account-links", "ForgotPasswordPage"), open: true },
  { path: "/accept-invitation", page: lazily("account-links", "AcceptInvitationPage"), open: true },
  { path: "/reset-password", page: lazily("account-links", "ResetPasswordPage"), open: true },
  { path: "/docs/reference", page: lazily("reference", "ReferencePage"), open: true },
  { path: "/", page: DashboardPage, nav: { group: "main", icon: "gauge", text: "nav.dashboard" } },
  { path: "/devices", page: DevicesPage, nav: { group: "main", icon: "laptop", text: "nav.devices" } },
  { path: "/devices/:id", page: lazily("device", "DevicePage") },
  { path: "/services", page: lazily("services", "ServicesPage"), nav: { group: "main", icon: "cloud", text: "nav.services" } },
  { path: "/services/new", page: lazily("services", "NewServicePage"), roles: ["admin"] },
  { path: "/services/:id", page: lazily("services", "ServicePage") },
  { path: "/services/:id/edit", page: lazily("services", "EditServicePage"), roles: ["admin", "user"] },
  { path: "/services/:id/review", page: lazily("services", "ReviewPage"), roles: ["admin", "user"] },
  { path: "/reports", page: lazily("reports", "ReportsPage"), nav: { group: "main", icon: "file-check", text: "nav.reports" } },
  { path: "/reports/:id", page: lazily("reports", "ReportPage") },
  { path: "/audit-log", page: lazily("evidence", "AuditPage"), nav: { group: "main", icon: "scroll-text", text: "nav.auditLog" }, roles: ["admin", "auditor"] },
  { path: "/team", page: lazily("team", "TeamPage"), nav: { group: "manage", icon: "users", text: "nav.team" }, roles: ["admin"] },
  { path: "/people", page: lazily("team", "PeoplePage"), nav: { group: "manage", icon: "user", text: "nav.people" }, roles: ["admin", "auditor"] },
  { path: "/exceptions", page: lazily("evidence", "ExceptionsPage"), nav: { group: "manage", icon: "shield-off", text: "exceptions.title" }, roles: ["admin", "auditor"] },
  { path: "/attestations", page: lazily("evidence", "AttestationsPage"), nav: { group: "manage", icon: "badge-check", text: "attestations.title" }, roles: ["admin", "auditor"] },
  { path: "/enrol", page: lazily("team", "EnrolPage"), nav: { group: "manage", icon: "plus", text: "nav.enrol" }, roles: ["admin", "user"] },
  { path: "/settings", page: lazily("settings", "SettingsPage"), nav: { group: "manage", icon: "settings", text: "nav.settings" }, roles: ["admin"] },
  { path: "/diagnostics", page: lazily("settings", "DiagnosticsPage"), roles: ["admin"] },
  { path: "/my-devices", page: MyDevicesPage },
  { path: "/profile", page: lazily("profile", "ProfilePage") },
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
