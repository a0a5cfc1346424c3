//! Machines as osquery tells of them, each with all the facts that must be made of it and no others. The rows are written after osquery's
//! documented schema (5.x): no osquery was at hand to record them from.

use serde_json::{Value, json};

use super::*;

fn tables(value: Value) -> OsqueryTables {
    OsqueryTables::read(value.as_object().unwrap().clone()).unwrap()
}

/// The security facts of tables.
fn facts(os_type: OsType, value: Value) -> Value {
    Value::Object(security(&tables(value), os_type))
}

#[track_caller]
fn check(os_type: OsType, states: Vec<(&str, Value, Value)>) {
    for (name, given, expected) in states {
        assert_eq!(facts(os_type, given), expected, "{name}");
    }
}

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

#[test]
fn linux_machines() {
    let mount = |path: &str, device: &str| json!({"path": path, "device": "/dev/mapper/x", "device_alias": device, "type": "ext4"});
    let disk = |name: &str, encrypted: &str| json!({"name": name, "encrypted": encrypted, "type": ""});
    let rule = |target: &str, more: Value| {
        let mut row = json!({"filter_name": "filter", "chain": "INPUT", "policy": "DROP", "target": target, "protocol": "0", "match": "no",
            "iniface": "all", "src_ip": "0.0.0.0", "src_mask": "0.0.0.0", "src_port": "", "dst_port": ""});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let address = |address: &str| json!([{"interface": "eth0", "address": address, "mask": "255.255.255.0"}]);
    let firewall = |rules: Vec<Value>, addresses: Value| json!({"iptables": rules, "interface_addresses": addresses});
    let end = || rule("", json!({}));
    let ssh = || rule("ACCEPT", json!({"protocol": "6", "match": "yes", "src_port": "0:65535", "dst_port": "22:22"}));
    let unit = |id: &str, active: &str| json!({"id": id, "load_state": "loaded", "active_state": active});
    let port = |number: &str, address: &str| json!({"listening_ports": [{"port": number, "protocol": "6", "address": address}]});
    check(
        OsType::Linux,
        vec![
            (
                "LUKS",
                json!({"mounts": [mount("/", "/dev/dm-0")], "disk_encryption": [disk("/dev/dm-0", "1")]}),
                json!({"disk_encryption": true}),
            ),
            (
                "plain",
                json!({"mounts": [mount("/", "/dev/sda2")], "disk_encryption": [disk("/dev/sda2", "0")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "trap 9.5.2: an encrypted stick",
                json!({"mounts": [mount("/", "/dev/sda2"), mount("/media/x", "/dev/dm-0")], "disk_encryption": [disk("/dev/sda2", "0"), disk("/dev/dm-0", "1")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "plain /home",
                json!({"mounts": [mount("/", "/dev/dm-0"), mount("/home", "/dev/sdb1")], "disk_encryption": [disk("/dev/dm-0", "1"), disk("/dev/sdb1", "0")]}),
                json!({"disk_encryption": false}),
            ),
            (
                "ZFS, of which osquery knows nothing",
                json!({"mounts": [mount("/", "rpool/ROOT")], "disk_encryption": [disk("/dev/sda2", "0")]}),
                json!({}),
            ),
            ("not asked as root", json!({"mounts": [mount("/", "/dev/dm-0")], "disk_encryption": []}), json!({})),
            (
                "iptables that drop",
                firewall(vec![ssh(), rule("ACCEPT", json!({"iniface": "lo"})), end()], address("192.0.2.7")),
                json!({"firewall_enabled": true}),
            ),
            ("iptables that let all in", firewall(vec![rule("ACCEPT", json!({})), end()], address("192.0.2.7")), json!({})),
            ("iptables with a chain of their own", firewall(vec![rule("custom", json!({})), end()], address("192.0.2.7")), json!({})),
            ("iptables where IPv6 is in use", firewall(vec![end()], address("2001:db8::2")), json!({})),
            ("iptables that accept", firewall(vec![rule("", json!({"policy": "ACCEPT"}))], address("192.0.2.7")), json!({})),
            ("no iptables, perhaps nftables", firewall(vec![], address("192.0.2.7")), json!({})),
            (
                "base packages",
                json!({"rpm_packages": [{"name": "glibc", "install_time": "1760000000"}, {"name": "openssl-libs", "install_time": "1793000000"}, {"name": "htop", "install_time": "1794000000"}]}),
                json!({"last_update_at": "2026-10-26T07:33:20Z"}),
            ),
            (
                "a new program only",
                json!({"rpm_packages": [{"name": "glibc", "install_time": "1760000000"}, {"name": "htop", "install_time": "1794000000"}]}),
                json!({}),
            ),
            (
                "CrowdStrike",
                json!({"systemd_units": [unit("falcon-sensor.service", "active")]}),
                json!({"antivirus_enabled": true, "antivirus_product": "CrowdStrike Falcon"}),
            ),
            (
                "ClamAV without its updater",
                json!({"systemd_units": [unit("clamav-daemon.service", "active")]}),
                json!({"antivirus_enabled": false, "antivirus_product": "ClamAV"}),
            ),
            (
                "trap 9.5.7: osquery itself",
                json!({"systemd_units": [unit("osqueryd.service", "active"), unit("wazuh-agent.service", "active")]}),
                json!({}),
            ),
            ("sshd", port("22", "0.0.0.0"), json!({"remote_login_enabled": true})),
            ("sshd for the machine itself", port("22", "127.0.0.1"), json!({})),
            ("setup mode", json!({"secureboot": [{"secure_boot": "1", "setup_mode": "1"}]}), json!({"secure_boot": false})),
            ("secure boot of which the mode is not told", json!({"secureboot": [{"secure_boot": "1"}]}), json!({})),
        ],
    );
}

#[test]
fn administrators_are_told_by_groups_and_who_sits_there() {
    let people = |tty: &str, session: Value, groups: Value, gid: &str, kind: &str| {
        let mut session = session;
        session["tty"] = json!(tty);
        json!({"users": [{"uid": "501", "username": "anna", "uuid": "S-1-5-21-1-1001", "type": kind}], "groups": groups,
            "user_groups": [{"uid": "501", "gid": gid}], "logged_in_users": [session]})
    };
    let admin = |os_type: OsType, value: Value| facts(os_type, value).get("local_admin").cloned().unwrap_or(Value::Null);
    let mac =
        |gid: &str, tty: &str| people(tty, json!({"type": "user", "user": "anna"}), json!([{"gid": "80", "groupname": "admin"}]), gid, "");
    assert_eq!(admin(OsType::Macos, mac("80", "console")), json!(true));
    assert_eq!(admin(OsType::Macos, mac("20", "console")), json!(false));
    assert_eq!(admin(OsType::Macos, mac("80", "ttys001")), Value::Null);
    let windows = |gid: &str, kind: &str| {
        let session = json!({"type": "active", "user": "anna", "sid": "S-1-5-21-1-1001"});
        people("Console", session, json!([{"gid": "544", "groupname": "Administratoren", "group_sid": "S-1-5-32-544"}]), gid, kind)
    };
    assert_eq!(admin(OsType::Windows, windows("544", "local")), json!(true));
    assert_eq!(admin(OsType::Windows, windows("545", "local")), json!(false));
    assert_eq!(admin(OsType::Windows, windows("545", "roaming")), Value::Null);
    let linux = |gid: &str| people("tty2", json!({"type": "user", "user": "anna"}), json!([{"gid": "27", "groupname": "sudo"}]), gid, "");
    assert_eq!(admin(OsType::Linux, linux("27")), json!(true));
    assert_eq!(admin(OsType::Linux, linux("1000")), Value::Null);
}

#[test]
fn software_is_the_systems_own_list_with_all_others() {
    let list = |os_type: OsType, value: Value| {
        let section = software::software(&tables(value), os_type)?;
        let items = section["items"].as_array().unwrap().clone();
        Some(
            items
                .iter()
                .map(|item| {
                    format!("{} {} {}", item["name"].as_str().unwrap(), item["version"].as_str().unwrap(), item["source"].as_str().unwrap())
                })
                .collect::<Vec<_>>(),
        )
    };
    let debian = json!({"deb_packages": [
        {"name": "bash", "version": "5.2.15-2", "status": "install ok installed", "maintainer": "Matthias Klose <doko@debian.org>"},
        {"name": "gcc-11", "version": "11.3", "status": "deinstall ok config-files"}],
        "chrome_extensions": [{"name": "Bitwarden Password Manager", "version": "2026.1"}]});
    assert_eq!(list(OsType::Linux, debian.clone()).unwrap(), ["Bitwarden Password Manager 2026.1 browser_extension", "bash 5.2.15-2 dpkg"]);
    assert_eq!(facts(OsType::Linux, debian)["password_manager"], json!(true));
    let fedora = json!({"rpm_packages": [{"name": "openssl-libs", "version": "3.2.1", "release": "2.fc43", "epoch": "1"}, {"name": "gpg-pubkey", "version": "a15b"}]});
    assert_eq!(list(OsType::Linux, fedora).unwrap(), ["openssl-libs 1:3.2.1-2.fc43 rpm"]);
    let mac = json!({"apps": [{"name": "Firefox.app", "bundle_short_version": "146.0"}], "homebrew_packages": [{"name": "jq", "version": "1.7"}]});
    assert_eq!(list(OsType::Macos, mac).unwrap(), ["Firefox 146.0 app", "jq 1.7 homebrew"]);
    assert_eq!(list(OsType::Macos, json!({"homebrew_packages": [{"name": "jq"}], "apps": []})), None);
    assert_eq!(facts(OsType::Linux, json!({"deb_packages": [{"name": "passwd"}, {"name": "keepassxcommon"}]})), json!({}));
}

#[test]
fn hardware_and_network_are_made_of_what_there_is() {
    let system = json!({"hardware_serial": "X1", "hardware_vendor": "LENOVO", "hardware_model": "21HD", "cpu_brand": "", "cpu_logical_cores": "12", "physical_memory": "16700000000"});
    let found = hardware::hardware(&tables(json!({"system_info": [system], "os_version": [{"arch": "x86_64"}]}))).unwrap();
    assert_eq!(
        Value::Object(found),
        json!({"manufacturer": "LENOVO", "model": "21HD", "processor_count": 12, "memory_bytes": 16_700_000_000_i64, "architecture": "x86_64"})
    );
    assert_eq!(hardware::hardware(&tables(json!({"system_info": [{"hardware_serial": "X1", "hostname": "h"}]}))), None);
    let network = network::network(&tables(json!({
        "interface_addresses": [
            {"interface": "lo", "address": "127.0.0.1", "mask": "255.0.0.0"},
            {"interface": "en0", "address": "192.0.2.7", "mask": "255.255.255.0"},
            {"interface": "en0", "address": "fe80::1%en0", "mask": "ffff:ffff:ffff:ffff::"},
            {"interface": "en0", "address": "2001:db8::7", "mask": "ffff:ffff:ffff:ffff::"}],
        "interface_details": [{"interface": "en0", "mac": "00:00:5E:00:53:01"}],
        "routes": [{"destination": "0.0.0.0", "netmask": "0", "gateway": "192.0.2.1"}, {"destination": "10.0.0.0", "netmask": "8", "gateway": "192.0.2.2"}],
        "dns_resolvers": [{"type": "nameserver", "address": "192.0.2.53"}, {"type": "search", "address": "example.org"}],
    })));
    let expected = json!({"interfaces": [{"name": "en0", "mac": "00:00:5e:00:53:01", "addresses": ["192.0.2.7/24", "2001:db8::7/64"]}], "gateways": ["192.0.2.1"], "dns_servers": ["192.0.2.53"]});
    assert_eq!(network.map(Value::Object), Some(expected));
}

#[test]
fn a_section_is_made_when_a_table_of_it_was_sent_though_it_may_hold_nothing() {
    let made =
        |value: Value| sections(&tables(value), OsType::Linux).into_iter().map(|(kind, section)| (kind, section.len())).collect::<Vec<_>>();
    assert_eq!(made(json!({"mounts": []})), [(DataType::Security, 0)]);
    assert_eq!(made(json!({"os_version": [{"platform": "ubuntu"}], "shell_history": [{"command": "secret"}]})), []);
}

#[test]
fn every_fact_is_of_the_kind_that_the_section_demands() {
    let everything = SECURITY_TABLES
        .iter()
        .map(|table| ((*table).to_owned(), json!([{"global_state": "1", "date": "9223372036854775807", "time": "-5"}])));
    let tables = OsqueryTables::read(everything.collect()).unwrap();
    for os_type in OsType::ALL {
        assert_eq!(crate::domain::device::validate_security(&security(&tables, *os_type)), Ok(()));
    }
}
