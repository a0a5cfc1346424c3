//! Accounts, and what else systems differ in.

use serde_json::json;

use super::{Machine, State, state};

fn anna(groups: &str) -> Machine {
    let machine = Machine::new().file("/usr/share/wayland-sessions/x.desktop", "").seat(1000, "anna", "x");
    machine.command("id -Gn -- anna", 0, groups)
}

const SUDO: &str = "sudo -n -l -U anna";

pub(super) fn states() -> Vec<State> {
    let target = "Matching Defaults entries for anna on host:\n    env_reset, targetpw\n\nUser anna may run the following commands on host:\n    (ALL) ALL\n";
    let efi = |setup: u8| {
        Machine::new()
            .bytes("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", &[6, 0, 0, 0, 1])
            .bytes("/sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c", &[6, 0, 0, 0, setup])
    };
    let nixos = Machine::new()
        .link("/etc/systemd/system/display-manager.service", "/nix/store/aaaa-unit-display-manager.service/display-manager.service")
        .process(0, "gdm", "gdm")
        .file("/etc/gdm/custom.conf", "[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=anna\n");
    let alpine = Machine::new()
        .file("/etc/runlevels/default/sddm", "")
        .file("/etc/inittab", "tty1::respawn:/sbin/getty 38400 tty1\n")
        .file("/etc/sddm.conf", "[Autologin]\nUser=\n");
    vec![
        state("a member of sudo, Ubuntu", anna("anna adm sudo\n"), json!({ "local_admin": true })),
        state("a member of wheel, Fedora", anna("anna wheel\n"), json!({ "local_admin": true })),
        state(
            "nobody's administrator",
            anna("anna\n").command(SUDO, 1, "User anna is not allowed to run sudo on host.\n"),
            json!({ "local_admin": false }),
        ),
        state("sudo that asks for root's password, openSUSE", anna("anna users\n").command(SUDO, 0, target), json!({})),
        state("no sudo there, Alpine with doas", anna("anna\n"), json!({})),
        state("secure boot", efi(0), json!({ "secure_boot": true })),
        state("secure boot in setup mode", efi(1), json!({ "secure_boot": false })),
        state("GDM that logs in by itself, NixOS", nixos, json!({ "auto_login_enabled": true, "guest_account_enabled": false })),
        state("SDDM under OpenRC, Alpine", alpine, json!({ "auto_login_enabled": false, "guest_account_enabled": false })),
        state(
            "USB storage refused",
            Machine::new().command("modprobe -n -v usb-storage", 0, "install /bin/false\n"),
            json!({ "usb_storage_blocked": true }),
        ),
        state(
            "USB storage refused and loaded",
            Machine::new().command("modprobe -n -v usb-storage", 0, "install /bin/false\n").folder("/sys/module/usb_storage"),
            json!({ "usb_storage_blocked": false }),
        ),
        state(
            "ClamAV without its updater",
            Machine::new().unit("clamav-daemon.service loaded active enabled"),
            json!({ "antivirus_enabled": false, "antivirus_product": "ClamAV" }),
        ),
        state(
            "log shippers and access control only",
            Machine::new().systemd().folder("/sys/kernel/security/apparmor").process(0, "wazuh-agentd", "").process(0, "osqueryd", ""),
            json!({}),
        ),
        state("a machine that says nothing", Machine::new(), json!({})),
    ]
}
