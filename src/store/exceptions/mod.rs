//! Exceptions: recorded, revoked, listed; what they do to verdicts is in `effect`, their end by time in `due`.

mod change;
mod due;
mod effect;
mod list;
#[cfg(test)]
mod tests;

use rusqlite::{OptionalExtension, Row, params};

use super::tx::Tx;
use super::word::{day, word};
use crate::domain::exception::{Exception, ExceptionScope, SubjectType};
use crate::domain::time::Time;
use crate::error::{Error, Result};

pub use change::{NewException, create, revoke};
pub use due::{apply_due, next_due};
pub use effect::in_force_at;
pub use list::{Filter, Page, Sort, ids, list};

pub(super) use effect::{Bearer, lay_over, require_subject};

const COLUMNS: &str =
    "e.id, e.subject_type, e.subject_id, e.tag, e.check_id, e.reason, e.compensating_measure, e.requested_by, e.approved_by,
    e.self_approved, e.expires_on, e.recorded_at, e.until, e.revoked_at, e.revoked_by";

/// The exception called `id`, ended or not.
pub fn get(tx: &Tx, id: &str) -> Result<Exception> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM exception e WHERE e.id = ?1 AND e.tenant_id = ?2");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?;
    found.ok_or_else(|| Error::not_found("Exception"))
}

fn from_row(row: &Row) -> rusqlite::Result<Exception> {
    let scope = match (row.get::<_, Option<String>>(2)?, row.get::<_, Option<String>>(3)?) {
        (Some(id), _) => ExceptionScope::Subject(id),
        // The schema has one of the two.
        (None, tag) => ExceptionScope::Tag(tag.unwrap_or_default()),
    };
    let revoked_by = row.get(14)?;
    Ok(Exception {
        id: row.get(0)?,
        subject_type: word(row, 1, SubjectType::parse)?,
        scope,
        check_id: row.get(4)?,
        reason: row.get(5)?,
        compensating_measure: row.get(6)?,
        requested_by: row.get(7)?,
        approved_by: row.get(8)?,
        self_approved: row.get(9)?,
        expires_on: day(row, 10)?,
        recorded_at: Time(row.get(11)?),
        until: Time(row.get(12)?),
        revoked: row.get::<_, Option<i64>>(13)?.map(|at| (Time(at), revoked_by)),
    })
}
