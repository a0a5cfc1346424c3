//! What went wrong in the invented company, where and when, and whether somebody mended it.

use super::fleet::{LEAVER, Machine};
use crate::domain::time::{DAY, Time};

/// Something out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The disk is not encrypted.
    DiskOpen,
    /// The agent can't tell whether it is.
    DiskUnknown,
    FirewallOff,
    FirewallUnknown,
    /// The screen locks after half an hour.
    LockSlow,
    AntivirusOff,
    /// No update is installed.
    UpdatesPaused,
    /// The machine is off or away.
    Away,
    /// The machine is at work without a network; its reports come when it is back.
    Offline,
}

/// A fault of a machine, from and until so many days before today; until `None` it lasts.
type Story = (&'static str, Fault, i64, Option<i64>);

/// Longer ago than any history.
const ALWAYS: i64 = 1_000;

const STORIES: &[Story] = &[
    // Not mended yet.
    ("pi-lobby", Fault::DiskOpen, ALWAYS, None),
    ("NLI-LT-119", Fault::UpdatesPaused, 57, None),
    ("NLI-LT-107", Fault::LockSlow, ALWAYS, None),
    ("lx-brinkmann", Fault::LockSlow, 12, None),
    ("mba-wulff", Fault::LockSlow, 47, None),
    ("NLI-PC-036", Fault::LockSlow, 5, None),
    ("lx-thomsen", Fault::UpdatesPaused, 33, None),
    ("NLI-LAB-03", Fault::UpdatesPaused, 35, None),
    ("lx-haverkamp", Fault::DiskUnknown, 16, None),
    ("mbp-lindqvist", Fault::Away, 23, None),
    ("NLI-PC-034", Fault::Away, 26, None),
    // Found and mended.
    ("NLI-LT-112", Fault::DiskOpen, ALWAYS, Some(62)),
    // BitLocker was suspended for a firmware update and stayed so.
    ("NLI-LT-124", Fault::DiskOpen, 41, Some(37)),
    ("mba-reimers", Fault::FirewallOff, 6, Some(4)),
    ("NLI-LT-104", Fault::LockSlow, ALWAYS, Some(5)),
    ("lx-okafor", Fault::FirewallOff, 55, Some(47)),
    ("mbp-osei", Fault::FirewallOff, 30, Some(28)),
    ("lx-alvarez", Fault::FirewallOff, 76, Some(72)),
    ("mini-build", Fault::FirewallOff, 13, Some(11)),
    ("NLI-LAB-01", Fault::AntivirusOff, 66, Some(63)),
    ("NLI-LT-121", Fault::AntivirusOff, 21, Some(20)),
    ("mbp-ferretti", Fault::LockSlow, ALWAYS, Some(78)),
    ("NLI-LT-123", Fault::LockSlow, ALWAYS, Some(75)),
    ("lx-clausen", Fault::LockSlow, 83, Some(51)),
    ("NLI-PC-033", Fault::UpdatesPaused, 80, Some(41)),
    ("mbp-nowicka", Fault::UpdatesPaused, 64, Some(31)),
    ("mba-fournier", Fault::FirewallUnknown, 45, Some(41)),
    ("NLI-LT-125", Fault::Away, 53, Some(33)),
    ("lx-haddad", Fault::Offline, 28, Some(21)),
    ("NLI-LT-118", Fault::Offline, 69, Some(66)),
    // It lay in a drawer until it was given to somebody else.
    (LEAVER.2, Fault::Away, LEAVER.1, Some(21)),
];

/// Hours into the day at which faults begin and end: between the morning's report and that of noon.
const CHANGES_AT_SECONDS: i64 = 10 * 3600;

/// The begin and end of `fault` on `machine`, seen from `today` (days since 1970), if it is in force at `moment`.
pub(super) fn span(machine: &Machine, fault: Fault, moment: Time, today: i64) -> Option<(Time, Option<Time>)> {
    let at = |days_ago: i64| Time((today - days_ago) * DAY + CHANGES_AT_SECONDS);
    let spans = STORIES.iter().filter(|(name, kind, ..)| *name == machine.name && *kind == fault);
    let mut spans = spans.map(|(_, _, from, until)| (at(*from), until.map(at)));
    spans.find(|(from, until)| *from <= moment && until.is_none_or(|until| moment < until))
}

/// Whether `fault` is in force on `machine` at `moment`.
pub(super) fn has(machine: &Machine, fault: Fault, moment: Time, today: i64) -> bool {
    span(machine, fault, moment, today).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::fleet::MACHINES;
    use super::*;

    #[test]
    fn every_story_is_of_a_machine_and_ends_after_it_begins() {
        for (name, fault, from, until) in STORIES {
            assert!(MACHINES.iter().any(|machine| machine.name == *name), "{name}");
            assert!(until.is_none_or(|until| until < *from), "{name} {fault:?}");
        }
    }

    #[test]
    fn a_fault_holds_from_its_begin_up_to_its_end() {
        let machine = MACHINES.iter().find(|machine| machine.name == "mba-reimers").unwrap();
        let holds = |days_ago: i64, hour: i64| has(machine, Fault::FirewallOff, Time((20_000 - days_ago) * DAY + hour * 3600), 20_000);
        assert!(!holds(6, 9) && holds(6, 10) && holds(5, 0) && holds(4, 9) && !holds(4, 10));
    }
}
