//! Facts of one subject, looked up by name. Absent and `null` are the same: nothing is known.
//!
//! Core facts (fields of the record) are there or not and do not go stale. Reported facts (`security.*`, `software.*`, `os.*`) carry the
//! time they were last confirmed. Derived facts are computed here: OS support, and counts and names of the software list.

mod model;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::device::{DeviceType, OsType, Ownership};
use super::inventory::Device;
use super::os_support::{OsSupport, Release};
use super::time::Time;

pub use model::{CUSTOM_PREFIX, FactKind, kind_of};

/// A known fact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact<'f> {
    /// Its value, never `null`.
    pub value: &'f Value,
    /// When it was last confirmed; `None` for core facts, which do not go stale.
    pub confirmed_at: Option<Time>,
}

/// What is known of a fact at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lookup<'f> {
    /// The fact, if known.
    pub fact: Option<Fact<'f>>,
    /// When time alone gives a derived fact another value next (an OS release reaches its end).
    pub changes_at: Option<Time>,
}

/// A section of a device's reports with the time it was last confirmed.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    /// The section as reported.
    pub data: &'a Map<String, Value>,
    /// When a report last held it.
    pub confirmed_at: Time,
}

/// What the facts of a device are made from; fields as in the device's record.
#[derive(Debug, Clone, Copy)]
pub struct DeviceFacts<'a> {
    /// Serial number.
    pub serial_number: &'a str,
    /// Name.
    pub device_name: &'a str,
    /// Kind of machine.
    pub device_type: DeviceType,
    /// Operating system.
    pub os_type: OsType,
    /// Its version, as reported.
    pub os_version: Option<&'a str>,
    /// On Linux the ID of `/etc/os-release`.
    pub os_distribution: Option<&'a str>,
    /// On Windows the EditionID.
    pub os_edition: Option<&'a str>,
    /// When it last reported; also when its OS facts were last confirmed.
    pub last_seen: Option<Time>,
    /// Owner.
    pub user_id: Option<&'a str>,
    /// Whether the owner's account is active; `None` without an owner.
    pub owner_active: Option<bool>,
    /// Company's or personal.
    pub ownership: Ownership,
    /// No screen or console is in use.
    pub headless: bool,
    /// Tags.
    pub tags: &'a [String],
    /// The `security` section in force.
    pub security: Option<Section<'a>>,
    /// The `software` section in force.
    pub software: Option<Section<'a>>,
}

impl<'a> DeviceFacts<'a> {
    /// The facts of `device` as its record has them at `at`, beside its sections. What a device said of itself at a moment it said alive: it was
    /// last heard of by then.
    pub fn of_record(
        device: &'a Device,
        owner_active: Option<bool>,
        security: Option<Section<'a>>,
        software: Option<Section<'a>>,
        at: Time,
    ) -> DeviceFacts<'a> {
        DeviceFacts {
            serial_number: &device.serial_number,
            device_name: &device.device_name,
            device_type: device.device_type,
            os_type: device.os_type,
            os_version: device.os_version.as_deref(),
            os_distribution: device.os_distribution.as_deref(),
            os_edition: device.os_edition.as_deref(),
            last_seen: device.last_seen.map(|last_seen| last_seen.min(at)),
            user_id: device.user_id.as_deref(),
            owner_active,
            ownership: device.ownership,
            headless: device.headless.unwrap_or(false),
            tags: &device.tags,
            security,
            software,
        }
    }
}

/// The facts of one subject. Building it copies the short core fields only; sections are borrowed, lists are derived when asked for.
#[derive(Debug)]
pub struct Facts<'a> {
    core: Vec<(&'static str, Value)>,
    security: Option<Section<'a>>,
    software: Option<Software<'a>>,
    custom: Option<Section<'a>>,
    release: Option<(Release<'a>, Time)>,
    os_support: &'a OsSupport,
}

/// The software section with what is derived from it on first use.
#[derive(Debug)]
struct Software<'a> {
    section: Section<'a>,
    count: OnceCell<Value>,
    names: OnceCell<Option<Value>>,
    collected_at: OnceCell<Value>,
}

static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);

impl<'a> Facts<'a> {
    /// The facts of a device.
    pub fn of_device(device: &DeviceFacts<'a>) -> Facts<'a> {
        let text = |value: &str| Value::String(value.to_owned());
        let optional = |value: Option<&str>| value.map_or(Value::Null, text);
        let mut facts = Facts::from_fields(vec![
            ("os_type", text(device.os_type.as_str())),
            ("device_type", text(device.device_type.as_str())),
            ("headless", Value::Bool(device.headless)),
            ("last_seen", device.last_seen.map_or(Value::Null, |time| Value::String(time.to_string()))),
            ("user_id", optional(device.user_id)),
            ("owner_active", device.owner_active.map_or(Value::Null, Value::Bool)),
            ("serial_number", text(device.serial_number)),
            ("os_version", optional(device.os_version)),
            ("device_name", text(device.device_name)),
            ("os_distribution", optional(device.os_distribution)),
            ("os_edition", optional(device.os_edition)),
            ("ownership", text(device.ownership.as_str())),
            ("tags", Value::Array(device.tags.iter().map(|tag| text(tag)).collect())),
        ]);
        facts.security = device.security;
        facts.software = device.software.map(|section| Software {
            section,
            count: OnceCell::new(),
            names: OnceCell::new(),
            collected_at: OnceCell::new(),
        });
        facts.release = device.os_version.zip(device.last_seen).map(|(version, last_seen)| {
            let release = Release {
                os_type: device.os_type,
                version,
                distribution: device.os_distribution,
                edition: device.os_edition,
                last_update_at: device.security.and_then(|section| section.data.get("last_update_at")?.as_str().and_then(Time::parse)),
            };
            (release, last_seen)
        });
        facts
    }

    /// The facts of a service, user or tenant: `(fact name, value)`; `null` is absent. Names are those of [`kind_of`].
    pub fn from_fields(core: Vec<(&'static str, Value)>) -> Facts<'a> {
        Facts { core, security: None, software: None, custom: None, release: None, os_support: OsSupport::shipped() }
    }

    /// The same facts with `os.release_supported` by another table than the one that this program brings: by that of the day asked about.
    pub fn with_os_support(self, os_support: &'a OsSupport) -> Facts<'a> {
        Facts { os_support, ..self }
    }

    /// The same facts with those of the section `custom`, each named by its key.
    pub fn with_custom(self, custom: Option<Section<'a>>) -> Facts<'a> {
        Facts { custom, ..self }
    }

    /// What is known of `name` at `at`, with days counted in `zone`.
    pub fn get(&self, name: &str, at: Time, zone: Tz) -> Lookup<'_> {
        if name == "os.release_supported" {
            return self.release_supported(at, zone);
        }
        let fact = if let Some(key) = name.strip_prefix("security.") {
            self.security.and_then(|section| reported(section.data.get(key)?, section.confirmed_at))
        } else if let Some(key) = name.strip_prefix(CUSTOM_PREFIX) {
            self.custom.and_then(|section| reported(section.data.get(key)?, section.confirmed_at))
        } else if let Some(key) = name.strip_prefix("software.") {
            self.software.as_ref().and_then(|software| reported(software.get(key)?, software.section.confirmed_at))
        } else {
            let value = self.core.iter().find(|(field, _)| *field == name).map(|(_, value)| value);
            value.filter(|value| !value.is_null()).map(|value| Fact { value, confirmed_at: None })
        };
        Lookup { fact, changes_at: None }
    }

    fn release_supported(&self, at: Time, zone: Tz) -> Lookup<'_> {
        let Some((release, last_seen)) = &self.release else { return Lookup { fact: None, changes_at: None } };
        let support = self.os_support.lookup(release, at, zone);
        // Where the answer rests on the security section too, the older of both confirmations counts.
        let confirmed_at = match self.security {
            Some(section) if support.by_last_update => section.confirmed_at.min(*last_seen),
            _ => *last_seen,
        };
        let value = support.supported.map(|supported| if supported { &TRUE } else { &FALSE });
        Lookup { fact: value.map(|value| Fact { value, confirmed_at: Some(confirmed_at) }), changes_at: support.changes_at }
    }
}

impl Software<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        match key {
            "items" => self.items(),
            "count" => Some(self.count.get_or_init(|| match self.items() {
                Some(Value::Array(items)) => Value::from(items.len()),
                _ => self.section.data.get("count").cloned().unwrap_or(Value::Null),
            })),
            // A list with a nameless entry stays as it is, so that a rule finds it of the wrong type: it proves nothing absent.
            "names" => self.names.get_or_init(|| self.names()).as_ref().or_else(|| self.items()),
            "collected_at" => match self.section.data.get("collected_at") {
                Some(given) if !given.is_null() => Some(given),
                _ => Some(self.collected_at.get_or_init(|| Value::String(self.section.confirmed_at.to_string()))),
            },
            _ => self.section.data.get(key),
        }
    }

    /// `items`, or what other inventories call `packages`.
    fn items(&self) -> Option<&Value> {
        let present = |key| self.section.data.get(key).filter(|value: &&Value| !value.is_null());
        present("items").or_else(|| present("packages"))
    }

    /// Sorted, so that a long list is searched quickly; `None` unless every entry has a name.
    fn names(&self) -> Option<Value> {
        let items = self.items()?.as_array()?;
        let mut names = items.iter().map(|item| item_name(item).map(str::to_lowercase)).collect::<Option<Vec<String>>>()?;
        names.sort_unstable();
        names.dedup();
        Some(Value::Array(names.into_iter().map(Value::String).collect()))
    }
}

/// The name of an entry of the software list: `{name, …}` or a bare string.
pub(super) fn item_name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("name")?.as_str()).filter(|name| !name.trim().is_empty())
}

fn reported(value: &Value, confirmed_at: Time) -> Option<Fact<'_>> {
    (!value.is_null()).then_some(Fact { value, confirmed_at: Some(confirmed_at) })
}
