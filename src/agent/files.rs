//! Files that the agent keeps: written whole or not at all, private unless everybody may read them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The mode of a folder that is for its owner alone.
pub(super) const OWNER_ONLY: u32 = 0o700;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// The agent's user alone (0600).
    Owner,
    /// Everybody on the machine (0644). Such a file comes again by itself, so the disk is not made to wait for it.
    Everybody,
}

/// Puts `bytes` at `path` in one step: whoever reads sees the old file or the new one. For [`Readers::Owner`] that also holds after a power
/// cut at any moment.
pub(super) fn write_whole(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let written = write_draft(&draft, bytes, readers).and_then(|()| fs::rename(&draft, path)).and_then(|()| match readers {
        Readers::Owner => sync_folder_of(path),
        Readers::Everybody => Ok(()),
    });
    if written.is_err() {
        // What is left of it is of no use, and on a full disk it takes space.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Makes `folder` and those above it; `folder` itself gets `mode`, also when it was there.
pub(super) fn make_folder(folder: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(folder)?.permissions().mode() & 0o7777 != mode {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        }
    }
    if cfg!(windows) && mode == OWNER_ONLY {
        return restrict_on_windows(folder);
    }
    Ok(())
}

/// On Windows a folder takes the rights of the one above it, and below `ProgramData` everybody may read. So the inherited rights go, and the
/// system, the administrators and the folder's owner get theirs, by the names of their security identifiers, which no language changes.
fn restrict_on_windows(folder: &Path) -> io::Result<()> {
    let windows = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    let mut command = Command::new(Path::new(&windows).join("System32").join("icacls.exe"));
    command.arg(folder).arg("/inheritance:r").arg("/grant:r");
    command.args(["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "*S-1-3-4:(OI)(CI)F"]);
    match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::PermissionDenied, "its rights can't be restricted")),
    }
}

/// The bytes of a file of at most `bytes_max`; a larger one is an error.
pub(super) fn read_limited(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

fn write_draft(draft: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    // A draft that a crash has left may have other rights.
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode_of(readers));
    let mut file = options.open(draft)?;
    file.write_all(bytes)?;
    // The mode above is cut by the umask.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode_of(readers)))?;
    match readers {
        Readers::Owner => file.sync_all(),
        Readers::Everybody => Ok(()),
    }
}

#[cfg(unix)]
fn mode_of(readers: Readers) -> u32 {
    match readers {
        Readers::Owner => 0o600,
        Readers::Everybody => 0o644,
    }
}

/// A rename lasts once its folder is on disk; Windows can't do this for a folder and needs it less.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_whole_with_its_rights_and_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for (text, readers, wanted) in [("one", Readers::Owner, 0o600), ("second", Readers::Everybody, 0o644), ("3", Readers::Owner, 0o600)]
        {
            // As a crash may leave it.
            fs::write(path.with_extension("draft"), "half").unwrap();
            write_whole(&path, text.as_bytes(), readers).unwrap();
            assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), (text, wanted));
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "old").unwrap();
        fs::create_dir_all(path.with_extension("draft").join("in the way")).unwrap();
        assert!(write_whole(&path, b"new", Readers::Owner).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn a_folder_gets_its_rights_also_when_it_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b/c");
        for wanted in [0o755, 0o700] {
            make_folder(&path, wanted).unwrap();
            assert_eq!(mode(&path), wanted);
        }
    }

    #[test]
    fn a_file_above_its_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_limited(&path, 5).unwrap(), b"12345");
        assert_eq!(read_limited(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
