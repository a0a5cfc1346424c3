//! Orders: what is refused, what comes back at once, what waits, and what a comparison says.

use recoger::api::reports::making;
use recoger::store::reports;
use serde_json::{Value, json};

use super::{framework, report, report_id};
use crate::support::actor::Actor;
use crate::support::request::{delete, get, post};
use crate::support::world::{World, full_report};

#[test]
fn wrong_orders_name_the_field_and_leave_nothing() {
    let world = World::new();
    for (body, field) in [
        (json!({"format": "pdf"}), "`framework` is required"),
        (json!({"framework": "iso27001"}), "`format` is required"),
        (json!({"framework": "nothing", "format": "pdf"}), "`framework`"),
        (json!({"framework": "iso27001", "format": "doc"}), "`format` must be one of pdf, csv, json, oscal"),
        (json!({"framework": "iso27001", "format": "pdf", "date_range": "2026"}), "`date_range`"),
        (json!({"framework": "iso27001", "format": "pdf", "date_range": {"start": "2026-13-01"}}), "`date_range.start`"),
        (json!({"framework": "iso27001", "format": "pdf", "date_range": {"from": "2026-01-01"}}), "`date_range.from`"),
        (json!({"framework": "iso27001", "format": "pdf", "date_range": {"end": "2999-01-01"}}), "`date_range.end` lies in the future"),
        (
            json!({"framework": "iso27001", "format": "pdf", "date_range": {"start": "2025-12-31", "end": "2025-12-30"}}),
            "`date_range.start` is after",
        ),
        (json!({"framework": "iso27001", "format": "pdf", "mail": true}), "`mail`"),
    ] {
        let refused = world.send(Actor::Admin, post("/v1/reports/compliance", &body));
        assert!(refused.status == 400 && refused.json()["detail"].as_str().unwrap().contains(field), "{body}: {}", refused.text());
    }
    assert_eq!(world.appliance.rows("SELECT count(*) FROM report"), ["0"]);
}

#[test]
fn a_small_report_comes_back_completed_and_is_listed() {
    let world = World::new();
    world.device_of(Actor::User);
    let made = report(&world, Actor::Admin, &json!({"framework": "soc2", "format": "csv", "date_range": {"start": "2025-12-01"}}));
    assert_eq!((&made["framework"], &made["format"], &made["progress"]), (&json!("soc2"), &json!("csv"), &json!(100)));
    assert_eq!((&made["date_range"]["start"], &made["triggered_by"]), (&json!("2025-12-01"), &json!("session")));
    assert_eq!(made["created_by"], world.user_id(Actor::Admin));
    assert_eq!(made["download_url"], format!("/v1/reports/{}/download", made["id"].as_str().unwrap()));
    let listed = |query: &str| world.send(Actor::Viewer, get(&format!("/v1/reports?{query}"))).json().as_array().unwrap().len();
    assert_eq!((listed(""), listed("framework=soc2"), listed("framework=iso27001")), (1, 1, 0));
    assert_eq!((listed("format=csv&status=completed"), listed("format=pdf"), listed("status=failed")), (1, 0, 0));
    assert_eq!(world.send(Actor::Viewer, get("/v1/reports?format=doc")).status, 400);
}

#[test]
fn a_report_waits_while_another_one_of_the_tenant_is_made() {
    let world = World::new();
    let first = report_id(&world, Actor::Admin);
    world
        .appliance
        .beside()
        .execute_batch("UPDATE report SET status = 'running', size_bytes = NULL, sha256 = NULL, finished_at = NULL")
        .unwrap();
    let order = json!({"framework": "iso27001", "format": "json"});
    let second = world.send(Actor::Admin, post("/v1/reports/compliance", &order));
    assert_eq!((second.status, &second.json()["status"], &second.json()["download_url"]), (201, &json!("pending"), &Value::Null));
    let id = second.json()["id"].as_str().unwrap().to_owned();
    for path in ["download", "signature"] {
        assert_eq!(world.send(Actor::Admin, get(&format!("/v1/reports/{id}/{path}"))).status, 409, "{path}");
    }
    assert_eq!(world.send(Actor::Admin, get(&format!("/v1/reports/{id}/diff/{first}"))).status, 409);
    // What the thread of the server does.
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    assert!(store.write_root(now, reports::claim).unwrap().is_none());
    assert_eq!(world.send(Actor::Admin, delete(&format!("/v1/reports/{first}"))).status, 204);
    let (tenant, claimed) = store.write_root(now, reports::claim).unwrap().unwrap();
    assert_eq!(claimed.id, id);
    making::make(store, &tenant, &claimed, &move || now);
    assert_eq!(world.send(Actor::Admin, get(&format!("/v1/reports/{id}"))).json()["status"], "completed");
}

#[test]
fn a_comparison_names_what_became_better_and_worse() {
    let world = World::new();
    let tell = |serial: &str, encrypted: bool| {
        let mut body = full_report(serial);
        body["security"]["disk_encryption"] = json!(encrypted);
        let answer = world.send(Actor::Admin, post("/v1/devices/report", &body));
        assert!(answer.status < 300, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let (mended, broken) = (tell("A-1", false), tell("B-1", true));
    let before = report_id(&world, Actor::Admin);
    world.appliance.clock.advance(60);
    tell("A-1", true);
    tell("B-1", false);
    tell("C-1", false);
    world.appliance.clock.advance(60);
    let after = report_id(&world, Actor::Admin);
    let diff = world.send(Actor::Viewer, get(&format!("/v1/reports/{after}/diff/{before}"))).json();
    let change =
        diff["checks_worse"].as_array().unwrap().iter().find(|check| check["check_id"] == "device.disk_encryption").unwrap().clone();
    assert_eq!((&change["failing_before"], &change["failing_after"]), (&json!(1), &json!(2)), "{change}");
    assert!(change["newly_failing"].as_array().unwrap().iter().any(|subject| subject["id"] == broken), "{change}");
    assert!(change["no_longer_failing"].as_array().unwrap().iter().any(|subject| subject["id"] == mended), "{change}");
    let other = report(&world, Actor::Admin, &json!({"framework": "soc2", "format": "json"}))["id"].as_str().unwrap().to_owned();
    let refused = world.send(Actor::Viewer, get(&format!("/v1/reports/{after}/diff/{other}")));
    assert!(refused.status == 400 && refused.text().contains("other_id"), "{}", refused.text());
}

#[test]
fn a_report_that_can_not_be_made_fails_with_a_sentence() {
    let world = World::new();
    framework(&world, Actor::Admin, "house-rules");
    report_id(&world, Actor::Admin);
    world.appliance.beside().execute_batch("UPDATE report SET status = 'running'").unwrap();
    let order = json!({"framework": "house-rules", "format": "json"});
    let id = world.send(Actor::Admin, post("/v1/reports/compliance", &order)).json()["id"].as_str().unwrap().to_owned();
    // A check that a later program no longer has.
    let broken =
        "INSERT INTO framework_version SELECT tenant_id, framework_id, 2, replace(text, 'disk_encryption', 'gone'), NULL, recorded_at
                  FROM framework_version; UPDATE report SET status = 'completed' WHERE status = 'running'";
    world.appliance.beside().execute_batch(broken).unwrap();
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    let (tenant, claimed) = store.write_root(now, reports::claim).unwrap().unwrap();
    making::make(store, &tenant, &claimed, &move || now);
    let failed = world.send(Actor::Viewer, get(&format!("/v1/reports/{id}"))).json();
    assert_eq!((&failed["status"], &failed["download_url"]), (&json!("failed"), &Value::Null));
    assert!(
        failed["error"].as_str().unwrap().contains("house-rules") && failed["error"].as_str().unwrap().contains("device.gone"),
        "{failed}"
    );
}
