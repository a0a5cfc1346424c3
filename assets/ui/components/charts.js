// Charts as SVG by hand. Each says in words what it shows, and has its data as a table behind it.
import { html, useEffect, useRef, useState } from "../lib.js";
import { day, number, percent } from "../format.js";
import { t } from "../messages.js";

/** The width of an element, as it changes. */
function useWidth(element, first) {
  const [width, setWidth] = useState(first);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(120, Math.round(entry.contentRect.width))));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

function DataTable({ heads, rows }) {
  return html`<details class="chart-data"><summary>${t("chart.data")}</summary><table>
    <thead><tr>${heads.map((head) => html`<th scope="col" key=${head}>${head}</th>`)}</tr></thead>
    <tbody>${rows.map((row, at) => html`<tr key=${at}>${row.map((cell, column) => html`<td key=${column}>${cell}</td>`)}</tr>`)}</tbody>
  </table></details>`;
}

/** A line over days: `points` are {day: "YYYY-MM-DD", value: 0–100 or null}; gaps stay gaps. `label` says what it shows. */
export function Trend({ label, points, height = 160, max = 100, unit = percent }) {
  const box = useRef(null);
  const width = useWidth(box, 480);
  const x = (at) => 4 + (points.length < 2 ? 0 : (at / (points.length - 1)) * (width - 8));
  const y = (value) => height - 6 - (value / max) * (height - 16);
  const runs = [];
  points.forEach((point, at) => {
    if (point.value === null) return;
    if (at === 0 || points[at - 1].value === null) runs.push([]);
    runs.at(-1).push([x(at), y(point.value)]);
  });
  const line = (run) => run.map(([px, py], at) => `${at ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
  const grid = [0, max / 2, max];
  return html`<figure class="chart" ref=${box}>
    <svg role="img" aria-label=${label} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
      ${grid.map((value) => html`<line key=${value} class="grid" x1="0" x2=${width} y1=${y(value)} y2=${y(value)} />`)}
      ${runs.map((run, at) => html`<path key=${`a${at}`} class="area" d=${`${line(run)}L${run.at(-1)[0].toFixed(1)} ${y(0)}L${run[0][0].toFixed(1)} ${y(0)}Z`} />`)}
      ${runs.map((run, at) => (run.length > 1
        ? html`<path key=${`l${at}`} class="line" d=${line(run)} />`
        : html`<circle key=${`c${at}`} class="dot" cx=${run[0][0]} cy=${run[0][1]} r="3" />`))}
      ${grid.slice(1).map((value) => html`<text key=${`t${value}`} class="grid-label" x="0" y=${y(value) + 13} aria-hidden="true">${number(value)}</text>`)}
    </svg>
    ${points.length > 1 && html`<div class="axis"><span>${day(points[0].day)}</span><span>${day(points.at(-1).day)}</span></div>`}
    <${DataTable} heads=${[t("chart.day"), t("chart.value")]} rows=${points.map((point) => [day(point.day), point.value === null ? "–" : unit(point.value)])} />
  </figure>`;
}

/** A ring for one share: `value` 0–100 or null, `caption` below the figure, `tone` as of a badge. */
export function Ring({ label, value, caption, tone = "accent", size = 132 }) {
  const radius = size / 2 - 9;
  const length = 2 * Math.PI * radius;
  return html`<div class="ring" role="img" aria-label=${`${label}: ${percent(value)}`}>
    <svg width=${size} height=${size} viewBox=${`0 0 ${size} ${size}`} aria-hidden="true">
      <circle class="track" cx=${size / 2} cy=${size / 2} r=${radius} />
      ${value > 0 && html`<circle class=${`share ${tone}`} cx=${size / 2} cy=${size / 2} r=${radius} stroke-dasharray=${`${(length * value) / 100} ${length}`}
        transform=${`rotate(-90 ${size / 2} ${size / 2})`} />`}
    </svg>
    <div class="ring-text" aria-hidden="true"><strong>${value === null ? "–" : number(value)}</strong>${caption && html`<span>${caption}</span>`}</div>
  </div>`;
}

/** Bars: `rows` are {text, value, href?, tone?}; the longest fills the width. */
export function Bars({ label, rows }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return html`<ul class="bars" aria-label=${label}>${rows.map(({ text, value, href, tone = "accent" }) => html`<li key=${text}>
    ${href ? html`<a href=${href}>${text}</a>` : html`<span>${text}</span>`}<span class="bar-value">${number(value)}</span>
    <span class="bar" aria-hidden="true"><span class=${tone} style=${{ width: `${(100 * value) / most}%` }}></span></span></li>`)}</ul>`;
}

/** Parts of a whole in one bar: `parts` are {text, value, tone, href?}, told again below as a legend. */
export function Parts({ label, parts }) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0) || 1;
  return html`<div class="parts"><div class="parts-bar" aria-hidden="true">${parts.map(
    ({ text, value, tone }) => value > 0 && html`<span key=${text} class=${tone} style=${{ width: `${(100 * value) / whole}%` }}></span>`)}</div>
    <ul aria-label=${label}>${parts.map(({ text, value, tone, href }) => {
      const inside = html`<span class=${`key ${tone}`} aria-hidden="true"></span>${text} <strong>${number(value)}</strong>`;
      return html`<li key=${text}>${href ? html`<a href=${href}>${inside}</a>` : html`<span>${inside}</span>`}</li>`;
    })}</ul></div>`;
}
