//! What the agent keeps between its runs, and where: the enrolment, its lock, the folders of spool and status.
//!
//! Of the state folder everybody may read `status.json`, which holds no secret; the rest lies in `private/` (0700).
//!
//! ```text
//! DIR/            0755
//!   status.json   0644  what `recoger agent status` shows to the person at the device
//!   device-id     0600  the id of a machine without serial number
//!   private/      0700
//!     enrollment.json 0600  server, pin, key
//!     lock               held by the one running agent
//!     status-lock        held while the status changes
//!     spool/             reports that were not sent yet
//! ```

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::{self, Readers};
use crate::client::Trust;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{AGENT_FILE_BYTES_MAX, REPORT_INTERVAL_SECONDS_MAX, REPORT_INTERVAL_SECONDS_MIN};

/// File with what `recoger agent status` shows.
pub const STATUS_FILE: &str = "status.json";
/// File with the id of a machine without serial number.
pub const DEVICE_ID_FILE: &str = "device-id";
/// Folder below the state folder with all that nobody else may read.
const PRIVATE_FOLDER: &str = "private";
const ENROLLMENT_FILE: &str = "enrollment.json";
const LOCK_FILE: &str = "lock";
const STATUS_LOCK_FILE: &str = "status-lock";
const SPOOL_FOLDER: &str = "spool";

/// What an enrolment gave.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment {
    /// Where the appliance is: `https://HOST:PORT`.
    pub server: String,
    /// SHA-256 of its public key, lower-case hex; without one its certificate is checked against the authorities of this system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// The device's own key: it may report this serial number and nothing else.
    pub api_key: String,
    /// The device's id at the appliance.
    pub device_id: String,
    /// The serial number that the key is bound to.
    pub serial_number: String,
    /// Seconds between two reports, as the appliance wants it.
    pub report_interval_seconds: u32,
    /// A personal device: security facts only.
    #[serde(default)]
    pub personal: bool,
    /// Tell the person at the screen of a new failure.
    #[serde(default = "yes")]
    pub notify: bool,
    /// When.
    pub enrolled_at: Time,
}

/// A state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder {
    path: PathBuf,
}

/// A right that one program has at a time, such as to be the running agent; ends with the process at the latest.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Enrollment {
    /// Whom to believe that it is the appliance.
    pub fn trust(&self) -> Result<Trust> {
        trust(self.pin.as_deref())
    }
}

/// Whom a token or an enrolment with this pin believes.
pub fn trust(pin: Option<&str>) -> Result<Trust> {
    pin.map_or(Ok(Trust::SystemAuthorities), Trust::pin)
}

/// An interval as a server says it, kept within what makes sense for any fleet.
pub fn sensible_interval(seconds: u32) -> u32 {
    seconds.clamp(REPORT_INTERVAL_SECONDS_MIN, REPORT_INTERVAL_SECONDS_MAX)
}

impl StateFolder {
    /// The folder at `path`, which need not exist.
    pub fn new(path: impl Into<PathBuf>) -> StateFolder {
        StateFolder { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where unsent reports lie.
    pub fn spool(&self) -> PathBuf {
        self.private().join(SPOOL_FOLDER)
    }

    /// Where everybody may read how the agent fares.
    pub fn status(&self) -> PathBuf {
        self.path.join(STATUS_FILE)
    }

    /// Makes the folders with their rights, and shows by a file that they can be written.
    pub fn prepare(&self) -> Result<()> {
        let probe = self.private().join("probe");
        files::make_folder(&self.path, 0o755)
            .and_then(|()| files::make_folder(&self.private(), files::OWNER_ONLY))
            .and_then(|()| files::write_whole(&probe, b"", Readers::Owner))
            .and_then(|()| fs::remove_file(&probe))
            .map_err(|error| self.unusable(&error))
    }

    /// The enrolment, if there is one.
    pub fn enrollment(&self) -> Result<Option<Enrollment>> {
        let path = self.private().join(ENROLLMENT_FILE);
        let bytes = match files::read_limited(&path, AGENT_FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error)),
        };
        let damaged = |_| Error::invalid(format!("{} is damaged; enrol this device again", path.display()));
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// The enrolment, or what to do to get one.
    pub fn enrolled(&self) -> Result<Enrollment> {
        self.enrollment()?.ok_or_else(|| {
            Error::invalid(format!("This device is not enrolled in {}; run `recoger agent enroll TOKEN` first", self.path.display()))
        })
    }

    /// Keeps an enrolment in place of the one that is there.
    pub fn keep(&self, enrollment: &Enrollment) -> Result<()> {
        self.prepare()?;
        let bytes = serde_json::to_vec_pretty(enrollment).map_err(Error::internal)?;
        files::write_whole(&self.private().join(ENROLLMENT_FILE), &bytes, Readers::Owner).map_err(|error| self.unusable(&error))
    }

    /// Becomes the one running agent of this folder.
    pub fn lock(&self) -> Result<Lock> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.private().join(LOCK_FILE));
        let file = file.map_err(|error| self.unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(Error::conflict(format!("An agent already runs with the state in {}; stop it first", self.path.display())))
            }
            Err(TryLockError::Error(error)) => Err(self.unusable(&error)),
        }
    }

    /// The right to change the status; waits for whoever has it. Nothing where the lock can't be had.
    pub(super) fn lock_status(&self) -> Option<Lock> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.private().join(STATUS_LOCK_FILE)).ok()?;
        file.lock().ok()?;
        Some(Lock { _file: file })
    }

    /// Removes all that the agent keeps here, and the folder if nothing else is in it; gives the paths that are gone.
    pub fn remove(&self) -> Result<Vec<PathBuf>> {
        let lock = match self.private().exists() {
            true => Some(self.lock()?),
            false => None,
        };
        let mut removed = Vec::new();
        for name in [STATUS_FILE, DEVICE_ID_FILE] {
            note(&mut removed, self.path.join(name), fs::remove_file).map_err(|error| self.unusable(&error))?;
        }
        note(&mut removed, self.private(), fs::remove_dir_all).map_err(|error| self.unusable(&error))?;
        drop(lock);
        match note(&mut removed, self.path.clone(), fs::remove_dir) {
            Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(self.unusable(&error)),
            _ => Ok(removed),
        }
    }

    fn private(&self) -> PathBuf {
        self.path.join(PRIVATE_FOLDER)
    }

    fn unusable(&self, error: &std::io::Error) -> Error {
        let hint = if error.kind() == ErrorKind::PermissionDenied { "; run this as root, for example with sudo" } else { "" };
        Error::forbidden(format!("The state folder {} can't be used: {error}{hint}", self.path.display()))
    }
}

/// Removes one thing; that it was not there is no error.
fn note(removed: &mut Vec<PathBuf>, path: PathBuf, remove: fn(PathBuf) -> std::io::Result<()>) -> std::io::Result<()> {
    match remove(path.clone()) {
        Ok(()) => removed.push(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn yes() -> bool {
    true
}

impl fmt::Debug for Enrollment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrollment({} at {}, …)", self.device_id, self.server)
    }
}

#[cfg(test)]
pub(super) fn example() -> Enrollment {
    Enrollment {
        server: "https://recoger.example.lan:8443".to_owned(),
        pin: Some("0a".repeat(32)),
        api_key: "rk_live_secret".to_owned(),
        device_id: "dev_1".to_owned(),
        serial_number: "PF3ABC12".to_owned(),
        report_interval_seconds: 3600,
        personal: false,
        notify: true,
        enrolled_at: Time(1_000_000),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> (tempfile::TempDir, StateFolder) {
        let parent = tempfile::tempdir().unwrap();
        let state = StateFolder::new(parent.path().join("agent"));
        (parent, state)
    }

    #[test]
    fn an_enrolment_is_kept_where_only_the_owner_reads_it() {
        let (_parent, state) = folder();
        assert_eq!(state.enrollment().unwrap(), None);
        assert!(state.enrolled().unwrap_err().detail.contains("agent enroll"));
        // As a look at the machine leaves it that made an id there.
        files::make_folder(state.path(), 0o700).unwrap();
        state.keep(&example()).unwrap();
        let again = Enrollment { device_id: "dev_2".to_owned(), ..example() };
        state.keep(&again).unwrap();
        assert_eq!(state.enrolled().unwrap(), again);
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let modes = [state.path().to_owned(), state.private(), state.private().join(ENROLLMENT_FILE)].map(mode);
        assert_eq!(modes, [0o755, 0o700, 0o600]);
        assert!(!format!("{:?}", again).contains("rk_live"));
    }

    #[test]
    fn a_damaged_enrolment_says_what_to_do() {
        let (_parent, state) = folder();
        state.keep(&example()).unwrap();
        fs::write(state.private().join(ENROLLMENT_FILE), "{\"server\":").unwrap();
        assert!(state.enrolled().unwrap_err().detail.contains("enrol this device again"));
    }

    #[test]
    fn only_one_agent_runs_in_a_folder() {
        let (_parent, state) = folder();
        state.keep(&example()).unwrap();
        let lock = state.lock().unwrap();
        assert!(state.lock().unwrap_err().detail.contains("already runs"));
        assert!(state.remove().unwrap_err().detail.contains("already runs"));
        drop(lock);
        state.lock().unwrap();
    }

    #[test]
    fn nothing_of_the_agent_stays_and_what_is_not_its_own_does() {
        let (_parent, state) = folder();
        assert_eq!(state.remove().unwrap(), Vec::<PathBuf>::new());
        state.keep(&example()).unwrap();
        fs::create_dir(state.spool()).unwrap();
        fs::write(state.status(), "{}").unwrap();
        let foreign = state.path().join("letter");
        fs::write(&foreign, "x").unwrap();
        assert_eq!(state.remove().unwrap(), [state.status(), state.private()]);
        assert!(foreign.exists());
        fs::remove_file(foreign).unwrap();
        assert_eq!(state.remove().unwrap(), [state.path()]);
        assert!(!state.path().exists());
    }

    #[test]
    fn a_servers_interval_stays_within_reason() {
        assert_eq!([0, 60, 3600, u32::MAX].map(sensible_interval), [60, 60, 3600, 7 * 86_400]);
    }
}
