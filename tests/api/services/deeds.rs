//! What deeds to services and reviews leave in the audit log.

use serde_json::json;

use crate::api::audit_trail::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{csv, delete, patch, post};
use crate::support::world::World;

/// Every mutating row at least once.
pub const DEEDS: &[Deed] = &[
    deed(
        "POST",
        "/v1/services",
        Actor::AdminKey,
        |_| post("/v1/services", &json!({"name": "GitHub", "tags": ["code"]})),
        &["service_created"],
    ),
    deed(
        "POST",
        "/v1/services/import",
        Actor::Admin,
        |world| csv("/v1/services/import", &format!("name\r\n{}\r\n{}\r\n", world.new_serial(), world.new_serial())),
        &["service_created", "service_created"],
    ),
    deed(
        "PATCH",
        "/v1/services/{service_id}",
        Actor::User,
        |world| patch(&service(world), &json!({"mfa_enforced": true})),
        &["service_created", "service_updated"],
    ),
    deed("PATCH", "/v1/services/{service_id}", Actor::Admin, |world| patch(&service(world), &json!({"url": null})), &["service_created"]),
    deed(
        "POST",
        "/v1/services/{service_id}/reviews",
        Actor::User,
        |world| post(&format!("{}/reviews", service(world)), &json!({"review_date": "2026-01-01"})),
        &["service_created", "review_created", "service_updated"],
    ),
    deed("DELETE", "/v1/services/{service_id}", Actor::Admin, |world| delete(&service(world)), &["service_created", "service_deleted"]),
];

/// The path of a new service of [`Actor::User`].
pub fn service(world: &World) -> String {
    format!("/v1/services/{}", world.service_of(Actor::User))
}
