//! Whole looks: PowerShell's recorded output to report, for company and personal devices.
//!
//! With `UPDATE_EXPECTED=1` in the environment the expected report is written anew, to be read before it is committed.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::script::tests::command_line;
use super::states::{NOW, laptop};
use super::*;
use crate::agent::testing::Machine;

fn output(value: &Value) -> String {
    // As the script writes it: one line of ASCII.
    let text = value.to_string();
    let escaped = text.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) });
    escaped.collect::<String>() + "\r\n"
}

fn machine(found: &Value) -> Machine {
    let parts = Part::ALL.iter().filter(|part| !found[part.name()].is_null());
    parts.fold(Machine::new(), |machine, part| machine.command(&command_line(*part), 0, &output(&found[part.name()])))
}

fn look(machine: &Machine, personal: bool) -> Result<Report> {
    let options = Options { now: NOW, state_folder: machine.path().join("state"), personal };
    collect(&machine.system(), &options)
}

#[test]
fn windows_11_pro_laptop() {
    let mut report = look(&machine(&laptop()), false).unwrap();
    report.agent_version = "0.0.0".to_owned();
    let found = report.to_json_pretty() + "\n";
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/agent/windows/windows-11-pro-laptop.report.json"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap());
}

#[test]
fn of_a_personal_device_the_inventory_is_not_even_asked_for() {
    let mut found = laptop();
    found["inventory"] = Value::Null;
    let personal = look(&machine(&found), true).unwrap();
    assert_eq!((&personal.hardware, &personal.software, &personal.network), (&None, &None, &None));
    assert_eq!(personal.security.disk_encryption, Some(true));
    assert_eq!(look(&machine(&laptop()), true).unwrap().to_json(), personal.to_json());
}

#[test]
fn without_powershell_nothing_names_the_machine() {
    let error = look(&Machine::new(), false).unwrap_err();
    assert!(error.detail.contains("PowerShell"), "{error}");
    let denied = Machine::new().command(&command_line(Part::State), 1, "");
    assert!(look(&denied, false).is_err());
}

#[test]
fn placeholders_are_refused_and_the_next_source_is_taken() {
    let with = |bios: &str, board: &str| {
        let mut found = laptop();
        found["state"]["bios"] = json!({ "rows": [{ "SerialNumber": bios }] });
        found["state"]["board"] = json!({ "rows": [{ "SerialNumber": board }] });
        found["state"]["chassis"] = json!({ "rows": [{ "SerialNumber": "Default string" }] });
        look(&machine(&found), false).unwrap().serial_number
    };
    assert_eq!(with("PF4ABC12", "L1HF3AB00XY"), "PF4ABC12");
    assert_eq!(with("To Be Filled By O.E.M.", "L1HF3AB00XY"), "L1HF3AB00XY");
    assert!(with("System Serial Number", " ").starts_with("recoger-"));
}

#[test]
fn a_serial_number_that_can_not_be_read_is_not_replaced_by_a_random_id() {
    let mut found = laptop();
    found["state"]["bios"] = json!({ "error": "PermissionDenied HRESULT 0x80041003,GetCimInstanceCommand AccessDenied" });
    assert!(look(&machine(&found), false).is_err());
}

#[test]
fn the_boards_uuid_is_sent_if_it_is_one() {
    let with = |uuid: Value| {
        let mut found = laptop();
        found["state"]["product"] = uuid;
        judge(&found, NOW).hardware_uuid
    };
    let one = "4C4C4544-0042-3510-8052-B4C04F4A3132";
    assert_eq!(with(json!({ "rows": [{ "UUID": format!("{one} ") }] })).as_deref(), Some(one));
    for none in [json!({ "rows": [{ "UUID": "Not Settable" }] }), json!({ "rows": [] }), json!({ "error": "x" }), Value::Null] {
        assert_eq!(with(none.clone()), None, "{none}");
    }
}

#[test]
fn a_program_list_that_is_not_whole_is_no_list() {
    for broken in ["programs", "programs_32"] {
        let mut found = laptop();
        found["inventory"][broken] = json!({ "error": "PermissionDenied x,y " });
        assert_eq!(look(&machine(&found), false).unwrap().software, None, "{broken}");
    }
    let mut found = laptop();
    found["inventory"]["programs_32"] = json!({ "error": "ObjectNotFound PathNotFound,GetChildItemCommand " });
    assert_eq!(look(&machine(&found), false).unwrap().software.unwrap().items.len(), 4);
}

#[test]
fn kinds_of_machines() {
    let kind = |computer: Value, chassis: i64, product: i64, installation: &str| {
        let mut found = laptop();
        found["state"]["computer"] = json!({ "rows": [computer] });
        found["state"]["chassis"] = json!({ "rows": [{ "ChassisTypes": [chassis] }] });
        found["state"]["os"] = json!({ "rows": [{ "SystemDrive": "C:", "ProductType": product }] });
        found["state"]["keys"]["version"]["values"]["InstallationType"] = json!(installation);
        let report = judge(&found, NOW);
        (report.device_type, report.headless)
    };
    let plain = json!({ "Manufacturer": "Dell Inc.", "Model": "OptiPlex 7010", "PCSystemType": 1 });
    let hyper_v = json!({ "Manufacturer": "Microsoft Corporation", "Model": "Virtual Machine", "PCSystemType": 1 });
    let surface = json!({ "Manufacturer": "Microsoft Corporation", "Model": "Surface Pro 9", "PCSystemType": 2 });
    assert_eq!(kind(plain.clone(), 3, 1, "Client"), ("desktop".to_owned(), Some(false)));
    assert_eq!(kind(plain.clone(), 10, 1, "Client"), ("laptop".to_owned(), Some(false)));
    assert_eq!(kind(plain.clone(), 30, 1, "Client"), ("tablet".to_owned(), Some(false)));
    assert_eq!(kind(surface, 9, 1, "Client"), ("laptop".to_owned(), Some(false)));
    assert_eq!(kind(hyper_v.clone(), 3, 1, "Client"), ("vm".to_owned(), Some(false)));
    assert_eq!(kind(hyper_v, 3, 3, "Server Core"), ("server".to_owned(), Some(true)));
    assert_eq!(kind(plain, 23, 2, "Server"), ("server".to_owned(), Some(false)));
}

#[test]
fn releases_and_editions_as_the_support_table_needs_them() {
    let version = |values: Value| {
        let mut found = laptop();
        found["state"]["keys"]["version"]["values"] = values;
        let report = judge(&found, NOW);
        (report.os_version, report.os_edition)
    };
    let ten = json!({ "CurrentMajorVersionNumber": 10, "CurrentMinorVersionNumber": 0, "CurrentBuild": "19045", "UBR": 6456, "EditionID": "EnterpriseS", "ProductName": "Windows 10" });
    assert_eq!(version(ten), (Some("10.0.19045.6456".to_owned()), Some("EnterpriseS".to_owned())));
    let without_revision =
        json!({ "CurrentMajorVersionNumber": 10, "CurrentMinorVersionNumber": 0, "CurrentBuild": "14393", "EditionID": "ServerStandard" });
    assert_eq!(version(without_revision), (Some("10.0.14393".to_owned()), Some("ServerStandard".to_owned())));
    assert_eq!(version(json!({ "CurrentBuild": "9600" })), (None, None));
}
