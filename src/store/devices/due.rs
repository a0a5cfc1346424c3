//! What falls due for many devices: changes by time alone, and an owner whose account changes.

use rusqlite::params;

use super::judge::{Evidence, judge_from, settle};
use super::report::log_verdicts;
use super::{COLUMNS, find, from_row};
use crate::domain::inventory::Device;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::{JUDGE_RETRY_SECONDS, SETTLE_DEVICES_MAX};
use crate::store::sections;
use crate::store::tx::{Actor, Root, WriteRoot, WriteTx};

/// When the next device falls due.
pub fn next_due(root: &Root) -> Result<Option<Time>> {
    let next: Option<i64> = root
        .connection
        .prepare_cached("SELECT min(changes_at) FROM device WHERE changes_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(next.map(Time))
}

/// Brings some of the devices that are due up to date, and says how many that were.
pub fn apply_due(root: &WriteRoot) -> Result<usize> {
    // SQL: COLUMNS is a constant list of names, the limit a constant number.
    let sql = format!(
        "SELECT {COLUMNS}, d.tenant_id AS tenant_id FROM device d WHERE d.changes_at <= ?1 ORDER BY d.changes_at LIMIT {SETTLE_DEVICES_MAX}"
    );
    let mut statement = root.connection.prepare_cached(&sql)?;
    let due: Vec<(Device, String)> =
        statement.query_map([root.now.0], |row| Ok((from_row(row)?, row.get("tenant_id")?)))?.collect::<rusqlite::Result<_>>()?;
    let count = due.len();
    for (mut device, tenant_id) in due {
        settle_alone(&root.tenant_write(&tenant_id, Actor::system()), &mut device)?;
    }
    Ok(count)
}

/// Settles a device within a savepoint of its own. One that can't be judged, which takes a damaged file, must not hold up all others: it
/// is tried again later.
fn settle_alone(tx: &WriteTx, device: &mut Device) -> Result<()> {
    tx.connection.execute_batch("SAVEPOINT one_device")?;
    let settled = sections::present(tx, &device.id).and_then(|present| settle(tx, device, &present));
    if let Err(error) = settled {
        tracing::error!(%error, device = %device.id, "a device could not be judged; it will be tried again later");
        tx.connection.execute_batch("ROLLBACK TO one_device")?;
        tx.connection
            .prepare_cached("UPDATE device SET changes_at = ?2 WHERE id = ?1")?
            .execute(params![device.id, tx.now.plus_seconds(JUDGE_RETRY_SECONDS).0])?;
    }
    tx.connection.execute_batch("RELEASE one_device")?;
    Ok(())
}

/// Settles the device called `id`, if it is in the inventory and due.
pub(in crate::store) fn settle_one(tx: &WriteTx, id: &str) -> Result<()> {
    match find(tx, id)?.filter(|device| device.retired.is_none()) {
        Some(mut device) => settle(tx, &mut device, &sections::present(tx, id)?),
        None => Ok(()),
    }
}

/// Runs `change`, which disables or enables the account of `user_id`, and judges the devices of this owner by it at once.
pub fn with_owner_change(tx: &WriteTx, user_id: &str, change: impl FnOnce() -> Result<()>) -> Result<()> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM device d WHERE d.user_id = ?1 AND d.tenant_id = ?2 AND d.retired_at IS NULL");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut owned: Vec<Device> = statement.query_map(params![user_id, tx.tenant_id], from_row)?.collect::<rusqlite::Result<_>>()?;
    for device in &mut owned {
        // What was due before still had the owner's account as it was.
        settle(tx, device, &sections::present(tx, &device.id)?)?;
    }
    change()?;
    for device in &mut owned {
        let evidence = Evidence::load(tx, device, &sections::present(tx, &device.id)?)?;
        let (status_before, confirmed_until) = (device.compliance_status, device.collected_at.unwrap_or(tx.now));
        let outcome = judge_from(tx, device, &evidence, tx.now, confirmed_until)?;
        log_verdicts(tx, device, &outcome, status_before, true)?;
    }
    Ok(())
}
