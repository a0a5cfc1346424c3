//! What kind of machine it is, and whether it has a screen to lock.

use crate::agent::System;

use super::context::Context;

/// Process names of display servers and compositors, as the kernel cuts them.
const DISPLAY_SERVERS: &[&str] = &[
    "Xorg",
    "X",
    "Xwayland",
    "gnome-shell",
    "kwin_wayland",
    "sway",
    "Hyprland",
    "labwc",
    "wayfire",
    "cosmic-comp",
    "weston",
    "niri",
    "river",
    "cage",
];
const DISPLAY_MANAGERS: &[&str] = &["gdm", "sddm", "lightdm", "greetd", "lxdm", "ly", "elogind-greetd"];
/// Chassis types of SMBIOS that are carried around with their screen, but for tablets.
const LAPTOPS: &[u32] = &[8, 9, 10, 11, 14, 31, 32];
const TABLET: u32 = 30;
/// Racks, blades and main server chassis.
const SERVERS: &[u32] = &[17, 23, 25, 28, 29];
/// What firmware says of itself on a virtual machine.
const VIRTUAL_NAMES: &[&str] = &[
    "qemu",
    "kvm",
    "vmware",
    "virtualbox",
    "innotek",
    "xen",
    "virtual machine",
    "bochs",
    "google compute engine",
    "parallels",
    "openstack",
    "openshift virtualization",
    "droplet",
    "vserver",
    "rhev",
    "ovirt",
    "bhyve",
    "apple virtualization",
    "amazon ec2",
    "alibaba cloud ecs",
];

/// What kind of machine it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kind {
    /// `laptop`, `desktop`, `server`, `tablet` or `vm`.
    pub device_type: &'static str,
    /// Neither display manager nor desktop, and no laptop: screen-lock checks do not apply.
    pub headless: bool,
    /// The program that shows the login screen.
    pub display_manager: Option<String>,
}

/// Judges by firmware, battery, and what is installed and running.
pub(super) fn kind(context: &Context) -> Kind {
    let system = context.system;
    let display_manager = display_manager(context);
    let chassis: Option<u32> = system.read("/sys/class/dmi/id/chassis_type").and_then(|text| text.parse().ok());
    let is = |types: &[u32]| chassis.is_some_and(|chassis| types.contains(&chassis));
    let virtual_machine = is_virtual(context);
    let portable = !virtual_machine && (is(LAPTOPS) || is(&[TABLET]) || has_battery(system));
    let headless = !portable && display_manager.is_none() && !has_desktop(context);
    let device_type = if virtual_machine {
        "vm"
    } else if is(&[TABLET]) {
        "tablet"
    } else if portable {
        "laptop"
    } else if is(SERVERS) || headless {
        "server"
    } else {
        "desktop"
    };
    Kind { device_type, headless, display_manager }
}

/// systemd's link, or OpenRC's default run level. NixOS has a unit of its own; there the program that runs is asked for.
fn display_manager(context: &Context) -> Option<String> {
    let system = context.system;
    if let Some(target) = system.link("/etc/systemd/system/display-manager.service") {
        let unit = target.rsplit('/').next()?.trim_end_matches(".service");
        let running = || DISPLAY_MANAGERS.iter().find(|name| context.runs(name));
        return Some(if unit == "display-manager" { running().unwrap_or(&unit) } else { unit }.to_owned());
    }
    let services = system.list("/etc/runlevels/default").unwrap_or_default();
    services.into_iter().find(|name| DISPLAY_MANAGERS.contains(&name.as_str()))
}

/// A desktop that is installed counts also while nobody uses it.
fn has_desktop(context: &Context) -> bool {
    let folders = ["/usr/share/wayland-sessions", "/usr/share/xsessions", "/run/current-system/sw/share/wayland-sessions"];
    let installed = folders.iter().filter_map(|folder| context.system.list(folder)).flatten().any(|name| name.ends_with(".desktop"));
    installed || DISPLAY_SERVERS.iter().any(|name| context.runs(name))
}

/// A battery of the machine, not of a mouse.
fn has_battery(system: &System) -> bool {
    let supplies = system.list("/sys/class/power_supply").unwrap_or_default();
    supplies.iter().any(|supply| {
        let value = |name: &str| system.read(&format!("/sys/class/power_supply/{supply}/{name}"));
        value("type").as_deref() == Some("Battery") && value("scope").as_deref() != Some("Device")
    })
}

fn is_virtual(context: &Context) -> bool {
    let system = context.system;
    let firmware = |name: &str| system.read(&format!("/sys/class/dmi/id/{name}")).unwrap_or_default().to_ascii_lowercase();
    let product = firmware("product_name");
    let names = [firmware("sys_vendor"), product.clone(), firmware("board_vendor"), firmware("bios_vendor")];
    let named = names.iter().any(|name| VIRTUAL_NAMES.iter().any(|word| name.contains(word)));
    // Rented bare metal carries the cloud's name, too; a Xen host is no guest.
    let bare_metal = product.ends_with(".metal") || system.read("/proc/xen/capabilities").is_some_and(|text| text.contains("control_d"));
    let by_processor = || system.read("/proc/cpuinfo").is_some_and(|text| has_hypervisor_flag(&text));
    let by_tree = || system.exists("/proc/device-tree/hypervisor");
    let subsystem = || system.read("/proc/sys/kernel/osrelease").is_some_and(|release| release.to_ascii_lowercase().contains("microsoft"));
    !bare_metal && (named || by_processor() || by_tree() || subsystem())
}

fn has_hypervisor_flag(cpuinfo: &str) -> bool {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags"));
    flags.is_some_and(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[track_caller]
    fn check(machine: Machine, device_type: &str, headless: bool) {
        let system = machine.system();
        let found = kind(&Context::new(&system));
        assert_eq!((found.device_type, found.headless), (device_type, headless));
    }

    fn dmi(vendor: &str, product: &str, chassis: &str) -> Machine {
        Machine::new()
            .file("/sys/class/dmi/id/sys_vendor", vendor)
            .file("/sys/class/dmi/id/product_name", product)
            .file("/sys/class/dmi/id/chassis_type", chassis)
    }

    const GDM: (&str, &str) = ("/etc/systemd/system/display-manager.service", "/usr/lib/systemd/system/gdm.service");

    #[test]
    fn laptops_are_never_headless() {
        check(dmi("LENOVO\n", "21HD\n", "10\n"), "laptop", false);
        check(Machine::new().file("/sys/class/power_supply/BAT0/type", "Battery\n"), "laptop", false);
        check(dmi("Microsoft Corporation\n", "Surface Pro\n", "30\n"), "tablet", false);
    }

    #[test]
    fn the_battery_of_a_mouse_makes_no_laptop() {
        let mouse = "/sys/class/power_supply/hidpp_battery_0";
        let machine = dmi("Dell Inc.\n", "OptiPlex\n", "3\n").link(GDM.0, GDM.1);
        check(machine.file(&format!("{mouse}/type"), "Battery\n").file(&format!("{mouse}/scope"), "Device\n"), "desktop", false);
    }

    #[test]
    fn virtual_machines_are_known_by_firmware_or_processor_and_may_have_a_desktop() {
        check(dmi("QEMU\n", "Standard PC (Q35 + ICH9, 2009)\n", "1\n"), "vm", true);
        check(dmi("Microsoft Corporation\n", "Virtual Machine\n", "3\n").link(GDM.0, GDM.1), "vm", false);
        check(dmi("Amazon EC2\n", "m5.large\n", "1\n"), "vm", true);
        check(dmi("Amazon EC2\n", "m5.metal\n", "1\n"), "server", true);
        check(Machine::new().file("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n"), "vm", true);
    }

    #[test]
    fn a_machine_without_screen_is_a_server_also_where_the_default_target_is_graphical() {
        let link = ("/etc/systemd/system/default.target", "/lib/systemd/system/graphical.target");
        check(dmi("HPE\n", "ProLiant DL360\n", "23\n").link(link.0, link.1), "server", true);
        check(Machine::new().file("/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0"), "server", true);
        check(Machine::new().file("/usr/share/wayland-sessions/sway.desktop", ""), "desktop", false);
    }
}
