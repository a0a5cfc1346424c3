//! Findings of reviews: followed up in versions, while the review stays as it was.

use serde_json::{Value, json};

use super::{id_of, made, review};
use crate::support::actor::Actor;
use crate::support::request::{get, patch};
use crate::support::world::World;

/// Findings as [`Actor`] sees them, by text.
#[track_caller]
fn listed(world: &World, actor: Actor, query: &str) -> Vec<String> {
    let answer = world.send(actor, get(&format!("/v1/findings{query}")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let texts: Vec<String> = answer.json().as_array().unwrap().iter().map(|finding| finding["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(answer.header("x-total-count"), Some(texts.len().to_string().as_str()));
    texts
}

#[test]
fn a_finding_is_resolved_and_opened_again_and_its_review_says_what_it_said() {
    let world = World::new();
    let reviews = format!("/v1/services/{}/reviews", world.service_of(Actor::User));
    let recorded = made(&world, Actor::User, &reviews, &review(&world.user_id(Actor::OtherUser)));
    let target = format!("/v1/findings/{}", id_of(&recorded["finding_items"][0]));
    let then = world.appliance.clock.now();
    let shown = world.send(Actor::OtherUser, get(&target)).json();
    for name in ["text", "severity", "owner_id", "due_on"] {
        assert_eq!(shown[name], recorded["finding_items"][0][name], "{name}");
    }
    assert_eq!((&shown["status"], &shown["review_id"], &shown["resolution"]), (&json!("open"), &recorded["id"], &Value::Null));
    world.appliance.clock.advance(60);
    let change = |actor, body: Value| world.send(actor, patch(&target, &body));
    let refused = change(Actor::OtherUser, json!({"status": "resolved", "resolution": "Done"}));
    assert_eq!((refused.status, refused.json()["detail"].as_str()), (403, Some("This service is not yours")));
    let resolved = change(Actor::User, json!({"status": "resolved", "resolution": "Ada's list", "due_on": null})).json();
    assert_eq!(
        (&resolved["status"], &resolved["resolution"], &resolved["due_on"]),
        (&json!("resolved"), &json!("Ada's list"), &Value::Null)
    );
    assert_eq!(resolved["resolved_at"], json!(world.appliance.clock.now()));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=finding_updated")).json();
    assert_eq!(log[0]["metadata"]["status"], json!({"old": "open", "new": "resolved"}));
    assert_eq!(log[0]["metadata"]["due_on"], json!({"old": "2026-02-01", "new": null}));
    assert!(!world.appliance.rows("SELECT metadata FROM audit_log").join("\n").contains("Ada's"), "whom it names is kept apart");
    world.appliance.clock.advance(60);
    let opened = change(Actor::Admin, json!({"status": "open", "owner_id": null})).json();
    assert_eq!((&opened["resolution"], &opened["resolved_at"], &opened["owner_id"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(world.send(Actor::User, get(&reviews)).json(), json!([recorded]));
    // What was known at each moment stays known.
    let tenant = world.tenant_id(Actor::Admin);
    let store = world.appliance.store();
    let status_at = |seconds: i64| {
        let at = then.plus_seconds(seconds);
        let found = store.read(&tenant, &recoger::store::Actor::system(), at, |tx| recoger::store::findings::all_at(tx, at)).unwrap();
        found[0].record.status.as_str()
    };
    assert_eq!(
        [status_at(0), status_at(59), status_at(60), status_at(119), status_at(120)],
        ["open", "open", "resolved", "resolved", "open"]
    );
}

#[test]
fn lists_hold_what_the_caller_may_see_in_the_order_asked_for() {
    let world = World::new();
    let finding = |owner: Actor, text: &str, due_on: Option<&str>, mends: Option<Actor>| {
        world.appliance.clock.advance(1);
        let service = world.service_of(owner);
        let maker = if owner == Actor::OtherAdmin { owner } else { Actor::Admin };
        let item = json!({"text": text, "severity": "low", "due_on": due_on, "owner_id": mends.map(|mends| world.user_id(mends))});
        let body = json!({"review_date": "2026-01-01", "finding_items": [item]});
        id_of(&made(&world, maker, &format!("/v1/services/{service}/reviews"), &body)["finding_items"][0])
    };
    finding(Actor::User, "late", Some("2026-01-01"), None);
    finding(Actor::User, "some day", None, None);
    let done = finding(Actor::OtherUser, "done", Some("2026-01-01"), None);
    finding(Actor::OtherUser, "soon", Some("2026-01-02"), Some(Actor::User));
    finding(Actor::OtherAdmin, "foreign", None, None);
    let resolve = json!({"status": "resolved", "resolution": "x"});
    assert_eq!(world.send(Actor::Admin, patch(&format!("/v1/findings/{done}"), &resolve)).status, 200);
    assert_eq!(listed(&world, Actor::Viewer, ""), ["soon", "done", "some day", "late"]);
    assert_eq!(listed(&world, Actor::Viewer, "?sort=due_on&status=open"), ["late", "soon", "some day"]);
    assert_eq!(listed(&world, Actor::User, ""), ["soon", "some day", "late"]);
    assert_eq!(listed(&world, Actor::OtherUser, ""), ["soon", "done"]);
    assert_eq!(listed(&world, Actor::OtherAdmin, ""), ["foreign"]);
    assert!(listed(&world, Actor::UserKey, "").is_empty());
    assert!(listed(&world, Actor::Admin, "?overdue=true").is_empty(), "the day itself is not over");
    world.appliance.clock.advance(86_400);
    [Actor::Admin, Actor::User].iter().for_each(|actor| world.forget(*actor));
    assert_eq!(listed(&world, Actor::Admin, "?overdue=true"), ["late"]);
    assert_eq!(listed(&world, Actor::Admin, "?status=resolved"), ["done"]);
    assert_eq!(listed(&world, Actor::Admin, &format!("?owner_id={}", world.user_id(Actor::User))), ["soon"]);
    let file = world.send(Actor::User, get("/v1/findings?format=csv")).text();
    assert_eq!(file.lines().count(), 4, "{file}");
}

#[test]
fn wrong_fields_are_named_and_nothing_is_stored() {
    let world = World::new();
    let reviews = format!("/v1/services/{}/reviews", world.service_of(Actor::Admin));
    let recorded = made(&world, Actor::Admin, &reviews, &review(&world.user_id(Actor::User)));
    let target = format!("/v1/findings/{}", id_of(&recorded["finding_items"][0]));
    let foreign = world.user_id(Actor::OtherAdmin);
    let before = world.appliance.contents();
    for (change, named) in [
        (json!({"status": "done"}), "`status` must be one of open, resolved"),
        (json!({"status": "resolved"}), "`resolution` is required"),
        (json!({"resolution": "x"}), "`resolution` is for a finding"),
        (json!({"owner_id": foreign}), "`owner_id` must be"),
        (json!({"due_on": "soon"}), "`due_on` must be a day"),
        (json!({"text": "Nothing at all"}), "Unknown field `text`"),
    ] {
        let answer = world.send(Actor::Admin, patch(&target, &change));
        assert!(answer.status == 400 && answer.text().contains(named), "{change}: {} {}", answer.status, answer.text());
    }
    assert_eq!(world.appliance.contents(), before);
}
