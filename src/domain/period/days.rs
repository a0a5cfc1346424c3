//! A range of calendar days in a zone, and how much of how many days lies between two moments of it.
//!
//! A subject-day is a calendar day of the organisation. Two days a year have 23 or 25 hours there; each still is one day, so that a share of a
//! day is a share of *its* length. Shares are whole millionths, taken as differences of positions: parts always add up to the whole.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::domain::time::Time;

/// A day in its parts: figures are whole numbers of them.
pub const MICRODAYS_PER_DAY: i64 = 1_000_000;

/// A stated range of days as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it: the end of the last day, or the moment asked at if that day is not over.
    pub until: Time,
    /// It has not ended, so that its figures may still change.
    pub preliminary: bool,
    /// The first moment of each day, and of the day after the last.
    starts: Vec<Time>,
}

impl Period {
    /// The days `first` to `last`, both included, in `zone`, seen at `now`. `None` if `last` is before `first` or nothing of it has come yet.
    pub fn new(first: NaiveDate, last: NaiveDate, zone: Tz, now: Time) -> Option<Period> {
        let after = last.checked_add_days(Days::new(1))?;
        let from = Time::start_of(first, zone);
        if last < first || now <= from {
            return None;
        }
        let mut starts: Vec<Time> = first.iter_days().take_while(|day| *day < after).map(|day| Time::start_of(day, zone)).collect();
        let end = Time::start_of(after, zone);
        starts.push(end);
        Some(Period { from, until: end.min(now), preliminary: now < end, starts })
    }

    /// Microdays from the beginning of the period to `moment`; moments outside count as its nearest end.
    pub fn position(&self, moment: Time) -> i64 {
        let moment = moment.clamp(self.from, self.until);
        // The first day begins at `from`, so that there is always one that has begun.
        let day = self.starts.partition_point(|start| *start <= moment).saturating_sub(1);
        let Some(next) = self.starts.get(day + 1) else { return day as i64 * MICRODAYS_PER_DAY };
        let (passed, length) = (moment.seconds_since(self.starts[day]), next.seconds_since(self.starts[day]));
        // A day skipped whole by its zone (Samoa 2011) has no length.
        day as i64 * MICRODAYS_PER_DAY + (passed * MICRODAYS_PER_DAY).checked_div(length).unwrap_or_default()
    }

    /// Microdays between two moments, as far as they are in the period.
    pub fn between(&self, from: Time, until: Time) -> i64 {
        (self.position(until) - self.position(from)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn a_day_is_a_day_however_many_hours_it_has() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let period = Period::new(day("2026-03-28"), day("2026-03-30"), berlin, at("2027-01-01T00:00:00Z")).unwrap();
        assert_eq!((period.from, period.until), (at("2026-03-27T23:00:00Z"), at("2026-03-30T22:00:00Z")));
        assert_eq!(period.between(period.from, period.until), 3 * MICRODAYS_PER_DAY);
        // 29 March has 23 hours: from 23:00 UTC, one hour is a 23rd of it.
        assert_eq!(period.position(at("2026-03-29T00:00:00Z")), MICRODAYS_PER_DAY + MICRODAYS_PER_DAY / 23);
        let october = Period::new(day("2026-10-25"), day("2026-10-25"), berlin, at("2027-01-01T00:00:00Z")).unwrap();
        assert_eq!(october.until.seconds_since(october.from), 25 * 3_600);
        assert_eq!(october.position(at("2026-10-25T10:30:00Z")), MICRODAYS_PER_DAY / 2);
    }

    #[test]
    fn a_range_that_has_not_ended_is_preliminary_and_ends_now() {
        let seen = |now: &str| Period::new(day("2026-01-01"), day("2026-01-10"), Tz::UTC, at(now));
        let half = seen("2026-01-05T12:00:00Z").unwrap();
        assert_eq!((half.preliminary, half.position(Time(i64::MAX))), (true, 4_500_000));
        assert!(!seen("2026-01-11T00:00:00Z").unwrap().preliminary);
        assert!(seen("2026-01-10T23:59:59Z").unwrap().preliminary);
        assert_eq!(seen("2026-01-01T00:00:00Z"), None);
        assert_eq!(Period::new(day("2026-01-02"), day("2026-01-01"), Tz::UTC, at("2027-01-01T00:00:00Z")), None);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let period = Period::new(day("2026-01-01"), day("2026-12-31"), berlin, at("2027-06-01T00:00:00Z")).unwrap();
        let mut sum = 0;
        let mut moment = period.from;
        while moment < period.until {
            let next = moment.plus_seconds(7_919);
            sum += period.between(moment, next);
            moment = next;
        }
        assert_eq!(sum, 365 * MICRODAYS_PER_DAY);
    }
}
