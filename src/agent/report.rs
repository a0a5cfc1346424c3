//! The report as it is sent: the JSON body of `POST /v1/devices/report`.
//!
//! A field that is `None` is left out of the JSON: absent means "not known", never "no". The order of fields and lists is fixed, so two
//! looks at an unchanged machine differ in their times alone.

use serde::{Deserialize, Serialize};

use crate::domain::time::Time;

/// Bytes of JSON that the server takes; see [`Report::fit`].
pub const REPORT_BYTES_MAX: usize = 1024 * 1024;

/// Everything that one look at a machine found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Host name.
    pub device_name: String,
    /// What names the machine within its organisation.
    pub serial_number: String,
    /// UUID of the mainboard, which tells two machines apart that share a serial number, such as cloned ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware_uuid: Option<String>,
    /// `laptop`, `desktop`, `server`, `tablet`, `vm` or `other`.
    pub device_type: String,
    /// `linux`, `macos` or `windows`.
    pub os_type: String,
    /// Release, such as `24.04`, `15.7.1` or `10.0.26100.4652`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// `ID` of `/etc/os-release`, such as `ubuntu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_distribution: Option<String>,
    /// `VARIANT_ID` of `/etc/os-release`, such as `workstation`; on Windows the EditionID, such as `Professional`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_edition: Option<String>,
    /// Version of this program.
    pub agent_version: String,
    /// When the look was taken, by the machine's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<Time>,
    /// No screen to lock: on Linux neither a display manager nor a desktop is installed, and it is no laptop; a Mac without a screen; a
    /// Windows Server without desktop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headless: Option<bool>,
    /// The facts that checks are about.
    pub security: Security,
    /// What it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware: Option<Hardware>,
    /// What is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<Software>,
    /// How it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// What the person should know about this look; not sent.
    #[serde(skip)]
    pub notes: Vec<&'static str>,
}

/// The security facts; units and meaning are those of the check catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// Every volume of the system is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_encryption: Option<bool>,
    /// What no rule lets in is refused, in all address families in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firewall_enabled: Option<bool>,
    /// After the screen has locked by itself a credential is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_lock_enabled: Option<bool>,
    /// Seconds from the last input until a credential is needed; -1 is never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_lock_delay_secs: Option<i64>,
    /// Newest update of the system, or newest successful look that found nothing to install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_at: Option<Time>,
    /// Security updates install without anybody's doing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_update_enabled: Option<bool>,
    /// A known malware protection is installed and runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub antivirus_enabled: Option<bool>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub antivirus_product: Option<String>,
    /// When its signatures were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub antivirus_signatures_at: Option<Time>,
    /// A known endpoint detection agent runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edr_installed: Option<bool>,
    /// A known password manager is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_manager: Option<bool>,
    /// The person at the screen is administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_admin: Option<bool>,
    /// USB disks are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usb_storage_blocked: Option<bool>,
    /// Others can reach SSH, remote desktop or VNC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_login_enabled: Option<bool>,
    /// The firmware verifies what it starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_boot: Option<bool>,
    /// There is a TPM 2.0, or Apple's Secure Enclave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm_present: Option<bool>,
    /// Somebody is logged in at start without a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_login_enabled: Option<bool>,
    /// The login screen offers a guest session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_account_enabled: Option<bool>,
    /// The clock follows a time server now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_sync: Option<bool>,
}

/// What the machine is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Its model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Firmware version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Instruction set, such as `x86_64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Release of the running kernel; on Windows that of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Build of the system where its version does not tell all, such as `24G231`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_build: Option<String>,
    /// Name of the processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    /// Logical processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor_count: Option<u32>,
    /// Memory that the kernel can use, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Disks, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<Disk>,
    /// The volumes that hold the system, home folders and swap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
}

/// A disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// As the system calls it, such as `nvme0n1` or `disk0`.
    pub name: String,
    /// Model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Whether it can be taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removable: Option<bool>,
}

/// A mounted volume or swap space.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Where it is mounted, such as `/` or `C:`, or `swap`.
    pub mount: String,
    /// File system type.
    pub file_system: String,
    /// Whether all that lies under it is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
}

/// What is installed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Software {
    /// When the list was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<Time>,
    /// By source, name and version.
    pub items: Vec<Package>,
}

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, as its package manager writes it.
    pub version: String,
    /// Who published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// `dpkg`, `rpm`, `apk`, `pacman`, `snap`, `flatpak` or `nix`; `application` or `homebrew`; `windows`.
    pub source: String,
}

/// How the machine is connected; never to whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Interfaces, by name.
    pub interfaces: Vec<Interface>,
    /// Default gateways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<String>,
    /// Name servers, in the order in which they are asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns_servers: Vec<String>,
}

/// A network interface.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Hardware address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// Addresses with prefix length; without link-local and temporary ones, which change by themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

impl Report {
    /// The bytes that are sent.
    pub fn to_json(&self) -> String {
        // Plain structs with string keys: serialising can't fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same JSON, indented for reading.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The JSON of a report without all that is not a core field or a security fact; nothing when there is nothing to leave out.
    pub fn security_only(json: &[u8]) -> Option<Vec<u8>> {
        let mut report: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(json).ok()?;
        let before = report.len();
        report.retain(|name, _| !matches!(name.as_str(), "hardware" | "software" | "network"));
        (report.len() < before).then(|| serde_json::to_vec(&report).ok()).flatten()
    }

    /// Makes the report fit into [`REPORT_BYTES_MAX`]: publishers go first, then the whole software list, for a list cut short would
    /// let a check for forbidden software pass. What was left out stands in `notes`.
    pub fn fit(&mut self) {
        if self.to_json().len() <= REPORT_BYTES_MAX {
            return;
        }
        if let Some(software) = &mut self.software {
            for item in &mut software.items {
                item.publisher = None;
            }
        }
        if self.to_json().len() <= REPORT_BYTES_MAX {
            self.notes.push("The report was too large; the publishers of the software were left out");
            return;
        }
        self.software = None;
        self.notes.push("The report was too large; the list of software was left out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_packages(count: usize, name_length: usize) -> Report {
        let item =
            Package { name: "n".repeat(name_length), version: "1".to_owned(), publisher: Some("p".repeat(100)), source: "dpkg".to_owned() };
        Report { software: Some(Software { collected_at: None, items: vec![item; count] }), ..Report::default() }
    }

    #[test]
    fn unknown_facts_leave_no_trace_in_the_json() {
        let json = Report::default().to_json();
        assert!(json.contains(r#""security":{}"#), "{json}");
        assert!(!json.contains("null") && !json.contains("hardware"), "{json}");
    }

    #[test]
    fn a_report_of_security_facts_alone_keeps_its_time() {
        let report = Report { collected_at: Some(Time(60)), network: Some(Network::default()), ..with_packages(2, 3) };
        let less = Report::security_only(report.to_json().as_bytes()).unwrap();
        let wanted = Report { collected_at: Some(Time(60)), ..Report::default() };
        assert_eq!(serde_json::from_slice::<Report>(&less).unwrap(), wanted);
        assert_eq!(Report::security_only(&less), None);
    }

    #[test]
    fn a_report_too_large_loses_publishers_first_then_the_whole_list() {
        let mut small = with_packages(100, 20);
        small.fit();
        assert!(small.notes.is_empty());
        let mut large = with_packages(6_000, 60);
        large.fit();
        assert!(large.notes[0].contains("publishers"));
        assert_eq!(large.software.as_ref().map(|software| software.items.len()), Some(6_000));
        assert!(large.to_json().len() <= REPORT_BYTES_MAX);
        let mut huge = with_packages(20_000, 100);
        huge.fit();
        assert!(huge.notes[0].contains("list of software"));
        assert_eq!(huge.software, None);
    }
}
