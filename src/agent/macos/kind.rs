//! What kind of Mac it is, and whether it has a screen to lock.

use super::context::{Context, sysctl};
use super::plist::Plist;

/// What kind of machine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// `laptop`, `desktop` or `vm`; `other` where that can't be told.
    pub device_type: &'static str,
    /// No display is connected and nobody is logged in: screen-lock checks do not apply.
    pub headless: Option<bool>,
}

/// Judges by model, battery and displays.
pub(super) fn kind(context: &Context) -> Kind {
    let model = sysctl(context.system, "hw.model").unwrap_or_default();
    let device_type = match (context.virtual_machine, is_laptop(context, &model)) {
        (Some(true), _) => "vm",
        (Some(false), Some(true)) => "laptop",
        (Some(false), Some(false)) => "desktop",
        _ => "other",
    };
    let has_screen = device_type == "laptop" || model.starts_with("iMac") || context.person.is_some();
    let headless = if has_screen { Some(false) } else { displays(context).map(|connected| !connected) };
    Kind { device_type, headless }
}

/// Newer models do not say it in their name (`Mac14,2`), but only laptops have a battery.
fn is_laptop(context: &Context, model: &str) -> Option<bool> {
    if model.starts_with("MacBook") {
        return Some(true);
    }
    let text = context.system.output("/usr/sbin/ioreg", &["-r", "-c", "AppleSmartBattery", "-d", "1"])?;
    Some(text.lines().any(|line| line.trim() == "\"BatteryInstalled\" = Yes"))
}

/// Whether a display is connected to any graphics card.
fn displays(context: &Context) -> Option<bool> {
    let text = context.system.output("/usr/sbin/system_profiler", &["-xml", "SPDisplaysDataType"])?;
    let plist = Plist::parse(text.as_bytes())?;
    plist.members().iter().any(|answer| answer.has("_items")).then(|| plist.contains("spdisplays_ndrvs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn mac(model: &str, battery: &str, console: &str) -> Machine {
        Machine::new()
            .command("/usr/sbin/sysctl -n hw.model", 0, model)
            .command("/usr/sbin/sysctl -n kern.hv_vmm_present", 0, "0\n")
            .command("/usr/sbin/ioreg -r -c AppleSmartBattery -d 1", 0, battery)
            .command("/usr/bin/stat -f %u %Su /dev/console", 0, console)
    }

    fn displays(machine: Machine, card: &str) -> Machine {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<array>\n<dict>\n<key>_items</key>\n<array>\n<dict>\n<key>sppci_model</key>\n<string>Apple M4</string>\n{card}</dict>\n</array>\n</dict>\n</array>\n</plist>\n"
        );
        machine.command("/usr/sbin/system_profiler -xml SPDisplaysDataType", 0, &text)
    }

    #[track_caller]
    fn check(machine: Machine, device_type: &'static str, headless: Option<bool>) {
        let system = machine.system();
        assert_eq!(kind(&Context::new(&system)), Kind { device_type, headless });
    }

    const CONNECTED: &str =
        "<key>spdisplays_ndrvs</key>\n<array>\n<dict>\n<key>_name</key>\n<string>LG HDR 4K</string>\n</dict>\n</array>\n";
    const BATTERY: &str = "+-o AppleSmartBattery  <class AppleSmartBattery>\n    {\n      \"BatteryInstalled\" = Yes\n    }\n";

    #[test]
    fn laptops_are_known_by_name_or_battery_and_never_headless() {
        check(mac("MacBookPro18,3", "", "0 root"), "laptop", Some(false));
        check(mac("Mac14,2", BATTERY, "0 root"), "laptop", Some(false));
    }

    #[test]
    fn a_desktop_is_headless_only_without_display_and_person() {
        check(displays(mac("Mac16,10", "", "0 root"), ""), "desktop", Some(true));
        check(displays(mac("Mac16,10", "", "0 root"), CONNECTED), "desktop", Some(false));
        check(displays(mac("Mac16,10", "", "501 anna"), ""), "desktop", Some(false));
        check(mac("iMac21,1", "", "0 root"), "desktop", Some(false));
        check(mac("Macmini9,1", "", "0 root"), "desktop", None);
    }

    #[test]
    fn guests_and_what_can_t_be_told() {
        let guest = mac("VirtualMac2,1", "", "0 root").command("/usr/sbin/sysctl -n kern.hv_vmm_present", 0, "1\n");
        check(displays(guest, CONNECTED), "vm", Some(false));
        check(Machine::new(), "other", None);
    }
}
