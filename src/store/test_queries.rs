//! For tests of other modules: looks into the file where no function of the store does.

use super::{Root, Store};
use crate::domain::time::Time;

impl Root<'_> {
    /// The first column of each row, as text.
    pub(crate) fn test_texts(&self, sql: &str, values: &[&str]) -> Vec<String> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Runs a change.
    pub(crate) fn test_execute(&self, sql: &str, values: &[&str]) {
        self.connection.execute(sql, rusqlite::params_from_iter(values)).unwrap();
    }
}

/// A tenant with default settings and no entry in any chain.
pub(crate) fn add_bare_tenant(store: &Store, id: &'static str) {
    store
        .write_root(Time(0), move |root| {
            root.connection.execute("INSERT INTO tenant (id, name, plan, created_at) VALUES (?1, ?1, 'enterprise', 0)", [id])?;
            root.connection.execute("INSERT INTO settings_version (tenant_id, version, since, data) VALUES (?1, 1, 0, '{}')", [id])?;
            Ok(())
        })
        .unwrap();
}
