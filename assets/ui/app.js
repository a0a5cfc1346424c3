// Starts the UI: follows the address, finds out who is signed in, and draws the page that belongs there.
import { html, render, signal, useEffect } from "./lib.js";
import { ApiError, address } from "./api.js";
import { navigate, place, start } from "./router.js";
import { HOME, find } from "./pages.js";
import { begin, hasRole, keepSecret, user } from "./session.js";
import { Shell } from "./components/shell.js";
import { Failure, Message, Skeleton } from "./components/page.js";
import { Toasts } from "./components/toast.js";
import { t, word } from "./messages.js";

const trouble = signal(null);
const ready = signal(false);

function App() {
  const { path } = place.value;
  const found = find(path);
  useEffect(() => {
    if (path === "/" && HOME !== "/") navigate(HOME, { replace: true });
  }, [path]);
  if (found?.entry.open) return html`<${found.entry.page} key=${path} ...${found.values} /><${Toasts} />`;
  if (trouble.value) return html`<main class="alone"><${Failure} error=${trouble.value} retry=${signInOrGoOn} /></main>`;
  if (!user.value) {
    if (ready.value) leave();
    return html`<main class="alone"><${Skeleton} /></main>`;
  }
  return html`<${Shell}><${Page} found=${found} key=${path} /></${Shell}><${Toasts} />`;
}

function Page({ found }) {
  if (!found) return html`<${Message} icon="search" title=${t("common.notFound")} text=${t("common.notFoundWhy")} />`;
  const { entry, values } = found;
  if (entry.roles && !hasRole(...entry.roles)) {
    const why = t("common.notAllowedWhy", { role: word("role", user.value.role) });
    return html`<${Message} icon="lock" title=${t("common.notAllowed")} text=${why} />`;
  }
  return html`<${entry.page} ...${values} />`;
}

function leave() {
  const { path, query } = place.peek();
  const next = path + (query.size ? `?${query}` : "");
  queueMicrotask(() => navigate(address("/sign-in", { next: next === "/" ? null : next }), { replace: true }));
}

async function signInOrGoOn() {
  trouble.value = null;
  try {
    await begin();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 401) trouble.value = error;
  }
  ready.value = true;
}

keepSecret();
start((path) => path === "/" || find(path) !== null);
render(html`<${App} />`, document.getElementById("app"));
if (!find(place.peek().path)?.entry.open) signInOrGoOn();
else ready.value = true;
