//! Recording, changing and retiring devices; settings.

use super::*;

#[test]
fn a_device_is_recorded_changed_and_retired_by_admins_only() {
    let scene = Scene::new();
    let body = json!({"device_name": "Pixel", "serial_number": "PIXEL-1", "os_type": "android", "tags": ["byod", "byod"]});
    let post = |caller: &Caller, body: &Value| scene.send(NOW, caller, Request::new(Method::POST, "/v1/devices").with_json(body));
    post(&scene.ada(), &body).refused(403, "");
    let device = post(&scene.admin(), &body).expect(201);
    assert_eq!((&device["tags"], &device["last_seen"], &device["source"]), (&json!(["byod"]), &Value::Null, &json!("person")));
    post(&scene.admin(), &body).refused(409, "serial_number");
    post(&scene.admin(), &json!({"device_name": "x", "serial_number": "y1", "os_type": "ios", "colour": 1})).refused(400, "colour");
    let path = format!("/v1/devices/{}", id_of(&device));
    let changed = scene.patch(NOW.plus_seconds(1), &path, json!({"device_name": "Ada's", "ownership": "personal", "user_id": scene.ada}));
    let changed = changed.expect(200);
    assert_eq!(
        (&changed["device_name"], &changed["ownership"], &changed["user_id"]),
        (&json!("Ada's"), &json!("personal"), &json!(scene.ada))
    );
    assert_eq!(scene.patch(NOW, &path, json!({"tags": null, "user_id": null})).expect(200)["tags"], json!([]));
    for (body, named) in
        [(json!({"user_id": "user_x"}), "user_id"), (json!({"colour": 1}), "colour"), (json!({"ownership": "rented"}), "ownership")]
    {
        scene.patch(NOW, &path, body).refused(400, named);
    }
    let delete =
        |caller: &Caller, query: &str| scene.send(NOW.plus_days(1), caller, Request::new(Method::DELETE, &format!("{path}{query}")));
    delete(&scene.ada(), "?reason=lost").refused(403, "");
    delete(&scene.admin(), "").refused(400, "reason");
    delete(&scene.admin(), "?reason=boring").refused(400, "reason");
    delete(&scene.admin(), "?reason=lost").expect(204);
    scene.get(&scene.admin(), &path).refused(404, "Device not found");
    delete(&scene.admin(), "?reason=lost").refused(404, "");
    assert_eq!(scene.get(&scene.admin(), &format!("{path}?at=2026-01-10T12:00:00Z")).status, 200);
    assert!(!scene.get(&scene.admin(), &format!("{path}/history")).expect(200).as_array().unwrap().is_empty());
}

#[test]
fn changed_settings_judge_at_once_and_show_grace() {
    let scene = Scene::new();
    let id = scene.adas_device();
    let mut body = report_body();
    body["security"]["firewall_enabled"] = json!(false);
    assert_eq!(scene.report(NOW, &scene.ada(), body).expect(200)["compliance_status"], "non_compliant");
    let patch = json!({"checks": {"device.firewall_enabled": {"grace_days": 7}}});
    let shown = scene.patch(NOW.plus_seconds(1), "/v1/settings", patch.clone()).expect(200);
    assert_eq!((&shown["version"], &shown["checks"]["device.firewall_enabled"]["grace_days"]), (&json!(2), &json!(7)));
    let device = scene.get(&scene.admin(), &format!("/v1/devices/{id}")).expect(200);
    assert_eq!((&device["compliance_status"], &device["status_since"]), (&json!("needs_review"), &json!("2026-01-10T00:00:01Z")));
    assert_eq!(check(&device, "device.firewall_enabled")["grace_until"], "2026-01-17T00:00:00Z");
    assert_eq!(scene.patch(NOW.plus_seconds(2), "/v1/settings", patch).expect(200)["version"], 2);
    // As of before the change: the settings of before.
    let then = scene.get(&scene.admin(), &format!("/v1/devices/{id}?at=2026-01-10T00:00:00Z")).expect(200);
    assert_eq!(
        (&then["compliance_status"], &check(&then, "device.firewall_enabled")["grace_until"]),
        (&json!("non_compliant"), &Value::Null)
    );
    scene.patch(NOW, "/v1/settings", json!({"silent_after_days": 0})).refused(400, "silent_after_days");
    scene.send(NOW, &scene.ada(), Request::new(Method::GET, "/v1/settings")).refused(403, "");
}
