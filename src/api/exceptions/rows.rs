//! The rows of the exception routes.

use super::document::{ExceptionAnswer, ExceptionCreate};
use super::{create, list, revoke, show};
use crate::api::export::FORMAT;
use crate::api::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use crate::domain::access::{ADMIN, ADMIN_AUDITOR};
use crate::domain::check::{Catalogue, Subject};
use crate::domain::exception::{ExceptionState, SubjectType};
use crate::http::Lane;

const TAG: &str = "Evidence";
const PATH: &str = "/v1/exceptions";
const ONE: &str = "/v1/exceptions/{exception_id}";

/// Columns of the list as CSV.
pub(super) const COLUMNS: [&str; 16] = [
    "id",
    "subject_type",
    "subject_id",
    "tag",
    "check_id",
    "reason",
    "compensating_measure",
    "state",
    "requested_by",
    "approved_by",
    "self_approved",
    "expires_on",
    "recorded_at",
    "until",
    "revoked_at",
    "revoked_by",
];

/// What kind of thing it is about.
pub const SUBJECT_TYPE: Parameter = Parameter {
    name: "subject_type",
    kind: ParameterKind::Choice(|| SubjectType::ALL.iter().map(|kind| kind.as_str()).collect()),
    description: "Filter by kind of subject",
};
/// Which one.
pub const SUBJECT_ID: Parameter =
    Parameter { name: "subject_id", kind: ParameterKind::Text, description: "Those recorded for this device or service itself" };
/// A check of devices or services.
pub const CHECK_ID: Parameter = Parameter {
    name: "check_id",
    kind: ParameterKind::CheckId(|| {
        let judged = Catalogue::shipped().checks().iter().filter(|check| matches!(check.subject, Subject::Device | Subject::Service));
        judged.map(|check| check.id.as_str()).collect()
    }),
    description: "Filter by check",
};

const BASE: Route = Route {
    method: "GET",
    path: ONE,
    name: "get_exception",
    access: ADMIN_AUDITOR,
    lane: Lane::Quick,
    handler: show,
    summary: "Get an exception. For admins and auditors; those that have ended stay",
    tag: TAG,
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The exception", body: AnswerBody::Json(of::<ExceptionAnswer>()) },
    errors: &[],
};

/// One for each endpoint.
pub static ROUTES: [Route; 4] = [
    Route {
        path: PATH,
        name: "list_exceptions",
        handler: list,
        summary: "List exceptions. For admins and auditors; those that have ended stay, the newest comes first",
        query: &[
            SUBJECT_TYPE,
            SUBJECT_ID,
            Parameter { name: "tag", kind: ParameterKind::Text, description: "Those recorded for this tag" },
            CHECK_ID,
            Parameter {
                name: "state",
                kind: ParameterKind::Choice(|| ExceptionState::ALL.iter().map(|state| state.as_str()).collect()),
                description: "Filter by how they stand",
            },
            Parameter {
                name: "sort",
                kind: ParameterKind::Choice(|| vec!["recorded_at", "-recorded_at", "expires_on", "-expires_on"]),
                description: "Order; `-` turns it round. Without it, the newest comes first",
            },
            SKIP,
            LIMIT,
            FORMAT,
        ],
        answer: Answer { status: 200, description: "A page of exceptions", body: AnswerBody::ListOrCsv(of::<ExceptionAnswer>(), &COLUMNS) },
        ..BASE
    },
    Route {
        method: "POST",
        path: PATH,
        name: "create_exception",
        access: ADMIN,
        handler: create,
        summary: "Record an exception. From now until the end of `expires_on` a failure of the check counts as `excepted`: it spares the status \
                  of the device or service, not the score, and touches neither passes nor missing data. Whoever calls approves it",
        request: Some(of::<ExceptionCreate>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The exception", body: AnswerBody::Json(of::<ExceptionAnswer>()) },
        errors: &[(409, "Too many exceptions are in force")],
        ..BASE
    },
    BASE,
    Route {
        method: "DELETE",
        name: "revoke_exception",
        access: ADMIN,
        handler: revoke,
        summary: "Revoke an exception. It ends at once, and what it spared fails again; that it was there stays known",
        answer: Answer { status: 204, description: "Revoked", body: AnswerBody::Empty },
        errors: &[(409, "It has ended already")],
        ..BASE
    },
];
