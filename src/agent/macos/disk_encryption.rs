//! FileVault. A Mac with Apple's chip encrypts always, but without FileVault no password guards the key, so only FileVault counts.

use crate::agent::System;

/// Says nothing of the state; stands before or after it where the company's key was installed.
const COMPANY_KEY: &str = "FileVault master keychain appears to be installed.";

/// True when FileVault is on and has finished; false when it is off, waits for a login, or still encrypts or decrypts.
pub(super) fn disk_encryption(system: &System) -> Option<bool> {
    parse(&system.run("/usr/bin/fdesetup", &["status"])?.text)
}

/// `fdesetup` prints English whatever the language of the system. What is not known word for word says nothing.
fn parse(text: &str) -> Option<bool> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != COMPANY_KEY).collect();
    let moving = |line: &&str| {
        let line = line.strip_prefix("FileVault is On. ").or_else(|| line.strip_prefix("FileVault is Off. ")).unwrap_or(line);
        line.starts_with("Encryption in progress:") || line.starts_with("Decryption in progress:")
    };
    if lines.iter().any(moving) {
        return Some(false);
    }
    match lines[..] {
        ["FileVault is On."] => Some(true),
        ["FileVault is Off."] => Some(false),
        ["FileVault is Off, but will be enabled after the next restart."] => Some(false),
        ["FileVault is Off.", next] if next.starts_with("Deferred enablement appears to be active for user") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    /// What `fdesetup status` printed on macOS 13 to 26, and what must be said.
    const STATES: &[(&str, &str, Option<bool>)] = &[
        ("on", "FileVault is On.\n", Some(true)),
        ("off", "FileVault is Off.\n", Some(false)),
        ("on, with the company's key", "FileVault master keychain appears to be installed.\nFileVault is On.\n", Some(true)),
        ("off, with the company's key", "FileVault master keychain appears to be installed.\nFileVault is Off.\n", Some(false)),
        ("encrypting", "FileVault is On.\nEncryption in progress: Percent completed = 42.50\n", Some(false)),
        ("encrypting, on battery", "FileVault is On.\nEncryption in progress: Pending\n", Some(false)),
        ("encrypting, in one line", "FileVault is On. Encryption in progress: Percent completed = 3\n", Some(false)),
        ("decrypting", "FileVault is Off.\nDecryption in progress: Percent completed = 35.00\n", Some(false)),
        ("decrypting, still called on", "FileVault is On.\nDecryption in progress: Percent completed = 10\n", Some(false)),
        ("deferred", "FileVault is Off.\nDeferred enablement appears to be active for user 'anna'.\n", Some(false)),
        ("from the next start", "FileVault is Off, but will be enabled after the next restart.\n", Some(false)),
        ("on, and yet deferred", "FileVault is On.\nDeferred enablement appears to be active for user 'anna'.\n", None),
        ("on, with a line that is new", "FileVault is On.\nSomething else is going on.\n", None),
        ("another language", "FileVault est activé.\n", None),
        ("the words in another sentence", "It is not known whether FileVault is On.\n", None),
        ("recovery", "Error: This tool is not supported when booted to Recovery.\n", None),
        ("silent", "", None),
    ];

    #[test]
    fn every_known_state_is_judged_and_no_other() {
        for (state, text, expected) in STATES {
            let machine = Machine::new().command("/usr/bin/fdesetup status", 0, text);
            assert_eq!(disk_encryption(&machine.system()), *expected, "{state}");
        }
        assert_eq!(disk_encryption(&Machine::new().system()), None);
    }
}
