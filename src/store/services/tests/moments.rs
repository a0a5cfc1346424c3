//! What time alone changes: a review that comes due, to the second, in the organisation's zone, also after downtime.

use serde_json::json;

use super::*;

/// The history of the status as `status moment`, where a status holds until the next.
fn turns(scene: &Scene, id: &str) -> Vec<String> {
    let mut items = scene.read(T0, |tx| crate::store::devices::history(tx, id, Time(0), Time(i64::MAX), 0, 1_000)).0;
    items.retain(|item| item.check_id.is_none());
    items.iter().rev().map(|item| format!("{} {}", item.status, item.since)).collect()
}

const EXPECTED: [&str; 3] = [
    "compliant 2026-01-10T00:00:00Z",
    "needs_review 2026-05-17T22:00:00Z",  // 14 days before the day on which it is due
    "non_compliant 2026-07-01T22:00:00Z", // after 30 days past it
];

fn reviewed(scene: &Scene) -> String {
    scene.change_settings(days(-1), json!({"time_zone": "Europe/Berlin"}));
    let id = scene.service(T0, "GitHub", good(scene)).id;
    scene.review(T0, &id, "2026-01-10", Some("2026-06-01")).unwrap();
    id
}

#[test]
fn a_review_comes_due_at_the_midnights_of_the_organisation() {
    let scene = Scene::new();
    let id = reviewed(&scene);
    let check = |moment: &str, status: &str, current: CheckStatus| {
        let moment = Time::parse(moment).unwrap();
        scene.apply_due(moment);
        assert_eq!((scene.stored_service(&id).status.as_str(), scene.status(&id, "service.review_current")), (status, current), "{moment}");
    };
    check("2026-05-17T21:59:59Z", "compliant", CheckStatus::Pass);
    check("2026-05-17T22:00:00Z", "needs_review", CheckStatus::Pass);
    check("2026-06-01T21:59:59Z", "needs_review", CheckStatus::Pass);
    check("2026-06-01T22:00:00Z", "needs_review", CheckStatus::Fail);
    check("2026-07-01T21:59:59Z", "needs_review", CheckStatus::Fail);
    check("2026-07-01T22:00:00Z", "non_compliant", CheckStatus::Fail);
    assert_eq!(turns(&scene, &id), EXPECTED);
}

#[test]
fn after_downtime_each_change_has_its_own_moment() {
    let scene = Scene::new();
    let id = reviewed(&scene);
    scene.apply_due(Time::parse("2026-12-01T00:00:00Z").unwrap());
    assert_eq!(turns(&scene, &id), EXPECTED);
    let at = Time::parse("2026-06-15T00:00:00Z").unwrap();
    assert_eq!(scene.service_at(&id, at).unwrap().status.as_str(), "needs_review");
    assert_eq!(scene.status_at(&id, "service.review_current", at), Some(CheckStatus::Fail));
}

#[test]
fn what_was_due_before_a_change_still_concerns_the_service_as_it_was() {
    let scene = Scene::new();
    let id = reviewed(&scene);
    // The appliance was off all the time; the review is recorded before anything that fell due was applied.
    let moment = Time::parse("2026-08-01T00:00:00Z").unwrap();
    scene.review(moment, &id, "2026-08-01", None).unwrap();
    let turns = turns(&scene, &id);
    assert_eq!(turns[..3], EXPECTED);
    assert_eq!(turns[3..], ["compliant 2026-08-01T00:00:00Z"]);
    assert_eq!(scene.stored_service(&id).record.next_review_date, parse_date("2027-08-01"));
}

#[test]
fn silence_does_not_concern_services() {
    let scene = Scene::new();
    let id = reviewed(&scene);
    scene.apply_due(days(100));
    assert_eq!(scene.stored_service(&id).status.as_str(), "compliant");
}
