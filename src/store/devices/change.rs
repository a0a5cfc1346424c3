//! What people change about devices: name, owner, ownership and tags; retiring one.

use rusqlite::params;
use serde_json::json;

use super::judge::{Evidence, judge_from, settle};
use super::report::log_verdicts;
use super::{Device, get, require_active_user, update_version};
use crate::domain::audit::{Event, Metadata};
use crate::domain::device::{DataType, Ownership, RetireReason};
use crate::error::Result;
use crate::store::audit::{self, Entry};
use crate::store::succession::Begin;
use crate::store::tx::WriteTx;
use crate::store::verdicts::{Moment, StatusEnd};
use crate::store::{sections, verdicts};

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

/// Applies `patch` to the device called `id`, and judges it by what is new at once.
pub fn patch(tx: &WriteTx, id: &str, patch: &Patch) -> Result<Device> {
    let before = get(tx, id)?;
    let mut device = before.clone();
    if let Some(name) = &patch.device_name {
        device.name_set = name.is_some();
        device.device_name = name.clone().unwrap_or_else(|| device.reported_name.clone());
    }
    if let Some(user_id) = &patch.user_id {
        device.user_id.clone_from(user_id);
    }
    device.ownership = patch.ownership.unwrap_or(device.ownership);
    if let Some(tags) = &patch.tags {
        device.tags.clone_from(tags);
    }
    if device == before {
        return Ok(before);
    }
    // An owner whose account was disabled meanwhile may stay, but nobody is made one.
    if let Some(user_id) = device.user_id.as_deref().filter(|_| device.user_id != before.user_id) {
        require_active_user(tx, user_id)?;
    }
    // What was due before still concerns the device as it was.
    let mut settled = before.clone();
    settle(tx, &mut settled, &sections::present(tx, id)?)?;
    let status_before = settled.compliance_status;
    (device.compliance_status, device.status_since) = (settled.compliance_status, settled.status_since);
    (device.status_recorded_at, device.changes_at) = (settled.status_recorded_at, settled.changes_at);
    update_version(tx, &before, &mut device, tx.now)?;
    if device.ownership == Ownership::Personal && before.ownership != Ownership::Personal {
        for data_type in [DataType::Hardware, DataType::Software, DataType::Network, DataType::Custom] {
            sections::purge(tx, id, data_type)?;
        }
    }
    let evidence = Evidence::load(tx, &device, &sections::present(tx, id)?)?;
    let confirmed_until = device.collected_at.unwrap_or(tx.now);
    let outcome = judge_from(tx, &mut device, &evidence, tx.now, confirmed_until)?;
    log_changes(tx, &before, &device)?;
    log_verdicts(tx, &device, &outcome, status_before, true)?;
    Ok(device)
}

fn log_changes(tx: &WriteTx, before: &Device, after: &Device) -> Result<()> {
    if before.user_id != after.user_id {
        let metadata = Metadata::new().change("user_id", json!(before.user_id), json!(after.user_id));
        audit::record(tx, Entry::new(Event::DeviceOwnerChanged, "device", &after.id, metadata))?;
    }
    let mut metadata = Metadata::new();
    if before.device_name != after.device_name {
        metadata = metadata.change_personal("device_name", before.device_name.as_str(), after.device_name.as_str());
    }
    if before.name_set != after.name_set {
        metadata = metadata.change("name_set", before.name_set, after.name_set);
    }
    if before.ownership != after.ownership {
        metadata = metadata.change("ownership", before.ownership.as_str(), after.ownership.as_str());
    }
    if before.tags != after.tags {
        metadata = metadata.change_personal("tags", json!(before.tags), json!(after.tags));
    }
    if metadata.is_empty() {
        return Ok(());
    }
    audit::record(tx, Entry::new(Event::DeviceUpdated, "device", &after.id, metadata))
}

/// Takes a device out of the inventory. Its history stays for reports; its keys die; the same serial may come again as a new device.
pub fn retire(tx: &WriteTx, id: &str, reason: RetireReason) -> Result<()> {
    let mut device = get(tx, id)?;
    settle(tx, &mut device, &sections::present(tx, id)?)?;
    let confirmed_until = device.collected_at.unwrap_or(tx.now);
    verdicts::end(tx, id, Moment { since: tx.now, learned_at: tx.now, confirmed_until })?;
    let begin = Begin { since: device.status_since, recorded_at: device.status_recorded_at };
    let end = StatusEnd { subject_id: id, status: device.compliance_status.as_str(), begin };
    verdicts::close_status(tx, &end, begin.followed_by(tx.now, tx.now))?;
    tx.connection
        .prepare_cached("UPDATE device SET retired_at = ?2, retired_reason = ?3, changes_at = NULL WHERE id = ?1")?
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
