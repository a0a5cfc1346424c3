// Native dialogs: Esc closes, the focus goes in and comes back to where it was.
import { html, useEffect, useRef, useState } from "../lib.js";
import { t } from "../messages.js";
import { Icon } from "./icon.js";
import { Field } from "./form.js";

/** A modal dialog for as long as it is drawn. `close` is called when the person closes it. */
export function Dialog({ title, close, children, class: more = "" }) {
  const dialog = useRef(null);
  const id = useRef(`dialog-${Math.random().toString(36).slice(2)}`).current;
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown.showModal();
    return () => {
      shown.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const cancel = (event) => { event.preventDefault(); close(); };
  return html`<dialog ref=${dialog} class=${more} aria-labelledby=${id} onCancel=${cancel}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2>
      <button type="button" class="bare" aria-label=${t("action.close")} onClick=${close}><${Icon} name="x" /></button></div>
    ${children}
  </dialog>`;
}

/**
 * Asks before something that can't be undone. `title` names the thing; `typed` is a name that has to be typed first; `children` may hold
 * fields. `act` may be async: its error is shown here. The focus begins on the safe button.
 */
export function Confirm({ title, text, action, typed, act, close, children }) {
  const [entered, setEntered] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await act();
      close();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} close=${close}>
    <form onSubmit=${submit}>
      <p>${text}</p>
      ${children}
      ${typed && html`<${Field} label=${t("confirm.type", { name: typed })} value=${entered} onInput=${setEntered} autocomplete="off" />`}
      ${error && html`<p class="form-error" role="alert">${error.message}</p>`}
      <div class="form-actions">
        <button type="button" autofocus onClick=${close}>${t("action.cancel")}</button>
        <button type="submit" class="danger" disabled=${busy || (typed !== undefined && entered !== typed)}>${action}</button>
      </div>
    </form>
  </${Dialog}>`;
}
