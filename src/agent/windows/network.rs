//! How the machine is connected: configuration only, never connections, traffic or names of wireless networks.

use std::net::IpAddr;

use crate::agent::report::{Interface, Network};

use super::raw::{Raw, Row};

/// Interfaces that are listed.
const INTERFACES_MAX: usize = 64;
/// Addresses of one interface that are listed.
const ADDRESSES_MAX: usize = 32;
/// Name servers that are listed.
const NAME_SERVERS_MAX: usize = 8;
/// `SuffixOrigin` of an address that changes by itself.
const RANDOM: i64 = 5;

/// Reads interfaces, gateways and name servers; `None` when the interfaces can't be listed.
pub(super) fn network(inventory: Raw) -> Option<Network> {
    let adapters = inventory.rows("adapters").found()?;
    let addresses = inventory.rows("addresses").found()?;
    let mut interfaces: Vec<Interface> =
        adapters.iter().take(INTERFACES_MAX).filter_map(|adapter| interface(*adapter, &addresses)).collect();
    interfaces.sort_by(|a, b| a.name.cmp(&b.name));
    let list = |name: &str, most: usize| {
        let mut distinct: Vec<String> = Vec::new();
        for text in adapters.iter().flat_map(|adapter| adapter.texts(name)) {
            if text.parse::<IpAddr>().is_ok() && !distinct.contains(&text) && distinct.len() < most {
                distinct.push(text);
            }
        }
        distinct
    };
    Some(Network {
        interfaces,
        gateways: list("DefaultIPGateway", INTERFACES_MAX),
        dns_servers: list("DNSServerSearchOrder", NAME_SERVERS_MAX),
    })
}

fn interface(adapter: Row, addresses: &[Row]) -> Option<Interface> {
    let index = adapter.integer("InterfaceIndex")?;
    let mut own = addresses.iter().filter(|row| row.integer("InterfaceIndex") == Some(index)).peekable();
    let name = own.peek()?.text("InterfaceAlias")?;
    let mut addresses: Vec<String> = own.filter_map(|row| address(*row)).take(ADDRESSES_MAX).collect();
    addresses.sort();
    Some(Interface { name, mac: adapter.text("MACAddress").map(|mac| mac.to_lowercase()), addresses })
}

/// Address with prefix length; link-local and temporary ones are left out.
fn address(row: Row) -> Option<String> {
    let text = row.text("IPAddress")?;
    let address: IpAddr = text.split('%').next()?.parse().ok()?;
    let local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_loopback(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address.is_loopback() || row.integer("SuffixOrigin") == Some(RANDOM),
    };
    (!local).then_some(format!("{address}/{}", row.integer("PrefixLength")?))
}
