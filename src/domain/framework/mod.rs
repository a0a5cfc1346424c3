//! Frameworks as data: which controls there are, which checks evidence them, what that shows and what it leaves open.

pub mod evaluate;
mod load;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::check::Catalogue;
use super::device::DeviceType;
use super::load_error::LoadError;
use super::named::{exact_parse, named_enum};
use super::rule::Params;

named_enum! {
    /// How much of a control its checks can answer.
    pub enum Coverage {
        /// If all assets in scope are enrolled, the checks alone answer it.
        Full = "full",
        /// Evidence by hand is needed besides.
        Partial = "partial",
    }
}

named_enum! {
    /// Why the appliance can say nothing of a control.
    pub enum OutOfScope {
        /// Policy, risk, a decision of the management.
        Governance = "governance",
        /// Contracts with suppliers.
        Supplier = "supplier",
        /// Hiring, training, joining and leaving.
        People = "people",
        /// Buildings and equipment.
        Physical = "physical",
        /// Servers, networks, data stores and transmission that the appliance does not see.
        Platform = "platform",
        /// How software is made.
        Development = "development",
        /// Incidents and continuity.
        IncidentContinuity = "incident_continuity",
        /// Legal duties.
        Legal = "legal",
    }
}

exact_parse! { Coverage OutOfScope }

impl OutOfScope {
    /// The sentence that a report prints.
    pub fn text(self) -> &'static str {
        match self {
            OutOfScope::Governance => "Policy, risk or a decision of the management",
            OutOfScope::Supplier => "Contracts with suppliers",
            OutOfScope::People => "Hiring, training, joining and leaving",
            OutOfScope::Physical => "Buildings, rooms and equipment",
            OutOfScope::Platform => "Servers, networks, data stores and transmission that the appliance does not see",
            OutOfScope::Development => "How software is made",
            OutOfScope::IncidentContinuity => "Incidents and continuity",
            OutOfScope::Legal => "Legal duties",
        }
    }
}

/// One framework file.
#[derive(Debug, Clone, PartialEq)]
pub struct Framework {
    /// Identifier, such as `iso27001`.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Edition.
    pub version: String,
    /// Who publishes it.
    pub publisher: String,
    /// On what terms its text may be used.
    pub text_license: String,
    /// What the report does not say; printed with it.
    pub disclaimer: String,
    /// Every control of the framework is listed: only then may shares of it be printed.
    pub complete: bool,
    /// On until switched off. Without it, off until switched on.
    pub ship_default: bool,
    /// Parts of which some are chosen; empty: everything belongs together.
    pub categories: Vec<Category>,
    /// Which subjects it is about; without one of them nothing is evaluated.
    pub scope_required: Option<SubjectScope>,
    /// What it demands of parameters, by check.
    pub params: CheckParams,
    /// Controls with checks, in the order of the file.
    pub controls: Vec<Control>,
    /// Controls without, in the order of the file.
    pub out_of_scope: Vec<Uncovered>,
    /// SHA-256 of the file's text, in hex.
    pub sha256: String,
}

/// Parameters by check id.
pub type CheckParams = BTreeMap<String, Params>;

/// A part of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Identifier, such as `confidentiality`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// In every report; the others only when chosen.
    #[serde(default)]
    pub always: bool,
    /// How the ids of its controls begin.
    pub prefixes: Vec<String>,
}

/// Which subjects are meant. What is not stated does not limit; empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubjectScope {
    /// Only devices of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_type: Vec<DeviceType>,
    /// No devices of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_type_not: Vec<DeviceType>,
    /// Only devices and services with one of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_any: Vec<String>,
}

/// A control with checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Identifier in the framework, such as `A.8.1`.
    pub id: String,
    /// Own short wording.
    pub title: String,
    /// How much of it the checks can answer.
    pub coverage: Coverage,
    /// References into related texts.
    pub refs: Vec<String>,
    /// Check ids that must pass. Without any, the supporting ones are all there is, and it is never more than partial.
    pub checks: Vec<String>,
    /// Check ids that support: they never make it fail.
    pub supporting: Vec<String>,
    /// What it demands of parameters, before the framework.
    pub params: CheckParams,
    /// Which subjects it is about.
    pub scope: SubjectScope,
    /// What the evidence shows.
    pub shows: String,
    /// What it does not show.
    pub gap: String,
}

/// A control without checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    /// Identifier in the framework.
    pub id: String,
    /// Own short wording.
    pub title: String,
    /// Why.
    pub reason: OutOfScope,
}

/// The shipped files with their names, in the order in which they are offered.
const SHIPPED: &[(&str, &str)] = &[
    ("iso27001.toml", include_str!("../../../assets/frameworks/iso27001.toml")),
    ("soc2.toml", include_str!("../../../assets/frameworks/soc2.toml")),
    ("nist-csf-2.0.toml", include_str!("../../../assets/frameworks/nist-csf-2.0.toml")),
    ("nis2-art21.toml", include_str!("../../../assets/frameworks/nis2-art21.toml")),
    ("gdpr-art32.toml", include_str!("../../../assets/frameworks/gdpr-art32.toml")),
    ("cyber-essentials-3.3.toml", include_str!("../../../assets/frameworks/cyber-essentials-3.3.toml")),
    ("pci-dss-4.0.1.toml", include_str!("../../../assets/frameworks/pci-dss-4.0.1.toml")),
    ("hipaa-164.312.toml", include_str!("../../../assets/frameworks/hipaa-164.312.toml")),
    ("cis-v8.1-ig1.toml", include_str!("../../../assets/frameworks/cis-v8.1-ig1.toml")),
];

impl Framework {
    /// The frameworks inside the binary, always in the same order.
    pub fn shipped() -> &'static [Framework] {
        static LIST: LazyLock<Vec<Framework>> = LazyLock::new(|| {
            let parse = |(name, text): &(&str, &str)| Framework::parse(name, text, Catalogue::shipped());
            // A unit test proves that the shipped files load.
            SHIPPED.iter().map(|file| parse(file).unwrap_or_else(|error| panic!("{error}"))).collect()
        });
        &LIST
    }

    /// The shipped frameworks with the text of their files.
    pub fn shipped_files() -> impl Iterator<Item = (&'static Framework, &'static str)> {
        Framework::shipped().iter().zip(SHIPPED.iter().map(|(_, text)| *text))
    }

    /// The shipped framework of this key.
    pub fn find(key: &str) -> Option<&'static Framework> {
        Framework::shipped().iter().find(|framework| framework.key == key)
    }

    /// Whether it has a control of this id, in or out of scope.
    pub fn has_control(&self, id: &str) -> bool {
        self.controls.iter().any(|control| control.id == id) || self.out_of_scope.iter().any(|control| control.id == id)
    }

    /// Reads and validates a file that the caller calls `name`. The error names file, line and field.
    pub fn parse(name: &str, text: &str, catalogue: &Catalogue) -> Result<Framework, LoadError> {
        load::parse(name, text, catalogue)
    }

    /// The category of the control `id`; `None` where the framework has none.
    pub fn category_of(&self, id: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.holds(id))
    }

    /// Controls in and out of scope that are in a report with the categories `chosen`: those of categories that are always in, and these.
    pub fn is_chosen(&self, control_id: &str, chosen: &[String]) -> bool {
        self.category_of(control_id).is_none_or(|category| category.always || chosen.contains(&category.id))
    }

    /// The control's name for OSCAL, where identifiers are tokens: framework, `_`, and the id with `-` for whatever a token can't hold.
    pub fn oscal_id(&self, control_id: &str) -> String {
        oscal_id(&self.key, control_id)
    }
}

/// See [`Framework::oscal_id`]; for who knows the framework by its key only.
pub fn oscal_id(framework_key: &str, control_id: &str) -> String {
    format!("{framework_key}_{}", token_of(control_id))
}

/// In small letters, with one `-` for each run of what a token can't hold, none at the ends.
fn token_of(id: &str) -> String {
    let mut token = String::with_capacity(id.len());
    for character in id.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() || character == '.' || character == '_' {
            token.push(character);
        } else if !token.is_empty() && !token.ends_with('-') {
            token.push('-');
        }
    }
    token.truncate(token.trim_end_matches('-').len());
    token
}

impl Category {
    fn holds(&self, control_id: &str) -> bool {
        self.prefixes.iter().any(|prefix| control_id.starts_with(prefix.as_str()))
    }
}

impl SubjectScope {
    /// Limits nothing.
    pub fn is_everything(&self) -> bool {
        self == &SubjectScope::default()
    }

    /// In words, for the report.
    pub fn words(&self) -> String {
        let list = |words: &[String]| words.join(" or ");
        let types = |types: &[DeviceType]| list(&types.iter().map(ToString::to_string).collect::<Vec<_>>());
        let mut parts = Vec::new();
        if !self.device_type.is_empty() {
            parts.push(format!("devices of type {}", types(&self.device_type)));
        }
        if !self.device_type_not.is_empty() {
            parts.push(format!("devices not of type {}", types(&self.device_type_not)));
        }
        if !self.tags_any.is_empty() {
            parts.push(format!("tagged {}", list(&self.tags_any)));
        }
        if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }
    }
}
