//! Rules, parameters and what was seen, as a reader says them.

use serde_json::Value;

use crate::domain::check::Check;
use crate::domain::device::OsType;
use crate::domain::rule::{Leaf, Operand, Operator, Params, Rule};

/// The check's rule with its parameters, and whom it is for.
pub(super) fn rule(check: &Check, params: &Params) -> String {
    let rule = condition(&check.rule, params, false);
    match &check.applies {
        Some(applies) => format!("{rule}. It is for those where {}", condition(applies, params, false)),
        None => rule,
    }
}

fn condition(rule: &Rule, params: &Params, nested: bool) -> String {
    let join = |parts: &[Rule], word: &str| {
        let parts: Vec<String> = parts.iter().map(|part| condition(part, params, true)).collect();
        let text = parts.join(word);
        if nested && parts.len() > 1 { format!("({text})") } else { text }
    };
    match rule {
        Rule::Leaf(one) => leaf(one, params),
        Rule::All(parts) => join(parts, " and "),
        Rule::Any(parts) => join(parts, " or "),
    }
}

fn leaf(leaf: &Leaf, params: &Params) -> String {
    let (fact, operand) = (&leaf.fact, operand(&leaf.operand, params));
    match leaf.operator {
        Operator::Eq => format!("{fact} is {operand}"),
        Operator::Ne => format!("{fact} is not {operand}"),
        Operator::In => format!("{fact} is one of {operand}"),
        Operator::NotIn => format!("{fact} is none of {operand}"),
        Operator::Gte => format!("{fact} is at least {operand}"),
        Operator::Lte => format!("{fact} is at most {operand}"),
        Operator::Exists => format!("{fact} is known and not empty"),
        Operator::AgeLteDays => format!("{fact} is at most {operand} days ago"),
        Operator::NotPast => format!("{fact} is not over"),
        Operator::VersionGte => format!("{fact} is at least version {operand}"),
        Operator::ContainsAll => format!("{fact} has all of {operand}"),
        Operator::ContainsNone => format!("{fact} has none of {operand}"),
        Operator::MatchesNone => format!("{fact} matches none of {operand}"),
    }
}

fn operand(operand: &Operand, params: &Params) -> String {
    let param = |name: &str| params.get(name).map_or("nothing".to_owned(), value);
    match operand {
        Operand::None => String::new(),
        Operand::Literal(literal) => value(literal),
        Operand::Param(name) => param(name),
        Operand::ParamEntry(name, key) => format!("the entry for its {key} of {}", param(name)),
    }
}

/// A value in one line.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "unknown".to_owned(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "nothing".to_owned(),
        Value::Array(list) => list.iter().map(self::value).collect::<Vec<_>>().join(", "),
        Value::Object(fields) if fields.is_empty() => "nothing".to_owned(),
        Value::Object(fields) => fields.iter().map(|(key, entry)| format!("{key} {}", self::value(entry))).collect::<Vec<_>>().join(", "),
        Value::Number(number) => number.to_string(),
    }
}

/// The parameters, such as `at most 14 days`.
pub(super) fn parameters(params: &Params) -> Vec<String> {
    let words = |(name, given): (&String, &Value)| {
        let text = value(given);
        match name.as_str() {
            "max_days" => format!("at most {text} days"),
            "min_days" => format!("at least {text} days"),
            "max_secs" => format!("at most {text} seconds"),
            "min_minutes" => format!("at least {text} minutes"),
            "max_attempts" => format!("at most {text} attempts"),
            "max_missing" => format!("at most {text} missing"),
            "min" => format!("at least {text}"),
            "max" => format!("at most {text}"),
            other => format!("{}: {text}", other.replace('_', " ")),
        }
    };
    params.iter().map(words).collect()
}

/// What was seen of the check's facts; `None` where nothing was.
pub(super) fn observed(check: &Check, seen: &Value) -> Option<String> {
    let mut facts: Vec<&str> = check.rule.leaves().into_iter().map(|leaf| leaf.fact.as_str()).collect();
    facts.dedup();
    match (seen, facts.as_slice()) {
        (Value::Null, _) => None,
        // Of several facts the value is a table of fact and value.
        (Value::Object(fields), [_, _, ..]) => {
            let texts: Vec<String> = fields.iter().map(|(fact, seen)| format!("{fact} is {}", value(seen))).collect();
            Some(texts.join("; "))
        }
        (seen, [fact, ..]) => Some(format!("{fact} is {}", value(seen))),
        (seen, []) => Some(value(seen)),
    }
}

/// How to mend it: the general advice, then that of each system where it differs.
pub(super) fn remediation(check: &Check) -> Vec<String> {
    let general = check.remediation(None);
    let mut texts: Vec<String> = general.map(str::to_owned).into_iter().collect();
    for os in OsType::ALL {
        if let Some(text) = check.remediation(Some(*os)).filter(|text| Some(*text) != general) {
            texts.push(format!("{}: {text}", system(*os)));
        }
    }
    texts
}

fn system(os: OsType) -> &'static str {
    match os {
        OsType::Macos => "macOS",
        OsType::Windows => "Windows",
        OsType::Linux => "Linux",
        OsType::Ios => "iOS",
        OsType::Android => "Android",
        OsType::Chromeos => "ChromeOS",
        OsType::Other => "Other systems",
    }
}
