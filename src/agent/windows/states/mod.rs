//! The table of machine states: what differs from a sound Windows 11 Pro laptop, and the facts that must differ with it.
//!
//! Each row is a merge patch (RFC 7396: `null` takes out) on the recorded laptop and the facts that it changes; `null` is a fact that must
//! be left out. Every other security fact must stay as it is, so a row can't spoil what it is not about. Values are those that Microsoft
//! documents for the class, the registry value or the cmdlet; errors have the form that the script gives them.

mod accounts;
mod disk_encryption;
mod firewall;
mod malware;
mod platform;
mod screen_lock;
mod updates;

use serde_json::{Map, Value, json};

use crate::agent::windows::judge;
use crate::domain::time::Time;

const LAPTOP: &str = include_str!("../../../../tests/fixtures/agent/windows/windows-11-pro-laptop.json");
const PERSON: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";
const NO_KEY: &str = "ObjectNotFound PathNotFound,Microsoft.PowerShell.Commands.GetItemPropertyCommand ";
const KEY_DENIED: &str = "PermissionDenied System.Security.SecurityException,Microsoft.PowerShell.Commands.GetItemPropertyCommand ";
const NO_NAMESPACE: &str =
    "NotSpecified HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand InvalidNamespace";
const WMI_DENIED: &str =
    "PermissionDenied HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand AccessDenied";
const WMI_BROKEN: &str =
    "NotSpecified HRESULT 0x80041010,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand InvalidClass";
const CONSTRAINED: &str = "PermissionDenied CannotCreateTypeConstrainedLanguage,Microsoft.PowerShell.Commands.NewObjectCommand ";

/// A state: what it is, what differs, which facts differ with it.
type State = (&'static str, Value, Value);

/// 2026-11-24T05:00:00Z.
pub(super) const NOW: Time = Time(1_795_496_400);

pub(super) fn laptop() -> Value {
    serde_json::from_str(LAPTOP).unwrap()
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (name, value) in patch {
        let fields = target.as_object_mut().unwrap();
        if value.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

pub(super) fn facts(machine: &Value) -> Map<String, Value> {
    let Value::Object(facts) = serde_json::to_value(judge(machine, NOW).security).unwrap() else { unreachable!() };
    facts
}

#[track_caller]
fn check(states: Vec<State>) {
    let sound = facts(&laptop());
    for (name, patch, differing) in states {
        let mut machine = laptop();
        merge(&mut machine, &patch);
        assert_ne!(machine, laptop(), "{name}: the patch changes nothing");
        let mut expected = Value::Object(sound.clone());
        merge(&mut expected, &differing);
        assert_eq!(Value::Object(facts(&machine)), expected, "{name}");
    }
}

fn key(name: &str, values: Value) -> Value {
    json!({ "state": { "keys": { name: { "error": null, "values": values } } } })
}

fn keys(pairs: &[(&str, Value)]) -> Value {
    let mut whole = json!({});
    for (name, values) in pairs {
        merge(&mut whole, &json!({ "state": { "keys": { *name: { "values": values } } } }));
    }
    whole
}

fn volume(protection: i64, conversion: i64) -> Value {
    json!({ "state": { "encryption": { "rows": [{ "DriveLetter": "C:", "VolumeType": 0, "ProtectionStatus": protection, "ConversionStatus": conversion }] } } })
}

fn failed(part: &str, error: &str) -> Value {
    json!({ "state": { part: { "rows": null, "error": error } } })
}

fn services(extra: &[(&str, bool, &str)]) -> Value {
    let base = laptop()["state"]["services"]["rows"].as_array().unwrap().clone();
    let extra_rows = extra.iter().map(|(name, started, mode)| json!({ "Name": name, "Started": started, "StartMode": mode }));
    let rows: Vec<Value> =
        base.into_iter().filter(|row| !extra.iter().any(|(name, ..)| row["Name"] == json!(name))).chain(extra_rows).collect();
    json!({ "state": { "services": { "rows": rows } } })
}

fn saver(policy: Option<Value>, own: Value) -> Value {
    let policy = policy.map_or(json!({ "error": NO_KEY }), |values| json!({ "error": null, "values": values }));
    json!({ "state": { "keys": { "limits": { "values": { "InactivityTimeoutSecs": null } } }, "settings": { PERSON: { "saver_policy": policy, "saver": { "values": own } } } } })
}

fn with(mut patch: Value, more: Value) -> Value {
    // Nulls in patches must survive being put together.
    fn join(target: &mut Value, more: &Value) {
        match (target, more) {
            (Value::Object(fields), Value::Object(more)) => {
                for (name, value) in more {
                    join(fields.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
            (target, more) => *target = more.clone(),
        }
    }
    join(&mut patch, &more);
    patch
}

#[test]
fn the_sound_laptop_has_every_fact_but_those_it_can_not_know() {
    let expected = json!({
        "disk_encryption": true, "firewall_enabled": true, "screen_lock_enabled": true, "screen_lock_delay_secs": 600,
        "last_update_at": "2026-11-12T00:00:00Z", "auto_update_enabled": true, "antivirus_enabled": true,
        "antivirus_product": "Microsoft Defender Antivirus", "antivirus_signatures_at": "2026-11-24T01:12:45Z",
        "password_manager": true, "local_admin": false, "usb_storage_blocked": false, "remote_login_enabled": false, "secure_boot": true,
        "tpm_present": true, "auto_login_enabled": false, "guest_account_enabled": false, "time_sync": true,
    });
    assert_eq!(Value::Object(facts(&laptop())), expected);
}

#[test]
fn whole_machines() {
    let nothing: Map<String, Value> = facts(&laptop()).keys().map(|name| (name.clone(), Value::Null)).collect();
    let without_services = json!({
        "firewall_enabled": null, "auto_update_enabled": null, "usb_storage_blocked": null, "remote_login_enabled": null, "time_sync": null,
    });
    check(vec![
        ("a PowerShell of 32 bits sees another registry", json!({ "state": { "wow64": true } }), Value::Object(nothing.clone())),
        ("PowerShell is missing or forbidden", json!({ "state": null, "updates": null, "inventory": null }), Value::Object(nothing)),
        ("services can't be listed", failed("services", WMI_BROKEN), without_services),
        (
            "Server Core has no screen to lock",
            with(
                key("version", json!({ "InstallationType": "Server Core", "EditionID": "ServerStandard" })),
                json!({ "state": { "os": { "rows": [{ "SystemDrive": "C:", "ProductType": 3 }] } } }),
            ),
            json!({ "screen_lock_enabled": null, "screen_lock_delay_secs": null }),
        ),
        ("a personal device: programs are not looked at", json!({ "inventory": null }), json!({ "password_manager": null })),
    ]);
}
