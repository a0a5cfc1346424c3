//! What became better and worse between two reports on one framework.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// What a report is compared by, as it was stored with it.
#[derive(Debug, Deserialize)]
struct Summary {
    as_of: String,
    score: Option<u8>,
    completeness: u8,
    controls: Vec<ControlSummary>,
    checks: Vec<CheckSummary>,
}

#[derive(Debug, Deserialize)]
struct ControlSummary {
    id: String,
    title: String,
    status: String,
}

#[derive(Debug, Deserialize)]
struct CheckSummary {
    id: String,
    title: String,
    #[serde(default)]
    parameters: Vec<String>,
    scope: Option<String>,
    counts: CountsSummary,
    failing: Vec<SubjectAnswer>,
}

#[derive(Debug, Deserialize)]
struct CountsSummary {
    failed: u64,
    excepted: u64,
    no_data: u64,
}

/// What differs.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportDifferences)]
pub struct Differences {
    /// The earlier report's figures.
    before: StateAnswer,
    /// The later one's.
    after: StateAnswer,
    /// Controls that stand better now, in the framework's order.
    controls_better: Vec<ControlChangeAnswer>,
    /// Those that stand worse.
    controls_worse: Vec<ControlChangeAnswer>,
    /// Those that changed otherwise: declared not applicable or applicable again, in one of the reports only.
    controls_changed: Vec<ControlChangeAnswer>,
    /// Checks with fewer failures now.
    checks_better: Vec<CheckChangeAnswer>,
    /// Checks with more.
    checks_worse: Vec<CheckChangeAnswer>,
    /// Checks with as many failures as before, but of others.
    checks_changed: Vec<CheckChangeAnswer>,
    /// Checks that only the later report has, or with other parameters or another scope than before: not compared.
    checks_added: Vec<String>,
    /// Checks that only the earlier one has so.
    checks_removed: Vec<String>,
}

/// The state that a report is about.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReportState)]
pub struct StateAnswer {
    /// The moment.
    #[schema(format = DateTime)]
    as_of: String,
    /// The score; `null` where it was withheld.
    #[schema(required = true, maximum = 100)]
    score: Option<u8>,
    /// Its completeness, percent.
    #[schema(maximum = 100)]
    completeness: u8,
}

/// A control that stands otherwise.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ControlChange)]
pub struct ControlChangeAnswer {
    /// The framework's own id.
    #[schema(example = "A.8.1")]
    control_id: String,
    /// In our words.
    title: String,
    /// How it stood; `null`: not in that report.
    #[schema(required = true)]
    before: Option<String>,
    /// How it stands.
    #[schema(required = true)]
    after: Option<String>,
}

/// A check that fails for others than before.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = CheckChange)]
pub struct CheckChangeAnswer {
    /// The check.
    check_id: String,
    /// What holds when it passes.
    title: String,
    /// Its parameters in words.
    parameters: Vec<String>,
    /// The subjects that it is for, if not all.
    #[schema(required = true)]
    scope: Option<String>,
    /// Subjects that failed, those with an exception included.
    failing_before: u64,
    /// Subjects that fail now.
    failing_after: u64,
    /// Subjects without data, before.
    no_data_before: u64,
    /// And now.
    no_data_after: u64,
    /// Those that fail now and did not.
    newly_failing: Vec<SubjectAnswer>,
    /// Those that failed and do not now: mended, retired, out of scope, or without data.
    no_longer_failing: Vec<SubjectAnswer>,
}

/// A device or service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportSubject)]
pub struct SubjectAnswer {
    /// Its id.
    id: String,
    /// Its name as of that report.
    name: String,
}

/// Compares what was stored with two reports.
pub(super) fn diff(before: &Value, after: &Value) -> Result<Differences> {
    let read = |summary: &Value| Summary::deserialize(summary).map_err(|error| Error::internal(format!("a report's summary: {error}")));
    let (before, after) = (read(before)?, read(after)?);
    let mut differences = Differences {
        before: state(&before),
        after: state(&after),
        controls_better: Vec::new(),
        controls_worse: Vec::new(),
        controls_changed: Vec::new(),
        checks_better: Vec::new(),
        checks_worse: Vec::new(),
        checks_changed: Vec::new(),
        checks_added: Vec::new(),
        checks_removed: Vec::new(),
    };
    controls(&before, &after, &mut differences);
    checks(&before, &after, &mut differences);
    Ok(differences)
}

fn state(summary: &Summary) -> StateAnswer {
    StateAnswer { as_of: summary.as_of.clone(), score: summary.score, completeness: summary.completeness }
}

fn controls(before: &Summary, after: &Summary, differences: &mut Differences) {
    let then: BTreeMap<&str, &ControlSummary> = before.controls.iter().map(|control| (control.id.as_str(), control)).collect();
    let now: BTreeMap<&str, &ControlSummary> = after.controls.iter().map(|control| (control.id.as_str(), control)).collect();
    let gone = before.controls.iter().filter(|control| !now.contains_key(control.id.as_str()));
    for control in after.controls.iter().chain(gone) {
        let status = |known: &BTreeMap<&str, &ControlSummary>| known.get(control.id.as_str()).map(|control| control.status.clone());
        let (was, is) = (status(&then), status(&now));
        if was == is {
            continue;
        }
        let ranks = was.as_deref().and_then(rank).zip(is.as_deref().and_then(rank));
        let list = match ranks {
            Some((was, is)) if is > was => &mut differences.controls_better,
            Some(_) => &mut differences.controls_worse,
            None => &mut differences.controls_changed,
        };
        list.push(ControlChangeAnswer { control_id: control.id.clone(), title: control.title.clone(), before: was, after: is });
    }
}

/// How well a control stands; none where it is no question of that.
fn rank(status: &str) -> Option<u8> {
    ["fail", "no_data", "partial", "pass"].iter().position(|known| *known == status).and_then(|place| u8::try_from(place).ok())
}

fn checks(before: &Summary, after: &Summary, differences: &mut Differences) {
    // One check may be there with several parameters and scopes.
    let key = |check: &CheckSummary| (check.id.clone(), check.parameters.clone(), check.scope.clone());
    let mut then: BTreeMap<_, &CheckSummary> = before.checks.iter().map(|check| (key(check), check)).collect();
    for check in &after.checks {
        let Some(was) = then.remove(&key(check)) else {
            differences.checks_added.push(check.id.clone());
            continue;
        };
        let only = |of: &CheckSummary, other: &CheckSummary| -> Vec<SubjectAnswer> {
            let known: std::collections::BTreeSet<&str> = other.failing.iter().map(|subject| subject.id.as_str()).collect();
            of.failing.iter().filter(|subject| !known.contains(subject.id.as_str())).cloned().collect()
        };
        let failing = |check: &CheckSummary| check.counts.failed + check.counts.excepted;
        let change = CheckChangeAnswer {
            check_id: check.id.clone(),
            title: check.title.clone(),
            parameters: check.parameters.clone(),
            scope: check.scope.clone(),
            failing_before: failing(was),
            failing_after: failing(check),
            no_data_before: was.counts.no_data,
            no_data_after: check.counts.no_data,
            newly_failing: only(check, was),
            no_longer_failing: only(was, check),
        };
        match change.failing_after.cmp(&change.failing_before) {
            std::cmp::Ordering::Less => differences.checks_better.push(change),
            std::cmp::Ordering::Greater => differences.checks_worse.push(change),
            std::cmp::Ordering::Equal if change.newly_failing.is_empty() && change.no_longer_failing.is_empty() => {}
            std::cmp::Ordering::Equal => differences.checks_changed.push(change),
        }
    }
    differences.checks_removed =
        before.checks.iter().filter(|check| then.contains_key(&key(check))).map(|check| check.id.clone()).collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summary(score: u8, controls: &[(&str, &str)], checks: &[(&str, &str, &[&str])]) -> Value {
        let controls: Vec<Value> = controls.iter().map(|(id, status)| json!({"id": id, "title": id, "status": status})).collect();
        let check = |(id, parameter, failing): &(&str, &str, &[&str])| {
            let failing: Vec<Value> = failing.iter().map(|id| json!({"id": id, "name": id})).collect();
            json!({"id": id, "title": id, "parameters": [parameter], "scope": null, "severity": "high", "failing": failing,
                "counts": {"passed": 1, "failed": failing.len(), "excepted": 0, "no_data": 0, "not_applicable": 0}})
        };
        json!({"as_of": "2026-01-01T00:00:00Z", "score": score, "completeness": 90, "controls": controls,
            "checks": checks.iter().map(check).collect::<Vec<_>>()})
    }

    #[test]
    fn what_changed_is_named_in_its_direction() {
        let before = summary(
            70,
            &[("A", "fail"), ("B", "pass"), ("C", "partial"), ("D", "pass"), ("E", "pass")],
            &[
                ("disk", "", &["dev_1", "dev_2"]),
                ("lock", "", &["dev_1"]),
                ("age", "30", &[]),
                ("same", "", &["dev_9"]),
                ("swap", "", &["dev_1"]),
            ],
        );
        let after = summary(
            80,
            &[("A", "pass"), ("B", "no_data"), ("C", "partial"), ("D", "not_applicable"), ("F", "pass")],
            &[
                ("disk", "", &["dev_2"]),
                ("lock", "", &["dev_1", "dev_3"]),
                ("age", "14", &[]),
                ("same", "", &["dev_9"]),
                ("swap", "", &["dev_2"]),
            ],
        );
        let found = diff(&before, &after).unwrap();
        let ids = |changes: &[ControlChangeAnswer]| changes.iter().map(|change| change.control_id.clone()).collect::<Vec<_>>();
        assert_eq!((found.before.score, found.after.score), (Some(70), Some(80)));
        assert_eq!((ids(&found.controls_better), ids(&found.controls_worse)), (vec!["A".to_owned()], vec!["B".to_owned()]));
        assert_eq!(ids(&found.controls_changed), ["D", "F", "E"]);
        let subjects = |subjects: &[SubjectAnswer]| subjects.iter().map(|subject| subject.id.clone()).collect::<Vec<_>>();
        assert_eq!((found.checks_better.len(), found.checks_worse.len(), found.checks_changed.len()), (1, 1, 1));
        assert_eq!(subjects(&found.checks_better[0].no_longer_failing), ["dev_1"]);
        assert_eq!(subjects(&found.checks_worse[0].newly_failing), ["dev_3"]);
        assert_eq!((subjects(&found.checks_changed[0].newly_failing), subjects(&found.checks_changed[0].no_longer_failing)).0, ["dev_2"]);
        assert_eq!((found.checks_added, found.checks_removed), (vec!["age".to_owned()], vec!["age".to_owned()]));
    }

    #[test]
    fn a_report_does_not_differ_from_itself() {
        let one = summary(70, &[("A", "fail")], &[("disk", "", &["dev_1"])]);
        let found = diff(&one, &one).unwrap();
        assert!(found.controls_better.is_empty() && found.controls_worse.is_empty() && found.controls_changed.is_empty());
        assert!(found.checks_better.is_empty() && found.checks_worse.is_empty() && found.checks_changed.is_empty());
        assert!(found.checks_added.is_empty() && found.checks_removed.is_empty());
        assert!(diff(&one, &json!({})).is_err());
    }
}
