//! A new password by a link, and asking for one.

use super::*;
use crate::support::request::post;
use crate::support::world::PASSWORD;

const NEW: &str = "a tuba plays the walrus";

fn reset(world: &World, token: &str, password: &str) -> Answer {
    world.appliance.send(&post("/v1/auth/reset-password", &json!({"token": token, "password": password})))
}

#[test]
fn a_link_sets_a_password_once_and_ends_sessions_and_locks() {
    let world = World::new();
    let (user, email, tokens) = (world.user_id(Actor::User), Actor::User.email(), world.sign_in(Actor::User));
    let mut locked = world.login(&email, "not the password at all");
    (0..5).for_each(|_| drop(world.appliance.send(&locked)));
    let token = world.reset_token(&user);
    expect(reset(&world, &token, "short"), 400);
    expect(reset(&world, &token, &email), 400);
    expect(reset(&world, &token, NEW), 204);
    assert_eq!(me(&world, &tokens.access), 401);
    assert_eq!((login(&world, &email, PASSWORD), login(&world, &email, NEW)), (401, 200));
    locked.body = world.login(&email, NEW).body;
    assert_eq!(world.appliance.send(&locked).status, 200);
    expect(reset(&world, &token, PASSWORD), 401);
}

#[test]
fn a_link_ends_by_time_by_a_newer_one_and_by_a_new_password() {
    let world = World::new();
    let user = world.user_id(Actor::User);
    let first = world.reset_token(&user);
    let second = world.reset_token(&user);
    expect(reset(&world, &first, NEW), 401);
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    expect(world.send(Actor::User, post("/v1/users/me/password", &body)), 204);
    expect(reset(&world, &second, PASSWORD), 401);
    let third = world.reset_token(&user);
    world.appliance.clock.advance(86_400);
    expect(reset(&world, &third, PASSWORD), 401);
    world.forget(Actor::Admin);
    let fourth = world.reset_token(&user);
    expect(change(&world, &user, &json!({"status": "disabled"})), 200);
    expect(reset(&world, &fourth, PASSWORD), 401);
    expect(world.send(Actor::Admin, post(&format!("/v1/users/{user}/reset-link"), &json!({}))), 409);
}

#[test]
fn a_link_holds_only_while_its_maker_is_an_admin_and_its_key_holds() {
    let world = World::new();
    let (user, _) = world.spare_user(Actor::Admin);
    let of_admin = world.reset_token(&user);
    let beside = world.appliance.beside();
    let role = |role: &str| beside.execute("UPDATE user SET role = ?1 WHERE id = ?2", [role, &world.user_id(Actor::Admin)]).unwrap();
    role("user");
    expect(reset(&world, &of_admin, "a walrus plays the tuba"), 401);
    role("admin");
    expect(reset(&world, &of_admin, "a walrus plays the tuba"), 204);
    let (id, key) = world.api_key(Actor::Admin, &json!({"name": "scripts", "role": "admin"}));
    let made = world.appliance.send(&post(&format!("/v1/users/{user}/reset-link"), &json!({})).with_bearer(&key));
    let of_key = field(&expect(made, 201), "reset_url").rsplit('/').next().unwrap().to_owned();
    beside.execute("UPDATE api_key SET revoked_at = 1 WHERE id = ?1", [&id]).unwrap();
    expect(reset(&world, &of_key, "a walrus plays the tuba"), 401);
}

#[test]
fn a_second_factor_outlives_a_new_password() {
    let world = World::new();
    world.enable_mfa(Actor::User);
    expect(reset(&world, &world.reset_token(&world.user_id(Actor::User)), NEW), 204);
    let answer = world.appliance.send(&world.login(&Actor::User.email(), NEW));
    assert_eq!((answer.status, answer.json()["mfa_required"].clone()), (401, json!(true)));
}

#[test]
fn asking_for_a_link_tells_nothing() {
    let world = World::new();
    let ask = |email: &str| world.appliance.send(&post("/v1/auth/forgot-password", &json!({"email": email})));
    let (known, unknown) = (expect(ask(&Actor::Admin.email()), 202), expect(ask("nobody@example.org"), 202));
    assert_eq!(known.text(), unknown.text());
    expect(ask("none"), 400);
    assert!(world.appliance.rows("SELECT * FROM reset_link").is_empty());
}
