//! Who may do what to exceptions and other evidence: lines of the access table, and the requests that they stand for.

use recoger::http::Request;

use super::{exception, made_id};
use crate::support::actor::Actor;
use crate::support::request::{bare, post};
use crate::support::world::World;

/// Lines behind those of [`crate::api::access`], with the same actors.
pub const TABLE: &str = "
GET    /v1/exceptions                           -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
POST   /v1/exceptions                           own              401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 400
POST   /v1/exceptions                           foreign          401 401 401 401 | 403 403 | 403 403 403 400 | 403 403 400 400 | 201
GET    /v1/exceptions/{exception_id}            own              401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/exceptions/{exception_id}            others           401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 404
GET    /v1/exceptions/{exception_id}            foreign          401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 200
GET    /v1/exceptions/{exception_id}            missing          401 401 401 401 | 403 403 | 403 404 403 404 | 403 403 404 404 | 404
DELETE /v1/exceptions/{exception_id}            own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/exceptions/{exception_id}            others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/exceptions/{exception_id}            foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/exceptions/{exception_id}            missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
";

/// Whether the row of this path is one of these.
pub fn is_about(path: &str) -> bool {
    path.starts_with("/v1/exceptions")
}

/// A request of the row that is good but for who sends it.
pub fn request(world: &World, method: &str, path: &str, whose: &str) -> Request {
    // `own` is an admin's, `others` a key's: what people vouch for belongs to the tenant.
    let maker = match whose {
        "others" => Actor::AdminKey,
        "foreign" => Actor::OtherAdmin,
        _ => Actor::Admin,
    };
    match (method, path) {
        ("POST", "/v1/exceptions") => post(path, &exception(&world.device_of(maker).id)),
        _ => bare(method, &path.replace("{exception_id}", &object(whose, "exc", || exception_of(world, maker)))),
    }
}

fn exception_of(world: &World, maker: Actor) -> String {
    made_id(world, maker, "/v1/exceptions", &exception(&world.device_of(maker).id))
}

/// The id of what `make` makes, or one that nothing has.
fn object(whose: &str, prefix: &str, make: impl FnOnce() -> String) -> String {
    if whose == "missing" { format!("{prefix}_0000000000000000") } else { make() }
}
