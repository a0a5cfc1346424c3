//! The rows of the attestation routes.

use super::document::{AttestationAnswer, AttestationCreate};
use super::{create, file, list, revoke, show};
use crate::api::exceptions::rows::{SUBJECT_ID, SUBJECT_TYPE};
use crate::api::export::FORMAT;
use crate::api::files::{DOWNLOAD, FILES_BODY_BYTES_MAX};
use crate::api::route::{Answer, AnswerBody, LIMIT, Parameter, ParameterKind, Route, SKIP, of};
use crate::domain::access::{ADMIN, ADMIN_AUDITOR};
use crate::domain::attestation::AttestationState;
use crate::http::Lane;

const TAG: &str = "Evidence";
const PATH: &str = "/v1/attestations";

/// Columns of the list as CSV.
pub(super) const COLUMNS: [&str; 14] = [
    "id",
    "subject_type",
    "subject_id",
    "framework_id",
    "control_id",
    "check_id",
    "statement",
    "state",
    "valid_until",
    "files",
    "created_by",
    "created_at",
    "revoked_at",
    "revoked_by",
];

const fn text(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Text, description }
}

const BASE: Route = Route {
    method: "GET",
    path: "/v1/attestations/{attestation_id}",
    name: "get_attestation",
    access: ADMIN_AUDITOR,
    lane: Lane::Quick,
    handler: show,
    summary: "Get an attestation. For admins and auditors; those that have ended stay",
    tag: TAG,
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The attestation", body: AnswerBody::Json(of::<AttestationAnswer>()) },
    errors: &[],
};

/// One for each endpoint.
pub static ROUTES: [Route; 5] = [
    Route {
        path: PATH,
        name: "list_attestations",
        handler: list,
        summary: "List attestations. For admins and auditors; those that have ended stay, the newest comes first",
        query: &[
            SUBJECT_TYPE,
            SUBJECT_ID,
            text("framework_id", "Those about controls of this framework"),
            text("control_id", "Those about controls of this id"),
            text("check_id", "Those that speak of this check"),
            Parameter {
                name: "state",
                kind: ParameterKind::Choice(|| AttestationState::ALL.iter().map(|state| state.as_str()).collect()),
                description: "Filter by how they stand",
            },
            SKIP,
            LIMIT,
            FORMAT,
        ],
        answer: Answer {
            status: 200,
            description: "A page of attestations",
            body: AnswerBody::ListOrCsv(of::<AttestationAnswer>(), &COLUMNS),
        },
        ..BASE
    },
    Route {
        method: "POST",
        path: PATH,
        name: "create_attestation",
        access: ADMIN,
        lane: Lane::Intake,
        handler: create,
        summary: "Record an attestation. Whoever calls vouches for it until the end of `valid_until`. It is shown as attested beside what was \
                  measured and changes no verdict, status or score",
        request: Some(of::<AttestationCreate>()),
        body_bytes_max: FILES_BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The attestation", body: AnswerBody::Json(of::<AttestationAnswer>()) },
        errors: &[(409, "The organisation's files would take too much room")],
        ..BASE
    },
    BASE,
    Route {
        method: "DELETE",
        name: "revoke_attestation",
        access: ADMIN,
        handler: revoke,
        summary: "Revoke an attestation. It holds no more from now on; that it did, and its files, stay known",
        answer: Answer { status: 204, description: "Revoked", body: AnswerBody::Empty },
        errors: &[(409, "It has ended already")],
        ..BASE
    },
    Route {
        path: "/v1/attestations/{attestation_id}/files/{file_id}",
        name: "get_attestation_file",
        access: ADMIN_AUDITOR,
        handler: file,
        summary: "Download a file of an attestation. For admins and auditors",
        tag: TAG,
        ..DOWNLOAD
    },
];
