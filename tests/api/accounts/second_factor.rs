//! An organisation that requires a second factor: what a session without one reaches, and how it gets one.

use recoger::api::routes;
use recoger::domain::access::Access;

use super::*;
use crate::support::request::{bare, post};
use crate::support::world::{PASSWORD, code_at};

/// What it does reach.
const OPEN: [&str; 5] = ["/v1/users/me", "/v1/users/me/mfa", "/v1/users/me/mfa/confirm", "/v1/auth/logout", "/v1/auth/session"];

fn require(world: &World) {
    expect(world.send(Actor::Admin, patch("/v1/settings", &json!({"mfa_required": true}))), 200);
}

#[test]
fn a_session_without_one_reaches_nothing_but_the_own_account() {
    let world = World::new();
    let (admin_key, user) = (world.token(Actor::AdminKey).unwrap(), world.sign_in(Actor::Admin).access);
    require(&world);
    // What ends the session comes last.
    let (open, closed): (Vec<_>, Vec<_>) =
        routes().filter(|route| route.access != Access::Public).partition(|route| OPEN.contains(&route.path));
    for route in closed {
        let answer = world.appliance.send(&bare(route.method, route.path).with_bearer(&user));
        assert_eq!(answer.status, 403, "{} {}", route.method, route.path);
        assert!(detail(&answer).contains("second factor"), "{} {}", route.method, route.path);
    }
    for route in open.iter().filter(|route| !route.path.starts_with("/v1/auth/")) {
        let answer = world.appliance.send(&bare(route.method, route.path).with_bearer(&user));
        assert!(![401, 403].contains(&answer.status), "{} {}: {}", route.method, route.path, answer.text());
    }
    assert_eq!(world.appliance.send(&post("/v1/auth/logout", &json!({})).with_bearer(&user)).status, 204);
    assert_eq!(world.appliance.send(&get("/v1/users").with_bearer(&admin_key)).status, 200, "keys are no sessions");
}

#[test]
fn setting_one_up_opens_the_same_session_and_taking_it_away_closes_it() {
    let world = World::new();
    world.token(Actor::User);
    require(&world);
    let devices = || world.send(Actor::User, get("/v1/devices")).status;
    assert_eq!(devices(), 403);
    let secret = world.enable_mfa(Actor::User);
    assert_eq!(devices(), 200);

    // Another session has to show a code.
    let now = world.appliance.clock.now();
    let body = json!({"username": Actor::User.email(), "password": PASSWORD, "otp": code_at(&secret, now.plus_seconds(30))});
    let access = field(&expect(world.appliance.send(&post("/v1/auth/login", &body)), 200), "access_token");
    assert_eq!(world.appliance.send(&get("/v1/devices").with_bearer(&access)).status, 200);

    let away = bare("DELETE", "/v1/users/me/mfa").with_json(&json!({"password": PASSWORD}));
    expect(world.send(Actor::User, away), 204);
    assert_eq!((devices(), world.appliance.send(&get("/v1/devices").with_bearer(&access)).status), (403, 403));
}

#[test]
fn a_session_from_before_the_second_factor_stays_without() {
    let world = World::new();
    let before = world.sign_in(Actor::User).access;
    world.enable_mfa(Actor::User);
    let devices = || world.appliance.send(&get("/v1/devices").with_bearer(&before)).status;
    assert_eq!(devices(), 200);
    require(&world);
    assert_eq!(devices(), 403);
    world.enable_mfa(Actor::Admin);
    expect(world.send(Actor::Admin, patch("/v1/settings", &json!({"mfa_required": null}))), 200);
    assert_eq!(devices(), 200);
}

#[test]
fn the_setting_of_one_tenant_is_none_of_another() {
    let world = World::new();
    world.token(Actor::OtherAdmin);
    require(&world);
    assert_eq!(world.send(Actor::OtherAdmin, get("/v1/users")).status, 200);
}
