//! Security reviews as the reference has them.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{delete, get, patch, post};
use crate::support::world::World;

/// A world on 2026-01-05.
fn world() -> World {
    let world = World::new();
    world.appliance.clock.advance(4 * 86_400);
    world
}

#[test]
fn the_references_example_is_taken_and_its_copy_outlives_the_service() {
    let world = world();
    let service = format!("/v1/services/{}", world.service_of(Actor::User));
    let target = format!("{service}/reviews");
    let body = json!({
        "review_date": "2026-01-04", "next_review_date": "2026-04-04", "findings": "All security controls verified.",
        "sso_enabled": true, "mfa_enforced": true, "audit_logging_enabled": true
    });
    let answer = world.send(Actor::User, post(&target, &body));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let review = answer.json();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&review[name], value, "{name}");
    }
    assert!(review["id"].as_str().unwrap().starts_with("rev_") && review["encryption_at_rest"].is_null());
    assert_eq!((&review["recorded_late_days"], &review["created_by"]), (&json!(1), &json!(world.user_id(Actor::User))));
    let updated = world.send(Actor::User, get(&service)).json();
    for (name, value) in
        [("mfa_enforced", json!(true)), ("last_review_date", json!("2026-01-04")), ("next_review_date", json!("2026-04-04"))]
    {
        assert_eq!(updated[name], value, "{name}");
    }
    assert_eq!(world.send(Actor::User, patch(&service, &json!({"mfa_enforced": false}))).status, 200);
    assert_eq!(world.send(Actor::Admin, delete(&service)).status, 204);
    assert_eq!(world.send(Actor::Viewer, get(&target)).json(), json!([review]));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=review_created")).json();
    assert_eq!(log[0]["metadata"]["answers"]["mfa_enforced"], json!(true));
    assert!(!log.to_string().contains("verified"), "what was found stands in the review alone");
}

#[test]
fn findings_are_kept_one_by_one_and_wrong_ones_refused_by_name() {
    let world = world();
    let target = format!("/v1/services/{}/reviews", world.service_of(Actor::Admin));
    let owner = world.user_id(Actor::User);
    let item = json!({"text": "No offboarding.\nTwo leavers can sign in.", "severity": "high", "owner_id": owner, "due_on": "2026-02-01"});
    let with = |changes: Value| {
        let mut body = json!({"review_date": "2026-01-04", "outcome": "passed_with_findings", "finding_items": [item]});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        world.send(Actor::Admin, post(&target, &body))
    };
    let kept = with(json!({}));
    let mut kept_items = kept.json()["finding_items"].clone();
    assert!(kept_items[0].as_object_mut().unwrap().remove("id").is_some_and(|id| id.as_str().unwrap().starts_with("find_")));
    assert_eq!((kept.status, kept_items), (201, json!([item])));
    let foreign = world.user_id(Actor::OtherAdmin);
    let before = world.appliance.contents();
    for (changes, named) in [
        (json!({"review_date": "2026-01-06"}), "`review_date` lies in the future"),
        (json!({"review_date": null}), "`review_date` is required"),
        (json!({"review_date": "yesterday"}), "`review_date` must be a day"),
        (json!({"next_review_date": "2026-01-04"}), "`next_review_date` must lie after"),
        (json!({"outcome": "fine"}), "`outcome` must be one of"),
        (json!({"finding_items": [{"text": "x"}]}), "`finding_items[0].severity` is required"),
        (json!({"finding_items": [item, 5]}), "`finding_items[1]` must be an object"),
        (json!({"finding_items": [{"text": "x", "severity": "high", "owner_id": foreign}]}), "finding_items"),
        (json!({"mfa_enforced": "yes"}), "`mfa_enforced` must be true or false"),
        (json!({"data_location": ["Mars"]}), "`data_location` must hold"),
        (json!({"surprise": 1}), "Unknown field `surprise`"),
    ] {
        let answer = with(changes.clone());
        assert!(answer.status == 400 && answer.text().contains(named), "{changes}: {} {}", answer.status, answer.text());
    }
    assert_eq!(world.appliance.contents(), before);
}
