//! What deeds to frameworks and reports leave in the audit log.

use serde_json::json;

use super::{framework, framework_text, report_id};
use crate::api::audit_trail::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{delete, get, patch, post};

/// Every mutating row at least once, and downloads.
pub const DEEDS: &[Deed] = &[
    deed(
        "POST",
        "/v1/reports/compliance",
        Actor::Admin,
        |_| post("/v1/reports/compliance", &json!({"framework": "iso27001", "format": "json"})),
        &["report_created"],
    ),
    deed(
        "DELETE",
        "/v1/reports/{report_id}",
        Actor::Admin,
        |world| delete(&format!("/v1/reports/{}", report_id(world, Actor::Admin))),
        &["report_created", "report_deleted"],
    ),
    deed(
        "GET",
        "/v1/reports/{report_id}/download",
        Actor::AdminKey,
        |world| get(&format!("/v1/reports/{}/download", report_id(world, Actor::AdminKey))),
        &["report_created", "report_downloaded"],
    ),
    deed(
        "POST",
        "/v1/frameworks",
        Actor::Admin,
        |_| post("/v1/frameworks", &json!({"text": framework_text("deed-rules")})),
        &["framework_created"],
    ),
    deed(
        "PATCH",
        "/v1/frameworks/{framework_id}",
        Actor::Admin,
        |_| patch("/v1/frameworks/cis-v8.1-ig1", &json!({"enabled": true})),
        &["settings_changed"],
    ),
    deed(
        "DELETE",
        "/v1/frameworks/{framework_id}",
        Actor::Admin,
        |world| delete(&format!("/v1/frameworks/{}", framework(world, Actor::Admin, "gone-rules"))),
        &["framework_created", "framework_deleted"],
    ),
];
