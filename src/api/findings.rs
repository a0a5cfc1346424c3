//! Findings of reviews: what is to be mended, by whom and until when.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{json as ok, page};
use super::call::Call;
use super::devices::fields::words as all_words;
use super::export::{self, FORMAT};
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use super::services::input::{ID_CHARACTERS_MAX, clearable, paragraphs};
use super::services::own_only;
use super::words;
use crate::domain::access::{EVERYBODY, SERVICE_OWNERS};
use crate::domain::check::Severity;
use crate::domain::finding::{Finding, FindingPatch, FindingStatus};
use crate::domain::time::{Time, parse_date};
use crate::error::Result;
use crate::http::{Lane, Request, Response};
use crate::store::findings::{self, Filter, Page, Sort};

/// Characters of a resolution.
const RESOLUTION_CHARACTERS_MAX: usize = 2_000;

/// Columns of the list as CSV.
const COLUMNS: [&str; 12] = [
    "id",
    "service_id",
    "review_id",
    "text",
    "severity",
    "owner_id",
    "due_on",
    "status",
    "resolution",
    "resolved_at",
    "created_at",
    "updated_at",
];

const BASE: Route = Route {
    method: "GET",
    path: "/v1/findings/{finding_id}",
    name: "get_finding",
    access: EVERYBODY,
    lane: Lane::Quick,
    handler: show,
    summary: "Get a finding. Plain users see those that they mend and those of services that they own",
    tag: "Security reviews",
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The finding", body: AnswerBody::Json(of::<FindingAnswer>()) },
    errors: &[],
};

/// One for each endpoint.
pub static ROUTES: [Route; 3] = [
    Route {
        path: "/v1/findings",
        name: "list_findings",
        handler: list,
        summary: "List findings of reviews. The newest comes first; plain users see those that they mend and those of services that they own",
        query: &[
            Parameter {
                name: "status",
                kind: ParameterKind::Choice(|| FindingStatus::ALL.iter().map(|status| status.as_str()).collect()),
                description: "Filter by how they stand",
            },
            Parameter {
                name: "overdue",
                kind: ParameterKind::Boolean { default: false },
                description: "`true`: only those that are open beyond `due_on`",
            },
            Parameter { name: "owner_id", kind: ParameterKind::Text, description: "Those that this user mends" },
            Parameter { name: "service_id", kind: ParameterKind::Text, description: "Those of this service" },
            Parameter {
                name: "severity",
                kind: ParameterKind::Choice(|| Severity::ALL.iter().map(|severity| severity.as_str()).collect()),
                description: "Filter by how grave they are",
            },
            Parameter {
                name: "sort",
                kind: ParameterKind::Choice(|| vec!["created_at", "-created_at", "due_on", "-due_on"]),
                description: "Order; `-` turns it round. Those without a day come last either way. Without it, the newest comes first",
            },
            SKIP,
            LIMIT,
            FORMAT,
        ],
        answer: Answer { status: 200, description: "A page of findings", body: AnswerBody::ListOrCsv(of::<FindingAnswer>(), &COLUMNS) },
        ..BASE
    },
    BASE,
    Route {
        method: "PATCH",
        name: "update_finding",
        access: SERVICE_OWNERS,
        handler: update,
        summary: "Follow up a finding. For admins and the owner of the service. The review keeps what it stated; each version of this is kept too",
        request: Some(of::<FindingUpdate>()),
        body_bytes_max: BODY_BYTES_MAX,
        ..BASE
    },
];

/// Changes to a finding; what is left out stays, `null` clears what may be empty.
#[derive(ToSchema)]
#[schema(examples(json!({ "status": "resolved", "resolution": "Accounts of leavers are closed by the directory now" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct FindingUpdate {
    /// Who mends it: an active user; `null` for nobody.
    #[schema(min_length = 1, max_length = 64)]
    owner_id: Option<String>,
    /// Until when.
    #[schema(format = Date)]
    due_on: Option<String>,
    /// `resolved` needs a `resolution`; `open` takes it away.
    #[schema(value_type = words::FindingStatus, nullable = false, required = false)]
    status: Option<String>,
    /// How it was resolved.
    #[schema(min_length = 1, max_length = 2000)]
    resolution: Option<String>,
}

/// Something that a review found, as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingAnswer {
    /// The id.
    #[schema(example = "find_abc123")]
    id: String,
    /// The service.
    #[schema(example = "svc_abc123")]
    service_id: String,
    /// The review that found it.
    #[schema(example = "rev_abc123")]
    review_id: String,
    /// What.
    text: String,
    /// How grave.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Who mends it.
    #[schema(required = true)]
    owner_id: Option<String>,
    /// Until when.
    #[schema(format = Date, required = true)]
    due_on: Option<String>,
    /// Whether it is to be mended.
    #[schema(value_type = words::FindingStatus)]
    status: &'static str,
    /// How it was resolved.
    #[schema(required = true)]
    resolution: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    resolved_at: Option<Time>,
    /// When the review was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When this was changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl FindingAnswer {
    fn new(finding: Finding) -> FindingAnswer {
        FindingAnswer {
            id: finding.id,
            service_id: finding.service_id,
            review_id: finding.review_id,
            text: finding.text,
            severity: finding.severity.as_str(),
            owner_id: finding.record.owner_id,
            due_on: finding.record.due_on.map(|day| day.to_string()),
            status: finding.record.status.as_str(),
            resolution: finding.record.resolution,
            resolved_at: finding.record.resolved_at,
            created_at: finding.created_at,
            updated_at: finding.recorded_at,
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    let filter = Filter {
        owner_id: call.query.text("owner_id").map(str::to_owned),
        service_id: call.query.text("service_id").map(str::to_owned),
        status: call.query.text("status").and_then(FindingStatus::parse),
        severity: call.query.text("severity").and_then(Severity::parse),
        overdue: call.query.boolean("overdue"),
        visible_to: own_only(call)?,
    };
    let order = call.query.text("sort").unwrap_or("-created_at");
    let sort = if order.ends_with("due_on") { Sort::DueOn } else { Sort::CreatedAt };
    let part = Page { sort, descending: order.starts_with('-'), skip: call.query.integer("skip"), limit: call.query.integer("limit") };
    if export::wanted(call) {
        let ids = call.read(|tx| findings::ids(tx, &filter, part))?;
        return export::of_ids(call, "findings", &COLUMNS, ids, |tx, id| {
            Ok(export::found(findings::get(tx, id, None))?.map(FindingAnswer::new))
        });
    }
    let (found, total) = call.read(|tx| findings::list(tx, &filter, part))?;
    let answers: Vec<_> = found.into_iter().map(FindingAnswer::new).collect();
    Ok(page(call, &answers, total))
}

fn show(call: &Call) -> Result<Response> {
    let person = own_only(call)?;
    let finding = call.read(|tx| findings::get(tx, call.path("finding_id"), person.as_deref()))?;
    Ok(ok(&FindingAnswer::new(finding)))
}

fn update(call: &Call) -> Result<Response> {
    let patch = patch(call.request)?;
    let (id, person) = (call.path("finding_id").to_owned(), own_only(call)?);
    let finding = call.write(move |tx| findings::patch(tx, &id, &patch, person.as_deref()))?;
    Ok(ok(&FindingAnswer::new(finding)))
}

fn patch(request: &Request) -> Result<FindingPatch> {
    let mut fields = Fields::of(request)?;
    let owner_id = clearable(&mut fields, "owner_id", |fields, value| fields.as_text("owner_id", value, 1, ID_CHARACTERS_MAX))?;
    let due_on = clearable(&mut fields, "due_on", |fields, value| {
        let text = fields.as_text("due_on", value, 1, 64)?;
        parse_date(&text).ok_or_else(|| fields.wrong("due_on", "must be a day like 2026-01-04"))
    })?;
    let resolution =
        clearable(&mut fields, "resolution", |fields, value: Value| paragraphs(fields, "resolution", value, RESOLUTION_CHARACTERS_MAX))?;
    let status = fields.choice("status", FindingStatus::parse, &all_words(FindingStatus::ALL, FindingStatus::as_str))?;
    fields.finish()?;
    Ok(FindingPatch { owner_id, due_on, status, resolution })
}
