//! What names the machine: its serial number, or a random id that is made once and kept.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::agent::System;
use crate::agent::system::Unreadable;
use crate::domain::device::placeholder_serial;
use crate::error::{Error, Result};

/// Characters of a serial number that the server takes.
const SERIAL_CHARACTERS_MAX: usize = 128;
/// Where firmware keeps serial numbers, best first.
const SOURCES: &[&str] = &[
    "/sys/class/dmi/id/product_serial",
    "/sys/class/dmi/id/board_serial",
    "/sys/class/dmi/id/chassis_serial",
    "/proc/device-tree/serial-number",
    "/sys/firmware/devicetree/base/serial-number",
];
/// The file with the random id, below the state folder.
const ID_FILE: &str = "device-id";

/// The best serial number that is none of the placeholders, else the stored random id.
pub(super) fn serial_number(system: &System, state_folder: &Path) -> Result<String> {
    for source in SOURCES {
        match system.try_read(source) {
            Ok(text) => {
                let text = cleaned(&text);
                if !placeholder_serial(&text) {
                    return Ok(text);
                }
            }
            // A random id now and the serial number later would be two devices.
            Err(Unreadable::Forbidden) => {
                return Err(Error::forbidden(
                    "Only root may read the serial number of this device; run the agent as root, for example with sudo",
                ));
            }
            Err(_) => {}
        }
    }
    stored_id(state_folder)
}

fn cleaned(text: &str) -> String {
    text.trim().chars().filter(|character| !character.is_control()).take(SERIAL_CHARACTERS_MAX).collect()
}

/// The random id in `folder`, made there when there is none.
pub(in crate::agent) fn stored_id(folder: &Path) -> Result<String> {
    let path = folder.join(ID_FILE);
    match fs::read_to_string(&path) {
        Ok(text) if is_own_id(text.trim()) => Ok(text.trim().to_owned()),
        // A damaged file is not replaced unseen: the device would come back under another name.
        Ok(_) => Err(Error::invalid(format!("{} does not hold an id; remove it to let the agent make a new one", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make_id(folder, &path),
        Err(error) => Err(cannot(&path, &error)),
    }
}

fn is_own_id(text: &str) -> bool {
    text.strip_prefix("recoger-").is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Written beside and linked into place, so that a half-written file or another agent at the same time does no harm.
fn make_id(folder: &Path, path: &Path) -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let id = format!("recoger-{hex}");
    let draft = folder.join(format!("{ID_FILE}.{}", &hex[..8]));
    let written = create_private_folder(folder).and_then(|()| {
        let mut file = create_private_file(&draft)?;
        file.write_all(format!("{id}\n").as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        linked
    });
    match written {
        Ok(()) => Ok(id),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => stored_id(folder),
        Err(error) => Err(cannot(path, &error)),
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(format!("This device has no serial number, and its random id can't be kept in {}: {error}", path.display()))
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn create_private_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    fn serial(machine: &Machine) -> Result<String> {
        serial_number(&machine.system(), &machine.path().join("state/agent"))
    }

    #[test]
    fn placeholders_are_refused_and_the_next_source_is_taken() {
        for filler in [
            "To Be Filled By O.E.M.",
            "Default string",
            "0",
            "None",
            "00000000",
            "xxxxxxxx",
            "Not Specified",
            "..........",
            "",
            "System Serial Number",
        ] {
            let machine =
                Machine::new().file("/sys/class/dmi/id/product_serial", filler).file("/sys/class/dmi/id/board_serial", "PF3ABC12\n");
            assert_eq!(serial(&machine).unwrap(), "PF3ABC12", "{filler}");
        }
    }

    #[test]
    fn a_raspberry_pi_has_its_serial_in_the_device_tree() {
        let machine = Machine::new().file("/proc/device-tree/serial-number", "10000000abcdef01\0");
        assert_eq!(serial(&machine).unwrap(), "10000000abcdef01");
    }

    #[test]
    #[cfg(unix)]
    fn without_serial_a_random_id_is_made_once_and_kept_private() {
        use std::os::unix::fs::PermissionsExt;
        let machine = Machine::new().file("/sys/class/dmi/id/product_serial", "None\n");
        let first = serial(&machine).unwrap();
        assert!(is_own_id(&first), "{first}");
        assert_eq!(serial(&machine).unwrap(), first);
        let mode = |path: &str| fs::metadata(machine.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("state"), mode("state/agent"), mode("state/agent/device-id")), (0o700, 0o700, 0o600));
        assert_eq!(fs::read_dir(machine.path().join("state/agent")).unwrap().count(), 1);
        assert_ne!(serial(&Machine::new()).unwrap(), first);
    }

    #[test]
    fn a_damaged_id_is_reported_not_replaced() {
        let machine = Machine::new().file("/state/agent/device-id", "recoger-12\n");
        assert!(serial(&machine).unwrap_err().detail.contains("does not hold an id"));
    }

    #[test]
    fn of_two_agents_that_make_an_id_at_once_the_first_wins() {
        let machine = Machine::new().file("/state/agent/device-id", &format!("recoger-{}\n", "a".repeat(32)));
        let folder = machine.path().join("state/agent");
        assert_eq!(make_id(&folder, &folder.join(ID_FILE)).unwrap(), format!("recoger-{}", "a".repeat(32)));
    }
}
