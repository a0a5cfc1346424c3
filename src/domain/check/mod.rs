//! The catalogue of checks: what must hold for a subject, how grave it is when it does not, and how to mend it.

mod load;
mod strictness;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::device::OsType;
use super::facts::CUSTOM_PREFIX;
use super::load_error::LoadError;
use super::named::{exact_parse, named_enum, one_of};
use super::rule::{Regions, Rule};

named_enum! {
    /// What a check judges.
    pub enum Subject {
        /// A device.
        Device = "device",
        /// A cloud service.
        Service = "service",
        /// An account of this appliance.
        User = "user",
        /// The organisation's part of this appliance.
        Tenant = "tenant",
    }
}

impl Subject {
    /// Users and tenant are about this appliance itself: it must not mark itself.
    pub fn enters_score(self) -> bool {
        matches!(self, Subject::Device | Subject::Service)
    }
}

named_enum! {
    /// How grave a failure is.
    pub enum Severity {
        /// Serious.
        Critical = "critical",
        /// Serious.
        High = "high",
        /// Minor.
        Medium = "medium",
        /// Minor.
        Low = "low",
    }
}

impl Severity {
    /// Critical and high failures make a subject non-compliant.
    pub fn is_serious(self) -> bool {
        matches!(self, Severity::Critical | Severity::High)
    }
}

named_enum! {
    /// Where the facts come from.
    pub enum Evidence {
        /// Read by the agent or by the appliance.
        Measured = "measured",
        /// Stated by a person.
        Declared = "declared",
        /// Computed from facts and a table.
        Derived = "derived",
    }
}

exact_parse! { Subject Severity Evidence }

pub use strictness::Strictness;

/// What errors call the shipped catalogue.
pub const SHIPPED_NAME: &str = "checks.toml";

/// The text of the catalogue that this program brings.
pub const SHIPPED_TEXT: &str = include_str!("../../../assets/checks.toml");

/// All checks, in the order of the file.
#[derive(Debug, Clone)]
pub struct Catalogue {
    checks: Vec<Check>,
    by_id: HashMap<String, usize>,
    /// Weight of each severity in the score.
    pub weights: Weights,
    /// A reported fact that was confirmed longer ago is stale.
    pub default_max_age_days: u32,
    /// Regions that stand for their members.
    pub regions: Regions,
    /// SHA-256 of the file's text, in hex.
    pub sha256: String,
}

/// Weights by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    critical: u32,
    high: u32,
    medium: u32,
    low: u32,
}

impl Weights {
    /// The weight of `severity`, at least 1.
    pub fn of(&self, severity: Severity) -> u32 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// `subject.name`.
    pub id: String,
    /// What it judges.
    pub subject: Subject,
    /// What holds when it passes.
    pub title: String,
    /// How grave a failure is, unless the settings grade it otherwise.
    pub severity: Severity,
    /// Where its facts come from.
    pub evidence: Evidence,
    /// Counts for status and score unless the settings say otherwise.
    pub baseline: bool,
    /// No data here makes the status unknown.
    pub key: bool,
    /// Off until switched on or until its empty parameter is filled.
    pub optional: bool,
    /// An absent fact fails.
    pub on_missing_fail: bool,
    /// Days from a failure until it counts as non-compliant.
    pub grace_days: u32,
    /// Grace counts from the end of the review's due date, not from the failure.
    pub grace_from_due_date: bool,
    /// Parameters by name.
    pub params: BTreeMap<String, Param>,
    /// Who it is for; not true is not applicable.
    pub applies: Option<Rule>,
    /// What must hold.
    pub rule: Rule,
    remediation: BTreeMap<String, String>,
}

impl Check {
    /// Whether it asks for facts of the section `custom`.
    pub fn asks_for_custom_facts(&self) -> bool {
        let leaves = self.applies.iter().flat_map(Rule::leaves).chain(self.rule.leaves());
        leaves.into_iter().any(|leaf| leaf.fact.starts_with(CUSTOM_PREFIX))
    }

    /// Reads a check of an organisation's own, `definition` as in the catalogue's file; it is about devices. The error begins with the path
    /// of the field.
    pub fn parse_own(id: &str, definition: &Map<String, Value>) -> Result<Check, String> {
        load::parse_own(id, definition)
    }

    /// How to mend it on `os`; without advice for that system the general one.
    pub fn remediation(&self, os: Option<OsType>) -> Option<&str> {
        let for_os = os.and_then(|os| self.remediation.get(os.as_str()));
        for_os.or_else(|| self.remediation.get("any")).map(String::as_str)
    }
}

/// A parameter of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// In force unless the settings give another.
    pub default: Value,
    /// What it may be.
    pub kind: ParamKind,
    /// Which of two values demands more.
    pub strictness: Strictness,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A whole number in these bounds, both included.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A list of operating systems.
    OsTypes,
    /// A list of ISO 3166 country codes, `EU`, `EEA`.
    Locations,
    /// A list of texts.
    Texts,
    /// A table of operating system and version.
    Versions,
}

/// Most entries of a list parameter.
pub const PARAM_ENTRIES: usize = 500;
/// Longest text in a list parameter, in characters.
pub const PARAM_TEXT_CHARACTERS: usize = 200;

impl ParamKind {
    /// Whether `value` fits; the error completes "NAME must be …".
    pub fn check(self, value: &Value) -> Result<(), String> {
        let list_of = |fits: fn(&str) -> bool| {
            let list = value.as_array().filter(|list| list.len() <= PARAM_ENTRIES);
            list.is_some_and(|list| list.iter().all(|entry| entry.as_str().is_some_and(fits)))
        };
        let (fits, wanted) = match self {
            ParamKind::Integer { min, max } => {
                (value.as_i64().is_some_and(|number| (min..=max).contains(&number)), format!("a whole number from {min} to {max}"))
            }
            ParamKind::OsTypes => (list_of(is_os), format!("a list of {}", one_of(OsType::ALL))),
            ParamKind::Locations => (list_of(is_location), "a list of ISO 3166 country codes, EU or EEA".to_owned()),
            ParamKind::Texts => {
                (list_of(is_short_text), format!("a list of at most {PARAM_ENTRIES} texts of 1 to {PARAM_TEXT_CHARACTERS} characters"))
            }
            ParamKind::Versions => {
                let is_version =
                    |version: &Value| version.as_str().is_some_and(|v| is_short_text(v) && v.contains(|c: char| c.is_ascii_digit()));
                let fits = value.as_object().is_some_and(|table| table.iter().all(|(os, version)| is_os(os) && is_version(version)));
                (fits, "a table of operating system and version, such as {\"macos\": \"15.7\"}".to_owned())
            }
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

fn is_os(text: &str) -> bool {
    OsType::ALL.iter().any(|os| os.as_str() == text)
}

/// Whether `text` has the form of a place of processing: an ISO 3166 alpha-2 code in capitals, `EU` or `EEA`.
pub fn is_location(text: &str) -> bool {
    text == "EEA" || text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_short_text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= PARAM_TEXT_CHARACTERS && !text.contains(char::is_control)
}

impl Catalogue {
    /// The catalogue inside the binary.
    pub fn shipped() -> &'static Catalogue {
        static SHIPPED: LazyLock<Catalogue> = LazyLock::new(|| {
            // A unit test proves that the shipped file loads.
            Catalogue::parse(SHIPPED_NAME, SHIPPED_TEXT).unwrap_or_else(|error| panic!("{error}"))
        });
        &SHIPPED
    }

    /// Reads and validates a catalogue; the error names the file (as `name` calls it), the line, the field and the check.
    pub fn parse(name: &str, text: &str) -> Result<Catalogue, LoadError> {
        load::parse(name, text)
    }

    /// The same catalogue with `more` checks behind its own. One whose id is taken is passed over.
    pub fn with(&self, more: Vec<Check>) -> Catalogue {
        let mut catalogue = self.clone();
        for check in more {
            if let Entry::Vacant(place) = catalogue.by_id.entry(check.id.clone()) {
                place.insert(catalogue.checks.len());
                catalogue.checks.push(check);
            }
        }
        catalogue
    }

    /// All checks, in the order of the file.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The check called `id`.
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.position(id).map(|position| &self.checks[position])
    }

    /// Its place in the order of the file.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}
