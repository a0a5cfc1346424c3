// Icons of the sprite, and the states that are told by word, icon and colour together.
import { html } from "../lib.js";
import { word } from "../messages.js";

const SPRITE = new URL("../icons.svg", import.meta.url).pathname;

/** An icon by its name in `icons.svg`; it never carries a meaning alone. */
export const Icon = ({ name, class: more = "" }) =>
  html`<svg class=${`icon ${more}`} aria-hidden="true" focusable="false"><use href=${`${SPRITE}#${name}`} /></svg>`;

const LOOKS = {
  // Status of devices and services
  compliant: ["circle-check", "good"],
  needs_review: ["clock", "warn"],
  non_compliant: ["circle-x", "bad"],
  unknown: ["circle-help", "quiet"],
  // Checks
  pass: ["circle-check", "good"],
  fail: ["circle-x", "bad"],
  excepted: ["shield-off", "warn"],
  no_data: ["circle-help", "quiet"],
  not_applicable: ["circle-minus", "quiet"],
  // Severities
  critical: ["triangle-alert", "bad"],
  high: ["triangle-alert", "bad"],
  medium: ["circle-alert", "warn"],
  low: ["info", "quiet"],
};

/**
 * A state as word + icon + colour. `group` is the block of messages ("status", "check", "severity", …), `value` the API's word;
 * for other states give `text`, `icon` and `tone` (good, warn, bad, info, quiet).
 */
export function Badge({ group, value, text, icon, tone }) {
  const [icon0, tone0] = LOOKS[value] ?? ["circle", "quiet"];
  return html`<span class=${`badge ${tone ?? tone0}`}><${Icon} name=${icon ?? icon0} />${text ?? word(group, value)}</span>`;
}

/** Which icon a device has. */
export const deviceIcon = (type) =>
  ({ laptop: "laptop", desktop: "monitor", server: "server", phone: "smartphone", tablet: "tablet", vm: "cloud" })[type] ?? "hard-drive";
