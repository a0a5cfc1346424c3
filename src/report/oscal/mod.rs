//! A report as OSCAL assessment results 1.1.3 (NIST), in JSON.
//!
//! OSCAL knows a control only as satisfied or not. The appliance never says that of a whole control: each has an objective, "the part that
//! this appliance evaluates", and findings are about those. Controls that no check touches have no finding and are not among those reviewed.

mod names;
mod parts;
#[cfg(test)]
mod tests;

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Map, Value, json};

use self::names::{Names, Written, line, prop};
use super::content::{ComplianceReport, Control, ControlStatus};
use crate::domain::framework::oscal_id;
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// The version of OSCAL.
pub const OSCAL_VERSION: &str = "1.1.3";

/// The report as JSON in UTF-8, with a line feed at its end.
pub fn write(report: &ComplianceReport) -> Result<Vec<u8>> {
    let names = Names::of(report);
    let reviewed: Vec<&Control> = report.controls.iter().filter(|control| is_reviewed(control)).collect();
    let results = names::list(&[result(report, &names, &reviewed)?])?;
    let content = names::object(
        json!({
            "uuid": names.uuid("assessment-results", ""),
            "metadata": metadata(report, &names),
            "import-ap": {
                "href": format!("#{}", names.uuid("resource", "plan")),
                "remarks": "There is no assessment plan of its own: the resource names the catalogue of checks and the framework's file that governed this run.",
            },
            "local-definitions": without_empty(json!({
                "activities": parts::activities(report, &names),
                "objectives-and-methods": objectives(report, &reviewed),
            })),
            "back-matter": {"resources": [plan(report, &names)]},
        }),
        [("results", results)],
    )?;
    let mut bytes = serde_json::to_vec(&Document { content }).map_err(Error::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The outermost object.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "assessment-results")]
    content: Written,
}

fn is_reviewed(control: &Control) -> bool {
    !matches!(control.status, ControlStatus::Manual | ControlStatus::NotApplicable)
}

fn metadata(report: &ComplianceReport, names: &Names) -> Value {
    let generated = &report.generated;
    let mut props = vec![
        prop("report-id", &generated.report_id),
        prop("framework", &report.framework.id),
        prop("framework-version", &report.framework.version),
        prop("framework-sha256", &report.basis.framework_sha256),
        prop("catalogue-sha256", &report.basis.catalogue_sha256),
        prop("appliance-version", &generated.appliance_version),
        prop("completeness-percent", report.result.completeness),
        prop("controls-covered-full", report.coverage.full),
        prop("controls-covered-partial", report.coverage.partial),
        prop("controls-not-covered", report.coverage.out_of_scope),
        prop("preliminary", report.period.preliminary),
    ];
    props.extend(report.result.score.map(|score| prop("score", score)));
    let mut parties = vec![json!({
        "uuid": names.uuid("party", "organisation"), "type": "organization", "name": line(&report.organisation.name),
    })];
    let mut responsible = vec![];
    if let Some(by) = &generated.by {
        let uuid = names.uuid("party", "prepared-by");
        parties.push(json!({"uuid": uuid, "type": "person", "name": line(by)}));
        responsible.push(json!({"role-id": "prepared-by", "party-uuids": [uuid]}));
    }
    without_empty(json!({
        "title": line(&format!("{}: compliance report of {}", report.framework.title, report.organisation.name)),
        "published": generated.at,
        "last-modified": generated.at,
        "version": "1",
        "oscal-version": OSCAL_VERSION,
        "props": props,
        "roles": [{"id": "prepared-by", "title": "Asked for the report"}],
        "parties": parties,
        "responsible-parties": responsible,
        "remarks": line(&format!("{} {}", report.framework.disclaimer, report.framework.attribution)),
    }))
}

fn objectives(report: &ComplianceReport, reviewed: &[&Control]) -> Vec<Value> {
    let objective = |control: &&Control| {
        let id = oscal_id(&report.framework.id, &control.id);
        json!({
            "control-id": id,
            "description": "The part of the control that this appliance evaluates by itself.",
            "parts": [{
                "id": objective_id(report, control),
                "name": "assessment-objective",
                "title": line(&format!("Evaluated part of {}: {}", control.id, control.title)),
                "prose": line(&control.shows),
            }],
        })
    };
    reviewed.iter().map(objective).collect()
}

fn objective_id(report: &ComplianceReport, control: &Control) -> String {
    format!("{}_auto", oscal_id(&report.framework.id, &control.id))
}

fn result(report: &ComplianceReport, names: &Names, reviewed: &[&Control]) -> Result<Written> {
    let zone = report.period.time_zone.parse().unwrap_or(Tz::UTC);
    let (components, inventory) = (parts::components(report, names)?, parts::inventory(report, names)?);
    let definitions = names::object(json!({}), [("components", names::list(&components)?), ("inventory-items", names::list(&inventory)?)])?;
    drop((components, inventory));
    let observations = names::list(&parts::observations(report, names)?)?;
    let risks = names::list(&parts::risks(report, names)?)?;
    let own = without_empty(json!({
        "uuid": names.uuid("result", ""),
        "title": line(&format!("{}: evaluation by checks", report.framework.title)),
        "description": line(&format!("State as of {}, and the period from {} to {}.", report.period.as_of_local, report.period.start, report.period.end)),
        "start": Time::start_of(report.period.start, zone),
        "end": report.period.as_of,
        "reviewed-controls": reviewed_controls(report, reviewed),
        "attestations": [{"parts": limits(report)}],
        "findings": reviewed.iter().map(|control| finding(report, names, control)).collect::<Vec<_>>(),
    }));
    names::object(own, [("local-definitions", Some(definitions)), ("observations", observations), ("risks", risks)])
}

fn reviewed_controls(report: &ComplianceReport, reviewed: &[&Control]) -> Value {
    if reviewed.is_empty() {
        return json!({"control-selections": [{"description": "No control of the framework was evaluated."}]});
    }
    let controls = reviewed.iter().map(|control| json!({"control-id": oscal_id(&report.framework.id, &control.id)}));
    let objectives = reviewed.iter().map(|control| json!({"objective-id": objective_id(report, control)}));
    json!({
        "description": "Controls of the framework for which this appliance holds evidence, each to the extent of its objective.",
        "control-selections": [{"include-controls": controls.collect::<Value>()}],
        "control-objective-selections": [{"include-objectives": objectives.collect::<Value>()}],
    })
}

/// What the document does not say, in words.
fn limits(report: &ComplianceReport) -> Vec<Value> {
    let limit = |title: &str, prose: &str| json!({"name": "limitation", "ns": names::NAMESPACE, "title": title, "prose": line(prose)});
    let listed: usize = report.not_covered.iter().map(|group| group.controls.len()).sum();
    let mut limits = vec![
        limit("What this does not say", &report.framework.disclaimer),
        limit("Not evaluated", &format!("{listed} listed controls of the framework are touched by no check and have no finding here.")),
    ];
    for group in &report.not_covered {
        let controls: Vec<&str> = group.controls.iter().map(|control| control.id.as_str()).collect();
        limits.push(limit("Not evaluated", &format!("{}: {}", group.text, controls.join(", "))));
    }
    limits
}

fn finding(report: &ComplianceReport, names: &Names, control: &Control) -> Value {
    let (state, reason, word) = match control.status {
        ControlStatus::Pass => ("satisfied", "pass", "pass"),
        ControlStatus::Fail => ("not-satisfied", "fail", "fail"),
        ControlStatus::Partial => ("not-satisfied", "other", "partial"),
        ControlStatus::NoData => ("not-satisfied", "other", "no_data"),
        ControlStatus::Manual => ("not-satisfied", "other", "manual"),
        ControlStatus::NotApplicable => ("not-satisfied", "other", "not_applicable"),
    };
    let checks: Vec<&str> = control.checks.iter().filter(|check| check.active).map(|check| check.check_id.as_str()).collect();
    let observed = parts::observed_checks(report).filter(|check| checks.contains(&check.id.as_str()));
    let (mut observations, mut risks) = (vec![], vec![]);
    for check in observed {
        observations.push(json!({"observation-uuid": names.uuid("observation", &check.id)}));
        let failing = check.failing.iter().map(|failing| names.risk(check, failing));
        risks.extend(failing.map(|uuid| json!({"risk-uuid": uuid})));
    }
    without_empty(json!({
        "uuid": names.uuid("finding", &control.id),
        "title": line(&format!("{} {}", control.id, control.title)),
        "description": line(&format!("Shown: {} Not shown: {}", control.shows, control.gap)),
        "target": {
            "type": "objective-id",
            "target-id": objective_id(report, control),
            "status": {"state": state, "reason": reason},
            "props": [prop("status", word), prop("coverage", names::word(&control.coverage)), prop("control-id", &control.id)],
        },
        "related-observations": observations,
        "related-risks": risks,
    }))
}

fn plan(report: &ComplianceReport, names: &Names) -> Value {
    let link = |href: String, sha256: &str| json!({"href": href, "media-type": "application/toml", "hashes": [{"algorithm": "SHA-256", "value": sha256}]});
    json!({
        "uuid": names.uuid("resource", "plan"),
        "title": "Catalogue of checks and framework's file",
        "description": line(&format!("{} {}, {}", report.framework.title, report.framework.version, report.framework.publisher)),
        "props": [{"name": "type", "value": "plan"}],
        "rlinks": [
            link("checks.toml".to_owned(), &report.basis.catalogue_sha256),
            link(format!("{}.toml", report.framework.id), &report.basis.framework_sha256),
        ],
    })
}

/// The object without keys whose array or object is empty: the schema takes none.
fn without_empty(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let kept = fields.into_iter().filter(|(_, value)| match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Null => false,
        _ => true,
    });
    Value::Object(kept.collect::<Map<_, _>>())
}
