// The pages behind links that were sent: accept an invitation, choose a new password; and asking for such a link.
import { html, useState } from "../lib.js";
import { get, post } from "../api.js";
import { navigate } from "../router.js";
import { begin } from "../session.js";
import { t } from "../messages.js";
import { Field, Form } from "../components/form.js";
import { toast } from "../components/toast.js";
import { Alone } from "./sign-in.js";

const PURPOSES = ["accept-invitation", "reset-password"];
let secret = null;

/**
 * Takes the secret out of an address like `/#/reset-password/rr_…`: it goes to memory, and the address bar and the history keep only the
 * page. Behind `#` it was never sent to a server.
 */
export function keepSecret() {
  const [, purpose, token] = /^#\/([a-z-]+)\/([^/]+)$/.exec(location.hash) ?? [];
  if (!PURPOSES.includes(purpose)) return;
  secret = decodeURIComponent(token);
  navigate(`/${purpose}`, { replace: true });
}

// A link opened in a window where the UI runs already changes nothing but what stands behind `#`.
addEventListener("hashchange", keepSecret);

export function AcceptInvitationPage() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const join = async () => {
    const { data } = await post("/v1/auth/accept-invitation", { token: secret, name: name.trim(), password }, { signingIn: true });
    secret = null;
    // The answer has tokens, which no script should keep: they give the email for a session with a cookie, and end.
    const bearer = data.access_token;
    const { data: me } = await get("/v1/users/me", { bearer });
    await post("/v1/auth/logout", undefined, { bearer });
    await post("/v1/auth/session", { username: me.email, password }, { signingIn: true });
    await begin();
    navigate("/", { replace: true });
  };
  if (!secret) return html`<${NoSecret} title=${t("invitation.title")} />`;
  return html`<${Alone} title=${t("invitation.title")}><p>${t("invitation.intro")}</p>
    <${Form} act=${join} submit=${t("invitation.submit")}>
      <${Field} label=${t("invitation.name")} autocomplete="name" required maxlength="200" value=${name} onInput=${setName} />
      <${NewPassword} value=${password} onInput=${setPassword} />
    </${Form}></${Alone}>`;
}

export function ResetPasswordPage() {
  const [password, setPassword] = useState("");
  const change = async () => {
    await post("/v1/auth/reset-password", { token: secret, password }, { signingIn: true });
    secret = null;
    toast(t("reset.done"));
    navigate("/sign-in", { replace: true });
  };
  if (!secret) return html`<${NoSecret} title=${t("reset.title")} />`;
  return html`<${Alone} title=${t("reset.title")}>
    <${Form} act=${change} submit=${t("reset.submit")}><${NewPassword} value=${password} onInput=${setPassword} /></${Form}></${Alone}>`;
}

export function ForgotPasswordPage() {
  const [email, setEmail] = useState("");
  const [done, setDone] = useState(false);
  const ask = async () => {
    await post("/v1/auth/forgot-password", { email: email.trim() }, { signingIn: true });
    setDone(true);
  };
  return html`<${Alone} title=${t("forgot.title")}>
    ${done ? html`<p role="status">${t("forgot.done")}</p>` : html`<${Form} act=${ask} submit=${t("forgot.submit")}>
      <${Field} label=${t("signIn.email")} type="email" autocomplete="username" required value=${email} onInput=${setEmail} /></${Form}>`}
    <p class="hint">${t("forgot.noMail")}</p>
    <div class="alone-links"><a href="/sign-in">${t("forgot.toSignIn")}</a></div>
  </${Alone}>`;
}

/** A field for a password that is being chosen. */
export const NewPassword = ({ value, onInput, label = t("password.new") }) => html`<${Field} label=${label} hint=${t("password.rule")} type="password"
  autocomplete="new-password" required minlength="12" maxlength="128" value=${value} onInput=${onInput} />`;

const NoSecret = ({ title }) => html`<${Alone} title=${title}><p>${t("invitation.noToken")}</p>
  <div class="alone-links"><a href="/sign-in">${t("forgot.toSignIn")}</a></div></${Alone}>`;
