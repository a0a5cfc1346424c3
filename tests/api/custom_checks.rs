//! Checks of an organisation's own: what they do to devices, lists, settings and figures, and what is refused.

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::bodies::custom_check;
use crate::support::request::{bare, delete, get, patch, post};
use crate::support::world::{World, full_report};

impl World {
    /// An id that no check has.
    pub fn new_check_id(&self) -> String {
        format!("device.x_{}", self.new_serial().to_lowercase().replace('-', "_"))
    }

    /// The check `id` in the tenant of `like`, made through the API unless it is there.
    #[track_caller]
    pub fn custom_check(&self, like: Actor, id: &str) -> String {
        let mut body = custom_check();
        body["id"] = json!(id);
        let answer = self.send(like, post("/v1/custom-checks", &body));
        assert!([201, 409].contains(&answer.status), "{}", answer.text());
        id.to_owned()
    }
}

const ID: &str = "device.x_backup";
const PATH: &str = "/v1/custom-checks/device.x_backup";

/// Reports a device whose section `custom` says this of its backup: its id.
fn reported(world: &World, serial: &str, backup: &Value) -> String {
    let mut report = full_report(serial);
    report["custom"] = json!({"backup": backup});
    world.send(Actor::Admin, post("/v1/devices/report", &report)).json()["id"].as_str().unwrap().to_owned()
}

/// How the check stands in the answer about the device; `null` if it is not there.
fn check_of(world: &World, device: &str) -> Value {
    let answer = world.send(Actor::Admin, get(&format!("/v1/devices/{device}"))).json();
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check_id"] == ID).cloned().unwrap_or_default()
}

fn add(world: &World) -> Value {
    let mut body = custom_check();
    body["id"] = json!(ID);
    let answer = world.send(Actor::Admin, post("/v1/custom-checks", &body));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[test]
fn a_check_of_ones_own_shows_wherever_those_of_the_catalogue_do() {
    let world = World::new();
    let (good, bad, odd) =
        (reported(&world, "A", &json!(true)), reported(&world, "B", &json!(false)), reported(&world, "C", &json!("yes")));
    let score = |world: &World| world.send(Actor::Admin, get("/v1/dashboard")).json();
    let before = score(&world);
    let made = add(&world);
    assert_eq!((&made["id"], &made["state"], &made["grace_days"]), (&json!(ID), &json!("advice"), &json!(0)));
    let status = |device: &str| check_of(&world, device)["status"].clone();
    assert_eq!((status(&good), status(&bad), status(&odd)), (json!("pass"), json!("fail"), json!("no_data")));
    let shown = check_of(&world, &bad);
    assert_eq!((&shown["title"], &shown["advice"], &shown["observed"]), (&json!("Backup is on"), &json!(true), &json!(false)));
    assert_eq!(shown["remediation"], "Switch it on.");
    assert_eq!(score(&world)["failing_checks"], before["failing_checks"], "advice counts for nothing");
    let failing = world.send(Actor::Admin, get(&format!("/v1/devices?check_id={ID}&include_data=false"))).json();
    assert_eq!(failing.as_array().unwrap().iter().map(|device| device["id"].clone()).collect::<Vec<_>>(), [json!(bad)]);

    let graded = world.send(Actor::Admin, patch("/v1/settings", &json!({"checks": {ID: {"state": "baseline"}}})));
    assert_eq!(graded.json()["checks"][ID]["state"], "baseline", "{}", graded.text());
    let listed = score(&world)["failing_checks"].as_array().unwrap().iter().any(|check| check["check_id"] == ID);
    assert!(listed, "{}", score(&world));
    assert_eq!(world.send(Actor::Admin, get("/v1/custom-checks")).json()[0]["state"], "baseline");
}

#[test]
fn another_definition_judges_at_once_and_a_removed_check_leaves_its_history() {
    let world = World::new();
    let device = reported(&world, "A", &json!(true));
    add(&world);
    world.appliance.clock.advance(60);
    let mut body = custom_check();
    body["rule"]["value"] = json!(false);
    assert_eq!(world.send(Actor::Admin, bare("PUT", PATH).with_json(&body)).json()["rule"]["value"], false);
    assert_eq!(check_of(&world, &device)["status"], "fail");
    world.appliance.clock.advance(60);
    assert_eq!(world.send(Actor::Admin, delete(PATH)).status, 204);
    assert_eq!(check_of(&world, &device), Value::Null);
    assert_eq!(world.send(Actor::Admin, delete(PATH)).status, 404);
    let history = world.send(Actor::Admin, get(&format!("/v1/devices/{device}/history?limit=100"))).json();
    let of_check = history.as_array().unwrap().iter().filter(|item| item["check_id"] == ID);
    assert_eq!(of_check.map(|item| item["status"].as_str().unwrap()).collect::<Vec<_>>(), ["fail", "pass"]);
}

#[test]
fn what_is_wrong_is_named_and_leaves_nothing() {
    let world = World::new();
    for (field, value, said) in [
        ("id", json!("device.disk_encryption"), "`id`"),
        ("title", json!(7), "`title`"),
        ("severity", json!("grave"), "`severity`"),
        ("rule", json!({"fact": "custom.backup", "op": "like", "value": "x"}), "rule.op"),
        ("rule", json!({"all": []}), "rule.all"),
        ("rule", json!("custom.backup"), "rule"),
        ("applies", json!({"fact": "os_type", "op": "eq", "value": "beos"}), "applies.value"),
        ("limits", json!({"days": [1]}), "limits"),
        ("remediation", json!("text"), "`remediation`"),
        ("grace_days", json!(-1), "`grace_days`"),
    ] {
        let mut body = custom_check();
        body["id"] = json!(ID);
        body[field] = value.clone();
        let answer = world.send(Actor::Admin, post("/v1/custom-checks", &body));
        assert_eq!(answer.status, 400, "{field} {value}: {}", answer.text());
        assert!(answer.text().contains(said), "{field} {value}: {}", answer.text());
    }
    assert_eq!(world.send(Actor::Admin, get("/v1/custom-checks")).json(), json!([]));
    add(&world);
    let mut again = custom_check();
    again["id"] = json!(ID);
    assert_eq!(world.send(Actor::Admin, post("/v1/custom-checks", &again)).status, 409);
}
