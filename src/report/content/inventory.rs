//! Who and what there is: the population with lines that add up, devices, services with their reviews, people.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{day, shared};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::Source;
use crate::domain::time::{Time, optional_day};

/// Who and what there is as of the end, and what came and went within the period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Population {
    /// Devices registered as of the end, retired ones left out.
    pub devices_registered: u64,
    /// Of those, in the report's scope.
    pub devices_in_scope: u64,
    /// Of those, heard of within [`Population::silent_after_days`].
    pub devices_reporting: u64,
    /// Of those, silent for longer.
    pub devices_silent: u64,
    /// Registered within the period.
    pub devices_added: u64,
    /// Retired within the period.
    pub devices_retired: u64,
    /// A device is silent after so many days.
    pub silent_after_days: u32,
    /// Active people.
    pub people_active: u64,
    /// Of those, with a device.
    pub people_with_device: u64,
    /// Of those, who need a device and have none.
    pub people_without_device: u64,
    /// Of those, who need none, with a reason on record.
    pub people_need_none: u64,
    /// Services as of the end.
    pub services_recorded: u64,
    /// Of those, in the report's scope.
    pub services_in_scope: u64,
    /// Of those, without an active owner.
    pub services_without_owner: u64,
    /// Sums that add up, as an auditor would do them.
    pub reconciliations: Vec<Reconciliation>,
    /// Lists of people or assets that were imported to compare with.
    pub imported_lists: Vec<ImportedList>,
}

/// A sum: its lines come to its total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// `Devices over the period`.
    pub title: String,
    /// The summands.
    pub lines: Vec<ReconciliationLine>,
    /// What the total is: `Registered at the end`.
    pub total_label: String,
    /// The total as counted on its own.
    pub total: i64,
}

impl Reconciliation {
    /// Whether the lines come to the total that was counted on its own.
    pub fn adds_up(&self) -> bool {
        self.lines.iter().map(|line| line.count).sum::<i64>() == self.total
    }
}

/// One summand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReconciliationLine {
    /// What is counted.
    pub label: String,
    /// How many; negative where they are taken away.
    pub count: i64,
}

/// A list of people or assets that was imported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportedList {
    /// What it lists.
    pub title: String,
    /// Rows.
    pub rows: u64,
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Option<String>,
}

/// How one check stands for one subject as of the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubjectResult {
    /// The check.
    #[serde(serialize_with = "shared")]
    pub check_id: Arc<str>,
    /// Its verdict.
    pub status: CheckStatus,
    /// Since when; `null` without a verdict.
    pub since: Option<Time>,
    /// What was seen; `null` where nothing was.
    pub observed: Value,
    /// Who vouches for it.
    pub source: Option<Source>,
}

/// A fact with its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactValue {
    /// Its name in the catalogue: `security.disk_encryption`.
    #[serde(serialize_with = "shared")]
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
    /// When it was last confirmed.
    pub at: Option<Time>,
}

/// A device of the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// Its serial number.
    pub serial_number: String,
    /// Its name as of the end.
    pub name: String,
    /// Laptop, desktop, …
    pub device_type: String,
    /// Its operating system.
    pub os_type: String,
    /// And the version.
    pub os_version: Option<String>,
    /// Company's or personal.
    pub ownership: String,
    /// Its owner's name.
    pub owner: Option<String>,
    /// And email.
    pub owner_email: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who vouches for its facts.
    pub source: Option<Source>,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// When it was registered.
    pub first_seen: Time,
    /// When it was last heard of by the end.
    pub last_seen: Option<Time>,
    /// When it left the inventory.
    pub retired_at: Option<Time>,
    /// Why.
    pub retired_reason: Option<String>,
    /// Whether it is in the report's scope.
    pub in_scope: bool,
    /// Its status; `null` for a retired device.
    pub status: Option<Status>,
    /// Of the framework's checks that are for it.
    pub results: Vec<SubjectResult>,
    /// Every fact that its checks rest on.
    pub facts: Vec<FactValue>,
}

/// A service of the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Its owner's name.
    pub owner: Option<String>,
    /// And email.
    pub owner_email: Option<String>,
    /// How confidential its data are.
    pub data_classification: Option<String>,
    /// Whether it processes personal data.
    pub processes_personal_data: Option<bool>,
    /// Where data are processed.
    pub data_location: Option<Vec<String>>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was recorded.
    pub created_at: Time,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
    /// The day of its last review.
    #[serde(serialize_with = "optional_day::serialize")]
    pub last_review_date: Option<NaiveDate>,
    /// The day of its next one.
    #[serde(serialize_with = "optional_day::serialize")]
    pub next_review_date: Option<NaiveDate>,
    /// Whether it is in the report's scope.
    pub in_scope: bool,
    /// Its status.
    pub status: Option<Status>,
    /// Of the framework's checks that are for it.
    pub results: Vec<SubjectResult>,
    /// Every fact that its checks rest on.
    pub facts: Vec<FactValue>,
    /// Its reviews in the period, and the last one before it; newest first.
    pub reviews: Vec<Review>,
}

/// A review of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// The day that it was made.
    #[serde(serialize_with = "day")]
    pub review_date: NaiveDate,
    /// When it was recorded: from then on it counts.
    pub recorded_at: Time,
    /// Days between the two, if any.
    pub recorded_late_days: Option<i64>,
    /// Who made it.
    pub reviewer: Option<String>,
    /// Passed, passed with findings, failed.
    pub outcome: Option<String>,
    /// What was found.
    pub findings: Option<String>,
    /// Findings that are still open.
    pub open_findings: u64,
    /// The day of the next one.
    #[serde(serialize_with = "optional_day::serialize")]
    pub next_review_date: Option<NaiveDate>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The email.
    pub email: Option<String>,
    /// Whether there should be a device.
    pub needs_device: bool,
    /// Why there need not be one.
    pub reason: Option<String>,
    /// Devices as of the end.
    pub devices: u64,
    /// The day of leaving.
    #[serde(serialize_with = "optional_day::serialize")]
    pub left_on: Option<NaiveDate>,
}
