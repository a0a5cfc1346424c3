//! What deeds to exceptions and other evidence leave in the audit log.

use super::{exception, made_id};
use crate::api::audit_trail::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{delete, post};
use crate::support::world::World;

/// Every mutating row at least once.
pub const DEEDS: &[Deed] = &[
    deed(
        "POST",
        "/v1/exceptions",
        Actor::Admin,
        |world| post("/v1/exceptions", &exception(&world.device_of(Actor::User).id)),
        &["device_created", "exception_created"],
    ),
    deed(
        "DELETE",
        "/v1/exceptions/{exception_id}",
        Actor::AdminKey,
        |world| delete(&format!("/v1/exceptions/{}", an_exception(world))),
        &["device_created", "exception_created", "exception_revoked"],
    ),
];

fn an_exception(world: &World) -> String {
    made_id(world, Actor::Admin, "/v1/exceptions", &exception(&world.device_of(Actor::User).id))
}
