//! Administrators, software, hardware and network, and which sections are made.

use super::*;

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

/// Every column that something is read from.
const COLUMNS: &str = "active_state activated address arch author autoupdate build bundle_short_version bundle_version chain chassis_types \
    computer_name conversion_status cpu_brand cpu_logical_cores cpu_type data date description destination device device_alias domain \
    drive_letter dst_port enabled encrypted epoch filevault_status filter_name firewall forced gateway gid global_state grace_period \
    group_sid groupname hardware_model hardware_serial hardware_vendor hostname id iniface install_time installed_on interface key \
    load_state mac major mask match minor name netmask operation path physical_memory platform policy port protection_status protocol \
    publisher release remote_login remote_management result_code revision screen_sharing secure_boot secure_mode setup_mode sid source \
    spec_version src_mask src_port state status target time title tty type uid unix_time user user_uuid username uuid value vendor version";

#[test]
fn whatever_the_rows_hold_the_facts_are_of_the_kinds_that_the_section_demands() {
    let long = "x".repeat(400);
    let values = [
        "",
        "-1",
        "0",
        "1",
        "2",
        "9223372036854775807",
        "-9223372036854775808",
        "NaN",
        "C:",
        "C:\\",
        "/",
        "Ä😀",
        "13/45/0",
        "1/1/9999999",
        "::1%x",
        &long,
    ];
    let names = [
        "darwin",
        "windows",
        "ubuntu",
        "rhel",
        "On",
        "Antivirus",
        "idleTime",
        "com.apple.screensaver",
        "default",
        "console",
        "active",
        "user",
    ];
    for value in values.iter().chain(&names) {
        let row: Map<String, Value> = COLUMNS.split_whitespace().map(|column| (column.to_owned(), json!(value))).collect();
        let given = SECURITY_TABLES.iter().chain(&[
            "system_info",
            "os_version",
            "time",
            "apps",
            "programs",
            "deb_packages",
            "routes",
            "interface_addresses",
            "interface_details",
        ]);
        let tables = OsqueryTables::read(given.map(|table| ((*table).to_owned(), json!([row, {}, row]))).collect()).unwrap();
        let device = OsqueryDevice::read(&tables);
        assert!(device.collected_at.is_none_or(|time| time.to_string().len() == 20), "{device:?}");
        for os_type in OsType::ALL {
            for (data_type, section) in sections(&tables, *os_type) {
                if data_type == DataType::Security {
                    assert_eq!(crate::domain::device::validate_security(&section), Ok(()), "{value} {os_type}");
                }
            }
        }
    }
}
