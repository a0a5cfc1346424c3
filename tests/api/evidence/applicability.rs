//! Which controls of a framework apply.

use serde_json::{Value, json};

use super::no_premises;
use crate::api::reports::{framework, report};
use crate::support::actor::Actor;
use crate::support::request::{bare, get, post};
use crate::support::world::World;

const TARGET: &str = "/v1/frameworks/iso27001/applicability";

#[test]
fn a_decision_holds_until_it_is_taken_back() {
    let world = World::new();
    let put = |body: &Value| world.send(Actor::Admin, bare("PUT", TARGET).with_json(body));
    let listed = |actor| world.send(actor, get(TARGET)).json();
    assert_eq!(listed(Actor::Viewer), json!([]));
    let decided = put(&no_premises());
    assert_eq!((decided.status, &decided.json()["applicable"]), (200, &json!(false)));
    assert_eq!(decided.json()["decided_by"], json!(world.user_id(Actor::Admin)));
    assert_eq!(listed(Actor::Viewer), json!([decided.json()]));
    assert_eq!(listed(Actor::OtherAdmin), json!([]), "each organisation decides for itself");
    assert_eq!(world.send(Actor::Admin, get("/v1/frameworks/soc2/applicability")).json(), json!([]));
    world.appliance.clock.advance(1);
    let back = put(&json!({"control_id": "A.7.4", "applicable": true})).json();
    assert_eq!((&back["applicable"], &back["reason"]), (&json!(true), &Value::Null));
    assert_eq!(listed(Actor::Viewer), json!([back]));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=applicability_changed")).json();
    assert_eq!(log[1]["metadata"]["reason"], json!({"old": null, "new": "There are no premises"}));
    assert_eq!((&log[0]["metadata"]["applicable"], &log[0]["resource_id"]), (&json!({"old": false, "new": true}), &json!("iso27001")));
}

#[test]
fn a_framework_of_ones_own_has_decisions_and_attestations_too() {
    let world = World::new();
    let own = framework(&world, Actor::Admin, "house-rules");
    let target = format!("/v1/frameworks/{own}/applicability");
    let decided =
        world.send(Actor::Admin, bare("PUT", &target).with_json(&json!({"control_id": "H.1", "applicable": false, "reason": "No disks"})));
    assert_eq!((decided.status, &decided.json()["reason"]), (200, &json!("No disks")), "{}", decided.text());
    assert_eq!(world.send(Actor::Viewer, get(&target)).json(), json!([decided.json()]));
    for actor in [Actor::OtherAdmin, Actor::Viewer] {
        let wanted = if matches!(actor, Actor::Viewer) { 200 } else { 404 };
        assert_eq!(world.send(actor, get(&target)).status, wanted);
    }
    let made = report(&world, Actor::Admin, &json!({"framework": own, "format": "json"}));
    let content = world.send(Actor::Viewer, get(made["download_url"].as_str().unwrap())).json();
    assert_eq!(content["controls"][0]["not_applicable"]["reason"], json!("No disks"));
    let attest = |control: &str| {
        let body = json!({"framework_id": own, "control_id": control, "statement": "Seen by Ada", "valid_until": "2026-12-31"});
        world.send(Actor::Admin, post("/v1/attestations", &body))
    };
    assert_eq!(attest("H.1").status, 201);
    let unknown = attest("H.9");
    assert!(unknown.status == 400 && unknown.text().contains("`control_id`"), "{}", unknown.text());
}

#[test]
fn wrong_fields_are_named_and_nothing_is_stored() {
    let world = World::new();
    world.token(Actor::Admin);
    let before = world.appliance.contents();
    for (body, named) in [
        (json!({"control_id": "A.99", "applicable": false, "reason": "x"}), "`control_id` must be"),
        (json!({"control_id": "A.7.4", "applicable": false}), "`reason` is required"),
        (json!({"control_id": "A.7.4", "reason": "x"}), "`applicable` is required"),
        (json!({"control_id": "A.7.4", "applicable": true, "reason": "x"}), "`reason` is for a control that does not apply"),
        (json!({"control_id": "A.7.4", "applicable": true, "since": "x"}), "Unknown field `since`"),
    ] {
        let answer = world.send(Actor::Admin, bare("PUT", TARGET).with_json(&body));
        assert!(answer.status == 400 && answer.text().contains(named), "{body}: {} {}", answer.status, answer.text());
    }
    let unknown = world.send(Actor::Admin, get("/v1/frameworks/iso9001/applicability"));
    assert_eq!((unknown.status, unknown.json()["detail"].as_str()), (404, Some("Framework not found")));
    assert_eq!(world.appliance.contents(), before);
}
