//! The way back: a backup takes the place of the appliance's file, which is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{copy, verify};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::audit::{Entry, record_appliance};
use crate::store::erasure::{self, Remembered};
use crate::store::{Actor, Root, Store, header};

/// How long another command on the old file may take to end, milliseconds; a server never does.
const OLD_FILE_WAIT_MS: u64 = 2_000;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the file lies that was there before.
    pub kept: Option<PathBuf>,
    /// People who were erased after the backup was made, and are erased in it too now.
    pub erased_again: usize,
    /// False if the old file could not be read: who was erased since the backup is not known.
    pub erasures_known: bool,
}

/// Puts a copy of the backup `from` in the place of the appliance's file `data`.
///
/// A file that is there is replaced only with `force`, kept under another name beside it, and never while a server or another command has
/// it open. Sessions of the backup's time end, for tokens that were used up since would work again. The backup itself is only read.
pub fn restore(data: &Path, from: &Path, now: Time, force: bool) -> Result<Restored> {
    if !from.exists() {
        return Err(Error::invalid(format!("`{}` does not exist", from.display())));
    }
    header::refuse_foreign(from)?;
    let old = match data.symlink_metadata() {
        Err(_) => None,
        Ok(_) if !force => {
            let shown = data.display();
            return Err(Error::invalid(format!("`{shown}` exists; with `--force` the backup takes its place, and it is kept beside it")));
        }
        Ok(_) => Some(Old::hold(data)?),
    };
    let (remembered, erasures_known) = match &old {
        None => (Vec::new(), true),
        Some(old) => old.remembered(now),
    };
    let fresh = beside(data, "restoring", now);
    copy::create_new(&fresh)?;
    let prepared = prepare(&fresh, from, now, remembered).inspect_err(|_| copy::remove(&fresh))?;
    let kept = old.map(|old| old.set_aside(data, now)).transpose().inspect_err(|_| copy::remove(&fresh))?;
    if let Err(error) = std::fs::rename(&fresh, data) {
        copy::remove(&fresh);
        if let Some(kept) = &kept {
            move_all(kept, data)?;
        }
        return Err(Error::invalid(format!("cannot put the restored file in the place of `{}`: {error}", data.display())));
    }
    copy::sync(data)?;
    Ok(Restored { kept, erased_again: prepared, erasures_known })
}

/// Makes `fresh` what will be served: verified, without those who were erased since, with an entry, and all in one file. Gives how many were
/// erased.
fn prepare(fresh: &Path, from: &Path, now: Time, remembered: Vec<Remembered>) -> Result<usize> {
    copy::write(from, fresh)?;
    verify(fresh, now)?;
    let (_, sha256) = copy::digest(from)?;
    let store = Store::open(fresh)?;
    let erased = store.write_root(now, move |root| {
        let erased = erasure::apply_again(root, &remembered)?;
        let sql = "UPDATE session SET ended_at = ?1, ended_reason = 'restored' WHERE ended_at IS NULL";
        let sessions = root.connection.execute(sql, [root.now.0])?;
        let metadata = Metadata::new().with("sha256", sha256).with("erased_again", erased).with("sessions_ended", sessions);
        record_appliance(root, Actor::system(), Entry { event: Event::BackupRestored, resource: None, metadata, with_address: false })?;
        Ok(erased)
    })?;
    store.compact_if_due(now)?;
    drop(store);
    // With it the WAL goes into the file.
    let connection = Connection::open_with_flags(fresh, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_millis(OLD_FILE_WAIT_MS))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    match mode.as_str() {
        "delete" => Ok(erased),
        mode => Err(Error::internal(format!("the restored file stays in the mode {mode}"))),
    }
}

/// The file that was there, held so that no server can begin to use it.
struct Old(Option<Connection>);

impl Old {
    /// Refuses a file that anybody has open. One that SQLite can't read is held by nobody.
    fn hold(data: &Path) -> Result<Old> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(data, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            // The file stays as it is, with its WAL: it may be damaged.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.busy_timeout(Duration::from_millis(OLD_FILE_WAIT_MS))?;
            // Whoever has a file in WAL mode open has a shared lock on it, which this lock waits for.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.execute_batch("BEGIN EXCLUSIVE")?;
            Ok(connection)
        };
        match open() {
            Ok(connection) => Ok(Old(Some(connection))),
            Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
                Err(Error::invalid(format!("`{}` is in use; stop the server first", data.display())))
            }
            Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) => Ok(Old(None)),
            Err(error) => Err(Error::invalid(format!("cannot open `{}`: {error}", data.display()))),
        }
    }

    /// Who was erased, and whether that could be read.
    fn remembered(&self, now: Time) -> (Vec<Remembered>, bool) {
        match self.0.as_ref().map(|connection| erasure::remembered(&Root::new(connection, now))) {
            Some(Ok(remembered)) => (remembered, true),
            Some(Err(_)) | None => (Vec::new(), false),
        }
    }

    /// Gives the file another name beside the one it had.
    fn set_aside(self, data: &Path, now: Time) -> Result<PathBuf> {
        let kept = beside(data, "replaced", now);
        move_all(data, &kept)?;
        Ok(kept)
    }
}

/// A name beside `data` that is free: `recoger.db.replaced-20260104T103000Z`.
fn beside(data: &Path, what: &str, now: Time) -> PathBuf {
    let moment = now.to_string().replace(['-', ':'], "");
    let name = |ending: &str| {
        let mut name = data.as_os_str().to_owned();
        name.push(format!(".{what}-{moment}{ending}"));
        PathBuf::from(name)
    };
    let endings = std::iter::once(String::new()).chain((2..).map(|turn: u32| format!("-{turn}")));
    endings.map(|ending| name(&ending)).find(|name| name.symlink_metadata().is_err()).unwrap_or_else(|| name(""))
}

/// Renames a file with what SQLite keeps beside it.
fn move_all(from: &Path, to: &Path) -> Result<()> {
    for (from, to) in copy::with_companions(from).iter().zip(copy::with_companions(to)) {
        match std::fs::rename(from, &to) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::invalid(format!("cannot rename `{}`: {error}", from.display()))),
            Ok(()) => {}
        }
    }
    Ok(())
}
