// A button that copies a text and says that it did.
import { html, useState } from "../lib.js";
import { t } from "../messages.js";
import { Icon } from "./icon.js";

/** Copies `text`. `label` says what, for those who do not see it; `shown` is what the button says. */
export function Copy({ text, label, shown = t("action.copy") }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  return html`<button type="button" class="small" onClick=${copy} aria-label=${label ? `${shown}: ${label}` : null}>
    <${Icon} name=${done ? "check" : "copy"} /><span aria-live="polite">${done ? t("action.copied") : shown}</span></button>`;
}

/** A command or secret in a box with its copy button. */
export const CopyBox = ({ text, label }) => html`<div class="copy-box"><code>${text}</code><${Copy} text=${text} label=${label} /></div>`;
