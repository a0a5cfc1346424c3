// The pages behind links that were sent: accept an invitation, choose a new password; and asking for such a link.
import { html, useState } from "../lib.js";
import { get, post } from "../api.js";
import { navigate } from "../router.js";
import { begin, linkSecret } from "../session.js";
import { t } from "../messages.js";
import { Field, Form } from "../components/form.js";
import { toast } from "../components/toast.js";
import { Alone } from "./sign-in.js";

export function AcceptInvitationPage() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const join = async () => {
    const { data } = await post("/v1/auth/accept-invitation", { token: linkSecret.value, name: name.trim(), password }, { signingIn: true });
    linkSecret.value = null;
    // The answer has tokens, which no script should keep: they give the email for a session with a cookie, and end.
    const bearer = data.access_token;
    const { data: me } = await get("/v1/users/me", { bearer });
    await post("/v1/auth/logout", undefined, { bearer });
    await post("/v1/auth/session", { username: me.email, password }, { signingIn: true });
    await begin();
    navigate("/", { replace: true });
  };
  if (!linkSecret.value) return html`<${NoSecret} title=${t("invitation.title")} />`;
  return html`<${Alone} title=${t("invitation.title")}><p>${t("invitation.intro")}</p>
    <${Form} act=${join} submit=${t("invitation.submit")}>
      <${Field} label=${t("invitation.name")} autocomplete="name" required maxlength="200" value=${name} onInput=${setName} />
      <${NewPassword} value=${password} onInput=${setPassword} />
    </${Form}></${Alone}>`;
}

export function ResetPasswordPage() {
  const [password, setPassword] = useState("");
  const change = async () => {
    await post("/v1/auth/reset-password", { token: linkSecret.value, password }, { signingIn: true });
    linkSecret.value = null;
    toast(t("reset.done"));
    navigate("/sign-in", { replace: true });
  };
  if (!linkSecret.value) return html`<${NoSecret} title=${t("reset.title")} />`;
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
