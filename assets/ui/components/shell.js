// What stands around every page: skip link, navigation, the account's menu and the choice of appearance.
import { html, signal, useEffect, useRef } from "../lib.js";
import { PAGES } from "../pages.js";
import { place } from "../router.js";
import { end, hasRole, organisation, user } from "../session.js";
import { t, word } from "../messages.js";
import { Icon } from "./icon.js";
import { showCurrent } from "./page.js";
import { toast } from "./toast.js";
import { ShortcutHelp } from "./shortcuts.js";

const stored = () => { try { return localStorage.getItem("theme") ?? "auto"; } catch { return "auto"; } };
const theme = signal(stored());

function choose(wanted) {
  theme.value = wanted;
  if (wanted === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  try { localStorage.setItem("theme", wanted); } catch { /* it holds until the page is left */ }
}

/** The frame around `children`. */
export function Shell({ children }) {
  const groups = ["main", "manage"].map((group) => [group, PAGES.filter((entry) => entry.nav?.group === group && mayOpen(entry))]);
  const strip = useRef(null);
  const { path } = place.value;
  useEffect(() => { showCurrent(strip.current); }, [path]);
  const skip = (event) => { event.preventDefault(); document.getElementById("content").focus(); };
  return html`<a class="skip" href="#content" onClick=${skip}>${t("app.skip")}</a>
    <div class="shell">
      <header class="side">
        <a class="brand" href="/"><span class="brand-mark"><${Icon} name="check" /></span>
          <span class="brand-text">${t("app.name")}<small>${organisation.value.name}</small></span></a>
        <nav class="main-nav" aria-label=${t("nav.main")} ref=${strip}>${groups.map(([group, entries]) => entries.length > 0 && html`<div class="nav-group" key=${group}>
          ${group === "manage" && html`<span class="nav-label">${t("nav.manage")}</span>`}
          ${entries.map((entry) => html`<${NavLink} key=${entry.path} href=${entry.path} ...${entry.nav} />`)}</div>`)}</nav>
        <${Account} />
      </header>
      <main id="content" tabindex="-1">
        ${organisation.value.demo && html`<p class="demo-note"><${Icon} name="info" />${t("app.demo")}</p>`}
        ${children}
      </main>
    </div>
    <${ShortcutHelp} />`;
}

const mayOpen = (entry) => !entry.roles || hasRole(...entry.roles);

function NavLink({ href, icon, text }) {
  const { path } = place.value;
  const current = path === href ? "page" : href !== "/" && path.startsWith(`${href}/`) ? "true" : null;
  return html`<a href=${href} aria-current=${current}><${Icon} name=${icon} /><span>${t(text)}</span></a>`;
}

function Account() {
  const menu = useRef(null);
  const { path } = place.value;
  const close = () => { menu.current.open = false; };
  useEffect(close, [path]);
  useEffect(() => {
    const outside = (event) => { if (!menu.current.contains(event.target)) close(); };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  const onKeyDown = (event) => {
    if (event.key === "Escape" && menu.current.open) { close(); menu.current.querySelector("summary").focus(); }
  };
  const leave = () => end().catch((error) => toast(error.message, { tone: "bad" }));
  const { name, email, role } = user.value;
  const own = [["/my-devices", "laptop", "nav.myDevices"], ["/profile", "fingerprint", "nav.profile"]]
    .filter(([href]) => PAGES.some((entry) => entry.path === href));
  return html`<details class="account" ref=${menu} onKeyDown=${onKeyDown}>
    <summary><span class="hidden">${t("nav.account")}</span><span class="avatar" aria-hidden="true">${initials(name || email)}</span>
      <span class="account-text">${name || email}<small>${word("role", role)}</small></span></summary>
    <div class="menu">
      ${own.map(([href, icon, text]) => html`<a key=${href} href=${href} onClick=${close}><${Icon} name=${icon} />${t(text)}</a>`)}
      <a href="/docs"><${Icon} name="book-open" />${t("nav.docs")}</a>
      <fieldset><legend>${t("theme.title")}</legend>
        <div class="segments">${["auto", "light", "dark"].map((value) => html`<label key=${value}>
          <input type="radio" name="theme" value=${value} checked=${theme.value === value} onChange=${() => choose(value)} />
          <${Icon} name=${{ auto: "sun-moon", light: "sun", dark: "moon" }[value]} /><span>${t(`theme.${value}`)}</span></label>`)}</div>
      </fieldset>
      <button type="button" class="menu-item" onClick=${leave}><${Icon} name="log-out" />${t("nav.signOut")}</button>
    </div>
  </details>`;
}

const initials = (name) => name.split(/[\s@.]+/).filter(Boolean).slice(0, 2).map((part) => part[0].toUpperCase()).join("");
