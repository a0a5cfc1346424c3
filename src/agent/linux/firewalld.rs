//! firewalld: which zones the machine's network cards are in, and what those zones let in.

use super::context::Context;
use super::packet_filter::is_inner_interface;

/// Ports that are as good as no filter.
const ALL_PORTS: &[&str] = &["0-65535/tcp", "1-65535/tcp", "0-65535/udp", "1-65535/udp"];
/// Sources that are everybody.
const EVERYBODY: &[&str] = &["0.0.0.0/0", "::/0"];

/// True when it runs and no zone that the outside comes in by is open; false when one with a network card of the machine is. Unknown when
/// it does not run, does not answer, or only the zone that no card is in is open.
pub(super) fn filters(context: &Context) -> Option<bool> {
    let says = |argument: &str| context.system.output("firewall-cmd", &[argument]);
    if says("--state")?.trim() != "running" {
        return None;
    }
    let default = says("--get-default-zone")?.trim().to_owned();
    let zones = parse_zones(&says("--list-all-zones")?);
    let open = |zone: &&Zone| zone.open;
    if zones.iter().filter(open).any(|zone| zone.outer_interface || zone.everybody) {
        return Some(false);
    }
    match zones.iter().find(|zone| zone.name == default) {
        Some(zone) => (!zone.open).then_some(true),
        None => None,
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Zone {
    name: String,
    /// Lets in what no rule is meant for, or all ports.
    open: bool,
    /// A network card that leads outside is in it.
    outer_interface: bool,
    /// It is for packets from any address.
    everybody: bool,
}

/// Blocks that begin with the zone's name at the margin, its fields indented as `name: values`.
fn parse_zones(text: &str) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(char::is_whitespace) {
            let name = line.split_whitespace().next().unwrap_or("").to_owned();
            zones.push(Zone { name, ..Zone::default() });
            continue;
        }
        let (Some(zone), Some((field, values))) = (zones.last_mut(), line.trim().split_once(':')) else { continue };
        let mut values = values.split_whitespace();
        match field {
            "target" => zone.open |= values.next() == Some("ACCEPT"),
            "ports" => zone.open |= values.any(|ports| ALL_PORTS.contains(&ports)),
            "interfaces" => zone.outer_interface = values.any(|name| !is_inner_interface(name)),
            "sources" => zone.everybody = values.any(|source| EVERYBODY.contains(&source)),
            _ => {}
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn zone(name: &str, target: &str, interfaces: &str, ports: &str) -> String {
        format!(
            "{name}\n  target: {target}\n  ingress-priority: 0\n  icmp-block-inversion: no\n  interfaces: {interfaces}\n  sources: \n  services: ssh\n  ports: {ports}\n  forward: yes\n\n"
        )
    }

    #[track_caller]
    fn check(default: &str, zones: &[String], expected: Option<bool>) {
        let machine = Machine::new()
            .command("firewall-cmd --state", 0, "running\n")
            .command("firewall-cmd --get-default-zone", 0, &format!("{default}\n"))
            .command("firewall-cmd --list-all-zones", 0, &zones.concat());
        assert_eq!(filters(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn the_zones_of_the_cards_and_the_default_zone_count() {
        let public = || zone("public (default, active)", "default", "eth0", "8080/tcp");
        let trusted = |interfaces: &str| zone("trusted (active)", "ACCEPT", interfaces, "");
        check("public", &[public(), zone("trusted", "ACCEPT", "", "")], Some(true));
        check("public", &[public(), trusted("wlan0")], Some(false));
        check("public", &[public(), trusted("docker0 virbr0"), zone("docker (active)", "ACCEPT", "br-1f2e3d", "")], Some(true));
        check("trusted", &[zone("public (active)", "default", "eth0", ""), trusted("")], None);
        check("trusted", &[zone("public", "default", "", ""), trusted("eth0")], Some(false));
        check("drop", &[zone("drop (default, active)", "DROP", "eth0", "")], Some(true));
        check("gone", &[public()], None);
    }

    #[test]
    fn a_zone_with_all_ports_open_is_open() {
        check("work", &[zone("work (active)", "%%REJECT%%", "eth0", "22/tcp 1-65535/tcp")], Some(false));
        let fedora = zone("FedoraWorkstation (active)", "default", "wlp0s20f3", "1025-65535/udp 1025-65535/tcp");
        check("FedoraWorkstation", &[fedora], Some(true));
    }

    #[test]
    fn a_zone_for_everybody_is_as_a_card() {
        let everybody = zone("trusted (active)", "ACCEPT", "", "").replace("sources: \n", "sources: 0.0.0.0/0\n");
        check("public", &[zone("public (active)", "default", "eth0", ""), everybody], Some(false));
    }

    #[test]
    fn one_that_does_not_run_or_answer_says_nothing() {
        let machine = Machine::new().command("firewall-cmd --state", 252, "not running\n");
        assert_eq!(filters(&Context::new(&machine.system())), None);
        let machine =
            Machine::new().command("firewall-cmd --state", 0, "running\n").command("firewall-cmd --get-default-zone", 0, "public\n");
        assert_eq!(filters(&Context::new(&machine.system())), None);
    }
}
