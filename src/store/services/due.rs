//! What falls due for many services: changes by time alone, and an owner whose account changes.

use rusqlite::params;

use super::change::log_update;
use super::judge::{judge_now, settle};
use super::{COLUMNS, find, from_row};
use crate::domain::audit::Metadata;
use crate::domain::service::Service;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::{JUDGE_RETRY_SECONDS, SETTLE_SERVICES_MAX};
use crate::store::tx::{Actor, Root, WriteRoot, WriteTx};

/// When the next service falls due.
pub fn next_due(root: &Root) -> Result<Option<Time>> {
    let next: Option<i64> = root
        .connection
        .prepare_cached("SELECT min(changes_at) FROM service WHERE changes_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(next.map(Time))
}

/// Brings some of the services that are due up to date, and says how many that were.
pub fn apply_due(root: &WriteRoot) -> Result<usize> {
    // SQL: COLUMNS is a constant list of names, the limit a constant number.
    let sql = format!(
        "SELECT {COLUMNS}, s.tenant_id AS tenant_id FROM service s WHERE s.changes_at <= ?1 ORDER BY s.changes_at LIMIT {SETTLE_SERVICES_MAX}"
    );
    let mut statement = root.connection.prepare_cached(&sql)?;
    let due: Vec<(Service, String)> =
        statement.query_map([root.now.0], |row| Ok((from_row(row)?, row.get("tenant_id")?)))?.collect::<rusqlite::Result<_>>()?;
    let count = due.len();
    for (mut service, tenant_id) in due {
        settle_alone(&root.tenant_write(&tenant_id, Actor::system()), &mut service)?;
    }
    Ok(count)
}

/// Settles a service within a savepoint of its own. One that can't be judged, which takes a damaged file, must not hold up all others: it
/// is tried again later.
fn settle_alone(tx: &WriteTx, service: &mut Service) -> Result<()> {
    tx.connection.execute_batch("SAVEPOINT one_service")?;
    if let Err(error) = settle(tx, service) {
        tracing::error!(%error, service = %service.id, "a service could not be judged; it will be tried again later");
        tx.connection.execute_batch("ROLLBACK TO one_service")?;
        tx.connection
            .prepare_cached("UPDATE service SET changes_at = ?2 WHERE id = ?1")?
            .execute(params![service.id, tx.now.plus_seconds(JUDGE_RETRY_SECONDS).0])?;
    }
    tx.connection.execute_batch("RELEASE one_service")?;
    Ok(())
}

/// Settles the service called `id`, if it is in the inventory and due.
pub(in crate::store) fn settle_one(tx: &WriteTx, id: &str) -> Result<()> {
    match find(tx, id)?.filter(|service| service.retired_at.is_none()) {
        Some(mut service) => settle(tx, &mut service),
        None => Ok(()),
    }
}

/// Runs `change`, which disables or enables the account of `user_id`, and judges the services of this owner by it at once.
pub fn with_owner_change(tx: &WriteTx, user_id: &str, change: impl FnOnce() -> Result<()>) -> Result<()> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM service s WHERE s.owner_id = ?1 AND +s.tenant_id = ?2 AND s.retired_at IS NULL");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut owned: Vec<Service> = statement.query_map(params![user_id, tx.tenant_id], from_row)?.collect::<rusqlite::Result<_>>()?;
    for service in &mut owned {
        // What was due before still had the owner's account as it was.
        settle(tx, service)?;
    }
    change()?;
    let active: bool =
        tx.connection.prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1")?.query_row([user_id], |row| row.get(0))?;
    for service in &mut owned {
        let status_before = service.status;
        judge_now(tx, service)?;
        log_update(tx, service, status_before, Metadata::new().change("owner_active", !active, active))?;
    }
    Ok(())
}
