// Services: the list, one service with its answers, checks, reviews and history, and recording, changing and reviewing one.
import { html, useEffect, useState } from "../lib.js";
import { patch, post, remove, useLoad } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { hasRole, isAdmin, organisation, user } from "../session.js";
import { Ago, Day, Exact, Moment, When, ago, day } from "../format.js";
import { known, t, word } from "../messages.js";
import { PersonName, activeUsers } from "../people.js";
import { CheckList, HistoryList, checkTitle } from "../checks.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, Loaded, PageHead, Tabs } from "../components/page.js";
import { List, Table } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { toast } from "../components/toast.js";
import { STATUSES } from "./devices.js";

const CATEGORIES = ["communication", "development", "finance", "hr", "infrastructure", "marketing", "productivity", "security", "other"];
const CLASSES = ["public", "internal", "confidential", "restricted"];
const ANSWERS = ["sso_enabled", "mfa_enforced", "audit_logging_enabled", "encryption_at_rest"];
const OUTCOMES = ["passed", "passed_with_findings", "failed"];
const SEVERITIES = ["critical", "high", "medium", "low"];
const FILE_BYTES_MAX = 5 * 1024 * 1024;
const FILES_MAX = 5;

const words = (group, values) => values.map((value) => [value, word(group, value)]);
const mayChange = (service) => isAdmin() || (user.value.role === "user" && service.owner_id === user.value.id);
const todayHere = () => new Intl.DateTimeFormat("sv-SE", { timeZone: organisation.value.timeZone }).format(new Date());

/** The day `days` after `from`, both `YYYY-MM-DD`. */
const later = (from, days) => new Date(Date.parse(`${from}T00:00:00Z`) + days * 86400000).toISOString().slice(0, 10);

/** When the next review is due, and that it is overdue in word and colour. */
function NextReview({ service }) {
  if (!service.next_review_date) return html`<span class="dim">${t("services.neverReviewed")}</span>`;
  const overdue = service.next_review_date < todayHere();
  return html`<span class="next-review"><${Day} value=${service.next_review_date} />
    ${overdue && html` <${Badge} icon="calendar-clock" tone="bad" text=${t("services.overdue")} />`}</span>`;
}

const Classification = ({ value }) => (value ? word("class", value) : html`<span class="dim">${t("services.notClassified")}</span>`);

export function ServicesPage() {
  const columns = [
    { key: "name", title: t("services.name"), sort: "name", primary: true, cell: (service) => html`<${Icon} name="cloud" />
      <span><strong>${service.name}</strong>${service.category && html`<small class="dim">${word("category", service.category)}</small>`}</span>` },
    hasRole("admin") && { key: "owner", title: t("services.owner"), cell: (service) => html`<${PersonName} id=${service.owner_id} none=${t("services.noOwner")} />` },
    { key: "class", title: t("services.classification"), cell: (service) => html`<${Classification} value=${service.data_classification} />` },
    { key: "status", title: t("services.status"), sort: "status", cell: (service) => html`<${Badge} group="status" value=${service.status} />` },
    { key: "next", title: t("services.nextReview"), sort: "next_review_date", cell: (service) => html`<${NextReview} service=${service} />` },
  ].filter(Boolean);
  const filters = [
    { name: "status", title: t("services.status"), options: words("status", STATUSES) },
    { name: "category", title: t("services.category"), options: words("category", CATEGORIES) },
    { name: "data_classification", title: t("services.classification"), options: words("class", CLASSES) },
    { name: "owner_id", title: t("services.owner"), hidden: true, text: (id) => html`<${PersonName} id=${id} />` },
    { name: "check_id", title: t("devices.filter.check"), hidden: true, text: checkTitle },
  ];
  const add = isAdmin() && html`<a class="button primary" href="/services/new"><${Icon} name="plus" />${t("services.add")}</a>`;
  const mine = place.value.query.get("owner_id") === user.value.id;
  const own = user.value.role !== "user" && html`<a class="button" aria-current=${mine ? "true" : null} href=${withQuery({ owner_id: mine ? null : user.value.id, page: null })}>
    <${Icon} name="user" />${t("services.mine")}</a>`;
  const empty = html`<${Empty} icon="cloud" title=${t("services.empty")} text=${t(isAdmin() ? "services.emptyHint" : "services.emptyUser")}>${add}</${Empty}>`;
  return html`<${PageHead} title=${t("services.title")} actions=${html`${own}${add}`} />
    <${List} label=${t("services.title")} path="/v1/services" columns=${columns} filters=${filters} rowHref=${(service) => `/services/${service.id}`}
      search csv defaultSort="-created_at" empty=${empty} />`;
}

export function ServicePage({ id }) {
  const load = useLoad(`/v1/services/${id}`);
  return html`<${Loaded} load=${load}>${(service) => html`<${Shown} service=${service} reload=${load.reload} />`}</${Loaded}>`;
}

function Shown({ service, reload }) {
  const tab = place.value.query.get("tab") ?? "checks";
  const failing = service.checks.filter((check) => check.status === "fail").length;
  const tabs = ["checks", "reviews", "history"].map((name) => ({
    href: withQuery({ tab: name === "checks" ? null : name }), text: t(`services.tab.${name}`), current: tab === name,
    ...(name === "checks" && failing > 0 && { count: failing }),
  }));
  const badge = html`<${Badge} group="status" value=${service.status} /><span class="dim">${t("devices.since", { time: ago(service.status_since) })}</span>`;
  return html`<${PageHead} title=${service.name} back=${{ href: "/services", text: t("services.title") }} badge=${badge} lead=${service.description}
      actions=${mayChange(service) && html`<${Actions} service=${service} />`} />
    <${Answers} of=${service} />
    <div class="split">
      <div>
        <${Tabs} label=${t("services.tabs")} tabs=${tabs} />
        ${tab === "checks" && html`<${CheckList} checks=${service.checks} none=${t("services.noChecks")} subject=${{ type: "service", id: service.id }} />`}
        ${tab === "reviews" && html`<${Reviews} service=${service} reload=${reload} />`}
        ${tab === "history" && html`<${HistoryList} path=${`/v1/services/${service.id}/history`} checks=${service.checks} />`}
      </div>
      <aside><${About} service=${service} /></aside>
    </div>`;
}

/** The five answers as chips: yes, no, or not answered, which is never the same as no. */
function Answers({ of }) {
  const chip = (name, value) => {
    const [tone, icon, text] = value === null ? ["quiet", "circle-help", t("services.notAnswered")]
      : value === true ? ["good", "circle-check", t("common.yes")] : value === false ? ["bad", "circle-x", t("common.no")] : ["info", "info", value];
    return html`<li key=${name} class=${`chip ${tone}`}><${Icon} name=${icon} /><span>${t(`services.answer.${name}`)}</span><strong>${text}</strong></li>`;
  };
  return html`<ul class="chips" aria-label=${t("services.answers")}>${ANSWERS.map((name) => chip(name, of[name]))}
    ${chip("data_location", of.data_location ? of.data_location.join(", ") : null)}</ul>`;
}

function About({ service }) {
  const personal = service.processes_personal_data;
  return html`<${Card}><${Facts} rows=${[
    [t("services.nextReview"), html`<${NextReview} service=${service} />`],
    [t("services.lastReview"), service.last_review_date && html`<${Day} value=${service.last_review_date} />`],
    [t("services.interval"), t("services.everyDays", { count: service.review_interval_days })],
    [t("services.owner"), html`<${PersonName} id=${service.owner_id} none=${t("services.noOwner")} />`],
    [t("services.classification"), html`<${Classification} value=${service.data_classification} />`],
    [t("services.personal"), personal === null ? html`<span class="dim">${t("services.notAnswered")}</span>` : t(personal ? "common.yes" : "common.no")],
    [t("services.category"), service.category && word("category", service.category)],
    [t("services.url"), service.url && html`<a href=${service.url} target="_blank" rel="noopener noreferrer">${service.url.replace(/^https?:\/\//, "")} <${Icon} name="external-link" /></a>`],
    [t("devices.source"), word("source", service.source)],
    [t("services.recorded"), html`<${Exact} time=${service.created_at} />`],
    service.tags.length > 0 && [t("devices.tags"), service.tags.map((tag) => html`<span class="tag" key=${tag}>${tag}</span>`)],
  ]} /></${Card}>`;
}

function Actions({ service }) {
  const [retiring, setRetiring] = useState(false);
  const { name, id } = service;
  const act = async () => {
    await remove(`/v1/services/${id}`);
    toast(t("services.deleted", { name }));
    navigate("/services");
  };
  return html`<a class="button primary" href=${`/services/${id}/review`}><${Icon} name="clipboard-check" />${t("review.record")}</a>
    <a class="button" href=${`/services/${id}/edit`}><${Icon} name="pencil" />${t("action.edit")}</a>
    ${isAdmin() && html`<button type="button" onClick=${() => setRetiring(true)}><${Icon} name="trash-2" />${t("action.delete")}</button>`}
    ${retiring && html`<${Confirm} title=${t("services.deleteTitle", { name })} text=${t("services.deleteText")} action=${t("action.delete")} act=${act} close=${() => setRetiring(false)} />`}`;
}

// Reviews

function Reviews({ service, reload }) {
  const load = useLoad(`/v1/services/${service.id}/reviews`, { limit: 50 });
  return html`<${Loaded} load=${load}>${(reviews) => {
    if (reviews.length === 0) {
      return html`<${Empty} icon="clipboard-check" title=${t("review.none")} text=${t("review.noneHint")}>
        ${mayChange(service) && html`<a class="button primary" href=${`/services/${service.id}/review`}>${t("review.record")}</a>`}</${Empty}>`;
    }
    const followed = reviews.some((review) => review.finding_items.some((item) => item.id));
    return html`${followed && html`<${Findings} service=${service} changed=${reload} />`}
      <ol class="timeline">${reviews.map((review) => html`<${Review} key=${review.id} review=${review} />`)}</ol>`;
  }}</${Loaded}>`;
}

const OUTCOME_LOOKS = { passed: ["circle-check", "good"], passed_with_findings: ["circle-alert", "warn"], failed: ["circle-x", "bad"] };

function Review({ review }) {
  const [icon, tone] = OUTCOME_LOOKS[review.outcome] ?? ["clipboard-check", "quiet"];
  const files = review.files ?? [];
  return html`<li><div class="timeline-head"><strong><${Day} value=${review.review_date} /></strong>
      <${Badge} icon=${icon} tone=${tone} text=${review.outcome ? word("outcome", review.outcome) : t("review.noOutcome")} />
      ${review.recorded_late_days > 0 && html`<span class="tag">${t("review.late", { count: review.recorded_late_days })}</span>`}</div>
    ${review.findings && html`<p class="fix">${review.findings}</p>`}
    ${review.finding_items.length > 0 && html`<${FindingTable} items=${review.finding_items} />`}
    <${Answers} of=${review} />
    ${files.length > 0 && html`<ul class="plain-list" aria-label=${t("review.files")}>${files.map((file) => html`<li key=${file.id}><a download
      href=${`/v1/services/${review.service_id}/reviews/${review.id}/files/${file.id}`}><${Icon} name="file-text" /> ${file.name}</a></li>`)}</ul>`}
    <p class="dim">${t("review.next", { day: day(review.next_review_date) })} · ${word("source", review.source)} · <${PersonName} id=${review.created_by} none=${t("review.operator")} />, <${Ago} time=${review.created_at} /></p>
  </li>`;
}

const findingColumns = () => [
  { key: "text", title: t("review.finding"), primary: true, cell: (item) => html`<span class="fix">${item.text}</span>` },
  { key: "severity", title: t("review.severity"), cell: (item) => html`<${Badge} group="severity" value=${item.severity} />` },
  { key: "owner", title: t("review.mends"), cell: (item) => html`<${PersonName} id=${item.owner_id} none=${t("review.nobody")} />` },
  { key: "due", title: t("review.due"), cell: (item) => html`<${Day} value=${item.due_on} />` },
];

const FindingTable = ({ items }) => html`<${Table} label=${t("review.findings")} columns=${findingColumns()} rows=${items} rowKey=${(item) => item.id ?? item.text} />`;

/** What is still open of all that reviews found, to be followed up. */
function Findings({ service, changed }) {
  const load = useLoad("/v1/findings", { service_id: service.id, status: "open", sort: "due_on", limit: 100 });
  const [closing, setClosing] = useState(null);
  const [how, setHow] = useState("");
  const resolve = async () => {
    await patch(`/v1/findings/${closing.id}`, { status: "resolved", resolution: how.trim() });
    toast(t("review.resolved"));
    load.reload({ quiet: true });
    changed({ quiet: true });
  };
  const columns = [...findingColumns(), mayChange(service) && { key: "act", title: t("review.followUp"), cell: (item) => html`<button type="button" class="small"
    onClick=${() => { setHow(""); setClosing(item); }}>${t("review.resolve")}</button>` }].filter(Boolean);
  return html`<${Loaded} load=${load}>${(open) => open.length > 0 && html`<${Card} title=${t("review.open")}>
    <${Table} label=${t("review.open")} columns=${columns} rows=${open} /></${Card}>`}</${Loaded}>
    ${closing && html`<${Dialog} title=${t("review.resolveTitle")} close=${() => setClosing(null)}>
      <${Form} act=${async () => { await resolve(); setClosing(null); }} submit=${t("review.resolve")} cancel=${() => setClosing(null)}>
        <p>${closing.text}</p>
        <${Field} label=${t("review.how")} type="textarea" value=${how} onInput=${setHow} required maxlength="2000" />
      </${Form}></${Dialog}>`}`;
}

/** Recording a review: begins with the answers in force and suggests when the next is due. */
export function ReviewPage({ id }) {
  const load = useLoad(`/v1/services/${id}`);
  const last = useLoad(`/v1/services/${id}/reviews`, { limit: 1 });
  return html`<${Loaded} load=${load}>${(service) => html`<${Loaded} load=${last}>${([review]) => html`<${ReviewForm} service=${service} last=${review} />`}</${Loaded}>`}</${Loaded}>`;
}

function ReviewForm({ service, last }) {
  const today = todayHere();
  const [fields, setFields] = useState({
    review_date: today, next_review_date: later(today, service.review_interval_days), outcome: "", findings: "",
    data_location: (service.data_location ?? []).join(", "), ...Object.fromEntries(ANSWERS.map((name) => [name, said(service[name])])),
  });
  const [items, setItems] = useState([]);
  const [files, setFiles] = useState([]);
  const users = useUsers();
  const set = (name) => (value) => setFields((before) => ({ ...before, [name]: value }));
  const setDate = (value) => setFields((before) => ({ ...before, review_date: value, ...(value && { next_review_date: later(value, service.review_interval_days) }) }));
  const record = async () => {
    const body = { review_date: fields.review_date, next_review_date: fields.next_review_date };
    if (fields.outcome) body.outcome = fields.outcome;
    if (fields.findings.trim()) body.findings = fields.findings.trim();
    for (const name of ANSWERS) if (fields[name] !== "") body[name] = fields[name] === "yes";
    if (fields.data_location.trim()) body.data_location = places(fields.data_location);
    const found = items.filter((item) => item.text.trim());
    if (found.length > 0) body.finding_items = found.map(({ text, severity, owner_id, due_on }) => ({ text: text.trim(), severity, ...(owner_id && { owner_id }), ...(due_on && { due_on }) }));
    if (files.length > 0) body.files = await Promise.all(files.map(encoded));
    await post(`/v1/services/${service.id}/reviews`, body);
    toast(t("review.done", { name: service.name }));
    navigate(`/services/${service.id}?tab=reviews`);
  };
  const back = `/services/${service.id}`;
  return html`<${PageHead} title=${t("review.title", { name: service.name })} back=${{ href: back, text: service.name }}
      lead=${last ? t("review.lastTime", { day: day(last.review_date) }) : t("review.first")} />
    ${last?.findings && html`<details class="card"><summary>${t("review.lastFindings")}</summary><p class="fix">${last.findings}</p></details>`}
    <${Card} class="form-card"><${Form} act=${record} submit=${t("review.submit")} cancel=${() => navigate(back)}>
      <div class="form-row">
        <${Field} label=${t("review.date")} type="date" value=${fields.review_date} max=${today} onInput=${setDate} required />
        <${Field} label=${t("review.nextDate")} hint=${t("review.nextHint", { count: service.review_interval_days })} type="date" value=${fields.next_review_date} onInput=${set("next_review_date")} required />
        <${Field} label=${t("review.outcome")} value=${fields.outcome} onInput=${set("outcome")} options=${[["", t("review.noOutcome")], ...words("outcome", OUTCOMES)]} />
      </div>
      <fieldset><legend>${t("review.answers")}</legend><p class="hint">${t("review.answersHint")}</p>
        <div class="form-row">${ANSWERS.map((name) => html`<${Choice} key=${name} name=${name} value=${fields[name]} onChange=${set(name)} />`)}</div>
        <${Field} label=${t("services.answer.data_location")} hint=${t("services.locationHint")} value=${fields.data_location} onInput=${set("data_location")} />
      </fieldset>
      <${Field} label=${t("review.text")} type="textarea" rows="5" value=${fields.findings} onInput=${set("findings")} maxlength="10000" optional />
      <${Items} items=${items} set=${setItems} users=${users} />
      <${FileChoice} files=${files} set=${setFiles} />
    </${Form}></${Card}>`;
}

/** Yes, no or not answered, as three buttons of which one is pressed. */
function Choice({ name, value, onChange }) {
  return html`<fieldset class="choice"><legend>${t(`services.answer.${name}`)}</legend><div class="segments flat">${["yes", "no", ""].map((one) => html`<label key=${one}>
    <input type="radio" name=${name} value=${one} checked=${value === one} onChange=${() => onChange(one)} /><span>${one === "" ? t("services.notAnswered") : t(`common.${one}`)}</span></label>`)}</div></fieldset>`;
}

function Items({ items, set, users }) {
  const change = (at, name) => (value) => set(items.map((item, place) => (place === at ? { ...item, [name]: value } : item)));
  return html`<fieldset><legend>${t("review.findings")}</legend>
    ${items.map((item, at) => html`<div class="finding-row" key=${item.key}>
      <${Field} label=${t("review.finding")} type="textarea" rows="2" value=${item.text} onInput=${change(at, "text")} maxlength="1000" />
      <div class="form-row">
        <${Field} label=${t("review.severity")} value=${item.severity} onInput=${change(at, "severity")} options=${words("severity", SEVERITIES)} />
        ${users.length > 0 && html`<${Field} label=${t("review.mends")} value=${item.owner_id} onInput=${change(at, "owner_id")} options=${[["", t("review.nobody")], ...users]} />`}
        <${Field} label=${t("review.due")} type="date" value=${item.due_on} onInput=${change(at, "due_on")} />
      </div>
      <button type="button" class="small" onClick=${() => set(items.filter((_, place) => place !== at))}><${Icon} name="trash-2" />${t("review.removeFinding", { count: at + 1 })}</button>
    </div>`)}
    <button type="button" onClick=${() => set([...items, { key: Math.random(), text: "", severity: "medium", owner_id: "", due_on: "" }])}><${Icon} name="plus" />${t("review.addFinding")}</button>
  </fieldset>`;
}

function FileChoice({ files, set }) {
  const [error, setError] = useState(null);
  const choose = (event) => {
    const chosen = [...files, ...event.target.files];
    event.target.value = "";
    const large = chosen.find((file) => file.size > FILE_BYTES_MAX);
    if (large) setError(t("review.fileTooLarge", { name: large.name }));
    else if (chosen.length > FILES_MAX) setError(t("review.filesTooMany", { count: FILES_MAX }));
    else { setError(null); set(chosen); }
  };
  return html`<${Field} label=${t("review.files")} hint=${t("review.filesHint", { count: FILES_MAX })} type="file" accept="application/pdf,image/png" multiple onInput=${() => {}} onChange=${choose} error=${error} optional />
    ${files.length > 0 && html`<ul class="plain-list">${files.map((file, at) => html`<li key=${at}><span><${Icon} name="file-text" /> ${file.name}</span>
      <button type="button" class="small" onClick=${() => set(files.filter((_, place) => place !== at))}>${t("review.removeFile", { name: file.name })}</button></li>`)}</ul>`}`;
}

async function encoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, content: btoa(text) };
}

// Recording and changing a service

const said = (value) => (value === null || value === undefined ? "" : value ? "yes" : "no");
const unsaid = (value) => (value === "" ? null : value === "yes");
const places = (text) => text.split(",").map((place) => place.trim().toUpperCase()).filter(Boolean);
const list = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

function useUsers() {
  const [users, setUsers] = useState([]);
  useEffect(() => { if (isAdmin()) activeUsers().then(setUsers, (error) => toast(error.message, { tone: "bad" })); }, []);
  return users;
}

export function NewServicePage() {
  return html`<${PageHead} title=${t("services.add")} back=${{ href: "/services", text: t("services.title") }} /><${Editor} />`;
}

export function EditServicePage({ id }) {
  const load = useLoad(`/v1/services/${id}`);
  return html`<${Loaded} load=${load}>${(service) => html`<${PageHead} title=${t("services.editTitle", { name: service.name })}
    back=${{ href: `/services/${id}`, text: service.name }} /><${Editor} service=${service} />`}</${Loaded}>`;
}

function Editor({ service }) {
  const [fields, setFields] = useState(() => ({
    name: service?.name ?? "", description: service?.description ?? "", category: service?.category ?? "", url: service?.url ?? "",
    owner_id: service ? service.owner_id ?? "" : user.value.id, data_classification: service?.data_classification ?? "",
    processes_personal_data: said(service?.processes_personal_data), data_location: (service?.data_location ?? []).join(", "),
    review_interval_days: service ? String(service.review_interval_days) : "", tags: (service?.tags ?? []).join(", "),
    ...Object.fromEntries(ANSWERS.map((name) => [name, said(service?.[name])])),
  }));
  const users = useUsers();
  const set = (name) => (value) => setFields((before) => ({ ...before, [name]: value }));
  const save = async () => {
    const body = {
      name: fields.name.trim(), description: fields.description.trim() || null, category: fields.category.trim() || null, url: fields.url.trim() || null,
      data_classification: fields.data_classification || null, processes_personal_data: unsaid(fields.processes_personal_data),
      data_location: fields.data_location.trim() ? places(fields.data_location) : null, tags: list(fields.tags),
      ...Object.fromEntries(ANSWERS.map((name) => [name, unsaid(fields[name])])),
    };
    if (isAdmin()) body.owner_id = fields.owner_id || null;
    // What was not touched stays a default, which follows the classification.
    if (fields.review_interval_days !== (service ? String(service.review_interval_days) : "")) body.review_interval_days = fields.review_interval_days ? Number(fields.review_interval_days) : null;
    const { data } = service ? await patch(`/v1/services/${service.id}`, body) : await post("/v1/services", body);
    toast(t("services.saved", { name: data.name }));
    navigate(`/services/${data.id}`);
  };
  const owners = users.some(([id]) => id === fields.owner_id) || !fields.owner_id ? users : [[fields.owner_id, fields.owner_id === user.value.id ? user.value.email : fields.owner_id], ...users];
  const categories = CATEGORIES.includes(fields.category) || !fields.category || !service?.category ? CATEGORIES : [service.category, ...CATEGORIES];
  return html`<${Card} class="form-card"><${Form} act=${save} submit=${t("action.save")} cancel=${() => navigate(service ? `/services/${service.id}` : "/services")}>
    <${Field} label=${t("services.name")} value=${fields.name} onInput=${set("name")} required maxlength="200" />
    <${Field} label=${t("services.description")} type="textarea" value=${fields.description} onInput=${set("description")} maxlength="2000" optional />
    <div class="form-row">
      <${Field} label=${t("services.category")} value=${fields.category} onInput=${set("category")} options=${[["", t("common.none")], ...words("category", categories)]} />
      <${Field} label=${t("services.url")} type="url" value=${fields.url} onInput=${set("url")} placeholder=${t("services.urlExample")} optional />
      ${isAdmin() && html`<${Field} label=${t("services.owner")} value=${fields.owner_id} onInput=${set("owner_id")} options=${[["", t("services.noOwner")], ...owners]} />`}
    </div>
    <div class="form-row">
      <${Field} label=${t("services.classification")} hint=${t("services.classHint")} value=${fields.data_classification} onInput=${set("data_classification")} options=${[["", t("services.notClassified")], ...words("class", CLASSES)]} />
      <${Field} label=${t("services.intervalDays")} hint=${t("services.intervalHint")} type="number" min="1" max="1096" value=${fields.review_interval_days} onInput=${set("review_interval_days")} optional />
    </div>
    <fieldset><legend>${t("services.answers")}</legend><p class="hint">${t("services.answersHint")}</p>
      <div class="form-row">${[...ANSWERS, "processes_personal_data"].map((name) => html`<${Choice} key=${name} name=${name} value=${fields[name]} onChange=${set(name)} />`)}</div>
      <${Field} label=${t("services.answer.data_location")} hint=${t("services.locationHint")} value=${fields.data_location} onInput=${set("data_location")} optional />
    </fieldset>
    <${Field} label=${t("devices.tags")} hint=${t("devices.tagsHint")} value=${fields.tags} onInput=${set("tags")} optional />
  </${Form}></${Card}>`;
}
