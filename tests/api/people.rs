//! People: files with a preview, filters, the past, the population, and what an auditor reads.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{csv, delete, get, patch, post};
use crate::support::world::World;

fn import(world: &World, query: &str, text: &str) -> Value {
    let answer = world.send(Actor::Admin, csv(&format!("/v1/people/import{query}"), text));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn emails(world: &World, query: &str) -> Vec<String> {
    let answer = world.send(Actor::Admin, get(&format!("/v1/people?sort=email&limit=100{query}")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap().to_owned()).collect()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap()).collect()
}

const FIRST: &str = "name,email,needs_device,reason,joined_on,left_on\n\
                     Ada,ada@example.org,,,2024-02-01,\n\
                     Bob,bob@example.org,false,works at a shared terminal,,\n\
                     Cleo,cleo@example.org,true,,,\n";

#[test]
fn a_dry_run_shows_what_would_change_and_stores_nothing() {
    let world = World::new();
    import(&world, "", FIRST);
    let second = "email;name;left_on;reason\n\
                  ada@example.org;Ada;;\n\
                  BOB@example.org;Robert;2026-01-31;works at a shared terminal\n\
                  dora@example.org;Dora;;\n";
    emails(&world, "");
    let before = world.appliance.contents();
    let preview = import(&world, "?dry_run=true&missing=left", second);
    assert!(world.appliance.contents() == before, "a dry run leaves nothing");
    let counts = ["rows", "created", "updated", "unchanged", "left"].map(|name| preview[name].as_u64().unwrap());
    // Ada and Dora are as they were; of the others the admin and Cleo are not in the file.
    assert_eq!(counts, [3, 1, 1, 1, 2]);
    assert_eq!(names(&preview["changes"]), ["bob@example.org", "dora@example.org"]);
    let bob = json!({"name": {"old": "Bob", "new": "Robert"}, "left_on": {"old": null, "new": "2026-01-31"}});
    assert_eq!((&preview["changes"][0]["fields"], &preview["changes"][0]["line"]), (&bob, &json!(3)));
    assert_eq!((&preview["changes"][1]["created"], &preview["changes"][1]["fields"]), (&json!(true), &json!({})));
    assert_eq!(names(&preview["missing"]), [Actor::Admin.email().as_str(), "cleo@example.org"]);
    // Without being asked it lists them only.
    let done = import(&world, "", second);
    assert_eq!((&done["left"], names(&done["missing"])), (&json!(0), names(&preview["missing"])));
    assert_eq!(done["missing"][1]["left_on"], Value::Null);
    let left = import(&world, "?missing=left", second);
    assert_eq!((&left["unchanged"], &left["left"]), (&json!(3), &json!(2)));
    assert!(left["missing"][1]["left_on"].is_string());
    // Nobody is gone from the list.
    assert_eq!(emails(&world, "").len(), 5);
}

#[test]
fn each_wrong_line_is_named_and_all_or_nothing_is_stored() {
    let world = World::new();
    let text = "name,email,needs_device,reason,joined_on,left_on\n\
                Ada,ada@example.org,,,,\n\
                Bob,bob,,,,\n\
                Cleo,cleo@example.org,false,,,\n\
                Dora,ADA@example.org,,,,\n\
                Egon,egon@example.org,maybe,,,\n\
                Fay,fay@example.org,,,2026-02-01,2026-01-01\n\
                Gil,gil@example.org,true,none,,\n";
    let preview = import(&world, "?dry_run=true", text);
    let errors: Vec<(u64, &str)> = preview["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["line"].as_u64().unwrap(), error["detail"].as_str().unwrap()))
        .collect();
    let expected = [(3, "`email`"), (4, "`reason`"), (5, "`email`"), (6, "`needs_device`"), (7, "`left_on`"), (8, "`reason`")];
    assert_eq!(errors.len(), expected.len(), "{errors:?}");
    for ((line, detail), (expected, part)) in errors.into_iter().zip(expected) {
        assert!(line == expected && detail.contains(part), "{line}: {detail}");
    }
    let refused = world.send(Actor::Admin, csv("/v1/people/import", text));
    assert_eq!(refused.status, 400);
    assert_eq!(emails(&world, ""), [Actor::Admin.email()]);
}

#[test]
fn what_was_exported_reads_back_unchanged() {
    let world = World::new();
    import(&world, "", FIRST);
    let file = world.send(Actor::Admin, get("/v1/people?format=csv")).text();
    let rows = recoger::domain::csv::read_rows(&file).unwrap();
    let kept = ["name", "email", "needs_device", "reason", "joined_on", "left_on"];
    let mut text = String::new();
    for row in &rows {
        let cells = kept.map(|name| row[rows[0].iter().position(|column| column == name).unwrap()].as_str());
        recoger::domain::csv::write_row(&mut text, cells);
    }
    let again = import(&world, "", &text);
    assert_eq!((&again["unchanged"], &again["missing"]), (&json!(4), &json!([])));
}

#[test]
fn filters_find_people_now_and_as_they_were() {
    let world = World::new();
    import(&world, "", FIRST);
    world.device_of(Actor::User);
    let at = world.appliance.clock.now();
    world.appliance.clock.advance(60);
    let ada = world.send(Actor::Admin, get("/v1/people?search=ADA")).json()[0]["id"].as_str().unwrap().to_owned();
    let gone = world.send(Actor::Admin, patch(&format!("/v1/people/{ada}"), &json!({"left_on": "2025-12-31", "name": "Adele"})));
    assert_eq!(gone.status, 200, "{}", gone.text());
    let [admin, user] = [Actor::Admin, Actor::User].map(Actor::email);
    assert_eq!(emails(&world, "&left=true"), ["ada@example.org"]);
    assert_eq!(emails(&world, "&has_device=true"), [user.as_str()]);
    assert_eq!(emails(&world, "&needs_device=false"), [admin.as_str(), "bob@example.org"]);
    assert_eq!(emails(&world, "&search=adele"), ["ada@example.org"]);
    for (query, count) in [("&left=true", 0), ("&has_device=true", 1), ("&search=adele", 0), ("&needs_device=true", 3)] {
        assert_eq!(emails(&world, &format!("{query}&at={at}")).len(), count, "{query}");
    }
    let then = world.send(Actor::Admin, get(&format!("/v1/people/{ada}?at={at}"))).json();
    assert_eq!((&then["name"], &then["left_on"]), (&json!("Ada"), &Value::Null));
    let population = |query: &str| world.send(Actor::Viewer, get(&format!("/v1/people/population{query}"))).json();
    // The viewer has come meanwhile.
    assert_eq!(population("")["people"], json!({"total": 5, "with_device": 1, "without_device": 1, "not_needing": 3}));
    assert_eq!(population(&format!("?at={at}"))["people"], json!({"total": 5, "with_device": 1, "without_device": 2, "not_needing": 2}));
    let lacking = |query: &str| world.send(Actor::Admin, get(&format!("/v1/people/population/people-without-device{query}"))).json();
    assert_eq!(names(&lacking("")), ["cleo@example.org"]);
    assert_eq!(lacking(&format!("?at={at}")).as_array().unwrap().len(), 2);
}

#[test]
fn each_read_of_an_auditor_is_logged_without_what_was_searched_for() {
    let world = World::new();
    let device = world.device_of(Actor::User).id;
    world.token(Actor::Auditor);
    let read = |target: &str| {
        let (log, answer) = world.logged_by(|| world.send(Actor::Auditor, get(target)));
        assert!(answer.status < 500, "{}", answer.text());
        (answer.status, log.iter().map(|entry| (entry.event.clone(), entry.resource.clone())).collect::<Vec<_>>())
    };
    let entry = |resource: &str| vec![("audit_read".to_owned(), resource.to_owned())];
    assert_eq!(read(&format!("/v1/devices/{device}")), (200, entry(&format!("device {device}"))));
    assert_eq!(read("/v1/people?search=secretname"), (200, entry("NULL")));
    assert_eq!(read("/v1/audit-logs"), (200, entry(&format!("audit_log {}", world.tenant_id(Actor::Admin)))));
    assert_eq!(read("/v1/people/population"), (200, entry("NULL")));
    // What was not read leaves nothing, nor does the own account.
    assert_eq!(read("/v1/devices/secretname"), (404, vec![]));
    assert_eq!(read("/v1/users"), (403, vec![]));
    assert_eq!(read("/v1/users/me"), (200, vec![]));
    assert_eq!(read("/v1/users/me/sessions"), (200, vec![]));
    let log = world.send(Actor::Admin, get("/v1/audit-logs?event_name=audit_read")).json();
    let metadata: Vec<&Value> = log.as_array().unwrap().iter().map(|entry| &entry["metadata"]).collect();
    assert_eq!(metadata[3], &json!({"method": "GET", "path": "/v1/devices/{device_id}"}));
    assert!(!log.to_string().contains("secretname"));
    // Nobody else's reads are.
    let (log, _) = world.logged_by(|| world.send(Actor::Viewer, get("/v1/devices")));
    assert!(log.iter().all(|entry| entry.event != "audit_read"), "{log:?}");
}

#[test]
fn a_key_of_somebody_who_became_an_auditor_reads_as_the_auditor() {
    let world = World::new();
    let (_, key) = world.api_key(Actor::Admin, &json!({"name": "k", "role": "viewer"}));
    let other = world.send(Actor::Admin, get("/v1/devices")).status;
    assert_eq!(other, 200);
    // Another admin takes the role away from the maker of the key.
    let second = world.spare_user(Actor::Admin).0;
    assert_eq!(world.send(Actor::Admin, patch(&format!("/v1/users/{second}"), &json!({"role": "admin"}))).status, 200);
    let me = world.user_id(Actor::Admin);
    assert_eq!(world.send(Actor::OperatorKey, patch(&format!("/v1/users/{me}"), &json!({"role": "auditor"}))).status, 200);
    let (log, answer) = world.logged_by(|| world.appliance.send(&get("/v1/devices").with_bearer(&key)));
    assert_eq!(answer.status, 200);
    assert_eq!(log.iter().map(|entry| entry.event.as_str()).collect::<Vec<_>>(), ["audit_read"]);
}

#[test]
fn a_person_stays_when_the_account_is_deleted() {
    let world = World::new();
    let (user, email) = world.spare_user(Actor::Admin);
    assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/users/{user}"))).status, 204);
    let person = world.send(Actor::Admin, get(&format!("/v1/people?search={email}"))).json();
    assert_eq!((&person[0]["user_id"], &person[0]["left_on"], &person[0]["email"]), (&Value::Null, &Value::Null, &json!(email)));
    let twice = world.send(Actor::Admin, post("/v1/people", &json!({"name": "Again", "email": email})));
    assert_eq!(twice.status, 409);
}
