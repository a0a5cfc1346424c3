//! For tests of other modules: looks into the file where no function of the store does.

use super::Root;

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
