// Looks texts up. All words of the UI stand in one table, in two files: what the first view needs, and the rest. Another language is two
// more files of that shape.
import { english } from "./messages.en.js";

/** The language in force, as a BCP 47 tag. */
export const language = "en-GB";
const table = { ...english };
const plural = new Intl.PluralRules(language);

/**
 * The text for `key`, with `{name}` replaced by `values.name`. A text may have the forms {one, other}; then `values.count` chooses.
 * A key that is not in the table throws: a page with words missing should be seen by whoever writes it.
 */
export function t(key, values = {}) {
  let text = table[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  if (typeof text === "object") text = text[plural.select(Number(values.count))] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? shown(values[name]) : whole));
}

/** Adds the words of pages that are loaded later. */
export async function learnMore() {
  Object.assign(table, (await import("./messages.more.en.js")).english);
}

/** Whether there is a text for `key`. */
export const known = (key) => key in table;

/** The text for a word of the API (`word("status", "non_compliant")`), or the word itself where the table lacks it. */
export const word = (group, value) => (known(`${group}.${value}`) ? t(`${group}.${value}`) : String(value).replaceAll("_", " "));

const shown = (value) => (typeof value === "number" ? new Intl.NumberFormat(language).format(value) : String(value));
