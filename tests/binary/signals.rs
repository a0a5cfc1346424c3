//! Signals: SIGTERM answers what was accepted and ends with 0; SIGHUP reads the certificate again, and keeps the old one if that fails.

use std::path::Path;

use recoger::http::{Method, Request};

use crate::support::answer::Answer;
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, FREE_PORT, serve_command};
use crate::support::wire::Connection;

/// Connections after which nobody is let in for sure.
const CONNECTIONS_MAX: usize = 20;
/// How long it may take until the program says what it did about a signal.
const SIGNAL_SECONDS_MAX: u64 = 20;

fn wait_for_log(binary: &Binary, words: &str, times: usize) {
    let logged = |state: &crate::support::process::State| (state.stderr.matches(words).count() >= times).then_some(());
    binary.process.wait_for(SIGNAL_SECONDS_MAX, logged).unwrap();
}

/// A new certificate and key in the files; gives the certificate.
fn write_pair(certificate: &Path, key: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(certificate, made.cert.pem()).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    joined(&made.cert.pem())
}

fn joined(pem: &str) -> String {
    pem.split_whitespace().collect()
}

fn shown(binary: &Binary) -> String {
    joined(&Connection::open(binary.address).unwrap().certificate_pem())
}

fn served(binary: &Binary) -> String {
    joined(&binary.send(&Request::new(Method::GET, "/certificate.pem")).text())
}

#[test]
fn a_request_that_was_accepted_is_answered_before_the_end() {
    let binary = Binary::start();
    let body = format!("{{\"username\":\"{ADMIN_EMAIL}\",\"password\":\"{ADMIN_PASSWORD}\"}}");
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut idle = Connection::open(binary.address).unwrap();
    let mut accepted = Connection::open(binary.address).unwrap();
    accepted.send(head.as_bytes()).unwrap();
    assert!(accepted.read_until("\r\n\r\n").starts_with(b"HTTP/1.1 100 "), "the server waits for the body");

    binary.process.signal("TERM");
    wait_for_log(&binary, "stopping", 1);
    // Whoever knocks at that very moment may still be heard.
    assert!((0..CONNECTIONS_MAX).any(|_| Connection::open(binary.address).is_err()), "nobody new is let in");
    accepted.send(body.as_bytes()).unwrap();
    let answer = Answer::parse(&accepted.read_to_close()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(idle.read_to_close().is_empty());
    let state = binary.process.finished(SIGNAL_SECONDS_MAX).unwrap();
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(0), "{}", state.stderr);
    assert!(!state.stderr.contains("panicked") && !state.stderr.contains("ERROR"), "{}", state.stderr);
}

#[test]
fn sigint_ends_it_too() {
    let binary = Binary::start();
    binary.process.signal("INT");
    assert_eq!(binary.process.finished(SIGNAL_SECONDS_MAX).unwrap().exit.and_then(|exit| exit.code()), Some(0));
}

#[test]
fn sighup_reads_the_certificate_files_again_and_keeps_the_old_ones_if_they_are_broken() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("own.pem"), folder.path().join("own.key"));
    let first = write_pair(&certificate, &key);
    let mut command = serve_command(&folder.path().join("recoger.db"), FREE_PORT);
    command.arg("--tls-cert").arg(&certificate).arg("--tls-key").arg(&key);
    let binary = Binary::launch(folder, command).unwrap();
    assert_eq!((shown(&binary), served(&binary)), (first.clone(), first.clone()));
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();

    let second = write_pair(&certificate, &key);
    assert_eq!((shown(&binary), served(&binary)), (first.clone(), first), "not before the signal");
    binary.process.signal("HUP");
    wait_for_log(&binary, "the certificate was read again", 1);
    assert_eq!((shown(&binary), served(&binary)), (second.clone(), second.clone()));

    // No key, then one that is another certificate's.
    for (times, broken) in ["no key", &std::fs::read_to_string(&key).unwrap()].into_iter().enumerate() {
        write_pair(&certificate, &key);
        std::fs::write(&key, broken).unwrap();
        binary.process.signal("HUP");
        wait_for_log(&binary, "the old one stays in use", times + 1);
        assert_eq!((shown(&binary), served(&binary)), (second.clone(), second.clone()));
    }
    let me = binary.send(&Request::new(Method::GET, "/v1/users/me").with_bearer(&token));
    assert_eq!(me.status, 200, "sessions go on: {}", me.text());
}

#[test]
fn sighup_without_files_changes_nothing() {
    let binary = Binary::start();
    let before = shown(&binary);
    binary.process.signal("HUP");
    wait_for_log(&binary, "the certificate was read again", 1);
    assert_eq!(shown(&binary), before);
}
