//! The programs that devices install: the appliance's own for its own platform, others from a folder. A client names a platform of a fixed
//! list, never a file.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::domain::audit::hex;
use crate::error::{Error, Result};
use crate::limits::PROGRAM_PIECE_BYTES;

/// What a device can be: operating system and processor as Rust names them.
pub const PLATFORMS: [&str; 7] =
    ["linux-x86_64", "linux-aarch64", "linux-arm", "macos-x86_64", "macos-aarch64", "windows-x86_64", "windows-aarch64"];

/// Where programs lie. Empty: there are none.
#[derive(Default)]
pub struct Programs {
    own: Option<PathBuf>,
    folder: Option<PathBuf>,
    digests: Mutex<HashMap<&'static str, Digested>>,
}

/// A program, open.
pub struct Program {
    /// Its bytes, from the first on.
    pub file: File,
    /// How many.
    pub bytes: u64,
    /// Their SHA-256, lower-case hex.
    pub sha256: String,
}

/// A digest, and of which state of the file.
struct Digested {
    stamp: Stamp,
    sha256: String,
}

type Stamp = (u64, Option<SystemTime>);

impl Programs {
    /// Programs called `recoger-PLATFORM` in `folder`.
    pub fn new(folder: Option<PathBuf>) -> Programs {
        Programs { folder, ..Programs::default() }
    }

    /// And the running one.
    pub fn with_running(self) -> Programs {
        // On Linux this is the very file that runs, even after another took its place on the disk.
        let running = Path::new("/proc/self/exe");
        let own = if running.exists() { Some(running.to_owned()) } else { std::env::current_exe().ok() };
        Programs { own, ..self }
    }

    /// The program for `platform`; `None` if there is none or the name is none of [`PLATFORMS`]. The folder's comes before the running one:
    /// what runs here may need libraries that devices do not have.
    pub fn open(&self, platform: &str) -> Result<Option<Program>> {
        let Some(platform) = PLATFORMS.into_iter().find(|known| *known == platform) else { return Ok(None) };
        let Some((file, metadata)) = self.find(platform)? else { return Ok(None) };
        let sha256 = self.digest(platform, &file, &metadata).map_err(Error::internal)?;
        Ok(Some(Program { file, bytes: metadata.len(), sha256 }))
    }

    /// Every platform that there is a program for, with its digest.
    pub fn all(&self) -> Result<Vec<(&'static str, String)>> {
        let mut found = Vec::new();
        for platform in PLATFORMS {
            found.extend(self.open(platform)?.map(|program| (platform, program.sha256)));
        }
        Ok(found)
    }

    fn find(&self, platform: &str) -> Result<Option<(File, Metadata)>> {
        let placed = self.folder.as_ref().map(|folder| folder.join(format!("recoger-{platform}")));
        let own = self.own.clone().filter(|_| platform == own_platform());
        for path in [placed, own].into_iter().flatten() {
            match File::open(&path) {
                Ok(file) => {
                    let metadata = file.metadata().map_err(Error::internal)?;
                    if metadata.is_file() {
                        return Ok(Some((file, metadata)));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::internal(format!("{}: {error}", path.display()))),
            }
        }
        Ok(None)
    }

    /// Computed once for each state of the file.
    fn digest(&self, platform: &'static str, file: &File, metadata: &Metadata) -> std::io::Result<String> {
        let stamp = (metadata.len(), metadata.modified().ok());
        // Nothing under this lock can panic. Who comes while it is computed would only compute the same.
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = digests.get(platform).filter(|known| known.stamp == stamp) {
            return Ok(known.sha256.clone());
        }
        let mut hasher = Sha256::new();
        // The file is handed out with its position at the start: it is read through another handle of its own position.
        let (mut piece, mut at) = (vec![0; PROGRAM_PIECE_BYTES], 0);
        loop {
            let read = read_at(file, &mut piece, at)?;
            if read == 0 {
                break;
            }
            hasher.update(&piece[..read]);
            at += read as u64;
        }
        let sha256 = hex(&hasher.finalize());
        digests.insert(platform, Digested { stamp, sha256: sha256.clone() });
        Ok(sha256)
    }
}

/// Reads at a place without moving the file's own.
fn read_at(mut file: &File, piece: &mut [u8], at: u64) -> std::io::Result<usize> {
    use std::io::{Seek, SeekFrom};
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(at))?;
    let read = file.read(piece)?;
    file.seek(SeekFrom::Start(before))?;
    Ok(read)
}

/// What this program was built for.
fn own_platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn text(program: Option<Program>) -> String {
        let mut text = String::new();
        program.unwrap().file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_program_of_the_folder_is_found_by_its_platform_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("recoger-macos-aarch64"), "one").unwrap();
        std::fs::write(folder.path().join("recoger-beos"), "other").unwrap();
        std::fs::create_dir(folder.path().join("recoger-windows-x86_64")).unwrap();
        let programs = Programs::new(Some(folder.path().to_owned()));
        assert_eq!(text(programs.open("macos-aarch64").unwrap()), "one");
        for name in ["beos", "windows-x86_64", "linux-arm", "../recoger-macos-aarch64", "macos-aarch64/", ""] {
            assert!(programs.open(name).unwrap().is_none(), "{name}");
        }
        // SHA-256 of "one", by other means.
        let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
        assert_eq!(programs.all().unwrap(), [("macos-aarch64", digest.to_owned())]);
    }

    #[test]
    fn a_program_that_was_replaced_has_another_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recoger-linux-arm");
        let programs = Programs::new(Some(folder.path().to_owned()));
        std::fs::write(&path, "one").unwrap();
        let first = programs.open("linux-arm").unwrap().unwrap().sha256;
        assert_eq!(programs.open("linux-arm").unwrap().unwrap().sha256, first);
        std::fs::write(&path, "another").unwrap();
        assert_ne!(programs.open("linux-arm").unwrap().unwrap().sha256, first);
    }

    #[test]
    fn the_running_program_serves_its_own_platform_unless_the_folder_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let programs = Programs::new(Some(folder.path().to_owned())).with_running();
        let own = programs.open(&own_platform()).unwrap().unwrap();
        assert_eq!(own.bytes, std::fs::metadata(std::env::current_exe().unwrap()).unwrap().len());
        std::fs::write(folder.path().join(format!("recoger-{}", own_platform())), "static").unwrap();
        assert_eq!(text(programs.open(&own_platform()).unwrap()), "static");
    }
}
