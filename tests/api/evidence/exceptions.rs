//! Exceptions as the contract has them.

use serde_json::{Value, json};

use super::{exception, made};
use crate::support::actor::Actor;
use crate::support::request::{delete, get, patch, post};
use crate::support::world::{World, full_report};

const CHECK: &str = "device.disk_encryption";

/// A device of [`Actor::User`] whose disk is not encrypted.
fn unencrypted(world: &World) -> String {
    let mut report = full_report(&world.new_serial());
    report["security"]["disk_encryption"] = json!(false);
    let answer = world.send(Actor::User, post("/v1/devices/report", &report));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn check_of(device: &Value) -> &Value {
    device["checks"].as_array().unwrap().iter().find(|check| check["check_id"] == CHECK).unwrap()
}

#[test]
fn a_spared_failure_names_its_exception_and_the_past_keeps_it() {
    let world = World::new();
    let id = unencrypted(&world);
    let target = format!("/v1/devices/{id}");
    let before = world.send(Actor::User, get(&target)).json();
    assert_eq!((check_of(&before)["status"].as_str(), &check_of(&before)["exception"]), (Some("fail"), &Value::Null));
    world.appliance.clock.advance(60);
    let mut body = exception(&id);
    body["requested_by"] = json!(world.user_id(Actor::User));
    body["compensating_measure"] = json!("It stays in the office");
    let recorded = made(&world, Actor::Admin, "/v1/exceptions", &body);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&recorded[name], value, "{name}");
    }
    assert_eq!((recorded["state"].as_str(), &recorded["self_approved"], &recorded["tag"]), (Some("active"), &json!(false), &Value::Null));
    assert_eq!((&recorded["approved_by"], &recorded["until"]), (&json!(world.user_id(Actor::Admin)), &json!("2026-02-02T00:00:00Z")));
    let spared = world.send(Actor::User, get(&target)).json();
    let named = json!({"id": recorded["id"], "reason": "Reinstalled next week", "expires_on": "2026-02-01"});
    assert_eq!((check_of(&spared)["status"].as_str(), &check_of(&spared)["exception"]), (Some("excepted"), &named));
    assert!(check_of(&spared)["remediation"].is_string(), "it is to be mended all the same");
    // The agent hears of it with its next report.
    let (during, mut report) = (world.appliance.clock.now(), full_report(spared["serial_number"].as_str().unwrap()));
    report["security"]["disk_encryption"] = json!(false);
    assert_eq!(check_of(&world.send(Actor::User, post("/v1/devices/report", &report)).json())["exception"], named);

    world.appliance.clock.advance(60);
    let one = format!("/v1/exceptions/{}", recorded["id"].as_str().unwrap());
    assert_eq!(world.send(Actor::AdminKey, delete(&one)).status, 204);
    let again = world.send(Actor::Admin, delete(&one));
    assert_eq!((again.status, again.json()["detail"].as_str()), (409, Some("This exception has ended already")));
    let after = world.send(Actor::Auditor, get(&one)).json();
    assert_eq!((after["state"].as_str(), &after["revoked_at"]), (Some("revoked"), &after["until"]));
    assert_eq!(check_of(&world.send(Actor::User, get(&target)).json())["status"], "fail");
    assert_eq!(check_of(&world.send(Actor::User, get(&format!("{target}?at={during}"))).json())["exception"], named);
}

#[test]
fn by_tag_it_is_effective_before_the_answer() {
    let world = World::new();
    let (tagged, other) = (unencrypted(&world), unencrypted(&world));
    assert_eq!(world.send(Actor::Admin, patch(&format!("/v1/devices/{tagged}"), &json!({"tags": ["Büro \"1\""]}))).status, 200);
    let mut body = exception("");
    body.as_object_mut().unwrap().remove("subject_id");
    body["tag"] = json!("Büro \"1\"");
    let recorded = made(&world, Actor::Admin, "/v1/exceptions", &body);
    assert_eq!(recorded["self_approved"], true);
    let status = |id: &str| check_of(&world.send(Actor::User, get(&format!("/v1/devices/{id}"))).json())["status"].clone();
    assert_eq!([status(&tagged), status(&other)], ["excepted", "fail"]);
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=exception_created")).json();
    assert_eq!((&log[0]["metadata"]["tag"], &log[0]["metadata"]["check_id"]), (&body["tag"], &json!(CHECK)));
    assert!(!world.appliance.rows("SELECT metadata FROM audit_log").join("\n").contains("Büro"), "whose it may be is kept apart");
}

#[test]
fn wrong_fields_are_named_and_nothing_is_stored() {
    let world = World::new();
    let id = unencrypted(&world);
    let foreign = [world.device_of(Actor::OtherAdmin).id, world.user_id(Actor::OtherAdmin)];
    world.token(Actor::Admin);
    let before = world.appliance.contents();
    for (change, named) in [
        (json!({"subject_type": "user"}), "`subject_type` must be one of device, service"),
        (json!({"subject_type": null}), "`subject_type` is required"),
        (json!({"subject_id": null}), "`subject_id` or `tag` is required"),
        (json!({"tag": "lab"}), "`tag` can't stand beside"),
        (json!({"subject_id": foreign[0]}), "`subject_id` must be that of a device"),
        (json!({"requested_by": foreign[1]}), "`requested_by` must be"),
        (json!({"check_id": "device.nonsense"}), "`check_id` must be a check of the catalogue"),
        (json!({"check_id": "service.mfa_enforced"}), "`check_id` must be a check of the catalogue that is about a device"),
        (json!({"check_id": null}), "`check_id` is required"),
        (json!({"reason": " "}), "`reason` is empty"),
        (json!({"reason": null}), "`reason` is required"),
        (json!({"compensating_measure": 7}), "`compensating_measure` must be text"),
        (json!({"expires_on": "soon"}), "`expires_on` must be a day"),
        (json!({"expires_on": "2025-12-31"}), "`expires_on` lies in the past"),
        (json!({"expires_on": "2027-01-02"}), "`expires_on` must be at most 365 days ahead"),
        (json!({"expires_on": null}), "`expires_on` is required"),
        (json!({"until": "2026-02-01"}), "Unknown field `until`"),
    ] {
        let mut body = exception(&id);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = world.send(Actor::Admin, post("/v1/exceptions", &body));
        assert!(answer.status == 400 && answer.text().contains(named), "{change}: {} {}", answer.status, answer.text());
    }
    assert_eq!(world.appliance.contents(), before);
}

#[test]
fn the_register_is_filtered_ordered_and_given_as_a_file() {
    let world = World::new();
    let id = unencrypted(&world);
    let day = |day: &str, check: &str| {
        let mut body = exception(&id);
        (body["expires_on"], body["check_id"]) = (json!(day), json!(check));
        world.appliance.clock.advance(1);
        made(&world, Actor::Admin, "/v1/exceptions", &body)["id"].clone()
    };
    let [late, early, gone] = [day("2026-03-01", CHECK), day("2026-01-01", CHECK), day("2026-02-01", "device.firewall_enabled")];
    assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/exceptions/{}", gone.as_str().unwrap()))).status, 204);
    world.appliance.clock.advance(86_400);
    world.forget(Actor::Admin);
    let ids = |query: &str| {
        let answer = world.send(Actor::Admin, get(&format!("/v1/exceptions{query}")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json().as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(""), [gone.clone(), early.clone(), late.clone()]);
    assert_eq!(ids("?sort=expires_on"), [early.clone(), gone.clone(), late.clone()]);
    assert_eq!(ids("?limit=1&skip=1"), std::slice::from_ref(&early));
    assert_eq!([ids("?state=active"), ids("?state=expired"), ids("?state=revoked")], [[late.clone()], [early.clone()], [gone.clone()]]);
    assert_eq!(ids(&format!("?check_id={CHECK}&subject_type=device&subject_id={id}")), [early, late]);
    assert!(ids("?subject_type=service").is_empty() && ids("?tag=lab").is_empty());
    let file = world.send(Actor::Admin, get("/v1/exceptions?format=csv&state=revoked"));
    let rows = recoger::domain::csv::read_rows(&file.text()).unwrap();
    assert_eq!((rows.len(), &rows[1][0]), (2, &gone.as_str().unwrap().to_owned()));
}
