//! Figures of frameworks over small populations, against those computed by hand.

mod rules;

use std::cell::RefCell;

use chrono_tz::Tz;
use serde_json::{Map, json};

use super::*;
use crate::domain::check::Catalogue;
use crate::domain::device::{OsType, Ownership};
use crate::domain::facts::{DeviceFacts, Section};
use crate::domain::settings::Settings;
use crate::domain::time::parse_date;

const HEAD: &str = r#"format = 1
[framework]
key = "mini"
name = "Mini"
version = "1"
publisher = "us"
text_license = "own"
disclaimer = "None."
complete = true
"#;

/// The worked example of the data files' page.
const MINI: &str = r#"
[[control]]
id = "M.1"
coverage = "full"
checks = ["device.disk_encryption"]
[[control]]
id = "M.2"
coverage = "partial"
checks = ["device.screen_lock_enabled", "device.screen_lock_delay"]
[[control]]
id = "M.3"
coverage = "partial"
checks = ["service.mfa_enforced"]
supporting = ["service.audit_logging"]
[[control]]
id = "M.4"
coverage = "partial"
checks = ["device.usb_storage_blocked"]
[[control]]
id = "M.5"
coverage = "partial"
checks = ["tenant.audit_chain_verified"]
"#;

fn framework(controls: &str) -> Framework {
    framework_with("", controls)
}

fn framework_with(head: &str, controls: &str) -> Framework {
    let controls = controls.replace("\ncoverage", "\ntitle = \"T\"\nshows = \"S\"\ngap = \"G\"\ncoverage");
    Framework::parse("mini.toml", &format!("{HEAD}{head}{controls}"), Catalogue::shipped()).unwrap_or_else(|error| panic!("{error}"))
}

fn one(check: &str, more: &str) -> String {
    format!("\n[[control]]\nid = \"C\"\ncoverage = \"partial\"\nchecks = [\"{check}\"]\n{more}\n")
}

fn resolved(patch: serde_json::Value) -> ResolvedChecks<'static> {
    let settings = Settings::default().patch(patch.as_object().unwrap(), Catalogue::shipped()).unwrap().0;
    ResolvedChecks::new(Catalogue::shipped(), &settings)
}

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn now() -> Time {
    at("2026-01-01T12:00:00Z")
}

/// Says what is fed; whatever it does not is empty.
struct Case {
    framework: Framework,
    checks: ResolvedChecks<'static>,
    people_without_device: u64,
    categories: Vec<String>,
    not_applicable: BTreeMap<String, String>,
    attested: BTreeMap<String, Attested>,
}

impl Case {
    fn new(framework: Framework) -> Case {
        let (not_applicable, attested) = (BTreeMap::new(), BTreeMap::new());
        Case { framework, checks: resolved(json!({})), people_without_device: 0, categories: vec![], not_applicable, attested }
    }

    fn run(&self, feed: impl FnOnce(&RefCell<Evaluation<'_>>)) -> Evaluated<'_> {
        let terms = Terms {
            at: now(),
            categories: &self.categories,
            not_applicable: &self.not_applicable,
            attested: &self.attested,
            people_without_device: self.people_without_device,
        };
        let evaluation = RefCell::new(Evaluation::new(&self.framework, &self.checks, terms));
        feed(&evaluation);
        evaluation.into_inner().finish()
    }
}

fn device(os_type: OsType, device_type: DeviceType) -> DeviceFacts<'static> {
    DeviceFacts {
        serial_number: "S",
        device_name: "one",
        device_type,
        os_type,
        os_version: None,
        os_distribution: None,
        os_edition: None,
        last_seen: Some(now()),
        user_id: None,
        owner_active: None,
        ownership: Ownership::Company,
        headless: false,
        tags: &[],
        security: None,
        software: None,
    }
}

fn laptop(os_type: OsType) -> DeviceFacts<'static> {
    device(os_type, DeviceType::Laptop)
}

fn add_device(evaluation: &RefCell<Evaluation<'_>>, device: DeviceFacts<'_>, security: serde_json::Value, terms: &[ExceptionTerm<'_>]) {
    let data: Map<String, serde_json::Value> = security.as_object().unwrap().clone();
    let section = Section { data: &data, confirmed_at: device.last_seen.unwrap_or(now()) };
    let facts = Facts::of_device(&DeviceFacts { security: Some(section), ..device });
    evaluation.borrow_mut().add(Subject::Device, &facts, terms);
}

fn add(evaluation: &RefCell<Evaluation<'_>>, subject: Subject, fields: &[(&'static str, serde_json::Value)]) {
    evaluation.borrow_mut().add(subject, &Facts::from_fields(fields.to_vec()), &[]);
}

fn counts(evaluated: &Evaluated<'_>, check: &str) -> [u64; 5] {
    let rows: Vec<_> = evaluated.rows.iter().filter(|row| row.check.id == check).collect();
    assert_eq!(rows.len(), 1, "{check}");
    let Counts { passed, failed, excepted, no_data, not_applicable } = rows[0].counts;
    [passed, failed, excepted, no_data, not_applicable]
}

fn status(evaluated: &Evaluated<'_>, id: &str) -> ControlStatus {
    let found = evaluated.controls.iter().find(|result| result.control.id == id).map(|result| result.status);
    found.or_else(|| evaluated.uncovered.iter().find(|result| result.control.id == id).map(|result| result.status)).unwrap()
}

use ControlStatus::{Fail, Manual, NoData, NotApplicable, Partial, Pass};

fn example(evaluation: &RefCell<Evaluation<'_>>, with_delay: bool) {
    let excepted =
        [ExceptionTerm { check_id: "device.disk_encryption", from: at("2025-12-01T00:00:00Z"), until: at("2026-02-01T00:00:00Z") }];
    let delay = |mut security: serde_json::Value, seconds: i64| {
        if with_delay {
            security["screen_lock_delay_secs"] = json!(seconds);
        }
        security
    };
    let locked = json!({ "disk_encryption": true, "screen_lock_enabled": true });
    add_device(evaluation, laptop(OsType::Macos), delay(locked.clone(), 300), &[]);
    add_device(evaluation, laptop(OsType::Windows), delay(locked, 0), &[]);
    add_device(evaluation, laptop(OsType::Linux), json!({ "disk_encryption": false, "screen_lock_enabled": true }), &excepted);
    let phone = json!({ "screen_lock_enabled": true, "screen_lock_delay_secs": 120 });
    add_device(evaluation, device(OsType::Ios, DeviceType::Phone), phone, &[]);
    for logging in [true, false] {
        add(evaluation, Subject::Service, &[("mfa_enforced", json!(true)), ("audit_logging_enabled", json!(logging))]);
    }
    add(evaluation, Subject::Tenant, &[("audit.chain_ok", json!(true)), ("audit.chain_checked_at", json!("2026-01-01T12:00:00Z"))]);
}

#[test]
fn the_golden_example_gives_its_table_and_numbers() {
    let usb = resolved(json!({ "checks": { "device.usb_storage_blocked": { "state": "baseline" } } }));
    let case = Case { checks: usb, ..Case::new(framework(MINI)) };
    let evaluated = case.run(|evaluation| example(evaluation, true));
    assert_eq!(counts(&evaluated, "device.disk_encryption"), [2, 0, 1, 0, 1]);
    assert_eq!(counts(&evaluated, "device.screen_lock_enabled"), [4, 0, 0, 0, 0]);
    assert_eq!(counts(&evaluated, "device.screen_lock_delay"), [2, 1, 0, 1, 0]);
    assert_eq!(counts(&evaluated, "service.mfa_enforced"), [2, 0, 0, 0, 0]);
    assert_eq!(counts(&evaluated, "service.audit_logging"), [1, 1, 0, 0, 0]);
    assert_eq!(counts(&evaluated, "device.usb_storage_blocked"), [0, 0, 0, 3, 1]);
    assert_eq!(counts(&evaluated, "tenant.audit_chain_verified"), [1, 0, 0, 0, 0]);
    // M.5 would pass, but the appliance must not mark itself.
    let statuses = ["M.1", "M.2", "M.3", "M.4", "M.5"].map(|id| status(&evaluated, id));
    assert_eq!(statuses, [Partial, Fail, Partial, NoData, Partial]);
    // Without the appliance's own check: floor(100 · 24.667 / 34) and floor(100 · 14 / 18).
    assert_eq!((evaluated.score.score, evaluated.score.completeness), (Some(72), 77));
    // With it, as the example's page counts: floor(100 · 34.667 / 44) and floor(100 · 15 / 19).
    let as_service = evaluated.rows.iter().map(|row| ScoreRow { subject: Subject::Service, severity: row.severity, counts: row.counts });
    let with_it = score(&Catalogue::shipped().weights, as_service);
    assert_eq!((with_it.score, with_it.completeness), (Some(78), 78));
    assert_eq!(evaluated.this_appliance, Counts { passed: 1, ..Counts::default() });
    assert!(evaluated.rows.iter().filter(|row| row.check.subject == Subject::Device).all(|row| row.counts.population() == 4));
    let lacking = case.run(|evaluation| example(evaluation, false));
    assert_eq!(status(&lacking, "M.2"), Partial);
}

#[test]
fn an_empty_organisation_scores_nothing_under_every_framework() {
    for framework in Framework::shipped() {
        let case = Case::new(framework.clone());
        let evaluated = case.run(|evaluation| {
            let admin =
                [("status", json!("active")), ("role", json!("admin")), ("mfa_enabled", json!(true)), ("last_active_at", json!(now()))];
            add(evaluation, Subject::User, &admin);
            add(evaluation, Subject::Tenant, &healthy_tenant());
        });
        assert_eq!(evaluated.score.score, None, "{}", framework.key);
        assert!(!evaluated.controls.iter().any(|control| control.status == Pass), "{}", framework.key);
    }
}

fn healthy_tenant() -> Vec<(&'static str, serde_json::Value)> {
    vec![
        ("lockout.max_attempts", json!(5)),
        ("lockout.duration_minutes", json!(60)),
        ("admins.active_count", json!(1)),
        ("api_keys.oldest_age_days", json!(1)),
        ("audit.chain_ok", json!(true)),
        ("audit.chain_checked_at", json!(now())),
        ("audit.oldest_entry_age_days", json!(1_000)),
        ("devices.people_without_device", json!(0)),
        ("exceptions.unbounded_or_expired", json!(0)),
        ("reports.last_generated_at", json!(now())),
        ("audit.recorded_event_types", json!(crate::domain::audit::Event::ALL.iter().map(|event| event.name()).collect::<Vec<_>>())),
    ]
}

#[test]
fn sixty_devices_and_twenty_five_services_with_everything_off_score_0() {
    for framework in Framework::shipped() {
        let tags = vec!["cde".to_owned()];
        let evaluated_with = |people_without_device| {
            let case = Case { people_without_device, ..Case::new(framework.clone()) };
            let evaluated = case.run(|evaluation| {
                for _ in 0..60 {
                    let off = json!({
                        "disk_encryption": false, "firewall_enabled": false, "screen_lock_enabled": false, "screen_lock_delay_secs": -1,
                        "auto_update_enabled": false, "antivirus_enabled": false, "antivirus_signatures_at": "2020-01-01T00:00:00Z",
                        "password_manager": false, "local_admin": true, "remote_login_enabled": true, "secure_boot": false,
                        "last_update_at": "2020-01-01T00:00:00Z",
                    });
                    let silent = DeviceFacts {
                        os_version: Some("10.0.10240"),
                        last_seen: Some(now().plus_days(-14).plus_seconds(-1)),
                        serial_number: "",
                        tags: &tags,
                        ..laptop(OsType::Windows)
                    };
                    // What is too old to be judged would be no data; here it was confirmed within the limit of 14 days.
                    let data = off.as_object().unwrap();
                    let section = Section { data, confirmed_at: now().plus_days(-1) };
                    evaluation.borrow_mut().add(
                        Subject::Device,
                        &Facts::of_device(&DeviceFacts { security: Some(section), ..silent }),
                        &[],
                    );
                }
                for _ in 0..25 {
                    let off = [
                        ("sso_enabled", json!(false)),
                        ("mfa_enforced", json!(false)),
                        ("audit_logging_enabled", json!(false)),
                        ("encryption_at_rest", json!(false)),
                        ("next_review_date", json!("2020-01-01")),
                        ("tags", json!(tags)),
                    ];
                    add(evaluation, Subject::Service, &off);
                }
                add(evaluation, Subject::Tenant, &healthy_tenant());
            });
            (evaluated.score.score, evaluated.score.completeness)
        };
        let (score, completeness) = evaluated_with(0);
        assert!(completeness >= 70, "{}: {completeness}", framework.key);
        assert_eq!(score, Some(0), "{}: the appliance's own checks must not lift it", framework.key);
        assert!(evaluated_with(1_000).1 <= completeness);
    }
}

#[test]
fn stale_facts_are_no_data_and_only_freshness_fails() {
    let fresh = one(
        "device.reporting_fresh",
        "supporting = [\"device.disk_encryption\", \"device.os_patch_age\", \"device.software_inventory_fresh\"]",
    );
    let case = Case::new(framework(&fresh));
    let evaluated = case.run(|evaluation| {
        let silent = DeviceFacts { last_seen: Some(now().plus_days(-31)), ..laptop(OsType::Macos) };
        add_device(evaluation, silent, json!({ "disk_encryption": true, "last_update_at": "2025-12-01T00:00:00Z" }), &[]);
    });
    assert_eq!(counts(&evaluated, "device.reporting_fresh"), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&evaluated, "device.disk_encryption"), [0, 0, 0, 1, 0]);
    assert_eq!(counts(&evaluated, "device.os_patch_age"), [0, 0, 0, 1, 0]);
}

#[test]
fn exceptions_hold_from_their_recording_to_the_end_of_their_last_day() {
    let case = Case::new(framework(&one("device.disk_encryption", "")));
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let end = |day: &str| ExceptionTerm::end_of(parse_date(day).unwrap(), zone);
    assert_eq!(end("2026-01-01"), at("2026-01-01T23:00:00Z"));
    let term = |from: &str, until: Time| ExceptionTerm { check_id: "device.disk_encryption", from: at(from), until };
    for (term, excepted) in [
        (term("2025-12-01T00:00:00Z", end("2025-12-31")), false), // ended yesterday
        (term("2025-12-01T00:00:00Z", end("2026-01-01")), true),  // ends today
        (term("2026-01-01T12:00:00Z", end("2026-01-01")), true),  // recorded now
        (term("2026-01-01T12:00:01Z", end("2026-01-01")), false), // recorded later: it never counts back
        (ExceptionTerm { check_id: "device.firewall_enabled", from: at("2025-12-01T00:00:00Z"), until: end("2026-01-01") }, false),
    ] {
        let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), json!({ "disk_encryption": false }), &[term]));
        assert_eq!(counts(&evaluated, "device.disk_encryption"), [0, u64::from(!excepted), u64::from(excepted), 0, 0], "{term:?}");
        assert_eq!(status(&evaluated, "C"), if excepted { Partial } else { Fail });
        assert_eq!(evaluated.score.score, Some(0), "an exception spares the status, not the score");
    }
    let none = ExceptionTerm { check_id: "device.disk_encryption", from: at("2025-12-01T00:00:00Z"), until: end("2026-01-01") };
    let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), json!({ "disk_encryption": true }), &[none]));
    assert_eq!(counts(&evaluated, "device.disk_encryption"), [1, 0, 0, 0, 0], "what passes needs no exception");
}

#[test]
fn what_is_off_is_not_in_use_and_in_no_figure() {
    let two = format!("{}{}", one("device.no_forbidden_software", ""), one("device.disk_encryption", "").replace("\"C\"", "\"D\""));
    let case = Case::new(framework(&two));
    let feed =
        |evaluation: &RefCell<Evaluation<'_>>| add_device(evaluation, laptop(OsType::Macos), json!({ "disk_encryption": true }), &[]);
    let evaluated = case.run(feed);
    assert_eq!(counts(&evaluated, "device.no_forbidden_software"), [0; 5]);
    assert_eq!((status(&evaluated, "C"), status(&evaluated, "D")), (NoData, Pass));
    assert_eq!((evaluated.score.score, evaluated.score.completeness), (Some(100), 100));
    let on = resolved(json!({ "checks": { "device.no_forbidden_software": { "state": "baseline" } } }));
    let case = Case { checks: on, ..Case::new(framework(&two)) };
    let evaluated = case.run(feed);
    assert_eq!(counts(&evaluated, "device.no_forbidden_software"), [0, 0, 0, 1, 0], "an empty list never passes");
    let off = resolved(json!({ "checks": { "device.disk_encryption": { "state": "off" } } }));
    let case = Case { checks: off, ..Case::new(framework(&two)) };
    let evaluated = case.run(feed);
    assert_eq!((status(&evaluated, "D"), evaluated.score.score), (NoData, None), "one can't be switched off into a pass");
}
