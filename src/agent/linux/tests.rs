//! Whole machines, recorded as text files, each with the report it must give, byte for byte.
//!
//! With `UPDATE_EXPECTED=1` in the environment the expected reports are written anew, to be read before they are committed.

use std::path::PathBuf;

use super::*;
use crate::agent::testing::Machine;
use crate::domain::time::Time;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agent")).join(name)
}

fn look(machine: &Machine, personal: bool) -> Report {
    // 2026-11-24T05:00:00Z
    let options = Options { now: Time(1_795_496_400), state_folder: machine.path().join("state"), personal };
    collect(&machine.system(), &options).unwrap()
}

#[track_caller]
fn check(name: &str) {
    let machine = Machine::from_text(&std::fs::read_to_string(fixture(&format!("{name}.machine"))).unwrap());
    let mut report = look(&machine, false);
    report.agent_version = "0.0.0".to_owned();
    let found = report.to_json_pretty() + "\n";
    let path = fixture(&format!("{name}.json"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "{name}");
}

#[test]
fn debian_12_server() {
    check("debian-12-server");
}

#[test]
fn ubuntu_24_04_laptop() {
    check("ubuntu-24.04-laptop");
}

#[test]
fn fedora_43_kde() {
    check("fedora-43-kde");
}

#[test]
fn rhel_9_virtual_machine() {
    check("rhel-9-vm");
}

#[test]
fn arch_sway_laptop() {
    check("arch-sway-laptop");
}

#[test]
fn alpine_3_22() {
    check("alpine-3.22");
}

#[test]
fn opensuse_leap_16_at_its_login_screen() {
    check("opensuse-leap-16");
}

#[test]
fn raspberry_pi_os() {
    check("raspberry-pi-os");
}

#[test]
fn nixos_25_11() {
    check("nixos-25.11");
}

#[test]
fn an_empty_machine_claims_nothing() {
    let report = look(&Machine::new(), false);
    let facts = serde_json::to_value(&report.security).unwrap();
    assert_eq!(facts, serde_json::json!({}));
    assert_eq!((report.software, report.network), (None, None));
}

#[test]
fn from_a_personal_device_only_name_system_and_security_are_collected() {
    let machine = Machine::from_text(&std::fs::read_to_string(fixture("ubuntu-24.04-laptop.machine")).unwrap());
    let report = look(&machine, true);
    assert_eq!((report.hardware, report.software, report.network), (None, None, None));
    assert_eq!(report.security.disk_encryption, Some(true));
}

#[test]
fn two_looks_at_an_unchanged_machine_give_the_same_bytes() {
    let machine = Machine::from_text(&std::fs::read_to_string(fixture("debian-12-server.machine")).unwrap());
    assert_eq!(look(&machine, false).to_json(), look(&machine, false).to_json());
}

#[test]
#[cfg(target_os = "linux")]
fn the_machine_of_this_test_can_be_looked_at() {
    let state = tempfile::tempdir().unwrap();
    let options = Options { now: Time(1_795_496_400), state_folder: state.path().to_owned(), personal: false };
    let report = match collect(&System::this_machine(), &options) {
        Ok(report) => report,
        // Not root, and the firmware has a serial number.
        Err(error) => return assert!(error.detail.contains("root"), "{error}"),
    };
    println!("{}", report.to_json_pretty());
    assert!(!report.device_name.is_empty() && !report.serial_number.is_empty());
    assert_eq!(report.os_type, "linux");
    assert!(report.hardware.is_some_and(|hardware| hardware.memory_bytes.is_some() && hardware.kernel.is_some()));
}
