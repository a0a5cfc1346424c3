//! Rulesets as `nft -j` prints them, each with the answer it must give.

use super::*;

const BOTH: Filtered = Filtered { ipv4: Some(true), ipv6: Some(true) };
const NONE: Filtered = Filtered { ipv4: Some(false), ipv6: Some(false) };
const UNKNOWN: Filtered = Filtered { ipv4: None, ipv6: None };

fn chain(family: &str, name: &str, hook: &str, policy: &str) -> String {
    format!(
        r#"{{"chain": {{"family": "{family}", "table": "filter", "name": "{name}", "handle": 1, "type": "filter", "hook": "{hook}", "prio": 0, "policy": "{policy}"}}}}"#
    )
}

fn plain_chain(family: &str, name: &str) -> String {
    format!(r#"{{"chain": {{"family": "{family}", "table": "filter", "name": "{name}", "handle": 2}}}}"#)
}

fn rule(family: &str, chain: &str, expr: &str) -> String {
    format!(r#"{{"rule": {{"family": "{family}", "table": "filter", "chain": "{chain}", "handle": 9, "expr": [{expr}]}}}}"#)
}

fn meta(key: &str, op: &str, right: &str) -> String {
    format!(r#"{{"match": {{"op": "{op}", "left": {{"meta": {{"key": "{key}"}}}}, "right": {right}}}}}"#)
}

fn state(right: &str) -> String {
    format!(r#"{{"match": {{"op": "in", "left": {{"ct": {{"key": "state"}}}}, "right": {right}}}}}"#)
}

fn port(right: &str) -> String {
    format!(r#"{{"match": {{"op": "==", "left": {{"payload": {{"protocol": "tcp", "field": "dport"}}}}, "right": {right}}}}}"#)
}

#[track_caller]
fn check(items: &[String], expected: Filtered) {
    let head = r#"{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}"#;
    let text = format!(r#"{{"nftables": [{head}{}{}]}}"#, if items.is_empty() { "" } else { "," }, items.join(","));
    assert_eq!(parse_nft(&text), Some(expected), "{text}");
}

const ACCEPT: &str = r#", {"accept": null}"#;
const REJECT: &str = r#"{"counter": {"packets": 3, "bytes": 1}}, {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#;

#[test]
fn policy_drop_with_exceptions_filters() {
    let input = |expr: String| rule("inet", "input", &(expr + ACCEPT));
    check(
        &[
            chain("inet", "input", "input", "drop"),
            input(meta("iifname", "==", r#""lo""#)),
            input(state(r#"["established", "related"]"#)),
            input(port("22")),
            input(port(r#"{"set": [80, 443]}"#)),
        ],
        BOTH,
    );
}

#[test]
fn trap_9_5_8_chains_of_docker_and_libvirt_are_no_firewall() {
    check(
        &[
            chain("ip", "FORWARD", "forward", "drop"),
            plain_chain("ip", "DOCKER"),
            r#"{"chain": {"family": "ip", "table": "nat", "name": "PREROUTING", "handle": 3, "type": "nat", "hook": "prerouting", "prio": -100, "policy": "accept"}}"#.to_owned(),
            chain("ip", "LIBVIRT_INP", "input", "accept"),
            rule("ip", "LIBVIRT_INP", &(meta("iifname", "==", r#""virbr0""#) + ACCEPT)),
        ],
        NONE,
    );
}

#[test]
fn a_final_reject_filters_and_an_early_accept_undoes_it() {
    let accept = rule("inet", "input", r#"{"accept": null}"#);
    let reject = rule("inet", "input", REJECT);
    check(&[chain("inet", "input", "input", "accept"), reject.clone()], BOTH);
    check(&[chain("inet", "input", "input", "accept"), accept.clone(), reject], NONE);
    check(&[chain("inet", "input", "input", "drop"), accept], NONE);
}

#[test]
fn jumps_are_followed() {
    let jump = |target: &str| rule("inet", "input", &format!(r#"{{"jump": {{"target": "{target}"}}}}"#));
    let base = |target: &str| vec![chain("inet", "input", "input", "accept"), jump(target), plain_chain("inet", "gate")];
    check(&[base("gate"), vec![rule("inet", "gate", REJECT)]].concat(), BOTH);
    check(&[base("gate"), vec![rule("inet", "gate", r#"{"return": null}"#)]].concat(), NONE);
    check(&base("missing"), UNKNOWN);
}

#[test]
fn zones_of_firewalld_are_followed_by_network_card() {
    let zone = |target: &str| {
        vec![
            chain("inet", "filter_INPUT", "input", "accept"),
            rule("inet", "filter_INPUT", &(state(r#"{"set": ["established", "related"]}"#) + ACCEPT)),
            rule("inet", "filter_INPUT", r#"{"jump": {"target": "filter_INPUT_ZONES"}}"#),
            rule("inet", "filter_INPUT", REJECT),
            rule("inet", "filter_INPUT_ZONES", &(meta("iifname", "==", r#""eth0""#) + r#", {"goto": {"target": "filter_IN_zone"}}"#)),
            rule("inet", "filter_INPUT_ZONES", r#"{"goto": {"target": "filter_IN_public"}}"#),
            rule("inet", "filter_IN_public", REJECT),
            rule("inet", "filter_IN_zone", target),
        ]
    };
    check(&zone(REJECT), BOTH);
    check(&zone(r#"{"accept": null}"#), UNKNOWN);
}

#[test]
fn tables_of_verdicts_are_read_entry_by_entry() {
    let vmap =
        |key: &str, entries: &str| rule("inet", "input", &format!(r#"{{"vmap": {{"key": {key}, "data": {{"set": [{entries}]}}}}}}"#));
    let state = r#"{"ct": {"key": "state"}}"#;
    let base = || chain("inet", "input", "input", "drop");
    check(&[base(), vmap(state, r#"["established", {"accept": null}], ["invalid", {"drop": null}]"#)], BOTH);
    check(&[base(), vmap(state, r#"["new", {"accept": null}]"#)], NONE);
    let card = r#"{"meta": {"key": "iifname"}}"#;
    check(&[base(), vmap(card, r#"["lo", {"accept": null}], ["eth0", {"accept": null}]"#)], UNKNOWN);
    let named = rule("inet", "input", r#"{"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@zones"}}"#);
    check(&[base(), named], UNKNOWN);
}

#[test]
fn families_are_judged_apart() {
    check(&[chain("ip", "INPUT", "input", "drop")], Filtered { ipv4: Some(true), ipv6: Some(false) });
    let only_ipv4 = rule("inet", "input", &(meta("nfproto", "==", r#""ipv4""#) + r#", {"drop": null}"#));
    check(&[chain("inet", "input", "input", "accept"), only_ipv4], Filtered { ipv4: Some(true), ipv6: Some(false) });
}

#[test]
fn a_queue_or_an_unknown_extension_decides_and_is_not_seen() {
    check(&[chain("inet", "input", "input", "drop"), rule("inet", "input", r#"{"queue": {"num": 0}}"#)], UNKNOWN);
    let extension = |kind: &str, name: &str| rule("inet", "input", &format!(r#"{{"xt": {{"type": "{kind}", "name": "{name}"}}}}{ACCEPT}"#));
    check(&[chain("inet", "input", "input", "drop"), extension("match", "conntrack")], UNKNOWN);
    check(&[chain("inet", "input", "input", "drop"), extension("match", "multiport")], BOTH);
    check(&[chain("inet", "input", "input", "drop"), extension("match", "comment")], NONE);
    check(&[chain("inet", "input", "input", "accept"), rule("inet", "input", r#"{"xt": {"type": "target", "name": "TARPIT"}}"#)], UNKNOWN);
}

#[test]
fn refusal_before_routing_is_a_doubt_at_most() {
    check(&[chain("inet", "early", "prerouting", "drop")], UNKNOWN);
    let spoofed =
        r#"{"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "right": false}}, {"drop": null}"#;
    check(&[chain("inet", "early", "prerouting", "accept"), rule("inet", "early", spoofed)], NONE);
}

#[test]
fn an_empty_ruleset_filters_nothing_and_an_error_text_says_nothing() {
    check(&[], NONE);
    check(&[r#"{"table": {"family": "ip", "name": "filter", "handle": 1}}"#.to_owned()], NONE);
    assert_eq!(parse_nft("Operation not permitted (you must be root)"), None);
    assert_eq!(parse_nft("{}"), None);
}
