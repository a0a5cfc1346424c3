//! The device noun: its words, serial numbers that name nothing, and the known facts of the `security` section.

use serde_json::{Map, Value};

use super::facts::FactKind;
use super::named::{exact_parse, named_enum};
use super::time::Time;

/// Longest text of a known `security` fact, in characters.
pub const SECURITY_TEXT_CHARACTERS: usize = 255;

named_enum! {
    /// What kind of machine it is.
    pub enum DeviceType {
        /// A portable computer.
        Laptop = "laptop",
        /// A stationary computer with a screen.
        Desktop = "desktop",
        /// A server.
        Server = "server",
        /// A phone.
        Phone = "phone",
        /// A tablet.
        Tablet = "tablet",
        /// A virtual machine.
        Vm = "vm",
        /// Anything else, or not stated.
        Other = "other",
    }
}

named_enum! {
    /// The operating system.
    pub enum OsType {
        /// Apple macOS.
        Macos = "macos",
        /// Microsoft Windows.
        Windows = "windows",
        /// Any Linux distribution.
        Linux = "linux",
        /// iOS and iPadOS.
        Ios = "ios",
        /// Android.
        Android = "android",
        /// ChromeOS.
        Chromeos = "chromeos",
        /// Anything else.
        Other = "other",
    }
}

impl OsType {
    /// Reads the written form without regard to case; `darwin` means macOS.
    pub fn parse(text: &str) -> Option<OsType> {
        if text.eq_ignore_ascii_case("darwin") {
            return Some(OsType::Macos);
        }
        OsType::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(text))
    }
}

named_enum! {
    /// A section of a device report.
    pub enum DataType {
        /// Security facts, see [`SECURITY_FACTS`].
        Security = "security",
        /// Processor, memory, disks.
        Hardware = "hardware",
        /// Installed programs.
        Software = "software",
        /// Interfaces and addresses.
        Network = "network",
        /// Whatever the organisation adds.
        Custom = "custom",
    }
}

named_enum! {
    /// Whose device it is.
    pub enum Ownership {
        /// The organisation's (the default).
        Company = "company",
        /// A person's own: only security facts are taken from it.
        Personal = "personal",
    }
}

named_enum! {
    /// Whether a device belongs to the inventory.
    pub enum Approval {
        /// It does (the default).
        Approved = "approved",
        /// It was enrolled and waits for an admin: its reports are kept, and it is in no count.
        Pending = "pending",
    }
}

named_enum! {
    /// Who vouches for a set of facts.
    pub enum Source {
        /// An agent whose key is bound to the serial number.
        Agent = "agent",
        /// Another system with an API key.
        Integration = "integration",
        /// A person with a token of their own: declared, not measured.
        Person = "person",
    }
}

named_enum! {
    /// Why a device left the inventory.
    pub enum RetireReason {
        /// Lost or stolen.
        Lost = "lost",
        /// Sold or given away.
        Sold = "sold",
        /// Beyond repair.
        Broken = "broken",
        /// Another one took its place.
        Replaced = "replaced",
        /// Its owner left and took it along.
        Left = "left",
        /// Recorded by mistake.
        Error = "error",
    }
}

exact_parse! { DeviceType DataType Ownership Approval Source RetireReason }

/// Known keys of the `security` section and what they hold; other keys are kept but judge nothing.
pub const SECURITY_FACTS: &[(&str, FactKind)] = &[
    ("disk_encryption", FactKind::Bool),
    ("firewall_enabled", FactKind::Bool),
    ("screen_lock_enabled", FactKind::Bool),
    ("screen_lock_delay_secs", FactKind::Integer),
    ("last_update_at", FactKind::Time),
    ("auto_update_enabled", FactKind::Bool),
    ("antivirus_enabled", FactKind::Bool),
    ("antivirus_product", FactKind::Text),
    ("antivirus_signatures_at", FactKind::Time),
    ("edr_installed", FactKind::Bool),
    ("password_manager", FactKind::Bool),
    ("local_admin", FactKind::Bool),
    ("usb_storage_blocked", FactKind::Bool),
    ("remote_login_enabled", FactKind::Bool),
    ("secure_boot", FactKind::Bool),
    ("tpm_present", FactKind::Bool),
    ("auto_login_enabled", FactKind::Bool),
    ("guest_account_enabled", FactKind::Bool),
    ("autorun_disabled", FactKind::Bool),
    ("time_sync", FactKind::Bool),
];

/// Checks the types of the known keys; `null` counts as absent. The error is a sentence that names `security.KEY`.
pub fn validate_security(section: &Map<String, Value>) -> Result<(), String> {
    for (key, kind) in SECURITY_FACTS {
        let Some(value) = section.get(*key).filter(|value| !value.is_null()) else { continue };
        let expected = match kind {
            FactKind::Bool if !value.is_boolean() => "true, false or null",
            // Seconds; -1 stands for never.
            FactKind::Integer if value.as_i64().is_none_or(|seconds| seconds < -1) => "a whole number from -1 (never), or null",
            FactKind::Time if value.as_str().and_then(Time::parse).is_none() => "an RFC 3339 time such as 2026-01-04T10:30:00Z, or null",
            FactKind::Text if value.as_str().is_none_or(|text| text.chars().count() > SECURITY_TEXT_CHARACTERS) => {
                "a text of at most 255 characters, or null"
            }
            _ => continue,
        };
        return Err(format!("security.{key} must be {expected}"));
    }
    Ok(())
}

/// What firmware makers leave in the serial number's place, in lower case without white space, dots, dashes and underscores.
const PLACEHOLDER_SERIALS: &[&str] = &[
    "tobefilledbyoem",
    "tobefilled",
    "defaultstring",
    "default",
    "systemserialnumber",
    "systemserial",
    "chassisserialnumber",
    "baseboardserialnumber",
    "serialnumber",
    "serial",
    "sernum0",
    "sn",
    "oem",
    "systemmanufacturer",
    "systemproductname",
    "type1productconfigid",
    "noassettag",
    "notpresent",
    "123456",
    "none",
    "null",
    "nil",
    "na",
    "n/a",
    "notspecified",
    "notavailable",
    "notapplicable",
    "unspecified",
    "unavailable",
    "unknown",
    "undefined",
    "invalid",
    "empty",
    "unset",
    "tbd",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
];

/// True for a serial number that names no machine: empty, a maker's placeholder, or one character over and over.
pub fn placeholder_serial(serial: &str) -> bool {
    let essence: String =
        serial.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '_')).flat_map(char::to_lowercase).collect();
    let mut characters = essence.chars();
    let Some(first) = characters.next() else { return true };
    let one_character_only = characters.all(|c| c == first);
    // "0" and "X" are fillers at any length; other characters only once they repeat too often for a serial.
    let filler = one_character_only && (matches!(first, '0' | 'x') || essence.chars().count() >= 4);
    filler || PLACEHOLDER_SERIALS.contains(&essence.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_read_back_what_they_write_and_nothing_else() {
        for value in DeviceType::ALL {
            assert_eq!(DeviceType::parse(value.as_str()), Some(*value));
        }
        assert_eq!(DeviceType::parse("Laptop"), None);
        assert_eq!(OsType::parse("Darwin"), Some(OsType::Macos));
        assert_eq!(OsType::parse("WINDOWS"), Some(OsType::Windows));
        assert_eq!(OsType::parse("beos"), None);
        assert_eq!(serde_json::to_value(RetireReason::Left).unwrap(), json!("left"));
        assert!(serde_json::from_value::<Ownership>(json!("rented")).unwrap_err().to_string().contains("company, personal"));
    }

    #[test]
    fn serials_that_name_nothing_are_seen_through() {
        for serial in [
            "",
            "  ",
            "To Be Filled By O.E.M.",
            "to be filled by o.e.m",
            "Default string",
            "System Serial Number",
            "None",
            "0",
            "0000000",
            "00000000-0000-0000",
            "Not Specified",
            "INVALID",
            "123456789",
            "XXXX",
            "xxxxxxxxxx",
            "N/A",
            "........",
            "FFFFFFFF",
        ] {
            assert!(placeholder_serial(serial), "{serial:?}");
        }
        for serial in ["C02XL0GTJG5J", "5CG1234XYZ", "1", "7", "VMware-56 4d 3a", "PF0X0X", "100000", "AAA1"] {
            assert!(!placeholder_serial(serial), "{serial:?}");
        }
    }

    #[track_caller]
    fn security(section: Value) -> Result<(), String> {
        validate_security(section.as_object().unwrap())
    }

    #[test]
    fn known_security_facts_have_types_and_the_sentence_names_the_key() {
        let good = json!({ "disk_encryption": true, "firewall_enabled": null, "screen_lock_delay_secs": -1, "antivirus_product": "ClamAV",
            "last_update_at": "2026-01-04T10:30:00+01:00", "something_else": { "any": ["thing"] } });
        assert_eq!(security(good), Ok(()));
        for (key, _) in SECURITY_FACTS {
            let sentence = security(json!({ *key: ["wrong"] })).unwrap_err();
            assert!(sentence.starts_with(&format!("security.{key} must be ")), "{sentence}");
        }
        for wrong in [json!(-2), json!(1.5), json!("300")] {
            assert!(security(json!({ "screen_lock_delay_secs": wrong })).is_err());
        }
        assert!(security(json!({ "disk_encryption": "true" })).is_err());
        assert!(security(json!({ "last_update_at": "2026-01-04" })).is_err());
        assert!(security(json!({ "antivirus_product": "x".repeat(256) })).is_err());
    }
}
