//! The exact moments of exceptions: their end by time, also after downtime, and reports from before their begin.

use serde_json::json;

use super::*;
use crate::store::due;

#[test]
fn it_ends_with_its_last_day_in_the_organisations_zone_at_that_very_second() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({"time_zone": "Europe/Berlin"}));
    let id = scene.unencrypted(T0).id;
    let exception = scene.except(seconds(10), for_device(&id)).unwrap();
    let end = days(11).plus_seconds(-3600);
    assert_eq!((exception.until, exception.until.to_string()), (end, "2026-01-20T23:00:00Z".to_owned()));
    for day in 1..=10 {
        scene.report(days(day), with("disk_encryption", json!(false)));
    }
    assert_eq!(scene.store.read_root(T0, due::next_due).unwrap().map(|next| next <= end), Some(true));
    scene.apply_due(end.plus_seconds(-1));
    assert_eq!(scene.status(&id, CHECK), CheckStatus::Excepted);
    scene.apply_due(end);
    assert_eq!((scene.status(&id, CHECK), scene.device(&id).compliance_status.as_str()), (CheckStatus::Fail, "non_compliant"));
    let second = end.seconds_since(T0);
    assert_eq!(
        scene.history_of(&id, Some(CHECK)),
        vec!["fail 0..10".to_owned(), format!("excepted 10..{second}"), format!("fail {second}.."),]
    );
}

#[test]
fn its_end_in_a_downtime_is_dated_rightly_and_logged_once() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    let exception = scene.except(seconds(10), for_device(&id)).unwrap();
    let later = days(13);
    scene.apply_due(later);
    scene.apply_due(later.plus_seconds(1));
    let end = days(11).seconds_since(T0);
    assert_eq!(scene.history_of(&id, Some(CHECK))[..3], ["fail 0..10".to_owned(), format!("excepted 10..{end}"), format!("fail {end}..")]);
    assert_eq!(scene.status_at(&id, CHECK, days(11).plus_seconds(-1)), Some(CheckStatus::Excepted));
    let logged = "SELECT actor_type || ' ' || created_at || ' ' || json_extract(metadata, '$.ended_at') FROM audit_log
                  WHERE event_name = 'exception_expired' AND resource_id = ?1";
    let entries = scene.store.read_root(T0, |root| Ok(root.test_texts(logged, &[&exception.id]))).unwrap();
    assert_eq!(entries, [format!("system {} 2026-01-21T00:00:00Z", later.0)]);
    let error = scene.revoke(later, &exception.id).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
}

#[test]
fn a_report_from_before_its_recording_is_not_spared_by_it() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.except(seconds(hours(2)), for_device(&id)).unwrap();
    // It was collected in the first hour and comes in the third.
    scene.report(seconds(hours(3)), collected(seconds(hours(1)), with("disk_encryption", json!(false))));
    let expected = [format!("pass 0..{}", hours(1)), format!("fail {}..{}", hours(1), hours(2)), format!("excepted {}..", hours(2))];
    assert_eq!(scene.history_of(&id, Some(CHECK)), expected);
}

#[test]
fn grace_goes_on_behind_an_exception_and_does_not_begin_anew() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({"checks": {CHECK: {"grace_days": 5}}}));
    let id = scene.unencrypted(T0).id;
    assert_eq!(scene.device(&id).compliance_status.as_str(), "needs_review");
    let exception = scene.except(days(1), for_device(&id)).unwrap();
    assert_eq!(scene.device(&id).compliance_status.as_str(), "compliant");
    scene.revoke(days(2), &exception.id).unwrap();
    assert_eq!((scene.device(&id).compliance_status.as_str(), scene.verdict(&id, CHECK).since), ("needs_review", T0));
    scene.apply_due(days(5));
    assert_eq!(scene.device(&id).compliance_status.as_str(), "non_compliant");
}

#[test]
fn two_exceptions_spare_until_the_later_ends() {
    let scene = Scene::new();
    let id = scene.unencrypted(T0).id;
    let first = scene.except(seconds(1), NewException { expires_on: parse_date("2026-01-11").unwrap(), ..for_device(&id) }).unwrap();
    let second = scene.except(seconds(2), NewException { expires_on: parse_date("2026-01-12").unwrap(), ..for_device(&id) }).unwrap();
    assert_eq!(scene.in_force(&id, seconds(3)), [second.id.clone(), first.id]);
    scene.apply_due(days(2));
    assert_eq!((scene.status(&id, CHECK), scene.in_force(&id, days(2))), (CheckStatus::Excepted, vec![second.id]));
    scene.apply_due(days(3));
    assert_eq!(scene.status(&id, CHECK), CheckStatus::Fail);
    assert_eq!(scene.history_of(&id, Some(CHECK)).len(), 3, "the change in between is none");
}

#[test]
fn a_late_report_fills_a_gap_as_spared_only_as_long_as_it_was() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.except(days(19), NewException { expires_on: parse_date("2026-01-29").unwrap(), ..for_device(&id) }).unwrap();
    // Silent from the 15th day on; it comes back on the 30th with a report of the 20th, whose last hour the exception no longer spares.
    scene.apply_due(days(29));
    let then = days(20).plus_seconds(-hours(1));
    scene.report(days(30), collected(then, with("disk_encryption", json!(false))));
    let late: Vec<String> = scene.history_of(&id, Some(CHECK)).into_iter().filter(|item| item.ends_with("late")).collect();
    assert_eq!(late, [format!("excepted {}..{} late", then.seconds_since(T0), days(20).seconds_since(T0))]);
}
