//! What the machine is made of.

use crate::agent::report::{Disk, Hardware, Volume};

use super::encryption;
use super::identity;
use super::raw::{Raw, Row};

/// Disks and volumes that are listed.
const DISKS_MAX: usize = 64;
/// `Capabilities` of a drive whose medium can be taken out.
const REMOVABLE: i64 = 7;

/// Reads firmware, processor, memory, disks and volumes.
pub(super) fn hardware(state: Raw, inventory: Raw) -> Hardware {
    let computer = state.row("computer");
    let text = |name: &str| computer.and_then(|row| row.text(name));
    let number = |name: &str| computer.and_then(|row| row.integer(name));
    let processor = inventory.row("processors");
    let volumes = inventory.rows("volumes").found().unwrap_or_default();
    let mut volumes: Vec<Volume> = volumes.iter().take(DISKS_MAX).filter_map(|row| volume(state, *row)).collect();
    volumes.sort_by(|a, b| a.mount.cmp(&b.mount));
    let mut disks: Vec<Disk> =
        inventory.rows("disks").found().unwrap_or_default().iter().take(DISKS_MAX).filter_map(|row| disk(*row)).collect();
    disks.sort_by(|a, b| a.name.cmp(&b.name));
    Hardware {
        manufacturer: text("Manufacturer"),
        model: text("Model"),
        firmware_version: state.row("bios").and_then(|row| row.text("SMBIOSBIOSVersion")),
        architecture: processor.and_then(|row| architecture(row.integer("Architecture")?)).map(str::to_owned),
        kernel: identity::os_version(state),
        os_build: None, // the version tells it
        processor: processor.and_then(|row| row.text("Name")),
        processor_count: number("NumberOfLogicalProcessors").and_then(|count| u32::try_from(count).ok()),
        memory_bytes: number("TotalPhysicalMemory").and_then(|bytes| u64::try_from(bytes).ok()),
        disks,
        volumes,
    }
}

/// `Architecture` of `Win32_Processor`.
fn architecture(number: i64) -> Option<&'static str> {
    match number {
        0 => Some("x86"),
        9 => Some("x86_64"),
        12 => Some("aarch64"),
        _ => None,
    }
}

fn disk(row: Row) -> Option<Disk> {
    let capabilities = row.integers("Capabilities");
    Some(Disk {
        name: format!("disk{}", row.integer("Index")?),
        model: row.text("Model"),
        size_bytes: row.integer("Size").and_then(|bytes| u64::try_from(bytes).ok()),
        removable: (!capabilities.is_empty()).then(|| capabilities.contains(&REMOVABLE)),
    })
}

fn volume(state: Raw, row: Row) -> Option<Volume> {
    let mount = row.text("DeviceID")?;
    let volumes = state.rows("encryption").found().unwrap_or_default();
    let matching = volumes.iter().find(|volume| volume.text("DriveLetter").is_some_and(|letter| letter.eq_ignore_ascii_case(&mount)));
    // What BitLocker does not protect, another product may; that is weighed for the system volume alone.
    let encrypted = matching.and_then(|volume| encryption::encrypted(*volume)).filter(|encrypted| *encrypted);
    Some(Volume { file_system: row.text("FileSystem").unwrap_or_default(), encrypted, mount })
}
