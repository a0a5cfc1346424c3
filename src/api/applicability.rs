//! Which controls of a framework apply: the organisation's statement of applicability.

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{json as ok, page};
use super::call::Call;
use super::exceptions::input::words_of;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use super::services::input::ID_CHARACTERS_MAX;
use crate::domain::access::{ADMIN, EVERYBODY};
use crate::domain::framework::Framework;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::store::applicability::{self, Decision};
use crate::store::frameworks;

/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 2_000;

const PATH: &str = "/v1/frameworks/{framework}/applicability";
const TAG: &str = "Evidence";

/// One for each endpoint.
pub static ROUTES: [Route; 2] = [
    Route {
        method: "GET",
        path: PATH,
        name: "list_applicability",
        access: EVERYBODY,
        lane: Lane::Quick,
        handler: list,
        summary: "List decisions on which controls of a framework apply. The one in force for each control of which there is one, the newest \
                  first; all others apply",
        tag: TAG,
        query: &[SKIP, LIMIT],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of decisions", body: AnswerBody::List(of::<ApplicabilityAnswer>()) },
        errors: &[],
    },
    Route {
        method: "PUT",
        path: PATH,
        name: "set_applicability",
        access: ADMIN,
        lane: Lane::Quick,
        handler: set,
        summary: "Decide whether a control applies. `applicable: false` needs a reason, which the statement of applicability prints; `true` takes \
                  that back. Every decision is kept: what was in force at a past moment stays known",
        tag: TAG,
        query: &[],
        request: Some(of::<ApplicabilityUpdate>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The decision in force", body: AnswerBody::Json(of::<ApplicabilityAnswer>()) },
        errors: &[],
    },
];

/// A decision on one control.
#[derive(ToSchema)]
#[schema(examples(json!({ "control_id": "A.7.4", "applicable": false, "reason": "There are no premises: everybody works from home" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct ApplicabilityUpdate {
    /// The control.
    #[schema(min_length = 1, max_length = 64)]
    control_id: String,
    /// Whether it applies.
    applicable: bool,
    /// Why not; only with `false`.
    #[schema(min_length = 1, max_length = 2000)]
    reason: Option<String>,
}

/// The decision in force on one control.
#[derive(Serialize, ToSchema)]
#[schema(as = Applicability)]
pub struct ApplicabilityAnswer {
    /// The control.
    #[schema(example = "A.7.4")]
    control_id: String,
    /// Whether it applies.
    applicable: bool,
    /// Why not.
    #[schema(required = true)]
    reason: Option<String>,
    /// Id of the user or key that decided; `null` for the appliance's operator.
    #[schema(required = true)]
    decided_by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Time,
}

impl ApplicabilityAnswer {
    fn new(decision: Decision) -> ApplicabilityAnswer {
        let Decision { control_id, applicable, reason, decided_by, recorded_at } = decision;
        ApplicabilityAnswer { control_id, applicable, reason, decided_by, recorded_at }
    }
}

/// One of the appliance or of the organisation's own.
fn framework(call: &Call) -> Result<Cow<'static, Framework>> {
    Ok(call.read(|tx| frameworks::get(tx, call.path("framework")))?.framework)
}

fn list(call: &Call) -> Result<Response> {
    let framework = framework(call)?;
    // At most one for each control of a file whose length is limited.
    let mut decisions = call.read(|tx| applicability::decisions_at(tx, &framework.key, call.now))?;
    decisions.sort_by_key(|decision| Reverse(decision.recorded_at));
    let total = decisions.len() as u64;
    let number = |name: &str| usize::try_from(call.query.integer(name)).unwrap_or_default();
    let (skip, limit) = (number("skip"), number("limit"));
    let answers: Vec<_> = decisions.into_iter().skip(skip).take(limit).map(ApplicabilityAnswer::new).collect();
    Ok(page(call, &answers, total))
}

fn set(call: &Call) -> Result<Response> {
    let framework = framework(call)?;
    let mut fields = Fields::of(call.request)?;
    let control_id = fields.required_text("control_id", 1, ID_CHARACTERS_MAX)?;
    if !framework.has_control(&control_id) {
        return Err(fields.wrong("control_id", "must be that of a control of the framework"));
    }
    let applicable = fields.boolean("applicable")?.ok_or_else(|| fields.missing("applicable"))?;
    let reason = words_of(&mut fields, "reason", REASON_CHARACTERS_MAX)?;
    match (applicable, &reason) {
        (false, None) => return Err(fields.missing("reason")),
        (true, Some(_)) => return Err(fields.wrong("reason", "is for a control that does not apply")),
        _ => {}
    }
    fields.finish()?;
    let decision = call.write(move |tx| applicability::decide(tx, &framework.key, &control_id, reason.as_deref()))?;
    Ok(ok(&ApplicabilityAnswer::new(decision)))
}
