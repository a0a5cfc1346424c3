//! Exceptions: a failure that somebody approved for a time. It spares the subject's status, never the score.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::check::Subject;
use super::compliance::{CheckStatus, CheckVerdict};
use super::named::{exact_parse, named_enum};
use super::time::Time;

/// The longest exception: it ends at most so many days after the one on which it is recorded.
pub const EXCEPTION_DAYS_MAX: u64 = 365;

named_enum! {
    /// What an exception or attestation can be about.
    pub enum SubjectType {
        /// Devices.
        Device = "device",
        /// Services.
        Service = "service",
    }
}

named_enum! {
    /// How an exception stands.
    pub enum ExceptionState {
        /// In force.
        Active = "active",
        /// Its last day is over.
        Expired = "expired",
        /// Ended before its time.
        Revoked = "revoked",
    }
}

exact_parse! { SubjectType ExceptionState }

impl SubjectType {
    /// As checks name it.
    pub fn subject(self) -> Subject {
        match self {
            SubjectType::Device => Subject::Device,
            SubjectType::Service => Subject::Service,
        }
    }
}

/// What an exception holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExceptionScope {
    /// The one subject of this id.
    Subject(String),
    /// Whatever has this tag at the moment asked about.
    Tag(String),
}

/// An exception as it was recorded. But for its end nothing of it ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// `exc_…`
    pub id: String,
    /// What kind of thing it is about.
    pub subject_type: SubjectType,
    /// For which of them.
    pub scope: ExceptionScope,
    /// The check whose failure it spares.
    pub check_id: String,
    /// Why.
    pub reason: String,
    /// What is done instead.
    pub compensating_measure: Option<String>,
    /// The user who asked for it.
    pub requested_by: Option<String>,
    /// Id of the user or key that approved it; `None` for the appliance's operator.
    pub approved_by: Option<String>,
    /// One person asked for it and approved it.
    pub self_approved: bool,
    /// Its last day.
    pub expires_on: NaiveDate,
    /// From when it holds: when it was recorded.
    pub recorded_at: Time,
    /// From when it holds no more: the end of its last day, or when it was revoked.
    pub until: Time,
    /// When and by whom it was revoked.
    pub revoked: Option<(Time, Option<String>)>,
}

impl Exception {
    /// How it stands at `now`, by what is recorded by then.
    pub fn state(&self, now: Time) -> ExceptionState {
        match &self.revoked {
            Some((at, _)) if *at <= now => ExceptionState::Revoked,
            _ if self.until <= now => ExceptionState::Expired,
            _ => ExceptionState::Active,
        }
    }
}

/// The moment at which an exception of this last day ends, in the days of `zone`.
pub fn end_of(expires_on: NaiveDate, zone: Tz) -> Time {
    Time::start_of(expires_on.checked_add_days(Days::new(1)).unwrap_or(expires_on), zone)
}

/// When an exception holds for one subject: half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The check.
    pub check_id: String,
    /// From when on: when it was recorded, or, by a tag, when the subject got that if it was later.
    pub since: Time,
    /// Until when.
    pub until: Time,
}

/// Lays exceptions over the failures among `verdicts`, which are those of `at`. Gives the next moment at which one of the failures gets or
/// loses an exception by time alone; passes and gaps in what is known are never touched.
pub fn lay_over(verdicts: &mut [CheckVerdict<'_>], spans: &[Span], at: Time) -> Option<Time> {
    let mut next = None;
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.status == CheckStatus::Fail) {
        for span in spans.iter().filter(|span| span.check_id == verdict.check_id && span.since < span.until) {
            if (span.since..span.until).contains(&at) {
                verdict.status = CheckStatus::Excepted;
            }
            let change = if at < span.since { span.since } else { span.until };
            if change > at {
                next = super::earlier(next, Some(change));
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::time::parse_date;

    fn verdict(check_id: &str, status: CheckStatus) -> CheckVerdict<'_> {
        CheckVerdict { check_id, status, observed: Value::Null, reason: None }
    }

    fn span(since: i64, until: i64) -> Span {
        Span { check_id: "c".to_owned(), since: Time(since), until: Time(until) }
    }

    #[track_caller]
    fn laid(spans: &[Span], at: i64, status: CheckStatus, next: Option<i64>) {
        let mut verdicts = [verdict("c", CheckStatus::Fail)];
        assert_eq!(lay_over(&mut verdicts, spans, Time(at)), next.map(Time), "at {at}");
        assert_eq!(verdicts[0].status, status, "at {at}");
    }

    #[test]
    fn it_holds_from_its_begin_to_before_its_end_and_the_next_moment_is_named() {
        let one = [span(10, 20)];
        laid(&one, 9, CheckStatus::Fail, Some(10));
        laid(&one, 10, CheckStatus::Excepted, Some(20));
        laid(&one, 19, CheckStatus::Excepted, Some(20));
        laid(&one, 20, CheckStatus::Fail, None);
        laid(&[span(10, 20), span(15, 30)], 15, CheckStatus::Excepted, Some(20));
        laid(&[span(10, 20), span(15, 30)], 20, CheckStatus::Excepted, Some(30));
        // Revoked in the second in which it was recorded, or tagged after it had ended.
        laid(&[span(10, 10), span(12, 11)], 9, CheckStatus::Fail, None);
    }

    #[test]
    fn only_failures_of_the_same_check_are_spared() {
        for status in [CheckStatus::Pass, CheckStatus::NoData, CheckStatus::NotApplicable] {
            let mut verdicts = [verdict("c", status), verdict("d", CheckStatus::Fail)];
            assert_eq!(lay_over(&mut verdicts, &[span(10, 20)], Time(10)), None);
            assert_eq!([verdicts[0].status, verdicts[1].status], [status, CheckStatus::Fail]);
        }
    }

    #[test]
    fn the_last_day_is_whole_in_the_organisations_zone_also_when_clocks_change() {
        let end = |day: &str, zone: &str| end_of(parse_date(day).unwrap(), zone.parse().unwrap()).to_string();
        assert_eq!(end("2026-03-28", "Europe/Berlin"), "2026-03-28T23:00:00Z");
        assert_eq!(end("2026-03-29", "Europe/Berlin"), "2026-03-29T22:00:00Z");
        assert_eq!(end("2026-12-31", "UTC"), "2027-01-01T00:00:00Z");
    }
}
