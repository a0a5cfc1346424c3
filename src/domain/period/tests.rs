//! Period figures against cases computed by hand.

use chrono_tz::Tz;

use super::*;
use crate::domain::time::parse_date;
use CheckStatus::{Excepted, Fail, NoData, NotApplicable, Pass};

fn at(day: i64, hour: i64) -> Time {
    Time::parse("2026-01-01T00:00:00Z").unwrap().plus_days(day - 1).plus_seconds(hour * 3_600)
}

/// 1 to 10 January 2026 in UTC, long over.
fn period() -> Period {
    let day = |text| parse_date(text).unwrap();
    Period::new(day("2026-01-01"), day("2026-01-10"), Tz::UTC, at(100, 0)).unwrap()
}

/// Each status from its moment to the next one's; the last goes on.
fn intervals(steps: &[(CheckStatus, Time)]) -> Vec<Interval> {
    let ends = steps.iter().skip(1).map(|(_, since)| Some(*since)).chain([None]);
    steps.iter().zip(ends).map(|((status, since), until)| Interval { status: *status, since: *since, until }).collect()
}

fn microdays(days: f64) -> i64 {
    (days * MICRODAYS_PER_DAY as f64) as i64
}

#[test]
fn subject_days_are_shares_of_days_and_add_up_to_the_population() {
    let mut figures = PeriodFigures::new();
    // Four and a half days passed, two failed, the rest without data.
    figures.add(&period(), at(-30, 0), None, &intervals(&[(Pass, at(-20, 0)), (Fail, at(5, 12)), (NoData, at(7, 12))]));
    // Joined on the third, left at noon of the fifth; nothing is known before the fourth; after that it does not count.
    figures.add(&period(), at(3, 0), Some(at(5, 12)), &intervals(&[(Pass, at(4, 0))]));
    figures.add(&period(), at(9, 0), None, &intervals(&[(NotApplicable, at(9, 0))]));
    figures.add(&period(), at(10, 0), None, &intervals(&[(Excepted, at(10, 0))]));
    // Before and after the period.
    figures.add(&period(), at(-30, 0), Some(at(1, 0)), &intervals(&[(Fail, at(-30, 0))]));
    figures.add(&period(), at(11, 0), None, &intervals(&[(Fail, at(11, 0))]));
    let days = figures.days;
    assert_eq!(days.passed, microdays(4.5 + 1.5));
    assert_eq!((days.failed, days.excepted, days.not_applicable), (microdays(2.0), microdays(1.0), microdays(2.0)));
    assert_eq!(days.no_data, microdays(3.5 + 1.0));
    assert_eq!(days.population(), microdays(10.0 + 2.5 + 2.0 + 1.0));
    assert_eq!(figures.subjects, 4);
    assert_eq!(figures.passed_basis_points(), Some(4_444), "6 of 13.5");
}

#[test]
fn deviations_have_their_true_beginning_and_how_they_ended() {
    let mut figures = PeriodFigures::new();
    let steps = [
        (Fail, at(-4, 0)),
        (Pass, at(3, 0)),
        (Fail, at(5, 0)),
        (NoData, at(6, 0)),
        (Fail, at(8, 0)),
        (NotApplicable, at(9, 0)),
        (Fail, at(10, 0)),
    ];
    let found = figures.add(&period(), at(-30, 0), None, &intervals(&steps));
    let seen: Vec<_> = found.iter().map(|d| (d.from, d.until, d.ending, d.in_period)).collect();
    let expected = [
        (at(-4, 0), at(3, 0), Ending::Mended, microdays(2.0)),
        (at(5, 0), at(6, 0), Ending::NoData, microdays(1.0)),
        (at(8, 0), at(9, 0), Ending::NotApplicable, microdays(1.0)),
        (at(10, 0), at(11, 0), Ending::Open, microdays(1.0)),
    ];
    assert_eq!(seen, expected);
    assert_eq!((figures.deviations, figures.subjects_deviating, figures.open), (4, 1, 1));
    assert_eq!((figures.longest_seconds, figures.mean_seconds_to_mend()), (7 * DAY, Some(7 * DAY)));
    assert!(figures.holds(7) && !figures.holds(6));
}

#[test]
fn an_exception_makes_a_deviation_no_failure_only_where_it_holds_all_the_time() {
    let mut figures = PeriodFigures::new();
    let whole = figures.add(&period(), at(-30, 0), None, &intervals(&[(Fail, at(-5, 0)), (Excepted, at(1, 0)), (Pass, at(4, 0))]));
    assert_eq!((whole.len(), whole[0].excepted, whole[0].from), (1, true, at(-5, 0)));
    assert_eq!((figures.longest_seconds, figures.mean_seconds_to_mend()), (0, None));
    let half = figures.add(&period(), at(-30, 0), None, &intervals(&[(Excepted, at(2, 0)), (Fail, at(3, 0)), (Pass, at(4, 0))]));
    assert_eq!((half.len(), half[0].excepted, half[0].from, half[0].until), (1, false, at(2, 0), at(4, 0)));
    assert_eq!((figures.longest_seconds, figures.mean_seconds_to_mend()), (2 * DAY, Some(2 * DAY)));
}

#[test]
fn a_subject_that_leaves_takes_its_deviation_with_it_and_a_gap_ends_one_unmended() {
    let mut figures = PeriodFigures::new();
    let left = figures.add(&period(), at(2, 0), Some(at(6, 0)), &intervals(&[(Fail, at(3, 0))]));
    assert_eq!((left[0].until, left[0].ending), (at(6, 0), Ending::Left));
    let gap = [Interval { status: Fail, since: at(1, 0), until: Some(at(2, 0)) }, Interval { status: Pass, since: at(4, 0), until: None }];
    let found = figures.add(&period(), at(1, 0), None, &gap);
    assert_eq!((found.len(), found[0].ending, figures.days.no_data), (1, Ending::NoData, microdays(1.0 + 2.0)));
    let silent = [Interval { status: Fail, since: at(1, 0), until: Some(at(2, 0)) }];
    assert_eq!(figures.add(&period(), at(1, 0), None, &silent)[0].ending, Ending::NoData);
    let gone = figures.add(&period(), at(1, 0), Some(at(11, 0)), &intervals(&[(Fail, at(1, 0))]));
    assert_eq!(gone[0].ending, Ending::Left, "with the end of the period");
    assert_eq!(figures.mean_seconds_to_mend(), None);
}

#[test]
fn one_open_laptop_of_sixty_reads_as_that() {
    let mut figures = PeriodFigures::new();
    figures.add(&period(), at(-30, 0), None, &intervals(&[(Fail, at(6, 12))]));
    for _ in 0..59 {
        figures.add(&period(), at(-30, 0), None, &intervals(&[(Pass, at(-30, 0))]));
    }
    assert_eq!(figures.words(&period(), Some(14)).to_string(), "deviations: 1 of 60, oldest 4 days, target 14");
    assert_eq!(PeriodFigures::new().words(&period(), None).to_string(), "deviations: 0 of 0");
    assert_eq!(PeriodFigures::new().passed_basis_points(), None);
}

#[test]
fn what_was_recorded_late_counts_from_its_recording() {
    assert_eq!(counts_from(at(1, 0), at(4, 9)), at(4, 9));
    assert_eq!(counts_from(at(5, 0), at(4, 9)), at(5, 0));
    let mut figures = PeriodFigures::new();
    let review = Interval { status: Pass, since: counts_from(at(1, 0), at(6, 0)), until: None };
    figures.add(&period(), at(1, 0), None, &[review]);
    assert_eq!((figures.days.passed, figures.days.no_data), (microdays(5.0), microdays(5.0)));
}
