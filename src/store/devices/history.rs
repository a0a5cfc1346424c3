//! The past of a device: what it was at a moment; and every change of the status and checks of a device or service.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::{Device, find, with_version};
use crate::domain::compliance::Status;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::RUN_GAP_SECONDS;
use crate::store::tx::Tx;
use crate::store::word::word;

/// The device as it was known at `at`; not found before it was known or after it was retired.
pub fn at(tx: &Tx, id: &str, at: Time) -> Result<Device> {
    let device = find(tx, id)?.filter(|device| belonged(device, at));
    as_of(tx, device.ok_or_else(|| Error::not_found("Device"))?, at)
}

/// Whether `device` was known and not retired at `at`.
fn belonged(device: &Device, at: Time) -> bool {
    device.created_at <= at && device.retired.is_none_or(|(retired_at, _)| retired_at > at)
}

/// The device with the values that were known at `at`, a moment at which it was in the inventory.
pub(super) fn as_of(tx: &Tx, mut device: Device, at: Time) -> Result<Device> {
    if device.recorded_at > at
        && let Some((data, _)) = version_at(tx, &device.id, at)?
    {
        device = with_version(device, &data);
    }
    if device.status_recorded_at > at || device.retired.is_some() {
        // Of a retired device the last status is closed like all others.
        if let Some((status, since)) = status_at(tx, &device.id, at)? {
            (device.compliance_status, device.status_since) = (status, since);
        }
    }
    device.last_seen = last_seen_at(tx, &device, at)?;
    device.two_machines_since = device.two_machines_since.filter(|since| *since <= at);
    device.retired = None;
    Ok(device)
}

/// What a record held at `at`, and when that was recorded, if it was replaced since.
pub(in crate::store) fn version_at(tx: &Tx, id: &str, at: Time) -> Result<Option<(Value, Time)>> {
    Ok(tx
        .connection
        .prepare_cached(
            "SELECT data, recorded_at FROM record_past WHERE record_id = ?1 AND tenant_id = ?2 AND recorded_at <= ?3 AND closed_at > ?3
             ORDER BY recorded_at DESC LIMIT 1",
        )?
        .query_row(params![id, tx.tenant_id, at.0], |row| Ok((row.get(0)?, Time(row.get(1)?))))
        .optional()?)
}

/// The status of a subject at `at` and since when, if it is over since.
pub(in crate::store) fn status_at(tx: &Tx, id: &str, at: Time) -> Result<Option<(Status, Time)>> {
    Ok(tx
        .connection
        .prepare_cached(
            "SELECT status, since FROM status_past WHERE subject_id = ?1 AND tenant_id = ?2 AND recorded_at <= ?3 AND closed_at > ?3
             ORDER BY recorded_at DESC LIMIT 1",
        )?
        .query_row(params![id, tx.tenant_id, at.0], |row| Ok((word(row, 0, Status::parse)?, Time(row.get(1)?))))
        .optional()?)
}

/// The last report up to `at`. Within a run of reports single ones are not kept: the answer is then up to a day too early, never too late.
fn last_seen_at(tx: &Tx, device: &Device, at: Time) -> Result<Option<Time>> {
    if device.last_seen.is_some_and(|last| last <= at) {
        return Ok(device.last_seen);
    }
    let within_run = |since: Time| since.max(at.plus_seconds(-RUN_GAP_SECONDS));
    if let Some(since) = device.present_since.filter(|since| *since <= at) {
        return Ok(Some(within_run(since)));
    }
    let run: Option<(i64, i64)> = tx
        .connection
        .prepare_cached("SELECT since, until FROM device_presence_past WHERE device_id = ?1 AND since <= ?2 ORDER BY since DESC LIMIT 1")?
        .query_row(params![device.id, at.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(run.map(|(since, until)| if until <= at.0 { Time(until) } else { within_run(Time(since)) }))
}

/// A time in which the status or a check of a device or service stood in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryItem {
    /// The check; `None` for the subject's status.
    pub check_id: Option<String>,
    /// What it was.
    pub status: String,
    /// Begin.
    pub since: Time,
    /// End; `None` while it lasts.
    pub until: Option<Time>,
    /// The last report that confirmed it, for intervals that have ended.
    pub confirmed_until: Option<Time>,
    /// When the appliance learned of it.
    pub recorded_at: Time,
    /// What was seen, as JSON text; `None` where nothing was.
    pub observed: Option<String>,
    /// It fills a gap from a report that came late.
    pub late: bool,
}

/// The intervals of one subject that touch ?3..?4: present and past verdicts, past statuses and the present one.
pub(super) const INTERVALS: &str = "SELECT check_id, status, since, until, confirmed_until, recorded_at, observed, late FROM (
         SELECT check_id, status, since, NULL AS until, NULL AS confirmed_until, recorded_at, observed, 0 AS late
             FROM verdict WHERE subject_id = ?1 AND tenant_id = ?2
         UNION ALL
         SELECT check_id, status, since, until, confirmed_until, recorded_at, observed, late
             FROM verdict_past WHERE subject_id = ?1 AND tenant_id = ?2
         UNION ALL
         SELECT NULL, status, since, until, NULL, recorded_at, NULL, 0 FROM status_past WHERE subject_id = ?1 AND tenant_id = ?2
         UNION ALL
         SELECT NULL, compliance_status, status_since, NULL, NULL, status_recorded_at, NULL, 0
             FROM device WHERE id = ?1 AND tenant_id = ?2 AND retired_at IS NULL
         UNION ALL
         SELECT NULL, status, status_since, NULL, NULL, status_recorded_at, NULL, 0
             FROM service WHERE id = ?1 AND tenant_id = ?2 AND retired_at IS NULL)
     WHERE since < ?4 AND (until IS NULL OR until > since AND until > ?3)";

/// A page of the intervals of status and checks that touch `from..until`, newest first, and how many there are in all. A status with another
/// observed value is an interval of its own. What was replaced before it held, because an earlier change became known later, is left out.
pub fn history(tx: &Tx, id: &str, from: Time, until: Time, skip: i64, limit: i64) -> Result<(Vec<HistoryItem>, u64)> {
    let sql = format!("SELECT count(*) FROM ({INTERVALS})");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id, from.0, until.0], |row| row.get(0))?;
    let sql = format!("{INTERVALS} ORDER BY since DESC, check_id IS NOT NULL, check_id, recorded_at DESC LIMIT ?5 OFFSET ?6");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![id, tx.tenant_id, from.0, until.0, limit, skip], |row| {
        Ok(HistoryItem {
            check_id: row.get(0)?,
            status: row.get(1)?,
            since: Time(row.get(2)?),
            until: row.get::<_, Option<i64>>(3)?.map(Time),
            confirmed_until: row.get::<_, Option<i64>>(4)?.map(Time),
            recorded_at: Time(row.get(5)?),
            observed: row.get(6)?,
            late: row.get(7)?,
        })
    })?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}
