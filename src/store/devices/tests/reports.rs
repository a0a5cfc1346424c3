//! Reports: new and known devices, what changes, what does not, who may.

use serde_json::json;

use super::support::*;
use crate::domain::access::Role;
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{DataType, Ownership, RetireReason, Source};
use crate::error::Kind;
use crate::store::devices::{self, Patch, Recorded, Reporter};

#[test]
fn a_good_report_makes_a_compliant_device_of_the_caller() {
    let scene = Scene::new();
    let device = scene.report(T0, report());
    assert_eq!((device.compliance_status, device.user_id.as_deref()), (Status::Compliant, Some(scene.admin.as_str())));
    assert_eq!((device.first_seen, device.last_seen, device.created_at), (T0, Some(T0), T0));
    assert_eq!(scene.device(&device.id), device);
    assert_eq!(scene.events(), ["device_created"]);
}

#[test]
fn an_unchanged_report_moves_confirmations_and_writes_nothing_else() {
    let scene = Scene::new();
    let software = |report| with_section(report, DataType::Software, json!({"items": [{"name": "vim"}]}));
    let id = scene.report(T0, software(report())).id;
    let tables = ["verdict_past", "status_past", "record_past", "section_data", "device_section_past", "audit_log", "device_presence_past"];
    let before = tables.map(|table| scene.count(table));
    let verdicts = scene.verdicts_at(&id, T0);
    for hour in 1..=30 {
        scene.report(seconds(hours(hour)), software(report()));
    }
    assert_eq!(tables.map(|table| scene.count(table)), before);
    assert_eq!(scene.verdicts_at(&id, days(3)), verdicts);
    assert_eq!(scene.device(&id).last_seen, Some(seconds(hours(30))));
    for data_type in [DataType::Security, DataType::Software] {
        let section = scene.section_at(&id, data_type, days(3)).unwrap();
        assert_eq!((section.since, section.confirmed_until), (T0, seconds(hours(30))));
    }
}

#[test]
fn an_unchanged_report_changes_its_devices_row_and_no_other() {
    let scene = Scene::new();
    let both = || with_section(report(), DataType::Software, json!({"items": [{"name": "vim"}]}));
    scene.report(T0, both());
    let reporter = scene.agent();
    let rows = scene.write(seconds(60), move |tx| {
        let before = tx.connection.total_changes();
        devices::report(tx, &devices::PreparedReport::new(both()), &reporter)?;
        Ok(tx.connection.total_changes() - before)
    });
    assert_eq!(rows.unwrap(), 1);
}

#[test]
fn a_changed_fact_changes_its_verdict_and_only_that() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let device = scene.report(seconds(60), with("firewall_enabled", json!(false)));
    assert_eq!(device.compliance_status, Status::NonCompliant);
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["pass 0..60", "fail 60.."]);
    assert_eq!(scene.history_of(&id, Some("device.disk_encryption")), ["pass 0.."]);
    assert_eq!(scene.history_of(&id, None), ["compliant 0..60", "non_compliant 60.."]);
    assert_eq!(scene.events(), ["device_created", "device_verdict_changed"]);
    assert_eq!(scene.status_at(&id, "device.firewall_enabled", seconds(59)), Some(CheckStatus::Pass));
    assert_eq!(scene.status_at(&id, "device.firewall_enabled", seconds(60)), Some(CheckStatus::Fail));
    assert_eq!(scene.device_at(&id, seconds(59)).unwrap().compliance_status, Status::Compliant);
}

#[test]
fn what_was_seen_at_a_moment_stays_as_it_was_though_the_status_does_not_change() {
    let scene = Scene::new();
    let id = scene.report(T0, with("screen_lock_delay_secs", json!(300))).id;
    scene.report(seconds(60), with("screen_lock_delay_secs", json!(600)));
    let seen = |at| {
        let verdicts = scene.verdicts_at(&id, at);
        let found = verdicts.into_iter().find(|verdict| verdict.check_id == "device.screen_lock_delay").unwrap();
        (found.observed.unwrap(), found.since)
    };
    assert_eq!(seen(seconds(59)), ("300".to_owned(), T0));
    assert_eq!(seen(seconds(60)), ("600".to_owned(), T0));
    assert_eq!(scene.history_of(&id, Some("device.screen_lock_delay")), ["pass 0..60", "pass 60.."]);
    assert_eq!(scene.events(), ["device_created"]);
}

#[test]
fn a_section_is_replaced_whole_and_an_absent_one_stays() {
    let scene = Scene::new();
    let first = with_section(report(), DataType::Custom, json!({"room": 1, "floor": 2}));
    let id = scene.report(T0, first).id;
    scene.report(days(1), with_section(report(), DataType::Custom, json!({"room": 3})));
    scene.report(days(2), report());
    let json = |at| scene.section_at(&id, DataType::Custom, at).unwrap().json;
    assert_eq!((json(days(2)), json(T0)), (r#"{"room":3}"#.to_owned(), r#"{"floor":2,"room":1}"#.to_owned()));
    // Nothing is known any more, and nothing is false.
    let device = scene.report(days(3), with_section(report(), DataType::Security, json!({})));
    assert_eq!(scene.status(&id, "device.disk_encryption"), CheckStatus::NoData);
    assert_eq!(device.compliance_status, Status::Unknown);
    assert_eq!(scene.section_at(&id, DataType::Security, days(3)).unwrap().json, "{}");
}

#[test]
fn of_other_sections_the_last_content_of_a_day_is_kept_and_security_wholly() {
    let scene = Scene::new();
    let at = |number: i64| {
        let changed = with("antivirus_product", json!(format!("product {number}")));
        with_section(changed, DataType::Hardware, json!({"memory": number}))
    };
    let id = scene.report(T0, at(0)).id;
    for number in 1..=5 {
        scene.report(seconds(hours(number * 8)), at(number));
    }
    assert_eq!(scene.count("device_section_past WHERE data_type = 'security'"), 5);
    assert_eq!(scene.count("device_section_past WHERE data_type = 'hardware'"), 1);
    assert_eq!(scene.count("section_data"), 8);
    let hardware = |at| scene.section_at(&id, DataType::Hardware, at).unwrap().json;
    assert_eq!(hardware(seconds(hours(4))), r#"{"memory":2}"#);
    assert_eq!(hardware(seconds(hours(24))), r#"{"memory":5}"#);
}

#[test]
fn a_system_version_that_is_not_reported_any_more_is_not_known_any_more() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let mut bare = report();
    (bare.os_version, bare.device_type, bare.agent_version) = (None, None, None);
    let device = scene.report(seconds(60), bare);
    assert_eq!((device.os_version.as_deref(), device.agent_version.as_deref()), (None, Some("0.1.0")));
    assert_eq!(scene.status(&id, "device.os_supported"), CheckStatus::NoData, "a release is not supported because it once was");
    let mut updated = report();
    updated.os_version = Some("15.7.2".to_owned());
    scene.report(seconds(120), updated);
    let version = |at| scene.device_at(&id, at).unwrap().os_version;
    let versions = [59, 60, 119, 120].map(|at| version(seconds(at)));
    assert_eq!(versions, [Some("15.7.1".to_owned()), None, None, Some("15.7.2".to_owned())]);
    assert_eq!(scene.count("record_past"), 2);
}

#[test]
fn an_older_report_does_not_undo_what_a_newer_one_said() {
    let scene = Scene::new();
    let mut newer = with("firewall_enabled", json!(false));
    newer.os_version = Some("15.7.2".to_owned());
    let id = scene.report(T0, collected(seconds(-60), report())).id;
    scene.report(seconds(60), collected(seconds(30), newer));
    let device = scene.report(seconds(90), collected(seconds(0), report()));
    assert_eq!((device.os_version.as_deref(), device.last_seen), (Some("15.7.2"), Some(seconds(90))));
    assert_eq!(scene.status(&id, "device.firewall_enabled"), CheckStatus::Fail);
    assert_eq!(device.collected_at, Some(seconds(30)));
}

#[test]
fn what_a_report_changes_begins_when_it_was_made_and_is_known_when_it_came() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.report(seconds(hours(3)), collected(seconds(hours(2)), with("firewall_enabled", json!(false))));
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["pass 0..7200", "fail 7200.."]);
    let known = |at| scene.status_at(&id, "device.firewall_enabled", seconds(at)).unwrap();
    assert_eq!((known(hours(3) - 1), known(hours(3))), (CheckStatus::Pass, CheckStatus::Fail));
    // A clock that runs ahead does not reach into the future.
    scene.report(seconds(hours(4)), collected(days(30), report()));
    assert_eq!(scene.verdict(&id, "device.firewall_enabled").since, seconds(hours(4)));
}

#[test]
fn what_was_known_for_a_time_is_kept_though_an_earlier_change_takes_its_place() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let made = seconds(hours(1));
    scene.report(seconds(hours(2)), collected(made, with("firewall_enabled", json!(false))));
    scene.report(seconds(hours(4)), collected(made, with("firewall_enabled", json!(true))));
    let known = |at| scene.status_at(&id, "device.firewall_enabled", seconds(hours(at))).unwrap();
    assert_eq!((known(1), known(2), known(3), known(4)), (CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Fail, CheckStatus::Pass));
    // It never held, so the history of what held leaves it out.
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["pass 0..3600", "pass 3600.."]);
    let security = |at| scene.section_at(&id, DataType::Security, seconds(hours(at))).unwrap().json;
    assert!(security(3).contains(r#""firewall_enabled":false"#) && security(4).contains(r#""firewall_enabled":true"#));
    let status = |at| scene.device_at(&id, seconds(hours(at))).unwrap().compliance_status;
    assert_eq!((status(1), status(3), status(4)), (Status::Compliant, Status::NonCompliant, Status::Compliant));
}

#[test]
fn a_change_that_time_makes_after_the_report_was_made_is_dated_by_time() {
    let scene = Scene::new();
    // 30 days and a second after the update it is too old: an hour after this report was made, an hour before it came.
    let updated = seconds(hours(1)).plus_days(-30).plus_seconds(-1);
    let old = collected(T0, with("last_update_at", json!(updated.to_string())));
    let id = scene.report(seconds(hours(2)), old).id;
    assert_eq!(scene.history_of(&id, Some("device.os_patch_age")), ["pass 0..3600", "fail 3600.."]);
    assert_eq!(scene.status_at(&id, "device.os_patch_age", seconds(hours(1))), None);
}

#[test]
fn two_changes_in_one_second_leave_the_last() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    scene.report(seconds(60), with("firewall_enabled", json!(false)));
    let device = scene.report(seconds(60), report());
    assert_eq!(scene.history_of(&id, Some("device.firewall_enabled")), ["pass 0..60", "pass 60.."]);
    assert_eq!(
        (device.compliance_status, scene.device_at(&id, seconds(60)).unwrap().compliance_status),
        (Status::Compliant, Status::Compliant)
    );
    assert_eq!(scene.section_at(&id, DataType::Security, seconds(60)).unwrap().since, seconds(60));
    // The content that was never known for a time has gone.
    assert_eq!(scene.count("section_data"), 2);
}

#[test]
fn another_source_is_another_interval() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let person = Reporter { source: Source::Person, ..scene.agent() };
    scene.report_as(seconds(60), report(), person).unwrap();
    let source = |at| scene.section_at(&id, DataType::Security, at).unwrap().source;
    assert_eq!((source(seconds(59)), source(seconds(60))), (Source::Agent, Source::Person));
    assert_eq!(scene.count("verdict_past WHERE source = 'agent'"), scene.count("verdict WHERE source = 'person'"));
    assert_eq!(scene.verdict(&id, "device.disk_encryption").since, T0);
    assert_eq!(scene.events(), ["device_created"]);
}

#[test]
fn nobody_reports_a_device_that_is_not_his() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", Role::User);
    let bob = scene.add_user("bob@example.com", Role::User);
    let reporter = |role, person: Option<&str>, serial: Option<&str>| Reporter {
        role,
        person: person.map(str::to_owned),
        serial_number: serial.map(str::to_owned),
        source: Source::Agent,
    };
    let try_as = |reporter| scene.report_as(seconds(60), report(), reporter).map(|reported| reported.device.user_id);
    let refused = |reporter| try_as(reporter).unwrap_err().kind == Kind::Forbidden;
    scene.report_as(T0, report(), reporter(Role::User, Some(&ada), None)).unwrap();
    assert!(refused(reporter(Role::User, Some(&bob), None)));
    // A key for any device reaches no further than its maker.
    assert!(refused(reporter(Role::Agent, Some(&bob), None)));
    assert!(refused(reporter(Role::User, None, None)));
    assert!(refused(reporter(Role::Agent, None, Some("ANOTHER-1"))));
    for allowed in [
        reporter(Role::User, Some(&ada), None),
        reporter(Role::Agent, Some(&ada), None),
        reporter(Role::Agent, None, None),
        reporter(Role::Agent, None, Some(SERIAL)),
        reporter(Role::Admin, Some(&scene.admin), None),
        reporter(Role::Agent, Some(&scene.admin), None),
    ] {
        assert_eq!(try_as(allowed).unwrap().as_deref(), Some(ada.as_str()));
    }
}

#[test]
fn a_key_without_a_maker_goes_on_reporting_a_device_without_an_owner_until_it_has_one() {
    let scene = Scene::new();
    let ada = scene.add_user("ada@example.com", Role::User);
    let key = || Reporter { role: Role::User, person: None, serial_number: None, source: Source::Integration };
    let id = scene.report_as(T0, report(), key()).unwrap().device.id;
    assert_eq!(scene.device(&id).user_id, None);
    scene.report_as(seconds(60), report(), key()).unwrap();
    // Somebody who owns nothing of it does not get at it by that.
    let person = Reporter { role: Role::User, person: Some(ada.clone()), serial_number: None, source: Source::Person };
    assert_eq!(scene.report_as(seconds(60), report(), person).unwrap_err().kind, Kind::Forbidden);
    let device_id = id.clone();
    let patch = Patch { user_id: Some(Some(ada)), ..Patch::default() };
    scene.write(seconds(90), move |tx| devices::patch(tx, &device_id, &patch)).unwrap();
    assert_eq!(scene.report_as(seconds(120), report(), key()).unwrap_err().kind, Kind::Forbidden);
}

#[test]
fn a_personal_device_gives_security_facts_and_leaves_no_others() {
    let scene = Scene::new();
    let all = || with_section(with_section(report(), DataType::Software, json!({"items": []})), DataType::Network, json!({"mac": "x"}));
    let id = scene.report(T0, all()).id;
    let (device_id, patch) = (id.clone(), Patch { ownership: Some(Ownership::Personal), ..Patch::default() });
    scene.write(seconds(60), move |tx| devices::patch(tx, &device_id, &patch)).unwrap();
    let kept: Vec<DataType> = scene.sections_at(&id, seconds(30)).into_iter().map(|section| section.data_type).collect();
    assert_eq!((kept, scene.count("section_data")), (vec![DataType::Security], 1));
    let error = scene.report_as(seconds(90), all(), scene.agent()).unwrap_err();
    assert_eq!((error.kind, error.detail.contains("software")), (Kind::Invalid, true));
    assert_eq!(scene.report(seconds(90), report()).last_seen, Some(seconds(90)));
}

#[test]
fn a_device_recorded_by_hand_is_unknown_until_it_reports() {
    let scene = Scene::new();
    let recorded = Recorded {
        serial_number: SERIAL.to_owned(),
        device_name: "by hand".to_owned(),
        device_type: crate::domain::device::DeviceType::Laptop,
        os_type: crate::domain::device::OsType::Macos,
        os_version: None,
        user_id: Some(scene.admin.clone()),
        ownership: Ownership::Company,
        tags: vec!["spare".to_owned()],
    };
    let again = recorded.clone();
    let device = scene.write(T0, move |tx| devices::record(tx, &recorded)).unwrap();
    assert_eq!((device.compliance_status, device.last_seen, device.source), (Status::Unknown, None, Source::Person));
    assert_eq!(scene.status(&device.id, "device.reporting_fresh"), CheckStatus::Fail);
    assert_eq!(scene.write(T0, move |tx| devices::record(tx, &again)).unwrap_err().kind, Kind::Conflict);
    let reported = scene.report(days(1), report());
    assert_eq!((&reported.id, reported.first_seen, reported.last_seen), (&device.id, T0, Some(days(1))));
    assert_eq!((reported.compliance_status, reported.source, reported.tags), (Status::Compliant, Source::Agent, vec!["spare".to_owned()]));
    let then = scene.device_at(&device.id, T0).unwrap();
    assert_eq!((then.device_name.as_str(), then.last_seen, then.source), ("by hand", None, Source::Person));
}

#[test]
fn a_retired_device_is_gone_and_its_serial_comes_again_as_another() {
    let scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let retired = id.clone();
    scene.write(days(1), move |tx| devices::retire(tx, &retired, RetireReason::Lost)).unwrap();
    assert!(scene.store.read(&scene.tenant_id, &crate::store::Actor::system(), T0, |tx| devices::get(tx, &id)).is_err());
    let new = scene.report(days(2), report());
    assert_ne!(new.id, id);
    assert_eq!(scene.device_at(&id, days(1)), None);
    let then = scene.device_at(&id, days(1).plus_seconds(-1)).unwrap();
    assert_eq!((then.compliance_status, then.status_since), (Status::Compliant, T0));
    assert_eq!(scene.status_at(&id, "device.disk_encryption", days(1).plus_seconds(-1)), Some(CheckStatus::Pass));
    assert_eq!(scene.verdicts_at(&id, days(1)), []);
    assert_eq!(scene.history_of(&id, None), ["compliant 0..86400"]);
    assert_eq!(scene.device_at(&new.id, days(1)), None);
}

#[test]
fn tenants_do_not_meet() {
    let mut scene = Scene::new();
    let id = scene.report(T0, report()).id;
    let (own_tenant, own_admin) = (scene.tenant_id.clone(), scene.admin.clone());
    (scene.tenant_id, scene.admin) = scene.other_tenant();
    let other = scene.report(seconds(60), with("firewall_enabled", json!(false)));
    assert_ne!(other.id, id);
    assert_eq!(scene.device_at(&id, seconds(90)), None);
    assert_eq!((scene.verdicts_at(&id, seconds(90)), scene.history_of(&id, None)), (vec![], vec![]));
    scene.change_settings(seconds(120), json!({"checks": {"device.disk_encryption": {"state": "off"}}}));
    scene.apply_due(seconds(120));
    (scene.tenant_id, scene.admin) = (own_tenant, own_admin);
    assert_eq!(scene.device(&id).compliance_status, Status::Compliant);
    assert_eq!(scene.status(&id, "device.disk_encryption"), CheckStatus::Pass);
}
