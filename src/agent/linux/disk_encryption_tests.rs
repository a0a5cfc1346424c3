//! Disk layouts, each with the answer it must give.

use super::*;
use crate::agent::testing::Machine;

/// A machine with block devices: name, number, layer id (or empty), devices below.
fn machine(mounts: &str, devices: &[(&str, &str, &str, &[&str])]) -> Machine {
    let mut machine = Machine::new().file("/proc/self/mountinfo", mounts);
    for (name, number, layer, below) in devices {
        let folder = format!("/sys/class/block/{name}");
        machine = machine.file(&format!("{folder}/dev"), &format!("{number}\n"));
        if !layer.is_empty() {
            machine = machine
                .file(&format!("{folder}/dm/uuid"), &format!("{layer}\n"))
                .file(&format!("{folder}/dm/name"), &format!("map-{name}\n"));
        }
        for device in *below {
            machine = machine.folder(&format!("{folder}/slaves/{device}"));
        }
    }
    machine
}

fn root_on(number: &str, file_system: &str, source: &str) -> String {
    format!(
        "22 27 0:21 / /proc rw,relatime - proc proc rw\n27 1 {number} / / rw,relatime shared:1 - {file_system} {source} rw,discard\n\
         30 27 8:1 / /boot/efi rw,relatime shared:2 - vfat /dev/sda1 rw\n"
    )
}

#[track_caller]
fn check(mounts: &str, devices: &[(&str, &str, &str, &[&str])], expected: Option<bool>) {
    assert_eq!(disk_encryption(&machine(mounts, devices).system()), expected);
}

const LUKS: &str = "CRYPT-LUKS2-8f3bd0d1c0ae4c2a9d1bd8a1b8d1c0ae-root_crypt";
const LVM: &str = "LVM-1hQ2vYq9ZyFqv0";

#[test]
fn trap_9_5_1_a_plain_partition_is_not_encrypted() {
    check(&root_on("8:2", "ext4", "/dev/sda2"), &[("sda", "8:0", "", &[]), ("sda2", "8:2", "", &[])], Some(false));
}

#[test]
fn luks_is_encrypted() {
    check(&root_on("253:0", "ext4", "/dev/mapper/root_crypt"), &[("dm-0", "253:0", LUKS, &["sda2"]), ("sda2", "8:2", "", &[])], Some(true));
}

#[test]
fn lvm_on_luks_is_encrypted() {
    let devices: &[(&str, &str, &str, &[&str])] =
        &[("dm-1", "253:1", LVM, &["dm-0"]), ("dm-0", "253:0", LUKS, &["nvme0n1p3"]), ("nvme0n1p3", "259:3", "", &[])];
    check(&root_on("253:1", "ext4", "/dev/mapper/vg-root"), devices, Some(true));
}

#[test]
fn luks_on_lvm_is_encrypted() {
    let devices: &[(&str, &str, &str, &[&str])] =
        &[("dm-1", "253:1", LUKS, &["dm-0"]), ("dm-0", "253:0", LVM, &["sda3"]), ("sda3", "8:3", "", &[])];
    check(&root_on("253:1", "xfs", "/dev/mapper/crypt"), devices, Some(true));
}

#[test]
fn a_volume_group_with_one_plain_disk_is_not_encrypted() {
    let devices: &[(&str, &str, &str, &[&str])] = &[
        ("dm-1", "253:1", LVM, &["dm-0", "sdb1"]),
        ("dm-0", "253:0", LUKS, &["sda3"]),
        ("sda3", "8:3", "", &[]),
        ("sdb1", "8:17", "", &[]),
    ];
    check(&root_on("253:1", "ext4", "/dev/mapper/vg-root"), devices, Some(false));
}

#[test]
fn trap_9_5_2_encrypted_swap_alone_does_not_help() {
    let mounts = root_on("8:2", "ext4", "/dev/sda2");
    let devices: &[(&str, &str, &str, &[&str])] =
        &[("sda2", "8:2", "", &[]), ("sda3", "8:3", "", &[]), ("dm-0", "253:0", "CRYPT-PLAIN-cryptswap1", &["sda3"])];
    let swaps = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/dm-0                               partition\t2097148\t\t0\t\t-2\n";
    let machine = machine(&mounts, devices).file("/proc/swaps", swaps).file("/etc/crypttab", "cryptswap1 /dev/sda3 /dev/urandom swap\n");
    assert_eq!(disk_encryption(&machine.system()), Some(false));
    let states: Vec<_> = volumes(&machine.system()).into_iter().map(|volume| (volume.mount, volume.encrypted)).collect();
    assert_eq!(states, [("/".to_owned(), Some(false)), ("swap".to_owned(), Some(true))]);
}

#[test]
fn trap_9_5_2_an_encrypted_usb_disk_alone_does_not_help() {
    let mounts = root_on("8:2", "ext4", "/dev/sda2") + "40 27 253:0 / /media/anna/stick rw - ext4 /dev/mapper/luks-stick rw\n";
    check(&mounts, &[("sda2", "8:2", "", &[]), ("dm-0", "253:0", LUKS, &["sdb1"]), ("sdb1", "8:17", "", &[])], Some(false));
}

#[test]
fn verity_and_integrity_hide_nothing() {
    for layer in ["CRYPT-VERITY-4f1c-root", "CRYPT-INTEGRITY-root"] {
        check(&root_on("253:0", "ext4", "/dev/dm-0"), &[("dm-0", "253:0", layer, &["sda2"]), ("sda2", "8:2", "", &[])], Some(false));
    }
}

#[test]
fn btrfs_on_luks_is_encrypted_though_its_device_number_is_anonymous() {
    let devices: &[(&str, &str, &str, &[&str])] = &[("dm-0", "253:0", LUKS, &["sda3"]), ("sda3", "8:3", "", &[])];
    let machine = machine(&root_on("0:30", "btrfs", "/dev/mapper/map-dm-0"), devices).folder("/sys/fs/btrfs/5c1e-uuid/devices/dm-0");
    assert_eq!(disk_encryption(&machine.system()), Some(true));
}

#[test]
fn btrfs_on_two_devices_with_one_plain_is_not_encrypted() {
    let devices: &[(&str, &str, &str, &[&str])] =
        &[("dm-0", "253:0", LUKS, &["sda3"]), ("sda3", "8:3", "", &[]), ("sdb1", "8:17", "", &[])];
    let machine = machine(&root_on("0:30", "btrfs", "/dev/mapper/map-dm-0"), devices)
        .folder("/sys/fs/btrfs/5c1e-uuid/devices/dm-0")
        .folder("/sys/fs/btrfs/5c1e-uuid/devices/sdb1");
    assert_eq!(disk_encryption(&machine.system()), Some(false));
}

#[test]
fn btrfs_whose_other_devices_can_not_be_seen_is_unknown() {
    let devices: &[(&str, &str, &str, &[&str])] = &[("dm-0", "253:0", LUKS, &["sda3"]), ("sda3", "8:3", "", &[])];
    check(&root_on("0:30", "btrfs", "/dev/mapper/map-dm-0"), devices, None);
}

#[test]
fn zfs_says_by_itself_or_by_its_devices() {
    let zfs = |value: &str| {
        machine(&root_on("0:25", "zfs", "rpool/ROOT/ubuntu"), &[("dm-0", "253:0", LUKS, &["sda4"]), ("sda4", "8:4", "", &[])]).command(
            "zfs get -H -o value encryption rpool/ROOT/ubuntu",
            0,
            value,
        )
    };
    assert_eq!(disk_encryption(&zfs("aes-256-gcm\n").system()), Some(true));
    assert_eq!(disk_encryption(&zfs("off\n").system()), None);
    assert_eq!(disk_encryption(&zfs("-\n").system()), None);
    let list = |device: &str| {
        format!("rpool\t9.50G\t4.1G\t5.4G\t-\t-\t3%\t43%\t1.00x\tONLINE\t-\n\t{device}\t9.50G\t4.1G\t5.4G\t-\t-\t3%\t43%\t-\tONLINE\n")
    };
    let command = "zpool list -v -H -P -L rpool";
    assert_eq!(disk_encryption(&zfs("off\n").command(command, 0, &list("/dev/dm-0")).system()), Some(true));
    assert_eq!(disk_encryption(&zfs("off\n").command(command, 0, &list("/dev/sda4")).system()), Some(false));
}

#[test]
fn a_plain_home_beside_an_encrypted_root_is_not_encrypted() {
    let mounts = root_on("253:0", "ext4", "/dev/mapper/root_crypt") + "41 27 8:17 / /home rw - ext4 /dev/sdb1 rw\n";
    check(&mounts, &[("dm-0", "253:0", LUKS, &["sda2"]), ("sda2", "8:2", "", &[]), ("sdb1", "8:17", "", &[])], Some(false));
}

#[test]
fn what_can_not_be_followed_is_unknown() {
    // A container's overlay, a network root, a file as disk, a device that sysfs does not show.
    check(&root_on("0:52", "overlay", "overlay"), &[], None);
    check(&root_on("0:40", "nfs4", "10.0.0.1:/root"), &[("sda", "8:0", "", &[])], None);
    check(&root_on("7:0", "ext4", "/dev/loop0"), &[("loop0", "7:0", "", &[])], None);
    check(&root_on("8:2", "ext4", "/dev/sda2"), &[("sdb", "8:16", "", &[])], None);
    check("", &[], None);
}

#[test]
fn layers_in_a_circle_end() {
    check(&root_on("253:0", "ext4", "/dev/dm-0"), &[("dm-0", "253:0", LVM, &["dm-1"]), ("dm-1", "253:1", LVM, &["dm-0"])], None);
}

#[test]
fn the_last_mount_on_a_point_is_the_one_seen() {
    let mounts = root_on("0:2", "rootfs", "rootfs") + &root_on("8:2", "ext4", "/dev/sda2");
    check(&mounts, &[("sda2", "8:2", "", &[])], Some(false));
}
