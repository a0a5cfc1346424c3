//! Security facts of Macs, state by state.

use super::*;

#[test]
fn macs() {
    let preference =
        |domain: &str, key: &str, value: &str| json!({"domain": domain, "key": key, "subkey": "", "value": value, "forced": "0"});
    let update = |install: &str, download: &str| {
        let domain = "com.apple.SoftwareUpdate";
        json!({"preferences": [preference(domain, "AutomaticallyInstallMacOSUpdates", install), preference(domain, "AutomaticDownload", download)]})
    };
    let volume =
        |status: &str, user: &str| json!({"name": "/dev/disk3s1", "encrypted": "1", "user_uuid": user, "filevault_status": status});
    let lock =
        |enabled: &str, grace: &str, idle: Value| json!({"screenlock": [{"enabled": enabled, "grace_period": grace}], "preferences": idle});
    let idle = |seconds: &str| json!([preference("com.apple.screensaver", "idleTime", seconds)]);
    check(
        OsType::Macos,
        vec![
            ("FileVault on", json!({"disk_encryption": [volume("off", ""), volume("on", "5C1E")]}), json!({"disk_encryption": true})),
            ("encrypted by the chip alone", json!({"disk_encryption": [volume("off", "")]}), json!({"disk_encryption": false})),
            ("on for nobody", json!({"disk_encryption": [volume("on", "")]}), json!({})),
            ("FileVault unknown", json!({"disk_encryption": [volume("unknown", "")]}), json!({})),
            ("no rows", json!({"disk_encryption": [], "alf": [], "screenlock": []}), json!({})),
            ("firewall with exceptions", json!({"alf": [{"global_state": "1"}]}), json!({"firewall_enabled": true})),
            ("firewall that blocks all", json!({"alf": [{"global_state": "2"}]}), json!({"firewall_enabled": true})),
            ("firewall off", json!({"alf": [{"global_state": "0"}]}), json!({"firewall_enabled": false})),
            ("firewall not told", json!({"alf": [{"global_state": ""}]}), json!({})),
            ("grace and idle time", lock("1", "5", idle("300")), json!({"screen_lock_enabled": true, "screen_lock_delay_secs": 305})),
            ("a grace without idle time", lock("1", "5", json!([])), json!({"screen_lock_enabled": true})),
            ("a screen saver that never starts", lock("1", "5", idle("0")), json!({"screen_lock_enabled": true})),
            ("no password", lock("0", "-1", idle("300")), json!({"screen_lock_enabled": false, "screen_lock_delay_secs": -1})),
            ("updates install", update("1", "1"), json!({"auto_update_enabled": true})),
            ("updates install and are not downloaded", update("1", "0"), json!({"auto_update_enabled": false})),
            ("updates do not install", update("0", "1"), json!({"auto_update_enabled": false})),
            ("updates not told", json!({"preferences": []}), json!({})),
            (
                "a managed value before the person's",
                json!({"preferences": [preference("com.apple.loginwindow", "GuestEnabled", "1")],
                    "managed_policies": [{"domain": "com.apple.loginwindow", "name": "GuestEnabled", "value": "0"}]}),
                json!({"guest_account_enabled": false}),
            ),
            (
                "the system's last update, not a printer's",
                json!({"package_install_history": [
                    {"name": "macOS 15.1.1", "version": "15.1.1", "source": "softwareupdated", "time": "1793000000"},
                    {"name": "XProtectPlistConfigData", "source": "softwareupdated", "time": "1794000000"},
                    {"name": "macOS 99", "source": "installer", "time": "1795000000"}]}),
                json!({"last_update_at": "2026-10-26T07:33:20Z"}),
            ),
            (
                "remote login",
                json!({"sharing_preferences": [{"remote_login": "1", "screen_sharing": "0", "remote_management": "0"}]}),
                json!({"remote_login_enabled": true}),
            ),
            (
                "no remote login",
                json!({"sharing_preferences": [{"remote_login": "0", "screen_sharing": "0", "remote_management": "0"}]}),
                json!({"remote_login_enabled": false}),
            ),
            ("Apple's chip", json!({"secureboot": [{"secure_boot": "1", "description": "Full Security"}]}), json!({"secure_boot": true})),
            (
                "Apple's chip, reduced",
                json!({"secureboot": [{"secure_boot": "1", "description": "Reduced Security"}]}),
                json!({"secure_boot": false}),
            ),
            (
                "Intel's chip",
                json!({"secureboot": [{"secure_boot": "1", "secure_mode": "1", "description": ""}]}),
                json!({"secure_boot": true}),
            ),
            ("Intel's chip, medium", json!({"secureboot": [{"secure_boot": "1", "secure_mode": "2"}]}), json!({"secure_boot": false})),
        ],
    );
}
