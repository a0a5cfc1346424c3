//! The command line's own manners: what it prints where, and how it ends.

use crate::support::binary::recoger;
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
