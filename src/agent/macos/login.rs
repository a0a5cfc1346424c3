//! The login screen: automatic login and the guest account.

use super::context::Context;
use super::plist::Plist;

const SETTINGS: &str = "/Library/Preferences/com.apple.loginwindow.plist";
/// The hidden password without which nobody is logged in automatically.
const STORED_PASSWORD: &str = "/etc/kcpassword";

/// Whether somebody is logged in at start without a credential; FileVault always asks for one.
pub(super) fn auto_login_enabled(context: &Context, disk_encryption: Option<bool>) -> Option<bool> {
    let forbidden = context.managed("com.apple.loginwindow", |plist| plist.bool("com.apple.login.mcx.DisableAutoLoginClient"));
    if disk_encryption == Some(true) || forbidden == Some(true) {
        return Some(false);
    }
    let person = settings(context)?.text("autoLoginUser").is_some_and(|name| !name.is_empty());
    match (person, context.system.exists(STORED_PASSWORD)) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

/// What a profile prescribes, else what the system's own command says.
pub(super) fn guest_account_enabled(context: &Context) -> Option<bool> {
    let forbidden = context.managed("com.apple.MCX", |plist| plist.bool("DisableGuestAccount"));
    let wanted = context.managed("com.apple.MCX", |plist| plist.bool("EnableGuestAccount"));
    match (forbidden, wanted) {
        (Some(true), Some(true)) => return None,
        (Some(true), _) => return Some(false),
        (_, Some(true)) => return Some(true),
        _ => {}
    }
    let arguments = ["-c", "exec \"$@\" 2>&1", "sh", "/usr/sbin/sysadminctl", "-guestAccount", "status"];
    let text = context.system.run("/bin/sh", &arguments).map(|output| output.text).unwrap_or_default();
    parse_guest(&text).or_else(|| settings(context)?.bool("GuestEnabled"))
}

/// Written to standard error: `2026-11-24 09:00:00.123 sysadminctl[812:9044] Guest account disabled.`
fn parse_guest(text: &str) -> Option<bool> {
    let (_, state) = text.lines().find_map(|line| line.split_once("] Guest account "))?;
    match state.trim().trim_end_matches('.') {
        "disabled" => Some(false),
        "enabled" => Some(true),
        _ => None,
    }
}

/// Every Mac that was set up has this file: where it is missing, nothing is known.
fn settings(context: &Context) -> Option<Plist> {
    Plist::read(context.system, SETTINGS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn file(machine: Machine, path: &str, values: &str) -> Machine {
        machine.file(
            path,
            &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n{values}</dict>\n</plist>\n"),
        )
    }

    const ANNA: &str = "<key>autoLoginUser</key>\n<string>anna</string>\n";

    #[test]
    fn automatic_login_needs_a_name_and_a_stored_password() {
        let check = |machine: Machine, encrypted: Option<bool>, expected: Option<bool>| {
            let system = machine.system();
            assert_eq!(auto_login_enabled(&Context::new(&system), encrypted), expected);
        };
        let named = || file(Machine::new(), SETTINGS, ANNA);
        check(named().file(STORED_PASSWORD, "x"), Some(false), Some(true));
        check(named().file(STORED_PASSWORD, "x"), None, Some(true));
        check(named(), Some(false), None);
        check(file(Machine::new(), SETTINGS, ""), Some(false), Some(false));
        check(Machine::new(), Some(false), None);
        check(Machine::new().file(SETTINGS, "damaged"), Some(false), None);
        // FileVault asks before anything starts, whatever is left over.
        check(named().file(STORED_PASSWORD, "x"), Some(true), Some(false));
        let forbidden = "<key>com.apple.login.mcx.DisableAutoLoginClient</key>\n<true/>\n";
        check(file(named(), "/Library/Managed Preferences/com.apple.loginwindow.plist", forbidden), Some(false), Some(false));
    }

    #[test]
    fn the_guest_account_is_judged_by_profile_then_command_then_setting() {
        let command = "/bin/sh -c exec \"$@\" 2>&1 sh /usr/sbin/sysadminctl -guestAccount status";
        let says = |text: &str| Machine::new().command(command, 0, &format!("2026-11-24 06:00:01.123 sysadminctl[812:9044] {text}\n"));
        let check = |machine: Machine, expected: Option<bool>| {
            assert_eq!(guest_account_enabled(&Context::new(&machine.system())), expected);
        };
        let managed = |machine: Machine, values: &str| file(machine, "/Library/Managed Preferences/com.apple.MCX.plist", values);
        let setting = |machine: Machine, value: &str| file(machine, SETTINGS, &format!("<key>GuestEnabled</key>\n<{value}/>\n"));
        check(says("Guest account disabled."), Some(false));
        check(says("Guest account enabled."), Some(true));
        check(says("Compte invité désactivé."), None);
        check(setting(says("Compte invité désactivé."), "false"), Some(false));
        check(setting(Machine::new(), "true"), Some(true));
        check(Machine::new(), None);
        check(managed(says("Guest account enabled."), "<key>DisableGuestAccount</key>\n<true/>\n"), Some(false));
        check(managed(says("Guest account disabled."), "<key>EnableGuestAccount</key>\n<true/>\n"), Some(true));
        let both = "<key>DisableGuestAccount</key>\n<true/>\n<key>EnableGuestAccount</key>\n<true/>\n";
        check(managed(says("Guest account disabled."), both), None);
    }
}
