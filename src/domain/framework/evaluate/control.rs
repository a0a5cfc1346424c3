//! How a control stands, from the rows it rests on.

use super::plan::Plan;
use super::{Attested, ResultRow, Terms};
use crate::domain::framework::{Control, Framework};
use crate::domain::named::{exact_parse, named_enum};

named_enum! {
    /// How a control stands. The order is that of a report: worst first.
    pub enum ControlStatus {
        /// A required check fails for somebody.
        Fail = "fail",
        /// Nothing required fails, but the evidence is incomplete, excepted, about this appliance only, or a supporting check fails.
        Partial = "partial",
        /// Nothing can be said.
        NoData = "no_data",
        /// Every required check passes for all, and no supporting one fails.
        Pass = "pass",
        /// Without checks: evidence by hand.
        Manual = "manual",
        /// The organisation's statement of applicability leaves it out.
        NotApplicable = "not_applicable",
    }
}

exact_parse! { ControlStatus }

/// A control with its status and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlResult<'e> {
    /// The control.
    pub control: &'e Control,
    /// How it stands.
    pub status: ControlStatus,
    /// Rows of the checks that must pass.
    pub required: Vec<usize>,
    /// Rows of the checks that support.
    pub supporting: Vec<usize>,
    /// Every check that must pass is about this appliance: it marks itself, so that more than partial is never given.
    pub only_this_appliance: bool,
    /// Why it does not apply, if so.
    pub not_applicable: Option<&'e str>,
    /// Who vouches for it besides, if anybody; never changes a computed status.
    pub attested: Option<&'e Attested>,
}

pub(super) fn result<'e>(plan: &Plan, rows: &[ResultRow<'_>], framework: &'e Framework, terms: &Terms<'e>) -> ControlResult<'e> {
    let control = &framework.controls[plan.control];
    let not_applicable = terms.not_applicable.get(&control.id).map(String::as_str);
    let of = |positions: &[usize]| positions.iter().map(|position| &rows[*position]).collect::<Vec<_>>();
    let (required, supporting) = (of(&plan.required), of(&plan.supporting));
    let only_this_appliance = !required.is_empty() && required.iter().all(|row| !row.check.subject.enters_score());
    let status = match not_applicable {
        Some(_) => ControlStatus::NotApplicable,
        None => status(&required, &supporting, only_this_appliance),
    };
    ControlResult {
        control,
        status,
        required: plan.required.clone(),
        supporting: plan.supporting.clone(),
        only_this_appliance,
        not_applicable,
        attested: terms.attested.get(&control.id).filter(|_| not_applicable.is_none()),
    }
}

fn status(required: &[&ResultRow<'_>], supporting: &[&ResultRow<'_>], only_this_appliance: bool) -> ControlStatus {
    if required.iter().any(|row| row.counts.failed > 0) {
        return ControlStatus::Fail;
    }
    // Where checks only support, they are all the evidence there is.
    let evidence = if required.is_empty() { supporting } else { required };
    if !evidence.iter().any(|row| row.counts.passed + row.counts.failed + row.counts.excepted > 0) {
        return ControlStatus::NoData;
    }
    let all_pass = required.iter().all(|row| row.counts.passed > 0 && row.counts.excepted == 0 && row.counts.no_data == 0);
    let none_against = supporting.iter().all(|row| row.counts.failed == 0);
    if all_pass && none_against && !required.is_empty() && !only_this_appliance { ControlStatus::Pass } else { ControlStatus::Partial }
}
