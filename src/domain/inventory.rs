//! Devices as the inventory keeps them, and reports as devices send them.

use serde_json::{Map, Value};

use super::compliance::{CheckStatus, Status};
use super::device::{Approval, DataType, DeviceType, OsType, Ownership, RetireReason, Source};
use super::time::Time;

/// A device's record at some moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// `dev_…`
    pub id: String,
    /// Names it within the tenant.
    pub serial_number: String,
    /// As shown: set by a person, else as reported.
    pub device_name: String,
    /// As the last report called it.
    pub reported_name: String,
    /// Whether a person set the name.
    pub name_set: bool,
    /// Kind of machine.
    pub device_type: DeviceType,
    /// Operating system.
    pub os_type: OsType,
    /// Its version, if known.
    pub os_version: Option<String>,
    /// On Linux the ID of `/etc/os-release`.
    pub os_distribution: Option<String>,
    /// On Windows the EditionID.
    pub os_edition: Option<String>,
    /// Without screen or console; unknown counts as no.
    pub headless: Option<bool>,
    /// Owner.
    pub user_id: Option<String>,
    /// Company's or personal.
    pub ownership: Ownership,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// Who vouches for the last report.
    pub source: Source,
    /// What the agent calls its version.
    pub agent_version: Option<String>,
    /// Whether it counts.
    pub approval: Approval,
    /// SHA-256 of the hardware UUID sent last, if any was.
    pub hardware: Option<Hardware>,
    /// Since when two machines take turns under its serial number.
    pub two_machines_since: Option<Time>,
    /// When the appliance learned of it.
    pub created_at: Time,
    /// Begin, by the first report's own time.
    pub first_seen: Time,
    /// When it last reported; `None` if it was recorded by hand and never reported.
    pub last_seen: Option<Time>,
    /// When its newest report was made, never after it came in.
    pub collected_at: Option<Time>,
    /// Begin of the present run of reports without a gap of more than a day.
    pub present_since: Option<Time>,
    /// Begin of this version of the record.
    pub since: Time,
    /// When the appliance learned of this version.
    pub recorded_at: Time,
    /// Status at the moment asked about.
    pub compliance_status: Status,
    /// Begin of that status.
    pub status_since: Time,
    /// When the appliance learned of it.
    pub status_recorded_at: Time,
    /// When time alone changes a verdict or the status next.
    pub changes_at: Option<Time>,
    /// When and why it left the inventory.
    pub retired: Option<(Time, RetireReason)>,
}

/// SHA-256 of a machine's hardware UUID: enough to tell two machines apart, and no more is kept.
pub type Hardware = [u8; 32];

impl Device {
    /// A device of which only this much is known, from `now` on.
    pub fn new(id: String, serial_number: &str, device_name: &str, os_type: OsType, source: Source, now: Time) -> Device {
        Device {
            id,
            serial_number: serial_number.to_owned(),
            device_name: device_name.to_owned(),
            reported_name: device_name.to_owned(),
            name_set: false,
            device_type: DeviceType::Other,
            os_type,
            os_version: None,
            os_distribution: None,
            os_edition: None,
            headless: None,
            user_id: None,
            ownership: Ownership::Company,
            tags: Vec::new(),
            source,
            agent_version: None,
            approval: Approval::Approved,
            hardware: None,
            two_machines_since: None,
            created_at: now,
            first_seen: now,
            last_seen: None,
            collected_at: None,
            present_since: None,
            since: now,
            recorded_at: now,
            compliance_status: Status::Unknown,
            status_since: now,
            status_recorded_at: now,
            changes_at: None,
            retired: None,
        }
    }
}

/// A section as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSection {
    /// Which one.
    pub data_type: DataType,
    /// Its JSON, as text.
    pub json: String,
    /// Who vouches for it.
    pub source: Source,
    /// When this content was first reported.
    pub since: Time,
    /// When it was last reported.
    pub confirmed_until: Time,
}

/// A report, checked.
#[derive(Debug, Clone)]
pub struct DeviceReport {
    /// Names the device.
    pub serial_number: String,
    /// As the device calls itself.
    pub device_name: String,
    /// Kind of machine, if stated.
    pub device_type: Option<DeviceType>,
    /// Operating system.
    pub os_type: OsType,
    /// Its version.
    pub os_version: Option<String>,
    /// Linux distribution.
    pub os_distribution: Option<String>,
    /// Windows edition.
    pub os_edition: Option<String>,
    /// Without screen or console.
    pub headless: Option<bool>,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// SHA-256 of the machine's hardware UUID, if it sent one that names it.
    pub hardware: Option<Hardware>,
    /// When the facts were read on the device, by its clock.
    pub collected_at: Option<Time>,
    /// The sections it holds.
    pub sections: Vec<(DataType, Map<String, Value>)>,
    /// Of a personal device only the security facts are taken from it; else such a report is refused.
    pub leaves_out_private: bool,
}

/// The verdict on one check of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The check.
    pub check_id: String,
    /// The verdict.
    pub status: CheckStatus,
    /// Since when it has been this.
    pub since: Time,
    /// What was seen, as JSON text without what [`super::volatile`] leaves out; `None` where nothing was.
    pub observed: Option<String>,
    /// Why there is no data.
    pub reason: Option<String>,
}
