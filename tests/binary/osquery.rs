//! The script and the packs for osquery: what they ask for is what the appliance reads, and what the script sends arrives.
//!
//! osquery itself is a stand-in that answers with rows written after its documented schema.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use recoger::domain::osquery::OsqueryTables;
use recoger::http::{Method, Request};
use serde_json::{Map, Value, json};

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, code};
use crate::support::process::{Process, State};

const SCRIPT_SECONDS_MAX: u64 = 60;
/// Answers some tables, fails for one, and writes no JSON for another.
const STAND_IN: &str = r#"#!/bin/sh
case $2 in
  *cpu_brand*) echo '[{"hardware_serial":"PF4K1ABC","computer_name":"ada-t14","hostname":"ada-t14","hardware_vendor":"LENOVO","physical_memory":"16700000000"}]' ;;
  *"FROM system_info") echo '[{"hardware_serial":"PF4K1ABC","computer_name":"ada-t14","hostname":"ada-t14"}]' ;;
  *"FROM os_version") echo '[{"name":"Ubuntu","version":"24.04.3 LTS (Noble Numbat)","platform":"ubuntu"}]' ;;
  *"FROM mounts"*) printf '[\n  {"path":"/","device_alias":"/dev/dm-0","type":"ext4"}\n]\n' ;;
  *"FROM disk_encryption") echo '[{"name":"/dev/dm-0","encrypted":"1"}]' ;;
  *"FROM deb_packages") echo '[{"name":"bash","version":"5.2","status":"install ok installed"}]' ;;
  *"FROM iptables"*) echo 'Error: no such table: iptables' >&2; exit 1 ;;
  *"FROM routes"*) echo 'I have no JSON' ;;
  *) echo '[]' ;;
esac
"#;

fn packaged(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "packaging", "osquery", name].iter().collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(packaged(name)).unwrap()
}

/// The queries of a pack by table.
fn pack(name: &str) -> BTreeMap<String, String> {
    let pack: Value = serde_json::from_str(&read(name)).unwrap();
    let queries = pack["queries"].as_object().unwrap();
    queries.iter().map(|(table, query)| (table.clone(), query["query"].as_str().unwrap().trim_end_matches(';').to_owned())).collect()
}

fn folder_with_stand_in() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("osqueryi");
    std::fs::write(&path, STAND_IN).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn script(folder: &tempfile::TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> State {
    let mut command = Command::new("sh");
    command.arg(packaged("report.sh")).args(arguments).env("OSQUERYI", folder.path().join("osqueryi")).envs(variables.iter().copied());
    Process::start(command).finished(SCRIPT_SECONDS_MAX).unwrap()
}

#[test]
fn every_query_bears_the_name_of_a_table_that_is_read() {
    for name in ["recoger.pack.json", "recoger-windows.pack.json"] {
        for (table, query) in pack(name) {
            assert!(query.contains(&format!("FROM {table}")) || query.contains(&format!("JOIN {table}")), "{name}: {table}: {query}");
            // What is not an array is refused for the tables that are read, and passed over for others.
            let read = OsqueryTables::read(Map::from_iter([(table.clone(), json!(7))])).is_err();
            assert!(read, "{name}: nothing is made from {table}");
        }
    }
    let configuration: Value = serde_json::from_str(&read("osquery.conf")).unwrap();
    assert!(configuration["packs"]["recoger"].as_str().unwrap().ends_with("recoger.pack.json"));
}

#[test]
fn the_script_asks_what_the_pack_asks() {
    let text = read("report.sh");
    let lines = text.lines().filter(|line| line.matches('|').count() == 3 && line.contains("|SELECT "));
    let asked: BTreeMap<String, String> = lines
        .map(|line| line.split('|').collect::<Vec<_>>())
        .filter(|fields| fields[2] != "personal")
        .map(|fields| (fields[0].to_owned(), fields[3].to_owned()))
        .collect();
    assert_eq!(asked, pack("recoger.pack.json"));
}

#[test]
fn the_script_prints_what_it_would_send_and_less_of_a_personal_device() {
    let folder = folder_with_stand_in();
    let printed = |arguments: &[&str]| {
        let state = script(&folder, arguments, &[]);
        assert_eq!(code(&state), Some(0), "{state:?}");
        let body: Value = serde_json::from_str(&state.stdout).unwrap();
        body["osquery"].as_object().unwrap().clone()
    };
    let all = printed(&["--print"]);
    assert_eq!(all["mounts"], json!([{"path": "/", "device_alias": "/dev/dm-0", "type": "ext4"}]));
    assert!(!all.contains_key("iptables") && !all.contains_key("routes"), "a table that fails is left out");
    assert!(all.contains_key("deb_packages") && !all.contains_key("alf"), "{all:?}");
    let little = printed(&["--print", "--personal"]);
    assert_eq!(little["system_info"], json!([{"hardware_serial": "PF4K1ABC", "computer_name": "ada-t14", "hostname": "ada-t14"}]));
    assert!(little.contains_key("disk_encryption"));
    for table in ["deb_packages", "rpm_packages", "interface_addresses", "kernel_info"] {
        assert!(!little.contains_key(table), "{table}");
    }
}

#[test]
fn what_the_script_sends_ends_in_the_list_of_devices() {
    let (binary, folder) = (Binary::start(), folder_with_stand_in());
    let in_folder = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let certificate = in_folder("ca.pem", &binary.curl("/certificate.pem", &[]).text());
    let key = binary.beside(&["api-key", "add", "--tenant", "default", "--role", "agent", "--name", "osquery"]).stdout;
    let (good, bad) = (in_folder("key", &key), in_folder("bad-key", "rk_live_wrong"));
    let url = format!("https://{}", binary.address);
    let send = |key_file: &str| {
        script(&folder, &[], &[("RECOGER_URL", &url), ("RECOGER_CA", &certificate), ("RECOGER_API_KEY_FILE", key_file), ("no_proxy", "*")])
    };
    let refused = send(&bad);
    assert!(code(&refused) == Some(1) && refused.stderr.contains("detail"), "{refused:?}");
    let sent = send(&good);
    assert_eq!(code(&sent), Some(0), "{sent:?}");
    assert!(sent.stdout.is_empty() && !sent.stderr.contains(key.trim()), "{sent:?}");
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let devices = binary.send(&Request::new(Method::GET, "/v1/devices/tenant-devices").with_bearer(&token)).json();
    assert_eq!((&devices[0]["serial_number"], &devices[0]["source"]), (&json!("PF4K1ABC"), &json!("integration")));
    let security = devices[0]["device_data"].as_array().unwrap().iter().find(|section| section["data_type"] == "security").unwrap();
    assert_eq!(security["data"], json!({"disk_encryption": true}));
}

#[test]
fn the_script_sends_nothing_to_a_server_with_another_key() {
    use base64::Engine as _;
    let (binary, folder) = (Binary::start(), folder_with_stand_in());
    let key = binary.beside(&["api-key", "add", "--tenant", "default", "--role", "agent", "--name", "osquery"]).stdout;
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, key).unwrap();
    let said = |state: &State| state.stderr.lines().find_map(|line| line.trim().strip_prefix("Public key SHA-256:").map(str::to_owned));
    let hexadecimal = binary.process.wait_for(SCRIPT_SECONDS_MAX, said).unwrap();
    let digits = hexadecimal.split_whitespace().next().unwrap().as_bytes();
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    let pin = |bytes: &[u8]| format!("sha256//{}", base64::engine::general_purpose::STANDARD.encode(bytes));
    let url = format!("https://{}/", binary.address);
    let send = |pin: &str| {
        let key_file = key_file.to_str().unwrap();
        script(&folder, &[], &[("RECOGER_URL", &url), ("RECOGER_PIN", pin), ("RECOGER_API_KEY_FILE", key_file), ("no_proxy", "*")])
    };
    let wrong = send(&pin(&[7; 32]));
    assert!(code(&wrong) == Some(1) && wrong.stderr.contains("public key"), "{wrong:?}");
    assert_eq!(code(&send(&pin(&bytes))), Some(0));
}

#[test]
fn the_script_says_what_it_lacks() {
    let folder = folder_with_stand_in();
    let state = script(&folder, &[], &[]);
    assert!(code(&state) != Some(0) && state.stderr.contains("RECOGER_URL"), "{state:?}");
    let state = script(&folder, &["--everything"], &[]);
    assert!(code(&state) == Some(2) && state.stderr.contains("usage"), "{state:?}");
    let missing = tempfile::tempdir().unwrap();
    let state = script(&missing, &["--print"], &[]);
    assert!(code(&state) == Some(1) && state.stderr.contains("osqueryi is missing"), "{state:?}");
}
