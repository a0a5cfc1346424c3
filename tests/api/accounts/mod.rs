//! Users' accounts through the whole pipeline.

mod browser; // the cookie session and its rules against forged requests
mod deletion; // deleting a user and handing over
mod invitations; // links with which people become users
mod manage; // roles, status, locks, the last admin
mod reset; // links for a new password
mod second_factor; // where everybody must have one

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{get, patch};
use crate::support::world::World;

/// Changes a user as the admin.
fn change(world: &World, user_id: &str, body: &Value) -> Answer {
    world.send(Actor::Admin, patch(&format!("/v1/users/{user_id}"), body))
}

#[track_caller]
fn expect(answer: Answer, status: u16) -> Answer {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer
}

fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap_or_default().to_owned()
}

fn field(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {}", answer.text())).to_owned()
}

/// The status of a request for the own profile with this access token.
fn me(world: &World, access: &str) -> u16 {
    world.appliance.send(&get("/v1/users/me").with_bearer(access)).status
}

/// Whether somebody signs in with this password.
fn login(world: &World, email: &str, password: &str) -> u16 {
    let mut request = crate::support::request::post("/v1/auth/login", &json!({"username": email, "password": password}));
    request.peer = world.new_address();
    world.appliance.send(&request).status
}
