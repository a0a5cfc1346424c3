//! What people change about devices: name, owner, ownership and tags; recording one by hand; retiring one.

use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::judge::{Judged, Span, judge_device, settle};
use super::report::verdict_metadata;
use super::{Device, find_serial, get, insert, update_version};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::compliance::Status;
use crate::domain::device::{DataType, DeviceType, OsType, Ownership, RetireReason, Source};
use crate::domain::inventory::Verdict;
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::tx::{Tx, WriteTx};
use crate::store::verdicts::{Moment, StatusEnd};
use crate::store::{sections, settings, verdicts};

/// Changes to a device; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// A name that holds against reports; inner `None` gives the reported one back.
    pub device_name: Option<Option<String>>,
    /// The owner; inner `None` takes him away.
    pub user_id: Option<Option<String>>,
    /// Whose device it is.
    pub ownership: Option<Ownership>,
    /// All tags.
    pub tags: Option<Vec<String>>,
}

/// Applies `patch` to the device called `id`.
pub fn patch(tx: &WriteTx, id: &str, patch: &Patch) -> Result<(Device, Vec<Verdict>)> {
    let mut device = get(tx, id)?;
    settle(tx, &mut device)?;
    let before = device.clone();
    if let Some(name) = &patch.device_name {
        device.name_set = name.is_some();
        device.device_name = name.clone().unwrap_or_else(|| device.reported_name.clone());
    }
    if let Some(user_id) = &patch.user_id {
        if let Some(user_id) = user_id {
            require_active_user(tx, user_id)?;
        }
        device.user_id.clone_from(user_id);
    }
    device.ownership = patch.ownership.unwrap_or(device.ownership);
    if let Some(tags) = &patch.tags {
        device.tags.clone_from(tags);
    }
    if device == before {
        let verdicts = verdicts::present(tx, id)?;
        return Ok((device, verdicts));
    }
    update_version(tx, &before, &mut device, tx.now)?;
    if device.ownership == Ownership::Personal && before.ownership != Ownership::Personal {
        for data_type in [DataType::Hardware, DataType::Software, DataType::Network, DataType::Custom] {
            sections::purge(tx, id, data_type)?;
        }
    }
    let version = settings::current(tx)?;
    let facts = Judged::load(tx, &sections::present(tx, id)?)?;
    let span = Span { since: tx.now, confirmed_until: device.last_seen.unwrap_or(tx.now) };
    let outcome = judge_device(tx, &mut device, &facts, &version, span)?;
    log_changes(tx, &before, &device)?;
    if !outcome.changes.is_empty() || outcome.status_changed {
        let metadata = verdict_metadata(&outcome.changes, before.compliance_status, device.compliance_status);
        audit::record(tx, Entry::new(Event::DeviceVerdictChanged, "device", id, metadata))?;
    }
    Ok((device, outcome.verdicts))
}

fn log_changes(tx: &WriteTx, before: &Device, after: &Device) -> Result<()> {
    if before.user_id != after.user_id {
        let metadata = Metadata::new().change("user_id", json!(before.user_id), json!(after.user_id));
        audit::record(tx, Entry::new(Event::DeviceOwnerChanged, "device", &after.id, metadata))?;
    }
    let mut metadata = Metadata::new();
    if (&before.device_name, before.name_set) != (&after.device_name, after.name_set) {
        metadata = metadata.change_personal("device_name", before.device_name.as_str(), after.device_name.as_str());
    }
    if before.ownership != after.ownership {
        metadata = metadata.change("ownership", before.ownership.as_str(), after.ownership.as_str());
    }
    if before.tags != after.tags {
        metadata = metadata.change("tags", json!(before.tags), json!(after.tags));
    }
    if metadata.is_empty() {
        return Ok(());
    }
    audit::record(tx, Entry::new(Event::DeviceUpdated, "device", &after.id, metadata))
}

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
pub fn record(tx: &WriteTx, recorded: &Recorded) -> Result<(Device, Vec<Verdict>)> {
    if find_serial(tx, &recorded.serial_number)?.is_some() {
        return Err(Error::conflict("A device with this `serial_number` exists already"));
    }
    if let Some(user_id) = &recorded.user_id {
        require_active_user(tx, user_id)?;
    }
    let mut device = Device {
        id: new_id("dev", tx.now),
        serial_number: recorded.serial_number.clone(),
        device_name: recorded.device_name.clone(),
        reported_name: recorded.device_name.clone(),
        name_set: false,
        device_type: recorded.device_type,
        os_type: recorded.os_type,
        os_version: recorded.os_version.clone(),
        os_distribution: None,
        os_edition: None,
        headless: None,
        user_id: recorded.user_id.clone(),
        ownership: recorded.ownership,
        tags: recorded.tags.clone(),
        source: Source::Person,
        agent_version: None,
        first_seen: tx.now,
        last_seen: None,
        present_since: None,
        since: tx.now,
        recorded_at: tx.now,
        compliance_status: Status::Unknown,
        status_since: tx.now,
        status_recorded_at: tx.now,
        changes_at: None,
        retired: None,
    };
    insert(tx, &device)?;
    let version = settings::current(tx)?;
    let facts = Judged { security: None, software: None, source: Some(Source::Person) };
    let span = Span { since: tx.now, confirmed_until: tx.now };
    let outcome = judge_device(tx, &mut device, &facts, &version, span)?;
    let metadata = Metadata::new()
        .with_personal("device_name", &device.device_name)
        .with_personal("serial_number", &device.serial_number)
        .with("os_type", device.os_type.as_str())
        .with("user_id", json!(device.user_id))
        .with("source", device.source.as_str());
    audit::record(tx, Entry::new(Event::DeviceCreated, "device", &device.id, metadata))?;
    Ok((device, outcome.verdicts))
}

/// Takes a device out of the inventory. Its history stays for reports; its keys die; the same serial may come again as a new device.
pub fn retire(tx: &WriteTx, id: &str, reason: RetireReason) -> Result<()> {
    let mut device = get(tx, id)?;
    settle(tx, &mut device)?;
    let confirmed_until = device.last_seen.unwrap_or(tx.now);
    verdicts::end(tx, id, Moment { since: tx.now, recorded_at: tx.now, confirmed_until, source: None })?;
    verdicts::close_status(
        tx,
        &StatusEnd {
            subject_id: id,
            status: device.compliance_status.as_str(),
            since: device.status_since,
            recorded_at: device.status_recorded_at,
            until: tx.now,
            closed_at: tx.now,
        },
    )?;
    tx.connection
        .prepare_cached("UPDATE device SET retired_at = ?2, retired_reason = ?3, changes_at = NULL, status_since = ?2 WHERE id = ?1")?
        .execute(params![id, tx.now.0, reason.as_str()])?;
    let revoked = tx
        .connection
        .prepare_cached("UPDATE api_key SET revoked_at = ?3 WHERE tenant_id = ?1 AND serial_number = ?2 AND revoked_at IS NULL")?
        .execute(params![tx.tenant_id, device.serial_number, tx.now.0])?;
    let metadata = Metadata::new()
        .with_personal("device_name", &device.device_name)
        .with_personal("serial_number", &device.serial_number)
        .with("reason", reason.as_str())
        .with("keys_revoked", revoked);
    audit::record(tx, Entry::new(Event::DeviceDeleted, "device", id, metadata))
}

fn require_active_user(tx: &Tx, user_id: &str) -> Result<()> {
    let status: Option<String> = tx
        .connection
        .prepare_cached("SELECT status FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| row.get(0))
        .optional()?;
    match status.as_deref() {
        Some("active") => Ok(()),
        _ => Err(Error::invalid("`user_id` must be that of an active user")),
    }
}
