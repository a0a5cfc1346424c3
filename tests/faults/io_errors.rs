//! Single system calls of the running program fail, once and for ever, by strace: the writes that they hit are refused, none is
//! acknowledged, later ones work, the file stays sound.

use super::load::{Counted, Load, assert_sound};
use super::wrapped::{not_done, works, wrapped};
use crate::support::binary::{Binary, FREE_PORT, serve_command};
use crate::support::request::get;
use crate::support::wire::Connection;

/// Reports after which a fault that ends must be over, and one that does not must have begun.
const REPORTS_MAX: u64 = 300;
/// Answers of either kind that are enough.
const ENOUGH: usize = 10;

/// Which calls of a thread fail, and how.
struct Fault {
    call: &'static str,
    error: &'static str,
    /// In strace's words: `20..24` or, for ever, `20+`.
    when: &'static str,
}

impl Fault {
    fn is_for_ever(&self) -> bool {
        self.when.ends_with('+')
    }
}

#[test]
fn a_sync_that_fails_for_a_time_is_never_acknowledged_and_the_writer_goes_on() {
    survives(&Fault { call: "fsync,fdatasync", error: "EIO", when: "20..22" });
}

#[test]
fn a_sync_that_fails_for_ever_refuses_all_writes_and_leaves_the_file_sound() {
    survives(&Fault { call: "fsync,fdatasync", error: "EIO", when: "20+" });
}

#[test]
fn a_write_to_the_disk_that_fails_for_a_time_is_never_acknowledged() {
    survives(&Fault { call: "pwrite64", error: "EIO", when: "900..905" });
}

#[test]
fn a_write_to_the_disk_that_fails_for_ever_refuses_all_writes_and_leaves_the_file_sound() {
    survives(&Fault { call: "pwrite64", error: "EIO", when: "900+" });
}

#[test]
fn a_disk_that_turns_read_only_refuses_all_writes_and_leaves_the_file_sound() {
    survives(&Fault { call: "pwrite64", error: "EROFS", when: "900+" });
}

#[test]
fn a_disk_without_space_for_a_time_is_never_acknowledged() {
    survives(&Fault { call: "pwrite64", error: "ENOSPC", when: "900..905" });
}

#[track_caller]
fn survives(fault: &Fault) {
    assert!(works(&["strace", "--version"]), "strace is there: tests/run installs it");
    if !works(&["strace", "-D", "-f", "-o", "/dev/null", "true"]) {
        not_done("calls that fail were not tried: this machine lets no process watch another");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("recoger.db");
    let (trace, inject) = (format!("trace={}", fault.call), format!("inject={}:error={}:when={}", fault.call, fault.error, fault.when));
    // With `-D` the program is this test's own child. Calls count per thread: those of the start are others than the writer's.
    let log = folder.path().join("strace.log");
    let strace = ["strace", "-D", "-f", "-o", log.to_str().unwrap(), "-e", &trace, "-e", &inject];
    let binary = Binary::launch(folder, wrapped(&strace, &serve_command(&data, FREE_PORT))).unwrap();
    let load = Load::on(&binary);
    let mut connection = Connection::open(binary.address).unwrap();
    let mut after = 0;
    for number in 0..REPORTS_MAX {
        let status = load.report(&mut connection, &format!("S{}", number % 7), number).unwrap().status;
        let refused = load.journal().refused;
        after = if status == 503 { 0 } else { after + 1 };
        if refused > 0 && after >= ENOUGH || refused >= ENOUGH && fault.is_for_ever() {
            break;
        }
    }
    for target in ["/healthz", "/v1/devices"] {
        assert_eq!(binary.send(&get(target).with_bearer(load.key())).status, 200, "{target}");
    }
    let journal = load.journal();
    println!("{} {}: {} acknowledged, {} refused", fault.call, fault.error, journal.acknowledged, journal.refused);
    assert_eq!(journal.strange, Vec::<String>::new());
    assert!(journal.refused > 0 && journal.acknowledged > 0, "the fault did not hit, or nothing else was done");
    assert_eq!(fault.is_for_ever(), after == 0, "writes go on once the fault is over, and not before");
    let injected = std::fs::read_to_string(&log).unwrap().matches("(INJECTED)").count();
    assert!(injected >= journal.refused.min(3), "{injected} calls failed for {} refusals", journal.refused);

    let binary = binary.restarted().unwrap();
    assert_sound(&binary);
    assert_eq!(journal.missing(&binary.data(), Counted::Acknowledged), Vec::<String>::new());
    load.report(&mut Connection::open(binary.address).unwrap(), "after", 1).unwrap();
    assert_eq!(load.journal().acknowledged, journal.acknowledged + 1, "the next start writes again");
}
