//! Results: controls, checks with their counts and failing subjects, deviations, exceptions, attestations, and what is not covered.

use chrono::NaiveDate;
use serde::Serialize;

use super::day;
use crate::domain::check::{Evidence, Severity, Subject};
use crate::domain::compliance::Counts;
use crate::domain::time::{Time, optional_day};

/// How much of a control its checks can answer; fixed in the framework's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it, if all assets in scope are enrolled.
    Full,
    /// A part; the rest needs evidence by people.
    Partial,
}

/// How a control stands; README part 3.2 of the rules gives the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlStatus {
    /// Everything required passed.
    Pass,
    /// Nothing required fails, but the evidence is incomplete, excepted, or a supporting check fails.
    Partial,
    /// Something required fails.
    Fail,
    /// Nothing can be said.
    NoData,
    /// No check touches it; people's evidence may be attached.
    Manual,
    /// The organisation declared it not applicable, with a reason.
    NotApplicable,
}

/// Controls of the framework by what checks can touch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CoverageCounts {
    /// Answered wholly.
    pub full: u64,
    /// Answered in part.
    pub partial: u64,
    /// Not touched.
    pub out_of_scope: u64,
}

/// Controls by status; the numbers add up to all controls listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ControlTally {
    /// [`ControlStatus::Pass`].
    pub pass: u64,
    /// [`ControlStatus::Partial`].
    pub partial: u64,
    /// [`ControlStatus::Fail`].
    pub fail: u64,
    /// [`ControlStatus::NoData`].
    pub no_data: u64,
    /// [`ControlStatus::Manual`].
    pub manual: u64,
    /// [`ControlStatus::NotApplicable`].
    pub not_applicable: u64,
}

/// The report of the same framework before this one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviousReport {
    /// Its id.
    pub report_id: String,
    /// The moment whose state it reports.
    pub as_of: Time,
    /// Its score.
    pub score: Option<u8>,
    /// Its completeness.
    pub completeness: u8,
    /// Checks with fewer failures now, by id.
    pub better: Vec<String>,
    /// Checks with more failures now, by id.
    pub worse: Vec<String>,
}

/// The score at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TrendPoint {
    /// The day.
    #[serde(serialize_with = "day")]
    pub day: NaiveDate,
    /// 0 to 100; `null` where it was withheld.
    pub score: Option<u8>,
    /// 0 to 100.
    pub completeness: u8,
}

/// A control that checks touch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Control {
    /// The framework's own id: `A.8.1`.
    pub id: String,
    /// In our words.
    pub title: String,
    /// How much of it checks can answer.
    pub coverage: Coverage,
    /// How it stands as of the end.
    pub status: ControlStatus,
    /// What the evidence shows.
    pub shows: String,
    /// What it does not show.
    pub gap: String,
    /// Required checks, then supporting ones.
    pub checks: Vec<ControlCheck>,
    /// What people attested for it.
    pub attestations: Vec<Attestation>,
    /// Why and by whom it was declared not applicable.
    pub not_applicable: Option<NotApplicable>,
}

/// A check's part in a control, with its counts there: another control may have other parameters or scope.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ControlCheck {
    /// The check.
    pub check_id: String,
    /// Its title.
    pub title: String,
    /// Whether the control rests on it; else it supports.
    pub required: bool,
    /// Whether it takes part; else it is off or lacks a parameter.
    pub active: bool,
    /// Whether it is about the appliance itself, and so in no score.
    pub appliance: bool,
    /// P, F, E, N and not applicable; they add up to the population.
    pub counts: Counts,
    /// `1 of 60, oldest 4 days, target 14`, in numbers.
    pub deviations: DeviationSummary,
}

/// What is open, how old it is and what the target is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeviationSummary {
    /// Subjects that fail, excepted ones included.
    pub open: u64,
    /// Subjects that the check is for.
    pub of: u64,
    /// Whole days since the oldest began.
    pub oldest_days: Option<i64>,
    /// Days within which one is to be mended, where the organisation or the framework set any.
    pub target_days: Option<i64>,
}

/// A control that the organisation declared not applicable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotApplicable {
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: Option<String>,
    /// When.
    pub at: Time,
}

/// Verdicts by where their facts come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SourceCounts {
    /// Read by an agent, or by the appliance itself.
    pub agent: u64,
    /// Sent by another system.
    pub integration: u64,
    /// Stated by a person.
    pub person: u64,
}

/// A check over the framework's scope.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckResult {
    /// Its id in the catalogue.
    pub id: String,
    /// What holds when it passes.
    pub title: String,
    /// What it judges.
    pub subject: Subject,
    /// Its rule in words.
    pub rule: String,
    /// Its parameters in words: `at most 14 days`.
    pub parameters: Vec<String>,
    /// The subjects that it is for, if not all: `laptop, desktop`.
    pub scope: Option<String>,
    /// How grave a failure is.
    pub severity: Severity,
    /// Measured, declared or derived.
    pub evidence: Evidence,
    /// Verdicts by source.
    pub sources: SourceCounts,
    /// P, F, E, N and not applicable; they add up to the population.
    pub counts: Counts,
    /// What is open as of the end.
    pub deviations: DeviationSummary,
    /// How it fared over the whole period.
    pub period: Option<PeriodFigure>,
    /// The controls that rest on it or that it supports.
    pub controls: Vec<String>,
    /// How to mend a failure, with the system's name where it differs: `macOS: …`.
    pub remediation: Vec<String>,
    /// Subjects that fail as of the end, excepted ones included, longest first.
    pub failing: Vec<FailingSubject>,
}

/// Subject-days of a check in the period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PeriodFigure {
    /// Subject-days passed.
    pub days_passed: f64,
    /// Subject-days failed, excepted ones included.
    pub days_failed: f64,
    /// Subject-days without data.
    pub days_no_data: f64,
    /// Subject-days of the population.
    pub days_total: f64,
    /// Deviations that began, held or ended within.
    pub deviations: u64,
    /// Mean days until one was mended, over those that were.
    pub mean_days_to_mend: Option<f64>,
    /// Days of the longest.
    pub longest_days: Option<f64>,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SubjectRef {
    /// Device, service, user or tenant.
    #[serde(rename = "type")]
    pub kind: Subject,
    /// Its id.
    pub id: String,
    /// Its name as of the end.
    pub name: String,
    /// Its serial number, for a device.
    pub serial_number: Option<String>,
    /// Its owner's name.
    pub owner: Option<String>,
}

/// A subject that fails a check as of the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailingSubject {
    /// Which.
    pub subject: SubjectRef,
    /// Since when.
    pub since: Time,
    /// What was seen, in words; `null` where nothing was.
    pub observed: Option<String>,
    /// How to mend it on this subject.
    pub remediation: Option<String>,
    /// Until when its grace lasts.
    pub grace_until: Option<Time>,
    /// The id of the exception in force.
    pub exception_id: Option<String>,
}

/// A failure that held within the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deviation {
    /// Which.
    pub subject: SubjectRef,
    /// The check.
    pub check_id: String,
    /// Its title.
    pub check_title: String,
    /// How grave.
    pub severity: Severity,
    /// When it began; may be before the period.
    pub from: Time,
    /// When it ended; `null` if it was open at the end.
    pub to: Option<Time>,
    /// How long it held, up to the end of the period, seconds.
    pub seconds: i64,
    /// Days within which it was to be mended.
    pub target_days: Option<i64>,
    /// The exception that was in force.
    pub exception_id: Option<String>,
    /// Whether facts about it came more than 24 hours late.
    pub recorded_late: bool,
}

/// An exception in force at some time in the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exception {
    /// Its id.
    pub id: String,
    /// The subject or `tag:NAME` that it is for.
    pub subject: String,
    /// The check.
    pub check_id: String,
    /// Its title.
    pub check_title: String,
    /// Why.
    pub reason: String,
    /// What is done instead.
    pub compensating_measure: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Whether these are one person.
    pub self_approved: bool,
    /// When it began.
    pub from: Time,
    /// Its last day.
    #[serde(serialize_with = "day")]
    pub expires_on: NaiveDate,
    /// When it was revoked before that.
    pub revoked_at: Option<Time>,
    /// Whether it was in force as of the end.
    pub in_force: bool,
    /// Subjects that it covered as of the end.
    pub subjects: u64,
}

/// A statement of a person, with its files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attestation {
    /// Its id.
    pub id: String,
    /// The control, check or subject that it is about.
    pub about: String,
    /// What is stated.
    pub statement: String,
    /// Who stated it.
    pub by: Option<String>,
    /// When.
    pub at: Time,
    /// The last day that it holds for.
    #[serde(serialize_with = "optional_day::serialize")]
    pub valid_until: Option<NaiveDate>,
    /// Names of its files with their SHA-256.
    pub files: Vec<String>,
}

/// Controls that no check touches, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotCoveredGroup {
    /// The reason's name: `governance`.
    pub reason: String,
    /// The reason in words.
    pub text: String,
    /// The controls.
    pub controls: Vec<NotCovered>,
}

/// A control that no check touches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotCovered {
    /// The framework's own id.
    pub id: String,
    /// In our words.
    pub title: String,
    /// Manual, or not applicable.
    pub status: ControlStatus,
    /// What people attested for it.
    pub attestations: Vec<Attestation>,
    /// Why and by whom it was declared not applicable.
    pub not_applicable: Option<NotApplicable>,
}
