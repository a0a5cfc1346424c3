// The own account: name, password, second factor, and where one is signed in.
import { html, useState } from "../lib.js";
import { patch, post, remove, useLoad } from "../api.js";
import { place } from "../router.js";
import { refresh, user } from "../session.js";
import { Ago } from "../format.js";
import { t } from "../messages.js";
import { Badge, Icon } from "../components/icon.js";
import { Card, Loaded, PageHead } from "../components/page.js";
import { Table } from "../components/list.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { Copy, CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { NewPassword } from "./account-links.js";
import { nextPage } from "./sign-in.js";

/** Sessions that are shown; whoever has more ends some. */
const SESSIONS_SHOWN_MAX = 100;

export function ProfilePage() {
  // Somebody who was led here, for the organisation asks for a second factor.
  const asked = place.value.query.get("next");
  return html`<${PageHead} title=${t("profile.title")} />
    ${asked && (user.value.mfa_enabled
      ? html`<p class="note good"><${Icon} name="circle-check" /><a href=${nextPage()}>${t("profile.mfaGoOn")}</a></p>`
      : html`<p class="note warn" role="alert"><${Icon} name="shield-alert" />${t("profile.mfaAsked")}</p>`)}
    <div class="columns"><${Person} /><${Password} /></div>
    <div class="stack spaced"><${SecondFactor} /><${Sessions} /><${OwnData} /></div>`;
}

/** What the GDPR, article 15, asks for. */
function OwnData() {
  const action = html`<a class="button" href="/v1/users/me/export" download><${Icon} name="download" />${t("profile.export")}</a>`;
  return html`<${Card} title=${t("profile.exportTitle")} actions=${action}><p class="dim">${t("profile.exportHint")}</p></${Card}>`;
}

function Person() {
  const me = user.value;
  const [name, setName] = useState(me.name);
  const [email, setEmail] = useState(me.email);
  const [password, setPassword] = useState("");
  const moved = email.trim().toLowerCase() !== me.email;
  const save = async () => {
    await patch("/v1/users/me", { name: name.trim(), ...(moved && { email: email.trim(), current_password: password }) });
    setPassword("");
    await refresh();
    toast(t("profile.changed"));
  };
  return html`<${Card} title=${t("profile.person")}><${Form} act=${save} submit=${t("action.save")}>
    <${Field} label=${t("profile.name")} autocomplete="name" required maxlength="200" value=${name} onInput=${setName} />
    <${Field} label=${t("profile.email")} hint=${t("profile.emailHint")} type="email" autocomplete="email" required value=${email} onInput=${setEmail} />
    ${moved && html`<${Field} label=${t("profile.currentPassword")} type="password" autocomplete="current-password" required value=${password} onInput=${setPassword} />`}
  </${Form}></${Card}>`;
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = async () => {
    await post("/v1/users/me/password", { current_password: current, new_password: next });
    setCurrent("");
    setNext("");
    toast(t("profile.passwordChanged"));
  };
  return html`<${Card} title=${t("profile.password")}><${Form} act=${change} submit=${t("profile.passwordChange")}>
    <${Field} label=${t("profile.currentPassword")} type="password" autocomplete="current-password" required value=${current} onInput=${setCurrent} />
    <${NewPassword} value=${next} onInput=${setNext} />
  </${Form}></${Card}>`;
}

function SecondFactor() {
  const on = user.value.mfa_enabled;
  const [secret, setSecret] = useState(null);
  const [codes, setCodes] = useState(null);
  const [removing, setRemoving] = useState(false);
  const [password, setPassword] = useState("");
  const begin = async () => {
    try {
      setSecret((await post("/v1/users/me/mfa")).data);
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  const takeAway = async () => {
    await remove("/v1/users/me/mfa", { body: { password } });
    setPassword("");
    await refresh();
    toast(t("profile.mfaRemoved"));
  };
  const state = html`<${Badge} text=${t(on ? "profile.mfaStateOn" : "profile.mfaStateOff")} icon=${on ? "shield-check" : "shield-off"} tone=${on ? "good" : "quiet"} />`;
  const action = on
    ? html`<button type="button" onClick=${() => setRemoving(true)}>${t("profile.mfaRemove")}</button>`
    : html`<button type="button" class="primary" onClick=${begin}><${Icon} name="shield" />${t("profile.mfaSetUp")}</button>`;
  return html`<${Card} title=${t("profile.mfa")} actions=${action}><p>${state} ${t(on ? "profile.mfaOn" : "profile.mfaOff")}</p>
    ${secret && html`<${SetUp} secret=${secret} close=${() => setSecret(null)} done=${(given) => { setSecret(null); setCodes(given); }} />`}
    ${codes && html`<${Codes} codes=${codes} close=${() => { setCodes(null); refresh(); }} />`}
    ${removing && html`<${Confirm} title=${t("profile.mfaRemoveTitle")} text=${t("profile.mfaRemoveText")} action=${t("profile.mfaRemove")}
      act=${takeAway} close=${() => setRemoving(false)}>
      <${Field} label=${t("profile.currentPassword")} type="password" autocomplete="current-password" required value=${password} onInput=${setPassword} />
    </${Confirm}>`}
  </${Card}>`;
}

function SetUp({ secret, close, done }) {
  const [code, setCode] = useState("");
  const confirm = async () => {
    const { data } = await post("/v1/users/me/mfa/confirm", { otp: code });
    done(data.recovery_codes);
  };
  return html`<${Dialog} title=${t("profile.mfa")} close=${close}><${Form} act=${confirm} submit=${t("profile.mfaConfirm")} cancel=${close}>
    <p>${t("profile.mfaScan")}</p>
    ${secret.qr_path && html`<svg class="qr" role="img" aria-label=${t("profile.mfaQr")} viewBox=${`0 0 ${secret.qr_size} ${secret.qr_size}`} shape-rendering="crispEdges"><path d=${secret.qr_path} /></svg>`}
    <${CopyBox} text=${secret.secret} label=${t("profile.mfaSecret")} />
    <${Field} label=${t("signIn.code")} hint=${t("signIn.codeHint")} autocomplete="one-time-code" inputmode="numeric" pattern="[0-9]{6}" required class="code"
      value=${code} onInput=${(value) => setCode(value.replace(/\D/g, "").slice(0, 6))} />
  </${Form}></${Dialog}>`;
}

function Codes({ codes, close }) {
  const text = codes.join("\n");
  return html`<${Dialog} title=${t("profile.mfaCodesTitle")} close=${close}><div class="stack">
    <p>${t("profile.mfaCodes")}</p>
    <ul class="codes">${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ul>
    <div class="form-actions"><${Copy} text=${text} label=${t("profile.mfaCodesTitle")} /><button type="button" class="primary" onClick=${close}>${t("profile.mfaDone")}</button></div>
  </div></${Dialog}>`;
}

function Sessions() {
  const load = useLoad("/v1/users/me/sessions", { limit: SESSIONS_SHOWN_MAX });
  const end = async (session) => {
    try {
      await remove(`/v1/users/me/sessions/${session.id}`);
      toast(t("profile.sessionEnded"));
      load.reload({ quiet: true });
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  const where = (session) => session.user_agent ?? t(session.browser ? "profile.sessionBrowser" : "profile.sessionClient");
  const columns = [
    { key: "what", title: t("profile.sessionWhat"), primary: true, cell: (session) => html`<span class="agent">${where(session)}</span>` },
    { key: "from", title: t("profile.sessionFrom"), cell: (session) => session.ip_address ?? t("common.unknown") },
    { key: "start", title: t("profile.sessionStart"), cell: (session) => html`<${Ago} time=${session.created_at} />` },
    { key: "last", title: t("profile.sessionLast"), cell: (session) => html`<${Ago} time=${session.last_used_at} />` },
    { key: "end", title: t("profile.sessionEnd"), cell: (session) => (session.current
      ? html`<${Badge} text=${t("profile.sessionCurrent")} icon="check" tone="info" />`
      : html`<button type="button" class="small" aria-label=${t("profile.sessionEndNamed", { name: where(session) })} onClick=${() => end(session)}>${t("profile.sessionEnd")}</button>`) },
  ];
  return html`<${Card} title=${t("profile.sessions")}><${Loaded} load=${load}>${(sessions) => html`<${Table} label=${t("profile.sessions")} columns=${columns} rows=${sessions} />`}</${Loaded}></${Card}>`;
}
