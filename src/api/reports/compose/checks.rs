//! Checks: what each row came to, those not in use, and parameters with who demands them.

use serde_json::Value;

use super::frame::Frame;
use super::tally::RowTally;
use super::words;
use crate::domain::framework::evaluate::{Evaluated, ResultRow};
use crate::domain::period::{MICRODAYS_PER_DAY, PeriodFigures};
use crate::domain::settings::{CheckState, ResolvedCheck};
use crate::domain::time::DAY;
use crate::report::content::{CheckResult, FailingSubject, NotInUse, Parameter, PeriodFigure};

/// The results of the active rows that `takes` wants, in the catalogue's order; the failing subjects go from the tallies into them.
pub(super) fn results(
    frame: &Frame<'_, '_>,
    evaluated: &Evaluated<'_>,
    tallies: &mut [RowTally],
    takes: impl Fn(&ResultRow<'_>) -> bool,
) -> Vec<CheckResult> {
    let place = |row: &ResultRow<'_>| frame.rules.checks.catalogue.position(&row.check.id);
    let mut positions: Vec<usize> = (0..evaluated.rows.len()).collect();
    positions.retain(|position| evaluated.rows[*position].is_active() && takes(&evaluated.rows[*position]));
    // Rows of one check stay in the order of first use.
    positions.sort_by_key(|position| place(&evaluated.rows[*position]));
    positions.into_iter().map(|position| result(frame, evaluated, position, &mut tallies[position])).collect()
}

fn result(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>, position: usize, tally: &mut RowTally) -> CheckResult {
    let row = &evaluated.rows[position];
    let check = row.check;
    let target_days = frame.rules.checks.get(&check.id).map(|resolved| resolved.grace_days).filter(|days| *days > 0);
    let deviations = tally.summary(frame.as_of, target_days);
    let mut failing: Vec<FailingSubject> = std::mem::take(&mut tally.failing);
    failing.sort_by(|a, b| (a.since, &a.subject.name, &a.subject.id).cmp(&(b.since, &b.subject.name, &b.subject.id)));
    CheckResult {
        id: check.id.clone(),
        title: check.title.clone(),
        subject: check.subject,
        rule: words::rule(check, &row.params),
        parameters: words::parameters(&row.params),
        scope: (!row.scope.is_everything()).then(|| row.scope.words()),
        severity: row.severity,
        evidence: check.evidence,
        sources: tally.sources,
        counts: row.counts,
        deviations,
        period: check.subject.enters_score().then(|| figure(&tally.figures)),
        controls: controls_of(evaluated, position),
        remediation: words::remediation(check),
        failing,
    }
}

fn figure(figures: &PeriodFigures) -> PeriodFigure {
    let days = |microdays: i64| microdays as f64 / MICRODAYS_PER_DAY as f64;
    let seconds = |seconds: i64| seconds as f64 / DAY as f64;
    PeriodFigure {
        days_passed: days(figures.days.passed),
        days_failed: days(figures.days.failed + figures.days.excepted),
        days_no_data: days(figures.days.no_data),
        days_total: days(figures.days.applicable()),
        deviations: figures.deviations,
        mean_days_to_mend: figures.mean_seconds_to_mend().map(seconds),
        longest_days: (figures.longest_seconds > 0).then(|| seconds(figures.longest_seconds)),
    }
}

fn controls_of(evaluated: &Evaluated<'_>, position: usize) -> Vec<String> {
    let rests = evaluated.controls.iter().filter(|control| control.required.contains(&position) || control.supporting.contains(&position));
    rests.map(|control| control.control.id.clone()).collect()
}

/// The rows that take no part, each check once.
pub(super) fn not_in_use(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>) -> Vec<NotInUse> {
    let mut found: Vec<NotInUse> = Vec::new();
    for (position, row) in evaluated.rows.iter().enumerate().filter(|(_, row)| !row.is_active()) {
        let controls = controls_of(evaluated, position);
        if let Some(known) = found.iter_mut().find(|known| known.check_id == row.check.id) {
            known.controls.extend(controls);
            continue;
        }
        let own = frame.rules.settings.checks.get(&row.check.id).and_then(|setting| setting.state);
        let empty: Vec<&str> = row.params.iter().filter(|(_, value)| is_empty(value)).map(|(name, _)| name.as_str()).collect();
        let reason = match (own, empty.is_empty()) {
            (Some(CheckState::Off), _) => "Switched off in the settings".to_owned(),
            (_, false) => format!("Not switched on, and its parameter {} is empty", empty.join(" and ")),
            (_, true) => "Optional, and not switched on".to_owned(),
        };
        found.push(NotInUse { check_id: row.check.id.clone(), title: row.check.title.clone(), reason, controls });
    }
    found
}

/// The parameters of the active rows as they were applied.
pub(super) fn parameters(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    for (position, row) in evaluated.rows.iter().enumerate().filter(|(_, row)| row.is_active()) {
        let Some(resolved) = frame.rules.checks.get(&row.check.id) else { continue };
        for (name, value) in &row.params {
            let origin = origin(frame, evaluated, position, resolved, (name, value));
            let parameter = Parameter { check_id: row.check.id.clone(), name: name.clone(), value: value.clone(), origin };
            if !found.contains(&parameter) {
                found.push(parameter);
            }
        }
    }
    found.sort_by_key(|parameter| frame.rules.checks.catalogue.position(&parameter.check_id));
    found
}

/// Who demands the value: a control, the framework, the settings where they demand more or nobody else does, else the catalogue.
fn origin(
    frame: &Frame<'_, '_>,
    evaluated: &Evaluated<'_>,
    position: usize,
    resolved: &ResolvedCheck<'_>,
    (name, value): (&String, &Value),
) -> String {
    let check_id = &resolved.check.id;
    let rests = evaluated.controls.iter().filter(|control| control.required.contains(&position) || control.supporting.contains(&position));
    let demands = |params: &crate::domain::framework::CheckParams| params.get(check_id).and_then(|params| params.get(name)) == Some(value);
    let by_control: Vec<&str> =
        rests.filter(|control| demands(&control.control.params)).map(|control| control.control.id.as_str()).collect();
    if !by_control.is_empty() {
        format!("control {}", by_control.join(", "))
    } else if demands(&frame.framework.params) {
        "framework".to_owned()
    } else if resolved.own_params.get(name) == Some(value) {
        "settings".to_owned()
    } else {
        "catalogue".to_owned()
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}
