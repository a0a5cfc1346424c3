//! The JSON format: the content as it is, the same bytes for the same content, as its published schema says.

use super::content::ComplianceReport;
use crate::error::{Error, Result};

/// What the format holds, as JSON Schema (draft 2020-12): every field with its meaning. `recoger report schema` prints it.
pub const SCHEMA: &str = include_str!("../../assets/report.schema.json");

/// The report as JSON in UTF-8, with a line feed at its end.
pub fn write(report: &ComplianceReport) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(report).map_err(Error::internal)?;
    bytes.push(b'\n');
    // It grew by doubling: a large one would keep up to as much again while it is attached or stored.
    bytes.shrink_to_fit();
    Ok(bytes)
}

/// Panics unless `report`, as it is written, is as the schema says.
#[cfg(test)]
pub(crate) fn assert_valid(report: &ComplianceReport) {
    use std::sync::LazyLock;
    static VALIDATOR: LazyLock<jsonschema::Validator> =
        LazyLock::new(|| jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap());
    let value = serde_json::from_slice(&write(report).unwrap()).unwrap();
    let wrong: Vec<String> = VALIDATOR.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert_eq!(wrong, [""; 0]);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::content::FORMAT;
    use crate::report::sample::{empty, with_devices};

    #[test]
    fn reports_of_every_size_are_as_the_schema_says() {
        for report in [empty(), with_devices(1), with_devices(60)] {
            assert_valid(&report);
        }
    }

    #[test]
    fn the_schema_knows_this_version_and_says_what_each_field_means() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        assert_eq!(schema["properties"]["format"]["const"], FORMAT);
        let objects = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for object in objects.filter(|object| object["type"] == "object") {
            assert_eq!(object["additionalProperties"], false, "a field that the schema does not know would go unnoticed");
            for (name, field) in object["properties"].as_object().unwrap() {
                assert!(field["description"].as_str().is_some_and(|text| text.len() > 3), "{name} of {}", object["description"]);
            }
        }
    }
}
