//! Host firewall: ufw or firewalld where they run, else the rules in the kernel.

use super::context::Context;
use super::packet_filter::{Filtered, has_global_ipv6, parse_iptables, parse_nft};

/// Whether what no rule lets in is refused. Unknown in a container, and without the rights to read rules where no known program says so.
pub(super) fn firewall_enabled(context: &Context) -> Option<bool> {
    if context.container {
        return None;
    }
    if ufw_on(context) || firewalld_filters(context) {
        return Some(true);
    }
    rules_filter(context)
}

fn ufw_on(context: &Context) -> bool {
    let setting = |path: &str, key: &str| context.system.read(path).and_then(|text| shell_value(&text, key));
    // Without systemd the file alone says that the rules are loaded at boot.
    let running = !context.units.answered() || context.units.active("ufw.service");
    let policy = setting("/etc/default/ufw", "DEFAULT_INPUT_POLICY").map(|policy| policy.to_ascii_uppercase());
    running
        && setting("/etc/ufw/ufw.conf", "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes"))
        && policy.is_some_and(|policy| matches!(policy.as_str(), "DROP" | "REJECT"))
}

/// The zone `trusted` lets everything in.
fn firewalld_filters(context: &Context) -> bool {
    let says = |argument: &str| context.system.output("firewall-cmd", &[argument]).map(|text| text.trim().to_owned());
    says("--state").as_deref() == Some("running") && says("--get-default-zone").is_some_and(|zone| zone != "trusted")
}

/// True when one of the two mechanisms filters all families in use; false when all that may be in use answered that it does not.
fn rules_filter(context: &Context) -> Option<bool> {
    let ipv6 = has_global_ipv6(&context.system.read("/proc/net/if_inet6").unwrap_or_default());
    let enough = |filtered: Filtered| filtered.ipv4 && (filtered.ipv6 || !ipv6);
    let nft = context.system.output("nft", &["-j", "list", "ruleset"]).and_then(|text| parse_nft(&text));
    if nft.is_some_and(enough) {
        return Some(true);
    }
    // Tables of the old kernel interface are not seen by `nft`; the kernel lists them here, to root alone.
    let legacy = context.system.read("/proc/net/ip_tables_names").unwrap_or_default();
    let legacy = legacy.lines().any(|table| table == "filter");
    let programs = match (legacy, nft.is_some()) {
        (true, _) => ["iptables-legacy", "ip6tables-legacy"],
        (false, false) => ["iptables", "ip6tables"],
        (false, true) => return Some(false),
    };
    let filters = |program: &str| context.system.output(program, &["-S", "INPUT"]).and_then(|text| parse_iptables(&text));
    let ipv4 = filters(programs[0])?;
    let ipv6 = if ipv6 && ipv4 { filters(programs[1])? } else { false };
    let rules = Filtered { ipv4, ipv6 };
    // Rules of both mechanisms act together.
    let nft = nft.unwrap_or_default();
    Some(enough(Filtered { ipv4: rules.ipv4 || nft.ipv4, ipv6: rules.ipv6 || nft.ipv6 }))
}

/// The value of `KEY=value` or `KEY="value"` in a file that a shell could read.
fn shell_value(text: &str, key: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let value = lines.filter_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('=')).next_back()?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(firewall_enabled(&Context::new(&machine.system())), expected);
    }

    const DROP: &str = r#"{"nftables": [{"chain": {"family": "inet", "table": "f", "name": "in", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}]}"#;
    const OPEN: &str = r#"{"nftables": [{"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}}]}"#;
    const IPV6: &str = "20010db8000000000000000000000002 02 40 00 80     eth0\n";

    fn ufw(enabled: &str, policy: &str) -> Machine {
        Machine::new()
            .file("/etc/ufw/ufw.conf", &format!("# /etc/ufw/ufw.conf\n#\n\nENABLED={enabled}\nLOGLEVEL=low\n"))
            .file("/etc/default/ufw", &format!("IPV6=yes\nDEFAULT_INPUT_POLICY=\"{policy}\"\nDEFAULT_OUTPUT_POLICY=\"ACCEPT\"\n"))
    }

    #[test]
    fn ufw_counts_when_it_is_enabled_loaded_and_refuses_by_default() {
        let active = "ufw.service loaded active enabled";
        check(ufw("yes", "DROP").unit(active), Some(true));
        check(ufw("yes", "DROP").unit("ufw.service loaded inactive enabled"), None);
        check(ufw("no", "DROP").unit(active).command("nft -j list ruleset", 0, OPEN), Some(false));
        check(ufw("yes", "ACCEPT").unit(active).command("nft -j list ruleset", 0, OPEN), Some(false));
    }

    #[test]
    fn firewalld_counts_when_it_runs_but_not_with_the_zone_that_trusts_all() {
        let firewalld =
            |zone: &str| Machine::new().command("firewall-cmd --state", 0, "running\n").command("firewall-cmd --get-default-zone", 0, zone);
        check(firewalld("FedoraWorkstation\n"), Some(true));
        check(firewalld("trusted\n"), None);
        check(Machine::new().command("firewall-cmd --state", 252, "not running\n"), None);
    }

    #[test]
    fn without_rights_or_programs_nothing_is_known() {
        check(Machine::new().command("nft -j list ruleset", 1, ""), None);
        check(Machine::new(), None);
    }

    #[test]
    fn kernel_rules_count_for_all_families_in_use() {
        check(Machine::new().command("nft -j list ruleset", 0, DROP), Some(true));
        check(Machine::new().command("nft -j list ruleset", 0, OPEN), Some(false));
        let iptables = || Machine::new().command("iptables -S INPUT", 0, "-P INPUT DROP\n");
        check(iptables(), Some(true));
        check(iptables().file("/proc/net/if_inet6", IPV6), None);
        check(iptables().file("/proc/net/if_inet6", IPV6).command("ip6tables -S INPUT", 0, "-P INPUT ACCEPT\n"), Some(false));
        check(iptables().file("/proc/net/if_inet6", IPV6).command("ip6tables -S INPUT", 0, "-P INPUT DROP\n"), Some(true));
    }

    #[test]
    fn tables_of_the_old_interface_are_asked_for_besides() {
        let machine = || Machine::new().command("nft -j list ruleset", 0, OPEN).file("/proc/net/ip_tables_names", "nat\nfilter\n");
        check(machine(), None);
        check(machine().command("iptables-legacy -S INPUT", 0, "-P INPUT DROP\n"), Some(true));
        check(machine().command("iptables-legacy -S INPUT", 0, "-P INPUT ACCEPT\n"), Some(false));
    }

    #[test]
    fn a_container_does_not_see_its_host() {
        check(Machine::new().file("/.dockerenv", "").command("nft -j list ruleset", 0, OPEN), None);
    }
}
