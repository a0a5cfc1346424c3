//! Reads `nft -j list ruleset`: the chains on the way of packets for this host.

use serde_json::Value;

use super::{Action, Chains, Filtered, Rule, Width, any_refuses, interface_width, narrowest, negated, refuses, state_width};

/// Statements after which the next one comes.
const CONTINUING: &[&str] =
    &["counter", "log", "comment", "mangle", "notrack", "set", "map", "ct helper", "ct count", "quota", "last", "secmark", "meter", "dup"];
/// Conditions of the old kernel interface: what they ask for is not in the answer, only their names.
const NARROW_EXTENSIONS: &[&str] =
    &["multiport", "addrtype", "pkttype", "recent", "set", "tcp", "udp", "icmp", "icmp6", "mac", "string", "mark", "owner"];

/// Which families are filtered; `None` when the text is not a ruleset.
pub(in crate::agent::linux) fn parse_nft(text: &str) -> Option<Filtered> {
    let document: Value = serde_json::from_str(text).ok()?;
    let items = document.get("nftables")?.as_array()?;
    Some(Filtered { ipv4: filtered(items, "ip"), ipv6: filtered(items, "ip6") })
}

/// A packet must pass every base chain; a refusal in one is final. Chains before routing are made for other ends, so that what they
/// refuse is at most a doubt.
fn filtered(items: &[Value], family: &str) -> Option<bool> {
    let bases = items.iter().filter_map(|item| item.get("chain")).filter(|chain| text_of(chain, "type") == Some("filter"));
    let answers = bases.filter_map(|chain| {
        let table_family = text_of(chain, "family")?;
        let answer = || {
            let name = text_of(chain, "name").unwrap_or("");
            refuses(&table(items, chain, family), name, text_of(chain, "policy") == Some("drop"))
        };
        match text_of(chain, "hook")? {
            "input" if table_family == family || table_family == "inet" => Some(answer()),
            "prerouting" if table_family == family || table_family == "inet" => Some(answer().filter(|refuses| !refuses)),
            "ingress" => Some(answer().filter(|refuses| !refuses)),
            _ => None,
        }
    });
    any_refuses(answers.collect::<Vec<_>>())
}

/// All chains of the table that `base` belongs to.
fn table(items: &[Value], base: &Value, family: &str) -> Chains {
    let same = |item: &Value| text_of(item, "family") == text_of(base, "family") && text_of(item, "table") == text_of(base, "table");
    let mut chains = Chains::new();
    for item in items {
        if let Some(name) = item.get("chain").filter(|chain| same(chain)).and_then(|chain| text_of(chain, "name")) {
            chains.entry(name.to_owned()).or_default();
        }
        if let Some(rule) = item.get("rule").filter(|rule| same(rule))
            && let Some(name) = text_of(rule, "chain")
        {
            chains.entry(name.to_owned()).or_default().extend(rules(rule, family));
        }
    }
    chains
}

fn text_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// One rule gives several where it ends in a table of verdicts.
fn rules(rule: &Value, family: &str) -> Vec<Rule> {
    let mut widths = Vec::new();
    for statement in rule.get("expr").and_then(Value::as_array).into_iter().flatten() {
        let Some((name, content)) = statement.as_object().and_then(|object| object.iter().next()) else { continue };
        match name.as_str() {
            "match" => widths.push(match_width(content, family)),
            "limit" | "ct timeout" | "connlimit" => widths.push(Width::Wide),
            "xt" => match extension(content) {
                Ok(width) => widths.push(width),
                Err(action) => return vec![Rule { width: narrowest(widths.into_iter()), action }],
            },
            "vmap" => return verdict_table(content, &widths, family),
            _ if CONTINUING.contains(&name.as_str()) => {}
            _ => return vec![Rule { width: narrowest(widths.into_iter()), action: action(name, content) }],
        }
    }
    Vec::new()
}

fn action(name: &str, content: &Value) -> Action {
    let target = || text_of(content, "target").unwrap_or("").to_owned();
    match name {
        "accept" => Action::Accept,
        "drop" | "reject" => Action::Refuse,
        "return" => Action::Return,
        "continue" => Action::Continue,
        "jump" => Action::Jump(target()),
        "goto" => Action::Goto(target()),
        _ => Action::Unknown,
    }
}

/// A condition by its width, a target as what it does.
fn extension(content: &Value) -> Result<Width, Action> {
    let name = text_of(content, "name").unwrap_or("");
    match text_of(content, "type") {
        Some("target") if ["LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CHECKSUM"].contains(&name) => Ok(Width::Always),
        Some("target") => Err(Action::Unknown),
        Some("match") if name == "comment" => Ok(Width::Always),
        Some("match") if NARROW_EXTENSIONS.contains(&name) => Ok(Width::Narrow),
        _ => Ok(Width::Wide),
    }
}

fn match_width(content: &Value, family: &str) -> Width {
    let (Some(left), Some(right)) = (content.get("left"), content.get("right")) else { return Width::Wide };
    let width = values(right).map_or_else(
        || unknown_value_width(left),
        |values| {
            // One of several: the widest decides.
            values.iter().map(|value| value_width(left, value, family)).max().unwrap_or(Width::Never)
        },
    );
    if text_of(content, "op") == Some("!=") { negated(width) } else { width }
}

/// The values on the right, one or a set of them; `None` for a set that is kept elsewhere.
fn values(right: &Value) -> Option<Vec<&Value>> {
    match right {
        Value::String(text) if text.starts_with('@') => None,
        Value::Array(values) => Some(values.iter().collect()),
        Value::Object(object) if object.contains_key("set") => match &object["set"] {
            Value::Array(values) => Some(values.iter().collect()),
            one => Some(vec![one]),
        },
        one => Some(vec![one]),
    }
}

/// Sets with names hold addresses or ports as a rule; anything else may be wide.
fn unknown_value_width(left: &Value) -> Width {
    if left.get("payload").is_some() { Width::Narrow } else { Width::Wide }
}

fn value_width(left: &Value, value: &Value, family: &str) -> Width {
    let text = value.as_str().unwrap_or("");
    if let Some(meta) = left.get("meta") {
        return match text_of(meta, "key") {
            Some("iifname" | "iif") => interface_width(text.trim_end_matches('*')),
            Some("nfproto") => exactly(text == if family == "ip" { "ipv4" } else { "ipv6" }),
            Some("protocol") => exactly(text == family),
            Some("l4proto") if matches!(text, "tcp" | "udp") => Width::Wide,
            Some("l4proto" | "mark" | "pkttype" | "skuid" | "skgid") => Width::Narrow,
            _ => Width::Wide,
        };
    }
    if let Some(ct) = left.get("ct") {
        return match text_of(ct, "key") {
            Some("state") => state_width([text]),
            // Set for what was sent on from elsewhere: containers' ports.
            Some("status" | "mark" | "direction") => Width::Narrow,
            _ => Width::Wide,
        };
    }
    if let Some(payload) = left.get("payload") {
        return payload_width(payload, value);
    }
    if left.get("fib").is_some() {
        return exactly(text == "local").max(Width::Narrow);
    }
    Width::Wide
}

fn exactly(holds: bool) -> Width {
    if holds { Width::Always } else { Width::Never }
}

fn payload_width(payload: &Value, value: &Value) -> Width {
    match text_of(payload, "field") {
        Some("dport" | "sport") => {
            let all = value.get("range").and_then(Value::as_array).is_some_and(|range| {
                let bound = |index: usize| range.get(index).and_then(Value::as_u64);
                bound(0) <= Some(1) && bound(1) == Some(65_535)
            });
            if all { Width::Wide } else { Width::Narrow }
        }
        Some("saddr" | "daddr") => {
            let all = value.get("prefix").and_then(|prefix| prefix.get("len")).and_then(Value::as_u64) == Some(0);
            if all { Width::Always } else { Width::Narrow }
        }
        Some("protocol" | "nexthdr") if matches!(value.as_str(), Some("tcp" | "udp")) => Width::Wide,
        // Flags of a packet; which, is written in too many ways.
        Some("flags") => Width::Wide,
        _ => Width::Narrow,
    }
}

/// `key vmap { value : verdict, … }`: a rule for each entry.
fn verdict_table(content: &Value, widths: &[Width], family: &str) -> Vec<Rule> {
    let entries = content.get("data").and_then(|data| data.get("set")).and_then(Value::as_array);
    let (Some(key), Some(entries)) = (content.get("key"), entries) else {
        return vec![Rule { width: narrowest(widths.iter().copied()), action: Action::Unknown }];
    };
    let entry_rule = |entry: &Value| {
        let pair = entry.as_array()?;
        let (name, verdict) = pair.get(1)?.as_object()?.iter().next()?;
        let width = narrowest(widths.iter().copied().chain([value_width(key, pair.first()?, family)]));
        Some(Rule { width, action: action(name, verdict) })
    };
    entries.iter().map(|entry| entry_rule(entry).unwrap_or(Rule { width: Width::Wide, action: Action::Unknown })).collect()
}

#[cfg(test)]
#[path = "nft_tests.rs"]
mod tests;
