//! What the machine is made of.

use crate::agent::System;
use crate::agent::report::{Disk, Hardware};

use super::disk_encryption;

/// Disks that are listed.
const DISKS_MAX: usize = 64;
/// The kernel counts disk sizes in these, whatever the disk does.
const SECTOR_BYTES: u64 = 512;
/// Block devices that are no disks of their own.
const NO_DISKS: &[&str] = &["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "zd"];

/// Reads firmware, processor, memory and disks.
pub(super) fn hardware(system: &System) -> Hardware {
    let firmware = |name: &str| system.read(&format!("/sys/class/dmi/id/{name}")).filter(|text| !text.is_empty());
    let cpuinfo = system.read("/proc/cpuinfo").unwrap_or_default();
    Hardware {
        manufacturer: firmware("sys_vendor"),
        model: firmware("product_name").or_else(|| system.read("/proc/device-tree/model")),
        firmware_version: firmware("bios_version"),
        architecture: system.output("uname", &["-m"]).map(|text| text.trim().to_owned()),
        kernel: system.read("/proc/sys/kernel/osrelease"),
        os_build: None,
        processor: processor(&cpuinfo),
        processor_count: processor_count(&cpuinfo),
        memory_bytes: system.read("/proc/meminfo").as_deref().and_then(memory_bytes),
        disks: disks(system),
        volumes: disk_encryption::volumes(system),
    }
}

fn processor(cpuinfo: &str) -> Option<String> {
    let value = |key: &str| cpuinfo.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'));
    value("model name").or_else(|| value("Hardware")).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn processor_count(cpuinfo: &str) -> Option<u32> {
    let count = cpuinfo.lines().filter(|line| line.split(':').next().is_some_and(|key| key.trim() == "processor")).count();
    u32::try_from(count).ok().filter(|count| *count > 0)
}

fn memory_bytes(meminfo: &str) -> Option<u64> {
    let kibibytes: u64 = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn disks(system: &System) -> Vec<Disk> {
    let names = system.list("/sys/class/block").unwrap_or_default();
    let names = names.into_iter().filter(|name| {
        let partition = system.exists(&format!("/sys/class/block/{name}/partition"));
        !partition && !NO_DISKS.iter().any(|prefix| name.starts_with(prefix))
    });
    names.take(DISKS_MAX).map(|name| disk(system, name)).collect()
}

fn disk(system: &System, name: String) -> Disk {
    let value = |file: &str| system.read(&format!("/sys/class/block/{name}/{file}"));
    Disk {
        model: value("device/model").filter(|model| !model.is_empty()),
        size_bytes: value("size").and_then(|sectors| sectors.parse::<u64>().ok()?.checked_mul(SECTOR_BYTES)),
        removable: value("removable").map(|flag| flag == "1"),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[test]
    fn processors_of_both_families_are_named_and_counted() {
        let intel = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: 13th Gen Intel(R) Core(TM) i7-1355U\n\nprocessor\t: 1\nmodel name\t: 13th Gen Intel(R) Core(TM) i7-1355U\n";
        assert_eq!((processor(intel).as_deref(), processor_count(intel)), (Some("13th Gen Intel(R) Core(TM) i7-1355U"), Some(2)));
        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n";
        assert_eq!((processor(arm).as_deref(), processor_count(arm)), (Some("BCM2835"), Some(1)));
        assert_eq!((processor(""), processor_count("")), (None, None));
    }

    #[test]
    fn partitions_loops_and_layers_are_no_disks() {
        let machine = ["sda", "sda1", "loop0", "dm-0", "nvme0n1", "zram0"].iter().fold(Machine::new(), |machine, name| {
            let machine = machine.file(&format!("/sys/class/block/{name}/size"), "2000409264\n");
            if *name == "sda1" { machine.file("/sys/class/block/sda1/partition", "1\n") } else { machine }
        });
        let disks = hardware(&machine.system()).disks;
        assert_eq!(disks.iter().map(|disk| disk.name.as_str()).collect::<Vec<_>>(), ["nvme0n1", "sda"]);
        assert_eq!(disks[0].size_bytes, Some(1_024_209_543_168));
    }
}
