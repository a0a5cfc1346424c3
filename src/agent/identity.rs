//! Who this device is, for its enrolment: its name and serial number, and who is signed in at it.

use super::{Options, Report, System, collect, desktop};
use crate::error::Result;

/// What the appliance learns of a device when it is enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What names the machine.
    pub serial_number: String,
    /// Host name.
    pub device_name: String,
    /// `linux`, `macos` or `windows`.
    pub os_type: String,
    /// UUID of the mainboard.
    pub hardware_uuid: Option<String>,
    /// Login name of the one person at its screen; nothing where there is nobody or more than one.
    pub signed_in_user: Option<String>,
}

/// Looks at the machine. `sudo_user` is who called sudo, where that is how this program was started.
pub fn identity(system: &System, options: &Options, sudo_user: Option<&str>) -> Result<Identity> {
    // Without the long lists, which say nothing of who it is.
    let report = collect(system, &Options { personal: true, ..options.clone() })?;
    let signed_in_user = signed_in_user(system, sudo_user);
    let Report { serial_number, device_name, os_type, hardware_uuid, .. } = report;
    Ok(Identity { serial_number, device_name, os_type, hardware_uuid, signed_in_user })
}

/// The UUID of the mainboard, from SMBIOS or Apple's platform expert; fillers of makers are the appliance's to tell.
pub(super) fn hardware_uuid(system: &System) -> Option<String> {
    let of_board = system.read("/sys/class/dmi/id/product_uuid");
    of_board
        .or_else(|| platform_uuid(&system.output("/usr/sbin/ioreg", &["-r", "-d", "1", "-c", "IOPlatformExpertDevice"])?))
        .and_then(uuid)
}

/// The text if it has the form of a UUID.
pub(super) fn uuid(text: String) -> Option<String> {
    (text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')).then_some(text)
}

/// Of `"IOPlatformUUID" = "…"`.
fn platform_uuid(ioreg: &str) -> Option<String> {
    let value = ioreg.lines().find_map(|line| line.trim().strip_prefix("\"IOPlatformUUID\" = \""))?;
    Some(value.trim_end_matches('"').to_owned())
}

/// Whether all rights are there; `None` where that can't be told.
pub fn is_root(system: &System) -> Option<bool> {
    desktop::own_uid(system).or_else(|| system.output("/usr/bin/id", &["-u"])?.trim().parse().ok()).map(|uid| uid == 0)
}

/// A device may get its owner by this name, so a guess between two people would be worse than none.
fn signed_in_user(system: &System, sudo_user: Option<&str>) -> Option<String> {
    let mut names: Vec<String> = desktop::people(system).into_iter().map(|person| person.name).collect();
    names.extend(console_user(system));
    names.dedup();
    match &names[..] {
        [name] => Some(name.clone()),
        [] => sudo_user.map(str::trim).filter(|name| is_person(name)).map(str::to_owned),
        _ => None,
    }
}

/// On macOS the console belongs to who is signed in at the screen, and to root at the login window.
fn console_user(system: &System) -> Option<String> {
    let name = cfg!(target_os = "macos").then(|| system.output("/usr/bin/stat", &["-f", "%Su", "/dev/console"])).flatten()?;
    is_person(name.trim()).then(|| name.trim().to_owned())
}

fn is_person(name: &str) -> bool {
    !name.is_empty() && name != "root" && !name.starts_with(['_', '-']) && !name.contains(|c: char| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn at_screen(names: &[&str]) -> Machine {
        let lines: String = (0..names.len()).map(|number| format!("{number} x\n")).collect();
        let machine = Machine::new().command("loginctl list-sessions --no-legend", 0, &lines);
        names.iter().enumerate().fold(machine, |machine, (number, name)| {
            let asked = "--property=User --property=Name --property=Type --property=Class --property=State";
            let text = format!("User={}\nName={name}\nType=x11\nClass=user\nState=active\n", 1000 + number);
            machine.command(&format!("loginctl show-session {number} {asked}"), 0, &text)
        })
    }

    #[test]
    fn the_one_person_at_the_screen_is_named_and_nobody_is_guessed() {
        let cases: [(&[&str], Option<&str>, Option<&str>); 6] = [
            (&["anna"], Some("ben"), Some("anna")),
            (&["anna", "ben"], Some("ben"), None),
            (&[], Some("ben"), Some("ben")),
            (&[], Some("root"), None),
            (&[], Some("a\nb"), None),
            (&[], None, None),
        ];
        for (names, sudo_user, wanted) in cases {
            assert_eq!(signed_in_user(&at_screen(names).system(), sudo_user).as_deref(), wanted, "{names:?} {sudo_user:?}");
        }
    }

    #[test]
    fn the_boards_uuid_is_read_on_both_kinds_of_machine() {
        let uuid = "4C4C4544-0042-3510-8052-B4C04F4A3132";
        let board = Machine::new().file("/sys/class/dmi/id/product_uuid", &format!("{uuid}\n"));
        let ioreg = format!(
            "+-o J316sAP  <class IOPlatformExpertDevice>\n    {{\n      \"IOPlatformUUID\" = \"{uuid}\"\n      \"model\" = <\"x\">\n    }}\n"
        );
        let mac = Machine::new().command("/usr/sbin/ioreg -r -d 1 -c IOPlatformExpertDevice", 0, &ioreg);
        for machine in [board, mac] {
            assert_eq!(hardware_uuid(&machine.system()).as_deref(), Some(uuid));
        }
        let filler = Machine::new().file("/sys/class/dmi/id/product_uuid", "Not Settable\n");
        assert_eq!([filler, Machine::new()].map(|machine| hardware_uuid(&machine.system())), [None, None]);
    }

    #[test]
    fn rights_are_told_or_unknown() {
        let uid = |uid: &str| Machine::new().file("/proc/self/status", uid);
        assert_eq!(is_root(&uid("Uid:\t0\t0\t0\t0\n").system()), Some(true));
        assert_eq!(is_root(&uid("Uid:\t1000\t1000\t1000\t1000\n").system()), Some(false));
        assert_eq!(is_root(&uid("").command("/usr/bin/id -u", 0, "501\n").system()), Some(false));
        assert_eq!(is_root(&uid("").system()), None);
    }
}
