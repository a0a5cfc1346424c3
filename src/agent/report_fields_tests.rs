//! The list of what is collected names every fact of a report, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report::{Disk, Hardware, Interface, Network, Package, Report, Security, Software, Volume};
use crate::domain::collected::{FIELDS, Part};
use crate::domain::time::Time;

/// A report with every fact. No field is left to a default: a new one does not compile until it is here, and then has to be in the list.
fn everything() -> Report {
    let text = || "x".to_owned();
    let (some, yes, time) = (Some("x".to_owned()), Some(true), Some(Time(0)));
    Report {
        device_name: text(),
        serial_number: text(),
        hardware_uuid: some.clone(),
        device_type: text(),
        os_type: text(),
        os_version: some.clone(),
        os_distribution: some.clone(),
        os_edition: some.clone(),
        agent_version: text(),
        collected_at: time,
        headless: yes,
        security: Security {
            disk_encryption: yes,
            firewall_enabled: yes,
            screen_lock_enabled: yes,
            screen_lock_delay_secs: Some(1),
            last_update_at: time,
            auto_update_enabled: yes,
            antivirus_enabled: yes,
            antivirus_product: some.clone(),
            antivirus_signatures_at: time,
            edr_installed: yes,
            password_manager: yes,
            local_admin: yes,
            usb_storage_blocked: yes,
            remote_login_enabled: yes,
            secure_boot: yes,
            tpm_present: yes,
            auto_login_enabled: yes,
            guest_account_enabled: yes,
            time_sync: yes,
        },
        hardware: Some(Hardware {
            manufacturer: some.clone(),
            model: some.clone(),
            firmware_version: some.clone(),
            architecture: some.clone(),
            kernel: some.clone(),
            os_build: some.clone(),
            processor: some.clone(),
            processor_count: Some(1),
            memory_bytes: Some(1),
            disks: vec![Disk { name: text(), model: some.clone(), size_bytes: Some(1), removable: yes }],
            volumes: vec![Volume { mount: text(), file_system: text(), encrypted: yes }],
        }),
        software: Some(Software {
            collected_at: time,
            items: vec![Package { name: text(), version: text(), publisher: some.clone(), source: text() }],
        }),
        network: Some(Network {
            interfaces: vec![Interface { name: text(), mac: some, addresses: vec![text()] }],
            gateways: vec![text()],
            dns_servers: vec![text()],
        }),
        notes: Vec::new(),
    }
}

fn paths(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            fields.iter().for_each(|(name, value)| paths(&below(name), value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| paths(&format!("{path}[]"), item, found)),
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn every_fact_of_a_report_is_in_the_list_and_nothing_else() {
    let mut sent = BTreeSet::new();
    paths("", &serde_json::from_str(&everything().to_json()).unwrap(), &mut sent);
    let listed: BTreeSet<String> = FIELDS.iter().filter(|field| field.part != Part::Enrolment).map(|field| field.path()).collect();
    assert_eq!(listed, sent);
}

#[test]
fn from_a_personal_device_only_what_the_list_says_is_sent() {
    let json = everything().to_json();
    let less = Report::security_only(json.as_bytes()).unwrap();
    let mut sent = BTreeSet::new();
    paths("", &serde_json::from_slice(&less).unwrap(), &mut sent);
    let of_personal = FIELDS.iter().filter(|field| field.part.of_personal_devices() && field.part != Part::Enrolment);
    assert_eq!(of_personal.map(|field| field.path()).collect::<BTreeSet<_>>(), sent);
}
