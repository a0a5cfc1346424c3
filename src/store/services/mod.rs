//! Services: one record each, its earlier versions, and how it stands.

mod change;
mod due;
mod figures;
mod history;
mod judge;
mod list;
#[cfg(test)]
pub(crate) mod tests;

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::error::is_duplicate;
use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::compliance::Status;
use crate::domain::device::Source;
use crate::domain::service::{Answers, DataClassification, Record, Service};
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Result};

pub use change::{Patch, create, patch, retire};
pub(in crate::store) use due::settle_one;
pub use due::{apply_due, next_due, with_owner_change};
pub use figures::{Figures, figures};
pub(in crate::store) use history::as_of;
pub use history::at;
pub use list::{Filter, Page, Sort, ids, list, list_at};

pub(super) use change::{replace, require_owned};

const COLUMNS: &str = "s.id, s.name, s.description, s.category, s.url, s.owner_id, s.data_classification, s.sso_enabled, s.mfa_enforced,
    s.audit_logging_enabled, s.encryption_at_rest, s.data_location, s.processes_personal_data, s.review_interval_days, s.tags,
    s.last_review_date, s.next_review_date, s.next_review_agreed, s.source, s.created_at, s.since, s.recorded_at, s.status,
    s.status_since, s.status_recorded_at, s.changes_at, s.retired_at";

/// The service called `id`; retired ones are gone.
pub fn get(tx: &Tx, id: &str) -> Result<Service> {
    let service = find(tx, id)?.filter(|service| service.retired_at.is_none());
    service.ok_or_else(|| Error::not_found("Service"))
}

/// The service called `id`, retired or not.
pub fn find(tx: &Tx, id: &str) -> Result<Option<Service>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM service s WHERE s.id = ?1 AND s.tenant_id = ?2");
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?)
}

fn from_row(row: &Row) -> rusqlite::Result<Service> {
    let optional_time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Time));
    let optional_day = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.as_deref().and_then(parse_date));
    let classification = match row.get_ref(6)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(word(row, 6, DataClassification::parse)?),
    };
    let record = Record {
        name: row.get(1)?,
        description: row.get(2)?,
        category: row.get(3)?,
        url: row.get(4)?,
        owner_id: row.get(5)?,
        data_classification: classification,
        answers: answers(row, 7)?,
        processes_personal_data: row.get(12)?,
        review_interval_days: row.get(13)?,
        tags: serde_json::from_str(row.get_ref(14)?.as_str()?).unwrap_or_default(),
        last_review_date: optional_day(15)?,
        next_review_date: optional_day(16)?,
        next_review_agreed: row.get(17)?,
        source: word(row, 18, Source::parse)?,
    };
    Ok(Service {
        id: row.get(0)?,
        record,
        created_at: Time(row.get(19)?),
        since: Time(row.get(20)?),
        recorded_at: Time(row.get(21)?),
        status: word(row, 22, Status::parse)?,
        status_since: Time(row.get(23)?),
        status_recorded_at: Time(row.get(24)?),
        changes_at: optional_time(25)?,
        retired_at: optional_time(26)?,
    })
}

/// The five answers in the columns from `first` on.
pub(super) fn answers(row: &Row, first: usize) -> rusqlite::Result<Answers> {
    Ok(Answers {
        sso_enabled: row.get(first)?,
        mfa_enforced: row.get(first + 1)?,
        audit_logging_enabled: row.get(first + 2)?,
        encryption_at_rest: row.get(first + 3)?,
        data_location: row.get::<_, Option<String>>(first + 4)?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Places as they are stored.
pub(super) fn places(answers: &Answers) -> Option<String> {
    answers.data_location.as_ref().map(|places| json!(places).to_string())
}

/// Stores a new service.
fn insert(tx: &WriteTx, service: &Service) -> Result<()> {
    let sql = "INSERT INTO service (id, tenant_id, name, folded_name, next_review_agreed, source, created_at, since, recorded_at, status,
                   status_since, status_recorded_at)
               VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?6, ?6, ?7, ?6, ?6)";
    let record = &service.record;
    let status = service.status.as_str();
    let values = params![service.id, tx.tenant_id, record.name, folded(&record.name), record.source.as_str(), service.created_at.0, status];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(name_taken)?;
    store_record(tx, service)
}

/// Stores a version of the record; the one before goes into history.
fn update_version(tx: &WriteTx, before: &Service, after: &mut Service) -> Result<()> {
    let begin = Begin { since: before.since, recorded_at: before.recorded_at };
    let next = begin.followed_by(tx.now, tx.now);
    if begin.stays_in_history(next) {
        let data = serde_json::to_string(&before.record).map_err(Error::internal)?;
        // Only after the clock was set back can the key be there already; then what came later counts.
        let sql = "INSERT OR REPLACE INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![before.id, before.since.0, before.recorded_at.0, tx.tenant_id, next.since.0, tx.now.0, data];
        tx.connection.prepare_cached(sql)?.execute(values)?;
    }
    (after.since, after.recorded_at) = (next.since, next.recorded_at);
    store_record(tx, after)
}

fn store_record(tx: &WriteTx, service: &Service) -> Result<()> {
    let (record, answers) = (&service.record, &service.record.answers);
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    tx.connection
        .prepare_cached(
            "UPDATE service SET name = ?2, folded_name = ?3, description = ?4, category = ?5, url = ?6, owner_id = ?7,
                 data_classification = ?8, sso_enabled = ?9, mfa_enforced = ?10, audit_logging_enabled = ?11, encryption_at_rest = ?12,
                 data_location = ?13, processes_personal_data = ?14, review_interval_days = ?15, tags = ?16, last_review_date = ?17,
                 next_review_date = ?18, next_review_agreed = ?19, source = ?20, since = ?21, recorded_at = ?22
             WHERE id = ?1",
        )?
        .execute(params![
            service.id,
            record.name,
            folded(&record.name),
            record.description,
            record.category,
            record.url,
            record.owner_id,
            record.data_classification.map(DataClassification::as_str),
            answers.sso_enabled,
            answers.mfa_enforced,
            answers.audit_logging_enabled,
            answers.encryption_at_rest,
            places(answers),
            record.processes_personal_data,
            record.review_interval_days,
            json!(record.tags).to_string(),
            day(record.last_review_date),
            day(record.next_review_date),
            record.next_review_agreed,
            record.source.as_str(),
            service.since.0,
            service.recorded_at.0,
        ])
        .map_err(name_taken)?;
    Ok(())
}

/// As names are compared: without regard to case, in all alphabets.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn name_taken(error: rusqlite::Error) -> Error {
    match is_duplicate(&error) {
        true => Error::conflict("A service with this `name` exists already"),
        false => error.into(),
    }
}

/// Who vouches for what the actor of `tx` says.
pub(super) fn source_of(tx: &Tx) -> Source {
    use super::tx::ActorType;
    match tx.actor.actor_type {
        ActorType::User | ActorType::System => Source::Person,
        ActorType::ApiKey | ActorType::Agent => Source::Integration,
    }
}
