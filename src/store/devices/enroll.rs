//! Devices that come in with an enrollment token, and the admin's word on those that wait for it.

use serde_json::json;

use super::change::{Patch, patch};
use super::record::insert_judged;
use super::{Device, find_serial, get, hardware, update_version};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::device::{Approval, OsType, Ownership, Source};
use crate::domain::inventory::Hardware;
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::settings;
use crate::store::tx::WriteTx;

/// What a device says of itself when it is enrolled.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Names it within the tenant.
    pub serial_number: String,
    /// What it calls itself.
    pub device_name: String,
    /// Operating system.
    pub os_type: OsType,
    /// Its hardware UUID, hashed, if it sent one.
    pub hardware: Option<Hardware>,
}

/// What the token allows.
#[derive(Debug, Clone)]
pub struct Terms {
    /// A device that is nobody's or somebody else's may be enrolled.
    pub takes_over: bool,
    /// Who becomes the owner.
    pub owner: Option<Owner>,
    /// Whose device a new one is.
    pub ownership: Ownership,
}

/// An owner, and how sure that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// An active user.
    pub user_id: String,
    /// Said by whoever made the token, so that it counts against an owner who is known; what the device says of itself does not.
    pub certain: bool,
}

/// What enrolling did to the record.
#[derive(Debug)]
pub struct Enrolled {
    /// The device as it is now.
    pub device: Device,
    /// It is new.
    pub created: bool,
    /// It was known, and its hardware UUID is another than before.
    pub hardware_changed: bool,
}

/// Finds or makes the device of this serial number. Forbidden for one that is not the owner's, unless the terms allow it.
pub fn enroll(tx: &WriteTx, newcomer: &Newcomer, terms: &Terms) -> Result<Enrolled> {
    match find_serial(tx, &newcomer.serial_number)? {
        Some(device) => again(tx, newcomer, terms, device),
        None => Ok(Enrolled { device: create(tx, newcomer, terms)?, created: true, hardware_changed: false }),
    }
}

fn create(tx: &WriteTx, newcomer: &Newcomer, terms: &Terms) -> Result<Device> {
    let approval = match settings::current(tx)?.settings.devices_need_approval {
        true => Approval::Pending,
        false => Approval::Approved,
    };
    let Newcomer { serial_number, device_name, os_type, hardware } = newcomer;
    let mut device = Device {
        user_id: terms.owner.as_ref().map(|owner| owner.user_id.clone()),
        ownership: terms.ownership,
        approval,
        hardware: *hardware,
        ..Device::new(new_id("dev", tx.now), serial_number, device_name, *os_type, Source::Agent, tx.now)
    };
    insert_judged(tx, &mut device)?;
    let metadata = Metadata::new()
        .with_personal("device_name", device_name)
        .with_personal("serial_number", serial_number)
        .with("os_type", os_type.as_str())
        .with("user_id", json!(device.user_id))
        .with("source", device.source.as_str())
        .with("approval", approval.as_str());
    audit::record(tx, Entry::new(Event::DeviceCreated, "device", &device.id, metadata))?;
    Ok(device)
}

fn again(tx: &WriteTx, newcomer: &Newcomer, terms: &Terms, mut device: Device) -> Result<Enrolled> {
    let same_owner = device.user_id.is_some() && device.user_id.as_deref() == terms.owner.as_ref().map(|owner| owner.user_id.as_str());
    if !same_owner && !terms.takes_over {
        return Err(Error::forbidden("`serial_number` is that of a device which is not yours; an admin's token can enrol it"));
    }
    let wanted = terms.owner.as_ref().filter(|owner| owner.certain || device.user_id.is_none());
    if let Some(owner) = wanted.filter(|_| !same_owner) {
        device = patch(tx, &device.id, &Patch { user_id: Some(Some(owner.user_id.clone())), ..Patch::default() })?;
    }
    let hardware_changed = hardware::reset(tx, &mut device, newcomer.hardware)?;
    Ok(Enrolled { device, created: false, hardware_changed })
}

/// Lets a device that waits into the inventory. One that waits no more stays as it is.
pub fn approve(tx: &WriteTx, id: &str) -> Result<Device> {
    let before = get(tx, id)?;
    if before.approval == Approval::Approved {
        return Ok(before);
    }
    let mut device = Device { approval: Approval::Approved, ..before.clone() };
    update_version(tx, &before, &mut device, tx.now)?;
    let metadata = Metadata::new().change("approval", before.approval.as_str(), device.approval.as_str());
    audit::record(tx, Entry::new(Event::DeviceUpdated, "device", id, metadata))?;
    Ok(device)
}
