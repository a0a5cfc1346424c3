//! Lists, one device, its sections and its past: who sees what, and what is refused.

use super::*;

#[test]
fn everybody_sees_the_devices_and_sections_that_are_theirs_to_see() {
    let scene = Scene::new();
    let id = scene.adas_device();
    let all = ["security", "hardware", "software", "network"];
    let public = ["security", "hardware"];
    let bob = scene.session(Role::User, &scene.bob);
    let path = format!("/v1/devices/{id}");
    for (caller, seen) in [(scene.admin(), &all[..]), (scene.ada(), &all), (scene.viewer(), &public)] {
        assert_eq!(data_types(&scene.get(&caller, &path).expect(200)), seen);
        assert_eq!(data_types(&scene.get(&caller, "/v1/devices").expect(200)[0]), seen);
        for data_type in all {
            let answer = scene.get(&caller, &format!("{path}/data/{data_type}"));
            assert_eq!(answer.status, if seen.contains(&data_type) { 200 } else { 403 }, "{data_type} {:?}", caller.role);
        }
    }
    for target in [path.clone(), format!("{path}/data/security"), format!("{path}/history")] {
        scene.get(&bob, &target).refused(403, "");
    }
    assert_eq!(scene.get(&bob, "/v1/devices").expect(200), json!([]));
    assert_eq!(scene.get(&bob, &format!("/v1/devices?user_id={}", scene.ada)).expect(200), json!([]));
    scene.get(&scene.viewer(), "/v1/devices/tenant-devices").refused(403, "");
    assert_eq!(scene.get(&scene.admin(), "/v1/devices/tenant-devices").total.as_deref(), Some("1"));
    assert_eq!(scene.get(&scene.viewer(), "/v1/devices/my-devices").expect(200), json!([]));
    // Keys: the devices of their maker, none without one.
    let key = |creator: Option<&str>| {
        let credential = Credential::ApiKey { key_id: "key_1".to_owned(), creator_id: creator.map(str::to_owned), serial_number: None };
        scene.caller(Role::Admin, credential)
    };
    assert_eq!(scene.get(&key(Some(&scene.ada)), "/v1/devices/my-devices").total.as_deref(), Some("1"));
    assert_eq!(scene.get(&key(None), "/v1/devices/my-devices").expect(200), json!([]));
    // Another tenant's admin learns nothing, not even that it exists.
    let (tenant, user) = operator::tenant_add(&scene.app.store, NOW, "other", "other@example.com", None).unwrap().value;
    let stranger = Caller { tenant_id: tenant.id, ..scene.session(Role::Admin, &user.id) };
    for target in [path.clone(), format!("{path}/data/security"), format!("{path}/history"), format!("{path}?at=2026-01-10T00:00:00Z")] {
        scene.get(&stranger, &target).refused(404, "Device not found");
    }
}

#[test]
fn one_section_and_its_errors() {
    let scene = Scene::new();
    let path = format!("/v1/devices/{}/data", scene.adas_device());
    let hardware = scene.get(&scene.admin(), &format!("{path}/hardware")).expect(200);
    assert_eq!((&hardware["data"], &hardware["reported_at"]), (&json!({"memory": 16}), &json!("2026-01-10T00:00:00Z")));
    scene.get(&scene.admin(), &format!("{path}/weather")).refused(400, "data_type");
    scene.get(&scene.admin(), &format!("{path}/custom")).refused(404, "Device data not found");
    scene.get(&scene.admin(), &format!("{path}/hardware?at=2026-01-09T23:59:59Z")).refused(404, "Device not found");
}

#[test]
fn a_moment_before_the_device_is_404_and_one_in_the_future_400() {
    let scene = Scene::new();
    let path = format!("/v1/devices/{}", scene.adas_device());
    let at = |time: &str| scene.get(&scene.admin(), &format!("{path}?at={time}")).status;
    assert_eq!([at("2026-01-09T23:59:59Z"), at("2026-01-10T00:00:00Z"), at("2026-01-12T00:00:00Z")], [404, 200, 200]);
    assert_eq!([at("2026-01-12T00:00:01Z"), at("soon")], [400, 400]);
    let listed = |time: &str| scene.get(&scene.admin(), &format!("/v1/devices?at={time}")).total.unwrap();
    assert_eq!([listed("2026-01-09T23:59:59Z"), listed("2026-01-10T00:00:00Z")], ["0", "1"]);
    scene.get(&scene.admin(), "/v1/devices?at=2027-01-01T00:00:00Z").refused(400, "future");
}

#[test]
fn whoever_owned_a_device_then_sees_it_as_of_then() {
    let scene = Scene::new();
    let id = scene.adas_device();
    scene.patch(NOW.plus_days(1), &format!("/v1/devices/{id}"), json!({"user_id": scene.bob})).expect(200);
    let bob = scene.session(Role::User, &scene.bob);
    let path = format!("/v1/devices/{id}?at=2026-01-10T12:00:00Z");
    assert_eq!((scene.get(&scene.ada(), &path).status, scene.get(&bob, &path).status), (200, 403));
    assert_eq!(scene.get(&scene.ada(), "/v1/devices?at=2026-01-10T12:00:00Z").total.as_deref(), Some("1"));
    assert_eq!(scene.get(&bob, "/v1/devices?at=2026-01-10T12:00:00Z").total.as_deref(), Some("0"));
    assert_eq!(scene.get(&bob, "/v1/devices").total.as_deref(), Some("1"));
}

#[test]
fn lists_have_pages_with_links_and_refuse_what_they_do_not_know() {
    let scene = Scene::new();
    for number in 0..5 {
        let mut body = report_body();
        body["serial_number"] = json!(format!("SN-{number}"));
        body["device_name"] = json!(format!("d{number}"));
        scene.report(NOW.plus_seconds(number), &scene.admin(), body).expect(201);
    }
    let names = |seen: &Seen| -> Vec<String> {
        seen.body.as_array().unwrap().iter().map(|device| device["device_name"].as_str().unwrap().to_owned()).collect()
    };
    let page = scene.get(&scene.admin(), "/v1/devices?limit=2&skip=2&include_data=false");
    assert_eq!((names(&page), page.total.as_deref()), (vec!["d2".to_owned(), "d1".to_owned()], Some("5")));
    assert!(page.body[0].get("device_data").is_none() && page.body[0].get("checks").is_none());
    let link = page.link.clone().unwrap();
    assert!(link.contains("skip=4>; rel=\"next\"") && link.contains("skip=0>; rel=\"prev\""), "{link}");
    assert_eq!(names(&scene.get(&scene.admin(), "/v1/devices?sort=device_name&limit=1")), ["d0"]);
    assert_eq!(names(&scene.get(&scene.admin(), "/v1/devices/my-devices?search=D3")), ["d3"]);
    for wrong in ["limit=0", "limit=101", "skip=-1", "sort=serial_number", "compliance_status=fine", "check_id=device.x", "colour=red"] {
        assert_eq!(scene.get(&scene.admin(), &format!("/v1/devices?{wrong}")).status, 400, "{wrong}");
    }
    assert_eq!(scene.get(&scene.admin(), "/v1/devices/my-devices?user_id=x").status, 400);
}

#[test]
fn the_history_shows_each_change_with_its_times_and_what_was_seen() {
    let scene = Scene::new();
    let id = scene.adas_device();
    let mut body = report_body();
    body["security"]["firewall_enabled"] = json!(false);
    body["collected_at"] = json!("2026-01-10T10:00:00Z");
    scene.report(NOW.plus_seconds(12 * 3600), &scene.ada(), body).expect(200);
    let path = format!("/v1/devices/{id}/history");
    let items = |query: &str| -> Vec<Value> {
        let listed = scene.get(&scene.ada(), &format!("{path}{query}")).expect(200);
        listed.as_array().unwrap().iter().filter(|item| item["check_id"] == "device.firewall_enabled").cloned().collect()
    };
    let all = items("");
    let fail = json!({
        "check_id": "device.firewall_enabled", "status": "fail", "since": "2026-01-10T10:00:00Z", "until": null,
        "confirmed_until": null, "recorded_at": "2026-01-10T12:00:00Z", "observed": false, "late": false,
    });
    assert_eq!((all.len(), &all[0]), (2, &fail));
    assert_eq!((&all[1]["until"], &all[1]["confirmed_until"]), (&json!("2026-01-10T10:00:00Z"), &json!("2026-01-10T00:00:00Z")));
    assert_eq!(items("?start_date=2026-01-10T11:00:00Z").len(), 1);
    assert_eq!(items("?end_date=2026-01-10T09:59:59Z").len(), 1);
    assert_eq!(items("?start_date=2026-01-10&end_date=2026-01-10").len(), 2);
    assert_eq!(items("?start_date=2025-12-01&end_date=2026-01-09").len(), 0);
    scene.get(&scene.ada(), &format!("{path}?start_date=2026-01-11&end_date=2026-01-10")).refused(400, "start_date");
}
