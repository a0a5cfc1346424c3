//! What deeds to exceptions and other evidence leave in the audit log.

use serde_json::json;

use super::{attestation, exception, filled, no_premises, review};
use crate::api::audit_trail::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{bare, delete, patch, post};
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
        |world| delete(&filled(world, "/v1/exceptions/{exception_id}")),
        &["device_created", "exception_created", "exception_revoked"],
    ),
    deed(
        "POST",
        "/v1/attestations",
        Actor::Admin,
        |world| post("/v1/attestations", &attestation(&world.device_of(Actor::User).id)),
        &["device_created", "attestation_created"],
    ),
    deed(
        "DELETE",
        "/v1/attestations/{attestation_id}",
        Actor::OperatorKey,
        |world| delete(&filled(world, "/v1/attestations/{attestation_id}")),
        &["device_created", "attestation_created", "attestation_revoked"],
    ),
    deed(
        "POST",
        "/v1/services/{service_id}/reviews",
        Actor::User,
        |world| {
            let service = world.service_of(Actor::User);
            post(&format!("/v1/services/{service}/reviews"), &review(&world.user_id(Actor::Viewer)))
        },
        &["service_created", "review_created", "service_updated"],
    ),
    deed(
        "PATCH",
        "/v1/findings/{finding_id}",
        Actor::Admin,
        |world| patch(&finding(world), &json!({"status": "resolved", "resolution": "Done"})),
        &["service_created", "review_created", "service_updated", "finding_updated"],
    ),
    // What changes nothing is no change.
    deed(
        "PATCH",
        "/v1/findings/{finding_id}",
        Actor::Admin,
        |world| patch(&finding(world), &json!({"status": "open", "due_on": "2026-02-01"})),
        &["service_created", "review_created", "service_updated"],
    ),
    deed(
        "PUT",
        "/v1/frameworks/{framework}/applicability",
        Actor::Admin,
        |_| bare("PUT", "/v1/frameworks/iso27001/applicability").with_json(&no_premises()),
        &["applicability_changed"],
    ),
    deed(
        "PUT",
        "/v1/frameworks/{framework}/applicability",
        Actor::Admin,
        |_| bare("PUT", "/v1/frameworks/iso27001/applicability").with_json(&no_premises()),
        &[],
    ),
];

fn finding(world: &World) -> String {
    filled(world, "/v1/findings/{finding_id}")
}
