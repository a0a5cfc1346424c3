//! How a connection is opened: file mode, pragmas and limits with their reasons, and which files are refused.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::header;
use crate::error::{Error, Result};
use crate::limits::{BUSY_TIMEOUT_MS, COMPACT_BYTES_MAX, STATEMENT_CACHE, WAL_BYTES_KEPT_MAX};

/// The schema of `schema.sql`, kept in the file as `user_version`.
pub const SCHEMA_VERSION: i64 = 1;

/// Marks the file as ours ("RCGR"), kept as `application_id`.
pub(super) const APPLICATION_ID: i64 = 0x5243_4752;

/// A new database.
pub(super) const SCHEMA: &str = include_str!("../../schema.sql");

/// SQLite before this could lose commits when two connections checkpoint at once.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// A start looks through files up to this size, bytes: 0.2 s for each 100 MB where the disk is idle. Larger ones are left to
/// `recoger check`.
const CHECKED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// How closely a file that is there is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scrutiny {
    /// Whose it is.
    Identity,
    /// And whether SQLite finds its structure whole.
    Structure,
}

/// Makes a new file, or checks that the file there is one that this program can use. A file that is refused is left as it is.
pub(super) fn create_or_check(path: &Path, scrutiny: Scrutiny) -> Result<()> {
    let shown = path.display();
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(Error::invalid(format!("this build has SQLite {}, which can lose writes; rebuild it", rusqlite::version())));
    }
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if bytes == 0 {
        // The mode is set before SQLite opens it: the -wal and -shm files beside it take the same mode.
        open_private(path).map_err(|error| Error::invalid(format!("cannot create `{shown}`: {error}")))?;
    }
    header::refuse_foreign(path)?;
    make_private(path).map_err(|error| Error::invalid(format!("cannot make `{shown}` private (mode 0600): {error}")))?;
    let connection = open_writer(path)?;
    // A file that is refused stays as it is: what its WAL holds is not moved into it, nor the WAL removed, when this connection ends.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if scrutiny == Scrutiny::Structure && bytes <= CHECKED_BYTES_MAX {
        refuse_damaged(path, &connection)?;
    }
    // An immediate transaction, so that of two processes that start at once only one builds the schema.
    let in_transaction = || -> Result<()> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let application_id = pragma(&connection, "application_id")?;
        let version = pragma(&connection, "user_version")?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (application_id, version) {
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (APPLICATION_ID, newer) if newer > SCHEMA_VERSION => return Err(header::made_later(path, newer)),
            (0, 0) if tables == 0 => {
                connection.execute_batch(SCHEMA)?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            _ => return Err(header::foreign(path)),
        }
        connection.execute_batch("COMMIT")?;
        Ok(())
    };
    in_transaction()
}

fn refuse_damaged(path: &Path, connection: &Connection) -> Result<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| explain(path, error))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(damaged(path)),
    }
}

fn damaged(path: &Path) -> Error {
    let shown = path.display();
    Error::invalid(format!("`{shown}` is damaged, as `recoger check` shows; keep it, and restore the last backup under another name"))
}

/// The connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    // Until it is known to be of use, a file keeps its WAL: closing the connection must not move one into a damaged file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Before all that waits, so that even the switch to WAL waits for another process.
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
    // `checkpoint` does it.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // Keeps the WAL from holding its largest size for ever.
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT_MAX)?;
    // Purged keys and tokens should not linger in free pages.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    configure(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
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

/// Runs `body` with freed pages overwritten too, not only freed cells: for what must be gone.
pub(super) fn overwriting<T>(connection: &Connection, body: impl FnOnce() -> Result<T>) -> Result<T> {
    connection.pragma_update(None, "secure_delete", "ON")?;
    let done = body();
    connection.pragma_update(None, "secure_delete", "FAST")?;
    done
}

/// Writes the file at `path` anew: copies of rows that SQLite left in unused parts of pages when it moved them are gone then. Other writes
/// wait meanwhile. False for a file above [`COMPACT_BYTES_MAX`], which is left as it is.
pub(super) fn compact(path: &Path) -> Result<bool> {
    if std::fs::metadata(path).map_or(0, |meta| meta.len()) > COMPACT_BYTES_MAX {
        return Ok(false);
    }
    let connection = open_writer(path)?;
    // The new content is a database of its own for a moment.
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    connection.execute_batch("VACUUM")?;
    drop(connection);
    checkpoint(path)?;
    Ok(true)
}

/// What all connections share.
pub(super) fn configure(connection: &Connection) -> Result<()> {
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
pub(super) fn explain(path: &Path, error: rusqlite::Error) -> Error {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            Error::invalid(format!("`{shown}` is not a Recoger database; name another file with `--data`, or restore a backup"))
        }
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => damaged(path),
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

/// A file that was made or copied here with a looser mode holds hashes and keys too.
#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) }
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    #[test]
    fn every_pragma_and_limit_is_in_force_on_both_kinds_of_connections() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recoger.db");
        create_or_check(&path, Scrutiny::Structure).unwrap();
        let (writer, reader) = (open_writer(&path).unwrap(), open_reader(&path).unwrap());
        // FULL, 2: each commit reaches the disk before it is acknowledged.
        for (name, value) in [
            ("synchronous", 2),
            ("secure_delete", 2),
            ("journal_size_limit", WAL_BYTES_KEPT_MAX),
            ("query_only", 0),
            ("wal_autocheckpoint", 0),
        ] {
            assert_eq!(pragma(&writer, name).unwrap(), value, "{name} of the writer");
        }
        assert_eq!(pragma(&reader, "query_only").unwrap(), 1);
        for (who, connection) in [("the writer", &writer), ("a reader", &reader)] {
            assert_eq!(texts(connection, "PRAGMA journal_mode"), ["wal"], "{who}");
            for (name, value) in [
                ("foreign_keys", 1),
                ("trusted_schema", 0),
                ("cell_size_check", 1),
                ("temp_store", 2),
                ("cache_size", -8192),
                ("busy_timeout", 5_000),
                ("application_id", 0x5243_4752),
                ("user_version", SCHEMA_VERSION),
            ] {
                assert_eq!(pragma(connection, name).unwrap(), value, "{name} of {who}");
            }
            assert_eq!(pragma(connection, "mmap_size").unwrap_or(0), 0, "a build that never maps files has no such pragma");
            for (config, value) in [
                (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
                (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
                (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
                (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            ] {
                assert_eq!(connection.db_config(config).unwrap(), value, "{config:?} of {who}");
            }
            for (limit, value) in [
                (Limit::SQLITE_LIMIT_LENGTH, 67_108_864),
                (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
                (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
                (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
                (Limit::SQLITE_LIMIT_ATTACHED, 0),
                (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 2_000),
                (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 500),
                (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
            ] {
                assert_eq!(connection.limit(limit).unwrap(), value, "{limit:?} of {who}");
            }
        }
    }

    #[test]
    fn what_the_settings_are_to_prevent_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recoger.db");
        create_or_check(&path, Scrutiny::Structure).unwrap();
        let (writer, reader) = (open_writer(&path).unwrap(), open_reader(&path).unwrap());
        let other = folder.path().join("other.db");
        for connection in [&writer, &reader] {
            let refused = |sql: &str| connection.execute_batch(sql).unwrap_err().to_string();
            assert!(refused(&format!("ATTACH '{}' AS other", other.display())).contains("too many attached"));
            assert!(refused("SELECT \"no such column\"").contains("no such column"));
            connection.execute_batch("PRAGMA writable_schema = ON").unwrap();
            refused("UPDATE sqlite_schema SET sql = '' WHERE name = 'tenant'");
        }
        assert!(!other.exists());
        reader.execute_batch("PRAGMA query_only = OFF").unwrap();
        assert!(
            reader.execute_batch("DELETE FROM tenant").unwrap_err().to_string().contains("readonly"),
            "the file itself is open for reading only"
        );
        let orphan = "INSERT INTO settings_version (tenant_id, version, since, data) VALUES ('nobody', 1, 0, '{}')";
        assert!(writer.execute_batch(orphan).unwrap_err().to_string().contains("FOREIGN KEY"));
    }

    #[test]
    fn all_tables_are_strict_and_sqlite_is_new_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recoger.db");
        create_or_check(&path, Scrutiny::Structure).unwrap();
        let reader = open_reader(&path).unwrap();
        let loose =
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT GLOB 'sqlite_*'";
        assert_eq!(texts(&reader, loose), Vec::<String>::new());
        assert!(texts(&reader, "SELECT name FROM pragma_table_list WHERE strict").len() > 20);
        assert!(rusqlite::version_number() >= SQLITE_VERSION_MIN);
    }

    /// All files of the folder with their bytes, but for the index of a WAL, which holds no data.
    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<_> = entries.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
        found.retain(|(name, bytes)| !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty()));
        found.sort();
        found
    }

    #[test]
    fn a_refused_file_and_what_lies_beside_it_are_left_byte_for_byte() {
        for (name, made, words) in [
            ("foreign", "CREATE TABLE note (text)", "another program"),
            ("foreign with a WAL", "PRAGMA journal_mode = WAL; CREATE TABLE note (text); INSERT INTO note VALUES ('a')", "another program"),
            ("foreign with an id", "PRAGMA application_id = 7; CREATE TABLE note (text)", "another program"),
            (
                "of a later version",
                "PRAGMA application_id = 0x52434752; PRAGMA user_version = 2; CREATE TABLE note (text)",
                "later version",
            ),
        ] {
            let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let connection = Connection::open(kept.path().join("a.db")).unwrap();
            connection.execute_batch(made).unwrap();
            // Copied while it is open: closing it would empty its WAL.
            for entry in std::fs::read_dir(kept.path()).unwrap().map(|entry| entry.unwrap()) {
                std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
            let before = files(folder.path());
            let error = create_or_check(&folder.path().join("a.db"), Scrutiny::Structure).unwrap_err();
            assert!(error.detail.contains(words), "{name}: {}", error.detail);
            assert!(files(folder.path()) == before, "{name} was changed");
        }
    }
}
