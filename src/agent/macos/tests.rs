//! Whole Macs, recorded as text files, each with the report it must give, byte for byte.
//!
//! With `UPDATE_EXPECTED=1` in the environment the expected reports are written anew, to be read before they are committed.

use std::path::PathBuf;

use super::*;
use crate::agent::testing::Machine;
use crate::domain::time::Time;

/// The Macs of `tests/fixtures/macos`; the script for machines without agent is held against the same.
pub(super) const MACS: &[&str] = &[
    "macos-13-imac-without-t2",
    "macos-14-all-off",
    "macos-15-intel-t2-managed",
    "macos-15-laptop",
    "macos-15-mini-headless",
    "macos-15-not-root",
    "macos-15-odd-names",
    "macos-15-other-language",
    "macos-15-third-party",
    "macos-15-virtual-machine",
    "macos-26-two-users",
    "recovery",
];

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/macos")).join(name)
}

pub(crate) fn mac(name: &str) -> Machine {
    Machine::from_text(&std::fs::read_to_string(fixture(&format!("{name}.machine"))).unwrap())
}

pub(super) fn look(machine: &Machine, personal: bool) -> Report {
    // 2026-11-24T05:00:00Z
    let options = Options { now: Time(1_795_496_400), state_folder: machine.path().join("state"), personal };
    collect(&machine.system(), &options).unwrap()
}

#[test]
fn every_recorded_mac_gives_its_report() {
    let mut recorded: Vec<String> = std::fs::read_dir(fixture(""))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".machine").map(str::to_owned))
        .collect();
    recorded.sort();
    assert_eq!(recorded, MACS);
    for name in MACS {
        let mut report = look(&mac(name), false);
        report.agent_version = "0.0.0".to_owned();
        let found = report.to_json_pretty() + "\n";
        let path = fixture(&format!("{name}.json"));
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn a_mac_that_does_not_answer_claims_nothing() {
    let serial = "/usr/sbin/ioreg -r -d 1 -c IOPlatformExpertDevice";
    let machine = Machine::new().command(serial, 0, "\"IOPlatformSerialNumber\" = \"C02ABC123456\"\n");
    let report = look(&machine, false);
    let facts = serde_json::to_value(&report.security).unwrap();
    assert_eq!(facts, serde_json::json!({}));
    assert_eq!((report.software, report.network, report.headless), (None, None, None));
}

#[test]
fn without_a_serial_number_there_is_no_report() {
    let machine = Machine::new();
    let options = Options { now: Time(0), state_folder: machine.path(), personal: false };
    assert!(collect(&machine.system(), &options).unwrap_err().detail.contains("serial number"));
}

#[test]
fn from_a_personal_mac_only_name_system_and_security_are_collected() {
    let report = look(&mac("macos-15-laptop"), true);
    assert_eq!((report.hardware, report.software, report.network), (None, None, None));
    assert_eq!(report.security.disk_encryption, Some(true));
}
