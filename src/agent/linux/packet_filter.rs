//! Reads packet filter rules: does the input chain refuse what no rule lets in?
//!
//! Only chains that see packets for this host count. Container and VPN programs make chains of their own; those filter nothing here.

use serde_json::Value;

/// Which address families are filtered on input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filtered {
    pub ipv4: bool,
    pub ipv6: bool,
}

/// Reads `nft -j list ruleset`; `None` when it is not that.
pub(super) fn parse_nft(text: &str) -> Option<Filtered> {
    let document: Value = serde_json::from_str(text).ok()?;
    let items = document.get("nftables")?.as_array()?;
    let mut filtered = Filtered::default();
    for chain in items.iter().filter_map(|item| item.get("chain")).filter(|chain| is_input_filter(chain)) {
        let rules = items.iter().filter_map(|item| item.get("rule")).filter(|rule| belongs(rule, chain));
        let verdicts = rules.map(unconditional_verdict).collect::<Vec<_>>();
        let refuses = match verdicts.iter().flatten().next() {
            Some(verdict) => *verdict == Verdict::Refuse,
            None => text_of(chain, "policy") == Some("drop"),
        };
        let family = text_of(chain, "family");
        filtered.ipv4 |= refuses && matches!(family, Some("ip" | "inet"));
        filtered.ipv6 |= refuses && matches!(family, Some("ip6" | "inet"));
    }
    Some(filtered)
}

/// Reads `iptables -S INPUT`; `None` when no policy is said.
pub(super) fn parse_iptables(text: &str) -> Option<bool> {
    let policy = text.lines().find_map(|line| line.strip_prefix("-P INPUT "))?;
    let target = text.lines().filter_map(|line| line.strip_prefix("-A INPUT ")).find_map(unconditional_target);
    Some(match target {
        Some(target) => matches!(target, "DROP" | "REJECT"),
        None => matches!(policy.trim(), "DROP" | "REJECT"),
    })
}

/// Whether an address of `/proc/net/if_inet6` is reachable from outside the link: scope 00 is global.
pub(super) fn has_global_ipv6(if_inet6: &str) -> bool {
    if_inet6.lines().any(|line| line.split_whitespace().nth(3) == Some("00"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accept,
    Refuse,
}

fn text_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn is_input_filter(chain: &Value) -> bool {
    text_of(chain, "hook") == Some("input") && text_of(chain, "type") == Some("filter")
}

fn belongs(rule: &Value, chain: &Value) -> bool {
    text_of(rule, "family") == text_of(chain, "family")
        && text_of(rule, "table") == text_of(chain, "table")
        && text_of(rule, "chain") == text_of(chain, "name")
}

/// The verdict of a rule that holds for every packet: nothing in it but counters, logs and the verdict.
fn unconditional_verdict(rule: &Value) -> Option<Verdict> {
    let mut verdict = None;
    for expression in rule.get("expr")?.as_array()? {
        match expression.as_object()?.keys().next()?.as_str() {
            "counter" | "log" | "comment" => {}
            "accept" => verdict = Some(Verdict::Accept),
            "drop" | "reject" => verdict = Some(Verdict::Refuse),
            _ => return None,
        }
    }
    verdict
}

fn unconditional_target(rule: &str) -> Option<&str> {
    let target = rule.strip_prefix("-j ")?.split_whitespace().next()?;
    matches!(target, "ACCEPT" | "DROP" | "REJECT").then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Option<Filtered> = Some(Filtered { ipv4: true, ipv6: true });
    const NONE: Option<Filtered> = Some(Filtered { ipv4: false, ipv6: false });

    fn ruleset(items: &str) -> String {
        format!(
            r#"{{"nftables": [{{"metainfo": {{"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}}}, {items}]}}"#
        )
    }

    fn chain(family: &str, name: &str, hook: &str, policy: &str) -> String {
        format!(
            r#"{{"chain": {{"family": "{family}", "table": "filter", "name": "{name}", "handle": 1, "type": "filter", "hook": "{hook}", "prio": 0, "policy": "{policy}"}}}}"#
        )
    }

    fn rule(family: &str, chain: &str, expr: &str) -> String {
        format!(r#"{{"rule": {{"family": "{family}", "table": "filter", "chain": "{chain}", "handle": 9, "expr": [{expr}]}}}}"#)
    }

    const LOOPBACK: &str = r#"{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, {"accept": null}"#;

    #[test]
    fn policy_drop_on_input_filters() {
        let text = ruleset(&[chain("inet", "input", "input", "drop"), rule("inet", "input", LOOPBACK)].join(","));
        assert_eq!(parse_nft(&text), BOTH);
    }

    #[test]
    fn trap_9_5_8_chains_of_docker_and_libvirt_are_no_firewall() {
        let docker = [
            chain("ip", "FORWARD", "forward", "drop"),
            r#"{"chain": {"family": "ip", "table": "filter", "name": "DOCKER", "handle": 2}}"#.to_owned(),
            r#"{"chain": {"family": "ip", "table": "nat", "name": "PREROUTING", "handle": 3, "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept"}}"#.to_owned(),
            chain("ip", "LIBVIRT_INP", "input", "accept"),
            rule("ip", "LIBVIRT_INP", r#"{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "virbr0"}}, {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}"#),
        ];
        assert_eq!(parse_nft(&ruleset(&docker.join(","))), NONE);
    }

    #[test]
    fn a_final_reject_filters_and_an_early_accept_undoes_it() {
        let reject =
            rule("inet", "input", r#"{"counter": {"packets": 3, "bytes": 1}}, {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#);
        let accept = rule("inet", "input", r#"{"accept": null}"#);
        let input = chain("inet", "input", "input", "accept");
        let text = ruleset(&[input.clone(), rule("inet", "input", LOOPBACK), reject.clone()].join(","));
        assert_eq!(parse_nft(&text), BOTH);
        assert_eq!(parse_nft(&ruleset(&[input, accept.clone(), reject].join(","))), NONE);
        let text = ruleset(&[chain("inet", "input", "input", "drop"), accept].join(","));
        assert_eq!(parse_nft(&text), NONE);
    }

    #[test]
    fn ipv4_rules_do_not_filter_ipv6() {
        let text = ruleset(&chain("ip", "INPUT", "input", "drop"));
        assert_eq!(parse_nft(&text), Some(Filtered { ipv4: true, ipv6: false }));
    }

    #[test]
    fn an_empty_ruleset_filters_nothing_and_an_error_text_says_nothing() {
        assert_eq!(parse_nft(&ruleset(r#"{"table": {"family": "ip", "name": "filter", "handle": 1}}"#)), NONE);
        assert_eq!(parse_nft("Operation not permitted (you must be root)"), None);
        assert_eq!(parse_nft("{}"), None);
    }

    #[test]
    fn iptables_policy_or_last_rule_counts() {
        assert_eq!(parse_iptables("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n"), Some(true));
        assert_eq!(parse_iptables("-P INPUT ACCEPT\n"), Some(false));
        let rhel = "-P INPUT ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n\
                    -A INPUT -j REJECT --reject-with icmp-host-prohibited\n";
        assert_eq!(parse_iptables(rhel), Some(true));
        assert_eq!(parse_iptables("-P INPUT DROP\n-A INPUT -j ACCEPT\n"), Some(false));
        assert_eq!(parse_iptables(""), None);
    }

    #[test]
    fn trap_9_5_8_iptables_with_jumps_to_docker_or_tailscale_only_filters_nothing() {
        assert_eq!(parse_iptables("-P INPUT ACCEPT\n-A INPUT -j ts-input\n-A INPUT -j LIBVIRT_INP\n"), Some(false));
    }

    #[test]
    fn link_local_addresses_are_not_global() {
        let loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
        let link = "fe80000000000000021b21fffeb1d1e9 02 40 20 80     eth0\n";
        let global = "20010db8000000000000000000000002 02 40 00 80     eth0\n";
        assert!(!has_global_ipv6(&[loopback, link].concat()));
        assert!(has_global_ipv6(&[loopback, link, global].concat()));
    }
}
