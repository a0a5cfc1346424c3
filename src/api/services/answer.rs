//! What answers say of a service.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::checks::CheckAnswer;
use crate::api::words;
use crate::domain::check::Subject;
use crate::domain::compliance::grace_until;
use crate::domain::inventory::Verdict;
use crate::domain::service::{DataClassification, Service};
use crate::domain::settings::{CheckState, ResolvedChecks};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::Tx;
use crate::store::users::Names;

/// A service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Service)]
pub struct ServiceAnswer {
    /// The id.
    #[schema(example = "svc_abc123")]
    id: String,
    /// Its name.
    #[schema(example = "GitHub")]
    name: String,
    /// What it is for.
    #[schema(example = "Source code hosting", required = true)]
    description: Option<String>,
    /// Its category.
    #[schema(example = "development", required = true)]
    category: Option<String>,
    /// Where it is.
    #[schema(example = "https://github.com", required = true)]
    url: Option<String>,
    /// Its owner.
    #[schema(example = "user_xyz", required = true)]
    owner_id: Option<String>,
    /// The owner's name, or the email where there is no name; left out where nobody owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ann Berg", nullable = false)]
    owner_name: Option<String>,
    /// How confidential its data are.
    #[schema(value_type = Option<words::DataClassification>, required = true)]
    data_classification: Option<&'static str>,
    /// Whether sign-in runs over the central identity provider; `null` is not answered.
    #[schema(required = true)]
    sso_enabled: Option<bool>,
    /// Whether multi-factor authentication is enforced; `null` is not answered.
    #[schema(required = true)]
    mfa_enforced: Option<bool>,
    /// Whether it records who did what; `null` is not answered.
    #[schema(required = true)]
    audit_logging_enabled: Option<bool>,
    /// Whether stored data are encrypted; `null` is not answered.
    #[schema(required = true)]
    encryption_at_rest: Option<bool>,
    /// Where data are stored and processed: ISO 3166 country codes, `EU`, `EEA`; `null` is not answered.
    #[schema(required = true)]
    data_location: Option<Vec<String>>,
    /// Whether it processes personal data; `null` is not answered.
    #[schema(required = true)]
    processes_personal_data: Option<bool>,
    /// Days between reviews that are in force: as set, else 90 for confidential and restricted data and 365 for all others.
    #[schema(minimum = 1, maximum = 1096)]
    review_interval_days: u32,
    /// Tags.
    tags: Vec<String>,
    /// The day of its last review.
    #[schema(format = Date, required = true)]
    last_review_date: Option<String>,
    /// When the next review is due; `null` until the first.
    #[schema(format = Date, required = true)]
    next_review_date: Option<String>,
    /// How it stands.
    #[schema(value_type = words::ComplianceStatus)]
    status: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    status_since: Time,
    /// Who vouches for it: a person, or another system.
    #[schema(value_type = words::Source)]
    source: &'static str,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When it was changed or reviewed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    /// How its checks stand; in answers about one service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checks: Option<Vec<CheckAnswer>>,
}

impl ServiceAnswer {
    /// The service without its checks.
    pub fn new(service: Service) -> ServiceAnswer {
        let review_interval_days = service.record.interval_days();
        let record = service.record;
        let answers = record.answers;
        ServiceAnswer {
            id: service.id,
            name: record.name,
            description: record.description,
            category: record.category,
            url: record.url,
            owner_id: record.owner_id,
            owner_name: None,
            data_classification: record.data_classification.map(DataClassification::as_str),
            sso_enabled: answers.sso_enabled,
            mfa_enforced: answers.mfa_enforced,
            audit_logging_enabled: answers.audit_logging_enabled,
            encryption_at_rest: answers.encryption_at_rest,
            data_location: answers.data_location,
            processes_personal_data: record.processes_personal_data,
            review_interval_days,
            tags: record.tags,
            last_review_date: record.last_review_date.map(|day| day.to_string()),
            next_review_date: record.next_review_date.map(|day| day.to_string()),
            status: service.status.as_str(),
            status_since: service.status_since,
            source: record.source.as_str(),
            created_at: service.created_at,
            updated_at: service.recorded_at,
            checks: None,
        }
    }

    /// Adds what the owner is called.
    pub fn with_owner(mut self, tx: &Tx, names: &mut Names) -> Result<ServiceAnswer> {
        self.owner_name = names.of(tx, self.owner_id.as_deref())?;
        Ok(self)
    }

    /// Adds the checks.
    pub fn with_checks(mut self, checks: Vec<CheckAnswer>) -> ServiceAnswer {
        self.checks = Some(checks);
        self
    }
}

/// The verdicts as answers, in the catalogue's order; those of checks that are off now are left out.
pub fn checks(verdicts: &[Verdict], service: &Service, checks: &ResolvedChecks<'static>, now: Time) -> Result<Vec<CheckAnswer>> {
    let judged = checks.iter().filter(|resolved| resolved.check.subject == Subject::Service && resolved.state != CheckState::Off);
    let answers = judged.filter_map(|resolved| {
        let verdict = verdicts.iter().find(|verdict| verdict.check_id == resolved.check.id)?;
        let grace = grace_until(resolved, verdict.since, service.record.next_review_date, checks.zone);
        Some(CheckAnswer::new(verdict, resolved, verdict.observed.clone(), grace, None, now))
    });
    answers.collect()
}
