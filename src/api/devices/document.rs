//! Bodies and answers of the device routes as the OpenAPI document shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::security::SecurityFacts;
use crate::api::words;

/// A report as an agent sends it. Fields that the server does not know are passed over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = DeviceReport, examples(json!({
    "device_name": "MacBook Pro 16\"", "serial_number": "C02XL0GTJG5J", "device_type": "laptop", "os_type": "macos", "os_version": "14.2.1",
    "security": { "disk_encryption": true, "firewall_enabled": true, "screen_lock_enabled": true },
    "hardware": { "memory_bytes": 17179869184u64 },
    "software": { "items": [{ "name": "Firefox", "version": "146.0", "publisher": "Mozilla", "source": "app" }] }
})))]
pub struct DeviceReportBody {
    /// What the device calls itself. Required, unless `osquery` tells it.
    #[schema(min_length = 1, max_length = 255, example = "MacBook Pro 16\"")]
    device_name: Option<String>,
    /// Names the device within the tenant. Placeholders such as "Default string" are refused. Required, unless `osquery` tells it.
    #[schema(min_length = 1, max_length = 128, example = "C02XL0GTJG5J")]
    serial_number: Option<String>,
    /// Kind of machine; default `other`.
    #[schema(value_type = Option<words::DeviceType>)]
    device_type: Option<String>,
    /// Operating system. Required, unless `osquery` or `windows` tells it.
    #[schema(value_type = Option<words::OsType>)]
    os_type: Option<String>,
    /// Version of the operating system.
    #[schema(max_length = 64, example = "14.2.1", min_length = 1)]
    os_version: Option<String>,
    /// On Linux the ID of `/etc/os-release`: needed to know whether the release is supported.
    #[schema(max_length = 64, min_length = 1)]
    os_distribution: Option<String>,
    /// On Windows the EditionID.
    #[schema(max_length = 64, min_length = 1)]
    os_edition: Option<String>,
    /// Without screen or console: screen-lock checks do not apply.
    headless: Option<bool>,
    /// Version of the agent.
    #[schema(max_length = 64, min_length = 1)]
    agent_version: Option<String>,
    /// The machine's UUID (SMBIOS, IOPlatformUUID): tells two machines apart that share a serial number. Only its hash is kept.
    #[schema(max_length = 64, min_length = 1)]
    hardware_uuid: Option<String>,
    /// When the facts were read. A report that comes more than 24 hours later fills gaps only.
    #[schema(format = DateTime)]
    collected_at: Option<String>,
    /// Security facts. A known one of a wrong type is refused; what is left out is no data, never false.
    #[schema(value_type = Option<SecurityFacts>)]
    security: Option<BTreeMap<String, Value>>,
    /// Processor, memory, disks.
    hardware: Option<BTreeMap<String, Value>>,
    /// Installed programs: `items` is an array of `{name, version, publisher, source}`.
    software: Option<BTreeMap<String, Value>>,
    /// Interfaces and addresses; never traffic.
    network: Option<BTreeMap<String, Value>>,
    /// Whatever the organisation adds.
    custom: Option<BTreeMap<String, Value>>,
    /// Rows of osquery by the name of their table, as `osqueryi --json` prints them, instead of `security`, `hardware`, `software` and
    /// `network`: those are made from the tables, each whole, so send all tables together. Fields above that are left out are taken from
    /// `system_info`, `os_version`, `osquery_info` and `time`. An empty text, and a table without rows, is no data. Tables that nothing is
    /// made from are passed over and not kept. At most 20,000 rows.
    #[schema(value_type = Option<BTreeMap<String, Vec<BTreeMap<String, Value>>>>, example = json!({
        "system_info": [{ "hardware_serial": "PF4K1ABC", "computer_name": "ada-t14" }],
        "os_version": [{ "platform": "ubuntu", "version": "24.04.3 LTS (Noble Numbat)" }],
        "mounts": [{ "path": "/", "device_alias": "/dev/dm-1" }],
        "disk_encryption": [{ "name": "/dev/dm-1", "encrypted": "1" }],
    }))]
    osquery: Option<BTreeMap<String, Value>>,
    /// Raw values as the script for Windows reads them, instead of `security`, `hardware`, `software` and `network`: those are made from
    /// them, and so are `device_type`, `os_version`, `os_edition`, `headless` and `hardware_uuid` where they are left out. The values
    /// themselves are not kept. From a personal device only the security facts are taken.
    #[schema(value_type = Option<RawWindows>)]
    windows: Option<BTreeMap<String, Value>>,
}

/// Raw values of a Windows machine. Each of them is `{"values": {…}}` (a registry key), `{"rows": [{…}, …]}`, or `{"error": "…"}` where it
/// could not be read; names that are not known are passed over.
#[derive(ToSchema)]
#[schema(as = RawWindows)]
#[allow(dead_code, reason = "documentation only: the agent's rules read the values by their names")]
pub struct RawWindows {
    /// 1, the form of what follows.
    #[schema(minimum = 1, maximum = 1)]
    format: i64,
    /// Who the machine is, and its security settings.
    #[schema(value_type = Object)]
    state: BTreeMap<String, Value>,
    /// Which updates are installed and waiting.
    #[schema(value_type = Option<Object>)]
    updates: Option<BTreeMap<String, Value>>,
    /// Hardware, programs and network; not from a personal device.
    #[schema(value_type = Option<Object>)]
    inventory: Option<BTreeMap<String, Value>>,
}

/// A device without an agent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "device_name": "Meeting room display", "serial_number": "5CG1234XYZ", "device_type": "desktop", "os_type": "windows" })))]
#[serde(deny_unknown_fields)]
pub struct DeviceRecord {
    /// Its name.
    #[schema(min_length = 1, max_length = 255)]
    device_name: String,
    /// Names it within the tenant.
    #[schema(min_length = 1, max_length = 128)]
    serial_number: String,
    /// Kind of machine; default `other`.
    #[schema(value_type = Option<words::DeviceType>)]
    device_type: Option<String>,
    /// Operating system.
    #[schema(value_type = words::OsType)]
    os_type: String,
    /// Its version.
    #[schema(max_length = 64, min_length = 1)]
    os_version: Option<String>,
    /// Its owner: an active user.
    #[schema(min_length = 1, max_length = 64)]
    user_id: Option<String>,
    /// Whose it is; default `company`.
    #[schema(value_type = Option<words::Ownership>)]
    ownership: Option<String>,
    /// Up to 20 tags of 1 to 64 characters.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}

/// Changes to a device; what is left out stays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "device_name": "Ada's MacBook", "tags": ["finance"] })))]
#[serde(deny_unknown_fields)]
pub struct DevicePatch {
    /// Holds against reports until it is cleared with `null`.
    #[schema(min_length = 1, max_length = 255)]
    device_name: Option<String>,
    /// The new owner: an active user; `null` for none.
    #[schema(min_length = 1, max_length = 64)]
    user_id: Option<String>,
    /// Whose it is.
    #[schema(value_type = Option<words::Ownership>)]
    ownership: Option<String>,
    /// All tags: up to 20 of 1 to 64 characters.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}
