//! The program under another command that sets limits, enters a namespace or watches its system calls, and limits of a running process.

use std::process::Command;

use crate::support::process::Process;

/// `inner` behind `prefix`, with the environment of `inner` and a path to find the prefix on.
pub fn wrapped(prefix: &[&str], inner: &Command) -> Command {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).arg(inner.get_program()).args(inner.get_args()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// `inner` after the shell has run `preparation`.
pub fn after(preparation: &str, inner: &Command) -> Command {
    wrapped(&["bash", "-c", &format!("{preparation}; exec \"$0\" \"$@\"")], inner)
}

/// Sets a soft limit of a running process, such as `--nofile=20`; `unlimited` only as far as its hard limit goes.
pub fn set_limit(process: &Process, name: &str, value: &str) {
    let limit = format!("--{name}={value}:");
    let state = Command::new("prlimit").args(["--pid", &process.id().to_string(), &limit]).output().unwrap();
    assert!(state.status.success(), "prlimit {limit}: {}", String::from_utf8_lossy(&state.stderr));
}

/// The soft limit that a running process has.
pub fn limit(process: &Process, name: &str) -> String {
    let arguments = ["--pid", &process.id().to_string(), "--noheadings", "--output", "SOFT", &format!("--{name}")];
    let state = Command::new("prlimit").args(arguments).output().unwrap();
    assert!(state.status.success(), "prlimit --{name}: {}", String::from_utf8_lossy(&state.stderr));
    String::from_utf8(state.stdout).unwrap().trim().to_owned()
}

/// Whether a command does what it is to do on this machine.
pub fn works(command: &[&str]) -> bool {
    Command::new(command[0]).args(&command[1..]).output().is_ok_and(|output| output.status.success())
}

/// Says what this machine did not let a test do, past the harness, which keeps the output of tests that pass to itself.
pub fn not_done(sentence: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "not done: {sentence}");
}
