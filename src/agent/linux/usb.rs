//! USB mass storage: blocked for good, or controlled by USBGuard.

use super::context::Context;

/// Programs that end without loading anything.
const REFUSALS: &[&str] = &["/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true", "/sbin/nologin", "/usr/sbin/nologin"];

/// Whether a USB disk would be refused. Unknown where the kernel's modules can't be asked.
pub(super) fn usb_storage_blocked(context: &Context) -> Option<bool> {
    if context.units.active("usbguard.service") && usbguard_blocks(context) == Some(true) {
        return Some(true);
    }
    if context.container {
        return None;
    }
    // A module that is loaded already takes disks, whatever the configuration says of loading it.
    if context.system.exists("/sys/module/usb_storage") {
        return Some(false);
    }
    parse_modprobe(&context.system.output("modprobe", &["-n", "-v", "usb-storage"])?)
}

fn usbguard_blocks(context: &Context) -> Option<bool> {
    let text = context.system.read("/etc/usbguard/usbguard-daemon.conf")?;
    let policy = text.lines().filter_map(|line| line.trim().strip_prefix("ImplicitPolicyTarget=")).next_back()?;
    Some(matches!(policy.trim(), "block" | "reject"))
}

/// What `modprobe -n -v` would do: the last line is about the module itself.
fn parse_modprobe(text: &str) -> Option<bool> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let mut words = line.split_whitespace();
    match words.next()? {
        "install" => Some(words.next().is_some_and(|program| REFUSALS.contains(&program))),
        "insmod" | "builtin" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(usb_storage_blocked(&Context::new(&machine.system())), expected);
    }

    const MODPROBE: &str = "modprobe -n -v usb-storage";

    #[test]
    fn a_refusing_install_line_blocks_unless_the_module_is_loaded() {
        check(Machine::new().command(MODPROBE, 0, "install /bin/false\n"), Some(true));
        check(Machine::new().command(MODPROBE, 0, "install /bin/false\n").folder("/sys/module/usb_storage"), Some(false));
        check(
            Machine::new().command(MODPROBE, 0, "insmod /lib/modules/6.8.0/kernel/drivers/usb/storage/usb-storage.ko.zst\n"),
            Some(false),
        );
        check(Machine::new().command(MODPROBE, 0, "install /usr/local/bin/log-and-load\n"), Some(false));
        check(Machine::new().command(MODPROBE, 1, ""), None);
        check(Machine::new().command(MODPROBE, 0, ""), None);
    }

    #[test]
    fn usbguard_counts_when_it_runs_and_blocks_what_no_rule_allows() {
        let usbguard = |policy: &str| {
            Machine::new()
                .unit("usbguard.service loaded active enabled")
                .file("/etc/usbguard/usbguard-daemon.conf", &format!("RuleFile=/etc/usbguard/rules.conf\nImplicitPolicyTarget={policy}\n"))
                .folder("/sys/module/usb_storage")
        };
        check(usbguard("block"), Some(true));
        check(usbguard("allow"), Some(false));
    }
}
