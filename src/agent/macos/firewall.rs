//! The application firewall. Since macOS 15 its settings file is gone, so its own command is asked, then `system_profiler`.

use super::context::Context;

const COMMAND: &str = "/usr/libexec/ApplicationFirewall/socketfilterfw";
/// Makers of products that filter what comes in by themselves; with one of them running, Apple's being off proves nothing.
const OTHER_FIREWALLS: &[&str] = &[
    "at.obdev.littlesnitch.",
    "com.avast.",
    "com.avg.",
    "com.bitdefender.",
    "com.broadcom.",
    "com.checkpoint.",
    "com.cisco.",
    "com.crowdstrike.",
    "com.eset.",
    "com.f-secure.",
    "com.fortinet.",
    "com.intego.",
    "com.kaspersky.",
    "com.mcafee.",
    "com.norton.",
    "com.paloaltonetworks.",
    "com.sentinelone.",
    "com.sophos.",
    "com.symantec.",
    "com.trellix.",
    "com.trendmicro.",
    "com.withsecure.",
];

/// True when it is on; false when it is off and nothing else is known to do its work.
pub(super) fn firewall_enabled(context: &Context) -> Option<bool> {
    match by_command(context).or_else(|| by_profiler(context))? {
        true => Some(true),
        false if prescribed(context) || other_firewall(context)? || packet_filter_blocks(context) => None,
        false => Some(false),
    }
}

fn by_command(context: &Context) -> Option<bool> {
    parse_state(&context.system.run(COMMAND, &["--getglobalstate"])?.text)
}

/// The number in brackets, whatever the words around it: 0 off, 1 on, 2 all that comes in is refused.
fn parse_state(text: &str) -> Option<bool> {
    let (_, rest) = text.split_once("(State = ")?;
    match rest.split_once(')')?.0 {
        "0" => Some(false),
        "1" | "2" => Some(true),
        _ => None,
    }
}

fn by_profiler(context: &Context) -> Option<bool> {
    let text = context.system.output("/usr/sbin/system_profiler", &["-json", "SPFirewallDataType"])?;
    let says = |state: &str| text.contains(&format!("\"spfirewall_globalstate_{state}\""));
    match (says("limit_connections") || says("block_all"), says("allow_all")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// A profile that wants it on contradicts a state of off: one of the two is out of date.
fn prescribed(context: &Context) -> bool {
    context.managed("com.apple.security.firewall", |plist| plist.bool("EnableFirewall")) == Some(true)
}

/// Unknown where the extensions can't be listed.
fn other_firewall(context: &Context) -> Option<bool> {
    let extensions = context.extensions.as_ref()?;
    let filters = extensions.iter().filter(|extension| extension.active && extension.network);
    Some(filters.into_iter().any(|extension| OTHER_FIREWALLS.iter().any(|maker| extension.identifier.starts_with(maker))))
}

/// Whether the kernel's packet filter has rules of its own that refuse something; only root sees them.
fn packet_filter_blocks(context: &Context) -> bool {
    let output = |what: &str| context.system.output("/sbin/pfctl", &["-s", what]).unwrap_or_default();
    context.root && output("info").starts_with("Status: Enabled") && output("rules").lines().any(|rule| rule.starts_with("block "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const FILTER: &str = "--- com.apple.system_extension.network_extension (Go to 'System Settings > General > Login Items & Extensions > Network Extensions' to modify these system extension(s))\n\
        enabled\tactive\tteamID\tbundleID (version)\tname\t[state]\n";
    const ON: &str = "[activated enabled]";

    fn state(text: &str) -> Machine {
        Machine::new().command("/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate", 0, text)
    }

    fn off() -> Machine {
        state("Firewall is disabled. (State = 0)\n").command("/usr/bin/id -u", 0, "0\n")
    }

    fn extension(machine: Machine, identifier: &str, marks: &str, state: &str) -> Machine {
        let text = format!("1 extension(s)\n{FILTER}{marks}TEAM\t{identifier} (1.0/1)\tName\t{state}\n");
        machine.command("/usr/bin/systemextensionsctl list", 0, &text)
    }

    fn none(machine: Machine) -> Machine {
        machine.command("/usr/bin/systemextensionsctl list", 0, "0 extension(s)\n")
    }

    fn managed(machine: Machine, wanted: &str) -> Machine {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>EnableFirewall</key>\n\t<{wanted}/>\n</dict>\n</plist>\n"
        );
        machine.file("/Library/Managed Preferences/com.apple.security.firewall.plist", &text)
    }

    fn profiler(state: &str) -> Machine {
        let text = format!("{{\"SPFirewallDataType\":[{{\"spfirewall_globalstate\" : \"spfirewall_globalstate_{state}\"}}]}}");
        none(Machine::new()).command("/usr/sbin/system_profiler -json SPFirewallDataType", 0, &text)
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(firewall_enabled(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn the_state_counts_not_the_words() {
        check(state("Firewall is enabled. (State = 1)\n"), Some(true));
        check(state("Firewall is blocking all non-essential incoming connections. (State = 2)\n"), Some(true));
        check(none(off()), Some(false));
        check(state("Firewall is enabled.\n"), None);
        check(state("Firewall is enabled. (State = 3)\n"), None);
        check(state("Le coupe-feu est activé. (État = 1)\n"), None);
        check(Machine::new(), None);
    }

    #[test]
    fn the_profiler_answers_where_the_command_is_gone() {
        check(profiler("limit_connections"), Some(true));
        check(profiler("block_all"), Some(true));
        check(profiler("allow_all"), Some(false));
        check(profiler("something_new"), None);
    }

    #[test]
    fn the_settings_file_of_before_macos_15_is_not_believed() {
        let stale = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>globalstate</key>\n\t<integer>1</integer>\n</dict>\n</plist>\n";
        check(none(off()).file("/Library/Preferences/com.apple.alf.plist", stale), Some(false));
        check(Machine::new().file("/Library/Preferences/com.apple.alf.plist", stale), None);
    }

    #[test]
    fn off_is_no_verdict_while_a_profile_or_another_product_may_do_its_work() {
        check(managed(none(off()), "true"), None);
        check(managed(none(off()), "false"), Some(false));
        check(managed(state("Firewall is enabled. (State = 1)\n"), "false"), Some(true));
        check(extension(off(), "at.obdev.littlesnitch.networkextension", "*\t*\t", ON), None);
        check(extension(off(), "com.crowdstrike.falcon.Agent", "*\t*\t", ON), None);
        check(
            extension(off(), "at.obdev.littlesnitch.networkextension", "\t\t", "[terminated waiting to uninstall on reboot]"),
            Some(false),
        );
        // Looks at what goes out only; a virtual private network.
        check(extension(off(), "com.objective-see.lulu.extension", "*\t*\t", ON), Some(false));
        check(extension(off(), "io.tailscale.ipn.macsys.network-extension", "*\t*\t", ON), Some(false));
        // The list of extensions does not answer.
        check(off(), None);
    }

    #[test]
    fn rules_of_the_packet_filter_that_refuse_something_leave_it_open() {
        let filter =
            |info: &str, rules: &str| none(off()).command("/sbin/pfctl -s info", 0, info).command("/sbin/pfctl -s rules", 0, rules);
        let apple = "scrub-anchor \"com.apple/*\" all fragment reassemble\nanchor \"com.apple/*\" all\n";
        check(filter("Status: Enabled for 0 days 00:10:00           Debug: Urgent\n", &format!("{apple}block drop in all\n")), None);
        check(filter("Status: Enabled for 0 days 00:10:00           Debug: Urgent\n", apple), Some(false));
        check(filter("Status: Disabled                              Debug: Urgent\n", &format!("{apple}block drop in all\n")), Some(false));
    }
}
