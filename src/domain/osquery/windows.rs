//! Security facts of a Windows machine.

use super::registry::Registry;
use super::{Facts, OsqueryRow, OsqueryTables};
use crate::domain::device::SECURITY_TEXT_CHARACTERS;
use crate::domain::time::Time;

/// Idle time that never comes.
const NEVER: i64 = -1;
/// The longest idle time that Windows takes, in seconds; 0 switches it off.
const INACTIVITY_SECONDS_MAX: i64 = 599_940;
/// Updates of malware signatures and of the tools against malware come daily and are no update of the system: their numbers in the
/// knowledge base are the same in every language.
const NO_SYSTEM_UPDATES: &[&str] = &["KB2267602", "KB4052623", "KB890830", "KB5007651", "KB2310138", "KB915597"];
const SYSTEM_POLICIES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";
const UPDATE_POLICIES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU";
const FIREWALL: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
const FIREWALL_POLICIES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall";
const TERMINAL_SERVER: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server";
const LOGON: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon";
const USB_STORAGE: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\USBSTOR";
const REMOVABLE_POLICIES: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices";
/// SSH, RDP, VNC.
const REMOTE_PORTS: &[i64] = &[22, 3389, 5900];

pub(super) fn facts(tables: &OsqueryTables) -> Facts {
    let registry = Registry::of(tables);
    let mut facts = Facts::default();
    let (screen_lock, delay) = screen_lock(&registry);
    let (antivirus, product) = antivirus(tables);
    facts.insert("disk_encryption", disk_encryption(tables));
    facts.insert("firewall_enabled", firewall(tables, &registry));
    facts.insert("screen_lock_enabled", screen_lock);
    facts.insert("screen_lock_delay_secs", delay);
    facts.insert("last_update_at", last_update(tables).map(|time| time.to_string()));
    facts.insert("auto_update_enabled", auto_update(tables, &registry));
    facts.insert("antivirus_enabled", antivirus);
    facts.insert("antivirus_product", product);
    facts.insert("usb_storage_blocked", usb_storage(&registry));
    facts.insert("remote_login_enabled", remote_login(tables, &registry));
    facts.insert("secure_boot", super::linux::secure_boot(tables));
    facts.insert("tpm_present", tpm(tables));
    facts.insert("auto_login_enabled", registry.integer(&format!(r"{LOGON}\AutoAdminLogon")).map(|value| value == 1));
    facts
}

/// The system's drive: protected and wholly encrypted. Suspended, under way, or off is no; what BitLocker itself does not know is unknown.
fn disk_encryption(tables: &OsqueryTables) -> Option<bool> {
    let drive = tables.rows("bitlocker_info").iter().find(|row| row.is("drive_letter", "C:"))?;
    match (drive.integer("protection_status"), drive.integer("conversion_status")) {
        (Some(1), Some(1)) => Some(true),
        (Some(0), _) | (_, Some(0 | 2..=5)) => Some(false),
        _ => None,
    }
}

/// Windows' own judgement, which knows products of others; else its own firewall on all three profiles. That one being off proves nothing
/// where another product may be in its place.
fn firewall(tables: &OsqueryTables, registry: &Registry) -> Option<bool> {
    match tables.first("windows_security_center", "firewall") {
        Some("Good") => return Some(true),
        Some("Poor") => return Some(false),
        _ => {}
    }
    let profiles = ["DomainProfile", "StandardProfile", "PublicProfile"].map(|profile| {
        // The policy of the private profile bears the name that people know.
        let policy = if profile == "StandardProfile" { "PrivateProfile" } else { profile };
        let policies = [policy, profile].map(|name| registry.integer(&format!(r"{FIREWALL_POLICIES}\{name}\EnableFirewall")));
        policies[0].or(policies[1]).or_else(|| registry.integer(&format!(r"{FIREWALL}\{profile}\EnableFirewall")))
    });
    if profiles.iter().all(|value| *value == Some(1)) {
        return Some(true);
    }
    let products = tables.rows("windows_security_products");
    let another = products.is_empty() || products.iter().any(|row| row.is("type", "Firewall") && row.is("state", "On"));
    (profiles.contains(&Some(0)) && !another).then_some(false)
}

/// The machine's limit, else the screen savers of all who are loaded: the worst counts. A limit of 0 is none.
fn screen_lock(registry: &Registry) -> (Option<bool>, Option<i64>) {
    let limit = registry.integer(&format!(r"{SYSTEM_POLICIES}\InactivityTimeoutSecs"));
    if let Some(seconds) = limit.filter(|seconds| (1..=INACTIVITY_SECONDS_MAX).contains(seconds)) {
        return (Some(true), Some(seconds));
    }
    let savers: Vec<Option<Saver>> = registry.people().iter().map(|sid| saver(registry, sid)).collect();
    if savers.iter().flatten().any(|saver| *saver == Saver::Off) {
        return (Some(false), Some(NEVER));
    }
    let seconds: Option<Vec<i64>> =
        savers.into_iter().map(|saver| if let Some(Saver::After(seconds)) = saver { Some(seconds) } else { None }).collect();
    let longest = seconds.and_then(|seconds| seconds.into_iter().max());
    (longest.map(|_| true), longest)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saver {
    Off,
    After(i64),
}

/// The screen saver of one person: what a policy says, else what he set. `None` where one of the three was not said.
fn saver(registry: &Registry, sid: &str) -> Option<Saver> {
    let value = |name: &str| {
        let policy = format!(r"HKEY_USERS\{sid}\Software\Policies\Microsoft\Windows\Control Panel\Desktop\{name}");
        registry.integer(&policy).or_else(|| registry.integer(&format!(r"HKEY_USERS\{sid}\Control Panel\Desktop\{name}")))
    };
    let (active, secure) = (value("ScreenSaveActive"), value("ScreenSaverIsSecure"));
    match (active, secure, value("ScreenSaveTimeOut")) {
        (Some(0), ..) | (_, Some(0), _) => Some(Saver::Off),
        (Some(1), Some(1), Some(seconds)) if seconds > 0 => Some(Saver::After(seconds)),
        _ => None,
    }
}

/// The newest installation that succeeded. osquery gives seconds in one table and the date in American order in the other.
fn last_update(tables: &OsqueryTables) -> Option<Time> {
    let succeeded = tables.rows("windows_update_history").iter().filter(|row| {
        let title = row.text("title").unwrap_or("");
        row.is("result_code", "Succeeded")
            && row.is("operation", "Installation")
            && title.contains("KB")
            && !NO_SYSTEM_UPDATES.iter().any(|number| title.contains(number))
    });
    let history = succeeded.filter_map(|row| row.time("date"));
    let patches = tables.rows("patches").iter().filter_map(|row| parse_date(row.text("installed_on")?));
    history.chain(patches).max()
}

/// `10/9/2026` is the ninth of October.
fn parse_date(text: &str) -> Option<Time> {
    let day = chrono::NaiveDate::parse_from_str(text, "%m/%d/%Y").ok()?;
    Some(Time(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())).filter(|time| time.0 > 0)
}

/// A policy first, for Windows' own judgement does not see one that only notifies.
fn auto_update(tables: &OsqueryTables, registry: &Registry) -> Option<bool> {
    let policy = |name: &str| registry.integer(&format!(r"{UPDATE_POLICIES}\{name}"));
    match (policy("NoAutoUpdate"), policy("AUOptions")) {
        (Some(1), _) | (_, Some(2 | 3)) => return Some(false),
        (_, Some(4)) => return Some(true),
        _ => {}
    }
    match tables.first("windows_security_center", "autoupdate")? {
        "Good" => Some(true),
        "Poor" => Some(false),
        _ => None,
    }
}

/// A product that is on, else one that is not. Windows servers know no products.
fn antivirus(tables: &OsqueryTables) -> (Option<bool>, Option<String>) {
    let products = || tables.rows("windows_security_products").iter().filter(|row| row.is("type", "Antivirus"));
    let running = products().find(|row| row.is("state", "On"));
    let stopped = || products().find(|row| ["Off", "Snoozed", "Expired"].iter().any(|state| row.is("state", state)));
    let name = |row: &OsqueryRow| row.text("name").map(|name| name.chars().take(SECURITY_TEXT_CHARACTERS).collect());
    match running {
        Some(row) => (Some(true), name(row)),
        None => stopped().map_or((None, None), |row| (Some(false), name(row))),
    }
}

/// The driver is switched off, or a policy denies what can be taken out. Without the driver's value nothing is said.
fn usb_storage(registry: &Registry) -> Option<bool> {
    let start = registry.integer(&format!(r"{USB_STORAGE}\Start"))?;
    Some(start == 4 || registry.integer(&format!(r"{REMOVABLE_POLICIES}\Deny_All")) == Some(1))
}

/// A listener that others can reach, or the remote desktop switched on; off when it is switched off and the listeners were sent.
fn remote_login(tables: &OsqueryTables, registry: &Registry) -> Option<bool> {
    let denied = registry.integer(&format!(r"{TERMINAL_SERVER}\fDenyTSConnections"));
    match super::linux::reachable_port(tables, REMOTE_PORTS) {
        Some(true) => Some(true),
        _ if denied == Some(0) => Some(true),
        Some(false) if denied == Some(1) => Some(false),
        _ => None,
    }
}

/// A TPM 2.0 that is on.
fn tpm(tables: &OsqueryTables) -> Option<bool> {
    let row = tables.rows("tpm_info").first()?;
    let version = row.text("spec_version")?;
    Some(row.flag("activated")? && row.flag("enabled")? && version.starts_with('2'))
}
