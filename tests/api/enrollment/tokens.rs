//! Tokens: who may make which, what they say, and when they hold no more.

use recoger::domain::enrollment::EnrollmentToken;
use recoger::store::operator;
use serde_json::{Value, json};

use super::{device, enrolled, token};
use crate::support::actor::Actor;
use crate::support::appliance::{ADDRESS, PIN};
use crate::support::request::{delete, get, post};
use crate::support::world::{World, enroll};

#[test]
fn a_token_says_where_and_whom_to_trust_and_is_shown_once() {
    let world = World::new();
    let made = world.enrollment_token(Actor::User, &json!({}));
    let parsed = EnrollmentToken::parse(made["token"].as_str().unwrap()).unwrap();
    assert_eq!((parsed.server.as_str(), parsed.pin.as_deref()), (ADDRESS, Some("5a".repeat(32).as_str())));
    let pin = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, PIN);
    let expected = format!("curl -k --pinnedpubkey 'sha256//{pin}' {ADDRESS}/install | sudo sh -s -- {}", made["token"].as_str().unwrap());
    assert_eq!(made["install_command"], expected.as_str());
    assert_eq!(made["expires_at"], json!(world.appliance.clock.now().plus_seconds(24 * 3600)));
    assert_eq!((&made["device_limit"], &made["devices_enrolled"], &made["status"]), (&json!(1), &json!(0), &json!("active")));
    assert_eq!(made["user_id"], world.user_id(Actor::User));
    let listed = world.send(Actor::User, get("/v1/enrollment-tokens"));
    assert!(listed.text().contains(made["id"].as_str().unwrap()) && !listed.text().contains(&parsed.secret), "{}", listed.text());
    assert!(!world.appliance.contents().join("\n").contains(&parsed.secret));
}

#[test]
fn lists_show_ones_own_tokens_and_admins_all() {
    let world = World::new();
    let made = [Actor::User, Actor::OtherUser, Actor::Admin, Actor::OtherAdmin].map(|maker| world.enrollment_token(maker, &json!({})));
    let listed = |actor| {
        let answer = world.send(actor, get("/v1/enrollment-tokens"));
        let ids: Vec<Value> = answer.json().as_array().unwrap().iter().map(|token| token["id"].clone()).collect();
        assert_eq!(answer.header("x-total-count"), Some(ids.len().to_string().as_str()));
        ids
    };
    let [own, others, admins, foreign] = made.map(|token| token["id"].clone());
    assert_eq!(listed(Actor::User), std::slice::from_ref(&own));
    assert_eq!(listed(Actor::OtherAdmin), [foreign]);
    let mut all = listed(Actor::Admin);
    all.sort_by_key(Value::to_string);
    let mut expected = vec![own.clone(), others, admins];
    expected.sort_by_key(Value::to_string);
    assert_eq!(all, expected);
    world.send(Actor::User, delete(&format!("/v1/enrollment-tokens/{}", own.as_str().unwrap())));
    assert!(listed(Actor::User).is_empty());
}

#[test]
fn a_plain_user_enrols_for_himself_only() {
    let world = World::new();
    for body in [
        json!({"user_id": world.user_id(Actor::OtherUser)}),
        json!({"assign": {"email": true}}),
        json!({"assign": {}}),
        json!({"ownership": "personal"}),
    ] {
        let answer = world.send(Actor::User, post("/v1/enrollment-tokens", &body));
        assert_eq!(answer.status, 403, "{body}: {}", answer.text());
    }
    let own = token(&world, Actor::User, &json!({"user_id": world.user_id(Actor::User)}));
    let let_in = enrolled(&world, &enroll(&own, "SERIAL-A"));
    assert_eq!(device(&world, &let_in["device_id"])["user_id"], world.user_id(Actor::User));
}

#[test]
fn what_is_wrong_with_a_token_to_be_made_is_named() {
    let world = World::new();
    let line = json!({"serial_number": "A-1", "email": "a@example.org"});
    for (body, name) in [
        (json!({"device_limit": 0}), "`device_limit`"),
        (json!({"device_limit": 10_001}), "`device_limit`"),
        (json!({"device_limit": "2"}), "`device_limit`"),
        (json!({"expires_in_hours": 8_785}), "`expires_in_hours`"),
        (json!({"user_id": "user_0"}), "`user_id`"),
        (json!({"user_id": world.user_id(Actor::User), "assign": {}}), "`assign`"),
        (json!({"assign": {"serial": []}}), "`assign.serial`"),
        (json!({"assign": {"email": 1}}), "`assign.email`"),
        (json!({"assign": {"serials": {}}}), "`assign.serials`"),
        (json!({"assign": {"serials": [1]}}), "`assign.serials[0]`"),
        (json!({"assign": {"serials": [line, line]}}), "`A-1` twice"),
        (json!({"assign": {"serials": [{"serial_number": "None", "email": "a@b"}]}}), "`assign.serials[0].serial_number`"),
        (json!({"assign": {"serials": [{"serial_number": "A-1", "email": "nobody"}]}}), "`assign.serials[0].email`"),
        (json!({"assign": {"serials": [{"serial_number": "A-1", "email": "a@b", "x": 1}]}}), "`assign.serials[0].x`"),
        (json!({"assign": {"serials": vec![json!({}); 1_001]}}), "`assign.serials`"),
        (json!({"ownership": "rented"}), "`ownership`"),
        (json!({"limit": 3}), "`limit`"),
    ] {
        let answer = world.send(Actor::Admin, post("/v1/enrollment-tokens", &body));
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text().contains(name), "{body}: {}", answer.text());
    }
    assert_eq!(world.send(Actor::Admin, get("/v1/enrollment-tokens")).text(), "[]");
}

#[test]
fn a_token_that_holds_no_more_is_refused_with_one_text() {
    let world = World::new();
    let revoked = world.enrollment_token(Actor::Admin, &json!({}));
    let revoked_id = revoked["id"].as_str().unwrap();
    assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/enrollment-tokens/{revoked_id}"))).status, 204);
    let used = token(&world, Actor::Admin, &json!({}));
    enrolled(&world, &enroll(&used, "SERIAL-U"));
    let expired = token(&world, Actor::Admin, &json!({"expires_in_hours": 1}));
    let leavers = token(&world, Actor::User, &json!({}));
    let of_leaver = token(&world, Actor::Admin, &json!({"user_id": world.user_id(Actor::User), "device_limit": 2}));
    enrolled(&world, &enroll(&of_leaver, "SERIAL-L"));
    world.appliance.clock.advance(3600);
    operator::user_disable(world.appliance.store(), world.appliance.clock.now(), &Actor::User.email()).unwrap();
    let whole = expired.as_str().unwrap();
    let cut = json!(whole[..whole.len() - 8]);
    let mut texts = Vec::new();
    for (name, token) in [
        ("revoked", &revoked["token"]),
        ("used up", &used),
        ("expired", &expired),
        ("made by somebody who left", &leavers),
        ("for somebody who left", &of_leaver),
        ("cut off", &cut),
        ("unknown", &json!("rs_0000000000000000000000000000000000000000000")),
        ("a key", &json!("rk_live_0000000000000000000000000000000000000000000")),
    ] {
        let (log, answer) = world.logged_by(|| world.appliance.send(&enroll(token, "SERIAL-X")));
        assert_eq!((answer.status, log.len()), (401, 0), "{name}: {}", answer.text());
        texts.push(answer.text());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[test]
fn a_token_of_somebody_whose_role_fell_holds_no_more() {
    let world = World::new();
    let made = [Actor::Admin, Actor::User].map(|maker| token(&world, maker, &json!({"device_limit": 9})));
    made.iter().for_each(|token| drop(enrolled(&world, &enroll(token, &world.new_serial()))));
    // Somebody else must be admin.
    let beside = world.appliance.beside();
    beside.execute("UPDATE user SET role = 'user' WHERE email = ?1", [Actor::Admin.email()]).unwrap();
    beside.execute("UPDATE user SET role = 'viewer' WHERE email = ?1", [Actor::User.email()]).unwrap();
    for token in made {
        assert_eq!(world.appliance.send(&enroll(&token, &world.new_serial())).status, 401);
    }
}

#[test]
fn a_token_made_with_a_key_dies_with_the_key() {
    let world = World::new();
    let (id, key) = world.api_key(Actor::Admin, &json!({"name": "deploys", "role": "user"}));
    let operators = world.token(Actor::OperatorKey).unwrap();
    let made = [key, operators].map(|key| {
        let answer = world.appliance.send(&post("/v1/enrollment-tokens", &json!({"device_limit": 9})).with_bearer(&key));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["token"].clone()
    });
    made.iter().for_each(|token| drop(enrolled(&world, &enroll(token, &world.new_serial()))));
    assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/api-keys/{id}"))).status, 204);
    assert_eq!(world.appliance.send(&enroll(&made[0], &world.new_serial())).status, 401);
    drop(enrolled(&world, &enroll(&made[1], &world.new_serial())));
    let of_operator: String = {
        let sql = "SELECT id FROM api_key WHERE created_by IS NULL AND serial_number IS NULL AND revoked_at IS NULL";
        world.appliance.beside().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    operator::api_key_revoke(world.appliance.store(), world.appliance.clock.now(), &of_operator).unwrap();
    assert_eq!(world.appliance.send(&enroll(&made[1], &world.new_serial())).status, 401);
}

#[test]
fn the_limit_of_devices_holds_against_many_at_once() {
    let world = World::new();
    let made = world.enrollment_token(Actor::Admin, &json!({"device_limit": 5}));
    let appliance = &world.appliance;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..16)
            .map(|number| {
                let request = enroll(&made["token"], &format!("SERIAL-C{number}"));
                scope.spawn(move || appliance.send(&request).status)
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 11, "{statuses:?}");
    let listed = world.send(Actor::Admin, get("/v1/enrollment-tokens")).json();
    assert_eq!((&listed[0]["devices_enrolled"], &listed[0]["status"]), (&json!(5), &json!("used_up")));
    assert_eq!(world.send(Actor::Admin, get("/v1/devices")).json().as_array().unwrap().len(), 5);
}

#[test]
fn the_secret_alone_does_as_well_as_the_whole_text() {
    let world = World::new();
    let whole = token(&world, Actor::Admin, &json!({}));
    let secret = EnrollmentToken::parse(whole.as_str().unwrap()).unwrap().secret;
    enrolled(&world, &enroll(&json!(format!(" {secret}\n")), "SERIAL-A"));
}

#[test]
fn nobody_holds_tokens_without_end() {
    let world = World::new();
    for _ in 0..100 {
        world.enrollment_token(Actor::Admin, &json!({}));
    }
    assert_eq!(world.send(Actor::Admin, post("/v1/enrollment-tokens", &json!({}))).status, 409);
    world.enrollment_token(Actor::User, &json!({}));
}
