//! What time alone changes, at its exact moment; clocks that are set back; what can be said of a past moment.

use serde_json::json;

use super::support::*;
use crate::domain::access::Role;
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{DataType, Source};
use crate::store::{catalogue, sections};

const DISK: &str = "device.disk_encryption";

#[test]
fn silence_begins_a_second_after_its_days_are_over() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.apply_due(days(14));
    assert_eq!((scene.status(&id, DISK), scene.device(&id).compliance_status), (CheckStatus::Pass, Status::Compliant));
    scene.apply_due(days(14).plus_seconds(1));
    assert_eq!((scene.status(&id, DISK), scene.device(&id).compliance_status), (CheckStatus::NoData, Status::Unknown));
    assert_eq!(scene.verdict(&id, DISK).reason.as_deref(), Some("stale"));
    assert_eq!(scene.status(&id, "device.reporting_fresh"), CheckStatus::Fail);
    // Nobody caused it: the audit log has nothing of it.
    assert_eq!(scene.events(), ["device_created"]);
}

#[test]
fn what_fell_due_while_the_appliance_was_down_is_dated_as_if_it_had_run() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.report(days(40), report());
    let silent = hours(14 * 24) + 1;
    assert_eq!(
        scene.history_of(&id, Some(DISK)),
        [format!("pass 0..{silent}"), format!("no_data {silent}..3456000"), "pass 3456000..".into()]
    );
    // The last update was installed a day before the first report: 30 days and a second later it was too old, but nobody could know.
    let patch = scene.history_of(&id, Some("device.os_patch_age"));
    assert_eq!(patch[1..], [format!("no_data {silent}..3456000"), "fail 3456000..".to_owned()]);
    assert_eq!(scene.status_at(&id, DISK, days(20)), Some(CheckStatus::NoData));
    let confirmed = scene.read(T0, |tx| crate::store::devices::history(tx, &id, T0, days(50), 0, 1_000)).0;
    assert!(
        confirmed
            .iter()
            .filter(|item| item.check_id.is_some() && item.status == "pass")
            .all(|item| item.confirmed_until.is_none_or(|time| time == T0))
    );
}

#[test]
fn an_unchanged_report_ends_a_silence_at_its_own_moment() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({"silent_after_days": 1}));
    let id = scene.report(T0, report()).id;
    // Exactly a day later nothing has gone stale; a second more and it has.
    scene.report(days(1), report());
    assert_eq!(scene.history_of(&id, Some(DISK)), ["pass 0.."]);
    scene.report(days(2).plus_seconds(1), report());
    assert_eq!(scene.history_of(&id, Some(DISK)), ["pass 0..172801", "pass 172801.."]);
    assert_eq!(scene.status_at(&id, DISK, days(2).plus_seconds(1)), Some(CheckStatus::Pass));
    scene.report(days(4), report());
    assert_eq!(scene.history_of(&id, Some(DISK))[2..], ["no_data 259202..345600", "pass 345600.."]);
}

#[test]
fn grace_ends_at_its_exact_moment_and_runs_through_other_values() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({"checks": {"device.screen_lock_delay": {"severity": "high", "grace_days": 3}}}));
    let id = scene.report(T0, with("screen_lock_delay_secs", json!(1200))).id;
    scene.report(days(1), with("screen_lock_delay_secs", json!(1800)));
    scene.report(days(2), with("screen_lock_delay_secs", json!(2400)));
    scene.apply_due(days(3).plus_seconds(-1));
    assert_eq!(scene.device(&id).compliance_status, Status::NeedsReview);
    scene.apply_due(days(3));
    assert_eq!((scene.device(&id).compliance_status, scene.device(&id).status_since), (Status::NonCompliant, days(3)));
}

#[test]
fn settings_judge_from_their_own_moment_on() {
    let scene = Scene::new();
    let id = scene.report(T0, with("firewall_enabled", json!(false))).id;
    let off = json!({"checks": {"device.firewall_enabled": {"state": "off"}}});
    scene.change_settings(seconds(60), off);
    // A device that reports before the housekeeper comes by is judged as of the change all the same.
    scene.report(seconds(90), with("firewall_enabled", json!(false)));
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["fail 0..60"]);
    assert_eq!(scene.history_of(&id, None), ["non_compliant 0..60", "compliant 60.."]);
    assert_eq!(scene.device_at(&id, seconds(59)).unwrap().compliance_status, Status::NonCompliant);
    // A report from before the change, by its own clock, is judged by the settings of now, from the change on.
    let mut weak = with("firewall_enabled", json!(false));
    weak.sections[0].1.insert("disk_encryption".to_owned(), json!(false));
    scene.change_settings(seconds(200), json!({"checks": {"device.firewall_enabled": null}}));
    scene.report(seconds(300), collected(seconds(150), weak));
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["fail 0..60", "fail 200.."]);
    assert_eq!(scene.history_of(&id, Some(DISK)), ["pass 0..200", "fail 200.."]);
}

#[test]
fn of_two_changes_of_settings_in_one_second_the_last_judges() {
    let scene = Scene::new();
    let id = scene.report(T0, with("firewall_enabled", json!(false))).id;
    scene.change_settings(seconds(60), json!({"checks": {"device.firewall_enabled": {"state": "off"}}}));
    scene.apply_due(seconds(60));
    scene.change_settings(seconds(60), json!({"checks": {"device.firewall_enabled": {"state": "advice"}}}));
    scene.apply_due(seconds(60));
    assert_eq!(scene.device(&id).compliance_status, Status::Compliant);
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")).last().unwrap(), "fail 60..");
    assert_eq!(scene.read(T0, |tx| crate::store::settings::at(tx, seconds(60))).version, 3);
    assert_eq!(scene.read(T0, |tx| crate::store::settings::at(tx, seconds(59))).version, 1);
}

#[test]
fn another_catalogue_judges_every_device_anew() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let register = |at| scene.store.write_root(at, catalogue::register).unwrap();
    register(seconds(60));
    assert_eq!(scene.device(&id).changes_at, Some(seconds(60)));
    scene.apply_due(seconds(60));
    let later = scene.device(&id).changes_at;
    register(seconds(120));
    assert_eq!((scene.device(&id).changes_at, scene.count("catalogue_version")), (later, 1));
}

#[test]
fn an_owners_account_judges_his_devices_at_once() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", Role::User);
    let reporter = crate::store::devices::Reporter { role: Role::User, person: Some(ada.clone()), ..scene.agent() };
    let id = scene.report_as(T0, report(), reporter).unwrap().device.id;
    scene.change_settings(T0, json!({"checks": {"device.owner_assigned": {"state": "baseline"}}}));
    scene.disable(seconds(60), &ada);
    assert_eq!(scene.device(&id).compliance_status, Status::NeedsReview);
    scene.enable(seconds(90), &ada);
    assert_eq!(scene.history_of(&id, Some("device.owner_assigned")), ["pass 0..60", "fail 60..90", "pass 90.."]);
    assert_eq!(scene.history_of(&id, None), ["compliant 0..60", "needs_review 60..90", "compliant 90.."]);
    // What fell due before still had the account as it was.
    scene.disable(days(15), &ada);
    let silent = hours(14 * 24) + 1;
    assert_eq!(scene.history_of(&id, None)[2..], [format!("compliant 90..{silent}"), format!("unknown {silent}..")]);
    assert_eq!(scene.history_of(&id, Some("device.owner_assigned"))[2..], ["pass 90..1296000", "fail 1296000.."]);
}

#[test]
fn a_clock_that_was_set_back_leaves_nothing_in_the_future() {
    let scene = Scene::new();
    let ahead = days(400);
    let id = scene.report(T0, report()).id;
    scene.report(ahead, with("firewall_enabled", json!(false)));
    // The clock is right again.
    let device = scene.report(days(1), with("firewall_enabled", json!(false)));
    assert_eq!((device.last_seen, device.collected_at), (Some(days(1)), Some(days(1))));
    assert_eq!((device.compliance_status, device.status_since), (Status::NonCompliant, days(1)));
    assert_eq!(scene.verdict(&id, "device.firewall_enabled").since, days(1));
    assert_eq!(scene.section_at(&id, DataType::Security, days(1)).unwrap().confirmed_until, days(1));
    scene.report(days(2), report());
    assert_eq!(scene.device(&id).compliance_status, Status::Compliant);
    scene.report(days(2), with("disk_encryption", json!(false)));
    let known = |at| (scene.status_at(&id, "device.firewall_enabled", at).unwrap(), scene.status_at(&id, DISK, at).unwrap());
    assert_eq!(known(days(1)), (CheckStatus::Fail, CheckStatus::Pass));
    assert_eq!(known(days(2)), (CheckStatus::Pass, CheckStatus::Fail));
    assert_eq!(known(days(500)), (CheckStatus::Pass, CheckStatus::Fail));
    scene.apply_due(days(17));
    assert_eq!(scene.device(&id).compliance_status, Status::Unknown);
}

#[test]
fn no_content_is_left_behind_by_what_comes_twice_at_one_moment() {
    let orphans = "section_data WHERE id NOT IN (SELECT data_id FROM device_section UNION SELECT data_id FROM device_section_past)";
    let scene = Scene::new();
    // A clock that is set back makes the same moment begin twice.
    let id = scene.report(T0, report()).id;
    scene.report(days(1), with("firewall_enabled", json!(false)));
    scene.report(T0, with("disk_encryption", json!(false)));
    scene.report(days(2), report());
    assert_eq!(scene.count(orphans), 0);
    // So do late reports that come in the same second and fill from the same moment on.
    for enabled in [true, false] {
        let section = sections::prepare(DataType::Security, json!({"firewall_enabled": enabled}).as_object().unwrap().clone());
        let id = id.clone();
        scene.write(days(9), move |tx| sections::fill(tx, &id, &section, Source::Agent, days(3), days(4))).unwrap();
    }
    assert_eq!((scene.count("device_section_past WHERE late = 1"), scene.count(orphans)), (1, 0));
}

#[test]
fn a_small_step_back_changes_nothing() {
    let scene = Scene::new();
    let id = scene.report(seconds(10), report()).id;
    let device = scene.report(T0, report());
    assert_eq!((device.last_seen, device.compliance_status), (Some(T0), Status::Compliant));
    scene.report(seconds(20), report());
    assert_eq!(scene.status_at(&id, DISK, seconds(15)), Some(CheckStatus::Pass));
    assert_eq!(scene.device(&id).last_seen, Some(seconds(20)));
}

#[test]
fn the_last_report_before_a_moment_is_known_to_a_day() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.report(days(1), report());
    scene.report(days(2), report());
    // A gap of a second more than a day ends the run.
    scene.report(days(3).plus_seconds(1), report());
    assert_eq!(scene.count("device_presence_past"), 1);
    let seen = |at| scene.device_at(&id, at).unwrap().last_seen.unwrap();
    assert_eq!((seen(T0), seen(days(2)), seen(days(3))), (T0, days(2), days(2)));
    assert_eq!(seen(seconds(hours(30))), seconds(hours(6)));
    assert_eq!(seen(seconds(hours(1))), T0);
    assert_eq!(seen(days(9)), days(3).plus_seconds(1));
    let confirmed = |at| scene.section_at(&id, DataType::Security, at).unwrap().confirmed_until;
    assert_eq!(
        (confirmed(days(3)), confirmed(seconds(hours(30))), confirmed(days(9))),
        (days(2), seconds(hours(6)), days(3).plus_seconds(1))
    );
}

#[test]
fn what_came_in_later_is_not_known_before() {
    let scene = Scene::new();
    let device = scene.report(seconds(hours(5)), collected(T0, report()));
    assert_eq!(device.first_seen, T0);
    assert_eq!(scene.device_at(&device.id, seconds(hours(5) - 1)), None);
    assert!(scene.device_at(&device.id, seconds(hours(5))).is_some());
    scene.report(seconds(hours(10)), collected(seconds(hours(6)), report()));
    let confirmed = |at| scene.section_at(&device.id, DataType::Security, seconds(hours(at))).unwrap().confirmed_until;
    assert_eq!((confirmed(9), confirmed(10)), (T0, seconds(hours(6))));
}

#[test]
fn a_device_that_cannot_be_judged_holds_up_no_other() {
    let scene = Scene::new();
    let broken = scene.report(T0, report()).id;
    let mut second = report();
    second.serial_number = "ANOTHER-1".to_owned();
    let sound = scene.report(T0, second).id;
    let text = broken.clone();
    scene
        .store
        .write_root(T0, move |root| {
            let sql = "UPDATE device_section SET data_id = (SELECT max(id) FROM section_data) + 1 WHERE device_id = ?1";
            root.test_execute("PRAGMA defer_foreign_keys = ON", &[]);
            root.test_execute("INSERT INTO section_data (id, data, deflated) SELECT max(id) + 1, x'00', 1 FROM section_data", &[]);
            root.test_execute(&sql.replace(" + 1", ""), &[&text]);
            Ok(())
        })
        .unwrap();
    let now = days(15);
    scene.apply_due(now);
    assert_eq!(scene.device(&sound).compliance_status, Status::Unknown);
    assert_eq!(scene.device(&broken).changes_at, Some(now.plus_seconds(3600)));
}

/// The shipped texts with other rules, as an earlier version of the program would have brought them.
fn earlier_catalogue(scene: &Scene, since: crate::domain::time::Time) {
    let checks = crate::domain::check::SHIPPED_TEXT.replacen("\ndefault_max_age_days = 30 ", "\ndefault_max_age_days = 3 ", 1);
    let os_support = crate::domain::os_support::SHIPPED_TEXT.replace(r#"os = "macos", prefix = "15""#, r#"os = "macos", prefix = "99""#);
    assert!(checks != crate::domain::check::SHIPPED_TEXT && os_support != crate::domain::os_support::SHIPPED_TEXT);
    let insert = move |root: &crate::store::WriteRoot| {
        let sql = "INSERT INTO catalogue_version (since, sha256, checks, os_support) VALUES (?1, 'earlier', ?2, ?3)";
        Ok(root.connection.execute(sql, rusqlite::params![since.0, checks, os_support])?)
    };
    scene.store.write_root(since, insert).unwrap();
}

#[test]
fn each_day_is_judged_by_the_catalogue_of_that_day() {
    let scene = Scene::new();
    earlier_catalogue(&scene, days(-100));
    // The appliance was down when the facts went stale by the earlier catalogue, and came up again as a later version.
    let id = scene.report(T0, report()).id;
    assert_eq!(scene.status_at(&id, "device.os_supported", T0), Some(CheckStatus::NoData));
    scene.store.write_root(days(5), catalogue::register).unwrap();
    scene.apply_due(days(5));
    let (stale, known_again) = (3 * 86_400 + 1, 5 * 86_400);
    assert_eq!(
        scene.history_of(&id, Some(DISK)),
        [format!("pass 0..{stale}"), format!("no_data {stale}..{known_again}"), format!("pass {known_again}..")]
    );
    assert_eq!(scene.history_of(&id, Some("device.os_supported")), [format!("no_data 0..{known_again}"), format!("pass {known_again}..")]);
}
