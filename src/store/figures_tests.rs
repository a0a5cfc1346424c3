//! Figures that are kept: what is tallied is what a recount gives, and a day that was counted stays what it was.

use serde_json::json;

use super::daily::{DailyFigure, DayCounter, between};
use super::dashboard::{Dashboard, activity, dashboard};
use super::devices::tests::lists::{plan, sql_in};
use super::devices::tests::support::*;
use super::integrity;
use super::services::Patch;
use super::{devices, services, settings};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{Approval, RetireReason};
use crate::domain::inventory::Device;
use crate::domain::time::{Time, parse_date};

impl Scene {
    fn dashboard(&self, now: Time) -> Dashboard {
        self.read(now, |tx| dashboard(tx, 30))
    }

    fn counted(&self, now: Time) -> Vec<DailyFigure> {
        DayCounter::catch_up(&self.store, now).unwrap();
        self.read(now, |tx| between(tx, parse_date("2026-01-10").unwrap(), parse_date("2027-01-01").unwrap()))
    }

    fn named(&self, now: Time, serial_number: &str) -> Device {
        let mut sent = report();
        sent.serial_number = serial_number.to_owned();
        self.report(now, sent)
    }

    /// A device that was enrolled and reported, and waits for approval.
    fn waiting(&self, now: Time) -> Device {
        let device = self.named(now, "WAITING-1");
        let id = device.id.clone();
        self.write(now, move |tx| {
            tx.connection.execute("UPDATE device SET approval = 'pending' WHERE id = ?1", [&id])?;
            devices::get(tx, &id)
        })
        .unwrap()
    }

    #[track_caller]
    fn check_tallies(&self, now: Time) {
        assert_eq!(integrity::check(&self.store, now).unwrap(), []);
    }
}

#[test]
fn tallies_follow_every_change() {
    let scene = Scene::new();
    let device = scene.named(T0, "ONE");
    scene.report(seconds(60), with("firewall_enabled", json!(false)));
    scene.check_tallies(seconds(60));
    let failing = |now| scene.dashboard(now).failing.iter().map(|one| (one.check.check.id.clone(), one.failing)).collect::<Vec<_>>();
    assert_eq!(failing(seconds(60)), [("device.firewall_enabled".to_owned(), 1)]);
    scene.change_settings(days(1), json!({"checks": {"device.firewall_enabled": {"state": "off"}}}));
    scene.apply_due(days(1));
    assert_eq!(failing(days(1)), []);
    scene.check_tallies(days(1));
    scene.service(days(2), "GitHub", Patch::default());
    scene.apply_due(days(40));
    scene.check_tallies(days(40));
    let id = device.id.clone();
    scene.write(days(41), move |tx| devices::retire(tx, &id, RetireReason::Sold)).unwrap();
    scene.check_tallies(days(41));
    let found = scene.dashboard(days(41));
    assert_eq!((found.devices.total, found.devices.silent, found.services.total), (1, 1, 1));
}

#[test]
fn a_device_that_waits_is_in_no_figure_until_it_is_approved() {
    let scene = Scene::new();
    scene.named(T0, "ONE");
    let before = scene.dashboard(seconds(10));
    let waiting = scene.waiting(seconds(20));
    scene.check_tallies(seconds(20));
    let meanwhile = scene.dashboard(seconds(30));
    assert_eq!(meanwhile.devices.not_approved, 1);
    assert_eq!((meanwhile.devices.total, &meanwhile.devices.by_status), (1, &before.devices.by_status));
    assert_eq!(meanwhile.services.score, before.services.score);
    scene.named(seconds(40), "WAITING-1");
    scene.check_tallies(seconds(40));
    let approved = scene.write(seconds(50), move |tx| devices::approve(tx, &waiting.id)).unwrap();
    assert_eq!(approved.approval, Approval::Approved);
    scene.check_tallies(seconds(50));
    let after = scene.dashboard(seconds(60));
    assert_eq!((after.devices.not_approved, after.devices.total), (0, 2));
    assert_eq!(after.services.score.counts.passed, 2 * before.services.score.counts.passed);
}

#[test]
fn a_day_keeps_what_was_known_at_its_last_second() {
    let scene = Scene::new();
    scene.change_settings(T0, json!({"time_zone": "America/New_York"}));
    let device = scene.report(hours_after(8), report());
    scene.service(hours_after(9), "GitHub", Patch::default());
    // The tenth of January ends there at five in the morning of the eleventh in UTC.
    let end = hours_after(29);
    scene.report(end.plus_seconds(-1), with("disk_encryption", json!(false)));
    let last = scene.dashboard(end.plus_seconds(-1));
    scene.report(end, report());
    assert_eq!(scene.status(&device.id, "device.disk_encryption"), CheckStatus::Pass);
    assert_eq!(scene.counted(end.plus_seconds(59)), [], "what was begun in the day may not be stored yet");

    let counted = scene.counted(end.plus_seconds(60));
    let [day] = &counted[..] else { panic!("{counted:?}") };
    assert_eq!(*day, last.trend[last.trend.len() - 1]);
    assert_eq!((day.day.to_string().as_str(), day.devices[&Status::NonCompliant]), ("2026-01-10", 1));
    // What is learned later of that day does not change it.
    scene.report(days(3), collected(hours_after(20), report()));
    assert_eq!(scene.counted(days(3))[0], *day);
}

#[test]
fn days_that_went_by_uncounted_give_what_they_would_have_given() {
    let live = |at_once: bool| {
        let scene = Scene::new();
        let mut told = Vec::new();
        for day in 0..30 {
            match day {
                1 => drop(scene.named(days(day), "ONE")),
                3 => drop(scene.report(days(day), with("disk_encryption", json!(false)))),
                5 => drop(scene.service(days(day), "GitHub", Patch::default())),
                6 => scene.change_settings(days(day), json!({"checks": {"device.disk_encryption": {"state": "off"}}})),
                8 => scene.change_settings(days(day), json!({"checks": {}})),
                9 => {
                    let id = scene.dashboard_device("ONE");
                    scene.write(days(day), move |tx| devices::retire(tx, &id, RetireReason::Lost)).unwrap();
                }
                _ => {}
            }
            scene.apply_due(days(day + 1).plus_seconds(-1));
            let figure = scene.dashboard(days(day + 1).plus_seconds(-1)).trend.pop().unwrap();
            told.push(figure);
            if at_once {
                scene.counted(days(day + 1).plus_seconds(60));
            }
        }
        scene.apply_due(days(31));
        let counted = scene.counted(days(30).plus_seconds(60));
        assert_eq!(counted, told);
        counted
    };
    let (one, other) = (live(true), live(false));
    assert_eq!(one, other);
    assert!(one.iter().map(|figure| figure.score.score).collect::<std::collections::BTreeSet<_>>().len() > 3, "the days differ");
}

#[test]
fn what_is_asked_of_figures_goes_by_an_index() {
    let scene = Scene::new();
    let files = [include_str!("score.rs"), include_str!("daily.rs"), include_str!("dashboard.rs")];
    let statements: Vec<String> =
        files.into_iter().flat_map(|file| sql_in(&file.replace("{COLUMNS}", super::audit_read::COLUMNS))).collect();
    assert!(statements.len() >= 8, "{}", statements.len());
    for sql in statements {
        let rows = plan(&scene, &sql, &[]);
        // Tenants are walked once a minute.
        let scans = rows.lines().filter(|row| {
            row.starts_with("SCAN ") && !["SCAN CONSTANT", "SCAN t", "SCAN (subquery"].iter().any(|inner| row.starts_with(inner))
        });
        assert_eq!(scans.collect::<Vec<_>>(), [""; 0], "{sql}\n{rows}");
        // Services are few enough to be sorted when a past day is counted.
        assert!(!rows.contains("TEMP B-TREE") || sql.contains("FROM service"), "{sql}\n{rows}");
    }
}

#[test]
fn sign_ins_are_no_activity() {
    let scene = Scene::new();
    scene.named(T0, "ONE");
    let names: Vec<String> = scene.read(T0, activity).iter().map(|entry| entry.sealed.event_name.clone()).collect();
    assert_eq!(names.first().map(String::as_str), Some("device_created"));
    assert!(names.len() <= 10 && !names.iter().any(|name| name.starts_with("user_login")));
    assert_eq!(scene.read(T0, |tx| Ok(settings::current(tx)?.settings.organisation_name.clone())), None);
    let steps = scene.dashboard(T0).first_steps;
    assert!(steps.devices_enrolled && !steps.services_recorded && !steps.users_invited && !steps.organisation_named);
    assert!(scene.read(T0, |tx| services::ids(tx, &services::Filter::default(), all())).is_empty());
}

impl Scene {
    fn dashboard_device(&self, serial_number: &str) -> String {
        let sql = "SELECT id FROM device WHERE serial_number = ?1";
        self.store.read_root(T0, |root| Ok(root.test_texts(sql, &[serial_number]))).unwrap().remove(0)
    }
}

fn all() -> services::Page {
    services::Page { sort: services::Sort::Name, descending: false, skip: 0, limit: 10 }
}

fn hours_after(number: i64) -> Time {
    T0.plus_seconds(hours(number))
}
