//! Disk layouts.

use serde_json::{Value, json};

use super::{Machine, State, state};

const LUKS: &str = "CRYPT-LUKS2-8f3bd0d1c0ae4c2a9d1bd8a1b8d1c0ae-root";
const LVM: &str = "LVM-1hQ2vYq9ZyFqv0";

/// Mounts: number, point, file system, source.
fn mounted(mounts: &[(&str, &str, &str, &str)]) -> Machine {
    let lines = mounts.iter().enumerate().map(|(index, (number, point, kind, source))| {
        format!("{} 1 {number} / {point} rw,relatime shared:1 - {kind} {source} rw\n", index + 20)
    });
    Machine::new().file("/proc/self/mountinfo", &lines.collect::<String>())
}

/// A block device: name, number, layer (or empty), devices below.
fn device(machine: Machine, name: &str, number: &str, layer: &str, below: &[&str]) -> Machine {
    let folder = format!("/sys/class/block/{name}");
    let machine = machine.file(&format!("{folder}/dev"), &format!("{number}\n"));
    let machine = if layer.is_empty() {
        machine
    } else {
        machine.file(&format!("{folder}/dm/uuid"), layer).file(&format!("{folder}/dm/name"), &format!("map-{name}"))
    };
    below.iter().fold(machine, |machine, device| machine.folder(&format!("{folder}/slaves/{device}")))
}

fn plain(machine: Machine) -> Machine {
    device(machine, "nvme0n1p2", "259:2", "", &[])
}

fn luks(machine: Machine) -> Machine {
    device(plain(machine), "dm-0", "253:0", LUKS, &["nvme0n1p2"])
}

fn encrypted(value: bool) -> Value {
    json!({ "disk_encryption": value })
}

const ROOT_PLAIN: (&str, &str, &str, &str) = ("259:2", "/", "ext4", "/dev/nvme0n1p2");
const ROOT_LUKS: (&str, &str, &str, &str) = ("253:0", "/", "ext4", "/dev/mapper/root");

pub(super) fn states() -> Vec<State> {
    [on_one_device(), on_several_devices(), by_file_system()].into_iter().flatten().collect()
}

fn on_one_device() -> Vec<State> {
    let tpm = luks(mounted(&[ROOT_LUKS])).file("/etc/crypttab", "root UUID=5c1e none tpm2-device=auto\n");
    let boot = ("259:1", "/boot", "ext4", "/dev/nvme0n1p1");
    let with_boot = device(luks(mounted(&[ROOT_LUKS, boot])), "nvme0n1p1", "259:1", "", &[]);
    let swap = device(luks(mounted(&[ROOT_LUKS])), "nvme0n1p3", "259:3", "", &[])
        .file("/proc/swaps", "Filename Type Size Used Priority\n/dev/nvme0n1p3 partition 2097148 0 -2\n");
    let home = ("253:0", "/home", "ext4", "/dev/mapper/home");
    let home_plain = ("259:2", "/home", "ext4", "/dev/nvme0n1p2");
    let fscrypt = plain(mounted(&[ROOT_PLAIN])).file("/.fscrypt/protectors/0123456789abcdef", "");
    let ecryptfs = plain(mounted(&[ROOT_PLAIN, ("0:45", "/home/anna", "ecryptfs", "/home/.ecryptfs/anna/.Private")]));
    let crypttab = plain(mounted(&[ROOT_PLAIN])).file("/etc/crypttab", "backup /dev/sdb1 none luks,noauto\n");
    let opened = device(
        plain(mounted(&[ROOT_PLAIN, ("253:1", "/run/media/anna/stick", "ext4", "/dev/mapper/luks-stick")])),
        "dm-1",
        "253:1",
        LUKS,
        &["sdb1"],
    );
    vec![
        state("LUKS on a partition, Debian", luks(mounted(&[ROOT_LUKS])), encrypted(true)),
        state("LUKS bound to the TPM", tpm, encrypted(true)),
        state("LUKS with a plain /boot", with_boot, encrypted(true)),
        state("LUKS with plain swap", swap, encrypted(true)),
        state("nothing encrypted", plain(mounted(&[ROOT_PLAIN])), encrypted(false)),
        state("plain root, encrypted /home", luks(mounted(&[ROOT_PLAIN, home])), encrypted(false)),
        state("encrypted root, plain /home", luks(mounted(&[ROOT_LUKS, home_plain])), encrypted(false)),
        state("fscrypt in home folders only", fscrypt, encrypted(false)),
        state("eCryptfs home only", ecryptfs, encrypted(false)),
        state("a line in crypttab for a backup disk", crypttab, encrypted(false)),
        state("an opened encrypted stick", opened, encrypted(false)),
        state(
            "verity below root, which hides nothing",
            device(plain(mounted(&[ROOT_LUKS])), "dm-0", "253:0", "CRYPT-VERITY-1-root", &["nvme0n1p2"]),
            encrypted(false),
        ),
        state(
            "VeraCrypt volume as root",
            device(plain(mounted(&[ROOT_LUKS])), "dm-0", "253:0", "CRYPT-TCRYPT-1-root", &["nvme0n1p2"]),
            encrypted(true),
        ),
    ]
}

fn on_several_devices() -> Vec<State> {
    let lvm_root = ("253:1", "/", "xfs", "/dev/mapper/vg-root");
    let lvm_on_luks = device(luks(mounted(&[lvm_root])), "dm-1", "253:1", LVM, &["dm-0"]);
    let lvm_plain = device(plain(mounted(&[lvm_root])), "dm-1", "253:1", LVM, &["nvme0n1p2"]);
    let luks_on_lvm = device(device(plain(mounted(&[lvm_root])), "dm-0", "253:0", LVM, &["nvme0n1p2"]), "dm-1", "253:1", LUKS, &["dm-0"]);
    let half = device(device(luks(mounted(&[lvm_root])), "sdb1", "8:17", "", &[]), "dm-1", "253:1", LVM, &["dm-0", "sdb1"]);
    let raid = |number: &'static str, source: &'static str| {
        let machine = device(mounted(&[(number, "/", "ext4", source)]), "sda2", "8:2", "", &[]);
        device(machine, "sdb2", "8:18", "", &[])
    };
    let luks_on_raid =
        device(device(raid("253:0", "/dev/mapper/root"), "md0", "9:0", "", &["sda2", "sdb2"]), "dm-0", "253:0", LUKS, &["md0"]);
    let raid_plain = device(raid("9:0", "/dev/md0"), "md0", "9:0", "", &["sda2", "sdb2"]);
    let luks_pair = |machine: Machine| device(device(machine, "dm-0", "253:0", LUKS, &["sda2"]), "dm-1", "253:1", LUKS, &["sdb2"]);
    let raid_on_luks = device(luks_pair(raid("9:0", "/dev/md0")), "md0", "9:0", "", &["dm-0", "dm-1"]);
    let partitioned = device(luks_pair(raid("259:9", "/dev/md0p1")), "md0", "9:0", "", &["dm-0", "dm-1"]);
    let partitioned = device(partitioned, "md0p1", "259:9", "", &[]);
    vec![
        state("LVM on LUKS, Ubuntu", lvm_on_luks, encrypted(true)),
        state("LUKS on LVM", luks_on_lvm, encrypted(true)),
        state("LVM alone", lvm_plain, encrypted(false)),
        state("LVM over an encrypted and a plain disk", half, encrypted(false)),
        state("LUKS on mdraid", luks_on_raid, encrypted(true)),
        state("mdraid on two LUKS devices", raid_on_luks, encrypted(true)),
        state("a partition of an mdraid on LUKS", partitioned, encrypted(true)),
        state("mdraid alone", raid_plain, encrypted(false)),
    ]
}

fn by_file_system() -> Vec<State> {
    let btrfs = |devices: &[&str]| {
        let machine = luks(mounted(&[("0:30", "/", "btrfs", "/dev/mapper/map-dm-0"), ("0:30", "/home", "btrfs", "/dev/mapper/map-dm-0")]));
        let machine = device(machine, "sdb1", "8:17", "", &[]);
        devices.iter().fold(machine, |machine, name| machine.folder(&format!("/sys/fs/btrfs/5c1e/devices/{name}")))
    };
    let zfs = |value: &str| {
        let machine = plain(mounted(&[("0:25", "/", "zfs", "rpool/ROOT/debian")]));
        machine.command("zfs get -H -o value encryption rpool/ROOT/debian", 0, value)
    };
    let pool = "rpool\t9G\t4G\t5G\t-\t-\t3%\t43%\t1.00x\tONLINE\t-\n\t/dev/nvme0n1p2\t9G\t4G\t5G\t-\t-\t3%\t43%\t-\tONLINE\n";
    let view = ("0:40", "/", "overlay", "composefs");
    let silverblue = |machine: fn(Machine) -> Machine, number, source| {
        machine(mounted(&[view, (number, "/sysroot", "ext4", source), (number, "/var", "ext4", source), (number, "/home", "ext4", source)]))
    };
    let in_memory = |machine: fn(Machine) -> Machine, number, source| {
        machine(mounted(&[("0:24", "/", "tmpfs", "none"), (number, "/nix", "ext4", source)]))
    };
    vec![
        state("btrfs on LUKS, openSUSE", btrfs(&["dm-0"]), encrypted(true)),
        state("btrfs on LUKS and a plain disk", btrfs(&["dm-0", "sdb1"]), encrypted(false)),
        state("btrfs whose devices are hidden", btrfs(&[]), json!({})),
        state("ZFS that encrypts", zfs("aes-256-gcm\n"), encrypted(true)),
        state("ZFS that does not, on a plain disk", zfs("off\n").command("zpool list -v -H -P -L rpool", 0, pool), encrypted(false)),
        state("ZFS whose program is missing", plain(mounted(&[("0:25", "/", "zfs", "rpool/ROOT/debian")])), json!({})),
        state("bcachefs, which encrypts by itself", plain(mounted(&[("0:29", "/", "bcachefs", "/dev/nvme0n1p2")])), json!({})),
        state("Silverblue on LUKS", silverblue(luks, "253:0", "/dev/mapper/root"), encrypted(true)),
        state("Silverblue on a plain disk", silverblue(plain, "259:2", "/dev/nvme0n1p2"), encrypted(false)),
        state("NixOS with root in memory on LUKS", in_memory(luks, "253:0", "/dev/mapper/root"), encrypted(true)),
        state("NixOS with root in memory on a plain disk", in_memory(plain, "259:2", "/dev/nvme0n1p2"), encrypted(false)),
        state(
            "Nix packages on a plain disk beside an encrypted root",
            luks(mounted(&[ROOT_LUKS, ("259:2", "/nix", "ext4", "/dev/nvme0n1p2")])),
            encrypted(true),
        ),
        state("a live system in memory", mounted(&[("0:24", "/", "tmpfs", "none")]), json!({})),
        state("root over the network", plain(mounted(&[("0:50", "/", "nfs4", "192.0.2.1:/root")])), json!({})),
        state("root in a loop file", device(mounted(&[("7:0", "/", "ext4", "/dev/loop0")]), "loop0", "7:0", "", &[]), json!({})),
    ]
}
