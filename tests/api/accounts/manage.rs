//! What an admin changes about users, and that there is always an admin left.

use super::*;
use crate::support::request::{bare, delete};
use crate::support::world::PASSWORD;

#[test]
fn a_changed_role_acts_on_the_next_request() {
    let world = World::new();
    let user = world.user_id(Actor::User);
    let list = || world.send(Actor::User, get("/v1/users")).status;
    assert_eq!(list(), 403);
    let changed = expect(change(&world, &user, &json!({"role": "admin"})), 200);
    assert_eq!((field(&changed, "role").as_str(), list()), ("admin", 200));
    expect(change(&world, &user, &json!({"role": "viewer"})), 200);
    assert_eq!(list(), 403);
}

#[test]
fn the_last_active_admin_stays_one() {
    let world = World::new();
    let (admin, user) = (world.user_id(Actor::Admin), world.user_id(Actor::User));
    let refused = || {
        for body in [json!({"role": "user"}), json!({"status": "disabled"}), json!({"name": "New", "role": "auditor"})] {
            assert!(detail(&expect(change(&world, &admin, &body), 409)).contains("last active admin"));
        }
        expect(world.send(Actor::Admin, delete(&format!("/v1/users/{admin}"))), 409);
        assert_eq!(field(&world.send(Actor::Admin, get("/v1/users/me")), "name"), "Administrator", "after an error nothing is stored");
    };
    refused();
    // One that is disabled is no help.
    expect(change(&world, &user, &json!({"role": "admin", "status": "disabled"})), 200);
    refused();
    expect(change(&world, &user, &json!({"status": "active"})), 200);
    expect(change(&world, &admin, &json!({"role": "user"})), 200);
    assert_eq!(world.send(Actor::Admin, get("/v1/users")).status, 403);
}

#[test]
fn two_admins_who_demote_each_other_at_once_leave_one() {
    let world = World::new();
    let (admin, user) = (world.user_id(Actor::Admin), world.user_id(Actor::User));
    expect(change(&world, &user, &json!({"role": "admin"})), 200);
    let requests = [(Actor::Admin, &user), (Actor::User, &admin)]
        .map(|(by, whom)| patch(&format!("/v1/users/{whom}"), &json!({"role": "viewer"})).with_bearer(&world.token(by).unwrap()));
    let appliance = &world.appliance.pipeline;
    std::thread::scope(|scope| {
        for request in requests {
            scope.spawn(move || appliance.handle(request));
        }
    });
    let admins = world.appliance.rows("SELECT id FROM user WHERE role = 'admin' AND status = 'active'");
    assert_eq!(admins.len(), 1, "{admins:?}");
}

#[test]
fn disabling_shuts_out_at_once_and_enabling_lets_in_again() {
    let world = World::new();
    let (user, tokens) = (world.user_id(Actor::User), world.sign_in(Actor::User));
    let disabled = expect(change(&world, &user, &json!({"status": "disabled"})), 200);
    assert_eq!(field(&disabled, "status"), "disabled");
    assert_eq!((me(&world, &tokens.access), login(&world, &Actor::User.email(), PASSWORD)), (401, 401));
    expect(change(&world, &user, &json!({"status": "active"})), 200);
    assert_eq!((me(&world, &tokens.access), login(&world, &Actor::User.email(), PASSWORD)), (401, 200));
}

#[test]
fn an_auditor_is_let_in_until_the_end_that_the_admin_set() {
    let world = World::new();
    let user = world.user_id(Actor::User);
    let end = world.appliance.clock.now().plus_seconds(600);
    for (body, part) in [
        (json!({"expires_at": end}), "auditors only"),
        (json!({"role": "auditor", "expires_at": "2020-01-01T00:00:00Z"}), "`expires_at` must lie in the future"),
        (json!({"role": "auditor", "expires_at": "tomorrow"}), "`expires_at` must be a time"),
        (json!({"role": "agent"}), "`role` must be one of"),
        (json!({"status": "locked"}), "`status` must be one of active, disabled"),
        (json!({"email": "x@example.org"}), "Unknown field `email`"),
        (json!({"name": null}), "`name` can't be empty"),
    ] {
        assert!(detail(&expect(change(&world, &user, &body), 400)).contains(part), "{body}");
    }
    let changed = expect(change(&world, &user, &json!({"role": "auditor", "expires_at": end})), 200);
    assert_eq!(field(&changed, "expires_at"), end.to_string());
    assert_eq!(world.send(Actor::User, get("/v1/audit-logs")).status, 200);
    // Another change leaves the end, another role takes it away.
    assert_eq!(field(&change(&world, &user, &json!({"name": "Renamed"})), "expires_at"), end.to_string());
    world.appliance.clock.advance(600);
    assert_eq!(world.send(Actor::User, get("/v1/users/me")).status, 401);
    world.forget(Actor::Admin);
    assert!(expect(change(&world, &user, &json!({"role": "user"})), 200).json().get("expires_at").is_none());
    assert_eq!(login(&world, &Actor::User.email(), PASSWORD), 200);
}

#[test]
fn unlocking_ends_a_lock() {
    let world = World::new();
    let (id, email) = world.spare_user(Actor::Admin);
    let mut wrong = world.login(&email, "not the password at all");
    (0..5).for_each(|_| assert_eq!(world.appliance.send(&wrong).status, 401));
    wrong.body = world.login(&email, PASSWORD).body;
    assert_eq!(world.appliance.send(&wrong).status, 423);
    assert_eq!(field(&world.send(Actor::Admin, get(&format!("/v1/users/{id}"))), "status"), "locked");
    let unlocked = world.send(Actor::Admin, bare("POST", &format!("/v1/users/{id}/unlock")));
    assert_eq!(field(&unlocked, "status"), "active");
    assert_eq!(world.appliance.send(&wrong).status, 200);
}

#[test]
fn sessions_are_listed_and_ended_one_by_one() {
    let world = World::new();
    let (first, second) = (world.sign_in(Actor::User), world.sign_in(Actor::User));
    let list = || world.appliance.send(&get("/v1/users/me/sessions").with_bearer(&first.access)).json();
    let sessions = list();
    assert_eq!(sessions.as_array().unwrap().len(), 2);
    let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    assert!(other["ip_address"].as_str().unwrap().starts_with("10."));
    let end = delete(&format!("/v1/users/me/sessions/{}", other["id"].as_str().unwrap())).with_bearer(&first.access);
    assert_eq!(world.appliance.send(&end).status, 204);
    assert_eq!((me(&world, &second.access), me(&world, &first.access)), (401, 200));
    assert_eq!(world.appliance.send(&end).status, 404, "it has ended already");
    assert_eq!(list().as_array().unwrap().len(), 1);
}
