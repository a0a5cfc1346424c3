//! Security reviews of a service: its list, and recording one.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{Items, created, page_of};
use super::call::Call;
use super::devices::fields::words as all_words;
use super::exceptions::input::day;
use super::files::{self, FILES_BODY_BYTES_MAX, FileAnswer, FileCreate};
use super::input::{Fields, kind_of};
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use super::services::input::{ID_CHARACTERS_MAX, paragraphs, places};
use super::services::{find_any, own_only};
use super::words;
use crate::domain::access::{EVERYBODY, SERVICE_OWNERS};
use crate::domain::check::Severity;
use crate::domain::evidence_file::NewFile;
use crate::domain::review::{FindingItem, Review, ReviewOutcome, Statement};
use crate::domain::service::Answers;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Request, Response};
use crate::store::reviews;

/// Characters of the findings in words.
const FINDINGS_CHARACTERS_MAX: usize = 10_000;
/// Findings of one review.
const FINDING_ITEMS_MAX: usize = 100;
/// Characters of one finding.
const FINDING_CHARACTERS_MAX: usize = 1_000;

const TAG: &str = "Security reviews";
const PATH: &str = "/v1/services/{service_id}/reviews";

/// One for each endpoint.
pub static ROUTES: [Route; 3] = [
    Route {
        method: "GET",
        path: PATH,
        name: "list_reviews",
        access: EVERYBODY,
        lane: Lane::Large,
        handler: list,
        summary: "List reviews for a service. The latest review comes first; those of deleted services stay",
        tag: TAG,
        query: &[SKIP, LIMIT],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "A page of reviews", body: AnswerBody::List(of::<ReviewAnswer>()) },
        errors: &[],
    },
    Route {
        method: "POST",
        path: PATH,
        name: "create_review",
        access: SERVICE_OWNERS,
        lane: Lane::Intake,
        handler: create,
        summary: "Create a security review. For admins and the service's owner. The answers given update the service, unless a later review is \
         recorded already; the review keeps its own copy for ever and can't be changed",
        tag: TAG,
        query: &[],
        request: Some(of::<ReviewCreate>()),
        body_bytes_max: FILES_BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The review", body: AnswerBody::Json(of::<ReviewAnswer>()) },
        errors: &[(409, "The organisation's files would take too much room")],
    },
    Route {
        path: "/v1/services/{service_id}/reviews/{review_id}/files/{file_id}",
        name: "get_review_file",
        access: EVERYBODY,
        handler: file,
        summary: "Download a file of a review. For whoever may read the review",
        tag: TAG,
        ..files::DOWNLOAD
    },
];

/// A review to be recorded.
#[derive(ToSchema)]
#[schema(examples(json!({
    "review_date": "2026-01-04", "next_review_date": "2026-04-04", "findings": "All security controls verified.",
    "sso_enabled": true, "mfa_enforced": true, "audit_logging_enabled": true
})))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct ReviewCreate {
    /// The day of the review, in the organisation's time zone; not in the future.
    #[schema(format = Date)]
    review_date: String,
    /// When the next one is due: after `review_date`; default after the service's `review_interval_days`.
    #[schema(format = Date)]
    next_review_date: Option<String>,
    /// What was found, in words.
    #[schema(min_length = 1, max_length = 10000)]
    findings: Option<String>,
    /// How it ended.
    #[schema(value_type = Option<words::ReviewOutcome>)]
    outcome: Option<String>,
    /// What was found, one by one.
    #[schema(max_items = 100)]
    finding_items: Option<Vec<ReviewFinding>>,
    /// What goes with it: PDF or PNG, together at most 10 MB.
    #[schema(max_items = 5)]
    files: Option<Vec<FileCreate>>,
    /// Whether sign-in runs over the central identity provider.
    sso_enabled: Option<bool>,
    /// Whether multi-factor authentication is enforced.
    mfa_enforced: Option<bool>,
    /// Whether the service records who did what.
    audit_logging_enabled: Option<bool>,
    /// Whether stored data are encrypted.
    encryption_at_rest: Option<bool>,
    /// Where data are stored and processed: ISO 3166 country codes, `EU`, `EEA`.
    #[schema(min_items = 1, max_items = 60)]
    data_location: Option<Vec<String>>,
}

/// Something that a review found.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct ReviewFinding {
    /// What.
    #[schema(min_length = 1, max_length = 1000)]
    text: String,
    /// How grave.
    #[schema(value_type = words::Severity)]
    severity: String,
    /// Who mends it: an active user.
    #[schema(min_length = 1, max_length = 64)]
    owner_id: Option<String>,
    /// Until when.
    #[schema(format = Date)]
    due_on: Option<String>,
}

/// Something that a review found, as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewFindingItem)]
pub struct ReviewFindingAnswer {
    /// The id, under which it is followed up.
    #[schema(example = "find_abc123")]
    id: String,
    /// What.
    text: String,
    /// How grave.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Who was to mend it.
    #[schema(required = true)]
    owner_id: Option<String>,
    /// Until when.
    #[schema(format = Date, required = true)]
    due_on: Option<String>,
}

/// A review as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewAnswer {
    /// The id.
    #[schema(example = "rev_abc123")]
    id: String,
    /// The service.
    #[schema(example = "svc_abc123")]
    service_id: String,
    /// The day of the review.
    #[schema(format = Date)]
    review_date: String,
    /// When the next one is due, by this review.
    #[schema(format = Date)]
    next_review_date: String,
    /// What was found, in words.
    #[schema(required = true)]
    findings: Option<String>,
    /// How it ended.
    #[schema(value_type = Option<words::ReviewOutcome>, required = true)]
    outcome: Option<&'static str>,
    /// What was found, one by one, as it was recorded; how it stands is under `/v1/findings`.
    finding_items: Vec<ReviewFindingAnswer>,
    /// What goes with it.
    files: Vec<FileAnswer>,
    /// As answered in this review; `null` where it was not.
    #[schema(required = true)]
    sso_enabled: Option<bool>,
    /// As answered in this review; `null` where it was not.
    #[schema(required = true)]
    mfa_enforced: Option<bool>,
    /// As answered in this review; `null` where it was not.
    #[schema(required = true)]
    audit_logging_enabled: Option<bool>,
    /// As answered in this review; `null` where it was not.
    #[schema(required = true)]
    encryption_at_rest: Option<bool>,
    /// As answered in this review; `null` where it was not.
    #[schema(required = true)]
    data_location: Option<Vec<String>>,
    /// Who vouches for it: a person, or another system.
    #[schema(value_type = words::Source)]
    source: &'static str,
    /// Days from the review to its recording; it counts from its recording.
    #[schema(minimum = 0)]
    recorded_late_days: i64,
    /// Id of the user or key that recorded it; `null` for the appliance's operator.
    #[schema(required = true)]
    created_by: Option<String>,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl ReviewAnswer {
    fn new(review: Review) -> ReviewAnswer {
        let Statement { review_date, findings, outcome, finding_items, answers, .. } = review.statement;
        let finding = |item: FindingItem| ReviewFindingAnswer {
            id: item.id,
            text: item.text,
            severity: item.severity.as_str(),
            owner_id: item.owner_id,
            due_on: item.due_on.map(|day| day.to_string()),
        };
        ReviewAnswer {
            id: review.id,
            service_id: review.service_id,
            review_date: review_date.to_string(),
            next_review_date: review.next_review_date.to_string(),
            findings,
            outcome: outcome.map(ReviewOutcome::as_str),
            finding_items: finding_items.into_iter().map(finding).collect(),
            files: review.files.into_iter().map(FileAnswer::new).collect(),
            sso_enabled: answers.sso_enabled,
            mfa_enforced: answers.mfa_enforced,
            audit_logging_enabled: answers.audit_logging_enabled,
            encryption_at_rest: answers.encryption_at_rest,
            data_location: answers.data_location,
            source: review.source.as_str(),
            recorded_late_days: review.recorded_late_days,
            created_by: review.created_by,
            created_at: review.created_at,
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    let (found, total) = call.read(|tx| {
        let service = find_any(call, tx)?;
        reviews::list(tx, &service.id, call.query.integer("skip"), call.query.integer("limit"))
    })?;
    let mut items = Items::default();
    found.into_iter().for_each(|review| items.push(&ReviewAnswer::new(review)));
    Ok(page_of(call, items, total))
}

fn file(call: &Call) -> Result<Response> {
    let (file, content) = call.read(|tx| {
        let service = find_any(call, tx)?;
        reviews::file(tx, &service.id, call.path("review_id"), call.path("file_id"))
    })?;
    Ok(files::download(&file, content))
}

fn create(call: &Call) -> Result<Response> {
    let (statement, files) = statement(call.request)?;
    let (id, person) = (call.path("service_id").to_owned(), own_only(call)?);
    let review = call.write(move |tx| reviews::create(tx, &id, statement, &files, person.as_deref()))?;
    Ok(created(&ReviewAnswer::new(review)))
}

fn statement(request: &Request) -> Result<(Statement, Vec<NewFile>)> {
    let mut fields = Fields::of(request)?;
    let review_date = day(&mut fields, "review_date")?.ok_or_else(|| fields.missing("review_date"))?;
    let next_review_date = day(&mut fields, "next_review_date")?;
    let findings = match fields.optional("findings") {
        Some(value) => Some(paragraphs(&fields, "findings", value, FINDINGS_CHARACTERS_MAX)?),
        None => None,
    };
    let outcome = fields.choice("outcome", ReviewOutcome::parse, &all_words(ReviewOutcome::ALL, ReviewOutcome::as_str))?;
    let finding_items = match fields.optional("finding_items") {
        Some(value) => finding_items(&fields, value)?,
        None => Vec::new(),
    };
    let answers = Answers {
        sso_enabled: fields.boolean("sso_enabled")?,
        mfa_enforced: fields.boolean("mfa_enforced")?,
        audit_logging_enabled: fields.boolean("audit_logging_enabled")?,
        encryption_at_rest: fields.boolean("encryption_at_rest")?,
        data_location: match fields.optional("data_location") {
            Some(value) => Some(places(&fields, value)?),
            None => None,
        },
    };
    let files = files::read(&mut fields)?;
    fields.finish()?;
    Ok((Statement { review_date, next_review_date, findings, outcome, finding_items, answers }, files))
}

fn finding_items(fields: &Fields, value: Value) -> Result<Vec<FindingItem>> {
    let Value::Array(items) = value else {
        return Err(fields.wrong("finding_items", &format!("must be an array, not {}", kind_of(&value))));
    };
    if items.len() > FINDING_ITEMS_MAX {
        return Err(fields.wrong("finding_items", &format!("has more than {FINDING_ITEMS_MAX} entries")));
    }
    let read = |(place, item): (usize, Value)| {
        let name = format!("finding_items[{place}]");
        let Value::Object(map) = item else {
            return Err(fields.wrong(&name, &format!("must be an object, not {}", kind_of(&item))));
        };
        let mut fields = Fields::inside(&name, map);
        let text = fields.optional("text").ok_or_else(|| fields.missing("text"))?;
        let severity = fields.choice("severity", Severity::parse, &all_words(Severity::ALL, Severity::as_str))?;
        let item = FindingItem {
            id: String::new(),
            text: paragraphs(&fields, "text", text, FINDING_CHARACTERS_MAX)?,
            severity: severity.ok_or_else(|| fields.missing("severity"))?,
            owner_id: fields.text("owner_id", 1, ID_CHARACTERS_MAX)?,
            due_on: day(&mut fields, "due_on")?,
        };
        fields.finish()?;
        Ok(item)
    };
    items.into_iter().enumerate().map(read).collect()
}
