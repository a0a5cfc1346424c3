//! Generated histories of one check: subjects that come and go, intervals with and without gaps, at whole hours, across both odd days of a year.

use recoger::domain::compliance::CheckStatus;
use recoger::domain::period::{Deviation, Ending, Interval, MICRODAYS_PER_DAY, Period, PeriodFigures};
use recoger::domain::time::{DAY, Time, parse_date};
use serde_json::{Value, json};

use super::dice::Dice;

const HOUR: i64 = 3_600;

pub fn case(seed: u64) -> Value {
    let mut dice = Dice(seed);
    let first = parse_date(dice.pick(&["2026-03-20", "2026-10-20", "2026-06-01"])).unwrap();
    let last = first + chrono::Days::new(dice.up_to(20));
    let begin = Time::start_of(first, chrono_tz::UTC);
    let hours = (last - first).num_days() * 24 + 24;
    let at = begin.plus_seconds(dice.between(12, 2 * hours) * HOUR);
    let subjects: Vec<Value> = (0..dice.up_to(12)).map(|_| subject(&mut dice, begin, hours)).collect();
    json!({ "seed": seed, "zone": dice.pick(&["UTC", "Europe/Berlin"]), "first": first.to_string(), "last": last.to_string(), "at": at.0, "subjects": subjects })
}

fn subject(dice: &mut Dice, begin: Time, hours: i64) -> Value {
    let from = begin.plus_seconds(dice.between(-300, hours) * HOUR);
    let until = dice.percent(40).then(|| from.plus_seconds(dice.between(1, 600) * HOUR).0);
    let mut intervals = Vec::new();
    // Some begin before the subject came, some last beyond its leaving.
    let mut since = from.plus_seconds(dice.between(-20, 20) * HOUR);
    for _ in 0..dice.up_to(12) {
        if dice.percent(20) {
            since = since.plus_seconds(dice.between(1, 40) * HOUR);
        }
        let ends = since.plus_seconds(dice.between(1, 90) * HOUR);
        intervals.push(json!([dice.pick(&["P", "P", "F", "F", "F", "E", "N", "A"]), since.0, ends.0]));
        since = ends;
    }
    if let Some(last) = intervals.last_mut().filter(|_| dice.percent(60)) {
        last[2] = Value::Null;
    }
    json!({ "from": from.0, "until": until, "intervals": intervals })
}

/// Everything must be equal, but for microdays: those of the engine are cut off at each end of an interval.
pub fn compare(case: &Value, second: &Value) {
    let seed = &case["seed"];
    let day = |key: &str| parse_date(case[key].as_str().unwrap()).unwrap();
    let now = Time(case["at"].as_i64().unwrap());
    let period = Period::new(day("first"), day("last"), case["zone"].as_str().unwrap().parse().unwrap(), now).unwrap();
    let mut figures = PeriodFigures::new();
    let (mut found, mut cuts) = (Vec::new(), 0);
    for subject in case["subjects"].as_array().unwrap() {
        let intervals: Vec<Interval> = subject["intervals"].as_array().unwrap().iter().map(interval).collect();
        let (from, until) = (Time(subject["from"].as_i64().unwrap()), subject["until"].as_i64().map(Time));
        cuts += 2 + 2 * intervals.len() as i64;
        found.extend(figures.add(&period, from, until, &intervals));
    }
    let days = figures.days;
    for (kind, ours) in [("P", days.passed), ("F", days.failed), ("E", days.excepted), ("N", days.no_data), ("A", days.not_applicable)] {
        let share: Vec<i64> = serde_json::from_value(second["microdays"][kind].clone()).unwrap();
        assert_eq!(share[1], DAY);
        assert!((ours - share[0] / share[1]).abs() <= cuts, "seed {seed}, {kind}: {ours} beside {}", share[0] / share[1]);
        assert!(cuts < MICRODAYS_PER_DAY / 1_000, "a tolerance that hides an hour proves nothing");
    }
    let mut deviations: Vec<Value> = found.iter().map(in_their_form).collect();
    deviations.sort_by_key(|deviation| (deviation[0].as_i64(), deviation[1].as_i64(), deviation[2].to_string(), deviation[3].as_bool()));
    let ours = json!({
        "subjects": figures.subjects, "subjects_deviating": figures.subjects_deviating, "preliminary": period.preliminary, "deviations": deviations,
        "longest": figures.longest_seconds, "mean_to_mend": figures.mean_seconds_to_mend(), "open": figures.open,
        "oldest_open": figures.oldest_open.map(|time| time.0),
    });
    for (part, ours) in ours.as_object().unwrap() {
        assert_eq!(ours, &second[part], "seed {seed}, {part}");
    }
}

fn interval(value: &Value) -> Interval {
    let status = match value[0].as_str().unwrap() {
        "P" => CheckStatus::Pass,
        "F" => CheckStatus::Fail,
        "E" => CheckStatus::Excepted,
        "N" => CheckStatus::NoData,
        _ => CheckStatus::NotApplicable,
    };
    Interval { status, since: Time(value[1].as_i64().unwrap()), until: value[2].as_i64().map(Time) }
}

fn in_their_form(deviation: &Deviation) -> Value {
    let ending = match deviation.ending {
        Ending::Mended => "mended",
        Ending::NoData => "no_data",
        Ending::NotApplicable => "not_applicable",
        Ending::Left => "left",
        Ending::Open => "open",
    };
    json!([deviation.from.0, deviation.until.0, ending, deviation.excepted])
}
