//! How the machine is connected: configuration only, never connections, traffic or names of wireless networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::agent::System;
use crate::agent::report::{Interface, Network};

/// Interfaces that are listed.
const INTERFACES_MAX: usize = 64;
/// Addresses of one interface that are listed.
const ADDRESSES_MAX: usize = 32;
/// Ends of virtual cables of containers and virtual machines: they come and go, and say nothing of this machine.
const CABLES: &[&str] = &["veth", "tap", "vnet", "cali", "lxc", "fwpr", "fwln"];
/// Name servers that are listed; resolvers use three.
const NAME_SERVERS_MAX: usize = 8;

/// Reads interfaces, gateways and name servers; `None` when the interfaces can't be listed.
pub(super) fn network(system: &System) -> Option<Network> {
    let names = system.list("/sys/class/net")?;
    let addresses = system.output("ip", &["-o", "address", "show"]).map(|text| parse_addresses(&text)).unwrap_or_default();
    let names = names.into_iter().filter(|name| name != "lo" && !CABLES.iter().any(|prefix| name.starts_with(prefix)));
    let interfaces = names.take(INTERFACES_MAX).map(|name| Interface {
        mac: system.read(&format!("/sys/class/net/{name}/address")).filter(|mac| mac.len() == 17 && mac != "00:00:00:00:00:00"),
        addresses: addresses.iter().filter(|(owner, _)| *owner == name).map(|(_, address)| address.clone()).take(ADDRESSES_MAX).collect(),
        name,
    });
    let mut gateways = parse_routes(&system.read("/proc/net/route").unwrap_or_default());
    gateways.extend(parse_ipv6_routes(&system.read("/proc/net/ipv6_route").unwrap_or_default()));
    Some(Network { interfaces: interfaces.collect(), gateways, dns_servers: dns_servers(system) })
}

/// `ip -o address show`: interface and address with prefix length. Link-local and temporary ones change by themselves and are left out.
fn parse_addresses(text: &str) -> Vec<(String, String)> {
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|words| match words[..] {
        [_, interface, "inet" | "inet6", address, ..]
            if !words.contains(&"temporary") && !words.windows(2).any(|pair| pair == ["scope", "link"]) =>
        {
            Some((interface.trim_end_matches(':').to_owned(), address.to_owned()))
        }
        _ => None,
    })
    .collect()
}

/// Default gateways of `/proc/net/route`, whose numbers are hexadecimal in the machine's (little-endian) order.
fn parse_routes(text: &str) -> Vec<String> {
    let rows = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let defaults = rows.filter(|words| words.get(1) == Some(&"00000000") && words.get(7) == Some(&"00000000"));
    let gateways = defaults.filter_map(|words| u32::from_str_radix(words.get(2)?, 16).ok());
    distinct(gateways.filter(|gateway| *gateway != 0).map(|gateway| Ipv4Addr::from(gateway.swap_bytes()).to_string()))
}

/// Default gateways of `/proc/net/ipv6_route`; rows for addresses that are unreachable name none.
fn parse_ipv6_routes(text: &str) -> Vec<String> {
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let defaults =
        rows.filter(|words| words.first().is_some_and(|target| target.bytes().all(|byte| byte == b'0')) && words.get(1) == Some(&"00"));
    let gateways = defaults.filter_map(|words| u128::from_str_radix(words.get(4)?, 16).ok());
    distinct(gateways.filter(|gateway| *gateway != 0).map(|gateway| Ipv6Addr::from(gateway).to_string()))
}

/// systemd's local resolver stands in front of the real name servers, which it lists elsewhere.
fn dns_servers(system: &System) -> Vec<String> {
    let servers = |path: &str| system.read(path).map(|text| parse_name_servers(&text)).unwrap_or_default();
    let first = servers("/etc/resolv.conf");
    if first == ["127.0.0.53"] {
        let behind = servers("/run/systemd/resolve/resolv.conf");
        return if behind.is_empty() { first } else { behind };
    }
    first
}

fn parse_name_servers(text: &str) -> Vec<String> {
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|words| words.first() == Some(&"nameserver"))
        .filter_map(|words| words.get(1).map(|server| (*server).to_owned()))
        .take(NAME_SERVERS_MAX)
        .collect()
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for value in values {
        if !list.contains(&value) {
            list.push(value);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const ADDRESSES: &str = "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n\
        2: wlp3s0    inet 192.168.1.23/24 brd 192.168.1.255 scope global dynamic noprefixroute wlp3s0\\       valid_lft 82155sec preferred_lft 82155sec\n\
        2: wlp3s0    inet6 2001:db8::abcd/64 scope global temporary dynamic \\       valid_lft 6863sec preferred_lft 3263sec\n\
        2: wlp3s0    inet6 2001:db8::23/64 scope global dynamic mngtmpaddr noprefixroute \\       valid_lft 6863sec preferred_lft 3263sec\n\
        2: wlp3s0    inet6 fe80::1/64 scope link noprefixroute \\       valid_lft forever preferred_lft forever\n";

    #[test]
    fn configuration_is_read_without_what_changes_by_itself() {
        let machine = Machine::new()
            .file("/sys/class/net/lo/address", "00:00:00:00:00:00\n")
            .file("/sys/class/net/wlp3s0/address", "a4:c3:f0:11:22:33\n")
            .file("/sys/class/net/veth12ab/address", "3e:11:22:33:44:55\n")
            .command("ip -o address show", 0, ADDRESSES)
            .file("/etc/resolv.conf", "# stub\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch corp.example\n")
            .file("/run/systemd/resolve/resolv.conf", "nameserver 192.168.1.1\nnameserver 9.9.9.9\n");
        let found = network(&machine.system()).unwrap();
        let addresses = vec!["192.168.1.23/24".to_owned(), "2001:db8::23/64".to_owned()];
        assert_eq!(found.interfaces, [Interface { name: "wlp3s0".to_owned(), mac: Some("a4:c3:f0:11:22:33".to_owned()), addresses }]);
        assert_eq!(found.dns_servers, ["192.168.1.1", "9.9.9.9"]);
    }

    #[test]
    fn default_gateways_of_both_families() {
        let ipv4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(parse_routes(ipv4), ["192.168.1.1"]);
        let zero = "0".repeat(32);
        let ipv6 = format!(
            "{zero} 00 {zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
        );
        assert_eq!(parse_ipv6_routes(&ipv6), ["fe80::1"]);
    }

    #[test]
    fn without_the_list_of_interfaces_there_is_no_section() {
        assert_eq!(network(&Machine::new().system()), None);
    }
}
