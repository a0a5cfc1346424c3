//! What people vouch for: exceptions, attestations with their files, findings of reviews, applicability.

pub mod access;
mod applicability;
mod attestations;
pub mod deeds;
mod exceptions;
mod findings;

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{PIXEL, post};
use crate::support::world::World;

/// An exception for the device `id`.
pub fn exception(id: &str) -> Value {
    json!({
        "subject_type": "device", "subject_id": id, "check_id": "device.disk_encryption", "reason": "Reinstalled next week",
        "expires_on": "2026-02-01"
    })
}

/// An attestation about the device `id`, with a file.
pub fn attestation(id: &str) -> Value {
    json!({
        "subject_type": "device", "subject_id": id, "check_id": "device.disk_encryption", "statement": "Seen by Ada",
        "valid_until": "2026-12-31", "files": [{"name": "photo.png", "content": PIXEL}]
    })
}

/// A review with a file and a finding that `owner_id` mends.
pub fn review(owner_id: &str) -> Value {
    let finding = json!({"text": "No offboarding", "severity": "high", "owner_id": owner_id, "due_on": "2026-02-01"});
    json!({"review_date": "2026-01-01", "finding_items": [finding], "files": [{"name": "a.png", "content": PIXEL}]})
}

/// A decision that a control of ISO 27001 does not apply.
pub fn no_premises() -> Value {
    json!({"control_id": "A.7.4", "applicable": false, "reason": "There are no premises"})
}

/// What `maker` makes with a POST.
#[track_caller]
pub fn made(world: &World, maker: Actor, path: &str, body: &Value) -> Value {
    let answer = world.send(maker, post(path, body));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// The id of what `maker` makes.
#[track_caller]
pub fn made_id(world: &World, maker: Actor, path: &str, body: &Value) -> String {
    id_of(&made(world, maker, path, body))
}

/// The `id` of an object.
pub fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// `path` with new objects of an admin where it names evidence, and `iso27001` where it names a framework; other names stay.
pub fn filled(world: &World, path: &str) -> String {
    filled_for(world, path, Actor::Admin, Actor::Admin, false)
}

/// The same with objects of `maker`, an admin, and reviews of a service of `owner`, whose finding [`Actor::User`] mends if `mends`, else
/// nobody.
fn filled_for(world: &World, path: &str, maker: Actor, owner: Actor, mends: bool) -> String {
    let mut path = path.replace("{framework}", "iso27001");
    if path.contains("{exception_id}") {
        path = path.replace("{exception_id}", &made_id(world, maker, "/v1/exceptions", &exception(&world.device_of(maker).id)));
    }
    if path.contains("{attestation_id}") {
        let made = made(world, maker, "/v1/attestations", &attestation(&world.device_of(maker).id));
        path = path.replace("{attestation_id}", &id_of(&made)).replace("{file_id}", &id_of(&made["files"][0]));
    }
    if path.contains("{review_id}") || path.contains("{finding_id}") {
        let service = world.service_of(owner);
        let mut body = review("");
        body["finding_items"][0]["owner_id"] = if mends { json!(world.user_id(Actor::User)) } else { Value::Null };
        let made = made(world, maker, &format!("/v1/services/{service}/reviews"), &body);
        path = path.replace("{service_id}", &service).replace("{review_id}", &id_of(&made));
        path = path.replace("{file_id}", &id_of(&made["files"][0])).replace("{finding_id}", &id_of(&made["finding_items"][0]));
    }
    path
}
