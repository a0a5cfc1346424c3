//! What two reports are compared by, and the comparison with the report before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::frame::Frame;
use crate::domain::time::Time;
use crate::error::Result;
use crate::report::content::{CheckResult, ComplianceReport, PreviousReport};
use crate::store::reports;

/// `{as_of, period, score, completeness, counts, controls: [{id, title, status}], checks: [{id, title, parameters, scope, severity, counts,
/// failing: [{id, name}]}]}`; failing subjects include excepted ones.
pub fn summary(report: &ComplianceReport) -> Value {
    let controls: Vec<Value> =
        report.controls.iter().map(|control| json!({ "id": control.id, "title": control.title, "status": control.status })).collect();
    let checks: Vec<Value> = report.checks.iter().map(check).collect();
    json!({
        "as_of": report.period.as_of,
        "period": { "start": report.period.start.to_string(), "end": report.period.end.to_string() },
        "score": report.result.score,
        "completeness": report.result.completeness,
        "counts": report.result.counts,
        "controls": controls,
        "checks": checks,
    })
}

fn check(check: &CheckResult) -> Value {
    let failing: Vec<Value> =
        check.failing.iter().map(|failing| json!({ "id": failing.subject.id, "name": failing.subject.name })).collect();
    json!({
        "id": check.id,
        "title": check.title,
        "parameters": check.parameters,
        "scope": check.scope,
        "severity": check.severity,
        "counts": check.counts,
        "failing": failing,
    })
}

/// The report of the same framework that was ordered before this one, and which checks fail for more or fewer since.
pub(super) fn previous(frame: &Frame<'_, '_>, checks: &[CheckResult]) -> Result<Option<PreviousReport>> {
    let Some(before) = reports::previous(frame.tx, frame.report)? else { return Ok(None) };
    let kept = reports::summary(frame.tx, &before.id)?;
    // One that another program wrote may say less.
    let Some(as_of) = kept["as_of"].as_str().and_then(Time::parse) else { return Ok(None) };
    let byte = |name: &str| kept[name].as_u64().and_then(|number| u8::try_from(number).ok());
    let mut failed: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for check in kept["checks"].as_array().into_iter().flatten() {
        if let (Some(id), Some(count)) = (check["id"].as_str(), check["counts"]["failed"].as_u64()) {
            failed.entry(id).or_default().0 += count;
        }
    }
    // Checks that only one of the two has can't be compared.
    let mut common: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for check in checks {
        if let Some((then, _)) = failed.get(check.id.as_str()) {
            let entry = common.entry(&check.id).or_insert((*then, 0));
            entry.1 += check.counts.failed;
        }
    }
    let ids = |wanted: fn(u64, u64) -> bool| {
        common.iter().filter(|(_, (then, now))| wanted(*then, *now)).map(|(id, _)| (*id).to_owned()).collect()
    };
    Ok(Some(PreviousReport {
        report_id: before.id,
        as_of,
        score: byte("score"),
        completeness: byte("completeness").unwrap_or_default(),
        better: ids(|then, now| now < then),
        worse: ids(|then, now| now > then),
    }))
}
