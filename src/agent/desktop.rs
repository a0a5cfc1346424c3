//! Notifications on the screens of the people who are signed in; what can't be shown is left, for nothing hangs on it.
//!
//! On Linux: as each person with a graphical session, over that person's own bus, by `notify-send` or, where that is missing, by `gdbus`,
//! which calls the same method `Notify` of `org.freedesktop.Notifications`. The text is handed over as arguments, never through a shell.
//!
//! Not on the other systems. There an agent that runs as a service has no screen either: macOS needs
//! `launchctl asuser UID sudo -u NAME osascript -e 'display notification …'`, and Windows a toast made in the person's session, for example
//! by a scheduled task at log-on that reads `status.json`. Both would have to be tried on such machines first; until then the person there
//! asks `recoger agent status`.

use std::collections::BTreeMap;

use super::System;
use super::notify::Notice;
use crate::limits::NOTIFIED_PEOPLE_MAX;

/// Somebody with a graphical session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Numeric user id.
    pub uid: u32,
    /// Login name.
    pub name: String,
}

/// Shows `notices` to everybody who is signed in at a screen.
pub fn tell(system: &System, notices: &[Notice]) {
    for person in people(system) {
        for notice in notices {
            if show(system, &person, notice).is_none() {
                tracing::debug!(person = person.name, "a notification could not be shown");
            }
        }
    }
}

/// Who has a graphical session that is not ending, each once, by user id.
pub fn people(system: &System) -> Vec<Person> {
    let Some(sessions) = system.output("loginctl", &["list-sessions", "--no-legend"]) else { return Vec::new() };
    let ids = sessions.lines().filter_map(|line| line.split_whitespace().next());
    let mut people = BTreeMap::new();
    for id in ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        let asked = ["show-session", id, "--property=User", "--property=Name", "--property=Type", "--property=Class", "--property=State"];
        if let Some(person) = system.output("loginctl", &asked).as_deref().and_then(graphical) {
            people.insert(person.uid, person);
        }
        if people.len() == NOTIFIED_PEOPLE_MAX {
            break;
        }
    }
    people.into_values().collect()
}

/// The person of a session, when it is graphical, a person's, and not about to end.
fn graphical(session: &str) -> Option<Person> {
    let value = |key: &str| session.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let is_shown = matches!(value("Type"), Some("x11" | "wayland" | "mir"))
        && matches!(value("Class"), Some("user" | "user-early"))
        && matches!(value("State"), Some("active" | "online"));
    let name = value("Name").filter(|name| !name.is_empty() && !name.starts_with('-'))?;
    is_shown.then_some(Person { uid: value("User")?.parse().ok()?, name: name.to_owned() })
}

fn show(system: &System, person: &Person, notice: &Notice) -> Option<()> {
    let body = escaped(&notice.body);
    let notify_send = ["notify-send", "--app-name=Recoger", "--icon=dialog-warning", "--", &notice.title, &body];
    if in_session(system, person, &notify_send).is_some() {
        return Some(());
    }
    let (title, body) = (quoted(&notice.title), quoted(&body));
    let call = [
        "gdbus",
        "call",
        "--session",
        "--dest=org.freedesktop.Notifications",
        "--object-path=/org/freedesktop/Notifications",
        "--method=org.freedesktop.Notifications.Notify",
        "Recoger",
        "0",
        "dialog-warning",
        &title,
        &body,
        "[]",
        "{}",
        // Not a bare -1, which would be read as an option.
        "int32 -1",
    ];
    in_session(system, person, &call).map(drop)
}

/// Runs a command as the person, with that person's bus. `None` unless it succeeded.
fn in_session(system: &System, person: &Person, command: &[&str]) -> Option<String> {
    let run_folder = format!("XDG_RUNTIME_DIR=/run/user/{}", person.uid);
    let bus = format!("DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{}/bus", person.uid);
    let own_uid = own_uid(system)?;
    let with_bus = [&[run_folder.as_str(), &bus], command].concat();
    if own_uid == person.uid {
        return system.output("env", &with_bus);
    }
    let as_person = [&["-u", &person.name, "--", "env"], with_bus.as_slice()].concat();
    if own_uid == 0 { system.output("runuser", &as_person) } else { None }
}

/// Who runs this program.
pub(super) fn own_uid(system: &System) -> Option<u32> {
    let status = system.read("/proc/self/status")?;
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

/// Bodies may hold simple markup, so its three signs are written as such.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text as GVariant writes it, for gdbus reads its arguments in that form.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::testing::Machine;

    const ANNA: &str = "User=1000\nName=anna\nType=wayland\nClass=user\nState=active\n";
    const PROPERTIES: &str = "--property=User --property=Name --property=Type --property=Class --property=State";
    const BUS: &str = "env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus";

    fn notice() -> Notice {
        Notice { title: "Not fulfilled: it's on".to_owned(), body: "Settings > A & B".to_owned() }
    }

    fn sessions(sessions: &[&str]) -> Machine {
        let lines: String = (0..sessions.len()).map(|number| format!("{number:>7} 1000 anna seat0 tty2\n")).collect();
        let machine = Machine::new().command("loginctl list-sessions --no-legend", 0, &lines);
        sessions
            .iter()
            .enumerate()
            .fold(machine, |machine, (number, text)| machine.command(&format!("loginctl show-session {number} {PROPERTIES}"), 0, text))
    }

    #[test]
    fn only_people_at_a_screen_are_told_each_once() {
        let others = [
            "User=120\nName=gdm\nType=wayland\nClass=greeter\nState=active\n",
            "User=1001\nName=ben\nType=tty\nClass=user\nState=active\n",
            "User=1002\nName=cleo\nType=x11\nClass=user\nState=closing\n",
            "User=1003\nName=-x\nType=x11\nClass=user\nState=active\n",
        ];
        let machine = sessions(&[&[ANNA, ANNA], &others[..], &["User=1004\nName=dora\nType=x11\nClass=user\nState=online\n"]].concat());
        let names: Vec<String> = people(&machine.system()).into_iter().map(|person| person.name).collect();
        assert_eq!(names, ["anna", "dora"]);
        assert_eq!(people(&Machine::new().system()), []);
    }

    #[test]
    fn root_speaks_as_the_person_and_the_person_as_oneself() {
        let anna = Person { uid: 1000, name: "anna".to_owned() };
        let send = "notify-send --app-name=Recoger --icon=dialog-warning -- Not fulfilled: it's on Settings &gt; A &amp; B";
        let as_root = Machine::new().command(&format!("runuser -u anna -- {BUS} {send}"), 0, "");
        assert_eq!(show(&as_root.system(), &anna, &notice()), Some(()));
        let uid = |uid: u32| format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
        let as_anna = Machine::new().file("/proc/self/status", &uid(1000)).command(&format!("{BUS} {send}"), 0, "");
        assert_eq!(show(&as_anna.system(), &anna, &notice()), Some(()));
        let as_ben = as_anna.file("/proc/self/status", &uid(1001));
        assert_eq!(show(&as_ben.system(), &anna, &notice()), None);
    }

    #[test]
    fn without_notify_send_gdbus_makes_the_same_call() {
        let anna = Person { uid: 1000, name: "anna".to_owned() };
        let call = "gdbus call --session --dest=org.freedesktop.Notifications --object-path=/org/freedesktop/Notifications \
             --method=org.freedesktop.Notifications.Notify Recoger 0 dialog-warning 'Not fulfilled: it\\'s on' 'Settings &gt; A &amp; B' [] {} int32 -1";
        let machine = Machine::new().command(&format!("runuser -u anna -- {BUS} {call}"), 0, "(uint32 7,)\n");
        assert_eq!(show(&machine.system(), &anna, &notice()), Some(()));
        // Nobody is at fault when no notification can be shown.
        tell(&sessions(&[ANNA]).system(), &[notice()]);
    }
}
