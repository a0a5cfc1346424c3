//! The states of the systemd units that facts rest on, asked for once.

use std::collections::BTreeMap;

use crate::agent::System;

/// Every unit that a collector asks for.
pub(in crate::agent) const UNITS: &[&str] = &[
    "ufw.service",
    "firewalld.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dnf-automatic.timer",
    "dnf-automatic-install.timer",
    "dnf5-automatic.timer",
    "rpm-ostreed-automatic.timer",
    "bootc-fetch-apply-updates.timer",
    "uupd.timer",
    "transactional-update.timer",
    "os-update.timer",
    "nixos-upgrade.timer",
    "clamav-daemon.service",
    "clamd@scan.service",
    "clamd.service",
    "clamav-freshclam.service",
    "freshclam.service",
    "falcon-sensor.service",
    "sentinelone.service",
    "mdatp.service",
    "sophos-spl.service",
    "cbagentd.service",
    "ds_agent.service",
    "mfetpd.service",
    "eea.service",
    "kesl.service",
    "bdsec.service",
    "traps_pmd.service",
    "ssh.service",
    "sshd.service",
    "ssh.socket",
    "sshd.socket",
    "dropbear.service",
    "dropbear.socket",
    "xrdp.service",
    "usbguard.service",
];

/// Answers of systemd; empty where it does not run or does not answer.
#[derive(Debug, Default)]
pub(super) struct Units {
    states: BTreeMap<String, Unit>,
}

/// One unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unit {
    /// There is such a unit.
    pub loaded: bool,
    /// It runs, or waits as timers and sockets do.
    pub active: bool,
    /// It starts at boot.
    pub enabled: bool,
}

impl Units {
    pub(super) fn ask(system: &System) -> Units {
        let Some(text) = system.output("systemctl", &arguments()) else { return Units::default() };
        parse(&text, UNITS)
    }

    /// Whether systemd answered at all.
    pub(super) fn answered(&self) -> bool {
        !self.states.is_empty()
    }

    /// The state of a unit of [`UNITS`]; `None` when systemd did not answer.
    pub(super) fn unit(&self, name: &str) -> Option<&Unit> {
        debug_assert!(UNITS.contains(&name), "{name} is not asked for");
        self.states.get(name)
    }

    pub(super) fn active(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| unit.active)
    }

    pub(super) fn loaded(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| unit.loaded)
    }

    /// Runs now and after the next boot: what "enabled" means for a timer.
    pub(super) fn on(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| unit.active || unit.enabled)
    }
}

/// The command as one line, for recorded machines.
#[cfg(test)]
pub(in crate::agent) fn command_line() -> String {
    std::iter::once("systemctl").chain(arguments()).collect::<Vec<_>>().join(" ")
}

fn arguments() -> Vec<&'static str> {
    let mut arguments = vec!["show", "--property=Id", "--property=LoadState", "--property=ActiveState", "--property=UnitFileState", "--"];
    arguments.extend(UNITS);
    arguments
}

/// One block per name, in the order asked: an alias answers with another `Id`. Another number of blocks is no answer.
fn parse(text: &str, names: &[&str]) -> Units {
    let blocks: Vec<&str> = text.trim().split("\n\n").collect();
    if blocks.len() != names.len() {
        return Units::default();
    }
    let states = names.iter().zip(blocks).map(|(name, block)| ((*name).to_owned(), parse_unit(block)));
    Units { states: states.collect() }
}

fn parse_unit(block: &str) -> Unit {
    let value = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or("");
    Unit {
        loaded: value("LoadState") == "loaded",
        active: matches!(value("ActiveState"), "active" | "reloading"),
        enabled: matches!(value("UnitFileState"), "enabled" | "enabled-runtime"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart_by_order_since_an_alias_answers_with_another_id() {
        let text = "Id=ssh.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n\
                    Id=foo.timer\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n";
        let units = parse(text, &["sshd.service", "ufw.service"]);
        assert_eq!(units.unit("sshd.service"), Some(&Unit { loaded: true, active: true, enabled: true }));
        assert_eq!(units.unit("ufw.service"), Some(&Unit::default()));
    }

    #[test]
    fn an_answer_of_the_wrong_length_is_no_answer() {
        assert!(!parse("Id=a\nLoadState=loaded", &["ssh.service", "sshd.service"]).answered());
        assert!(!parse("", &["ssh.service", "sshd.service"]).answered());
    }
}
