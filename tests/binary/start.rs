//! The first start, the end and the next start of `recoger serve`.

use std::process::Command;

use recoger::http::{Method, Request};
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, FREE_PORT, serve_command};
use crate::support::process::{Process, State};
use crate::support::wire;

/// How long a start that can't succeed may take.
const FAIL_SECONDS_MAX: u64 = 30;

fn sign_in(binary: &Binary) -> Answer {
    let body = json!({"username": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    binary.send(&Request::new(Method::POST, "/v1/auth/login").with_json(&body))
}

#[track_caller]
fn check_refused(command: Command, reason: &str) {
    let state = Process::start(command).finished(FAIL_SECONDS_MAX).unwrap();
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(1), "{state:?}");
    assert!(state.stderr.contains(reason) && !state.stderr.contains("panicked"), "{state:?}");
    assert!(!state.stdout.contains("listening on"), "{state:?}");
}

#[test]
fn the_first_start_makes_a_private_file_a_certificate_and_an_admin() {
    let binary = Binary::start();
    let health = binary.curl("/healthz", &[]);
    assert_eq!(health.status, 200, "{}", health.text());
    let served = binary.send(&Request::new(Method::GET, "/certificate.pem")).text();
    let shown = wire::Connection::open(binary.address).unwrap().certificate_pem();
    assert_eq!(served.split_whitespace().collect::<String>(), shown.split_whitespace().collect::<String>());

    let answer = sign_in(&binary);
    assert_eq!((answer.status, answer.json()["role"].as_str()), (200, Some("admin")), "{}", answer.text());
    let said = binary.process.output();
    assert!(!said.stdout.contains(ADMIN_PASSWORD) && !said.stderr.contains(ADMIN_PASSWORD), "a given password is not printed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(binary.data()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_password_that_nobody_gave_is_printed_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = serve_command(&folder.path().join("recoger.db"), FREE_PORT);
    command.env_remove("RECOGER_ADMIN_PASSWORD").env("RECOGER_ADMIN_EMAIL", "Ann@Example.com");
    let binary = Binary::launch(folder, command).unwrap();
    let said = |state: &State| state.stderr.lines().find_map(|line| line.trim().strip_prefix("Password:").map(str::to_owned));
    let line = binary.process.wait_for(FAIL_SECONDS_MAX, said).unwrap();
    let password = line.split_whitespace().next().unwrap().to_owned();
    assert!(password.len() >= 16 && line.contains("shown this once"), "{line}");
    assert!(binary.sign_in("ann@example.com", &password).is_ok());

    let binary = binary.restarted().unwrap();
    assert!(binary.sign_in("ann@example.com", &password).is_ok());
    assert_eq!(binary.process.stop().code(), Some(0));
    let state = binary.process.finished(FAIL_SECONDS_MAX).unwrap();
    assert!(!state.stderr.contains("Password") && !state.stderr.contains(&password), "{}", state.stderr);
    assert_eq!(state.stdout, format!("listening on https://{}\n", binary.address), "the one line that scripts wait for");
}

#[test]
fn an_end_on_request_is_a_success_and_the_next_start_goes_on() {
    let binary = Binary::start();
    let certificate = wire::Connection::open(binary.address).unwrap().certificate_pem();
    assert_eq!(binary.process.stop().code(), Some(0), "{:?}", binary.process.output());

    let binary = binary.restarted().unwrap();
    assert_eq!(wire::Connection::open(binary.address).unwrap().certificate_pem(), certificate);
    assert_eq!(sign_in(&binary).status, 200);
}

#[test]
fn a_start_that_cannot_succeed_says_why_and_ends() {
    let binary = Binary::start();
    let folder = tempfile::tempdir().unwrap();
    let taken = binary.address.to_string();
    check_refused(serve_command(&folder.path().join("other.db"), &taken), &taken);

    let foreign = folder.path().join("letter.db");
    let text = "a letter, not a database, and long enough to be looked at as one. ".repeat(20);
    std::fs::write(&foreign, &text).unwrap();
    check_refused(serve_command(&foreign, FREE_PORT), "not a Recoger database");
    assert_eq!(std::fs::read_to_string(&foreign).unwrap(), text, "it is left as it is");
}
