//! Clock synchronisation: macOS sets the clock by a time server while this setting is on.

use super::context::Context;

/// Only root is told.
pub(super) fn time_sync(context: &Context) -> Option<bool> {
    parse(&context.system.output("/usr/sbin/systemsetup", &["-getusingnetworktime"])?)
}

fn parse(text: &str) -> Option<bool> {
    match text.lines().find_map(|line| line.trim().strip_prefix("Network Time: "))? {
        "On" => Some(true),
        "Off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_words_count() {
        assert_eq!(parse("Network Time: On\n"), Some(true));
        assert_eq!(parse("Network Time: Off\n"), Some(false));
        assert_eq!(parse("You need administrator access to run this tool... exiting!\n"), None);
        assert_eq!(parse("Heure du réseau : oui\n"), None);
    }
}
