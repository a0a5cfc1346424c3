// Fields with label, hint and error; forms that show the server's words and never send twice.
import { html, useId, useState } from "../lib.js";
import { t } from "../messages.js";

/**
 * A field. `label`, `value`, `onInput(value)`; `hint` below; `type` as of an input, or "textarea", or with `options` ([value, text]) a
 * select. Anything else goes to the element itself (autocomplete, required, inputmode, …).
 */
export function Field({ label, hint, error, value, onInput, type = "text", options, optional, ...rest }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const shared = {
    id, value, "aria-describedby": described, "aria-invalid": error ? "true" : null, onInput: (event) => onInput(event.target.value), ...rest,
  };
  let control;
  if (options) {
    control = html`<select ...${shared}>${options.map(
      ([known, text]) => html`<option key=${known} value=${known} selected=${known === value}>${text}</option>`,
    )}</select>`;
  } else if (type === "textarea") {
    control = html`<textarea rows="3" ...${shared}></textarea>`;
  } else {
    control = html`<input type=${type} ...${shared} />`;
  }
  return html`<div class="field">
    <label for=${id}>${label}${optional && html` <span class="dim">(${t("common.optional")})</span>`}</label>
    ${control}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${error && html`<p class="form-error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

/** A box to tick, or with `toggle` a switch. */
export function Check({ label, hint, checked, onChange, ...rest }) {
  const id = useId();
  return html`<div class="field check"><input type="checkbox" id=${id} checked=${checked} aria-describedby=${hint ? `${id}-hint` : null}
      onChange=${(event) => onChange(event.target.checked)} ...${rest} />
    <label for=${id}>${label}</label>${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}</div>`;
}

/** A form. `act` does the work and may throw an `ApiError`, which is shown; `submit` is the button's text; `cancel` adds a second button;
 *  `disabled` while there is nothing to send yet. */
export function Form({ act, submit, cancel, children, danger = false, disabled = false }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return html`<form onSubmit=${send} aria-busy=${busy}>
    ${children}
    ${error && html`<p class="form-error" role="alert">${error.message}</p>`}
    <div class="form-actions">
      ${cancel && html`<button type="button" onClick=${cancel}>${t("action.cancel")}</button>`}
      <button type="submit" class=${danger ? "danger" : "primary"} disabled=${busy || disabled}>${busy ? t("action.saving") : submit}</button>
    </div>
  </form>`;
}
