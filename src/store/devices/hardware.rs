//! Two machines under one serial number, told apart by their hardware UUIDs: disks that were cloned with the agent's key on them.
//!
//! Another UUID alone proves nothing: a mainboard may have been replaced. One that was there before and comes again does: no repair brings
//! an old board back between two reports of the new one.

use rusqlite::params;
use serde_json::Value;

use crate::domain::audit::{Event, Metadata};
use crate::domain::inventory::{Device, Hardware};
use crate::error::Result;
use crate::limits::HARDWARE_PAST_MAX;
use crate::store::audit::{self, Entry};
use crate::store::tx::WriteTx;

/// Notes the UUID that a report sent.
pub(super) fn note(tx: &WriteTx, device: &mut Device, sent: Option<Hardware>) -> Result<()> {
    let Some(sent) = sent.filter(|sent| device.hardware != Some(*sent)) else { return Ok(()) };
    if let Some(before) = device.hardware {
        // SQL: the limit is a constant number.
        let sql = format!(
            "INSERT OR IGNORE INTO device_hardware_past (device_id, hardware)
             SELECT ?1, ?2 WHERE (SELECT count(*) FROM device_hardware_past WHERE device_id = ?1) < {HARDWARE_PAST_MAX}"
        );
        tx.connection.prepare_cached(&sql)?.execute(params![device.id, before])?;
    }
    let came_again: bool = tx
        .connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM device_hardware_past WHERE device_id = ?1 AND hardware = ?2)")?
        .query_row(params![device.id, sent], |row| row.get(0))?;
    if came_again && device.two_machines_since.is_none() {
        device.two_machines_since = Some(tx.now);
        let metadata = Metadata::new().change("two_machines_since", Value::Null, tx.now.to_string());
        let entry = Entry::new(Event::DeviceUpdated, "device", &device.id, metadata);
        audit::record(tx, Entry { with_address: false, ..entry })?;
    }
    device.hardware = Some(sent);
    store(tx, device)
}

/// Begins anew, for a device that is enrolled: every other machine's key has just died. True if the machine is another than before.
pub(super) fn reset(tx: &WriteTx, device: &mut Device, sent: Option<Hardware>) -> Result<bool> {
    tx.connection.prepare_cached("DELETE FROM device_hardware_past WHERE device_id = ?1")?.execute([&device.id])?;
    let changed = device.hardware.is_some() && sent.is_some() && device.hardware != sent;
    (device.hardware, device.two_machines_since) = (sent, None);
    store(tx, device)?;
    Ok(changed)
}

fn store(tx: &WriteTx, device: &Device) -> Result<()> {
    tx.connection.prepare_cached("UPDATE device SET hardware = ?2, two_machines_since = ?3 WHERE id = ?1")?.execute(params![
        device.id,
        device.hardware,
        device.two_machines_since.map(|time| time.0)
    ])?;
    Ok(())
}
