//! Values of the Windows registry, looked up by path without regard to case.

use std::collections::BTreeMap;

use super::OsqueryTables;

/// The values that were sent.
pub(super) struct Registry<'t>(BTreeMap<String, &'t str>);

impl<'t> Registry<'t> {
    pub(super) fn of(tables: &'t OsqueryTables) -> Registry<'t> {
        let values = tables.rows("registry").iter().filter_map(|row| {
            let path = match (row.text("path"), row.text("key"), row.text("name")) {
                (Some(path), ..) => path.to_owned(),
                (None, Some(key), Some(name)) => format!("{key}\\{name}"),
                _ => return None,
            };
            Some((path.to_lowercase(), row.text("data")?))
        });
        Registry(values.collect())
    }

    pub(super) fn text(&self, path: &str) -> Option<&'t str> {
        self.0.get(&path.to_lowercase()).copied()
    }

    pub(super) fn integer(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }

    /// The people whose settings were sent, by the security identifiers of accounts; the identifiers are in lower case.
    pub(super) fn people(&self) -> Vec<String> {
        let keys = self.0.keys().filter_map(|path| path.strip_prefix("hkey_users\\")?.split('\\').next());
        let mut people: Vec<String> =
            keys.filter(|sid| sid.starts_with("s-1-5-21-") && !sid.ends_with("_classes")).map(str::to_owned).collect();
        people.dedup();
        people
    }
}
