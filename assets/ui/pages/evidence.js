// The audit log: who did what, when and from where, what changed by it, and whether the chain of entries still holds.
import { html, useEffect, useMemo, useState } from "../lib.js";
import { get } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { organisation } from "../session.js";
import { day, number } from "../format.js";
import { language, t, word } from "../messages.js";
import { Observed } from "../checks.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, PageHead } from "../components/page.js";
import { List } from "../components/list.js";
import { Field } from "../components/form.js";
import { Copy } from "../components/copy.js";

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
  return html`<${PageHead} title=${t("nav.auditLog")} lead=${t("audit.lead")} actions=${html`<${Copy} key=${link} text=${link} label=${t("audit.link")} />`} />
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
  const named = (name) => name.replaceAll("_", " ");
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
