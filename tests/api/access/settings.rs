//! The part of the table that is about settings and the organisation's own checks, and the requests that it stands for.

use recoger::http::Request;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::bodies::custom_check;
use crate::support::request::{bare, post};
use crate::support::world::World;

/// Lines as in [`super::TABLE`], whose first line names the actors of these too. `own` and `others` differ in nothing.
pub const TABLE: &str = "
GET    /v1/settings/logo                        -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 404
GET    /v1/settings                             -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
PATCH  /v1/settings                             -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
GET    /v1/custom-checks                        -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
POST   /v1/custom-checks                        -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
PUT    /v1/custom-checks/{check_id}             own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PUT    /v1/custom-checks/{check_id}             others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PUT    /v1/custom-checks/{check_id}             foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
PUT    /v1/custom-checks/{check_id}             missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/custom-checks/{check_id}             own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/custom-checks/{check_id}             others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/custom-checks/{check_id}             foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/custom-checks/{check_id}             missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
";

/// A check that is there.
fn check(world: &World, whose: &str) -> String {
    match whose {
        "own" | "others" => world.custom_check(Actor::Admin, "device.x_own"),
        "foreign" => world.custom_check(Actor::OtherAdmin, "device.x_foreign"),
        "missing" => "device.x_missing".to_owned(),
        _ => panic!("whose check is `{whose}`?"),
    }
}

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    match method {
        "POST" => {
            let mut body = custom_check();
            body["id"] = json!(world.new_check_id());
            post(path, &body)
        }
        "PUT" => bare(method, &path.replace("{check_id}", &check(world, whose))).with_json(&custom_check()),
        "DELETE" => bare(method, &path.replace("{check_id}", &check(world, whose))),
        _ => bare(method, path),
    }
}
