//! The command line's own manners: what it prints where, and how it ends.

use crate::support::binary::{Binary, recoger};
use crate::support::process::{Process, State};

/// How long a command may take.
const SECONDS_MAX: u64 = 30;

fn run(arguments: &[&str]) -> State {
    let mut command = recoger();
    command.args(arguments);
    Process::start(command).finished(SECONDS_MAX).unwrap()
}

#[test]
fn the_version_is_the_packages() {
    let state = run(&["version"]);
    assert!(state.exit.unwrap().success(), "{state:?}");
    assert!(state.stdout.contains(env!("CARGO_PKG_VERSION")), "{state:?}");
}

#[test]
fn a_command_that_does_not_exist_is_named_on_standard_error() {
    let state = run(&["serv"]);
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(2), "{state:?}");
    assert!(state.stdout.is_empty() && state.stderr.contains("serv"), "{state:?}");
}

#[test]
fn a_password_is_never_an_argument() {
    let state = run(&["user", "passwd", "admin@localhost", "--password", "correct horse battery staple"]);
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(2), "{state:?}");
    assert!(!state.stderr.contains("correct horse battery staple"), "nor is one repeated: {state:?}");
}

#[test]
fn an_auditors_last_day_is_given_with_the_account_and_to_nobody_else() {
    let binary = Binary::start();
    let add = |email: &str, role: &str| {
        binary.beside(&["user", "add", email, "--tenant", "default", "--role", role, "--until", "2099-12-31", "--json"])
    };
    let made = add("out@example.org", "auditor");
    let made: serde_json::Value = serde_json::from_str(&made.stdout).unwrap_or_else(|_| panic!("{made:?}"));
    assert_eq!(made["expires_at"], "2100-01-01T00:00:00Z");
    let refused = add("user@example.org", "user");
    assert!(refused.exit.unwrap().code() == Some(1) && refused.stderr.contains("auditors only"), "{refused:?}");
}
