//! Reads what osquery says in the words of this appliance: its tables in, a device's fields and sections out.
//!
//! osquery gives every value as text, and an empty text where it has none; so an empty text is absent, and a table without rows says as
//! little as one that was not asked for. Tables and columns are those of <https://osquery.io/schema> (5.x). Tables that no fact rests on are
//! passed over and never kept: osquery can tell far more of a person than the appliance may know.

mod accounts;
mod device;
mod hardware;
mod linux;
mod macos;
mod network;
mod registry;
mod software;
mod tables;
#[cfg(test)]
mod tests;
mod windows;

use serde_json::{Map, Value};

use super::device::{DataType, OsType};

pub use device::OsqueryDevice;
pub use tables::{OsqueryRow, OsqueryTables};

/// The tables that security facts rest on.
const SECURITY_TABLES: &[&str] = &[
    "alf",
    "bitlocker_info",
    "disk_encryption",
    "groups",
    "iptables",
    "listening_ports",
    "logged_in_users",
    "managed_policies",
    "mounts",
    "package_install_history",
    "patches",
    "preferences",
    "registry",
    "rpm_packages",
    "screenlock",
    "secureboot",
    "sharing_preferences",
    "systemd_units",
    "tpm_info",
    "user_groups",
    "users",
    "windows_security_center",
    "windows_security_products",
    "windows_update_history",
];

/// The sections that the tables make, each whole. One is made when a table that it rests on was sent, though it may then hold nothing.
pub fn sections(tables: &OsqueryTables, os_type: OsType) -> Vec<(DataType, Map<String, Value>)> {
    let security = SECURITY_TABLES.iter().any(|table| tables.was_sent(table)).then(|| security(tables, os_type));
    let made = [
        (DataType::Security, security),
        (DataType::Hardware, hardware::hardware(tables)),
        (DataType::Software, software::software(tables, os_type)),
        (DataType::Network, network::network(tables)),
    ];
    made.into_iter().filter_map(|(data_type, section)| Some((data_type, section?))).collect()
}

/// The facts of the `security` section. What can't be told is left out.
fn security(tables: &OsqueryTables, os_type: OsType) -> Map<String, Value> {
    let mut facts = match os_type {
        OsType::Macos => macos::facts(tables),
        OsType::Windows => windows::facts(tables),
        OsType::Linux => linux::facts(tables),
        _ => Facts::default(),
    };
    facts.insert("local_admin", accounts::local_admin(tables, os_type));
    facts.insert("password_manager", software::password_manager(tables));
    facts.0
}

/// Facts by name, those that are known only.
#[derive(Debug, Default)]
struct Facts(Map<String, Value>);

impl Facts {
    fn insert(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }
}

/// Kleene's "all" over what is known of each: one that is false beats one that is not known.
fn all(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for part in parts {
        match part {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}
