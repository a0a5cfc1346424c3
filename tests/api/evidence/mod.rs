//! What people vouch for: exceptions, attestations with their files, findings of reviews, applicability.

pub mod access;
pub mod deeds;
mod exceptions;

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::post;
use crate::support::world::World;

/// An exception for the device `id`.
pub fn exception(id: &str) -> Value {
    json!({
        "subject_type": "device", "subject_id": id, "check_id": "device.disk_encryption", "reason": "Reinstalled next week",
        "expires_on": "2026-02-01"
    })
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
    made(world, maker, path, body)["id"].as_str().unwrap().to_owned()
}
