//! Frameworks: what is covered and what not, on and off, categories, and the organisation's own.

use serde_json::{Value, json};

use super::{framework_text, report};
use crate::support::actor::Actor;
use crate::support::request::{bare, delete, get, patch, post};
use crate::support::world::World;

fn found(world: &World, id: &str) -> Value {
    let list = world.send(Actor::Viewer, get("/v1/frameworks?limit=100")).json();
    list.as_array().unwrap().iter().find(|framework| framework["id"] == id).unwrap_or_else(|| panic!("{list}")).clone()
}

#[test]
fn the_list_says_what_is_covered_and_what_is_not() {
    let world = World::new();
    let iso = found(&world, "iso27001");
    let coverage = &iso["coverage"];
    assert_eq!(coverage["full"].as_u64().unwrap() + coverage["partial"].as_u64().unwrap(), iso["covered"].as_array().unwrap().len() as u64);
    assert_eq!(iso["covered"].as_array().unwrap().len() + iso["not_covered"].as_array().unwrap().len(), 93);
    assert_eq!((&iso["enabled"], &iso["own"], &iso["complete"]), (&json!(true), &json!(false), &json!(true)));
    let detail = world.send(Actor::Viewer, get("/v1/frameworks/iso27001")).json();
    assert!(detail["controls"].as_array().unwrap().iter().all(|control| control["shows"].is_string() && control["gap"].is_string()));
    let listed: usize = detail["out_of_scope"].as_array().unwrap().iter().map(|group| group["controls"].as_array().unwrap().len()).sum();
    assert_eq!(listed, iso["not_covered"].as_array().unwrap().len());
}

#[test]
fn cis_is_off_until_an_admin_switches_it_on() {
    let world = World::new();
    assert_eq!(found(&world, "cis-v8.1-ig1")["enabled"], false);
    let order = json!({"framework": "cis-v8.1-ig1", "format": "json"});
    let refused = world.send(Actor::Admin, post("/v1/reports/compliance", &order));
    assert!(refused.status == 400 && refused.text().contains("`framework`"), "{}", refused.text());
    assert_eq!(world.send(Actor::Admin, patch("/v1/frameworks/cis-v8.1-ig1", &json!({"enabled": true}))).status, 200);
    report(&world, Actor::Admin, &order);
    let settings = world.send(Actor::Admin, get("/v1/settings")).json();
    assert_eq!(settings["frameworks"], json!({"cis-v8.1-ig1": {"enabled": true, "categories": []}}));
    assert_eq!(world.send(Actor::Admin, patch("/v1/frameworks/cis-v8.1-ig1", &json!({"enabled": null}))).json()["enabled"], false);
}

#[test]
fn categories_are_those_of_the_framework() {
    let world = World::new();
    let soc2 = found(&world, "soc2");
    let category = soc2["categories"].as_array().unwrap().iter().find(|category| category["always"] == false).unwrap()["id"].clone();
    let changed = world.send(Actor::Admin, patch("/v1/frameworks/soc2", &json!({"categories": [category]}))).json();
    assert!(changed["categories"].as_array().unwrap().iter().any(|found| found["id"] == category && found["chosen"] == true));
    for (body, words) in [
        (json!({"categories": ["nothing"]}), "categories"),
        (json!({"categories": "all"}), "categories"),
        (json!({"enabled": "yes"}), "enabled"),
        (json!({"mode": 1}), "mode"),
    ] {
        let refused = world.send(Actor::Admin, patch("/v1/frameworks/soc2", &body));
        assert!(refused.status == 400 && refused.text().contains(words), "{}", refused.text());
    }
    assert_eq!(found(&world, "soc2"), {
        let mut kept = soc2;
        kept["categories"] = changed["categories"].clone();
        kept
    });
}

#[test]
fn a_framework_of_ones_own_is_checked_kept_in_versions_and_reported_on() {
    let world = World::new();
    let text = framework_text("house-rules");
    let add = |text: &str| world.send(Actor::Admin, post("/v1/frameworks", &json!({ "text": text })));
    let made = add(&text);
    assert_eq!((made.status, &made.json()["own"], &made.json()["revision"]), (201, &json!(true), &json!(1)), "{}", made.text());
    world.appliance.clock.advance(5);
    let next = add(&text.replace("Disks are encrypted\"\ncoverage", "All disks\"\ncoverage"));
    assert_eq!((next.status, &next.json()["revision"], &next.json()["controls"][0]["title"]), (200, &json!(2), &json!("All disks")));
    report(&world, Actor::Admin, &json!({"framework": "house-rules", "format": "csv"}));
    for (wrong, place) in [
        (text.replace("device.disk_encryption", "device.nothing"), "text:14: control[0].checks[0]"),
        (text.replace("gap = \"Phones\"\n", ""), "gap"),
        ("format = 1\n[".to_owned(), "text:2"),
    ] {
        let refused = add(&wrong);
        assert!(refused.status == 400 && refused.json()["detail"].as_str().unwrap().contains(place), "{}", refused.text());
    }
    let shipped = add(&framework_text("iso27001"));
    assert_eq!(shipped.status, 409, "{}", shipped.text());
    assert_eq!(world.send(Actor::Admin, delete("/v1/frameworks/iso27001")).status, 409);
    assert_eq!(world.send(Actor::OtherAdmin, get("/v1/frameworks/house-rules")).status, 404);
    let schedule = json!({"report_schedule": [{"framework": "house-rules", "format": "pdf", "every": "month"}]});
    assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &schedule)).status, 200);
    assert_eq!(world.send(Actor::Admin, bare("DELETE", "/v1/frameworks/house-rules")).status, 204);
    assert_eq!(world.send(Actor::Admin, get("/v1/settings")).json()["report_schedule"], json!([]));
    let unknown = world.send(Actor::Admin, patch("/v1/settings", &schedule));
    assert!(unknown.status == 400 && unknown.text().contains("report_schedule"), "{}", unknown.text());
}
