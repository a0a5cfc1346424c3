//! For tests of other modules: looks into the file where no function of the store does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

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

impl Store {
    /// Notes from now on each statement that a reader runs.
    pub(crate) fn test_trace_readers(&self) -> Arc<Mutex<BTreeSet<String>>> {
        let statements = Arc::<Mutex<BTreeSet<String>>>::default();
        self.readers.test_each_idle(|connection| {
            let statements = statements.clone();
            let note = move |event: TraceEvent<'_>| {
                if let TraceEvent::Stmt(statement, _) = event {
                    statements.lock().unwrap().insert(statement.sql().into_owned());
                }
            };
            connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
        });
        statements
    }

    /// How SQLite would run `sql`: one line for each step.
    pub(crate) fn test_plan(&self, sql: &str) -> Vec<String> {
        let plan = |root: &Root| {
            let mut statement = root.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            // Raw: a plan needs nothing bound.
            let (mut rows, mut steps) = (statement.raw_query(), Vec::new());
            while let Some(row) = rows.next()? {
                steps.push(row.get(3)?);
            }
            Ok(steps)
        };
        self.read_root(Time(0), plan).unwrap()
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
