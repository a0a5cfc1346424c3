//! Installed programs, and whether one of them is a password manager.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{OsqueryRow, OsqueryTables};
use crate::domain::device::OsType;

/// Password managers by the beginning of their names, in lower case.
const PASSWORD_MANAGERS: &[&str] = &[
    "1password",
    "bitwarden",
    "dashlane",
    "enpass",
    "keepassxc",
    "keeper password manager",
    "lastpass",
    "nordpass",
    "proton pass",
    "roboform",
    "strongbox",
];

/// A program: name, version, publisher, and which table told it.
type Item<'t> = (&'t str, String, Option<&'t str>, &'static str);

/// The section; `None` unless the system's own list was sent and has rows: half a list would let a check for forbidden software pass.
pub(super) fn software(tables: &OsqueryTables, os_type: OsType) -> Option<Map<String, Value>> {
    let own: &[&str] = match os_type {
        OsType::Macos => &["apps"],
        OsType::Windows => &["programs"],
        OsType::Linux => &["deb_packages", "rpm_packages"],
        _ => &[],
    };
    if own.iter().all(|table| tables.rows(table).is_empty()) {
        return None;
    }
    let items = items(tables).into_iter().map(|(name, version, publisher, source)| {
        let mut item = json!({ "name": name, "version": version, "source": source });
        if let Some(publisher) = publisher {
            item["publisher"] = json!(publisher);
        }
        item
    });
    Some(Map::from_iter([("items".to_owned(), Value::Array(items.collect()))]))
}

/// True when one is among the programs or extensions, else unknown: it may be where nobody looks.
pub(super) fn password_manager(tables: &OsqueryTables) -> Option<bool> {
    let is_one = |name: &str| {
        let name = name.to_lowercase();
        PASSWORD_MANAGERS
            .iter()
            .any(|known| name.strip_prefix(known).is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric())))
    };
    items(tables).iter().any(|(name, ..)| is_one(name)).then_some(true)
}

fn items(tables: &OsqueryTables) -> BTreeSet<Item<'_>> {
    let mut items = BTreeSet::new();
    let sources: [(&str, Reader); 6] = [
        ("deb_packages", deb),
        ("rpm_packages", rpm),
        ("apps", app),
        ("programs", program),
        ("homebrew_packages", homebrew),
        ("chrome_extensions", extension),
    ];
    for (table, read) in sources {
        items.extend(tables.rows(table).iter().filter_map(read));
    }
    items
}

type Reader = for<'t> fn(&'t OsqueryRow) -> Option<Item<'t>>;

fn version(row: &OsqueryRow, column: &str) -> String {
    row.text(column).unwrap_or("").to_owned()
}

/// Removed packages whose configuration is left do not count. osquery gives the revision behind the version in a column of its own.
fn deb(row: &OsqueryRow) -> Option<Item<'_>> {
    let installed = row.text("status").is_none_or(|status| status.ends_with("installed") && !status.ends_with("not-installed"));
    let publisher = row.text("maintainer").and_then(|name| name.split('<').next()).map(str::trim).filter(|name| !name.is_empty());
    Some((row.text("name")?, version(row, "version"), publisher, "dpkg")).filter(|_| installed)
}

/// Keys that signatures are checked with look like packages and are none.
fn rpm(row: &OsqueryRow) -> Option<Item<'_>> {
    let name = row.text("name").filter(|name| *name != "gpg-pubkey")?;
    let epoch = row.text("epoch").filter(|epoch| *epoch != "0").map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let release = row.text("release").map(|release| format!("-{release}")).unwrap_or_default();
    Some((name, format!("{epoch}{}{release}", version(row, "version")), row.text("vendor"), "rpm"))
}

fn app(row: &OsqueryRow) -> Option<Item<'_>> {
    let name = row.text("name")?;
    let number = if row.text("bundle_short_version").is_some() { "bundle_short_version" } else { "bundle_version" };
    Some((name.strip_suffix(".app").unwrap_or(name), version(row, number), None, "app"))
}

fn program(row: &OsqueryRow) -> Option<Item<'_>> {
    Some((row.text("name")?, version(row, "version"), row.text("publisher"), "program"))
}

fn homebrew(row: &OsqueryRow) -> Option<Item<'_>> {
    Some((row.text("name")?, version(row, "version"), None, "homebrew"))
}

fn extension(row: &OsqueryRow) -> Option<Item<'_>> {
    Some((row.text("name")?, version(row, "version"), row.text("author"), "browser_extension"))
}
