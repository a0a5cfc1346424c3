//! Bodies of the people routes as the OpenAPI document shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person to be recorded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "name": "Grace Hopper", "email": "grace@example.com", "needs_device": true, "joined_on": "2026-01-01" })))]
#[serde(deny_unknown_fields)]
pub struct PersonCreate {
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Names the person within the tenant.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Whether the person should have a device; true unless said.
    needs_device: Option<bool>,
    /// Why none is needed; required where `needs_device` is false, and only there.
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
    /// The first day; without it the person was always there.
    #[schema(format = Date)]
    joined_on: Option<String>,
    /// The last day.
    #[schema(format = Date)]
    left_on: Option<String>,
}

/// Changes to a person; what is left out stays, `null` clears what may be empty.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "needs_device": false, "reason": "Works at a shared terminal" })))]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// The person's name.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// Of somebody without an account; an account's email is changed by whoever signs in with it.
    #[schema(format = Email, max_length = 254, nullable = false)]
    email: Option<String>,
    /// Whether the person should have a device. Without one needed, say why.
    needs_device: Option<bool>,
    /// Why none is needed.
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
    /// The first day; `null`: was always there.
    #[schema(format = Date)]
    joined_on: Option<String>,
    /// The last day, which may lie ahead; `null`: is still there.
    #[schema(format = Date)]
    left_on: Option<String>,
}
