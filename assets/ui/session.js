// Who is signed in, and what everybody in the organisation shares: its name and the time zone of its days.
import { signal, batch } from "./lib.js";
import { get, remove } from "./api.js";
import { navigate } from "./router.js";

/** The user of `GET /v1/users/me`, or `null` before sign-in. */
export const user = signal(null);
/** {name, timeZone, demo}; before it is known the browser's zone stands in. */
export const organisation = signal({ name: "", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, demo: false });

export const isAdmin = () => user.value?.role === "admin";
/** Whether the signed-in person has one of these roles. */
export const hasRole = (...roles) => roles.includes(user.value?.role);

/** Asks who is signed in; throws an `ApiError` with status 401 when nobody is. */
export async function begin() {
  const { data } = await get("/v1/users/me");
  await learn(data);
  user.value = data;
}

/** Reads the own profile again, after it has changed. */
export async function refresh() {
  user.value = (await get("/v1/users/me")).data;
}

/** Signs out here. */
export async function end() {
  await remove("/v1/auth/session", { signingIn: true }).catch((error) => { if (error.status !== 401) throw error; });
  batch(() => { user.value = null; navigate("/sign-in"); });
}

async function learn(me) {
  if (me.role !== "admin") return;
  try {
    const { data } = await get("/v1/settings");
    organisation.value = { name: data.organisation_name, timeZone: data.time_zone, demo: data.demo };
  } catch (error) {
    // Without the second factor that the organisation asks for, settings can't be read yet.
    if (error.status !== 403) throw error;
  }
}

const PURPOSES = ["accept-invitation", "reset-password"];
/** The secret of the link that was followed, for the page that it led to. */
export const linkSecret = signal(null);

/**
 * Takes the secret out of an address like `/#/reset-password/rr_…`: it goes to memory, and the address bar and the history keep only the
 * page. Behind `#` it was never sent to a server.
 */
export function keepSecret() {
  const [, purpose, token] = /^#\/([a-z-]+)\/([^/]+)$/.exec(location.hash) ?? [];
  if (!PURPOSES.includes(purpose)) return;
  linkSecret.value = decodeURIComponent(token);
  navigate(`/${purpose}`, { replace: true });
}

// A link opened in a window where the UI runs already changes nothing but what stands behind `#`.
addEventListener("hashchange", keepSecret);
