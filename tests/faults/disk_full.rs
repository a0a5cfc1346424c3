//! The storage takes no more in the middle of a load, then does again: a full disk where this machine lets us mount one, and a limit on
//! the size of files everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use recoger::http::{Method, Request};
use tempfile::TempDir;

use super::dice::Dice;
use super::load::{Counted, Load, assert_sound};
use super::wrapped::{after, not_done, set_limit, works, wrapped};
use crate::support::binary::{Binary, FREE_PORT, serve_command};
use crate::support::process::Process;
use crate::support::request::get;

/// Reports that are refused before space is made.
const REFUSALS: usize = 30;
/// The disk, bytes: the file, its WAL and little more.
const DISK_BYTES: usize = 8 * 1024 * 1024;
/// How long anything may take.
const SECONDS_MAX: u64 = 30;

/// Fills the storage by `fill` under load, looks at what still works, makes space by `free`, and looks again.
fn survives(binary: &Binary, load: &Load, seed: u64, fill: impl Fn(), free: impl Fn()) {
    load.while_reporting(binary.address, &mut Dice::new(seed), |load| {
        load.wait_for("reports before", |journal| journal.acknowledged >= 30);
        fill();
        load.wait_for("refusals", |journal| journal.refused >= REFUSALS);
        for target in ["/healthz", "/v1/devices", "/v1/users", "/v1/audit-logs"] {
            let answer = binary.send(&get(target).with_bearer(load.key()));
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        }
        let login = binary.send(&Request::new(Method::POST, "/v1/auth/login").with_json(&serde_json::json!({
            "username": "admin@localhost", "password": "wrong wrong wrong"
        })));
        assert!([401, 503].contains(&login.status), "{}", login.text());
        free();
        let before = load.journal().acknowledged;
        load.wait_for("reports after", |journal| journal.acknowledged >= before + 30);
    });
    let journal = load.journal();
    println!("{} reports acknowledged, {} refused", journal.acknowledged, journal.refused);
    assert_eq!(journal.strange, Vec::<String>::new());
    let said = binary.process.output();
    assert!(said.exit.is_none() && !said.stderr.contains("panicked"), "{}", said.stderr);
}

#[test]
fn a_limit_on_the_size_of_files_refuses_writes_loses_nothing_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("recoger.db");
    // The signal that comes with such a limit would end the program, as it ends any other.
    let binary = Binary::launch(folder, after("trap '' XFSZ", &serve_command(&data, FREE_PORT))).unwrap();
    let load = Load::on(&binary);
    survives(&binary, &load, 1, || set_limit(&binary.process, "fsize", "8192"), || set_limit(&binary.process, "fsize", "unlimited"));
    assert_sound(&binary);
    assert_eq!(load.journal().missing(&binary.data(), Counted::Acknowledged), Vec::<String>::new());
}

#[test]
fn a_full_disk_refuses_writes_loses_nothing_and_passes() {
    let Some(disk) = Disk::mount() else {
        not_done("a real full disk was not tried: this machine lets nobody mount one; the limit on the size of files was");
        return;
    };
    let data = disk.folder.path().join("recoger.db");
    let binary = Binary::launch(tempfile::tempdir().unwrap(), disk.inside(&serve_command(&data, FREE_PORT))).unwrap();
    let load = disk.load(&binary, &data);
    survives(&binary, &load, 2, || disk.fill(), || std::fs::remove_file(disk.outside("filler")).unwrap());
    let check = disk.run(&["check"], &data);
    assert!(check.starts_with("sound"), "{check}");
    binary.process.stop();
    // Only now: SQLite would take the way through /proc for another file.
    let copy = tempfile::tempdir().unwrap();
    let copied = copy.path().join("recoger.db");
    std::fs::copy(disk.outside("recoger.db"), &copied).unwrap();
    assert!(!disk.outside("recoger.db-wal").exists(), "an orderly end leaves no WAL");
    assert_eq!(load.journal().missing(&copied, Counted::Acknowledged), Vec::<String>::new());
}

/// A small disk in a mount namespace of its own: it is gone with its process, whatever becomes of this one.
struct Disk {
    holder: Process,
    folder: TempDir,
    user: bool,
}

impl Disk {
    fn mount() -> Option<Disk> {
        // Root may mount; others may where they may be root of a namespace.
        let user = !works(&["unshare", "--mount", "true"]);
        let namespace: &[&str] = if user { &["--map-root-user", "--mount"] } else { &["--mount"] };
        let folder = tempfile::tempdir().unwrap();
        let script =
            format!("mount -t tmpfs -o size={DISK_BYTES},mode=700 none '{}' && echo mounted && exec sleep 600", folder.path().display());
        let mut command = Command::new("unshare");
        command.args(namespace).args(["--", "sh", "-c", &script]);
        let holder = Process::start(command);
        holder.wait_for_line(SECONDS_MAX, "mounted").ok()?;
        Some(Disk { holder, folder, user })
    }

    /// `command` where the disk is.
    fn inside(&self, command: &Command) -> Command {
        let target = self.holder.id().to_string();
        let mut prefix = vec!["nsenter", "--target", &target, "--mount"];
        if self.user {
            prefix.extend(["--user", "--preserve-credentials"]);
        }
        wrapped(&[&prefix[..], &["--"]].concat(), command)
    }

    /// Runs a command of the program on the file; gives what it prints.
    #[track_caller]
    fn run(&self, arguments: &[&str], data: &Path) -> String {
        let mut command = crate::support::binary::recoger();
        command.args(arguments).arg("--data").arg(data);
        let state = Process::start(self.inside(&command)).finished(SECONDS_MAX).unwrap();
        assert!(state.exit.is_some_and(|exit| exit.success()), "{arguments:?}: {state:?}");
        state.stdout
    }

    fn load(&self, binary: &Binary, data: &Path) -> Load {
        assert!(binary.process.output().exit.is_none());
        Load::with(|arguments| self.run(arguments, data))
    }

    /// A file of the disk, from outside.
    fn outside(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}/{name}", self.holder.id(), self.folder.path().display()))
    }

    /// Fills it to its last byte.
    fn fill(&self) {
        use std::io::Write;
        let mut filler = std::fs::File::create(self.outside("filler")).unwrap();
        for size in [64 * 1024, 4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }
}
