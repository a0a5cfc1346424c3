//! A user goes: what he had goes to somebody else first, and nothing of his opens a door.

use super::*;
use crate::support::request::{delete, post};
use crate::support::world::PASSWORD;

fn remove(world: &World, id: &str, heir: Option<&str>) -> Answer {
    let query = heir.map(|heir| format!("?hand_over_to={heir}")).unwrap_or_default();
    world.send(Actor::Admin, delete(&format!("/v1/users/{id}{query}")))
}

#[test]
fn devices_and_services_must_be_handed_over_and_the_refusal_names_them() {
    let world = World::new();
    let (user, heir) = (world.user_id(Actor::User), world.user_id(Actor::OtherUser));
    let devices = [world.device_of(Actor::User).id, world.device_of(Actor::User).id];
    let service = world.service_of(Actor::User);
    let refused = detail(&expect(remove(&world, &user, None), 409));
    assert!(refused.contains("2 devices (“Laptop”, “Laptop”) and 1 service (“Service ") && refused.contains("hand_over_to"), "{refused}");
    let foreign = world.user_id(Actor::OtherAdmin);
    for nobody in [&user, &foreign, &"user_0".to_owned()] {
        assert!(detail(&expect(remove(&world, &user, Some(nobody)), 400)).contains("`hand_over_to` must be"), "{nobody}");
    }
    expect(remove(&world, &user, Some(&heir)), 204);
    for device in devices {
        assert_eq!(field(&world.send(Actor::Admin, get(&format!("/v1/devices/{device}"))), "user_id"), heir);
    }
    assert_eq!(field(&world.send(Actor::Admin, get(&format!("/v1/services/{service}"))), "owner_id"), heir);
    expect(world.send(Actor::Admin, get(&format!("/v1/users/{user}"))), 404);
    expect(remove(&world, &user, None), 404);
    let listed = world.send(Actor::Admin, get("/v1/users"));
    assert!(!listed.text().contains(&user) && listed.header("x-total-count") == Some("2"), "{}", listed.text());
}

#[test]
fn open_findings_go_to_the_heir_or_to_nobody() {
    for handed in [true, false] {
        let world = World::new();
        let (user, heir) = (world.user_id(Actor::User), world.user_id(Actor::OtherUser));
        let review = json!({"review_date": "2026-01-01", "finding_items": [
            {"text": "One", "severity": "low", "owner_id": user}, {"text": "Two", "severity": "low", "owner_id": user}]});
        let service = world.service_of(Actor::Admin);
        expect(world.send(Actor::Admin, post(&format!("/v1/services/{service}/reviews"), &review)), 201);
        let listed = || world.send(Actor::Admin, get("/v1/findings?sort=created_at")).json();
        let done = listed()[0]["id"].as_str().unwrap().to_owned();
        let resolved = json!({"status": "resolved", "resolution": "done"});
        expect(world.send(Actor::Admin, patch(&format!("/v1/findings/{done}"), &resolved)), 200);
        expect(remove(&world, &user, handed.then_some(heir.as_str())), 204);
        let owners: Vec<Value> = listed().as_array().unwrap().iter().map(|finding| finding["owner_id"].clone()).collect();
        let expected = if handed { json!(heir) } else { Value::Null };
        assert_eq!(owners, [json!(user), expected], "what is done stays who did it");
        let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=user_deleted")).json();
        assert_eq!(log[0]["metadata"]["findings_handed_over"], 1);
        assert!(recoger::store::integrity::check(world.appliance.store(), world.appliance.clock.now()).unwrap().is_empty());
    }
}

#[test]
fn nothing_of_a_deleted_user_opens_a_door() {
    let world = World::new();
    let user = world.user_id(Actor::User);
    expect(change(&world, &user, &json!({"role": "admin"})), 200);
    let tokens = world.sign_in(Actor::User);
    let (_, key) = world.api_key(Actor::User, &json!({"name": "k", "role": "admin"}));
    let enrollment = world.enroll(Actor::User, "S-1");
    let reset = world.reset_token(&user);
    let invited = world.invited(Actor::User);
    expect(remove(&world, &user, None), 204);
    let accepted = json!({"token": invited, "name": "New", "password": PASSWORD});
    assert_eq!(world.appliance.send(&post("/v1/auth/accept-invitation", &accepted)).status, 401);

    assert_eq!(me(&world, &tokens.access), 401);
    assert_eq!(world.appliance.send(&post("/v1/auth/refresh", &json!({"refresh_token": tokens.refresh}))).status, 401);
    assert_eq!(world.appliance.send(&get("/v1/devices").with_bearer(&key)).status, 401);
    assert_eq!(world.appliance.send(&enrollment).status, 401);
    assert_eq!(world.appliance.send(&post("/v1/auth/reset-password", &json!({"token": reset, "password": PASSWORD}))).status, 401);
    for name in [Actor::User.email(), user.clone()] {
        assert_eq!(login(&world, &name, PASSWORD), 401);
    }
    for list in ["/v1/api-keys", "/v1/enrollment-tokens", "/v1/users/invitations"] {
        assert_eq!(world.send(Actor::Admin, get(list)).text(), "[]", "{list} shows what does nothing any more");
    }
    // The email is free, and whoever has it next is somebody else.
    let invitation = json!({"email": Actor::User.email(), "role": "viewer"});
    expect(world.send(Actor::Admin, post("/v1/users/invitations", &invitation)), 201);
    assert!(recoger::store::integrity::check(world.appliance.store(), world.appliance.clock.now()).unwrap().is_empty());
}
