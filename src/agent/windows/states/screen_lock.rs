//! States of the screen lock: limits, savers, sleep, several people.

use super::*;

fn power(on_mains: i64, on_battery: i64) -> Value {
    json!({ "state": { "power": { "rows": [{ "source": "AC", "wake": on_mains }, { "source": "DC", "wake": on_battery }] } } })
}

#[test]
fn states() {
    let unknown = || json!({ "screen_lock_enabled": null, "screen_lock_delay_secs": null });
    let after = |seconds: i64| json!({ "screen_lock_enabled": true, "screen_lock_delay_secs": seconds });
    let secure = |seconds: &str| json!({ "ScreenSaveActive": "1", "ScreenSaverIsSecure": "1", "ScreenSaveTimeOut": seconds, "SCRNSAVE.EXE": "C:\\Windows\\system32\\scrnsave.scr" });
    let other = "S-1-12-1-3112233445-1122334455-2233445566-3344556677";
    let two_people = json!({ "state": { "people": { "rows": [{ "sid": PERSON, "console": true }, { "sid": other, "console": false }] } } });
    let of_other = |values: Value| json!({ "state": { "settings": { other: { "saver_policy": { "error": NO_KEY }, "saver": { "values": values }, "groups": { "error": NO_KEY } } } } });
    let insecure = json!({ "ScreenSaveActive": "1", "ScreenSaverIsSecure": "0", "ScreenSaveTimeOut": "300" });
    check(vec![
        ("trap 9.5.4: a limit of 0 is off", key("limits", json!({ "InactivityTimeoutSecs": 0 })), unknown()),
        ("no limit; it may sleep and asks on wake", saver(None, insecure.clone()), unknown()),
        (
            "no limit, no saver, asks for nothing on wake",
            with(saver(None, json!({ "ScreenSaveActive": "0", "DelayLockInterval": -1 })), power(0, 0)),
            json!({ "screen_lock_enabled": false, "screen_lock_delay_secs": -1 }),
        ),
        ("modern standby asks although the plan does not", with(saver(None, insecure.clone()), power(0, 0)), unknown()),
        (
            "in a domain the person's choice does not count",
            with(
                with(saver(None, json!({ "ScreenSaveActive": "0", "DelayLockInterval": -1 })), power(0, 0)),
                json!({ "state": { "computer": { "rows": [{ "Name": "PC1", "DomainRole": 1 }] } } }),
            ),
            unknown(),
        ),
        ("asks on battery only", with(saver(None, json!({ "ScreenSaveActive": "0", "DelayLockInterval": -1 })), power(0, 1)), unknown()),
        (
            "asks on wake by plan, never by the person's choice",
            saver(None, json!({ "ScreenSaveActive": "0", "DelayLockInterval": 4_294_967_295_u32 })),
            unknown(),
        ),
        (
            "policy over the power plan",
            with(
                saver(None, json!({ "ScreenSaveActive": "0", "DelayLockInterval": -1 })),
                key("wake_policy", json!({ "ACSettingIndex": 0, "DCSettingIndex": 0 })),
            ),
            json!({ "screen_lock_enabled": false, "screen_lock_delay_secs": -1 }),
        ),
        ("the person's saver locks", saver(None, secure("300")), after(300)),
        (
            "the saver by policy overrides a slower one",
            saver(Some(json!({ "ScreenSaveTimeOut": "120", "ScreenSaverIsSecure": "1", "ScreenSaveActive": "1" })), secure("3600")),
            after(120),
        ),
        ("policy takes the credential away", saver(Some(json!({ "ScreenSaverIsSecure": "0" })), secure("300")), unknown()),
        (
            "no saver chosen: releases differ",
            saver(None, json!({ "ScreenSaveActive": "1", "ScreenSaverIsSecure": "1", "ScreenSaveTimeOut": "600" })),
            unknown(),
        ),
        (
            "a saver that asks only after a grace of its own",
            with(
                saver(None, secure("300")),
                json!({ "state": { "keys": { "winlogon": { "values": { "ScreenSaverGracePeriod": "3600" } } } } }),
            ),
            after(3900),
        ),
        ("a saver without a time", saver(None, secure("0")), unknown()),
        ("a saver that was taken back to (None)", saver(None, with(secure("300"), json!({ "SCRNSAVE.EXE": "" }))), unknown()),
        ("the saver's settings are of another type", saver(None, with(secure("300"), json!({ "ScreenSaverIsSecure": "yes" }))), unknown()),
        ("the person's hive can't be read", with(saver(None, json!({})), json!({ "state": { "settings": { PERSON: null } } })), unknown()),
        ("limit and a faster saver", with(saver(None, secure("60")), key("limits", json!({ "InactivityTimeoutSecs": 900 }))), after(60)),
        (
            "Intune: DeviceLock after 5 minutes",
            with(
                key("limits", json!({ "InactivityTimeoutSecs": null })),
                key("mdm_lock", json!({ "DevicePasswordEnabled": 0, "MaxInactivityTimeDeviceLock": 5 })),
            ),
            after(300),
        ),
        (
            "Intune: the same without a demanded password",
            with(
                key("limits", json!({ "InactivityTimeoutSecs": null })),
                key("mdm_lock", json!({ "DevicePasswordEnabled": 1, "MaxInactivityTimeDeviceLock": 5 })),
            ),
            unknown(),
        ),
        (
            "Intune: 0 minutes is no limit",
            with(saver(None, secure("600")), key("mdm_lock", json!({ "DevicePasswordEnabled": 0, "MaxInactivityTimeDeviceLock": 0 }))),
            json!({}),
        ),
        ("two people, the slower counts", with(with(saver(None, secure("300")), two_people.clone()), of_other(secure("900"))), after(900)),
        (
            "two people, a domain account and an Entra account, one of whom is not known",
            with(
                with(saver(None, secure("300")), two_people.clone()),
                of_other(json!({ "ScreenSaveActive": "1", "ScreenSaverIsSecure": "1" })),
            ),
            unknown(),
        ),
        ("two people and a limit for the machine", with(two_people, of_other(insecure)), json!({})),
        ("nobody is logged in, the machine has a limit", json!({ "state": { "people": { "rows": [] } } }), json!({ "local_admin": null })),
        (
            "nobody is logged in, no limit",
            with(saver(None, secure("300")), json!({ "state": { "people": { "rows": [] } } })),
            json!({ "local_admin": null, "screen_lock_enabled": null, "screen_lock_delay_secs": null }),
        ),
        (
            "trap 9.5.12: SYSTEM's own hive is never asked",
            with(
                saver(None, json!({})),
                json!({ "state": { "settings": { PERSON: null, "S-1-5-18": { "saver_policy": { "error": NO_KEY }, "saver": { "values": secure("60") } } } } }),
            ),
            unknown(),
        ),
    ]);
}
