//! Making the file of an export.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};
use crate::store::connection::{SCHEMA, SCHEMA_VERSION, configure, explain};
use crate::store::header::EXPORT_APPLICATION_ID;

/// Makes an empty private file; refuses a path where anything is, a link that leads nowhere too.
pub(super) fn create_new(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = path.display();
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::invalid(format!("`{shown}` exists already; name a new file, or remove this one first")))
        }
        Err(error) => Err(Error::invalid(format!("cannot create `{shown}`: {error}"))),
        Ok(_) => Ok(()),
    }
}

/// The empty file at `path` as a tenant's export with the present schema, in a transaction that the caller commits. One file: no WAL.
pub(super) fn open_export(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    configure(&connection)?;
    connection.pragma_update(None, "application_id", EXPORT_APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}
