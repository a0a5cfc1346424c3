//! Devices: one record each, its earlier versions, and what reports say of it.

mod change;
mod due;
mod enroll;
mod hardware;
mod history;
mod judge;
mod late;
mod list;
mod record;
mod report;
#[cfg(test)]
pub(crate) mod tests;

use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::compliance::Status;
use crate::domain::device::{Approval, DeviceType, OsType, Ownership, RetireReason, Source};
use crate::domain::inventory::Device;
use crate::domain::time::Time;
use crate::error::{Error, Result};

pub use change::{Patch, patch, retire};
pub(in crate::store) use due::settle_one;
pub use due::{apply_due, next_due, with_owner_change};
pub use enroll::{Enrolled, Newcomer, Owner, Terms, approve, enroll};
pub use history::{HistoryItem, at, history};
pub(in crate::store) use history::{status_at, version_at};
pub(in crate::store) use judge::findings;
pub(in crate::store) use judge::weakest;
pub(in crate::store) use list::owner_at;
pub use list::{Filter, Page, Seen, Sort, each_at, ids, list, list_at};
pub use record::{Recorded, record};
pub use report::{PreparedReport, Reported, Reporter, report};

const COLUMNS: &str = "d.id, d.serial_number, d.device_name, d.reported_name, d.name_set, d.device_type, d.os_type, d.os_version,
    d.os_distribution, d.os_edition, d.headless, d.user_id, d.ownership, d.tags, d.source, d.agent_version, d.first_seen, d.last_seen,
    d.present_since, d.since, d.recorded_at, d.compliance_status, d.status_since, d.status_recorded_at, d.changes_at, d.created_at,
    d.collected_at, d.retired_at, d.retired_reason, d.approval, d.hardware, d.two_machines_since";

/// The device called `id`; retired ones are gone.
pub fn get(tx: &Tx, id: &str) -> Result<Device> {
    let device = find(tx, id)?.filter(|device| device.retired.is_none());
    device.ok_or_else(|| Error::not_found("Device"))
}

/// The device called `id`, retired or not.
pub fn find(tx: &Tx, id: &str) -> Result<Option<Device>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM device d WHERE d.id = ?1 AND d.tenant_id = ?2");
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?)
}

fn find_serial(tx: &Tx, serial_number: &str) -> Result<Option<Device>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM device d WHERE d.tenant_id = ?1 AND d.serial_number = ?2 AND d.retired_at IS NULL");
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![tx.tenant_id, serial_number], from_row).optional()?)
}

fn from_row(row: &Row) -> rusqlite::Result<Device> {
    let optional_time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Time));
    let retired_at = optional_time(27)?;
    Ok(Device {
        id: row.get(0)?,
        serial_number: row.get(1)?,
        device_name: row.get(2)?,
        reported_name: row.get(3)?,
        name_set: row.get(4)?,
        device_type: word(row, 5, DeviceType::parse)?,
        os_type: word(row, 6, OsType::parse)?,
        os_version: row.get(7)?,
        os_distribution: row.get(8)?,
        os_edition: row.get(9)?,
        headless: row.get(10)?,
        user_id: row.get(11)?,
        ownership: word(row, 12, Ownership::parse)?,
        tags: serde_json::from_str(row.get_ref(13)?.as_str()?).unwrap_or_default(),
        source: word(row, 14, Source::parse)?,
        agent_version: row.get(15)?,
        approval: word(row, 29, Approval::parse)?,
        hardware: row.get(30)?,
        two_machines_since: optional_time(31)?,
        created_at: Time(row.get(25)?),
        first_seen: Time(row.get(16)?),
        last_seen: optional_time(17)?,
        collected_at: optional_time(26)?,
        present_since: optional_time(18)?,
        since: Time(row.get(19)?),
        recorded_at: Time(row.get(20)?),
        compliance_status: word(row, 21, Status::parse)?,
        status_since: Time(row.get(22)?),
        status_recorded_at: Time(row.get(23)?),
        changes_at: optional_time(24)?,
        retired: match retired_at {
            Some(at) => Some((at, word(row, 28, RetireReason::parse)?)),
            None => None,
        },
    })
}

/// Stores a new record.
fn insert(tx: &WriteTx, device: &Device) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO device (id, tenant_id, serial_number, device_name, reported_name, name_set, device_type, os_type, os_version,
                 os_distribution, os_edition, headless, user_id, ownership, tags, source, agent_version, first_seen, last_seen,
                 present_since, since, recorded_at, compliance_status, status_since, status_recorded_at, changes_at, created_at,
                 collected_at, approval, hardware, two_machines_since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
                 ?26, ?27, ?28, ?29, ?30, ?31)",
        )?
        .execute(params![
            device.id,
            tx.tenant_id,
            device.serial_number,
            device.device_name,
            device.reported_name,
            device.name_set,
            device.device_type.as_str(),
            device.os_type.as_str(),
            device.os_version,
            device.os_distribution,
            device.os_edition,
            device.headless,
            device.user_id,
            device.ownership.as_str(),
            json!(device.tags).to_string(),
            device.source.as_str(),
            device.agent_version,
            device.first_seen.0,
            device.last_seen.map(|time| time.0),
            device.present_since.map(|time| time.0),
            device.since.0,
            device.recorded_at.0,
            device.compliance_status.as_str(),
            device.status_since.0,
            device.status_recorded_at.0,
            device.changes_at.map(|time| time.0),
            device.created_at.0,
            device.collected_at.map(|time| time.0),
            device.approval.as_str(),
            device.hardware,
            device.two_machines_since.map(|time| time.0),
        ])?;
    Ok(())
}

/// Stores the parts of the record that are kept in versions; the version before goes into history.
fn update_version(tx: &WriteTx, before: &Device, after: &mut Device, since: Time) -> Result<()> {
    let begin = Begin { since: before.since, recorded_at: before.recorded_at };
    let next = begin.followed_by(since, tx.now);
    if begin.stays_in_history(next) {
        // Only after the clock was set back can the key be there already; then what came later counts.
        tx.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                before.id,
                before.since.0,
                before.recorded_at.0,
                tx.tenant_id,
                next.since.0,
                tx.now.0,
                version_data(before).to_string(),
            ])?;
    }
    after.since = next.since;
    after.recorded_at = next.recorded_at;
    tx.connection
        .prepare_cached(
            "UPDATE device SET device_name = ?2, reported_name = ?3, name_set = ?4, device_type = ?5, os_type = ?6, os_version = ?7,
                 os_distribution = ?8, os_edition = ?9, headless = ?10, user_id = ?11, ownership = ?12, tags = ?13, source = ?14,
                 agent_version = ?15, since = ?16, recorded_at = ?17, approval = ?18
             WHERE id = ?1",
        )?
        .execute(params![
            after.id,
            after.device_name,
            after.reported_name,
            after.name_set,
            after.device_type.as_str(),
            after.os_type.as_str(),
            after.os_version,
            after.os_distribution,
            after.os_edition,
            after.headless,
            after.user_id,
            after.ownership.as_str(),
            json!(after.tags).to_string(),
            after.source.as_str(),
            after.agent_version,
            after.since.0,
            after.recorded_at.0,
            after.approval.as_str(),
        ])?;
    Ok(())
}

/// What is kept in versions, as JSON.
fn version_data(device: &Device) -> Value {
    json!({
        "device_name": device.device_name,
        "reported_name": device.reported_name,
        "name_set": device.name_set,
        "device_type": device.device_type.as_str(),
        "os_type": device.os_type.as_str(),
        "os_version": device.os_version,
        "os_distribution": device.os_distribution,
        "os_edition": device.os_edition,
        "headless": device.headless,
        "user_id": device.user_id,
        "ownership": device.ownership.as_str(),
        "tags": device.tags,
        "source": device.source.as_str(),
        "agent_version": device.agent_version,
        "approval": device.approval.as_str(),
    })
}

/// Refuses an owner who is no active user of the tenant.
pub(in crate::store) fn require_active_user(tx: &Tx, user_id: &str) -> Result<()> {
    let active: Option<bool> = tx
        .connection
        .prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| row.get(0))
        .optional()?;
    if active == Some(true) { Ok(()) } else { Err(Error::invalid("`user_id` must be that of an active user")) }
}

/// The record with the values of an earlier version.
pub(in crate::store) fn with_version(mut device: Device, data: &Value) -> Device {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let owned = |name: &str| text(name).map(str::to_owned);
    device.device_name = owned("device_name").unwrap_or(device.device_name);
    device.reported_name = owned("reported_name").unwrap_or(device.reported_name);
    device.name_set = data.get("name_set").and_then(Value::as_bool).unwrap_or(device.name_set);
    device.device_type = text("device_type").and_then(DeviceType::parse).unwrap_or(device.device_type);
    device.os_type = text("os_type").and_then(OsType::parse).unwrap_or(device.os_type);
    device.os_version = owned("os_version");
    device.os_distribution = owned("os_distribution");
    device.os_edition = owned("os_edition");
    device.headless = data.get("headless").and_then(Value::as_bool);
    device.user_id = owned("user_id");
    device.ownership = text("ownership").and_then(Ownership::parse).unwrap_or(device.ownership);
    device.tags = data.get("tags").and_then(|tags| serde_json::from_value(tags.clone()).ok()).unwrap_or_default();
    device.source = text("source").and_then(Source::parse).unwrap_or(device.source);
    device.agent_version = owned("agent_version");
    device.approval = text("approval").and_then(Approval::parse).unwrap_or(device.approval);
    device
}
