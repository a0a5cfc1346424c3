//! What the agent of an invented machine finds at a moment: the same fields as a real report.

use serde_json::{Map, Value, json};

use super::days::{Calendar, works};
use super::dice::Dice;
use super::faults::{Fault, has, span};
use super::fleet::Machine;
use super::software;
use super::systems::System;
use crate::domain::device::{DataType, DeviceType, OsType};
use crate::domain::inventory::DeviceReport;
use crate::domain::time::{DAY, Time};

/// Days back that are searched for the last look for updates; machines are never off for longer without being away.
const UPDATE_DAYS_BACK_MAX: i64 = 40;
/// The agent of the roll-out, and the one that followed it 38 days before today.
const AGENT_VERSIONS: [&str; 2] = ["0.0.9", env!("CARGO_PKG_VERSION")];
const AGENT_UPDATED_DAYS_AGO: i64 = 38;

/// One look at `machine`.
pub(super) fn look(machine: &Machine, calendar: &Calendar, moment: Time) -> DeviceReport {
    let updated_at = updated_at(machine, calendar, moment);
    let updated_day = updated_at.0.div_euclid(DAY);
    let mut sections = vec![(DataType::Security, security(machine, calendar, moment, updated_at))];
    if !machine.is_personal() {
        let mut software = Map::new();
        software.insert("collected_at".to_owned(), json!(moment));
        software.insert("items".to_owned(), json!(software::items(machine.name, machine.system, machine.model.kind, updated_day)));
        sections.push((DataType::Hardware, machine.model.hardware(machine.system.kernel(updated_day))));
        sections.push((DataType::Software, software));
        sections.push((DataType::Network, network(machine, moment)));
    }
    let new_agent = moment.0.div_euclid(DAY) >= calendar.today - AGENT_UPDATED_DAYS_AGO + Dice::of("agent", machine.name, 0).between(0, 3);
    DeviceReport {
        serial_number: machine.serial_number(),
        device_name: machine.name.to_owned(),
        device_type: Some(machine.model.kind),
        os_type: machine.system.os_type(),
        os_version: Some(machine.system.version(updated_day, upgraded(machine, calendar, moment))),
        os_distribution: machine.system.distribution().map(str::to_owned),
        os_edition: machine.system.edition().map(str::to_owned),
        headless: Some(is_headless(machine)),
        agent_version: Some(AGENT_VERSIONS[usize::from(new_agent)].to_owned()),
        hardware: None,
        collected_at: Some(moment),
        sections,
        leaves_out_private: false,
    }
}

fn is_headless(machine: &Machine) -> bool {
    matches!(machine.model.kind, DeviceType::Server | DeviceType::Other) || machine.name.ends_with("-build")
}

/// Whether the last feature update is installed; it spreads over six weeks.
fn upgraded(machine: &Machine, calendar: &Calendar, moment: Time) -> bool {
    let days_ago = Dice::of("upgrade", machine.name, 0).between(45, 87);
    moment.0.div_euclid(DAY) >= calendar.today - days_ago
}

/// When the machine last installed updates, or looked and found none.
fn updated_at(machine: &Machine, calendar: &Calendar, moment: Time) -> Time {
    if let Some((since, _)) = span(machine, Fault::UpdatesPaused, moment, calendar.today) {
        // Whoever pauses updates installs once more before.
        return since.plus_seconds(-Dice::of("paused", machine.name, 0).between(600, 3_600));
    }
    let looked_at = |day: i64| {
        let mut dice = Dice::of("updates", machine.name, day);
        let looks = works(machine, day) && dice.chance(60);
        looks.then(|| Time(day * DAY + dice.between(185 * 60, 210 * 60)))
    };
    let day = moment.0.div_euclid(DAY);
    let found = (0..UPDATE_DAYS_BACK_MAX).find_map(|back| looked_at(day - back).filter(|at| *at <= moment));
    found.unwrap_or(moment.plus_days(-UPDATE_DAYS_BACK_MAX))
}

fn security(machine: &Machine, calendar: &Calendar, moment: Time, updated_at: Time) -> Map<String, Value> {
    let has = |fault| has(machine, fault, moment, calendar.today);
    let likely = |fact: &str, percent: i64| Dice::of(fact, machine.name, 0).chance(percent);
    let mut security = Map::new();
    let mut add = |key: &str, value: Value| drop(security.insert(key.to_owned(), value));
    if !has(Fault::DiskUnknown) {
        add("disk_encryption", json!(!has(Fault::DiskOpen)));
    }
    if !has(Fault::FirewallUnknown) {
        add("firewall_enabled", json!(!has(Fault::FirewallOff)));
    }
    if !is_headless(machine) {
        let usual = [300, 300, 600, 600, 900][Dice::of("lock", machine.name, 0).between(0, 4) as usize];
        add("screen_lock_enabled", json!(true));
        add("screen_lock_delay_secs", json!(if has(Fault::LockSlow) { 1_800 } else { usual }));
        add("local_admin", json!(likely("local_admin", if machine.system.os_type() == OsType::Windows { 15 } else { 55 })));
        add("password_manager", json!(likely("password_manager", 92)));
        add("guest_account_enabled", json!(false));
        add("usb_storage_blocked", json!(false));
    }
    add("last_update_at", json!(updated_at));
    add("auto_update_enabled", json!(machine.system.is_maintained() && !has(Fault::UpdatesPaused)));
    let developers = machine.system.os_type() == OsType::Linux;
    add("remote_login_enabled", json!(is_headless(machine) || likely("remote_login", if developers { 25 } else { 3 })));
    add("auto_login_enabled", json!(false));
    add("edr_installed", json!(false));
    add("time_sync", json!(true));
    match machine.system.os_type() {
        OsType::Windows => {
            add("antivirus_enabled", json!(!has(Fault::AntivirusOff)));
            add("antivirus_product", json!("Microsoft Defender Antivirus"));
            add("antivirus_signatures_at", json!(updated_at));
            add("autorun_disabled", json!(likely("autorun", 85)));
            add("secure_boot", json!(machine.system != System::Windows10));
            add("tpm_present", json!(true));
        }
        OsType::Macos => {
            add("antivirus_enabled", json!(true));
            add("antivirus_product", json!("XProtect"));
            add("secure_boot", json!(machine.system != System::Macos13));
        }
        _ if machine.model.kind == DeviceType::Other => add("secure_boot", json!(false)),
        _ => {
            add("secure_boot", json!(likely("secure_boot", 80)));
            add("tpm_present", json!(true));
        }
    }
    security
}

/// The `network` section: in the office, or at home on two days a week.
fn network(machine: &Machine, moment: Time) -> Map<String, Value> {
    let portable = machine.model.kind == DeviceType::Laptop;
    let at_home = portable && Dice::of("home", machine.owner, moment.0.div_euclid(DAY)).chance(40);
    let host = Dice::of("host", machine.name, 0).between(20, 220);
    let (address, router) = match (at_home, portable) {
        (true, _) => (format!("192.168.178.{host}/24"), "192.168.178.1"),
        (false, true) => (format!("10.20.40.{host}/22"), "10.20.40.1"),
        (false, false) => (format!("10.20.10.{host}/24"), "10.20.10.1"),
    };
    let name = match (machine.system.os_type(), portable) {
        (OsType::Macos, _) => "en0",
        (OsType::Windows, true) => "Wi-Fi",
        (OsType::Windows, false) => "Ethernet",
        (_, true) => "wlp0s20f3",
        (_, false) => "eno1",
    };
    let mut network = Map::new();
    network.insert("interfaces".to_owned(), json!([{"name": name, "mac": machine.model.mac(machine.name), "addresses": [address]}]));
    network.insert("dns_servers".to_owned(), json!([router]));
    network
}

#[cfg(test)]
mod tests {
    use super::super::fleet::MACHINES;
    use super::*;
    use crate::domain::device::validate_security;

    #[test]
    fn every_report_is_one_that_the_appliance_would_take() {
        let calendar = Calendar { first: 20_691, today: 20_781 };
        for machine in MACHINES {
            let mut updated = Time(0);
            for day in calendar.first..=calendar.today {
                let moment = Time(day * DAY + 12 * 3600);
                let report = look(machine, &calendar, moment);
                let security = &report.sections[0].1;
                assert_eq!(validate_security(security), Ok(()), "{}", machine.name);
                let at = Time::parse(security["last_update_at"].as_str().unwrap()).unwrap();
                assert!(updated <= at && at <= moment, "{}: the last update moves back or lies ahead", machine.name);
                updated = at;
                assert_eq!(report.sections.len(), if machine.is_personal() { 1 } else { 4 });
                let size: usize = report.sections.iter().map(|(_, section)| json!(section).to_string().len()).sum();
                assert!(size < 64 * 1024, "{}: {size}", machine.name);
            }
        }
    }

    #[test]
    fn a_fact_that_the_agent_cannot_tell_is_left_out() {
        let calendar = Calendar { first: 20_691, today: 20_781 };
        let machine = MACHINES.iter().find(|machine| machine.name == "lx-haverkamp").unwrap();
        let security = |day: i64| look(machine, &calendar, Time(day * DAY)).sections[0].1.clone();
        assert!(!security(20_781).contains_key("disk_encryption"));
        assert_eq!(security(20_741)["disk_encryption"], json!(true));
    }
}
