// Short messages about what was done; announced by screen readers, gone after a while.
import { html, signal } from "../lib.js";
import { t } from "../messages.js";
import { Icon } from "./icon.js";

const SECONDS = 8;
const toasts = signal([]);
let last = 0;

/** Says `text`; `tone` is good, bad or info. `undo` adds a button: {text, act}. */
export function toast(text, { tone = "good", undo } = {}) {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone, undo }];
  setTimeout(() => dismiss(id), SECONDS * 1000);
}

const dismiss = (id) => { toasts.value = toasts.value.filter((one) => one.id !== id); };

/** Where they appear. */
export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map(
    ({ id, text, tone, undo }) => html`<div class=${`toast ${tone}`} key=${id}>
      <${Icon} name=${tone === "bad" ? "circle-alert" : "circle-check"} /><span>${text}</span>
      ${undo && html`<button type="button" class="link" onClick=${() => { dismiss(id); undo.act(); }}>${undo.text}</button>`}
      <button type="button" class="bare" aria-label=${t("action.close")} onClick=${() => dismiss(id)}><${Icon} name="x" /></button>
    </div>`,
  )}</div>`;
}
