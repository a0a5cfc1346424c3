//! What several collectors need to know: who is looking, who sits at the screen, what the administrators prescribe, which chip it is.

use crate::agent::System;

use super::extensions::{self, Extension};
use super::plist::Plist;

/// Accounts below belong to the system; people begin at 501.
const FIRST_PERSON_UID: u32 = 500;

/// A machine and what was found out about it once.
pub(super) struct Context<'a> {
    pub system: &'a System,
    /// The look is taken with all rights.
    pub root: bool,
    /// Who is logged in at the screen.
    pub person: Option<Person>,
    /// The first number of the release, such as 15.
    pub release: Option<u32>,
    pub chip: Chip,
    /// A guest of another machine, whose chip and firmware are not its own.
    pub virtual_machine: Option<bool>,
    /// System extensions; unknown where the list can't be read.
    pub extensions: Option<Vec<Extension>>,
    own_uid: Option<u32>,
}

/// Who made the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chip {
    Apple,
    Intel,
    Unknown,
}

/// Somebody in the session at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub uid: u32,
    pub name: String,
}

impl<'a> Context<'a> {
    pub(super) fn new(system: &'a System) -> Context<'a> {
        let own_uid = system.output("/usr/bin/id", &["-u"]).and_then(|text| text.trim().parse().ok());
        let brand = sysctl(system, "machdep.cpu.brand_string").unwrap_or_default();
        Context {
            system,
            root: own_uid == Some(0),
            person: system.output("/usr/bin/stat", &["-f", "%u %Su", "/dev/console"]).and_then(|text| parse_console(&text)),
            release: release(system),
            chip: chip(&brand),
            virtual_machine: sysctl(system, "kern.hv_vmm_present").and_then(|text| match text.as_str() {
                "0" => Some(false),
                "1" => Some(true),
                _ => None,
            }),
            extensions: extensions::list(system),
            own_uid,
        }
    }

    /// A command as the person at the screen, in the own session. `None` unless we are that person or root.
    pub(super) fn as_person(&self, command: &[&str]) -> Option<Vec<String>> {
        let person = self.person.as_ref()?;
        let mut words = match (self.root, self.own_uid == Some(person.uid)) {
            (_, true) => Vec::new(),
            // -H: settings are looked for in the person's home folder, not in that of the caller.
            (true, false) => vec!["/bin/launchctl".to_owned(), "asuser".to_owned(), person.uid.to_string(), "/usr/bin/sudo".to_owned()],
            (false, false) => return None,
        };
        if !words.is_empty() {
            words.extend(["-H", "-u", person.name.as_str()].map(str::to_owned));
        }
        words.extend(command.iter().map(|word| (*word).to_owned()));
        Some(words)
    }

    /// A value that a profile prescribes, for the person first, then for the machine.
    pub(super) fn managed<T>(&self, domain: &str, value: impl Fn(&Plist) -> Option<T>) -> Option<T> {
        let of_person = self.person.as_ref().map(|person| format!("/Library/Managed Preferences/{}/{domain}.plist", person.name));
        let paths = of_person.into_iter().chain([format!("/Library/Managed Preferences/{domain}.plist")]);
        paths.into_iter().find_map(|path| value(&Plist::read(self.system, &path)?))
    }
}

/// One value of the kernel, without the line's end.
pub(super) fn sysctl(system: &System, name: &str) -> Option<String> {
    let text = system.output("/usr/sbin/sysctl", &["-n", name])?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn chip(brand: &str) -> Chip {
    // Translated programs see "VirtualApple".
    if brand.starts_with("Apple ") || brand.starts_with("VirtualApple") {
        Chip::Apple
    } else if brand.starts_with("Intel") {
        Chip::Intel
    } else {
        Chip::Unknown
    }
}

fn release(system: &System) -> Option<u32> {
    system.output("/usr/bin/sw_vers", &["-productVersion"])?.trim().split('.').next()?.parse().ok()
}

/// The owner of the console: at the login screen that is root, in the setup assistant one of the system's own accounts.
fn parse_console(text: &str) -> Option<Person> {
    let (uid, name) = text.trim().split_once(' ')?;
    let uid: u32 = uid.parse().ok()?;
    (uid > FIRST_PERSON_UID && !name.is_empty()).then(|| Person { uid, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const CONSOLE: &str = "/usr/bin/stat -f %u %Su /dev/console";

    #[test]
    fn the_login_screen_and_the_setup_assistant_are_nobody() {
        assert_eq!(parse_console("0 root\n"), None);
        assert_eq!(parse_console("248 _mbsetupuser\n"), None);
        assert_eq!(parse_console("501 anna\n"), Some(Person { uid: 501, name: "anna".to_owned() }));
    }

    #[test]
    fn a_session_of_another_person_is_not_entered_without_root() {
        let command = |own: &str| {
            let machine = Machine::new().command(CONSOLE, 0, "501 anna\n").command("/usr/bin/id -u", 0, own);
            Context::new(&machine.system()).as_person(&["/bin/x"]).map(|words| words.join(" "))
        };
        assert_eq!(command("502\n"), None);
        assert_eq!(command("501\n").as_deref(), Some("/bin/x"));
        assert_eq!(command("0\n").as_deref(), Some("/bin/launchctl asuser 501 /usr/bin/sudo -H -u anna /bin/x"));
    }

    #[test]
    fn chips_are_told_apart() {
        assert_eq!(chip("Apple M4 Pro"), Chip::Apple);
        assert_eq!(chip("VirtualApple @ 2.50GHz"), Chip::Apple);
        assert_eq!(chip("Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz"), Chip::Intel);
        assert_eq!(chip(""), Chip::Unknown);
    }
}
