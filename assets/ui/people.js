// Names for the ids of users. Only an admin may look others up; for everybody else the own name is all there is.
import { html, signal, useEffect } from "./lib.js";
import { get } from "./api.js";
import { isAdmin, user } from "./session.js";
import { t } from "./messages.js";

const names = signal({});
const asked = new Set();

async function look(id) {
  asked.add(id);
  let name = null;
  try {
    const { data } = await get(`/v1/users/${id}`);
    name = data.name || data.email;
  } catch { /* gone, or not to be seen: the id has to do */ }
  names.value = { ...names.value, [id]: name };
}

/** The name of a user, with `none` where there is nobody; `name` where the answer that has the id brings it along. */
export function PersonName({ id, name, none = t("devices.noOwner") }) {
  const own = user.value?.id === id;
  const asks = Boolean(id) && !name && !own && isAdmin();
  useEffect(() => { if (asks && !asked.has(id)) look(id); }, [id, asks]);
  if (!id) return html`<span class="dim">${none}</span>`;
  if (name) return name;
  if (own) return user.value.name || user.value.email;
  // An id that a name is about to take the place of would only flicker.
  return names.value[id] ?? (asks && !(id in names.value) ? html`<span aria-hidden="true">…</span>` : html`<span class="dim">${id}</span>`);
}

/** Active users for a select, [id, name] each; the first hundred that match `search`. */
export async function activeUsers(search = "", signal) {
  const { data } = await get("/v1/users", { query: { status: "active", limit: 100, search }, signal });
  return data.map(({ id, name, email }) => [id, name ? `${name} (${email})` : email]);
}
