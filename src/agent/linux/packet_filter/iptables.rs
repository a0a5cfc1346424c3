//! Reads `iptables -S`: the policies and rules of the table `filter`.

use super::{Action, Chains, Rule, Width, interface_width, narrowest, negated, refuses, state_width};

/// Targets after which the next rule comes.
const CONTINUING: &[&str] = &[
    "LOG",
    "NFLOG",
    "ULOG",
    "MARK",
    "CONNMARK",
    "SET",
    "TRACE",
    "AUDIT",
    "TCPMSS",
    "CLASSIFY",
    "DSCP",
    "TOS",
    "SECMARK",
    "CONNSECMARK",
    "TTL",
    "HL",
    "CHECKSUM",
    "RATEEST",
];
/// Protocols without ports or with few services; all of one of the others is a wide gate.
const NARROW_PROTOCOLS: &[&str] =
    &["icmp", "icmpv6", "ipv6-icmp", "igmp", "esp", "ah", "gre", "vrrp", "ospf", "pim", "ipv6-frag", "1", "2", "50", "51", "58"];
/// Modules whose conditions pick out few packets.
const NARROW_OPTIONS: &[&str] = &[
    "--match-set",
    "--mac-source",
    "--mark",
    "--uid-owner",
    "--gid-owner",
    "--string",
    "--hex-string",
    "--physdev-in",
    "--rcheck",
    "--update",
    "--pkt-type",
    "--src-type",
    "--icmp-type",
    "--icmpv6-type",
    "--source-country",
    "--vaddr",
    "--dir",
    "--path",
];

/// Whether what no rule of the chain INPUT is meant for is refused; `None` when it can't be told or no policy is said.
pub(in crate::agent::linux) fn parse_iptables(text: &str) -> Option<bool> {
    let policy = text.lines().find_map(|line| line.strip_prefix("-P INPUT "))?;
    refuses(&chains(text), "INPUT", matches!(policy.trim(), "DROP" | "REJECT"))
}

/// Whether the chain `name` of an `iptables-save` lets everything in by itself.
pub(in crate::agent::linux) fn chain_is_closed(text: &str, name: &str) -> Option<bool> {
    refuses(&chains(text), name, true)
}

fn chains(text: &str) -> Chains {
    let mut chains = Chains::new();
    for line in text.lines() {
        let words = words(line);
        let word = |index: usize| words.get(index).map(String::as_str);
        match (word(0), word(1)) {
            (Some("-P" | "-N"), Some(name)) => drop(chains.entry(name.to_owned()).or_default()),
            (Some("-A"), Some(name)) => chains.entry(name.to_owned()).or_default().push(rule(&words[2..])),
            // As `iptables-save` declares chains.
            (Some(first), _) if first.starts_with(':') => drop(chains.entry(first[1..].to_owned()).or_default()),
            _ => {}
        }
    }
    chains
}

/// By blanks, but for texts in quotation marks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// `[!] --option value …`, one after the other.
fn rule(words: &[String]) -> Rule {
    let mut widths = Vec::new();
    let mut action = Action::Continue;
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let turned = first == "!";
        let Some((option, after)) = (if turned { after.split_first() } else { Some((first, after)) }) else { break };
        // The values of an option end where the next one begins.
        let count = after.iter().take_while(|word| !word.starts_with('-') && *word != "!").count();
        let (values, after) = after.split_at(count);
        let value = values.first().map_or("", String::as_str);
        match option.as_str() {
            "-j" | "-g" => {
                action = target(option, value);
                // What follows are the target's own options.
                break;
            }
            _ => {
                let width = width(option, values);
                widths.push(if turned { negated(width) } else { width });
            }
        }
        rest = after;
    }
    Rule { width: narrowest(widths.into_iter()), action }
}

fn target(option: &str, name: &str) -> Action {
    match name {
        "ACCEPT" => Action::Accept,
        "DROP" | "REJECT" | "TARPIT" => Action::Refuse,
        "RETURN" => Action::Return,
        _ if CONTINUING.contains(&name) => Action::Continue,
        "NFQUEUE" | "QUEUE" => Action::Unknown,
        // A target that is no chain leads nowhere, which the walk takes for unknown.
        _ if option == "-g" => Action::Goto(name.to_owned()),
        _ => Action::Jump(name.to_owned()),
    }
}

fn width(option: &str, values: &[String]) -> Width {
    let value = values.first().map_or("", String::as_str);
    match option {
        "-m" | "--comment" => Width::Always,
        "-i" => interface_width(value),
        "-s" | "-d" if value.ends_with("/0") => Width::Always,
        "-s" | "-d" | "--src-range" | "--dst-range" => Width::Narrow,
        "-p" if NARROW_PROTOCOLS.contains(&value) => Width::Narrow,
        "-p" if value == "all" => Width::Always,
        "--dport" | "--dports" | "--ports" | "--sport" | "--sports" => port_width(value),
        "--state" | "--ctstate" => state_width(value.split(',')),
        "--dst-type" => {
            if value == "LOCAL" {
                Width::Always
            } else {
                Width::Narrow
            }
        }
        "--syn" => Width::Wide,
        // The mask, then the flags that are set: only this pair begins a connection.
        "--tcp-flags" => {
            if values.get(1).map(String::as_str) == Some("SYN") {
                Width::Wide
            } else {
                Width::Never
            }
        }
        _ if NARROW_OPTIONS.contains(&option) => Width::Narrow,
        _ => Width::Wide,
    }
}

/// All ports are as wide as the protocol itself.
fn port_width(ports: &str) -> Width {
    if matches!(ports, "0:65535" | "1:65535" | "0:" | "1:" | ":65535" | ":") { Width::Wide } else { Width::Narrow }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: &str, expected: Option<bool>) {
        assert_eq!(parse_iptables(rules), expected, "{rules}");
    }

    #[test]
    fn the_policy_or_the_last_rule_counts() {
        check("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n", Some(true));
        check("-P INPUT ACCEPT\n", Some(false));
        check(
            "-P INPUT ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p icmp -j ACCEPT\n\
             -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\n",
            Some(true),
        );
        check("-P INPUT DROP\n-A INPUT -j ACCEPT\n", Some(false));
        check("", None);
        check("-A INPUT -j DROP\n", None);
    }

    #[test]
    fn jumps_are_followed_and_those_into_the_dark_are_unknown() {
        let own = "-P INPUT DROP\n-N LOGDROP\n-N OPEN\n-A LOGDROP -j LOG --log-prefix \"in: \"\n-A LOGDROP -j DROP\n-A OPEN -j ACCEPT\n";
        check(&format!("{own}-A INPUT -j OPEN\n"), Some(false));
        check(&own.replace("INPUT DROP", "INPUT ACCEPT").replace("-A OPEN -j ACCEPT\n", "-A INPUT -j LOGDROP\n"), Some(true));
        check("-P INPUT DROP\n-A INPUT -j SOMEWHERE\n", None);
        check("-P INPUT ACCEPT\n-A INPUT -j NFQUEUE --queue-num 0\n", None);
        check("-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j f2b-sshd\n", Some(true));
    }

    #[test]
    fn trap_9_5_8_chains_of_docker_tailscale_and_libvirt_alone_filter_nothing() {
        check(
            "-P INPUT ACCEPT\n-P FORWARD DROP\n-N DOCKER\n-N LIBVIRT_INP\n-N ts-input\n-A INPUT -j ts-input\n-A INPUT -j LIBVIRT_INP\n\
             -A FORWARD -o docker0 -j DOCKER\n-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT\n\
             -A ts-input -s 100.90.1.2/32 -i lo -j ACCEPT\n-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP\n-A ts-input -i tailscale0 -j ACCEPT\n",
            Some(false),
        );
    }

    #[test]
    fn a_card_or_a_protocol_that_is_let_in_whole_is_no_certain_filter() {
        check("-P INPUT DROP\n-A INPUT -i eth0 -j ACCEPT\n", None);
        check("-P INPUT DROP\n-A INPUT -p tcp -j ACCEPT\n", None);
        check("-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 1:65535 -j ACCEPT\n", None);
        check("-P INPUT DROP\n-A INPUT -i docker0 -j ACCEPT\n-A INPUT -i wg0 -j ACCEPT\n", Some(true));
        check("-P INPUT DROP\n-A INPUT -m conntrack --ctstate NEW,RELATED,ESTABLISHED -j ACCEPT\n", Some(false));
        check("-P INPUT DROP\n-A INPUT -s 0.0.0.0/0 -j ACCEPT\n", Some(false));
    }

    #[test]
    fn refusing_what_is_new_from_outside_is_a_filter_and_refusing_some_is_none() {
        check("-P INPUT ACCEPT\n-A INPUT ! -i lo -m conntrack --ctstate NEW -j DROP\n", Some(true));
        check("-P INPUT ACCEPT\n-A INPUT -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP\n", Some(true));
        check("-P INPUT ACCEPT\n-A INPUT -i eth0 -j DROP\n", None);
        check("-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT\n", None);
        check("-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 23 -j DROP\n-A INPUT -m conntrack --ctstate INVALID -j DROP\n", Some(false));
        check("-P INPUT ACCEPT\n-A INPUT -m comment --comment \"the -j rest\" -j DROP\n", Some(true));
    }

    #[test]
    fn a_chain_that_users_fill_may_be_an_open_gate() {
        assert_eq!(
            chain_is_closed("*filter\n:ufw-user-input - [0:0]\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\nCOMMIT\n", "ufw-user-input"),
            Some(true)
        );
        assert_eq!(chain_is_closed("-A ufw-user-input -j ACCEPT\n", "ufw-user-input"), Some(false));
    }
}
