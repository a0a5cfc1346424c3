//! Automatic updates: do security updates install without anybody's doing?

use crate::agent::System;

use super::apt;
use super::context::Context;
use super::ini;

/// Timers that install what they find.
const INSTALLING: &[&str] =
    &["transactional-update.timer", "os-update.timer", "nixos-upgrade.timer", "bootc-fetch-apply-updates.timer", "uupd.timer"];

/// True or false where one of the known mechanisms is in charge; unknown elsewhere. PackageKit and GNOME Software only download and ask;
/// KDE's Discover installs by itself when its user has told it to.
pub(super) fn auto_update_enabled(context: &Context) -> Option<bool> {
    let (system, units) = (context.system, &context.units);
    if INSTALLING.iter().any(|timer| units.active(timer)) {
        return Some(true);
    }
    // The timer of an ostree system may be set to look only; without it GNOME Software may put updates in place for the next start.
    if units.active("rpm-ostreed-automatic.timer") {
        return ostree_applies(system);
    }
    if system.exists("/run/ostree-booted") {
        return None;
    }
    let by_system = if system.exists("/var/lib/dpkg/status") {
        apt_updates(context)
    } else if !units.answered() {
        None
    } else if system.exists("/etc/zypp") {
        Some(zypper_updates(system))
    } else if system.exists("/etc/dnf") || system.exists("/etc/yum.repos.d") {
        dnf_updates(context)
    } else {
        None
    };
    match by_system {
        Some(false) => discover_updates(context),
        known => known,
    }
}

/// Whether Plasma's Discover installs for the person at the screen, where Plasma runs.
fn discover_updates(context: &Context) -> Option<bool> {
    if context.person_runs("plasmashell").is_none() {
        return Some(false);
    }
    let setting = |program: &str| {
        context.output_in_session(&[program, "--file", "PlasmaDiscoverUpdates", "--group", "Global", "--key", "UseUnattendedUpdates"])
    };
    setting("kreadconfig6").or_else(|| setting("kreadconfig5")).map(|text| ini::is_on(text.trim()))
}

/// YaST's daily job; the timers that install have been asked for.
fn zypper_updates(system: &System) -> bool {
    let text = system.read("/etc/sysconfig/automatic_online_update").unwrap_or_default();
    let value = text.lines().filter_map(|line| line.trim().strip_prefix("AOU_ENABLE_CRONJOB=")).next_back();
    value.is_some_and(|value| ini::is_on(value.trim_matches('"')))
}

/// The list must be refreshed, the upgrade must be on, its program installed, and the timer running: any of these alone does nothing.
fn apt_updates(context: &Context) -> Option<bool> {
    let dump = context.system.output("apt-config", &["dump"])?;
    let on = |key: &str| apt::period_is_on(apt::config_value(&dump, key));
    let configured = on("APT::Periodic::Update-Package-Lists") && on("APT::Periodic::Unattended-Upgrade");
    let switched_off = apt::config_value(&dump, "APT::Periodic::Enable") == Some("0");
    // Without a source that it may take from, the program installs nothing.
    let from_somewhere =
        ["Unattended-Upgrade::Allowed-Origins::", "Unattended-Upgrade::Origins-Pattern::"].iter().any(|list| dump.contains(list));
    if !configured || switched_off || !from_somewhere || !context.system.exists("/usr/bin/unattended-upgrade") {
        return Some(false);
    }
    if !context.units.answered() {
        return None;
    }
    Some(context.units.on("apt-daily.timer") && context.units.on("apt-daily-upgrade.timer"))
}

fn dnf_updates(context: &Context) -> Option<bool> {
    let units = &context.units;
    if units.on("dnf-automatic-install.timer") {
        return Some(true);
    }
    let applies = |paths: &[&str]| applies_updates(context.system, paths);
    if units.on("dnf5-automatic.timer") {
        return applies(&["/usr/share/dnf5/dnf5-plugins/automatic.conf", "/etc/dnf/automatic.conf"]);
    }
    if units.on("dnf-automatic.timer") {
        return applies(&["/etc/dnf/automatic.conf"]);
    }
    Some(false)
}

/// The distribution's file first, then the machine's own: the last that says something counts; where none does, the default is to download only.
fn applies_updates(system: &System, paths: &[&str]) -> Option<bool> {
    let texts = paths.iter().filter_map(|path| system.read(path));
    let mut said = texts.filter_map(|text| ini::value(&text, |section| section == "commands", "apply_updates").map(ini::is_on));
    Some(said.next_back().unwrap_or(false))
}

fn ostree_applies(system: &System) -> Option<bool> {
    let text = system.read("/etc/rpm-ostreed.conf")?;
    let policy = ini::value(&text, |section| section == "Daemon", "AutomaticUpdatePolicy").unwrap_or("none");
    Some(matches!(policy, "stage" | "apply"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(auto_update_enabled(&Context::new(&machine.system())), expected);
    }

    fn debian(lists: &str, upgrade: &str) -> Machine {
        let dump = format!(
            "APT \"\";\nAPT::Periodic \"\";\nAPT::Periodic::Update-Package-Lists \"{lists}\";\nAPT::Periodic::Unattended-Upgrade \"{upgrade}\";\n\
             Unattended-Upgrade \"\";\nUnattended-Upgrade::Origins-Pattern \"\";\nUnattended-Upgrade::Origins-Pattern:: \"origin=Debian,label=Debian-Security\";\n"
        );
        Machine::new()
            .file("/var/lib/dpkg/status", "")
            .command("apt-config dump", 0, &dump)
            .file("/usr/bin/unattended-upgrade", "")
            .unit("apt-daily.timer loaded active enabled")
            .unit("apt-daily-upgrade.timer loaded active enabled")
    }

    #[test]
    fn apt_needs_both_periods_the_program_and_the_timers() {
        check(debian("1", "1"), Some(true));
        check(debian("1", "always"), Some(true));
        check(debian("1", "1").unit("apt-daily-upgrade.timer masked inactive masked"), Some(false));
        check(Machine::new().file("/var/lib/dpkg/status", "").command("apt-config dump", 0, "APT \"\";\n"), Some(false));
        check(Machine::new().file("/var/lib/dpkg/status", ""), None);
    }

    #[test]
    fn trap_9_5_9_refreshing_the_list_alone_is_no_update() {
        check(debian("1", "0"), Some(false));
        check(debian("0", "1"), Some(false));
    }

    #[test]
    fn dnf_must_apply_not_only_download() {
        let fedora = || Machine::new().folder("/etc/dnf").systemd();
        check(fedora(), Some(false));
        check(fedora().unit("dnf-automatic-install.timer loaded active enabled"), Some(true));
        let dnf5 = || fedora().unit("dnf5-automatic.timer loaded active enabled");
        check(dnf5(), Some(false));
        check(dnf5().file("/etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n"), Some(true));
        let dnf4 = |apply: &str| {
            let conf = format!("[commands]\nupgrade_type = security\napply_updates = {apply}\n");
            fedora().unit("dnf-automatic.timer loaded active enabled").file("/etc/dnf/automatic.conf", &conf)
        };
        check(dnf4("no"), Some(false));
        check(dnf4("yes"), Some(true));
        check(Machine::new().folder("/etc/dnf"), None);
    }

    #[test]
    fn image_systems_have_timers_of_their_own() {
        check(Machine::new().unit("transactional-update.timer loaded active enabled"), Some(true));
        let ostree = |policy: &str| {
            let conf = format!("[Daemon]\nAutomaticUpdatePolicy={policy}\n");
            Machine::new().unit("rpm-ostreed-automatic.timer loaded active enabled").file("/etc/rpm-ostreed.conf", &conf)
        };
        check(ostree("check"), Some(false));
        check(ostree("stage"), Some(true));
    }

    #[test]
    fn unattended_upgrades_without_an_allowed_source_install_nothing() {
        let dump = "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\nUnattended-Upgrade::Allowed-Origins \"\";\n";
        check(debian("1", "1").command("apt-config dump", 0, dump), Some(false));
    }

    #[test]
    fn opensuse_has_a_job_of_yast_and_timers() {
        let leap = || Machine::new().folder("/etc/zypp").systemd();
        check(leap(), Some(false));
        check(leap().file("/etc/sysconfig/automatic_online_update", "AOU_ENABLE_CRONJOB=\"true\"\n"), Some(true));
        check(leap().file("/etc/sysconfig/automatic_online_update", "AOU_ENABLE_CRONJOB=\"false\"\n"), Some(false));
        check(leap().unit("os-update.timer loaded active enabled"), Some(true));
        check(Machine::new().folder("/etc/zypp"), None);
    }

    #[test]
    fn discover_installs_by_itself_when_told_to() {
        let read = "kreadconfig6 --file PlasmaDiscoverUpdates --group Global --key UseUnattendedUpdates";
        let fedora = || Machine::new().folder("/etc/dnf").systemd().seat(1000, "anna", "plasmashell");
        check(fedora().in_session(read, 0, "true\n"), Some(true));
        check(fedora().in_session(read, 0, "\n"), Some(false));
        check(fedora(), None);
    }

    #[test]
    fn an_image_system_without_a_timer_may_have_updates_put_in_place_by_its_desktop() {
        check(Machine::new().file("/run/ostree-booted", "").folder("/etc/yum.repos.d").systemd(), None);
        check(Machine::new().file("/run/ostree-booted", "").unit("bootc-fetch-apply-updates.timer loaded active enabled"), Some(true));
    }

    #[test]
    fn systems_without_a_known_mechanism_are_unknown() {
        check(Machine::new().file("/etc/arch-release", "").systemd(), None);
    }
}
