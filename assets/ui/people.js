// Names for the ids of users. An admin may look up everybody, an auditor reads the people; for all others there are the names that answers
// bring along, and the own one.
import { html, signal, useEffect } from "./lib.js";
import { get } from "./api.js";
import { hasRole, isAdmin, user } from "./session.js";
import { t } from "./messages.js";

/** People that an auditor's page reads at most, in pages of a hundred. */
const PEOPLE_MAX = 1000;
const PAGE = 100;
const names = signal({});
const asked = new Set();
let people = null;

async function look(id) {
  if (asked.has(id)) return;
  asked.add(id);
  let name = null;
  try {
    const { data } = await get(`/v1/users/${id}`);
    name = data.name || data.email;
  } catch { /* gone, or not to be seen: the id has to do */ }
  names.value = { ...names.value, [id]: name };
}

/** Reads the names of all people with an account, once; whoever is not among them keeps the id. */
async function lookAmongPeople(id) {
  people ??= readPeople().catch(() => ({}));
  names.value = { [id]: null, ...names.value, ...await people };
}

async function readPeople() {
  const found = {};
  for (let skip = 0, more = true; more && skip < PEOPLE_MAX; skip += PAGE) {
    const { data, total } = await get("/v1/people", { query: { limit: PAGE, skip } });
    for (const person of data) if (person.user_id) found[person.user_id] = person.name || person.email;
    more = skip + PAGE < total;
  }
  return found;
}

/** The name of a user, with `none` where there is nobody; `name` where the answer that has the id brings it along. */
export function PersonName({ id, name, none = t("devices.noOwner") }) {
  const own = user.value?.id === id;
  const asks = Boolean(id) && !name && !own && hasRole("admin", "auditor");
  useEffect(() => { if (asks) (isAdmin() ? look : lookAmongPeople)(id); }, [id, asks]);
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
