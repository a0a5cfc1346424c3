//! What several collectors need to know: who is looking, who sits at the screen, what runs.

use crate::agent::System;

use super::units::Units;

/// Processes that are looked at; beyond it the rest is left out of sight.
const PROCESSES_MAX: usize = 32_768;

/// A machine and what was found out about it once.
pub(super) struct Context<'a> {
    pub system: &'a System,
    /// The look is taken with all rights.
    pub root: bool,
    /// Inside a container: firmware, disks and packet filter belong to somebody else.
    pub container: bool,
    pub units: Units,
    pub processes: Vec<Process>,
    /// Who is logged in at the screen.
    pub person: Option<Person>,
    own_uid: Option<u32>,
}

/// A running process: its name only, but for the idle watchers of [`super::idle`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub id: String,
    /// At most 15 characters: the kernel cuts the rest.
    pub name: String,
    pub uid: u32,
}

/// Somebody in the active session of the first seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub uid: u32,
    pub name: String,
}

impl<'a> Context<'a> {
    pub(super) fn new(system: &'a System) -> Context<'a> {
        let own_uid = system.read("/proc/self/status").as_deref().and_then(uid_of_status);
        Context {
            system,
            root: own_uid == Some(0),
            container: in_container(system),
            units: Units::ask(system),
            processes: processes(system),
            person: person_at_screen(system),
            own_uid,
        }
    }

    /// Whether a process of that name runs, whoever owns it.
    pub(super) fn runs(&self, name: &str) -> bool {
        self.processes.iter().any(|process| process.name == name)
    }

    /// A process of that name that belongs to the person at the screen.
    pub(super) fn person_runs(&self, name: &str) -> Option<&Process> {
        let person = self.person.as_ref()?;
        self.processes.iter().find(|process| process.name == name && process.uid == person.uid)
    }

    /// The home folder of the person at the screen, where the machine itself keeps people.
    pub(super) fn home(&self) -> Option<String> {
        let person = self.person.as_ref()?;
        Some(home_of(&self.system.read("/etc/passwd")?, person.uid)?.to_owned())
    }

    /// The arguments of a process, the program's name first.
    pub(super) fn arguments(&self, process: &Process) -> Option<Vec<String>> {
        let bytes = self.system.read_bytes(&format!("/proc/{}/cmdline", process.id))?;
        let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        Some(words.filter(|word| !word.is_empty()).collect())
    }

    /// The output of a command run as the person at the screen, in his session. `None` unless we are he or root.
    pub(super) fn output_in_session(&self, command: &[&str]) -> Option<String> {
        let person = self.person.as_ref()?;
        let mut arguments = vec![
            format!("XDG_RUNTIME_DIR=/run/user/{}", person.uid),
            format!("DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{}/bus", person.uid),
        ];
        // People of a directory service are not in the file; `runuser` then knows the home folder.
        arguments.extend(self.home().map(|home| format!("HOME={home}")));
        let program = match (self.root, self.own_uid == Some(person.uid)) {
            (_, true) => "env",
            (true, false) => {
                arguments.splice(0..0, ["-u", person.name.as_str(), "--", "env"].map(str::to_owned));
                "runuser"
            }
            (false, false) => return None,
        };
        arguments.extend(command.iter().map(|word| (*word).to_owned()));
        self.system.output(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn in_container(system: &System) -> bool {
    let named = || {
        let environment = system.read_bytes("/proc/1/environ")?;
        Some(environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(b"container=")))
    };
    let marked = ["/run/.containerenv", "/run/systemd/container"].iter().any(|path| system.exists(path));
    // Docker's mark stays in images that are later started as machines of their own; those have their root on a disk.
    let docker = system.exists("/.dockerenv") && !system.read("/proc/self/mountinfo").is_some_and(|mounts| root_is_on_disk(&mounts));
    marked || docker || named() == Some(true)
}

/// Whether `/` is a file system on a block device by itself; images in layers have the device number 0.
fn root_is_on_disk(mountinfo: &str) -> bool {
    let mut lines = mountinfo.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    lines.any(|words| words.get(4) == Some(&"/") && words.get(2).is_some_and(|number| !number.starts_with("0:")))
}

fn processes(system: &System) -> Vec<Process> {
    let names = system.list("/proc").unwrap_or_default();
    let ids = names.into_iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())).take(PROCESSES_MAX);
    ids.filter_map(|id| {
        // A process may end between two reads; then it is none.
        let name = unwrapped(system.read(&format!("/proc/{id}/comm"))?);
        let uid = uid_of_status(&system.read(&format!("/proc/{id}/status"))?)?;
        Some(Process { id, name, uid })
    })
    .collect()
}

/// NixOS starts programs as `.NAME-wrapped`, of which the kernel shows 15 characters.
fn unwrapped(name: String) -> String {
    let wrapped = name.strip_prefix('.').and_then(|rest| rest.rsplit_once('-'));
    match wrapped {
        Some((inner, suffix)) if !inner.is_empty() && "wrapped".starts_with(suffix) => inner.to_owned(),
        _ => name,
    }
}

/// The effective user of a `/proc/<id>/status`.
fn uid_of_status(text: &str) -> Option<u32> {
    text.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

fn home_of(passwd: &str, uid: u32) -> Option<&str> {
    let uid = uid.to_string();
    passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.get(2) == Some(&uid.as_str()))?.get(5).copied()
}

fn person_at_screen(system: &System) -> Option<Person> {
    let session = system.output("loginctl", &["show-seat", "seat0", "--property=ActiveSession", "--value"])?;
    let session = session.trim();
    if session.is_empty() || session.starts_with('-') {
        return None;
    }
    let text = system.output("loginctl", &["show-session", session, "--property=User", "--property=Name", "--property=Class"])?;
    parse_session(&text)
}

/// A greeter at the screen is nobody.
fn parse_session(text: &str) -> Option<Person> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let name = value("Name").filter(|name| !name.is_empty() && !name.starts_with('-'))?;
    if !matches!(value("Class"), Some("user" | "user-early")) {
        return None;
    }
    Some(Person { uid: value("User")?.parse().ok()?, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    #[test]
    fn names_of_wrapped_programs_are_those_of_the_programs() {
        for (comm, name) in [
            (".gnome-shell-wr", "gnome-shell"),
            (".swayidle-wrapp", "swayidle"),
            (".Hyprland-wrapp", "Hyprland"),
            (".x", ".x"),
            ("gnome-shell", "gnome-shell"),
        ] {
            assert_eq!(unwrapped(comm.to_owned()), name);
        }
    }

    #[test]
    fn the_login_screen_is_nobody() {
        assert_eq!(parse_session("User=120\nName=gdm\nClass=greeter\n"), None);
        let anna = Person { uid: 1000, name: "anna".to_owned() };
        assert_eq!(parse_session("User=1000\nName=anna\nClass=user\n"), Some(anna));
    }

    #[test]
    fn a_session_of_another_user_is_not_read_without_root() {
        let machine = Machine::new()
            .file("/proc/self/status", "Uid:\t1001\t1001\t1001\t1001\n")
            .seat(1000, "anna", "gnome-shell")
            .in_session("gsettings get a b", 0, "true")
            .command("env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus HOME=/home/anna gsettings get a b", 0, "true");
        let system = machine.system();
        assert_eq!(Context::new(&system).output_in_session(&["gsettings", "get", "a", "b"]), None);
    }

    #[test]
    fn the_person_reads_the_own_session_without_changing_user() {
        let machine = Machine::new().file("/proc/self/status", "Uid:\t1000\t1000\t1000\t1000\n").seat(1000, "anna", "gnome-shell").command(
            "env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus HOME=/home/anna gsettings get a b",
            0,
            "true",
        );
        let system = machine.system();
        assert_eq!(Context::new(&system).output_in_session(&["gsettings", "get", "a", "b"]).as_deref(), Some("true"));
    }

    #[test]
    fn containers_are_recognised() {
        assert!(Context::new(&Machine::new().file("/.dockerenv", "").system()).container);
        assert!(Context::new(&Machine::new().bytes("/proc/1/environ", b"A=1\0container=lxc\0").system()).container);
        assert!(!Context::new(&Machine::new().bytes("/proc/1/environ", b"A=1\0").system()).container);
        let left_over = |mount: &str| Machine::new().file("/.dockerenv", "").file("/proc/self/mountinfo", mount);
        assert!(!Context::new(&left_over("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n").system()).container);
        assert!(Context::new(&left_over("27 1 0:52 / / rw,relatime - overlay overlay rw\n").system()).container);
    }
}
