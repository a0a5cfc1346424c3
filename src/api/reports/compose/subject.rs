//! What one subject adds to the report once it was walked through: figures, deviations, how it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value;

use super::Run;
use super::tally::{count_evidence, vouches};
use super::walk::{Track, fails, standing_since};
use super::words;
use crate::domain::check::{Check, Subject};
use crate::domain::compliance::{CheckStanding, CheckStatus, Status, StatusInputs, grace_until, subject_status};
use crate::domain::device::{OsType, Source};
use crate::domain::exception::Exception;
use crate::domain::facts::{FactKind, Facts, kind_of};
use crate::domain::framework::evaluate::SubjectOutcome;
use crate::domain::period::Ending;
use crate::domain::rule::Rule;
use crate::domain::time::Time;
use crate::limits::RUN_GAP_SECONDS;
use crate::report::content::{Deviation, FactValue, FailingSubject, SubjectRef, SubjectResult};

/// What is known of a subject besides how it stood.
pub(super) struct About<'s> {
    pub(super) subject: SubjectRef,
    /// When the appliance learned of it.
    pub(super) begin: Time,
    /// When it left.
    pub(super) left: Option<Time>,
    pub(super) os: Option<OsType>,
    pub(super) source: Source,
    /// When its review is due.
    pub(super) review_due_on: Option<NaiveDate>,
    /// When a device was last heard of.
    pub(super) last_seen: Option<Time>,
    /// Those that may have held for it.
    pub(super) exceptions: &'s [&'s Exception],
    /// Those whose tag it had last or that are its own.
    pub(super) tags: &'s [String],
    /// When facts of it came late.
    pub(super) late: &'s [(Time, Time)],
}

impl Run<'_, '_, '_> {
    /// Counts the subject's days and deviations.
    pub(super) fn count_period(&mut self, track: &Track, about: &About<'_>) {
        let mut seen: Vec<(&str, Time, Time)> = Vec::new();
        for (position, intervals) in track.rows.iter().enumerate().filter(|(_, intervals)| !intervals.is_empty()) {
            let row = &self.evaluation.rows()[position];
            let (check, severity) = (row.check, row.severity);
            let tally = &mut self.tallies[position];
            tally.count_days(self.frame, intervals);
            // A device that waited for approval was not in the population before.
            let joined = track.joined.filter(|joined| *joined > self.frame.period.from).unwrap_or(about.begin);
            for found in tally.figures.add(&self.frame.period, joined, about.left, intervals) {
                // Several scopes of one check see the same failure.
                if seen.contains(&(check.id.as_str(), found.from, found.until)) {
                    continue;
                }
                seen.push((&check.id, found.from, found.until));
                let overlaps = |from: Time, until: Time| from < found.until && until > found.from;
                let exception = about.exceptions.iter().rev().find(|exception| {
                    exception.check_id == check.id && about.has(exception) && overlaps(exception.recorded_at, exception.until)
                });
                self.deviations.push(Deviation {
                    subject: about.subject.clone(),
                    check_id: check.id.clone(),
                    check_title: check.title.clone(),
                    severity,
                    from: found.from,
                    to: (found.ending != Ending::Open).then_some(found.until),
                    seconds: found.seconds(),
                    target_days: self.target_days(&check.id),
                    exception_id: exception.map(|exception| exception.id.clone()),
                    recorded_late: about.late.iter().any(|(from, until)| overlaps(*from, *until)),
                });
            }
        }
    }

    /// Counts how the subject stands as of the end, and says it: results by check in the catalogue's order, and the status.
    pub(super) fn count_end(&mut self, track: &Track, about: &About<'_>, outcomes: &[SubjectOutcome]) -> (Vec<SubjectResult>, Status) {
        let as_of = self.frame.as_of;
        let in_force: Vec<&&Exception> =
            about.exceptions.iter().filter(|e| about.has(e) && e.recorded_at <= as_of && as_of < e.until).collect();
        for exception in &in_force {
            *self.covered.entry(exception.id.clone()).or_default() += 1;
        }
        let mut worst: BTreeMap<usize, (usize, SubjectResult)> = BTreeMap::new();
        let mut standings: Vec<CheckStanding<'_>> = Vec::new();
        for outcome in outcomes {
            let check = self.evaluation.rows()[outcome.row].check;
            let vouches = vouches(check, about.source);
            count_evidence(&mut self.evidence, check, outcome.status, vouches);
            self.tallies[outcome.row].count_end(outcome.status, vouches);
            let since = standing_since(&track.rows[outcome.row]).unwrap_or(as_of);
            let observed = settled(check, &outcome.observed, as_of, about.begin);
            if fails(outcome.status) {
                let exception = in_force.iter().find(|exception| exception.check_id == check.id);
                let failing = self.failing(check, about, since, words::observed(check, &observed), exception.map(|e| e.id.clone()));
                self.tallies[outcome.row].failing.push(failing);
            }
            // What began before the period was looked up for failures only.
            let known = fails(outcome.status) || since > self.frame.period.from || since == about.begin;
            let result = SubjectResult {
                check_id: self.shared(&check.id),
                status: outcome.status,
                since: Some(since)
                    .filter(|_| known && outcome.status != CheckStatus::NoData && outcome.status != CheckStatus::NotApplicable),
                observed,
                source: Some(vouches),
            };
            standings.push(CheckStanding { check_id: &check.id, status: outcome.status, since });
            let (rank, place) = (rank(outcome.status), self.rules().checks.catalogue.position(&check.id).unwrap_or(usize::MAX));
            if worst.get(&place).is_none_or(|(known, _)| rank < *known) {
                worst.insert(place, (rank, result));
            }
        }
        let inputs = StatusInputs {
            subject: about.subject.kind,
            checks: &standings,
            last_seen: about.last_seen,
            review_due_on: about.review_due_on,
        };
        let status = subject_status(&self.rules().checks, &inputs, as_of).status;
        (worst.into_values().map(|(_, result)| result).collect(), status)
    }

    fn failing(
        &self,
        check: &Check,
        about: &About<'_>,
        since: Time,
        observed: Option<String>,
        exception_id: Option<String>,
    ) -> FailingSubject {
        let checks = &self.rules().checks;
        let grace = checks.get(&check.id).map(|resolved| grace_until(resolved, since, about.review_due_on, checks.zone));
        FailingSubject {
            subject: about.subject.clone(),
            since,
            observed,
            remediation: check.remediation(about.os).map(str::to_owned),
            grace_until: grace.filter(|until| *until > self.frame.as_of),
            exception_id,
        }
    }

    /// Days within which a failure is to be mended, where the settings or the catalogue give any.
    pub(super) fn target_days(&self, check_id: &str) -> Option<i64> {
        self.rules().checks.get(check_id).map(|resolved| resolved.grace_days).filter(|days| *days > 0)
    }

    /// Every fact that the rows of `outcomes` rest on, but for lists of programs: each device has hundreds of them.
    pub(super) fn facts(
        &mut self,
        subject: Subject,
        outcomes: &[SubjectOutcome],
        facts: &Facts<'_>,
        at: Time,
        begin: Time,
    ) -> Vec<FactValue> {
        let mut values: BTreeMap<&str, FactValue> = BTreeMap::new();
        for outcome in outcomes {
            let check = self.evaluation.rows()[outcome.row].check;
            for leaf in check.rule.leaves().into_iter().chain(check.applies.iter().flat_map(Rule::leaves)) {
                let is_long = matches!(kind_of(subject, &leaf.fact), Some(FactKind::Names | FactKind::Items) | None);
                if is_long || values.contains_key(leaf.fact.as_str()) {
                    continue;
                }
                let Some(fact) = facts.get(&leaf.fact, at, self.frame.zone).fact else { continue };
                let value = settled_fact(&leaf.fact, fact.value, at, begin);
                let confirmed_at = fact.confirmed_at.map(|confirmed| settled_time(confirmed, at, begin));
                values.insert(&leaf.fact, FactValue { name: self.shared(&leaf.fact), value, at: confirmed_at });
            }
        }
        values.into_values().collect()
    }

    /// One copy of a text that many rows have.
    pub(super) fn shared(&self, text: &str) -> Arc<str> {
        let mut texts = self.texts.borrow_mut();
        if let Some(known) = texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        texts.insert(new.clone());
        new
    }
}

impl About<'_> {
    fn has(&self, exception: &Exception) -> bool {
        match &exception.scope {
            crate::domain::exception::ExceptionScope::Subject(_) => true,
            crate::domain::exception::ExceptionScope::Tag(tag) => self.tags.contains(tag),
        }
    }
}

/// The worst first.
fn rank(status: CheckStatus) -> usize {
    match status {
        CheckStatus::Fail => 0,
        CheckStatus::Excepted => 1,
        CheckStatus::NoData => 2,
        CheckStatus::Pass => 3,
        CheckStatus::NotApplicable => 4,
    }
}

/// The time of a last report or confirmation by `at`. Within a run of reports (none more than a day after the one before) single ones are
/// not kept: what lies in the last day before `at` is given as that day's begin, so that it is the same whenever it is asked.
pub(super) fn settled_time(time: Time, at: Time, begin: Time) -> Time {
    let day_before = at.plus_seconds(-RUN_GAP_SECONDS).max(begin);
    if time > day_before { day_before } else { time }
}

/// The facts that are such times.
const TIMES_OF_REPORTS: [&str; 2] = ["last_seen", "software.collected_at"];

fn settled_fact(name: &str, value: &Value, at: Time, begin: Time) -> Value {
    match value.as_str().filter(|_| TIMES_OF_REPORTS.contains(&name)).and_then(Time::parse) {
        Some(time) => Value::String(settled_time(time, at, begin).to_string()),
        None => value.clone(),
    }
}

fn settled(check: &Check, observed: &Value, at: Time, begin: Time) -> Value {
    match (&check.rule, observed) {
        (Rule::Leaf(leaf), observed) => settled_fact(&leaf.fact, observed, at, begin),
        (_, Value::Object(fields)) => {
            Value::Object(fields.iter().map(|(fact, value)| (fact.clone(), settled_fact(fact, value, at, begin))).collect())
        }
        (_, observed) => observed.clone(),
    }
}
