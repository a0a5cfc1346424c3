//! Who may do what to exceptions and other evidence: lines of the access table, and the requests that they stand for.

use recoger::http::Request;
use serde_json::json;

use super::{attestation, exception, filled_for, no_premises};
use crate::support::actor::Actor;
use crate::support::request::{bare, patch, post};
use crate::support::world::World;

/// Lines behind those of [`crate::api::access`], with the same actors.
pub const TABLE: &str = "
GET    /v1/exceptions                           -       401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
POST   /v1/exceptions                           own     401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 400
POST   /v1/exceptions                           foreign 401 401 401 401 | 403 403 | 403 403 403 400 | 403 403 400 400 | 201
GET    /v1/exceptions/{exception_id}            own     401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/exceptions/{exception_id}            others  401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/exceptions/{exception_id}            foreign 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 200
GET    /v1/exceptions/{exception_id}            missing 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 404
DELETE /v1/exceptions/{exception_id}            own     401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/exceptions/{exception_id}            others  401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/exceptions/{exception_id}            foreign 401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/exceptions/{exception_id}            missing 401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/attestations                         -       401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
POST   /v1/attestations                         own     401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 400
POST   /v1/attestations                         foreign 401 401 401 401 | 403 403 | 403 403 403 400 | 403 403 400 400 | 201
GET    /v1/attestations/{attestation_id}        own     401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/attestations/{attestation_id}        others  401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/attestations/{attestation_id}        foreign 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 200
GET    /v1/attestations/{attestation_id}        missing 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 404
DELETE /v1/attestations/{attestation_id}        own     401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/attestations/{attestation_id}        others  401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/attestations/{attestation_id}        foreign 401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/attestations/{attestation_id}        missing 401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/attestations/{attestation_id}/files/{file_id} own     401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/attestations/{attestation_id}/files/{file_id} others  401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/attestations/{attestation_id}/files/{file_id} foreign 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 200
GET    /v1/attestations/{attestation_id}/files/{file_id} missing 401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 404
GET    /v1/findings                             -       401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
GET    /v1/findings/{finding_id}                own     401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/findings/{finding_id}                others  401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/findings/{finding_id}                mends   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/findings/{finding_id}                foreign 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/findings/{finding_id}                missing 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
PATCH  /v1/findings/{finding_id}                own     401 401 401 401 | 403 403 | 403 403 200 200 | 403 403 200 200 | 404
PATCH  /v1/findings/{finding_id}                others  401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/findings/{finding_id}                mends   401 401 401 401 | 403 403 | 403 403 403 200 | 403 200 200 200 | 404
PATCH  /v1/findings/{finding_id}                foreign 401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 200
PATCH  /v1/findings/{finding_id}                missing 401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
GET    /v1/services/{service_id}/reviews/{review_id}/files/{file_id} own     401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/reviews/{review_id}/files/{file_id} others  401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/reviews/{review_id}/files/{file_id} foreign 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/services/{service_id}/reviews/{review_id}/files/{file_id} missing 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/frameworks/{framework}/applicability -       401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
PUT    /v1/frameworks/{framework}/applicability -       401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
";

/// Whether the row of this path is one of these.
pub fn is_about(path: &str) -> bool {
    ["/v1/exceptions", "/v1/attestations", "/v1/findings", "/v1/frameworks"].iter().any(|begin| path.starts_with(begin))
        || path.ends_with("/{file_id}")
}

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    // What people vouch for belongs to the tenant: `own` is an admin's, `others` a key's. What reviews find is the services'.
    let maker = match whose {
        "others" => Actor::AdminKey,
        "foreign" => Actor::OtherAdmin,
        _ => Actor::Admin,
    };
    match (method, path) {
        ("POST", "/v1/exceptions") => post(path, &exception(&world.device_of(maker).id)),
        ("POST", "/v1/attestations") => post(path, &attestation(&world.device_of(maker).id)),
        ("PUT", path) => bare(method, &path.replace("{framework}", "iso27001")).with_json(&no_premises()),
        _ => {
            let target = match whose {
                "missing" => missing(path),
                _ => filled_for(world, path, maker, owner(whose), whose == "mends"),
            };
            if method == "PATCH" { patch(&target, &json!({"due_on": "2026-05-01"})) } else { bare(method, &target) }
        }
    }
}

/// Whose service a review is about.
fn owner(whose: &str) -> Actor {
    match whose {
        "own" => Actor::User,
        "others" => Actor::OtherUser,
        "foreign" => Actor::OtherAdmin,
        _ => Actor::Admin,
    }
}

fn missing(path: &str) -> String {
    let names =
        [("exception", "exc"), ("attestation", "att"), ("finding", "find"), ("file", "file"), ("service", "svc"), ("review", "rev")];
    names
        .iter()
        .fold(path.to_owned(), |path, (name, prefix)| path.replace(&format!("{{{name}_id}}"), &format!("{prefix}_0000000000000000")))
}
