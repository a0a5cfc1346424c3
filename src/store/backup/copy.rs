//! Files of backups: made private, written, brought to the disk, hashed.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use crate::domain::audit::hex;
use crate::error::{Error, Result};
use crate::limits::BUSY_TIMEOUT_MS;
use crate::store::connection::{configure, explain};

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;

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

/// Writes the present state of the database `from` into the empty file `to`. It reads `from` and changes nothing there.
pub(super) fn write(from: &Path, to: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags).map_err(|error| explain(from, error))?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    configure(&connection).map_err(|error| Error { cause: Some(format!("`{}`: {error}", from.display())), ..error })?;
    // The copy is a database of its own for a moment.
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    let name = to.to_str().ok_or_else(|| Error::invalid("The name of the file must be UTF-8"))?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| explain(from, error))?;
    Ok(())
}

/// Brings file and folder to the disk.
pub(super) fn sync(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|file| file.sync_all()).and_then(|()| sync_folder(path));
    synced.map_err(|error| Error::invalid(format!("cannot bring `{}` to the disk: {error}", path.display())))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Size in bytes, and SHA-256 in hex.
pub(super) fn digest(path: &Path) -> Result<(u64, String)> {
    let read = || -> std::io::Result<(u64, String)> {
        let (mut file, mut hash, mut size) = (File::open(path)?, Sha256::new(), 0);
        let mut piece = vec![0; READ_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok((size, hex(&hash.finalize()))),
                read => {
                    hash.update(&piece[..read]);
                    size += read as u64;
                }
            }
        }
    };
    read().map_err(|error| Error::invalid(format!("cannot read `{}`: {error}", path.display())))
}

/// The file and what SQLite keeps beside it while it is in use.
pub(super) fn with_companions(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Takes away a file that was made just now.
pub(super) fn remove(path: &Path) {
    // What is not there need not go.
    with_companions(path).iter().for_each(|file| drop(std::fs::remove_file(file)));
}
