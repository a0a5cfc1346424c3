//! Clock synchronisation: does the clock follow a time server now?

use super::context::Context;

/// Programs that set the clock and may follow a server though none of those asked knows of it. VirtualBox's guest program follows its host.
const SILENT_SETTERS: &[&str] = &["ntpd", "chronyd", "openntpd", "VBoxService", "vmtoolsd", "phc2sys", "ptp4l"];

/// True when one of those that set clocks says so; false when at least one says no, and none that says nothing runs. The kernel's flag alone
/// is no proof of the contrary: chrony may be told not to set it, and OpenNTPD never does.
pub(super) fn time_sync(context: &Context) -> Option<bool> {
    if context.container {
        return None;
    }
    let system = context.system;
    let flag = system
        .output("timedatectl", &["show", "--property=NTPSynchronized"])
        .and_then(|text| parse_timedatectl(&text))
        .or_else(|| parse_adjtimex(&system.output("adjtimex", &[])?));
    let daemons = [
        system.output("chronyc", &["-n", "tracking"]).and_then(|text| parse_chrony(&text)),
        system.output("ntpq", &["-pn"]).and_then(|text| parse_ntpq(&text)),
        system.output("ntpctl", &["-s", "status"]).and_then(|text| parse_ntpctl(&text)),
        system.output("vmware-toolbox-cmd", &["timesync", "status"]).filter(|text| text.trim() == "Enabled").map(|_| true),
    ];
    if flag == Some(true) || daemons.contains(&Some(true)) {
        return Some(true);
    }
    // The mark that systemd's own client leaves after its first success.
    if flag.is_none() && system.exists("/run/systemd/timesync/synchronized") {
        return Some(true);
    }
    let said_no = daemons.contains(&Some(false));
    let silent = !said_no && SILENT_SETTERS.iter().any(|name| context.runs(name));
    ((flag == Some(false) && !silent) || said_no).then_some(false)
}

/// The kernel's own flag, whichever program sets the clock.
fn parse_timedatectl(text: &str) -> Option<bool> {
    match text.trim() {
        "NTPSynchronized=yes" => Some(true),
        "NTPSynchronized=no" => Some(false),
        _ => None,
    }
}

/// Busybox's and the other one's form: `status: 8193 (PLL)`; bit 6 says that nobody sets the clock.
fn parse_adjtimex(text: &str) -> Option<bool> {
    let status = text.lines().find_map(|line| line.trim().strip_prefix("status:"))?;
    let status: u32 = status.split_whitespace().next()?.parse().ok()?;
    Some(status & 0x40 == 0)
}

fn parse_chrony(text: &str) -> Option<bool> {
    let status = text.lines().find_map(|line| line.strip_prefix("Leap status")?.trim().strip_prefix(':'))?;
    Some(status.trim() != "Not synchronised")
}

/// The table of peers: a star marks the one that is followed, an `o` one by a pulse per second.
fn parse_ntpq(text: &str) -> Option<bool> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("==="));
    lines.next()?;
    Some(lines.any(|line| line.starts_with(['*', 'o'])))
}

fn parse_ntpctl(text: &str) -> Option<bool> {
    let mut parts = text.split(',').map(str::trim);
    parts.find_map(|part| match part {
        "clock synced" => Some(true),
        "clock unsynced" => Some(false),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(time_sync(&Context::new(&machine.system())), expected);
    }

    const TIMEDATECTL: &str = "timedatectl show --property=NTPSynchronized";

    fn chrony(status: &str) -> String {
        format!("Reference ID    : C0A80101 (192.168.1.1)\nStratum         : 3\nLeap status     : {status}\n")
    }

    #[test]
    fn one_that_follows_a_server_is_enough() {
        let kernel = |word: &str| Machine::new().command(TIMEDATECTL, 0, &format!("NTPSynchronized={word}\n"));
        check(kernel("yes"), Some(true));
        check(kernel("no"), Some(false));
        check(kernel("no").command("chronyc -n tracking", 0, &chrony("Normal")), Some(true));
        check(Machine::new().command("chronyc -n tracking", 0, &chrony("Normal")), Some(true));
        check(Machine::new().command("chronyc -n tracking", 0, &chrony("Not synchronised")), Some(false));
        check(Machine::new().file("/run/systemd/timesync/synchronized", ""), Some(true));
        check(kernel("no").file("/run/systemd/timesync/synchronized", ""), Some(false));
        check(Machine::new(), None);
    }

    #[test]
    fn ntpd_and_openntpd_and_busybox_speak_in_their_own_ways() {
        let peers = |mark: &str| {
            format!(
                "     remote           refid      st t when poll reach   delay   offset  jitter\n=====\n{mark}192.0.2.1  .GPS. 1 u 5 64 377 1.0 0.1 0.1\n"
            )
        };
        check(Machine::new().command("ntpq -pn", 0, &peers("*")), Some(true));
        check(Machine::new().command("ntpq -pn", 0, &peers(" ")), Some(false));
        check(
            Machine::new().command("ntpctl -s status", 0, "4/4 peers valid, constraint offset 0s, clock synced, stratum 3\n"),
            Some(true),
        );
        check(Machine::new().command("ntpctl -s status", 0, "0/4 peers valid, clock unsynced, clock offset is 2ms\n"), Some(false));
        let busybox = |status: u32| Machine::new().command("adjtimex", 0, &format!("    mode:         0\n    status:       {status} ()\n"));
        check(busybox(0x2001), Some(true));
        check(busybox(0x40), Some(false));
        check(busybox(0x40).process(0, "ntpd", "ntpd"), None);
    }

    #[test]
    fn tools_of_a_virtual_machine_follow_the_host() {
        let kernel = || Machine::new().command(TIMEDATECTL, 0, "NTPSynchronized=no\n");
        check(kernel().process(0, "VBoxService", ""), None);
        let vmware = |word: &str| kernel().process(0, "vmtoolsd", "").command("vmware-toolbox-cmd timesync status", 0, word);
        check(vmware("Enabled\n"), Some(true));
        check(vmware("Disabled\n"), None);
        check(kernel().command("chronyc -n tracking", 0, &chrony("Not synchronised")).process(0, "chronyd", ""), Some(false));
    }
}
