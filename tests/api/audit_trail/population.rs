//! The deeds on people.

use serde_json::json;

use super::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{csv, patch, post};
use crate::support::world::World;

/// Every mutating row of these at least once.
pub const DEEDS: &[Deed] = &[
    deed(
        "POST",
        "/v1/people",
        Actor::Admin,
        |world| post("/v1/people", &json!({"name": "Somebody", "email": world.new_email()})),
        &["person_created"],
    ),
    deed(
        "PATCH",
        "/v1/people/{person_id}",
        Actor::AdminKey,
        |world| patch(&person(world), &json!({"needs_device": false, "reason": "works at a shared terminal"})),
        &["person_created", "person_updated"],
    ),
    // What changes nothing is no change.
    deed(
        "PATCH",
        "/v1/people/{person_id}",
        Actor::Admin,
        |world| patch(&person(world), &json!({"name": "Somebody", "left_on": null})),
        &["person_created"],
    ),
    deed(
        "POST",
        "/v1/people/import",
        Actor::Admin,
        |world| {
            let (one, other) = (world.new_email(), world.new_email());
            csv("/v1/people/import", &format!("name,email\r\nOne,{one}\r\nOther,{other}\r\n"))
        },
        &["person_created", "person_created", "person_imported"],
    ),
];

/// The path of a new person.
fn person(world: &World) -> String {
    format!("/v1/people/{}", world.person_of(Actor::Admin))
}
