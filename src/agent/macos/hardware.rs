//! What the Mac is made of.

use crate::agent::System;
use crate::agent::report::{Disk, Hardware, Volume};

use super::context::{Chip, Context, sysctl};
use super::os;
use super::plist::Plist;

/// Disks that are listed.
const DISKS_MAX: usize = 64;

/// Asks kernel and disk utility.
pub(super) fn hardware(context: &Context, disk_encryption: Option<bool>) -> Hardware {
    let system = context.system;
    Hardware {
        manufacturer: (context.virtual_machine == Some(false)).then(|| "Apple Inc.".to_owned()),
        model: sysctl(system, "hw.model"),
        firmware_version: firmware_version(system),
        architecture: architecture(context),
        kernel: os::text(system, "/usr/bin/uname", &["-r"]),
        os_build: os::build(system),
        processor: sysctl(system, "machdep.cpu.brand_string"),
        processor_count: sysctl(system, "hw.logicalcpu").and_then(|text| text.parse().ok()),
        memory_bytes: sysctl(system, "hw.memsize").and_then(|text| text.parse().ok()),
        disks: disks(system),
        volumes: system_volume(system, disk_encryption).into_iter().collect(),
    }
}

/// Of the machine, not of this program, which may be translated.
fn architecture(context: &Context) -> Option<String> {
    match context.chip {
        Chip::Apple => Some("arm64".to_owned()),
        Chip::Intel => Some("x86_64".to_owned()),
        Chip::Unknown => None,
    }
}

fn firmware_version(system: &System) -> Option<String> {
    let text = system.output("/usr/sbin/system_profiler", &["-xml", "SPHardwareDataType"])?;
    Plist::parse(text.as_bytes())?.members().iter().find_map(|answer| answer.find_text("boot_rom_version"))
}

fn disks(system: &System) -> Vec<Disk> {
    let list = || Plist::parse(system.output("/usr/sbin/diskutil", &["list", "-plist", "internal", "physical"])?.as_bytes());
    let disks = list().and_then(|list| list.below("AllDisksAndPartitions")).map(|disks| disks.members()).unwrap_or_default();
    let disks = disks.iter().filter_map(|disk| {
        let size_bytes = disk.integer("Size").and_then(|size| u64::try_from(size).ok());
        Some(Disk { name: disk.text("DeviceIdentifier")?.to_owned(), model: None, size_bytes, removable: None })
    });
    disks.take(DISKS_MAX).collect()
}

fn system_volume(system: &System, disk_encryption: Option<bool>) -> Option<Volume> {
    let file_system = parse_mount(&system.output("/sbin/mount", &[])?)?;
    Some(Volume { mount: "/".to_owned(), file_system, encrypted: disk_encryption })
}

/// A line `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)`.
fn parse_mount(text: &str) -> Option<String> {
    let (_, kind) = text.lines().find_map(|line| line.split_once(" on / ("))?;
    Some(kind.split([',', ')']).next()?.to_owned())
}
