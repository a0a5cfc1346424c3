// Sign-in: password, then where it is on the second factor; afterwards to the page that was asked for.
import { html, useEffect, useRef, useState } from "../lib.js";
import { post } from "../api.js";
import { navigate, place } from "../router.js";
import { find } from "../pages.js";
import { begin } from "../session.js";
import { ago, exact } from "../format.js";
import { t } from "../messages.js";
import { Icon } from "../components/icon.js";
import { Field } from "../components/form.js";

/** What pages without a session look like: one card in the middle. */
export function Alone({ title, children }) {
  useEffect(() => { document.title = t("app.title", { page: title }); }, [title]);
  return html`<main class="alone"><div class="card">
    <p class="brand"><span class="brand-mark"><${Icon} name="check" /></span>${t("app.name")}</p>
    <h1>${title}</h1>${children}
  </div></main>`;
}

/** Where to go after sign-in: only a page of ours, whatever the address says. */
export function nextPage() {
  const next = place.peek().query.get("next") ?? "/";
  if (!/^\/[^/\\]/.test(next)) return "/";
  const to = new URL(next, location.origin);
  return to.origin === location.origin && find(to.pathname) ? to.pathname + to.search : "/";
}

export function SignInPage() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState("password");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const form = useRef(null);
  useEffect(() => { form.current?.querySelector("input:not([readonly])")?.focus(); }, [step]);

  const signIn = async (otp) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await post("/v1/auth/session", { username: email.trim(), password, ...(otp ? { otp } : {}) }, { signingIn: true });
      const next = nextPage();
      await begin();
      navigate(next, { replace: true });
    } catch (failure) {
      if (failure.mfaRequired && step === "password") setStep("code");
      else { setError(failure); setCode(""); }
      setBusy(false);
    }
  };
  const submit = (event) => { event.preventDefault(); signIn(step === "password" ? null : code.trim()); };
  const typeCode = (value) => {
    const digits = value.replace(/\D/g, "").slice(0, 6);
    setCode(digits);
    if (digits.length === 6) signIn(digits);
  };
  const told = error && (error.status === 423 && error.retryAfter
    ? t("signIn.locked", { when: ago(error.retryAfter), time: exact(error.retryAfter) }) : error.message);
  const restart = () => { setStep("password"); setPassword(""); setCode(""); setError(null); };

  return html`<${Alone} title=${step === "password" ? t("signIn.title") : t("signIn.codeTitle")}>
    <form onSubmit=${submit} ref=${form}>
      ${step === "password" && html`
        <${Field} label=${t("signIn.email")} type="email" name="username" autocomplete="username" required value=${email} onInput=${setEmail} />
        <${Field} label=${t("signIn.password")} type="password" name="password" autocomplete="current-password" required value=${password} onInput=${setPassword} />`}
      ${step === "code" && html`<${Field} key="code" label=${t("signIn.code")} hint=${t("signIn.codeHint")} name="otp" autocomplete="one-time-code"
        inputmode="numeric" pattern="[0-9]*" required value=${code} onInput=${typeCode} class="code" />`}
      ${step === "recovery" && html`<${Field} key="recovery" label=${t("signIn.recovery")} hint=${t("signIn.recoveryHint")} autocomplete="off" required
        value=${code} onInput=${setCode} />`}
      ${told && html`<p class="form-error" role="alert"><${Icon} name="circle-alert" />${told}</p>`}
      <div class="form-actions"><button type="submit" class="primary wide" disabled=${busy}>${t("signIn.submit")}</button></div>
    </form>
    <div class="alone-links">
      ${step === "password" && html`<a href="/forgot-password">${t("signIn.forgot")}</a>`}
      ${step === "code" && html`<button type="button" class="link" onClick=${() => { setCode(""); setStep("recovery"); }}>${t("signIn.useRecovery")}</button>`}
      ${step === "recovery" && html`<button type="button" class="link" onClick=${() => { setCode(""); setStep("code"); }}>${t("signIn.useCode")}</button>`}
      ${step !== "password" && html`<button type="button" class="link" onClick=${restart}>${t("signIn.otherAccount")}</button>`}
    </div>
  </${Alone}>`;
}
