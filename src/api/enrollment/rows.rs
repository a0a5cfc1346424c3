//! The rows of the enrolment routes.

use super::document::{EnrollRequest, EnrolledAnswer, EnrollmentTokenAnswer, EnrollmentTokenRequest, NewEnrollmentTokenAnswer};
use super::{create, enroll, list, revoke};
use crate::api::export::FORMAT;
use crate::api::route::{Answer, AnswerBody, LIMIT, Route, SIGN_IN_BODY_BYTES_MAX, SKIP, of};
use crate::domain::access::{Access, ENROLLERS};
use crate::http::Lane;

const TAG: &str = "Enrolment";

/// Columns of the list as CSV.
pub(super) const TOKEN_COLUMNS: [&str; 12] = [
    "id",
    "name",
    "created_by",
    "user_id",
    "assign",
    "ownership",
    "status",
    "device_limit",
    "devices_enrolled",
    "created_at",
    "expires_at",
    "last_used_at",
];

/// A token's list of serial numbers may be long.
const TOKEN_BODY_BYTES_MAX: usize = 256 * 1024;

/// The rows of this file.
pub static ROUTES: [Route; 4] = [
    Route {
        method: "GET",
        path: "/v1/enrollment-tokens",
        name: "list_enrollment_tokens",
        access: ENROLLERS,
        lane: Lane::Quick,
        handler: list,
        summary: "List enrollment tokens. Plain users see their own, admins all; those that were revoked are left out, those that ended stay \
                  for 90 days; the newest comes first",
        tag: TAG,
        query: &[SKIP, LIMIT, FORMAT],
        request: None,
        body_bytes_max: 0,
        answer: Answer {
            status: 200,
            description: "A page of tokens",
            body: AnswerBody::ListOrCsv(of::<EnrollmentTokenAnswer>(), &TOKEN_COLUMNS),
        },
        errors: &[],
    },
    Route {
        method: "POST",
        path: "/v1/enrollment-tokens",
        name: "create_enrollment_token",
        access: ENROLLERS,
        lane: Lane::Quick,
        handler: create,
        summary: "Create an enrollment token. The answer is the only place that shows it. A plain user's lets in devices of his own, an \
                  admin's those of anybody. It holds as long as its maker keeps his role",
        tag: TAG,
        query: &[],
        request: Some(of::<EnrollmentTokenRequest>()),
        body_bytes_max: TOKEN_BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The token with its secret", body: AnswerBody::Json(of::<NewEnrollmentTokenAnswer>()) },
        errors: &[
            (403, "A plain user asks for more than devices of his own, or the role does not allow it"),
            (409, "Too many tokens that hold, or the appliance does not know by which name devices reach it"),
        ],
    },
    Route {
        method: "DELETE",
        path: "/v1/enrollment-tokens/{token_id}",
        name: "revoke_enrollment_token",
        access: ENROLLERS,
        lane: Lane::Quick,
        handler: revoke,
        summary: "Revoke an enrollment token. Devices that were enrolled with it keep their keys",
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 204, description: "Revoked", body: AnswerBody::Empty },
        errors: &[(403, "Somebody else's token, or the role does not allow it")],
    },
    Route {
        method: "POST",
        path: "/v1/devices/enroll",
        name: "enroll_device",
        access: Access::Public,
        lane: Lane::Quick,
        handler: enroll,
        summary: "Enroll a device with a token. It gets a key of its own, which may report its serial number and nothing else, and which ends \
                  with the device or with the next enrolment of the same serial number",
        tag: TAG,
        query: &[],
        request: Some(of::<EnrollRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The device's key", body: AnswerBody::Json(of::<EnrolledAnswer>()) },
        errors: &[
            (401, "The token is unknown, used up, expired or revoked"),
            (403, "The device belongs to somebody else or to nobody, and no admin made the token"),
        ],
    },
];
