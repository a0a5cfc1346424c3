//! States of Windows Update: policy, management, pause, and what the records of installed updates say.

use super::*;

#[test]
fn states() {
    let automatic = |level: i64| json!({ "updates": { "automatic": { "rows": [{ "NotificationLevel": level, "searched_at": "2026-11-23T20:03:11Z" }] } } });
    let nothing_left = json!({ "updates": { "pending": { "rows": [{ "count": 0 }] } } });
    let no_com =
        json!({ "updates": { "automatic": { "rows": null, "error": CONSTRAINED }, "pending": { "rows": null, "error": CONSTRAINED } } });
    let off = key("update_automatic", json!({ "NoAutoUpdate": 1 }));
    check(vec![
        ("policy: no automatic updates", off.clone(), json!({ "auto_update_enabled": false })),
        (
            "policy: none, for Configuration Manager installs them",
            with(off.clone(), services(&[("CcmExec", true, "Auto")])),
            json!({ "auto_update_enabled": null }),
        ),
        (
            "policy: none, Configuration Manager is installed and stopped",
            with(off, services(&[("CcmExec", false, "Auto")])),
            json!({ "auto_update_enabled": false }),
        ),
        (
            "policy: notify before download",
            key("update_automatic", json!({ "NoAutoUpdate": 0, "AUOptions": 2 })),
            json!({ "auto_update_enabled": false }),
        ),
        ("policy: notify before installation", key("update_automatic", json!({ "AUOptions": 3 })), json!({ "auto_update_enabled": false })),
        (
            "WSUS, scheduled installation",
            with(key("update_automatic", json!({ "AUOptions": 4, "UseWUServer": 1 })), automatic(3)),
            json!({}),
        ),
        (
            "policy: the local administrator chooses, and chose notification",
            with(key("update_automatic", json!({ "AUOptions": 5 })), automatic(3)),
            json!({ "auto_update_enabled": false }),
        ),
        ("Intune: automatic", with(key("mdm_update", json!({ "AllowAutoUpdate": 2 })), automatic(0)), json!({})),
        ("Intune: notify only", key("mdm_update", json!({ "AllowAutoUpdate": 0 })), json!({ "auto_update_enabled": false })),
        (
            "group policy and Intune contradict each other",
            with(key("update_automatic", json!({ "AUOptions": 4 })), key("mdm_update", json!({ "AllowAutoUpdate": 0 }))),
            json!({ "auto_update_enabled": null }),
        ),
        ("Windows Update: never", automatic(1), json!({ "auto_update_enabled": false })),
        ("Windows Update: not configured", automatic(0), json!({ "auto_update_enabled": null })),
        (
            "trap 9.5.10: paused until a date ahead",
            key("update_pause", json!({ "PauseUpdatesExpiryTime": "2026-12-24T04:40:51Z" })),
            json!({ "auto_update_enabled": false }),
        ),
        ("the pause is over", key("update_pause", json!({ "PauseUpdatesExpiryTime": "2026-10-01T04:40:51Z" })), json!({})),
        (
            "the pause can't be read",
            key("update_pause", json!({ "PauseUpdatesExpiryTime": "demnächst" })),
            json!({ "auto_update_enabled": null }),
        ),
        ("paused by policy", key("update_state", json!({ "PausedQualityStatus": 1 })), json!({ "auto_update_enabled": false })),
        ("the service is disabled", services(&[("wuauserv", false, "Disabled")]), json!({ "auto_update_enabled": false })),
        ("a stopped service proves nothing", services(&[("wuauserv", true, "Manual")]), json!({})),
        ("constrained language: Windows Update can't be asked", no_com, json!({ "auto_update_enabled": null })),
        ("the last search left nothing", nothing_left.clone(), json!({ "last_update_at": "2026-11-23T20:03:11Z" })),
        (
            "nothing left, but WSUS decides what there is",
            with(nothing_left.clone(), key("update_automatic", json!({ "UseWUServer": 1 }))),
            json!({}),
        ),
        (
            "nothing left, but quality updates are deferred",
            with(nothing_left.clone(), key("update_policy", json!({ "DeferQualityUpdates": 1, "DeferQualityUpdatesPeriodInDays": 30 }))),
            json!({}),
        ),
        (
            "nothing left, but Intune defers quality updates",
            with(
                nothing_left.clone(),
                json!({ "state": { "keys": { "mdm_update": { "error": null, "values": { "DeferQualityUpdatesPeriodInDays": 14 } } } } }),
            ),
            json!({}),
        ),
        (
            "nothing left, but paused",
            with(nothing_left, key("update_state", json!({ "PausedQualityStatus": 1 }))),
            json!({ "auto_update_enabled": false }),
        ),
        (
            "the cumulative update waits for a restart",
            json!({ "updates": { "packages": { "rows": [{ "CurrentState": 96, "InstallTimeHigh": 31_289_738, "InstallTimeLow": 0 }] }, "fixes": { "rows": [] } } }),
            json!({ "last_update_at": null }),
        ),
        ("only the list of fixes answers", json!({ "updates": { "packages": { "rows": null, "error": KEY_DENIED } } }), json!({})),
        (
            "fixes in a form that is not the documented one",
            json!({ "updates": { "fixes": { "rows": [{ "HotFixID": "KB5070311", "InstalledOn": "12.11.2026" }] } } }),
            json!({ "last_update_at": "2026-11-11T03:12:45Z" }),
        ),
        (
            "a date ahead of the clock",
            json!({ "updates": { "fixes": { "rows": [{ "HotFixID": "KB1", "InstalledOn": "12/30/2026" }] } } }),
            json!({ "last_update_at": "2026-11-11T03:12:45Z" }),
        ),
        ("the part about updates did not end", json!({ "updates": null }), json!({ "auto_update_enabled": null, "last_update_at": null })),
    ]);
}
