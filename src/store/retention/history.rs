//! The history of one subject: intervals that ended, and became known to have ended, before the retention's time go.
//!
//! What a moment within that time needs stays: an interval that reaches into it, and the last run of reports before it.

use rusqlite::params;

use super::Cutoffs;
use crate::error::Result;
use crate::store::section_data;
use crate::store::tx::{Tx, WriteTx};

/// Ids after `after` of what has history, in order. Ids begin with the kind's name: `dev_`, then findings, people, services, users.
pub(super) fn subjects(tx: &Tx, after: &str, limit: usize) -> Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for sql in [
        "SELECT id FROM device WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        "SELECT id FROM finding WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        "SELECT id FROM person WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        "SELECT id FROM service WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        "SELECT id FROM user WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    ] {
        let room = limit.saturating_sub(found.len());
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![tx.tenant_id, after, room as i64], |row| row.get(0))?;
        found.extend(rows.collect::<rusqlite::Result<Vec<String>>>()?);
    }
    Ok(found)
}

/// Removes up to `room` rows of the subject; gives how many of each kind.
pub(super) fn remove(tx: &WriteTx, subject: &str, before: &Cutoffs, mut room: usize) -> Result<Vec<(&'static str, usize)>> {
    let mut removed = Vec::new();
    for (kind, sql) in BY_AGE_OF_VERDICTS {
        let rows = tx.connection.prepare_cached(sql)?.execute(params![subject, before.verdicts.0, room as i64])?;
        removed.push((kind, rows));
        room = room.saturating_sub(rows);
    }
    removed.extend(sections(tx, subject, before, room)?);
    removed.extend(retired(tx, subject, before)?);
    Ok(removed)
}

/// `?1` the subject, `?2` the age, `?3` how many rows at the most.
const BY_AGE_OF_VERDICTS: [(&str, &str); 4] = [
    (
        "verdicts",
        "DELETE FROM verdict_past WHERE (subject_id, check_id, since, recorded_at) IN (SELECT subject_id, check_id, since, recorded_at
             FROM verdict_past WHERE subject_id = ?1 AND until < ?2 AND closed_at < ?2 LIMIT ?3)",
    ),
    (
        "states",
        "DELETE FROM status_past WHERE (subject_id, since, recorded_at) IN (SELECT subject_id, since, recorded_at
             FROM status_past WHERE subject_id = ?1 AND until < ?2 AND closed_at < ?2 LIMIT ?3)",
    ),
    (
        "runs_of_reports",
        "DELETE FROM device_presence_past WHERE device_id = ?1 AND since IN (SELECT since FROM device_presence_past p
             WHERE device_id = ?1 AND until < ?2 AND EXISTS (SELECT 1 FROM device_presence_past later
                 WHERE later.device_id = ?1 AND later.since > p.since AND later.until < ?2) LIMIT ?3)",
    ),
    (
        "earlier_versions",
        "DELETE FROM record_past WHERE (record_id, since, recorded_at) IN (SELECT record_id, since, recorded_at
             FROM record_past WHERE record_id = ?1 AND until < ?2 AND closed_at < ?2 LIMIT ?3)",
    ),
];

fn sections(tx: &WriteTx, device_id: &str, before: &Cutoffs, room: usize) -> Result<Vec<(&'static str, usize)>> {
    let sql = "SELECT data_type, since, recorded_at, data_id FROM device_section_past WHERE device_id = ?1
               AND max(until, closed_at) < CASE WHEN data_type IN ('software', 'network') THEN ?2 ELSE ?3 END LIMIT ?4";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let values = params![device_id, before.software_network.0, before.verdicts.0, room as i64];
    let rows = statement
        .query_map(values, |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)))?;
    let (mut of_software_network, mut of_others) = (0, 0);
    for (data_type, since, recorded_at, data_id) in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        tx.connection
            .prepare_cached("DELETE FROM device_section_past WHERE device_id = ?1 AND data_type = ?2 AND since = ?3 AND recorded_at = ?4")?
            .execute(params![device_id, data_type, since, recorded_at])?;
        section_data::remove_unused(tx, device_id, &data_type, data_id)?;
        match data_type.as_str() {
            "software" | "network" => of_software_network += 1,
            _ => of_others += 1,
        }
    }
    Ok(vec![("software_and_network", of_software_network), ("facts", of_others)])
}

/// What a retired device said last, and what names it, go after as long as verdicts are kept: nothing is judged by it any more. Its row stays,
/// for figures of the past count it; its id takes the place of the names.
fn retired(tx: &WriteTx, subject: &str, before: &Cutoffs) -> Result<Vec<(&'static str, usize)>> {
    let values = params![subject, before.verdicts.0];
    let sql = "UPDATE device SET serial_number = id, device_name = id, reported_name = id, user_id = NULL, tags = '[]', hardware = NULL,
                   two_machines_since = NULL WHERE id = ?1 AND retired_at < ?2 AND serial_number <> id";
    let unnamed = tx.connection.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM device_section WHERE device_id = (SELECT id FROM device WHERE id = ?1 AND retired_at < ?2)
               AND NOT EXISTS (SELECT 1 FROM device_section_past WHERE device_id = ?1) RETURNING data_id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let ids = statement.query_map(values, |row| row.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    for id in &ids {
        tx.connection.prepare_cached("DELETE FROM section_data WHERE id = ?1")?.execute([id])?;
    }
    let sql = "DELETE FROM device_hardware_past WHERE device_id = (SELECT id FROM device WHERE id = ?1 AND retired_at < ?2)";
    tx.connection.prepare_cached(sql)?.execute(values)?;
    Ok(vec![("retired_devices", unnamed), ("facts", ids.len())])
}
