//! The end of exceptions by time: an event of its own. What ends with them in verdicts is applied where those are.

use rusqlite::params;

use super::change::described;
use super::{COLUMNS, Exception, from_row};
use crate::domain::audit::Event;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::EXPIRE_EXCEPTIONS_MAX;
use crate::store::audit::{self, Entry};
use crate::store::tx::{Actor, Root, WriteRoot};

/// When the next exception ends by time.
pub fn next_due(root: &Root) -> Result<Option<Time>> {
    let sql = "SELECT min(until) FROM exception WHERE revoked_at IS NULL AND expiry_logged = 0";
    let next: Option<i64> = root.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(next.map(Time))
}

/// Logs the end of some of those that are over, each once, and says how many that were. The moment of the end stands in the entry: it is
/// before that of the entry after a downtime.
pub fn apply_due(root: &WriteRoot) -> Result<usize> {
    // SQL: COLUMNS is a constant list of names, the limit a constant number.
    let sql = format!(
        "SELECT {COLUMNS}, e.tenant_id AS tenant_id FROM exception e WHERE e.revoked_at IS NULL AND e.expiry_logged = 0 AND e.until <= ?1
         ORDER BY e.until, e.id LIMIT {EXPIRE_EXCEPTIONS_MAX}"
    );
    let mut statement = root.connection.prepare_cached(&sql)?;
    let due: Vec<(Exception, String)> =
        statement.query_map([root.now.0], |row| Ok((from_row(row)?, row.get("tenant_id")?)))?.collect::<rusqlite::Result<_>>()?;
    for (exception, tenant_id) in &due {
        let tx = root.tenant_write(tenant_id, Actor::system());
        tx.connection.prepare_cached("UPDATE exception SET expiry_logged = 1 WHERE id = ?1")?.execute(params![exception.id])?;
        let metadata =
            described(exception).with("expires_on", exception.expires_on.to_string()).with("ended_at", exception.until.to_string());
        audit::record(&tx, Entry::new(Event::ExceptionExpired, "exception", &exception.id, metadata))?;
    }
    Ok(due.len())
}
