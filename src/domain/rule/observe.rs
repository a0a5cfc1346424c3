//! What was seen: a small JSON value that stands beside a verdict.

use serde_json::{Map, Value};

use super::operators::{Pattern, entries, lists, matches_any};
use super::{Context, Leaf, Operator, Rule};

/// Most entries of a list that are shown.
pub const OBSERVED_ENTRIES: usize = 20;
/// Longest text that is shown, in characters.
pub const OBSERVED_TEXT_CHARACTERS: usize = 256;

/// The value of the rule's one fact, or an object of fact and value for several. `null` is a fact that is not known. Of a list that must (not)
/// hold something only the offending entries are shown.
pub fn observed(rule: &Rule, context: &Context<'_>) -> Value {
    if let Rule::Leaf(leaf) = rule {
        return observed_of(leaf, context);
    }
    let mut seen = Map::new();
    collect(rule, context, &mut seen);
    if seen.len() > 1 {
        return Value::Object(seen);
    }
    // Several conditions on one fact: it stands for itself.
    seen.into_iter().next().map_or(Value::Null, |(_, value)| value)
}

fn collect(rule: &Rule, context: &Context<'_>, seen: &mut Map<String, Value>) {
    match rule {
        Rule::Leaf(leaf) if seen.contains_key(&leaf.fact) => {}
        Rule::Leaf(leaf) => {
            seen.insert(leaf.fact.clone(), observed_of(leaf, context));
        }
        Rule::All(parts) | Rule::Any(parts) => parts.iter().for_each(|part| collect(part, context, seen)),
    }
}

fn observed_of(leaf: &Leaf, context: &Context<'_>) -> Value {
    let Some(fact) = context.facts.get(&leaf.fact, context.at, context.zone).fact else { return Value::Null };
    let Ok(operand) = leaf.operand(context) else { return bounded(fact.value) };
    let texts = |texts: Vec<&str>| Value::Array(texts.into_iter().map(|text| Value::String(shortened(text))).collect());
    match (leaf.operator, fact.value) {
        (Operator::ContainsAll, Value::Array(_)) => {
            texts(entries(operand).filter(|wanted| !lists(leaf.kind, fact.value, wanted)).take(OBSERVED_ENTRIES).collect())
        }
        (Operator::ContainsNone, Value::Array(_)) => {
            texts(entries(operand).filter(|unwanted| lists(leaf.kind, fact.value, unwanted)).take(OBSERVED_ENTRIES).collect())
        }
        (Operator::MatchesNone, Value::Array(items)) => {
            let patterns: Vec<Pattern<'_>> = entries(operand).map(Pattern::parse).collect();
            let offends = |item: &&Value| matches_any(item, &patterns) == Ok(true);
            Value::Array(items.iter().filter(offends).take(OBSERVED_ENTRIES).map(name_and_version).collect())
        }
        (_, value) => bounded(value),
    }
}

fn name_and_version(item: &Value) -> Value {
    match item {
        Value::Object(fields) => {
            let shown = ["name", "version"].into_iter().filter_map(|key| Some((key.to_owned(), bounded(fields.get(key)?))));
            Value::Object(shown.collect())
        }
        other => bounded(other),
    }
}

/// Texts are cut, lists end early; what is nested deeper than one list is left out.
fn bounded(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(text)),
        Value::Array(list) => Value::Array(list.iter().take(OBSERVED_ENTRIES).map(plain).collect()),
        other => plain(other),
    }
}

fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(text)),
        Value::Array(_) | Value::Object(_) => Value::Null,
        other => other.clone(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(OBSERVED_TEXT_CHARACTERS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}
