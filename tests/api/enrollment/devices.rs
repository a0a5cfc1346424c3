//! Devices that are enrolled: their keys, owners, approval, and what happens when one comes again.

use recoger::store::operator;
use serde_json::{Value, json};

use super::{device, enrolled, report_with, token, with};
use crate::support::actor::Actor;
use crate::support::request::{bare, delete, get, patch, post};
use crate::support::world::{World, enroll, full_report};

/// Another machine's UUID each.
const BOARDS: [&str; 2] = ["4c4c4544-0042-3510-8052-b4c04f4a3132", "9d1f0c2e-7a31-4f08-9c55-0f6e2b7d8a91"];

#[test]
fn what_a_device_sends_is_checked_before_the_token_is_used() {
    let world = World::new();
    let good = enroll(&token(&world, Actor::Admin, &json!({})), "SERIAL-A");
    for (more, name) in [
        (json!({"serial_number": "Default string"}), "`serial_number`"),
        (json!({"serial_number": null}), "`serial_number`"),
        (json!({"device_name": "a\u{7}"}), "`device_name`"),
        (json!({"os_type": "beos"}), "`os_type`"),
        (json!({"token": ""}), "`token`"),
        (json!({"token": null}), "`token`"),
        (json!({"email": "nobody"}), "`email`"),
        (json!({"email": "user@example.org"}), "`email`"),
        (json!({"machine": "x"}), "`machine`"),
    ] {
        let answer = world.appliance.send(&with(&good, &more));
        assert_eq!(answer.status, 400, "{more}: {}", answer.text());
        assert!(answer.text().contains(name), "{more}: {}", answer.text());
    }
    assert_eq!(world.send(Actor::Admin, get("/v1/devices")).text(), "[]");
    enrolled(&world, &good);
}

#[test]
fn a_devices_key_reports_its_serial_number_and_nothing_else() {
    let world = World::new();
    let let_in = enrolled(&world, &enroll(&token(&world, Actor::User, &json!({})), "SERIAL-A"));
    assert_eq!(let_in["report_interval_seconds"], 3600);
    let key = &let_in["api_key"];
    let answer = report_with(&world, key, &full_report("SERIAL-A"));
    assert_eq!((answer.status, &answer.json()["id"], &answer.json()["source"]), (200, &let_in["device_id"], &json!("agent")));
    assert_eq!(report_with(&world, key, &full_report("SERIAL-B")).status, 403);
    assert_eq!(world.appliance.send(&get("/v1/devices").with_bearer(key.as_str().unwrap())).status, 403);
    assert!(!world.send(Actor::Admin, get("/v1/api-keys")).text().contains("rk_live_"), "devices' own keys are not listed");

    operator::user_disable(world.appliance.store(), world.appliance.clock.now(), &Actor::User.email()).unwrap();
    assert_eq!(report_with(&world, key, &full_report("SERIAL-A")).status, 200, "the key belongs to the device, not to its maker");
    let target = format!("/v1/devices/{}?reason=broken", let_in["device_id"].as_str().unwrap());
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 204);
    assert_eq!(report_with(&world, key, &full_report("SERIAL-A")).status, 401, "and dies with it");
}

#[test]
fn a_wiped_device_comes_back_as_itself_and_its_earlier_key_dies() {
    let world = World::new();
    let first = enrolled(&world, &enroll(&token(&world, Actor::User, &json!({})), "SERIAL-A"));
    assert_eq!(report_with(&world, &first["api_key"], &full_report("SERIAL-A")).status, 200);
    let second = enrolled(&world, &enroll(&token(&world, Actor::User, &json!({})), "SERIAL-A"));
    assert_eq!(first["device_id"], second["device_id"]);
    assert_eq!(report_with(&world, &first["api_key"], &full_report("SERIAL-A")).status, 401);
    assert_eq!(report_with(&world, &second["api_key"], &full_report("SERIAL-A")).status, 200);
    let data = device(&world, &second["device_id"]);
    assert_eq!(data["user_id"], world.user_id(Actor::User));
}

#[test]
fn a_device_that_was_retired_comes_back_as_another() {
    let world = World::new();
    let bulk = token(&world, Actor::Admin, &json!({"device_limit": 3}));
    let first = enrolled(&world, &enroll(&bulk, "SERIAL-A"));
    let target = format!("/v1/devices/{}?reason=sold", first["device_id"].as_str().unwrap());
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 204);
    let second = enrolled(&world, &enroll(&bulk, "SERIAL-A"));
    assert_ne!(first["device_id"], second["device_id"]);
    let board_replaced = enrolled(&world, &enroll(&bulk, "SERIAL-B"));
    assert_ne!(second["device_id"], board_replaced["device_id"], "another serial number is another device");
}

#[test]
fn a_serial_of_somebody_else_or_of_nobody_takes_an_admins_token() {
    let world = World::new();
    let others = world.device_of(Actor::OtherUser);
    let recorded = json!({"device_name": "Shelf", "serial_number": "SHELF-1", "os_type": "linux"});
    assert_eq!(world.send(Actor::Admin, post("/v1/devices", &recorded)).status, 201);
    for serial in [others.serial_number.as_str(), "SHELF-1"] {
        let own = token(&world, Actor::User, &json!({}));
        assert_eq!(world.appliance.send(&enroll(&own, serial)).status, 403, "{serial}");
        enrolled(&world, &enroll(&own, &world.new_serial()));
    }
    let kept = enrolled(&world, &enroll(&token(&world, Actor::Admin, &json!({})), &others.serial_number));
    assert_eq!(kept["device_id"], others.id.as_str());
    assert_eq!(device(&world, &kept["device_id"])["user_id"], world.user_id(Actor::OtherUser), "a token for nobody takes no owner away");
    let moved = token(&world, Actor::Admin, &json!({"user_id": world.user_id(Actor::User)}));
    enrolled(&world, &enroll(&moved, &others.serial_number));
    assert_eq!(device(&world, &kept["device_id"])["user_id"], world.user_id(Actor::User));
}

#[test]
fn owners_are_found_by_list_then_email_then_sign_in_and_never_guessed() {
    let world = World::new();
    let [user, other, viewer] = [Actor::User, Actor::OtherUser, Actor::Viewer].map(|actor| world.user_id(actor));
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    for email in ["twin@example.org", "twin@example.com", "gone@example.org", "admin@example.net"] {
        operator::user_add(store, now, "default", email, recoger::domain::access::Role::User, None, None).unwrap();
    }
    operator::user_disable(store, now, "gone@example.org").unwrap();
    let serials = json!([
        {"serial_number": "LISTED-1", "email": "OtherUser@Example.org"},
        {"serial_number": "LISTED-2", "email": "later@example.org"},
    ]);
    let body = json!({"device_limit": 30, "assign": {"serials": serials, "email": true, "signed_in_user": true}});
    let made = world.enrollment_token(Actor::Admin, &body);
    assert_eq!(made["unknown_emails"], json!(["later@example.org"]));
    assert_eq!(made["assign"], json!({"serials": 2, "email": true, "signed_in_user": true}));
    let owner = |serial: &str, more: Value| {
        let let_in = enrolled(&world, &with(&enroll(&made["token"], serial), &more));
        device(&world, &let_in["device_id"])["user_id"].clone()
    };
    assert_eq!(owner("LISTED-1", json!({"email": Actor::User.email(), "signed_in_user": "viewer"})), other);
    assert_eq!(owner("LISTED-2", json!({"signed_in_user": "viewer"})), Value::Null, "the list's word is final");
    assert_eq!(owner("FREE-1", json!({"email": "USER@example.org", "signed_in_user": "viewer"})), user);
    assert_eq!(owner("FREE-2", json!({"email": "typo@example.org", "signed_in_user": "CORP\\Viewer"})), viewer);
    assert_eq!(owner("FREE-3", json!({"signed_in_user": "viewer@example.org"})), viewer);
    for (serial, name) in
        [("N-1", "twin"), ("N-2", "gone"), ("N-3", "gone@example.org"), ("N-4", "nobody"), ("N-5", "admin"), ("N-6", "otheradmin")]
    {
        assert_eq!(owner(serial, json!({"signed_in_user": name})), Value::Null, "{name}");
    }
    assert_eq!(owner("N-7", json!({"email": Actor::OtherAdmin.email()})), Value::Null, "another tenant's people are nobody");
    // What a device says of itself does not take it from the owner it has.
    assert_eq!(owner("FREE-1", json!({"email": Actor::Viewer.email()})), user);
    let plain = token(&world, Actor::Admin, &json!({"device_limit": 2}));
    let unasked = enrolled(&world, &with(&enroll(&plain, "FREE-9"), &json!({"signed_in_user": "viewer"})));
    assert_eq!(device(&world, &unasked["device_id"])["user_id"], Value::Null, "the token did not ask for it");
}

#[test]
fn with_the_setting_a_device_waits_is_kept_and_counts_once_approved() {
    let world = World::new();
    world.send(Actor::Admin, patch("/v1/settings", &json!({"devices_need_approval": true})));
    let recorded = json!({"device_name": "Shelf", "serial_number": "SHELF-1", "os_type": "linux"});
    world.send(Actor::Admin, post("/v1/devices", &recorded));
    let owner = world.user_id(Actor::User);
    let bulk = token(&world, Actor::Admin, &json!({"device_limit": 3, "user_id": owner}));
    let known = enrolled(&world, &enroll(&bulk, "SHELF-1"));
    assert_eq!(known["approval"], "approved", "an admin knew of it");
    let waiting = enrolled(&world, &enroll(&bulk, "SERIAL-A"));
    assert_eq!(waiting["approval"], "pending");
    let reported = report_with(&world, &waiting["api_key"], &full_report("SERIAL-A"));
    assert_eq!((reported.status, &reported.json()["approval"]), (200, &json!("pending")));
    assert_eq!(device(&world, &waiting["device_id"])["device_data"].as_array().unwrap().len(), 5, "its reports are kept");
    let count = || {
        let users = world.send(Actor::Admin, get("/v1/users")).json();
        users.as_array().unwrap().iter().find(|user| user["id"] == owner.as_str()).unwrap()["device_count"].clone()
    };
    let on_metrics = || {
        let text = world.send(Actor::Stranger, get("/metrics")).text();
        let lines = text.lines().filter(|line| line.starts_with("recoger_devices{"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap()).sum::<i64>()
    };
    let listed = |approval: &str| {
        let answer = world.send(Actor::Admin, get(&format!("/v1/devices?approval={approval}")));
        answer.json().as_array().unwrap().iter().map(|device| device["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((count(), on_metrics()), (json!(1), 1));
    assert_eq!(listed("pending"), [waiting["device_id"].clone()]);
    let before = world.appliance.clock.now();
    world.appliance.clock.advance(60);
    let approve = || world.send(Actor::Admin, bare("POST", &format!("/v1/devices/{}/approve", waiting["device_id"].as_str().unwrap())));
    let (log, answer) = world.logged_by(approve);
    assert_eq!((answer.status, &answer.json()["approval"], log[0].event.as_str()), (200, &json!("approved"), "device_updated"));
    assert_eq!((count(), on_metrics(), listed("pending").len(), listed("approved").len()), (json!(2), 2, 0, 2));
    let (log, answer) = world.logged_by(approve);
    assert_eq!((answer.status, log.len()), (200, 0));
    let then = world.send(Actor::Admin, get(&format!("/v1/devices?approval=pending&at={before}"))).json();
    assert_eq!(then.as_array().unwrap().len(), 1, "the past knows that it waited");
}

#[test]
fn two_machines_that_take_turns_under_one_serial_number_are_seen() {
    let world = World::new();
    let bulk = token(&world, Actor::Admin, &json!({"device_limit": 3}));
    let first = enrolled(&world, &with(&enroll(&bulk, "SERIAL-A"), &json!({"hardware_uuid": BOARDS[0]})));
    let report = |key: &Value, board: Option<&str>| {
        world.appliance.clock.advance(60);
        let mut body = full_report("SERIAL-A");
        body["hardware_uuid"] = json!(board);
        let (log, answer) = world.logged_by(|| report_with(&world, key, &body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let updated = log.iter().filter(|entry| entry.event == "device_updated").count();
        (answer.json()["two_machines_since"].clone(), updated)
    };
    let key = &first["api_key"];
    assert_eq!(report(key, Some(BOARDS[0])), (Value::Null, 0));
    assert_eq!(report(key, Some(BOARDS[1])), (Value::Null, 0), "a mainboard may have been replaced");
    assert_eq!(report(key, None), (Value::Null, 0));
    assert_eq!(report(key, Some("03000200-0400-0500-0006-000700080009")), (Value::Null, 0));
    assert_eq!(report(key, Some(BOARDS[1])), (Value::Null, 0));
    let (since, updated) = report(key, Some(BOARDS[0]));
    assert_eq!((&since, updated), (&json!(world.appliance.clock.now()), 1), "no repair brings the old board back");
    assert_eq!(report(key, Some(BOARDS[1])), (since, 0), "said once");
    assert!(!world.appliance.contents().join("\n").contains(BOARDS[0]), "the hash is enough");

    let second = enrolled(&world, &with(&enroll(&bulk, "SERIAL-A"), &json!({"hardware_uuid": BOARDS[1]})));
    assert_eq!(device(&world, &first["device_id"])["two_machines_since"], Value::Null, "the other machine's key has died");
    assert_eq!(report(&second["api_key"], Some(BOARDS[1])), (Value::Null, 0));
    enrolled(&world, &with(&enroll(&bulk, "SERIAL-A"), &json!({"hardware_uuid": BOARDS[0]})));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=device_enrolled")).json();
    assert_eq!((&log[0]["metadata"]["hardware_changed"], &log[1]["metadata"]["hardware_changed"]), (&json!(true), &Value::Null));
}

#[test]
fn agents_learn_of_another_interval_with_their_next_report() {
    let world = World::new();
    let let_in = enrolled(&world, &enroll(&token(&world, Actor::Admin, &json!({})), "SERIAL-A"));
    let told = || report_with(&world, &let_in["api_key"], &full_report("SERIAL-A")).json()["report_interval_seconds"].clone();
    assert_eq!(told(), 3600);
    for wrong in [json!(299), json!(86_401), json!("600")] {
        assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &json!({"report_interval_seconds": wrong}))).status, 400);
    }
    world.send(Actor::Admin, patch("/v1/settings", &json!({"report_interval_seconds": 600})));
    assert_eq!(told(), 600);
    assert_eq!(device(&world, &let_in["device_id"])["report_interval_seconds"], Value::Null, "only a report asks");
}

#[test]
fn a_personal_devices_token_says_so_to_the_agent() {
    let world = World::new();
    let body = json!({"ownership": "personal", "user_id": world.user_id(Actor::User)});
    let let_in = enrolled(&world, &enroll(&token(&world, Actor::Admin, &body), "SERIAL-A"));
    assert_eq!(let_in["ownership"], "personal");
    assert_eq!(report_with(&world, &let_in["api_key"], &full_report("SERIAL-A")).status, 400);
    let mut security_only = full_report("SERIAL-A");
    ["hardware", "software", "network", "custom"].iter().for_each(|name| drop(security_only.as_object_mut().unwrap().remove(*name)));
    assert_eq!(report_with(&world, &let_in["api_key"], &security_only).status, 200);
}
