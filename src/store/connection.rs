//! How a connection is opened: file mode, pragmas and limits with their reasons, and which files are refused.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::limits::{BUSY_TIMEOUT_MS, STATEMENT_CACHE, WAL_BYTES_KEPT_MAX};

/// The schema of `schema.sql`, kept in the file as `user_version`.
pub const SCHEMA_VERSION: i64 = 1;

/// Marks the file as ours ("RCGR"), kept as `application_id`.
const APPLICATION_ID: i64 = 0x5243_4752;

/// A new database.
pub(super) const SCHEMA: &str = include_str!("../../schema.sql");

/// SQLite before this could lose commits when two connections checkpoint at once.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Makes a new file, or checks that the file there is one that this program can use.
pub(super) fn create_or_check(path: &Path) -> Result<()> {
    let shown = path.display();
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(Error::invalid(format!("this build has SQLite {}, which can lose writes; rebuild it", rusqlite::version())));
    }
    if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
        // The mode is set before SQLite opens it: the -wal and -shm files beside it take the same mode.
        open_private(path).map_err(|error| Error::invalid(format!("cannot create `{shown}`: {error}")))?;
    }
    let connection = open_writer(path)?;
    // An immediate transaction, so that of two processes that start at once only one builds the schema.
    let in_transaction = || -> Result<()> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let application_id = pragma(&connection, "application_id")?;
        let version = pragma(&connection, "user_version")?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (application_id, version) {
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (APPLICATION_ID, newer) if newer > SCHEMA_VERSION => {
                return Err(Error::invalid(format!(
                    "`{shown}` was made by a later version of Recoger (format {newer}, this one knows {SCHEMA_VERSION}); install that version"
                )));
            }
            (0, 0) if tables == 0 => {
                connection.execute_batch(SCHEMA)?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            _ => return Err(Error::invalid(format!("`{shown}` is an SQLite file of another program; name another file with `--data`"))),
        }
        connection.execute_batch("COMMIT")?;
        Ok(())
    };
    in_transaction()
}

/// The connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    // First, so that even the switch to WAL waits for another process.
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(|error| explain(path, error))?;
    if mode != "wal" {
        return Err(Error::invalid(format!(
            "`{}` lies on a file system that SQLite's WAL can't use; put it on a local disk",
            path.display()
        )));
    }
    // FULL syncs the WAL at each commit: what was acknowledged survives a power cut. NORMAL lost rows in 30 of 30 simulated cuts.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Keeps the WAL from holding its largest size for ever.
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT_MAX)?;
    // Purged keys and tokens should not linger in free pages.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    configure(&connection)?;
    Ok(connection)
}

/// A connection that can only read.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.pragma_update(None, "query_only", true)?;
    configure(&connection)?;
    Ok(connection)
}

/// Moves the WAL into the file at `path`, waiting for readers and writers as long as for a write.
pub(super) fn checkpoint(path: &Path) -> Result<()> {
    let connection = open_writer(path)?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        Err(Error::unavailable("The last writes are still in the WAL beside the file", "the checkpoint was blocked"))
    } else {
        Ok(())
    }
}

/// What all connections share.
fn configure(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "foreign_keys", true)?;
    // Functions and virtual tables named in the file's own schema are not trusted: a crafted file can't run more than SQL.
    connection.pragma_update(None, "trusted_schema", false)?;
    // Finds a damaged page when it is read, before it spreads.
    connection.pragma_update(None, "cell_size_check", true)?;
    // Stray pointers can't write into the file.
    connection.pragma_update(None, "mmap_size", 0)?;
    // Sorting must not wear an SD card.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 8 MiB: the hot pages of a small company, and no more on a Pi.
    connection.pragma_update(None, "cache_size", -8192)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Plans don't depend on bound values: without this a statement that uses a partial index is prepared anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A misspelt column must be an error, not a string.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // The manual's limits for untrusted input, loosened where our own statements need it.
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, 64 * 1024 * 1024),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 2_000),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 500),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    ] {
        connection.set_limit(limit, value)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Lower case as Unicode has it: SQLite's own knows ASCII only, and people are called Åsa.
    connection.create_scalar_function("fold", 1, FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC, |context| {
        Ok(context.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
    })?;
    // On by default in this build; asserted, for tenants' rows hang on it.
    if pragma(connection, "foreign_keys")? != 1 {
        return Err(Error::internal("foreign keys could not be switched on"));
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

/// Turns what SQLite says of an unusable file into a sentence with a hint.
fn explain(path: &Path, error: rusqlite::Error) -> Error {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            Error::invalid(format!("`{shown}` is not a Recoger database; name another file with `--data`, or restore a backup"))
        }
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            Error::invalid(format!("`{shown}` is damaged; keep it, and restore the last backup under another name"))
        }
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::PermissionDenied) => {
            Error::invalid(format!("cannot open `{shown}`; check that the folder exists and that you may write there"))
        }
        _ => Error::invalid(format!("cannot open `{shown}`: {error}")),
    }
}

#[cfg(unix)]
fn open_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
}
