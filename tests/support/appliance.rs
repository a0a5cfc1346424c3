//! The inner door: an appliance in this process, behind the whole pipeline, with its file in a folder of its own.

use std::path::PathBuf;
use std::sync::Arc;

use recoger::api::install::Programs;
use recoger::api::reach::Reach;
use recoger::api::{self, call::App};
use recoger::http::Request;
use recoger::server::pipeline::Pipeline;
use recoger::store::{Store, catalogue};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tempfile::TempDir;

use super::answer::Answer;
use super::clock::Clock;

/// What `/certificate.pem` shows: behind this door there is no server with a certificate of its own.
pub const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n(none behind this door)\n-----END CERTIFICATE-----\n";
/// Where devices reach it, as enrollment tokens say.
pub const ADDRESS: &str = "https://recoger.example.lan:8443";
/// And the hash of its public key.
pub const PIN: [u8; 32] = [0x5a; 32];
/// The program that it serves for `linux-x86_64`; for other platforms there is none.
pub const PROGRAM: &str = "a program";
/// The name of the file in its folder.
const DATA: &str = "recoger.db";

/// A fresh appliance. Its folder goes with it.
pub struct Appliance {
    /// Everything between a request and its answer.
    pub pipeline: Pipeline,
    /// Its time.
    pub clock: Clock,
    folder: TempDir,
}

impl Appliance {
    /// An appliance with an empty file, whose clock shows [`super::clock::START`].
    pub fn new() -> Appliance {
        Appliance::open(tempfile::tempdir().unwrap(), Clock::new())
    }

    fn open(folder: TempDir, clock: Clock) -> Appliance {
        let store = Store::open(&folder.path().join(DATA)).unwrap();
        store.write_root(clock.now(), catalogue::register).unwrap();
        let hand = clock.clone();
        let mut app = App::new(store, move || hand.now());
        app.certificate_pem = Box::new(|| Some(CERTIFICATE.to_owned()));
        app.reach = Reach { public_url: Some(ADDRESS.to_owned()), pin: Box::new(|| Some(PIN)), ..Reach::default() };
        let agents = folder.path().join("agents");
        std::fs::create_dir_all(&agents).unwrap();
        std::fs::write(agents.join("recoger-linux-x86_64"), PROGRAM).unwrap();
        app.programs = Programs::new(Some(agents));
        Appliance { pipeline: Pipeline::new(app, api::served()).unwrap(), clock, folder }
    }

    /// The same appliance after a restart: only what its file holds is left.
    pub fn restarted(self) -> Appliance {
        let Appliance { pipeline, clock, folder } = self;
        drop(pipeline);
        Appliance::open(folder, clock)
    }

    /// The store behind it.
    pub fn store(&self) -> &Arc<Store> {
        &self.pipeline.app.store
    }

    /// Sends a request through the whole pipeline.
    pub fn send(&self, request: &Request) -> Answer {
        Answer::of(self.pipeline.handle(request.clone()))
    }

    /// The file, which other processes may open too.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// A connection beside the appliance's own, as the command line has one.
    pub fn beside(&self) -> Connection {
        self.settle();
        Connection::open(self.data()).unwrap()
    }

    /// Waits for the writes that nobody waits for: the queue is served in order.
    pub fn settle(&self) {
        self.store().write_root(self.clock.now(), |_| Ok(())).unwrap();
    }

    /// What `sql` selects, each row as one text.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.beside();
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row| {
            let cells = (0..columns).map(|column| match row.get_ref(column).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
            Ok(cells.collect::<Vec<_>>().join(" | "))
        };
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    }

    /// Everything that the file holds, row by row.
    pub fn contents(&self) -> Vec<String> {
        let tables = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
        tables.iter().flat_map(|table| self.rows(&format!("SELECT '{table}', * FROM \"{table}\" ORDER BY 2, 3"))).collect()
    }
}

#[test]
fn an_appliance_has_its_own_file_and_clock_and_keeps_both_over_a_restart() {
    use super::request::get;
    use recoger::domain::audit::{Event, Metadata};
    use recoger::store::{Actor, audit};

    let (appliance, other) = (Appliance::new(), Appliance::new());
    assert_ne!(appliance.data(), other.data());
    appliance.clock.advance(60);
    assert_ne!(appliance.clock.now(), other.clock.now());
    assert_eq!(appliance.send(&get("/certificate.pem")).text(), CERTIFICATE);
    let entry = || audit::Entry::new(Event::TenantCreated, "tenant", "tenant_1", Metadata::default());
    let record = move |root: &recoger::store::WriteRoot| audit::record_appliance(root, Actor::system(), entry());
    appliance.store().write_root(appliance.clock.now(), record).unwrap();
    let (held, path, now) = (appliance.contents(), appliance.data(), appliance.clock.now());
    assert!(held.iter().any(|row| row.contains("tenant_created")) && !other.contents().iter().any(|row| row.contains("tenant_created")));

    let restarted = appliance.restarted();
    assert_eq!((restarted.data(), restarted.clock.now(), restarted.contents()), (path.clone(), now, held));
    drop(restarted);
    assert!(!path.exists(), "the folder goes with the appliance");
}
