//! Judging a device: from its present facts to verdict intervals and status, and what time alone changes, at its exact moment.

use rusqlite::params;
use serde_json::{Map, Value};

use super::from_row;
use crate::domain::check::Subject;
use crate::domain::compliance::{CheckStanding, StatusInputs, judge, subject_status};
use crate::domain::device::{DataType, Source};
use crate::domain::facts::{DeviceFacts, Facts, Section};
use crate::domain::inventory::{Device, Verdict};
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::{SETTLE_DEVICES_MAX, SETTLE_STEPS_MAX};
use crate::store::sections::{self, Present};
use crate::store::settings::{self, Version};
use crate::store::tx::{Actor, Root, Tx, WriteRoot, WriteTx};
use crate::store::verdicts::{self, Change, Moment, StatusEnd};

/// The sections that judgements rest on.
pub(super) struct Judged {
    pub(super) security: Option<(Map<String, Value>, Time)>,
    pub(super) software: Option<(Map<String, Value>, Time)>,
    pub(super) source: Option<Source>,
}

impl Judged {
    /// Reads them from the store.
    pub(super) fn load(tx: &Tx, present: &[Present]) -> Result<Judged> {
        let find = |data_type| present.iter().find(|section| section.data_type == data_type);
        let read = |section: Option<&Present>| -> Result<Option<_>> {
            section.map(|section| Ok((sections::content(tx, section)?, section.confirmed_until))).transpose()
        };
        let security = find(DataType::Security);
        Ok(Judged { security: read(security)?, software: read(find(DataType::Software))?, source: security.map(|section| section.source) })
    }
}

/// When what is judged holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Begin of new intervals and end of old ones.
    pub(super) since: Time,
    /// Until when the old intervals had been confirmed.
    pub(super) confirmed_until: Time,
}

/// What judging gave.
pub(super) struct Outcome {
    /// The verdicts, in the catalogue's order.
    pub(super) verdicts: Vec<Verdict>,
    /// Which of them changed.
    pub(super) changes: Vec<Change>,
    /// Whether the status changed.
    pub(super) status_changed: bool,
}

/// Judges `device` at `tx.now` and stores verdicts, status and `changes_at`.
pub(super) fn judge_device(tx: &WriteTx, device: &mut Device, facts: &Judged, version: &Version, span: Span) -> Result<Outcome> {
    let core = DeviceFacts {
        serial_number: &device.serial_number,
        device_name: &device.device_name,
        device_type: device.device_type,
        os_type: device.os_type,
        os_version: device.os_version.as_deref(),
        os_distribution: device.os_distribution.as_deref(),
        os_edition: device.os_edition.as_deref(),
        last_seen: device.last_seen,
        user_id: device.user_id.as_deref(),
        owner_active: owner_active(tx, device)?,
        ownership: device.ownership,
        headless: device.headless.unwrap_or(false),
        tags: &device.tags,
        security: facts.security.as_ref().map(|(data, confirmed_at)| Section { data, confirmed_at: *confirmed_at }),
        software: facts.software.as_ref().map(|(data, confirmed_at)| Section { data, confirmed_at: *confirmed_at }),
    };
    let judgement = judge(&version.checks, Subject::Device, &Facts::of_device(&core), tx.now);
    let moment = Moment { since: span.since, recorded_at: tx.now, confirmed_until: span.confirmed_until, source: facts.source };
    let (verdicts, changes) = verdicts::apply(tx, &device.id, &judgement.verdicts, moment)?;
    let standings: Vec<CheckStanding> = verdicts
        .iter()
        .map(|verdict| CheckStanding { check_id: &verdict.check_id, status: verdict.status, since: verdict.since })
        .collect();
    let inputs = StatusInputs { subject: Subject::Device, checks: &standings, last_seen: device.last_seen, review_due_on: None };
    let outcome = subject_status(&version.checks, &inputs, tx.now);
    let later_settings = settings::next_change(tx, tx.now)?;
    device.changes_at = [judgement.changes_at, outcome.changes_at, later_settings].into_iter().flatten().min();
    let status_changed = outcome.status != device.compliance_status;
    if status_changed {
        let since = span.since.max(device.status_since);
        verdicts::close_status(
            tx,
            &StatusEnd {
                subject_id: &device.id,
                status: device.compliance_status.as_str(),
                since: device.status_since,
                recorded_at: device.status_recorded_at,
                until: since,
                closed_at: tx.now,
            },
        )?;
        device.compliance_status = outcome.status;
        device.status_since = since;
        device.status_recorded_at = tx.now;
    }
    store_status(tx, device)?;
    Ok(Outcome { verdicts, changes, status_changed })
}

fn store_status(tx: &WriteTx, device: &Device) -> Result<()> {
    tx.connection
        .prepare_cached(
            "UPDATE device SET compliance_status = ?2, status_since = ?3, status_recorded_at = ?4, changes_at = ?5 WHERE id = ?1",
        )?
        .execute(params![
            device.id,
            device.compliance_status.as_str(),
            device.status_since.0,
            device.status_recorded_at.0,
            device.changes_at.map(|time| time.0),
        ])?;
    Ok(())
}

fn owner_active(tx: &Tx, device: &Device) -> Result<Option<bool>> {
    let Some(user_id) = &device.user_id else { return Ok(None) };
    let active = tx
        .connection
        .prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| row.get(0))?;
    Ok(Some(active))
}

/// Applies to `device` what time alone changed up to now, each change at its exact moment under the settings of that moment.
pub(super) fn settle(tx: &WriteTx, device: &mut Device) -> Result<()> {
    if device.changes_at.is_none_or(|moment| moment > tx.now) {
        return Ok(());
    }
    let facts = Judged::load(tx, &sections::present(tx, &device.id)?)?;
    for _ in 0..SETTLE_STEPS_MAX {
        let Some(moment) = device.changes_at.filter(|moment| *moment <= tx.now) else { break };
        let then = tx.at(moment);
        let version = settings::at(tx, moment)?;
        let span = Span { since: moment, confirmed_until: device.last_seen.unwrap_or(moment) };
        judge_device(&then, device, &facts, &version, span)?;
    }
    Ok(())
}

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
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {}, d.tenant_id FROM device d WHERE d.changes_at <= ?1 ORDER BY d.changes_at LIMIT {SETTLE_DEVICES_MAX}",
        super::COLUMNS
    );
    let mut statement = root.connection.prepare_cached(&sql)?;
    let due: Vec<(Device, String)> =
        statement.query_map([root.now.0], |row| Ok((from_row(row)?, row.get(27)?)))?.collect::<rusqlite::Result<_>>()?;
    let count = due.len();
    for (mut device, tenant_id) in due {
        settle(&root.tenant_write(&tenant_id, Actor::system()), &mut device)?;
    }
    Ok(count)
}
