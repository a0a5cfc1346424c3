//! Updates: whether they come by themselves, and when the last one came.

use serde_json::json;

use super::{Machine, State, state};

fn apt(lists: &str, upgrade: &str, origins: &str) -> Machine {
    let dump = format!(
        "APT::Periodic::Update-Package-Lists \"{lists}\";\nAPT::Periodic::Unattended-Upgrade \"{upgrade}\";\nUnattended-Upgrade::Allowed-Origins \"\";\n{origins}"
    );
    Machine::new()
        .file("/var/lib/dpkg/status", "")
        .command("apt-config dump", 0, &dump)
        .file("/usr/bin/unattended-upgrade", "")
        .unit("apt-daily.timer loaded active enabled")
        .unit("apt-daily-upgrade.timer loaded active enabled")
}

const SECURITY: &str = "Unattended-Upgrade::Allowed-Origins:: \"${distro_id}:${distro_codename}-security\";\n";

pub(super) fn states() -> Vec<State> {
    [debian(), red_hat_and_suse(), others()].into_iter().flatten().collect()
}

fn debian() -> Vec<State> {
    let history = "\nStart-Date: 2026-11-01  06:12:30\nCommandline: /usr/bin/unattended-upgrade\nUpgrade: libssl3:amd64 (1, 2)\nEnd-Date: 2026-11-01  06:12:41\n";
    let on = json!({ "auto_update_enabled": true });
    let off = json!({ "auto_update_enabled": false });
    vec![
        state("unattended-upgrades on, Ubuntu", apt("1", "1", SECURITY), on),
        state("only the lists are refreshed", apt("1", "0", SECURITY), off.clone()),
        state("unattended-upgrades without a source", apt("1", "1", ""), off.clone()),
        state("timers masked", apt("1", "1", SECURITY).unit("apt-daily-upgrade.timer masked inactive masked"), off),
        state(
            "upgraded by apt",
            Machine::new().file("/var/lib/dpkg/status", "").file("/var/log/apt/history.log", history),
            json!({ "last_update_at": "2026-11-01T06:12:41Z" }),
        ),
        state(
            "one program installed by apt",
            Machine::new()
                .file("/var/lib/dpkg/status", "")
                .file("/var/log/apt/history.log", &history.replace("/usr/bin/unattended-upgrade", "apt install htop")),
            json!({}),
        ),
    ]
}

fn red_hat_and_suse() -> Vec<State> {
    let dnf = |unit: &str, conf: &str| {
        Machine::new().folder("/etc/dnf").unit(&format!("{unit} loaded active enabled")).file("/etc/dnf/automatic.conf", conf)
    };
    let off = json!({ "auto_update_enabled": false });
    let on = json!({ "auto_update_enabled": true });
    let zypper =
        "2026-11-02 06:12:30|command|root@leap|'zypper' 'patch'|\n2026-11-02 06:12:41|install|libopenssl3|3.1.4-2|x86_64||repo|sum|\n";
    let dnf_log = "2026-11-03T06:12:30+0000 DDEBUG Base command: upgrade\n2026-11-03T06:13:01+0000 DDEBUG RPM transaction over.\n2026-11-03T06:13:02+0000 INFO Complete!\n";
    let rpms = "1760000000\tglibc\n1760000300\tbash\n1793000000\topenssl-libs\n1794000000\thtop\n";
    vec![
        state("dnf-automatic that applies", dnf("dnf-automatic.timer", "[commands]\napply_updates = yes\n"), on.clone()),
        state("dnf-automatic that downloads", dnf("dnf-automatic.timer", "[commands]\napply_updates = no\n"), off.clone()),
        state("dnf5-automatic by its default", dnf("dnf5-automatic.timer", ""), off.clone()),
        state(
            "PackageKit and GNOME Software alone, Fedora",
            Machine::new().folder("/etc/dnf").file("/usr/libexec/packagekitd", "").unit("packagekit.service loaded active static"),
            off.clone(),
        ),
        state(
            "YaST's daily job, openSUSE",
            Machine::new().folder("/etc/zypp").systemd().file("/etc/sysconfig/automatic_online_update", "AOU_ENABLE_CRONJOB=\"true\"\n"),
            on.clone(),
        ),
        state("openSUSE without any", Machine::new().folder("/etc/zypp").systemd(), off),
        state(
            "MicroOS with transactional-update",
            Machine::new().folder("/etc/zypp").unit("transactional-update.timer loaded active enabled"),
            on,
        ),
        state(
            "patched by zypper",
            Machine::new().file("/var/log/zypp/history", zypper),
            json!({ "last_update_at": "2026-11-02T06:12:41Z" }),
        ),
        state("upgraded by dnf", Machine::new().file("/var/log/dnf.log", dnf_log), json!({ "last_update_at": "2026-11-03T06:13:02Z" })),
        state(
            "base packages younger than the system",
            Machine::new().command("rpm -qa --qf %{INSTALLTIME}\\t%{NAME}\\n", 0, rpms),
            json!({ "last_update_at": "2026-10-26T07:33:20Z" }),
        ),
        state(
            "a new program only",
            Machine::new().command("rpm -qa --qf %{INSTALLTIME}\\t%{NAME}\\n", 0, "1760000000\tglibc\n1794000000\thtop\n"),
            json!({}),
        ),
    ]
}

fn others() -> Vec<State> {
    let pacman = |log: &str| Machine::new().folder("/var/lib/pacman/local").file("/var/log/pacman.log", log);
    let full =
        "[2026-11-02T09:30:11+0100] [PACMAN] starting full system upgrade\n[2026-11-02T09:31:44+0100] [ALPM] upgraded linux (1 -> 2)\n";
    let one =
        "[2026-11-02T09:30:11+0100] [PACMAN] Running 'pacman -S firefox'\n[2026-11-02T09:31:44+0100] [ALPM] upgraded firefox (1 -> 2)\n";
    let silverblue = || Machine::new().file("/run/ostree-booted", "").folder("/etc/yum.repos.d");
    let status = r#"{"deployments": [{"booted": true, "timestamp": 1793000000}]}"#;
    vec![
        state("a full upgrade by pacman", pacman(full), json!({ "last_update_at": "2026-11-02T08:31:44Z" })),
        state("one program by pacman", pacman(one), json!({})),
        state("Arch, which has no mechanism of its own", Machine::new().folder("/var/lib/pacman/local").systemd(), json!({})),
        state(
            "Silverblue's image",
            silverblue().command("rpm-ostree status --json", 0, status),
            json!({ "last_update_at": "2026-10-26T07:33:20Z" }),
        ),
        state("Silverblue without a timer", silverblue().systemd(), json!({})),
        state(
            "Silverblue that stages",
            silverblue()
                .unit("rpm-ostreed-automatic.timer loaded active enabled")
                .file("/etc/rpm-ostreed.conf", "[Daemon]\nAutomaticUpdatePolicy=stage\n"),
            json!({ "auto_update_enabled": true }),
        ),
        state(
            "NixOS by its release",
            Machine::new().file("/run/current-system/nixos-version", "25.11.20261101.abcdef1\n"),
            json!({ "last_update_at": "2026-11-01T00:00:00Z" }),
        ),
        state(
            "NixOS that upgrades itself",
            Machine::new().unit("nixos-upgrade.timer loaded active enabled"),
            json!({ "auto_update_enabled": true }),
        ),
        state("apk, which keeps no dates", Machine::new().file("/lib/apk/db/installed", "P:musl\nV:1.2.5-r0\n"), json!({})),
    ]
}
