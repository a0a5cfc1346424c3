// Numbers, sizes and times for people. Times are exact in the organisation's zone and say "3 days ago" beside it.
import { html } from "./lib.js";
import { organisation } from "./session.js";
import { language, t } from "./messages.js";

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const STEPS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const number = (value) => new Intl.NumberFormat(language).format(value);

/** 1536 → "1.5 KiB". */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  let left = value;
  while (left >= 1024 && at < units.length - 1) { left /= 1024; at += 1; }
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: left < 10 && at > 0 ? 1 : 0 }).format(left)} ${units[at]}`;
}

export const percent = (value) => (value === null || value === undefined ? "–" : `${number(value)} %`);

/** A time, in full and with its zone. */
export function exact(time) {
  const format = { dateStyle: "medium", timeStyle: "short", timeZone: organisation.value.timeZone };
  return `${new Intl.DateTimeFormat(language, format).format(new Date(time))} (${organisation.value.timeZone})`;
}

/** A time for narrow columns: the zone stands in its title. */
export function Moment({ time }) {
  const format = { dateStyle: "medium", timeStyle: "short", timeZone: organisation.value.timeZone };
  return html`<time datetime=${time} title=${exact(time)}>${new Intl.DateTimeFormat(language, format).format(new Date(time))}</time>`;
}

/** A day: `YYYY-MM-DD` stays the day it names, a time gives its day in the organisation's zone. */
export function day(value) {
  const plain = /^\d{4}-\d\d-\d\d$/.test(value);
  const format = { dateStyle: "medium", timeZone: plain ? "UTC" : organisation.value.timeZone };
  return new Intl.DateTimeFormat(language, format).format(new Date(value));
}

/** "3 days ago", "in 2 hours". */
export function ago(time, now = Date.now()) {
  const seconds = Math.round((new Date(time).getTime() - now) / 1000);
  const [unit, length] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** Relative, the exact time as a title; `never` where there is none. */
export function Ago({ time, never = t("time.never") }) {
  if (!time) return html`<span class="dim">${never}</span>`;
  return html`<time datetime=${time} title=${exact(time)}>${ago(time)}</time>`;
}

/** Exact, with the zone. */
export function Exact({ time }) {
  return time ? html`<time datetime=${time} title=${ago(time)}>${exact(time)}</time>` : html`<span class="dim">–</span>`;
}

/** Both, for pages with room. */
export function When({ time, never = t("time.never") }) {
  if (!time) return html`<span class="dim">${never}</span>`;
  return html`<time datetime=${time}>${ago(time)} <span class="dim">· ${exact(time)}</span></time>`;
}

/** A calendar day. */
export function Day({ value }) {
  return value ? html`<time datetime=${value}>${day(value)}</time>` : html`<span class="dim">–</span>`;
}

/** A title for a check's id where no answer brings one: `device.disk_encryption` → "Disk encryption". */
export function checkTitle(id) {
  const words = id.slice(id.indexOf(".") + 1).replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase(language) + words.slice(1);
}
