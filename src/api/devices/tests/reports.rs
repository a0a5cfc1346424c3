//! Reports: answers, checks, what is wrong, and devices' own keys.

use super::*;
use crate::api::authenticate::authenticate;
use crate::credentials::token::PlainToken;
use crate::domain::check::Catalogue;
use crate::error::Kind;
use crate::store::Actor;
use crate::store::api_keys::{self, NewApiKey};

#[test]
fn a_report_answers_201_then_200_with_the_device_and_its_checks() {
    let scene = Scene::new();
    let new = scene.report(NOW, &scene.ada(), report_body()).expect(201);
    assert_eq!((&new["os_type"], &new["compliance_status"], &new["source"]), (&json!("macos"), &json!("compliant"), &json!("person")));
    assert_eq!((&new["user_id"], &new["first_seen"]), (&json!(scene.ada), &json!("2026-01-10T00:00:00Z")));
    let ids: Vec<&str> = new["checks"].as_array().unwrap().iter().map(|check| check["check_id"].as_str().unwrap()).collect();
    let catalogue = Catalogue::shipped().checks().iter().map(|check| check.id.as_str()).filter(|id| ids.contains(id));
    assert_eq!(ids, catalogue.collect::<Vec<_>>());
    assert_eq!(
        (&check(&new, "device.disk_encryption")["advice"], &check(&new, "device.auto_updates")["advice"]),
        (&json!(false), &json!(true))
    );
    let again = scene.report(NOW.plus_days(1), &scene.ada(), report_body()).expect(200);
    assert_eq!((&again["id"], &again["last_seen"]), (&new["id"], &json!("2026-01-11T00:00:00Z")));
}

#[test]
fn what_moves_with_every_report_is_shown_as_of_the_last() {
    let scene = Scene::new();
    let mut body = report_body();
    body["software"] = json!({"items": [{"name": "vim"}], "collected_at": "2026-01-09T22:00:00Z"});
    let id = id_of(&scene.report(NOW, &scene.ada(), body.clone()).expect(201));
    body["software"]["collected_at"] = json!("2026-01-10T22:00:00Z");
    let unchanged = scene.report(NOW.plus_days(1), &scene.ada(), body).expect(200);
    let software = json!({"software.count": 1, "software.collected_at": "2026-01-10T22:00:00Z"});
    for device in [unchanged, scene.get(&scene.admin(), &format!("/v1/devices/{id}")).expect(200)] {
        assert_eq!(check(&device, "device.reporting_fresh")["observed"], "2026-01-11T00:00:00Z");
        assert_eq!(check(&device, "device.software_inventory_fresh")["observed"], software);
    }
    let then = scene.get(&scene.admin(), &format!("/v1/devices/{id}?at=2026-01-10T01:00:00Z")).expect(200);
    assert_eq!(check(&then, "device.reporting_fresh")["observed"], "2026-01-10T00:00:00Z");
    assert_eq!(then["last_seen"], "2026-01-10T00:00:00Z");
}

#[test]
fn what_is_wrong_in_a_report_is_named_and_stores_nothing() {
    let scene = Scene::new();
    for (change, named) in [
        (json!({"serial_number": "Default string"}), "serial_number"),
        (json!({"serial_number": null}), "serial_number"),
        (json!({"device_name": ""}), "device_name"),
        (json!({"os_type": "beos"}), "os_type"),
        (json!({"device_type": "toaster"}), "device_type"),
        (json!({"collected_at": "yesterday"}), "collected_at"),
        (json!({"security": {"disk_encryption": "yes"}}), "security.disk_encryption"),
        (json!({"hardware": []}), "hardware"),
    ] {
        let mut body = report_body();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        scene.report(NOW, &scene.ada(), body).refused(400, named);
    }
    assert_eq!(scene.get(&scene.admin(), "/v1/devices").total.as_deref(), Some("0"));
    let mut newer = report_body();
    newer["a_field_of_tomorrow"] = json!({"x": 1});
    scene.report(NOW, &scene.ada(), newer).expect(201);
}

#[test]
fn a_devices_key_reports_its_serial_only_and_dies_with_the_device() {
    let scene = Scene::new();
    let token = PlainToken::api_key();
    let (bound, tenant_id) = (PlainToken::given(token.expose()), scene.tenant_id.clone());
    let made = scene.app.store.write_root(NOW, move |root| {
        let key = NewApiKey { name: "agent".to_owned(), role: Role::Agent, created_by: None, expires_at: None };
        let made = api_keys::add(&root.tenant_write(&tenant_id, Actor::system()), &key, &bound)?;
        root.test_execute("UPDATE api_key SET serial_number = ?2 WHERE id = ?1", &[&made.id, SERIAL]);
        Ok(())
    });
    made.unwrap();
    let request = || Request::new(Method::POST, "/v1/devices/report").with_bearer(token.expose());
    let agent = authenticate(&scene.app, &request(), NOW).unwrap().unwrap();
    assert_eq!(agent.role, Role::Agent);
    let device = scene.report(NOW, &agent, report_body()).expect(201);
    assert_eq!((&device["source"], &device["user_id"]), (&json!("agent"), &Value::Null));
    let mut other = report_body();
    other["serial_number"] = json!("ANOTHER-1");
    scene.report(NOW, &agent, other).refused(403, "enrolled");
    scene.get(&agent, "/v1/devices").refused(403, "");
    let delete = Request::new(Method::DELETE, &format!("/v1/devices/{}?reason=lost", id_of(&device)));
    scene.send(NOW, &scene.admin(), delete).expect(204);
    let refused = authenticate(&scene.app, &request(), NOW);
    assert!(refused.is_err_and(|error| error.kind == Kind::Unauthenticated));
}
