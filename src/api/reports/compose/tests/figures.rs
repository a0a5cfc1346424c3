//! Figures against cases computed by hand.

use serde_json::json;

use super::*;
use crate::api::reports::compose::summary;
use crate::domain::compliance::Counts;
use crate::report::content::ControlStatus;

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
