//! The appliance walks through its own audit chains, each twice a day and each time from its begin: damage to old entries is damage too.

use rusqlite::{OptionalExtension, params};

use super::audit::APPLIANCE_CHAIN;
use super::audit_verify::Walk;
use super::tx::{Actor, Root, Tx, WriteTx};
use super::{Store, retention};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::AUDIT_CHECK_SECONDS;

/// A walk that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheck {
    /// When it began: it saw everything written before.
    pub checked_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// Entries that hold, up to the first that does not.
    pub entries: u64,
    /// Number of the first entry that does not hold.
    pub broken_seq: Option<i64>,
}

/// The last walk through the tenant's chain that had ended by `at`.
pub fn last(tx: &Tx, at: Time) -> Result<Option<AuditCheck>> {
    let sql = "SELECT checked_at, finished_at, entries, broken_seq FROM audit_check WHERE chain = ?1 AND finished_at <= ?2
               ORDER BY checked_at DESC LIMIT 1";
    let found = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, at.0], |row| {
        Ok(AuditCheck {
            checked_at: Time(row.get(0)?),
            finished_at: Time(row.get(1)?),
            entries: row.get::<_, i64>(2)?.unsigned_abs(),
            broken_seq: row.get(3)?,
        })
    });
    Ok(found.optional()?)
}

/// Walks through whatever chain is due, a few hundred entries at a time; what is half walked is kept in it. After a restart the walk begins
/// anew.
#[derive(Debug, Default)]
pub struct ChainChecker {
    walking: Option<Walking>,
}

#[derive(Debug)]
struct Walking {
    walk: Walk,
    checked_at: Time,
}

impl ChainChecker {
    /// Looks at the next entries; false when nothing is due.
    pub fn advance(&mut self, store: &Store, now: Time) -> Result<bool> {
        let Some(mut walking) = self.walking.take() else {
            self.walking = store.read_root(now, begin)?;
            return Ok(self.walking.is_some());
        };
        let goes_on = store.read_root(now, |root| walking.walk.chunk(root.connection))?;
        if goes_on {
            self.walking = Some(walking);
            return Ok(true);
        }
        // When the retention removed entries meanwhile, the walk begins anew behind them.
        if walking.walk.found.broken.is_some() && store.read_root(now, |root| walking.walk.lost_its_begin(root.connection))? {
            return Ok(true);
        }
        if let Some(broken) = &walking.walk.found.broken {
            tracing::error!(chain = %walking.walk.chain, seq = broken.seq, reason = %broken.reason, "the audit log does not hold");
        }
        let chain = walking.walk.chain.clone();
        store.write(&chain, &Actor::system(), now, move |tx| keep(tx, &walking))?;
        Ok(true)
    }
}

/// The walk that is due longest.
fn begin(root: &Root) -> Result<Option<Walking>> {
    let sql = "SELECT chain FROM (SELECT c.chain, (SELECT max(checked_at) FROM audit_check a WHERE a.chain = c.chain) AS last
                   FROM (SELECT id AS chain FROM tenant UNION ALL SELECT ?1) c)
               WHERE last IS NULL OR last > ?2 OR ?2 - last >= ?3 ORDER BY last, chain LIMIT 1";
    let values = params![APPLIANCE_CHAIN, root.now.0, AUDIT_CHECK_SECONDS];
    let due: Option<String> = root.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    due.map(|chain| Ok(Walking { walk: Walk::new(root.connection, &chain)?, checked_at: root.now })).transpose()
}

/// Keeps what was found, as long as the log itself.
fn keep(tx: &WriteTx, walking: &Walking) -> Result<()> {
    let found = &walking.walk.found;
    let entries = i64::try_from(found.entries).unwrap_or(i64::MAX);
    let broken_seq = found.broken.as_ref().map(|broken| broken.seq);
    // One that claims to have been in the future is from a clock that was ahead, and would hide all to come.
    tx.connection
        .prepare_cached("DELETE FROM audit_check WHERE chain = ?1 AND checked_at >= ?2")?
        .execute(params![tx.tenant_id, tx.now.0])?;
    let sql = "INSERT OR REPLACE INTO audit_check (chain, checked_at, finished_at, entries, broken_seq) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![tx.tenant_id, walking.checked_at.0, tx.now.0, entries, broken_seq];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    if let Some(retention) = retention::in_force(tx)? {
        let before = crate::domain::settings::months_before(tx.now, retention.audit_log_months);
        let sql = "DELETE FROM audit_check WHERE chain = ?1 AND checked_at < ?2";
        tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, before.0])?;
    }
    Ok(())
}
