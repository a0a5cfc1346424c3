//! What exceptions do to verdicts: which hold for a subject, when, and which subjects a change of one concerns.

use rusqlite::{OptionalExtension, params};

use super::{COLUMNS, Exception, from_row};
use crate::domain::compliance::{CheckStatus, Judgement};
use crate::domain::exception::{self, ExceptionScope, Span, SubjectType};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::tx::{Tx, WriteTx};
use crate::store::{devices, services};

/// A device or service that exceptions may hold for.
#[derive(Clone, Copy)]
pub(in crate::store) struct Bearer<'s> {
    pub(in crate::store) subject_type: SubjectType,
    pub(in crate::store) id: &'s str,
    pub(in crate::store) tags: &'s [String],
    /// Begin of the version of its record that has these tags.
    pub(in crate::store) since: Time,
}

/// Lays the exceptions of `bearer` over the failures in `judgement`, which is that of `at`. They begin when they were recorded, or when the
/// subject got their tag; what they change by time alone later is in `changes_at`.
pub(in crate::store) fn lay_over(tx: &Tx, bearer: Bearer, judgement: &mut Judgement, at: Time) -> Result<()> {
    // Most subjects fail nothing: then there is nothing to look up.
    if judgement.verdicts.iter().any(|verdict| verdict.status == CheckStatus::Fail) {
        let spans = spans(tx, bearer, at)?;
        let next = exception::lay_over(&mut judgement.verdicts, &spans, at);
        judgement.changes_at = crate::domain::earlier(judgement.changes_at, next);
    }
    Ok(())
}

/// The exceptions that were in force for a subject with `tags` at `at`, those that last longest first.
pub fn in_force_at(tx: &Tx, subject_type: SubjectType, id: &str, tags: &[String], at: Time) -> Result<Vec<Exception>> {
    let mut found = of_subject(tx, subject_type, id, tags, at)?;
    found.retain(|exception| exception.recorded_at <= at);
    found.sort_by(|a, b| (b.until, &a.id).cmp(&(a.until, &b.id)));
    Ok(found)
}

/// When each exception that is not over at `at` holds for `bearer`.
fn spans(tx: &Tx, bearer: Bearer, at: Time) -> Result<Vec<Span>> {
    let found = of_subject(tx, bearer.subject_type, bearer.id, bearer.tags, at)?;
    let span = |exception: Exception| {
        let since = match &exception.scope {
            ExceptionScope::Tag(tag) if at < bearer.since => exception.recorded_at.max(tagged_since(tx, bearer.id, tag)?),
            _ => exception.recorded_at,
        };
        Ok(Span { check_id: exception.check_id, since, until: exception.until })
    };
    found.into_iter().map(span).collect()
}

/// Exceptions for a subject with `tags` that end after `at`.
fn of_subject(tx: &Tx, subject_type: SubjectType, id: &str, tags: &[String], at: Time) -> Result<Vec<Exception>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM exception e WHERE e.subject_id = ?1 AND e.tenant_id = ?2 AND e.until > ?3");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut found: Vec<Exception> = statement.query_map(params![id, tx.tenant_id, at.0], from_row)?.collect::<rusqlite::Result<_>>()?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM exception e WHERE e.tenant_id = ?1 AND e.subject_type = ?2 AND e.tag = ?3 AND e.until > ?4");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    for tag in tags {
        let rows = statement.query_map(params![tx.tenant_id, subject_type.as_str(), tag, at.0], from_row)?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// Since when a subject that has `tag` now has had it without a break; from the beginning if it always did.
fn tagged_since(tx: &Tx, id: &str, tag: &str) -> Result<Time> {
    let sql = "SELECT max(until) FROM record_past WHERE record_id = ?1 AND tenant_id = ?2
               AND NOT EXISTS (SELECT 1 FROM json_each(record_past.data, '$.tags') WHERE value = ?3)";
    let last: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![id, tx.tenant_id, tag], |row| row.get(0))?;
    Ok(last.map_or(Time(i64::MIN), Time))
}

/// Has those judged again whose verdict an exception changes, of all subjects that stand as `status` in its check: one by its id at once,
/// those of a tag as soon as [`crate::store::due::apply_due`] comes to them, but dated now.
///
/// A tag may be on every device. Marking them is one statement over those that fail, or are spared, in this one check: the 2,000 that fail
/// of 10,000 take 30 ms (`cargo bench -- --judging`). Judging them in the same transaction would keep all reports waiting for as long as that
/// many reports take.
pub(super) fn rejudge(tx: &WriteTx, exception: &Exception, status: CheckStatus) -> Result<()> {
    let table = exception.subject_type.as_str();
    // SQL: the table is one of two constant words; all values are bound.
    let sql = format!(
        "UPDATE {table} SET changes_at = min(coalesce(changes_at, ?1), ?1)
         WHERE id IN (SELECT subject_id FROM verdict WHERE tenant_id = ?2 AND check_id = ?3 AND status = ?4)
         AND tenant_id = ?2 AND retired_at IS NULL AND (id = ?5 OR EXISTS (SELECT 1 FROM json_each({table}.tags) WHERE value = ?6))"
    );
    let (subject_id, tag) = match &exception.scope {
        ExceptionScope::Subject(id) => (Some(id), None),
        ExceptionScope::Tag(tag) => (None, Some(tag)),
    };
    let values = params![tx.now.0, tx.tenant_id, exception.check_id, status.as_str(), subject_id, tag];
    tx.connection.prepare_cached(&sql)?.execute(values)?;
    match (&exception.scope, exception.subject_type) {
        (ExceptionScope::Subject(id), SubjectType::Device) => devices::settle_one(tx, id),
        (ExceptionScope::Subject(id), SubjectType::Service) => services::settle_one(tx, id),
        (ExceptionScope::Tag(_), _) => Ok(()),
    }
}

/// Refuses whatever is no device or service of the tenant that is in the inventory.
pub(in crate::store) fn require_subject(tx: &Tx, subject_type: SubjectType, id: &str) -> Result<()> {
    let table = subject_type.as_str();
    // SQL: the table is one of two constant words; all values are bound.
    let sql = format!("SELECT 1 FROM {table} WHERE id = ?1 AND tenant_id = ?2 AND retired_at IS NULL");
    let found: Option<i64> = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], |row| row.get(0)).optional()?;
    found.map(drop).ok_or_else(|| Error::invalid(format!("`subject_id` must be that of a {table}")))
}
