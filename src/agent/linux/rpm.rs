//! When an rpm system was last updated: from the install times of its base packages, and from what its programs wrote down.
//!
//! `dnf` and `zypper` are not asked, for they need the network and write; their logs are read.

use chrono::NaiveDateTime;

use crate::domain::rpm_base;
use crate::domain::time::Time;

/// The query that [`newest_update`] reads.
pub(super) const QUERY: &[&str] = &["-qa", "--qf", "%{INSTALLTIME}\\t%{NAME}\\n"];

/// The newest install time of a base package that is younger than the system.
pub(super) fn newest_update(text: &str) -> Option<Time> {
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    rpm_base::newest_update(lines.filter_map(|(time, name)| Some((time.parse().ok()?, name))))
}

/// The last package that `zypper` installed for an update of the system, in local time. The fields of a line are separated by `|`.
pub(super) fn newest_zypper_update(history: &str) -> Option<NaiveDateTime> {
    let mut updating = false;
    let mut newest = None;
    for line in history.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        match fields[..] {
            [_, "command", _, command, ..] => {
                // The first word after the program's name that is no option.
                let mut words = command.split(' ').skip(1).filter(|word| !word.starts_with("'-"));
                updating = words.next().is_some_and(|word| ["'update'", "'up'", "'patch'", "'dup'", "'dist-upgrade'"].contains(&word));
            }
            [moment, "install", ..] if updating => {
                newest = newest.max(NaiveDateTime::parse_from_str(moment, "%Y-%m-%d %H:%M:%S").ok());
            }
            _ => {}
        }
    }
    newest
}

/// The end of the last whole upgrade in `dnf.log`: a transaction was over and the run complete.
pub(super) fn newest_dnf_upgrade(log: &str) -> Option<Time> {
    let (mut upgrading, mut changed, mut newest) = (false, false, None);
    for line in log.lines() {
        let Some((stamp, text)) = line.split_once(' ') else { continue };
        let text = text.trim_start_matches(|character: char| character.is_ascii_uppercase()).trim();
        if let Some(command) = text.strip_prefix("Base command: ") {
            upgrading = matches!(command, "upgrade" | "update" | "distro-sync" | "offline-upgrade" | "system-upgrade" | "upgrade-minimal");
            changed = false;
        } else if text.starts_with("RPM transaction over") {
            changed = true;
        } else if text == "Complete!" && upgrading && changed {
            let moment = chrono::DateTime::parse_from_str(stamp, "%Y-%m-%dT%H:%M:%S%z").ok();
            newest = newest.max(moment.map(|moment| Time(moment.timestamp())));
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zypper_counts_packages_of_updates_only() {
        let history = "# 2026-09-30 08:00:00 zypper\n2026-09-30 08:00:00|command|root@leap|'zypper' '--non-interactive' 'up'|\n\
                       2026-09-30 08:01:00|install|bash|5.2-1|x86_64||repo|sum|\n\
                       2026-10-02 09:00:00|command|root@leap|'zypper' 'in' 'patch'|\n2026-10-02 09:00:10|install|htop|3.4|x86_64|root@leap|repo|sum|\n";
        assert_eq!(newest_zypper_update(history).unwrap().to_string(), "2026-09-30 08:01:00");
        assert_eq!(newest_zypper_update("2026-09-30 08:00:00|command|root@leap|'zypper' 'up'|\n"), None);
    }

    #[test]
    fn dnf_counts_upgrades_that_were_carried_through() {
        let run = |command: &str, over: &str, end: &str| {
            format!("2026-10-02T06:12:30+0200 DDEBUG Base command: {command}\n{over}2026-10-02T06:13:02+0200 INFO {end}\n")
        };
        let over = "2026-10-02T06:13:01+0200 DDEBUG RPM transaction over.\n";
        assert_eq!(newest_dnf_upgrade(&run("upgrade", over, "Complete!")), Time::parse("2026-10-02T04:13:02Z"));
        assert_eq!(newest_dnf_upgrade(&run("install", over, "Complete!")), None);
        assert_eq!(newest_dnf_upgrade(&run("upgrade", "", "Nothing to do.")), None);
        assert_eq!(newest_dnf_upgrade(&run("upgrade", over, "Error: failed")), None);
    }

    #[test]
    fn install_times_stand_before_names() {
        assert_eq!(newest_update("1760000000\tglibc\n1765000000\thtop\n1762000000\topenssl-libs\n"), Some(Time(1_762_000_000)));
        assert_eq!(newest_update("(none)\n"), None);
    }
}
