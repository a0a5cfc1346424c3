//! The invented machines: which model with which system belongs to whom. The first dozen has something of everything.

use super::model::Model;
use super::models::{
    ELITEBOOK, FRAMEWORK, IMAC_2017, LAB_PC, LATITUDE, MAC_MINI, MACBOOK_AIR, MACBOOK_PRO, MACBOOK_PRO_M4, MICROSERVER, OPTIPLEX,
    POWEREDGE, PRECISION, RASPBERRY_PI, THINKPAD_T14, THINKPAD_X1,
};
use super::systems::System::{self, Debian12, Debian13, Fedora, Macos13, Macos15, Macos26, Ubuntu, Windows10, Windows11};
use crate::domain::device::RetireReason;

/// A machine that reports.
pub(super) struct Machine {
    pub(super) name: &'static str,
    /// The name of the owner.
    pub(super) owner: &'static str,
    pub(super) model: &'static Model,
    pub(super) system: System,
}

const fn machine(name: &'static str, owner: &'static str, model: &'static Model, system: System) -> Machine {
    Machine { name, owner, model, system }
}

/// All of them, in the order in which a smaller demo takes them.
pub(super) const MACHINES: &[Machine] = &[
    machine("mbp-petersen", "Jana Petersen", &MACBOOK_PRO_M4, Macos26),
    machine("NLI-LT-104", "Torben Jessen", &LATITUDE, Windows11),
    machine("lx-okafor", "Chidi Okafor", &THINKPAD_T14, Ubuntu),
    machine("NLI-LAB-02", "Uwe Carstens", &LAB_PC, Windows10),
    machine("git01", "Tomasz Wrona", &POWEREDGE, Debian13),
    machine("pi-lobby", "Arne Matthiesen", &RASPBERRY_PI, Debian13),
    machine("lx-haverkamp", "Maren Haverkamp", &FRAMEWORK, Fedora),
    machine("mba-reimers", "Claudia Reimers", &MACBOOK_AIR, Macos26),
    machine("NLI-PC-031", "Gesine Hartwig", &OPTIPLEX, Windows11),
    machine("mbp-demir", "Aylin Demir", &MACBOOK_PRO, Macos26),
    machine("NLI-LT-107", "Marlies Detlefsen", &ELITEBOOK, Windows11),
    machine("imac-sievers", "Merle Sievers", &IMAC_2017, Macos13),
    // Development.
    machine("mbp-ferretti", "Luca Ferretti", &MACBOOK_PRO, Macos26),
    machine("mbp-kowalczyk", "Piotr Kowalczyk", &MACBOOK_PRO, Macos26),
    machine("mbp-kowalczyk-2", "Piotr Kowalczyk", &MACBOOK_PRO_M4, Macos26),
    machine("lx-devries", "Sanne de Vries", &THINKPAD_X1, Ubuntu),
    machine("mbp-lindqvist", "Henrik Lindqvist", &MACBOOK_PRO, Macos15),
    machine("lx-rahimi", "Nadia Rahimi", &FRAMEWORK, Ubuntu),
    machine("lx-brinkmann", "Jonas Brinkmann", &THINKPAD_T14, Ubuntu),
    machine("mbp-nowicka", "Ewa Nowicka", &MACBOOK_PRO_M4, Macos26),
    machine("lx-alvarez", "Mateo Alvarez", &FRAMEWORK, Fedora),
    machine("lx-thomsen", "Frauke Thomsen", &THINKPAD_X1, Debian13),
    machine("mbp-carvalho", "Ines Carvalho", &MACBOOK_PRO_M4, Macos26),
    machine("mini-build", "Luca Ferretti", &MAC_MINI, Macos26),
    // Laboratory and production.
    machine("NLI-LAB-01", "Uwe Carstens", &PRECISION, Windows11),
    machine("NLI-LAB-03", "Birte Lorenzen", &PRECISION, Windows11),
    machine("NLI-LT-110", "Birte Lorenzen", &LATITUDE, Windows11),
    machine("lx-haddad", "Karim Haddad", &THINKPAD_T14, Ubuntu),
    machine("NLI-LT-112", "Silke Voss", &LATITUDE, Windows11),
    machine("NLI-PC-033", "Dirk Mahnke", &OPTIPLEX, Windows11),
    machine("NLI-PC-034", "Lena Ahrens", &OPTIPLEX, Windows11),
    machine("NLI-LT-101", "Goran Petrovic", &LATITUDE, Windows11),
    machine("NLI-LT-129", "Goran Petrovic", &THINKPAD_T14, Windows11),
    // Sales and service.
    machine("NLI-LT-115", "Uwe Carstens", &ELITEBOOK, Windows11),
    machine("NLI-LT-116", "Sven Brandt", &ELITEBOOK, Windows11),
    machine("mba-fournier", "Amelie Fournier", &MACBOOK_AIR, Macos26),
    machine("NLI-LT-118", "Rasmus Kjeldsen", &ELITEBOOK, Windows11),
    machine("mba-wulff", "Hanna Wulff", &MACBOOK_AIR, Macos15),
    machine("NLI-LT-119", "Oliver Stamer", &LATITUDE, Windows11),
    machine("NLI-LT-131", "Yusuf Aksoy", &THINKPAD_T14, Windows11),
    machine("NLI-LT-121", "Katrin Boysen", &LATITUDE, Windows11),
    // Marketing, finance, people, office.
    machine("mbp-osei", "Daniel Osei", &MACBOOK_PRO, Macos26),
    machine("mba-sievers", "Merle Sievers", &MACBOOK_AIR, Macos26),
    machine("NLI-LT-098", "Ingo Paulsen", &LATITUDE, Windows11),
    machine("NLI-LT-130", "Ingo Paulsen", &THINKPAD_T14, Windows11),
    machine("NLI-LT-123", "Svenja Kruse", &LATITUDE, Windows11),
    machine("NLI-LT-124", "Anke Behrens", &ELITEBOOK, Windows11),
    // Management.
    machine("mba-nordmann", "Dr. Heike Nordmann", &MACBOOK_AIR, Macos26),
    machine("NLI-LT-125", "Stefan Oldenburg", &THINKPAD_X1, Windows11),
    machine("mba-sommer", "Ragna Sommer", &MACBOOK_AIR, Macos26),
    // Information technology.
    machine("lx-wrona", "Tomasz Wrona", &THINKPAD_X1, Debian13),
    machine("lx-clausen", "Finja Clausen", &THINKPAD_T14, Ubuntu),
    machine("mbp-matthiesen", "Arne Matthiesen", &MACBOOK_PRO, Macos26),
    machine("NLI-LT-126", "Finja Clausen", &THINKPAD_T14, Windows11),
    machine("build01", "Tomasz Wrona", &POWEREDGE, Ubuntu),
    machine("build02", "Tomasz Wrona", &POWEREDGE, Ubuntu),
    machine("files01", "Arne Matthiesen", &MICROSERVER, Debian12),
    machine("backup01", "Arne Matthiesen", &MICROSERVER, Debian13),
    machine("monitor01", "Finja Clausen", &MICROSERVER, Debian13),
    machine("lx-okafor-home", "Chidi Okafor", &THINKPAD_X1, Fedora),
    machine("mba-clausen", "Finja Clausen", &MACBOOK_AIR, Macos26),
    machine("NLI-PC-036", "Svenja Kruse", &OPTIPLEX, Windows11),
];

/// A machine without an agent that somebody records by hand: serial number, name, owner and days before today.
pub(super) const RECORDED: (&str, &str, &str, i64) = ("DEMO-SPECTRO-7", "Spectrometer control PC", "Silke Voss", 41);

/// Machines of their owners: only security facts are taken from them.
const PERSONAL: &[&str] = &["lx-okafor-home", "mba-clausen"];

/// Machines that came later than the roll-out, with the days before today.
const ENROLLED_DAYS_AGO: &[(&str, i64)] = &[
    ("NLI-LT-112", 71),
    ("mbp-carvalho", 60),
    ("NLI-LT-129", 62),
    ("NLI-LT-130", 46),
    ("mba-nordmann", 40),
    ("NLI-LT-131", 32),
    ("mbp-kowalczyk-2", 16),
    ("lx-okafor-home", 55),
    ("mba-clausen", 49),
];

/// Machines that left, with the days before today.
pub(super) const RETIRED_DAYS_AGO: &[(&str, i64, RetireReason)] =
    &[("NLI-LT-101", 63, RetireReason::Broken), ("NLI-LT-098", 45, RetireReason::Replaced), ("mbp-kowalczyk", 18, RetireReason::Lost)];

/// Who left, when, which machine stayed behind, and who took it over.
pub(super) const LEAVER: (&str, i64, &str, &str) = ("Sven Brandt", 24, "NLI-LT-116", "Oliver Stamer");

impl Machine {
    pub(super) fn serial_number(&self) -> String {
        self.model.serial_number(self.name)
    }

    pub(super) fn is_personal(&self) -> bool {
        PERSONAL.contains(&self.name)
    }

    /// Days before today of the first report; `None` for those of the roll-out.
    pub(super) fn enrolled_days_ago(&self) -> Option<i64> {
        ENROLLED_DAYS_AGO.iter().find(|(name, _)| *name == self.name).map(|(_, days)| *days)
    }

    /// When it left, in days before today, and why.
    pub(super) fn retired(&self) -> Option<(i64, RetireReason)> {
        RETIRED_DAYS_AGO.iter().find(|(name, ..)| *name == self.name).map(|(_, days, reason)| (*days, *reason))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::people::PEOPLE;
    use super::*;
    use crate::domain::device::{OsType, placeholder_serial};

    #[test]
    fn sixty_machines_are_left_of_three_systems_each_with_a_serial_and_an_owner() {
        let serials: BTreeSet<String> = MACHINES.iter().map(Machine::serial_number).collect();
        assert_eq!(serials.len(), MACHINES.len(), "every serial number is there once");
        assert!(serials.iter().all(|serial| !placeholder_serial(serial)));
        assert_eq!(MACHINES.len() + 1 - RETIRED_DAYS_AGO.len(), 60);
        let of = |os| MACHINES.iter().filter(|machine| machine.system.os_type() == os).count();
        assert!([OsType::Macos, OsType::Windows, OsType::Linux].into_iter().all(|os| of(os) >= 12));
        for owner in MACHINES.iter().map(|machine| machine.owner).chain([RECORDED.2, LEAVER.0, LEAVER.3]) {
            assert!(PEOPLE.iter().any(|person| person.name == owner), "{owner}");
        }
        let named = PERSONAL.iter().chain(ENROLLED_DAYS_AGO.iter().map(|(name, _)| name));
        for name in named.chain(RETIRED_DAYS_AGO.iter().map(|(name, ..)| name)).chain([&LEAVER.2]) {
            assert!(MACHINES.iter().any(|machine| machine.name == *name), "{name}");
        }
    }
}
