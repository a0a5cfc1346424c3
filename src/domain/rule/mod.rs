//! The rule language: leaves joined by all and any, in three-valued (Kleene) logic, with the moment when time alone changes the answer.

mod observe;
mod operators;
mod parse;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde_json::Value;

use super::earlier;
use super::facts::{FactKind, Facts};
use super::named::{exact_parse, named_enum};
use super::time::Time;

pub use observe::{OBSERVED_ENTRIES, OBSERVED_TEXT_CHARACTERS, observed};
pub(super) use operators::compare_versions;
pub use parse::Scope;
pub use words::words;

named_enum! {
    /// What a leaf asks of its fact.
    pub enum Operator {
        /// Equal to the value.
        Eq = "eq",
        /// Not equal to the value.
        Ne = "ne",
        /// One of the values; for places: every place is one of them.
        In = "in",
        /// None of the values.
        NotIn = "not_in",
        /// At least.
        Gte = "gte",
        /// At most.
        Lte = "lte",
        /// Known and not empty; the one operator that is never unknown.
        Exists = "exists",
        /// At most so many days ago.
        AgeLteDays = "age_lte_days",
        /// Today or later; for a time: now or later.
        NotPast = "not_past",
        /// A version at least this one, compared number by number.
        VersionGte = "version_gte",
        /// The list has every one of the values.
        ContainsAll = "contains_all",
        /// The list has none of the values.
        ContainsNone = "contains_none",
        /// No item is one of `name` or `name<version`.
        MatchesNone = "matches_none",
    }
}

named_enum! {
    /// Why an answer is unknown.
    pub enum Reason {
        /// The fact was not reported.
        Absent = "absent",
        /// The fact is not of its kind.
        WrongType = "wrong_type",
        /// The fact was confirmed too long ago.
        Stale = "stale",
        /// The check's parameter is empty.
        NotConfigured = "not_configured",
        /// The fact is dated after the moment asked about.
        Future = "future",
    }
}

exact_parse! { Operator Reason }

/// Parameters of a check by name.
pub type Params = BTreeMap<String, Value>;

/// Regions and their members, by code.
pub type Regions = BTreeMap<String, Vec<String>>;

/// A condition on the facts of one subject. Made by [`Rule::parse`].
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// One fact.
    Leaf(Leaf),
    /// False if one part is false, else unknown if one is unknown.
    All(Vec<Rule>),
    /// True if one part is true, else unknown if one is unknown.
    Any(Vec<Rule>),
}

/// A condition on one fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Name of the fact.
    pub fact: String,
    /// Its kind.
    pub kind: FactKind,
    /// What is asked.
    pub operator: Operator,
    /// Compared with what.
    pub operand: Operand,
}

/// What a fact is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Nothing (`exists`, `not_past`).
    None,
    /// A fixed value.
    Literal(Value),
    /// A parameter of the check.
    Param(String),
    /// The entry of a table parameter that the fact named second picks.
    ParamEntry(String, String),
}

/// What a rule is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The facts.
    pub facts: &'c Facts<'c>,
    /// The check's parameters.
    pub params: &'c Params,
    /// Regions that stand for their members.
    pub regions: &'c Regions,
    /// The moment asked about.
    pub at: Time,
    /// Where days begin.
    pub zone: Tz,
    /// A reported fact that was confirmed longer ago is stale.
    pub max_age_days: i64,
}

/// A three-valued answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nothing can be said.
    Unknown(Reason),
}

/// An answer and how long it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The answer at the moment asked about.
    pub truth: Truth,
    /// The earliest later moment at which time alone could change it; before that it stands.
    pub changes_at: Option<Time>,
}

impl Rule {
    /// Judges the rule.
    pub fn evaluate(&self, context: &Context<'_>) -> Outcome {
        match self {
            Rule::Leaf(leaf) => leaf.evaluate(context),
            Rule::All(parts) => join(parts, context, Truth::False, Truth::True),
            Rule::Any(parts) => join(parts, context, Truth::True, Truth::False),
        }
    }

    /// Every leaf, in the order written.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Rule::Leaf(leaf) => vec![leaf],
            Rule::All(parts) | Rule::Any(parts) => parts.iter().flat_map(Rule::leaves).collect(),
        }
    }
}

/// `decisive` wins over everything, unknown over `otherwise`; of several reasons the first is kept.
fn join(parts: &[Rule], context: &Context<'_>, decisive: Truth, otherwise: Truth) -> Outcome {
    let mut joined = Outcome { truth: otherwise, changes_at: None };
    for part in parts {
        let outcome = part.evaluate(context);
        joined.changes_at = earlier(joined.changes_at, outcome.changes_at);
        let undecided = joined.truth == otherwise;
        if outcome.truth == decisive || (undecided && outcome.truth != otherwise) {
            joined.truth = outcome.truth;
        }
    }
    joined
}

impl Leaf {
    fn evaluate(&self, context: &Context<'_>) -> Outcome {
        let lookup = context.facts.get(&self.fact, context.at, context.zone);
        if self.operator == Operator::Exists {
            let exists = lookup.fact.is_some_and(|fact| !is_empty(fact.value));
            return Outcome { truth: if exists { Truth::True } else { Truth::False }, changes_at: lookup.changes_at };
        }
        let operand = match self.operand(context) {
            Ok(operand) => operand,
            Err(reason) => return Outcome { truth: Truth::Unknown(reason), changes_at: None },
        };
        let Some(fact) = lookup.fact else {
            return Outcome { truth: Truth::Unknown(Reason::Absent), changes_at: lookup.changes_at };
        };
        let stale_at = fact.confirmed_at.map(|confirmed| confirmed.plus_days(context.max_age_days).plus_seconds(1));
        if stale_at.is_some_and(|stale_at| context.at >= stale_at) {
            // A derived fact may still come to be absent.
            return Outcome { truth: Truth::Unknown(Reason::Stale), changes_at: lookup.changes_at };
        }
        let outcome = operators::apply(self, fact.value, operand, context);
        Outcome { truth: outcome.truth, changes_at: earlier(earlier(stale_at, lookup.changes_at), outcome.changes_at) }
    }

    /// What the fact is compared with; a parameter that is empty must never let a check pass.
    fn operand<'c>(&'c self, context: &Context<'c>) -> Result<&'c Value, Reason> {
        let value = match &self.operand {
            Operand::None => return Ok(&Value::Null),
            Operand::Literal(value) => return Ok(value),
            Operand::Param(name) => context.params.get(name),
            Operand::ParamEntry(name, key_fact) => {
                let table = context.params.get(name).filter(|table| !is_empty(table)).ok_or(Reason::NotConfigured)?;
                let key = context.facts.get(key_fact, context.at, context.zone).fact.ok_or(Reason::Absent)?;
                key.value.as_str().and_then(|key| table.get(key))
            }
        };
        value.filter(|value| !is_empty(value)).ok_or(Reason::NotConfigured)
    }
}

/// `null`, an empty text, list or table.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
