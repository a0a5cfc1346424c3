// Who and what belongs to the organisation: the team that signs in, the people who are counted, and how devices are let in.
import { html, useEffect, useRef, useState } from "../lib.js";
import { get, patch, post, remove, useEvery, useLoad } from "../api.js";
import { place } from "../router.js";
import { isAdmin, user } from "../session.js";
import { Ago, Day, When, ago, exact, number } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName, activeUsers } from "../people.js";
import { Badge, Icon, deviceIcon } from "../components/icon.js";
import { Card, Empty, Facts, Loaded, PageHead, Tabs } from "../components/page.js";
import { List, Table } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Check, Field, Form } from "../components/form.js";
import { CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { systemOf } from "./devices.js";

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
    ${open?.made && html`<${LinkDialog} title=${t("team.invited.title", { email: open.made.email })} text=${t("team.invited.text", { when: exact(open.made.expires_at) })} url=${open.made.invitation_url} close=${close} />`}
    ${open?.link && html`<${LinkDialog} title=${t("team.reset.title", { name: open.name })} text=${t("team.reset.text", { when: exact(open.link.expires_at) })} url=${open.link.reset_url} close=${close} />`}
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
    ${row.id === user.value.id && html`<span class="tag">${t("team.you")}</span>`}`;
}

function LinkDialog({ title, text, url, close }) {
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

const PLATFORMS = ["linux", "macos", "windows"];
const HOURS = [1, 24, 72, 168, 720];
/** Seconds between two looks at whether the device has come. */
const LOOK_SECONDS = 3;
/** Waiting devices and newcomers that are shown; the rest is a click away. */
const SHOWN_MAX = 20;

export function EnrolPage() {
  const [made, setMade] = useState(null);
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  return html`<${PageHead} title=${t("enrol.title")} lead=${t(isAdmin() ? "enrol.lead" : "enrol.leadOwn")} />
    <div class="stack">
      ${isAdmin() && html`<${Waiting} version=${version} />`}
      ${made
        ? html`<${Line} made=${made} again=${() => setMade(null)} changed=${changed} />`
        : html`<${Make} done=${(token) => { setMade(token); changed(); }} />`}
      <section class="stack"><h2>${t("enrol.tokens")}</h2><${Tokens} version=${version} changed=${changed} /></section>
    </div>`;
}

function Make({ done }) {
  const [whose, setWhose] = useState(isAdmin() ? "" : "me");
  const [users, setUsers] = useState([]);
  const [limit, setLimit] = useState("1");
  const [hours, setHours] = useState("24");
  const [name, setName] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    if (isAdmin()) activeUsers("", stop.signal).then(setUsers, () => { /* the other choices still work */ });
    return () => stop.abort();
  }, []);
  const make = async () => {
    const body = { device_limit: Number(limit), expires_in_hours: Number(hours) };
    if (name.trim()) body.name = name.trim();
    if (whose === "signed-in") body.assign = { signed_in_user: true };
    else if (isAdmin() && whose) body.user_id = whose === "me" ? user.value.id : whose;
    done((await post("/v1/enrollment-tokens", body)).data);
  };
  const owners = [["", t("enrol.owner.later")], ["signed-in", t("enrol.owner.signedIn")], ["me", t("enrol.owner.me")],
    ...users.filter(([id]) => id !== user.value.id)];
  return html`<${Card} title=${t("enrol.make")}><${Form} act=${make} submit=${t("enrol.submit")}>
    <div class="form-row">
      ${isAdmin() && html`<${Field} label=${t("enrol.owner")} value=${whose} onInput=${setWhose} options=${owners} />`}
      <${Field} label=${t("enrol.limit")} type="number" min="1" max="10000" required inputmode="numeric" value=${limit} onInput=${setLimit} />
      <${Field} label=${t("enrol.hours")} value=${hours} onInput=${setHours} options=${HOURS.map((count) => [String(count), lasting(count)])} />
      ${isAdmin() && html`<${Field} label=${t("enrol.name")} optional maxlength="100" value=${name} onInput=${setName} />`}
    </div>
  </${Form}></${Card}>`;
}

const lasting = (hours) => (hours < 48 ? t("enrol.forHours", { count: hours }) : t("enrol.forDays", { count: hours / 24 }));

/** The line, and who comes with it. Closing this page forgets the secret: the appliance keeps a hash alone. */
function Line({ made, again, changed }) {
  const [platform, setPlatform] = useState(guessed);
  return html`<${Card} title=${t("enrol.ready")} actions=${html`<button type="button" onClick=${again}><${Icon} name="plus" />${t("enrol.another")}</button>`}>
    <div class="stack">
      <div class="choice" role="group" aria-label=${t("enrol.platform")}>${PLATFORMS.map((one) => html`<button type="button" key=${one} class="small" aria-pressed=${platform === one ? "true" : "false"}
        onClick=${() => setPlatform(one)}>${word("os", one)}</button>`)}</div>
      <p>${t(`enrol.where.${platform}`)}</p>
      <${CopyBox} text=${lineFor(platform, made)} label=${t("enrol.command")} />
      <p class="dim">${t("enrol.once")} ${t("enrol.pinned")}</p>
      <${Live} made=${made} changed=${changed} />
    </div>
  </${Card}>`;
}

/** The platform that the person sits at, most likely. */
function guessed() {
  const agent = navigator.userAgent;
  return agent.includes("Mac") ? "macos" : agent.includes("Windows") ? "windows" : "linux";
}

/** The appliance's line names curl's options, its address and the token; on other systems the same are put otherwise. */
function lineFor(platform, { install_command: line, token }) {
  const [fetching] = line.split("/install | ");
  if (platform === "linux" || fetching === line) return line;
  if (platform === "macos") return `${fetching}/install/collect/macos.sh -o recoger.sh && sudo sh recoger.sh ${token}`;
  const options = fetching.replace(/^curl /, "").replaceAll("'", '"');
  return `curl.exe ${options}/install/collect/windows.ps1 -o recoger.ps1; if ($?) { powershell -NoProfile -ExecutionPolicy Bypass -File recoger.ps1 -Token ${token} }`;
}

/** Asks every few seconds whether a device has come, for as long as the page is looked at and the token holds. */
function Live({ made, changed }) {
  const [token, setToken] = useState(made);
  const [newcomers, setNewcomers] = useState([]);
  const seen = useRef(0);
  const over = Date.now() > new Date(made.expires_at);
  const look = async () => {
    try {
      const { data: tokens } = await get("/v1/enrollment-tokens", { query: { limit: 100 } });
      const now = tokens.find(({ id }) => id === made.id);
      setToken(now ?? { ...made, status: "revoked", devices_enrolled: seen.current });
      if (now && now.devices_enrolled > 0) {
        const path = isAdmin() ? "/v1/devices" : "/v1/devices/my-devices";
        const { data: devices } = await get(path, { query: { include_data: false, limit: SHOWN_MAX, sort: "-last_seen" } });
        setNewcomers(devices.filter((device) => device.last_seen && device.first_seen >= made.created_at));
        if (now.devices_enrolled !== seen.current) changed();
        seen.current = now.devices_enrolled;
      }
    } catch (error) {
      if (error.name === "AbortError" || error.status !== undefined) return; // the next look may do better
      throw error;
    }
  };
  useEvery(LOOK_SECONDS, look, token.status === "active" || newcomers.length < token.devices_enrolled);
  const left = token.device_limit - token.devices_enrolled;
  return html`<div class="live" role="status">
    ${newcomers.map((device) => html`<p key=${device.id} class="note good"><${Icon} name="circle-check" /><span>${t("enrol.connected")} <a href=${`/devices/${device.id}`}>${device.device_name}</a>
      <span class="dim"> ${systemOf(device)}${device.approval === "pending" ? ` · ${word("approval", "pending")}` : ""}</span></span></p>`)}
    ${token.devices_enrolled > newcomers.length && html`<p class="note info"><${Icon} name="activity" />${t("enrol.enrolled", { count: token.devices_enrolled - newcomers.length })}</p>`}
    ${token.status === "active" && left > 0 && !over && html`<p class="note wait"><span class="pulse" aria-hidden="true"></span>${t(token.devices_enrolled > 0 ? "enrol.waitingMore" : "enrol.waiting")}
      <span class="dim">${t("enrol.left", { count: left, when: ago(token.expires_at) })}</span></p>`}
    ${(token.status === "expired" || token.status === "revoked") && html`<p class="note warn"><${Icon} name="clock" />${t("enrol.over")}</p>`}
  </div>`;
}

const STATES = { active: ["circle-check", "good"], used_up: ["circle-minus", "quiet"], expired: ["clock", "warn"] };

function Tokens({ version, changed }) {
  const [revoking, setRevoking] = useState(null);
  const named = (token) => token.name ?? t("enrol.unnamed");
  const columns = [
    { key: "name", title: t("enrol.name"), primary: true, cell: (token) => html`<span><strong>${named(token)}</strong></span>` },
    { key: "state", title: t("enrol.state"), cell: ({ status }) => html`<${Badge} text=${t(`enrol.state.${status}`)} icon=${STATES[status][0]} tone=${STATES[status][1]} />` },
    { key: "used", title: t("enrol.used"), class: "nowrap", cell: (token) => t("enrol.usedOf", { used: token.devices_enrolled, limit: token.device_limit }) },
    { key: "owner", title: t("enrol.owner"), cell: (token) => (token.user_id ? html`<${PersonName} id=${token.user_id} />` : t(assigning(token))) },
    isAdmin() && { key: "by", title: t("enrol.by"), cell: (token) => html`<${PersonName} id=${token.created_by} none=${t("enrol.operator")} />` },
    { key: "ends", title: t("enrol.ends"), cell: (token) => html`<${Ago} time=${token.expires_at} />` },
    { key: "last", title: t("enrol.lastUsed"), cell: (token) => html`<${Ago} time=${token.last_used_at} />` },
    { key: "revoke", title: t("enrol.revoke"), cell: (token) => html`<button type="button" class="small" aria-label=${t("enrol.revokeNamed", { name: named(token) })} onClick=${() => setRevoking(token)}>${t("enrol.revoke")}</button>` },
  ].filter(Boolean);
  const revoke = async () => {
    await remove(`/v1/enrollment-tokens/${revoking.id}`);
    toast(t("enrol.revoked"));
    changed();
  };
  return html`<${List} label=${t("enrol.tokens")} path="/v1/enrollment-tokens" columns=${columns} csv version=${version}
      empty=${html`<${Empty} icon="key-round" title=${t("enrol.noTokens")} text=${t("enrol.noTokensHint")} />`} />
    ${revoking && html`<${Confirm} title=${t("enrol.revokeTitle", { name: named(revoking) })} text=${t("enrol.revokeText")} action=${t("enrol.revoke")} act=${revoke} close=${() => setRevoking(null)} />`}`;
}

function assigning({ assign }) {
  if (assign.serials > 0) return "enrol.owner.bySerial";
  if (assign.email) return "enrol.owner.byEmail";
  return assign.signed_in_user ? "enrol.owner.signedIn" : "enrol.owner.later";
}

function Waiting({ version }) {
  const load = useLoad("/v1/devices", { approval: "pending", include_data: false, limit: SHOWN_MAX });
  const [busy, setBusy] = useState(null);
  useEffect(() => { if (version > 0) load.reload({ quiet: true }); }, [version]);
  useEvery(15, () => load.reload({ quiet: true }));
  if (!load.data || load.data.length === 0) return null;
  const approve = async (device) => {
    setBusy(device.id);
    try {
      await post(`/v1/devices/${device.id}/approve`);
      toast(t("devices.approved", { name: device.device_name }));
      load.reload({ quiet: true });
    } catch (error) {
      toast(error.message, { tone: "bad" });
    } finally {
      setBusy(null);
    }
  };
  const columns = [
    { key: "name", title: t("devices.name"), primary: true, cell: (device) => html`<${Icon} name=${deviceIcon(device.device_type)} /><a href=${`/devices/${device.id}`}>${device.device_name}</a>` },
    { key: "os", title: t("devices.os"), cell: systemOf },
    { key: "serial", title: t("devices.serial"), cell: (device) => device.serial_number },
    { key: "owner", title: t("devices.owner"), cell: (device) => html`<${PersonName} id=${device.user_id} />` },
    { key: "seen", title: t("devices.firstSeen"), cell: (device) => html`<${When} time=${device.first_seen ?? device.created_at} />` },
    { key: "approve", title: t("devices.approve"), cell: (device) => html`<button type="button" class="small primary" disabled=${busy === device.id} aria-label=${t("enrol.approveNamed", { name: device.device_name })}
      onClick=${() => approve(device)}><${Icon} name="check" />${t("devices.approve")}</button>` },
  ];
  return html`<${Card} title=${t("enrol.waitingTitle", { count: load.total })}>
    <p class="dim">${t("enrol.waitingHint")}</p>
    <${Table} label=${t("enrol.waitingTitle", { count: load.total })} columns=${columns} rows=${load.data} />
    ${load.total > load.data.length && html`<p><a href="/devices?approval=pending">${t("enrol.waitingAll")}</a></p>`}
  </${Card}>`;
}
