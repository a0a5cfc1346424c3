//! All that a compliance report says, as plain data: what every format is written from, and, serialized, the JSON format itself.
//!
//! A field that is `null` was not known or does not apply; nothing is filled in. Lists are whole: only the printed form shortens them, and
//! says so. Times are UTC, days are those of the organisation's time zone.

mod integrity;
mod inventory;
mod result;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use crate::domain::time::{Time, optional_day};

pub use integrity::{AgentVersion, ApplianceBlock, AuditChain, Checkpoint, Clocks, EventCount, EvidenceTally, MethodText, SettingsChange};
pub use inventory::{
    Device, FactValue, ImportedList, Person, Population, Reconciliation, ReconciliationLine, Review, Service, SubjectResult,
};
pub use result::{
    Attestation, CheckResult, Control, ControlCheck, ControlStatus, ControlTally, Coverage, CoverageCounts, Deviation, DeviationSummary,
    Exception, FailingSubject, NotApplicable, NotCovered, NotCoveredGroup, PeriodFigure, PreviousReport, SourceCounts, SubjectRef,
    TrendPoint,
};

use crate::domain::compliance::Score;

/// Name and number of the JSON form; a change that breaks readers gets another number.
pub const FORMAT: &str = "recoger-compliance-report-1";

/// A whole compliance report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComplianceReport {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Whose report it is.
    pub organisation: Organisation,
    /// The framework that it reports on.
    pub framework: Framework,
    /// The days that it is about.
    pub period: Period,
    /// By whom, when and how it was made.
    pub generated: Generated,
    /// What was asked for, in words and as sent.
    pub request: Request,
    /// What the figures rest on, by hash and version.
    pub basis: Basis,
    /// Score, completeness and the five counts over the framework's checks, as of the end of the period.
    pub result: Score,
    /// The part of the framework that checks can touch.
    pub coverage: CoverageCounts,
    /// How much of the evidence is measured, declared, derived.
    pub evidence: EvidenceTally,
    /// The report of the same framework made before this one.
    pub previous: Option<PreviousReport>,
    /// The score day by day in the period, oldest first; days without a score are left out.
    pub trend: Vec<TrendPoint>,
    /// Controls by status.
    pub control_tally: ControlTally,
    /// The controls that checks touch, in the framework's order.
    pub controls: Vec<Control>,
    /// The checks of the framework about devices and services, in the catalogue's order.
    pub checks: Vec<CheckResult>,
    /// Checks of the framework that are off or lack a parameter: no data for their controls.
    pub checks_not_in_use: Vec<NotInUse>,
    /// Failures that held within the period, longest first.
    pub deviations: Vec<Deviation>,
    /// Who and what there is, with lines that add up.
    pub population: Population,
    /// The devices of the period, retired ones included.
    pub devices: Vec<Device>,
    /// The services of the period.
    pub services: Vec<Service>,
    /// The people who need a device or have one.
    pub people: Vec<Person>,
    /// Exceptions in force at some time in the period.
    pub exceptions: Vec<Exception>,
    /// Statements of people with their files: attested, never measured.
    pub attestations: Vec<Attestation>,
    /// What no check of this appliance touches, by reason.
    pub not_covered: Vec<NotCoveredGroup>,
    /// What the appliance says about itself; in no score.
    pub appliance: ApplianceBlock,
    /// The audit log behind it.
    pub audit_chain: AuditChain,
    /// How it was made, in words.
    pub method: Vec<MethodText>,
    /// Settings, catalogue and framework as they changed within the period.
    pub changes: Vec<SettingsChange>,
}

/// Whose report it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Its logo, a PNG that was checked on entry; only printed.
    #[serde(skip)]
    pub logo: Option<Arc<[u8]>>,
}

/// The framework that is reported on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Framework {
    /// Its id, the file's `key`: `iso27001`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Who publishes it.
    pub publisher: String,
    /// Whether the file lists every control of it; else coverage is given in counts only.
    pub complete: bool,
    /// Source, licence and "not affiliated", in one or two sentences.
    pub attribution: String,
    /// What a report on it never says, such as that something is certified.
    pub disclaimer: String,
}

/// The days that a report is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// The first day.
    #[serde(serialize_with = "day")]
    pub start: NaiveDate,
    /// The last day, included.
    #[serde(serialize_with = "day")]
    pub end: NaiveDate,
    /// The moment whose state is reported: the end of the last day, or when the report was made.
    pub as_of: Time,
    /// The same moment in the organisation's time zone, with its offset.
    pub as_of_local: String,
    /// The time zone of days, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Whether the period has not ended yet.
    pub preliminary: bool,
}

/// By whom, when and how the report was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Generated {
    /// The report's id.
    pub report_id: String,
    /// When.
    pub at: Time,
    /// The name or email of who asked for it; `null` for a schedule.
    pub by: Option<String>,
    /// His role, or that of the API key.
    pub role: Option<String>,
    /// What set it off: user interface, API, API key, schedule, command line; in words.
    pub trigger: String,
    /// The version of the program.
    pub appliance_version: String,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// In one to three sentences.
    pub in_words: String,
    /// As it was sent: method, path and body, or the command line.
    pub as_sent: String,
    /// Which subjects count, in words, with the reason of each exclusion.
    pub scope: Vec<String>,
    /// Parameters of checks as they were applied.
    pub parameters: Vec<Parameter>,
}

/// A parameter as it was applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// The check.
    pub check_id: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: serde_json::Value,
    /// Who demands it: framework, control, setting, catalogue.
    pub origin: String,
}

/// What the figures rest on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Basis {
    /// SHA-256 of the catalogue of checks, hex.
    pub catalogue_sha256: String,
    /// SHA-256 of the framework's file, hex.
    pub framework_sha256: String,
    /// SHA-256 of the table of operating systems' support, hex.
    pub os_support_sha256: Option<String>,
    /// The day of that table's data.
    #[serde(serialize_with = "optional_day::serialize")]
    pub os_support_date: Option<NaiveDate>,
    /// The version of the settings in force as of the end.
    pub settings_version: Option<i64>,
    /// The PEM of the public key that signs reports and checkpoints.
    pub signing_key_pem: Option<String>,
}

/// A check of the framework that takes no part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotInUse {
    /// The check.
    pub check_id: String,
    /// Its title.
    pub title: String,
    /// Off, by whom and why, or which parameter is empty.
    pub reason: String,
    /// The controls that lack its data.
    pub controls: Vec<String>,
}

/// Writes a day as `YYYY-MM-DD`.
fn day<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// Writes a text that many rows share.
fn shared<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}
