//! What names the machine and its system.

use crate::agent::System;
use crate::domain::device::placeholder_serial;
use crate::error::{Error, Result};

/// Characters of a serial number that the server takes.
const SERIAL_CHARACTERS_MAX: usize = 128;
/// Characters of a device's name that the server takes.
const NAME_CHARACTERS_MAX: usize = 255;

/// The name that the person gave the Mac, else the one on the network; control characters, which the server refuses, are left out.
pub(super) fn device_name(system: &System) -> Option<String> {
    let name = |key: &str| {
        let name = text(system, "/usr/sbin/scutil", &["--get", key])?;
        let name: String = name.chars().filter(|character| !character.is_control()).take(NAME_CHARACTERS_MAX).collect();
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    };
    name("ComputerName").or_else(|| name("LocalHostName"))
}

/// Release, such as `15.7.1`.
pub(super) fn version(system: &System) -> Option<String> {
    text(system, "/usr/bin/sw_vers", &["-productVersion"])
}

/// Build, such as `24G231`; security responses between releases change the build alone.
pub(super) fn build(system: &System) -> Option<String> {
    text(system, "/usr/bin/sw_vers", &["-buildVersion"])
}

/// The serial number. Every Mac has one: without it the report would make a second device, so there is none.
pub(super) fn serial_number(system: &System) -> Result<String> {
    let text = system.output("/usr/sbin/ioreg", &["-r", "-d", "1", "-c", "IOPlatformExpertDevice"]);
    let serial = text.as_deref().and_then(parse_serial).filter(|serial| !placeholder_serial(serial));
    serial.ok_or_else(|| Error::invalid("The serial number of this Mac can't be read; without it the appliance can't tell devices apart"))
}

/// A line `"IOPlatformSerialNumber" = "C02XK1ABJGH5"`.
fn parse_serial(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("\"IOPlatformSerialNumber\" = \""))?;
    Some(value.trim_end_matches('"').trim().chars().take(SERIAL_CHARACTERS_MAX).collect())
}

pub(super) fn text(system: &System, program: &str, arguments: &[&str]) -> Option<String> {
    let text = system.output(program, arguments)?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
