//! System extensions: what products for security, networks and devices have installed, and whether it is switched on.

use crate::agent::System;

/// A system extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extension {
    /// Its bundle identifier, such as `com.crowdstrike.falcon.Agent`.
    pub identifier: String,
    /// Approved and running.
    pub active: bool,
    /// It watches or filters the network.
    pub network: bool,
}

/// The list of `systemextensionsctl`; `None` when it can't be read.
pub(super) fn list(system: &System) -> Option<Vec<Extension>> {
    parse(&system.output("/usr/bin/systemextensionsctl", &["list"])?)
}

/// Rows are: enabled mark, active mark, team, `bundle (version)`, name, `[state]`, by tabs, below a heading for each category.
fn parse(text: &str) -> Option<Vec<Extension>> {
    text.lines().any(|line| line.trim().ends_with("extension(s)")).then_some(())?;
    let mut found = Vec::new();
    let mut network = false;
    for line in text.lines() {
        if let Some(category) = line.strip_prefix("--- ") {
            network = category.starts_with("com.apple.system_extension.network_extension");
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        // The row of titles has a word where others have a mark or nothing.
        if let [enabled @ ("*" | ""), active, _, bundle, _, state] = columns[..]
            && let Some((identifier, _)) = bundle.split_once(" (")
        {
            let active = enabled == "*" && active == "*" && state.trim() == "[activated enabled]";
            found.push(Extension { identifier: identifier.to_owned(), active, network });
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_activated_and_enabled_is_active() {
        let text = "3 extension(s)\n--- com.apple.system_extension.network_extension (Go to 'System Settings > General > Login Items & Extensions > Network Extensions' to modify these system extension(s))\n\
            enabled\tactive\tteamID\tbundleID (version)\tname\t[state]\n*\t*\tMLZF7K7B5R\tat.obdev.littlesnitch.networkextension (6.4.1/7212)\tLittle Snitch Network Extension\t[activated enabled]\n\
            \t\tW5W395V82Y\tcom.nordvpn.macos.Shield (10.8.0/370)\tNordVPN protection\t[terminated waiting to uninstall on reboot]\n\
            --- com.apple.system_extension.endpoint_security\nenabled\tactive\tteamID\tbundleID (version)\tname\t[state]\n\
            \t*\tX9E956P446\tcom.crowdstrike.falcon.Agent (7.20/190.1)\tFalcon\t[activated waiting for user]\n";
        let found = parse(text).unwrap();
        let rows: Vec<_> = found.iter().map(|found| (found.identifier.as_str(), found.active, found.network)).collect();
        assert_eq!(
            rows,
            [
                ("at.obdev.littlesnitch.networkextension", true, true),
                ("com.nordvpn.macos.Shield", false, true),
                ("com.crowdstrike.falcon.Agent", false, false)
            ]
        );
    }

    #[test]
    fn an_empty_list_is_not_a_failed_one() {
        assert_eq!(parse("0 extension(s)\n"), Some(Vec::new()));
        assert_eq!(parse(""), None);
    }
}
