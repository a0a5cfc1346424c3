//! States of firmware, ports, services and clock, the last in other languages.

use super::*;

#[test]
fn states() {
    let remote = key("terminal", json!({ "fDenyTSConnections": 0 }));
    let clock = |lines: [&str; 6]| json!({ "state": { "clock": { "rows": lines.iter().map(|text| json!({ "text": text })).collect::<Vec<_>>() } } });
    let german = [
        "Sprungindikator: 0(keine Warnung)",
        "Stratum: 3 (Sekundärreferenz - synchr. über (S)NTP)",
        "Präzision: -23 (119.209ns pro Tick)",
        "Stammverzögerung: 0.0410156s",
        "Stammabweichung: 0.0471611s",
        "Referenz-ID: 0x0A000001 (Quell-IP:  10.0.0.1)",
    ];
    let japanese = [
        "閏インジケーター: 3 (同期未実行)",
        "階層: 0 (未指定)",
        "精度: -23 (ティックごとに 119.209ns)",
        "ルート遅延: 0.0000000s",
        "ルート分散: 0.0000000s",
        "参照 ID: 0x00000000 (未指定)",
    ];
    let swedish = [
        "Språngindikator: 0(ingen varning)",
        "Stratum: 1 (primär referens - synkroniserad med radioklocka)",
        "Precision: -23 (119.209ns per tick)",
        "Rotfördröjning: 0.0000000s",
        "Rotspridning: 10.0000000s",
        "Referens-ID: 0x4C4F434C (källnamn:  \"LOCL\")",
    ];
    let guest = json!({ "state": { "computer": { "rows": [{ "Name": "VM1", "Manufacturer": "VMware, Inc.", "Model": "VMware20,1", "DomainRole": 0 }] } } });
    check(vec![
        ("secure boot is off", key("secure_boot", json!({ "UEFISecureBootEnabled": 0 })), json!({ "secure_boot": false })),
        (
            "a machine with a BIOS",
            json!({ "state": { "keys": { "secure_boot": { "values": null, "error": NO_KEY }, "control": { "values": { "PEFirmwareType": 1 } } } } }),
            json!({ "secure_boot": false }),
        ),
        (
            "no state of secure boot on UEFI",
            json!({ "state": { "keys": { "secure_boot": { "values": null, "error": NO_KEY } } } }),
            json!({ "secure_boot": null }),
        ),
        ("no TPM", json!({ "state": { "tpm": { "rows": [] } } }), json!({ "tpm_present": false })),
        ("a TPM 1.2", json!({ "state": { "tpm": { "rows": [{ "SpecVersion": "1.2, 2, 3" }] } } }), json!({ "tpm_present": false })),
        ("not elevated: the TPM can't be asked", failed("tpm", WMI_DENIED), json!({ "tpm_present": null })),
        ("remote desktop is on", remote.clone(), json!({ "remote_login_enabled": true })),
        (
            "remote desktop is on, but its service may not start",
            with(remote.clone(), services(&[("TermService", false, "Disabled")])),
            json!({ "remote_login_enabled": null }),
        ),
        (
            "Home has no remote desktop to switch on",
            with(remote.clone(), key("version", json!({ "EditionID": "CoreSingleLanguage" }))),
            json!({}),
        ),
        ("policy forbids remote desktop", with(remote, key("terminal_policy", json!({ "fDenyTSConnections": 1 }))), json!({})),
        ("an OpenSSH server runs", services(&[("sshd", true, "Auto")]), json!({ "remote_login_enabled": true })),
        ("an OpenSSH server is installed and stopped", services(&[("sshd", false, "Manual")]), json!({})),
        ("a VNC server runs", services(&[("tvnserver", true, "Auto")]), json!({ "remote_login_enabled": true })),
        (
            "USB storage: both drivers are disabled",
            keys(&[("usb", json!({ "Start": 4 })), ("usb_attached_scsi", json!({ "Start": 4 }))]),
            json!({ "usb_storage_blocked": true }),
        ),
        ("USB storage: the driver of newer disks is not", key("usb", json!({ "Start": 4 })), json!({ "usb_storage_blocked": null })),
        (
            "USB storage: all removable storage is denied",
            key("removable", json!({ "Deny_All": 1 })),
            json!({ "usb_storage_blocked": true }),
        ),
        ("USB storage: disks may be read, not written", key("removable_disks", json!({ "Deny_Write": 1 })), json!({})),
        (
            "USB storage: disks may be neither read nor written",
            key("removable_disks", json!({ "Deny_Read": 1, "Deny_Write": 1 })),
            json!({ "usb_storage_blocked": true }),
        ),
        ("USB storage: Intune", key("mdm_system", json!({ "AllowStorageCard": 0 })), json!({ "usb_storage_blocked": true })),
        (
            "USB storage: rules by device class",
            key("device_rules", json!({ "DenyDeviceClasses": 1 })),
            json!({ "usb_storage_blocked": null }),
        ),
        ("clock in German", clock(german), json!({})),
        ("clock in Japanese, not synchronised", clock(japanese), json!({ "time_sync": false })),
        ("clock in Swedish, the machine's own", clock(swedish), json!({ "time_sync": false })),
        ("the same in a virtual machine, whose host may set it", with(clock(swedish), guest), json!({ "time_sync": null })),
        ("the time service rests", json!({ "state": { "clock": { "rows": [] } } }), json!({ "time_sync": null })),
        ("another time client", services(&[("NTP", true, "Auto")]), json!({ "time_sync": null })),
    ]);
}
