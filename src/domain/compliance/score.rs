//! The one score: a weighted mean of pass rates, never without its completeness and counts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::CheckStatus;
use crate::domain::check::{Severity, Subject, Weights};
use crate::domain::settings::{CheckState, ResolvedChecks};

/// Below this share of answers the score is withheld.
pub const MIN_COMPLETENESS_PERCENT: u64 = 70;

/// How many subjects stand how in one check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Failed with an exception.
    pub excepted: u64,
    /// Nothing can be said.
    pub no_data: u64,
    /// Not for the subject.
    pub not_applicable: u64,
}

impl Counts {
    /// Counts one more subject.
    pub fn add(&mut self, status: CheckStatus) {
        self.add_many(status, 1);
    }

    /// Counts so many more subjects.
    pub fn add_many(&mut self, status: CheckStatus, subjects: u64) {
        match status {
            CheckStatus::Pass => self.passed += subjects,
            CheckStatus::Fail => self.failed += subjects,
            CheckStatus::Excepted => self.excepted += subjects,
            CheckStatus::NoData => self.no_data += subjects,
            CheckStatus::NotApplicable => self.not_applicable += subjects,
        }
    }

    /// All subjects that were looked at: passed, failed, excepted, no data and not applicable.
    pub fn population(&self) -> u64 {
        self.applicable() + self.not_applicable
    }

    /// Adds the counts of another row.
    pub fn add_all(&mut self, other: &Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.excepted += other.excepted;
        self.no_data += other.no_data;
        self.not_applicable += other.not_applicable;
    }

    /// Subjects that the check is for.
    pub fn applicable(&self) -> u64 {
        self.passed + self.failed + self.excepted + self.no_data
    }
}

/// One active check of the check set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreRow {
    /// What it judges; checks of users and tenant enter no score and are passed over.
    pub subject: Subject,
    /// As graded by the settings.
    pub severity: Severity,
    /// Its counts.
    pub counts: Counts,
}

/// The score of a check set over a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Score {
    /// 0 to 100; `None` if nothing is in scope or completeness is under [`MIN_COMPLETENESS_PERCENT`].
    pub score: Option<u8>,
    /// Share of answers other than no data, 0 to 100; 0 if nothing is in scope.
    pub completeness: u8,
    /// Sums of the rows' counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// How many subjects stand in which way in which check, by the check's id.
pub type Tally = BTreeMap<String, Counts>;

/// The score of the baseline over what was counted: counts of checks that are no part of it are passed over. Each person who should have a
/// device and has none counts as no data in every check of devices.
pub fn baseline_score(checks: &ResolvedChecks<'_>, tally: &Tally, people_without_device: u64) -> Score {
    let baseline = checks.iter().filter(|resolved| resolved.state == CheckState::Baseline);
    let rows = baseline.map(|resolved| {
        let mut counts = tally.get(&resolved.check.id).copied().unwrap_or_default();
        if resolved.check.subject == Subject::Device {
            counts.no_data += people_without_device;
        }
        ScoreRow { subject: resolved.check.subject, severity: resolved.severity, counts }
    });
    score(&checks.catalogue.weights, rows)
}

/// floor(100 · Σ w·P/n ÷ Σ w) over the rows with n = P + F + E + N > 0, w by severity. 100 only if everything passed.
pub fn score(weights: &Weights, rows: impl IntoIterator<Item = ScoreRow>) -> Score {
    let (mut earned, mut possible) = (0.0, 0.0);
    let mut sum = Counts::default();
    for row in rows.into_iter().filter(|row| row.subject.enters_score()) {
        let counts = row.counts;
        sum.add_all(&counts);
        if counts.applicable() > 0 {
            let weight = f64::from(weights.of(row.severity));
            earned += weight * (counts.passed as f64 / counts.applicable() as f64);
            possible += weight;
        }
    }
    if sum.applicable() == 0 {
        return Score { score: None, completeness: 0, counts: sum };
    }
    let completeness = 100 * (sum.applicable() - sum.no_data) / sum.applicable();
    // The sum of fractions may fall a hair short of a whole number; one failure among millions must still keep it under 100.
    let most = if sum.passed == sum.applicable() { 100.0 } else { 99.0 };
    let percent = (100.0 * earned / possible + 1e-9).floor().clamp(0.0, most);
    let score = (completeness >= MIN_COMPLETENESS_PERCENT).then_some(percent as u8);
    Score { score, completeness: completeness as u8, counts: sum }
}
