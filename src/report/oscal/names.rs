//! Names and texts as OSCAL takes them: UUIDs of version 5, lines without blanks around them, properties.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::report::content::{CheckResult, ComplianceReport, FailingSubject};

/// Whose words our properties are.
pub(super) const NAMESPACE: &str = "urn:recoger:oscal:1";

/// Characters of a property's value.
const VALUE_CHARACTERS_MAX: usize = 1_000;

/// Makes the UUIDs of one document: from our own ids, so that the same report has the same.
pub(super) struct Names {
    document: Uuid,
    subjects: Uuid,
}

impl Names {
    pub(super) fn of(report: &ComplianceReport) -> Names {
        let own = Uuid::new_v5(&Uuid::NAMESPACE_URL, NAMESPACE.as_bytes());
        Names { document: Uuid::new_v5(&own, report.generated.report_id.as_bytes()), subjects: own }
    }

    /// Of a thing that only this document has.
    pub(super) fn uuid(&self, kind: &str, id: &str) -> String {
        Uuid::new_v5(&self.document, format!("{kind}\n{id}").as_bytes()).to_string()
    }

    /// Of a device or service: the same in all documents.
    pub(super) fn subject(&self, id: &str) -> String {
        Uuid::new_v5(&self.subjects, id.as_bytes()).to_string()
    }

    /// Of the risk that a failing subject is.
    pub(super) fn risk(&self, check: &CheckResult, failing: &FailingSubject) -> String {
        self.uuid("risk", &format!("{}\n{}", check.id, failing.subject.id))
    }
}

/// A text on one line, without blanks at its ends, never empty.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> = text.split(|character: char| character.is_whitespace() || character.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.is_empty() { "-".to_owned() } else { line }
}

/// A property of our own.
pub(super) fn prop(name: &str, value: impl Display) -> Value {
    let value: String = line(&value.to_string()).chars().take(VALUE_CHARACTERS_MAX).collect();
    json!({"name": name, "ns": NAMESPACE, "value": value.trim_end()})
}

/// A property that OSCAL itself names.
pub(super) fn standard_prop(name: &str, value: impl Display) -> Value {
    let mut prop = prop(name, value);
    if let Some(fields) = prop.as_object_mut() {
        fields.remove("ns");
    }
    prop
}

/// One of a closed set of words, as the JSON form has it.
pub(super) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A part that is written already: as text it takes a small part of the memory that its values take.
pub(super) type Written = Box<RawValue>;

/// Writes a part.
pub(super) fn written(part: &impl Serialize) -> Result<Written> {
    to_raw_value(part).map_err(Error::internal)
}

/// Writes a list; an empty one is none, for the schema takes no empty ones.
pub(super) fn list(parts: &[Written]) -> Result<Option<Written>> {
    if parts.is_empty() { Ok(None) } else { written(&parts).map(Some) }
}

/// Writes `object` with further fields, sorted by name as everywhere.
pub(super) fn object<const N: usize>(object: Value, further: [(&str, Option<Written>); N]) -> Result<Written> {
    let mut fields: BTreeMap<String, Written> = BTreeMap::new();
    if let Value::Object(own) = object {
        for (name, value) in own {
            fields.insert(name, written(&value)?);
        }
    }
    fields.extend(further.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    written(&fields)
}
