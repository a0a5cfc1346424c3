//! Settings: what a change may say and what it leaves.

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::check::Catalogue;
use crate::error::Kind;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[track_caller]
fn patched(settings: &Settings, body: Value) -> (Settings, Vec<(String, Value, Value)>) {
    let (settings, changes) = settings.patch(&object(body), Catalogue::shipped()).unwrap();
    (settings, changes.into_iter().map(|change| (change.field, change.old, change.new)).collect())
}

#[track_caller]
fn refused(body: Value, names: &str) {
    let error = Settings::default().patch(&object(body.clone()), Catalogue::shipped()).unwrap_err();
    assert_eq!(error.kind, Kind::Invalid);
    assert!(error.detail.starts_with(names), "{body}: {}", error.detail);
}

fn state(settings: &Settings, id: &str) -> CheckState {
    ResolvedChecks::new(Catalogue::shipped(), settings).get(id).unwrap().state
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = Settings::default();
    let view = settings.view(&ResolvedChecks::new(Catalogue::shipped(), &settings));
    assert_eq!(view["lockout"], json!({ "max_attempts": 5, "window_minutes": 15, "duration_minutes": 15 }));
    assert_eq!((&view["silent_after_days"], &view["time_zone"]), (&json!(14), &json!("UTC")));
    assert_eq!(
        view["checks"]["device.os_patch_age"],
        json!({ "state": "baseline", "severity": "high", "params": { "max_days": 30 }, "grace_days": 0 })
    );
    let baseline: Vec<&str> = Catalogue::shipped()
        .checks()
        .iter()
        .map(|check| check.id.as_str())
        .filter(|id| state(&settings, id) == CheckState::Baseline)
        .collect();
    let devices: Vec<&str> = baseline.iter().copied().filter(|id| id.starts_with("device.")).collect();
    let expected = [
        "disk_encryption",
        "firewall_enabled",
        "screen_lock_enabled",
        "screen_lock_delay",
        "os_supported",
        "os_patch_age",
        "malware_protection",
    ];
    assert_eq!(devices, expected.map(|name| format!("device.{name}")));
    for check in Catalogue::shipped().checks().iter().filter(|check| check.subject == crate::domain::check::Subject::Service) {
        assert_eq!(baseline.contains(&check.id.as_str()), !check.optional, "{}", check.id);
    }
    assert_eq!(state(&settings, "device.auto_updates"), CheckState::Advice);
    assert_eq!(state(&settings, "device.edr_installed"), CheckState::Off);
}

#[test]
fn stored_form_keeps_overrides_only_and_reads_back() {
    let (settings, _) = patched(
        &Settings::default(),
        json!({ "checks": { "device.os_patch_age": { "params": { "max_days": 14 } } }, "time_zone": "Europe/Berlin" }),
    );
    let stored = serde_json::to_value(&settings).unwrap();
    assert_eq!(stored["checks"], json!({ "device.os_patch_age": { "params": { "max_days": 14 } } }));
    assert_eq!(serde_json::from_value::<Settings>(stored).unwrap(), settings);
    assert_eq!(serde_json::from_value::<Settings>(json!({})).unwrap(), Settings::default(), "an older version reads with defaults");
}

#[test]
fn a_change_names_field_old_and_new_and_null_goes_back() {
    let body = json!({ "checks": { "device.disk_encryption": { "state": "off", "grace_days": 7 } }, "lockout": { "max_attempts": 3 } });
    let (settings, changes) = patched(&Settings::default(), body.clone());
    let expected = vec![
        ("checks.device.disk_encryption.grace_days".to_owned(), json!(0), json!(7)),
        ("checks.device.disk_encryption.state".to_owned(), json!("baseline"), json!("off")),
        ("lockout.max_attempts".to_owned(), json!(5), json!(3)),
    ];
    assert_eq!(changes, expected);
    assert_eq!(patched(&settings, body), (settings.clone(), vec![]), "the same again changes nothing");
    let (one_back, changes) = patched(&settings, json!({ "checks": { "device.disk_encryption": { "state": null } } }));
    assert_eq!(changes, [("checks.device.disk_encryption.state".to_owned(), json!("off"), json!("baseline"))]);
    assert_eq!(one_back.checks["device.disk_encryption"].grace_days, Some(7), "what is not named stays");
    for all_back in [
        json!({ "checks": null, "lockout": null }),
        json!({ "checks": { "device.disk_encryption": null }, "lockout": { "max_attempts": null } }),
    ] {
        assert_eq!(patched(&settings, all_back).0, Settings::default());
    }
}

#[test]
fn optional_checks_come_on_when_switched_on_or_filled() {
    let settings = Settings::default();
    let (filled, changes) =
        patched(&settings, json!({ "checks": { "device.no_forbidden_software": { "params": { "forbidden": ["TeamViewer"] } } } }));
    assert_eq!(state(&filled, "device.no_forbidden_software"), CheckState::Baseline);
    assert_eq!(changes.len(), 2, "list and state: {changes:?}");
    let (off, _) = patched(&filled, json!({ "checks": { "device.no_forbidden_software": { "state": "off" } } }));
    assert_eq!(state(&off, "device.no_forbidden_software"), CheckState::Off, "what the organisation says wins");
    let (emptied, _) = patched(&filled, json!({ "checks": { "device.no_forbidden_software": { "params": { "forbidden": [] } } } }));
    assert_eq!(state(&emptied, "device.no_forbidden_software"), CheckState::Off);
    let (advice, _) = patched(&settings, json!({ "checks": { "device.edr_installed": { "state": "advice", "severity": "low" } } }));
    assert_eq!(state(&advice, "device.edr_installed"), CheckState::Advice);
}

#[test]
fn a_table_parameter_merges_entry_by_entry() {
    let minimum = |versions: Value| json!({ "checks": { "device.os_version_minimum": { "params": { "minimum": versions } } } });
    let (settings, _) = patched(&Settings::default(), minimum(json!({ "macos": "15.7" })));
    let (settings, changes) = patched(&settings, minimum(json!({ "windows": "10.0.26100" })));
    let field = "checks.device.os_version_minimum.params.minimum".to_owned();
    assert_eq!(changes, [(field, json!({ "macos": "15.7" }), json!({ "macos": "15.7", "windows": "10.0.26100" }))]);
    let (settings, _) = patched(&settings, minimum(json!({ "macos": null })));
    assert_eq!(settings.checks["device.os_version_minimum"].params["minimum"], json!({ "windows": "10.0.26100" }));
}

#[test]
fn whatever_is_wrong_is_refused_with_the_field() {
    refused(json!({ "colour": 1 }), "colour");
    refused(json!({ "lockout": { "tries": 1 } }), "lockout.tries");
    refused(json!({ "lockout": 5 }), "lockout must");
    for wrong in [json!(0), json!(-1), json!(101), json!(1.5), json!("5"), json!(true)] {
        refused(json!({ "lockout": { "max_attempts": wrong } }), "lockout.max_attempts must be a whole number from 1 to 100");
    }
    refused(json!({ "lockout": { "window_minutes": 0 } }), "lockout.window_minutes");
    refused(json!({ "lockout": { "duration_minutes": 600_000 } }), "lockout.duration_minutes");
    for wrong in [json!(0), json!(366), json!(4_294_967_296_u64)] {
        refused(json!({ "silent_after_days": wrong }), "silent_after_days");
    }
    for wrong in [json!("Mars/Olympus"), json!(""), json!(1)] {
        refused(json!({ "time_zone": wrong }), "time_zone");
    }
    refused(json!({ "checks": [] }), "checks must");
    refused(json!({ "checks": { "device.magic": { "state": "off" } } }), "checks.device.magic");
    refused(json!({ "checks": { "device.magic": null } }), "checks.device.magic");
    let disk = |setting: Value| json!({ "checks": { "device.disk_encryption": setting } });
    refused(disk(json!({ "state": "on" })), "checks.device.disk_encryption.state must be one of baseline, advice, off");
    refused(disk(json!({ "severity": "huge" })), "checks.device.disk_encryption.severity");
    refused(disk(json!({ "grace_days": 366 })), "checks.device.disk_encryption.grace_days");
    refused(disk(json!({ "weight": 1 })), "checks.device.disk_encryption.weight");
    refused(disk(json!({ "params": { "max_days": 1 } })), "checks.device.disk_encryption.params.max_days");
    let params = |id: &str, params: Value| json!({ "checks": { id: { "params": params } } });
    for wrong in [json!(0), json!(366), json!("30"), json!([30])] {
        refused(params("device.os_patch_age", json!({ "max_days": wrong })), "checks.device.os_patch_age.params.max_days must be");
    }
    refused(params("device.malware_protection", json!({ "require_on": ["linus"] })), "checks.device.malware_protection.params.require_on");
    refused(
        params("service.data_location_allowed", json!({ "allowed": ["Sweden"] })),
        "checks.service.data_location_allowed.params.allowed",
    );
    refused(
        params("device.no_forbidden_software", json!({ "forbidden": ["", "x"] })),
        "checks.device.no_forbidden_software.params.forbidden",
    );
    refused(
        params("device.os_version_minimum", json!({ "minimum": { "macos": "newest" } })),
        "checks.device.os_version_minimum.params.minimum",
    );
    refused(params("device.os_version_minimum", json!({ "minimum": ["15"] })), "checks.device.os_version_minimum.params.minimum");
}

#[test]
fn overrides_that_no_longer_fit_the_catalogue_are_passed_over() {
    let stored =
        json!({ "checks": { "device.gone": { "state": "off" }, "device.os_patch_age": { "params": { "max_days": 9_999, "gone": 1 } } } });
    let settings: Settings = serde_json::from_value(stored).unwrap();
    let checks = ResolvedChecks::new(Catalogue::shipped(), &settings);
    assert_eq!(checks.get("device.os_patch_age").unwrap().params, Params::from([("max_days".to_owned(), json!(30))]));
    assert!(checks.get("device.gone").is_none());
}
