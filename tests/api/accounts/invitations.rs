//! Invitations: once, in time, to nobody who is there already.

use super::*;
use crate::support::request::{bare, delete, post};
use crate::support::world::PASSWORD;

fn accept(world: &World, token: &str) -> Answer {
    world.appliance.send(&post("/v1/auth/accept-invitation", &json!({"token": token, "name": "New Person", "password": PASSWORD})))
}

fn token(answer: &Value) -> String {
    answer["invitation_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn invite(world: &World, body: &Value) -> Answer {
    world.send(Actor::Admin, post("/v1/users/invitations", body))
}

#[test]
fn whoever_has_the_link_becomes_a_user_once() {
    let world = World::new();
    let made = expect(invite(&world, &json!({"email": " New@Example.ORG ", "role": "viewer"})), 201).json();
    assert_eq!((made["email"].as_str(), made["role"].as_str()), (Some("new@example.org"), Some("viewer")));
    assert_eq!(made["expires_at"], json!(world.appliance.clock.now().plus_days(7)));
    assert!(made["invitation_url"].as_str().unwrap().starts_with("https://recoger.example.lan:8443/#/accept-invitation/"));
    let listed = world.send(Actor::Admin, get("/v1/users/invitations"));
    assert!(listed.json()[0]["id"] == made["id"] && !listed.text().contains("ri_"), "the link is shown once: {}", listed.text());

    let tokens = expect(accept(&world, &token(&made)), 201);
    assert_eq!((field(&tokens, "role").as_str(), field(&tokens, "token_type").as_str()), ("viewer", "Bearer"));
    let profile = world.appliance.send(&get("/v1/users/me").with_bearer(&field(&tokens, "access_token"))).json();
    assert_eq!((profile["email"].as_str(), profile["name"].as_str()), (Some("new@example.org"), Some("New Person")));
    assert_eq!(login(&world, "new@example.org", PASSWORD), 200);
    expect(accept(&world, &token(&made)), 401);
    assert_eq!(world.send(Actor::Admin, get("/v1/users/invitations")).text(), "[]");
}

#[test]
fn of_eight_who_accept_at_once_exactly_one_gets_in() {
    let world = World::new();
    let token = world.invited(Actor::Admin);
    let request = post("/v1/auth/accept-invitation", &json!({"token": token, "name": "New", "password": PASSWORD}));
    let pipeline = &world.appliance.pipeline;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| pipeline.handle(request.clone()).status.as_u16())).collect();
        tries.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 7, "{statuses:?}");
}

#[test]
fn an_invitation_ends_by_time_by_being_sent_again_and_by_being_revoked() {
    let world = World::new();
    let made = world.invitation(Actor::Admin);
    let target = format!("/v1/users/invitations/{}", made["id"].as_str().unwrap());
    world.appliance.clock.advance(86_400);
    world.forget(Actor::Admin);
    let again = expect(world.send(Actor::Admin, bare("POST", &format!("{target}/resend"))), 200).json();
    assert_eq!((again["id"].clone(), again["expires_at"].clone()), (made["id"].clone(), json!(world.appliance.clock.now().plus_days(7))));
    expect(accept(&world, &token(&made)), 401);
    world.appliance.clock.advance(7 * 86_400);
    expect(accept(&world, &token(&again)), 401);

    world.forget(Actor::Admin);
    let other = world.invitation(Actor::Admin);
    let target = format!("/v1/users/invitations/{}", other["id"].as_str().unwrap());
    expect(world.send(Actor::Admin, delete(&target)), 204);
    expect(accept(&world, &token(&other)), 401);
    expect(world.send(Actor::Admin, delete(&target)), 404);
    // One that expired gives way to a new one.
    let email = made["email"].clone();
    let renewed = expect(invite(&world, &json!({"email": email, "role": "user"})), 201).json();
    expect(accept(&world, &token(&renewed)), 201);
}

#[test]
fn nobody_is_invited_twice_or_while_being_a_user_of_any_tenant() {
    let world = World::new();
    world.user_id(Actor::OtherAdmin);
    for email in [Actor::Admin.email().to_uppercase(), Actor::OtherAdmin.email()] {
        assert_eq!(detail(&expect(invite(&world, &json!({"email": email, "role": "user"})), 409)), "`email` is in use already");
    }
    expect(invite(&world, &json!({"email": "a@example.org", "role": "user"})), 201);
    assert!(detail(&expect(invite(&world, &json!({"email": "A@example.org", "role": "admin"})), 409)).contains("invited already"));
    for (body, part) in [
        (json!({"role": "user"}), "`email` is required"),
        (json!({"email": "b@example.org"}), "`role` is required"),
        (json!({"email": "b", "role": "user"}), "`email` must be an email"),
        (json!({"email": "b@example.org", "role": "agent"}), "`role` must be one of"),
        (json!({"email": "b@example.org", "role": "user", "user_expires_at": "2030-01-01T00:00:00Z"}), "auditors only"),
    ] {
        assert!(detail(&expect(invite(&world, &body), 400)).contains(part), "{body}");
    }
}

#[test]
fn an_auditor_comes_with_an_end() {
    let world = World::new();
    let end = world.appliance.clock.now().plus_days(30);
    let made = invite(&world, &json!({"email": "auditor@example.org", "role": "auditor", "user_expires_at": end})).json();
    let tokens = expect(accept(&world, &token(&made)), 201);
    let profile = world.appliance.send(&get("/v1/users/me").with_bearer(&field(&tokens, "access_token")));
    assert_eq!(field(&profile, "expires_at"), end.to_string());
}

#[test]
fn an_invitation_holds_only_while_its_maker_is_an_admin_and_its_key_holds() {
    let world = World::new();
    let (boss, key) = world.api_key(Actor::Admin, &json!({"name": "another admin's", "role": "admin"}));
    let with_key = |key: &str| {
        let body = json!({"email": world.new_email(), "role": "admin"});
        token(&expect(world.appliance.send(&post("/v1/users/invitations", &body).with_bearer(key)), 201).json())
    };
    let operators = world.token(Actor::OperatorKey).unwrap();
    let [of_key, of_operator, of_admin] = [with_key(&key), with_key(&operators), world.invited(Actor::Admin)];
    expect(world.send(Actor::Admin, delete(&format!("/v1/api-keys/{boss}"))), 204);
    expect(accept(&world, &of_key), 401);
    let beside = world.appliance.beside();
    beside.execute("UPDATE api_key SET revoked_at = 1 WHERE created_by IS NULL", []).unwrap();
    expect(accept(&world, &of_operator), 401);

    // Another admin may send the invitation of one who was demoted: then it is his own.
    let (second, _) = world.spare_user(Actor::Admin);
    expect(change(&world, &second, &json!({"role": "admin"})), 200);
    let admin = world.user_id(Actor::Admin);
    beside.execute("UPDATE user SET role = 'user' WHERE id = ?1", [&admin]).unwrap();
    expect(accept(&world, &of_admin), 401);
    beside.execute("UPDATE user SET role = 'admin' WHERE id = ?1", [&admin]).unwrap();
    beside.execute("UPDATE invitation SET created_by = ?1", [&second]).unwrap();
    let listed = world.send(Actor::Admin, get("/v1/users/invitations")).json();
    let again = world.send(Actor::Admin, bare("POST", &format!("/v1/users/invitations/{}/resend", listed[0]["id"].as_str().unwrap())));
    let again = expect(again, 200).json();
    assert_eq!(again["created_by"], admin.as_str());
    beside.execute("UPDATE user SET role = 'user' WHERE id = ?1", [&second]).unwrap();
    expect(accept(&world, &token(&again)), 201);
}

#[test]
fn a_refused_password_leaves_the_invitation_as_it_was() {
    let world = World::new();
    let token = world.invited(Actor::Admin);
    for (body, part) in [
        (json!({"token": token, "name": "New", "password": "short"}), "`password` must be 12"),
        (json!({"token": token, "name": "Maximiliana Doe", "password": "maximilianadoe"}), "`password` must not be"),
        (json!({"token": token, "password": PASSWORD}), "`name` is required"),
    ] {
        let answer = world.appliance.send(&post("/v1/auth/accept-invitation", &body));
        assert!(detail(&expect(answer, 400)).contains(part), "{body}");
    }
    expect(accept(&world, &token), 201);
}
