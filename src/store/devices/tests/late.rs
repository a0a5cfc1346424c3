//! Reports that come late: to the second, and what they fill.

use serde_json::json;

use super::support::*;
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::DataType;

const FIREWALL: &str = "device.firewall_enabled";

#[test]
fn a_day_late_is_on_time_and_a_second_more_is_late() {
    for (late_by, history, flagged) in
        [(hours(24), ["pass 0..86400", "fail 86400.."], 0), (hours(24) + 1, ["pass 0..172801", "fail 172801.."], 1)]
    {
        let scene = Scene::new();
        let id = scene.report(T0, report()).id;
        scene.report(days(1).plus_seconds(late_by), collected(days(1), with("firewall_enabled", json!(false))));
        assert_eq!(scene.history_of(&id, Some(FIREWALL)), history);
        assert_eq!(scene.count("device_section WHERE late = 1"), flagged);
        // What was known meanwhile stays.
        assert_eq!(scene.status_at(&id, FIREWALL, days(1).plus_seconds(late_by - 1)), Some(CheckStatus::Pass));
    }
}

#[test]
fn a_late_report_fills_a_day_of_silence_and_holds_from_its_arrival() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let silent = hours(14 * 24) + 1;
    scene.report(days(20), collected(days(16), with("firewall_enabled", json!(false))));
    let (from, until, now) = (hours(16 * 24), hours(17 * 24), hours(20 * 24));
    let expected =
        [format!("pass 0..{silent}"), format!("no_data {silent}..{now}"), format!("fail {from}..{until} late"), format!("fail {now}..")];
    assert_eq!(scene.history_of(&id, Some(FIREWALL)), expected);
    // As it was known then nothing has changed.
    assert_eq!(scene.status_at(&id, FIREWALL, days(16).plus_seconds(60)), Some(CheckStatus::NoData));
    assert_eq!(scene.device_at(&id, days(16).plus_seconds(60)).unwrap().compliance_status, Status::Unknown);
    assert_eq!(scene.section_at(&id, DataType::Security, days(16).plus_seconds(60)).unwrap().since, T0);
    // The facts behind it are kept beside, and the present ones are as old as they are.
    assert_eq!(scene.count("device_section_past WHERE late = 1"), 1);
    let present = scene.section_at(&id, DataType::Security, days(20)).unwrap();
    assert_eq!((present.since, present.confirmed_until), (days(20), days(16)));
    scene.apply_due(days(31));
    assert_eq!(scene.verdict(&id, FIREWALL).since, days(30).plus_seconds(1));
}

#[test]
fn late_reports_of_one_gap_stand_side_by_side_in_whatever_order_they_come() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let scene = Scene::new();
        let id = scene.report(T0, report()).id;
        // 23 hours apart, so that each reaches into the next.
        let made = |number: i64| days(16).plus_seconds(hours(23 * number));
        for (place, number) in order.into_iter().enumerate() {
            let now = days(30).plus_seconds(i64::try_from(place).unwrap());
            scene.report(now, collected(made(number), with("firewall_enabled", json!(number != 1))));
        }
        let late: Vec<String> = scene.history_of(&id, Some(FIREWALL)).into_iter().filter(|item| item.ends_with("late")).collect();
        let bounds: Vec<(i64, i64)> = late
            .iter()
            .map(|item| {
                let (since, until) = item.split(' ').nth(1).unwrap().split_once("..").unwrap();
                (since.parse().unwrap(), until.parse().unwrap())
            })
            .collect();
        assert_eq!(bounds.len(), 3, "{late:?}");
        assert_eq!((bounds[0].0, bounds[2].1), (made(0).seconds_since(T0), made(2).seconds_since(T0) + hours(24)), "{late:?}");
        assert!(bounds.windows(2).all(|pair| pair[0].1 == pair[1].0), "{late:?}");
        // The same report again adds nothing.
        let rows = scene.count("verdict_past WHERE late = 1");
        scene.report(days(31), collected(made(1), with("firewall_enabled", json!(false))));
        assert_eq!(scene.count("verdict_past WHERE late = 1"), rows);
    }
}

#[test]
fn a_fill_ends_where_something_was_known_and_begins_nowhere_else() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.report(days(16), with("firewall_enabled", json!(false)));
    let ends = hours(16 * 24);
    // Two hours before something was known again; then in a time that was known; then before the device was.
    scene.report(days(18), collected(days(16).plus_seconds(-hours(2)), report()));
    scene.report(days(18), collected(days(3), with("firewall_enabled", json!(false))));
    scene.report(days(18), collected(days(-3), report()));
    let late: Vec<String> = scene.history_of(&id, Some(FIREWALL)).into_iter().filter(|item| item.ends_with("late")).collect();
    assert_eq!(late, [format!("pass {}..{ends} late", ends - hours(2))]);
    assert_eq!(scene.status(&id, FIREWALL), CheckStatus::Fail);
}

#[test]
fn a_late_report_shows_that_the_device_is_there() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.apply_due(days(20));
    assert_eq!(scene.device(&id).compliance_status, Status::Unknown);
    let device = scene.report(days(20), collected(days(18), report()));
    assert_eq!((device.last_seen, device.compliance_status, device.status_since), (Some(days(20)), Status::Compliant, days(20)));
}

#[test]
fn a_device_whose_first_report_comes_late_begins_when_it_comes() {
    let scene = Scene::new();
    let device = scene.report(days(10), collected(T0, report()));
    assert_eq!((device.first_seen, device.created_at, device.status_since), (days(10), days(10), days(10)));
    assert_eq!(scene.history_of(&device.id, Some(FIREWALL)), [format!("pass {}..", hours(240))]);
    // Its facts go stale by the time at which they were read.
    scene.apply_due(days(14).plus_seconds(1));
    assert_eq!(scene.status(&device.id, FIREWALL), CheckStatus::NoData);
}
