//! Recorded machines for tests: a folder of files and a table of command outputs, made in one expression or read from one text file.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::linux::units;
use super::system::{Output, System};

/// A machine under construction.
pub struct Machine {
    folder: tempfile::TempDir,
    commands: BTreeMap<String, Output>,
    units: BTreeMap<String, String>,
    processes: u32,
}

impl Machine {
    /// An empty machine, looked at by root.
    pub fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        Machine { folder, commands: BTreeMap::new(), units: BTreeMap::new(), processes: 100 }
            .file("/proc/self/status", "Uid:\t0\t0\t0\t0\n")
    }

    /// Reads a machine from a text: sections `== file PATH`, `== bytes PATH` (hexadecimal), `== folder PATH`, `== link PATH TARGET`,
    /// `== command CODE LINE`, `== process UID NAME [COMMAND LINE]`, `== units` (a line each: name, load state, active state, file state).
    pub fn from_text(text: &str) -> Machine {
        let mut machine = Machine::new();
        for section in text.split("\n== ").map(|section| section.trim_start_matches("== ")) {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            let (kind, rest) = head.split_once(' ').unwrap_or((head, ""));
            machine = match kind {
                "file" => machine.file(rest, body),
                "bytes" => machine.bytes(rest, &from_hex(body.trim())),
                "folder" => machine.folder(rest),
                "link" => rest.split_once(' ').map(|(path, target)| machine.link(path, target)).unwrap(),
                "command" => rest.split_once(' ').map(|(code, line)| machine.command(line, code.parse().unwrap(), body)).unwrap(),
                "process" => {
                    let mut words = rest.splitn(3, ' ');
                    let uid = words.next().unwrap().parse().unwrap();
                    machine.process(uid, words.next().unwrap(), words.next().unwrap_or(""))
                }
                "units" => body.lines().filter(|line| !line.is_empty()).fold(machine, |machine, line| machine.unit(line)),
                "" => machine,
                "#" => machine,
                other => panic!("unknown section {other}"),
            };
        }
        machine
    }

    pub fn file(self, path: &str, content: &str) -> Machine {
        self.bytes(path, content.as_bytes())
    }

    pub fn bytes(self, path: &str, content: &[u8]) -> Machine {
        let path = self.prepare(path);
        fs::write(path, content).unwrap();
        self
    }

    pub fn folder(self, path: &str) -> Machine {
        fs::create_dir_all(self.prepare(path)).unwrap();
        self
    }

    pub fn link(self, path: &str, target: &str) -> Machine {
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, self.prepare(path)).unwrap();
        #[cfg(windows)]
        std::os::windows::fs::symlink_file(target, self.prepare(path)).unwrap();
        self
    }

    pub fn command(mut self, line: &str, code: i32, text: &str) -> Machine {
        self.commands.insert(line.to_owned(), Output { code, text: text.to_owned() });
        self
    }

    /// `line`: name, load state, active state, file state, by blanks.
    pub fn unit(mut self, line: &str) -> Machine {
        let (name, states) = line.split_once(' ').unwrap();
        self.units.insert(name.to_owned(), states.to_owned());
        self
    }

    /// systemd answers, and knows only the units given.
    pub fn systemd(self) -> Machine {
        self.unit("-.mount loaded active generated")
    }

    pub fn process(mut self, uid: u32, name: &str, command_line: &str) -> Machine {
        self.processes += 1;
        let folder = format!("/proc/{}", self.processes);
        self.file(&format!("{folder}/comm"), &format!("{name}\n"))
            .file(&format!("{folder}/status"), &format!("Name:\t{name}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"))
            .file(&format!("{folder}/cmdline"), &command_line.replace('|', "\0"))
    }

    /// A person in a graphical session at the screen, with the desktop's main process running.
    pub fn seat(self, uid: u32, name: &str, main_process: &str) -> Machine {
        self.file("/etc/passwd", &format!("root:x:0:0:root:/root:/bin/sh\n{name}:x:{uid}:{uid}::/home/{name}:/bin/sh\n"))
            .command("loginctl show-seat seat0 --property=ActiveSession --value", 0, "2\n")
            .command(
                "loginctl show-session 2 --property=User --property=Name --property=Class",
                0,
                &format!("User={uid}\nName={name}\nClass=user\n"),
            )
            .process(uid, main_process, main_process)
    }

    /// The answer to a command run by root in the session of `seat(1000, "anna", …)`.
    pub fn in_session(self, line: &str, code: i32, text: &str) -> Machine {
        let line = format!(
            "runuser -u anna -- env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus HOME=/home/anna {line}"
        );
        self.command(&line, code, text)
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The recorded outputs by command line.
    pub fn commands(&self) -> &BTreeMap<String, Output> {
        &self.commands
    }

    /// The machine, ready to be looked at; it lives as long as `self`.
    pub fn system(&self) -> System {
        let mut commands = self.commands.clone();
        if !self.units.is_empty() {
            commands.insert(units::command_line(), Output { code: 0, text: self.unit_blocks() });
        }
        System::recorded(self.folder.path(), commands)
    }

    fn unit_blocks(&self) -> String {
        let block = |name: &&str| {
            let states = self.units.get(*name).map_or("not-found inactive ", String::as_str);
            let mut states = states.splitn(3, ' ');
            let mut next = || states.next().unwrap_or("");
            format!("Id={name}\nLoadState={}\nActiveState={}\nUnitFileState={}\n", next(), next(), next())
        };
        units::UNITS.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    fn prepare(&self, path: &str) -> PathBuf {
        let path = self.folder.path().join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}
