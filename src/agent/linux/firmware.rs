//! Secure boot and TPM. A container has neither of its own, so nothing is said there.

use super::context::Context;

const VARIABLES: &str = "/sys/firmware/efi/efivars";
/// The vendor id of the variables that the UEFI standard defines.
const STANDARD_VENDOR: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// Whether the firmware verifies what it starts. A machine without UEFI does not.
pub(super) fn secure_boot(context: &Context) -> Option<bool> {
    let system = context.system;
    if context.container || !system.exists("/sys/firmware") {
        return None;
    }
    if !system.exists("/sys/firmware/efi") {
        return Some(false);
    }
    let variables = system.list(VARIABLES).filter(|names| !names.is_empty())?;
    let variable = |name: &str| {
        let name = format!("{name}-{STANDARD_VENDOR}");
        // Firmware without the feature has no such variable.
        if variables.contains(&name) { parse_flag(&system.read_bytes(&format!("{VARIABLES}/{name}"))?) } else { Some(false) }
    };
    // In setup mode the keys can be replaced by anybody.
    Some(variable("SecureBoot")? && !variable("SetupMode")?)
}

/// Whether a TPM 2.0 is there; unknown where the kernel has no driver class for it.
pub(super) fn tpm_present(context: &Context) -> Option<bool> {
    if context.container {
        return None;
    }
    let devices = context.system.list("/sys/class/tpm")?;
    if devices.is_empty() {
        return Some(false);
    }
    let version = context.system.read("/sys/class/tpm/tpm0/tpm_version_major")?;
    Some(version == "2")
}

/// Four bytes of attributes, then one byte.
fn parse_flag(variable: &[u8]) -> Option<bool> {
    match variable {
        [_, _, _, _, value] => Some(*value == 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn efi(secure_boot: &[u8], setup_mode: &[u8]) -> Machine {
        Machine::new()
            .bytes(&format!("{VARIABLES}/SecureBoot-{STANDARD_VENDOR}"), secure_boot)
            .bytes(&format!("{VARIABLES}/SetupMode-{STANDARD_VENDOR}"), setup_mode)
    }

    #[track_caller]
    fn check(machine: Machine, expected: Option<bool>) {
        assert_eq!(secure_boot(&Context::new(&machine.system())), expected);
    }

    #[test]
    fn secure_boot_is_on_only_outside_setup_mode() {
        check(efi(&[6, 0, 0, 0, 1], &[6, 0, 0, 0, 0]), Some(true));
        check(efi(&[6, 0, 0, 0, 0], &[6, 0, 0, 0, 0]), Some(false));
        check(efi(&[6, 0, 0, 0, 1], &[6, 0, 0, 0, 1]), Some(false));
        check(efi(&[1], &[6, 0, 0, 0, 0]), None);
    }

    #[test]
    fn no_uefi_is_no_secure_boot_but_hidden_variables_are_unknown() {
        check(Machine::new().folder("/sys/firmware/devicetree"), Some(false));
        check(Machine::new().folder("/sys/firmware/efi/efivars"), None);
        check(Machine::new(), None);
        check(Machine::new().folder("/sys/firmware").file("/.dockerenv", ""), None);
        check(Machine::new().bytes(&format!("{VARIABLES}/BootOrder-{STANDARD_VENDOR}"), &[7, 0, 0, 0, 1, 0]), Some(false));
    }

    #[test]
    fn only_version_two_counts_as_tpm() {
        let tpm = |machine: Machine| tpm_present(&Context::new(&machine.system()));
        let path = "/sys/class/tpm/tpm0/tpm_version_major";
        assert_eq!(tpm(Machine::new().file(path, "2\n")), Some(true));
        assert_eq!(tpm(Machine::new().file(path, "1\n")), Some(false));
        assert_eq!(tpm(Machine::new().folder("/sys/class/tpm")), Some(false));
        assert_eq!(tpm(Machine::new()), None);
    }
}
