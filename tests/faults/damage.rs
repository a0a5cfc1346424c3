//! Damaged files: a start refuses with one sentence and leaves them as they are, or the check names the damage. Never a panic, and never
//! another audit log or other contents of reports than were stored.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use recoger::store::{Store, integrity};
use rusqlite::Connection;

use super::dice::Dice;
use super::load::open;
use crate::support::actor::Actor;
use crate::support::binary::{FREE_PORT, code, run, serve_command};
use crate::support::clock::START;
use crate::support::process::Process;
use crate::support::world::World;

/// Damaged files.
const CASES: u64 = 200;
/// Repeats them.
const SEED: u64 = 7;
/// A page of the file, bytes.
const PAGE: usize = 4096;
/// How long a refused start may take.
const REFUSAL_SECONDS_MAX: u64 = 30;

/// A whole file and its WAL, as bytes.
struct Original {
    database: Vec<u8>,
    wal: Vec<u8>,
    /// What must not be told otherwise: audit entries and contents of sections.
    evidence: BTreeSet<String>,
}

impl Original {
    /// An appliance's file with some history; of its last reports some lie in the WAL only.
    fn new() -> Original {
        let world = World::new();
        for _ in 0..8 {
            world.device_of(Actor::Admin);
        }
        world.appliance.beside().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        for _ in 0..3 {
            world.device_of(Actor::User);
        }
        world.appliance.settle();
        let data = world.appliance.data();
        let (database, wal) = (std::fs::read(&data).unwrap(), std::fs::read(beside(&data, "-wal")).unwrap());
        assert!(wal.len() > 10 * PAGE, "the last reports lie in the WAL");
        Original { database, wal, evidence: evidence(&data).unwrap() }
    }

    /// Writes it into `folder`, damaged in the way of `case`; says how.
    fn damaged(&self, folder: &Path, case: u64, dice: &mut Dice) -> (PathBuf, String) {
        let (mut database, mut wal) = (self.database.clone(), Some(self.wal.clone()));
        let pages = database.len() / PAGE;
        let page = dice.position(pages);
        // A WAL hides what it holds a newer state of.
        if case.is_multiple_of(3) || case % 10 == 9 {
            wal = None;
        }
        let how = match case % 10 {
            0 => {
                let length = dice.position(database.len());
                database.truncate(length);
                format!("cut to {length} bytes")
            }
            1 => {
                let begin = dice.position(pages) * PAGE;
                database[begin..].fill(0);
                format!("zeros from byte {begin}")
            }
            2 => {
                scribble(&mut database, page * PAGE, PAGE, 16, dice);
                format!("16 random bytes in page {page}")
            }
            3 => {
                database[page * PAGE..(page + 1) * PAGE].fill_with(|| dice.next() as u8);
                format!("random page {page}")
            }
            4 => {
                scribble(&mut database, 0, 108, 3, dice);
                "three random bytes in the head".to_owned()
            }
            5 => {
                let frame = dice.position(self.wal.len() - 32);
                wal = Some(self.wal.clone());
                scribble(wal.as_mut().unwrap(), frame, 32, 8, dice);
                format!("8 random bytes in the WAL at {frame}")
            }
            6 => {
                let length = dice.position(self.wal.len());
                wal = Some(self.wal[..length].to_vec());
                format!("WAL cut to {length} bytes")
            }
            7 => {
                wal = Some(foreign_wal());
                "another database's WAL".to_owned()
            }
            8 => {
                let (from, to) = (dice.position(pages) * PAGE, page * PAGE);
                let copy = database[from..from + PAGE].to_vec();
                database[to..to + PAGE].copy_from_slice(&copy);
                wal = None;
                format!("page {} in the place of page {page}, no WAL", from / PAGE)
            }
            _ => {
                // Where the text of reports and of the audit log lies.
                let words: [&[u8]; 3] = [b"disk_encryption\":true", b"device_created", b"SERIAL-"];
                let word = words[dice.position(words.len())];
                let places: Vec<usize> = (0..database.len() - word.len()).filter(|at| database[*at..].starts_with(word)).collect();
                let at = places[dice.position(places.len())] + dice.position(word.len());
                database[at] ^= 1 << dice.below(5);
                format!("one bit of `{}` at byte {at}", String::from_utf8_lossy(word))
            }
        };
        let path = folder.join("recoger.db");
        std::fs::write(&path, &database).unwrap();
        if let Some(wal) = wal {
            std::fs::write(beside(&path, "-wal"), wal).unwrap();
        }
        (path, how)
    }
}

/// What became of a damaged file.
#[derive(Debug, Default)]
struct Tally {
    refused: u64,
    named: u64,
    whole: u64,
    older: u64,
}

#[test]
fn two_hundred_damaged_files_are_refused_unchanged_or_named_or_hold_what_was_stored() {
    println!("seed {SEED}");
    let (original, mut dice, mut tally) = (Original::new(), Dice::new(SEED), Tally::default());
    for case in 0..CASES {
        let folder = tempfile::tempdir().unwrap();
        let (path, how) = original.damaged(folder.path(), case, &mut dice);
        let what = format!("seed {SEED}, case {case}, {how}");
        let before = bytes(&path);
        let started = catch_unwind(|| Store::open_whole(&path)).unwrap_or_else(|_| panic!("{what}: the start panicked"));
        match started {
            Err(error) => {
                tally.refused += 1;
                assert!(error.detail.len() > 30 && !error.detail.contains('\n'), "{what}: {error:?}");
                assert!(bytes(&path) == before, "{what}: the refused file was changed: {error}");
                check_names(&path, &what);
            }
            Ok(store) => judge(&original, &store, &path, &what, &mut tally),
        }
    }
    println!("{CASES} damaged files: {tally:?}");
    assert!(tally.refused > 20 && tally.named > 5 && tally.whole + tally.older > 20, "{tally:?}");
}

/// What a start accepted holds what was stored, or an earlier state of it after damage to the WAL, or the check names what is wrong.
fn judge(original: &Original, store: &Store, path: &Path, what: &str, tally: &mut Tally) {
    let found = catch_unwind(AssertUnwindSafe(|| integrity::check(store, START))).unwrap_or_else(|_| panic!("{what}: the check panicked"));
    if found.is_err() || found.is_ok_and(|findings| !findings.is_empty()) {
        tally.named += 1;
        return;
    }
    let held = evidence(path).unwrap_or_else(|error| panic!("{what}: the check is content but {error}"));
    let wrong: Vec<&String> = held.difference(&original.evidence).collect();
    assert!(wrong.is_empty(), "{what}: the check is content with what was never stored: {wrong:?}");
    match held.len() == original.evidence.len() {
        true => tally.whole += 1,
        false => tally.older += 1,
    }
}

/// The command's check of a file that a start refused: an error or findings, never praise. A damage that only the start sees is none.
fn check_names(path: &Path, what: &str) {
    let checked = catch_unwind(|| Store::open(path).and_then(|store| integrity::check(&store, START)));
    let checked = checked.unwrap_or_else(|_| panic!("{what}: the check panicked"));
    assert!(checked.is_err() || checked.is_ok_and(|findings| !findings.is_empty()), "{what}: refused by the start, sound by the check");
}

#[test]
fn files_that_are_not_ours_are_refused_by_the_program_in_one_sentence_and_left() {
    let original = Original::new();
    let folder = tempfile::tempdir().unwrap();
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let path = folder.path().join(name);
        let mut database = original.database.clone();
        change(&mut database);
        std::fs::write(&path, database).unwrap();
        path
    };
    for (path, words) in [
        (changed("id.db", &|bytes| bytes[68..72].copy_from_slice(b"ABCD")), "another program"),
        (changed("future.db", &|bytes| bytes[60..64].copy_from_slice(&99_u32.to_be_bytes())), "later version"),
        (changed("random.db", &|bytes| bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 31 % 251) as u8)), "not a Recoger"),
        (changed("cut.db", &|bytes| bytes.truncate(bytes.len() / PAGE / 2 * PAGE)), "is damaged"),
        (changed("short.db", &|bytes| bytes.truncate(50)), "not a Recoger"),
    ] {
        let before = bytes(&path);
        let state = Process::start(serve_command(&path, FREE_PORT)).finished(REFUSAL_SECONDS_MAX).unwrap();
        assert_eq!(code(&state), Some(1), "{}: {state:?}", path.display());
        let errors: Vec<&str> = state.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(errors.len() == 1 && errors[0].contains(words) && errors[0].contains(path.to_str().unwrap()), "{state:?}");
        assert!(!state.stderr.contains("panicked") && !state.stdout.contains("listening"), "{state:?}");
        assert!(bytes(&path) == before, "{} was changed", path.display());
        let check = run(&["check"], &path, "");
        assert!(code(&check) == Some(1) && !check.stderr.contains("panicked"), "{check:?}");
    }
}

#[test]
fn an_empty_file_becomes_an_appliance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recoger.db");
    std::fs::write(&path, b"").unwrap();
    let store = Store::open_whole(&path).unwrap();
    assert_eq!(integrity::check(&store, START).unwrap(), []);
}

fn scribble(bytes: &mut [u8], from: usize, length: usize, count: usize, dice: &mut Dice) {
    for _ in 0..count {
        let at = from + dice.position(length);
        bytes[at] = dice.next() as u8;
    }
}

/// The WAL of a database that has nothing to do with ours.
fn foreign_wal() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE note (text); INSERT INTO note VALUES ('a')").unwrap();
    std::fs::read(beside(&path, "-wal")).unwrap()
}

/// The database and its WAL, which counts as none when it is empty.
fn bytes(path: &Path) -> (Vec<u8>, Vec<u8>) {
    (std::fs::read(path).unwrap(), std::fs::read(beside(path, "-wal")).unwrap_or_default())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

fn evidence(path: &Path) -> rusqlite::Result<BTreeSet<String>> {
    let connection = open(path);
    let mut held = BTreeSet::new();
    for sql in [
        "SELECT chain || seq || event_name || coalesce(resource_id, '') || metadata || created_at || hex(hash) FROM audit_log",
        "SELECT device_id || data_type || deflated || hex(data) FROM device_section JOIN section_data ON section_data.id = data_id",
    ] {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        held.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(held)
}
