// Who belongs to the organisation: the team that signs in, with its open invitations; and the people who are counted, with or without account.
import { html, useEffect, useRef, useState } from "../lib.js";
import { patch, post, remove, useLoad } from "../api.js";
import { place } from "../router.js";
import { isAdmin, user as me } from "../session.js";
import { Ago, Day, When, ago, exact, number } from "../format.js";
import { t, word } from "../messages.js";
import { activeUsers } from "../people.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, Loaded, PageHead, Tabs } from "../components/page.js";
import { List, Table } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Check, Field, Form } from "../components/form.js";
import { CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";

const ROLES = ["admin", "user", "viewer", "auditor"];
/** Open invitations that are shown above the users. */
const INVITATIONS_MAX = 100;
const IMPORT_COLUMNS = ["name", "email", "needs_device", "reason", "joined_on", "left_on"];
const roles = () => ROLES.map((role) => [role, word("role", role)]);
/** The end of a day here, as the API wants a time. */
const endOf = (day) => (day ? `${new Date(`${day}T23:59:59`).toISOString().slice(0, 19)}Z` : null);

export function TeamPage() {
  const [open, setOpen] = useState(null);
  const [version, setVersion] = useState(0);
  const invitations = useLoad("/v1/users/invitations", { limit: INVITATIONS_MAX });
  const admins = useLoad("/v1/users", { role: "admin", status: "active", limit: 1 });
  const changed = () => {
    setVersion((before) => before + 1);
    invitations.reload({ quiet: true });
    admins.reload({ quiet: true });
  };
  const columns = [
    { key: "name", title: t("team.person"), primary: true, cell: (row) => html`<span><strong>${row.name || row.email}</strong>${row.name && html`<small class="dim block">${row.email}</small>`}</span>` },
    { key: "role", title: t("team.role"), cell: (row) => word("role", row.role) },
    { key: "state", title: t("team.state"), cell: (row) => html`<span class="badges"><${States} row=${row} /></span>` },
    { key: "devices", title: t("team.devices"), cell: (row) => (row.device_count > 0 ? html`<a href=${`/devices?user_id=${row.id}`}>${number(row.device_count)}</a>` : row.invited ? "–" : "0") },
    { key: "last", title: t("team.lastActive"), cell: (row) => (row.invited ? html`<span class="dim">${t("team.invitedUntil", { when: ago(row.expires_at) })}</span>` : html`<${Ago} time=${row.last_active_at} />`) },
    { key: "manage", title: t("team.manage"), cell: (row) => html`<button type="button" class="small" aria-label=${t("team.manageNamed", { name: row.name || row.email })}
      onClick=${() => setOpen(row.invited ? { invitation: row } : { user: row })}>${t("team.manage")}</button>` },
  ];
  const filters = [
    { name: "role", title: t("team.role"), options: roles() },
    { name: "status", title: t("team.state"), options: ["active", "locked", "disabled"].map((status) => [status, t(`team.${status}`)]) },
  ];
  const close = () => setOpen(null);
  return html`<${PageHead} title=${t("nav.team")} lead=${t("team.lead")} actions=${html`<button type="button" class="primary" onClick=${() => setOpen({ invite: true })}><${Icon} name="user-plus" />${t("team.invite")}</button>`} />
    <${List} label=${t("nav.team")} path="/v1/users" columns=${columns} filters=${filters} search csv version=${version} before=${matching(invitations.data ?? [])} />
    ${open?.invite && html`<${Invite} close=${close} done=${(made) => { setOpen({ made }); changed(); }} />`}
    ${open?.made && html`<${Link} title=${t("team.invited.title", { email: open.made.email })} text=${t("team.invited.text", { when: exact(open.made.expires_at) })} url=${open.made.invitation_url} close=${close} />`}
    ${open?.link && html`<${Link} title=${t("team.reset.title", { name: open.name })} text=${t("team.reset.text", { when: exact(open.link.expires_at) })} url=${open.link.reset_url} close=${close} />`}
    ${open?.invitation && html`<${Invitation} invitation=${open.invitation} close=${close} show=${(made) => setOpen({ made })} changed=${changed} />`}
    ${open?.user && html`<${Manage} key=${open.user.id} user=${open.user} lastAdmin=${admins.total === 1 && open.user.role === "admin" && open.user.status !== "disabled"} close=${close} go=${setOpen} changed=${changed} />`}
    ${open?.remove && html`<${RemoveUser} user=${open.remove} close=${close} changed=${changed} />`}
    ${open?.factor && html`<${RemoveFactor} user=${open.factor} close=${close} changed=${changed} />`}`;
}

/** The invitations that the filters of the list leave, as rows. */
function matching(invitations) {
  const { query } = place.value;
  const search = (query.get("search") ?? "").toLowerCase();
  if (query.get("status")) return [];
  return invitations.filter(({ email, role }) => email.includes(search) && (!query.get("role") || query.get("role") === role))
    .map((invitation) => ({ ...invitation, invited: true }));
}

function States({ row }) {
  if (row.invited) return html`<${Badge} text=${t("team.isInvited")} icon="mail" tone="info" />`;
  const over = row.expires_at && new Date(row.expires_at) < new Date();
  return html`${row.status === "locked" && html`<${Badge} text=${t("team.locked")} icon="lock" tone="bad" />`}
    ${row.status === "disabled" && html`<${Badge} text=${t("team.disabled")} icon="ban" tone="quiet" />`}
    ${over && html`<${Badge} text=${t("team.over")} icon="clock" tone="warn" />`}
    ${row.status !== "disabled" && html`<${Badge} text=${t(row.mfa_enabled ? "team.factor" : "team.noFactor")} icon=${row.mfa_enabled ? "shield-check" : "shield-off"} tone=${row.mfa_enabled ? "good" : "quiet"} />`}
    ${row.id === me.value.id && html`<span class="tag">${t("team.you")}</span>`}`;
}

function Link({ title, text, url, close }) {
  return html`<${Dialog} title=${title} close=${close}><div class="stack"><p>${text}</p><${CopyBox} text=${url} label=${t("team.link")} />
    <div class="form-actions"><button type="button" class="primary" onClick=${close}>${t("action.close")}</button></div></div></${Dialog}>`;
}

function RoleFields({ role, setRole, until, setUntil, ...rest }) {
  return html`<${Field} label=${t("team.role")} hint=${t(`team.role.${role}`)} value=${role} onInput=${setRole} options=${roles()} ...${rest} />
    ${role === "auditor" && html`<${Field} label=${t("team.until")} hint=${t("team.untilHint")} optional type="date" min=${new Date().toISOString().slice(0, 10)} value=${until} onInput=${setUntil} />`}`;
}

function Invite({ close, done }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("user");
  const [until, setUntil] = useState("");
  const invite = async () => {
    const body = { email: email.trim(), role, ...(role === "auditor" && until && { user_expires_at: endOf(until) }) };
    done((await post("/v1/users/invitations", body)).data);
  };
  return html`<${Dialog} title=${t("team.invite")} close=${close}><${Form} act=${invite} submit=${t("team.invite")} cancel=${close}>
    <${Field} label=${t("signIn.email")} type="email" required autofocus maxlength="254" value=${email} onInput=${setEmail} />
    <${RoleFields} role=${role} setRole=${setRole} until=${until} setUntil=${setUntil} />
  </${Form}></${Dialog}>`;
}

function Invitation({ invitation, close, show, changed }) {
  const resend = async () => {
    const { data } = await post(`/v1/users/invitations/${invitation.id}/resend`);
    changed();
    show(data);
  };
  const revoke = async () => {
    try {
      await remove(`/v1/users/invitations/${invitation.id}`);
      toast(t("team.invitation.revoked", { email: invitation.email }));
      changed();
      close();
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  return html`<${Dialog} title=${invitation.email} close=${close}><${Form} act=${resend} submit=${t("team.invitation.resend")} cancel=${close}>
    <${Facts} rows=${[
      [t("team.role"), word("role", invitation.role)],
      [t("team.invitation.sent"), html`<${When} time=${invitation.created_at} />`],
      [t("team.invitation.ends"), html`<${When} time=${invitation.expires_at} />`],
      invitation.user_expires_at && [t("team.until"), html`<${When} time=${invitation.user_expires_at} />`],
    ]} />
    <p class="hint">${t("team.invitation.resendHint")}</p>
    <div><button type="button" onClick=${revoke}><${Icon} name="trash-2" />${t("team.invitation.revoke")}</button></div>
  </${Form}></${Dialog}>`;
}

function Manage({ user, lastAdmin, close, go, changed }) {
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role);
  const [until, setUntil] = useState(user.expires_at?.slice(0, 10) ?? "");
  const shown = user.name || user.email;
  const save = async () => {
    const body = {};
    if (name.trim() !== user.name) body.name = name.trim();
    if (role !== user.role) body.role = role;
    if (role === "auditor" && until !== (user.expires_at?.slice(0, 10) ?? "")) body.expires_at = endOf(until);
    if (Object.keys(body).length > 0) {
      await patch(`/v1/users/${user.id}`, body);
      toast(t("team.saved", { name: shown }));
      changed();
    }
    close();
  };
  const act = async (work, said) => {
    try {
      await work();
      toast(t(said, { name: shown }));
      changed();
      close();
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  const disabled = user.status === "disabled";
  const link = async () => {
    try {
      go({ link: (await post(`/v1/users/${user.id}/reset-link`)).data, name: shown });
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  return html`<${Dialog} title=${shown} close=${close}><${Form} act=${save} submit=${t("action.save")} cancel=${close}>
    <p class="badges"><${States} row=${user} /></p>
    <${Facts} rows=${[
      [t("signIn.email"), user.email],
      [t("team.lastActive"), html`<${When} time=${user.last_active_at} />`],
      [t("team.since"), html`<${When} time=${user.created_at} />`],
      user.expires_at && [t("team.until"), html`<${When} time=${user.expires_at} />`],
    ]} />
    ${lastAdmin && html`<p class="note info"><${Icon} name="info" />${t("team.lastAdmin")}</p>`}
    <${Field} label=${t("profile.name")} required maxlength="200" value=${name} onInput=${setName} />
    <${RoleFields} role=${role} setRole=${setRole} until=${until} setUntil=${setUntil} disabled=${lastAdmin} />
    <div class="actions">
      ${user.status === "locked" && html`<button type="button" onClick=${() => act(() => post(`/v1/users/${user.id}/unlock`), "team.unlocked")}><${Icon} name="lock" />${t("team.unlock")}</button>`}
      ${!disabled && html`<button type="button" onClick=${link}><${Icon} name="link" />${t("team.reset")}</button>`}
      ${user.mfa_enabled && html`<button type="button" onClick=${() => go({ factor: user })}><${Icon} name="shield-off" />${t("team.factor.remove")}</button>`}
      <button type="button" disabled=${lastAdmin} onClick=${() => act(() => patch(`/v1/users/${user.id}`, { status: disabled ? "active" : "disabled" }), disabled ? "team.enabledDone" : "team.disabledDone")}>
        <${Icon} name=${disabled ? "rotate-ccw" : "ban"} />${t(disabled ? "team.enable" : "team.disable")}</button>
      <button type="button" disabled=${lastAdmin} onClick=${() => go({ remove: user })}><${Icon} name="trash-2" />${t("action.delete")}</button>
    </div>
  </${Form}></${Dialog}>`;
}

function RemoveFactor({ user, close, changed }) {
  const [password, setPassword] = useState("");
  const name = user.name || user.email;
  const act = async () => {
    await remove(`/v1/users/${user.id}/mfa`, { body: { password } });
    toast(t("team.factor.removed", { name }));
    changed();
  };
  return html`<${Confirm} title=${t("team.factor.title", { name })} text=${t("team.factor.text")} action=${t("team.factor.remove")} act=${act} close=${close}>
    <${Field} label=${t("team.ownPassword")} type="password" autocomplete="current-password" required value=${password} onInput=${setPassword} />
  </${Confirm}>`;
}

function RemoveUser({ user, close, changed }) {
  const [heir, setHeir] = useState("");
  const [users, setUsers] = useState([]);
  const name = user.name || user.email;
  useEffect(() => { activeUsers().then((all) => setUsers(all.filter(([id]) => id !== user.id)), () => { /* then only without heir */ }); }, []);
  const act = async () => {
    await remove(`/v1/users/${user.id}`, { query: { hand_over_to: heir } });
    toast(t("team.deleted", { name }));
    changed();
  };
  return html`<${Confirm} title=${t("team.deleteTitle", { name })} text=${t("team.deleteText")} action=${t("action.delete")} typed=${user.email} act=${act} close=${close}>
    <${Field} label=${t("team.heir")} hint=${user.device_count > 0 ? t("team.heirDevices", { count: user.device_count }) : t("team.heirHint")} value=${heir} onInput=${setHeir} options=${[["", t("team.heirNone")], ...users]} />
  </${Confirm}>`;
}

export function PeoplePage() {
  const tab = place.value.query.get("tab") ?? "list";
  const [open, setOpen] = useState(null);
  const [version, setVersion] = useState(0);
  const done = () => { setOpen(null); setVersion((before) => before + 1); };
  const tabs = ["list", "population"].map((name) => ({ href: `/people${name === "list" ? "" : `?tab=${name}`}`, text: t(`people.tab.${name}`), current: tab === name }));
  return html`<${PageHead} title=${t("people.title")} lead=${t("people.lead")} actions=${isAdmin() && html`
      <button type="button" onClick=${() => setOpen({ bring: true })}><${Icon} name="upload" />${t("people.import")}</button>
      <button type="button" class="primary" onClick=${() => setOpen({ person: null })}><${Icon} name="plus" />${t("people.add")}</button>`} />
    <${Tabs} label=${t("people.tabs")} tabs=${tabs} />
    ${tab === "population" ? html`<${Population} version=${version} />` : html`<${Everybody} version=${version} edit=${(person) => setOpen({ person })} />`}
    ${open && "person" in open && html`<${EditPerson} person=${open.person} close=${() => setOpen(null)} done=${done} erase=${() => setOpen({ erase: open.person })} />`}
    ${open?.erase && html`<${Erase} person=${open.erase} close=${() => setOpen(null)} done=${(erased) => { done(); setOpen({ erased }); }} />`}
    ${open?.erased && html`<${Erased} erased=${open.erased} close=${() => setOpen(null)} />`}
    ${open?.bring && html`<${Import} close=${() => setOpen(null)} done=${done} />`}`;
}

const booleans = (yes, no) => [["true", t(yes)], ["false", t(no)]];

function Everybody({ version, edit }) {
  const columns = [
    { key: "name", title: t("people.name"), sort: "name", primary: true, cell: (person) => html`<span><strong>${person.name}</strong><small class="dim block">${person.email}</small></span>` },
    { key: "device", title: t("people.device"), cell: (person) => html`<${DeviceState} person=${person} />` },
    { key: "account", title: t("people.account"), cell: (person) => (person.user_id ? t("common.yes") : html`<span class="dim">${t("common.no")}</span>`) },
    { key: "joined", title: t("people.joined"), cell: (person) => html`<${Day} value=${person.joined_on} />` },
    { key: "left", title: t("people.left"), sort: "left_on", cell: (person) => html`<${Day} value=${person.left_on} />` },
    isAdmin() && { key: "edit", title: t("action.edit"), cell: (person) => html`<button type="button" class="small" aria-label=${t("people.editNamed", { name: person.name })} onClick=${() => edit(person)}>${t("action.edit")}</button>` },
  ].filter(Boolean);
  const filters = [
    { name: "needs_device", title: t("people.needs"), options: booleans("common.yes", "common.no") },
    { name: "has_device", title: t("people.has"), options: booleans("common.yes", "common.no") },
    { name: "left", title: t("people.hasLeft"), options: booleans("common.yes", "common.no") },
  ];
  return html`<${List} label=${t("people.title")} path="/v1/people" columns=${columns} filters=${filters} search csv defaultSort="-created_at" version=${version}
    empty=${html`<${Empty} icon="users" title=${t("people.empty")} text=${t("people.emptyHint")} />`} />`;
}

function DeviceState({ person }) {
  if (person.has_device) return html`<${Badge} text=${t("people.hasOne")} icon="circle-check" tone="good" />`;
  if (!person.needs_device) return html`<${Badge} text=${t("people.needsNone")} icon="circle-minus" tone="quiet" /><small class="dim block">${person.reason}</small>`;
  return html`<${Badge} text=${t("people.lacks")} icon="triangle-alert" tone="warn" />`;
}

function EditPerson({ person, close, done, erase }) {
  const [name, setName] = useState(person?.name ?? "");
  const [email, setEmail] = useState(person?.email ?? "");
  const [needs, setNeeds] = useState(person?.needs_device ?? true);
  const [reason, setReason] = useState(person?.reason ?? "");
  const [joined, setJoined] = useState(person?.joined_on ?? "");
  const [left, setLeft] = useState(person?.left_on ?? "");
  const save = async () => {
    const wanted = { name: name.trim(), needs_device: needs, reason: needs ? null : reason.trim() || null, joined_on: joined || null, left_on: left || null };
    if (!person?.user_id) wanted.email = email.trim();
    const body = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => (person ? value !== person[field] : value !== null)));
    await (person ? patch(`/v1/people/${person.id}`, body) : post("/v1/people", body));
    toast(t("people.saved", { name: name.trim() }));
    done();
  };
  return html`<${Dialog} title=${person ? person.name : t("people.add")} close=${close}><${Form} act=${save} submit=${t("action.save")} cancel=${close}>
    <${Field} label=${t("people.name")} required maxlength="200" value=${name} onInput=${setName} />
    <${Field} label=${t("signIn.email")} type="email" required maxlength="254" disabled=${Boolean(person?.user_id)} hint=${person?.user_id ? t("people.emailOfAccount") : null} value=${email} onInput=${setEmail} />
    <${Check} label=${t("people.needsDevice")} hint=${t("people.needsDeviceHint")} checked=${needs} onChange=${setNeeds} />
    ${!needs && html`<${Field} label=${t("people.reason")} hint=${t("people.reasonHint")} required=${person?.needs_device !== false || Boolean(person.reason)} maxlength="500" value=${reason} onInput=${setReason} />`}
    <div class="form-row">
      <${Field} label=${t("people.joined")} type="date" optional value=${joined} onInput=${setJoined} />
      <${Field} label=${t("people.left")} type="date" optional value=${left} onInput=${setLeft} />
    </div>
    ${person && html`<details class="more"><summary>${t("people.eraseMore")}</summary><p class="hint">${t("people.eraseHint")}</p>
      <button type="button" onClick=${erase}><${Icon} name="user-x" />${t("people.erase")}</button></details>`}
  </${Form}></${Dialog}>`;
}

function Erase({ person, close, done }) {
  const [reason, setReason] = useState("");
  const finished = useRef(false);
  // What the appliance could not touch is shown afterwards, in place of this dialog.
  const act = async () => {
    const { data } = await post(`/v1/people/${person.id}/erase`, reason.trim() ? { reason: reason.trim() } : {});
    finished.current = true;
    done(data);
  };
  return html`<${Confirm} title=${t("people.eraseTitle", { name: person.name })} text=${t("people.eraseText")} action=${t("people.erase")} typed=${person.email} act=${act} close=${() => { if (!finished.current) close(); }}>
    <${Field} label=${t("people.eraseReason")} hint=${t("people.eraseReasonHint")} optional maxlength="500" value=${reason} onInput=${setReason} />
  </${Confirm}>`;
}

function Erased({ erased, close }) {
  return html`<${Dialog} title=${t("people.erased")} close=${close}><div class="stack">
    <${Facts} rows=${[[t("people.erasedId"), html`<code>${erased.person_id}</code>`], [t("people.erasedValues"), number(erased.audit_values)], [t("people.erasedAccount"), erased.user_id ? html`<code>${erased.user_id}</code>` : null]]} />
    ${erased.not_touched.length > 0 && html`<p>${t("people.notTouched")}</p><ul class="dots">${erased.not_touched.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
    <div class="form-actions"><button type="button" class="primary" onClick=${close}>${t("action.close")}</button></div>
  </div></${Dialog}>`;
}

function Import({ close, done }) {
  const [file, setFile] = useState(null);
  const [leave, setLeave] = useState(false);
  const [preview, setPreview] = useState(null);
  const [error, setError] = useState(null);
  const body = () => new Blob([file], { type: "text/csv" });
  const query = (dry) => ({ dry_run: dry ? "true" : null, missing: leave ? "left" : null });
  useEffect(() => {
    setPreview(null);
    setError(null);
    if (!file) return undefined;
    const stop = new AbortController();
    post("/v1/people/import", body(), { query: query(true), signal: stop.signal }).then(({ data }) => setPreview(data), (failure) => { if (failure.name !== "AbortError") setError(failure); });
    return () => stop.abort();
  }, [file, leave]);
  const bring = async () => {
    const { data } = await post("/v1/people/import", body(), { query: query(false) });
    toast(t("people.imported", { created: data.created, updated: data.updated }));
    done();
  };
  return html`<${Dialog} title=${t("people.import")} close=${close} class="broad"><${Form} act=${bring} submit=${t("people.importDo")} cancel=${close}>
    <p>${t("people.importColumns")} <code>${IMPORT_COLUMNS.join(",")}</code></p>
    <div class="field"><label for="people-file">${t("people.importFile")}</label><input id="people-file" type="file" accept=".csv,text/csv" required onChange=${(event) => setFile(event.target.files[0] ?? null)} /></div>
    <${Check} label=${t("people.importLeft")} hint=${t("people.importLeftHint")} checked=${leave} onChange=${setLeave} />
    ${error && html`<p class="form-error" role="alert">${error.message}</p>`}
    ${preview && html`<${Preview} preview=${preview} leave=${leave} />`}
  </${Form}></${Dialog}>`;
}

function Preview({ preview, leave }) {
  const shown = (value) => (value === null || value === "" ? t("people.empty.value") : String(value));
  const columns = [
    { key: "name", title: t("people.name"), primary: true, cell: (change) => html`<span><strong>${change.name}</strong><small class="dim block">${change.email}</small></span>` },
    { key: "what", title: t("people.change"), cell: (change) => (change.created ? html`<${Badge} text=${t("people.new")} icon="plus" tone="good" />`
      : html`<ul>${Object.entries(change.fields).map(([field, { old, new: next }]) => html`<li key=${field}><span class="dim">${field.replaceAll("_", " ")}:</span> <del>${shown(old)}</del> → <ins>${shown(next)}</ins></li>`)}</ul>`) },
  ];
  return html`<section class="stack" aria-live="polite"><h3>${t("people.preview")}</h3>
    <p>${t("people.previewCounts", preview)}</p>
    ${preview.errors.length > 0 && html`<div class="note bad"><${Icon} name="circle-alert" /><ul>${preview.errors.map(({ line, detail }) => html`<li key=${line + detail}>${t("people.line", { line })} ${detail}</li>`)}</ul></div>`}
    ${preview.changes.length > 0 && html`<div class="scroll"><${Table} label=${t("people.preview")} columns=${columns} rows=${preview.changes} rowKey=${(change) => change.line} /></div>`}
    ${preview.missing_count > 0 && html`<details class="more"><summary>${t(leave ? "people.missingLeft" : "people.missing", { count: preview.missing_count })}</summary>
      <ul class="dots">${preview.missing.map((person) => html`<li key=${person.id}>${person.name} <span class="dim">${person.email}</span></li>`)}</ul></details>`}
  </section>`;
}

function Population({ version }) {
  const load = useLoad("/v1/people/population");
  const people = useLoad("/v1/people/population/people-without-device", { limit: 100 });
  const devices = useLoad("/v1/people/population/devices-without-person", { limit: 100 });
  useEffect(() => { if (version > 0) for (const one of [load, people, devices]) one.reload({ quiet: true }); }, [version]);
  const personColumns = [
    { key: "name", title: t("people.name"), primary: true, cell: (person) => html`<strong>${person.name}</strong>` },
    { key: "email", title: t("signIn.email"), cell: (person) => person.email },
    { key: "joined", title: t("people.joined"), cell: (person) => html`<${Day} value=${person.joined_on} />` },
  ];
  const deviceColumns = [
    { key: "name", title: t("devices.name"), primary: true, cell: (device) => html`<a href=${`/devices/${device.device_id}`}>${device.device_name}</a>` },
    { key: "serial", title: t("devices.serial"), cell: (device) => device.serial_number },
    { key: "why", title: t("population.why"), cell: (device) => word("population", device.why) },
    { key: "seen", title: t("devices.lastSeen"), cell: (device) => html`<${Ago} time=${device.last_seen} />` },
  ];
  return html`<${Loaded} load=${load}>${(data) => html`<div class="stack">
    <p class="dim">${t("population.asOf", { day: data.day })}</p>
    <div class="columns">
      <${Card} title=${t("population.people")}><${Sum} total=${data.people.total} parts=${[["withDevice", data.people.with_device, "good"], ["withoutDevice", data.people.without_device, "warn"], ["notNeeding", data.people.not_needing]]} /></${Card}>
      <${Card} title=${t("population.devices")}><${Sum} total=${data.devices.total} parts=${[["withPerson", data.devices.with_person, "good"], ["withoutPerson", data.devices.without_person, "warn"]]} />
        <p class="hint">${t("population.reporting", data.devices)}</p>
        <p class="hint">${t("population.inventory", { ...data.inventory, retired: Object.values(data.inventory.retired).reduce((sum, one) => sum + one, 0) })}</p></${Card}>
    </div>
    <${Card} title=${t("population.peopleWithout")}><${Loaded} load=${people}>${(rows) => (rows.length === 0 ? html`<p class="dim">${t("population.nobody")}</p>` : html`<${Table} label=${t("population.peopleWithout")} columns=${personColumns} rows=${rows} />`)}</${Loaded}><${MoreThanShown} load=${people} /></${Card}>
    <${Card} title=${t("population.devicesWithout")}><${Loaded} load=${devices}>${(rows) => (rows.length === 0 ? html`<p class="dim">${t("population.none")}</p>` : html`<${Table} label=${t("population.devicesWithout")} columns=${deviceColumns} rows=${rows} rowKey=${(device) => device.device_id} />`)}</${Loaded}><${MoreThanShown} load=${devices} /></${Card}>
  </div>`}</${Loaded}>`;
}

const MoreThanShown = ({ load }) => (load.data && load.total > load.data.length ? html`<p class="hint">${t("population.more", { count: load.total - load.data.length })}</p>` : null);

/** A total and what it is made of: the parts add up. */
function Sum({ total, parts }) {
  return html`<dl class="sum">${parts.map(([name, value, tone]) => html`<div key=${name}><dt>${t(`population.${name}`)}</dt><dd class=${value > 0 && tone ? tone : ""}>${number(value)}</dd></div>`)}
    <div class="total"><dt>${t("population.total")}</dt><dd>${number(total)}</dd></div></dl>`;
}
