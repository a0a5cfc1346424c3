//! The part of the table that is about people and the population, and the requests that it stands for.

use recoger::http::Request;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::request::{bare, csv, patch, post};
use crate::support::world::World;

/// Lines as in [`super::TABLE`], whose first line names the actors of these too. `own` and `others` differ in nothing.
pub const TABLE: &str = "
GET    /v1/people                               -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
POST   /v1/people                               -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
POST   /v1/people/import                        -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
GET    /v1/people/population                    -                401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 200
GET    /v1/people/population/people-without-device -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
GET    /v1/people/population/devices-without-person -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
GET    /v1/people/{person_id}                   own              401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/people/{person_id}                   others           401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/people/{person_id}                   foreign          401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 200
GET    /v1/people/{person_id}                   missing          401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 404
PATCH  /v1/people/{person_id}                   own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/people/{person_id}                   others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/people/{person_id}                   foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
PATCH  /v1/people/{person_id}                   missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
";

/// A person whom no other request is about.
fn person(world: &World, whose: &str) -> String {
    match whose {
        "own" | "others" => world.person_of(Actor::Admin),
        "foreign" => world.person_of(Actor::OtherAdmin),
        "missing" => "person_0000000000000000".to_owned(),
        _ => panic!("whose person is `{whose}`?"),
    }
}

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    match (method, path) {
        ("POST", "/v1/people") => post(path, &json!({"name": "Somebody", "email": world.new_email()})),
        ("POST", "/v1/people/import") => csv(path, &format!("name,email\r\nSomebody,{}\r\n", world.new_email())),
        ("PATCH", _) => patch(&path.replace("{person_id}", &person(world, whose)), &json!({"name": "Renamed"})),
        (_, "/v1/people/{person_id}") => bare(method, &path.replace("{person_id}", &person(world, whose))),
        _ => bare(method, path),
    }
}
