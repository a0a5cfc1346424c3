//! The contract's ground rules that hold for every route: paths, methods, errors, headers, times, ids.

use recoger::api::call::App;
use recoger::api::routes;
use recoger::error::Error;
use recoger::http::Method;
use recoger::server::service::Service;
use recoger::store::operator;
use serde_json::{Value, json};

use super::{evidence, reports};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{PIXEL, bare, delete, get, patch, post};
use crate::support::world::{World, full_report};

/// What every answer carries.
const ALWAYS: [&str; 10] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "referrer-policy",
    "x-content-type-options",
    "cross-origin-resource-policy",
];

/// A row's path with objects that exist.
fn filled(path: &str, device: &str, service: &str) -> String {
    path.replace("{device_id}", device)
        .replace("{service_id}", service)
        .replace("{data_type}", "security")
        .replace("{platform}", "linux-x86_64")
        .replace("{key_id}", "key_1")
}

#[track_caller]
fn check_headers(answer: &Answer, what: &str) {
    for name in ALWAYS {
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name} of {what}: {answer:?}");
    }
    let number = |name: &str| answer.header(name).unwrap().parse::<i64>().unwrap_or_else(|_| panic!("{name} of {what}"));
    assert!(number("x-ratelimit-remaining") <= number("x-ratelimit-limit"), "{what}");
    assert!(number("x-ratelimit-reset") > 1_767_225_600, "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let policy = answer.header("content-security-policy").unwrap();
    let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let expected = if is_page { recoger::api::ui::CONTENT_SECURITY_POLICY } else { "default-src 'none'" };
    assert!(policy.starts_with(expected), "{what}");
}

#[test]
fn unknown_paths_and_methods_are_answered_before_anybody_is_asked_who_they_are() {
    let world = World::new();
    for route in routes() {
        // Requests from one address are counted by the minute.
        world.appliance.clock.advance(60);
        let path = filled(route.path, "dev_1", "svc_1");
        let methods: Vec<&str> = routes().filter(|other| other.path == route.path).map(|other| other.method).collect();
        for method in
            ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"].into_iter().filter(|method| !methods.contains(method))
        {
            let answer = world.send(Actor::Stranger, bare(method, &path));
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allow: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
            let mut expected: Vec<&str> = methods.clone();
            expected.extend(methods.contains(&"GET").then_some("HEAD"));
            allow.sort_unstable();
            expected.sort_unstable();
            assert_eq!(allow, expected, "{path}");
        }
        let doubled = if route.path == "/" { "/x//".to_owned() } else { format!("/{path}") };
        for wrong in [format!("{path}/"), format!("{path}//"), doubled, format!("{path}/x/y/z")] {
            assert_eq!(world.send(Actor::Stranger, bare(route.method, &wrong)).status, 404, "{wrong}");
        }
    }
    for path in
        ["/v1", "/v1/", "/v2/devices", "/v1/auth", "/index.html", "/..", "*", "/v1/devices/dev_1/data", "/v1/devices/a/data/security/x"]
    {
        let answer = world.send(Actor::Stranger, get(path));
        assert_eq!((answer.status, answer.text().as_str()), (404, "{\"detail\":\"Path not found\"}"), "{path}");
    }
}

#[test]
fn head_is_answered_as_get() {
    let world = World::new();
    let (device, service) = (world.device_of(Actor::Admin).id, world.service_of(Actor::Admin));
    let person = world.person_of(Actor::Admin);
    world.send(Actor::Admin, patch("/v1/settings", &json!({"logo": PIXEL})));
    for route in routes().filter(|route| route.method == "GET") {
        let path = reports::filled(&world, &evidence::filled(&world, route.path));
        let path = filled(&path, &device, &service).replace("{user_id}", &world.user_id(Actor::Admin));
        let path = path.replace("{person_id}", &person);
        let [get, head] = ["GET", "HEAD"].map(|method| world.send(Actor::expected_by(route.access), bare(method, &path)));
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&get), names(&head), "{path}");
    }
    assert_eq!(world.send(Actor::Admin, bare("HEAD", "/v1/auth/login")).status, 405, "there is no GET");
}

#[test]
fn every_answer_carries_limits_an_id_and_the_security_headers() {
    let world = World::new();
    let device = world.device_of(Actor::Admin).id;
    let target = format!("/v1/devices/{device}");
    let huge = bare("POST", "/v1/auth/login").with_json(&json!({"username": "x".repeat(9000)}));
    let duplicate = json!({"device_name": "a", "serial_number": "TWICE", "os_type": "linux"});
    let mut form = post("/v1/api-keys", &json!({}));
    form.headers.remove("content-type");
    let refused = |actor, request, status| {
        let answer = world.send(actor, request);
        assert_eq!(answer.status, status, "{}", answer.text());
        answer
    };
    let mut answers = vec![
        refused(Actor::Admin, get("/v1/devices"), 200),
        refused(Actor::Admin, post("/v1/devices", &duplicate), 201),
        refused(Actor::Admin, post("/v1/devices", &duplicate), 409),
        refused(Actor::Admin, get("/v1/devices?limit=0"), 400),
        refused(Actor::Admin, form, 415),
        refused(Actor::Stranger, get("/v1/devices"), 401),
        refused(Actor::Stranger, get("/v1/devices").with_bearer("x"), 401),
        refused(Actor::User, get("/v1/users"), 403),
        refused(Actor::Admin, get("/v1/devices/dev_1"), 404),
        refused(Actor::Stranger, get("/nothing"), 404),
        refused(Actor::Stranger, bare("PUT", "/v1/devices"), 405),
        refused(Actor::Stranger, huge, 413),
        refused(Actor::Admin, delete(&format!("{target}?reason=sold")), 204),
        refused(Actor::Stranger, get("/healthz"), 200),
        refused(Actor::Stranger, get("/"), 200),
        refused(Actor::Stranger, get("/openapi.json"), 200),
    ];
    let attempt = world.login("nobody@example.org", "wrong wrong wrong");
    (0..5).for_each(|_| drop(world.appliance.send(&attempt)));
    let locked = world.appliance.send(&attempt);
    assert_eq!((locked.status, locked.header("retry-after")), (423, Some("900")));
    answers.push(locked);
    let overloaded = Error::unavailable("The appliance is busy; try again in a few seconds", "a queue is full");
    for head in [Some(&get("/v1/devices")), None] {
        let answer = Answer::of(world.appliance.pipeline.refuse(head, &overloaded));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
        assert!(!answer.text().contains("queue is full"), "the cause is for the log");
        answers.push(answer);
    }
    for answer in &answers {
        check_headers(answer, &answer.status.to_string());
    }
    let mut ids: Vec<&str> = answers.iter().map(|answer| answer.header("x-request-id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), answers.len(), "each request has an id of its own");
}

#[test]
fn an_error_is_one_sentence_that_names_the_field() {
    let world = World::new();
    let device = format!("/v1/devices/{}", world.device_of(Actor::Admin).id);
    let with = |field: &str, value: Value| {
        let mut report = full_report("S-1");
        report[field] = value;
        post("/v1/devices/report", &report)
    };
    for (request, status, named) in [
        (with("device_name", json!(5)), 400, "`device_name`"),
        (with("serial_number", json!("  ")), 400, "`serial_number`"),
        (with("os_type", json!("plan9")), 400, "`os_type`"),
        (with("device_type", json!("toaster")), 400, "`device_type`"),
        (with("os_version", json!("x".repeat(65))), 400, "`os_version`"),
        (with("headless", json!("yes")), 400, "`headless`"),
        (with("security", json!([])), 400, "`security`"),
        (with("security", json!({"firewall_enabled": "on"})), 400, "firewall_enabled"),
        (with("collected_at", json!("yesterday")), 400, "`collected_at`"),
        (post("/v1/devices/report", &json!({"serial_number": "A", "device_name": "b"})), 400, "`os_type`"),
        (post("/v1/devices", &json!({"serial_number": "A", "os_type": "linux"})), 400, "`device_name`"),
        (patch(&device, &json!({"ownership": "stolen"})), 400, "`ownership`"),
        (patch(&device, &json!({"tags": "one"})), 400, "`tags`"),
        (patch(&device, &json!({"tags": vec!["t"; 21]})), 400, "`tags`"),
        (patch(&device, &json!({"user_id": "user_1"})), 400, "`user_id`"),
        (delete(&device), 400, "`reason`"),
        (delete(&format!("{device}?reason=bored")), 400, "`reason`"),
        (get(&format!("{device}/data/secrets")), 400, "`data_type`"),
        (post("/v1/api-keys", &json!({"name": "n", "role": "auditor"})), 400, "`role`"),
        (post("/v1/api-keys", &json!({"name": "n", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"})), 400, "`expires_at`"),
        (patch("/v1/settings", &json!({"silent_after_days": 0})), 400, "silent_after_days"),
        (patch("/v1/settings", &json!({"time_zone": "Mars/Olympus"})), 400, "time_zone"),
        (patch("/v1/settings", &json!({"lockout": {"max_attempts": "5"}})), 400, "lockout.max_attempts"),
        (post("/v1/users/me/password", &json!({"current_password": "x", "new_password": "short"})), 400, "`new_password`"),
        (patch("/v1/users/me", &json!({"email": "no address", "current_password": "x"})), 400, "`email`"),
        (patch("/v1/users/me", &json!({"email": "a@example.org"})), 400, "`current_password`"),
        (get("/v1/devices/dev_1"), 404, "Device not found"),
        (get("/v1/users/me").with_bearer("rk_live_x"), 401, "API key"),
    ] {
        let answer = if request.header("authorization").is_some() {
            world.appliance.send(&request)
        } else {
            world.send(Actor::Admin, request.clone())
        };
        assert_eq!(answer.status, status, "{} {}: {}", request.method, request.path, answer.text());
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["detail"]);
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{named}: {detail}");
        assert!(!detail.ends_with('.') && !detail.contains('\n') && detail.len() < 250, "{detail}");
    }
}

#[test]
fn a_fault_of_ours_says_nothing_of_what_lies_behind() {
    let world = World::new();
    let token = world.token(Actor::Admin).unwrap();
    world.appliance.beside().execute_batch("ALTER TABLE device RENAME TO elsewhere").unwrap();
    let answer = world.appliance.send(&get("/v1/devices").with_bearer(&token));
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.text(), "{\"detail\":\"Something went wrong on the appliance; its log has the details\"}");
    check_headers(&answer, "a fault");
    let answer = world.send(Actor::Admin, post("/v1/devices/report", &full_report("S-1")));
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("device") && !answer.text().contains("table"), "{}", answer.text());
}

#[test]
fn times_are_whole_seconds_in_utc_and_ids_have_their_prefix() {
    let world = World::new();
    let mut report = full_report("S-1");
    report["collected_at"] = json!("2026-01-01T00:30:00.75+01:00");
    assert_eq!(world.send(Actor::Admin, post("/v1/devices/report", &report)).status, 201);
    let (device, service) = (world.device_of(Actor::Admin).id, world.service_of(Actor::Admin));
    assert_eq!(
        world.send(Actor::Admin, post(&format!("/v1/services/{service}/reviews"), &json!({"review_date": "2026-01-01"}))).status,
        201
    );
    world.api_key(Actor::Admin, &json!({"name": "n", "role": "viewer", "expires_at": "2026-06-01T12:00:00+02:00"}));
    let mut seen = Vec::new();
    for route in routes().filter(|route| route.method == "GET" && route.path.starts_with("/v1/")) {
        // Their ids are those of files.
        if route.path.starts_with("/v1/frameworks") {
            continue;
        }
        let answer = world.send(Actor::Admin, get(&filled(route.path, &device, &service)));
        check_values(&answer.json(), "", &mut seen);
    }
    for prefix in ["dev_", "svc_", "rev_", "user_", "key_", "evt_", "tenant_"] {
        assert!(seen.iter().any(|id| id.starts_with(prefix)), "no {prefix} in {seen:?}");
    }
    let keys = world.send(Actor::Admin, get("/v1/api-keys")).json();
    assert_eq!(keys[0]["expires_at"], "2026-06-01T10:00:00Z");
    let reported = world.send(Actor::Admin, get("/v1/devices?search=S-1")).json();
    assert_eq!(reported[0]["device_data"][0]["reported_at"], "2025-12-31T23:30:00Z");
}

/// Times by the names of their fields, ids by theirs; gathers the ids.
fn check_values(value: &Value, name: &str, ids: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_values(item, name, ids)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| check_values(value, name, ids)),
        Value::String(text) if name.ends_with("_at") || name.ends_with("_seen") || ["since", "status_since", "time"].contains(&name) => {
            let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
            assert_eq!(shape, "0000-00-00T00:00:00Z", "{name}");
        }
        Value::String(text)
            if name == "id" || ["user_id", "device_id", "service_id", "owner_id"].contains(&name) || name == "created_by" =>
        {
            let (prefix, rest) = text.split_once('_').unwrap_or_else(|| panic!("{name}: {text}"));
            let prefixes =
                ["tenant", "user", "dev", "svc", "rev", "key", "evt", "inv", "ses", "person", "rpt", "exc", "att", "find", "file"];
            assert!(prefixes.contains(&prefix) && rest.len() > 15, "{name}: {text}");
            ids.push(text.clone());
        }
        Value::String(text) if name == "chain" => ids.push(text.clone()),
        _ => {}
    }
}

#[test]
fn ids_are_ordered_by_time() {
    let world = World::new();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            world.appliance.clock.advance(1);
            world.device_of(Actor::Admin).id
        })
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

#[test]
fn a_changed_role_a_disabled_user_and_a_dead_maker_act_on_the_next_request() {
    let world = World::new();
    let (store, now) = (world.appliance.store(), world.appliance.clock.now());
    let second = operator::user_add(store, now, "default", "second@example.org", recoger::domain::access::Role::Admin, None, None).unwrap();
    assert!(second.password.is_some());
    let key = world.token(Actor::AdminKey).unwrap();
    let list = get("/v1/users").with_bearer(&key);
    assert_eq!(world.appliance.send(&list).status, 200);
    world.appliance.beside().execute("UPDATE user SET role = 'viewer' WHERE email = ?1", [Actor::Admin.email()]).unwrap();
    assert_eq!(world.appliance.send(&list).status, 403, "a key is never above its maker's present role");
    assert_eq!(world.appliance.send(&get("/v1/devices").with_bearer(&key)).status, 200);
    operator::user_disable(store, now, &Actor::Admin.email()).unwrap();
    assert_eq!(world.appliance.send(&list).status, 401, "and dies with its maker");
}

#[test]
fn an_appliance_without_a_certificate_of_its_own_says_so() {
    let world = World::new();
    let app = App::new(world.appliance.store().clone(), || recoger::domain::time::Time(1_767_225_600));
    let pipeline = recoger::server::pipeline::Pipeline::new(app, routes()).unwrap();
    let answer = Answer::of(pipeline.handle(recoger::http::Request::new(Method::GET, "/certificate.pem")));
    assert_eq!((answer.status, answer.text().as_str()), (404, "{\"detail\":\"Certificate not found\"}"));
}
