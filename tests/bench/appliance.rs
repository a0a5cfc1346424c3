//! The program under measurement: the release binary on a filled file, with what the kernel knows of its time and memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use recoger::http::{Method, Request};
use tempfile::TempDir;

use crate::support::binary::FREE_PORT;
use crate::support::wire;

/// What `serve` prints once it takes connections.
const READY: &str = "listening on https://";
/// Of the kernel's clock in `/proc`, microseconds: 100 ticks a second on every Linux.
const TICK_MICROSECONDS: u64 = 10_000;

/// A serving program. It is ended when this is dropped.
pub struct Appliance {
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub start: Duration,
    child: Child,
}

impl Appliance {
    /// Serves the file in `folder` with `program`. The log goes into a file beside it, as journald would keep it.
    pub fn start(program: &Path, folder: &TempDir) -> Appliance {
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.env_clear().arg("serve").arg("--data").arg(data(folder.path())).args(["--listen", FREE_PORT]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let begun = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix(READY)?.parse().ok()).expect("it announces its address");
        let answer = wire::send(address, &Request::new(Method::GET, "/healthz"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        Appliance { address, start: begun.elapsed(), child }
    }

    /// CPU time so far by group of threads, microseconds: `io`, `quick`, `writer`, …
    pub fn cpu(&self) -> BTreeMap<String, u64> {
        let mut groups = BTreeMap::new();
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap() {
            // A thread may have ended meanwhile.
            let Ok(stat) = std::fs::read_to_string(task.unwrap().path().join("stat")) else { continue };
            let (name, rest) = stat.split_once('(').unwrap().1.rsplit_once(')').unwrap();
            let fields: Vec<&str> = rest.split_whitespace().collect();
            // The 14th and 15th of the whole line; `rest` begins with the third.
            let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            let group = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '-');
            *groups.entry(group.to_owned()).or_default() += ticks * TICK_MICROSECONDS;
        }
        groups
    }

    /// Resident memory now, MiB.
    pub fn memory(&self) -> u64 {
        self.mebibytes("VmRSS:")
    }

    /// The most resident memory since the start or [`Appliance::forget_peak`], MiB.
    pub fn peak_memory(&self) -> u64 {
        self.mebibytes("VmHWM:")
    }

    /// Begins to watch for the peak anew.
    pub fn forget_peak(&self) {
        // proc(5): 5 resets the "high water mark" of resident memory.
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    fn mebibytes(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        // Only a copy of invented data is lost; the child is reaped so that nothing of it runs into the next measurement.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The database file in a folder.
pub fn data(folder: &Path) -> PathBuf {
    folder.join("recoger.db")
}
