// Settings: all of them, each with where its value comes from; API keys; the plan; and what support asks for.
import { html, useMemo, useState } from "../lib.js";
import { get, patch, post, remove, useLoad } from "../api.js";
import { place } from "../router.js";
import { begin, user } from "../session.js";
import { Ago, exact, number } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName } from "../people.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, Failure, Loaded, PageHead, Tabs } from "../components/page.js";
import { List } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Check, Field, Form } from "../components/form.js";
import { Copy, CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { Frameworks } from "./reports.js";

const TABS = ["organisation", "checks", "signIn", "devices", "frameworks", "mail", "data", "keys", "plan"];
const LOGO_BYTES_MAX = 256 * 1024;

export function SettingsPage() {
  const tab = TABS.includes(place.value.query.get("tab")) ? place.value.query.get("tab") : TABS[0];
  const load = useLoad("/v1/settings");
  const tabs = TABS.map((name) => ({ href: `/settings${name === TABS[0] ? "" : `?tab=${name}`}`, text: t(`settings.tab.${name}`), current: tab === name }));
  /** Stores a part and reads all anew, so that fields show what is in force. */
  const save = async (part) => {
    await patch("/v1/settings", part);
    if ("organisation_name" in part || "time_zone" in part) await begin();
    load.reload({ quiet: true });
    toast(t("settings.saved"));
  };
  const Part = { organisation: Organisation, checks: Checks, signIn: SignIn, devices: Devices, frameworks: Frameworks, mail: Mail, data: Data, plan: Plan }[tab];
  return html`<${PageHead} title=${t("nav.settings")} />
    <${Tabs} label=${t("settings.tabs")} tabs=${tabs} />
    ${tab === "keys" ? html`<${Keys} />` : html`<${Loaded} load=${load}>${(now) => html`<${Part} key=${`${tab} ${now.version}`} now=${now} save=${save} />`}</${Loaded}>`}`;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Where a value comes from, and the way back to the default. */
function Origin({ now, fallback, shown, reset }) {
  if (same(now, fallback)) return html`<span class="origin"><span class="tag">${t("settings.default")}</span></span>`;
  const back = async () => {
    try {
      await reset();
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  return html`<span class="origin"><span class="tag set">${t("settings.setHere")}</span>
    <button type="button" class="link" onClick=${back}>${t("settings.toDefault", { value: shown ?? String(fallback) })}</button></span>`;
}

/** Fields of numbers that are saved together: `fields` are {name, label, hint, min, max}; `part(values)` makes the body. */
function Numbers({ title, now, fallback, fields, part, sentence, save, children }) {
  const [values, setValues] = useState(Object.fromEntries(fields.map(({ name }) => [name, String(now[name])])));
  const wanted = () => Object.fromEntries(fields.map(({ name }) => [name, Number(values[name])]));
  return html`<${Card} title=${title}><${Form} act=${() => save(part(wanted()))} submit=${t("action.save")}>
    ${sentence && html`<p class="sentence" aria-live="polite">${sentence(values)}</p>`}
    <div class="form-row">${fields.map(({ name, label, hint, min, max }) => html`<${Field} key=${name} label=${label} type="number" inputmode="numeric" required min=${min} max=${max} value=${values[name]}
      onInput=${(value) => setValues({ ...values, [name]: value })}
      hint=${html`${hint && `${hint} `}${t("settings.bounds", { min, max })} <${Origin} now=${now[name]} fallback=${fallback[name]} shown=${number(fallback[name])} reset=${() => save(part({ [name]: null }))} />`} />`)}</div>
    ${children}
  </${Form}></${Card}>`;
}

function Organisation({ now, save }) {
  const [name, setName] = useState(now.organisation_name);
  const [zone, setZone] = useState(now.time_zone);
  const zones = useMemo(() => [...new Set(["UTC", now.time_zone, ...Intl.supportedValuesOf("timeZone")])].map((one) => [one, one]), []);
  const store = () => save({ organisation_name: name.trim() === now.defaults.organisation_name ? null : name.trim(), time_zone: zone });
  return html`<div class="stack"><${Card} title=${t("settings.tab.organisation")}><${Form} act=${store} submit=${t("action.save")}>
    <${Field} label=${t("settings.name")} required maxlength="200" value=${name} onInput=${setName}
      hint=${html`<${Origin} now=${now.organisation_name} fallback=${now.defaults.organisation_name} reset=${() => save({ organisation_name: null })} />`} />
    <${Field} label=${t("settings.zone")} value=${zone} onInput=${setZone} options=${zones}
      hint=${html`${t("settings.zoneHint")} <${Origin} now=${now.time_zone} fallback=${now.defaults.time_zone} reset=${() => save({ time_zone: null })} />`} />
  </${Form}></${Card}><${Logo} logo=${now.logo} save=${save} /></div>`;
}

function Logo({ logo, save }) {
  const [file, setFile] = useState(null);
  const [error, setError] = useState(null);
  const choose = (event) => {
    const [chosen] = event.target.files;
    setError(chosen && chosen.size > LOGO_BYTES_MAX ? t("settings.logoLarge") : null);
    setFile(chosen && chosen.size <= LOGO_BYTES_MAX ? chosen : null);
  };
  const store = async () => { if (file) await save({ logo: await base64(file) }); };
  const takeAway = () => save({ logo: null }).catch((failure) => toast(failure.message, { tone: "bad" }));
  return html`<${Card} title=${t("settings.logo")}><${Form} act=${store} submit=${t("settings.logoStore")}>
    ${logo
      ? html`<div class="logo-row"><img class="logo" src=${`/v1/settings/logo?v=${logo.sha256.slice(0, 12)}`} alt=${t("settings.logo")} width=${logo.width} height=${logo.height} />
        <button type="button" onClick=${takeAway}><${Icon} name="trash-2" />${t("settings.logoRemove")}</button></div>`
      : html`<p class="dim">${t("settings.logoNone")}</p>`}
    <div class="field"><label for="logo-file">${t("settings.logoFile")}</label><input id="logo-file" type="file" accept="image/png" required onChange=${choose} aria-describedby="logo-hint" />
      <p class="hint" id="logo-hint">${t("settings.logoHint")}</p>${error && html`<p class="form-error" role="alert">${error}</p>`}</div>
  </${Form}></${Card}>`;
}

/** A file's bytes in base64. */
export const base64 = (file) => new Promise((done, fail) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => fail(reader.error);
  reader.readAsDataURL(file);
});

const SUBJECTS = ["device", "service", "user", "tenant"];
const STATES = { baseline: ["circle-check", "good"], advice: ["info", "info"], off: ["circle-minus", "quiet"] };

function Checks({ now, save }) {
  const [own, setOwn] = useState(false);
  const ids = Object.keys(now.checks).filter((id) => !own || !same(now.checks[id], now.defaults.checks[id]));
  const changed = Object.keys(now.checks).filter((id) => !same(now.checks[id], now.defaults.checks[id])).length;
  return html`<p class="dim">${t("settings.checksHint")}</p>
    <${Check} label=${t("settings.onlySet", { count: changed })} checked=${own} onChange=${setOwn} />
    ${SUBJECTS.map((subject) => {
      const listed = ids.filter((id) => id.startsWith(`${subject}.`)).sort();
      return listed.length > 0 && html`<section key=${subject}><h2>${t(`settings.checks.${subject}`)} <span class="count">${listed.length}</span></h2>
        <ul class="checks">${listed.map((id) => html`<${CheckSetting} key=${id} id=${id} now=${now.checks[id]} fallback=${now.defaults.checks[id]} save=${save} />`)}</ul></section>`;
    })}
    ${ids.length === 0 && html`<${Empty} icon="list-checks" title=${t("settings.noneSet")} />`}`;
}

function CheckSetting({ id, now, fallback, save }) {
  const [open, setOpen] = useState(false);
  const isSet = !same(now, fallback);
  return html`<li><details open=${open} onToggle=${(event) => setOpen(event.target.open)}>
    <summary><${Badge} text=${t(`settings.state.${now.state}`)} icon=${STATES[now.state][0]} tone=${STATES[now.state][1]} /><span class="check-title">${now.title}</span>
      <${Badge} group="severity" value=${now.severity} />${now.grace_days > 0 && html`<span class="dim">${t("settings.graceDays", { count: now.grace_days })}</span>`}
      <span class=${`tag ${isSet ? "set" : ""}`}>${t(isSet ? "settings.setHere" : "settings.default")}</span></summary>
    ${open && html`<div class="check-form"><${CheckForm} id=${id} now=${now} fallback=${fallback} isSet=${isSet} save=${save} /></div>`}
  </details></li>`;
}

/** A parameter as text of a field, and back. */
const asText = (value) => (Array.isArray(value) ? value.join(", ") : value !== null && typeof value === "object" ? Object.entries(value).map(([name, one]) => `${name} = ${one}`).join("\n") : String(value));
function fromText(text, like) {
  if (typeof like === "number") return Number(text);
  if (typeof like === "boolean") return text === "true";
  if (Array.isArray(like)) return text.split(",").map((one) => one.trim()).filter(Boolean);
  if (like !== null && typeof like === "object") {
    const given = Object.fromEntries(text.split("\n").map((line) => line.split("=").map((part) => part.trim())).filter(([name, value]) => name && value));
    // Tables merge entry by entry: what was taken out of the text has to be said.
    return { ...Object.fromEntries(Object.keys(like).filter((name) => !(name in given)).map((name) => [name, null])), ...given };
  }
  return text;
}

function CheckForm({ id, now, fallback, isSet, save }) {
  const [state, setState] = useState(now.state);
  const [severity, setSeverity] = useState(now.severity);
  const [grace, setGrace] = useState(String(now.grace_days));
  const [params, setParams] = useState(Object.fromEntries(Object.entries(now.params ?? {}).map(([name, value]) => [name, asText(value)])));
  const store = () => {
    const part = {};
    if (state !== now.state) part.state = state;
    if (severity !== now.severity) part.severity = severity;
    if (Number(grace) !== now.grace_days) part.grace_days = Number(grace);
    const moved = Object.entries(params).filter(([name, text]) => text !== asText(now.params[name]));
    if (moved.length > 0) part.params = Object.fromEntries(moved.map(([name, text]) => [name, fromText(text, now.params[name])]));
    return save({ checks: { [id]: part } });
  };
  const byDefault = (value) => t("settings.defaultIs", { value });
  const kind = (value) => (typeof value === "number" ? { type: "number", inputmode: "numeric", min: 0, required: true } : value !== null && typeof value === "object" && !Array.isArray(value) ? { type: "textarea" } : {});
  return html`<${Form} act=${store} submit=${t("action.save")}>
    <div class="form-row">
      <${Field} label=${t("settings.state")} value=${state} onInput=${setState} options=${Object.keys(STATES).map((one) => [one, t(`settings.state.${one}`)])} hint=${byDefault(t(`settings.state.${fallback.state}`))} />
      <${Field} label=${t("settings.severity")} value=${severity} onInput=${setSeverity} options=${["critical", "high", "medium", "low"].map((one) => [one, word("severity", one)])} hint=${byDefault(word("severity", fallback.severity))} />
      <${Field} label=${t("settings.grace")} type="number" min="0" max="365" required inputmode="numeric" value=${grace} onInput=${setGrace} hint=${byDefault(number(fallback.grace_days))} />
      ${Object.entries(now.params ?? {}).map(([name, value]) => html`<${Field} key=${name} label=${word("param", name)} value=${params[name]} onInput=${(text) => setParams({ ...params, [name]: text })} ...${kind(value)}
        hint=${html`${Array.isArray(value) ? `${t("settings.commas")} ` : typeof value === "object" ? `${t("settings.lines")} ` : ""}${byDefault(asText(fallback.params[name]) || t("common.none"))}`} />`)}
    </div>
    <p class="hint"><code>${id}</code></p>
    ${isSet && html`<div><button type="button" class="link" onClick=${() => save({ checks: { [id]: null } }).catch((error) => toast(error.message, { tone: "bad" }))}>${t("settings.checkToDefault")}</button></div>`}
  </${Form}>`;
}

function Switch({ title, label, hint, name, now, save }) {
  const [on, setOn] = useState(now[name]);
  return html`<${Card} title=${title}><${Form} act=${() => save({ [name]: on })} submit=${t("action.save")}>
    <${Check} label=${label} hint=${html`${hint} <${Origin} now=${now[name]} fallback=${now.defaults[name]} shown=${t(now.defaults[name] ? "common.yes" : "common.no")} reset=${() => save({ [name]: null })} />`} checked=${on} onChange=${setOn} />
  </${Form}></${Card}>`;
}

function SignIn({ now, save }) {
  const fields = [
    { name: "max_attempts", label: t("settings.attempts"), min: 1, max: 100 },
    { name: "window_minutes", label: t("settings.window"), min: 1, max: 1440 },
    { name: "duration_minutes", label: t("settings.duration"), min: 1, max: 10080 },
  ];
  const sentence = (values) => t("settings.lockoutSentence", { attempts: values.max_attempts || "…", window: values.window_minutes || "…", duration: values.duration_minutes || "…", count: Number(values.max_attempts) });
  return html`<div class="stack">
    <${Numbers} title=${t("settings.lockout")} now=${now.lockout} fallback=${now.defaults.lockout} fields=${fields} sentence=${sentence} part=${(values) => ({ lockout: values })} save=${save} />
    <${Switch} title=${t("profile.mfa")} label=${t("settings.mfa")} hint=${t("settings.mfaHint")} name="mfa_required" now=${now} save=${save} />
    ${!now.mfa_required && !user.value.mfa_enabled && html`<p class="note info"><${Icon} name="info" /><span>${t("settings.mfaFirst")} <a href="/profile">${t("nav.profile")}</a></span></p>`}
  </div>`;
}

function Devices({ now, save }) {
  const fields = [
    { name: "silent_after_days", label: t("settings.silent"), hint: t("settings.silentHint"), min: 1, max: 365 },
    { name: "report_interval_seconds", label: t("settings.interval"), hint: t("settings.intervalHint"), min: 300, max: 86400 },
    { name: "review_due_soon_days", label: t("settings.reviewSoon"), hint: t("settings.reviewSoonHint"), min: 1, max: 90 },
  ];
  return html`<div class="stack">
    <${Numbers} title=${t("settings.times")} now=${now} fallback=${now.defaults} fields=${fields} part=${(values) => values} save=${save} />
    <${Switch} title=${t("settings.approval")} label=${t("settings.approvalLabel")} hint=${t("settings.approvalHint")} name="devices_need_approval" now=${now} save=${save} />
  </div>`;
}

function Mail({ now, save }) {
  const smtp = now.smtp;
  const [host, setHost] = useState(smtp.host ?? "");
  const [port, setPort] = useState(String(smtp.port));
  const [security, setSecurity] = useState(smtp.security);
  const [username, setUsername] = useState(smtp.username ?? "");
  const [password, setPassword] = useState("");
  const [from, setFrom] = useState(smtp.from_address ?? "");
  const store = () => save({ smtp: host.trim()
    ? { host: host.trim(), port: Number(port), security, username: username.trim() || null, from_address: from.trim(), ...(password && { password }) }
    : null });
  return html`<${Card} title=${t("settings.tab.mail")} actions=${smtp.host
      ? html`<${Badge} text=${t("settings.mailOn")} icon="mail" tone="good" />` : html`<${Badge} text=${t("settings.mailOff")} icon="mail" tone="quiet" />`}>
    <${Form} act=${store} submit=${t("action.save")}>
    <p class="dim">${t("settings.mailHint")}</p>
    <div class="form-row">
      <${Field} label=${t("settings.host")} maxlength="253" value=${host} onInput=${setHost} />
      <${Field} label=${t("settings.port")} type="number" min="1" max="65535" required inputmode="numeric" value=${port} onInput=${setPort} />
      <${Field} label=${t("settings.security")} value=${security} onInput=${setSecurity} options=${["starttls", "tls", "none"].map((one) => [one, t(`settings.security.${one}`)])} />
    </div>
    <div class="form-row">
      <${Field} label=${t("settings.username")} optional maxlength="255" autocomplete="off" value=${username} onInput=${setUsername} />
      <${Field} label=${t("signIn.password")} type="password" maxlength="255" autocomplete="new-password" hint=${t(smtp.password_set ? "settings.passwordKept" : "settings.passwordNone")} value=${password} onInput=${setPassword} />
      <${Field} label=${t("settings.fromAddress")} type="email" maxlength="254" required=${Boolean(host.trim())} value=${from} onInput=${setFrom} />
    </div>
    ${smtp.host && html`<div><button type="button" class="link" onClick=${() => save({ smtp: null }).catch((error) => toast(error.message, { tone: "bad" }))}>${t("settings.mailRemove")}</button></div>`}
  </${Form}></${Card}>`;
}

/** Kinds of data with the bounds of how long they may be kept. */
const KINDS = [["address_and_user_agent_months", 1, 36], ["audit_log_months", 12, 120], ["verdict_months", 12, 120], ["software_network_days", 1, 1095], ["pseudonymise_left_after_months", 1, 120], ["session_days", 1, 365], ["invitation_days", 1, 365], ["report_file_months", 12, 120], ["evidence_months", 12, 120]];

function Data({ now, save }) {
  const fields = KINDS.map(([name, min, max]) => ({ name, min, max, label: t(`settings.keep.${name}`), hint: t(name.endsWith("_days") ? "settings.inDays" : "settings.inMonths") }));
  return html`<div class="stack">
    <${Hold} hold=${now.erasure_hold} save=${save} />
    <${Numbers} title=${t("settings.retention")} now=${now.retention} fallback=${now.defaults.retention} fields=${fields} part=${(values) => ({ retention: values })} save=${save}>
      <p class="note warn"><${Icon} name="triangle-alert" />${t("settings.retentionHint")}</p></${Numbers}>
  </div>`;
}

function Hold({ hold, save }) {
  const [reason, setReason] = useState(hold?.reason ?? "");
  const [until, setUntil] = useState(hold?.until ?? "");
  return html`<${Card} title=${t("settings.hold")} actions=${hold && html`<${Badge} text=${t("settings.holdOn")} icon="lock" tone="warn" />`}>
    <${Form} act=${() => save({ erasure_hold: { reason: reason.trim(), until: until || null } })} submit=${t(hold ? "action.save" : "settings.holdStart")}>
    <p class="dim">${t("settings.holdHint")}</p>
    <div class="form-row"><${Field} label=${t("settings.holdReason")} required maxlength="500" value=${reason} onInput=${setReason} />
      <${Field} label=${t("settings.holdUntil")} hint=${t("settings.holdUntilHint")} type="date" optional value=${until} onInput=${setUntil} /></div>
    ${hold && html`<div><button type="button" onClick=${() => save({ erasure_hold: null }).catch((error) => toast(error.message, { tone: "bad" }))}>${t("settings.holdEnd")}</button></div>`}
  </${Form}></${Card}>`;
}

const KEY_ROLES = ["admin", "user", "viewer", "agent"];

function Keys() {
  const [version, setVersion] = useState(0);
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const changed = () => setVersion((before) => before + 1);
  const columns = [
    { key: "name", title: t("keys.name"), primary: true, cell: (key) => html`<span><strong>${key.name}</strong><small class="dim block"><code>${key.prefix}…</code></small></span>` },
    { key: "role", title: t("team.role"), cell: (key) => word("role", key.role) },
    { key: "by", title: t("enrol.by"), cell: (key) => html`<${PersonName} id=${key.created_by} none=${t("enrol.operator")} />` },
    { key: "created", title: t("keys.created"), cell: (key) => html`<${Ago} time=${key.created_at} />` },
    { key: "used", title: t("enrol.lastUsed"), cell: (key) => html`<${Ago} time=${key.last_used_at} />` },
    { key: "ends", title: t("keys.ends"), cell: (key) => html`<${Ago} time=${key.expires_at} />` },
    { key: "revoke", title: t("enrol.revoke"), cell: (key) => html`<button type="button" class="small" aria-label=${t("enrol.revokeNamed", { name: key.name })} onClick=${() => setOpen({ revoke: key })}>${t("enrol.revoke")}</button>` },
  ];
  const revoke = async () => {
    await remove(`/v1/api-keys/${open.revoke.id}`);
    toast(t("keys.revoked", { name: open.revoke.name }));
    changed();
  };
  return html`<div class="bar-head"><p class="dim">${t("keys.hint")}</p><button type="button" class="primary" onClick=${() => setOpen({ make: true })}><${Icon} name="plus" />${t("keys.make")}</button></div>
    <${List} label=${t("settings.tab.keys")} path="/v1/api-keys" columns=${columns} csv version=${version} empty=${html`<${Empty} icon="key-round" title=${t("keys.none")} text=${t("keys.hint")} />`} />
    ${open?.make && html`<${MakeKey} close=${close} done=${(made) => { setOpen({ made }); changed(); }} />`}
    ${open?.made && html`<${Dialog} title=${t("keys.made", { name: open.made.name })} close=${close}><div class="stack"><p>${t("keys.once")}</p><${CopyBox} text=${open.made.api_key} label=${t("keys.secret")} />
      <div class="form-actions"><button type="button" class="primary" onClick=${close}>${t("keys.kept")}</button></div></div></${Dialog}>`}
    ${open?.revoke && html`<${Confirm} title=${t("enrol.revokeTitle", { name: open.revoke.name })} text=${t("keys.revokeText")} action=${t("enrol.revoke")} act=${revoke} close=${close} />`}`;
}

function MakeKey({ close, done }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [until, setUntil] = useState("");
  const make = async () => done((await post("/v1/api-keys", { name: name.trim(), role, ...(until && { expires_at: `${new Date(`${until}T23:59:59`).toISOString().slice(0, 19)}Z` }) })).data);
  return html`<${Dialog} title=${t("keys.make")} close=${close}><${Form} act=${make} submit=${t("keys.make")} cancel=${close}>
    <${Field} label=${t("keys.name")} hint=${t("keys.nameHint")} required autofocus maxlength="100" value=${name} onInput=${setName} />
    <${Field} label=${t("team.role")} hint=${t(`keys.role.${role}`)} value=${role} onInput=${setRole} options=${KEY_ROLES.map((one) => [one, word("role", one)])} />
    <${Field} label=${t("keys.ends")} optional hint=${t("keys.endsHint")} type="date" min=${new Date().toISOString().slice(0, 10)} value=${until} onInput=${setUntil} />
  </${Form}></${Dialog}>`;
}

function Plan({ now }) {
  const limit = (value) => (value === null ? t("plan.noLimit") : number(value));
  return html`<div class="stack"><${Card} title=${t("plan.title")}>
    <${Facts} rows=${[[t("plan.name"), word("plan", now.plan.name)], [t("plan.perMinute"), limit(now.plan.requests_per_minute)], [t("plan.perDay"), limit(now.plan.requests_per_day)], [t("plan.version"), number(now.version)]]} />
    <p class="hint">${t("plan.hint")}</p></${Card}><${Diagnostics} /></div>`;
}

export function DiagnosticsPage() {
  return html`<${PageHead} title=${t("diagnostics.title")} lead=${t("diagnostics.lead")} /><${Diagnostics} />`;
}

function apart(seconds) {
  if (Math.abs(seconds) < 2) return t("diagnostics.together");
  return t(seconds > 0 ? "diagnostics.ahead" : "diagnostics.behind", { count: Math.abs(seconds) });
}

/** What support asks for first; nothing in it is secret or names a person. */
function Diagnostics() {
  const load = useLoad("/openapi.json");
  const [health, setHealth] = useState(null);
  const [error, setError] = useState(null);
  const look = async () => {
    setError(null);
    const began = performance.now();
    try {
      const { data, headers } = await get("/healthz");
      const date = headers.get("date");
      setHealth({ status: data.status, milliseconds: Math.round(performance.now() - began), apart: date ? Math.round((Date.now() - new Date(date)) / 1000) : null, at: new Date().toISOString() });
    } catch (failure) {
      setError(failure);
    }
  };
  useMemo(look, []);
  return html`<${Card} title=${t("diagnostics.title")} actions=${html`<button type="button" class="small" onClick=${look}><${Icon} name="refresh-cw" />${t("diagnostics.again")}</button>`}>
    ${error && html`<${Failure} error=${error} />`}
    <${Loaded} load=${load}>${({ info }) => {
      const rows = [
        [t("diagnostics.version"), info.version],
        [t("diagnostics.health"), health ? `${health.status}, ${t("diagnostics.milliseconds", { count: health.milliseconds })}` : t("common.loading")],
        [t("diagnostics.apart"), health && health.apart !== null ? apart(health.apart) : null],
        [t("diagnostics.at"), health && exact(health.at)],
        [t("diagnostics.browser"), navigator.userAgent],
        [t("diagnostics.window"), `${innerWidth} × ${innerHeight}`],
      ];
      const support = [`Recoger ${info.version}`, ...rows.slice(1).filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`)].join("\n");
      return html`<${Facts} rows=${rows} /><div class="form-actions"><${Copy} text=${support} shown=${t("diagnostics.copy")} /></div>`;
    }}</${Loaded}>
  </${Card}>`;
}
