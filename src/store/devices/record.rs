//! Recording a device by hand, for those that have no agent.

use serde_json::json;

use super::judge::{Evidence, judge_from};
use super::{Device, find_serial, insert, require_active_user};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::device::{DeviceType, OsType, Ownership, Source};
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::tx::WriteTx;

/// A device without an agent, as a person records it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Names it within the tenant.
    pub serial_number: String,
    /// Its name.
    pub device_name: String,
    /// Kind of machine.
    pub device_type: DeviceType,
    /// Operating system.
    pub os_type: OsType,
    /// Its version, if known.
    pub os_version: Option<String>,
    /// Owner.
    pub user_id: Option<String>,
    /// Whose device it is.
    pub ownership: Ownership,
    /// Tags.
    pub tags: Vec<String>,
}

/// Records a device by hand: it is in the population from now on, and nothing is known of it but what was typed.
pub fn record(tx: &WriteTx, recorded: &Recorded) -> Result<Device> {
    if find_serial(tx, &recorded.serial_number)?.is_some() {
        return Err(Error::conflict("A device with this `serial_number` exists already"));
    }
    if let Some(user_id) = &recorded.user_id {
        require_active_user(tx, user_id)?;
    }
    let (id, serial_number) = (new_id("dev", tx.now), &recorded.serial_number);
    let mut device = Device {
        device_type: recorded.device_type,
        os_version: recorded.os_version.clone(),
        user_id: recorded.user_id.clone(),
        ownership: recorded.ownership,
        tags: recorded.tags.clone(),
        ..Device::new(id, serial_number, &recorded.device_name, recorded.os_type, Source::Person, tx.now)
    };
    insert_judged(tx, &mut device)?;
    let metadata = Metadata::new()
        .with_personal("device_name", &device.device_name)
        .with_personal("serial_number", &device.serial_number)
        .with("os_type", device.os_type.as_str())
        .with("user_id", json!(device.user_id))
        .with("source", device.source.as_str());
    audit::record(tx, Entry::new(Event::DeviceCreated, "device", &device.id, metadata))?;
    Ok(device)
}

/// Stores a device that has not reported yet, with its first verdicts.
pub(super) fn insert_judged(tx: &WriteTx, device: &mut Device) -> Result<()> {
    insert(tx, device)?;
    let evidence = Evidence::load(tx, device, &[])?;
    judge_from(tx, device, &evidence, tx.now, tx.now)?;
    Ok(())
}
