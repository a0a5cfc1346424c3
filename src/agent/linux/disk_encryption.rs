//! Disk encryption, seen from the file system down: every way from `/` to a disk must pass an encrypting layer.
//!
//! Neither an encrypted USB disk nor encrypted swap says anything about the system, so nothing here searches for "some" encryption. A
//! separately mounted `/usr`, `/var` or `/home` counts as part of the system: what a thief reads there matters as much. A home folder that
//! is encrypted by itself (fscrypt, eCryptfs) leaves the rest readable. `/boot` and swap do not count; swap is listed with its state.

use std::collections::BTreeSet;

use crate::agent::System;
use crate::agent::report::Volume;

/// Layers between a file system and a disk; real stacks have up to about six.
const LAYERS_MAX: usize = 16;
/// Mount points that belong to the system, when they are volumes of their own. `/sysroot` holds the images of ostree, the last two those of
/// NixOS on a root in memory.
const SYSTEM_MOUNTS: &[&str] = &["/", "/home", "/usr", "/var", "/var/home", "/root", "/sysroot", "/nix", "/persist"];
/// File systems that lie in memory: nothing of them is on a disk.
const IN_MEMORY: &[&str] = &["tmpfs", "ramfs", "rootfs"];
/// Device-mapper layers that encrypt. Verity and integrity check data, they do not hide it.
const ENCRYPTING: &[&str] = &["CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-PLAIN-", "CRYPT-BITLK-", "CRYPT-TCRYPT-"];

/// Whether all volumes of the system are encrypted: false as soon as one is known not to be, unknown when one is unknown.
pub(super) fn disk_encryption(system: &System) -> Option<bool> {
    let mounts = parse_mounts(&system.read("/proc/self/mountinfo")?);
    mounts.iter().any(|mount| mount.point == "/").then_some(())?;
    let on_disks: Vec<&Mount> = of_system(&mounts).filter(|mount| !IN_MEMORY.contains(&mount.file_system.as_str())).collect();
    if on_disks.is_empty() { None } else { all_encrypted(on_disks.into_iter().map(|mount| encrypted(system, mount))) }
}

/// The mounts of the system. The root of an ostree system is a view of the images in `/sysroot`, which is looked at in its place.
fn of_system(mounts: &[Mount]) -> impl Iterator<Item = &Mount> {
    let images = mounts.iter().any(|mount| mount.point == "/sysroot");
    let view = move |mount: &&Mount| images && mount.point == "/" && matches!(mount.file_system.as_str(), "overlay" | "composefs");
    // The packages of Nix are nobody's secret; with the root in memory they are the system.
    let in_memory = mounts.iter().any(|mount| mount.point == "/" && IN_MEMORY.contains(&mount.file_system.as_str()));
    let of_system = move |mount: &&Mount| SYSTEM_MOUNTS.contains(&mount.point.as_str()) && (in_memory || mount.point != "/nix");
    mounts.iter().filter(of_system).filter(move |mount| !view(mount))
}

/// The volumes of the system and the swap spaces, each with its state.
pub(super) fn volumes(system: &System) -> Vec<Volume> {
    let mounts = system.read("/proc/self/mountinfo").map(|text| parse_mounts(&text)).unwrap_or_default();
    let mounted = of_system(&mounts).map(|mount| Volume {
        mount: mount.point.clone(),
        file_system: mount.file_system.clone(),
        encrypted: encrypted(system, mount),
    });
    let spaces = parse_swaps(&system.read("/proc/swaps").unwrap_or_default());
    // A zram device is memory: nothing of it is on a disk.
    let spaces = spaces.into_iter().filter(|source| !source.starts_with("/dev/zram"));
    let swap = spaces.map(|source| Volume {
        mount: "swap".to_owned(),
        file_system: "swap".to_owned(),
        encrypted: block_name(system, &source).and_then(|name| device_encrypted(system, &name)),
    });
    mounted.chain(swap).collect()
}

/// A line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    device_number: String,
    point: String,
    file_system: String,
    source: String,
}

fn encrypted(system: &System, mount: &Mount) -> Option<bool> {
    match mount.file_system.as_str() {
        "btrfs" => btrfs_encrypted(system, &mount.source),
        "zfs" => zfs_encrypted(system, &mount.source),
        _ => device_encrypted(system, &block_name_of_number(system, &mount.device_number)?),
    }
}

/// A btrfs may lie on several devices, of which the mount names one.
fn btrfs_encrypted(system: &System, source: &str) -> Option<bool> {
    let named = block_name(system, source)?;
    let file_systems = system.list("/sys/fs/btrfs").unwrap_or_default();
    let members = |id: &String| system.list(&format!("/sys/fs/btrfs/{id}/devices"));
    match file_systems.iter().filter_map(members).find(|devices| devices.contains(&named)) {
        Some(devices) => all_encrypted(devices.iter().map(|device| device_encrypted(system, device))),
        // One plain device settles it; an encrypted one does not speak for others that can't be seen.
        None => device_encrypted(system, &named).filter(|encrypted| !encrypted),
    }
}

/// ZFS encrypts by itself, or lies on encrypted devices.
fn zfs_encrypted(system: &System, dataset: &str) -> Option<bool> {
    let text = system.output("zfs", &["get", "-H", "-o", "value", "encryption", dataset])?;
    match text.trim() {
        "off" => {
            let pool = dataset.split('/').next().unwrap_or(dataset);
            let devices = parse_pool_devices(&system.output("zpool", &["list", "-v", "-H", "-P", "-L", pool])?);
            if devices.is_empty() {
                return None;
            }
            all_encrypted(devices.iter().map(|device| device_encrypted(system, &block_name(system, device)?)))
        }
        "" | "-" => None,
        // The name of a cipher, such as `aes-256-gcm`.
        _ => Some(true),
    }
}

/// Kleene's "all": false beats unknown beats true.
fn all_encrypted(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
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

/// Whether every way down from block device `name` passes an encrypting layer.
fn device_encrypted(system: &System, name: &str) -> Option<bool> {
    walk(system, name, LAYERS_MAX)
}

fn walk(system: &System, name: &str, layers_left: usize) -> Option<bool> {
    let folder = format!("/sys/class/block/{name}");
    if layers_left == 0 || name.contains('/') || !system.exists(&folder) {
        return None;
    }
    let uuid = system.read(&format!("{folder}/dm/uuid"));
    if uuid.is_some_and(|uuid| ENCRYPTING.iter().any(|prefix| uuid.starts_with(prefix))) {
        return Some(true);
    }
    let below = system.list(&format!("{folder}/slaves")).unwrap_or_default();
    if below.is_empty() {
        if let Some(array) = array_of_partition(name) {
            return walk(system, array, layers_left - 1);
        }
        // A disk or partition at the bottom. What lies behind a file or the network is not seen from here.
        let hidden = ["loop", "nbd", "rbd", "drbd", "ram"].iter().any(|prefix| name.starts_with(prefix));
        return if hidden { None } else { Some(false) };
    }
    all_encrypted(below.iter().map(|device| walk(system, device, layers_left - 1)))
}

/// The RAID array `md0` of its partition `md0p1`: only the array says what lies below.
fn array_of_partition(name: &str) -> Option<&str> {
    let (array, number) = name.strip_prefix("md")?.split_once('p')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(array) && digits(number)).then(|| &name[..2 + array.len()])
}

/// The kernel's name of `/dev/…`: `/dev/mapper/NAME` and `/dev/disk/…` are links to it.
fn block_name(system: &System, source: &str) -> Option<String> {
    let path = source.strip_prefix("/dev/")?;
    if let Some(mapped) = path.strip_prefix("mapper/") {
        let devices = system.list("/sys/class/block")?;
        return devices.into_iter().find(|name| system.read(&format!("/sys/class/block/{name}/dm/name")).as_deref() == Some(mapped));
    }
    if path.contains('/') {
        let target = system.link(source)?;
        return Some(target.rsplit('/').next().unwrap_or(&target).to_owned());
    }
    Some(path.to_owned())
}

fn block_name_of_number(system: &System, number: &str) -> Option<String> {
    let devices = system.list("/sys/class/block")?;
    let names = devices.into_iter().collect::<BTreeSet<_>>();
    names.into_iter().find(|name| system.read(&format!("/sys/class/block/{name}/dev")).as_deref() == Some(number))
}

/// The last mount on a point is the one that is seen.
fn parse_mounts(text: &str) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for mount in text.lines().filter_map(parse_mount) {
        mounts.retain(|earlier| earlier.point != mount.point);
        mounts.push(mount);
    }
    mounts
}

fn parse_mount(line: &str) -> Option<Mount> {
    let (left, right) = line.split_once(" - ")?;
    let left: Vec<&str> = left.split(' ').collect();
    let right: Vec<&str> = right.split(' ').collect();
    Some(Mount {
        device_number: (*left.get(2)?).to_owned(),
        point: unescape(left.get(4)?),
        file_system: (*right.first()?).to_owned(),
        source: unescape(right.get(1)?),
    })
}

/// The kernel writes blank, tab, newline and backslash as octal numbers.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// Swap on devices; a swap file lies on a volume that is listed anyway.
fn parse_swaps(text: &str) -> Vec<String> {
    let lines = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.filter(|words| words.get(1) == Some(&"partition")).map(|words| words[0].to_owned()).collect()
}

/// The devices of `zpool list -v -H -P -L`: one tab-separated line per pool, group and device, devices as paths.
fn parse_pool_devices(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.split('\t').map(str::trim).find(|field| !field.is_empty()));
    names.filter(|name| name.starts_with("/dev/")).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "disk_encryption_tests.rs"]
mod tests;
