//! Security reviews: recorded once, kept for ever, and what they do to the service.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::audit::{self, Entry};
use super::files::{self, Parent};
use super::findings;
use super::services::{self, answers, places, replace, require_owned, source_of};
use super::settings;
use super::tx::{Tx, WriteTx};
use super::word::{day, word};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata, hex};
use crate::domain::device::Source;
use crate::domain::evidence_file::{NewFile, StoredFile};
use crate::domain::review::{Review, ReviewOutcome, Statement};
use crate::domain::time::Time;
use crate::error::{Error, Result};

pub(super) const COLUMNS: &str =
    "id, service_id, review_date, next_review_date, findings, outcome, finding_items, sso_enabled, mfa_enforced,
    audit_logging_enabled, encryption_at_rest, data_location, source, recorded_late_days, created_by, created_at";

/// Records a review of the service `service_id`: the answers given update it, and its next review is due as stated. With a `person` the
/// service must be that person's.
pub fn create(tx: &WriteTx, service_id: &str, mut statement: Statement, files: &[NewFile], person: Option<&str>) -> Result<Review> {
    let service = services::get(tx, service_id)?;
    require_owned(&service, person)?;
    let today = tx.now.date_in(settings::current(tx)?.settings.time_zone);
    if statement.review_date > today {
        return Err(Error::invalid("`review_date` lies in the future"));
    }
    if statement.next_review_date.is_some_and(|next| next <= statement.review_date) {
        return Err(Error::invalid("`next_review_date` must lie after `review_date`"));
    }
    for owner_id in statement.finding_items.iter().filter_map(|item| item.owner_id.as_deref()) {
        require_user(tx, owner_id)?;
    }
    let too_far = || Error::invalid("`review_date` is too far away");
    statement.finding_items.iter_mut().for_each(|item| item.id = new_id("find", tx.now));
    let mut review = Review {
        id: new_id("rev", tx.now),
        service_id: service_id.to_owned(),
        next_review_date: statement.next_review_date.or(service.record.due_after(statement.review_date)).ok_or_else(too_far)?,
        source: source_of(tx),
        recorded_late_days: (today - statement.review_date).num_days(),
        created_by: tx.actor.id.clone(),
        created_at: tx.now,
        statement,
        files: Vec::new(),
    };
    insert(tx, &review)?;
    findings::open(tx, &review)?;
    review.files = files::add(tx, Parent::Review(&review.id), files)?;
    log(tx, &review)?;
    let statement = &review.statement;
    let mut record = service.record.clone();
    record.take_review(statement.review_date, statement.next_review_date, &statement.answers);
    replace(tx, service, record)?;
    Ok(review)
}

/// A page of the reviews of a service, retired or not, the latest day first, and how many there are in all.
pub fn list(tx: &Tx, service_id: &str, skip: i64, limit: i64) -> Result<(Vec<Review>, u64)> {
    let sql = "SELECT count(*) FROM security_review WHERE service_id = ?1 AND tenant_id = ?2";
    let total: i64 = tx.connection.prepare_cached(sql)?.query_row(params![service_id, tx.tenant_id], |row| row.get(0))?;
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM security_review WHERE service_id = ?1 AND tenant_id = ?2 ORDER BY review_date DESC, id DESC LIMIT ?3 OFFSET ?4"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![service_id, tx.tenant_id, limit, skip], from_row)?;
    let with_files = |review: rusqlite::Result<Review>| {
        let review = review?;
        Ok(Review { files: files::of(tx, Parent::Review(&review.id))?, ..review })
    };
    Ok((rows.map(with_files).collect::<Result<_>>()?, total.unsigned_abs()))
}

/// A file of the review `id` of the service `service_id`, with its content.
pub fn file(tx: &Tx, service_id: &str, id: &str, file_id: &str) -> Result<(StoredFile, Vec<u8>)> {
    let sql = "SELECT 1 FROM security_review WHERE id = ?1 AND service_id = ?2 AND tenant_id = ?3";
    let found: Option<i64> =
        tx.connection.prepare_cached(sql)?.query_row(params![id, service_id, tx.tenant_id], |row| row.get(0)).optional()?;
    found.ok_or_else(|| Error::not_found("Review"))?;
    files::content(tx, Parent::Review(id), file_id)
}

fn insert(tx: &WriteTx, review: &Review) -> Result<()> {
    let (statement, given) = (&review.statement, &review.statement.answers);
    let sql = "INSERT INTO security_review (id, tenant_id, service_id, review_date, next_review_date, findings, outcome, finding_items,
                   sso_enabled, mfa_enforced, audit_logging_enabled, encryption_at_rest, data_location, source, recorded_late_days,
                   created_by, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    tx.connection.prepare_cached(sql)?.execute(params![
        review.id,
        tx.tenant_id,
        review.service_id,
        statement.review_date.to_string(),
        review.next_review_date.to_string(),
        statement.findings,
        statement.outcome.map(ReviewOutcome::as_str),
        json!(statement.finding_items).to_string(),
        given.sso_enabled,
        given.mfa_enforced,
        given.audit_logging_enabled,
        given.encryption_at_rest,
        places(given),
        review.source.as_str(),
        review.recorded_late_days,
        review.created_by,
        review.created_at.0,
    ])?;
    Ok(())
}

/// Logs a review without what it found: that stands in the review alone.
fn log(tx: &WriteTx, review: &Review) -> Result<()> {
    let (statement, given) = (&review.statement, &review.statement.answers);
    let metadata = Metadata::new()
        .with("service_id", review.service_id.as_str())
        .with("review_date", statement.review_date.to_string())
        .with("next_review_date", review.next_review_date.to_string())
        .with("outcome", json!(statement.outcome))
        .with("finding_items", statement.finding_items.len())
        .with("files", review.files.iter().map(|file| json!(hex(&file.sha256))).collect::<Vec<_>>())
        .with("answers", json!(given))
        .with("recorded_late_days", review.recorded_late_days);
    audit::record(tx, Entry::new(Event::ReviewCreated, "review", &review.id, metadata))
}

fn from_row(row: &Row) -> rusqlite::Result<Review> {
    let outcome = match row.get_ref(5)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(word(row, 5, ReviewOutcome::parse)?),
    };
    let next_review_date = day(row, 3)?;
    Ok(Review {
        id: row.get(0)?,
        service_id: row.get(1)?,
        statement: Statement {
            review_date: day(row, 2)?,
            next_review_date: Some(next_review_date),
            findings: row.get(4)?,
            outcome,
            finding_items: serde_json::from_str(row.get_ref(6)?.as_str()?).unwrap_or_default(),
            answers: answers(row, 7)?,
        },
        next_review_date,
        source: word(row, 12, Source::parse)?,
        recorded_late_days: row.get(13)?,
        created_by: row.get(14)?,
        files: Vec::new(),
        created_at: Time(row.get(15)?),
    })
}

/// Refuses whoever is no user of the tenant to mend a finding.
fn require_user(tx: &Tx, id: &str) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE id = ?1 AND tenant_id = ?2 AND status = 'active'";
    let found: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![id, tx.tenant_id], |row| row.get(0)).optional()?;
    found.map(drop).ok_or_else(|| Error::invalid("`finding_items.owner_id` must be that of an active user"))
}
