//! What runs on a device: one look at the machine, sent to the appliance.
//!
//! Each collector is a small reading part on [`System`] and a pure parser. A fact has a value or is left out: a command that is missing,
//! fails, is forbidden or is slow gives no value, and nothing is guessed. No command that is run changes anything.
//!
//! The complete list of what is collected, as far as the system has it (`linux`, `macos` and `windows` say from where):
//! - core: host name, serial number (or a random id, but on Macs), UUID of the mainboard, kind of device, whether it has a screen to lock,
//!   distribution (Linux), release, edition
//! - `security`: disk encryption, firewall, screen lock and its delay, time of the last update, automatic updates, malware protection with
//!   product and age of its signatures, endpoint detection, password manager, whether the person at the screen is administrator, USB
//!   storage, remote login, secure boot, TPM, automatic login, guest account, clock synchronisation
//! - `hardware`: maker, model, firmware version, architecture, kernel, build, processor, memory, disks, mounted system volumes
//! - `software`: name, version, publisher and source of installed packages and programs
//! - `network`: interfaces with hardware address and addresses, gateways, name servers
//!
//! From a personal device only the first two are collected. What is never collected stands in [`NEVER_COLLECTED`].

pub mod desktop;
pub mod enroll;
mod files;
pub mod identity;
pub mod linux;
pub mod macos;
pub mod notify;
pub mod recheck;
pub mod report;
#[cfg(test)]
mod report_fields_tests;
pub mod run;
pub mod send;
pub mod spool;
pub mod state;
pub mod status;
pub mod system;
#[cfg(test)]
mod testing;
pub mod update;
pub mod verdicts;
pub mod windows;

use std::path::PathBuf;

use crate::domain::time::Time;
use crate::error::{Error, Result};

pub use report::Report;
pub use send::{Answer, send};
pub use system::System;
pub use verdicts::verdict_table;

/// Where the agent of the whole system keeps its state, unless told otherwise.
pub const STATE_FOLDER: &str = if cfg!(windows) { r"C:\ProgramData\Recoger\agent" } else { "/var/lib/recoger-agent" };
/// The part of it below `%ProgramData%`.
const WINDOWS_STATE_FOLDER: &str = r"Recoger\agent";

/// [`STATE_FOLDER`], on Windows below the folder for programs' data, wherever that is.
pub fn state_folder() -> PathBuf {
    let data = std::env::var_os("ProgramData").map(PathBuf::from).filter(|data| cfg!(windows) && data.is_absolute());
    data.map_or_else(|| PathBuf::from(STATE_FOLDER), |data| data.join(WINDOWS_STATE_FOLDER))
}

/// What the agent never looks at.
pub const NEVER_COLLECTED: &str = "keystrokes, screenshots, location, network traffic or connections, names of wireless networks, \
     browsing history, mail, passwords, contents or names of personal files";

/// How to look.
#[derive(Debug, Clone)]
pub struct Options {
    /// The moment of the look.
    pub now: Time,
    /// Folder for the random id of a machine without serial number.
    pub state_folder: PathBuf,
    /// A personal device: hardware, software and network are not collected.
    pub personal: bool,
}

impl Options {
    /// The defaults: a company device, [`state_folder`].
    pub fn new(now: Time) -> Options {
        Options { now, state_folder: state_folder(), personal: false }
    }
}

/// One look at the machine. Fails only when nothing names it: the serial number may not be read, or the random id can't be stored.
pub fn collect(system: &System, options: &Options) -> Result<Report> {
    match std::env::consts::OS {
        "linux" => linux::collect(system, options),
        "macos" => macos::collect(system, options),
        "windows" => windows::collect(system, options),
        other => Err(Error::invalid(format!("The agent can't look at a machine that runs {other}"))),
    }
}

/// What `show` tells the person before the JSON.
pub fn notice(personal: bool) -> String {
    let sections = match personal {
        true => "its name, serial number, hardware UUID, operating system and security settings; nothing of hardware, software or network",
        false => {
            "its name, serial number, hardware UUID, operating system, security settings, hardware, installed software and network configuration"
        }
    };
    format!(
        "This is exactly what is sent about this device: {sections}.\nNever collected: {NEVER_COLLECTED}.\n\
         A fact that could not be determined is left out, not sent as \"no\".\n\
         What each fact is for, who sees it and how long it is kept: recoger privacy-fields.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_names_what_is_never_collected_and_what_a_personal_device_keeps() {
        for personal in [false, true] {
            let text = notice(personal);
            for word in ["keystrokes", "screenshots", "location", "traffic", "mail", "passwords"] {
                assert!(text.contains(word), "{word}");
            }
        }
        assert!(notice(true).contains("nothing of hardware"));
    }
}
