//! What deeds of enrolment leave in the audit log.

use serde_json::json;

use crate::api::audit_trail::{Deed, deed};
use crate::support::actor::Actor;
use crate::support::request::{bare, delete, patch, post};
use crate::support::world::enroll;

/// Every mutating row at least once.
pub const DEEDS: &[Deed] = &[
    deed("POST", "/v1/enrollment-tokens", Actor::User, |_| post("/v1/enrollment-tokens", &json!({})), &["enrollment_token_created"]),
    deed(
        "DELETE",
        "/v1/enrollment-tokens/{token_id}",
        Actor::AdminKey,
        |world| {
            let id = world.enrollment_token(Actor::User, &json!({}))["id"].as_str().unwrap().to_owned();
            delete(&format!("/v1/enrollment-tokens/{id}"))
        },
        &["enrollment_token_created", "enrollment_token_revoked"],
    ),
    deed(
        "POST",
        "/v1/devices/enroll",
        Actor::Stranger,
        |world| world.enroll(Actor::User, &world.new_serial()),
        &["enrollment_token_created", "device_created", "api_key_created", "device_enrolled"],
    ),
    // Known already, to somebody else and with a key that dies.
    deed(
        "POST",
        "/v1/devices/enroll",
        Actor::Stranger,
        |world| {
            let serial = world.new_serial();
            world.appliance.send(&world.enroll(Actor::User, &serial));
            let token = world.enrollment_token(Actor::Admin, &json!({"user_id": world.user_id(Actor::Viewer)}));
            enroll(&token["token"], &serial)
        },
        &[
            "enrollment_token_created",
            "device_created",
            "api_key_created",
            "device_enrolled",
            "enrollment_token_created",
            "device_owner_changed",
            "api_key_revoked",
            "api_key_created",
            "device_enrolled",
        ],
    ),
    deed(
        "POST",
        "/v1/devices/{device_id}/approve",
        Actor::Admin,
        |world| {
            world.send(Actor::Admin, patch("/v1/settings", &json!({"devices_need_approval": true})));
            let id = world.appliance.send(&world.enroll(Actor::User, &world.new_serial())).json()["device_id"].as_str().unwrap().to_owned();
            world.send(Actor::Admin, patch("/v1/settings", &json!({"devices_need_approval": null})));
            bare("POST", &format!("/v1/devices/{id}/approve"))
        },
        &[
            "settings_changed",
            "enrollment_token_created",
            "device_created",
            "api_key_created",
            "device_enrolled",
            "settings_changed",
            "device_updated",
        ],
    ),
];
