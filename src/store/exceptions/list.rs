//! Lists of exceptions: filters, order, pages.

use rusqlite::params_from_iter;
use rusqlite::types::Value as Parameter;

use super::{COLUMNS, Exception, from_row};
use crate::domain::exception::{ExceptionState, SubjectType};
use crate::error::Result;
use crate::store::tx::Tx;

/// Which exceptions.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those about such things.
    pub subject_type: Option<SubjectType>,
    /// Only those recorded for this subject itself, not by a tag.
    pub subject_id: Option<String>,
    /// Only those recorded for this tag.
    pub tag: Option<String>,
    /// Only those of this check.
    pub check_id: Option<String>,
    /// Only those that stand so now.
    pub state: Option<ExceptionState>,
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when it was recorded.
    RecordedAt,
    /// By its last day.
    ExpiresOn,
}

/// A part of an ordered list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Ordered by what; ties by id in the same direction.
    pub sort: Sort,
    /// The last first.
    pub descending: bool,
    /// Exceptions passed over.
    pub skip: i64,
    /// Exceptions at most.
    pub limit: i64,
}

/// A page of the exceptions, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, page: Page) -> Result<(Vec<Exception>, u64)> {
    let (conditions, mut parameters) = conditions(tx, filter);
    // SQL: conditions are constants of this file; all values are bound.
    let sql = format!("SELECT count(*) FROM exception e WHERE {conditions}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM exception e WHERE {conditions} {} LIMIT ? OFFSET ?", order(page));
    parameters.extend([Parameter::Integer(page.limit), Parameter::Integer(page.skip)]);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((found, total.unsigned_abs()))
}

/// The ids of all that match, in the order of `page` but of all pages.
pub fn ids(tx: &Tx, filter: &Filter, page: Page) -> Result<Vec<String>> {
    let (conditions, parameters) = conditions(tx, filter);
    // SQL: as above.
    let sql = format!("SELECT e.id FROM exception e WHERE {conditions} {}", order(page));
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(&parameters), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

fn order(page: Page) -> &'static str {
    match (page.sort, page.descending) {
        (Sort::RecordedAt, true) => "ORDER BY e.recorded_at DESC, e.id DESC",
        (Sort::RecordedAt, false) => "ORDER BY e.recorded_at, e.id",
        (Sort::ExpiresOn, true) => "ORDER BY e.expires_on DESC, e.id DESC",
        (Sort::ExpiresOn, false) => "ORDER BY e.expires_on, e.id",
    }
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> (String, Vec<Parameter>) {
    let mut conditions = vec!["e.tenant_id = ?"];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: Option<&str>| {
        if let Some(value) = value {
            conditions.push(condition);
            parameters.push(Parameter::Text(value.to_owned()));
        }
    };
    add("e.subject_type = ?", filter.subject_type.map(SubjectType::as_str));
    add("e.subject_id = ?", filter.subject_id.as_deref());
    add("e.tag = ?", filter.tag.as_deref());
    add("e.check_id = ?", filter.check_id.as_deref());
    match filter.state {
        None => {}
        Some(ExceptionState::Revoked) => conditions.push("e.revoked_at IS NOT NULL"),
        Some(state) => {
            conditions.push("e.revoked_at IS NULL");
            conditions.push(if state == ExceptionState::Active { "e.until > ?" } else { "e.until <= ?" });
            parameters.push(Parameter::Integer(tx.now.0));
        }
    }
    (conditions.join(" AND "), parameters)
}
