//! A load of reports from several keep-alive connections: new devices, unchanged and changed ones; a journal of what was sent and what was
//! acknowledged; and the question whether a file holds it all.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use recoger::http::Request;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::dice::Dice;
use crate::support::answer::Answer;
use crate::support::binary::{Binary, code};
use crate::support::request::post;
use crate::support::wire;

/// Connections that report at once.
pub const CLIENTS: u64 = 6;
/// How long anything that is waited for may take.
const WAIT_SECONDS_MAX: u64 = 60;

/// One report.
#[derive(Debug, Clone)]
struct Attempt {
    version: u64,
    /// Seconds.
    sent_at: u64,
    acknowledged_at: Option<u64>,
}

/// What clients know: the reports of each serial, in order.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    serials: BTreeMap<String, Vec<Attempt>>,
    /// Reports that were acknowledged.
    pub acknowledged: usize,
    /// Reports that were answered with 503.
    pub refused: usize,
    /// Answers that no report should get.
    pub strange: Vec<String>,
}

/// Which reports a file must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Those that were acknowledged.
    Acknowledged,
    /// All that were sent: what a program that acknowledges before it commits would have promised.
    Sent,
}

/// The clients' side of the appliance.
pub struct Load {
    key: String,
    journal: Mutex<Journal>,
    changed: Condvar,
}

impl Load {
    /// A load with a key of the appliance, whose requests are not limited.
    #[track_caller]
    pub fn on(binary: &Binary) -> Load {
        Load::with(|arguments| {
            let state = binary.beside(arguments);
            assert_eq!(code(&state), Some(0), "{state:?}");
            state.stdout
        })
    }

    /// The same, with a way of running the operator's commands that gives what they print.
    #[track_caller]
    pub fn with(run: impl Fn(&[&str]) -> String) -> Load {
        run(&["tenant", "plan", "default", "enterprise", "--per-minute", "none", "--per-day", "none"]);
        let made = run(&["api-key", "add", "--tenant", "default", "--role", "admin", "--name", "load", "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        Load { key: made["api_key"].as_str().unwrap().to_owned(), journal: Mutex::default(), changed: Condvar::new() }
    }

    /// What is in the journal now.
    pub fn journal(&self) -> Journal {
        self.journal.lock().unwrap().clone()
    }

    /// The key's secret.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Reports from [`CLIENTS`] connections while `deed` runs; it is given a way to wait for the journal.
    pub fn while_reporting<T>(&self, address: SocketAddr, dice: &mut Dice, deed: impl FnOnce(&Load) -> T) -> T {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (mut dice, stop) = (Dice::new(dice.next()), &stop);
                scope.spawn(move || self.client(client, address, &mut dice, stop));
            }
            // Whatever becomes of `deed`, the clients must end.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| deed(self)));
            stop.store(true, Ordering::SeqCst);
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Waits until `wanted` is true of the journal.
    #[track_caller]
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&Journal) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS_MAX);
        let mut journal = self.journal.lock().unwrap();
        while !wanted(&journal) {
            let left = deadline.saturating_duration_since(Instant::now());
            let (acknowledged, refused) = (journal.acknowledged, journal.refused);
            assert!(!left.is_zero(), "no {what} after {WAIT_SECONDS_MAX} s: {acknowledged} acknowledged, {refused} refused");
            journal = self.changed.wait_timeout(journal, left).unwrap().0;
        }
    }

    /// One report of `serial`, on a connection of its own or on `connection`.
    pub fn report(&self, connection: &mut wire::Connection, serial: &str, version: u64) -> std::io::Result<Answer> {
        let position = {
            let mut journal = self.journal.lock().unwrap();
            let attempts = journal.serials.entry(serial.to_owned()).or_default();
            attempts.push(Attempt { version, sent_at: now(), acknowledged_at: None });
            attempts.len() - 1
        };
        let answer = connection.exchange(&self.request(serial, version))?;
        let mut journal = self.journal.lock().unwrap();
        match answer.status {
            200 | 201 => {
                journal.serials.get_mut(serial).unwrap()[position].acknowledged_at = Some(now());
                journal.acknowledged += 1;
            }
            503 if answer.header("retry-after").is_some() && answer.json()["detail"].as_str().is_some_and(|text| text.contains(' ')) => {
                journal.refused += 1;
            }
            _ => journal.strange.push(format!("{} {:?} {}", answer.status, answer.headers, answer.text())),
        }
        drop(journal);
        self.changed.notify_all();
        Ok(answer)
    }

    fn request(&self, serial: &str, version: u64) -> Request {
        let body = json!({
            "device_name": format!("Laptop {serial}"), "serial_number": serial, "os_type": "linux", "os_version": "13",
            "security": security(version), "software": software(serial, version), "custom": {"room": version % 5},
        });
        post("/v1/devices/report", &body).with_bearer(&self.key)
    }

    /// Reports until it is told to stop, or until the connection breaks.
    fn client(&self, client: u64, address: SocketAddr, dice: &mut Dice, stop: &AtomicBool) {
        let Ok(mut connection) = wire::Connection::open(address) else { return };
        while !stop.load(Ordering::SeqCst) {
            let (serial, version) = self.choose(client, dice);
            if self.report(&mut connection, &serial, version).is_err() {
                return;
            }
        }
    }

    /// A new device, or one of this client's again: unchanged as it was last acknowledged, or changed.
    fn choose(&self, client: u64, dice: &mut Dice) -> (String, u64) {
        let journal = self.journal.lock().unwrap();
        let prefix = format!("C{client}-");
        let known: Vec<(&String, &Vec<Attempt>)> = journal.serials.iter().filter(|(serial, _)| serial.starts_with(&prefix)).collect();
        let choice = dice.below(10);
        if known.is_empty() || choice < 4 {
            return (format!("{prefix}{}", known.len()), 0);
        }
        let (serial, attempts) = known[dice.position(known.len())];
        let acknowledged = attempts.iter().rev().find(|attempt| attempt.acknowledged_at.is_some()).map(|attempt| attempt.version);
        let newest = attempts.iter().map(|attempt| attempt.version).max().unwrap_or(0);
        match acknowledged {
            Some(version) if choice < 7 => (serial.clone(), version),
            _ => (serial.clone(), newest + 1),
        }
    }
}

impl Journal {
    /// What `counted` promises and the file at `path` does not hold, or holds twice.
    pub fn missing(&self, path: &Path, counted: Counted) -> Vec<String> {
        let stored = Stored::read(path);
        let mut findings = Vec::new();
        for (serial, attempts) in &self.serials {
            let promised = |attempt: &&Attempt| counted == Counted::Sent || attempt.acknowledged_at.is_some();
            let devices = stored.devices.get(serial).copied().unwrap_or(0);
            let last = attempts.iter().rposition(|attempt| promised(&attempt));
            if devices > 1 || (devices == 0 && last.is_some()) {
                findings.push(format!("{serial} is stored {devices} times; {attempts:?}"));
                continue;
            }
            let Some(last) = last else { continue };
            // What was sent after the last promise may or may not be there; nothing older may be.
            let hash = stored.present.get(serial).cloned().unwrap_or_default();
            if !attempts[last..].iter().any(|attempt| software_hash(serial, attempt.version) == hash) {
                findings.push(format!("{serial} holds an older report; {attempts:?}"));
            }
            for (position, attempt) in attempts.iter().enumerate() {
                // One that the next second's report replaced stays in history.
                let Some(acknowledged_at) = attempt.acknowledged_at else { continue };
                let replaced_later = attempts.get(position + 1).is_some_and(|next| next.sent_at > acknowledged_at);
                let hash = software_hash(serial, attempt.version);
                if replaced_later && !stored.all.contains(&(serial.clone(), hash)) {
                    findings.push(format!("{serial} lost version {} from its history; {attempts:?}", attempt.version));
                }
            }
        }
        findings
    }

    /// Devices that were sent.
    pub fn serials(&self) -> usize {
        self.serials.len()
    }
}

/// What a file holds.
struct Stored {
    /// Devices of a serial.
    devices: BTreeMap<String, usize>,
    /// The present software of a serial, as its hash.
    present: BTreeMap<String, String>,
    /// Serial and hash of all software that was ever there.
    all: std::collections::BTreeSet<(String, String)>,
}

impl Stored {
    fn read(path: &Path) -> Stored {
        let connection = open(path);
        let pairs = |sql: &str| -> Vec<(String, String)> {
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut devices = BTreeMap::new();
        for (serial, _) in pairs("SELECT serial_number, id FROM device") {
            *devices.entry(serial).or_default() += 1;
        }
        let of = |table: &str| {
            // SQL: one of two tables.
            pairs(&format!(
                "SELECT serial_number, lower(hex(hash)) FROM {table} JOIN device ON device.id = device_id WHERE data_type = 'software'"
            ))
        };
        let present: BTreeMap<String, String> = of("device_section").into_iter().collect();
        let all = present.clone().into_iter().chain(of("device_section_past")).collect();
        Stored { devices, present, all }
    }
}

/// Opens a file to look at it.
pub fn open(path: &Path) -> Connection {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.busy_timeout(Duration::from_secs(WAIT_SECONDS_MAX)).unwrap();
    connection
}

/// Verdicts of one device and check that hold at the same time, and devices without any.
pub fn wrong_verdicts(path: &Path) -> Vec<String> {
    let sql = "WITH span AS (
                   SELECT subject_id, check_id, since, until FROM verdict_past WHERE late = 0
                   UNION ALL SELECT subject_id, check_id, since, 1 << 40 FROM verdict)
               SELECT a.subject_id || ' ' || a.check_id FROM span a JOIN span b USING (subject_id, check_id)
                   WHERE a.since < b.since AND a.until > b.since
               UNION ALL SELECT id || ' has no verdicts' FROM device WHERE NOT EXISTS (SELECT 1 FROM verdict WHERE subject_id = device.id)";
    let connection = open(path);
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The file is sound by the program's own check, beside the server.
#[track_caller]
pub fn assert_sound(binary: &Binary) {
    let check = binary.beside(&["check"]);
    assert!(code(&check) == Some(0) && check.stdout.starts_with("sound"), "{check:?}");
}

fn security(version: u64) -> Value {
    json!({"disk_encryption": version.is_multiple_of(2), "firewall_enabled": version.is_multiple_of(3), "screen_lock_enabled": true})
}

fn software(serial: &str, version: u64) -> Value {
    json!({"items": [{"name": "editor", "version": format!("{version}.0")}, {"name": format!("agent of {serial}"), "version": "1"}]})
}

/// As the appliance keeps it: the SHA-256 of the text with sorted keys.
fn software_hash(serial: &str, version: u64) -> String {
    let text = serde_json::to_vec(&software(serial, version)).unwrap();
    Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
