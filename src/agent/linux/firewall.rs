//! Host firewall: ufw or firewalld where they run, else the rules in the kernel.

use super::context::Context;
use super::firewalld;
use super::packet_filter::{Filtered, chain_is_closed, has_global_ipv6, parse_iptables, parse_nft};

/// Where OpenRC keeps what it starts.
const RUN_LEVELS: &[&str] = &["/etc/runlevels/boot/ufw", "/etc/runlevels/default/ufw"];

/// Whether what no rule lets in is refused. Unknown in a container, and without the rights to read rules where no known program says so.
pub(super) fn firewall_enabled(context: &Context) -> Option<bool> {
    if context.container {
        return None;
    }
    let firewalld = firewalld::filters(context);
    if ufw_on(context) || firewalld == Some(true) {
        return Some(true);
    }
    rules_filter(context).or(firewalld)
}

fn ufw_on(context: &Context) -> bool {
    let setting = |path: &str, key: &str| context.system.read(path).and_then(|text| shell_value(&text, key));
    let started = || RUN_LEVELS.iter().any(|path| context.system.exists(path));
    let running = if context.units.answered() { context.units.active("ufw.service") } else { started() };
    let policy = setting("/etc/default/ufw", "DEFAULT_INPUT_POLICY").map(|policy| policy.to_ascii_uppercase());
    running
        && setting("/etc/ufw/ufw.conf", "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes"))
        && policy.is_some_and(|policy| matches!(policy.as_str(), "DROP" | "REJECT"))
        && people_let_in_some_only(context)
}

/// `ufw allow from any` is a rule like others and makes the policy void. Without the file there are no rules of people.
fn people_let_in_some_only(context: &Context) -> bool {
    let files = [("/etc/ufw/user.rules", "ufw-user-input"), ("/etc/ufw/user6.rules", "ufw6-user-input")];
    files.iter().all(|(path, chain)| match context.system.read(path) {
        Some(rules) if rules.contains(chain) => chain_is_closed(&rules, chain) == Some(true),
        _ => true,
    })
}

/// True when the rules refuse in all families in use; false when all that may be in use answered that they do not.
fn rules_filter(context: &Context) -> Option<bool> {
    let ipv6 = has_global_ipv6(&context.system.read("/proc/net/if_inet6").unwrap_or_default());
    let nft = context.system.output("nft", &["-j", "list", "ruleset"]).and_then(|text| parse_nft(&text));
    // Tables of the old kernel interface are not seen by `nft`; the kernel lists them here, to root alone.
    let has_filter = |path: &str| context.system.read(path).is_some_and(|tables| tables.lines().any(|table| table == "filter"));
    let legacy = has_filter("/proc/net/ip_tables_names") || has_filter("/proc/net/ip6_tables_names");
    let answer = nft.and_then(|nft| nft.enough(ipv6));
    if answer == Some(true) {
        return answer;
    }
    let ask = |programs: [&str; 2]| {
        let filters = |program: &str| context.system.output(program, &["-S"]).and_then(|text| parse_iptables(&text));
        Filtered { ipv4: filters(programs[0]), ipv6: if ipv6 { filters(programs[1]) } else { None } }
    };
    let old = legacy.then(|| ask(["iptables-legacy", "ip6tables-legacy"]));
    // Conditions that `nft` can't show, the program that made them may; where there is no `nft`, it is the only one to ask.
    let new = answer.is_none().then(|| ask(["iptables", "ip6tables"]));
    match (nft, old, new) {
        (None, Some(old), Some(new)) if old == Filtered::default() => new.enough(ipv6),
        (nft, old, new) => [nft, old, new].into_iter().flatten().reduce(Filtered::or)?.enough(ipv6),
    }
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
        check(ufw("yes", "DROP"), None);
        check(ufw("yes", "DROP").file("/etc/runlevels/default/ufw", ""), Some(true));
    }

    #[test]
    fn a_rule_of_ufw_that_lets_all_in_makes_its_policy_void() {
        let rules = |rule: &str| {
            let text = format!("*filter\n:ufw-user-input - [0:0]\n### RULES ###\n{rule}### END RULES ###\nCOMMIT\n");
            ufw("yes", "DROP").unit("ufw.service loaded active enabled").file("/etc/ufw/user.rules", &text)
        };
        check(rules("-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"), Some(true));
        check(rules(""), Some(true));
        check(rules("-A ufw-user-input -j ACCEPT\n"), None);
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
        let iptables = || Machine::new().command("iptables -S", 0, "-P INPUT DROP\n");
        check(iptables(), Some(true));
        check(iptables().file("/proc/net/if_inet6", IPV6), None);
        check(iptables().file("/proc/net/if_inet6", IPV6).command("ip6tables -S", 0, "-P INPUT ACCEPT\n"), Some(false));
        check(iptables().file("/proc/net/if_inet6", IPV6).command("ip6tables -S", 0, "-P INPUT DROP\n"), Some(true));
    }

    #[test]
    fn tables_of_the_old_interface_are_asked_for_besides() {
        let machine = || Machine::new().command("nft -j list ruleset", 0, OPEN).file("/proc/net/ip_tables_names", "nat\nfilter\n");
        check(machine(), None);
        check(machine().command("iptables-legacy -S", 0, "-P INPUT DROP\n"), Some(true));
        check(machine().command("iptables-legacy -S", 0, "-P INPUT ACCEPT\n"), Some(false));
    }

    #[test]
    fn what_nft_can_not_show_iptables_may() {
        let compat = r#"{"nftables": [{"chain": {"family": "ip", "table": "filter", "name": "INPUT", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
            {"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 5, "expr": [{"xt": {"type": "match", "name": "conntrack"}}, {"accept": null}]}}]}"#;
        let machine = || Machine::new().command("nft -j list ruleset", 0, compat);
        check(machine(), None);
        let rules = "-P INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n";
        check(machine().command("iptables -S", 0, rules), Some(true));
    }

    #[test]
    fn rules_beside_an_open_firewalld_may_still_filter() {
        let firewalld = || {
            Machine::new()
                .command("firewall-cmd --state", 0, "running\n")
                .command("firewall-cmd --get-default-zone", 0, "trusted\n")
                .command("firewall-cmd --list-all-zones", 0, "trusted (active)\n  target: ACCEPT\n  interfaces: eth0\n")
        };
        check(firewalld(), Some(false));
        check(firewalld().command("nft -j list ruleset", 0, DROP), Some(true));
    }

    #[test]
    fn a_container_does_not_see_its_host() {
        check(Machine::new().file("/.dockerenv", "").command("nft -j list ruleset", 0, OPEN), None);
    }
}
