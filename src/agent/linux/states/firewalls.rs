//! Host firewalls, and what is none.

use serde_json::{Value, json};

use super::{Machine, State, state};

fn on(value: bool) -> Value {
    json!({ "firewall_enabled": value })
}

fn ufw(state: &str, policy: &str) -> Machine {
    Machine::new()
        .file("/etc/ufw/ufw.conf", "ENABLED=yes\nLOGLEVEL=low\n")
        .file("/etc/default/ufw", &format!("IPV6=yes\nDEFAULT_INPUT_POLICY=\"{policy}\"\n"))
        .unit(&format!("ufw.service loaded {state} enabled"))
}

fn firewalld(default: &str, zones: &str) -> Machine {
    Machine::new().command("firewall-cmd --state", 0, "running\n").command("firewall-cmd --get-default-zone", 0, default).command(
        "firewall-cmd --list-all-zones",
        0,
        zones,
    )
}

fn nft(items: &str) -> Machine {
    Machine::new().command("nft -j list ruleset", 0, &format!("{{\"nftables\": [{items}]}}"))
}

fn base(family: &str, hook: &str, policy: &str) -> String {
    format!(
        r#"{{"chain": {{"family": "{family}", "table": "t", "name": "{hook}", "handle": 1, "type": "filter", "hook": "{hook}", "prio": 0, "policy": "{policy}"}}}}"#
    )
}

fn rule(chain: &str, expr: &str) -> String {
    format!(r#",{{"rule": {{"family": "inet", "table": "t", "chain": "{chain}", "handle": 2, "expr": [{expr}]}}}}"#)
}

fn iptables(rules: &str) -> Machine {
    Machine::new().command("iptables -S", 0, rules)
}

const IPV6: &str = "20010db8000000000000000000000002 02 40 00 80     eth0\n";

pub(super) fn states() -> Vec<State> {
    [programs(), kernel_rules()].into_iter().flatten().collect()
}

fn programs() -> Vec<State> {
    // systemd answers in these, so that what it knows of logins and malware protection is said as well: nothing.
    let open =
        "public (default, active)\n  target: default\n  interfaces: wlan0\n\ntrusted (active)\n  target: ACCEPT\n  interfaces: eth0\n";
    let public = "public (default, active)\n  target: default\n  interfaces: eth0\n\ntrusted\n  target: ACCEPT\n  interfaces: \n";
    let docker = "public (default, active)\n  target: default\n  interfaces: eth0\n\ndocker (active)\n  target: ACCEPT\n  interfaces: docker0 br-12ab\n";
    let bound = "public (active)\n  target: default\n  interfaces: eth0\n\ntrusted (default)\n  target: ACCEPT\n  interfaces: \n";
    let all_trusted = "trusted (default, active)\n  target: ACCEPT\n  interfaces: eth0\n";
    let allows_all = "*filter\n:ufw-user-input - [0:0]\n-A ufw-user-input -j ACCEPT\nCOMMIT\n";
    vec![
        state("ufw on, Ubuntu", ufw("active", "DROP"), on(true)),
        state("ufw set up and not started", ufw("inactive", "DROP"), json!({})),
        state("ufw that accepts by default", ufw("active", "ACCEPT"), json!({})),
        state("ufw with a rule for everybody", ufw("active", "DROP").file("/etc/ufw/user.rules", allows_all), json!({})),
        state("firewalld in zone public, Fedora", firewalld("public\n", public), on(true)),
        state("firewalld with a card in zone trusted", firewalld("public\n", open), on(false)),
        state("firewalld with Docker's zone", firewalld("public\n", docker), on(true)),
        state("firewalld, trusted by default, all cards bound elsewhere", firewalld("trusted\n", bound), json!({})),
        state("firewalld, trusted by default", firewalld("trusted\n", all_trusted), on(false)),
        state("firewalld installed and not running", Machine::new().command("firewall-cmd --state", 252, "not running\n"), json!({})),
    ]
}

fn kernel_rules() -> Vec<State> {
    let drop_all = base("inet", "input", "drop");
    let jump = |end: &str| nft(&(base("inet", "input", "accept") + &rule("input", r#"{"jump": {"target": "gate"}}"#) + &rule("gate", end)));
    let docker = base("ip", "forward", "drop") + "," + &base("ip", "prerouting", "accept");
    let docker_iptables = "-P INPUT ACCEPT\n-P FORWARD DROP\n-N DOCKER\n-N DOCKER-USER\n-N LIBVIRT_INP\n-A INPUT -j LIBVIRT_INP\n-A FORWARD -j DOCKER-USER\n-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 67 -j ACCEPT\n";
    let awall = "-P INPUT DROP\n-N logdrop-0\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT\n-A INPUT -j logdrop-0\n-A logdrop-0 -m limit --limit 1/sec -j LOG\n-A logdrop-0 -j DROP\n";
    let reject = "-P INPUT ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\n";
    let legacy = |rules: &str| nft("").file("/proc/net/ip_tables_names", "filter\n").command("iptables-legacy -S", 0, rules);
    vec![
        state("nftables with policy drop", nft(&drop_all), on(true)),
        state("nftables that ends in a jump to a chain that drops", jump(r#"{"drop": null}"#), on(true)),
        state("nftables that jumps to a chain that returns", jump(r#"{"return": null}"#), on(false)),
        state("nftables with a queue to a program", nft(&(drop_all.clone() + &rule("input", r#"{"queue": {"num": 1}}"#))), json!({})),
        state("nftables without rules", nft(""), on(false)),
        state("chains of Docker only", nft(&docker), on(false)),
        state("iptables of Docker and libvirt only", iptables(docker_iptables), on(false)),
        state("awall's iptables, Alpine", iptables(awall), on(true)),
        state("iptables with a final reject, old RHEL", iptables(reject), on(true)),
        state("iptables with a jump into a chain that is not shown", iptables("-P INPUT DROP\n-A INPUT -j custom\n"), json!({})),
        state("iptables that lets one card in whole", iptables("-P INPUT DROP\n-A INPUT -i enp3s0 -j ACCEPT\n"), json!({})),
        state("legacy iptables beside empty nftables", legacy("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n"), on(true)),
        state("legacy iptables that accepts", legacy("-P INPUT ACCEPT\n"), on(false)),
        state("IPv4 filtered, IPv6 open", nft(&base("ip", "input", "drop")).file("/proc/net/if_inet6", IPV6), on(false)),
        state("a container of its own", nft("").file("/run/.containerenv", ""), json!({})),
    ]
}
