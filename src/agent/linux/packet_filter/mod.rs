//! Judges packet filter rules: is a new connection from outside refused when no rule is meant for it?
//!
//! Rules are walked as the kernel walks them, into the chains that they jump to. What can't be decided from the text (a queue to a
//! program, an unknown target, everything let in on one network card) makes the answer unknown, never a guess at the policy.

mod iptables;
mod nft;

use std::collections::BTreeMap;

pub(super) use iptables::{chain_is_closed, parse_iptables};
pub(super) use nft::parse_nft;

/// Chains within chains that are followed; the kernel refuses more than 16.
const CHAIN_DEPTH_MAX: usize = 16;
/// Rules that are looked at for one answer; more are not judged.
const RULES_MAX: usize = 100_000;
/// How the names of network cards begin that lead to containers, virtual machines and tunnels: none of them is the outside.
const INNER_INTERFACES: &[&str] = &[
    "lo",
    "docker",
    "br-",
    "virbr",
    "veth",
    "vnet",
    "lxc",
    "lxd",
    "incus",
    "podman",
    "cni",
    "cali",
    "flannel",
    "vboxnet",
    "vmnet",
    "tun",
    "tap",
    "wg",
    "tailscale",
    "zt",
    "nordlynx",
    "proton",
    "waydroid",
    "nm-bridge",
];

/// Whether new connections are refused by address family; `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filtered {
    pub ipv4: Option<bool>,
    pub ipv6: Option<bool>,
}

/// Which new connections from outside a condition, or a whole rule, is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    /// None: the loopback, or what belongs to a connection already.
    Never,
    /// Some port, address or kind: an exception as any firewall has.
    Narrow,
    /// All of a card or a transport protocol, or what can't be told.
    Wide,
    /// All.
    Always,
}

/// What a rule does with its packets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Accept,
    Refuse,
    Return,
    Jump(String),
    Goto(String),
    /// Logs, counts or marks.
    Continue,
    /// Something that may decide and can't be seen from here.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    width: Width,
    action: Action,
}

/// The rules of one table, by chain.
type Chains = BTreeMap<String, Vec<Rule>>;

/// Where the walk through a chain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Accept,
    Refuse,
    Return,
}

/// A walk with what makes its end doubtful.
#[derive(Debug, Default)]
struct Walk {
    accepts_widely: bool,
    refuses_widely: bool,
    unknown: bool,
    rules_seen: usize,
}

/// Whether a base chain refuses what no rule is meant for; `policy_refuses` holds where the rules end.
fn refuses(chains: &Chains, chain: &str, policy_refuses: bool) -> Option<bool> {
    let mut walk = Walk::default();
    let end = walk.through(chains, chain, CHAIN_DEPTH_MAX);
    let refuses = end == End::Refuse || (end == End::Return && policy_refuses);
    let doubtful = walk.unknown || if refuses { walk.accepts_widely } else { walk.refuses_widely };
    (!doubtful).then_some(refuses)
}

impl Walk {
    fn through(&mut self, chains: &Chains, name: &str, depth_left: usize) -> End {
        let Some(rules) = chains.get(name).filter(|_| depth_left > 0) else {
            self.unknown = true;
            return End::Return;
        };
        for rule in rules {
            self.rules_seen += 1;
            if self.rules_seen > RULES_MAX {
                self.unknown = true;
                return End::Return;
            }
            match rule.width {
                Width::Never | Width::Narrow => {}
                Width::Wide => self.wide(chains, &rule.action, depth_left),
                Width::Always => {
                    if let Some(end) = self.always(chains, &rule.action, depth_left) {
                        return end;
                    }
                }
            }
        }
        End::Return
    }

    /// A rule for all packets: where it ends the chain, how.
    fn always(&mut self, chains: &Chains, action: &Action, depth_left: usize) -> Option<End> {
        match action {
            Action::Accept => Some(End::Accept),
            Action::Refuse => Some(End::Refuse),
            Action::Return => Some(End::Return),
            Action::Goto(target) => Some(self.through(chains, target, depth_left - 1)),
            Action::Jump(target) => Some(self.through(chains, target, depth_left - 1)).filter(|end| *end != End::Return),
            Action::Continue => None,
            Action::Unknown => {
                self.unknown = true;
                None
            }
        }
    }

    /// A rule for a large part of them: the rest goes on, so it ends nothing.
    fn wide(&mut self, chains: &Chains, action: &Action, depth_left: usize) {
        match self.always(chains, action, depth_left) {
            Some(End::Accept) => self.accepts_widely = true,
            Some(End::Refuse) => self.refuses_widely = true,
            Some(End::Return) => self.unknown = true,
            None => {}
        }
    }
}

/// Several conditions hold together: the narrowest decides.
fn narrowest(widths: impl Iterator<Item = Width>) -> Width {
    widths.min().unwrap_or(Width::Always)
}

/// What a rule for one incoming network card is about.
fn interface_width(name: &str) -> Width {
    if name == "lo" {
        Width::Never
    } else if INNER_INTERFACES.iter().any(|prefix| name.starts_with(prefix)) {
        Width::Narrow
    } else {
        Width::Wide
    }
}

/// Whether a network card leads to containers, virtual machines or tunnels only.
pub(super) fn is_inner_interface(name: &str) -> bool {
    interface_width(name) < Width::Wide
}

/// What a rule for some states of connection tracking is about.
fn state_width<'a>(states: impl IntoIterator<Item = &'a str>) -> Width {
    let new = states.into_iter().any(|state| state.eq_ignore_ascii_case("new"));
    if new { Width::Always } else { Width::Never }
}

/// A condition turned round.
fn negated(width: Width) -> Width {
    match width {
        Width::Never => Width::Always,
        Width::Always => Width::Never,
        Width::Narrow | Width::Wide => Width::Wide,
    }
}

/// Kleene's "or": refused by one is refused.
fn any_refuses(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut any = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => any = None,
        }
    }
    any
}

impl Filtered {
    /// Rules of both mechanisms act together: a packet must pass all.
    pub(super) fn or(self, other: Filtered) -> Filtered {
        Filtered { ipv4: any_refuses([self.ipv4, other.ipv4]), ipv6: any_refuses([self.ipv6, other.ipv6]) }
    }

    /// Whether all families in use are filtered.
    pub(super) fn enough(self, ipv6_in_use: bool) -> Option<bool> {
        match (self.ipv4, self.ipv6) {
            (ipv4, _) if !ipv6_in_use => ipv4,
            (Some(true), Some(true)) => Some(true),
            (Some(false), _) | (_, Some(false)) => Some(false),
            _ => None,
        }
    }
}

/// Whether an address of `/proc/net/if_inet6` is reachable from outside the link: scope 00 is global.
pub(super) fn has_global_ipv6(if_inet6: &str) -> bool {
    if_inet6.lines().any(|line| line.split_whitespace().nth(3) == Some("00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_addresses_are_not_global() {
        let loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
        let link = "fe80000000000000021b21fffeb1d1e9 02 40 20 80     eth0\n";
        let global = "20010db8000000000000000000000002 02 40 00 80     eth0\n";
        assert!(!has_global_ipv6(&[loopback, link].concat()));
        assert!(has_global_ipv6(&[loopback, link, global].concat()));
    }

    #[test]
    fn chains_that_call_each_other_end_unknown() {
        let rule = |target: &str| vec![Rule { width: Width::Always, action: Action::Jump(target.to_owned()) }];
        let chains = Chains::from([("a".to_owned(), rule("b")), ("b".to_owned(), rule("a"))]);
        assert_eq!(refuses(&chains, "a", true), None);
    }

    #[test]
    fn one_family_that_is_open_is_enough_to_be_open() {
        let filtered = Filtered { ipv4: Some(true), ipv6: Some(false) };
        assert_eq!((filtered.enough(true), filtered.enough(false)), (Some(false), Some(true)));
        let half = Filtered { ipv4: Some(true), ipv6: None };
        assert_eq!((half.enough(true), half.or(Filtered { ipv4: None, ipv6: Some(true) }).enough(true)), (None, Some(true)));
    }
}
