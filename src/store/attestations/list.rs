//! Lists of attestations: filters and pages, and those that held at a moment.

use rusqlite::types::Value as Parameter;
use rusqlite::{params, params_from_iter};

use super::{Attestation, COLUMNS, from_row, with_files};
use crate::domain::attestation::AttestationState;
use crate::domain::exception::SubjectType;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::tx::Tx;

/// Which attestations.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those about such things.
    pub subject_type: Option<SubjectType>,
    /// Only those about this subject.
    pub subject_id: Option<String>,
    /// Only those about controls of this framework.
    pub framework_id: Option<String>,
    /// Only those about controls of this id.
    pub control_id: Option<String>,
    /// Only those that speak of this check.
    pub check_id: Option<String>,
    /// Only those that stand so now.
    pub state: Option<AttestationState>,
}

/// A page of the attestations, the newest first, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, skip: i64, limit: i64) -> Result<(Vec<Attestation>, u64)> {
    let (conditions, mut parameters) = conditions(tx, filter);
    // SQL: conditions are constants of this file; all values are bound.
    let sql = format!("SELECT count(*) FROM attestation a WHERE {conditions}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM attestation a WHERE {conditions} ORDER BY a.created_at DESC, a.id DESC LIMIT ? OFFSET ?");
    parameters.extend([Parameter::Integer(limit), Parameter::Integer(skip)]);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(&parameters), from_row)?.map(|row| with_files(tx, row?)).collect::<Result<_>>()?;
    Ok((found, total.unsigned_abs()))
}

/// The ids of all that match, in the order of the list.
pub fn ids(tx: &Tx, filter: &Filter) -> Result<Vec<String>> {
    let (conditions, parameters) = conditions(tx, filter);
    // SQL: as above.
    let sql = format!("SELECT a.id FROM attestation a WHERE {conditions} ORDER BY a.created_at DESC, a.id DESC");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(&parameters), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// All that held at `at`, by what was recorded by then, the oldest first: for reports.
pub fn valid_at(tx: &Tx, at: Time) -> Result<Vec<Attestation>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM attestation a WHERE a.tenant_id = ?1 AND a.created_at <= ?2 AND a.until > ?2 ORDER BY a.created_at, a.id"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    statement.query_map(params![tx.tenant_id, at.0], from_row)?.map(|row| with_files(tx, row?)).collect()
}

/// Those that spoke of a check of the device or service `subject_id` at `at`, by what was recorded by then, the one that lasts longest first;
/// without their files.
pub fn on_checks_of(tx: &Tx, subject_id: &str, at: Time) -> Result<Vec<Attestation>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM attestation a WHERE a.subject_id = ?1 AND a.tenant_id = ?2 AND a.check_id IS NOT NULL AND a.created_at <= ?3
             AND a.until > ?3 ORDER BY a.until DESC, a.id"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params![subject_id, tx.tenant_id, at.0], from_row)?.collect::<rusqlite::Result<_>>()?)
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> (String, Vec<Parameter>) {
    let mut conditions = vec!["a.tenant_id = ?"];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: Option<&str>| {
        if let Some(value) = value {
            conditions.push(condition);
            parameters.push(Parameter::Text(value.to_owned()));
        }
    };
    add("a.subject_type = ?", filter.subject_type.map(SubjectType::as_str));
    add("a.subject_id = ?", filter.subject_id.as_deref());
    add("a.framework_id = ?", filter.framework_id.as_deref());
    add("a.control_id = ?", filter.control_id.as_deref());
    add("a.check_id = ?", filter.check_id.as_deref());
    match filter.state {
        None => {}
        Some(AttestationState::Revoked) => conditions.push("a.revoked_at IS NOT NULL"),
        Some(state) => {
            conditions.push("a.revoked_at IS NULL");
            conditions.push(if state == AttestationState::Valid { "a.until > ?" } else { "a.until <= ?" });
            parameters.push(Parameter::Integer(tx.now.0));
        }
    }
    (conditions.join(" AND "), parameters)
}
