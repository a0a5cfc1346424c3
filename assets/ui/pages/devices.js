// The list of devices: for admins and readers all of them, for everybody the own ones.
import { html } from "../lib.js";
import { hasRole, isAdmin } from "../session.js";
import { Ago, checkTitle } from "../format.js";
import { t, word } from "../messages.js";
import { PersonName } from "../people.js";
import { Badge, Icon, deviceIcon } from "../components/icon.js";
import { Empty, PageHead } from "../components/page.js";
import { List } from "../components/list.js";

const words = (group, values) => values.map((value) => [value, word(group, value)]);
export const STATUSES = ["non_compliant", "unknown", "needs_review", "compliant"];
const SYSTEMS = ["macos", "windows", "linux", "ios", "android", "chromeos", "other"];

export const systemOf = (device) => [word("os", device.os_type), device.os_version].filter(Boolean).join(" ");

/** The columns of a list of devices. */
export function deviceColumns(withOwner) {
  return [
    { key: "name", title: t("devices.name"), sort: "device_name", primary: true, cell: (device) => html`<${Icon} name=${deviceIcon(device.device_type)} />
      <span><strong>${device.device_name}</strong><small class="dim">${device.serial_number}</small></span>` },
    withOwner && { key: "owner", title: t("devices.owner"), cell: (device) => html`<${PersonName} id=${device.user_id} />` },
    { key: "os", title: t("devices.os"), cell: systemOf },
    { key: "status", title: t("devices.status"), sort: "compliance_status", cell: (device) => (device.approval === "pending"
      ? html`<${Badge} icon="clock" tone="info" text=${word("approval", "pending")} />` : html`<${Badge} group="status" value=${device.compliance_status} />`) },
    { key: "seen", title: t("devices.lastSeen"), sort: "last_seen", cell: (device) => html`<${Ago} time=${device.last_seen} />` },
  ].filter(Boolean);
}

const filters = () => [
  { name: "compliance_status", title: t("devices.filter.status"), options: words("status", STATUSES) },
  { name: "os_type", title: t("devices.filter.os"), options: words("os", SYSTEMS) },
  { name: "approval", title: t("devices.filter.approval"), options: words("approval", ["pending", "approved"]) },
  { name: "check_id", title: t("devices.filter.check"), hidden: true, text: checkTitle },
  { name: "seen", title: t("devices.lastSeen"), hidden: true, text: (value) => word("seen", value) },
  { name: "owned", title: t("devices.owner"), hidden: true, text: (value) => t(value === "true" ? "common.yes" : "devices.noOwner") },
  { name: "user_id", title: t("devices.filter.user"), hidden: true, text: (id) => html`<${PersonName} id=${id} />` },
];

export function DevicesPage() {
  const all = hasRole("admin", "viewer", "auditor");
  const empty = html`<${Empty} icon="laptop" title=${t("devices.empty")} text=${t(all ? "devices.emptyHint" : "devices.emptyUser")} />`;
  return html`<${PageHead} title=${t("devices.title")} />
    <${List} label=${t("devices.title")} path="/v1/devices" query=${{ include_data: false }} columns=${deviceColumns(isAdmin())} filters=${filters()}
      rowHref=${(device) => `/devices/${device.id}`} search csv defaultSort="-last_seen" empty=${empty} />`;
}

export function MyDevicesPage() {
  const empty = html`<${Empty} icon="laptop" title=${t("devices.empty")} text=${t("devices.emptyUser")} />`;
  return html`<${PageHead} title=${t("myDevices.title")} />
    <${List} label=${t("myDevices.title")} path="/v1/devices/my-devices" query=${{ include_data: false }} columns=${deviceColumns(false)}
      filters=${filters().slice(0, 2)} rowHref=${(device) => `/devices/${device.id}`} defaultSort="-last_seen" empty=${empty} />`;
}
