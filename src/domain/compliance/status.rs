//! A subject's status from how its checks stand: the first that holds of non-compliant, unknown, needs review, compliant.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::CheckStatus;
use crate::domain::check::Subject;
use crate::domain::earlier;
use crate::domain::named::{exact_parse, named_enum};
use crate::domain::settings::{CheckState, ResolvedCheck, ResolvedChecks};
use crate::domain::time::Time;

named_enum! {
    /// How a device or service stands.
    pub enum Status {
        /// A serious check fails and its grace is over.
        NonCompliant = "non_compliant",
        /// Silent, or a key check has no data.
        Unknown = "unknown",
        /// A failure in grace, a minor failure, or a review due soon.
        NeedsReview = "needs_review",
        /// None of these.
        Compliant = "compliant",
    }
}

exact_parse! { Status }

/// How one check stands for the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckStanding<'s> {
    /// The check.
    pub check_id: &'s str,
    /// Its status, exceptions laid over.
    pub status: CheckStatus,
    /// Since when it has that status.
    pub since: Time,
}

/// What a status is made from.
#[derive(Debug, Clone, Copy)]
pub struct StatusInputs<'s> {
    /// Device or service.
    pub subject: Subject,
    /// Every check that is judged for it; checks that are advice or off are passed over here.
    pub checks: &'s [CheckStanding<'s>],
    /// When a device last reported; `None` if never. Of no meaning for a service.
    pub last_seen: Option<Time>,
    /// When a service's review is due.
    pub review_due_on: Option<NaiveDate>,
}

/// A status and how long it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusOutcome {
    /// The status at the moment asked about.
    pub status: Status,
    /// The earliest later moment at which time alone could change it while the checks stand as they are.
    pub changes_at: Option<Time>,
}

/// The status of a device or service at `at`.
pub fn subject_status(checks: &ResolvedChecks<'_>, inputs: &StatusInputs<'_>, at: Time) -> StatusOutcome {
    let mut moments = Moments { at, next: None };
    let (mut overdue, mut no_key_data, mut failing, mut review_due) = (false, false, false, false);
    for standing in inputs.checks {
        let Some(resolved) = checks.get(standing.check_id).filter(|resolved| resolved.state == CheckState::Baseline) else { continue };
        match standing.status {
            CheckStatus::Fail => {
                failing = true;
                if resolved.severity.is_serious() {
                    overdue |= moments.reached(grace_until(resolved, standing.since, inputs.review_due_on, checks.zone));
                }
            }
            CheckStatus::NoData => no_key_data |= resolved.check.key,
            CheckStatus::Pass if resolved.check.grace_from_due_date => {
                let due_soon = inputs.review_due_on.and_then(|due| due.checked_sub_days(Days::new(checks.review_due_soon_days)));
                review_due |= due_soon.is_some_and(|day| moments.reached(Time::start_of(day, checks.zone)));
            }
            CheckStatus::Pass | CheckStatus::Excepted | CheckStatus::NotApplicable => {}
        }
    }
    let silent = match (inputs.subject, inputs.last_seen) {
        (Subject::Device, Some(last_seen)) => moments.reached(last_seen.plus_days(checks.silent_after_days).plus_seconds(1)),
        (Subject::Device, None) => true,
        _ => false,
    };
    let status = if overdue {
        Status::NonCompliant
    } else if silent || no_key_data {
        Status::Unknown
    } else if failing || review_due {
        Status::NeedsReview
    } else {
        Status::Compliant
    };
    StatusOutcome { status, changes_at: moments.next }
}

/// The first moment at which a failure of the check that began at `since` counts as non-compliant. Without grace that is `since` itself;
/// an overdue review has its grace from the end of the due date, however late it was recorded.
pub fn grace_until(check: &ResolvedCheck<'_>, since: Time, review_due_on: Option<NaiveDate>, zone: Tz) -> Time {
    let grace = u64::try_from(check.grace_days).unwrap_or_default();
    let day_after_grace =
        review_due_on.filter(|_| check.check.grace_from_due_date).and_then(|due| due.checked_add_days(Days::new(grace + 1)));
    match day_after_grace {
        Some(day) => Time::start_of(day, zone),
        None => since.plus_days(check.grace_days),
    }
}

/// Collects the next of the moments that have not come yet.
struct Moments {
    at: Time,
    next: Option<Time>,
}

impl Moments {
    fn reached(&mut self, moment: Time) -> bool {
        if self.at >= moment {
            return true;
        }
        self.next = earlier(self.next, Some(moment));
        false
    }
}
