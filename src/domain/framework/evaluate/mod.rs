//! One framework over a population, as of a moment. Subjects are fed one after another; of each only counts are kept.

mod control;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde_json::Value;

use super::{Coverage, Framework, SubjectScope, Uncovered};
use crate::domain::check::{Check, Severity, Subject};
use crate::domain::compliance::{CheckStatus, CheckVerdict, Counts, Score, ScoreRow, judge_check, judge_unseen, score};
use crate::domain::device::DeviceType;
use crate::domain::earlier;
use crate::domain::facts::Facts;
use crate::domain::rule::{Context, Params, Reason};
use crate::domain::settings::{CheckState, ResolvedChecks};
use crate::domain::time::Time;

pub use control::{ControlResult, ControlStatus};
pub use plan::demanded_params;
use plan::{Plan, Variant};

/// What the organisation says of a framework, and the moment asked about.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'e> {
    /// The moment; facts and exceptions are those of then.
    pub at: Time,
    /// Chosen categories besides those that are always in; unknown ones are passed over.
    pub categories: &'e [String],
    /// Controls that do not apply (statement of applicability), with the reason.
    pub not_applicable: &'e BTreeMap<String, String>,
    /// Attestations in force, by control.
    pub attested: &'e BTreeMap<String, Attested>,
    /// People who should have a device and have none: no data in every baseline check of devices whose scope takes an untagged laptop.
    pub people_without_device: u64,
}

/// Who vouches for a control by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// Who.
    pub by: String,
    /// When.
    pub on: NaiveDate,
}

/// An exception from a check, for the subject it is handed over with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExceptionTerm<'e> {
    /// From which check.
    pub check_id: &'e str,
    /// When it was recorded: it never began before.
    pub from: Time,
    /// The first moment at which it is over.
    pub until: Time,
}

impl ExceptionTerm<'_> {
    /// The first moment after the last day, `expires_on`, in `zone`.
    pub fn end_of(expires_on: NaiveDate, zone: Tz) -> Time {
        expires_on.checked_add_days(Days::new(1)).map_or(Time(i64::MAX), |day| Time::start_of(day, zone))
    }

    /// Whether it is in force at `at`.
    pub fn in_force(&self, at: Time) -> bool {
        self.from <= at && at < self.until
    }
}

/// An evaluation under way. Make one, [`add`](Evaluation::add) each subject of the population, [`finish`](Evaluation::finish).
#[derive(Debug)]
pub struct Evaluation<'e> {
    framework: &'e Framework,
    checks: &'e ResolvedChecks<'e>,
    terms: Terms<'e>,
    variants: Vec<Variant<'e>>,
    rows: Vec<ResultRow<'e>>,
    plans: Vec<Plan>,
    in_required_scope: bool,
}

/// One distinct result of a report: a check with its parameters over a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow<'e> {
    /// The check.
    pub check: &'e Check,
    /// Parameters in force: the control's, else the framework's, else the organisation's, else the catalogue's; the organisation's stand
    /// where they demand at least as much.
    pub params: Params,
    /// Which subjects; only what means something for the check's kind of subject.
    pub scope: SubjectScope,
    /// As graded by the settings.
    pub severity: Severity,
    /// What it counts for in the settings; one that is off is not in use: never judged, in no figure.
    pub state: CheckState,
    /// How the subjects stand.
    pub counts: Counts,
    variant: usize,
}

impl ResultRow<'_> {
    /// Judged at all.
    pub fn is_active(&self) -> bool {
        self.state != CheckState::Off
    }
}

/// How one subject stands in one row.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectOutcome {
    /// Position in [`Evaluated::rows`].
    pub row: usize,
    /// The status, exceptions laid over.
    pub status: CheckStatus,
    /// What was seen.
    pub observed: Value,
    /// Why nothing can be said.
    pub reason: Option<Reason>,
}

/// Counts of controls. Those of categories not chosen are in none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoverageFigures {
    /// With checks that answer them fully.
    pub full: u64,
    /// With checks that answer a part.
    pub partial: u64,
    /// Without checks.
    pub out_of_scope: u64,
    /// Marked as not applicable, with or without checks; in none of the others.
    pub not_applicable: u64,
    /// Share of controls with checks among those that apply, in percent, rounded down; `None` where the file does not list every control.
    pub percent: Option<u8>,
}

/// The figures of one framework.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated<'e> {
    /// Each distinct check, parameters and scope, in the order of first use.
    pub rows: Vec<ResultRow<'e>>,
    /// Controls with checks, in the order of the file.
    pub controls: Vec<ControlResult<'e>>,
    /// Controls without checks, in the order of the file.
    pub uncovered: Vec<UncoveredResult<'e>>,
    /// Score, completeness and counts over the rows of devices and services.
    pub score: Score,
    /// Sums over the rows of accounts and tenant: the block "this appliance".
    pub this_appliance: Counts,
    /// How much of the framework there are checks for.
    pub coverage: CoverageFigures,
    /// How many controls stand how, those without checks included.
    pub tally: BTreeMap<ControlStatus, u64>,
}

/// A control without checks.
#[derive(Debug, Clone, PartialEq)]
pub struct UncoveredResult<'e> {
    /// The control.
    pub control: &'e Uncovered,
    /// Manual, or not applicable.
    pub status: ControlStatus,
    /// Who vouches for it, if anybody.
    pub attested: Option<&'e Attested>,
}

/// How one check is judged: with what was seen or without.
type JudgeOne<'e> = fn(&'e Check, &Context<'_>) -> (CheckVerdict<'e>, Option<Time>);

/// A subject that is judged at a moment.
struct Judge<'e, 'j> {
    judge_one: JudgeOne<'e>,
    subject: Subject,
    facts: &'j Facts<'j>,
    exceptions: &'j [ExceptionTerm<'j>],
    at: Time,
}

impl<'e> Evaluation<'e> {
    /// Begins with an empty population.
    pub fn new(framework: &'e Framework, checks: &'e ResolvedChecks<'e>, terms: Terms<'e>) -> Evaluation<'e> {
        let (variants, rows, plans) = plan::make(framework, checks, &terms);
        Evaluation { framework, checks, terms, variants, rows, plans, in_required_scope: false }
    }

    /// Takes in one subject of the population of the moment, with its facts of then and its exceptions (in force or not); the answer says how
    /// it stands in each row that takes it. A subject outside the scope that the framework requires is in none.
    pub fn add(&mut self, subject: Subject, facts: &Facts<'_>, exceptions: &[ExceptionTerm<'_>]) -> Vec<SubjectOutcome> {
        let Some((outcomes, _)) = self.stand(subject, facts, exceptions, self.terms.at) else { return Vec::new() };
        self.in_required_scope |= subject.enters_score();
        for outcome in &outcomes {
            self.rows[outcome.row].counts.add(outcome.status);
        }
        outcomes
    }

    /// How a subject stands at `at`, a moment within the period, under the rules of this evaluation, and when time alone changes that next.
    /// Counted in nothing. `None` for a subject outside the scope that the framework requires.
    pub fn stand(
        &self,
        subject: Subject,
        facts: &Facts<'_>,
        exceptions: &[ExceptionTerm<'_>],
        at: Time,
    ) -> Option<(Vec<SubjectOutcome>, Option<Time>)> {
        self.judge_with(judge_check, subject, facts, exceptions, at)
    }

    /// As [`stand`](Evaluation::stand), without what was seen: for those who walk through many moments.
    pub fn stand_unseen(
        &self,
        subject: Subject,
        facts: &Facts<'_>,
        exceptions: &[ExceptionTerm<'_>],
        at: Time,
    ) -> Option<(Vec<SubjectOutcome>, Option<Time>)> {
        self.judge_with(judge_unseen, subject, facts, exceptions, at)
    }

    fn judge_with(
        &self,
        judge_one: JudgeOne<'e>,
        subject: Subject,
        facts: &Facts<'_>,
        exceptions: &[ExceptionTerm<'_>],
        at: Time,
    ) -> Option<(Vec<SubjectOutcome>, Option<Time>)> {
        let judge = Judge { judge_one, subject, facts, exceptions, at };
        if !subject.enters_score() {
            return Some(self.judge(&judge, |_| true));
        }
        let seen = Seen::of(facts, at, self.checks.zone);
        let required = self.framework.scope_required.as_ref();
        if required.is_some_and(|scope| !seen.is_in(&plan::for_subject(scope, subject))) {
            return None;
        }
        Some(self.judge(&judge, |scope| seen.is_in(scope)))
    }

    fn judge(&self, judge: &Judge<'e, '_>, takes: impl Fn(&SubjectScope) -> bool) -> (Vec<SubjectOutcome>, Option<Time>) {
        let Judge { judge_one, subject, facts, exceptions, at } = *judge;
        let (mut outcomes, mut changes_at) = (Vec::with_capacity(self.rows.len()), None);
        let mut verdicts: Vec<Option<CheckVerdict<'e>>> = vec![None; self.variants.len()];
        for (position, row) in self.rows.iter().enumerate() {
            if row.check.subject != subject || !row.is_active() || !takes(&row.scope) {
                continue;
            }
            let variant = &self.variants[row.variant];
            let verdict = verdicts[row.variant].get_or_insert_with(|| {
                let context = Context {
                    facts,
                    params: &variant.params,
                    regions: &self.checks.catalogue.regions,
                    at,
                    zone: self.checks.zone,
                    max_age_days: self.checks.max_age_days,
                };
                let (mut verdict, next) = judge_one(variant.check, &context);
                changes_at = earlier(changes_at, next);
                let excepted = |term: &ExceptionTerm<'_>| term.check_id == variant.check.id && term.in_force(at);
                if verdict.status == CheckStatus::Fail && exceptions.iter().any(excepted) {
                    verdict.status = CheckStatus::Excepted;
                }
                verdict
            });
            let (status, observed, reason) = (verdict.status, verdict.observed.clone(), verdict.reason);
            outcomes.push(SubjectOutcome { row: position, status, observed, reason });
        }
        (outcomes, changes_at)
    }

    /// The rows, with what was counted so far.
    pub fn rows(&self) -> &[ResultRow<'e>] {
        &self.rows
    }

    /// The figures.
    pub fn finish(mut self) -> Evaluated<'e> {
        if self.framework.scope_required.is_some() && !self.in_required_scope {
            // Without anything in the scope that the framework is about, nothing is evaluated, this appliance neither.
            self.rows.iter_mut().for_each(|row| row.counts = Counts::default());
        }
        self.count_people_without_device();
        let score_row = |row: &ResultRow<'_>| ScoreRow { subject: row.check.subject, severity: row.severity, counts: row.counts };
        let active = || self.rows.iter().filter(|row| row.is_active());
        let score = score(&self.checks.catalogue.weights, active().map(score_row));
        let mut this_appliance = Counts::default();
        active().filter(|row| !row.check.subject.enters_score()).for_each(|row| this_appliance.add_all(&row.counts));
        let controls: Vec<ControlResult<'e>> =
            self.plans.iter().map(|plan| control::result(plan, &self.rows, self.framework, &self.terms)).collect();
        let uncovered: Vec<UncoveredResult<'e>> = self.uncovered().collect();
        let mut tally = BTreeMap::new();
        for status in controls.iter().map(|control| control.status).chain(uncovered.iter().map(|control| control.status)) {
            *tally.entry(status).or_default() += 1;
        }
        let coverage = coverage(self.framework, &controls, &uncovered);
        Evaluated { rows: self.rows, controls, uncovered, score, this_appliance, coverage, tally }
    }

    fn count_people_without_device(&mut self) {
        let laptop = Seen { device_type: Some(DeviceType::Laptop), tags: &[] };
        let meant = self.framework.scope_required.as_ref().is_none_or(|scope| laptop.is_in(scope));
        let takes = |row: &&mut ResultRow<'_>| {
            row.check.subject == Subject::Device && row.state == CheckState::Baseline && laptop.is_in(&row.scope)
        };
        if meant {
            self.rows.iter_mut().filter(takes).for_each(|row| row.counts.no_data += self.terms.people_without_device);
        }
    }

    fn uncovered(&self) -> impl Iterator<Item = UncoveredResult<'e>> {
        let (framework, terms) = (self.framework, self.terms);
        let chosen = framework.out_of_scope.iter().filter(move |control| framework.is_chosen(&control.id, terms.categories));
        chosen.map(move |control| {
            let applies = !terms.not_applicable.contains_key(&control.id);
            let status = if applies { ControlStatus::Manual } else { ControlStatus::NotApplicable };
            UncoveredResult { control, status, attested: terms.attested.get(&control.id).filter(|_| applies) }
        })
    }
}

fn coverage(framework: &Framework, controls: &[ControlResult<'_>], uncovered: &[UncoveredResult<'_>]) -> CoverageFigures {
    let mut figures = CoverageFigures::default();
    for result in controls {
        match (result.status, result.control.coverage) {
            (ControlStatus::NotApplicable, _) => figures.not_applicable += 1,
            (_, Coverage::Full) => figures.full += 1,
            (_, Coverage::Partial) => figures.partial += 1,
        }
    }
    for result in uncovered {
        match result.status {
            ControlStatus::NotApplicable => figures.not_applicable += 1,
            _ => figures.out_of_scope += 1,
        }
    }
    let evidenced = figures.full + figures.partial;
    let percent = (100 * evidenced).checked_div(evidenced + figures.out_of_scope);
    // At most 100, for it is a share.
    figures.percent = percent.filter(|_| framework.complete).map(|percent| percent as u8);
    figures
}

/// What a scope looks at in a subject.
struct Seen<'f> {
    device_type: Option<DeviceType>,
    tags: &'f [Value],
}

impl<'f> Seen<'f> {
    fn of(facts: &'f Facts<'_>, at: Time, zone: Tz) -> Seen<'f> {
        let value = |name| facts.get(name, at, zone).fact.map(|fact| fact.value);
        Seen {
            device_type: value("device_type").and_then(Value::as_str).and_then(DeviceType::parse),
            tags: value("tags").and_then(Value::as_array).map_or(&[], Vec::as_slice),
        }
    }

    fn is_in(&self, scope: &SubjectScope) -> bool {
        let listed = |types: &[DeviceType]| self.device_type.is_some_and(|own| types.contains(&own));
        let tagged = || self.tags.iter().filter_map(Value::as_str).any(|tag| scope.tags_any.iter().any(|wanted| wanted == tag));
        (scope.device_type.is_empty() || listed(&scope.device_type))
            && !listed(&scope.device_type_not)
            && (scope.tags_any.is_empty() || tagged())
    }
}
