//! What a row (a check with its parameters over a scope) gathers while subject after subject is looked at.

use super::frame::Frame;
use super::walk::fails;
use crate::domain::check::{Check, Evidence};
use crate::domain::compliance::{CheckStatus, Counts};
use crate::domain::device::Source;
use crate::domain::period::{Interval, PeriodFigures};
use crate::domain::time::{DAY, Time};
use crate::report::content::{DeviationSummary, EvidenceTally, FailingSubject, SourceCounts};

/// The figures of one row.
pub(super) struct RowTally {
    /// Over the period.
    pub(super) figures: PeriodFigures,
    /// Verdicts as of the end by who vouches.
    pub(super) sources: SourceCounts,
    /// Subjects that it is for as of the end.
    pub(super) applicable: u64,
    /// What fails as of the end.
    pub(super) failing: Vec<FailingSubject>,
    /// At the end of each day of the period.
    pub(super) days: Vec<Counts>,
}

impl RowTally {
    pub(super) fn new(days: usize) -> RowTally {
        RowTally {
            figures: PeriodFigures::new(),
            sources: SourceCounts::default(),
            applicable: 0,
            failing: Vec::new(),
            days: vec![Counts::default(); days],
        }
    }

    /// Counts a subject at the end of each day on which it was in the population.
    pub(super) fn count_days(&mut self, frame: &Frame<'_, '_>, intervals: &[Interval]) {
        for interval in intervals {
            let first = frame.days.partition_point(|(_, end)| *end < interval.since);
            for ((_, end), counts) in frame.days[first..].iter().zip(&mut self.days[first..]) {
                if interval.until.is_some_and(|until| until <= *end) {
                    break;
                }
                counts.add(interval.status);
            }
        }
    }

    /// Counts how a subject stands as of the end.
    pub(super) fn count_end(&mut self, status: CheckStatus, vouches: Source) {
        self.applicable += u64::from(status != CheckStatus::NotApplicable);
        if is_verdict(status) {
            *match vouches {
                Source::Agent => &mut self.sources.agent,
                Source::Integration => &mut self.sources.integration,
                Source::Person => &mut self.sources.person,
            } += 1;
        }
    }

    /// `1 of 60, oldest 4 days, target 14`.
    pub(super) fn summary(&self, as_of: Time, target_days: Option<i64>) -> DeviationSummary {
        let oldest = self.failing.iter().map(|failing| failing.since).min();
        DeviationSummary {
            open: self.failing.len() as u64,
            of: self.applicable,
            oldest_days: oldest.map(|since| as_of.seconds_since(since) / DAY),
            target_days,
        }
    }
}

/// Whether something was seen: passed, failed, or failed with an exception.
fn is_verdict(status: CheckStatus) -> bool {
    status == CheckStatus::Pass || fails(status)
}

/// Who vouches for a verdict of `check` on a subject whose facts come from `source`: what is declared, a person, unless another system said so.
pub(super) fn vouches(check: &Check, source: Source) -> Source {
    match (check.evidence, source) {
        (Evidence::Declared, Source::Agent) => Source::Person,
        (_, source) => source,
    }
}

/// Counts a verdict by kind of evidence and by who vouches. What a person types is declared, however the check is usually answered.
pub(super) fn count_evidence(tally: &mut EvidenceTally, check: &Check, status: CheckStatus, vouches: Source) {
    if !is_verdict(status) {
        return;
    }
    *match (vouches, check.evidence) {
        (Source::Person, _) | (_, Evidence::Declared) => &mut tally.declared,
        (_, Evidence::Measured) => &mut tally.measured,
        (_, Evidence::Derived) => &mut tally.derived,
    } += 1;
    *match vouches {
        Source::Agent => &mut tally.from_agent,
        Source::Integration => &mut tally.from_integration,
        Source::Person => &mut tally.from_person,
    } += 1;
}
