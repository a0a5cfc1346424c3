//! Bad input and broken bytes from outside: each gets its status, none gets in, none stops the program.

use recoger::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::attack::{Credentials, attacks};
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, recoger};
use crate::support::process::Process;
use crate::support::wire;

/// How long an admin command may take.
const SECONDS_MAX: u64 = 30;

/// Bytes that are no valid request, and the status of the answer before the close.
const BROKEN: &[(&str, u16)] = &[
    ("hello\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
];
/// One header field of this many bytes is more than any head may have.
const HUGE_FIELD_BYTES: usize = 256 * 1024;

fn access_token(binary: &Binary) -> String {
    let body = json!({"username": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    let answer = binary.send(&Request::new(Method::POST, "/v1/auth/login").with_json(&body));
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.text())).to_owned()
}

/// A key made on the command line, beside the running server.
fn api_key(binary: &Binary) -> String {
    let mut command = recoger();
    command.args(["api-key", "add", "--tenant", "default", "--role", "admin", "--name", "attack", "--json", "--data"]).arg(binary.data());
    let state = Process::start(command).finished(SECONDS_MAX).unwrap();
    let printed: Value = serde_json::from_str(&state.stdout).unwrap_or_else(|_| panic!("{state:?}"));
    printed["api_key"].as_str().unwrap_or_else(|| panic!("{state:?}")).to_owned()
}

#[test]
fn each_attack_gets_its_status_and_stores_nothing() {
    let (binary, other) = (Binary::start(), Binary::start());
    let token = access_token(&binary);
    let devices = || binary.send(&Request::new(Method::GET, "/v1/devices/my-devices").with_bearer(&token)).text();
    let before = devices();
    let credentials = Credentials {
        access_token: Some(token.clone()),
        // Takes the quarter of an hour that a token lives: tested where the clock is the test's.
        expired_token: None,
        token_of_another_appliance: Some(access_token(&other)),
        api_key: Some(api_key(&binary)),
    };
    let mut left_out = Vec::new();
    for attack in attacks() {
        let Some(request) = attack.request(&credentials) else {
            left_out.push(attack.name);
            continue;
        };
        let answer = binary.send(&request);
        assert_eq!(answer.status, attack.status, "{}: {}", attack.name, answer.text());
        assert!(answer.json()["detail"].is_string(), "{}: {}", attack.name, answer.text());
        let www = (answer.status == 401).then_some("Bearer");
        assert_eq!(answer.header("www-authenticate"), www, "{}", attack.name);
    }
    assert_eq!(left_out, ["an expired token"]);
    assert_eq!(devices(), before);
}

#[test]
fn broken_bytes_are_answered_and_the_next_request_is_served() {
    let binary = Binary::start();
    let huge = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(HUGE_FIELD_BYTES));
    for (bytes, status) in BROKEN.iter().copied().chain([(huge.as_str(), 431)]) {
        let shown = &bytes[..bytes.len().min(100)];
        let answer = Answer::parse(&wire::send_raw(binary.address, bytes.as_bytes())).unwrap();
        assert_eq!(answer.status, status, "{shown:?}");
        assert_eq!(binary.curl("/healthz", &[]).status, 200, "after {shown:?}");
    }
}
