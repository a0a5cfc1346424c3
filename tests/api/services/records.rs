//! Services as the reference has them: fields, changes, filters, roles, the past.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{delete, get, patch, post};
use crate::support::world::World;

#[track_caller]
fn ok(world: &World, actor: Actor, target: &str) -> Value {
    let answer = world.send(actor, get(target));
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

#[test]
fn the_references_example_is_taken_as_it_stands() {
    let world = World::new();
    let owner = world.user_id(Actor::User);
    let body = json!({
        "name": "GitHub", "description": "Source code hosting", "category": "development", "url": "https://github.com", "owner_id": owner,
        "data_classification": "confidential", "sso_enabled": true, "mfa_enforced": true
    });
    let answer = world.send(Actor::Admin, post("/v1/services", &body));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    for absent in
        ["audit_logging_enabled", "encryption_at_rest", "data_location", "processes_personal_data", "last_review_date", "next_review_date"]
    {
        assert_eq!(made[absent], Value::Null, "{absent}");
    }
    assert_eq!((&made["review_interval_days"], &made["tags"]), (&json!(90), &json!([])));
    // A key check, the review, has no data.
    assert_eq!((made["status"].as_str(), made["source"].as_str()), (Some("unknown"), Some("person")));
    assert!(made["id"].as_str().unwrap().starts_with("svc_"));
    let check = |id: &str| made["checks"].as_array().unwrap().iter().find(|check| check["check_id"] == id).unwrap()["status"].clone();
    assert_eq!((check("service.mfa_enforced"), check("service.encryption_at_rest")), (json!("pass"), json!("no_data")));
    let shown = ok(&world, Actor::User, &format!("/v1/services/{}", made["id"].as_str().unwrap()));
    assert_eq!(shown, made);
    let taken = world.send(Actor::Admin, post("/v1/services", &json!({"name": "gitHUB"})));
    assert_eq!((taken.status, taken.json()["detail"].as_str()), (409, Some("A service with this `name` exists already")));
    let by_key = world.send(Actor::AdminKey, post("/v1/services", &json!({"name": "From a script"})));
    assert_eq!(by_key.json()["source"], "integration");
}

#[test]
fn an_owner_changes_everything_but_the_owner() {
    let world = World::new();
    let target = format!("/v1/services/{}", world.service_of(Actor::User));
    let other = world.user_id(Actor::OtherUser);
    let own = world.user_id(Actor::User);
    let change = |actor, body: Value| world.send(actor, patch(&target, &body));
    assert_eq!(change(Actor::User, json!({"name": "Renamed", "data_classification": "restricted", "owner_id": own})).status, 200);
    let refused = change(Actor::User, json!({"owner_id": other}));
    assert_eq!((refused.status, refused.json()["detail"].as_str()), (403, Some("Only admins may change `owner_id`")));
    assert_eq!(change(Actor::Admin, json!({"owner_id": other})).json()["owner_id"], json!(other));
    assert_eq!(change(Actor::User, json!({"name": "Again"})).status, 403);
    assert_eq!(change(Actor::OtherUser, json!({"name": "Again", "data_classification": null})).json()["data_classification"], Value::Null);
    for (foreign, why) in [(world.user_id(Actor::OtherAdmin), "of another tenant"), ("user_0".to_owned(), "nobody")] {
        let answer = change(Actor::Admin, json!({"owner_id": foreign}));
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (400, Some("`owner_id` must be that of an active user")), "{why}");
    }
}

#[test]
fn lists_hold_what_the_caller_may_see_and_filters_narrow_them() {
    let world = World::new();
    let [own, others, foreign] = [Actor::User, Actor::OtherUser, Actor::OtherAdmin].map(|owner| world.service_of(owner));
    let ids = |actor, query: &str| {
        let answer = world.send(actor, get(&format!("/v1/services{query}")));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json();
        let ids: Vec<String> = list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(answer.header("x-total-count"), Some(ids.len().to_string().as_str()));
        ids
    };
    assert_eq!(ids(Actor::User, ""), [own.as_str()]);
    assert_eq!(ids(Actor::User, &format!("?owner_id={}", world.user_id(Actor::OtherUser))), [""; 0]);
    assert_eq!(ids(Actor::OtherAdmin, ""), [foreign.as_str()]);
    assert_eq!(ids(Actor::UserKey, ""), [""; 0]);
    let mut all = ids(Actor::Viewer, "?sort=name");
    all.sort();
    let mut expected = [own.clone(), others.clone()];
    expected.sort();
    assert_eq!(all, expected);
    let change = json!({"category": "hr", "mfa_enforced": false, "data_classification": "public"});
    assert_eq!(world.send(Actor::Admin, patch(&format!("/v1/services/{own}"), &change)).status, 200);
    for query in [
        "?category=hr",
        "?check_id=service.mfa_enforced",
        "?data_classification=public",
        "?status=non_compliant",
        "?search=USER%40example.org&category=hr",
    ] {
        assert_eq!(ids(Actor::Admin, query), [own.as_str()], "{query}");
    }
    assert_eq!(ids(Actor::Admin, &format!("?owner_id={}", world.user_id(Actor::OtherUser))), [others.as_str()]);
}

#[test]
fn the_past_of_a_service_stays_and_a_change_is_logged_field_by_field() {
    let world = World::new();
    let id = world.service_of(Actor::User);
    let target = format!("/v1/services/{id}");
    let before = ok(&world, Actor::Admin, &target);
    let then = world.appliance.clock.now();
    world.appliance.clock.advance(600);
    let change = json!({"mfa_enforced": false, "category": "hr", "tags": ["Ada's"]});
    assert_eq!(world.send(Actor::User, patch(&target, &change)).status, 200);
    assert_eq!(ok(&world, Actor::Admin, &format!("{target}?at={then}")), before);
    assert_eq!(ok(&world, Actor::Admin, &format!("/v1/services?at={then}"))[0]["category"], Value::Null);
    let early = then.plus_seconds(-1);
    assert_eq!(world.send(Actor::Admin, get(&format!("{target}?at={early}"))).status, 404);

    let log = ok(&world, Actor::Admin, "/v1/audit-logs?event_name=service_updated");
    let metadata = &log[0]["metadata"];
    assert_eq!(metadata["mfa_enforced"], json!({"old": null, "new": false}));
    assert_eq!(metadata["tags"], json!({"old": [], "new": ["Ada's"]}));
    assert_eq!(metadata["status"], json!({"old": "unknown", "new": "non_compliant"}));
    assert_eq!((log[0]["resource_type"].as_str(), log[0]["resource_id"].as_str()), (Some("service"), Some(id.as_str())));
    // Whose name it may be is kept apart from what is hashed.
    assert!(!world.appliance.rows("SELECT metadata FROM audit_log").join("\n").contains("Ada's"));

    world.appliance.clock.advance(60);
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 204);
    assert_eq!(world.send(Actor::Admin, get(&target)).status, 404);
    let history = ok(&world, Actor::User, &format!("{target}/history"));
    let mfa = history.as_array().unwrap().iter().filter(|item| item["check_id"] == "service.mfa_enforced");
    assert_eq!(mfa.map(|item| item["status"].as_str().unwrap()).collect::<Vec<_>>(), ["fail", "no_data"]);
    assert!(history.as_array().unwrap().iter().all(|item| item["until"].is_string()), "nothing of it lasts");
}

#[test]
fn the_dashboard_is_about_ones_own_services() {
    let world = World::new();
    let own = world.service_of(Actor::User);
    world.service_of(Actor::OtherUser);
    let dashboard = |actor| ok(&world, actor, "/v1/services/my-dashboard");
    let empty = dashboard(Actor::Viewer);
    assert_eq!((&empty["total"], &empty["compliance_score"], &empty["upcoming_reviews"]), (&json!(0), &Value::Null, &json!([])));
    assert_eq!(dashboard(Actor::OperatorKey), empty);
    let review = json!({
        "review_date": "2026-01-01", "sso_enabled": true, "mfa_enforced": true, "audit_logging_enabled": true, "encryption_at_rest": true,
        "data_location": ["DE"]
    });
    let target = format!("/v1/services/{own}");
    assert_eq!(
        world.send(Actor::User, patch(&target, &json!({"data_classification": "confidential", "processes_personal_data": false}))).status,
        200
    );
    assert_eq!(world.send(Actor::User, post(&format!("{target}/reviews"), &review)).status, 201);
    let mine = dashboard(Actor::User);
    assert_eq!(mine["by_status"], json!({"compliant": 1, "needs_review": 0, "non_compliant": 0, "unknown": 0}));
    assert_eq!((&mine["total"], &mine["compliance_score"], &mine["completeness"]), (&json!(1), &json!(100), &json!(100)));
    assert_eq!((&mine["reviews_due_soon"], &mine["reviews_overdue"]), (&json!(0), &json!(0)));
    let upcoming = &mine["upcoming_reviews"][0];
    assert_eq!((&upcoming["service_id"], &upcoming["next_review_date"]), (&json!(own), &json!("2026-04-01")));
}

#[test]
fn the_list_is_given_as_one_file_with_the_same_filters_and_order() {
    let world = World::new();
    for (name, category) in [("=cmd|' /C calc'!A0", "hr"), ("Plain, \"quoted\"", "hr"), ("Other", "it")] {
        let body = json!({"name": name, "category": category, "data_location": ["DE", "US"], "mfa_enforced": false, "tags": ["a", "b"]});
        assert_eq!(world.send(Actor::Admin, post("/v1/services", &body)).status, 201);
    }
    let export = |actor, query: &str| {
        let answer = world.send(actor, get(&format!("/v1/services?format=csv{query}")));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        answer.text()
    };
    let text = export(Actor::Admin, "&category=hr&sort=name&limit=1");
    assert!(text.contains("'=cmd"), "a spreadsheet runs nothing: {text}");
    let rows = recoger::domain::csv::read_rows(&text).unwrap();
    let column = |name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let cells = |name: &str| rows[1..].iter().map(|row| row[column(name)].as_str()).collect::<Vec<_>>();
    assert_eq!(cells("name"), ["=cmd|' /C calc'!A0", "Plain, \"quoted\""]);
    assert_eq!((cells("data_location"), cells("mfa_enforced")), (vec!["DE;US"; 2], vec!["false"; 2]));
    assert_eq!((cells("sso_enabled"), cells("tags"), cells("status")), (vec![""; 2], vec!["a;b"; 2], vec!["non_compliant"; 2]));
    let now = world.appliance.clock.now();
    assert_eq!(export(Actor::Admin, &format!("&category=hr&sort=name&at={now}")), text);
    assert_eq!(export(Actor::User, "").lines().count(), 1, "nothing but the names of the columns");
    assert_eq!(export(Actor::User, &format!("&owner_id={}", world.user_id(Actor::Admin))).lines().count(), 1);
}
