// Lets devices in: a line to run on the device, who has connected with it, the tokens that hold, and devices that wait for approval.
import { html, useEffect, useRef, useState } from "../lib.js";
import { get, post, remove, useEvery, useLoad } from "../api.js";
import { isAdmin, user } from "../session.js";
import { Ago, When, ago } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName, activeUsers } from "../people.js";
import { Badge, Icon, deviceIcon } from "../components/icon.js";
import { Card, Empty, PageHead } from "../components/page.js";
import { List, Table } from "../components/list.js";
import { Confirm } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { CopyBox } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { systemOf } from "./devices.js";

const PLATFORMS = ["linux", "macos", "windows"];
const HOURS = [1, 24, 72, 168, 720];
/** Seconds between two looks at whether the device has come. */
const LOOK_SECONDS = 3;
/** Waiting devices and newcomers that are shown; the rest is a click away. */
const SHOWN_MAX = 20;

export function EnrolPage() {
  const [made, setMade] = useState(null);
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);
  return html`<${PageHead} title=${t("enrol.title")} lead=${t(isAdmin() ? "enrol.lead" : "enrol.leadOwn")} />
    <div class="stack">
      ${isAdmin() && html`<${Waiting} version=${version} />`}
      ${made
        ? html`<${Line} made=${made} again=${() => setMade(null)} changed=${changed} />`
        : html`<${Make} done=${(token) => { setMade(token); changed(); }} />`}
      <section class="stack"><h2>${t("enrol.tokens")}</h2><${Tokens} version=${version} changed=${changed} /></section>
    </div>`;
}

function Make({ done }) {
  const [whose, setWhose] = useState(isAdmin() ? "" : "me");
  const [users, setUsers] = useState([]);
  const [limit, setLimit] = useState("1");
  const [hours, setHours] = useState("24");
  const [name, setName] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    if (isAdmin()) activeUsers("", stop.signal).then(setUsers, () => { /* the other choices still work */ });
    return () => stop.abort();
  }, []);
  const make = async () => {
    const body = { device_limit: Number(limit), expires_in_hours: Number(hours) };
    if (name.trim()) body.name = name.trim();
    if (whose === "signed-in") body.assign = { signed_in_user: true };
    else if (isAdmin() && whose) body.user_id = whose === "me" ? user.value.id : whose;
    done((await post("/v1/enrollment-tokens", body)).data);
  };
  const owners = [["", t("enrol.owner.later")], ["signed-in", t("enrol.owner.signedIn")], ["me", t("enrol.owner.me")],
    ...users.filter(([id]) => id !== user.value.id)];
  return html`<${Card} title=${t("enrol.make")}><${Form} act=${make} submit=${t("enrol.submit")}>
    <div class="form-row">
      ${isAdmin() && html`<${Field} label=${t("enrol.owner")} value=${whose} onInput=${setWhose} options=${owners} />`}
      <${Field} label=${t("enrol.limit")} type="number" min="1" max="10000" required inputmode="numeric" value=${limit} onInput=${setLimit} />
      <${Field} label=${t("enrol.hours")} value=${hours} onInput=${setHours} options=${HOURS.map((count) => [String(count), lasting(count)])} />
      ${isAdmin() && html`<${Field} label=${t("enrol.name")} optional maxlength="100" value=${name} onInput=${setName} />`}
    </div>
  </${Form}></${Card}>`;
}

const lasting = (hours) => (hours < 48 ? t("enrol.forHours", { count: hours }) : t("enrol.forDays", { count: hours / 24 }));

/** The line, and who comes with it. Closing this page forgets the secret: the appliance keeps a hash alone. */
function Line({ made, again, changed }) {
  const [platform, setPlatform] = useState(guessed);
  return html`<${Card} title=${t("enrol.ready")} actions=${html`<button type="button" onClick=${again}><${Icon} name="plus" />${t("enrol.another")}</button>`}>
    <div class="stack">
      <div class="choice" role="group" aria-label=${t("enrol.platform")}>${PLATFORMS.map((one) => html`<button type="button" key=${one} class="small" aria-pressed=${platform === one ? "true" : "false"}
        onClick=${() => setPlatform(one)}>${word("os", one)}</button>`)}</div>
      <p>${t(`enrol.where.${platform}`)}</p>
      <${CopyBox} text=${lineFor(platform, made)} label=${t("enrol.command")} />
      <p class="dim">${t("enrol.once")} ${t("enrol.pinned")}</p>
      <${Live} made=${made} changed=${changed} />
    </div>
  </${Card}>`;
}

/** The platform that the person sits at, most likely. */
function guessed() {
  const agent = navigator.userAgent;
  return agent.includes("Mac") ? "macos" : agent.includes("Windows") ? "windows" : "linux";
}

/** The appliance's line names curl's options, its address and the token; on other systems the same are put otherwise. */
function lineFor(platform, { install_command: line, token }) {
  const [fetching] = line.split("/install | ");
  if (platform === "linux" || fetching === line) return line;
  if (platform === "macos") return `${fetching}/install/collect/macos.sh -o recoger.sh && sudo sh recoger.sh ${token}`;
  const options = fetching.replace(/^curl /, "").replaceAll("'", '"');
  return `curl.exe ${options}/install/collect/windows.ps1 -o recoger.ps1; if ($?) { powershell -NoProfile -ExecutionPolicy Bypass -File recoger.ps1 -Token ${token} }`;
}

/** Asks every few seconds whether a device has come, for as long as the page is looked at and the token holds. */
function Live({ made, changed }) {
  const [token, setToken] = useState(made);
  const [newcomers, setNewcomers] = useState([]);
  const seen = useRef(0);
  const over = Date.now() > new Date(made.expires_at);
  const look = async () => {
    try {
      const { data: tokens } = await get("/v1/enrollment-tokens", { query: { limit: 100 } });
      const now = tokens.find(({ id }) => id === made.id);
      setToken(now ?? { ...made, status: "revoked", devices_enrolled: seen.current });
      if (now && now.devices_enrolled > 0) {
        const path = isAdmin() ? "/v1/devices" : "/v1/devices/my-devices";
        const { data: devices } = await get(path, { query: { include_data: false, limit: SHOWN_MAX, sort: "-last_seen" } });
        setNewcomers(devices.filter((device) => device.last_seen && device.first_seen >= made.created_at));
        if (now.devices_enrolled !== seen.current) changed();
        seen.current = now.devices_enrolled;
      }
    } catch (error) {
      if (error.name === "AbortError" || error.status !== undefined) return; // the next look may do better
      throw error;
    }
  };
  useEvery(LOOK_SECONDS, look, token.status === "active" || newcomers.length < token.devices_enrolled);
  const left = token.device_limit - token.devices_enrolled;
  return html`<div class="live" role="status">
    ${newcomers.map((device) => html`<p key=${device.id} class="note good"><${Icon} name="circle-check" /><span>${t("enrol.connected")} <a href=${`/devices/${device.id}`}>${device.device_name}</a>
      <span class="dim"> ${systemOf(device)}${device.approval === "pending" ? ` · ${word("approval", "pending")}` : ""}</span></span></p>`)}
    ${token.devices_enrolled > newcomers.length && html`<p class="note info"><${Icon} name="activity" />${t("enrol.enrolled", { count: token.devices_enrolled - newcomers.length })}</p>`}
    ${token.status === "active" && left > 0 && !over && html`<p class="note wait"><span class="pulse" aria-hidden="true"></span>${t(token.devices_enrolled > 0 ? "enrol.waitingMore" : "enrol.waiting")}
      <span class="dim">${t("enrol.left", { count: left, when: ago(token.expires_at) })}</span></p>`}
    ${(token.status === "expired" || token.status === "revoked") && html`<p class="note warn"><${Icon} name="clock" />${t("enrol.over")}</p>`}
  </div>`;
}

const STATES = { active: ["circle-check", "good"], used_up: ["circle-minus", "quiet"], expired: ["clock", "warn"] };

function Tokens({ version, changed }) {
  const [revoking, setRevoking] = useState(null);
  const named = (token) => token.name ?? t("enrol.unnamed");
  const columns = [
    { key: "name", title: t("enrol.name"), primary: true, cell: (token) => html`<span><strong>${named(token)}</strong></span>` },
    { key: "state", title: t("enrol.state"), cell: ({ status }) => html`<${Badge} text=${t(`enrol.state.${status}`)} icon=${STATES[status][0]} tone=${STATES[status][1]} />` },
    { key: "used", title: t("enrol.used"), class: "nowrap", cell: (token) => t("enrol.usedOf", { used: token.devices_enrolled, limit: token.device_limit }) },
    { key: "owner", title: t("enrol.owner"), cell: (token) => (token.user_id ? html`<${PersonName} id=${token.user_id} />` : t(assigning(token))) },
    isAdmin() && { key: "by", title: t("enrol.by"), cell: (token) => html`<${PersonName} id=${token.created_by} none=${t("enrol.operator")} />` },
    { key: "ends", title: t("enrol.ends"), cell: (token) => html`<${Ago} time=${token.expires_at} />` },
    { key: "last", title: t("enrol.lastUsed"), cell: (token) => html`<${Ago} time=${token.last_used_at} />` },
    { key: "revoke", title: t("enrol.revoke"), cell: (token) => html`<button type="button" class="small" aria-label=${t("enrol.revokeNamed", { name: named(token) })} onClick=${() => setRevoking(token)}>${t("enrol.revoke")}</button>` },
  ].filter(Boolean);
  const revoke = async () => {
    await remove(`/v1/enrollment-tokens/${revoking.id}`);
    toast(t("enrol.revoked"));
    changed();
  };
  return html`<${List} label=${t("enrol.tokens")} path="/v1/enrollment-tokens" columns=${columns} csv version=${version}
      empty=${html`<${Empty} icon="key-round" title=${t("enrol.noTokens")} text=${t("enrol.noTokensHint")} />`} />
    ${revoking && html`<${Confirm} title=${t("enrol.revokeTitle", { name: named(revoking) })} text=${t("enrol.revokeText")} action=${t("enrol.revoke")} act=${revoke} close=${() => setRevoking(null)} />`}`;
}

function assigning({ assign }) {
  if (assign.serials > 0) return "enrol.owner.bySerial";
  if (assign.email) return "enrol.owner.byEmail";
  return assign.signed_in_user ? "enrol.owner.signedIn" : "enrol.owner.later";
}

function Waiting({ version }) {
  const load = useLoad("/v1/devices", { approval: "pending", include_data: false, limit: SHOWN_MAX });
  const [busy, setBusy] = useState(null);
  useEffect(() => { if (version > 0) load.reload({ quiet: true }); }, [version]);
  useEvery(15, () => load.reload({ quiet: true }));
  if (!load.data || load.data.length === 0) return null;
  const approve = async (device) => {
    setBusy(device.id);
    try {
      await post(`/v1/devices/${device.id}/approve`);
      toast(t("devices.approved", { name: device.device_name }));
      load.reload({ quiet: true });
    } catch (error) {
      toast(error.message, { tone: "bad" });
    } finally {
      setBusy(null);
    }
  };
  const columns = [
    { key: "name", title: t("devices.name"), primary: true, cell: (device) => html`<${Icon} name=${deviceIcon(device.device_type)} /><a href=${`/devices/${device.id}`}>${device.device_name}</a>` },
    { key: "os", title: t("devices.os"), cell: systemOf },
    { key: "serial", title: t("devices.serial"), cell: (device) => device.serial_number },
    { key: "owner", title: t("devices.owner"), cell: (device) => html`<${PersonName} id=${device.user_id} />` },
    { key: "seen", title: t("devices.firstSeen"), cell: (device) => html`<${When} time=${device.first_seen ?? device.created_at} />` },
    { key: "approve", title: t("devices.approve"), cell: (device) => html`<button type="button" class="small primary" disabled=${busy === device.id} aria-label=${t("enrol.approveNamed", { name: device.device_name })}
      onClick=${() => approve(device)}><${Icon} name="check" />${t("devices.approve")}</button>` },
  ];
  return html`<${Card} title=${t("enrol.waitingTitle", { count: load.total })}>
    <p class="dim">${t("enrol.waitingHint")}</p>
    <${Table} label=${t("enrol.waitingTitle", { count: load.total })} columns=${columns} rows=${load.data} />
    ${load.total > load.data.length && html`<p><a href="/devices?approval=pending">${t("enrol.waitingAll")}</a></p>`}
  </${Card}>`;
}
