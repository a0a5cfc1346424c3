//! The same request over the same data gives the same figures at any later time.

use serde_json::{Value, json};

use super::*;

/// Everything but what is of the making: who and when, the state of the chain, the report before.
fn figures(report: &ComplianceReport) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    for field in ["generated", "audit_chain", "previous"] {
        value.as_object_mut().unwrap().remove(field).unwrap();
    }
    value["events"] = serde_json::to_value(&report.audit_chain.events).unwrap();
    value
}

#[test]
fn a_report_on_past_days_is_the_same_whatever_comes_later() {
    let scene = Scene::new();
    let earlier_file = scene.earlier_file("iso27001", days(-60));
    let second_admin = scene.add_user("second@example.com", crate::domain::access::Role::Admin);
    scene.change_settings(days(-50), json!({ "time_zone": "Europe/Berlin" }));
    let first = scene.report(seconds(3), with("disk_encryption", json!(false))).id;
    let other = other_device();
    let second = scene.report(seconds(5), other.clone()).id;
    for hour in 1..648 {
        if hour == 8 * 24 {
            scene.change_settings(days(8), json!({ "checks": { "device.os_patch_age": { "params": { "max_days": 20 } } } }));
        }
        if hour % 5 == 0 {
            scene.report(seconds(hours(hour) + 7), with("disk_encryption", json!(hour > 200)));
        }
        // The second falls silent on the twelfth day.
        if hour % 7 == 0 && hour < 12 * 24 {
            scene.report(seconds(hours(hour) + 11), other.clone());
        }
    }
    let make = |now: Time| {
        scene.apply_due(now);
        scene.at_hand(now, "iso27001", "2026-02-05")
    };
    // Just after midnight in Berlin, while the first device goes on reporting.
    let early = make(Time::parse("2026-02-05T23:10:00Z").unwrap());
    assert_eq!(early.basis.framework_sha256, earlier_file);
    assert_eq!(early.changes.len(), 1);
    assert_eq!(early.changes[0].what, "max_days of device.os_patch_age: 30 → 20");
    for hour in (648..39 * 24).step_by(5) {
        scene.report(seconds(hours(hour) + 7), with("disk_encryption", json!(hour % 2 == 0)));
    }
    scene.change_settings(days(40), json!({ "silent_after_days": 3, "organisation_name": "Other" }));
    scene.report(days(45), other);
    scene.write(days(50), move |tx| crate::store::devices::retire(tx, &second, crate::domain::device::RetireReason::Lost)).unwrap();
    scene.disable(days(51), &second_admin);
    // A new version of the program with another file of the framework, and a report on what comes after it.
    scene.store.write_root(days(52), crate::store::frameworks::register).unwrap();
    assert_ne!(scene.at_hand(days(60), "iso27001", "2026-03-10").basis.framework_sha256, earlier_file);
    let late = make(days(400));
    let (early, late) = (figures(&early), figures(&late));
    for (field, value) in early.as_object().unwrap() {
        assert_eq!(value, &late[field], "{field}");
    }
    assert!(early["deviations"].as_array().unwrap().iter().any(|deviation| deviation["subject"]["id"] == json!(first)));
}

/// Another device than that of the support.
fn other_device() -> crate::domain::inventory::DeviceReport {
    let mut other = report();
    (other.serial_number, other.device_name) = ("S2".to_owned(), "second".to_owned());
    other
}
