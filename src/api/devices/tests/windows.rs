//! Reports of raw values from Windows.

use super::*;

const LAPTOP: &str = include_str!("../../../../tests/fixtures/agent/windows/windows-11-pro-laptop.json");
/// A moment after the look that the fixture records.
const LATER: Time = Time(1_795_500_000);

/// As the script sends it.
fn body() -> Value {
    let mut windows: Value = serde_json::from_str(LAPTOP).unwrap();
    windows["format"] = json!(1);
    json!({ "serial_number": "PF4ABC12", "device_name": "Anna-Laptop", "os_type": "windows", "agent_version": "script-1",
        "collected_at": "2026-11-24T05:00:00Z", "windows": windows })
}

#[test]
fn raw_values_make_the_report_that_the_agent_makes_and_are_not_kept() {
    let scene = Scene::new();
    let new = scene.report(LATER, &scene.ada(), body()).expect(201);
    let field = |name: &str| new[name].as_str().unwrap_or("").to_owned();
    assert_eq!(
        (field("serial_number"), field("device_name"), field("agent_version")),
        ("PF4ABC12".to_owned(), "Anna-Laptop".to_owned(), "script-1".to_owned())
    );
    let expected: Value =
        serde_json::from_str(include_str!("../../../../tests/fixtures/agent/windows/windows-11-pro-laptop.report.json")).unwrap();
    for name in ["device_type", "os_type", "os_version", "os_edition"] {
        assert_eq!(new[name], expected[name], "{name}");
    }
    let id = id_of(&new);
    let device = scene.send(LATER, &scene.ada(), Request::new(Method::GET, format!("/v1/devices/{id}").as_str())).expect(200);
    assert_eq!(data_types(&device), ["security", "hardware", "software", "network"]);
    for section in device["device_data"].as_array().unwrap() {
        let name = section["data_type"].as_str().unwrap();
        let mut expected = expected[name].clone();
        // Kept apart, as `reported_at`.
        expected.as_object_mut().unwrap().remove("collected_at");
        assert_eq!(section["data"], expected, "{name}");
    }
    assert!(!device.to_string().contains("S-1-5-21"), "identifiers of accounts are not kept");
    assert_eq!(check(&new, "device.disk_encryption")["status"], json!("pass"));
    scene.report(LATER.plus_days(1), &scene.ada(), body()).expect(200);
}

#[test]
fn an_unknown_time_is_now_and_one_from_the_future_is_not_believed() {
    let scene = Scene::new();
    let facts = |body: Value| {
        let id = id_of(&scene.report(LATER, &scene.ada(), body).expect(201));
        let software = scene.send(LATER, &scene.ada(), Request::new(Method::GET, format!("/v1/devices/{id}/data/software").as_str()));
        software.expect(200)["reported_at"].clone()
    };
    let with = |serial: &str, collected_at: Value| {
        let mut body = body();
        (body["serial_number"], body["collected_at"]) = (json!(serial), collected_at);
        facts(body)
    };
    assert_eq!(with("ONE-1", Value::Null), json!("2026-11-24T06:00:00Z"));
    assert_eq!(with("TWO-2", json!("2099-01-01T00:00:00Z")), json!("2026-11-24T06:00:00Z"));
    assert_eq!(with("THREE-3", json!("2026-11-24T05:00:00Z")), json!("2026-11-24T05:00:00Z"));
}

#[test]
fn what_is_wrong_in_raw_values_is_named_and_stores_nothing() {
    let scene = Scene::new();
    for (pointer, value, named) in [
        ("/windows", json!([]), "`windows` must be an object"),
        ("/windows/format", json!(9), "`windows.format` must be 1"),
        ("/windows/state/keys/version", json!(1), "`windows.state.keys.version` must be an object"),
        (
            "/windows/state/keys/version/values/EditionID",
            json!("x".repeat(65)),
            "`windows.state.keys.version.values.EditionID` must be 1 to",
        ),
        ("/windows/updates", json!("none"), "`windows.updates` must be an object"),
        ("/os_type", json!("linux"), "`os_type` must be `windows`"),
        ("/serial_number", json!("Default string"), "`serial_number`"),
        ("/device_name", Value::Null, "`device_name` is required"),
    ] {
        let mut body = body();
        *body.pointer_mut(pointer).unwrap() = value;
        scene.report(LATER, &scene.ada(), body).refused(400, named);
    }
    for section in ["security", "hardware", "software", "network"] {
        let mut body = body();
        body[section] = json!({});
        scene.report(LATER, &scene.ada(), body).refused(400, &format!("`{section}` can't stand beside `windows`"));
    }
    let mut both = body();
    both["osquery"] = json!({});
    scene.report(LATER, &scene.ada(), both).refused(400, "`windows` can't stand beside `osquery`");
    assert_eq!(scene.get(&scene.admin(), "/v1/devices").total.as_deref(), Some("0"));
}

#[test]
fn values_that_are_made_up_are_never_an_error_of_the_appliance() {
    let scene = Scene::new();
    let (strange, mut number) =
        ([json!(-1), json!(i64::MAX), json!(1e300), json!("\u{7f}é"), json!([[]]), json!({ "value": 1, "Count": 1 })], 0);
    fn spoil(value: &mut Value, strange: &[Value], number: &mut usize) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| spoil(value, strange, number)),
            Value::Array(items) => items.iter_mut().for_each(|value| spoil(value, strange, number)),
            leaf => {
                *number += 1;
                *leaf = strange[*number % strange.len()].clone();
            }
        }
    }
    for round in 0..strange.len() {
        let mut body = body();
        for part in ["state", "updates", "inventory"] {
            spoil(&mut body["windows"][part], &strange, &mut number);
        }
        number += round;
        body["windows"]["state"]["wow64"] = json!(false);
        // What the form fixes is text.
        fn errors(value: &mut Value) {
            if let Value::Object(fields) = value {
                fields.remove("error");
                fields.values_mut().for_each(errors);
            }
        }
        errors(&mut body["windows"]);
        let seen = scene.report(LATER, &scene.ada(), body);
        assert!(matches!(seen.status, 200 | 201 | 400), "{}", seen.body);
    }
}

#[test]
fn from_a_personal_device_only_security_is_taken() {
    let scene = Scene::new();
    let id = id_of(&scene.report(LATER, &scene.ada(), body()).expect(201));
    scene.patch(LATER, &format!("/v1/devices/{id}"), json!({"ownership": "personal"})).expect(200);
    let (tomorrow, mut again) = (LATER.plus_days(1), body());
    again["collected_at"] = json!("2026-11-25T05:00:00Z");
    scene.report(tomorrow, &scene.ada(), again).expect(200);
    let device = scene.send(tomorrow, &scene.ada(), Request::new(Method::GET, format!("/v1/devices/{id}").as_str())).expect(200);
    assert_eq!(data_types(&device), ["security"]);
}
