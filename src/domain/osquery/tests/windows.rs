//! Security facts of Windows machines, state by state.

use super::*;

#[test]
fn windows_machines() {
    let drive = |protection: i64, conversion: i64| {
        json!({"bitlocker_info": [{"drive_letter": "D:", "protection_status": "1", "conversion_status": "1"},
            {"drive_letter": "c:", "protection_status": protection.to_string(), "conversion_status": conversion.to_string()}]})
    };
    let value = |path: &str, data: &str| json!({"path": path, "name": path.rsplit('\\').next(), "data": data});
    let encrypted = |value: bool| json!({"disk_encryption": value});
    let center = |column: &str, word: &str| json!({"windows_security_center": [{column: word}]});
    let product = |kind: &str, name: &str, state: &str| json!({"type": kind, "name": name, "state": state, "signatures_up_to_date": "1"});
    let limit = |seconds: &str| {
        value(r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\InactivityTimeoutSecs", seconds)
    };
    let saver = |sid: &str, active: &str, secure: &str, seconds: &str| {
        let path = |name: &str| format!(r"HKEY_USERS\S-1-5-21-{sid}\Control Panel\Desktop\{name}");
        [value(&path("ScreenSaveActive"), active), value(&path("ScreenSaverIsSecure"), secure), value(&path("ScreenSaveTimeOut"), seconds)]
    };
    let profile = |name: &str, on: &str| {
        value(
            &format!(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\{name}\EnableFirewall"),
            on,
        )
    };
    let policy =
        |name: &str, data: &str| value(&format!(r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU\{name}"), data);
    check(
        OsType::Windows,
        vec![
            ("BitLocker on", drive(1, 1), encrypted(true)),
            ("BitLocker suspended", drive(0, 1), encrypted(false)),
            ("encrypting", drive(0, 2), encrypted(false)),
            ("decrypting", drive(1, 3), encrypted(false)),
            ("BitLocker does not know", drive(2, 1), json!({})),
            ("WMI did not answer", drive(-1, -1), json!({})),
            ("Home edition without rows", json!({"bitlocker_info": []}), json!({})),
            ("firewall good", center("firewall", "Good"), json!({"firewall_enabled": true})),
            ("firewall poor", center("firewall", "Poor"), json!({"firewall_enabled": false})),
            ("a server", center("firewall", "Error"), json!({})),
            (
                "a server with all profiles on",
                json!({"windows_security_center": [{"firewall": "Error"}], "registry": [profile("DomainProfile", "1"), profile("StandardProfile", "1"), profile("PublicProfile", "1")]}),
                json!({"firewall_enabled": true}),
            ),
            (
                "a profile off, perhaps for another product",
                json!({"registry": [profile("DomainProfile", "0"), profile("StandardProfile", "1"), profile("PublicProfile", "1")]}),
                json!({}),
            ),
            ("the limit", json!({"registry": [limit("900")]}), json!({"screen_lock_enabled": true, "screen_lock_delay_secs": 900})),
            ("trap 9.5.4: a limit of 0 is none", json!({"registry": [limit("0")]}), json!({})),
            (
                "the worst of two people",
                json!({"registry": ([saver("1-1001", "1", "1", "300"), saver("1-1002", "1", "1", "600")].concat())}),
                json!({"screen_lock_enabled": true, "screen_lock_delay_secs": 600}),
            ),
            (
                "one without password",
                json!({"registry": ([saver("1-1001", "1", "1", "300"), saver("1-1002", "1", "0", "600")].concat())}),
                json!({"screen_lock_enabled": false, "screen_lock_delay_secs": -1}),
            ),
            (
                "one of whom too little is told",
                json!({"registry": ([saver("1-1001", "1", "1", "300"), saver("1-1002", "1", "", "600")].concat())}),
                json!({}),
            ),
            (
                "antivirus on",
                json!({"windows_security_products": [product("Firewall", "X", "On"), product("Antivirus", "Windows Defender", "On")]}),
                json!({"antivirus_enabled": true, "antivirus_product": "Windows Defender"}),
            ),
            (
                "trap 9.5.6: antivirus off",
                json!({"windows_security_products": [product("Antivirus", "Windows Defender", "Off")]}),
                json!({"antivirus_enabled": false, "antivirus_product": "Windows Defender"}),
            ),
            (
                "expired",
                json!({"windows_security_products": [product("Antivirus", "Y", "Expired")]}),
                json!({"antivirus_enabled": false, "antivirus_product": "Y"}),
            ),
            ("updates good", center("autoupdate", "Good"), json!({"auto_update_enabled": true})),
            (
                "updates good, policy only notifies",
                json!({"windows_security_center": [{"autoupdate": "Good"}], "registry": [policy("AUOptions", "3")]}),
                json!({"auto_update_enabled": false}),
            ),
            ("updates forbidden", json!({"registry": [policy("NoAutoUpdate", "1")]}), json!({"auto_update_enabled": false})),
            (
                "the system's last update, not the signatures'",
                json!({"windows_update_history": [
                    {"title": "2026-10 Cumulative Update for Windows 11 (KB5044285)", "operation": "Installation", "result_code": "Succeeded", "date": "1793000000"},
                    {"title": "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.419)", "operation": "Installation", "result_code": "Succeeded", "date": "1794000000"},
                    {"title": "2026-11 Cumulative Update (KB5046633)", "operation": "Installation", "result_code": "Failed", "date": "1795000000"}]}),
                json!({"last_update_at": "2026-10-26T07:33:20Z"}),
            ),
            (
                "patches in American order",
                json!({"patches": [{"hotfix_id": "KB5044285", "installed_on": "10/9/2026"}, {"installed_on": "9.11.2026"}]}),
                json!({"last_update_at": "2026-10-09T00:00:00Z"}),
            ),
            (
                "remote desktop on",
                json!({"registry": [value(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\fDenyTSConnections", "0")]}),
                json!({"remote_login_enabled": true}),
            ),
            (
                "remote desktop off and no sshd",
                json!({"registry": [value(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\fDenyTSConnections", "1")], "listening_ports": [{"port": "445", "protocol": "6", "address": "0.0.0.0"}]}),
                json!({"remote_login_enabled": false}),
            ),
            (
                "remote desktop off, ports not told",
                json!({"registry": [value(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\fDenyTSConnections", "1")]}),
                json!({}),
            ),
            (
                "TPM 2.0",
                json!({"tpm_info": [{"activated": "1", "enabled": "1", "spec_version": "2.0, 0, 1.59"}]}),
                json!({"tpm_present": true}),
            ),
            (
                "TPM 1.2",
                json!({"tpm_info": [{"activated": "1", "enabled": "1", "spec_version": "1.2, 2, 3"}]}),
                json!({"tpm_present": false}),
            ),
            ("secure boot", json!({"secureboot": [{"secure_boot": "1", "setup_mode": "0"}]}), json!({"secure_boot": true})),
            (
                "USB storage off",
                json!({"registry": [value(r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\USBSTOR\Start", "4")]}),
                json!({"usb_storage_blocked": true}),
            ),
        ],
    );
}
