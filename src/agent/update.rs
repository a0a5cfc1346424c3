//! Replaces this program by the one that the enrolled appliance serves for its platform: checked first, then put in place in one step.
//!
//! The connection is the pinned one, so the bytes are the appliance's. They must have the digest that its answer names, run here, and be no
//! older version. Until the last step the old program is untouched.

use std::cmp::Ordering;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::System;
use super::send::address;
use super::state::Enrollment;
use crate::client::{Client, Deadlines};
use crate::domain::audit::hex;
use crate::error::{Error, Kind, Result};
use crate::limits::{PROGRAM_BYTES_MAX, PROGRAM_DOWNLOAD_DEADLINE};

/// The header with the digest of a served program, lower-case hex.
const CHECKSUM_HEADER: &str = "x-checksum-sha256";

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// The appliance serves the very program that is here.
    Current,
    /// It was replaced; the new version.
    To(String),
}

/// The name under which an appliance serves programs for this machine, such as `linux-x86_64`.
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Replaces the program at `own` by the appliance's. An older version is taken only with `downgrade`.
pub fn update(system: &System, enrollment: &Enrollment, own: &Path, downgrade: bool) -> Result<Updated> {
    let deadlines = Deadlines { answer: PROGRAM_DOWNLOAD_DEADLINE, ..Deadlines::default() };
    let client = Client::with_deadlines(enrollment.trust()?, deadlines)?;
    let url = address(&enrollment.server, &format!("/install/agent/{}", platform()));
    let own_digest = digest_of(own).map_err(|error| cannot(own, &error))?;
    let draft = Draft::beside(own)?;
    let Some(wanted) = fetch(&client, &url, &own_digest, &draft)? else { return Ok(Updated::Current) };
    let digest = digest_of(&draft.path).map_err(|error| cannot(&draft.path, &error))?;
    if digest != wanted {
        return Err(Error::invalid("The program came with other bytes than its checksum names; nothing was changed"));
    }
    draft.make_like(own).map_err(|error| cannot(&draft.path, &error))?;
    let version = version_of(system, &draft.path)?;
    if compare(&version, env!("CARGO_PKG_VERSION"))? == Ordering::Less && !downgrade {
        return Err(Error::conflict(format!(
            "The appliance serves version {version}, which is older than {} here; nothing was changed. Give --allow-downgrade if that is meant",
            env!("CARGO_PKG_VERSION")
        )));
    }
    draft.replace(own).map_err(|error| cannot(own, &error))?;
    Ok(Updated::To(version))
}

/// Fetches the program into `draft` and gives the digest that the appliance names; nothing when that is the digest of the own program.
fn fetch(client: &Client, url: &str, own_digest: &str, draft: &Draft) -> Result<Option<String>> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(&draft.path).map_err(|error| cannot(&draft.path, &error))?;
    let mut wanted = None;
    let read_head = |head: &http::HeaderMap| {
        let checksum = head.get(CHECKSUM_HEADER).and_then(|value| value.to_str().ok()).map(str::to_ascii_lowercase);
        let checksum = checksum.filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let checksum = checksum.ok_or_else(|| Error::invalid(format!("The answer of {url} names no checksum; nothing was changed")))?;
        wanted = (checksum != own_digest).then_some(checksum);
        Ok(wanted.is_some())
    };
    client.download(url, PROGRAM_BYTES_MAX, read_head, &mut file).map_err(|error| match error.kind {
        Kind::NotFound => Error::new(Kind::NotFound, format!("The appliance has no program for {}", platform())),
        _ => error,
    })?;
    file.sync_all().map_err(|error| cannot(&draft.path, &error))?;
    Ok(wanted)
}

/// The new program, not yet in place; gone when dropped.
struct Draft {
    path: PathBuf,
}

impl Draft {
    /// An empty file in the folder of `own`, so that it can take its place in one step.
    fn beside(own: &Path) -> Result<Draft> {
        let mut name = own.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let path = own.with_file_name(name);
        let made = match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o700);
                options.open(&path)
            }
        };
        made.map(|_| Draft { path }).map_err(|error| cannot(own, &error))
    }

    /// Gives it the rights of `own`.
    fn make_like(&self, own: &Path) -> io::Result<()> {
        fs::set_permissions(&self.path, fs::metadata(own)?.permissions())
    }

    fn replace(&self, own: &Path) -> io::Result<()> {
        if cfg!(windows) {
            // A running program can't be replaced there, but it can be renamed.
            let old = own.with_extension("old");
            fs::rename(own, &old)?;
            return fs::rename(&self.path, own).inspect_err(|_| {
                // If this fails too, both files are still there, under their other names.
                let _ = fs::rename(&old, own);
            });
        }
        fs::rename(&self.path, own)?;
        own.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a replacement there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}

/// The version that a program says it has, by running it.
fn version_of(system: &System, program: &Path) -> Result<String> {
    let not_ours = || Error::invalid("The program that came does not run on this machine; nothing was changed");
    let text = system.output(&program.to_string_lossy(), &["version"]).ok_or_else(not_ours)?;
    let version = text.trim().strip_prefix("recoger ").ok_or_else(not_ours)?;
    numbers(version).map(|_| version.to_owned()).ok_or_else(not_ours)
}

fn compare(left: &str, right: &str) -> Result<Ordering> {
    let unknown = || Error::invalid("A version is not of the form 1.2.3; nothing was changed");
    Ok(numbers(left).ok_or_else(unknown)?.cmp(&numbers(right).ok_or_else(unknown)?))
}

/// `1.2.3` as numbers.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let parts = version.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    parts.try_into().ok()
}

fn digest_of(path: &Path) -> io::Result<String> {
    struct Hasher(Sha256);
    impl Write for Hasher {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hasher = Hasher(Sha256::new());
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex(&hasher.0.finalize()))
}

fn cannot(path: &Path, error: &io::Error) -> Error {
    let hint = if error.kind() == ErrorKind::PermissionDenied { "; run this as root, for example with sudo" } else { "" };
    Error::forbidden(format!("{} can't be replaced: {error}{hint}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(compare("0.10.0", "0.9.9").unwrap(), Ordering::Greater);
        assert_eq!(compare("1.2.3", "1.2.3").unwrap(), Ordering::Equal);
        for text in ["1.2", "1.2.x", "", "1.2.3.4", "1.2.-3"] {
            assert!(compare(text, "1.0.0").is_err(), "{text}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_draft_takes_the_place_and_the_rights_or_goes_without_a_trace() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("recoger");
        fs::write(&own, "old").unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("recoger.new"), "left by a crash").unwrap();
        drop(Draft::beside(&own).unwrap());
        assert_eq!((fs::read_to_string(&own).unwrap().as_str(), fs::read_dir(folder.path()).unwrap().count()), ("old", 1));
        let draft = Draft::beside(&own).unwrap();
        fs::write(&draft.path, "new").unwrap();
        draft.make_like(&own).unwrap();
        draft.replace(&own).unwrap();
        drop(draft);
        assert_eq!((fs::read_to_string(&own).unwrap().as_str(), fs::read_dir(folder.path()).unwrap().count()), ("new", 1));
        assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    #[cfg(unix)]
    fn only_a_program_that_says_its_version_is_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("p");
        let said = |script: &str| {
            fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            version_of(&System::this_machine(), &program).ok()
        };
        assert_eq!(said("echo recoger 1.20.3").as_deref(), Some("1.20.3"));
        for script in ["echo recoger 1.2.3; exit 1", "echo other 1.2.3", "echo recoger", "exit 0"] {
            assert_eq!(said(script), None, "{script}");
        }
    }
}
