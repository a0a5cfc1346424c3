//! The past of a device: what it was at a moment, and every change of its status and checks.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::{Device, find, with_version};
use crate::domain::compliance::Status;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::HISTORY_ITEMS_MAX;
use crate::store::tx::Tx;
use crate::store::word::word;

/// The device as it was known at `at`; not found before it was known or after it was retired.
pub fn at(tx: &Tx, id: &str, at: Time) -> Result<Device> {
    let device = find(tx, id)?.filter(|device| device.first_seen <= at && device.retired.is_none_or(|(retired_at, _)| retired_at > at));
    let mut device = device.ok_or_else(|| Error::not_found("Device"))?;
    if let Some(data) = version_at(tx, id, at)? {
        device = with_version(device, &data);
    }
    if device.status_since > at || device.status_recorded_at > at || device.retired.is_some() {
        let status = status_at(tx, id, at)?;
        (device.compliance_status, device.status_since) = status.unwrap_or((Status::Unknown, device.first_seen));
    }
    device.last_seen = last_seen_at(tx, &device, at)?;
    Ok(device)
}

fn version_at(tx: &Tx, id: &str, at: Time) -> Result<Option<Value>> {
    Ok(tx
        .connection
        .prepare_cached(
            "SELECT data FROM record_past
             WHERE record_id = ?1 AND tenant_id = ?2 AND since <= ?3 AND recorded_at <= ?3 AND (until > ?3 OR closed_at > ?3)
             ORDER BY since DESC LIMIT 1",
        )?
        .query_row(params![id, tx.tenant_id, at.0], |row| row.get(0))
        .optional()?)
}

fn status_at(tx: &Tx, id: &str, at: Time) -> Result<Option<(Status, Time)>> {
    Ok(tx
        .connection
        .prepare_cached(
            "SELECT status, since FROM status_past
             WHERE subject_id = ?1 AND since <= ?2 AND recorded_at <= ?2 AND (until > ?2 OR closed_at > ?2) ORDER BY since DESC LIMIT 1",
        )?
        .query_row(params![id, at.0], |row| Ok((word(row, 0, Status::parse)?, Time(row.get(1)?))))
        .optional()?)
}

/// The last report up to `at`. Within a run of reports single ones are not kept: the answer is then at most a day too early, never too
/// late.
fn last_seen_at(tx: &Tx, device: &Device, at: Time) -> Result<Option<Time>> {
    if device.last_seen.is_some_and(|last| last <= at) {
        return Ok(device.last_seen);
    }
    if let Some(since) = device.present_since.filter(|since| *since <= at) {
        return Ok(Some(since.max(at.plus_days(-1))));
    }
    let run: Option<(i64, i64)> = tx
        .connection
        .prepare_cached("SELECT since, until FROM device_presence_past WHERE device_id = ?1 AND since <= ?2 ORDER BY since DESC LIMIT 1")?
        .query_row(params![device.id, at.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(run.map(|(since, until)| if until <= at.0 { Time(until) } else { Time(since.max(at.plus_days(-1).0)) }))
}

/// A change in the past of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryItem {
    /// The check; `None` for the device's status.
    pub check_id: Option<String>,
    /// What it became.
    pub status: String,
    /// Begin.
    pub since: Time,
    /// End; `None` while it lasts.
    pub until: Option<Time>,
    /// The last report that confirmed it, for intervals that have ended.
    pub confirmed_until: Option<Time>,
    /// When the appliance learned of it.
    pub recorded_at: Time,
    /// What was seen.
    pub observed: Value,
    /// It fills a gap from a report that came late.
    pub late: bool,
}

/// Every interval of status and checks that touches `from..until`, newest first, at most [`HISTORY_ITEMS_MAX`].
pub fn history(tx: &Tx, id: &str, from: Time, until: Time) -> Result<Vec<HistoryItem>> {
    let device = find(tx, id)?.ok_or_else(|| Error::not_found("Device"))?;
    let mut statement = tx.connection.prepare_cached(
        "SELECT check_id, status, since, until, confirmed_until, recorded_at, observed, late FROM (
             SELECT check_id, status, since, NULL AS until, NULL AS confirmed_until, recorded_at, observed, 0 AS late
                 FROM verdict WHERE subject_id = ?1 AND tenant_id = ?2
             UNION ALL
             SELECT check_id, status, since, until, confirmed_until, recorded_at, observed, late
                 FROM verdict_past WHERE subject_id = ?1 AND tenant_id = ?2
             UNION ALL
             SELECT NULL, status, since, until, NULL, recorded_at, NULL, 0 FROM status_past WHERE subject_id = ?1 AND tenant_id = ?2)
         WHERE since < ?4 AND coalesce(until, ?4) > ?3
         ORDER BY since DESC, check_id IS NOT NULL, check_id, recorded_at DESC LIMIT ?5",
    )?;
    let rows = statement.query_map(params![id, tx.tenant_id, from.0, until.0, HISTORY_ITEMS_MAX], |row| {
        Ok(HistoryItem {
            check_id: row.get(0)?,
            status: row.get(1)?,
            since: Time(row.get(2)?),
            until: row.get::<_, Option<i64>>(3)?.map(Time),
            confirmed_until: row.get::<_, Option<i64>>(4)?.map(Time),
            recorded_at: Time(row.get(5)?),
            observed: row.get::<_, Option<Value>>(6)?.unwrap_or(Value::Null),
            late: row.get(7)?,
        })
    })?;
    let mut items: Vec<HistoryItem> = rows.collect::<rusqlite::Result<_>>()?;
    if device.retired.is_none() && device.status_since < until {
        let present = HistoryItem {
            check_id: None,
            status: device.compliance_status.as_str().to_owned(),
            since: device.status_since,
            until: None,
            confirmed_until: None,
            recorded_at: device.status_recorded_at,
            observed: Value::Null,
            late: false,
        };
        let place = items.iter().position(|item| item.since <= present.since).unwrap_or(items.len());
        items.insert(place, present);
    }
    Ok(items)
}
