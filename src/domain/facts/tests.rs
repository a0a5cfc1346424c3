//! Looking facts up: absent, stale, derived.

use serde_json::json;

use super::*;

const NOW: Time = Time(1_780_000_000);

fn device() -> DeviceFacts<'static> {
    DeviceFacts {
        serial_number: "C02XL0GTJG5J",
        device_name: "one",
        device_type: DeviceType::Laptop,
        os_type: OsType::Macos,
        os_version: Some("15.7.1"),
        os_distribution: None,
        os_edition: None,
        last_seen: Some(NOW),
        user_id: None,
        owner_active: None,
        ownership: Ownership::Company,
        headless: false,
        tags: &[],
        security: None,
        software: None,
    }
}

fn value(facts: &Facts<'_>, name: &str) -> Option<Value> {
    facts.get(name, NOW, Tz::UTC).fact.map(|fact| fact.value.clone())
}

#[test]
fn every_fact_of_a_device_in_the_model_is_there_when_reported() {
    let security = json!({ "disk_encryption": false });
    let software = json!({ "items": [{ "name": "vim", "version": "9" }] });
    let tags = ["cde".to_owned()];
    let facts = Facts::of_device(&DeviceFacts {
        os_distribution: Some("x"),
        os_edition: Some("y"),
        user_id: Some("user_1"),
        owner_active: Some(true),
        tags: &tags,
        security: Some(Section { data: security.as_object().unwrap(), confirmed_at: NOW }),
        software: Some(Section { data: software.as_object().unwrap(), confirmed_at: NOW }),
        ..device()
    });
    for (name, _) in model::DEVICE {
        assert!(value(&facts, name).is_some(), "{name}");
    }
    assert_eq!(value(&facts, "security.disk_encryption"), Some(json!(false)));
    assert_eq!(value(&facts, "security.tpm_present"), None);
}

#[test]
fn null_is_absent_and_so_is_a_missing_section() {
    let security = json!({ "disk_encryption": null });
    let facts = Facts::of_device(&DeviceFacts {
        os_version: None,
        last_seen: None,
        security: Some(Section { data: security.as_object().unwrap(), confirmed_at: NOW }),
        ..device()
    });
    for name in
        ["security.disk_encryption", "software.count", "software.names", "software.collected_at", "os_version", "user_id", "last_seen"]
    {
        assert_eq!(value(&facts, name), None, "{name}");
    }
    assert_eq!(value(&facts, "headless"), Some(json!(false)), "a field that is always known");
}

#[track_caller]
fn software(section: Value) -> [Option<Value>; 3] {
    let facts =
        Facts::of_device(&DeviceFacts { software: Some(Section { data: section.as_object().unwrap(), confirmed_at: NOW }), ..device() });
    ["software.count", "software.names", "software.collected_at"].map(|name| value(&facts, name))
}

#[test]
fn software_is_counted_and_named_from_items_or_packages() {
    let confirmed = Some(json!(NOW.to_string()));
    let list = json!([{ "name": "Zoom" }, { "name": "vim", "version": "9" }, { "name": "VIM" }, "bash"]);
    let expected = [Some(json!(4)), Some(json!(["bash", "vim", "zoom"])), confirmed.clone()];
    assert_eq!(software(json!({ "items": list })), expected);
    assert_eq!(software(json!({ "packages": list })), expected);
    assert_eq!(software(json!({ "items": [] })), [Some(json!(0)), Some(json!([])), confirmed.clone()]);
    assert_eq!(software(json!({ "other": 1 })), [None, None, confirmed]);
    assert_eq!(software(json!({ "collected_at": "2026-01-01T00:00:00Z" }))[2], Some(json!("2026-01-01T00:00:00Z")));
}

#[test]
fn only_reported_facts_say_when_they_were_confirmed() {
    let security = json!({ "last_update_at": NOW.to_string() });
    let section = Section { data: security.as_object().unwrap(), confirmed_at: NOW.plus_days(-3) };
    let rolling = DeviceFacts {
        os_type: OsType::Linux,
        os_distribution: Some("arch"),
        os_version: Some("rolling"),
        security: Some(section),
        ..device()
    };
    let confirmed = |device: &DeviceFacts<'_>, name: &str| Facts::of_device(device).get(name, NOW, Tz::UTC).fact.unwrap().confirmed_at;
    assert_eq!(confirmed(&rolling, "os_type"), None);
    assert_eq!(confirmed(&rolling, "security.last_update_at"), Some(NOW.plus_days(-3)));
    assert_eq!(confirmed(&rolling, "os.release_supported"), Some(NOW.plus_days(-3)), "it rests on the security section");
    assert_eq!(confirmed(&device(), "os.release_supported"), Some(NOW));
}
