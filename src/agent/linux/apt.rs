//! Reads what apt says: its configuration, its history, its simulation.

use chrono::NaiveDateTime;

/// A value of `apt-config dump`; the last one counts.
pub(super) fn config_value<'a>(dump: &'a str, key: &str) -> Option<&'a str> {
    let mut values = dump.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(" \"")?.strip_suffix("\";"));
    values.next_back()
}

/// Whether a period such as `1`, `7d` or `always` ever comes; `0` and nothing do not.
pub(super) fn period_is_on(value: Option<&str>) -> bool {
    let value = value.unwrap_or("0").trim();
    if value.eq_ignore_ascii_case("always") {
        return true;
    }
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<u64>().is_ok_and(|count| count > 0)
}

/// The end of the newest transaction in `history.log` that upgraded the system and did not fail, in local time.
///
/// Installing a program may upgrade a library or two that it needs; that is no update of the system.
pub(super) fn newest_upgrade(history: &str) -> Option<NaiveDateTime> {
    let moment = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok()
    };
    let transactions = history.split("\n\n").filter(|transaction| {
        let has = |key: &str| transaction.lines().any(|line| line.starts_with(key));
        let command = transaction.lines().find_map(|line| line.strip_prefix("Commandline: ")).unwrap_or("");
        has("Upgrade: ") && !has("Error: ") && upgrades_the_system(command)
    });
    transactions.filter_map(|transaction| transaction.lines().find_map(|line| moment(line.strip_prefix("End-Date: ")?))).max()
}

/// Programs with windows have other words, or none; only the words for something else speak against it.
fn upgrades_the_system(command: &str) -> bool {
    let has = |words: &[&str]| command.split_whitespace().any(|word| words.contains(&word));
    has(&["upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"])
        || !has(&["install", "reinstall", "remove", "purge", "autoremove", "build-dep", "satisfy"])
}

/// Whether a simulated `dist-upgrade` would install nothing. Needs the summary line, so that a cut answer proves nothing.
pub(super) fn nothing_pending(simulation: &str) -> bool {
    let whole = simulation.lines().any(|line| line.contains(" upgraded, ") && line.contains(" newly installed"));
    whole && !simulation.lines().any(|line| line.starts_with("Inst "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_in_all_their_forms() {
        for on in ["1", "7", "3d", "12h", "always", "Always", "30m"] {
            assert!(period_is_on(Some(on)), "{on}");
        }
        for off in [Some("0"), Some(""), Some("0d"), Some("no"), None] {
            assert!(!period_is_on(off), "{off:?}");
        }
    }

    #[test]
    fn the_last_value_of_a_key_counts_and_longer_keys_do_not() {
        let dump = "APT::Periodic::Unattended-Upgrade \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";\nAPT::Periodic::Unattended-Upgrade::X \"9\";\n";
        assert_eq!(config_value(dump, "APT::Periodic::Unattended-Upgrade"), Some("0"));
        assert_eq!(config_value(dump, "APT::Periodic"), None);
    }

    #[test]
    fn only_upgrades_that_did_not_fail_count() {
        let history = "\nStart-Date: 2026-10-01  06:12:30\nCommandline: /usr/bin/unattended-upgrade\nUpgrade: libssl3:amd64 (3.0.14-1~deb12u2, 3.0.15-1~deb12u1)\nEnd-Date: 2026-10-01  06:12:41\n\
                       \nStart-Date: 2026-10-05  09:00:00\nCommandline: apt upgrade\nUpgrade: bash:amd64 (5.2.15-2, 5.2.15-3)\nError: Sub-process /usr/bin/dpkg returned an error code (1)\nEnd-Date: 2026-10-05  09:00:09\n\
                       \nStart-Date: 2026-10-09  10:00:00\nCommandline: apt install htop\nInstall: htop:amd64 (3.2.2-2)\nEnd-Date: 2026-10-09  10:00:02\n\
                       \nStart-Date: 2026-10-09  11:00:00\nCommandline: apt-get install -y libcurl4-gnutls-dev\nInstall: libcurl4-gnutls-dev:amd64 (7.88.1-10+deb12u15)\nUpgrade: libcurl4:amd64 (7.88.1-10+deb12u14, 7.88.1-10+deb12u15)\nEnd-Date: 2026-10-09  11:00:02\n\
                       \nStart-Date: 2026-10-10  10:00:00\nCommandline: apt upgrade\nUpgrade: x:amd64 (1, 2)\n";
        assert_eq!(newest_upgrade(history).unwrap().to_string(), "2026-10-01 06:12:41");
        assert_eq!(
            newest_upgrade("Start-Date: 2026-10-09  10:00:00\nInstall: htop:amd64 (3.2.2-2)\nEnd-Date: 2026-10-09  10:00:02\n"),
            None
        );
    }

    #[test]
    fn commands_are_told_apart_by_their_words() {
        for command in
            ["apt-get -y dist-upgrade", "apt full-upgrade", "/usr/bin/unattended-upgrade", "packagekit role='update-packages'", ""]
        {
            assert!(upgrades_the_system(command), "{command}");
        }
        for command in ["apt install unattended-upgrades", "apt-get install --only-upgrade bash", "apt-get purge x", "apt autoremove"] {
            assert!(!upgrades_the_system(command), "{command}");
        }
    }

    #[test]
    fn a_simulation_needs_its_summary_line() {
        let done = "Reading package lists...\nBuilding dependency tree...\nCalculating upgrade...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n";
        assert!(nothing_pending(done));
        assert!(!nothing_pending(
            "Inst bash [5.2.15-2] (5.2.15-3 Debian:12.9/stable [amd64])\n1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
        ));
        assert!(!nothing_pending("Reading package lists...\n"));
    }
}
