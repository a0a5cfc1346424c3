//! What the hardware vouches for: verified start, and a chip that keeps keys.

use super::context::{Chip, Context};
use super::plist::Plist;

/// The policy of the T2 chip, readable without root.
const T2_POLICY: &str = "94b73556-2197-4702-82a8-3e1337dafbfb:AppleSecureBootPolicy";

/// How strictly the firmware verifies what it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Full,
    Less,
    /// The machine has nothing to verify with.
    NotSupported,
}

/// True at full security with System Integrity Protection on. Virtual machines have the host's firmware: unknown.
pub(super) fn secure_boot(context: &Context) -> Option<bool> {
    if context.virtual_machine != Some(false) {
        return None;
    }
    if has_t2(context) == Some(false) {
        return Some(false);
    }
    match level(context)? {
        Level::Full => integrity_protection(context),
        Level::Less | Level::NotSupported => Some(false),
    }
}

/// Apple's own chips and the T2 have a Secure Enclave, which does a TPM's work.
pub(super) fn tpm_present(context: &Context) -> Option<bool> {
    match (context.virtual_machine, context.chip) {
        (Some(false), Chip::Apple) => Some(true),
        (Some(false), Chip::Intel) => has_t2(context),
        _ => None,
    }
}

/// Asked on Intel only; unknown elsewhere.
fn has_t2(context: &Context) -> Option<bool> {
    if context.chip != Chip::Intel {
        return None;
    }
    let text = context.system.output("/usr/sbin/system_profiler", &["-xml", "SPiBridgeDataType"])?;
    let plist = Plist::parse(text.as_bytes())?;
    let answered = plist.members().iter().any(|answer| answer.has("_items"));
    let model = plist.members().iter().find_map(|answer| answer.find_text("ibridge_model_name"));
    answered.then(|| model.is_some_and(|model| model.contains(" T2 ")))
}

fn level(context: &Context) -> Option<Level> {
    let by_management = || parse_level(&context.system.output("/usr/libexec/mdmclient", &["QuerySecurityInfo"])?);
    let by_variable = || parse_policy(&context.system.output("/usr/sbin/nvram", &[T2_POLICY])?);
    let measured = if context.root { by_management() } else { None };
    measured.or_else(|| if context.chip == Chip::Intel { by_variable() } else { None })
}

/// A line `SecureBootLevel = full;` in the old style of property lists.
fn parse_level(text: &str) -> Option<Level> {
    let value = text.lines().find_map(|line| {
        let line = line.trim();
        line.strip_prefix("SecureBootLevel = ").or_else(|| line.strip_prefix("\"SecureBootLevel\" = "))
    })?;
    match value.trim_end_matches(';').trim_matches('"') {
        "full" => Some(Level::Full),
        "medium" | "off" => Some(Level::Less),
        "not supported" => Some(Level::NotSupported),
        _ => None,
    }
}

/// The variable's one byte after a tab: 2 is full, 1 medium, 0 none.
fn parse_policy(text: &str) -> Option<Level> {
    match text.trim().rsplit('\t').next()? {
        "%02" => Some(Level::Full),
        "%00" | "%01" => Some(Level::Less),
        _ => None,
    }
}

fn integrity_protection(context: &Context) -> Option<bool> {
    parse_protection(&context.system.output("/usr/bin/csrutil", &["status"])?)
}

/// A configuration of one's own (`unknown (Custom Configuration).`) may be almost on or almost off.
fn parse_protection(text: &str) -> Option<bool> {
    let state = text.lines().next()?.trim().strip_prefix("System Integrity Protection status: ")?;
    match state {
        "enabled." => Some(true),
        "disabled." => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const APPLE: &str = "Apple M3 Pro";
    const INTEL: &str = "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz";

    fn mac(brand: &str, virtual_machine: &str) -> Machine {
        Machine::new()
            .command("/usr/bin/id -u", 0, "0\n")
            .command("/usr/sbin/sysctl -n machdep.cpu.brand_string", 0, brand)
            .command("/usr/sbin/sysctl -n kern.hv_vmm_present", 0, virtual_machine)
            .command("/usr/bin/csrutil status", 0, "System Integrity Protection status: enabled.\n")
    }

    fn level(machine: Machine, level: &str) -> Machine {
        let text = format!(
            "Daemon response: {{\n    SecureBoot =     {{\n        ExternalBootLevel = allowed;\n        SecureBootLevel = {level};\n    }};\n}}\n"
        );
        machine.command("/usr/libexec/mdmclient QuerySecurityInfo", 0, &text)
    }

    fn bridge(machine: Machine, model: Option<&str>) -> Machine {
        let items = match model {
            Some(model) => format!("<array>\n<dict>\n<key>ibridge_model_name</key>\n<string>{model}</string>\n</dict>\n</array>\n"),
            None => "<array/>\n".to_owned(),
        };
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<array>\n<dict>\n<key>_items</key>\n{items}</dict>\n</array>\n</plist>\n"
        );
        machine.command("/usr/sbin/system_profiler -xml SPiBridgeDataType", 0, &text)
    }

    fn policy(machine: Machine, value: &str) -> Machine {
        machine.command(&format!("/usr/sbin/nvram {T2_POLICY}"), 0, &format!("{T2_POLICY}\t{value}\n"))
    }

    fn protection(machine: Machine, state: &str) -> Machine {
        machine.command("/usr/bin/csrutil status", 0, &format!("System Integrity Protection status: {state}\n"))
    }

    #[track_caller]
    fn check(machine: Machine, secure: Option<bool>, tpm: Option<bool>) {
        let system = machine.system();
        let context = Context::new(&system);
        assert_eq!((secure_boot(&context), tpm_present(&context)), (secure, tpm));
    }

    #[test]
    fn apple_silicon_is_judged_by_its_policy() {
        check(level(mac(APPLE, "0"), "full"), Some(true), Some(true));
        check(level(mac(APPLE, "0"), "medium"), Some(false), Some(true));
        check(level(mac(APPLE, "0"), "off"), Some(false), Some(true));
        check(level(mac(APPLE, "0"), "\"something new\""), None, Some(true));
        check(mac(APPLE, "0"), None, Some(true));
    }

    #[test]
    fn full_security_needs_integrity_protection() {
        check(protection(level(mac(APPLE, "0"), "full"), "disabled."), Some(false), Some(true));
        check(protection(level(mac(APPLE, "0"), "full"), "unknown (Custom Configuration)."), None, Some(true));
        check(protection(level(mac(APPLE, "0"), "full"), "activé."), None, Some(true));
    }

    #[test]
    fn intel_is_judged_by_its_t2_chip() {
        let t2 = || bridge(mac(INTEL, "0"), Some("Apple T2 Security Chip"));
        check(policy(t2(), "%02"), Some(true), Some(true));
        check(policy(t2(), "%01"), Some(false), Some(true));
        check(policy(t2(), "%00"), Some(false), Some(true));
        check(policy(t2(), "%05"), None, Some(true));
        check(level(policy(t2(), "%02"), "medium"), Some(false), Some(true));
        check(t2(), None, Some(true));
        check(bridge(mac(INTEL, "0"), Some("Apple T1 Chip")), Some(false), Some(false));
        check(bridge(mac(INTEL, "0"), None), Some(false), Some(false));
        check(mac(INTEL, "0"), None, None);
    }

    #[test]
    fn virtual_machines_and_unknown_chips_say_nothing() {
        check(level(mac("Apple processor", "1"), "full"), None, None);
        check(level(mac(APPLE, "?"), "full"), None, None);
        check(bridge(mac("", "0"), Some("Apple T2 Security Chip")), None, None);
    }

    #[test]
    fn without_root_the_policy_of_apple_silicon_is_unknown() {
        check(level(mac(APPLE, "0"), "full").command("/usr/bin/id -u", 0, "501\n"), None, Some(true));
    }
}
