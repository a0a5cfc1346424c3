//! One subject through the period: how it stood in each row from when to when.

use std::collections::BTreeSet;

use crate::domain::compliance::CheckStatus;
use crate::domain::framework::evaluate::SubjectOutcome;
use crate::domain::period::Interval;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::{REPORT_LOOK_BACK_DAYS, REPORT_LOOK_BACK_FACTOR};
use crate::store::evidence;

/// How a subject stands at a moment, and when time alone changes that next.
pub(super) type Standing = (Vec<SubjectOutcome>, Option<Time>);

/// A device or service that can be asked about any moment.
pub(super) trait Subjected {
    /// How it stood at `at`; `None` if it was not in the population. Outside the framework's scope it stands in no row.
    fn stand(&mut self, at: Time) -> Result<Option<Standing>>;

    /// When something of it, or about it, became known in `from..=to`.
    fn moments(&self, from: Time, to: Time) -> Result<BTreeSet<Time>>;

    /// When the appliance learned of it.
    fn begin(&self) -> Time;
}

/// How a subject stood, row by row.
pub(super) struct Track {
    /// By row; empty for one that never took it.
    pub(super) rows: Vec<Vec<Interval>>,
    /// The first moment at which it was in the population.
    pub(super) joined: Option<Time>,
}

/// Whether it failed, with or without an exception.
pub(super) fn fails(status: CheckStatus) -> bool {
    matches!(status, CheckStatus::Fail | CheckStatus::Excepted)
}

/// Walks `subject` through `from..=to`, and on into the past where it failed at `from` already: a failure has its true beginning.
pub(super) fn track(subject: &mut dyn Subjected, rows: usize, from: Time, to: Time) -> Result<Track> {
    let mut track = pass(subject, rows, from, to)?;
    let begins_failing = |intervals: &Vec<Interval>| intervals.first().is_some_and(|first| first.since == from && fails(first.status));
    let mut open: Vec<usize> = (0..rows).filter(|row| begins_failing(&track.rows[*row])).collect();
    let mut days = REPORT_LOOK_BACK_DAYS;
    while !open.is_empty() && subject.begin() < from {
        let start = from.plus_days(-days).max(subject.begin());
        let past = pass(subject, rows, start, from.plus_seconds(-1))?;
        let complete = start == subject.begin();
        open.retain(|row| {
            let begin = failing_since(&past.rows[*row], from);
            if begin > start || complete {
                track.rows[*row][0].since = begin;
                return false;
            }
            true
        });
        if complete {
            break;
        }
        days = days.saturating_mul(REPORT_LOOK_BACK_FACTOR);
    }
    Ok(track)
}

/// Since when the last of `intervals`, which reach up to `until`, fail without a break; `until` itself if they do not.
fn failing_since(intervals: &[Interval], until: Time) -> Time {
    let mut begin = until;
    for interval in intervals.iter().rev() {
        // Those of the walk that ended just before `until` are open.
        if !fails(interval.status) || interval.until.unwrap_or(until) < begin {
            break;
        }
        begin = interval.since;
    }
    begin
}

/// Since when the last interval's failure lasts, whatever exceptions it had; of another status since when it is this.
pub(super) fn standing_since(intervals: &[Interval]) -> Option<Time> {
    let last = intervals.last()?;
    Some(if fails(last.status) { failing_since(intervals, last.until.unwrap_or(Time(i64::MAX))) } else { last.since })
}

fn pass(subject: &mut dyn Subjected, rows: usize, from: Time, to: Time) -> Result<Track> {
    let mut track = Track { rows: vec![Vec::new(); rows], joined: None };
    let moments = subject.moments(from, to)?;
    evidence::walk(from, to, moments, |at| {
        let standing = subject.stand(at)?;
        track.step(at, standing.as_ref().map(|(outcomes, _)| outcomes.as_slice()));
        Ok(standing.and_then(|(_, next)| next))
    })?;
    Ok(track)
}

impl Track {
    fn step(&mut self, at: Time, outcomes: Option<&[SubjectOutcome]>) {
        let Some(outcomes) = outcomes else {
            self.rows.iter_mut().for_each(|row| close(row, at));
            return;
        };
        let joined = *self.joined.get_or_insert(at);
        for outcome in outcomes {
            let row = &mut self.rows[outcome.row];
            if row.is_empty() && joined < at {
                // The row took it only now: before, the check was not for it.
                row.push(Interval { status: CheckStatus::NotApplicable, since: joined, until: None });
            }
            turn(row, at, outcome.status);
        }
        // Outcomes come in the order of rows.
        let mut present = outcomes.iter().map(|outcome| outcome.row).peekable();
        for (position, row) in self.rows.iter_mut().enumerate() {
            if present.next_if_eq(&position).is_none() && !row.is_empty() {
                turn(row, at, CheckStatus::NotApplicable);
            }
        }
    }
}

fn turn(row: &mut Vec<Interval>, at: Time, status: CheckStatus) {
    if row.last().is_some_and(|last| last.until.is_none() && last.status == status) {
        return;
    }
    close(row, at);
    row.push(Interval { status, since: at, until: None });
}

fn close(row: &mut [Interval], at: Time) {
    if let Some(last) = row.last_mut().filter(|last| last.until.is_none()) {
        last.until = Some(at);
    }
}
