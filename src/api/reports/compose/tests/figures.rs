//! Figures against cases computed by hand.

use serde_json::json;

use super::*;
use crate::api::reports::compose::summary;
use crate::domain::compliance::Counts;
use crate::domain::device::{DataType, DeviceType, OsType};
use crate::domain::exception::{ExceptionScope, SubjectType};
use crate::domain::inventory::DeviceReport;
use crate::report::content::ControlStatus;
use crate::store::exceptions::{self, NewException};
use crate::store::services::Patch;

const PATCHES: &str =
    "\n[[control]]\nid = \"C.1\"\ncoverage = \"partial\"\nchecks = [\"device.os_patch_age\", \"device.disk_encryption\"]\n";

#[test]
fn an_empty_tenant_has_no_score_and_nothing_panics() {
    let scene = Scene::new();
    for framework in Framework::shipped() {
        let report = scene.composed(days(40), framework, "2026-01-10", "2026-02-08");
        assert_eq!((report.result.score, report.trend.len()), (None, 0), "{}", framework.key);
        assert!(!report.controls.iter().any(|control| control.status == ControlStatus::Pass));
        assert_eq!(report.audit_chain.ok, Some(true));
        assert_eq!(summary(&report)["score"], json!(null));
    }
}

#[test]
fn a_framework_with_14_days_beside_a_tenant_with_30_judges_by_its_own() {
    let scene = Scene::new();
    // Updated on 9 January; the tenant's own limit is 30 days, so that its verdict passes all the time.
    let id = scene.report(days(0), report()).id;
    for day in 1..20 {
        scene.report(days(day), report());
    }
    assert_eq!(scene.status(&id, "device.os_patch_age"), crate::domain::compliance::CheckStatus::Pass);
    let strict = mini("params = { \"device.os_patch_age\" = { max_days = 14 } }\n", PATCHES);
    let made = scene.composed(days(40), &strict, "2026-01-10", "2026-01-28");
    let patches = check(&made, "device.os_patch_age");
    assert_eq!(patches.counts, Counts { failed: 1, ..Counts::default() });
    // 14 days after 9 January 00:00, to the second.
    assert_eq!(patches.failing[0].since, Time::parse("2026-01-23T00:00:01Z").unwrap());
    assert_eq!(made.deviations.len(), 1);
    assert_eq!((made.deviations[0].from, made.deviations[0].to), (patches.failing[0].since, None));
    assert_eq!(made.request.parameters.iter().find(|p| p.name == "max_days").unwrap().origin, "framework");
    assert_eq!(made.controls[0].status, ControlStatus::Fail);
    assert_eq!(made.controls[0].checks[0].deviations.oldest_days, Some(5));
    let lax = scene.composed(days(40), &mini("", PATCHES), "2026-01-10", "2026-01-28");
    assert_eq!(check(&lax, "device.os_patch_age").counts, Counts { passed: 1, ..Counts::default() });
    assert!(lax.deviations.is_empty());
}

#[test]
fn a_failure_has_its_true_beginning_before_the_period_and_a_retired_device_is_in_no_state() {
    let scene = Scene::new();
    let id = scene.report(days(0), with("disk_encryption", json!(false))).id;
    for day in 1..80 {
        scene.report(days(day), with("disk_encryption", json!(false)));
    }
    let made = scene.composed(days(90), &mini("", PATCHES), "2026-03-21", "2026-03-28");
    let disk = check(&made, "device.disk_encryption");
    assert_eq!((disk.failing[0].since, disk.failing[0].subject.id.as_str()), (days(0), id.as_str()));
    assert_eq!(disk.failing[0].observed.as_deref(), Some("security.disk_encryption is false"));
    let period = disk.period.unwrap();
    assert_eq!((period.days_failed, period.days_total, period.deviations), (8.0, 8.0, 1));
    scene.write(days(91), move |tx| crate::store::devices::retire(tx, &id, crate::domain::device::RetireReason::Sold)).unwrap();
    let after = scene.composed(days(120), &mini("", PATCHES), "2026-03-21", "2026-04-20");
    assert_eq!((after.population.devices_registered, after.population.devices_retired), (0, 1));
    assert_eq!((after.devices.len(), after.devices[0].status), (1, None));
    assert_eq!(after.deviations[0].to, Some(days(91)));
    assert_eq!(after.result.score, None);
}

#[test]
fn a_framework_file_that_was_replaced_in_the_period_stands_with_the_changes() {
    let scene = Scene::new();
    let earlier = scene.earlier_file("soc2", days(-60));
    scene.store.write_root(days(3), crate::store::frameworks::register).unwrap();
    let made = scene.at_hand(days(40), "soc2", "2026-01-31");
    let present = &shipped("soc2").sha256;
    assert_eq!(made.basis.framework_sha256, *present);
    let change = &made.changes[0];
    assert_eq!((change.at, change.what.as_str()), (days(3), format!("framework's file: SHA-256 {earlier} → {present}").as_str()));
    assert_eq!(made.changes.len(), 1, "nothing else changed: {:?}", made.changes);
}

/// The worked example of the data files' page.
const GOLDEN: &str = "
[[control]]
id = \"M.1\"
coverage = \"full\"
checks = [\"device.disk_encryption\"]
[[control]]
id = \"M.2\"
coverage = \"partial\"
checks = [\"device.screen_lock_enabled\", \"device.screen_lock_delay\"]
[[control]]
id = \"M.3\"
coverage = \"partial\"
checks = [\"service.mfa_enforced\"]
supporting = [\"service.audit_logging\"]
[[control]]
id = \"M.4\"
coverage = \"partial\"
checks = [\"device.usb_storage_blocked\"]
";

fn golden_device(serial: &str, os_type: OsType, security: serde_json::Value) -> DeviceReport {
    let device_type = if os_type == OsType::Ios { DeviceType::Phone } else { DeviceType::Laptop };
    let mut device = with_section(report(), DataType::Security, security);
    (device.serial_number, device.device_name) = (serial.to_owned(), serial.to_owned());
    (device.os_type, device.device_type) = (os_type, Some(device_type));
    device
}

#[test]
fn the_golden_example_through_the_store_gives_its_table_and_numbers() {
    let scene = Scene::new();
    scene.change_settings(days(-1), json!({ "checks": { "device.usb_storage_blocked": { "state": "baseline" } } }));
    let locked = |delay: i64| json!({ "disk_encryption": true, "screen_lock_enabled": true, "screen_lock_delay_secs": delay });
    scene.report(days(0), golden_device("S1", OsType::Macos, locked(300)));
    scene.report(days(0), golden_device("S2", OsType::Windows, locked(0)));
    let third = golden_device("S3", OsType::Linux, json!({ "disk_encryption": false, "screen_lock_enabled": true }));
    let third = scene.report(days(0), third).id;
    let phone = json!({ "screen_lock_enabled": true, "screen_lock_delay_secs": 120 });
    scene.report(days(0), golden_device("S4", OsType::Ios, phone));
    let new = NewException {
        subject_type: SubjectType::Device,
        scope: ExceptionScope::Subject(third.clone()),
        check_id: "device.disk_encryption".to_owned(),
        reason: "Measuring machine".to_owned(),
        compensating_measure: Some("In a locked room".to_owned()),
        requested_by: None,
        approver: None,
        expires_on: parse_date("2026-02-01").unwrap(),
    };
    let exception = scene.write(days(1), move |tx| exceptions::create(tx, new)).unwrap().id;
    for (name, logging) in [("One", true), ("Two", false)] {
        let patch = Patch { mfa_enforced: Some(Some(true)), audit_logging_enabled: Some(Some(logging)), ..Patch::default() };
        scene.service(days(0), name, patch);
    }
    let made = scene.composed(days(40), &mini("", GOLDEN), "2026-01-10", "2026-01-12");
    let counts = |id: &str| {
        let Counts { passed, failed, excepted, no_data, not_applicable } = check(&made, id).counts;
        [passed, failed, excepted, no_data, not_applicable]
    };
    assert_eq!(counts("device.disk_encryption"), [2, 0, 1, 0, 1]);
    assert_eq!(counts("device.screen_lock_enabled"), [4, 0, 0, 0, 0]);
    assert_eq!(counts("device.screen_lock_delay"), [2, 1, 0, 1, 0]);
    assert_eq!(counts("service.mfa_enforced"), [2, 0, 0, 0, 0]);
    assert_eq!(counts("service.audit_logging"), [1, 1, 0, 0, 0]);
    assert_eq!(counts("device.usb_storage_blocked"), [0, 0, 0, 3, 1]);
    let statuses: Vec<ControlStatus> = made.controls.iter().map(|control| control.status).collect();
    assert_eq!(statuses, [ControlStatus::Partial, ControlStatus::Fail, ControlStatus::Partial, ControlStatus::NoData]);
    // Without the appliance's own check: floor(100 · 24.667 / 34) and floor(100 · 14 / 18).
    assert_eq!((made.result.score, made.result.completeness), (Some(72), 77));
    let excepted = &check(&made, "device.disk_encryption").failing[0];
    assert_eq!((excepted.subject.id.as_str(), excepted.exception_id.as_deref()), (third.as_str(), Some(exception.as_str())));
    // It fails since the first report, whatever exception came later.
    assert_eq!(excepted.since, days(0));
    assert_eq!((made.exceptions.len(), made.exceptions[0].subjects, made.exceptions[0].in_force), (1, 1, true));
    assert_eq!(
        made.deviations.iter().find(|deviation| deviation.check_id == "device.disk_encryption").unwrap().exception_id,
        Some(exception)
    );
}
