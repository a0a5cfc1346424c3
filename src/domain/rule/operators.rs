//! The operators on a known, fresh fact.

use std::cmp::Ordering;

use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;

use super::{Context, Leaf, Operator, Outcome, Reason, Regions, Truth};
use crate::domain::facts::{FactKind, item_name};
use crate::domain::time::{DAY, Time, parse_date};

/// Applies the leaf's operator to `value`; `operand` is of the type that `Rule::parse` and the settings' checks demand.
pub(super) fn apply(leaf: &Leaf, value: &Value, operand: &Value, context: &Context<'_>) -> Outcome {
    match leaf.operator {
        Operator::AgeLteDays => return age_lte_days(leaf.kind, value, operand, context),
        Operator::NotPast => return not_past(leaf.kind, value, context),
        _ => {}
    }
    let truth = match leaf.operator {
        Operator::Eq => decided(same(value, operand)),
        Operator::Ne => decided(same(value, operand).map(|same| !same)),
        Operator::In if leaf.kind == FactKind::Locations => all_allowed(value, operand, context.regions),
        Operator::In => decided(value.as_str().map(|text| has(operand, text))),
        Operator::NotIn if leaf.kind == FactKind::Locations => none_listed(value, operand, context.regions),
        Operator::NotIn => decided(value.as_str().map(|text| !has(operand, text))),
        Operator::Gte => decided(value.as_i64().zip(operand.as_i64()).map(|(number, least)| number >= least)),
        Operator::Lte => decided(value.as_i64().zip(operand.as_i64()).map(|(number, most)| number <= most)),
        Operator::VersionGte => decided(value.as_str().zip(operand.as_str()).and_then(|(version, least)| version_gte(version, least))),
        Operator::ContainsAll => decided(texts(value).map(|()| entries(operand).all(|wanted| has(value, wanted)))),
        Operator::ContainsNone => decided(texts(value).map(|()| !entries(operand).any(|unwanted| lists(leaf.kind, value, unwanted)))),
        Operator::MatchesNone => matches_none(value, operand),
        Operator::Exists | Operator::AgeLteDays | Operator::NotPast => Truth::Unknown(Reason::WrongType), // answered above and by the caller
    };
    Outcome { truth, changes_at: None }
}

/// `None` is a fact of the wrong type.
fn decided(answer: Option<bool>) -> Truth {
    match answer {
        Some(true) => Truth::True,
        Some(false) => Truth::False,
        None => Truth::Unknown(Reason::WrongType),
    }
}

fn same(value: &Value, operand: &Value) -> Option<bool> {
    match (value, operand) {
        (Value::Bool(value), Value::Bool(operand)) => Some(value == operand),
        (Value::String(value), Value::String(operand)) => Some(value == operand),
        (Value::Number(_), Value::Number(_)) => Some(value.as_i64()? == operand.as_i64()?),
        _ => None,
    }
}

/// The texts of a list; entries of other types are passed over, see [`texts`].
pub(super) fn entries(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// `None` unless it is a list of texts only.
fn texts(list: &Value) -> Option<()> {
    list.as_array()?.iter().all(Value::is_string).then_some(())
}

fn has(list: &Value, text: &str) -> bool {
    entries(list).any(|entry| entry == text)
}

/// Names are in lower case and sorted; other lists compare as they are.
pub(super) fn lists(kind: FactKind, list: &Value, text: &str) -> bool {
    match (kind, list) {
        (FactKind::Names, Value::Array(names)) => {
            let wanted = text.to_lowercase();
            names.binary_search_by(|name| name.as_str().unwrap_or_default().cmp(&wanted)).is_ok()
        }
        _ => has(list, text),
    }
}

/// Each place must be on the list itself or belong to a region on it.
fn all_allowed(places: &Value, allowed: &Value, regions: &Regions) -> Truth {
    each_place(places, |place| covers(allowed, place, regions))
}

fn none_listed(places: &Value, listed: &Value, regions: &Regions) -> Truth {
    each_place(places, |place| !covers(listed, place, regions))
}

fn each_place(places: &Value, holds: impl Fn(&str) -> bool) -> Truth {
    match places {
        Value::String(place) => decided(Some(holds(place))),
        Value::Array(list) if list.is_empty() => Truth::Unknown(Reason::Absent),
        Value::Array(_) => decided(texts(places).map(|()| entries(places).all(holds))),
        _ => Truth::Unknown(Reason::WrongType),
    }
}

fn covers(list: &Value, place: &str, regions: &Regions) -> bool {
    entries(list).any(|entry| entry == place || regions.get(entry).is_some_and(|members| members.iter().any(|member| member == place)))
}

/// A moment or a day, as the fact's kind demands.
enum Dated {
    Moment(Time),
    Day(NaiveDate),
}

fn dated(kind: FactKind, value: &Value) -> Option<Dated> {
    let text = value.as_str()?;
    match kind {
        FactKind::Time => Time::parse(text).map(Dated::Moment),
        FactKind::Date => parse_date(text).map(Dated::Day),
        _ => None,
    }
}

const WRONG_TYPE: Outcome = Outcome { truth: Truth::Unknown(Reason::WrongType), changes_at: None };

/// For a moment, elapsed seconds count: exactly `days` old still passes. For a day, calendar days in the zone count.
fn age_lte_days(kind: FactKind, value: &Value, operand: &Value, context: &Context<'_>) -> Outcome {
    let (Some(dated), Some(days)) = (dated(kind, value), operand.as_i64()) else { return WRONG_TYPE };
    let (begins, ends) = match dated {
        Dated::Moment(time) => (time, Some(time.plus_seconds(days.saturating_mul(DAY)).plus_seconds(1))),
        Dated::Day(day) => (Time::start_of(day, context.zone), first_moment_after(day, days, context)),
    };
    if context.at < begins {
        return Outcome { truth: Truth::Unknown(Reason::Future), changes_at: Some(begins) };
    }
    until(ends, context.at)
}

fn not_past(kind: FactKind, value: &Value, context: &Context<'_>) -> Outcome {
    let Some(dated) = dated(kind, value) else { return WRONG_TYPE };
    let ends = match dated {
        Dated::Moment(time) => Some(time.plus_seconds(1)),
        Dated::Day(day) => first_moment_after(day, 0, context),
    };
    until(ends, context.at)
}

/// True before `ends` (for ever without one), then false.
fn until(ends: Option<Time>, at: Time) -> Outcome {
    match ends {
        Some(ends) if at >= ends => Outcome { truth: Truth::False, changes_at: None },
        ends => Outcome { truth: Truth::True, changes_at: ends },
    }
}

/// When the day `days` after `day` is over; `None` beyond the calendar.
fn first_moment_after(day: NaiveDate, days: i64, context: &Context<'_>) -> Option<Time> {
    let next = day.checked_add_signed(TimeDelta::try_days(days.checked_add(1)?)?)?;
    Some(Time::start_of(next, context.zone))
}

/// Compares number by number; missing numbers are 0. `None` if either has no number at all.
fn version_gte(version: &str, least: &str) -> Option<bool> {
    compare_versions(version, least).map(Ordering::is_ge)
}

pub(in crate::domain) fn compare_versions(a: &str, b: &str) -> Option<Ordering> {
    let mut a = numbers(a).peekable();
    let mut b = numbers(b).peekable();
    a.peek()?;
    b.peek()?;
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() {
            return Some(Ordering::Equal);
        }
        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
        // Without leading zeros the longer number is the larger one; no number is too large this way.
        let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
        if order.is_ne() {
            return Some(order);
        }
    }
}

fn numbers(version: &str) -> impl Iterator<Item = &str> {
    version.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(|part| part.trim_start_matches('0'))
}

/// No item may be one of the patterns. An item that can't be told from a pattern (no name, or no version where it matters) leaves it unknown.
fn matches_none(items: &Value, patterns: &Value) -> Truth {
    let Value::Array(items) = items else { return Truth::Unknown(Reason::WrongType) };
    let patterns: Vec<Pattern<'_>> = entries(patterns).map(Pattern::parse).collect();
    let mut unknown = None;
    for item in items {
        match matches_any(item, &patterns) {
            Ok(true) => return Truth::False,
            Ok(false) => {}
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    unknown.map_or(Truth::True, Truth::Unknown)
}

/// `name` (any version) or `name<version` (versions below).
pub(super) struct Pattern<'p> {
    name: &'p str,
    below: Option<&'p str>,
}

impl<'p> Pattern<'p> {
    pub(super) fn parse(text: &'p str) -> Pattern<'p> {
        match text.split_once('<') {
            Some((name, below)) => Pattern { name: name.trim(), below: Some(below.trim()) },
            None => Pattern { name: text.trim(), below: None },
        }
    }

    /// Whether an item of this name is meant, as far as its version tells.
    fn takes_version_of(&self, item: &Value) -> Result<bool, Reason> {
        let Some(below) = self.below else { return Ok(true) };
        let version = item.get("version").filter(|version| !version.is_null()).ok_or(Reason::Absent)?;
        let order = version.as_str().and_then(|version| compare_versions(version, below)).ok_or(Reason::WrongType)?;
        Ok(order.is_lt())
    }
}

pub(super) fn matches_any(item: &Value, patterns: &[Pattern<'_>]) -> Result<bool, Reason> {
    let name = item_name(item).ok_or(Reason::WrongType)?;
    let mut unknown = None;
    for pattern in patterns.iter().filter(|pattern| same_name(name, pattern.name)) {
        match pattern.takes_version_of(item) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !(a.is_ascii() || b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
}
