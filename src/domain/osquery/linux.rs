//! Security facts of a Linux machine, and what other systems have in common with it. osquery has no table of its screen locks.

use super::{Facts, OsqueryRow, OsqueryTables, all};
use crate::domain::malware_products::{CLAMAV_SCANNERS, CLAMAV_UPDATERS, PRODUCTS};
use crate::domain::rpm_base;

/// Mount points that belong to the system, when they are volumes of their own.
const SYSTEM_MOUNTS: &[&str] = &["/", "/home", "/usr", "/var", "/var/home", "/sysroot"];
/// SSH, telnet, RDP, VNC.
const REMOTE_PORTS: &[i64] = &[22, 23, 3389, 5900];
/// The number of TCP.
const TCP: i64 = 6;

pub(super) fn facts(tables: &OsqueryTables) -> Facts {
    let mut facts = Facts::default();
    let (antivirus, product) = antivirus(tables);
    facts.insert("disk_encryption", disk_encryption(tables));
    facts.insert("firewall_enabled", firewall(tables));
    facts.insert("last_update_at", last_update(tables));
    facts.insert("antivirus_enabled", antivirus);
    facts.insert("antivirus_product", product);
    // A server may listen on any other port, so that none on these proves nothing.
    facts.insert("remote_login_enabled", reachable_port(tables, REMOTE_PORTS).filter(|found| *found));
    facts.insert("secure_boot", secure_boot(tables));
    facts
}

/// The devices below the system's mounts, by name. A file system over several devices names one of them.
fn disk_encryption(tables: &OsqueryTables) -> Option<bool> {
    let mounts = tables.rows("mounts");
    let images = mounts.iter().any(|row| row.text("path") == Some("/sysroot"));
    let root_is_view = |row: &OsqueryRow| images && row.text("path") == Some("/") && row.is("type", "overlay");
    let of_system: Vec<&OsqueryRow> =
        mounts.iter().filter(|row| row.text("path").is_some_and(|path| SYSTEM_MOUNTS.contains(&path)) && !root_is_view(row)).collect();
    let root = of_system.iter().any(|row| matches!(row.text("path"), Some("/" | "/sysroot")));
    root.then(|| all(of_system.into_iter().map(|row| encrypted(tables, row))))?
}

fn encrypted(tables: &OsqueryTables, mount: &OsqueryRow) -> Option<bool> {
    let names = [mount.text("device_alias"), mount.text("device")];
    let disk = |row: &&OsqueryRow| row.text("name").is_some_and(|name| names.contains(&Some(name)));
    tables.rows("disk_encryption").iter().find(disk)?.flag("encrypted")
}

/// The old IPv4 rules that refuse by policy and make no exception for everybody. Rules of nftables and of IPv6 are in no table: nothing here
/// proves that a firewall is off, and none is certain where IPv6 is in use.
fn firewall(tables: &OsqueryTables) -> Option<bool> {
    let input: Vec<&OsqueryRow> = tables
        .rows("iptables")
        .iter()
        .filter(|row| row.text("filter_name") == Some("filter") && row.text("chain") == Some("INPUT"))
        .collect();
    let refuses = !input.is_empty() && input.iter().all(|row| row.text("policy") == Some("DROP"));
    let no_rule_opens = input.iter().all(|row| match row.text("target") {
        None => true,
        Some("DROP" | "REJECT" | "LOG" | "NFLOG") => true,
        Some("ACCEPT") => is_narrow(row),
        // A chain of its own: where it leads is not told.
        Some(_) => false,
    });
    let addresses = tables.rows("interface_addresses");
    let ipv6 = addresses.iter().filter_map(|row| row.text("address")).any(|address| address.contains(':') && is_global(address));
    (refuses && no_rule_opens && !addresses.is_empty() && !ipv6).then_some(true)
}

/// An exception for a port, an address, or the loopback. What else a rule asks for is told by `yes` alone.
fn is_narrow(row: &OsqueryRow) -> bool {
    let all_ports = |column| row.text(column).is_none_or(|ports| ports == "0:65535");
    row.text("iniface") == Some("lo")
        || row.text("src_mask").is_some_and(|mask| mask != "0.0.0.0")
        || row.is("protocol", "1")
        || !(all_ports("dst_port") && all_ports("src_port"))
        // Without ports a condition is about the state of a connection, or the like.
        || (row.is("match", "yes") && row.is("protocol", "0"))
}

fn is_global(address: &str) -> bool {
    let address = address.split('%').next().unwrap_or(address).to_lowercase();
    !address.starts_with("fe80") && address != "::1"
}

/// Install times of base packages; those of all would tell of any new program.
fn last_update(tables: &OsqueryTables) -> Option<String> {
    let packages = tables.rows("rpm_packages").iter().filter_map(|row| Some((row.time("install_time")?.0, row.text("name")?)));
    rpm_base::newest_update(packages).map(|time| time.to_string())
}

/// Which of the known products runs, by its unit.
fn antivirus(tables: &OsqueryTables) -> (Option<bool>, Option<String>) {
    let units = tables.rows("systemd_units");
    let loaded = |name: &str| units.iter().find(|row| row.text("id") == Some(name)).filter(|row| row.is("load_state", "loaded"));
    let active = |name: &str| loaded(name).is_some_and(|row| row.is("active_state", "active"));
    let product = |found: Option<&(&str, &str, bool)>| found.map(|(_, name, _)| (*name).to_owned());
    let running = PRODUCTS.iter().find(|(unit, ..)| active(unit));
    if running.is_some() {
        return (Some(true), product(running));
    }
    if CLAMAV_SCANNERS.iter().any(|unit| loaded(unit).is_some()) {
        let on = CLAMAV_SCANNERS.iter().any(|unit| active(unit)) && CLAMAV_UPDATERS.iter().any(|unit| active(unit));
        return (Some(on), Some("ClamAV".to_owned()));
    }
    let stopped = PRODUCTS.iter().find(|(unit, ..)| loaded(unit).is_some());
    (stopped.map(|_| false), product(stopped))
}

/// Whether one of the ports is open to others; `None` where no ports were sent.
pub(super) fn reachable_port(tables: &OsqueryTables, ports: &[i64]) -> Option<bool> {
    let rows = tables.rows("listening_ports");
    let loopback = |address: &str| address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
    let open = rows.iter().any(|row| {
        row.integer("port").is_some_and(|port| ports.contains(&port))
            && row.integer("protocol") == Some(TCP)
            && row.text("address").is_some_and(|address| !loopback(address))
    });
    (!rows.is_empty()).then_some(open)
}

/// On, and the firmware not in setup mode, in which anybody may replace the keys.
pub(super) fn secure_boot(tables: &OsqueryTables) -> Option<bool> {
    let row = tables.rows("secureboot").first()?;
    match (row.flag("secure_boot"), row.flag("setup_mode")) {
        (Some(true), Some(false)) => Some(true),
        (Some(false), _) | (_, Some(true)) => Some(false),
        _ => None,
    }
}
