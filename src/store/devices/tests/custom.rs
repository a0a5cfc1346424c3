//! Checks of an organisation's own over the section `custom`: judged from their moment on, with a history of facts from then on.

use serde_json::{Map, Value, json};

use super::support::*;
use crate::domain::check::{Catalogue, Subject};
use crate::domain::compliance::{CheckStatus, judge};
use crate::domain::device::DataType;
use crate::domain::settings::{Change, Settings};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::{evidence, integrity, settings};

const ID: &str = "device.x_backup";

impl Scene {
    fn change_checks(&self, now: Time, change: impl Fn(&Settings) -> Result<(Settings, Vec<Change>)> + Send + 'static) {
        self.write(now, move |tx| {
            let current = settings::current(tx)?;
            let (changed, changes) = change(&current.settings)?;
            settings::replace(tx, current.version, &changed, &changes)
        })
        .unwrap();
        self.apply_due(now);
    }

    fn add_check(&self, now: Time) {
        self.change_checks(now, |current| current.add_check(ID, backup(true), Catalogue::shipped()));
    }

    /// How the check stood by the facts that are kept, not by the verdicts.
    fn by_facts(&self, id: &str, at: Time) -> Option<CheckStatus> {
        self.read(at, |tx| {
            let state = evidence::DeviceStates::of(tx, id)?.at(at)?.unwrap();
            let checks = &settings::at(tx, at)?.checks;
            let judged = judge(checks, Subject::Device, &state.facts(checks.os_support), at);
            Ok(judged.verdicts.iter().find(|verdict| verdict.check_id == ID).map(|verdict| verdict.status))
        })
    }
}

fn backup(wanted: bool) -> Map<String, Value> {
    object(json!({
        "title": "Backup is on", "severity": "high", "rule": {"fact": "custom.backup", "op": "eq", "value": wanted},
        "remediation": {"any": "Switch it on."},
    }))
}

fn custom(at: Time, content: Value) -> crate::domain::inventory::DeviceReport {
    collected(at, with_section(report(), DataType::Custom, content))
}

#[test]
fn a_check_judges_from_its_moment_on_and_its_history_stays() {
    let scene = Scene::new();
    let id = scene.report(T0, custom(T0, json!({"backup": true}))).id;
    scene.add_check(seconds(60));
    assert_eq!(scene.status(&id, ID), CheckStatus::Pass);
    for (at, backup) in [(120, json!(false)), (180, json!("yes")), (240, json!(true))] {
        scene.report(seconds(at), custom(seconds(at), json!({"backup": backup})));
    }
    scene.change_checks(seconds(300), |current| current.replace_check(ID, backup(false)));
    scene.change_checks(seconds(360), |current| current.remove_check(ID));
    let expected = ["pass 60..120", "fail 120..180", "no_data 180..240", "pass 240..300", "fail 300..360"];
    assert_eq!(scene.history_of(&id, Some(ID)), expected);
    use CheckStatus::{Fail, NoData, Pass};
    let moments = [
        (59, None),
        (60, Some(Pass)),
        (119, Some(Pass)),
        (120, Some(Fail)),
        (180, Some(NoData)),
        (240, Some(Pass)),
        (300, Some(Fail)),
        (360, None),
    ];
    for (at, status) in moments {
        assert_eq!(scene.status_at(&id, ID, seconds(at)), status, "verdict at {at}");
        assert_eq!(scene.by_facts(&id, seconds(at)), status, "by facts at {at}");
    }
    assert_eq!(integrity::check(&scene.store, seconds(400)).unwrap(), []);
}

#[test]
fn a_check_counts_for_the_status_once_it_is_baseline() {
    let scene = Scene::new();
    let id = scene.report(T0, custom(T0, json!({"backup": false}))).id;
    let before = scene.device(&id).compliance_status;
    scene.add_check(seconds(60));
    assert_eq!((scene.device(&id).compliance_status, scene.status(&id, ID)), (before, CheckStatus::Fail));
    scene
        .write(seconds(120), |tx| {
            let current = settings::current(tx)?;
            let patch = object(json!({"checks": {ID: {"state": "baseline"}}}));
            let (patched, changes) = current.settings.patch(&patch, Catalogue::shipped())?;
            settings::replace(tx, current.version, &patched, &changes)
        })
        .unwrap();
    scene.apply_due(seconds(120));
    assert_eq!(scene.device(&id).compliance_status.as_str(), "non_compliant");
}

#[test]
fn custom_facts_go_stale_and_a_gap_in_them_shows_only_where_they_are_judged() {
    let scene = Scene::new();
    scene.add_check(days(-1));
    let id = scene.report(T0, custom(T0, json!({"backup": true}))).id;
    // Without the section for long: the rest is confirmed, this is not.
    for day in 1..=16 {
        scene.report(days(day), collected(days(day), report()));
    }
    scene.apply_due(days(16));
    assert_eq!(scene.status_at(&id, ID, days(14)), Some(CheckStatus::Pass));
    assert_eq!(scene.status_at(&id, ID, days(15)), Some(CheckStatus::NoData));
    assert_eq!(scene.by_facts(&id, days(14)), Some(CheckStatus::Pass));
    assert_eq!(scene.by_facts(&id, days(15)), Some(CheckStatus::NoData));
}

#[test]
fn without_such_checks_the_section_is_kept_by_the_day_as_before() {
    let rows = |judged: bool| {
        let scene = Scene::new();
        if judged {
            scene.add_check(days(-1));
        }
        for minute in 0..5 {
            let at = seconds(60 * minute);
            scene.report(at, custom(at, json!({"backup": true, "minute": minute})));
        }
        scene.count("device_section_past")
    };
    assert_eq!((rows(false), rows(true)), (0, 4));
}
