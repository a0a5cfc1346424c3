//! What a framework asks of which subjects: each distinct check, parameters and scope once, and which controls rest on it.

use super::{ResultRow, Terms};
use crate::domain::check::{Check, Subject};
use crate::domain::compliance::Counts;
use crate::domain::framework::{Control, Framework, SubjectScope};
use crate::domain::rule::{Params, Regions};
use crate::domain::settings::{ResolvedCheck, ResolvedChecks};

/// A check with its parameters: judged once per subject, whatever number of rows it is in.
#[derive(Debug)]
pub(super) struct Variant<'e> {
    pub(super) check: &'e Check,
    pub(super) params: Params,
}

/// A control with the rows it rests on; none where it does not apply.
#[derive(Debug)]
pub(super) struct Plan {
    /// Position in the framework's controls.
    pub(super) control: usize,
    pub(super) required: Vec<usize>,
    pub(super) supporting: Vec<usize>,
}

pub(super) fn make<'e>(
    framework: &'e Framework,
    checks: &'e ResolvedChecks<'e>,
    terms: &Terms<'_>,
) -> (Vec<Variant<'e>>, Vec<ResultRow<'e>>, Vec<Plan>) {
    let (mut variants, mut rows, mut plans) = (Vec::new(), Vec::new(), Vec::new());
    for (position, control) in framework.controls.iter().enumerate() {
        if !framework.is_chosen(&control.id, terms.categories) {
            continue;
        }
        let applies = !terms.not_applicable.contains_key(&control.id);
        let mut rows_of = |ids: &'e [String]| -> Vec<usize> {
            // A check that this catalogue does not have was refused when the file was read.
            let known = ids.iter().filter(|_| applies).filter_map(|id| checks.get(id));
            known.map(|resolved| row_of(framework, control, resolved, &checks.catalogue.regions, &mut variants, &mut rows)).collect()
        };
        let (required, supporting) = (rows_of(&control.checks), rows_of(&control.supporting));
        plans.push(Plan { control: position, required, supporting });
    }
    (variants, rows, plans)
}

/// The position of the row, made on first use.
fn row_of<'e>(
    framework: &Framework,
    control: &Control,
    resolved: &'e ResolvedCheck<'e>,
    regions: &Regions,
    variants: &mut Vec<Variant<'e>>,
    rows: &mut Vec<ResultRow<'e>>,
) -> usize {
    let check: &Check = &resolved.check;
    let params = demanded_params(framework, control, resolved, regions);
    let same = |variant: &Variant<'_>| variant.check.id == check.id && variant.params == params;
    let variant = variants.iter().position(same).unwrap_or_else(|| {
        variants.push(Variant { check, params: params.clone() });
        variants.len() - 1
    });
    let scope = for_subject(&control.scope, check.subject);
    rows.iter().position(|row| row.variant == variant && row.scope == scope).unwrap_or_else(|| {
        let (severity, state) = (resolved.severity, resolved.state);
        rows.push(ResultRow { check, params, scope, severity, state, counts: Counts::default(), variant });
        rows.len() - 1
    })
}

/// The parameters in force for a check of a control: the control's, else the framework's, else the organisation's, else the catalogue's. What the
/// organisation has set itself stands where it demands at least as much as control and framework do.
pub fn demanded_params(framework: &Framework, control: &Control, resolved: &ResolvedCheck<'_>, regions: &Regions) -> Params {
    let check: &Check = &resolved.check;
    let of_control = control.params.get(&check.id);
    let of_framework = framework.params.get(&check.id);
    let values = check.params.iter().map(|(name, param)| {
        let wanted = of_control.and_then(|params| params.get(name)).or_else(|| of_framework.and_then(|params| params.get(name)));
        let own = resolved.own_params.get(name);
        let value = match (wanted, own) {
            (Some(wanted), Some(own)) if param.strictness.is_at_least(own, wanted, regions) => own,
            (Some(wanted), _) => wanted,
            (None, own) => own.unwrap_or(&param.default),
        };
        (name.clone(), value.clone())
    });
    values.collect()
}

/// What a scope means for this kind of subject: services have no device type, accounts and tenant no tags either.
pub(super) fn for_subject(scope: &SubjectScope, subject: Subject) -> SubjectScope {
    match subject {
        Subject::Device => scope.clone(),
        Subject::Service => SubjectScope { tags_any: scope.tags_any.clone(), ..SubjectScope::default() },
        Subject::User | Subject::Tenant => SubjectScope::default(),
    }
}
