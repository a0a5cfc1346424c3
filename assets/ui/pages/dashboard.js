// What needs attention now, and how the organisation stands; for a plain user the own devices and services.
import { html, useState } from "../lib.js";
import { useEvery, useLoad } from "../api.js";
import { place, withQuery } from "../router.js";
import { hasRole, isAdmin, user } from "../session.js";
import { Ago, Day, day, number } from "../format.js";
import { language, t, word } from "../messages.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Loaded, PageHead, Tabs } from "../components/page.js";
import { Parts, Ring, Trend } from "../components/charts.js";
import { Table } from "../components/list.js";
import { deviceColumns } from "./devices.js";

const LOOK_AGAIN_SECONDS = 45;
const SPANS = [30, 90, 365];
const STEPS = [
  ["organisation_named", "building-2", "organisation", "/settings"],
  ["mfa_enabled", "fingerprint", "mfa", "/profile"],
  ["users_invited", "user-plus", "invite", "/team"],
  ["devices_enrolled", "laptop", "enrol", "/enrol"],
  ["services_recorded", "cloud", "service", "/services/new"],
  ["backup_made", "archive", "backup", null],
];
/** Where what an entry of the audit log is about can be seen. */
const PLACES = { device: "/devices/", service: "/services/" };

export function DashboardPage() {
  return hasRole("admin", "viewer", "auditor") ? html`<${OfAll} />` : html`<${OfOne} />`;
}

function OfAll() {
  const wanted = Number(place.value.query.get("days"));
  const days = SPANS.includes(wanted) ? wanted : SPANS[0];
  const load = useLoad("/v1/dashboard", { days });
  const [live, setLive] = useState(true);
  useEvery(LOOK_AGAIN_SECONDS, () => load.reload({ quiet: true }), live);
  const pause = html`<button type="button" aria-pressed=${!live} onClick=${() => setLive(!live)}><${Icon} name=${live ? "pause" : "play"} />${t(live ? "dashboard.pause" : "dashboard.resume")}</button>`;
  return html`<${PageHead} title=${t("dashboard.title")} actions=${pause} />
    <${Loaded} load=${load}>${(data) => (data.devices.total + data.devices.not_approved + data.total === 0
      ? html`${isAdmin() ? html`<${FirstSteps} steps=${data.first_steps} />` : html`<${Empty} icon="gauge" title=${t("dashboard.young")} text=${t("dashboard.youngHint")} />`}
        <${Activity} entries=${data.recent_activity} />`
      : html`<${Figures} data=${data} days=${days} />`)}</${Loaded}>`;
}

function Figures({ data, days }) {
  const left = STEPS.filter(([name]) => !data.first_steps[name]).length;
  return html`<div class="stack">
    <${Now} data=${data} />
    <div class="dash-score">
      <${Score} data=${data} />
      <${TrendCard} data=${data} days=${days} />
    </div>
    <div class="columns">
      <${Failing} checks=${data.failing_checks} />
      <div class="stack">
        <${Card} title=${t("dashboard.byStatus")}>
          <${ByStatus} name=${t("devices.title")} path="/devices" parameter="compliance_status" counts=${data.devices.by_status} total=${data.devices.total} />
          <${ByStatus} name=${t("services.title")} path="/services" parameter="status" counts=${data.by_status} total=${data.total} />
        </${Card}>
        <${Upcoming} reviews=${data.upcoming_reviews} />
      </div>
    </div>
    <${Activity} entries=${data.recent_activity} />
    ${isAdmin() && left > 0 && html`<details class="card steps-left"><summary>${t("dashboard.stepsLeft", { count: left })}</summary><${StepList} steps=${data.first_steps} /></details>`}
  </div>`;
}

/** The counts that ask for something to be done; each leads to the list of what it counts. */
function Now({ data }) {
  const { devices } = data;
  // Figures leave out what waits for approval; so do the lists, where there is any.
  const approved = devices.not_approved > 0 ? "&approval=approved" : "";
  const tiles = [
    ["failing", devices.by_status.non_compliant, "bad", "circle-x", `/devices?compliance_status=non_compliant${approved}`],
    ["overdue", data.reviews_overdue, "bad", "calendar-clock", "/services?check_id=service.review_current"],
    ["services", data.by_status.non_compliant, "bad", "cloud", "/services?status=non_compliant"],
    ["silent", devices.silent, "warn", "wifi-off", `/devices?seen=silent${approved}&sort=last_seen`],
    ["unknown", devices.by_status.unknown, "warn", "circle-help", `/devices?compliance_status=unknown${approved}`],
    ["pending", devices.not_approved, "info", "clock", "/devices?approval=pending"],
    ["ownerless", devices.without_owner, "warn", "user-x", `/devices?owned=false${approved}`],
    ["never", devices.never_reported, "warn", "bell", `/devices?seen=never${approved}`],
    hasRole("admin", "auditor") && ["people", data.people_without_device, "warn", "users", "/people?needs_device=true&has_device=false&left=false"],
    ["dueSoon", data.reviews_due_soon, "info", "calendar", "/services?sort=next_review_date"],
  ].filter((tile) => tile && tile[1] > 0);
  return html`<section aria-labelledby="now"><h2 id="now" class="section-title">${t("dashboard.now")}</h2>
    ${tiles.length === 0
      ? html`<p class="note good"><${Icon} name="circle-check" />${t("dashboard.allWell")}</p>`
      : html`<ul class="tiles">${tiles.map(([name, count, tone, icon, href]) => html`<li key=${name}><a class=${`tile ${tone}`} href=${href}>
        <${Icon} name=${icon} /><strong>${number(count)}</strong><span>${t(`dashboard.now.${name}`, { count })}</span></a></li>`)}</ul>`}
  </section>`;
}

function Score({ data }) {
  const { compliance_score: score, completeness, counts } = data;
  const tone = score === null ? "quiet" : score >= 90 ? "good" : score >= 70 ? "warn" : "bad";
  const parts = [["passed", "good"], ["failed", "bad"], ["excepted", "warn"], ["no_data", "quiet"]];
  return html`<${Card} title=${t("dashboard.score")}>
    <div class="score">
      <${Ring} label=${t("dashboard.score")} value=${score} caption=${score === null ? t("dashboard.noScore") : t("dashboard.of100")} tone=${tone} />
      <div class="stack tight">
        <p>${score === null ? t("dashboard.noScoreWhy", { completeness }) : t("dashboard.scoreMeans", { completeness })}</p>
        <p class="dim"><${Delta} trend=${data.trend} /></p>
      </div>
    </div>
    <${Parts} label=${t("dashboard.answers")} parts=${parts.map(([name, colour]) => ({ text: t(`dashboard.counts.${name}`), value: counts[name], tone: colour }))} />
  </${Card}>`;
}

/** How far the score moved over the days shown. */
function Delta({ trend }) {
  const known = (trend ?? []).filter((one) => one.score !== null);
  if (known.length < 2) return null;
  const moved = known.at(-1).score - known[0].score;
  const key = moved > 0 ? "dashboard.up" : moved < 0 ? "dashboard.down" : "dashboard.level";
  return html`<${Icon} name=${moved > 0 ? "arrow-up" : moved < 0 ? "arrow-down" : "circle-minus"} /> ${t(key, { points: Math.abs(moved), count: Math.abs(moved), day: day(known[0].date) })}`;
}

function TrendCard({ data, days }) {
  const spans = html`<span class="spans">${SPANS.map((span) => html`<a key=${span} class="button small" aria-current=${span === days ? "true" : null}
    href=${withQuery({ days: span === SPANS[0] ? null : span })}>${t("dashboard.days", { count: span })}</a>`)}</span>`;
  const points = data.trend.map((one) => ({ day: one.date, value: one.score }));
  return html`<${Card} title=${t("dashboard.trend")} actions=${spans}>
    ${points.length < 2 ? html`<p class="dim">${t("dashboard.trendYoung")}</p>` : html`<${Trend} label=${t("dashboard.trendLabel", {
      from: day(points[0].day), to: day(points.at(-1).day), first: points[0].value ?? "–", last: points.at(-1).value ?? "–" })} points=${points} />`}
  </${Card}>`;
}

function ByStatus({ name, path, parameter, counts, total }) {
  const parts = [["compliant", "good"], ["needs_review", "warn"], ["non_compliant", "bad"], ["unknown", "quiet"]].map(([status, tone]) => (
    { text: word("status", status), value: counts[status], tone, href: `${path}?${parameter}=${status}` }));
  return html`<div class="by-status"><h3><a href=${path}>${name}</a> <span class="count">${number(total)}</span></h3>
    <${Parts} label=${name} parts=${parts} /></div>`;
}

function Failing({ checks }) {
  const href = ({ check_id: id }) => `/${id.startsWith("service.") ? "services" : "devices"}?check_id=${id}`;
  const most = Math.max(1, ...checks.map((check) => check.failing));
  return html`<${Card} title=${t("dashboard.failing")}>
    ${checks.length === 0 ? html`<p class="dim">${t("dashboard.failingNone")}</p>` : html`<ul class="failing">${checks.map((check) => html`<li key=${check.check_id}>
      <a href=${href(check)}><span class="failing-name">${check.title}</span>
        <${Badge} group="severity" value=${check.severity} />
        <span class="failing-count">${t(check.check_id.startsWith("service.") ? "dashboard.services" : "dashboard.devices", { count: check.failing })}</span>
        <span class="bar" aria-hidden="true"><span class=${["critical", "high"].includes(check.severity) ? "bad" : "warn"} style=${{ width: `${(100 * check.failing) / most}%` }}></span></span></a></li>`)}</ul>`}
  </${Card}>`;
}

function Upcoming({ reviews }) {
  return html`<${Card} title=${t("dashboard.upcoming")}>
    ${reviews.length === 0 ? html`<p class="dim">${t("dashboard.upcomingNone")}</p>` : html`<ul class="plain-list">${reviews.map((review) => html`<li key=${review.service_id}>
      <a href=${`/services/${review.service_id}`}>${review.name}</a><span class="dim"><${Day} value=${review.next_review_date} /></span></li>`)}</ul>`}
  </${Card}>`;
}

function Activity({ entries }) {
  const titled = (entry) => {
    const href = entry.resource_id && PLACES[entry.resource_type];
    const title = entry.event_title.charAt(0) + entry.event_title.slice(1).toLocaleLowerCase(language);
    return href && !entry.event_name.endsWith("_deleted") ? html`<a href=${`${href}${entry.resource_id}`}>${title}</a>` : title;
  };
  const who = (entry) => entry.actor_email ?? word("actor", entry.actor_type);
  return html`<${Card} title=${t("dashboard.activity")} class="spaced">
    ${entries.length === 0 ? html`<p class="dim">${t("dashboard.activityNone")}</p>` : html`<ul class="plain-list">${entries.map((entry) => html`<li key=${entry.id}>
      <span>${titled(entry)} <span class="dim">· ${who(entry)}</span></span><span class="dim"><${Ago} time=${entry.created_at} /></span></li>`)}</ul>`}
  </${Card}>`;
}

function FirstSteps({ steps }) {
  return html`<${Card} title=${t("dashboard.first")}><p class="dim">${t("dashboard.firstLead")}</p><${StepList} steps=${steps} /></${Card}>`;
}

function StepList({ steps }) {
  return html`<ol class="steps">${STEPS.map(([name, icon, key, href]) => html`<li key=${name} class=${steps[name] ? "done" : ""}>
    <${Icon} name=${steps[name] ? "circle-check" : icon} />
    <div><strong>${href && !steps[name] ? html`<a href=${href}>${t(`dashboard.step.${key}`)}</a>` : t(`dashboard.step.${key}`)}</strong>
      ${steps[name] ? html`<span class="dim"> · ${t("dashboard.stepDone")}</span>` : html`<p class="dim">${t(`dashboard.step.${key}.how`)}</p>`}</div></li>`)}</ol>`;
}

/** For whoever sees the own things only. */
function OfOne() {
  const services = useLoad("/v1/services/my-dashboard");
  const devices = useLoad("/v1/devices/my-devices", { include_data: false, limit: 25 });
  useEvery(LOOK_AGAIN_SECONDS, () => { services.reload({ quiet: true }); devices.reload({ quiet: true }); });
  return html`<${PageHead} title=${t("dashboard.title")} lead=${t("dashboard.mine", { name: user.value.name || user.value.email })} />
    <div class="stack">
      <${Card} title=${t("myDevices.title")}><${Loaded} load=${devices}>${(rows) => (rows.length === 0
        ? html`<${Empty} icon="laptop" text=${t("devices.emptyUser")} />`
        : html`<${Table} label=${t("myDevices.title")} columns=${deviceColumns(false)} rows=${rows} rowHref=${(device) => `/devices/${device.id}`} />`)}</${Loaded}></${Card}>
      <${Loaded} load=${services}>${(data) => html`<div class="columns">
        <${Card} title=${t("dashboard.myServices")}>${data.total === 0 ? html`<${Empty} icon="cloud" text=${t("dashboard.myServicesNone")} />` : html`
          <${ByStatus} name=${t("services.title")} path="/services" parameter="status" counts=${data.by_status} total=${data.total} />
          <p class="dim spaced">${data.compliance_score === null ? t("dashboard.noScoreWhy", { completeness: data.completeness })
            : t("dashboard.myScore", { score: data.compliance_score, completeness: data.completeness })}</p>
          ${data.reviews_overdue > 0 && html`<p class="note bad spaced"><${Icon} name="calendar-clock" /><a href="/services?check_id=service.review_current">${number(data.reviews_overdue)} ${t("dashboard.now.overdue", { count: data.reviews_overdue })}</a></p>`}`}
        </${Card}>
        <${Upcoming} reviews=${data.upcoming_reviews} /></div>`}</${Loaded}>
    </div>`;
}
