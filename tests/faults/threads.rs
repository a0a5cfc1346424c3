//! No further thread can be started: a start is refused, a server that runs goes on, reads its certificate again and ends in order.

use std::process::Command;

use super::shortage::assert_recovers;
use super::wrapped::{not_done, works, wrapped};
use crate::support::binary::{Binary, FREE_PORT, code, recoger, serve_command};
use crate::support::process::Process;

/// How long a start that is refused and a reload may take.
const SECONDS_MAX: u64 = 60;
/// A user of this number exists nowhere, so that its processes are the test's own.
const NOBODY: u32 = 61_234;

#[test]
fn too_few_threads_refuse_the_start_and_none_to_spare_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("recoger.db");
    // Such a limit does not bind root, so root becomes somebody else, who needs a copy of the program that may be read.
    let id = NOBODY.to_string();
    let nobody = ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
    let root = works(&[&nobody[..], &["true"]].concat());
    let become_other: &[&str] = if root { &nobody } else { &["env"] };
    let program = folder.path().join("recoger");
    std::fs::copy(recoger().get_program(), &program).unwrap();
    if root {
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    } else {
        not_done("a start with a few threads too few was not tried, only one with none: this user's other processes count too");
    }
    let serve = serve_command(&data, FREE_PORT);
    let mut command = Command::new(&program);
    command.args(serve.get_args()).envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));

    let few = if root { "--nproc=8:" } else { "--nproc=1:" };
    let state = Process::start(wrapped(&[become_other, &["prlimit", few]].concat(), &command)).finished(SECONDS_MAX).unwrap();
    assert_eq!(code(&state), Some(1), "{state:?}");
    assert!(state.stderr.contains("error: ") && !state.stderr.contains("panicked"), "{state:?}");

    let binary = Binary::launch(tempfile::tempdir().unwrap(), wrapped(become_other, &command)).unwrap();
    // By the same user: a root without all rights may not.
    let process = binary.process.id().to_string();
    assert!(works(&[become_other, &["prlimit", "--pid", &process, "--nproc=1:"]].concat()));
    assert_recovers(&binary);
    binary.process.signal("HUP");
    let read_again = |state: &crate::support::process::State| state.stderr.contains("the certificate was read again").then_some(());
    binary.process.wait_for(SECONDS_MAX, read_again).unwrap();
    assert_recovers(&binary);
    assert_eq!(binary.process.stop().code(), Some(0), "{:?}", binary.process.output());
}
