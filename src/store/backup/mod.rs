//! Backups: one consistent file of everything while the server runs, and the way back.
//!
//! A copy is made with `VACUUM INTO`, not with SQLite's backup interface: both read one state beside the writer, WAL included, but this one
//! writes only what is there, so that nothing which was erased or expired goes along in unused parts of pages, and it never begins anew
//! because somebody wrote meanwhile. While it runs the WAL can't be emptied and grows by what is written.

mod copy;
mod restore;
#[cfg(test)]
mod tests;

pub use restore::{Restored, restore};

use std::path::Path;

use super::audit::{Entry, record_appliance};
use super::{Actor, Store, connection, integrity};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// A backup that was written and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Writes everything into the new file `path` (mode 0600), verifies what was written, and logs it in the appliance's chain; a failure too.
///
/// Refuses a path where anything is. After an error no file is left.
pub fn backup(store: &Store, now: Time, path: &Path) -> Result<Backup> {
    let made = copy::create_new(path).and_then(|()| write(store, now, path).inspect_err(|_| copy::remove(path)));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let metadata = Metadata::new().with_personal("file", &name);
    let (event, metadata) = match &made {
        Ok(backup) => (Event::BackupCreated, metadata.with("size_bytes", backup.size_bytes).with("sha256", backup.sha256.as_str())),
        Err(error) => (Event::BackupFailed, metadata.with_personal("error", &error.detail)),
    };
    let logged = store.write_root(now, move |root| {
        let entry = Entry { event, resource: None, metadata, with_address: false };
        record_appliance(root, Actor::system(), entry)
    });
    match made {
        Ok(backup) => logged.map(|()| backup),
        // Why it failed says more than why that could not be logged.
        Err(error) => Err(error),
    }
}

fn write(store: &Store, now: Time, path: &Path) -> Result<Backup> {
    copy::write(store.path(), path)?;
    verify(path, now)?;
    copy::sync(path)?;
    let (size_bytes, sha256) = copy::digest(path)?;
    Ok(Backup { size_bytes, sha256 })
}

/// Refuses a copy in which anything is broken: structure, foreign keys, records or an audit chain.
fn verify(path: &Path, now: Time) -> Result<()> {
    let file = connection::open_reader(path)?;
    file.execute_batch("BEGIN")?;
    match integrity::check_connection(&file, now).first() {
        Some(finding) => Err(Error::invalid(format!("The copy is not whole: {finding}"))),
        None => Ok(()),
    }
}
