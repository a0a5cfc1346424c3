//! How a check stood over a period: subject-days passed of all, deviations with their length, days without data. From verdict intervals alone.

mod days;
#[cfg(test)]
mod tests;

use std::fmt;

use super::compliance::CheckStatus;
use super::time::{DAY, Time};

pub use days::{MICRODAYS_PER_DAY, Period};

/// From when to when a check had one status for a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The status, exceptions laid over.
    pub status: CheckStatus,
    /// Its first moment; for what somebody stated afterwards (a review) the moment of its recording, see [`counts_from`].
    pub since: Time,
    /// The first moment after it; `None` if it has not ended.
    pub until: Option<Time>,
}

/// From when on something counts that happened at `happened` and was recorded at `recorded_at`: never before it was recorded.
pub fn counts_from(happened: Time, recorded_at: Time) -> Time {
    happened.max(recorded_at)
}

/// Subject-days by status, in microdays (see [`MICRODAYS_PER_DAY`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectDays {
    /// Passed.
    pub passed: i64,
    /// Failed, in grace or not.
    pub failed: i64,
    /// Failed with an exception in force.
    pub excepted: i64,
    /// In the population, but nothing can be said.
    pub no_data: i64,
    /// In the population, but the check is not for the subject.
    pub not_applicable: i64,
}

impl SubjectDays {
    /// Subject-days that the check is for.
    pub fn applicable(&self) -> i64 {
        self.passed + self.failed + self.excepted + self.no_data
    }

    /// Subject-days of the population.
    pub fn population(&self) -> i64 {
        self.applicable() + self.not_applicable
    }

    fn add(&mut self, status: CheckStatus, microdays: i64) {
        match status {
            CheckStatus::Pass => self.passed += microdays,
            CheckStatus::Fail => self.failed += microdays,
            CheckStatus::Excepted => self.excepted += microdays,
            CheckStatus::NoData => self.no_data += microdays,
            CheckStatus::NotApplicable => self.not_applicable += microdays,
        }
    }
}

/// How a deviation ended, as far as the period tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The check passed again.
    Mended,
    /// Nothing could be said any more: not known to be mended.
    NoData,
    /// The check is no longer for the subject.
    NotApplicable,
    /// The subject left the population.
    Left,
    /// It lasts beyond the period.
    Open,
}

/// A time without break in which a check failed for one subject, with or without exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// Since when it failed, also where that was before the period.
    pub from: Time,
    /// The first moment after it; the end of the period if it is open.
    pub until: Time,
    /// How it ended.
    pub ending: Ending,
    /// An exception was in force for all of it that lies in the period.
    pub excepted: bool,
    /// Subject-days of it in the period, microdays.
    pub in_period: i64,
}

impl Deviation {
    /// How long it lasted, as far as the period tells.
    pub fn seconds(&self) -> i64 {
        self.until.seconds_since(self.from)
    }
}

/// The figures of one check over a period. Subjects are added one after another; only sums are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodFigures {
    /// Subject-days by status.
    pub days: SubjectDays,
    /// Subjects that were in the population at any time of the period.
    pub subjects: u64,
    /// Of these, those with at least one deviation.
    pub subjects_deviating: u64,
    /// Deviations, those with an exception included.
    pub deviations: u64,
    /// Longest deviation without an exception over all of it, seconds.
    pub longest_seconds: i64,
    /// Subjects that deviate at the end of the period, without exception.
    pub open: u64,
    /// The earliest beginning of these.
    pub oldest_open: Option<Time>,
    mended: u64,
    mended_seconds: i64,
}

impl PeriodFigures {
    /// Of nobody.
    pub fn new() -> PeriodFigures {
        PeriodFigures {
            days: SubjectDays::default(),
            subjects: 0,
            subjects_deviating: 0,
            deviations: 0,
            longest_seconds: 0,
            open: 0,
            oldest_open: None,
            mended: 0,
            mended_seconds: 0,
        }
    }

    /// Takes in one subject that was in the population from `joined` until `left` (`None`: still is), with its intervals in order of time, none
    /// overlapping another. What lies outside the population does not count; what no interval covers is without data. Gives its deviations.
    pub fn add(&mut self, period: &Period, joined: Time, left: Option<Time>, intervals: &[Interval]) -> Vec<Deviation> {
        let (from, until) = (joined.max(period.from), left.unwrap_or(period.until).min(period.until));
        if from >= until {
            return Vec::new();
        }
        self.subjects += 1;
        let whole = period.between(from, until);
        let mut covered = 0;
        for interval in intervals {
            let microdays = period.between(interval.since.max(from), interval.until.unwrap_or(until).min(until));
            covered += microdays;
            self.days.add(interval.status, microdays);
        }
        self.days.no_data += whole - covered;
        let deviations = deviations(period, (joined, from), until, left, intervals);
        self.count(&deviations);
        deviations
    }

    fn count(&mut self, deviations: &[Deviation]) {
        self.subjects_deviating += u64::from(!deviations.is_empty());
        self.deviations += deviations.len() as u64;
        for deviation in deviations.iter().filter(|deviation| !deviation.excepted) {
            self.longest_seconds = self.longest_seconds.max(deviation.seconds());
            match deviation.ending {
                Ending::Mended => {
                    self.mended += 1;
                    self.mended_seconds += deviation.seconds();
                }
                Ending::Open => {
                    self.open += 1;
                    self.oldest_open = super::earlier(self.oldest_open, Some(deviation.from));
                }
                Ending::NoData | Ending::NotApplicable | Ending::Left => {}
            }
        }
    }

    /// Subject-days passed of those that the check is for, in hundredths of a percent, rounded down; `None` if it is for nobody.
    pub fn passed_basis_points(&self) -> Option<u32> {
        let (passed, of) = (i128::from(self.days.passed), i128::from(self.days.applicable()));
        // A share: at most 10,000.
        (passed * 10_000).checked_div(of).map(|points| points as u32)
    }

    /// Mean time to mend, seconds, over the deviations that were seen mended in the period and had no exception over all of it.
    pub fn mean_seconds_to_mend(&self) -> Option<i64> {
        self.mended_seconds.checked_div(i64::try_from(self.mended).unwrap_or(i64::MAX))
    }

    /// Whether no deviation without exception lasted longer than `grace_days`.
    pub fn holds(&self, grace_days: i64) -> bool {
        self.longest_seconds <= grace_days.saturating_mul(DAY)
    }

    /// How the check stands at the end of the period, in the words of a report.
    pub fn words(&self, period: &Period, target_days: Option<i64>) -> DeviationWords {
        let oldest_days = self.oldest_open.map(|from| period.until.seconds_since(from) / DAY);
        DeviationWords { open: self.open, of: self.subjects, oldest_days, target_days }
    }
}

impl Default for PeriodFigures {
    fn default() -> PeriodFigures {
        PeriodFigures::new()
    }
}

/// Deviations in words: one open laptop of sixty is no failed control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviationWords {
    /// Subjects that deviate.
    pub open: u64,
    /// Of so many.
    pub of: u64,
    /// Whole days since the oldest began.
    pub oldest_days: Option<i64>,
    /// Days within which it is to be mended, where there is such a target.
    pub target_days: Option<i64>,
}

impl fmt::Display for DeviationWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deviations: {} of {}", self.open, self.of)?;
        if let Some(days) = self.oldest_days {
            write!(f, ", oldest {days} {}", if days == 1 { "day" } else { "days" })?;
        }
        match self.target_days {
            Some(days) => write!(f, ", target {days}"),
            None => Ok(()),
        }
    }
}

/// Runs of intervals that touch each other and fail, as far as they reach into the population within the period.
fn deviations(period: &Period, (joined, from): (Time, Time), until: Time, left: Option<Time>, intervals: &[Interval]) -> Vec<Deviation> {
    let mut found: Vec<Deviation> = Vec::new();
    let mut open: Option<Deviation> = None;
    let in_population = intervals.iter().filter(|interval| interval.since < until && interval.until.is_none_or(|end| end > joined));
    for interval in in_population {
        let (since, end) = (interval.since.max(joined), interval.until.unwrap_or(until).min(until));
        if let Some(mut deviation) = open.take_if(|deviation| deviation.until < since) {
            deviation.ending = Ending::NoData;
            found.push(deviation);
        }
        let excepted = match interval.status {
            CheckStatus::Fail => false,
            CheckStatus::Excepted => true,
            other => {
                found.extend(open.take().map(|deviation| Deviation { ending: ending(other), ..deviation }));
                continue;
            }
        };
        let in_period = period.between(since.max(from), end);
        // The part before the period does not decide whether an exception held in it.
        let counts = end > from;
        let deviation = open.get_or_insert(Deviation { from: since, until: end, ending: Ending::Open, excepted: true, in_period: 0 });
        deviation.until = end;
        deviation.in_period += in_period;
        deviation.excepted &= excepted || !counts;
    }
    if let Some(deviation) = open {
        let last = match (deviation.until < until, left) {
            (true, _) => Ending::NoData,
            (false, Some(left)) if left <= period.until => Ending::Left,
            (false, _) => Ending::Open,
        };
        found.push(Deviation { ending: last, ..deviation });
    }
    found.retain(|deviation| deviation.until > from);
    found
}

fn ending(next: CheckStatus) -> Ending {
    match next {
        CheckStatus::Pass => Ending::Mended,
        CheckStatus::NotApplicable => Ending::NotApplicable,
        CheckStatus::NoData | CheckStatus::Fail | CheckStatus::Excepted => Ending::NoData,
    }
}
