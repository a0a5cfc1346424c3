//! Security reviews of services: what a reviewer states, and what is kept of it for ever.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::check::Severity;
use super::device::Source;
use super::evidence_file::StoredFile;
use super::named::{exact_parse, named_enum};
use super::service::Answers;
use super::time::{Time, optional_day};

named_enum! {
    /// How a review ended.
    pub enum ReviewOutcome {
        /// Nothing to mend.
        Passed = "passed",
        /// Fit for use; the findings are to be mended.
        PassedWithFindings = "passed_with_findings",
        /// Not fit for use as it is.
        Failed = "failed",
    }
}

exact_parse! { ReviewOutcome }

/// Something that a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingItem {
    /// `find_…`, under which it is followed up; empty until the review is recorded.
    #[serde(default)]
    pub id: String,
    /// What.
    pub text: String,
    /// How grave.
    pub severity: Severity,
    /// Who mends it.
    pub owner_id: Option<String>,
    /// Until when.
    #[serde(with = "optional_day")]
    pub due_on: Option<NaiveDate>,
}

/// A review as the reviewer states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The day of the review.
    pub review_date: NaiveDate,
    /// The day agreed for the next one; `None`: after the service's interval.
    pub next_review_date: Option<NaiveDate>,
    /// In words.
    pub findings: Option<String>,
    /// How it ended.
    pub outcome: Option<ReviewOutcome>,
    /// One by one.
    pub finding_items: Vec<FindingItem>,
    /// What the reviewer answered; the rest was not looked at.
    pub answers: Answers,
}

/// A review as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// `rev_…`
    pub id: String,
    /// Of what.
    pub service_id: String,
    /// What was stated.
    pub statement: Statement,
    /// When the next one is due, by this review.
    pub next_review_date: NaiveDate,
    /// Who vouches for it.
    pub source: Source,
    /// Days from the review to its recording: it counts from its recording.
    pub recorded_late_days: i64,
    /// Id of the user or key that recorded it.
    pub created_by: Option<String>,
    /// What goes with it.
    pub files: Vec<StoredFile>,
    /// When it was recorded.
    pub created_at: Time,
}
