//! The long lists of the document: checks, what they look at, what was seen, and what follows from it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::names::{Names, Written, line, list, object, prop, standard_prop, word, written};
use super::without_empty;
use crate::domain::check::{Evidence, Subject};
use crate::domain::compliance::CheckStatus;
use crate::error::Result;
use crate::report::content::{CheckResult, ComplianceReport, FailingSubject, SubjectResult};

/// The checks that were judged: of devices and services, then of the appliance itself.
pub(super) fn observed_checks(report: &ComplianceReport) -> impl Iterator<Item = &CheckResult> {
    report.checks.iter().chain(&report.appliance.checks)
}

/// `TEST` for what was measured, `EXAMINE` for what was declared.
fn method(check: &CheckResult) -> &'static str {
    match check.evidence {
        Evidence::Declared => "EXAMINE",
        Evidence::Measured | Evidence::Derived => "TEST",
    }
}

pub(super) fn activities(report: &ComplianceReport, names: &Names) -> Vec<Value> {
    let activity = |check: &CheckResult| {
        let mut props = vec![
            standard_prop("method", method(check)),
            prop("check-id", &check.id),
            prop("severity", check.severity),
            prop("evidence", check.evidence),
        ];
        props.extend(check.parameters.iter().map(|parameter| prop("parameter", parameter)));
        json!({"uuid": names.uuid("activity", &check.id), "title": line(&check.title), "description": line(&check.rule), "props": props})
    };
    observed_checks(report).map(activity).collect()
}

pub(super) fn components(report: &ComplianceReport, names: &Names) -> Result<Vec<Written>> {
    let appliance = json!({
        "uuid": names.subject("appliance"),
        "type": "software",
        "title": "Recoger",
        "description": "The appliance that collected the facts and evaluated the checks.",
        "props": [standard_prop("version", &report.generated.appliance_version)],
        "status": {"state": "operational"},
    });
    let services = report.services.iter().filter(|service| service.in_scope).map(|service| {
        let mut props = vec![standard_prop("asset-id", &service.id)];
        props.extend(service.data_classification.as_ref().map(|class| prop("data-classification", class)));
        props.extend(service.status.map(|status| prop("status", status)));
        json!({
            "uuid": names.subject(&service.id),
            "type": "service",
            "title": line(&service.name),
            "description": line(&service.category.as_ref().map_or("Service.".to_owned(), |category| format!("Service, category {category}."))),
            "props": props,
            "status": {"state": if service.deleted_at.is_some() { "disposition" } else { "operational" }},
        })
    });
    std::iter::once(appliance).chain(services).map(|component| written(&component)).collect()
}

pub(super) fn inventory(report: &ComplianceReport, names: &Names) -> Result<Vec<Written>> {
    let devices = report.devices.iter().filter(|device| device.in_scope);
    let item = |device: &crate::report::content::Device| {
        let mut props = vec![
            standard_prop("asset-id", &device.id),
            standard_prop("serial-number", &device.serial_number),
            standard_prop("os-name", &device.os_type),
        ];
        props.extend(device.os_version.as_ref().map(|version| standard_prop("os-version", version)));
        props.push(prop("device-type", &device.device_type));
        props.extend(device.last_seen.map(|seen| prop("last-seen", seen)));
        props.extend(device.retired_at.map(|retired| prop("retired-at", retired)));
        props.extend(device.status.map(|status| prop("status", status)));
        written(&json!({"uuid": names.subject(&device.id), "description": line(&device.name), "props": props}))
    };
    devices.map(item).collect()
}

/// One for each check; its subjects are those that do not pass.
pub(super) fn observations(report: &ComplianceReport, names: &Names) -> Result<Vec<Written>> {
    let mut subjects: HashMap<&str, Vec<Written>> = HashMap::new();
    let devices = report.devices.iter().filter(|device| device.in_scope && device.retired_at.is_none());
    let services = report.services.iter().filter(|service| service.in_scope && service.deleted_at.is_none());
    let all = devices
        .map(|device| ("inventory-item", &device.id, &device.name, &device.results))
        .chain(services.map(|service| ("component", &service.id, &service.name, &service.results)));
    for (kind, id, name, results) in all {
        for result in results {
            if matches!(result.status, CheckStatus::Fail | CheckStatus::Excepted | CheckStatus::NoData) {
                subjects.entry(&result.check_id).or_default().push(subject(names, kind, id, name, result)?);
            }
        }
    }
    observed_checks(report).map(|check| observation(report, names, check, subjects.remove(check.id.as_str()).unwrap_or_default())).collect()
}

fn subject(names: &Names, kind: &str, id: &str, name: &str, result: &SubjectResult) -> Result<Written> {
    let mut props = vec![prop("result", word(&result.status))];
    props.extend(result.since.map(|since| prop("since", since)));
    props.extend(result.source.map(|source| prop("source", source)));
    if !result.observed.is_null() {
        props.push(prop("observed", &result.observed));
    }
    written(&json!({"subject-uuid": names.subject(id), "type": kind, "title": line(name), "props": props}))
}

fn observation(report: &ComplianceReport, names: &Names, check: &CheckResult, subjects: Vec<Written>) -> Result<Written> {
    let counts = &check.counts;
    let description = format!(
        "Passed {}, failed {}, excepted {}, no data {}, not applicable {}.",
        counts.passed, counts.failed, counts.excepted, counts.no_data, counts.not_applicable
    );
    let fresh_days = i64::from(report.population.silent_after_days);
    let own = without_empty(json!({
        "uuid": names.uuid("observation", &check.id),
        "title": line(&check.title),
        "description": description,
        "props": [
            prop("check-id", &check.id),
            prop("passed", counts.passed),
            prop("failed", counts.failed),
            prop("excepted", counts.excepted),
            prop("no-data", counts.no_data),
            prop("not-applicable", counts.not_applicable),
        ],
        "methods": [method(check)],
        "types": ["control-objective"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": names.subject("appliance")}]}],
        "collected": report.period.as_of,
        // What was seen of a device says little once the device has been silent for so long.
        "expires": (check.subject == Subject::Device && fresh_days > 0).then(|| report.period.as_of.plus_days(fresh_days)),
    }));
    object(own, [("subjects", list(&subjects)?)])
}

/// One for each subject that fails a check.
pub(super) fn risks(report: &ComplianceReport, names: &Names) -> Result<Vec<Written>> {
    let all = observed_checks(report).flat_map(|check| check.failing.iter().map(move |failing| (check, failing)));
    all.map(|(check, failing)| written(&risk(names, check, failing))).collect()
}

fn risk(names: &Names, check: &CheckResult, failing: &FailingSubject) -> Value {
    let observed = failing.observed.as_deref().unwrap_or("no value");
    let mut props = vec![
        prop("check-id", &check.id),
        prop("severity", check.severity),
        prop("subject-id", &failing.subject.id),
        prop("since", failing.since),
    ];
    props.extend(failing.exception_id.as_ref().map(|exception| prop("exception-id", exception)));
    let remediation = failing.remediation.as_ref().map(|text| prop("remediation", text));
    props.extend(remediation);
    without_empty(json!({
        "uuid": names.risk(check, failing),
        "title": line(&format!("{} fails: {}", failing.subject.name, check.title)),
        "description": line(&format!("Seen: {observed}.")),
        "statement": line(&format!("What the check asks for does not hold: {}.", check.title)),
        "props": props,
        "status": if failing.exception_id.is_some() { "deviation-approved" } else { "open" },
        "deadline": failing.grace_until,
        "related-observations": [{"observation-uuid": names.uuid("observation", &check.id)}],
    }))
}
