// Real paths and their query: the address is the only store of what a list shows, so Back, reload and a shared link always work.
import { signal } from "./lib.js";

const here = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Where the person is: {path, query}. Reading `.value` in a component draws it anew after each move. */
export const place = signal(here());

let leads = () => false;

/** Begins to follow the address. `isPage(path)` tells which links are the UI's own; all others the browser follows itself. */
export function start(isPage) {
  leads = isPage;
  addEventListener("popstate", () => { place.value = here(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || !leads(to.pathname) || (to.hash && to.pathname === location.pathname)) return;
    event.preventDefault();
    navigate(to.pathname + to.search);
  });
}

/** Goes to a path with query; `replace` leaves no step for Back. */
export function navigate(to, { replace = false } = {}) {
  const moved = new URL(to, location.origin).pathname !== location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  place.value = here();
  if (moved) scrollTo(0, 0);
}

/** The present address with some of its query changed; `null` and "" take a name away. */
export function withQuery(changes, from = place.value) {
  const query = new URLSearchParams(from.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return from.path + (text ? `?${text}` : "");
}

/** The values of a pattern's `:names` in `path`, or `null` where it does not fit. */
export function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const values = {};
  for (let at = 0; at < wanted.length; at += 1) {
    if (wanted[at].startsWith(":")) values[wanted[at].slice(1)] = decodeURIComponent(given[at]);
    else if (wanted[at] !== given[at]) return null;
  }
  return values;
}
