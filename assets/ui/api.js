// The one way to the server: the cookie goes along by itself, writes carry the header that shows they come from this page.
import { useEffect, useRef, useState } from "./lib.js";
import { navigate, place } from "./router.js";
import { t } from "./messages.js";

/** What went wrong, in the server's own words (`message`), with its status (0: no answer came). */
export class ApiError extends Error {
  constructor(status, detail, { mfaRequired = false, retryAfter = null } = {}) {
    super(detail);
    Object.assign(this, { status, mfaRequired, retryAfter });
  }
}

/** A path with a query; what is `null`, `undefined` or "" is left out. */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

/**
 * Sends a request. Gives {data, total, headers}; throws `ApiError`, or the browser's AbortError when `signal` says so.
 * Whoever is not signed in any more is led to the sign-in page and back afterwards, unless `signingIn`.
 */
export async function send(method, path, { query, body, signal, bearer, signingIn = false } = {}) {
  const headers = { accept: "application/json" };
  if (method !== "GET") headers["x-requested-with"] = "recoger";
  if (body !== undefined && !(body instanceof Blob)) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const content = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
  let response;
  try {
    response = await fetch(address(path, query), { method, headers, body: content, signal, credentials: bearer ? "omit" : "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, t("error.offline"));
  }
  if (response.ok) {
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const total = response.headers.get("x-total-count");
    return { data: isJson ? await response.json() : null, total: total === null ? null : Number(total), headers: response.headers };
  }
  const failure = await failureOf(response);
  if (failure.status === 401 && !signingIn) leaveToSignIn();
  if (failure.status === 403 && failure.mfaRequired) leadToSecondFactor();
  throw failure;
}

export const get = (path, options) => send("GET", path, options);
export const post = (path, body, options) => send("POST", path, { ...options, body });
export const patch = (path, body, options) => send("PATCH", path, { ...options, body });
export const put = (path, body, options) => send("PUT", path, { ...options, body });
export const remove = (path, options) => send("DELETE", path, options);

async function failureOf(response) {
  let detail = null;
  let mfaRequired = false;
  try {
    const told = await response.json();
    detail = told.detail;
    mfaRequired = told.mfa_required === true;
  } catch { /* not ours, perhaps a proxy's: the status alone has to do */ }
  const seconds = Number(response.headers.get("retry-after"));
  const retryAfter = seconds > 0 ? new Date(Date.now() + seconds * 1000) : null;
  return new ApiError(response.status, detail || t("error.status", { status: response.status }), { mfaRequired, retryAfter });
}

function leaveToSignIn() {
  const { path, query } = place.value;
  if (path === "/sign-in") return;
  const back = path + (query.size ? `?${query}` : "");
  navigate(address("/sign-in", { next: back === "/" ? null : back }), { replace: true });
}

/** The organisation asks for a second factor and this session has none: only the own account is open, where it is set up. */
function leadToSecondFactor() {
  const { path, query } = place.value;
  if (path === "/profile" || path === "/sign-in") return;
  navigate(address("/profile", { next: path + (query.size ? `?${query}` : "") }), { replace: true });
}

/**
 * Loads `path` with `query` and again when either changes; `null` loads nothing. What was there stays while the next is on its way.
 * Gives {data, total, error, loading, slow, reload}; `slow` once it takes more than 200 ms.
 */
export function useLoad(path, query) {
  const target = path === null ? null : address(path, query);
  const [state, setState] = useState({ loading: target !== null, slow: false, data: null, total: null, error: null, target: null });
  const [turn, setTurn] = useState(0);
  const silent = useRef(false);
  useEffect(() => {
    if (target === null) return undefined;
    const stop = new AbortController();
    const quiet = silent.current;
    silent.current = false;
    if (!quiet) setState((before) => ({ ...before, loading: true, slow: false, error: null }));
    const timer = setTimeout(() => { if (!quiet) setState((before) => ({ ...before, slow: true })); }, 200);
    get(target, { signal: stop.signal }).then(
      ({ data, total }) => setState({ loading: false, slow: false, data, total, error: null, target }),
      (error) => {
        if (error.name !== "AbortError") setState((before) => ({ ...before, loading: false, slow: false, error }));
      },
    ).finally(() => clearTimeout(timer));
    return () => { stop.abort(); clearTimeout(timer); };
  }, [target, turn]);
  const reload = ({ quiet = false } = {}) => { silent.current = quiet; setTurn((before) => before + 1); };
  return { ...state, reload };
}

/** Calls `act` every `seconds` while the page can be seen. */
export function useEvery(seconds, act, on = true) {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => { if (document.visibilityState === "visible") latest.current(); }, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, on]);
}
