//! Clock synchronisation: does the clock follow a time server now?

use super::context::Context;

/// What timedatectl says, else chrony, else the mark that systemd's own client leaves after its first success.
pub(super) fn time_sync(context: &Context) -> Option<bool> {
    if context.container {
        return None;
    }
    let system = context.system;
    let by_systemd = || parse_timedatectl(&system.output("timedatectl", &["show", "--property=NTPSynchronized"])?);
    let by_chrony = || parse_chrony(&system.output("chronyc", &["-n", "tracking"])?);
    let by_mark = || system.exists("/run/systemd/timesync/synchronized").then_some(true);
    by_systemd().or_else(by_chrony).or_else(by_mark)
}

/// The kernel's own flag, whichever program sets the clock.
fn parse_timedatectl(text: &str) -> Option<bool> {
    match text.trim() {
        "NTPSynchronized=yes" => Some(true),
        "NTPSynchronized=no" => Some(false),
        _ => None,
    }
}

fn parse_chrony(text: &str) -> Option<bool> {
    let status = text.lines().find_map(|line| line.strip_prefix("Leap status")?.trim().strip_prefix(':'))?;
    Some(status.trim() != "Not synchronised")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(time_sync(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn the_first_that_answers_counts() {
        let timedatectl = "timedatectl show --property=NTPSynchronized";
        let chrony = |status: &str| format!("Reference ID    : C0A80101 (192.168.1.1)\nStratum         : 3\nLeap status     : {status}\n");
        check(Machine::new().command(timedatectl, 0, "NTPSynchronized=yes\n"), Some(true));
        check(
            Machine::new().command(timedatectl, 0, "NTPSynchronized=no\n").command("chronyc -n tracking", 0, &chrony("Normal")),
            Some(false),
        );
        check(Machine::new().command("chronyc -n tracking", 0, &chrony("Normal")), Some(true));
        check(Machine::new().command("chronyc -n tracking", 0, &chrony("Not synchronised")), Some(false));
        check(Machine::new().file("/run/systemd/timesync/synchronized", ""), Some(true));
        check(Machine::new(), None);
    }
}
