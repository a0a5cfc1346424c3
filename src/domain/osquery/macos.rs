//! Security facts of a Mac.

use super::{Facts, OsqueryRow, OsqueryTables};
use crate::domain::time::Time;

/// Idle time that never comes.
const NEVER: i64 = -1;

pub(super) fn facts(tables: &OsqueryTables) -> Facts {
    let mut facts = Facts::default();
    let (screen_lock, delay) = screen_lock(tables);
    facts.insert("disk_encryption", disk_encryption(tables));
    facts.insert("firewall_enabled", firewall(tables));
    facts.insert("screen_lock_enabled", screen_lock);
    facts.insert("screen_lock_delay_secs", delay);
    facts.insert("last_update_at", last_update(tables).map(|time| time.to_string()));
    facts.insert("auto_update_enabled", auto_update(tables));
    facts.insert("remote_login_enabled", remote_login(tables));
    facts.insert("secure_boot", secure_boot(tables));
    let login = |key| setting(tables, "com.apple.loginwindow", key);
    facts.insert("guest_account_enabled", login("GuestEnabled").and_then(|value| on(&value)));
    facts.insert("auto_login_enabled", login("autoLoginUser").map(|_| true));
    facts
}

/// FileVault is on for somebody who can unlock it; off only where every volume says so.
fn disk_encryption(tables: &OsqueryTables) -> Option<bool> {
    let rows = tables.rows("disk_encryption");
    let status = |row: &OsqueryRow, word| row.is("filevault_status", word);
    if rows.iter().any(|row| status(row, "on") && row.text("user_uuid").is_some()) {
        return Some(true);
    }
    let said = rows.iter().filter(|row| row.text("filevault_status").is_some());
    let mut said = said.peekable();
    said.peek()?;
    said.all(|row| status(row, "off")).then_some(false)
}

fn firewall(tables: &OsqueryTables) -> Option<bool> {
    match tables.first("alf", "global_state")? {
        "1" | "2" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// The password's grace by `screenlock`, the idle time by `preferences` or `managed_policies`: one without the other gives no delay.
fn screen_lock(tables: &OsqueryTables) -> (Option<bool>, Option<i64>) {
    let Some(row) = tables.rows("screenlock").first() else { return (None, None) };
    match row.flag("enabled") {
        Some(true) => {
            let grace = row.integer("grace_period").filter(|seconds| *seconds >= 0);
            let idle = idle_seconds(tables).filter(|seconds| *seconds > 0);
            (Some(true), grace.zip(idle).and_then(|(grace, idle)| idle.checked_add(grace)))
        }
        Some(false) => (Some(false), Some(NEVER)),
        None => (None, None),
    }
}

/// What is managed, else the longest of the people's own. Zero is never by the screen saver, but the display's sleep may lock before.
fn idle_seconds(tables: &OsqueryTables) -> Option<i64> {
    let all = settings(tables, "com.apple.screensaver", "idleTime");
    let managed = all.iter().filter(|(managed, _)| *managed).filter_map(|(_, value)| value.parse().ok()).min();
    let own = || all.iter().map(|(_, value)| value.parse::<i64>().ok()).collect::<Option<Vec<_>>>();
    managed.or_else(|| {
        let own = own()?;
        if own.contains(&0) { None } else { own.into_iter().max() }
    })
}

/// Installing must be on, and neither looking nor downloading off; what was not said of the latter is on by default.
fn auto_update(tables: &OsqueryTables) -> Option<bool> {
    let value = |key| setting(tables, "com.apple.SoftwareUpdate", key).and_then(|value| on(&value));
    let installs = value("AutomaticallyInstallMacOSUpdates")?;
    let held_back = ["AutomaticCheckEnabled", "AutomaticDownload"].iter().any(|key| value(key) == Some(false));
    Some(installs && !held_back)
}

/// The system itself, as its installer wrote it down; other packages are no update of it.
fn last_update(tables: &OsqueryTables) -> Option<Time> {
    let rows = tables.rows("package_install_history").iter().filter(|row| {
        let by_system = matches!(row.text("source"), Some("softwareupdated" | "osinstallersetupd" | "macOS Installer"));
        let version = row.text("name").and_then(|name| name.strip_prefix("macOS "));
        by_system && version.is_some_and(|version| version.split(' ').any(|word| word.starts_with(|first: char| first.is_ascii_digit())))
    });
    rows.filter_map(|row| row.time("time")).max()
}

fn remote_login(tables: &OsqueryTables) -> Option<bool> {
    let row = tables.rows("sharing_preferences").first()?;
    let flags = ["remote_login", "screen_sharing", "remote_management"].map(|column| row.flag(column));
    if flags.contains(&Some(true)) { Some(true) } else { (!flags.contains(&None)).then_some(false) }
}

/// Apple's chips say it in words, Intel's security chip by a mode; Macs with neither do not verify what they start.
fn secure_boot(tables: &OsqueryTables) -> Option<bool> {
    let row = tables.rows("secureboot").first()?;
    match (row.text("description"), row.text("secure_mode")) {
        (Some(words), _) => Some(words == "Full Security"),
        (None, Some("1")) => Some(true),
        (None, Some("0" | "2")) => Some(false),
        _ => None,
    }
}

/// A setting of the machine: the managed value, else the one that all rows agree on.
fn setting(tables: &OsqueryTables, domain: &str, key: &str) -> Option<String> {
    let all = settings(tables, domain, key);
    let managed = all.iter().find(|(managed, _)| *managed);
    let first = managed.or_else(|| all.first())?;
    (first.0 || all.iter().all(|other| other.1 == first.1)).then(|| first.1.clone())
}

/// All values of a setting, each with whether it is managed.
fn settings(tables: &OsqueryTables, domain: &str, key: &str) -> Vec<(bool, String)> {
    let value = |row: &OsqueryRow, managed: bool| row.text("value").map(|value| (managed, value.to_owned()));
    let policies = tables.rows("managed_policies").iter().filter(|row| row.is("domain", domain) && row.text("name") == Some(key));
    let preferences = tables.rows("preferences").iter().filter(|row| row.is("domain", domain) && row.text("key") == Some(key));
    let policies = policies.filter_map(|row| value(row, true));
    policies.chain(preferences.filter_map(|row| value(row, row.flag("forced") == Some(true)))).collect()
}

fn on(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
