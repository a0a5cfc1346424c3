//! States of the firewall: Windows' own by cmdlet and by registry, and other products.

use super::*;

fn profiles(enabled: [i64; 3], action: i64) -> Value {
    let rows: Vec<Value> = ["Domain", "Private", "Public"]
        .iter()
        .zip(enabled)
        .map(|(name, enabled)| json!({ "Name": name, "Enabled": enabled, "DefaultInboundAction": action }))
        .collect();
    json!({ "state": { "firewall_profiles": { "rows": rows } } })
}

fn third_party_firewall(state: i64) -> Value {
    json!({ "state": { "firewalls": { "rows": [{ "displayName": "ESET Firewall", "productState": state }] }, "other_firewalls": { "rows": [{ "count": 1 }] } } })
}

#[test]
fn states() {
    let no_cmdlet = failed("firewall_profiles", "ObjectNotFound CommandNotFoundException ");
    let server = json!({ "state": { "firewalls": { "rows": null, "error": NO_NAMESPACE }, "os": { "rows": [{ "SystemDrive": "C:", "ProductType": 3 }] } } });
    check(vec![
        ("off in all profiles", profiles([0, 0, 0], 4), json!({ "firewall_enabled": false })),
        ("off in public networks only", profiles([1, 1, 0], 4), json!({ "firewall_enabled": false })),
        ("on, and lets everything in", profiles([1, 1, 1], 2), json!({ "firewall_enabled": false })),
        ("on, inbound action not configured (keeps out)", profiles([1, 1, 1], 0), json!({})),
        ("not configured says nothing", profiles([1, 2, 1], 4), json!({ "firewall_enabled": null })),
        (
            "the service is stopped while the settings say on",
            services(&[("MpsSvc", false, "Disabled")]),
            json!({ "firewall_enabled": false }),
        ),
        ("off, and another firewall is on", with(profiles([0, 0, 0], 4), third_party_firewall(266_256)), json!({})),
        (
            "off, and the other firewall is off",
            with(profiles([0, 0, 0], 4), third_party_firewall(262_160)),
            json!({ "firewall_enabled": false }),
        ),
        (
            "off, and the other firewall is snoozed",
            with(profiles([0, 0, 0], 4), third_party_firewall(0x04_2010)),
            json!({ "firewall_enabled": false }),
        ),
        (
            "off, and another one is known to Windows but not to the security center",
            with(profiles([0, 0, 0], 4), json!({ "state": { "other_firewalls": { "rows": [{ "count": 1 }] } } })),
            json!({ "firewall_enabled": null }),
        ),
        ("a server, off", with(profiles([0, 0, 0], 4), server.clone()), json!({ "firewall_enabled": false })),
        (
            "a server, off, other firewalls can't be asked",
            with(with(profiles([0, 0, 0], 4), server), failed("other_firewalls", CONSTRAINED)),
            json!({ "firewall_enabled": null }),
        ),
        ("no cmdlet, the registry says on", no_cmdlet.clone(), json!({})),
        (
            "no cmdlet, policy switches off what is on locally",
            with(no_cmdlet.clone(), key("firewall_policy_public", json!({ "EnableFirewall": 0 }))),
            json!({ "firewall_enabled": false }),
        ),
        (
            "no cmdlet, policy switches on what is off locally",
            with(
                with(no_cmdlet.clone(), key("firewall_public", json!({ "EnableFirewall": 0 }))),
                key("firewall_policy_public", json!({ "EnableFirewall": 1 })),
            ),
            json!({}),
        ),
        (
            "no cmdlet, the older policy for standard networks switches off",
            with(no_cmdlet.clone(), key("firewall_policy_standard", json!({ "EnableFirewall": 0 }))),
            json!({ "firewall_enabled": false }),
        ),
        (
            "no cmdlet, the newer policy outranks the older one",
            with(
                with(no_cmdlet.clone(), key("firewall_policy_standard", json!({ "EnableFirewall": 0 }))),
                keys(&[
                    ("firewall_policy_private", json!({ "EnableFirewall": 1 })),
                    ("firewall_policy_public", json!({ "EnableFirewall": 1 })),
                ]),
            ),
            json!({}),
        ),
        (
            "no cmdlet, off locally, MDM might switch it on",
            with(no_cmdlet.clone(), key("firewall_public", json!({ "EnableFirewall": 0 }))),
            json!({ "firewall_enabled": null }),
        ),
        (
            "no cmdlet, on locally, Intune has a word in it",
            with(no_cmdlet.clone(), key("firewall_mdm_public", json!({ "EnableFirewall": 0 }))),
            json!({ "firewall_enabled": null }),
        ),
        (
            "no cmdlet, on locally, what Intune says can't be read",
            with(no_cmdlet.clone(), json!({ "state": { "keys": { "firewall_mdm_domain": { "error": KEY_DENIED } } } })),
            json!({ "firewall_enabled": null }),
        ),
        (
            "no cmdlet, the registry lets everything in",
            with(no_cmdlet, key("firewall_domain", json!({ "DefaultInboundAction": 0 }))),
            json!({ "firewall_enabled": false }),
        ),
        (
            "two of three profiles answered",
            json!({ "state": { "firewall_profiles": { "rows": [{ "Name": "Domain", "Enabled": 1, "DefaultInboundAction": 4 }, { "Name": "Public", "Enabled": 1, "DefaultInboundAction": 4 }] } } }),
            json!({ "firewall_enabled": null }),
        ),
    ]);
}
