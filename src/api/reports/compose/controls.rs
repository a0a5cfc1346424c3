//! Controls with their checks and statements, and what no check touches.

use std::collections::BTreeMap;

use super::frame::Frame;
use super::records::attestation;
use super::tally::RowTally;
use crate::domain::attestation::About;
use crate::domain::framework;
use crate::domain::framework::OutOfScope;
use crate::domain::framework::evaluate::{ControlResult, ControlStatus as Computed, Evaluated};
use crate::error::Result;
use crate::report::content::{
    Attestation, Control, ControlCheck, ControlStatus, ControlTally, Coverage, CoverageCounts, NotApplicable, NotCovered, NotCoveredGroup,
};

/// The controls that checks touch, in the framework's order.
pub(super) fn controls(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>, tallies: &[RowTally]) -> Result<Vec<Control>> {
    evaluated.controls.iter().map(|result| control(frame, evaluated, tallies, result)).collect()
}

fn control(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>, tallies: &[RowTally], result: &ControlResult<'_>) -> Result<Control> {
    let check = |position: &usize, required: bool| {
        let row = &evaluated.rows[*position];
        let target_days = frame.rules.checks.get(&row.check.id).map(|resolved| resolved.grace_days).filter(|days| *days > 0);
        ControlCheck {
            check_id: row.check.id.clone(),
            title: row.check.title.clone(),
            required,
            active: row.is_active(),
            appliance: !row.check.subject.enters_score(),
            counts: row.counts,
            deviations: tallies[*position].summary(frame.as_of, target_days),
        }
    };
    let required = result.required.iter().map(|position| check(position, true));
    let supporting = result.supporting.iter().map(|position| check(position, false));
    Ok(Control {
        id: result.control.id.clone(),
        title: result.control.title.clone(),
        coverage: match result.control.coverage {
            framework::Coverage::Full => Coverage::Full,
            framework::Coverage::Partial => Coverage::Partial,
        },
        status: status(result.status),
        shows: result.control.shows.clone(),
        gap: result.control.gap.clone(),
        checks: required.chain(supporting).collect(),
        attestations: attestations_of(frame, &result.control.id)?,
        not_applicable: not_applicable(frame, &result.control.id)?,
    })
}

/// What no check touches, by reason.
pub(super) fn not_covered(frame: &Frame<'_, '_>, evaluated: &Evaluated<'_>) -> Result<Vec<NotCoveredGroup>> {
    let mut groups = Vec::new();
    for reason in OutOfScope::ALL {
        let mut controls = Vec::new();
        for result in evaluated.uncovered.iter().filter(|result| result.control.reason == *reason) {
            controls.push(NotCovered {
                id: result.control.id.clone(),
                title: result.control.title.clone(),
                status: status(result.status),
                attestations: attestations_of(frame, &result.control.id)?,
                not_applicable: not_applicable(frame, &result.control.id)?,
            });
        }
        if !controls.is_empty() {
            groups.push(NotCoveredGroup { reason: reason.to_string(), text: reason.text().to_owned(), controls });
        }
    }
    Ok(groups)
}

/// Controls by status.
pub(super) fn tally(tally: &BTreeMap<Computed, u64>) -> ControlTally {
    let of = |status| tally.get(&status).copied().unwrap_or_default();
    ControlTally {
        pass: of(Computed::Pass),
        partial: of(Computed::Partial),
        fail: of(Computed::Fail),
        no_data: of(Computed::NoData),
        manual: of(Computed::Manual),
        not_applicable: of(Computed::NotApplicable),
    }
}

/// Controls by what checks can touch.
pub(super) fn coverage(evaluated: &Evaluated<'_>) -> CoverageCounts {
    let figures = &evaluated.coverage;
    CoverageCounts { full: figures.full, partial: figures.partial, out_of_scope: figures.out_of_scope }
}

fn status(computed: Computed) -> ControlStatus {
    match computed {
        Computed::Fail => ControlStatus::Fail,
        Computed::Partial => ControlStatus::Partial,
        Computed::NoData => ControlStatus::NoData,
        Computed::Pass => ControlStatus::Pass,
        Computed::Manual => ControlStatus::Manual,
        Computed::NotApplicable => ControlStatus::NotApplicable,
    }
}

fn attestations_of(frame: &Frame<'_, '_>, id: &str) -> Result<Vec<Attestation>> {
    let about = |attestation: &&crate::domain::attestation::Attestation| match &attestation.about {
        About::Control { control_id, .. } => control_id == id,
        About::Subject { .. } => false,
    };
    frame.attestations.iter().filter(about).map(|found| attestation(frame, found, id.to_owned())).collect()
}

fn not_applicable(frame: &Frame<'_, '_>, id: &str) -> Result<Option<NotApplicable>> {
    let Some(decision) = frame.not_applicable.get(id) else { return Ok(None) };
    let reason = decision.reason.clone().unwrap_or_default();
    Ok(Some(NotApplicable { reason, by: frame.name(decision.decided_by.as_deref())?, at: decision.recorded_at }))
}
