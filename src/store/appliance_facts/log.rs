//! What is known of the tenant's audit log: whether it is whole, how far back it reaches, whether anything was removed.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::Field;
use crate::domain::time::{DAY, Time};
use crate::error::Result;
use crate::store::tx::Tx;
use crate::store::{audit_anchor, audit_check};

/// The facts `audit.*` that rest on rows.
pub(super) fn facts(tx: &Tx, at: Time) -> Result<Vec<Field>> {
    let checked = audit_check::last(tx, at)?;
    let mut fields: Vec<Field> = vec![
        ("audit.chain_ok", checked.as_ref().map(|check| check.broken_seq.is_none()).into()),
        ("audit.chain_checked_at", checked.map_or(Value::Null, |check| check.checked_at.to_string().into())),
    ];
    let anchor = audit_anchor::of(tx.connection, &tx.tenant_id)?;
    // What was removed after the moment was there then, and nobody knows any more how old it was.
    if anchor.as_ref().is_none_or(|anchor| anchor.created_at <= at) {
        fields.push(("audit.pruned", anchor.is_some().into()));
        fields.push(("audit.oldest_entry_age_days", oldest_entry_age(tx, at)?.into()));
    }
    Ok(fields)
}

fn oldest_entry_age(tx: &Tx, at: Time) -> Result<Option<i64>> {
    let sql = "SELECT created_at FROM audit_log WHERE chain = ?1 ORDER BY seq LIMIT 1";
    let oldest: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id], |row| row.get(0)).optional()?;
    Ok(oldest.filter(|oldest| *oldest <= at.0).map(|oldest| at.seconds_since(Time(oldest)) / DAY))
}
