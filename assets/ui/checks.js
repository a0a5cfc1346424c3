// Checks: what they are called, what they look at, how they stand and how they stood.
import { html } from "./lib.js";
import { address } from "./api.js";
import { isAdmin } from "./session.js";
import { Ago, Moment, When, checkTitle, day, exact } from "./format.js";
import { known, t, word } from "./messages.js";
import { Badge } from "./components/icon.js";
import { Empty, Facts } from "./components/page.js";
import { List } from "./components/list.js";

export { checkTitle };

const ORDER = ["fail", "no_data", "excepted", "pass", "not_applicable"];

/** What was observed: a plain value, or an object of facts as a short list. `null` is "not known". */
export function Observed({ value }) {
  if (value === null || value === undefined) return html`<span class="dim">${t("common.unknown")}</span>`;
  if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
  if (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(value)) return html`<${Moment} time=${value} />`;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ") : t("common.none");
  return html`<ul class="observed">${Object.entries(value).map(([name, one]) => html`<li key=${name}><span class="dim">${name.replaceAll("_", " ")}:</span> <${Observed} value=${one} /></li>`)}</ul>`;
}

/** How checks stand, failing ones on top and open; `none` is said where there are none; `subject` is {type, id} of what may be excepted. */
export function CheckList({ checks, none, subject }) {
  if (checks.length === 0) return html`<${Empty} icon="shield" text=${none} />`;
  const rank = (check) => ORDER.indexOf(check.status) * 2 + (check.advice ? 1 : 0);
  const sorted = [...checks].sort((one, other) => rank(one) - rank(other));
  const count = (status) => checks.filter((check) => check.status === status).length;
  const summary = t("checks.summary", { fail: count("fail"), no_data: count("no_data"), pass: count("pass") });
  return html`<p class="dim">${summary}</p><ul class="checks">${sorted.map((check) => html`<${CheckRow} key=${check.check_id} check=${check} subject=${subject} />`)}</ul>`;
}

const exceptionLink = ({ type, id }, check) => address("/exceptions", { new: 1, subject_type: type, subject_id: id, check_id: check.check_id });

function CheckRow({ check, subject }) {
  const grave = check.status === "fail";
  return html`<li><details open=${grave}>
    <summary><${Badge} group="check" value=${check.status} /><span class="check-title">${check.title}</span>
      ${check.advice ? html`<span class="tag" title=${t("checks.adviceHint")}>${t("checks.advice")}</span>`
        : grave && html`<${Badge} group="severity" value=${check.severity} />`}
      <span class="dim check-since"><${Ago} time=${check.since} /></span></summary>
    <${Facts} rows=${[
      [t("checks.expected"), check.expected],
      [t("checks.observed"), check.reason ? `${t("common.unknown")}: ${check.reason}` : html`<${Observed} value=${check.observed} />`],
      [t("checks.since"), html`<${When} time=${check.since} />`],
      check.grace_until && [t("checks.grace", { time: exact(check.grace_until) }), html`<${Ago} time=${check.grace_until} />`],
      check.exception && [word("check", "excepted"), t("checks.exception", { reason: check.exception.reason, day: day(check.exception.expires_on) })],
      check.attestation && [t("checks.attested"), t("checks.attestation", { statement: check.attestation.statement, day: day(check.attestation.valid_until) })],
      check.status !== "pass" && check.remediation && [t("checks.fix"), html`<span class="fix">${check.remediation}</span>`],
      grave && !check.advice && subject && isAdmin() && [t("exceptions.title"), html`<a href=${exceptionLink(subject, check)}>${t("exceptions.record")}</a>`],
    ]} />
  </details></li>`;
}

/** Each change of a status and its checks, from `path`. */
export function HistoryList({ path, checks }) {
  const titles = Object.fromEntries(checks.map((check) => [check.check_id, check.title]));
  const columns = [
    { key: "check", title: t("history.check"), primary: true, cell: (item) => html`<span>${item.check_id === null
      ? html`<strong>${t("history.overall")}</strong>` : titles[item.check_id] ?? checkTitle(item.check_id)}</span>` },
    { key: "state", title: t("history.state"), cell: (item) => html`<${Badge} group=${known(`check.${item.status}`) ? "check" : "status"} value=${item.status} />
      ${item.late && html` <span class="tag">${t("history.late")}</span>`}` },
    { key: "since", title: t("history.since"), cell: (item) => html`<${Moment} time=${item.since} />` },
    { key: "until", title: t("history.until"), cell: (item) => (item.until ? html`<${Moment} time=${item.until} />` : t("history.now")) },
    { key: "observed", title: t("history.observed"), cell: (item) => (item.observed === null ? "–" : html`<${Observed} value=${item.observed} />`) },
  ];
  return html`<${List} label=${t("devices.tab.history")} path=${path} columns=${columns}
    rowKey=${(item) => `${item.check_id} ${item.since} ${item.recorded_at}`} empty=${html`<${Empty} icon="history" text=${t("history.empty")} />`} />`;
}

/** Values of any shape: names and values, and lists of like objects as tables. */
export function Data({ value }) {
  const isTable = (one) => Array.isArray(one) && one.length > 0 && one.every((row) => row && typeof row === "object" && !Array.isArray(row));
  const named = (name) => name.replaceAll("_", " ");
  const entries = Object.entries(value);
  return html`<${Facts} rows=${entries.filter(([, one]) => !isTable(one)).map(([name, one]) => [named(name), html`<${Observed} value=${one} />`])} />
    ${entries.filter(([, one]) => isTable(one)).map(([name, rows]) => {
      const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      return html`<section key=${name}><h2>${named(name)} <span class="count">${rows.length}</span></h2><table>
        <thead><tr>${heads.map((head) => html`<th scope="col" key=${head}>${named(head)}</th>`)}</tr></thead>
        <tbody>${rows.map((row, at) => html`<tr key=${at}>${heads.map((head, column) => html`<td key=${head} data-label=${named(head)} class=${column === 0 ? "primary" : ""}>
          <${Observed} value=${row[head]} /></td>`)}</tr>`)}</tbody></table></section>`;
    })}`;
}
