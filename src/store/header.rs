//! The head of a database file, read as plain bytes: whose file it is, before SQLite opens it and leaves its traces.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::connection::{APPLICATION_ID, SCHEMA_VERSION};
use crate::error::{Error, Result};

/// Marks the export of one tenant ("RCGT"), kept as `application_id`.
pub(super) const EXPORT_APPLICATION_ID: i64 = 0x5243_4754;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The head of the file and of its first page's tree, bytes.
const HEAD_BYTES: usize = 108;

/// Refuses a file that is not Recoger's, or of a later version, without touching it.
///
/// A file whose head says nothing passes: one that was just made may have all it holds in its WAL still.
pub(super) fn refuse_foreign(path: &Path) -> Result<()> {
    let shown = path.display();
    let head = read(path).map_err(|error| Error::invalid(format!("cannot open `{shown}`: {error}")))?;
    if head.is_empty() {
        return Ok(());
    }
    if head.len() < HEAD_BYTES || !head.starts_with(MAGIC) {
        return Err(Error::invalid(format!("`{shown}` is not a Recoger database; name another file with `--data`, or restore a backup")));
    }
    // At these places by SQLite's file format; the last is the number of cells on the first page, which holds the list of tables.
    let (version, application_id) = (number(&head[60..64]), number(&head[68..72]));
    let without_tables = head[100] == 0x0d && number(&head[103..105]) == 0;
    match (application_id, version) {
        (APPLICATION_ID, SCHEMA_VERSION) => Ok(()),
        (APPLICATION_ID, newer) if newer > SCHEMA_VERSION => Err(made_later(path, newer)),
        (0, 0) if without_tables => Ok(()),
        (EXPORT_APPLICATION_ID, _) => {
            Err(Error::invalid(format!("`{shown}` is the export of one tenant; bring it into an appliance with `recoger tenant import`")))
        }
        _ => Err(foreign(path)),
    }
}

/// Refuses a file that is no tenant's export in the present format, without touching it.
pub(super) fn refuse_other_than_export(path: &Path) -> Result<()> {
    let shown = path.display();
    let head = read(path).map_err(|error| Error::invalid(format!("cannot open `{shown}`: {error}")))?;
    if head.len() < HEAD_BYTES || !head.starts_with(MAGIC) {
        return Err(Error::invalid(format!("`{shown}` is not the export of a tenant")));
    }
    let (version, application_id) = (number(&head[60..64]), number(&head[68..72]));
    match (application_id, version) {
        (EXPORT_APPLICATION_ID, SCHEMA_VERSION) => Ok(()),
        (EXPORT_APPLICATION_ID, newer) if newer > SCHEMA_VERSION => Err(made_later(path, newer)),
        (EXPORT_APPLICATION_ID, older) => Err(Error::invalid(format!(
            "`{shown}` has format {older}, this program's is {SCHEMA_VERSION}; export the tenant anew with this version there"
        ))),
        (APPLICATION_ID, _) => Err(Error::invalid(format!(
            "`{shown}` is an appliance's whole file, not the export of a tenant; make one with `recoger tenant export`"
        ))),
        _ => Err(Error::invalid(format!("`{shown}` is not the export of a tenant"))),
    }
}

/// The error for a file of a later version.
pub(super) fn made_later(path: &Path, version: i64) -> Error {
    let shown = path.display();
    Error::invalid(format!(
        "`{shown}` was made by a later version of Recoger (format {version}, this one knows {SCHEMA_VERSION}); install that version"
    ))
}

/// The error for another program's file.
pub(super) fn foreign(path: &Path) -> Error {
    Error::invalid(format!("`{}` is an SQLite file of another program; name another file with `--data`", path.display()))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn number(big_endian: &[u8]) -> i64 {
    big_endian.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}
