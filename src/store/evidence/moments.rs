//! The moments at which what was known of a subject changed, and a walk through them.

use std::collections::BTreeSet;

use rusqlite::params;

use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::WALK_STEPS_MAX;
use crate::store::tx::Tx;

/// When something became known of a device in `from..=to`, oldest first: its record, sections, a run of reports, its owner's account, its end.
pub fn device_moments(tx: &Tx, id: &str, from: Time, to: Time) -> Result<BTreeSet<Time>> {
    let own = "SELECT created_at FROM device WHERE id = ?1 AND tenant_id = ?2
         UNION ALL SELECT recorded_at FROM device WHERE id = ?1 AND tenant_id = ?2
         UNION ALL SELECT present_since FROM device WHERE id = ?1 AND tenant_id = ?2 AND present_since IS NOT NULL
         UNION ALL SELECT retired_at FROM device WHERE id = ?1 AND tenant_id = ?2 AND retired_at IS NOT NULL";
    let runs = "SELECT since FROM device_presence_past WHERE device_id = ?1 AND ?2 = ?2
         UNION ALL SELECT recorded_at FROM device_section WHERE device_id = ?1
         UNION ALL SELECT recorded_at FROM device_section_past WHERE device_id = ?1
         UNION ALL SELECT closed_at FROM device_section_past WHERE device_id = ?1";
    let owner = "SELECT since FROM user WHERE tenant_id = ?2 AND id IN (
             SELECT user_id FROM device WHERE id = ?1 UNION SELECT data ->> 'user_id' FROM record_past WHERE record_id = ?1)";
    let owners = "SELECT user_id FROM device WHERE id = ?1 UNION SELECT data ->> 'user_id' FROM record_past WHERE record_id = ?1";
    moments(tx, &[own, runs, VERSIONS, owner, &versions_of(owners)], id, from, to)
}

/// When something became known of a service in `from..=to`, oldest first: its record, its owner's account, its end.
pub fn service_moments(tx: &Tx, id: &str, from: Time, to: Time) -> Result<BTreeSet<Time>> {
    let own = "SELECT created_at FROM service WHERE id = ?1 AND tenant_id = ?2
         UNION ALL SELECT recorded_at FROM service WHERE id = ?1 AND tenant_id = ?2
         UNION ALL SELECT retired_at FROM service WHERE id = ?1 AND tenant_id = ?2 AND retired_at IS NOT NULL";
    let owner = "SELECT since FROM user WHERE tenant_id = ?2 AND id IN (
             SELECT owner_id FROM service WHERE id = ?1 UNION SELECT data ->> 'owner_id' FROM record_past WHERE record_id = ?1)";
    let owners = "SELECT owner_id FROM service WHERE id = ?1 UNION SELECT data ->> 'owner_id' FROM record_past WHERE record_id = ?1";
    moments(tx, &[own, VERSIONS, owner, &versions_of(owners)], id, from, to)
}

/// When earlier versions of a record became known, and when they were known no more: where the clock was set back meanwhile, the next one
/// began before the end of this one, and nothing but that end tells when it took over.
const VERSIONS: &str = "SELECT recorded_at FROM record_past WHERE record_id = ?1 AND tenant_id = ?2
     UNION ALL SELECT closed_at FROM record_past WHERE record_id = ?1 AND tenant_id = ?2";

/// The same of the records that `ids`, a query of ours, finds.
fn versions_of(ids: &str) -> String {
    // SQL: a constant of this file; all values are bound.
    format!(
        "SELECT recorded_at FROM record_past WHERE tenant_id = ?2 AND record_id IN ({ids})
         UNION ALL SELECT closed_at FROM record_past WHERE tenant_id = ?2 AND record_id IN ({ids})"
    )
}

/// When other settings or another catalogue came into force in `from..=to`, oldest first.
pub fn judging_moments(tx: &Tx, from: Time, to: Time) -> Result<BTreeSet<Time>> {
    let settings = "SELECT since FROM settings_version WHERE tenant_id = ?2 AND ?1 = ?1";
    let catalogues = "SELECT since FROM catalogue_version WHERE ?1 = ?1 AND ?2 = ?2";
    moments(tx, &[settings, catalogues], "", from, to)
}

/// What the queries find in `from..=to`; each has one column of times.
fn moments(tx: &Tx, queries: &[&str], id: &str, from: Time, to: Time) -> Result<BTreeSet<Time>> {
    let mut found = BTreeSet::new();
    for sql in queries {
        let mut statement = tx.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![id, tx.tenant_id])?;
        while let Some(row) = rows.next()? {
            let moment = Time(row.get(0)?);
            if (from..=to).contains(&moment) {
                found.insert(moment);
            }
        }
    }
    Ok(found)
}

/// Calls `step` at `from`, at each of `moments` and at each moment that `step` itself names as the next at which time alone changes
/// something, in order, up to `to`. At its end `step` has seen every state that held for at least a second.
pub fn walk(
    from: Time,
    to: Time,
    moments: impl IntoIterator<Item = Time>,
    mut step: impl FnMut(Time) -> Result<Option<Time>>,
) -> Result<()> {
    let known: BTreeSet<Time> = moments.into_iter().filter(|moment| (from..=to).contains(moment)).collect();
    let mut at = from;
    for _ in 0..WALK_STEPS_MAX {
        // What lies in the past can't come.
        let by_time = step(at)?.filter(|moment| *moment > at);
        let next = known.range(at.plus_seconds(1)..).next().copied();
        match crate::domain::earlier(by_time, next).filter(|moment| *moment <= to) {
            Some(moment) => at = moment,
            None => return Ok(()),
        }
    }
    Err(Error::internal(format!("a history with more than {WALK_STEPS_MAX} moments")))
}
