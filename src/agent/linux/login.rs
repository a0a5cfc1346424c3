//! Automatic login and guest sessions, as the display manager is configured.

use crate::agent::System;
use crate::agent::system::Unreadable;

use super::context::Context;
use super::ini::{is_on, value};
use super::kind::Kind;

/// What is known; unknown for display managers that are not listed here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub auto_login_enabled: Option<bool>,
    pub guest_account_enabled: Option<bool>,
}

/// Reads the configuration of the display manager in use, and of the text consoles.
pub(super) fn login(context: &Context, kind: &Kind) -> Login {
    let system = context.system;
    let on_screen = match kind.display_manager.as_deref() {
        Some("gdm" | "gdm3") => gdm(system),
        Some("sddm") => sddm(system),
        Some("lightdm") => lightdm(system),
        Some(_) => Login::default(),
        None if kind.headless => Login { auto_login_enabled: Some(false), guest_account_enabled: None },
        None => Login::default(),
    };
    let on_console = console_logs_in(system);
    let auto_login_enabled = match (on_screen.auto_login_enabled, on_console) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    Login { auto_login_enabled, ..on_screen }
}

/// Whether one of `files` says so; unknown when one exists and can't be read. A missing file says nothing.
fn any_says(system: &System, files: &[String], says: impl Fn(&str) -> bool) -> Option<bool> {
    let mut said = false;
    for file in files {
        match system.try_read(file) {
            Ok(text) => said |= says(&text),
            Err(Unreadable::Missing) => {}
            Err(_) => return None,
        }
    }
    Some(said)
}

fn files(system: &System, fixed: &[&str], folders: &[&str]) -> Vec<String> {
    let mut files: Vec<String> = fixed.iter().map(|path| (*path).to_owned()).collect();
    for folder in folders {
        let names = system.list(folder).unwrap_or_default();
        files.extend(names.iter().filter(|name| name.ends_with(".conf")).map(|name| format!("{folder}/{name}")));
    }
    files
}

fn gdm(system: &System) -> Login {
    let files = files(system, &["/etc/gdm3/custom.conf", "/etc/gdm3/daemon.conf", "/etc/gdm/custom.conf"], &[]);
    let on = |text: &str, key: &str| value(text, |section| section == "daemon", key).is_some_and(is_on);
    let auto = any_says(system, &files, |text| on(text, "AutomaticLoginEnable") || on(text, "TimedLoginEnable"));
    Login { auto_login_enabled: auto, guest_account_enabled: Some(false) }
}

fn sddm(system: &System) -> Login {
    let files = files(system, &["/etc/sddm.conf"], &["/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d"]);
    let auto = any_says(system, &files, |text| value(text, |section| section == "Autologin", "User").is_some_and(|user| !user.is_empty()));
    Login { auto_login_enabled: auto, guest_account_enabled: Some(false) }
}

/// A guest session needs the permission, which is there by default, and the program that makes the account.
fn lightdm(system: &System) -> Login {
    let files = files(system, &["/etc/lightdm/lightdm.conf"], &["/usr/share/lightdm/lightdm.conf.d", "/etc/lightdm/lightdm.conf.d"]);
    let seat = |section: &str| section.starts_with("Seat") || section == "SeatDefaults";
    let auto = any_says(system, &files, |text| {
        value(text, seat, "autologin-user").is_some_and(|user| !user.is_empty()) || value(text, seat, "autologin-guest").is_some_and(is_on)
    });
    let forbidden = any_says(system, &files, |text| value(text, seat, "allow-guest").is_some_and(|text| !is_on(text)));
    let possible =
        ["/usr/sbin/guest-account", "/usr/bin/guest-account", "/usr/lib/lightdm/guest-session"].iter().any(|path| system.exists(path));
    Login { auto_login_enabled: auto, guest_account_enabled: forbidden.map(|forbidden| possible && !forbidden) }
}

/// Whether a text console logs somebody in: a drop-in that starts `agetty --autologin`.
fn console_logs_in(system: &System) -> Option<bool> {
    let units = system.list("/etc/systemd/system");
    if units.is_none() && !system.exists("/etc/inittab") {
        return None;
    }
    let units = units.unwrap_or_default();
    let folders =
        units.iter().filter(|name| name.contains("getty@") && name.ends_with(".d")).map(|name| format!("/etc/systemd/system/{name}"));
    let folders: Vec<String> = folders.collect();
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    any_says(system, &files(system, &["/etc/inittab"], &folders), |text| {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.into_iter().any(|line| line.contains("getty") && (line.contains("--autologin") || line.contains(" -a ")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::kind::kind;
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, auto: Option<bool>, guest: Option<bool>) {
        let system = machine.system();
        let context = Context::new(&system);
        assert_eq!(login(&context, &kind(&context)), Login { auto_login_enabled: auto, guest_account_enabled: guest });
    }

    fn with_manager(unit: &str) -> Machine {
        Machine::new().link("/etc/systemd/system/display-manager.service", &format!("/usr/lib/systemd/system/{unit}"))
    }

    #[test]
    fn gdm_logs_in_by_itself_only_when_told() {
        check(
            with_manager("gdm.service").file("/etc/gdm3/custom.conf", "[daemon]\n#AutomaticLoginEnable = true\n"),
            Some(false),
            Some(false),
        );
        let on = "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=anna\n";
        check(with_manager("gdm.service").file("/etc/gdm/custom.conf", on), Some(true), Some(false));
    }

    #[test]
    fn sddm_and_lightdm_name_the_user() {
        check(
            with_manager("sddm.service").file("/etc/sddm.conf.d/kde_settings.conf", "[Autologin]\nRelogin=false\nUser=\n"),
            Some(false),
            Some(false),
        );
        check(with_manager("sddm.service").file("/etc/sddm.conf", "[Autologin]\nUser=anna\nSession=plasma\n"), Some(true), Some(false));
        check(with_manager("lightdm.service").file("/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=pi\n"), Some(true), Some(false));
    }

    #[test]
    fn lightdm_has_guests_by_default_where_it_can_make_them() {
        let lightdm = || with_manager("lightdm.service").file("/usr/sbin/guest-account", "");
        check(lightdm(), Some(false), Some(true));
        check(lightdm().file("/etc/lightdm/lightdm.conf.d/50-no-guest.conf", "[Seat:*]\nallow-guest=false\n"), Some(false), Some(false));
    }

    #[test]
    fn a_console_that_logs_in_counts_on_a_machine_without_screen() {
        check(Machine::new(), None, None);
        check(Machine::new().folder("/etc/systemd/system"), Some(false), None);
        let line = "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin pi --noclear %I $TERM\n";
        check(Machine::new().file("/etc/systemd/system/getty@tty1.service.d/autologin.conf", line), Some(true), None);
    }

    #[test]
    fn an_unknown_display_manager_is_unknown() {
        check(with_manager("greetd.service"), None, None);
    }
}
