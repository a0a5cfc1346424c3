// Keys: `/` to search, `j` and `k` through rows, `?` for help.
import { html, signal, useEffect } from "../lib.js";
import { t } from "../messages.js";
import { Dialog } from "./dialog.js";

const helpOpen = signal(false);
const KEYS = [["/", "key.help.search"], ["j", "key.help.next"], ["k", "key.help.previous"], ["Enter", "key.help.enter"], ["?", "key.help.question"]];

function onKeyDown(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.("input, textarea, select, dialog, [contenteditable]")) return;
  if (key === "?") helpOpen.value = true;
  else if (key === "/") focusOn(document.querySelector("input[type=search]"), event);
  else if (key === "j" || key === "k") {
    const rows = [...document.querySelectorAll("main a.row-link")];
    const at = rows.indexOf(document.activeElement);
    focusOn(rows[key === "j" ? at + 1 : Math.max(at - 1, 0)], event);
  }
}

function focusOn(element, event) {
  if (!element) return;
  event.preventDefault();
  element.focus();
}

/** Listens to the keys, and shows their list when asked. */
export function ShortcutHelp() {
  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  if (!helpOpen.value) return null;
  return html`<${Dialog} title=${t("key.help")} close=${() => { helpOpen.value = false; }}>
    <dl class="keys">${KEYS.map(([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${t(text)}</dd></div>`)}</dl>
  </${Dialog}>`;
}
