//! Reading a rule from the catalogue. Whatever could go wrong at judging time is refused here, with its place.

use serde_json::{Map, Value};

use super::{Leaf, Operand, Operator, Rule};
use crate::domain::check::Subject;
use crate::domain::device::{DeviceType, OsType};
use crate::domain::facts::{CUSTOM_PREFIX, FactKind, kind_of};
use crate::domain::named::one_of;

/// Deepest nesting of all and any.
const RULE_DEPTH: usize = 4;
/// Longest key of the section `custom` that a rule may name, in characters.
const CUSTOM_KEY_CHARACTERS: usize = 100;

/// What a rule may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'s> {
    /// Whose facts.
    pub subject: Subject,
    /// The check's parameters with their defaults.
    pub params: &'s Map<String, Value>,
}

impl Rule {
    /// Reads `{ fact, op, value }`, `{ all = [..] }` or `{ any = [..] }`. The error begins with `path` and names the place below it.
    pub fn parse(value: &Value, scope: Scope<'_>, path: &str) -> Result<Rule, String> {
        parse(value, scope, path, 0)
    }
}

fn parse(value: &Value, scope: Scope<'_>, path: &str, depth: usize) -> Result<Rule, String> {
    let Some(fields) = value.as_object() else { return Err(format!("{path}: must be a table")) };
    if depth > RULE_DEPTH {
        return Err(format!("{path}: nested deeper than {RULE_DEPTH}"));
    }
    for (key, make) in [("all", Rule::All as fn(Vec<Rule>) -> Rule), ("any", Rule::Any)] {
        let Some(parts) = fields.get(key) else { continue };
        if fields.len() > 1 {
            return Err(format!("{path}: `{key}` stands alone"));
        }
        let Some(parts) = parts.as_array().filter(|parts| !parts.is_empty()) else {
            return Err(format!("{path}.{key}: must be a list with at least one rule"));
        };
        let parts = parts.iter().enumerate().map(|(i, part)| parse(part, scope, &format!("{path}.{key}[{i}]"), depth + 1));
        return parts.collect::<Result<_, _>>().map(make);
    }
    parse_leaf(fields, scope, path).map(Rule::Leaf)
}

fn parse_leaf(fields: &Map<String, Value>, scope: Scope<'_>, path: &str) -> Result<Leaf, String> {
    if let Some(key) = fields.keys().find(|key| !matches!(key.as_str(), "fact" | "op" | "value")) {
        return Err(format!("{path}.{key}: unknown field"));
    }
    let text = |key: &str| fields.get(key).and_then(Value::as_str).ok_or_else(|| format!("{path}.{key}: missing"));
    let fact = text("fact")?;
    let op = text("op")?;
    let operator = Operator::parse(op).ok_or_else(|| format!("{path}.op: `{op}` is none of {}", one_of(Operator::ALL)))?;
    let kind = kind_of(scope.subject, fact).or_else(|| custom_kind(scope.subject, fact, operator, fields.get("value")));
    let kind = kind.ok_or_else(|| format!("{path}.fact: `{fact}` is no fact of a {}", scope.subject))?;
    if !takes(operator, kind) {
        return Err(format!("{path}.op: `{op}` can't judge `{fact}`"));
    }
    let operand = parse_operand(fields.get("value"), operator, scope, &format!("{path}.value"))?;
    let fixed = match &operand {
        Operand::None | Operand::ParamEntry(..) => None,
        Operand::Literal(value) => Some(value),
        Operand::Param(name) => scope.params.get(name),
    };
    if fixed.is_some_and(|value| !fits(value, operator, kind)) {
        return Err(format!("{path}.value: of the wrong type for `{op}` on `{fact}`"));
    }
    if let Some(word) = fixed.and_then(|value| unknown_word(fact, value)) {
        return Err(format!("{path}.value: `{word}` is no {fact}"));
    }
    Ok(Leaf { fact: fact.to_owned(), kind, operator, operand })
}

fn parse_operand(value: Option<&Value>, operator: Operator, scope: Scope<'_>, path: &str) -> Result<Operand, String> {
    let needs_none = matches!(operator, Operator::Exists | Operator::NotPast);
    let Some(value) = value else {
        return if needs_none { Ok(Operand::None) } else { Err(format!("{path}: missing")) };
    };
    if needs_none {
        return Err(format!("{path}: `{operator}` takes none"));
    }
    let Some(table) = value.as_object() else { return Ok(Operand::Literal(value.clone())) };
    if let Some(key) = table.keys().find(|key| !matches!(key.as_str(), "param" | "key_fact")) {
        return Err(format!("{path}.{key}: unknown field"));
    }
    let param = table.get("param").and_then(Value::as_str).ok_or_else(|| format!("{path}.param: missing"))?;
    let default = scope.params.get(param).ok_or_else(|| format!("{path}.param: the check has no parameter `{param}`"))?;
    if matches!(operator, Operator::Eq | Operator::Ne) {
        return Err(format!("{path}.param: `{operator}` takes a fixed value"));
    }
    let Some(key_fact) = table.get("key_fact") else { return Ok(Operand::Param(param.to_owned())) };
    let key_fact = key_fact.as_str().filter(|fact| kind_of(scope.subject, fact) == Some(FactKind::Text));
    let key_fact = key_fact.ok_or_else(|| format!("{path}.key_fact: must be a text fact of a {}", scope.subject))?;
    if operator != Operator::VersionGte || !default.as_object().is_some_and(|table| table.values().all(Value::is_string)) {
        return Err(format!("{path}.key_fact: only for `version_gte` with a table of versions"));
    }
    Ok(Operand::ParamEntry(param.to_owned(), key_fact.to_owned()))
}

/// The kind that a fact of the section `custom` must have to be judged so; `None` if it is none.
fn custom_kind(subject: Subject, fact: &str, operator: Operator, value: Option<&Value>) -> Option<FactKind> {
    let key = fact.strip_prefix(CUSTOM_PREFIX).filter(|_| subject == Subject::Device)?;
    if key.trim() != key || key.is_empty() || key.chars().count() > CUSTOM_KEY_CHARACTERS || key.contains(char::is_control) {
        return None;
    }
    Some(match operator {
        Operator::Eq | Operator::Ne => match value {
            Some(Value::Bool(_)) => FactKind::Bool,
            Some(Value::Number(_)) => FactKind::Integer,
            _ => FactKind::Text,
        },
        Operator::Gte | Operator::Lte => FactKind::Integer,
        Operator::AgeLteDays | Operator::NotPast => FactKind::Time,
        Operator::ContainsAll | Operator::ContainsNone => FactKind::TextList,
        Operator::MatchesNone => FactKind::Items,
        Operator::In | Operator::NotIn | Operator::VersionGte | Operator::Exists => FactKind::Text,
    })
}

/// Whether the operator can judge a fact of this kind.
fn takes(operator: Operator, kind: FactKind) -> bool {
    use FactKind::{Bool, Date, Integer, Items, Locations, Names, Text, TextList, Time};
    match operator {
        Operator::Exists => true,
        Operator::Eq | Operator::Ne => matches!(kind, Bool | Integer | Text),
        Operator::In | Operator::NotIn => matches!(kind, Text | Locations),
        Operator::Gte | Operator::Lte => kind == Integer,
        Operator::AgeLteDays | Operator::NotPast => matches!(kind, Time | Date),
        Operator::VersionGte => kind == Text,
        Operator::ContainsAll | Operator::ContainsNone => matches!(kind, TextList | Names),
        Operator::MatchesNone => kind == Items,
    }
}

/// Whether `value` is what the operator compares with.
fn fits(value: &Value, operator: Operator, kind: FactKind) -> bool {
    match operator {
        Operator::Eq | Operator::Ne => match kind {
            FactKind::Bool => value.is_boolean(),
            FactKind::Integer => value.is_i64(),
            _ => value.is_string(),
        },
        Operator::Gte | Operator::Lte => value.is_i64(),
        Operator::AgeLteDays => value.as_i64().is_some_and(|days| days >= 0),
        Operator::VersionGte => value.is_string(),
        Operator::In | Operator::NotIn | Operator::ContainsAll | Operator::ContainsNone | Operator::MatchesNone => {
            value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
        }
        Operator::Exists | Operator::NotPast => false,
    }
}

/// A word that the fact can never be: a misspelt OS would make a check apply to nothing.
fn unknown_word<'v>(fact: &str, value: &'v Value) -> Option<&'v str> {
    let known = |word: &str| match fact {
        "os_type" => OsType::ALL.iter().any(|os| os.as_str() == word),
        "device_type" => DeviceType::parse(word).is_some(),
        _ => true,
    };
    let words = value.as_str().into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_str));
    words.into_iter().find(|word| !known(word))
}
