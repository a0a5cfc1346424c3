//! Who may do what to frameworks and reports: lines of the access table, and the requests that they stand for.

use recoger::http::Request;
use serde_json::json;

use super::{framework, framework_text, report_id};
use crate::support::actor::Actor;
use crate::support::request::{bare, patch, post};
use crate::support::world::World;

/// Lines behind those of [`crate::api::access`], with the same actors.
pub const TABLE: &str = "
GET    /v1/frameworks                           -        401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
POST   /v1/frameworks                           -        401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
GET    /v1/frameworks/{framework_id}            own      401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/frameworks/{framework_id}            others   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/frameworks/{framework_id}            foreign  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/frameworks/{framework_id}            missing  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
PATCH  /v1/frameworks/{framework_id}            own      401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/frameworks/{framework_id}            others   401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/frameworks/{framework_id}            foreign  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
PATCH  /v1/frameworks/{framework_id}            missing  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/frameworks/{framework_id}            own      401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/frameworks/{framework_id}            others   401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/frameworks/{framework_id}            foreign  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/frameworks/{framework_id}            missing  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
POST   /v1/reports/compliance                   -        401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
GET    /v1/reports                              -        401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
GET    /v1/reports/{report_id}                  own      401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}                  others   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}                  foreign  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/reports/{report_id}                  missing  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
DELETE /v1/reports/{report_id}                  own      401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/reports/{report_id}                  others   401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/reports/{report_id}                  foreign  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/reports/{report_id}                  missing  401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/reports/{report_id}/download         own      401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/download         others   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/download         foreign  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/reports/{report_id}/download         missing  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/reports/{report_id}/signature        own      401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/signature        others   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/signature        foreign  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/reports/{report_id}/signature        missing  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/reports/{report_id}/diff/{other_id}  own      401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/diff/{other_id}  others   401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/reports/{report_id}/diff/{other_id}  foreign  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/reports/{report_id}/diff/{other_id}  missing  401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
";

/// Whether the row of this path is one of these.
pub fn is_about(path: &str) -> bool {
    path.starts_with("/v1/reports") || path == "/v1/frameworks" || path.starts_with("/v1/frameworks/{framework_id}")
}

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    // `own` is an admin's, `others` a key's: all of it belongs to the tenant.
    let maker = match whose {
        "others" => Actor::AdminKey,
        "foreign" => Actor::OtherAdmin,
        _ => Actor::Admin,
    };
    let known = whose == "missing";
    let target = match path.contains("{framework_id}") {
        true => {
            path.replace("{framework_id}", &if known { "nothing".to_owned() } else { framework(world, maker, &format!("{whose}-rules")) })
        }
        false => path.to_owned(),
    };
    let report = |name: &str, target: String| match target.contains(name) {
        true => target.replace(name, &if known { "rpt_0000000000000000".to_owned() } else { report_id(world, maker) }),
        false => target,
    };
    let target = report("{other_id}", report("{report_id}", target));
    match (method, path) {
        ("POST", "/v1/frameworks") => {
            // Once there it is replaced by itself: the same answer for everybody.
            framework(world, Actor::Admin, "table-rules");
            framework(world, Actor::OtherAdmin, "table-rules");
            post(path, &json!({"text": framework_text("table-rules")}))
        }
        ("PATCH", _) => patch(&target, &json!({"enabled": true})),
        ("POST", "/v1/reports/compliance") => post(path, &json!({"framework": "gdpr-art32", "format": "json"})),
        _ => bare(method, &target),
    }
}
