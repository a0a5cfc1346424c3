//! The own data as one document, erasing through the API, and retention in the settings.

use serde_json::json;

use crate::api::evidence;
use crate::support::actor::Actor;
use crate::support::request::{bare, get, patch, post};
use crate::support::world::World;

#[test]
fn the_own_data_holds_what_there_is_and_no_secret() {
    let world = World::new();
    let device = world.device_of(Actor::Admin);
    let service = world.service_of(Actor::Admin);
    let (_, key) = world.api_key(Actor::Admin, &json!({"name": "mine", "role": "viewer"}));
    let answer = world.send(Actor::Admin, get("/v1/users/me/export"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\"my-data-"));
    let data = answer.json();
    assert_eq!(data["account"][0]["email"], Actor::Admin.email());
    assert_eq!(data["person"][0]["email"], Actor::Admin.email());
    assert_eq!(data["kept"]["software_network_days"], 90);
    assert_eq!(data["services"][0]["id"], service.as_str());
    assert_eq!((&data["api_keys"][0]["name"], data["sessions"].as_array().unwrap().len()), (&json!("mine"), 1));
    let shown = &data["devices"][0];
    assert_eq!(shown["record"][0]["id"], device.id.as_str());
    let reported = shown["reported"].as_array().unwrap();
    assert_eq!(reported.len(), 5, "every section");
    assert!(reported.iter().any(|section| section["data_type"] == "software" && section["data"]["items"][0]["name"] == "editor"));
    assert!(shown["verdicts"].as_array().unwrap().iter().any(|verdict| verdict["check_id"] == "device.disk_encryption"));
    assert!(data["audit_entries_by_me"].as_array().unwrap().iter().any(|entry| entry["event_name"] == "api_key_created"));
    assert!(data["audit_entries_about_me"].as_array().unwrap().iter().any(|entry| entry["event_name"] == "user_created"));
    let text = answer.text();
    assert!(!text.contains(&key) && !text.contains("argon2") && !text.contains("hash\":\"$"), "no secret");
    assert!(!text.contains(&Actor::OtherUser.email()), "nothing of others");
}

#[test]
fn the_own_data_names_what_somebody_vouched_for() {
    let world = World::new();
    let device = world.device_of(Actor::Admin).id;
    let (key, secret) = world.api_key(Actor::Admin, &json!({"name": "mine", "role": "admin"}));
    let make = |path: &str, body| world.appliance.send(&post(path, &body).with_bearer(&secret));
    assert_eq!(world.send(Actor::Admin, post("/v1/exceptions", &evidence::exception(&device))).status, 201);
    assert_eq!(make("/v1/attestations", evidence::attestation(&device)).status, 201);
    let service = world.service_of(Actor::Admin);
    let review = evidence::review(&world.user_id(Actor::Admin));
    assert_eq!(world.send(Actor::Admin, post(&format!("/v1/services/{service}/reviews"), &review)).status, 201);
    let decided = world.send(Actor::Admin, bare("PUT", "/v1/frameworks/iso27001/applicability").with_json(&evidence::no_premises()));
    assert_eq!(decided.status, 200, "{}", decided.text());
    let data = world.send(Actor::Admin, get("/v1/users/me/export")).json();
    assert_eq!(data["exceptions"][0]["reason"], "Reinstalled next week");
    assert_eq!((&data["exceptions"][0]["is_approved_by_me"], &data["exceptions"][0]["is_self_approved"]), (&json!(true), &json!(true)));
    assert_eq!(data["attestations"][0]["statement"], "Seen by Ada", "made with an own key");
    assert_eq!(data["files"].as_array().unwrap().len(), 2, "{}", data["files"]);
    assert_eq!((&data["reviews"][0]["service_id"], &data["findings"][0]["text"]), (&json!(service), &json!("No offboarding")));
    assert_eq!(data["decisions_on_controls"][0]["control_id"], "A.7.4");
    let by_me = data["audit_entries_by_me"].as_array().unwrap();
    assert!(by_me.iter().any(|entry| entry["actor_id"] == key.as_str() && entry["event_name"] == "attestation_created"));
    let others = world.send(Actor::User, get("/v1/users/me/export")).json();
    for part in ["exceptions", "attestations", "files", "reviews", "findings", "decisions_on_controls", "reports"] {
        assert_eq!(others[part], json!([]), "{part}");
    }
}

#[test]
fn an_erasure_is_refused_under_a_hold_and_then_done_once() {
    let world = World::new();
    let target = format!("/v1/people/{}/erase", world.spare_person(Actor::Admin));
    world.send(Actor::Admin, patch("/v1/settings", &json!({"erasure_hold": {"reason": "Case 7"}})));
    let held = world.send(Actor::Admin, post(&target, &json!({})));
    assert!(held.status == 409 && held.text().contains("Case 7"), "{}", held.text());
    world.send(Actor::Admin, patch("/v1/settings", &json!({"erasure_hold": null})));
    let erased = world.send(Actor::Admin, post(&target, &json!({})));
    assert_eq!(erased.status, 200, "{}", erased.text());
    assert!(erased.json()["audit_values"].as_u64().unwrap() > 0);
    assert!(erased.text().contains("texts of reviews"), "what stays is said");
    assert_eq!(world.send(Actor::Admin, post(&target, &json!({}))).status, 409);
    let named = world.send(Actor::Admin, patch(target.trim_end_matches("/erase"), &json!({"name": "Somebody again"})));
    assert!(named.status == 409 && named.text().contains("erased"), "{}", named.text());
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=user_created")).text();
    assert!(log.contains("\"erased\"") && !log.contains("spare-"), "{log}");
    assert_eq!(world.send(Actor::Admin, get("/v1/audit-logs/verify")).json()["intact"], true);
}

#[test]
fn retention_is_shown_changed_and_bounded() {
    let world = World::new();
    let settings = |body| world.send(Actor::Admin, patch("/v1/settings", &body));
    assert_eq!(world.send(Actor::Admin, get("/v1/settings")).json()["retention"]["audit_log_months"], 36);
    assert_eq!(settings(json!({"retention": {"audit_log_months": 12}})).json()["retention"]["audit_log_months"], 12);
    let refused = settings(json!({"retention": {"audit_log_months": 11, "verdict_months": 24}}));
    assert!(refused.status == 400 && refused.text().contains("retention.audit_log_months"), "{}", refused.text());
    assert_eq!(world.send(Actor::Admin, get("/v1/settings")).json()["retention"]["verdict_months"], 36, "all or nothing");
}
