//! States of disk encryption: BitLocker on its way, suspended, closed, and in company of other products.

use super::*;

#[test]
fn states() {
    let vera = key("filters_volume", json!({ "UpperFilters": ["veracrypt", "volsnap"] }));
    let denied = failed("encryption", WMI_DENIED);
    check(vec![
        ("BitLocker was never switched on", volume(0, 0), json!({ "disk_encryption": false })),
        ("BitLocker is suspended", volume(0, 1), json!({ "disk_encryption": false })),
        (
            "Home: device encryption waits for a Microsoft account",
            with(volume(0, 1), key("version", json!({ "EditionID": "Core" }))),
            json!({ "disk_encryption": false }),
        ),
        ("encryption in progress", volume(0, 2), json!({ "disk_encryption": false })),
        ("encryption in progress with protection on", volume(1, 2), json!({ "disk_encryption": false })),
        ("encryption paused", volume(1, 4), json!({ "disk_encryption": false })),
        ("decryption in progress", volume(0, 3), json!({ "disk_encryption": false })),
        ("a state that is not documented", volume(1, 9), json!({ "disk_encryption": null })),
        ("protection is unknown", volume(2, 1), json!({ "disk_encryption": null })),
        (
            "the conversion could not be asked",
            json!({ "state": { "encryption": { "rows": [{ "DriveLetter": "C:", "VolumeType": 0, "ProtectionStatus": 1 }] } } }),
            json!({ "disk_encryption": null }),
        ),
        (
            "only a data drive is encrypted",
            json!({ "state": { "encryption": { "rows": [
            { "DriveLetter": "C:", "VolumeType": 0, "ProtectionStatus": 0, "ConversionStatus": 0 },
            { "DriveLetter": "D:", "VolumeType": 1, "ProtectionStatus": 1, "ConversionStatus": 1 }] } } }),
            json!({ "disk_encryption": false }),
        ),
        (
            "only a USB stick is encrypted, and C: is not listed",
            json!({ "state": { "encryption": { "rows": [{ "DriveLetter": "E:", "VolumeType": 2, "ProtectionStatus": 1, "ConversionStatus": 1 }] } } }),
            json!({ "disk_encryption": null }),
        ),
        (
            "Windows lies on D:",
            json!({ "state": { "os": { "rows": [{ "SystemDrive": "D:", "ProductType": 1 }] }, "encryption": { "rows": [
            { "DriveLetter": "C:", "VolumeType": 1, "ProtectionStatus": 1, "ConversionStatus": 1 },
            { "DriveLetter": "D:", "VolumeType": 0, "ProtectionStatus": 0, "ConversionStatus": 0 }] } } }),
            json!({ "disk_encryption": false }),
        ),
        ("VeraCrypt encrypts the system, BitLocker does not", with(volume(0, 0), vera.clone()), json!({ "disk_encryption": null })),
        (
            "the drivers before the disk can't be read",
            with(volume(0, 0), json!({ "state": { "keys": { "filters_disk": { "values": null, "error": KEY_DENIED } } } })),
            json!({ "disk_encryption": null }),
        ),
        ("BitLocker is suspended and a backup driver is there", with(volume(0, 1), vera), json!({ "disk_encryption": false })),
        ("not elevated: the namespace is closed", denied.clone(), json!({ "disk_encryption": null })),
        (
            "not elevated: the shell says protected",
            with(denied.clone(), json!({ "state": { "shell_encryption": { "rows": [{ "value": 1 }] } } })),
            json!({}),
        ),
        (
            "trap 9.5.3, not elevated: the shell says 3",
            with(denied.clone(), json!({ "state": { "shell_encryption": { "rows": [{ "value": 3 }] } } })),
            json!({ "disk_encryption": null }),
        ),
        (
            "trap 9.5.3, not elevated: the shell says 5",
            with(denied, json!({ "state": { "shell_encryption": { "rows": [{ "value": 5 }] } } })),
            json!({ "disk_encryption": null }),
        ),
        ("a server without the BitLocker feature", failed("encryption", NO_NAMESPACE), json!({ "disk_encryption": null })),
        (
            "one volume, written as an object by PowerShell 5.1",
            json!({ "state": { "encryption": { "rows": { "DriveLetter": "C:", "VolumeType": 0, "ProtectionStatus": 0, "ConversionStatus": 1 } } } }),
            json!({ "disk_encryption": false }),
        ),
    ]);
}
