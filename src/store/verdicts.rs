//! Verdict intervals: the present one of each subject and check, and the closed ones before it.
//!
//! An interval is one status with one observed value, reason and source: what was known at a moment never changes afterwards.

use rusqlite::{OptionalExtension, Row, params};

use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::compliance::CheckStatus;
use crate::domain::device::Source;
use crate::domain::inventory::Verdict;
use crate::domain::time::Time;
use crate::error::Result;

/// What judging gave for one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding<'f> {
    pub(super) check_id: &'f str,
    pub(super) status: CheckStatus,
    pub(super) observed: Option<String>,
    pub(super) reason: Option<&'static str>,
    pub(super) source: Source,
}

/// When findings hold and when the appliance learned of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Begin of new intervals and end of old ones.
    pub(super) since: Time,
    /// When the appliance learned of it; not before `since`.
    pub(super) learned_at: Time,
    /// Until when the old intervals had been confirmed.
    pub(super) confirmed_until: Time,
}

/// A present interval.
#[derive(Debug, Clone)]
pub(super) struct Interval {
    pub(super) check_id: String,
    pub(super) status: CheckStatus,
    pub(super) status_since: Time,
    begin: Begin,
    observed: Option<String>,
    reason: Option<String>,
    source: Source,
}

impl Interval {
    fn says(&self, finding: &Finding<'_>) -> bool {
        self.status == finding.status
            && self.observed == finding.observed
            && self.reason.as_deref() == finding.reason
            && self.source == finding.source
    }
}

/// A check whose verdict became another; `None` is a check that was or is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) check_id: String,
    pub(super) old: Option<CheckStatus>,
    pub(super) new: Option<CheckStatus>,
}

/// What differs in status between two states of one subject.
pub(super) fn changes(before: &[Interval], after: &[Interval]) -> Vec<Change> {
    let status_in = |intervals: &[Interval], id: &str| intervals.iter().find(|found| found.check_id == id).map(|found| found.status);
    let changed = after.iter().map(|new| (&new.check_id, status_in(before, &new.check_id), Some(new.status)));
    let gone = before.iter().filter(|old| status_in(after, &old.check_id).is_none()).map(|old| (&old.check_id, Some(old.status), None));
    let differing = changed.chain(gone).filter(|(_, old, new)| old != new);
    differing.map(|(check_id, old, new)| Change { check_id: check_id.clone(), old, new }).collect()
}

/// The present verdicts on a subject.
pub fn present(tx: &Tx, subject_id: &str) -> Result<Vec<Verdict>> {
    let mut statement = tx
        .connection
        .prepare_cached("SELECT check_id, status, status_since, observed, reason FROM verdict WHERE subject_id = ?1 AND tenant_id = ?2")?;
    Ok(statement.query_map(params![subject_id, tx.tenant_id], verdict)?.collect::<rusqlite::Result<_>>()?)
}

/// The verdicts as they were known at `at`.
pub fn at(tx: &Tx, subject_id: &str, at: Time) -> Result<Vec<Verdict>> {
    // Ordered so that of several rows of a check the one recorded last comes last and wins.
    let mut statement = tx.connection.prepare_cached(
        "SELECT check_id, status, status_since, observed, reason FROM (
             SELECT check_id, status, status_since, observed, reason, recorded_at
                 FROM verdict WHERE subject_id = ?1 AND tenant_id = ?2
             UNION ALL
             SELECT check_id, status, status_since, observed, reason, recorded_at
                 FROM verdict_past WHERE subject_id = ?1 AND tenant_id = ?2 AND late = 0 AND closed_at > ?3)
         WHERE recorded_at <= ?3 ORDER BY check_id, recorded_at",
    )?;
    let mut verdicts: Vec<Verdict> = Vec::new();
    for row in statement.query_map(params![subject_id, tx.tenant_id, at.0], verdict)? {
        let row = row?;
        match verdicts.last_mut() {
            Some(last) if last.check_id == row.check_id => *last = row,
            _ => verdicts.push(row),
        }
    }
    Ok(verdicts)
}

/// How a check stood for a subject as it was known at `at`; `None` if it was not judged.
pub(super) fn status_at(tx: &Tx, subject_id: &str, check_id: &str, at: Time) -> Result<Option<CheckStatus>> {
    Ok(tx
        .connection
        .prepare_cached(
            "SELECT status FROM (
                 SELECT status, recorded_at FROM verdict WHERE subject_id = ?1 AND check_id = ?2 AND tenant_id = ?3
                 UNION ALL
                 SELECT status, recorded_at FROM verdict_past
                     WHERE subject_id = ?1 AND check_id = ?2 AND tenant_id = ?3 AND late = 0 AND closed_at > ?4)
             WHERE recorded_at <= ?4 ORDER BY recorded_at DESC LIMIT 1",
        )?
        .query_row(params![subject_id, check_id, tx.tenant_id, at.0], |row| word(row, 0, CheckStatus::parse))
        .optional()?)
}

fn verdict(row: &Row) -> rusqlite::Result<Verdict> {
    Ok(Verdict {
        check_id: row.get(0)?,
        status: word(row, 1, CheckStatus::parse)?,
        since: Time(row.get(2)?),
        observed: row.get(3)?,
        reason: row.get(4)?,
    })
}

/// The present intervals of a subject.
pub(super) fn intervals(tx: &Tx, subject_id: &str) -> Result<Vec<Interval>> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT check_id, status, status_since, since, recorded_at, observed, reason, source FROM verdict
         WHERE subject_id = ?1 AND tenant_id = ?2",
    )?;
    let rows = statement.query_map(params![subject_id, tx.tenant_id], |row| {
        Ok(Interval {
            check_id: row.get(0)?,
            status: word(row, 1, CheckStatus::parse)?,
            status_since: Time(row.get(2)?),
            begin: Begin { since: Time(row.get(3)?), recorded_at: Time(row.get(4)?) },
            observed: row.get(5)?,
            reason: row.get(6)?,
            source: word(row, 7, Source::parse)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Brings the intervals of `subject_id`, which are `before`, in line with `findings`, and gives those that hold now.
pub(super) fn apply(
    tx: &WriteTx,
    subject_id: &str,
    mut before: Vec<Interval>,
    findings: Vec<Finding<'_>>,
    moment: Moment,
) -> Result<Vec<Interval>> {
    let mut after = Vec::with_capacity(findings.len());
    for finding in findings {
        let old = before.iter().position(|old| old.check_id == finding.check_id).map(|position| before.swap_remove(position));
        let interval = match old {
            Some(old) if old.says(&finding) && !old.begin.lies_after(moment.learned_at) => old,
            old => {
                let interval = following(old.as_ref(), finding, moment);
                if let Some(old) = &old {
                    close(tx, subject_id, old, interval.begin, moment.confirmed_until)?;
                }
                put(tx, subject_id, &interval)?;
                interval
            }
        };
        after.push(interval);
    }
    // What is left was switched off.
    for old in before {
        close(tx, subject_id, &old, old.begin.followed_by(moment.since, moment.learned_at), moment.confirmed_until)?;
        tx.connection
            .prepare_cached("DELETE FROM verdict WHERE subject_id = ?1 AND check_id = ?2")?
            .execute(params![subject_id, old.check_id])?;
    }
    Ok(after)
}

/// Ends all intervals of a subject that leaves.
pub(super) fn end(tx: &WriteTx, subject_id: &str, moment: Moment) -> Result<()> {
    apply(tx, subject_id, intervals(tx, subject_id)?, Vec::new(), moment).map(drop)
}

/// The part of `from..until` in which nothing was known of the check: neither then nor from a report that came late.
pub(super) fn gap(tx: &Tx, subject_id: &str, check_id: &str, from: Time, until: Time) -> Result<Option<(Time, Time)>> {
    let row: Option<(i64, i64)> = tx
        .connection
        .prepare_cached(
            "WITH main AS (
                 SELECT status, since, NULL AS until FROM verdict WHERE subject_id = ?1 AND check_id = ?2
                 UNION ALL
                 SELECT status, since, until FROM verdict_past WHERE subject_id = ?1 AND check_id = ?2 AND late = 0 AND until > since
             ), late AS (SELECT since, until FROM verdict_past WHERE subject_id = ?1 AND check_id = ?2 AND late = 1)
             SELECT max(?3, coalesce((SELECT max(until) FROM late WHERE since <= ?3), ?3)),
                    min(?4, coalesce((SELECT min(since) FROM main WHERE since > ?3 AND status <> 'no_data'), ?4),
                            coalesce((SELECT min(since) FROM late WHERE since > ?3), ?4))
             WHERE EXISTS (SELECT 1 FROM main WHERE since <= ?3 AND coalesce(until, ?4) > ?3 AND status = 'no_data')",
        )?
        .query_row(params![subject_id, check_id, from.0, until.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.filter(|(from, until)| from < until).map(|(from, until)| (Time(from), Time(until))))
}

/// Keeps what a late report says of a gap. It was never known then: its row begins and ends at once.
pub(super) fn fill(tx: &WriteTx, subject_id: &str, finding: &Finding<'_>, since: Time, until: Time) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, status_since, until, confirmed_until,
                 closed_at, observed, reason, source, late) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3, ?7, ?3, ?4, ?8, ?9, ?10, 1)",
        )?
        .execute(params![
            subject_id,
            finding.check_id,
            since.0,
            tx.now.0,
            tx.tenant_id,
            finding.status.as_str(),
            until.0,
            finding.observed,
            finding.reason,
            finding.source.as_str(),
        ])?;
    Ok(())
}

/// The interval that takes the place of `old`.
fn following(old: Option<&Interval>, finding: Finding<'_>, moment: Moment) -> Interval {
    let begin = match old {
        Some(old) => old.begin.followed_by(moment.since, moment.learned_at),
        None => Begin { since: moment.since, recorded_at: moment.learned_at },
    };
    let status_since = match old {
        Some(old) if old.status == finding.status || is_failure(old.status) && is_failure(finding.status) => {
            old.status_since.min(begin.since)
        }
        _ => begin.since,
    };
    Interval {
        check_id: finding.check_id.to_owned(),
        status: finding.status,
        status_since,
        begin,
        observed: finding.observed,
        reason: finding.reason.map(str::to_owned),
        source: finding.source,
    }
}

/// A failure fails all along while an exception spares it: its grace does not begin anew with the exception's end.
fn is_failure(status: CheckStatus) -> bool {
    matches!(status, CheckStatus::Fail | CheckStatus::Excepted)
}

/// Ends an interval where `next` begins.
fn close(tx: &WriteTx, subject_id: &str, old: &Interval, next: Begin, confirmed_until: Time) -> Result<()> {
    if !old.begin.stays_in_history(next) {
        return Ok(());
    }
    // Only after the clock was set back can the key be there already; then what came later counts.
    tx.connection
        .prepare_cached(
            "INSERT OR REPLACE INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, status_since, until,
                 confirmed_until, closed_at, observed, reason, source)
             SELECT subject_id, check_id, since, recorded_at, tenant_id, status, status_since, ?3, ?4, ?5, observed, reason, source
             FROM verdict WHERE subject_id = ?1 AND check_id = ?2",
        )?
        .execute(params![
            subject_id,
            old.check_id,
            next.since.0,
            confirmed_until.max(old.begin.since).min(next.since).0,
            next.recorded_at.0
        ])?;
    Ok(())
}

fn put(tx: &WriteTx, subject_id: &str, new: &Interval) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO verdict (subject_id, check_id, tenant_id, status, status_since, since, recorded_at, observed, reason, source)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT DO UPDATE SET status = ?4, status_since = ?5, since = ?6, recorded_at = ?7, observed = ?8, reason = ?9,
                 source = ?10",
        )?
        .execute(params![
            subject_id,
            new.check_id,
            tx.tenant_id,
            new.status.as_str(),
            new.status_since.0,
            new.begin.since.0,
            new.begin.recorded_at.0,
            new.observed,
            new.reason,
            new.source.as_str(),
        ])?;
    Ok(())
}

/// A device's or service's status that ends.
pub(super) struct StatusEnd<'s> {
    pub(super) subject_id: &'s str,
    pub(super) status: &'static str,
    pub(super) begin: Begin,
}

/// Keeps a status that ends where `next` begins.
pub(super) fn close_status(tx: &WriteTx, end: &StatusEnd, next: Begin) -> Result<()> {
    if !end.begin.stays_in_history(next) {
        return Ok(());
    }
    // Only after the clock was set back can the key be there already; then what came later counts.
    tx.connection
        .prepare_cached(
            "INSERT OR REPLACE INTO status_past (subject_id, since, recorded_at, tenant_id, status, until, closed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            end.subject_id,
            end.begin.since.0,
            end.begin.recorded_at.0,
            tx.tenant_id,
            end.status,
            next.since.0,
            next.recorded_at.0
        ])?;
    Ok(())
}
