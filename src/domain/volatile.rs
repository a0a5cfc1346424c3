//! Facts that move with every report though nothing happened: left out of what is stored of a verdict, filled in where it is shown.

use serde_json::{Map, Value};

use super::rule::Rule;
use super::time::Time;

const LAST_SEEN: &str = "last_seen";
const SOFTWARE_COLLECTED_AT: &str = "software.collected_at";

/// The moving facts of a device at some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volatile {
    /// When it last reported.
    pub last_seen: Option<Time>,
    /// When its software section was last confirmed.
    pub software_confirmed_at: Option<Time>,
}

/// `observed` of `rule` without its moving facts, as JSON text; `None` if nothing is left.
pub fn stored(rule: &Rule, observed: Value) -> Option<String> {
    let facts = facts(rule);
    let kept = match observed {
        Value::Object(mut seen) if facts.len() > 1 => {
            seen.retain(|fact, _| !is_volatile(fact));
            Value::Object(seen)
        }
        _ if facts.iter().all(|fact| is_volatile(fact)) => Value::Null,
        observed => observed,
    };
    (!kept.is_null()).then(|| kept.to_string())
}

/// What was stored of `rule`, as JSON text with its moving facts as they are in `volatile`; `None` if there is nothing to show.
pub fn shown(rule: &Rule, stored: Option<&str>, volatile: &Volatile) -> Option<String> {
    if !reads_volatile(rule) {
        return stored.map(str::to_owned);
    }
    let facts = facts(rule);
    let moving: Vec<&str> = facts.iter().copied().filter(|fact| is_volatile(fact)).collect();
    if facts.len() == 1 {
        return volatile.value(facts[0]).map(|value| value.to_string());
    }
    let mut seen: Map<String, Value> = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    seen.extend(moving.iter().map(|fact| ((*fact).to_owned(), volatile.value(fact).unwrap_or_default())));
    Some(Value::Object(seen).to_string())
}

impl Volatile {
    fn value(&self, fact: &str) -> Option<Value> {
        let time = if fact == LAST_SEEN { self.last_seen } else { self.software_confirmed_at };
        time.map(|time| Value::String(time.to_string()))
    }
}

fn is_volatile(fact: &str) -> bool {
    fact == LAST_SEEN || fact == SOFTWARE_COLLECTED_AT
}

/// Whether any fact of the rule moves; most rules have none, and this is asked for every check of an answer.
fn reads_volatile(rule: &Rule) -> bool {
    match rule {
        Rule::Leaf(leaf) => is_volatile(&leaf.fact),
        Rule::All(parts) | Rule::Any(parts) => parts.iter().any(reads_volatile),
    }
}

/// The facts that the rule reads, each once.
fn facts(rule: &Rule) -> Vec<&str> {
    let mut facts: Vec<&str> = Vec::new();
    for leaf in rule.leaves() {
        if !facts.contains(&leaf.fact.as_str()) {
            facts.push(&leaf.fact);
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::check::Catalogue;

    const VOLATILE: Volatile = Volatile { last_seen: Some(Time(0)), software_confirmed_at: Some(Time(60)) };

    fn rule(check_id: &str) -> &'static Rule {
        &Catalogue::shipped().check(check_id).unwrap().rule
    }

    #[track_caller]
    fn both(check_id: &str, observed: Value, expected_stored: Option<Value>, expected_shown: Option<Value>) {
        let parsed = |text: Option<String>| text.map(|text| serde_json::from_str::<Value>(&text).unwrap());
        let text = stored(rule(check_id), observed);
        assert_eq!(parsed(text.clone()), expected_stored);
        assert_eq!(parsed(shown(rule(check_id), text.as_deref(), &VOLATILE)), expected_shown);
    }

    #[test]
    fn what_moves_is_left_out_and_filled_in_with_the_value_of_the_moment() {
        both("device.reporting_fresh", json!("1970-01-02T00:00:00Z"), None, Some(json!("1970-01-01T00:00:00Z")));
        both(
            "device.software_inventory_fresh",
            json!({"software.count": 3, "software.collected_at": "1970-01-02T00:00:00Z"}),
            Some(json!({"software.count": 3})),
            Some(json!({"software.count": 3, "software.collected_at": "1970-01-01T00:01:00Z"})),
        );
        both("device.disk_encryption", json!(false), Some(json!(false)), Some(json!(false)));
        both("device.disk_encryption", Value::Null, None, None);
        both("device.screen_lock_delay", json!(600), Some(json!(600)), Some(json!(600)));
        let owner = json!({"user_id": "user_1", "owner_active": null});
        both("device.owner_assigned", owner.clone(), Some(owner.clone()), Some(owner));
    }

    #[test]
    fn a_moment_that_never_was_stays_null() {
        let shown = |check_id, stored| shown(rule(check_id), stored, &Volatile::default());
        assert_eq!(shown("device.reporting_fresh", None), None);
        let software: Value = serde_json::from_str(&shown("device.software_inventory_fresh", None).unwrap()).unwrap();
        assert_eq!(software, json!({"software.collected_at": null}));
    }
}
