//! Bodies and answers of the device routes as the OpenAPI document shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::raw;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::HistoryItem;

/// A report as an agent sends it. Fields that the server does not know are passed over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = DeviceReport)]
pub struct DeviceReportBody {
    /// What the device calls itself.
    #[schema(min_length = 1, max_length = 255, example = "MacBook Pro 16\"")]
    device_name: String,
    /// Names the device within the tenant. Placeholders such as "Default string" are refused.
    #[schema(min_length = 1, max_length = 128, example = "C02XL0GTJG5J")]
    serial_number: String,
    /// `laptop`, `desktop`, `server`, `phone`, `tablet`, `vm` or `other` (the default).
    #[schema(example = "laptop")]
    device_type: Option<String>,
    /// `macos`, `windows`, `linux`, `ios`, `android`, `chromeos` or `other`; case is ignored, `darwin` means `macos`.
    #[schema(example = "macos")]
    os_type: String,
    /// Version of the operating system.
    #[schema(max_length = 64, example = "14.2.1")]
    os_version: Option<String>,
    /// On Linux the ID of `/etc/os-release`: needed to know whether the release is supported.
    #[schema(max_length = 64)]
    os_distribution: Option<String>,
    /// On Windows the EditionID.
    #[schema(max_length = 64)]
    os_edition: Option<String>,
    /// Without screen or console: screen-lock checks do not apply.
    headless: Option<bool>,
    /// Version of the agent.
    #[schema(max_length = 64)]
    agent_version: Option<String>,
    /// When the facts were read. A report that comes more than 24 hours later fills gaps only.
    #[schema(format = DateTime)]
    collected_at: Option<String>,
    /// Security facts. A known one of a wrong type is refused; what is left out is no data, never false.
    security: Option<BTreeMap<String, Value>>,
    /// Processor, memory, disks.
    hardware: Option<BTreeMap<String, Value>>,
    /// Installed programs: `items` is an array of `{name, version, publisher, source}`.
    software: Option<BTreeMap<String, Value>>,
    /// Interfaces and addresses; never traffic.
    network: Option<BTreeMap<String, Value>>,
    /// Whatever the organisation adds.
    custom: Option<BTreeMap<String, Value>>,
}

/// A device without an agent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeviceRecord {
    /// Its name.
    #[schema(min_length = 1, max_length = 255)]
    device_name: String,
    /// Names it within the tenant.
    #[schema(min_length = 1, max_length = 128)]
    serial_number: String,
    /// Kind of machine; default `other`.
    device_type: Option<String>,
    /// Operating system.
    os_type: String,
    /// Its version.
    #[schema(max_length = 64)]
    os_version: Option<String>,
    /// Its owner: an active user.
    user_id: Option<String>,
    /// `company` (the default) or `personal`.
    ownership: Option<String>,
    /// Up to 20 tags.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}

/// Changes to a device; what is left out stays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DevicePatch {
    /// Holds against reports until it is cleared with `null`.
    #[schema(min_length = 1, max_length = 255)]
    device_name: Option<String>,
    /// The new owner: an active user; `null` for none.
    user_id: Option<String>,
    /// `company` or `personal`: of a personal device only security facts are kept.
    ownership: Option<String>,
    /// All tags.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}

/// A time in which the status or a check of a device stood in one way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceHistoryItem)]
pub struct HistoryAnswer {
    /// The check; `null` for the device's status.
    check_id: Option<String>,
    /// A check's or the device's status.
    status: String,
    /// Begin.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// End; `null` while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// The last report that confirmed it; `null` while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_until: Option<Time>,
    /// When the appliance learned of it.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Time,
    /// What was seen then, without times that move with every report; `null` where nothing was.
    #[schema(value_type = Value)]
    observed: Option<Box<RawValue>>,
    /// From a report that came more than 24 hours late: it fills a gap and was not known then.
    late: bool,
}

impl HistoryAnswer {
    /// An item of the history.
    pub fn new(item: HistoryItem) -> Result<HistoryAnswer> {
        Ok(HistoryAnswer {
            check_id: item.check_id,
            status: item.status,
            since: item.since,
            until: item.until,
            confirmed_until: item.confirmed_until,
            recorded_at: item.recorded_at,
            observed: item.observed.map(raw).transpose()?,
            late: item.late,
        })
    }
}
