//! Password manager: one of the known programs is installed.
//!
//! Browser extensions are not searched for, that would mean to look into people's profiles; so a machine where no program is found may
//! well have one, and nothing is said. What every Mac ships with (Passwords, Keychain Access) is not counted.

use crate::agent::System;

const PROGRAMS: &[&str] = &[
    "1Password.app",
    "1Password 7.app",
    "Bitwarden.app",
    "Dashlane.app",
    "Enpass.app",
    "KeePassXC.app",
    "Keeper Password Manager.app",
    "LastPass.app",
    "MacPass.app",
    "NordPass.app",
    "Proton Pass.app",
    "RoboForm.app",
    "Strongbox.app",
];

/// True when one is found, else unknown.
pub(super) fn password_manager(system: &System) -> Option<bool> {
    PROGRAMS.iter().any(|name| system.exists(&format!("/Applications/{name}"))).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[test]
    fn finding_none_says_nothing_and_what_macos_brings_does_not_count() {
        assert_eq!(password_manager(&Machine::new().folder("/System/Applications/Passwords.app").system()), None);
        assert_eq!(password_manager(&Machine::new().folder("/Applications/KeePassXC.app").system()), Some(true));
    }
}
