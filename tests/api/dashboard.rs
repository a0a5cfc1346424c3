//! The dashboard: one score over devices and services, figures that agree with the lists, a trend by day, and no names for who only reads.

use recoger::domain::time::DAY;
use recoger::store::daily::DayCounter;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::request::{get, patch, post};
use crate::support::world::{World, full_report};

fn dashboard(world: &World, actor: Actor, query: &str) -> Value {
    let answer = world.send(actor, get(&format!("/v1/dashboard{query}")));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn total(world: &World, target: &str) -> u64 {
    world.send(Actor::Admin, get(target)).header("x-total-count").unwrap().parse().unwrap()
}

/// Three devices, one without disk encryption, one that nobody owns and that never reported; two services.
fn filled() -> World {
    let world = World::new();
    world.device_of(Actor::User);
    let mut failing = full_report(&world.new_serial());
    failing["security"]["disk_encryption"] = json!(false);
    assert_eq!(world.send(Actor::Admin, post("/v1/devices/report", &failing)).status, 201);
    let shelf = json!({"device_name": "Shelf", "serial_number": world.new_serial(), "os_type": "linux"});
    assert_eq!(world.send(Actor::Admin, post("/v1/devices", &shelf)).status, 201);
    world.service_of(Actor::User);
    world.service_of(Actor::Admin);
    world
}

#[test]
fn figures_agree_with_the_lists() {
    let world = filled();
    let found = dashboard(&world, Actor::Admin, "");
    for status in ["compliant", "needs_review", "non_compliant", "unknown"] {
        assert_eq!(found["devices"]["by_status"][status], total(&world, &format!("/v1/devices?compliance_status={status}")), "{status}");
        assert_eq!(found["by_status"][status], total(&world, &format!("/v1/services?status={status}")), "{status}");
    }
    let devices = &found["devices"];
    assert_eq!((&found["total"], &devices["total"]), (&json!(2), &json!(3)));
    let others = ["silent", "never_reported", "not_approved", "without_owner"].map(|name| devices[name].as_u64().unwrap());
    assert_eq!(others, [0, 1, 0, 1]);
    for failing in found["failing_checks"].as_array().unwrap() {
        let check_id = failing["check_id"].as_str().unwrap();
        let list = if check_id.starts_with("device.") { "devices" } else { "services" };
        assert_eq!(failing["failing"], total(&world, &format!("/v1/{list}?check_id={check_id}")), "{failing}");
    }
    let ids: Vec<&str> = found["failing_checks"].as_array().unwrap().iter().map(|one| one["check_id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"device.disk_encryption"), "{ids:?}");
    // As many answers as there are checks of devices and of services.
    let sum = |counts: &Value| counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
    let own = [Actor::User, Actor::Admin].map(|actor| sum(&world.send(actor, get("/v1/services/my-dashboard")).json()["counts"]));
    assert_eq!((sum(&found["counts"]) - own[0] - own[1]) % 3, 0);
    let today = found["trend"].as_array().unwrap().last().unwrap();
    assert_eq!((&today["score"], &today["completeness"]), (&found["compliance_score"], &found["completeness"]));
    assert_eq!((&today["devices"], &today["services"]), (&devices["by_status"], &found["by_status"]));
}

#[test]
fn the_trend_has_each_day_as_it_ended() {
    let world = filled();
    let started = dashboard(&world, Actor::Admin, "");
    world.appliance.clock.advance(DAY);
    world.forget(Actor::Admin);
    world.service_of(Actor::Admin);
    world.appliance.clock.advance(DAY + 60);
    world.forget(Actor::Admin);
    DayCounter::catch_up(world.appliance.store(), world.appliance.clock.now()).unwrap();
    let found = dashboard(&world, Actor::Admin, "?days=3");
    let days: Vec<(&str, u64)> = found["trend"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            (
                day["date"].as_str().unwrap(),
                day["services"]["non_compliant"].as_u64().unwrap() + day["services"]["unknown"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(days.iter().map(|(_, services)| *services).collect::<Vec<_>>(), [2, 3, 3]);
    assert_eq!(days[0].0, "2026-01-01");
    assert_eq!(found["trend"][0], started["trend"][0]);
    assert_eq!(dashboard(&world, Actor::Admin, "?days=1")["trend"].as_array().unwrap().len(), 1);
    for query in ["?days=0", "?days=367", "?days=x"] {
        assert_eq!(world.send(Actor::Admin, get(&format!("/v1/dashboard{query}"))).status, 400, "{query}");
    }
}

#[test]
fn who_only_reads_sees_what_was_done_but_not_by_whom() {
    let world = filled();
    world.token(Actor::Viewer);
    world.send(Actor::Admin, patch("/v1/settings", &json!({"organisation_name": "Example GmbH"})));
    let (admins, viewers) = (dashboard(&world, Actor::Admin, ""), dashboard(&world, Actor::Viewer, ""));
    let activity = admins["recent_activity"].as_array().unwrap();
    assert_eq!(activity[0]["event_name"], "settings_changed");
    assert_eq!(activity[0]["actor_email"], Actor::Admin.email());
    assert!(!activity.iter().any(|entry| entry["event_name"] == "user_login_success") && activity.len() <= 10);
    let names: Vec<&Value> = viewers["recent_activity"].as_array().unwrap().iter().map(|entry| &entry["event_name"]).collect();
    assert_eq!(names, activity.iter().map(|entry| &entry["event_name"]).collect::<Vec<_>>());
    assert!(!viewers.to_string().contains('@'), "{viewers}");
    assert_eq!(viewers["first_steps"]["organisation_named"], true);
    let nothing = world.send(Actor::OtherAdmin, get("/v1/dashboard")).json();
    assert_eq!((&nothing["devices"]["total"], &nothing["compliance_score"]), (&json!(0), &Value::Null));
    assert_eq!(nothing["first_steps"]["devices_enrolled"], false);
}

#[test]
fn each_count_of_devices_is_that_of_the_list_it_leads_to() {
    let world = filled();
    world.appliance.clock.advance(15 * DAY);
    world.forget(Actor::Admin);
    let devices = dashboard(&world, Actor::Admin, "")["devices"].clone();
    for (count, query) in [("silent", "seen=silent"), ("never_reported", "seen=never"), ("without_owner", "owned=false")] {
        assert_eq!(devices[count], total(&world, &format!("/v1/devices?{query}&approval=approved")), "{query}: {devices}");
        assert!(devices[count].as_u64() > Some(0), "{query}: {devices}");
    }
    assert_eq!(total(&world, "/v1/devices?owned=true") + total(&world, "/v1/devices?owned=false"), total(&world, "/v1/devices"));
}
