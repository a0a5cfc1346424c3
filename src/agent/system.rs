//! The machine that the collectors look at: files below a root folder and commands with a deadline.
//!
//! Collectors never open a path or start a program by themselves, so each of them can be pointed at a recorded machine in a test.
//! Everything that can't be read answers `None`: the fact that rests on it is then left out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::domain::time::Time;

/// Seconds a command may take before it is ended and counts as failed.
pub const COMMAND_DEADLINE_SECONDS: u64 = 10;
/// Seconds for a program that asks many others, as the collecting script does on Windows.
pub const SLOW_COMMAND_DEADLINE_SECONDS: u64 = 180;
/// Bytes of output a command may write, and bytes of a file that are read; what is larger counts as failed.
pub const OUTPUT_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Entries of one folder that are looked at; a larger folder counts as unreadable.
pub const FOLDER_ENTRIES_MAX: usize = 65_536;
/// Milliseconds between two looks at whether a command that closed its output has ended.
const END_POLL_MILLISECONDS: u64 = 5;
/// Only folders that the package manager fills: the agent runs as root and must not start what somebody left elsewhere. `/usr/local` is not
/// among them, for groups may write there on some systems. The last two are those of NixOS; what is there is its own.
const SEARCH_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/run/current-system/sw/bin";

/// Where Windows lies unless its environment says otherwise.
const WINDOWS_FOLDER: &str = r"C:\Windows";

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// Why a file gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not exist.
    Missing,
    /// It exists and may not be read by this user.
    Forbidden,
    /// Anything else: too large, an I/O error, not a file.
    Broken,
}

/// Where commands come from.
enum Commands {
    Real,
    /// Recorded outputs by command line; what is not recorded does not exist.
    Recorded(BTreeMap<String, Output>),
}

/// A machine to look at.
pub struct System {
    root: PathBuf,
    commands: Commands,
}

impl System {
    /// The machine this program runs on.
    pub fn this_machine() -> System {
        System { root: PathBuf::from("/"), commands: Commands::Real }
    }

    /// A recorded machine: files below `root`, outputs by command line (program and arguments joined by single spaces).
    pub fn recorded(root: impl Into<PathBuf>, commands: BTreeMap<String, Output>) -> System {
        System { root: root.into(), commands: Commands::Recorded(commands) }
    }

    /// The text of a file, without zero bytes and outer blanks; `None` when it can't be read.
    pub fn read(&self, path: &str) -> Option<String> {
        self.try_read(path).ok()
    }

    /// As [`System::read`], but says why there is nothing.
    pub fn try_read(&self, path: &str) -> Result<String, Unreadable> {
        let bytes = self.try_read_bytes(path)?;
        // Device tree strings end in a zero byte.
        Ok(String::from_utf8_lossy(&bytes).trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned())
    }

    /// The bytes of a file of at most [`OUTPUT_BYTES_MAX`].
    pub fn read_bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.try_read_bytes(path).ok()
    }

    /// The first `length` bytes of a file that may be large.
    pub fn read_head(&self, path: &str, length: usize) -> Option<Vec<u8>> {
        let path = self.at(path);
        fs::metadata(&path).ok()?.is_file().then_some(())?;
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(length as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The names in a folder, sorted; `None` when it can't be read.
    pub fn list(&self, path: &str) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.at(path)).ok()? {
            if names.len() == FOLDER_ENTRIES_MAX {
                return None;
            }
            names.push(entry.ok()?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Some(names)
    }

    /// Whether something is there, be it a link that leads nowhere.
    pub fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.at(path)).is_ok()
    }

    /// Where a symbolic link points, as written in it.
    pub fn link(&self, path: &str) -> Option<String> {
        Some(fs::read_link(self.at(path)).ok()?.to_string_lossy().into_owned())
    }

    /// When a file was last changed.
    pub fn modified(&self, path: &str) -> Option<Time> {
        let modified = fs::metadata(self.at(path)).ok()?.modified().ok()?;
        let seconds = modified.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        Some(Time(i64::try_from(seconds).ok()?))
    }

    /// Runs a command to its end, whatever its exit code; `None` when it is missing, slow, or writes too much.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<Output> {
        match &self.commands {
            Commands::Real => run_with_deadline(program, arguments, Duration::from_secs(COMMAND_DEADLINE_SECONDS)),
            Commands::Recorded(outputs) => {
                let line = std::iter::once(&program).chain(arguments).copied().collect::<Vec<_>>().join(" ");
                outputs.get(&line).cloned()
            }
        }
    }

    /// The output of a command that ended with exit code 0.
    pub fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
        self.run(program, arguments).filter(|output| output.code == 0).map(|output| output.text)
    }

    /// As [`System::output`], with [`SLOW_COMMAND_DEADLINE_SECONDS`] instead.
    pub fn slow_output(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = match &self.commands {
            Commands::Real => run_with_deadline(program, arguments, Duration::from_secs(SLOW_COMMAND_DEADLINE_SECONDS)),
            Commands::Recorded(_) => self.run(program, arguments),
        };
        output.filter(|output| output.code == 0).map(|output| output.text)
    }

    /// The absolute path of a program below the folder of Windows.
    pub fn windows_program(&self, path: &str) -> String {
        let folder = match self.commands {
            // Set by Windows for every process; nobody but an administrator can start the agent with another.
            Commands::Real => std::env::var("SystemRoot").unwrap_or_else(|_| WINDOWS_FOLDER.to_owned()),
            Commands::Recorded(_) => WINDOWS_FOLDER.to_owned(),
        };
        format!(r"{folder}\{path}")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// As [`System::read_bytes`], but says why there is nothing.
    pub fn try_read_bytes(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        read_limited(&self.at(path)).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Unreadable::Missing,
            ErrorKind::PermissionDenied => Unreadable::Forbidden,
            _ => Unreadable::Broken,
        })
    }
}

fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    // A named pipe or a device would block or never end.
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::from(ErrorKind::InvalidInput));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > OUTPUT_BYTES_MAX {
        return Err(std::io::Error::from(ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

/// The output is read by a thread of its own, so that a silent command can be given up; that thread ends when the pipe closes.
fn run_with_deadline(program: &str, arguments: &[&str], deadline: Duration) -> Option<Output> {
    let started = Instant::now();
    let mut command = Command::new(program);
    if cfg!(windows) {
        // Programs there do not start without the system's variables. A newer PowerShell above us would hand down its own modules.
        command.env_remove("PSModulePath");
    } else {
        command.env_clear().env("LC_ALL", "C").env("PATH", SEARCH_PATH).current_dir("/");
    }
    let mut child = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let whole = stdout.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut bytes);
        // The receiver is gone once the deadline has passed; nobody needs the bytes then.
        let _ = sender.send(whole.map(|_| bytes));
    });
    let bytes = receiver.recv_timeout(deadline).ok().and_then(Result::ok).filter(|bytes| bytes.len() as u64 <= OUTPUT_BYTES_MAX);
    let code = bytes.as_ref().and_then(|_| wait_until(&mut child, started + deadline));
    if code.is_none() {
        // It may have ended just now; then there is nothing to kill and nothing to say.
        let _ = child.kill();
        let _ = child.wait();
    }
    Some(Output { code: code?, text: String::from_utf8_lossy(&bytes?).into_owned() })
}

fn wait_until(child: &mut std::process::Child, end: Instant) -> Option<i32> {
    loop {
        if let Some(status) = child.try_wait().ok()? {
            return status.code();
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(END_POLL_MILLISECONDS));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_silent_command_is_given_up_at_its_deadline() {
        let started = Instant::now();
        assert_eq!(run_with_deadline("sleep", &["60"], Duration::from_millis(50)), None);
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_command_that_closes_its_output_and_goes_on_is_given_up() {
        assert_eq!(run_with_deadline("sh", &["-c", "exec >&-; sleep 60"], Duration::from_millis(200)), None);
    }

    #[test]
    fn a_command_that_writes_without_end_is_given_up() {
        assert_eq!(run_with_deadline("yes", &[], Duration::from_secs(20)), None);
    }

    #[test]
    fn a_missing_command_is_nothing_and_a_failed_one_has_its_code() {
        let machine = System::this_machine();
        assert_eq!(machine.run("no-such-command-at-all", &[]), None);
        assert_eq!(machine.run("sh", &["-c", "echo x; exit 3"]), Some(Output { code: 3, text: "x\n".to_owned() }));
        assert_eq!(machine.output("sh", &["-c", "echo x; exit 3"]), None);
    }

    #[test]
    fn commands_see_a_neutral_language_and_no_environment_of_ours() {
        let text = System::this_machine().output("env", &[]).unwrap();
        assert!(text.contains("LC_ALL=C\n"), "{text}");
        assert!(!text.contains("HOME=") && !text.contains("CARGO"), "{text}");
        assert!(!text.contains("/usr/local"), "a folder that others than the package manager fill: {text}");
    }

    #[test]
    fn a_pipe_is_not_read() {
        assert_eq!(System::this_machine().try_read("/dev/zero"), Err(Unreadable::Broken));
    }
}
