//! Bodies and queries, field by field: what is unknown, doubled, out of range or in the future is refused everywhere.

use recoger::api::route::{Parameter, ParameterKind};
use recoger::api::routes;
use recoger::domain::user::Plan;
use recoger::http::Request;
use recoger::store::operator;
use serde_json::{Value, json};

use super::{evidence, reports};
use crate::support::actor::Actor;
use crate::support::bodies::custom_check;
use crate::support::request::{PIXEL, bare, get, patch, post};
use crate::support::world::{PASSWORD, TENANT, World, enroll, full_report};

/// A good body for each row that takes one.
pub fn good_body(method: &str, path: &str, world: &World) -> Value {
    match (method, path) {
        ("POST", "/v1/auth/login") => json!({"username": Actor::Admin.email(), "password": PASSWORD}),
        ("POST", "/v1/auth/session") => json!({"username": Actor::Admin.email(), "password": PASSWORD, "otp": "123456"}),
        ("POST", "/v1/auth/accept-invitation") => json!({"token": "ri_unknown", "name": "New", "password": PASSWORD}),
        ("POST", "/v1/auth/forgot-password") => json!({"email": "nobody@example.org"}),
        ("POST", "/v1/auth/reset-password") => json!({"token": "rr_unknown", "password": PASSWORD}),
        ("POST", "/v1/users/me/mfa/confirm") => json!({"otp": "123456"}),
        ("DELETE", "/v1/users/me/mfa") => json!({"password": PASSWORD}),
        ("PATCH", "/v1/users/{user_id}") => json!({"name": "Renamed"}),
        ("POST", "/v1/people") => json!({"name": "Somebody", "email": world.new_email()}),
        ("PATCH", "/v1/people/{person_id}") => json!({"name": "Renamed"}),
        ("POST", "/v1/users/invitations") => json!({"email": world.new_email(), "role": "user"}),
        ("POST", "/v1/auth/refresh") => json!({"refresh_token": "rt_unknown"}),
        ("POST", "/v1/devices") => json!({"device_name": "Shelf", "serial_number": world.new_serial(), "os_type": "linux"}),
        ("POST", "/v1/devices/report") => full_report(&world.new_serial()),
        ("POST", "/v1/devices/enroll") => {
            let token = world.enrollment_token(Actor::Admin, &json!({}))["token"].clone();
            json!({"token": token, "serial_number": world.new_serial(), "device_name": "Laptop", "os_type": "linux"})
        }
        ("POST", "/v1/enrollment-tokens") => json!({"device_limit": 2}),
        ("PATCH", "/v1/devices/{device_id}") => json!({"device_name": "Renamed"}),
        ("POST", "/v1/services") => json!({"name": world.new_serial()}),
        ("PATCH", "/v1/services/{service_id}") => json!({"category": "other"}),
        ("POST", "/v1/services/{service_id}/reviews") => json!({"review_date": "2026-01-01"}),
        ("POST", "/v1/attestations") => evidence::attestation(&world.device_of(Actor::Admin).id),
        ("PATCH", "/v1/findings/{finding_id}") => json!({"due_on": "2026-05-01"}),
        ("PUT", "/v1/frameworks/{framework}/applicability") => evidence::no_premises(),
        ("POST", "/v1/exceptions") => evidence::exception(&world.device_of(Actor::Admin).id),
        ("POST", "/v1/reports/compliance") => json!({"framework": "iso27001", "format": "json"}),
        ("POST", "/v1/frameworks") => json!({"text": reports::framework_text("good-rules")}),
        ("PATCH", "/v1/frameworks/{framework_id}") => json!({"enabled": true}),
        ("PATCH", "/v1/users/me") => json!({"name": "Renamed"}),
        ("POST", "/v1/users/me/password") => json!({"current_password": PASSWORD, "new_password": PASSWORD}),
        ("POST", "/v1/api-keys") => json!({"name": "key", "role": "viewer"}),
        ("POST", "/v1/people/{person_id}/erase") => json!({"reason": "asked for"}),
        ("PATCH", "/v1/settings") => json!({"silent_after_days": 20}),
        ("POST", "/v1/custom-checks") => {
            let mut body = custom_check();
            body["id"] = json!(world.new_check_id());
            body
        }
        ("PUT", "/v1/custom-checks/{check_id}") => custom_check(),
        _ => panic!("add a good body for {method} {path}"),
    }
}

/// Each row that takes a body, with its target and a good body.
fn rows_with_bodies(world: &World) -> Vec<(&'static str, &'static str, String, Value)> {
    let device = world.device_of(Actor::Admin).id;
    let service = world.service_of(Actor::Admin);
    let user = world.spare_user(Actor::Admin).0;
    let person = world.spare_person(Actor::Admin);
    let check = world.custom_check(Actor::Admin, "device.x_input");
    let target = |path: &str| {
        let path =
            evidence::filled(world, path).replace("{check_id}", &check).replace("{device_id}", &device).replace("{service_id}", &service);
        path.replace("{user_id}", &user).replace("{person_id}", &person).replace("{framework_id}", "iso27001")
    };
    let rows = routes().filter(|route| route.takes_json());
    rows.map(|route| (route.method, route.path, target(route.path), good_body(route.method, route.path, world))).collect()
}

fn with_body(method: &str, target: &str, body: &str) -> Request {
    let mut request = bare(method, target).with_header("content-type", "application/json");
    request.body = body.as_bytes().to_vec();
    request
}

#[test]
fn unknown_fields_are_named_and_refused_except_in_reports() {
    let world = World::new();
    for (method, path, target, body) in rows_with_bodies(&world) {
        let mut more = body.clone();
        more["surprise"] = json!(1);
        let answer = world.send(Actor::Admin, bare(method, &target).with_json(&more));
        match path {
            "/v1/devices/report" => assert_eq!(answer.status, 201, "agents may be newer than the server: {}", answer.text()),
            _ => {
                assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text());
                assert!(answer.json()["detail"].as_str().unwrap().contains("surprise"), "{}", answer.text());
            }
        }
    }
    let answer = world.send(Actor::Admin, patch("/v1/settings", &json!({"lockout": {"surprise": 1}})));
    assert!(answer.status == 400 && answer.text().contains("lockout.surprise"), "{}", answer.text());
}

#[test]
fn no_body_no_object_and_no_json_are_refused_by_every_row() {
    let world = World::new();
    for (method, path, target, good) in rows_with_bodies(&world) {
        // Sign-ins from one address are counted by the minute.
        world.appliance.clock.advance(60);
        world.forget(Actor::Admin);
        let text = good.to_string();
        for (body, status) in [
            (String::new(), 400),
            ("[]".to_owned(), 400),
            ("null".to_owned(), 400),
            ("7".to_owned(), 400),
            (format!("[{text}]"), 400),
            (format!("{text}{text}"), 400),
            (format!("{text} x"), 400),
            (text[..text.len() - 1].to_owned(), 400),
            (text.replacen('{', "{\"a\":1,\"a\":1,", 1), 400),
            (text.replacen(':', ":NaN,\"z\":", 1), 400),
            ("{\"a\":".repeat(200), 400),
        ] {
            let answer = world.send(Actor::Admin, with_body(method, &target, &body));
            assert_eq!(answer.status, status, "{method} {path} {}: {}", &body[..body.len().min(60)], answer.text());
        }
        let mut undeclared = with_body(method, &target, &text);
        undeclared.headers.remove("content-type");
        assert_eq!(world.send(Actor::Admin, undeclared).status, 415, "{method} {path}");
        let spoken = with_body(method, &target, &text).with_header("content-type", "application/json; charset=utf-8");
        assert_ne!(world.send(Actor::Admin, spoken).status, 415, "{method} {path}");
    }
}

#[test]
fn a_body_that_no_row_asked_for_is_no_way_in() {
    let world = World::new();
    let mut large = get("/v1/devices");
    large.body = vec![b'x'; 2 * 1024 * 1024];
    assert_eq!(world.send(Actor::Admin, large).status, 413);
}

#[test]
fn control_characters_and_blank_names_are_refused_wherever_a_name_is_taken() {
    let world = World::new();
    let device = format!("/v1/devices/{}", world.device_of(Actor::Admin).id);
    for name in ["a\nb", "a\tb", "\u{7f}", "\u{0}", "\u{1b}[0m", "a\u{85}b", "   ", "", "\u{a0}"] {
        let serial = world.new_serial();
        for request in [
            post("/v1/devices/report", &json!({"device_name": name, "serial_number": serial, "os_type": "linux"})),
            post("/v1/devices/report", &json!({"device_name": "n", "serial_number": name, "os_type": "linux"})),
            post("/v1/devices", &json!({"device_name": name, "serial_number": serial, "os_type": "linux"})),
            patch(&device, &json!({"device_name": name})),
            patch(&device, &json!({"tags": [name]})),
            post("/v1/api-keys", &json!({"name": name, "role": "viewer"})),
            patch("/v1/users/me", &json!({"name": name})),
        ] {
            let answer = world.send(Actor::Admin, request.clone());
            assert_eq!(answer.status, 400, "{name:?} {} {}: {}", request.method, request.path, answer.text());
        }
    }
}

#[test]
fn lengths_are_counted_in_characters_and_exact() {
    let world = World::new();
    let report = |field: &str, value: String| {
        let mut body = json!({"device_name": "n", "serial_number": world.new_serial(), "os_type": "linux"});
        body[field] = json!(value);
        world.send(Actor::Admin, post("/v1/devices/report", &body)).status
    };
    for (field, most) in [("device_name", 255), ("serial_number", 128), ("os_version", 64), ("agent_version", 64)] {
        let long: String = "äbc".chars().cycle().take(most).collect();
        assert_eq!(report(field, long.clone()), 201, "{field}");
        assert_eq!(report(field, long + "d"), 400, "{field}");
    }
    assert_eq!(report("os_type", "DARWIN".to_owned()), 201, "case is ignored and darwin means macos");
}

#[test]
fn null_in_a_patch_clears_what_may_be_empty() {
    let world = World::new();
    let device = format!("/v1/devices/{}", world.device_of(Actor::User).id);
    let changed = |body: Value| world.send(Actor::Admin, patch(&device, &body));
    assert_eq!(changed(json!({"device_name": "Mine", "tags": ["a"]})).json()["device_name"], "Mine");
    let cleared = changed(json!({"device_name": null, "tags": null, "user_id": null})).json();
    assert_eq!((&cleared["device_name"], &cleared["tags"], &cleared["user_id"]), (&json!("Laptop"), &json!([]), &Value::Null));
    let me = world.send(Actor::Admin, patch("/v1/users/me", &json!({"name": null})));
    assert!(me.status == 400 && me.text().contains("name"), "{}", me.text());
    assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &json!({"silent_after_days": 20}))).json()["silent_after_days"], 20);
    assert_eq!(world.send(Actor::Admin, patch("/v1/settings", &json!({"silent_after_days": null}))).json()["silent_after_days"], 14);
}

/// Values that `parameter` must refuse, percent-encoded.
fn bad_values(parameter: &Parameter) -> Vec<String> {
    let common = ["%ff".to_owned(), "%00".to_owned()];
    let special: Vec<String> = match parameter.kind {
        ParameterKind::Text | ParameterKind::Id(_) => vec!["x".repeat(201), "a%0Ab".to_owned()],
        ParameterKind::Boolean { .. } => ["", "1", "yes", "TRUE"].map(str::to_owned).to_vec(),
        ParameterKind::Integer { min, max, .. } => vec![(min - 1).to_string(), (max + 1).to_string(), "one".to_owned(), String::new()],
        ParameterKind::Choice(_) | ParameterKind::RequiredChoice(_) | ParameterKind::CheckId(_) => {
            ["", "nonsense", "%20"].map(str::to_owned).to_vec()
        }
        ParameterKind::PastTime => ["2026-01-01T00:00:01Z", "2030-01-01T00:00:00Z", "2026-01-01", "now", ""].map(str::to_owned).to_vec(),
        ParameterKind::DayOrTime => ["2026-02-30", "2026-13-01", "01.02.2026", "2026-01-01T25:00:00Z", ""].map(str::to_owned).to_vec(),
    };
    special.into_iter().chain(common).collect()
}

/// Values that `parameter` takes.
fn good_values(parameter: &Parameter) -> Vec<String> {
    match parameter.kind {
        ParameterKind::Text | ParameterKind::Id(_) => vec!["x".repeat(200)],
        ParameterKind::Boolean { .. } => ["true", "false"].map(str::to_owned).to_vec(),
        ParameterKind::Integer { min, max, .. } => vec![min.to_string(), max.to_string()],
        ParameterKind::Choice(choices) | ParameterKind::RequiredChoice(choices) | ParameterKind::CheckId(choices) => {
            choices().into_iter().map(str::to_owned).collect()
        }
        ParameterKind::PastTime => vec!["2026-01-01T00:00:00Z".to_owned()],
        ParameterKind::DayOrTime => ["2026-01-01", "2026-01-01T00:00:00Z"].map(str::to_owned).to_vec(),
    }
}

#[test]
fn every_query_parameter_of_every_row_takes_its_values_and_no_others() {
    let world = World::new();
    let (device, service) = (world.device_of(Actor::Admin).id, world.service_of(Actor::Admin));
    let person = world.person_of(Actor::Admin);
    world.send(Actor::Admin, patch("/v1/settings", &json!({"logo": PIXEL})));
    // So many requests would be too many.
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    operator::tenant_plan(store, now, TENANT, Plan::Enterprise, Some(None), Some(None)).unwrap();
    // The query of the UI's page is read by its scripts.
    for route in routes().filter(|route| route.method == "GET" && route.path != "/") {
        let path = reports::filled(&world, &evidence::filled(&world, route.path));
        let path = path.replace("{device_id}", &device).replace("{service_id}", &service);
        let path = path.replace("{data_type}", "security").replace("{platform}", "linux-x86_64");
        let path = path.replace("{user_id}", &world.user_id(Actor::Admin)).replace("{person_id}", &person);
        let send = |query: &str| world.send(Actor::expected_by(route.access), get(&format!("{path}?{query}")));
        for unknown in ["colour=red", "colour", "Limit=1", "limit%00=1", "=", "%ff=1"] {
            assert_eq!(send(unknown).status, 400, "{path}?{unknown}");
        }
        assert_eq!(send("").status, 200, "{path}? with nothing behind it");
        for parameter in route.query {
            for value in bad_values(parameter) {
                let answer = send(&format!("{}={value}", parameter.name));
                assert_eq!(answer.status, 400, "{path}?{}={value}: {}", parameter.name, answer.text());
                let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(value == "%ff" || detail.contains(parameter.name), "{path}?{}={value}: {detail}", parameter.name);
            }
            // Addresses are a text that has to be one.
            for value in good_values(parameter).into_iter().filter(|_| parameter.name != "ip_address") {
                let answer = send(&format!("{}={value}", parameter.name));
                assert_eq!(answer.status, 200, "{path}?{}={value}: {}", parameter.name, answer.text());
                assert_eq!(send(&format!("{0}={value}&{0}={value}", parameter.name)).status, 400, "{path}: {} twice", parameter.name);
            }
        }
    }
}

#[test]
fn a_write_with_an_unknown_parameter_is_refused_and_stores_nothing() {
    let world = World::new();
    let key = world.api_key(Actor::Admin, &json!({"name": "spare", "role": "viewer"})).0;
    let rows = rows_with_bodies(&world);
    let login = world.login(&Actor::Admin.email(), PASSWORD).body;
    let before = world.appliance.contents();
    for (method, path, target, body) in rows {
        let mut request = bare(method, &format!("{target}?dry_run=true")).with_json(&body);
        if path == "/v1/auth/login" {
            request.body.clone_from(&login);
        }
        let answer = world.send(Actor::Admin, request);
        assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text());
    }
    for target in ["/v1/auth/logout", &format!("/v1/api-keys/{key}")] {
        let method = if target.ends_with("logout") { "POST" } else { "DELETE" };
        assert_eq!(world.send(Actor::Admin, bare(method, &format!("{target}?dry_run=true"))).status, 400, "{target}");
    }
    assert_eq!(world.appliance.contents(), before);
}

#[test]
fn at_asks_for_the_past_and_only_since_the_thing_existed() {
    let world = World::new();
    world.token(Actor::Admin);
    world.appliance.clock.advance(600);
    let device = world.device_of(Actor::Admin).id;
    world.appliance.clock.advance(60);
    for path in [format!("/v1/devices/{device}"), format!("/v1/devices/{device}/data/security")] {
        for (at, status) in [
            ("2026-01-01T00:09:59Z", 404),
            ("2026-01-01T00:10:00Z", 200),
            ("2026-01-01T01:10:30%2B01:00", 200),
            ("2026-01-01T00:11:00Z", 200),
            ("2026-01-01T00:11:01Z", 400),
            ("1970-01-01T00:00:00Z", 404),
        ] {
            let answer = world.send(Actor::Admin, get(&format!("{path}?at={at}")));
            assert_eq!(answer.status, status, "{path} at {at}: {}", answer.text());
        }
    }
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_prefixed() {
    let world = World::new();
    for agent in ["=cmd()", "+1", "-1", "@x", "'quoted", "plain, \"quoted\""] {
        assert_eq!(world.appliance.send(&world.login("nobody@example.org", "wrong").with_header("user-agent", agent)).status, 401);
        let request = world.login(&Actor::Admin.email(), "wrong wrong wrong").with_header("user-agent", agent);
        assert_eq!(world.appliance.send(&request).status, 401);
    }
    let answer = world.send(Actor::Admin, get("/v1/audit-logs?format=csv"));
    assert!(answer.header("content-type").unwrap().starts_with("text/csv"));
    let text = answer.text();
    for cell in [",'=cmd(),", ",'+1,", ",'-1,", ",'@x,", ",''quoted,", ",\"plain, \"\"quoted\"\"\","] {
        assert!(text.contains(cell), "{cell} in {text}");
    }
    assert!(text.ends_with("\r\n"));
}

#[test]
fn invisible_characters_are_refused_where_people_type_and_taken_out_of_what_devices_say() {
    let world = World::new();
    let (service, device) = (world.service_of(Actor::Admin), world.device_of(Actor::Admin).id);
    let person = world.person_of(Actor::Admin);
    let before = world.appliance.contents();
    let hidden = "ad\u{202e}min\u{200b}";
    for (method, path, field, body) in [
        ("POST", "/v1/services".to_owned(), "name", json!({"name": hidden})),
        ("PATCH", format!("/v1/services/{service}"), "name", json!({"name": hidden})),
        ("PATCH", format!("/v1/devices/{device}"), "device_name", json!({"device_name": hidden})),
        ("PATCH", format!("/v1/devices/{device}"), "tags", json!({"tags": [hidden]})),
        ("POST", "/v1/devices".to_owned(), "device_name", json!({"serial_number": "S1", "device_name": hidden, "os_type": "linux"})),
        ("POST", "/v1/devices".to_owned(), "serial_number", json!({"serial_number": hidden, "device_name": "x", "os_type": "linux"})),
        ("PATCH", format!("/v1/people/{person}"), "name", json!({"name": hidden})),
        ("POST", "/v1/people".to_owned(), "email", json!({"name": "x", "email": "ad\u{200b}a@example.org"})),
        ("POST", "/v1/api-keys".to_owned(), "name", json!({"name": hidden, "role": "viewer"})),
        ("PATCH", "/v1/users/me".to_owned(), "name", json!({"name": hidden})),
        ("PATCH", "/v1/settings".to_owned(), "organisation_name", json!({"organisation_name": hidden})),
    ] {
        let answer = world.send(Actor::Admin, bare(method, &path).with_json(&body));
        assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(field), "{method} {path}: {}", answer.text());
    }
    assert_eq!(world.appliance.contents(), before);
    let report = json!({"serial_number": "S\u{200b}1", "device_name": hidden, "os_type": "linux"});
    let reported = world.send(Actor::Admin, post("/v1/devices/report", &report)).json();
    assert_eq!((&reported["device_name"], &reported["serial_number"]), (&json!("admin"), &json!("S1")));
    let enrolled = world.appliance.send(&enroll(&world.enrollment_token(Actor::Admin, &json!({}))["token"], "S\u{200b}1"));
    assert_eq!(enrolled.json()["device_id"], reported["id"], "{}", enrolled.text());
}
