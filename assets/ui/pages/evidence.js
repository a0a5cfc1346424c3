// What an auditor asks for beside reports: the audit log with its chain, exceptions to checks, and attestations with their files.
import { html, signal, useEffect, useMemo, useState } from "../lib.js";
import { get, post, remove, useLoad } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { isAdmin, organisation, user } from "../session.js";
import { Ago, Day, When, bytes, day, number } from "../format.js";
import { language, t, word } from "../messages.js";
import { PersonName, activeUsers } from "../people.js";
import { Observed, checkTitle } from "../checks.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, PageHead } from "../components/page.js";
import { List } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { Copy } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { base64 } from "./settings.js";

const EVENTS = ["user_login_success", "user_login_failure", "user_locked", "user_unlocked", "user_logout", "refresh_token_reused", "session_ended", "user_created", "user_updated", "user_role_changed", "user_disabled", "user_enabled", "user_deleted", "user_password_changed", "user_mfa_enabled", "user_mfa_disabled", "invitation_created", "invitation_resent", "invitation_revoked", "invitation_accepted", "api_key_created", "api_key_revoked", "enrollment_token_created", "enrollment_token_revoked", "device_created", "device_enrolled", "device_updated", "device_owner_changed", "device_verdict_changed", "device_deleted", "service_created", "service_updated", "service_deleted", "review_created", "exception_created", "exception_revoked", "exception_expired", "attestation_created", "person_created", "person_updated", "person_imported", "person_erased", "settings_changed", "report_created", "report_downloaded", "report_deleted", "audit_exported", "audit_read", "webhook_created", "webhook_updated", "webhook_deleted", "tenant_created", "tenant_plan_changed", "tenant_exported", "tenant_imported", "backup_created", "backup_failed", "retention_applied", "certificate_changed"];
const CATEGORIES = ["api_keys", "appliance", "audit", "authentication", "compliance", "device_management", "people", "reports", "service_management", "settings", "user_management"];
/** Ranges that end now, in hours. */
const PRESETS = { "24h": 24, "7d": 168, "30d": 720 };
/** Where the thing that an entry is about has a page. */
const PAGE_OF = { device: "devices", service: "services" };

export function AuditPage() {
  const { query } = place.value;
  const range = query.get("range");
  const utc = query.get("utc") === "1";
  const zone = utc ? "UTC" : organisation.value.timeZone;
  // To the minute, and kept while the page stays: paging must not move the range.
  const since = useMemo(() => (PRESETS[range] ? `${new Date(Date.now() - PRESETS[range] * 3600000).toISOString().slice(0, 16)}:00Z` : null), [range]);
  const columns = [
    { key: "time", title: t("audit.time"), primary: true, class: "nowrap", cell: (entry) => html`<span>${moment(entry.created_at, zone)}</span>` },
    { key: "event", title: t("audit.event"), class: "event", cell: (entry) => html`<span><strong>${word("event", entry.event_name)}</strong><small class="dim block">${word("auditCategory", entry.category)}</small></span>` },
    { key: "actor", title: t("audit.actor"), class: "wrap", cell: (entry) => html`<${Actor} entry=${entry} />` },
    { key: "resource", title: t("audit.resource"), class: "wrap", cell: (entry) => html`<${Resource} entry=${entry} />` },
    { key: "address", title: t("audit.address"), class: "wrap", cell: (entry) => (entry.ip_address
      ? html`<a class="plain" href=${withQuery({ ip_address: entry.ip_address, page: null })} title=${t("audit.only")}>${entry.ip_address}</a>` : html`<span class="dim">–</span>`) },
  ];
  const options = (group, values) => values.map((value) => [value, word(group, value)]);
  const filters = [
    { name: "event_name", title: t("audit.event"), options: options("event", EVENTS) },
    { name: "category", title: t("audit.category"), options: options("auditCategory", CATEGORIES) },
    { name: "actor_email", title: t("audit.actorEmail"), hidden: true },
    { name: "actor_id", title: t("audit.actorId"), hidden: true },
    { name: "resource_type", title: t("audit.resourceType"), hidden: true, text: (value) => word("resource", value) },
    { name: "resource_id", title: t("audit.resourceId"), hidden: true },
    { name: "ip_address", title: t("audit.address"), hidden: true },
    ...(range && range !== "custom" ? [] : [
      { name: "start_date", title: t("audit.from"), hidden: true, text: day },
      { name: "end_date", title: t("audit.to"), hidden: true, text: day },
    ]),
  ];
  const link = `${location.origin}${place.value.path}${query.size ? `?${query}` : ""}`;
  return html`<${PageHead} title=${t("nav.auditLog")} lead=${t("audit.lead")} actions=${html`<${Copy} key=${link} text=${link} shown=${t("audit.link")} />`} />
    <${Chain} />
    <div class="list-tools spaced">
      <${Ranges} range=${range} zone=${zone} utc=${utc} />
      <${MoreFilters} />
    </div>
    <${List} label=${t("nav.auditLog")} path="/v1/audit-logs" query=${{ start_date: since }} columns=${columns} filters=${filters} csv
      detail=${(entry) => html`<${Detail} entry=${entry} zone=${zone} />`} detailLabel=${(entry) => t("audit.details", { event: word("event", entry.event_name), time: moment(entry.created_at, zone) })}
      empty=${html`<${Empty} icon="scroll-text" title=${t("audit.empty")} />`} />`;
}

/** To the second: the order of entries matters here. */
const moment = (time, zone) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(new Date(time));

function Actor({ entry }) {
  const text = entry.actor_email ?? entry.actor_id ?? word("actor", entry.actor_type);
  const only = entry.actor_email ? { actor_email: entry.actor_email } : entry.actor_id ? { actor_id: entry.actor_id } : null;
  return html`<span>${only ? html`<a class="plain" href=${withQuery({ ...only, page: null })} title=${t("audit.only")}>${text}</a>` : text}
    ${only && entry.actor_type !== "user" && html`<small class="dim block">${word("actor", entry.actor_type)}</small>`}</span>`;
}

function Resource({ entry }) {
  if (!entry.resource_type) return html`<span class="dim">–</span>`;
  const page = PAGE_OF[entry.resource_type];
  const name = entry.metadata.device_name ?? entry.metadata.service_name ?? entry.metadata.name ?? entry.metadata.email;
  if (entry.resource_type === "settings") return word("resource", entry.resource_type);
  const told = typeof name === "string" ? name : entry.resource_id;
  return html`<span>${page && entry.resource_id && entry.event_name !== `${entry.resource_type}_deleted` ? html`<a href=${`/${page}/${entry.resource_id}`}>${told}</a>` : told}
    <small class="dim block">${word("resource", entry.resource_type)}</small></span>`;
}

const isChange = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && "old" in value && "new" in value;

/** What an entry says beside its columns: changes before and after, everything else by name. */
function Detail({ entry, zone }) {
  const flat = Object.entries(entry.metadata).flatMap(([name, value]) => (
    value !== null && typeof value === "object" && !Array.isArray(value) && !isChange(value) && Object.values(value).length > 0 && Object.values(value).every(isChange)
      ? Object.entries(value) : [[name, value]]));
  const changes = flat.filter(([, value]) => isChange(value));
  const others = flat.filter(([, value]) => !isChange(value));
  const named = (name) => name.replaceAll("_", " ").replaceAll(".", " › ");
  return html`<div class="stack">
    ${changes.length > 0 && html`<table class="diff"><caption class="hidden">${t("audit.changes")}</caption>
      <thead><tr><th scope="col">${t("audit.field")}</th><th scope="col">${t("audit.before")}</th><th scope="col">${t("audit.after")}</th></tr></thead>
      <tbody>${changes.map(([name, value]) => html`<tr key=${name}><th scope="row">${named(name)}</th><td class="before"><${Observed} value=${value.old} /></td><td class="after"><${Observed} value=${value.new} /></td></tr>`)}</tbody></table>`}
    <${Facts} rows=${[
      ...others.map(([name, value]) => [named(name), html`<${Observed} value=${value} />`]),
      [t("audit.time"), moment(entry.created_at, zone === "UTC" ? organisation.value.timeZone : "UTC") + ` (${zone === "UTC" ? organisation.value.timeZone : "UTC"})`],
      [t("audit.actorId"), entry.actor_id && html`<a href=${withQuery({ actor_id: entry.actor_id, page: null })}>${entry.actor_id}</a>`],
      [t("audit.resourceId"), entry.resource_id && html`<a href=${withQuery({ resource_id: entry.resource_id, page: null })}>${entry.resource_id}</a>`],
      [t("audit.client"), entry.user_agent],
      [t("audit.number"), number(entry.seq)],
      [t("audit.hash"), html`<code>${entry.hash}</code>`],
    ]} />
  </div>`;
}

function Ranges({ range, zone, utc }) {
  const { query } = place.value;
  const custom = range === "custom" || query.has("start_date") || query.has("end_date");
  const link = (name) => withQuery({ range: name, start_date: null, end_date: null, page: null });
  const current = custom ? "custom" : range ?? "all";
  const field = (name) => html`<label class="inline"><span>${t(name === "start_date" ? "audit.from" : "audit.to")}</span>
    <input type="date" value=${/^\d{4}-\d\d-\d\d$/.test(query.get(name) ?? "") ? query.get(name) : ""} onChange=${(event) => navigate(withQuery({ [name]: event.target.value, range: "custom", page: null }))} /></label>`;
  return html`<div class="choice" role="group" aria-label=${t("audit.range")}>
      ${[["all", null], ...Object.keys(PRESETS).map((name) => [name, name]), ["custom", "custom"]].map(([name, value]) => html`<a key=${name} class="button small" href=${link(value)} aria-current=${current === name ? "true" : null}>${t(`audit.range.${name}`)}</a>`)}
    </div>
    ${custom && html`${field("start_date")}${field("end_date")}`}
    <span class="inline">${t("audit.zone", { zone })}</span>
    ${organisation.value.timeZone !== "UTC" && html`<a class="button small" href=${withQuery({ utc: utc ? null : "1" })} role="button">${utc ? t("audit.local", { zone: organisation.value.timeZone }) : t("audit.utc")}</a>`}`;
}

function MoreFilters() {
  const { query } = place.value;
  const fields = ["actor_email", "resource_type", "resource_id", "ip_address"];
  const titles = { actor_email: "audit.actorEmail", resource_type: "audit.resourceType", resource_id: "audit.resourceId", ip_address: "audit.address" };
  const [open, setOpen] = useState(false);
  const set = (name) => (event) => navigate(withQuery({ [name]: event.target.value.trim(), page: null }));
  return html`<details class="more-filters" open=${open} onToggle=${(event) => setOpen(event.target.open)}><summary><${Icon} name="filter" />${t("audit.moreFilters")}</summary>
    <div class="form-row">${fields.map((name) => html`<${Field} key=${name} label=${t(titles[name])} value=${query.get(name) ?? ""} onInput=${() => {}} onChange=${set(name)} maxlength="254" />`)}</div></details>`;
}

/** Whether the chain holds: looked at when asked for, for it reads every entry. */
function Chain() {
  const [state, setState] = useState(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const verify = async () => {
    setBusy(true);
    setError(null);
    try {
      setState((await get("/v1/audit-logs/verify")).data);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => () => setState(null), []);
  const actions = html`<button type="button" class="small" disabled=${busy} onClick=${verify}><${Icon} name="shield-check" />${t(busy ? "audit.verifying" : "audit.verify")}</button>
    <a class="button small" href="/v1/audit-logs/checkpoint" download="recoger-checkpoint.json"><${Icon} name="download" />${t("audit.checkpoint")}</a>`;
  return html`<${Card} title=${t("audit.chain")} actions=${actions}>
    <div role="status">
      ${!state && !error && html`<p class="dim">${t("audit.chainHint")}</p>`}
      ${error && html`<p class="form-error">${error.message}</p>`}
      ${state && html`<p>${state.intact
        ? html`<${Badge} text=${t("audit.intact")} icon="shield-check" tone="good" /> ${t("audit.intactCount", { count: state.entries, first: state.first_seq ?? 0, last: state.last_seq ?? 0 })}`
        : html`<${Badge} text=${t("audit.broken")} icon="shield-alert" tone="bad" /> ${t("audit.brokenAt", { seq: state.broken?.seq ?? 0, reason: state.broken?.reason ?? "" })}`}</p>
      <${Facts} rows=${[
        [t("audit.head"), state.head_hash && html`<code>${state.head_hash}</code>`],
        state.anchor && [t("audit.anchor"), t("audit.anchorText", { count: state.anchor.seq, time: moment(state.anchor.created_at, organisation.value.timeZone) })],
        state.erased_values > 0 && [t("audit.erased"), number(state.erased_values)],
      ]} />`}
    </div>
  </${Card}>`;
}

const SUBJECTS = ["device", "service"];
const EXCEPTION_STATES = { active: ["circle-check", "good"], expired: ["clock", "quiet"], revoked: ["undo-2", "quiet"], valid: ["circle-check", "good"] };
/** Days ahead that an exception, and an attestation, may reach. */
const EXCEPTION_DAYS_MAX = 365;
const ATTESTATION_DAYS_MAX = 1096;
/** Bytes of one file and of all together. */
const FILE_BYTES_MAX = 5 * 1024 * 1024;
const FILES_BYTES_MAX = 10 * 1024 * 1024;
/** Things that are offered for what was typed. */
const OFFERED_MAX = 20;
const FRAMEWORKS = ["iso27001", "soc2", "nist-csf-2.0", "nis2-art21", "gdpr-art32", "cyber-essentials-3.3", "pci-dss-4.0.1", "hipaa-164.312", "cis-v8.1-ig1"];

const inDays = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
const subjects = () => SUBJECTS.map((type) => [type, word("resource", type)]);

const names = signal({});
const asked = new Set();

/** The name of a device or service, with a link to it. */
function SubjectName({ type, id }) {
  useEffect(() => {
    if (asked.has(id)) return;
    asked.add(id);
    get(`/v1/${PAGE_OF[type]}/${id}`).then(({ data }) => { names.value = { ...names.value, [id]: data.device_name ?? data.service_name ?? data.name ?? id }; }, () => { /* retired or gone: the id has to do */ });
  }, [type, id]);
  return html`<a href=${`/${PAGE_OF[type]}/${id}`}>${names.value[id] ?? id}</a>`;
}

const StateBadge = ({ state }) => html`<${Badge} text=${t(`evidence.${state}`)} icon=${EXCEPTION_STATES[state][0]} tone=${EXCEPTION_STATES[state][1]} />`;

export function ExceptionsPage() {
  const { query } = place.value;
  const [open, setOpen] = useState(query.get("new") ? { record: Object.fromEntries(["subject_type", "subject_id", "check_id"].map((name) => [name, query.get(name)])) } : null);
  const [version, setVersion] = useState(0);
  const close = () => {
    setOpen(null);
    if (query.get("new")) navigate("/exceptions", { replace: true });
  };
  const done = () => { close(); setVersion((before) => before + 1); };
  const revoke = async () => {
    await remove(`/v1/exceptions/${open.revoke.id}`);
    toast(t("exceptions.revoked"));
    setVersion((before) => before + 1);
  };
  const columns = [
    { key: "check", title: t("exceptions.check"), primary: true, cell: (one) => html`<strong>${checkTitle(one.check_id)}</strong>` },
    { key: "subject", title: t("exceptions.for"), cell: (one) => (one.tag ? html`${word("resourcePlural", one.subject_type)} <span class="tag">${one.tag}</span>` : html`<${SubjectName} type=${one.subject_type} id=${one.subject_id} />`) },
    { key: "state", title: t("enrol.state"), cell: (one) => html`<span class="badges"><${StateBadge} state=${one.state} />${one.self_approved && html`<span class="tag">${t("exceptions.selfApproved")}</span>`}</span>` },
    { key: "ends", title: t("exceptions.lastDay"), sort: "expires_on", cell: (one) => html`<${Day} value=${one.expires_on} />` },
    { key: "recorded", title: t("exceptions.recorded"), sort: "recorded_at", cell: (one) => html`<${Ago} time=${one.recorded_at} />` },
    isAdmin() && { key: "revoke", title: t("enrol.revoke"), cell: (one) => (one.state === "active"
      ? html`<button type="button" class="small" aria-label=${t("enrol.revokeNamed", { name: checkTitle(one.check_id) })} onClick=${() => setOpen({ revoke: one })}>${t("enrol.revoke")}</button>` : html`<span class="dim">–</span>`) },
  ].filter(Boolean);
  const filters = [
    { name: "state", title: t("enrol.state"), options: ["active", "expired", "revoked"].map((state) => [state, t(`evidence.${state}`)]) },
    { name: "subject_type", title: t("exceptions.for"), options: subjects() },
    { name: "check_id", title: t("exceptions.check"), hidden: true, text: checkTitle },
    { name: "subject_id", title: t("exceptions.for"), hidden: true, text: (id) => names.value[id] ?? id },
  ];
  const detail = (one) => html`<${Facts} rows=${[
    [t("exceptions.reason"), html`<span class="fix">${one.reason}</span>`],
    [t("exceptions.measure"), one.compensating_measure && html`<span class="fix">${one.compensating_measure}</span>`],
    [t("exceptions.requestedBy"), html`<${PersonName} id=${one.requested_by} none=${t("enrol.operator")} />`],
    [t("exceptions.approvedBy"), html`<${PersonName} id=${one.approved_by} none=${t("enrol.operator")} />`],
    [t("exceptions.recorded"), html`<${When} time=${one.recorded_at} />`],
    one.revoked_at && [t("exceptions.revokedAt"), html`<${When} time=${one.revoked_at} />`],
    one.revoked_at && [t("exceptions.revokedBy"), html`<${PersonName} id=${one.revoked_by} none=${t("enrol.operator")} />`],
  ]} />`;
  return html`<${PageHead} title=${t("exceptions.title")} lead=${t("exceptions.lead")} actions=${isAdmin() && html`<button type="button" class="primary" onClick=${() => setOpen({ record: {} })}><${Icon} name="plus" />${t("exceptions.record")}</button>`} />
    <${List} label=${t("exceptions.title")} path="/v1/exceptions" columns=${columns} filters=${filters} csv defaultSort="-recorded_at" version=${version}
      detail=${detail} detailLabel=${(one) => t("exceptions.details", { check: checkTitle(one.check_id) })}
      empty=${html`<${Empty} icon="shield-off" title=${t("exceptions.none")} text=${t("exceptions.noneHint")} />`} />
    ${open?.record && html`<${RecordException} given=${open.record} close=${close} done=${done} />`}
    ${open?.revoke && html`<${Confirm} title=${t("enrol.revokeTitle", { name: checkTitle(open.revoke.check_id) })} text=${t("exceptions.revokeText")} action=${t("enrol.revoke")} act=${revoke} close=${() => setOpen(null)} />`}`;
}

function RecordException({ given, close, done }) {
  const [type, setType] = useState(given.subject_type ?? "device");
  const [whole, setWhole] = useState("one");
  const [id, setId] = useState(given.subject_id ?? "");
  const [tag, setTag] = useState("");
  const [check, setCheck] = useState(given.check_id ?? "");
  const [reason, setReason] = useState("");
  const [measure, setMeasure] = useState("");
  const [until, setUntil] = useState(inDays(30));
  const [asker, setAsker] = useState("");
  const [users, setUsers] = useState([]);
  const settings = useLoad("/v1/settings");
  useEffect(() => { activeUsers().then(setUsers, () => { /* then whoever records it asks for it */ }); }, []);
  const known = Object.keys(settings.data?.checks ?? {}).filter((one) => one.startsWith(`${type}.`)).sort();
  const store = async () => {
    const body = { subject_type: type, check_id: check, reason: reason.trim(), expires_on: until };
    if (whole === "one") body.subject_id = id;
    else body.tag = tag.trim();
    if (measure.trim()) body.compensating_measure = measure.trim();
    if (asker) body.requested_by = asker;
    await post("/v1/exceptions", body);
    toast(t("exceptions.saved"));
    done();
  };
  return html`<${Dialog} title=${t("exceptions.record")} close=${close}><${Form} act=${store} submit=${t("exceptions.record")} cancel=${close}>
    <${Field} label=${t("exceptions.kind")} value=${type} onInput=${(value) => { setType(value); setId(""); setCheck(""); }} options=${subjects()} />
    <${Field} label=${t("exceptions.for")} value=${whole} onInput=${setWhole} options=${[["one", t(`exceptions.one.${type}`)], ["tag", t("exceptions.byTag")]]} />
    ${whole === "one" ? html`<${ChooseSubject} key=${type} type=${type} id=${id} choose=${setId} />`
      : html`<${Field} label=${t("exceptions.tag")} hint=${t("exceptions.tagHint")} required maxlength="64" value=${tag} onInput=${setTag} />`}
    <${Field} label=${t("exceptions.check")} required value=${check} onInput=${setCheck} options=${[["", t("exceptions.choose")], ...[...new Set([...(check ? [check] : []), ...known])].map((one) => [one, settings.data?.checks[one]?.title ?? checkTitle(one)])]} />
    <${Field} label=${t("exceptions.reason")} type="textarea" required maxlength="2000" value=${reason} onInput=${setReason} />
    <${Field} label=${t("exceptions.measure")} hint=${t("exceptions.measureHint")} type="textarea" optional maxlength="2000" value=${measure} onInput=${setMeasure} />
    <div class="form-row">
      <${Field} label=${t("exceptions.lastDay")} type="date" required min=${inDays(0)} max=${inDays(EXCEPTION_DAYS_MAX)} value=${until} onInput=${setUntil} />
      <${Field} label=${t("exceptions.requestedBy")} value=${asker} onInput=${setAsker} options=${[["", t("exceptions.myself")], ...users.filter(([one]) => one !== user.value.id)]} />
    </div>
  </${Form}></${Dialog}>`;
}

/** Finds one device or service by what is typed. */
function ChooseSubject({ type, id, choose }) {
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), 150);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useLoad(`/v1/${PAGE_OF[type]}`, { search, limit: OFFERED_MAX, ...(type === "device" && { include_data: false }) });
  const chosen = useLoad(id ? `/v1/${PAGE_OF[type]}/${id}` : null);
  const named = (one) => one.device_name ?? one.service_name ?? one.name ?? one.id;
  const options = [...(found.data ?? [])];
  if (id && chosen.data?.id === id && !options.some((one) => one.id === id)) options.unshift(chosen.data);
  return html`<div class="form-row">
    <${Field} label=${t("list.search")} type="search" value=${typed} onInput=${setTyped} maxlength="200" />
    <${Field} label=${t(`exceptions.one.${type}`)} required value=${id} onInput=${choose} options=${[["", t("exceptions.choose")], ...options.map((one) => [one.id, named(one)])]} />
  </div>`;
}

export function AttestationsPage() {
  const [open, setOpen] = useState(null);
  const [version, setVersion] = useState(0);
  const again = () => setVersion((before) => before + 1);
  const revoke = async () => {
    await remove(`/v1/attestations/${open.revoke.id}`);
    toast(t("attestations.revoked"));
    again();
  };
  const columns = [
    { key: "statement", title: t("attestations.statement"), primary: true, cell: (one) => html`<span class="agent">${one.statement}</span>` },
    { key: "about", title: t("attestations.about"), cell: (one) => (one.subject_id
      ? html`<${SubjectName} type=${one.subject_type} id=${one.subject_id} />` : html`<span>${word("framework", one.framework_id)}<small class="dim block">${one.control_id}</small></span>`) },
    { key: "state", title: t("enrol.state"), cell: (one) => html`<${StateBadge} state=${one.state} />` },
    { key: "until", title: t("attestations.until"), cell: (one) => html`<${Day} value=${one.valid_until} />` },
    { key: "files", title: t("attestations.files"), cell: (one) => number(one.files.length) },
    isAdmin() && { key: "revoke", title: t("enrol.revoke"), cell: (one) => (one.state === "valid"
      ? html`<button type="button" class="small" onClick=${() => setOpen({ revoke: one })}>${t("enrol.revoke")}</button>` : html`<span class="dim">–</span>`) },
  ].filter(Boolean);
  const filters = [
    { name: "state", title: t("enrol.state"), options: ["valid", "expired", "revoked"].map((state) => [state, t(`evidence.${state}`)]) },
    { name: "framework_id", title: t("attestations.framework"), options: FRAMEWORKS.map((id) => [id, word("framework", id)]) },
    { name: "subject_type", title: t("attestations.about"), options: subjects() },
  ];
  const detail = (one) => html`<div class="stack"><p class="fix">${one.statement}</p><${Facts} rows=${[
    one.check_id && [t("exceptions.check"), checkTitle(one.check_id)],
    [t("attestations.by"), html`<${PersonName} id=${one.created_by} none=${t("enrol.operator")} />`],
    [t("exceptions.recorded"), html`<${When} time=${one.created_at} />`],
    one.revoked_at && [t("exceptions.revokedAt"), html`<${When} time=${one.revoked_at} />`],
    one.files.length > 0 && [t("attestations.files"), html`<ul class="stack">${one.files.map((file) => html`<li key=${file.id}><a download=${file.name} href=${`/v1/attestations/${one.id}/files/${file.id}`}>${file.name}</a> <span class="dim">${bytes(file.size_bytes)}</span>
      <small class="dim block">${t("attestations.sha256")} <code>${file.sha256}</code></small></li>`)}</ul>`],
  ]} /></div>`;
  return html`<${PageHead} title=${t("attestations.title")} lead=${t("attestations.lead")} actions=${isAdmin() && html`<button type="button" class="primary" onClick=${() => setOpen({ record: true })}><${Icon} name="plus" />${t("attestations.record")}</button>`} />
    <${List} label=${t("attestations.title")} path="/v1/attestations" columns=${columns} filters=${filters} csv version=${version} detail=${detail} detailLabel=${(one) => t("attestations.details", { statement: one.statement.slice(0, 80) })}
      empty=${html`<${Empty} icon="file-check" title=${t("attestations.none")} text=${t("attestations.lead")} />`} />
    ${open?.record && html`<${RecordAttestation} close=${() => setOpen(null)} done=${() => { setOpen(null); again(); }} />`}
    ${open?.revoke && html`<${Confirm} title=${t("attestations.revokeTitle")} text=${t("attestations.revokeText")} action=${t("enrol.revoke")} act=${revoke} close=${() => setOpen(null)} />`}`;
}

function RecordAttestation({ close, done }) {
  const [about, setAbout] = useState("control");
  const [framework, setFramework] = useState(FRAMEWORKS[0]);
  const [control, setControl] = useState("");
  const [id, setId] = useState("");
  const [statement, setStatement] = useState("");
  const [until, setUntil] = useState(inDays(365));
  const [files, setFiles] = useState([]);
  const wrong = files.some((file) => file.size > FILE_BYTES_MAX) || files.reduce((sum, file) => sum + file.size, 0) > FILES_BYTES_MAX;
  const store = async () => {
    if (wrong) return;
    const body = { statement: statement.trim(), valid_until: until };
    Object.assign(body, about === "control" ? { framework_id: framework, control_id: control.trim() } : { subject_type: about, subject_id: id });
    if (files.length > 0) body.files = await Promise.all(files.map(async (file) => ({ name: file.name, content: await base64(file) })));
    await post("/v1/attestations", body);
    toast(t("attestations.saved"));
    done();
  };
  return html`<${Dialog} title=${t("attestations.record")} close=${close}><${Form} act=${store} submit=${t("attestations.record")} cancel=${close}>
    <${Field} label=${t("attestations.about")} value=${about} onInput=${(value) => { setAbout(value); setId(""); }} options=${[["control", t("attestations.control")], ...subjects()]} />
    ${about === "control" ? html`<div class="form-row"><${Field} label=${t("attestations.framework")} value=${framework} onInput=${setFramework} options=${FRAMEWORKS.map((one) => [one, word("framework", one)])} />
      <${Field} label=${t("attestations.control")} hint=${t("attestations.controlHint")} required maxlength="64" value=${control} onInput=${setControl} /></div>`
      : html`<${ChooseSubject} key=${about} type=${about} id=${id} choose=${setId} />`}
    <${Field} label=${t("attestations.statement")} hint=${t("attestations.statementHint")} type="textarea" required maxlength="10000" value=${statement} onInput=${setStatement} />
    <${Field} label=${t("attestations.until")} type="date" required min=${inDays(0)} max=${inDays(ATTESTATION_DAYS_MAX)} value=${until} onInput=${setUntil} />
    <div class="field"><label for="attestation-files">${t("attestations.files")} <span class="dim">(${t("common.optional")})</span></label>
      <input id="attestation-files" type="file" multiple accept="application/pdf,image/png" onChange=${(event) => setFiles([...event.target.files])} aria-describedby="attestation-files-hint" />
      <p class=${wrong ? "form-error" : "hint"} id="attestation-files-hint">${t("attestations.filesHint")}</p></div>
  </${Form}></${Dialog}>`;
}
