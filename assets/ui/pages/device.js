// One device: its checks with failing ones on top, its history, its data; now or as of a moment.
import { html, useState } from "../lib.js";
import { patch, post, remove, useLoad } from "../api.js";
import { navigate, place, withQuery } from "../router.js";
import { isAdmin } from "../session.js";
import { Exact, When, ago, exact } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName, activeUsers } from "../people.js";
import { CheckList, Data, HistoryList } from "../checks.js";
import { Badge, Icon, deviceIcon } from "../components/icon.js";
import { Card, Empty, Facts, Loaded, PageHead, Tabs } from "../components/page.js";
import { Confirm, Dialog } from "../components/dialog.js";
import { Field, Form } from "../components/form.js";
import { Copy } from "../components/copy.js";
import { toast } from "../components/toast.js";
import { systemOf } from "./devices.js";

const SECTIONS = ["security", "hardware", "software", "network", "custom"];
const REASONS = ["lost", "sold", "broken", "replaced", "left", "error"];
/** From this silence on the page says that what it shows may be old. */
const STALE_DAYS = 2;

export function DevicePage({ id }) {
  const at = place.value.query.get("at");
  const load = useLoad(`/v1/devices/${id}`, { at });
  return html`<${Loaded} load=${load}>${(device) => html`<${Shown} device=${device} at=${at} reload=${load.reload} />`}</${Loaded}>`;
}

function Shown({ device, at, reload }) {
  const tab = place.value.query.get("tab") ?? "checks";
  const stored = SECTIONS.filter((name) => device.device_data?.some((section) => section.data_type === name));
  const failing = device.checks.filter((check) => check.status === "fail").length;
  const tabs = ["checks", "history", ...stored].map((name) => ({
    href: withQuery({ tab: name === "checks" ? null : name }), text: t(`devices.tab.${name}`), current: tab === name,
    ...(name === "checks" && failing > 0 && { count: failing }),
  }));
  const pending = device.approval === "pending";
  const badge = pending
    ? html`<${Badge} icon="clock" tone="info" text=${word("approval", "pending")} />`
    : html`<${Badge} group="status" value=${device.compliance_status} /><span class="dim">${t("devices.since", { time: ago(device.status_since) })}</span>`;
  return html`<${PageHead} title=${device.device_name} back=${{ href: "/devices", text: t("devices.title") }} badge=${badge}
      actions=${isAdmin() && !at && html`<${Actions} device=${device} reload=${reload} />`} />
    <${Notes} device=${device} at=${at} pending=${pending} />
    <div class="split">
      <div>
        <${Tabs} label=${t("devices.tabs")} tabs=${tabs} />
        ${tab === "checks" && html`<${CheckList} checks=${device.checks} none=${t("checks.none")} subject=${at ? null : { type: "device", id: device.id }} />`}
        ${tab === "history" && html`<${HistoryList} path=${`/v1/devices/${device.id}/history`} checks=${device.checks} />`}
        ${stored.includes(tab) && html`<${Section} section=${device.device_data.find((one) => one.data_type === tab)} />`}
      </div>
      <aside><${About} device=${device} at=${at} /></aside>
    </div>`;
}

function Notes({ device, at, pending }) {
  const silentDays = device.last_seen ? (Date.now() - new Date(device.last_seen)) / 86400000 : 0;
  return html`
    ${at && html`<p class="note info"><${Icon} name="history" />${t("devices.asOf", { time: exact(at) })} <a href=${withQuery({ at: null })}>${t("devices.asOfClear")}</a></p>`}
    ${!at && silentDays > STALE_DAYS && html`<p class="note warn"><${Icon} name="wifi-off" />${t("devices.stale", { when: ago(device.last_seen) })}</p>`}
    ${pending && html`<p class="note info"><${Icon} name="clock" />${t("devices.pending")}</p>`}
    ${device.two_machines_since && html`<p class="note warn"><${Icon} name="copy" />${t("devices.twoMachines", { time: exact(device.two_machines_since) })}</p>`}`;
}

function About({ device, at }) {
  const rows = [
    [t("devices.owner"), html`<${PersonName} id=${device.user_id} />`],
    [t("devices.lastSeen"), html`<${When} time=${device.last_seen} />`],
    [t("devices.firstSeen"), html`<${Exact} time=${device.first_seen} />`],
    [t("devices.os"), systemOf(device)],
    [t("devices.type"), html`<${Icon} name=${deviceIcon(device.device_type)} /> ${word("deviceType", device.device_type)}`],
    [t("devices.serial"), html`<code>${device.serial_number}</code>`],
    [t("devices.ownership"), word("ownership", device.ownership)],
    [t("devices.source"), word("source", device.source)],
    [t("devices.agent"), device.agent_version],
    device.tags.length > 0 && [t("devices.tags"), device.tags.map((tag) => html`<span class="tag" key=${tag}>${tag}</span>`)],
  ];
  // The moment asked about is the end of a local minute; the API wants it in UTC.
  const choose = (event) => {
    if (event.target.value) navigate(withQuery({ at: `${new Date(event.target.value).toISOString().slice(0, 19)}Z` }));
  };
  return html`<${Card}><${Facts} rows=${rows} />
    <${Field} label=${t("devices.asOfLabel")} type="datetime-local" value=${at ? local(at) : ""} max=${local(new Date())} onInput=${() => {}} onChange=${choose} />
  </${Card}>`;
}

function local(time) {
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function Section({ section }) {
  const entries = Object.entries(section.data);
  return html`<p class="dim">${t("data.reportedAt", { time: exact(section.reported_at) })}</p>
    ${entries.length === 0 ? html`<${Empty} icon="package" text=${t("data.empty")} />` : html`<${Data} value=${section.data} />`}
    <details class="raw"><summary>${t("data.json")}</summary><${Copy} text=${JSON.stringify(section.data, null, 2)} label=${t("data.json")} />
      <pre tabindex="0">${JSON.stringify(section.data, null, 2)}</pre></details>`;
}

function Actions({ device, reload }) {
  const [open, setOpen] = useState(null);
  const [users, setUsers] = useState([]);
  const name = device.device_name;
  const approve = async () => {
    try {
      await post(`/v1/devices/${device.id}/approve`);
      toast(t("devices.approved", { name }));
      reload();
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  const edit = async () => {
    try {
      setUsers(await activeUsers());
      setOpen("edit");
    } catch (error) {
      toast(error.message, { tone: "bad" });
    }
  };
  const close = () => setOpen(null);
  return html`${device.approval === "pending" && html`<button type="button" class="primary" onClick=${approve}><${Icon} name="check" />${t("devices.approve")}</button>`}
    <button type="button" onClick=${edit}><${Icon} name="pencil" />${t("action.edit")}</button>
    <button type="button" onClick=${() => setOpen("retire")}><${Icon} name="archive" />${t("devices.delete")}</button>
    ${open === "edit" && html`<${Edit} device=${device} users=${users} close=${close} done=${() => { close(); toast(t("devices.saved", { name })); reload(); }} />`}
    ${open === "retire" && html`<${Retire} device=${device} close=${close} />`}`;
}

function Edit({ device, users, close, done }) {
  const [owner, setOwner] = useState(device.user_id ?? "");
  const [name, setName] = useState(device.device_name);
  const [ownership, setOwnership] = useState(device.ownership);
  const [tags, setTags] = useState(device.tags.join(", "));
  const listed = users.some(([id]) => id === device.user_id) || !device.user_id ? users : [[device.user_id, device.user_id], ...users];
  const save = async () => {
    const body = { user_id: owner || null, ownership, tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean) };
    if (name.trim() !== device.device_name) body.device_name = name.trim() || null;
    await patch(`/v1/devices/${device.id}`, body);
    done();
  };
  return html`<${Dialog} title=${t("devices.edit")} close=${close}><${Form} act=${save} submit=${t("action.save")} cancel=${close}>
    <${Field} label=${t("devices.owner")} value=${owner} onInput=${setOwner} options=${[["", t("devices.noOwner")], ...listed]} />
    <${Field} label=${t("devices.name")} hint=${t("devices.nameHint")} value=${name} onInput=${setName} maxlength="255" />
    <${Field} label=${t("devices.ownership")} value=${ownership} onInput=${setOwnership} options=${["company", "personal"].map((value) => [value, word("ownership", value)])} />
    <${Field} label=${t("devices.tags")} hint=${t("devices.tagsHint")} value=${tags} onInput=${setTags} />
  </${Form}></${Dialog}>`;
}

function Retire({ device, close }) {
  const [reason, setReason] = useState("replaced");
  const name = device.device_name;
  const act = async () => {
    await remove(`/v1/devices/${device.id}`, { query: { reason } });
    toast(t("devices.deleted", { name }));
    navigate("/devices");
  };
  return html`<${Confirm} title=${t("devices.deleteTitle", { name })} text=${t("devices.deleteText")} action=${t("devices.delete")} act=${act} close=${close}>
    <${Field} label=${t("devices.deleteReason")} value=${reason} onInput=${setReason} options=${REASONS.map((value) => [value, t(`devices.reason.${value}`)])} />
  </${Confirm}>`;
}
