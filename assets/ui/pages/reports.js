// Compliance reports: making one, following it, downloading and checking it, and comparing two.
import { html, useMemo, useState } from "../lib.js";
import { post, remove, useEvery, useLoad } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { isAdmin, organisation } from "../session.js";
import { Ago, Exact, bytes, day, percent } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName } from "../people.js";
import { checkTitle } from "../checks.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Empty, Facts, Loaded, PageHead } from "../components/page.js";
import { Parts } from "../components/charts.js";
import { List } from "../components/list.js";
import { Confirm } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";

const FORMATS = ["pdf", "csv", "json", "oscal"];
/** How often a report on its way is looked at. */
const PROGRESS_SECONDS = 2;
/** Reports that one can be compared with. */
const OTHERS_MAX = 100;
const LOOKS = { pending: ["clock", "info"], running: ["refresh-cw", "info"], completed: ["circle-check", "good"], failed: ["circle-x", "bad"] };

const underWay = (report) => report.status === "pending" || report.status === "running";
const rangeOf = ({ date_range: range }) => `${day(range.start)} – ${day(range.end)}`;

/** State in word, icon and colour, with the progress while it is made. */
function State({ report }) {
  const [icon, tone] = LOOKS[report.status] ?? ["circle", "quiet"];
  const share = underWay(report) && Number.isFinite(report.progress) ? report.progress : null;
  return html`<span class="report-state"><${Badge} icon=${icon} tone=${tone} text=${word("reportStatus", report.status)} />
    ${share !== null && html`<progress max="100" value=${share} aria-label=${t("reports.progress")}></progress><span class="dim">${percent(share)}</span>`}</span>`;
}

/** Titles of frameworks by id; the id where none is known. */
function useFrameworks() {
  const load = useLoad("/v1/frameworks");
  const frameworks = load.data ?? [];
  const title = (id) => frameworks.find((one) => one.id === id)?.title ?? id;
  return { load, frameworks, title };
}

export function ReportsPage() {
  const { load, frameworks, title } = useFrameworks();
  const making = place.value.query.has("new");
  const [version, setVersion] = useState(0);
  const columns = [
    { key: "framework", title: t("reports.framework"), primary: true, cell: (report) => html`<${Icon} name="file-text" /><span><strong>${title(report.framework)}</strong>
      <small class="dim">${rangeOf(report)}</small></span>` },
    { key: "format", title: t("reports.format"), cell: (report) => word("reportFormat", report.format) },
    { key: "state", title: t("reports.state"), cell: (report) => html`<${State} report=${report} />` },
    { key: "made", title: t("reports.made"), cell: (report) => html`<span><${Ago} time=${report.created_at} /> <small class="dim"><${PersonName} id=${report.created_by} none=${t("reports.byAppliance")} /></small></span>` },
    { key: "size", title: t("reports.size"), cell: (report) => (report.size_bytes ? bytes(report.size_bytes) : "–") },
    { key: "file", title: t("reports.file"), cell: (report) => (report.download_url
      ? html`<a class="button small" download href=${report.download_url} aria-label=${t("reports.downloadNamed", { name: `${title(report.framework)}, ${rangeOf(report)}` })}><${Icon} name="download" />${t("reports.download")}</a>` : "–") },
  ];
  const filters = [
    { name: "framework", title: t("reports.framework"), options: frameworks.map((one) => [one.id, one.title]) },
    { name: "format", title: t("reports.format"), options: FORMATS.map((one) => [one, word("reportFormat", one)]) },
    { name: "status", title: t("reports.state"), options: Object.keys(LOOKS).map((one) => [one, word("reportStatus", one)]) },
  ];
  const add = isAdmin() && html`<a class=${`button ${making ? "" : "primary"}`} href=${withQuery({ new: making ? null : "1" })}><${Icon} name=${making ? "x" : "plus"} />${t(making ? "action.cancel" : "reports.make")}</a>`;
  return html`<${PageHead} title=${t("reports.title")} lead=${t("reports.lead")} actions=${add} />
    ${isAdmin() && making && html`<${Loaded} load=${load}>${() => html`<${Make} frameworks=${frameworks.filter((one) => one.enabled)} made=${() => { setVersion(version + 1); navigate(withQuery({ new: null }), { replace: true }); }} />`}</${Loaded}>`}
    <${List} label=${t("reports.title")} path="/v1/reports" columns=${columns} filters=${filters} rowHref=${(report) => `/reports/${report.id}`} version=${version}
      every=${(rows) => (rows.some(underWay) ? PROGRESS_SECONDS : null)}
      empty=${html`<${Empty} icon="file-check" title=${t("reports.empty")} text=${t(isAdmin() ? "reports.emptyHint" : "reports.emptyReader")}>${add}</${Empty}>`} />`;
}

/** Ranges that are asked for often, as [name, first day, last day]. */
function presets(today) {
  const [year, month] = today.split("-").map(Number);
  const iso = (y, m, d) => new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10);
  const back = (days) => new Date(Date.parse(`${today}T00:00:00Z`) - (days - 1) * 86400000).toISOString().slice(0, 10);
  const quarter = Math.floor((month - 1) / 3) * 3;
  return [
    ["last30", back(30), today], ["last90", back(90), today],
    ["quarter", iso(year, quarter - 3, 1), iso(year, quarter, 0)],
    ["year", iso(year, 0, 1), today], ["lastYear", iso(year - 1, 0, 1), iso(year - 1, 11, 31)],
  ];
}

function Make({ frameworks, made }) {
  const today = useMemo(() => new Intl.DateTimeFormat("sv-SE", { timeZone: organisation.value.timeZone }).format(new Date()), []);
  const ranges = presets(today);
  const [framework, setFramework] = useState(frameworks[0]?.id ?? "");
  const [format, setFormat] = useState("pdf");
  const [[start, end], setRange] = useState(ranges[1].slice(1));
  const chosen = frameworks.find((one) => one.id === framework);
  const make = async () => {
    const { data } = await post("/v1/reports/compliance", { framework, format, date_range: { start, end } });
    toast(data.status === "completed" ? t("reports.done") : t("reports.begun"));
    made(data);
  };
  return html`<${Card} title=${t("reports.make")} class="form-card"><${Form} act=${make} submit=${t("reports.make")}>
    <div class="form-row">
      <${Field} label=${t("reports.framework")} value=${framework} onInput=${setFramework} options=${frameworks.map((one) => [one.id, one.title])} required />
      <${Field} label=${t("reports.format")} hint=${t(`reports.formatHint.${format}`)} value=${format} onInput=${setFormat} options=${FORMATS.map((one) => [one, word("reportFormat", one)])} />
    </div>
    ${chosen && html`<${Coverage} framework=${chosen} />`}
    <fieldset><legend>${t("reports.range")}</legend>
      <div class="presets">${ranges.map(([name, from, to]) => html`<button type="button" key=${name} class="small" aria-pressed=${from === start && to === end} onClick=${() => setRange([from, to])}>${t(`reports.preset.${name}`)}</button>`)}</div>
      <div class="form-row">
        <${Field} label=${t("reports.from")} type="date" value=${start} max=${end} onInput=${(value) => setRange([value, end])} required />
        <${Field} label=${t("reports.to")} hint=${t("reports.bothDays")} type="date" value=${end} min=${start} max=${today} onInput=${(value) => setRange([start, value])} required />
      </div>
    </fieldset>
  </${Form}></${Card}>`;
}

/** What a framework's checks can and can't show, before anybody trusts the figure. */
function Coverage({ framework }) {
  const { coverage } = framework;
  const [open, setOpen] = useState(false);
  const load = useLoad(open ? `/v1/frameworks/${framework.id}` : null);
  return html`<section class="coverage" aria-label=${t("reports.coverage")}>
    <${Parts} label=${t("reports.coverage")} parts=${[["full", "good"], ["partial", "warn"], ["not_covered", "quiet"]].map(([name, tone]) => ({ text: t(`reports.coverage.${name}`), value: coverage[name], tone }))} />
    <p class="hint">${framework.disclaimer}</p>
    <details onToggle=${(event) => setOpen(event.target.open)}><summary>${t("reports.notCovered", { count: coverage.not_covered })}</summary>
      ${open && html`<${Loaded} load=${load}>${(detail) => html`<ul class="answers">${detail.out_of_scope.map((group) => html`<li key=${group.reason}><strong>${group.text}</strong>
        <ul>${group.controls.map((control) => html`<li key=${control.id}><code>${control.id}</code> ${control.title}</li>`)}</ul></li>`)}</ul>`}</${Loaded}>`}
    </details></section>`;
}

export function ReportPage({ id }) {
  const load = useLoad(`/v1/reports/${id}`);
  const waiting = load.data !== null && underWay(load.data);
  useEvery(PROGRESS_SECONDS, () => load.reload({ quiet: true }), waiting);
  return html`<${Loaded} load=${load}>${(report) => html`<${Shown} report=${report} />`}</${Loaded}>`;
}

function Shown({ report }) {
  const { title } = useFrameworks();
  const [removing, setRemoving] = useState(false);
  const name = `${title(report.framework)}, ${rangeOf(report)}`;
  const act = async () => {
    await remove(`/v1/reports/${report.id}`);
    toast(t("reports.deleted"));
    navigate("/reports");
  };
  const complete = report.status === "completed";
  const actions = html`${report.download_url && html`<a class="button primary" download href=${report.download_url}><${Icon} name="download" />${t("reports.download")}</a>`}
    ${isAdmin() && html`<button type="button" onClick=${() => setRemoving(true)}><${Icon} name="trash-2" />${t("action.delete")}</button>`}`;
  return html`<${PageHead} title=${title(report.framework)} back=${{ href: "/reports", text: t("reports.title") }} badge=${html`<${State} report=${report} />`} lead=${rangeOf(report)} actions=${actions} />
    <p class="hidden" role="status">${word("reportStatus", report.status)}</p>
    ${report.error && html`<p class="note bad"><${Icon} name="triangle-alert" />${report.error}</p>`}
    ${report.file_removed_at && html`<p class="note info"><${Icon} name="archive" />${t("reports.removed", { day: day(report.file_removed_at) })}</p>`}
    <div class="stack">
      <${Card}><${Facts} rows=${[
        [t("reports.format"), word("reportFormat", report.format)],
        [t("reports.range"), rangeOf(report)],
        [t("reports.asked"), html`<${Exact} time=${report.created_at} />`],
        [t("reports.made"), report.completed_at && html`<${Exact} time=${report.completed_at} />`],
        [t("reports.by"), html`<${PersonName} id=${report.created_by} none=${t("reports.byAppliance")} />`],
        [t("reports.size"), report.size_bytes && bytes(report.size_bytes)],
      ]} /></${Card}>
      ${complete && html`<${Verify} report=${report} />`}
      ${complete && html`<${Compare} report=${report} />`}
    </div>
    ${removing && html`<${Confirm} title=${t("reports.deleteTitle", { name })} text=${t("reports.deleteText")} action=${t("action.delete")} act=${act} close=${() => setRemoving(false)} />`}`;
}

const VERIFY_COMMAND = "recoger report verify REPORT SIGNATURE --public-key recoger-signing-key.pem";

/** How somebody who trusts neither us nor the network checks that the file is what the appliance made. */
function Verify({ report }) {
  return html`<${Card} title=${t("reports.verify")}>
    <p class="hint">${t("reports.hash")}</p><${CopyBox} text=${report.sha256} label=${t("attestations.sha256")} />
    ${report.download_url && html`<p>${t("reports.verifyHow")}</p>
    <ol class="numbered"><li><a download href=${report.download_url}>${t("reports.verifyFile")}</a></li>
      <li><a download href=${`/v1/reports/${report.id}/signature`}>${t("reports.verifySignature")}</a></li>
      <li><a download href="/.well-known/recoger-signing-key.pem">${t("reports.verifyKey")}</a></li></ol>
    <${CopyBox} text=${VERIFY_COMMAND} label=${t("reports.verifyCommand")} />`}
  </${Card}>`;
}

/** What got better or worse against another report of the same framework. */
function Compare({ report }) {
  const other = place.value.query.get("with");
  const list = useLoad("/v1/reports", { limit: OTHERS_MAX });
  const others = (list.data ?? []).filter((one) => one.id !== report.id && one.framework === report.framework && one.status === "completed");
  const load = useLoad(other ? `/v1/reports/${report.id}/diff/${other}` : null);
  const choices = others.map((one) => [one.id, `${rangeOf(one)} · ${word("reportFormat", one.format)} · ${day(one.created_at)}`]);
  return html`<${Card} title=${t("reports.compare")}>
    ${list.data && others.length === 0 ? html`<p class="dim">${t("reports.compareNone")}</p>`
      : html`<${Field} label=${t("reports.compareWith")} value=${other ?? ""} onInput=${(value) => navigate(withQuery({ with: value }), { replace: true })} options=${[["", t("common.none")], ...choices]} />`}
    ${other && html`<${Loaded} load=${load}>${(found) => html`<${Differences} found=${found} />`}</${Loaded}>`}
  </${Card}>`;
}

function Differences({ found }) {
  const { before, after } = found;
  const state = (one) => html`<strong>${one.score ?? t("dashboard.noScore")}</strong> <span class="dim">${t("reports.diff.state", { completeness: one.completeness, day: day(one.as_of) })}</span>`;
  const groups = ["controls_worse", "controls_better", "controls_changed", "checks_worse", "checks_better", "checks_changed"].filter((name) => found[name].length > 0);
  const apart = [...new Set([...found.checks_added, ...found.checks_removed])];
  return html`<div class="stack spaced" role="status">
    <${Facts} rows=${[[t("reports.diff.before"), state(before)], [t("reports.diff.after"), state(after)]]} />
    ${groups.length === 0 && html`<p class="note good"><${Icon} name="circle-check" />${t("reports.diff.none")}</p>`}
    ${groups.map((name) => html`<section key=${name}><h3>${t(`reports.diff.${name}`)} <span class="count">${found[name].length}</span></h3>
      <ul class="plain-list">${found[name].map((one) => (name.startsWith("controls")
        ? html`<li key=${one.control_id}><span><code>${one.control_id}</code> ${one.title}</span><span><${ControlState} value=${one.before} /> → <${ControlState} value=${one.after} /></span></li>`
        : html`<${CheckChange} key=${`${one.check_id} ${one.parameters} ${one.scope}`} change=${one} />`))}</ul></section>`)}
    ${apart.length > 0 && html`<p class="hint">${t("reports.diff.apart", { checks: apart.map(checkTitle).join(", ") })}</p>`}
  </div>`;
}

const CONTROL_LOOKS = { pass: ["circle-check", "good"], partial: ["circle-alert", "warn"], fail: ["circle-x", "bad"] };

function ControlState({ value }) {
  const [icon, tone] = CONTROL_LOOKS[value] ?? ["circle-help", "quiet"];
  return html`<${Badge} icon=${icon} tone=${tone} text=${value === null ? t("reports.diff.absent") : word("control", value)} />`;
}

function CheckChange({ change }) {
  const names = (subjects) => subjects.map(({ id, name }, at) => html`${at > 0 && ", "}<a key=${id} href=${`/${id.startsWith("svc_") ? "services" : "devices"}/${id}`}>${name}</a>`);
  return html`<li><span>${change.title}${change.parameters.length > 0 && html` <small class="dim">${change.parameters.join(", ")}</small>`}</span>
    <strong>${t("reports.diff.failing", { before: change.failing_before, after: change.failing_after })}</strong>
    ${change.newly_failing.length > 0 && html`<span class="broad">${t("reports.diff.newly")} ${names(change.newly_failing)}</span>`}
    ${change.no_longer_failing.length > 0 && html`<span class="broad">${t("reports.diff.noLonger")} ${names(change.no_longer_failing)}</span>`}</li>`;
}
