//! From facts to verdicts, from verdicts to a subject's status, from counts to the score.
//!
//! Each answer comes with the moment when time alone changes it next, so that the store can apply what falls due exactly then.

mod score;
mod status;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::check::{Check, Subject};
use super::earlier;
use super::facts::Facts;
use super::named::{exact_parse, named_enum};
use super::rule::{Context, Reason, Rule, Truth, observed};
use super::settings::{CheckState, ResolvedChecks};
use super::time::Time;

pub use score::{Counts, MIN_COMPLETENESS_PERCENT, Score, ScoreRow, Tally, baseline_score, score};
pub use status::{CheckStanding, Status, StatusInputs, StatusOutcome, grace_until, subject_status};

named_enum! {
    /// How a check stands for a subject.
    pub enum CheckStatus {
        /// It holds.
        Pass = "pass",
        /// It does not hold.
        Fail = "fail",
        /// It does not hold, and an exception is in force. Never judged from facts: exceptions are laid over a failure afterwards.
        Excepted = "excepted",
        /// Nothing can be said.
        NoData = "no_data",
        /// The check is not for this subject.
        NotApplicable = "not_applicable",
    }
}

exact_parse! { CheckStatus }

/// The verdict of one check.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckVerdict<'c> {
    /// The check.
    pub check_id: &'c str,
    /// Pass, fail, no data or not applicable.
    pub status: CheckStatus,
    /// What was seen, see [`observed`]; `null` where nothing was or the check is not applicable.
    pub observed: Value,
    /// Why nothing can be said; also with a failure for want of a fact.
    pub reason: Option<Reason>,
}

/// The verdicts of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement<'c> {
    /// Of every check that is not off, in the order of the catalogue.
    pub verdicts: Vec<CheckVerdict<'c>>,
    /// The earliest later moment at which time alone could change a verdict; before that all of them stand.
    pub changes_at: Option<Time>,
}

/// Judges a subject by its facts as they are at `at`.
pub fn judge<'r>(checks: &'r ResolvedChecks<'_>, subject: Subject, facts: &Facts<'_>, at: Time) -> Judgement<'r> {
    let mut judgement = Judgement { verdicts: Vec::with_capacity(checks.catalogue.checks().len()), changes_at: None };
    for resolved in checks.iter().filter(|resolved| resolved.check.subject == subject && resolved.state != CheckState::Off) {
        let context = Context {
            facts,
            params: &resolved.params,
            regions: &checks.catalogue.regions,
            at,
            zone: checks.zone,
            max_age_days: checks.max_age_days,
        };
        let (verdict, changes_at) = judge_check(&resolved.check, &context);
        judgement.verdicts.push(verdict);
        judgement.changes_at = earlier(judgement.changes_at, changes_at);
    }
    judgement
}

/// Judges one check with the parameters of `context`, and says until when the verdict stands.
pub fn judge_check<'c>(check: &'c Check, context: &Context<'_>) -> (CheckVerdict<'c>, Option<Time>) {
    let (verdict, until) = judge_unseen(check, context);
    let observed = if verdict.status == CheckStatus::NotApplicable { Value::Null } else { observed(&check.rule, context) };
    (CheckVerdict { observed, ..verdict }, until)
}

/// As [`judge_check`], without what was seen: for those who walk through many moments and ask for the status alone.
pub fn judge_unseen<'c>(check: &'c Check, context: &Context<'_>) -> (CheckVerdict<'c>, Option<Time>) {
    let verdict = |status, reason| CheckVerdict { check_id: &check.id, status, observed: Value::Null, reason };
    let applies = check.applies.as_ref().map(|applies: &Rule| applies.evaluate(context));
    let applies_until = applies.and_then(|outcome| outcome.changes_at);
    if applies.is_some_and(|outcome| outcome.truth != Truth::True) {
        return (verdict(CheckStatus::NotApplicable, None), applies_until);
    }
    let outcome = check.rule.evaluate(context);
    let (status, reason) = match outcome.truth {
        Truth::True => (CheckStatus::Pass, None),
        Truth::False => (CheckStatus::Fail, None),
        // Only what was never there is missing; stale, malformed or post-dated facts are no data in every check.
        Truth::Unknown(Reason::Absent) if check.on_missing_fail => (CheckStatus::Fail, Some(Reason::Absent)),
        Truth::Unknown(reason) => (CheckStatus::NoData, Some(reason)),
    };
    (verdict(status, reason), earlier(applies_until, outcome.changes_at))
}
