//! Who may do what to services and reviews: lines of the access table, and the requests that they stand for.

use recoger::http::Request;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::request::{bare, csv, delete, patch, post};
use crate::support::world::World;

/// Lines behind those of [`crate::api::access`], with the same actors.
pub const TABLE: &str = "
GET    /v1/services                             -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
POST   /v1/services/import                      -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
GET    /v1/services/my-dashboard                -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
POST   /v1/services                             -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
GET    /v1/services/{service_id}                own              401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}                others           401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}                admins           401 401 401 401 | 403 403 | 200 200 403 200 | 200 200 200 200 | 404
GET    /v1/services/{service_id}                foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/services/{service_id}                missing          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/services/{service_id}                retired          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
PATCH  /v1/services/{service_id}                own              401 401 401 401 | 403 403 | 403 403 200 200 | 403 403 200 200 | 404
PATCH  /v1/services/{service_id}                others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/services/{service_id}                admins           401 401 401 401 | 403 403 | 403 403 403 200 | 403 200 200 200 | 404
PATCH  /v1/services/{service_id}                foreign          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 200
PATCH  /v1/services/{service_id}                missing          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
PATCH  /v1/services/{service_id}                retired          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
DELETE /v1/services/{service_id}                own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/services/{service_id}                others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/services/{service_id}                foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/services/{service_id}                missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/services/{service_id}                retired          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/services/{service_id}/history        own              401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/history        others           401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/history        foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/services/{service_id}/history        missing          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/services/{service_id}/history        retired          401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/reviews        own              401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/reviews        others           401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/services/{service_id}/reviews        foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/services/{service_id}/reviews        missing          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/services/{service_id}/reviews        retired          401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
POST   /v1/services/{service_id}/reviews        own              401 401 401 401 | 403 403 | 403 403 201 201 | 403 403 201 201 | 404
POST   /v1/services/{service_id}/reviews        others           401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 404
POST   /v1/services/{service_id}/reviews        admins           401 401 401 401 | 403 403 | 403 403 403 201 | 403 201 201 201 | 404
POST   /v1/services/{service_id}/reviews        foreign          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 201
POST   /v1/services/{service_id}/reviews        missing          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
POST   /v1/services/{service_id}/reviews        retired          401 401 401 401 | 403 403 | 403 403 404 404 | 403 404 404 404 | 404
";

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    if path == "/v1/services/import" {
        return csv(path, &format!("name\r\n{}\r\n", world.new_serial()));
    }
    if path == "/v1/services" && method == "POST" {
        return post(path, &json!({"name": world.new_serial()}));
    }
    let target = match path.contains("{service_id}") {
        true => path.replace("{service_id}", &service(world, whose)),
        false => path.to_owned(),
    };
    match method {
        "PATCH" => patch(&target, &json!({"category": "other"})),
        "POST" => post(&target, &json!({"review_date": "2026-01-01"})),
        _ => bare(method, &target),
    }
}

fn service(world: &World, whose: &str) -> String {
    match whose {
        "own" => world.service_of(Actor::User),
        "others" => world.service_of(Actor::OtherUser),
        "admins" => world.service_of(Actor::Admin),
        "foreign" => world.service_of(Actor::OtherAdmin),
        "missing" => "svc_0000000000000000".to_owned(),
        "retired" => {
            let id = world.service_of(Actor::User);
            assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/services/{id}"))).status, 204);
            id
        }
        _ => panic!("whose service is `{whose}`?"),
    }
}
