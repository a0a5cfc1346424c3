//! Frameworks over small populations, against figures computed by hand.

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

#[test]
fn a_control_about_this_appliance_only_is_at_best_partial() {
    let shipped = Framework::shipped().iter().find(|framework| framework.key == "nis2-art21").unwrap();
    let case = Case::new(shipped.clone());
    let evaluated = case.run(|evaluation| add(evaluation, Subject::Tenant, &healthy_tenant()));
    let result = evaluated.controls.iter().find(|result| result.control.id == "21(2)(b)").unwrap();
    assert_eq!((result.status, result.only_this_appliance), (Partial, true));
}

#[test]
fn a_control_with_supporting_checks_only_is_at_best_partial_and_never_fails() {
    let only = "\n[[control]]\nid = \"C\"\ncoverage = \"partial\"\nsupporting = [\"device.no_local_admin\"]\n";
    let case = Case::new(framework(only));
    for (admin, wanted) in [(json!({ "local_admin": false }), Partial), (json!({ "local_admin": true }), Partial), (json!({}), NoData)] {
        let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), admin.clone(), &[]));
        assert_eq!(status(&evaluated, "C"), wanted, "{admin}");
    }
}

#[test]
fn the_same_check_with_other_scope_or_parameters_is_another_result() {
    let controls = [
        one("device.screen_lock_delay", "scope = { device_type_not = [\"server\"] }"),
        one("device.screen_lock_delay", "params = { \"device.screen_lock_delay\" = { max_secs = 120 } }").replace("\"C\"", "\"D\""),
        one("device.screen_lock_delay", "params = { \"device.screen_lock_delay\" = { max_secs = 900 } }").replace("\"C\"", "\"E\""),
        one("device.screen_lock_delay", "").replace("\"C\"", "\"F\""),
    ];
    let case = Case::new(framework(&controls.concat()));
    let evaluated = case.run(|evaluation| {
        add_device(evaluation, laptop(OsType::Macos), json!({ "screen_lock_delay_secs": 300 }), &[]);
        add_device(evaluation, device(OsType::Linux, DeviceType::Server), json!({ "screen_lock_delay_secs": 10 }), &[]);
        add_device(evaluation, device(OsType::Linux, DeviceType::Other), json!({ "screen_lock_delay_secs": 10 }), &[]);
    });
    let rows: Vec<_> = evaluated.rows.iter().map(|row| (row.scope.words(), row.params["max_secs"].clone(), row.counts)).collect();
    let three = |passed, failed, not_applicable| Counts { passed, failed, not_applicable, ..Counts::default() };
    let expected = [
        ("devices not of type server".to_owned(), json!(900), three(2, 0, 0)),
        ("all".to_owned(), json!(120), three(1, 1, 1)),
        ("all".to_owned(), json!(900), three(2, 0, 1)),
    ];
    assert_eq!(rows, expected, "E and F ask the same");
    assert_eq!(["C", "D", "E", "F"].map(|id| status(&evaluated, id)), [Pass, Fail, Pass, Pass]);
    assert_eq!(evaluated.score.score, Some(83), "each result counts once: (1 + 1/2 + 1) / 3");
}

#[test]
fn an_organisation_may_ask_for_more_than_a_framework_and_never_for_less() {
    let of = |framework: &str, own: serde_json::Value, control: &str| {
        let framework = framework_with(framework, &one("device.os_patch_age", control));
        let checks = resolved(json!({ "checks": { "device.os_patch_age": { "params": own } } }));
        let found = checks.get("device.os_patch_age").unwrap();
        demanded_params(&framework, &framework.controls[0], found, &checks.catalogue.regions)["max_days"].clone()
    };
    let demand = |days: u32| format!("params = {{ \"device.os_patch_age\" = {{ max_days = {days} }} }}\n");
    assert_eq!(of("", json!({}), ""), json!(30), "the catalogue's");
    assert_eq!(of("", json!({ "max_days": 45 }), ""), json!(45), "the organisation's");
    assert_eq!(of(&demand(14), json!({}), ""), json!(14));
    assert_eq!(of(&demand(14), json!({ "max_days": 30 }), ""), json!(14), "14 days beside an organisation with 30");
    assert_eq!(of(&demand(14), json!({ "max_days": 7 }), ""), json!(7));
    assert_eq!(of(&demand(14), json!({}), &demand(20)), json!(20), "the control before the framework");
    assert_eq!(of(&demand(45), json!({}), ""), json!(45), "the catalogue's default is nobody's demand");
    assert_eq!(of(&demand(45), json!({ "max_days": 30 }), ""), json!(30));
}

#[test]
fn a_required_scope_that_nothing_is_in_leaves_everything_without_data() {
    let pci = Framework::shipped().iter().find(|framework| framework.key == "pci-dss-4.0.1").unwrap();
    let case = Case { people_without_device: 3, ..Case::new(pci.clone()) };
    let run = |tags: &[String]| {
        case.run(|evaluation| {
            let tagged = DeviceFacts { tags, ..laptop(OsType::Macos) };
            add_device(evaluation, tagged, json!({ "firewall_enabled": true, "antivirus_enabled": true, "local_admin": false }), &[]);
            add(evaluation, Subject::Service, &[("mfa_enforced", json!(true))]);
            add(evaluation, Subject::Tenant, &healthy_tenant());
        })
    };
    let untagged = run(&["office".to_owned()]);
    assert!(untagged.controls.iter().all(|result| result.status == NoData));
    assert!(untagged.rows.iter().all(|row| row.counts == Counts::default()));
    assert_eq!(untagged.score.score, None);
    let tagged = run(&["office".to_owned(), "cde".to_owned()]);
    assert_eq!(status(&tagged, "1.5.1"), Pass);
    assert_eq!(status(&tagged, "10.3.2"), Partial);
    assert_eq!(counts(&tagged, "service.mfa_enforced"), [0; 5], "the service has no such tag");
    assert_eq!(status(&tagged, "8.4.1"), NoData);
}

#[test]
fn people_without_a_device_are_no_data_in_the_baseline_checks_of_devices() {
    let text = one("device.disk_encryption", "supporting = [\"device.auto_updates\", \"service.mfa_enforced\"]");
    let servers = one("device.disk_encryption", "scope = { device_type = [\"server\"] }").replace("\"C\"", "\"D\"");
    let case = Case { people_without_device: 2, ..Case::new(framework(&format!("{text}{servers}"))) };
    let evaluated = case.run(|evaluation| add_device(evaluation, laptop(OsType::Macos), json!({ "disk_encryption": true }), &[]));
    assert_eq!(evaluated.rows[0].counts, Counts { passed: 1, no_data: 2, ..Counts::default() });
    assert_eq!(evaluated.rows[1].counts, Counts { no_data: 1, ..Counts::default() }, "advice");
    assert_eq!(evaluated.rows[2].counts, Counts::default());
    assert_eq!(evaluated.rows[3].counts, Counts::default(), "no laptop is a server");
    assert_eq!((status(&evaluated, "C"), evaluated.score.score), (Partial, None));
}

#[test]
fn statement_of_applicability_attestations_and_categories() {
    let soc2 = Framework::shipped().iter().find(|framework| framework.key == "soc2").unwrap();
    let signed = Attested { by: "Ann".to_owned(), on: parse_date("2025-12-01").unwrap() };
    let mut case = Case::new(soc2.clone());
    case.not_applicable = BTreeMap::from([("CC9.2".to_owned(), "no vendors".to_owned()), ("CC6.4".to_owned(), "no office".to_owned())]);
    case.attested =
        BTreeMap::from([("CC1.1", &signed), ("CC6.1", &signed), ("CC6.4", &signed)].map(|(id, by)| (id.to_owned(), by.clone())));
    let evaluated = case.run(|evaluation| add(evaluation, Subject::Service, &[("mfa_enforced", json!(false))]));
    assert_eq!(
        (status(&evaluated, "CC9.2"), status(&evaluated, "CC6.4"), status(&evaluated, "CC1.1")),
        (NotApplicable, NotApplicable, Manual)
    );
    assert_eq!(status(&evaluated, "CC6.1"), Fail, "an attestation changes no computed status");
    let attested: Vec<&str> =
        evaluated.uncovered.iter().filter(|result| result.attested.is_some()).map(|r| r.control.id.as_str()).collect();
    assert_eq!(attested, ["CC1.1"]);
    assert!(!evaluated.rows.iter().any(|row| row.check.id == "service.review_frequency"), "its only control does not apply");
    let expected = CoverageFigures { full: 0, partial: 13, out_of_scope: 18, not_applicable: 2, percent: Some(41) };
    assert_eq!(evaluated.coverage, expected);
    assert_eq!(evaluated.tally.values().sum::<u64>(), 33);
    let chosen = Case { categories: vec!["confidentiality".to_owned()], ..Case::new(soc2.clone()) };
    assert_eq!(chosen.run(|_| ()).tally.values().sum::<u64>(), 35);
}

#[test]
fn outcomes_name_their_row_and_say_what_was_seen() {
    let case =
        Case::new(framework(&one("device.disk_encryption", "supporting = [\"device.no_forbidden_software\", \"device.auto_updates\"]")));
    case.run(|evaluation| {
        let data = json!({ "disk_encryption": false });
        let section = Section { data: data.as_object().unwrap(), confirmed_at: now() };
        let facts = Facts::of_device(&DeviceFacts { security: Some(section), ..laptop(OsType::Macos) });
        let outcomes = evaluation.borrow_mut().add(Subject::Device, &facts, &[]);
        let expected = [
            SubjectOutcome { row: 0, status: CheckStatus::Fail, observed: json!(false), reason: None },
            SubjectOutcome { row: 2, status: CheckStatus::NoData, observed: json!(null), reason: Some(Reason::Absent) },
        ];
        assert_eq!(outcomes, expected);
    });
}
