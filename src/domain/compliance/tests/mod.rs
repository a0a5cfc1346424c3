//! Judgements and figures against hand-computed cases.

mod status;
mod steady;

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::check::{Catalogue, Severity};
use crate::domain::device::{DeviceType, OsType, Ownership};
use crate::domain::facts::{DeviceFacts, Section};
use crate::domain::settings::Settings;
use crate::domain::time::parse_date;

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn settings(patch: Value) -> Settings {
    Settings::default().patch(patch.as_object().unwrap(), Catalogue::shipped()).unwrap().0
}

fn resolved(patch: Value) -> ResolvedChecks<'static> {
    ResolvedChecks::new(Catalogue::shipped(), &settings(patch))
}

fn device(last_seen: Time) -> DeviceFacts<'static> {
    DeviceFacts {
        serial_number: "C02XL0GTJG5J",
        device_name: "one",
        device_type: DeviceType::Laptop,
        os_type: OsType::Macos,
        os_version: Some("15.7.9"),
        os_distribution: None,
        os_edition: None,
        last_seen: Some(last_seen),
        user_id: Some("user_1"),
        owner_active: Some(true),
        ownership: Ownership::Company,
        headless: false,
        tags: &[],
        security: None,
        software: None,
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// The device with a security section confirmed when it was last seen.
fn facts<'a>(device: DeviceFacts<'a>, security: &'a Value) -> Facts<'a> {
    let section = Section { data: object(security), confirmed_at: device.last_seen.unwrap() };
    Facts::of_device(&DeviceFacts { security: Some(section), ..device })
}

fn verdict<'j>(judgement: &'j Judgement<'_>, id: &str) -> &'j CheckVerdict<'j> {
    judgement.verdicts.iter().find(|verdict| verdict.check_id == id).unwrap_or_else(|| panic!("{id} is not judged"))
}

#[track_caller]
fn check(judgement: &Judgement<'_>, id: &str, status: CheckStatus, reason: Option<Reason>) {
    let verdict = verdict(judgement, id);
    assert_eq!((verdict.status, verdict.reason), (status, reason), "{id}: {:?}", verdict.observed);
}

const NOW: &str = "2026-01-01T12:00:00Z";
use CheckStatus::{Excepted, Fail, NoData, NotApplicable, Pass};

/// The worked example: four devices and two services, the USB check switched on.
#[test]
fn the_golden_example_gives_its_counts_and_numbers() {
    let checks = resolved(json!({ "checks": { "device.usb_storage_blocked": { "state": "baseline" } } }));
    let now = at(NOW);
    let on = |os_type| DeviceFacts { os_type, ..device(now) };
    let devices = [
        (OsType::Macos, json!({ "disk_encryption": true, "screen_lock_enabled": true, "screen_lock_delay_secs": 300 })),
        (OsType::Windows, json!({ "disk_encryption": true, "screen_lock_enabled": true, "screen_lock_delay_secs": 0 })),
        (OsType::Linux, json!({ "disk_encryption": false, "screen_lock_enabled": true })),
        (OsType::Ios, json!({ "screen_lock_enabled": true, "screen_lock_delay_secs": 120 })),
    ];
    let services = [true, false].map(|logging| vec![("mfa_enforced", json!(true)), ("audit_logging_enabled", json!(logging))]);
    let mut judgements: Vec<Judgement<'_>> = Vec::new();
    for (os_type, security) in &devices {
        judgements.push(judge(&checks, Subject::Device, &facts(on(*os_type), security), now));
    }
    for fields in services {
        judgements.push(judge(&checks, Subject::Service, &Facts::from_fields(fields), now));
    }
    let tenant = vec![("audit.chain_ok", json!(true)), ("audit.chain_checked_at", json!(NOW))];
    judgements.push(judge(&checks, Subject::Tenant, &Facts::from_fields(tenant), now));
    let encrypted = judgements[2].verdicts.iter_mut().find(|verdict| verdict.check_id == "device.disk_encryption").unwrap();
    assert_eq!(encrypted.status, Fail);
    encrypted.status = Excepted;

    let table = [
        ("device.disk_encryption", [2, 0, 1, 0, 1]),
        ("device.screen_lock_enabled", [4, 0, 0, 0, 0]),
        ("device.screen_lock_delay", [2, 1, 0, 1, 0]),
        ("service.mfa_enforced", [2, 0, 0, 0, 0]),
        ("service.audit_logging", [1, 1, 0, 0, 0]),
        ("device.usb_storage_blocked", [0, 0, 0, 3, 1]),
        ("tenant.audit_chain_verified", [1, 0, 0, 0, 0]),
    ];
    let rows = table.map(|(id, [passed, failed, excepted, no_data, not_applicable])| {
        let mut counts = Counts::default();
        judgements
            .iter()
            .flat_map(|judgement| &judgement.verdicts)
            .filter(|verdict| verdict.check_id == id)
            .for_each(|v| counts.add(v.status));
        assert_eq!(counts, Counts { passed, failed, excepted, no_data, not_applicable }, "{id}");
        let resolved = checks.get(id).unwrap();
        ScoreRow { subject: resolved.check.subject, severity: resolved.severity, counts }
    });
    let weights = &Catalogue::shipped().weights;
    // The example counts the appliance's own check like any other: floor(100 · 34.667 / 44) and floor(100 · 15 / 19).
    let all = score(weights, rows.map(|row| ScoreRow { subject: Subject::Service, ..row }));
    assert_eq!((all.score, all.completeness), (Some(78), 78));
    // It enters no score: floor(100 · 24.667 / 34) and floor(100 · 14 / 18).
    let own = score(weights, rows);
    assert_eq!((own.score, own.completeness), (Some(72), 77));
    assert_eq!(own.counts, Counts { passed: 11, failed: 2, excepted: 1, no_data: 4, not_applicable: 2 });
    let json = json!({ "score": 72, "completeness": 77, "passed": 11, "failed": 2, "excepted": 1, "no_data": 4, "not_applicable": 2 });
    assert_eq!(serde_json::to_value(own).unwrap(), json);
}

#[test]
fn the_score_is_withheld_below_seventy_percent_and_full_only_when_all_pass() {
    let weights = &Catalogue::shipped().weights;
    let row = |severity, passed, failed, no_data| ScoreRow {
        subject: Subject::Device,
        severity,
        counts: Counts { passed, failed, no_data, ..Counts::default() },
    };
    let of = |rows: Vec<ScoreRow>| (score(weights, rows.clone()).score, score(weights, rows).completeness);
    assert_eq!(of(vec![]), (None, 0));
    assert_eq!(of(vec![row(Severity::Low, 0, 0, 0)]), (None, 0));
    assert_eq!(of(vec![row(Severity::Low, 69, 0, 31)]), (None, 69));
    assert_eq!(of(vec![row(Severity::Low, 70, 0, 30)]), (Some(70), 70));
    assert_eq!(of(vec![row(Severity::Low, 699, 0, 301)]), (None, 69), "rounded down, never up to the limit");
    assert_eq!(of(vec![row(Severity::Critical, 3, 0, 0), row(Severity::Low, 3, 0, 0)]), (Some(100), 100));
    assert_eq!(of(vec![row(Severity::Critical, 3, 0, 0), row(Severity::Low, 0, 3, 0)]), (Some(90), 100));
    assert_eq!(of(vec![row(Severity::Low, 3_000_000_000_000, 1, 0)]), (Some(99), 100));
    assert_eq!(of(vec![row(Severity::Medium, 7, 3, 0)]), (Some(70), 100), "floating point makes it 69.999…; it is 70");
}

#[test]
fn checks_come_in_catalogue_order_without_those_that_are_off() {
    let checks = resolved(json!({}));
    let judgement = judge(&checks, Subject::Device, &Facts::of_device(&device(at(NOW))), at(NOW));
    let expected = Catalogue::shipped().checks().iter().filter(|check| check.subject == Subject::Device && !check.optional);
    assert_eq!(
        judgement.verdicts.iter().map(|v| v.check_id).collect::<Vec<_>>(),
        expected.map(|check| check.id.as_str()).collect::<Vec<_>>()
    );
    let off = resolved(json!({ "checks": { "device.disk_encryption": { "state": "off" } } }));
    let judgement = judge(&off, Subject::Device, &Facts::of_device(&device(at(NOW))), at(NOW));
    assert!(judgement.verdicts.iter().all(|verdict| verdict.check_id != "device.disk_encryption"));
}

#[test]
fn nothing_reported_is_no_data_and_only_missing_facts_fail_where_the_check_says_so() {
    let checks = resolved(json!({}));
    let judgement = judge(&checks, Subject::Device, &Facts::of_device(&device(at(NOW))), at(NOW));
    for id in
        ["device.disk_encryption", "device.firewall_enabled", "device.screen_lock_enabled", "device.os_patch_age", "device.no_local_admin"]
    {
        check(&judgement, id, NoData, Some(Reason::Absent));
        assert_eq!(verdict(&judgement, id).observed, Value::Null);
    }
    check(&judgement, "device.software_inventory_fresh", Fail, Some(Reason::Absent));
    check(&judgement, "device.reporting_fresh", Pass, None);
    let never = judge(&checks, Subject::Device, &Facts::of_device(&DeviceFacts { last_seen: None, ..device(at(NOW)) }), at(NOW));
    check(&never, "device.reporting_fresh", Fail, Some(Reason::Absent));
    let later = judge(&checks, Subject::Device, &Facts::of_device(&device(at("2026-01-02T00:00:00Z"))), at(NOW));
    check(&later, "device.reporting_fresh", NoData, Some(Reason::Future));
}

#[test]
fn a_silent_device_has_no_data_but_its_record_stays() {
    let security = json!({ "disk_encryption": true, "last_update_at": "2026-01-01T00:00:00Z" });
    let checks = resolved(json!({}));
    let facts = facts(device(at(NOW)), &security);
    let last = judge(&checks, Subject::Device, &facts, at("2026-01-15T12:00:00Z"));
    check(&last, "device.disk_encryption", Pass, None);
    assert_eq!(last.changes_at, Some(at("2026-01-15T12:00:01Z")));
    let silent = judge(&checks, Subject::Device, &facts, at("2026-02-01T12:00:00Z"));
    for id in ["device.disk_encryption", "device.os_patch_age", "device.os_supported"] {
        check(&silent, id, NoData, Some(Reason::Stale));
    }
    check(&silent, "device.reporting_fresh", Fail, None);
    check(&silent, "device.identity_complete", Pass, None);
    // A longer silence than the catalogue's 30 days does not make facts live longer than these.
    let patient = resolved(json!({ "silent_after_days": 60 }));
    check(&judge(&patient, Subject::Device, &facts, at("2026-01-31T12:00:00Z")), "device.disk_encryption", Pass, None);
    check(&judge(&patient, Subject::Device, &facts, at("2026-01-31T12:00:01Z")), "device.disk_encryption", NoData, Some(Reason::Stale));
}

#[test]
fn checks_apply_to_the_devices_they_are_meant_for() {
    let checks = resolved(json!({ "checks": { "device.no_forbidden_software": { "state": "baseline" } } }));
    let security = json!({ "disk_encryption": false, "screen_lock_enabled": false, "antivirus_enabled": false });
    let ask =
        |device: DeviceFacts<'static>, id: &str| verdict(&judge(&checks, Subject::Device, &facts(device, &security), at(NOW)), id).status;
    let laptop = device(at(NOW));
    for (device, lock, disk, malware) in [
        (laptop, Fail, Fail, Fail),
        (DeviceFacts { device_type: DeviceType::Server, os_type: OsType::Linux, ..laptop }, NotApplicable, Fail, NotApplicable),
        (DeviceFacts { device_type: DeviceType::Vm, headless: true, ..laptop }, NotApplicable, Fail, Fail),
        (DeviceFacts { device_type: DeviceType::Phone, os_type: OsType::Ios, ..laptop }, Fail, NotApplicable, NotApplicable),
    ] {
        assert_eq!(ask(device, "device.screen_lock_enabled"), lock);
        assert_eq!(ask(device, "device.disk_encryption"), disk);
        assert_eq!(ask(device, "device.malware_protection"), malware);
    }
    let nowhere = resolved(json!({ "checks": { "device.malware_protection": { "params": { "require_on": [] } } } }));
    let judgement = judge(&nowhere, Subject::Device, &facts(laptop, &security), at(NOW));
    check(&judgement, "device.malware_protection", NotApplicable, None);
    let judgement = judge(&checks, Subject::Device, &Facts::of_device(&laptop), at(NOW));
    check(&judgement, "device.no_forbidden_software", NoData, Some(Reason::NotConfigured));
}

#[test]
fn a_disabled_owner_is_no_owner() {
    let checks = resolved(json!({}));
    let ask = |user_id, owner_active| {
        let facts = Facts::of_device(&DeviceFacts { user_id, owner_active, ..device(at(NOW)) });
        verdict(&judge(&checks, Subject::Device, &facts, at(NOW)), "device.owner_assigned").status
    };
    assert_eq!([ask(Some("user_1"), Some(true)), ask(Some("user_1"), Some(false)), ask(None, None)], [Pass, Fail, Fail]);
    let service = Facts::from_fields(vec![("owner_id", json!("user_1")), ("owner_active", json!(false))]);
    check(&judge(&checks, Subject::Service, &service, at(NOW)), "service.owner_assigned", Fail, None);
}

#[test]
fn a_service_nobody_has_answered_for_is_no_data_where_it_is_key() {
    let checks = resolved(json!({}));
    let judgement = judge(&checks, Subject::Service, &Facts::from_fields(vec![("name", json!("GitHub"))]), at(NOW));
    for id in ["service.mfa_enforced", "service.data_classified", "service.review_current"] {
        check(&judgement, id, NoData, Some(Reason::Absent));
    }
    check(&judgement, "service.review_frequency", Fail, Some(Reason::Absent));
    check(&judgement, "service.owner_assigned", Fail, None);
}

#[test]
fn the_appliance_checks_its_own_event_names() {
    let checks = resolved(json!({}));
    let wanted = |id: &str| {
        let leaves = checks.get(id).unwrap().check.rule.leaves();
        let crate::domain::rule::Operand::Literal(Value::Array(names)) = &leaves[0].operand else { panic!() };
        names.clone()
    };
    let recorded: Vec<Value> = wanted("tenant.audit_auth_events").into_iter().chain(wanted("tenant.audit_admin_events")).collect();
    assert!(recorded.iter().all(|name| name.as_str().unwrap().bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    let facts = |names: &[Value]| Facts::from_fields(vec![("audit.recorded_event_types", json!(names))]);
    check(&judge(&checks, Subject::Tenant, &facts(&recorded), at(NOW)), "tenant.audit_auth_events", Pass, None);
    let fewer = judge(&checks, Subject::Tenant, &facts(&recorded[1..]), at(NOW));
    check(&fewer, "tenant.audit_auth_events", Fail, None);
    assert_eq!(verdict(&fewer, "tenant.audit_auth_events").observed, json!(["user_login_success"]));
}
