//! States of software update, each with what must be said of it.

use super::*;
use crate::agent::testing::Machine;

fn plist(body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n{body}</plist>\n")
}

/// `AutomaticDownload=true LastRecommendedUpdatesAvailable=0 LastFullSuccessfulDate=2026-…` as a dictionary.
fn dictionary(entries: &str) -> String {
    let entries = entries.split_whitespace().filter_map(|entry| entry.split_once('=')).map(|(key, value)| {
        let value = match value {
            "true" | "false" => format!("<{value}/>"),
            "[]" => "<array/>".to_owned(),
            "[x]" => "<array>\n<dict>\n<key>Display Name</key>\n<string>macOS 15.7.3</string>\n</dict>\n</array>".to_owned(),
            _ if value.ends_with('Z') => format!("<date>{value}</date>"),
            _ => format!("<integer>{value}</integer>"),
        };
        format!("<key>{key}</key>\n{value}\n")
    });
    plist(&format!("<dict>\n{}</dict>\n", entries.collect::<String>()))
}

fn mac(release: &str, settings: &str) -> Machine {
    Machine::new().command("/usr/bin/sw_vers -productVersion", 0, release).file(SETTINGS, &dictionary(settings))
}

fn managed(machine: Machine, domain: &str, values: &str) -> Machine {
    machine.file(&format!("/Library/Managed Preferences/{domain}.plist"), &dictionary(values))
}

fn declaration(machine: Machine, values: &str) -> Machine {
    let inner =
        dictionary(values).replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n", "").replace("</plist>\n", "");
    let body = format!(
        "<dict>\n<key>SUCorePersistedStatePolicyFields</key>\n<dict>\n<key>SUCoreDDMDeclarationGlobalSettings</key>\n{inner}</dict>\n</dict>\n"
    );
    machine.file(DECLARED, &plist(&body))
}

#[track_caller]
fn automatic(machine: Machine, expected: Option<bool>) {
    assert_eq!(auto_update_enabled(&Context::new(&machine.system())), expected);
}

#[track_caller]
fn last(machine: Machine, expected: Option<&str>) {
    assert_eq!(last_update_at(&Context::new(&machine.system())), expected.and_then(Time::parse));
}

const ALL_ON: &str = "AutomaticCheckEnabled=true AutomaticDownload=true CriticalUpdateInstall=true ConfigDataInstall=true AutomaticallyInstallMacOSUpdates=true";

#[test]
fn every_switch_must_be_on_and_absent_ones_are_but_for_the_last() {
    automatic(mac("15.7.2", ALL_ON), Some(true));
    automatic(mac("15.7.2", "AutomaticallyInstallMacOSUpdates=1"), Some(true));
    automatic(mac("15.7.2", "AutomaticallyInstallMacOSUpdates=0"), Some(false));
    automatic(mac("15.7.2", ""), None);
    automatic(Machine::new(), None);
    for switch in SWITCHES {
        automatic(mac("15.7.2", &ALL_ON.replace(&format!("{switch}=true"), &format!("{switch}=false"))), Some(false));
    }
    // Off is off, also where another one is unknown.
    automatic(mac("15.7.2", "AutomaticCheckEnabled=false"), Some(false));
    automatic(mac("15.7.2", &ALL_ON.replace("AutomaticDownload=true", "AutomaticDownload=7")), None);
}

#[test]
fn profiles_win_until_they_fade() {
    let domain = "com.apple.SoftwareUpdate";
    automatic(managed(mac("15.7.2", "AutomaticallyInstallMacOSUpdates=false"), domain, ALL_ON), Some(true));
    automatic(managed(mac("15.7.2", ALL_ON), domain, "AutomaticallyInstallMacOSUpdates=false"), Some(false));
    automatic(managed(mac("26.1", "AutomaticallyInstallMacOSUpdates=false"), domain, ALL_ON), None);
    automatic(managed(mac("26.1", ALL_ON), domain, ALL_ON), Some(true));
}

#[test]
fn a_declaration_that_forces_both_on_counts_and_any_other_is_unclear() {
    let both = "automaticallyInstallOSUpdates=1 automaticallyInstallSystemAndSecurityUpdates=1";
    automatic(declaration(mac("26.1", "AutomaticallyInstallMacOSUpdates=false"), both), Some(true));
    automatic(declaration(mac("26.1", ALL_ON), "automaticallyInstallOSUpdates=2 automaticallyInstallSystemAndSecurityUpdates=1"), None);
    automatic(declaration(mac("26.1", ALL_ON), "automaticallyInstallOSUpdates=1"), None);
    automatic(declaration(mac("26.1", ALL_ON), "enableGlobalNotifications=1"), Some(true));
    automatic(mac("26.1", ALL_ON).file(DECLARED, "damaged"), None);
}

#[test]
fn damaged_settings_say_nothing() {
    automatic(Machine::new().file(SETTINGS, "damaged"), None);
    last(Machine::new().file(SETTINGS, "damaged").file(HISTORY, "damaged"), None);
}

fn history(entries: &[(&str, &str, &str, bool)]) -> String {
    let entries = entries.iter().map(|(date, name, process, data)| {
        let kind = if *data { "<key>contentType</key>\n<string>config-data</string>\n" } else { "" };
        format!("<dict>\n{kind}<key>date</key>\n<date>{date}</date>\n<key>displayName</key>\n<string>{name}</string>\n<key>processName</key>\n<string>{process}</string>\n</dict>\n")
    });
    plist(&format!("<array>\n{}</array>\n", entries.collect::<String>()))
}

#[test]
fn only_updates_of_the_system_count() {
    let entries = [
        ("2026-09-01T10:00:00Z", "macOS 15.7", "softwareupdated", false),
        ("2026-11-05T10:00:00Z", "macOS 15.7.2", "softwareupdated", false),
        ("2026-11-06T10:00:00Z", "Safari", "softwareupdated", false),
        ("2026-11-07T10:00:00Z", "Command Line Tools for Xcode 26.1", "softwareupdated", false),
        ("2026-11-08T10:00:00Z", "Install macOS Tahoe", "softwareupdated", false),
        ("2026-11-09T10:00:00Z", "macOS Helper of somebody", "installer", false),
        ("2026-11-20T10:00:00Z", "XProtectPlistConfigData", "softwareupdated", true),
        ("2026-11-21T10:00:00Z", "macOS Gatekeeper Data", "softwareupdated", true),
    ];
    last(Machine::new().file(HISTORY, &history(&entries)), Some("2026-11-05T10:00:00Z"));
    last(Machine::new().file(HISTORY, &history(&entries[6..])), None);
    let response = [("2026-11-19T06:00:00Z", "Background Security Improvement (a)", "softwareupdated", false)];
    last(Machine::new().file(HISTORY, &history(&response)), Some("2026-11-19T06:00:00Z"));
}

#[test]
fn a_look_that_found_nothing_counts_unless_updates_are_held_back() {
    const CLEAN: &str = "LastRecommendedUpdatesAvailable=0 RecommendedUpdates=[] LastFullSuccessfulDate=2026-11-23T18:02:11Z";
    let at = Some("2026-11-23T18:02:11Z");
    last(mac("15.7.2", CLEAN), at);
    last(mac("15.7.2", &CLEAN.replace("[]", "[x]")), None);
    last(mac("15.7.2", &CLEAN.replace("Available=0", "Available=2")), None);
    last(mac("15.7.2", "LastFullSuccessfulDate=2026-11-23T18:02:11Z"), None);
    last(managed(mac("15.7.2", CLEAN), "com.apple.applicationaccess", "forceDelayedSoftwareUpdates=true"), None);
    last(declaration(mac("26.1", CLEAN), "enableGlobalNotifications=1"), None);
    let entries = [("2026-11-05T10:00:00Z", "macOS 15.7.2", "softwareupdated", false)];
    last(mac("15.7.2", CLEAN).file(HISTORY, &history(&entries)), at);
}
