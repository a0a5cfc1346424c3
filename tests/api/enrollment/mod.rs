//! Enrolment: what a token allows and for how long, whose a device becomes, and what its key may do.

pub mod deeds;
mod devices;
mod tokens;

use recoger::http::Request;
use serde_json::Value;

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{get, post};
use crate::support::world::World;

fn token(world: &World, maker: Actor, body: &Value) -> Value {
    world.enrollment_token(maker, body)["token"].clone()
}

#[track_caller]
fn enrolled(world: &World, request: &Request) -> Value {
    let answer = world.appliance.send(request);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// The same request with further fields.
fn with(request: &Request, more: &Value) -> Request {
    let mut body: Value = serde_json::from_slice(&request.body).unwrap();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post("/v1/devices/enroll", &body)
}

fn report_with(world: &World, key: &Value, report: &Value) -> Answer {
    world.appliance.send(&post("/v1/devices/report", report).with_bearer(key.as_str().unwrap()))
}

fn device(world: &World, id: &Value) -> Value {
    let answer = world.send(Actor::Admin, get(&format!("/v1/devices/{}", id.as_str().unwrap())));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}
