//! Operating systems and how their versions move: invented dates in the makers' real rhythm.

use chrono::{Datelike, Months, NaiveDate, Weekday};
use chrono_tz::Tz;

use crate::domain::device::OsType;
use crate::domain::time::{DAY, Time};

/// Days since 1970 of 2025-09-15; versions count from here.
pub(super) const EPOCH_DAY: i64 = 20_346;

/// What runs on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Macos26,
    Macos15,
    /// Without fixes since September 2025.
    Macos13,
    /// 25H2, and 24H2 before the machine took the feature update.
    Windows11,
    /// 22H2: without fixes since October 2025.
    Windows10,
    Ubuntu,
    Debian13,
    Debian12,
    Fedora,
}

impl System {
    pub(super) fn os_type(self) -> OsType {
        match self {
            System::Macos26 | System::Macos15 | System::Macos13 => OsType::Macos,
            System::Windows11 | System::Windows10 => OsType::Windows,
            System::Ubuntu | System::Debian13 | System::Debian12 | System::Fedora => OsType::Linux,
        }
    }

    /// On Linux the ID of `/etc/os-release`.
    pub(super) fn distribution(self) -> Option<&'static str> {
        match self {
            System::Ubuntu => Some("ubuntu"),
            System::Debian13 | System::Debian12 => Some("debian"),
            System::Fedora => Some("fedora"),
            _ => None,
        }
    }

    /// On Windows the EditionID.
    pub(super) fn edition(self) -> Option<&'static str> {
        (self.os_type() == OsType::Windows).then_some("Professional")
    }

    /// The version of a machine that was last patched on `day`; `upgraded` is whether it took the last feature update.
    pub(super) fn version(self, day: i64, upgraded: bool) -> String {
        let days = (day - EPOCH_DAY).max(0);
        match self {
            // Seven feature releases a year, then fixes only.
            System::Macos26 if days < 7 * 48 => format!("26.{}", days / 48),
            System::Macos26 => format!("26.6.{}", (days - 7 * 48) / 40 + 1),
            System::Macos15 => format!("15.7.{}", days / 45 + 1),
            System::Macos13 => "13.7.8".to_owned(),
            System::Windows11 => format!("10.0.{}.{}", if upgraded { 26_200 } else { 26_100 }, revision(day)),
            System::Windows10 => "10.0.19045.6456".to_owned(),
            System::Ubuntu => "24.04".to_owned(),
            System::Debian13 => format!("13.{}", days / 63 + 1),
            System::Debian12 => format!("12.{}", (days / 63 + 12).min(14)),
            System::Fedora => if upgraded { "44" } else { "43" }.to_owned(),
        }
    }

    /// The kernel, where the system reports one.
    pub(super) fn kernel(self, day: i64) -> Option<String> {
        let weeks = (day - EPOCH_DAY).max(0) / 7;
        match self {
            System::Ubuntu => Some(format!("6.14.0-{}-generic", 29 + weeks / 3)),
            System::Debian13 => Some(format!("6.12.{}+deb13-amd64", 41 + weeks / 2)),
            System::Debian12 => Some(format!("6.1.0-{}-amd64", 39 + weeks / 5)),
            System::Fedora => Some(format!("6.{}.{}-200.fc44.x86_64", 17 + weeks / 10, weeks % 10 + 1)),
            _ => None,
        }
    }

    /// Whether the maker still brings out updates.
    pub(super) fn is_maintained(self) -> bool {
        !matches!(self, System::Macos13 | System::Windows10)
    }
}

/// The build revision of the last monthly update of Windows up to `day`: it comes on the second Tuesday.
fn revision(day: i64) -> i64 {
    let date = date(day);
    let of_month = |date: NaiveDate| NaiveDate::from_weekday_of_month_opt(date.year(), date.month(), Weekday::Tue, 2);
    let latest = match of_month(date) {
        Some(tuesday) if tuesday <= date => date,
        _ => date.checked_sub_months(Months::new(1)).unwrap_or(date),
    };
    let months = (i64::from(latest.year()) - 2025) * 12 + i64::from(latest.month0()) - 8;
    6_584 + months.max(0) * 272 + months.max(0) * 37 % 61
}

/// The calendar day.
pub(super) fn date(day: i64) -> NaiveDate {
    Time(day * DAY).date_in(Tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> i64 {
        Time::start_of(parse_date(text).unwrap(), Tz::UTC).0 / DAY
    }

    #[test]
    fn versions_only_rise_and_windows_moves_on_the_second_tuesday() {
        assert_eq!(day("2025-09-15"), EPOCH_DAY);
        let version = |text: &str| System::Windows11.version(day(text), true);
        assert_eq!(version("2026-10-14"), version("2026-11-09"));
        assert_ne!(version("2026-11-09"), version("2026-11-10"), "the update of November");
        assert!(version("2027-01-11").starts_with("10.0.26200.") && version("2027-01-11") < version("2027-01-12"));
        for system in [System::Macos26, System::Macos15, System::Debian13, System::Windows11] {
            let numbers = |day| system.version(day, true).split('.').map(|part| part.parse::<i64>().unwrap()).collect::<Vec<_>>();
            assert!((EPOCH_DAY..EPOCH_DAY + 900).all(|day| numbers(day) <= numbers(day + 1)), "{system:?}");
        }
    }
}
