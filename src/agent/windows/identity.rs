//! Who the machine is: name, serial number, release, edition, and what kind of machine.

use std::path::Path;

use crate::agent::identity::uuid;
use crate::agent::linux::serial::stored_id;
use crate::domain::device::placeholder_serial;
use crate::error::{Error, Result};

use super::context::Context;
use super::raw::{Raw, Read};

/// Characters of a serial number that the server takes.
const SERIAL_CHARACTERS_MAX: usize = 128;
/// Chassis types of SMBIOS that are carried around with their screen, but for tablets.
const LAPTOPS: &[i64] = &[8, 9, 10, 11, 14, 31, 32];
const TABLET: i64 = 30;
/// `PCSystemType` of a machine that is carried around.
const MOBILE: i64 = 2;
/// What firmware says of itself on a virtual machine.
const VIRTUAL_NAMES: &[&str] = &[
    "virtual machine",
    "vmware",
    "virtualbox",
    "innotek",
    "qemu",
    "kvm",
    "xen",
    "parallels",
    "bhyve",
    "bochs",
    "google compute engine",
    "amazon ec2",
    "alibaba cloud ecs",
    "openstack",
    "ovirt",
    "rhev",
];

/// The serial number that the firmware gives and that is none of the placeholders, else the random id in `state_folder`.
pub(super) fn serial_number(state: Raw, state_folder: &Path) -> Result<String> {
    for source in ["bios", "board", "chassis"] {
        // A random id now and the serial number later would be two devices.
        let Read::Found(rows) = state.rows(source) else {
            return Err(Error::invalid("The serial number of this device could not be read: Windows PowerShell or WMI does not answer"));
        };
        let texts = rows.iter().filter_map(|row| row.text("SerialNumber"));
        let cleaned = texts.map(|text| text.chars().filter(|character| !character.is_control()).take(SERIAL_CHARACTERS_MAX).collect());
        if let Some(serial) = cleaned.into_iter().find(|text: &String| !placeholder_serial(text)) {
            return Ok(serial);
        }
    }
    stored_id(state_folder)
}

/// The UUID of the mainboard, as SMBIOS gives it; fillers of makers are the appliance's to tell.
pub(super) fn hardware_uuid(state: Raw) -> Option<String> {
    state.row("product")?.text("UUID").and_then(uuid)
}

/// The name in the network, as the person wrote it; else the short one in capitals.
pub(super) fn device_name(state: Raw) -> Option<String> {
    let computer = state.row("computer")?;
    computer.text("DNSHostName").or_else(|| computer.text("Name"))
}

/// Major, minor, build and revision: `10.0.26100.4652`. The product's name still says 10 on Windows 11 and is not read.
pub(super) fn os_version(state: Raw) -> Option<String> {
    let key = state.part("keys").key("version");
    let number = |name: &str| key.integer(name).found().filter(|number| *number >= 0);
    let build = key.text("CurrentBuild").found()?;
    let build: u32 = build.trim().parse().ok()?;
    let release = format!("{}.{}.{build}", number("CurrentMajorVersionNumber")?, number("CurrentMinorVersionNumber")?);
    Some(number("UBR").map_or(release.clone(), |revision| format!("{release}.{revision}")))
}

/// `server`, `vm`, `tablet`, `laptop`, `desktop`, or `other` where Windows did not answer.
pub(super) fn device_type(context: &Context) -> &'static str {
    let state = context.state;
    let chassis = state.row("chassis").map(|row| row.integers("ChassisTypes")).unwrap_or_default();
    let is = |types: &[i64]| chassis.iter().any(|chassis| types.contains(chassis));
    let mobile = state.row("computer").and_then(|row| row.integer("PCSystemType")) == Some(MOBILE);
    match context.server() {
        Some(true) => "server",
        _ if virtual_machine(state) => "vm",
        _ if is(&[TABLET]) => "tablet",
        _ if is(LAPTOPS) || mobile => "laptop",
        Some(false) => "desktop",
        None => "other",
    }
}

/// Whether the firmware is that of a virtual machine.
pub(super) fn virtual_machine(state: Raw) -> bool {
    let Some(computer) = state.row("computer") else { return false };
    let names = ["Manufacturer", "Model"].into_iter().filter_map(|name| computer.text(name)).map(|text| text.to_lowercase());
    names.into_iter().any(|name| VIRTUAL_NAMES.iter().any(|known| name.contains(known)))
}

/// Server Core has no desktop to lock; every other Windows has one.
pub(super) fn headless(state: Raw) -> Option<bool> {
    let kind = state.part("keys").key("version").text("InstallationType").found()?;
    Some(kind == "Server Core" || kind == "Nano Server")
}
