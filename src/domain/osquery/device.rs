//! What names a device and its system, by osquery's tables.

use super::OsqueryTables;
use super::registry::Registry;
use crate::domain::device::{DeviceType, OsType, placeholder_serial};
use crate::domain::time::Time;

/// Characters of a serial number, a name and a version that a report may hold.
const SERIAL_CHARACTERS_MAX: usize = 128;
const NAME_CHARACTERS_MAX: usize = 255;
const VERSION_CHARACTERS_MAX: usize = 64;
/// Distributions by their names: where there is `/etc/redhat-release`, osquery calls every platform `rhel`.
const RED_HAT_FAMILY: &[(&str, &str)] = &[
    ("Red Hat Enterprise Linux", "rhel"),
    ("Fedora", "fedora"),
    ("CentOS", "centos"),
    ("Rocky Linux", "rocky"),
    ("AlmaLinux", "almalinux"),
    ("Oracle Linux", "ol"),
    ("Amazon Linux", "amzn"),
];
const EDITION: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\EditionID";
/// What makers write in the hardware's names on a virtual machine.
const VIRTUAL_NAMES: &[&str] = &["vmware", "virtualbox", "virtual machine", "kvm", "qemu", "parallels", "xen", "virtualmac"];

/// The fields of a report that stand outside its sections, each where the tables tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OsqueryDevice {
    /// None of the placeholders that many machines share.
    pub serial_number: Option<String>,
    /// As people call it, else its host name.
    pub device_name: Option<String>,
    /// Kind of machine.
    pub device_type: Option<DeviceType>,
    /// Operating system.
    pub os_type: Option<OsType>,
    /// Its version.
    pub os_version: Option<String>,
    /// On Linux the ID of `/etc/os-release`.
    pub os_distribution: Option<String>,
    /// On Windows the EditionID.
    pub os_edition: Option<String>,
    /// `osquery` and its version.
    pub agent_version: Option<String>,
    /// When osquery was asked, by its table `time`.
    pub collected_at: Option<Time>,
}

impl OsqueryDevice {
    /// Reads `system_info`, `os_version`, `osquery_info`, `chassis_info`, `time`, and the edition from `registry`.
    pub fn read(tables: &OsqueryTables) -> OsqueryDevice {
        let system = |column| tables.first("system_info", column);
        // `-1` is osquery's own word for none, on Windows.
        let serial_number = system("hardware_serial").filter(|serial| !placeholder_serial(serial) && *serial != "-1");
        let os_type = os_type(tables);
        let agent = tables.first("osquery_info", "version").map(|version| format!("osquery {version}"));
        OsqueryDevice {
            serial_number: cut(serial_number, SERIAL_CHARACTERS_MAX),
            device_name: cut(system("computer_name").or_else(|| system("hostname")), NAME_CHARACTERS_MAX),
            device_type: device_type(tables),
            os_type,
            os_version: cut(os_version(tables, os_type).as_deref(), VERSION_CHARACTERS_MAX),
            os_distribution: cut(distribution(tables, os_type), VERSION_CHARACTERS_MAX),
            os_edition: cut(Registry::of(tables).text(EDITION), VERSION_CHARACTERS_MAX),
            agent_version: cut(agent.as_deref(), VERSION_CHARACTERS_MAX),
            collected_at: tables.rows("time").first().and_then(|row| row.time("unix_time")),
        }
    }
}

fn cut(text: Option<&str>, characters: usize) -> Option<String> {
    text.map(|text| text.chars().take(characters).collect())
}

/// `darwin` and `windows` are said as such; any other platform is the ID of a Linux distribution.
fn os_type(tables: &OsqueryTables) -> Option<OsType> {
    match tables.first("os_version", "platform")? {
        "darwin" => Some(OsType::Macos),
        "windows" => Some(OsType::Windows),
        "freebsd" | "openbsd" | "netbsd" => Some(OsType::Other),
        _ => Some(OsType::Linux),
    }
}

fn distribution(tables: &OsqueryTables, os_type: Option<OsType>) -> Option<&str> {
    let platform = tables.first("os_version", "platform").filter(|_| os_type == Some(OsType::Linux))?;
    match platform {
        // osquery's own words for a system that it does not know.
        "posix" | "linux" => None,
        "rhel" => {
            let name = tables.first("os_version", "name")?;
            RED_HAT_FAMILY.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, id)| *id)
        }
        id => Some(id),
    }
}

fn os_version(tables: &OsqueryTables, os_type: Option<OsType>) -> Option<String> {
    let row = tables.rows("os_version").first()?;
    if os_type == Some(OsType::Windows) {
        let numbers = ["major", "minor", "build"].map(|column| row.integer(column));
        let [Some(major), Some(minor), Some(build)] = numbers else { return None };
        let revision = row.integer("revision").map(|revision| format!(".{revision}")).unwrap_or_default();
        return Some(format!("{major}.{minor}.{build}{revision}"));
    }
    // Meant to be shown: `24.04.3 LTS (Noble Numbat)`, `12 (bookworm)`. Distributions that roll have a build at most.
    let version = row.text("version").and_then(|text| text.split_whitespace().next());
    version.filter(|word| word.starts_with(|first: char| first.is_ascii_digit())).or_else(|| row.text("build")).map(str::to_owned)
}

fn device_type(tables: &OsqueryTables) -> Option<DeviceType> {
    let hardware = ["hardware_vendor", "hardware_model"].map(|column| tables.first("system_info", column).unwrap_or("").to_lowercase());
    if VIRTUAL_NAMES.iter().any(|name| hardware.iter().any(|text| text.contains(name))) {
        return Some(DeviceType::Vm);
    }
    let model = &hardware[1];
    if model.starts_with("macbook") {
        return Some(DeviceType::Laptop);
    }
    if ["imac", "macmini", "macpro"].iter().any(|prefix| model.starts_with(prefix)) {
        return Some(DeviceType::Desktop);
    }
    let chassis = tables.first("chassis_info", "chassis_types")?.to_lowercase();
    let has = |words: &[&str]| chassis.split(',').any(|kind| words.contains(&kind.trim()));
    if has(&["laptop", "notebook", "portable", "sub notebook", "convertible", "detachable"]) {
        Some(DeviceType::Laptop)
    } else if has(&["tablet"]) {
        Some(DeviceType::Tablet)
    } else if has(&["desktop", "low profile desktop", "mini tower", "tower", "all in one", "mini pc", "space-saving"]) {
        Some(DeviceType::Desktop)
    } else if has(&["rack mount chassis", "blade", "main system chassis", "main server chassis"]) {
        Some(DeviceType::Server)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(tables: Value) -> OsqueryDevice {
        OsqueryDevice::read(&OsqueryTables::read(tables.as_object().unwrap().clone()).unwrap())
    }

    #[test]
    fn serial_numbers_that_name_nothing_are_absent() {
        for serial in ["", "-1", "To Be Filled By O.E.M.", "0"] {
            assert_eq!(read(json!({"system_info": [{"hardware_serial": serial}]})).serial_number, None, "{serial}");
        }
        assert_eq!(read(json!({"system_info": [{"hardware_serial": " PF4K1ABC "}]})).serial_number.as_deref(), Some("PF4K1ABC"));
    }

    #[test]
    fn systems_are_told_by_their_platform_and_name() {
        let system = |row: Value| {
            let found = read(json!({"os_version": [row]}));
            let text = |text: Option<String>| text.unwrap_or_default();
            (found.os_type.map_or("", OsType::as_str), text(found.os_version), text(found.os_distribution))
        };
        let is = |os: &'static str, version: &str, distribution: &str| (os, version.to_owned(), distribution.to_owned());
        let ubuntu = json!({"name": "Ubuntu", "version": "24.04.3 LTS (Noble Numbat)", "major": "24", "minor": "4", "platform": "ubuntu"});
        assert_eq!(system(ubuntu), is("linux", "24.04.3", "ubuntu"));
        assert_eq!(system(json!({"version": "12 (bookworm)", "platform": "debian"})), is("linux", "12", "debian"));
        let fedora = json!({"name": "Fedora Linux", "version": "43 (Workstation Edition)", "platform": "rhel"});
        assert_eq!(system(fedora), is("linux", "43", "fedora"));
        assert_eq!(system(json!({"name": "Rocky Linux", "version": "9.4 (Blue Onyx)", "platform": "rhel"})), is("linux", "9.4", "rocky"));
        assert_eq!(system(json!({"name": "Some Linux", "version": "1.0", "platform": "rhel"})), is("linux", "1.0", ""));
        assert_eq!(system(json!({"name": "Arch Linux", "build": "rolling", "platform": "arch"})), is("linux", "rolling", "arch"));
        assert_eq!(system(json!({"name": "macOS", "version": "15.1.1", "platform": "darwin"})), is("macos", "15.1.1", ""));
        let windows =
            json!({"version": "10.0.22631", "major": "10", "minor": "0", "build": "22631", "revision": "4460", "platform": "windows"});
        assert_eq!(system(windows), is("windows", "10.0.22631.4460", ""));
        assert_eq!(system(json!({"name": "Unknown", "platform": "posix"})), is("linux", "", ""));
        assert_eq!(system(json!({})), is("", "", ""));
    }

    #[test]
    fn kinds_are_told_by_model_and_chassis() {
        let kind =
            |system: Value, chassis: &str| read(json!({"system_info": [system], "chassis_info": [{"chassis_types": chassis}]})).device_type;
        assert_eq!(kind(json!({"hardware_model": "MacBookPro18,3"}), ""), Some(DeviceType::Laptop));
        assert_eq!(kind(json!({"hardware_model": "Mac14,2"}), ""), None);
        assert_eq!(kind(json!({"hardware_vendor": "LENOVO"}), "Notebook"), Some(DeviceType::Laptop));
        assert_eq!(kind(json!({"hardware_vendor": "VMware, Inc."}), "Other"), Some(DeviceType::Vm));
        assert_eq!(kind(json!({}), "Unknown"), None);
    }
}
