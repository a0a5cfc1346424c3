// What checks are called, and what they look at, in words.
import { html } from "./lib.js";
import { Moment } from "./format.js";
import { language, t } from "./messages.js";

/** A title for a check's id where no answer brings one: `device.disk_encryption` → "Disk encryption". */
export function checkTitle(id) {
  const words = id.slice(id.indexOf(".") + 1).replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase(language) + words.slice(1);
}

/** What was observed: a plain value, or an object of facts as a short list. `null` is "not known". */
export function Observed({ value }) {
  if (value === null || value === undefined) return html`<span class="dim">${t("common.unknown")}</span>`;
  if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
  if (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(value)) return html`<${Moment} time=${value} />`;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ") : t("common.none");
  return html`<ul class="observed">${Object.entries(value).map(([name, one]) => html`<li key=${name}><span class="dim">${name.replaceAll("_", " ")}:</span> <${Observed} value=${one} /></li>`)}</ul>`;
}
