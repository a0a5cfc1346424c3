//! States of the screen lock, each with what must be said of it.

use super::*;
use crate::agent::testing::Machine;

const PERSON: &str = "/bin/launchctl asuser 501 /usr/bin/sudo -H -u anna";

/// A Mac with anna at the screen: what `sysadminctl` says after `screenLock`, her `idleTime`, `displaysleep` on battery and mains.
fn mac(lock: &str, saver: Option<&str>, display: &[i64]) -> Machine {
    let sources = ["Battery", "AC"].iter().zip(display).map(|(name, minutes)| {
        format!("{name} Power:\n Sleep On Power Button 1\n displaysleep         {minutes}\n disksleep            10\n")
    });
    let machine = Machine::new()
        .command("/usr/bin/id -u", 0, "0\n")
        .command("/usr/bin/stat -f %u %Su /dev/console", 0, "501 anna\n")
        .command(
            &format!("/bin/sh -c exec \"$@\" 2>&1 sh {PERSON} /usr/sbin/sysadminctl -screenLock status"),
            0,
            &format!("2026-11-24 06:00:01.123 sysadminctl[812:9044] {lock}\n"),
        )
        .command("/usr/bin/pmset -g custom", 0, &sources.collect::<String>());
    let line = format!("{PERSON} /usr/bin/defaults -currentHost read com.apple.screensaver idleTime");
    match saver {
        Some(seconds) => machine.command(&line, 0, &format!("{seconds}\n")),
        None => machine.command(&line, 1, ""),
    }
}

fn managed(machine: Machine, path: &str, values: &str) -> Machine {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n{values}</dict>\n</plist>\n");
    machine.file(&format!("/Library/Managed Preferences/{path}com.apple.screensaver.plist"), &text)
}

#[track_caller]
fn check(machine: Machine, enabled: Option<bool>, delay_seconds: Option<i64>) {
    let system = machine.system();
    assert_eq!(screen_lock(&Context::new(&system)), ScreenLock { enabled, delay_seconds });
}

const IMMEDIATE: &str = "screenLock delay is immediate";
const ASK: &str = "\t<key>askForPassword</key>\n\t<true/>\n";

#[test]
fn delay_is_idle_time_and_grace_together() {
    check(mac(IMMEDIATE, Some("300"), &[2, 10]), Some(true), Some(300));
    check(mac(IMMEDIATE, Some("1200"), &[2, 10]), Some(true), Some(600));
    check(mac("screenLock delay is 300 seconds", Some("300"), &[10, 10]), Some(true), Some(600));
    check(mac("screenLock delay is 60.000000 seconds", Some("300"), &[10, 10]), Some(true), Some(360));
    check(mac(IMMEDIATE, None, &[5, 10]), Some(true), Some(600));
    check(mac(IMMEDIATE, Some("0"), &[5, 10]), Some(true), Some(600));
    check(mac(IMMEDIATE, Some("300"), &[0, 0]), Some(true), Some(300));
}

#[test]
fn off_is_off_whatever_the_idle_time() {
    check(mac("screenLock is off", Some("300"), &[2, 10]), Some(false), Some(-1));
    check(mac("screenLock delay is -1.000000 seconds", Some("300"), &[2, 10]), Some(false), Some(-1));
}

#[test]
fn trap_9_5_5_a_short_grace_without_idle_time_never_locks() {
    check(mac(IMMEDIATE, Some("0"), &[0, 0]), Some(true), Some(-1));
    // On mains the screen stays on for ever.
    check(mac("screenLock delay is 5 seconds", Some("0"), &[2, 0]), Some(true), Some(-1));
}

#[test]
fn a_screen_saver_without_set_time_and_a_screen_that_stays_on_are_unknown() {
    check(mac(IMMEDIATE, None, &[2, 0]), Some(true), None);
    check(mac(IMMEDIATE, None, &[]), Some(true), None);
    check(mac(IMMEDIATE, Some("0"), &[]), Some(true), None);
}

#[test]
fn texts_in_other_words_say_nothing() {
    for text in [
        "le verrouillage est immédiat",
        "screenLock delay is unknown",
        "screenLock delay is 5.5 seconds",
        "screenLock delay is -2 seconds",
        "",
    ] {
        check(mac(text, Some("300"), &[2, 10]), None, None);
    }
}

#[test]
fn profiles_prescribe_for_the_person_before_the_machine() {
    let machine = mac(IMMEDIATE, Some("1200"), &[30, 30]);
    check(managed(machine, "", "\t<key>idleTime</key>\n\t<integer>600</integer>\n"), Some(true), Some(600));
    let machine = managed(mac(IMMEDIATE, Some("1200"), &[30, 30]), "", "\t<key>idleTime</key>\n\t<integer>600</integer>\n");
    check(managed(machine, "anna/", "\t<key>idleTime</key>\n\t<real>120</real>\n"), Some(true), Some(120));
    // A profile for somebody else.
    let machine = mac(IMMEDIATE, Some("300"), &[30, 30]);
    check(managed(machine, "bea/", "\t<key>idleTime</key>\n\t<integer>60</integer>\n"), Some(true), Some(300));
}

#[test]
fn of_two_graces_the_longer_counts_and_contradictions_say_nothing() {
    let grace = format!("{ASK}\t<key>askForPasswordDelay</key>\n\t<integer>60</integer>\n");
    check(managed(mac("screenLock delay is 5 seconds", Some("300"), &[30, 30]), "", &grace), Some(true), Some(360));
    check(managed(mac("screenLock delay is 900 seconds", Some("300"), &[30, 30]), "", &grace), Some(true), Some(1200));
    check(managed(mac("screenLock is off", Some("300"), &[2, 10]), "", ASK), None, None);
    check(managed(mac(IMMEDIATE, Some("300"), &[2, 10]), "", "\t<key>askForPassword</key>\n\t<false/>\n"), None, None);
    check(managed(mac("", Some("300"), &[2, 10]), "", &grace), Some(true), Some(360));
}

#[test]
fn nobody_at_the_screen_or_no_right_to_look_is_unknown() {
    let console = "/usr/bin/stat -f %u %Su /dev/console";
    check(mac(IMMEDIATE, Some("300"), &[2, 10]).command(console, 0, "0 root\n"), None, None);
    check(mac(IMMEDIATE, Some("300"), &[2, 10]).command("/usr/bin/id -u", 0, "502\n"), None, None);
    // Two are logged in: the other one is at the screen now, of whom nothing is recorded.
    check(mac(IMMEDIATE, Some("300"), &[2, 10]).command(console, 0, "502 bea\n"), None, None);
}
