//! Whether the person at the screen is administrator, by groups and who is logged in.

use std::collections::BTreeSet;

use super::{OsqueryRow, OsqueryTables, all};
use crate::domain::device::OsType;

/// The group of administrators of any Windows: its name is another in each language.
const WINDOWS_ADMINISTRATORS: &str = "S-1-5-32-544";

/// True for members of an administrators' group. That somebody is none is known where groups alone decide: on macOS, and for local accounts
/// on Windows. On Linux rules may name anybody. Several people at the screen must be of one kind.
pub(super) fn local_admin(tables: &OsqueryTables, os_type: OsType) -> Option<bool> {
    let people = people_at_screen(tables, os_type);
    if people.is_empty() {
        return None;
    }
    let administrators = administrators(tables, os_type);
    let members = tables.rows("user_groups");
    let answers: Vec<Option<bool>> = people
        .iter()
        .map(|person| {
            let uid = person.text("uid")?;
            let groups: Vec<&str> = members.iter().filter(|row| row.text("uid") == Some(uid)).filter_map(|row| row.text("gid")).collect();
            let known = !groups.is_empty() && !administrators.is_empty();
            let decides = match os_type {
                OsType::Macos => true,
                OsType::Windows => person.is("type", "local"),
                _ => false,
            };
            match groups.iter().any(|gid| administrators.contains(gid)) {
                true => Some(true),
                false if known && decides => Some(false),
                false => None,
            }
        })
        .collect();
    if answers.iter().all(|answer| *answer == answers[0]) { all(answers) } else { None }
}

/// Ids of the groups whose members may do everything.
fn administrators(tables: &OsqueryTables, os_type: OsType) -> BTreeSet<&str> {
    let is = |row: &&OsqueryRow| match os_type {
        OsType::Windows => row.is("group_sid", WINDOWS_ADMINISTRATORS),
        OsType::Macos => row.text("groupname") == Some("admin"),
        _ => matches!(row.text("groupname"), Some("sudo" | "wheel" | "admin")),
    };
    tables.rows("groups").iter().filter(is).filter_map(|row| row.text("gid")).collect()
}

/// The rows of `users` for those who sit before the machine; remote sessions are not meant.
fn people_at_screen(tables: &OsqueryTables, os_type: OsType) -> Vec<&OsqueryRow> {
    let here = |row: &&OsqueryRow| match os_type {
        OsType::Windows => row.is("type", "active") && row.text("tty").is_none_or(|tty| tty.eq_ignore_ascii_case("console")),
        OsType::Macos => row.is("type", "user") && row.text("tty") == Some("console"),
        _ => {
            row.is("type", "user")
                && row.text("tty").is_some_and(|tty| tty.starts_with(':') || tty.starts_with("seat") || is_virtual_console(tty))
        }
    };
    let sessions: Vec<&OsqueryRow> = tables.rows("logged_in_users").iter().filter(here).collect();
    let is_his = |user: &OsqueryRow, session: &OsqueryRow| match (os_type, session.text("sid")) {
        (OsType::Windows, Some(sid)) => user.is("uuid", sid),
        _ => user.text("username").is_some() && user.text("username") == session.text("user"),
    };
    let users = tables.rows("users").iter().filter(|user| sessions.iter().any(|session| is_his(user, session)));
    users.collect()
}

/// `tty2` is one, `tty` alone or a serial line is none.
fn is_virtual_console(tty: &str) -> bool {
    tty.strip_prefix("tty").is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
