//! How the Mac is connected: configuration only, never connections, traffic or names of wireless networks.

use crate::agent::System;
use crate::agent::report::{Interface, Network};

/// Interfaces that are listed.
const INTERFACES_MAX: usize = 64;
/// Addresses of one interface that are listed.
const ADDRESSES_MAX: usize = 32;
/// Name servers that are listed.
const NAME_SERVERS_MAX: usize = 8;
/// Radio links to devices nearby, ports for debugging and ends of virtual machines: they come and go with addresses of the moment.
const PASSING: &[&str] = &["lo", "awdl", "llw", "ap", "anpi", "bridge", "vmenet", "feth", "gif", "stf", "pktap", "XHC"];

/// Reads interfaces, gateways and name servers; `None` when the interfaces can't be listed.
pub(super) fn network(system: &System) -> Option<Network> {
    let interfaces = parse_interfaces(&system.output("/sbin/ifconfig", &["-a"])?);
    let gateway = |family: &str| parse_gateway(&system.output("/sbin/route", &["-n", "get", family, "default"])?);
    let dns = system.output("/usr/sbin/scutil", &["--dns"]).unwrap_or_default();
    let gateways = ["-inet", "-inet6"].into_iter().filter_map(gateway).collect();
    Some(Network { interfaces, gateways, dns_servers: parse_dns(&dns) })
}

/// A line `en0: flags=…` for each interface, below it indented `ether`, `inet` and `inet6`. Interfaces that have none of them are left
/// out, as are link-local and temporary addresses, which change by themselves.
fn parse_interfaces(text: &str) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    for line in text.lines() {
        if !line.starts_with(char::is_whitespace) {
            let name = line.split(':').next().unwrap_or_default().to_owned();
            found.push(Interface { name, ..Interface::default() });
            continue;
        }
        let Some(interface) = found.last_mut() else { continue };
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["ether", mac, ..] => interface.mac = Some(mac.to_owned()),
            ["inet" | "inet6", ..] if interface.addresses.len() < ADDRESSES_MAX => interface.addresses.extend(address(&words)),
            _ => {}
        }
    }
    let passing = |name: &str| PASSING.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit()));
    found.retain(|interface| !passing(&interface.name) && (interface.mac.is_some() || !interface.addresses.is_empty()));
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found.truncate(INTERFACES_MAX);
    found
}

/// `inet 192.168.1.23 netmask 0xffffff00 …`, `inet6 2001:db8::23 prefixlen 64 autoconf secured`.
fn address(words: &[&str]) -> Option<String> {
    let after = |word: &str| words.iter().position(|found| *found == word).and_then(|at| words.get(at + 1));
    let address = words.get(1)?;
    if words.contains(&"temporary") || address.starts_with("fe80:") || address.starts_with("169.254.") {
        return None;
    }
    let prefix = match after("prefixlen") {
        Some(prefix) => prefix.parse().ok()?,
        None => u32::from_str_radix(after("netmask")?.strip_prefix("0x")?, 16).ok()?.count_ones(),
    };
    Some(format!("{address}/{prefix}"))
}

/// A line `gateway: 192.168.1.1`, or `gateway: fe80::1%en0`.
fn parse_gateway(text: &str) -> Option<String> {
    let gateway = text.lines().find_map(|line| line.trim().strip_prefix("gateway: "))?;
    gateway.starts_with(|c: char| c.is_ascii_hexdigit()).then(|| gateway.split('%').next().unwrap_or(gateway).to_owned())
}

/// The servers of the first resolver; the others answer for single domains.
fn parse_dns(text: &str) -> Vec<String> {
    let mut servers: Vec<String> = Vec::new();
    let first = text.lines().skip_while(|line| line.trim() != "resolver #1").skip(1).take_while(|line| !line.trim().is_empty());
    for line in first {
        let server = line.trim().strip_prefix("nameserver[").and_then(|rest| rest.split_once(" : "));
        if let Some((_, server)) = server
            && !servers.iter().any(|known| known == server)
            && servers.len() < NAME_SERVERS_MAX
        {
            servers.push(server.to_owned());
        }
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_is_read_without_what_changes_by_itself() {
        let text = "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384\n\tinet 127.0.0.1 netmask 0xff000000\n\
            en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500\n\toptions=6460<TSO4,TSO6,CHANNEL_IO,PARTIAL_CSUM,ZEROINVERT_CSUM>\n\
            \tether a4:83:e7:11:22:33\n\tinet6 fe80::1c2b:3a4d:5e6f:7a8b%en0 prefixlen 64 secured scopeid 0xb\n\
            \tinet6 2001:db8::23 prefixlen 64 autoconf secured\n\tinet6 2001:db8::abcd prefixlen 64 autoconf temporary\n\
            \tinet 192.168.1.23 netmask 0xffffff00 broadcast 192.168.1.255\n\tmedia: autoselect\n\tstatus: active\n\
            awdl0: flags=8943<UP,BROADCAST> mtu 1500\n\tether 4a:11:22:33:44:55\n\
            utun3: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1380\n\tinet 100.64.0.7 --> 100.64.0.7 netmask 0xffffffff\n\
            utun0: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1500\n\tinet6 fe80::9%utun0 prefixlen 64 scopeid 0xf\n";
        let found = parse_interfaces(text);
        let en0 = Interface {
            name: "en0".to_owned(),
            mac: Some("a4:83:e7:11:22:33".to_owned()),
            addresses: vec!["2001:db8::23/64".to_owned(), "192.168.1.23/24".to_owned()],
        };
        let utun3 = Interface { name: "utun3".to_owned(), mac: None, addresses: vec!["100.64.0.7/32".to_owned()] };
        assert_eq!(found, [en0, utun3]);
    }

    #[test]
    fn gateways_and_the_first_resolvers_servers() {
        assert_eq!(parse_gateway("   route to: default\ndestination: default\n    gateway: 192.168.1.1\n"), Some("192.168.1.1".to_owned()));
        assert_eq!(parse_gateway("    gateway: fe80::1%en0\n"), Some("fe80::1".to_owned()));
        assert_eq!(parse_gateway("    gateway: link#15\n"), None);
        let dns = "DNS configuration\n\nresolver #1\n  search domain[0] : corp.example\n  nameserver[0] : 192.168.1.1\n  nameserver[1] : 9.9.9.9\n  if_index : 11 (en0)\n\n\
                   resolver #2\n  domain   : local\n  nameserver[0] : 224.0.0.251\n\nDNS configuration (for scoped queries)\n\nresolver #1\n  nameserver[0] : 192.168.1.1\n";
        assert_eq!(parse_dns(dns), ["192.168.1.1", "9.9.9.9"]);
    }
}
