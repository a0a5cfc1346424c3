//! How a device is connected, by `interface_addresses`, `interface_details`, `routes` and `dns_resolvers`; never to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::OsqueryTables;

/// Interfaces that are kept.
const INTERFACES_MAX: usize = 64;
/// Addresses, gateways or name servers that are kept of each.
const ADDRESSES_MAX: usize = 64;

/// The section; `None` without `interface_addresses`.
pub(super) fn network(tables: &OsqueryTables) -> Option<Map<String, Value>> {
    let rows = tables.rows("interface_addresses");
    if rows.is_empty() {
        return None;
    }
    let mut interfaces: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let (Some(name), Some(address)) = (row.text("interface"), row.text("address").and_then(parse_address)) else { continue };
        if changes_by_itself(address) {
            continue;
        }
        let prefix = row.text("mask").and_then(parse_address).map(prefix_length);
        interfaces.entry(name).or_default().insert(prefix.map_or_else(|| address.to_string(), |length| format!("{address}/{length}")));
    }
    let hardware_address = |name: &str| {
        let row = tables.rows("interface_details").iter().find(|row| row.text("interface") == Some(name));
        row.and_then(|row| row.text("mac")).filter(|mac| mac.len() == 17 && *mac != "00:00:00:00:00:00").map(str::to_lowercase)
    };
    let interfaces = interfaces.into_iter().take(INTERFACES_MAX).map(|(name, addresses)| {
        let mut interface = json!({ "name": name, "addresses": addresses.into_iter().take(ADDRESSES_MAX).collect::<Vec<_>>() });
        if let Some(mac) = hardware_address(name) {
            interface["mac"] = Value::String(mac);
        }
        interface
    });
    let mut section = Map::from_iter([("interfaces".to_owned(), Value::Array(interfaces.collect()))]);
    for (name, addresses) in [("gateways", gateways(tables)), ("dns_servers", name_servers(tables))] {
        if !addresses.is_empty() {
            section.insert(name.to_owned(), json!(addresses));
        }
    }
    Some(section)
}

/// Without the zone of a link-local address.
fn parse_address(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

fn changes_by_itself(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || (address.segments()[0] & 0xffc0) == 0xfe80,
    }
}

fn prefix_length(mask: IpAddr) -> u32 {
    match mask {
        IpAddr::V4(mask) => u32::from(mask).leading_ones(),
        IpAddr::V6(mask) => u128::from(mask).leading_ones(),
    }
}

fn gateways(tables: &OsqueryTables) -> Vec<String> {
    let default = tables.rows("routes").iter().filter(|row| matches!(row.text("destination"), Some("0.0.0.0" | "::" | "default")));
    let default = default.filter(|row| row.integer("netmask").unwrap_or(0) == 0);
    unique(default.filter_map(|row| row.text("gateway").and_then(parse_address)).filter(|address| !address.is_unspecified()))
}

fn name_servers(tables: &OsqueryTables) -> Vec<String> {
    let servers = tables.rows("dns_resolvers").iter().filter(|row| row.is("type", "nameserver"));
    unique(servers.filter_map(|row| row.text("address").and_then(parse_address)))
}

/// In the order given.
fn unique(addresses: impl Iterator<Item = IpAddr>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    addresses.filter(|address| seen.insert(*address)).map(|address| address.to_string()).take(ADDRESSES_MAX).collect()
}
