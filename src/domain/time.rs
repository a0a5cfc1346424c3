//! Moments and days: whole seconds in UTC, RFC 3339 with `Z`, and calendar days in a time zone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// A moment: Unix time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Later by `seconds` (earlier when negative); never overflows.
    pub fn plus_seconds(self, seconds: i64) -> Time {
        Time(self.0.saturating_add(seconds))
    }

    /// Later by `days` of 24 hours.
    pub fn plus_days(self, days: i64) -> Time {
        self.plus_seconds(days.saturating_mul(DAY))
    }

    /// Seconds from `earlier` to this moment.
    pub fn seconds_since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 with any offset; fractions of a second are cut off.
    pub fn parse(text: &str) -> Option<Time> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Time(moment.timestamp()))
    }

    /// The calendar day of this moment in `zone`.
    pub fn date_in(self, zone: Tz) -> NaiveDate {
        self.utc().with_timezone(&zone).date_naive()
    }

    /// The first moment of `date` in `zone`. Where a clock change skips midnight, the first moment that exists.
    pub fn start_of(date: NaiveDate, zone: Tz) -> Time {
        let midnight = date.and_hms_opt(0, 0, 0).unwrap_or_default();
        match zone.from_local_datetime(&midnight).earliest() {
            Some(moment) => Time(moment.timestamp()),
            // Midnight does not exist there that day: clocks jump at most an hour or two, so the day begins an hour later.
            None => {
                let later = midnight + chrono::TimeDelta::hours(1);
                zone.from_local_datetime(&later).earliest().map_or(Time(midnight.and_utc().timestamp()), |moment| Time(moment.timestamp()))
            }
        }
    }

    fn utc(self) -> DateTime<Utc> {
        // Outside chrono's 262,000 years there is nothing to show; the epoch is as good as any.
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// Reads `YYYY-MM-DD` and nothing else.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let well_formed =
        text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    if well_formed { NaiveDate::from_str(text).ok() } else { None }
}

/// For `#[serde(with = …)]`: a day that may be absent, as `YYYY-MM-DD`.
pub mod optional_day {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the day, or `null`.
    pub fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(serializer)
    }

    /// Reads a day, or `null`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        super::parse_date(&text).map(Some).ok_or_else(|| serde::de::Error::custom("not a day like 2026-01-04"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_utc_with_whole_seconds() {
        assert_eq!(Time::parse("2026-01-04T11:30:00.75+01:00").unwrap().to_string(), "2026-01-04T10:30:00Z");
        assert_eq!(Time::parse("2026-01-04"), None);
    }

    #[test]
    fn a_day_begins_at_its_first_moment_even_where_midnight_is_skipped() {
        let zone: Tz = "America/Santiago".parse().unwrap();
        let date = parse_date("2026-09-06").unwrap(); // clocks go from 00:00 to 01:00 there
        assert_eq!(Time::start_of(date, zone).to_string(), "2026-09-06T04:00:00Z");
        assert_eq!(Time::start_of(date, zone).date_in(zone), date);
    }

    #[test]
    fn dates_have_exactly_one_form() {
        assert!(parse_date("2026-01-04").is_some());
        for wrong in ["2026-1-4", "2026-02-30", "20260104", "2026-01-04T00:00:00Z", "+026-01-04"] {
            assert!(parse_date(wrong).is_none(), "{wrong}");
        }
    }
}
