//! Password manager: one of the known programs is installed.
//!
//! Browser extensions are not searched for, that would mean to look into people's profiles; so a machine where no program is found may
//! well have one, and nothing is said.

use crate::agent::System;

/// Programs, by the desktop entry or executable that their packages install.
const PROGRAMS: &[&str] = &[
    "/usr/bin/1password",
    "/usr/bin/op",
    "/usr/bin/bitwarden",
    "/usr/bin/bitwarden-desktop",
    "/opt/Bitwarden/bitwarden",
    "/snap/bin/bitwarden",
    "/usr/bin/keepassxc",
    "/snap/bin/keepassxc",
    "/usr/bin/enpass",
    "/opt/enpass/Enpass",
    "/usr/bin/proton-pass",
    "/usr/bin/pass",
    "/usr/bin/gopass",
    "/usr/bin/secrets",
    "/var/lib/flatpak/app/com.bitwarden.desktop",
    "/var/lib/flatpak/app/org.keepassxc.KeePassXC",
    "/var/lib/flatpak/app/com.onepassword.OnePassword",
    "/var/lib/flatpak/app/org.gnome.World.Secrets",
    "/var/lib/flatpak/app/me.proton.Pass",
];

/// True when one is found, else unknown.
pub(super) fn password_manager(system: &System) -> Option<bool> {
    PROGRAMS.iter().any(|path| system.exists(path)).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[test]
    fn finding_none_says_nothing() {
        assert_eq!(password_manager(&Machine::new().system()), None);
        assert_eq!(password_manager(&Machine::new().file("/usr/bin/keepassxc", "").system()), Some(true));
    }
}
