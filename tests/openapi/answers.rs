//! Every row is called, well and badly, and each answer held against the document.

use recoger::api::route::{AnswerBody, Route};
use recoger::api::routes;
use recoger::domain::access::{Access, Role};
use recoger::http::{Method, Request};
use serde_json::json;

use super::schemas::findings;
use super::stage::{Stage, row};
use crate::support::answer::Answer;

/// Calls of one row that the address limits of sign-in still allow within a minute.
const CALLS_MAX: usize = 30;

#[track_caller]
fn check(stage: &Stage, route: &Route, answer: &Answer) {
    let found = findings(&stage.document, route, answer);
    assert!(found.is_empty(), "{} {}:\n{}", route.method, route.path, found.join("\n"));
}

#[test]
fn every_row_answers_as_documented_when_called_as_its_example_says() {
    let stage = Stage::new();
    // What ends things comes last, so that the others find them.
    let mut rows: Vec<&Route> = routes().collect();
    rows.sort_by_key(|route| (route.name == "change_my_password", route.access.is_for_sessions(), route.method == "DELETE"));
    for route in rows {
        stage.unlimited();
        let token = (route.access != Access::Public).then(|| stage.access_token());
        let answer = stage.perform(route, token.as_deref());
        assert_eq!(answer.status, route.answer.status, "{} {}: {}", route.method, route.path, answer.text());
        check(&stage, route, &answer);
        if let AnswerBody::List(_) | AnswerBody::ListOrCsv(..) = route.answer.body {
            assert!(!answer.json().as_array().unwrap().is_empty(), "{}: an empty list proves nothing", route.path);
        }
    }
}

#[test]
fn other_forms_of_an_answer_are_documented_too() {
    let stage = Stage::new();
    let token = stage.access_token();
    let csv = stage.send("GET", "/v1/audit-logs?format=csv", Some(&token), None);
    assert_eq!(csv.header("content-type").map(|kind| kind.starts_with("text/csv")), Some(true));
    check(&stage, row("list_audit_logs"), &csv);
    let page = stage.send("GET", "/v1/audit-logs?limit=1&skip=1", Some(&token), None);
    assert!(page.header("link").is_some_and(|link| link.contains("next") && link.contains("prev")));
    check(&stage, row("list_audit_logs"), &page);
    let without_data = stage.send("GET", "/v1/devices?include_data=false", Some(&token), None);
    check(&stage, row("list_devices"), &without_data);
    let new = json!({ "device_name": "New", "serial_number": "5CG1234XYZ", "os_type": "Darwin" });
    let created = stage.send("POST", "/v1/devices/report", Some(&token), Some(&new));
    assert_eq!(created.status, 201);
    check(&stage, row("report_device"), &created);
}

#[test]
fn every_row_fails_as_documented() {
    let stage = Stage::new();
    let admin = stage.key(Role::Admin);
    let others = [Role::User, Role::Viewer, Role::Agent].map(|role| stage.key(role));
    for route in routes() {
        stage.unlimited();
        let expect = |answer: Answer, statuses: &[u16]| {
            assert!(statuses.contains(&answer.status), "{} {}: {} {}", route.method, route.path, answer.status, answer.text());
            check(&stage, route, &answer);
        };
        let target = stage.target(route);
        let (public, joint) = (route.access == Access::Public, if target.contains('?') { '&' } else { '?' });
        // An API key is refused before its query and body are read where only people are let in.
        let known = if route.access.is_for_sessions() { stage.access_token() } else { admin.clone() };
        // The query of the UI's page is read by its scripts.
        let refused = if route.path == "/" { 200 } else { 400 };
        expect(stage.send(route.method, &format!("{target}{joint}nonsense=1"), Some(&known), stage.body(route).as_ref()), &[refused]);
        if !public {
            expect(stage.send(route.method, &target, None, stage.body(route).as_ref()), &[401]);
            expect(stage.send(route.method, &target, Some("rk_live_x"), stage.body(route).as_ref()), &[401]);
            for other in &others {
                check(&stage, route, &stage.perform(route, Some(other)));
            }
        }
        if route.path_names().next().is_some() {
            let mut nothing = target.split('?').next().unwrap().to_owned();
            for prefix in [
                "dev_", "key_", "enr_", "svc_", "user_", "inv_", "ses_", "person_", "exc_", "att_", "find_", "rev_", "file_", "rpt_",
                "staged_",
            ] {
                nothing = nothing.replace(prefix, &format!("{prefix}x"));
            }
            let nothing = nothing.replace("linux-x86_64", "linux-x").replace("iso27001", "iso-x").replace("house-rules", "house-x");
            let query = target.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
            expect(stage.send(route.method, &format!("{nothing}{query}"), Some(&known), stage.body(route).as_ref()), &[404]);
        }
        if route.takes_json() {
            bad_bodies(&stage, route, &known, &expect);
        }
    }
}

fn bad_bodies(stage: &Stage, route: &Route, token: &str, expect: &dyn Fn(Answer, &[u16])) {
    let method = Method::from_bytes(route.method.as_bytes()).unwrap();
    let request = |body: &[u8], kind: &str| {
        let mut request = Request::new(method.clone(), &stage.target(route)).with_bearer(token).with_header("content-type", kind);
        request.body = body.to_vec();
        request
    };
    for body in ["", "[]", "{", "{\"nonsense\": {}}", "{\"a\": 1, \"a\": 2}"] {
        let answer = stage.pass(request(body.as_bytes(), "application/json"));
        expect(answer, &[400]);
    }
    expect(stage.pass(request(b"{}", "text/plain")), &[415]);
    expect(stage.pass(request(&vec![b' '; route.body_bytes_max + 1], "application/json")), &[413]);
    expect(stage.pass(request(b"{}", "application/json").with_header("content-encoding", "br")), &[400]);
}

#[test]
fn clashes_locks_and_limits_answer_as_documented() {
    let stage = Stage::new();
    let token = stage.access_token();
    let record = row("create_device");
    assert_eq!(stage.perform(record, Some(&token)).status, 201);
    let clash = stage.perform(record, Some(&token));
    assert_eq!(clash.status, 409);
    check(&stage, record, &clash);

    stage.limit(Some(1));
    for route in routes().filter(|route| route.access != Access::Public) {
        let answer = (0..3).map(|_| stage.perform(route, Some(&token))).next_back().unwrap();
        assert_eq!(answer.status, 429, "{}", route.path);
        assert!(answer.header("retry-after").is_some());
        check(&stage, route, &answer);
    }
    stage.unlimited();

    let wrong = json!({ "username": "somebody@example.com", "password": "wrong" });
    let login = row("login");
    let seen: Vec<u16> = (0..CALLS_MAX)
        .map(|_| {
            let answer = stage.send("POST", login.path, None, Some(&wrong));
            check(&stage, login, &answer);
            answer.status
        })
        .collect();
    assert!(seen.starts_with(&[401]) && seen.ends_with(&[423]), "{seen:?}");
}

/// Faults and overload are answered by the front, whatever the row: their shape is one for all.
#[test]
fn what_the_front_answers_by_itself_is_documented() {
    use recoger::error::Error;
    use recoger::server::service::Service;

    let stage = Stage::new();
    for (error, status) in
        [(Error::internal("a fault"), 500), (Error::unavailable("The appliance is busy; try again shortly", "full"), 503)]
    {
        for route in routes() {
            let answer = Answer::of(stage.service().refuse(None, &error));
            assert_eq!(answer.status, status);
            check(&stage, route, &answer);
        }
    }
}
