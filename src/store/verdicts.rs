//! Verdict intervals: the present one of each subject and check, and the closed ones before it.

use rusqlite::params;
use serde_json::Value;

use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::compliance::{CheckStatus, CheckVerdict};
use crate::domain::device::Source;
use crate::domain::inventory::Verdict;
use crate::domain::time::Time;
use crate::error::Result;

/// When a change of verdicts holds and what it rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Begin of new intervals and end of old ones.
    pub(super) since: Time,
    /// When the appliance learned of it.
    pub(super) recorded_at: Time,
    /// Until when the old intervals had been confirmed.
    pub(super) confirmed_until: Time,
    /// Whose facts.
    pub(super) source: Option<Source>,
}

/// A verdict that became another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) check_id: String,
    pub(super) old: Option<CheckStatus>,
    pub(super) new: Option<CheckStatus>,
}

/// The present verdicts on a subject, by check id.
pub fn present(tx: &Tx, subject_id: &str) -> Result<Vec<Verdict>> {
    let mut statement =
        tx.connection.prepare_cached("SELECT check_id, status, since, observed, reason FROM verdict WHERE subject_id = ?1")?;
    let rows = statement.query_map([subject_id], |row| {
        Ok(Verdict {
            check_id: row.get(0)?,
            status: word(row, 1, CheckStatus::parse)?,
            since: Time(row.get(2)?),
            observed: row.get::<_, Option<Value>>(3)?.unwrap_or(Value::Null),
            reason: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The verdicts as they were known at `at`.
pub fn at(tx: &Tx, subject_id: &str, at: Time) -> Result<Vec<Verdict>> {
    // Ordered so that of several rows of a check the one with the latest begin comes last and wins.
    let mut statement = tx.connection.prepare_cached(
        "SELECT check_id, status, since, observed, reason FROM (
             SELECT check_id, status, since, observed, reason, recorded_at, NULL AS until, NULL AS closed_at
                 FROM verdict WHERE subject_id = ?1
             UNION ALL
             SELECT check_id, status, since, observed, reason, recorded_at, until, closed_at
                 FROM verdict_past WHERE subject_id = ?1 AND late = 0)
         WHERE since <= ?2 AND recorded_at <= ?2 AND (until IS NULL OR until > ?2 OR closed_at > ?2)
         ORDER BY check_id, since",
    )?;
    let rows = statement.query_map(params![subject_id, at.0], |row| {
        Ok(Verdict {
            check_id: row.get(0)?,
            status: word(row, 1, CheckStatus::parse)?,
            since: Time(row.get(2)?),
            observed: row.get::<_, Option<Value>>(3)?.unwrap_or(Value::Null),
            reason: row.get(4)?,
        })
    })?;
    let mut verdicts: Vec<Verdict> = Vec::new();
    for verdict in rows {
        let verdict = verdict?;
        match verdicts.last_mut() {
            Some(last) if last.check_id == verdict.check_id => *last = verdict,
            _ => verdicts.push(verdict),
        }
    }
    Ok(verdicts)
}

/// Brings the intervals of `subject_id` in line with `judged`, and gives the present verdicts and what changed.
pub(super) fn apply(tx: &WriteTx, subject_id: &str, judged: &[CheckVerdict], moment: Moment) -> Result<(Vec<Verdict>, Vec<Change>)> {
    let mut before = present(tx, subject_id)?;
    let (mut now, mut changes) = (Vec::with_capacity(judged.len()), Vec::new());
    for verdict in judged {
        let old = before.iter().position(|old| old.check_id == verdict.check_id).map(|position| before.swap_remove(position));
        let since = match &old {
            Some(old) if old.status == verdict.status => old.since,
            Some(old) => moment.since.max(old.since),
            None => moment.since,
        };
        let new = Verdict {
            check_id: verdict.check_id.to_string(),
            status: verdict.status,
            since,
            observed: verdict.observed.clone(),
            reason: verdict.reason.map(|reason| reason.as_str().to_owned()),
        };
        if old.as_ref() != Some(&new) {
            let same_status = old.as_ref().is_some_and(|old| old.status == new.status);
            if let Some(old) = &old
                && !same_status
            {
                close(tx, subject_id, old, since, moment)?;
            }
            put(tx, subject_id, &new, same_status, moment)?;
            if !same_status {
                changes.push(Change { check_id: new.check_id.clone(), old: old.map(|old| old.status), new: Some(new.status) });
            }
        }
        now.push(new);
    }
    // What is left was switched off.
    for old in before {
        close(tx, subject_id, &old, moment.since.max(old.since), moment)?;
        tx.connection
            .prepare_cached("DELETE FROM verdict WHERE subject_id = ?1 AND check_id = ?2")?
            .execute(params![subject_id, old.check_id])?;
        changes.push(Change { check_id: old.check_id, old: Some(old.status), new: None });
    }
    Ok((now, changes))
}

/// Ends all intervals of a subject that leaves.
pub(super) fn end(tx: &WriteTx, subject_id: &str, moment: Moment) -> Result<()> {
    apply(tx, subject_id, &[], moment).map(drop)
}

fn close(tx: &WriteTx, subject_id: &str, old: &Verdict, until: Time, moment: Moment) -> Result<()> {
    // An interval that ended in the second in which it began never held.
    if until <= old.since {
        return Ok(());
    }
    tx.connection
        .prepare_cached(
            "INSERT INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, until, confirmed_until, closed_at,
                 observed, reason, source)
             SELECT subject_id, check_id, since, recorded_at, tenant_id, status, ?3, ?4, ?5, observed, reason, source
             FROM verdict WHERE subject_id = ?1 AND check_id = ?2",
        )?
        .execute(params![subject_id, old.check_id, until.0, moment.confirmed_until.0.clamp(old.since.0, until.0), moment.recorded_at.0,])?;
    Ok(())
}

fn put(tx: &WriteTx, subject_id: &str, new: &Verdict, same_status: bool, moment: Moment) -> Result<()> {
    let observed = (!new.observed.is_null()).then(|| new.observed.to_string());
    let source = moment.source.map(|source| source.as_str());
    if same_status {
        tx.connection
            .prepare_cached("UPDATE verdict SET observed = ?3, reason = ?4, source = ?5 WHERE subject_id = ?1 AND check_id = ?2")?
            .execute(params![subject_id, new.check_id, observed, new.reason, source])?;
        return Ok(());
    }
    tx.connection
        .prepare_cached(
            "INSERT INTO verdict (subject_id, check_id, tenant_id, status, since, recorded_at, observed, reason, source)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT DO UPDATE SET status = ?4, since = ?5, recorded_at = ?6, observed = ?7, reason = ?8, source = ?9",
        )?
        .execute(params![
            subject_id,
            new.check_id,
            tx.tenant_id,
            new.status.as_str(),
            new.since.0,
            moment.recorded_at.max(new.since).0,
            observed,
            new.reason,
            source,
        ])?;
    Ok(())
}

/// A device's or service's status before the present one.
pub(super) struct StatusEnd<'s> {
    pub(super) subject_id: &'s str,
    pub(super) status: &'static str,
    pub(super) since: Time,
    pub(super) recorded_at: Time,
    pub(super) until: Time,
    pub(super) closed_at: Time,
}

/// Keeps a status that has ended.
pub(super) fn close_status(tx: &WriteTx, end: &StatusEnd) -> Result<()> {
    if end.until <= end.since {
        return Ok(());
    }
    tx.connection
        .prepare_cached(
            "INSERT INTO status_past (subject_id, since, recorded_at, tenant_id, status, until, closed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![end.subject_id, end.since.0, end.recorded_at.0, tx.tenant_id, end.status, end.until.0, end.closed_at.0,])?;
    Ok(())
}
