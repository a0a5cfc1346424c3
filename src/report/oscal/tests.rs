//! Documents of any size against NIST's own schema, and what they must not claim.

use std::sync::LazyLock;

use jsonschema::Validator;
use sha2::{Digest, Sha256};

use super::*;
use crate::domain::audit::hex;
use crate::report::sample;

const SCHEMA: &str = include_str!("../../../tests/fixtures/oscal/oscal_assessment-results_schema.json");
/// Of NIST's release 1.1.3.
const SCHEMA_SHA256: &str = "d9e34757f0c12aff61f52b821f0b8f83ba0ba75b3a149a202b08ba82f82bc4c3";

#[track_caller]
fn check(report: &ComplianceReport) -> Value {
    static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap());
    let document: Value = serde_json::from_slice(&write(report).unwrap()).unwrap();
    let wrong: Vec<String> = VALIDATOR.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert_eq!(wrong, [""; 0]);
    document
}

#[test]
fn the_schema_is_the_one_that_nist_released() {
    assert_eq!(hex(&Sha256::digest(SCHEMA.as_bytes())), SCHEMA_SHA256);
}

#[test]
fn documents_of_every_size_are_valid() {
    for count in [0, 1, 60] {
        check(&sample::with_devices(count));
    }
    check(&sample::empty());
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let mut document: Value = serde_json::from_slice(&write(&sample::with_devices(1)).unwrap()).unwrap();
    document["assessment-results"]["uuid"] = json!("0197b2c4-d5e6-7f7a-8b9c-0d1e2f3a4b5c");
    let validator = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    assert!(!validator.is_valid(&document));
}

#[test]
fn strange_names_and_ids_still_give_a_valid_document() {
    let mut report = sample::with_devices(2);
    report.framework.id = "hipaa-164.312".to_owned();
    report.controls[0].id = "164.312(a)(2)(iv)".to_owned();
    report.controls[1].id = "8.2.8".to_owned();
    report.organisation.name = " two\nlines\t".to_owned();
    report.devices[0].name = " ".to_owned();
    report.devices[0].os_version = Some("\u{7}".to_owned());
    report.services[0].name = "\u{2028}".to_owned();
    report.generated.by = None;
    let document = check(&report);
    let text = document.to_string();
    assert!(text.contains("\"hipaa-164.312_164.312-a-2-iv_auto\""), "{text}");
}

#[test]
fn only_what_was_evaluated_is_a_finding_and_only_a_pass_is_satisfied() {
    let mut report = sample::with_devices(20);
    report.controls[0].status = ControlStatus::Manual;
    report.controls[1].status = ControlStatus::NotApplicable;
    let document = check(&report);
    let result = &document["assessment-results"]["results"][0];
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(findings.len(), report.controls.len() - 2);
    for finding in findings {
        let word = finding["target"]["props"][0]["value"].as_str().unwrap();
        let wanted = match word {
            "pass" => json!({"state": "satisfied", "reason": "pass"}),
            "fail" => json!({"state": "not-satisfied", "reason": "fail"}),
            _ => json!({"state": "not-satisfied", "reason": "other"}),
        };
        assert_eq!(finding["target"]["status"], wanted, "{word}");
    }
    let failing: usize = report.checks.iter().chain(&report.appliance.checks).map(|check| check.failing.len()).sum();
    let risks = result["risks"].as_array().unwrap();
    assert_eq!(risks.len(), failing);
    assert!(risks.iter().any(|risk| risk["status"] == "deviation-approved"));
}

#[test]
fn the_same_report_is_the_same_document() {
    assert_eq!(write(&sample::with_devices(5)).unwrap(), write(&sample::with_devices(5)).unwrap());
}
