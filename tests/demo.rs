//! `recoger demo`: the file that it makes is whole, marked as invented, worth looking at, and can be served.

use std::collections::BTreeSet;
use std::path::Path;

use recoger::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::binary::{ADMIN_PASSWORD, Binary, FREE_PORT, recoger, serve_command};
use crate::support::process::{Process, State};

/// How long a command may take in a debug build on a busy machine.
const SECONDS_MAX: u64 = 60;
/// A demo that is made quickly and still has something of everything.
const SMALL: [&str; 4] = ["--days", "12", "--devices", "12"];

fn run(arguments: &[&str]) -> State {
    let mut command = recoger();
    command.args(arguments).env("RECOGER_ADMIN_PASSWORD", ADMIN_PASSWORD);
    Process::start(command).finished(SECONDS_MAX).unwrap()
}

fn demo(file: &Path) -> State {
    run(&[&["demo", file.to_str().unwrap()], SMALL.as_slice()].concat())
}

/// Serves the file at `recoger.db` in `folder`, and gives it with the admin's token.
fn serve(folder: tempfile::TempDir) -> (Binary, String) {
    let mut command = serve_command(&folder.path().join("recoger.db"), FREE_PORT);
    command.env_remove("RECOGER_ADMIN_PASSWORD");
    let binary = Binary::launch(folder, command).unwrap();
    let body = json!({"username": "admin@localhost", "password": ADMIN_PASSWORD});
    let answer = binary.send(&Request::new(Method::POST, "/v1/auth/login").with_json(&body));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    (binary, token)
}

fn get(binary: &Binary, token: &str, target: &str) -> Answer {
    let answer = binary.send(&Request::new(Method::GET, target).with_bearer(token));
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer
}

fn texts(list: &Value, field: &str) -> BTreeSet<String> {
    list.as_array().unwrap().iter().filter_map(|item| item[field].as_str()).map(str::to_owned).collect()
}

#[test]
fn the_demo_is_whole_marked_as_invented_and_shows_all_that_there_is_to_see() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recoger.db");
    let made = demo(&file);
    assert!(made.exit.unwrap().success(), "{made:?}");
    assert!(made.stderr.contains("invented") && !made.stderr.contains(ADMIN_PASSWORD), "{made:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for command in [["check", "--data"].as_slice(), &["audit", "verify", "--data"]] {
        let state = run(&[command, &[file.to_str().unwrap()]].concat());
        assert!(state.exit.unwrap().success(), "{command:?}: {state:?}");
    }
    let tenants: Value = serde_json::from_str(&run(&["tenant", "list", "--json", "--data", file.to_str().unwrap()]).stdout).unwrap();
    assert!(tenants[0]["name"].as_str().unwrap().starts_with("Demo: ") && tenants[0]["demo"] == json!(true), "{tenants}");

    let (binary, token) = serve(folder);
    let devices = get(&binary, &token, "/v1/devices?include_data=false&limit=100").json();
    let statuses = texts(&devices, "compliance_status").into_iter().collect::<Vec<_>>();
    assert_eq!(statuses, ["compliant", "needs_review", "non_compliant", "unknown"]);
    assert_eq!(texts(&devices, "os_type").into_iter().collect::<Vec<_>>(), ["linux", "macos", "windows"]);
    let devices = devices.as_array().unwrap();
    assert_eq!(devices.len(), 13);
    assert!(devices.iter().all(|device| device["tags"].as_array().unwrap().contains(&json!("demo"))));
    assert!(devices.iter().filter(|device| device["compliance_status"] == "compliant").count() >= 6, "most are well: {devices:?}");

    let services = get(&binary, &token, "/v1/services?limit=100").json();
    assert_eq!(services.as_array().unwrap().len(), 25);
    assert_eq!(texts(&services, "status").into_iter().collect::<Vec<_>>(), statuses);
    let machines = services.as_array().unwrap().iter().find(|service| service["name"] == "Virtual machines").unwrap();
    let reviews = get(&binary, &token, &format!("/v1/services/{}/reviews", machines["id"].as_str().unwrap())).json();
    assert_eq!(reviews.as_array().unwrap().iter().map(|review| review["sso_enabled"].clone()).collect::<Vec<_>>(), [true, false]);

    let trend = get(&binary, &token, "/v1/dashboard?days=13").json()["trend"].clone();
    let trend = trend.as_array().unwrap();
    assert!(trend.len() >= 12 && trend.iter().skip(2).all(|day| day["score"].is_number()), "{trend:?}");
    let people = get(&binary, &token, "/v1/people?limit=100").json();
    let people = people.as_array().unwrap();
    assert!(people.iter().any(|person| person["needs_device"] == false && person["reason"].is_string()), "{people:?}");
    assert!(people.iter().any(|person| person["left_on"].is_string()), "{people:?}");
    let auditors = get(&binary, &token, "/v1/users?role=auditor").json();
    assert!(auditors.as_array().unwrap().iter().all(|user| user["expires_at"].is_string()) && auditors[0].is_object(), "{auditors}");
    for list in ["exceptions", "attestations"] {
        assert!(!get(&binary, &token, &format!("/v1/{list}")).json().as_array().unwrap().is_empty(), "{list}");
    }
    let lacking = get(&binary, &token, "/v1/people/population").json();
    assert!(lacking["people"]["without_device"].as_u64().unwrap() >= 1, "{lacking}");
    let own = get(&binary, &token, "/v1/appliance/checks").json();
    let verified = own["checks"].as_array().unwrap().iter().find(|check| check["check_id"] == "tenant.audit_chain_verified").unwrap();
    assert_eq!(verified["status"], "pass", "{own}");

    let tokens = get(&binary, &token, "/v1/enrollment-tokens").json();
    assert_eq!((tokens.as_array().unwrap().len(), &tokens[0]["status"]), (1, &json!("active")));

    // A fault that was found and mended, between two times of being well.
    let mended = devices.iter().find(|device| device["device_name"] == "mba-reimers").unwrap();
    let history = get(&binary, &token, &format!("/v1/devices/{}/history", mended["id"].as_str().unwrap())).json();
    let firewall = history.as_array().unwrap().iter().filter(|item| item["check_id"] == "device.firewall_enabled");
    assert_eq!(firewall.map(|item| item["status"].as_str().unwrap()).collect::<Vec<_>>(), ["pass", "fail", "pass"]);
}

#[test]
fn the_same_company_is_invented_again_with_other_ids() {
    let folder = tempfile::tempdir().unwrap();
    let invented = |name: &str| {
        let file = folder.path().join(name);
        assert!(demo(&file).exit.unwrap().success());
        let users = run(&["user", "list", "--json", "--data", file.to_str().unwrap()]).stdout;
        let users: Value = serde_json::from_str(&users).unwrap();
        (texts(&users, "email"), texts(&users, "id"))
    };
    let ((emails, ids), (emails_again, ids_again)) = (invented("one.db"), invented("two.db"));
    assert!(emails.len() > 8 && emails == emails_again, "{emails:?} {emails_again:?}");
    assert!(ids.is_disjoint(&ids_again));
}

#[test]
fn a_file_that_exists_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "dear").unwrap();
    let state = demo(&file);
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(1), "{state:?}");
    assert!(state.stderr.contains("exists already; name a new file"), "{state:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "dear");
}

#[test]
fn a_demo_that_fails_leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    let mut command = recoger();
    command.arg("demo").arg(&file).args(SMALL).env("RECOGER_ADMIN_PASSWORD", "too short");
    let state = Process::start(command).finished(SECONDS_MAX).unwrap();
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(1), "{state:?}");
    assert!(state.stderr.contains("`password` must be"), "{state:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "neither the file nor what SQLite keeps beside it");
}
