//! What is installed: the programs that Windows lists for removal, of the machine and of the people with a desktop.

use crate::agent::report::{Package, Software};
use crate::domain::time::Time;

use super::raw::{Raw, Read, Row};

/// Programs that are listed; a machine with more gives no list, for one cut short would let a check for forbidden software pass.
const PROGRAMS_MAX: usize = 20_000;
/// What `source` says.
const SOURCE: &str = "windows";

/// All lists together, sorted; `None` when one of them could not be read.
pub(super) fn software(inventory: Raw, now: Time) -> Option<Software> {
    let machine = inventory.rows("programs").found()?;
    // There is none on a Windows of 32 bits.
    let machine_32 = present(inventory.rows("programs_32"))?;
    let mut items: Vec<Package> = machine.iter().chain(&machine_32).filter_map(|row| package(*row)).collect();
    let people = inventory.part("programs_of_people");
    for (sid, _) in people.parts() {
        // Somebody who has installed nothing has no list.
        items.extend(present(people.rows(sid))?.iter().filter_map(|row| package(*row)));
    }
    items.sort();
    items.dedup();
    (!items.is_empty() && items.len() <= PROGRAMS_MAX).then_some(Software { collected_at: Some(now), items })
}

fn present<'a>(read: Read<Vec<Row<'a>>>) -> Option<Vec<Row<'a>>> {
    match read {
        Read::Found(rows) => Some(rows),
        Read::Absent => Some(Vec::new()),
        Read::Failed => None,
    }
}

fn package(row: Row) -> Option<Package> {
    Some(Package {
        name: row.text("DisplayName")?,
        version: row.text("DisplayVersion").unwrap_or_default(),
        publisher: row.text("Publisher"),
        source: SOURCE.to_owned(),
    })
}

/// Password managers by how their entries begin, in lower case.
const PASSWORD_MANAGERS: &[&str] =
    &["1password", "bitwarden", "keepass", "enpass", "proton pass", "dashlane", "keeper ", "nordpass", "roboform", "lastpass"];

/// True when one of the known password managers is installed, else unknown: it may be a browser's extension.
pub(super) fn password_manager(inventory: Raw, now: Time) -> Option<bool> {
    let items = software(inventory, now)?.items;
    items.iter().any(|item| PASSWORD_MANAGERS.iter().any(|known| item.name.to_lowercase().starts_with(known))).then_some(true)
}
