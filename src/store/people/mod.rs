//! People: one record each, with or without an account, and its earlier versions.

mod account;
mod change;
mod list;
mod population;
#[cfg(test)]
mod tests;

use rusqlite::{OptionalExtension, Row, params};

use super::devices::version_at;
use super::error::is_duplicate;
use super::settings;
use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::person::{Person, PersonRecord, PersonSource};
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Result};

pub(super) use account::{account_changed, account_deleted, account_made};
pub use change::{Change, Changed, Field, create, import_row, mark_left, patch, present_people, record_import};
pub use list::{Filter, Page, Sort, all_at, ids, list, list_at};
pub use population::{DeviceOfNobody, Population, WithoutPerson, devices_without_person, population, without_device_count};

pub(super) const COLUMNS: &str =
    "p.id, p.name, p.email, p.needs_device, p.reason, p.joined_on, p.left_on, p.user_id, p.has_device, p.source,
    p.created_at, p.since, p.recorded_at";

/// The person called `id`.
pub fn get(tx: &Tx, id: &str) -> Result<Person> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.id = ?1 AND p.tenant_id = ?2");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?;
    found.ok_or_else(|| Error::not_found("Person"))
}

/// The person as known at `at`; not found before the appliance knew of the person. Whether there was a device is looked up in the past.
pub fn at(tx: &Tx, id: &str, at: Time) -> Result<Person> {
    let person = Some(get(tx, id)?).filter(|person| person.created_at <= at).ok_or_else(|| Error::not_found("Person"))?;
    let mut person = as_of(tx, person, at)?;
    person.has_device = match &person.record.user_id {
        Some(user_id) => list::owners_at(tx, at)?.contains(user_id.as_str()),
        None => false,
    };
    Ok(person)
}

/// The tenant's person with this email, if there is one.
pub fn find_by_email(tx: &Tx, email: &str) -> Result<Option<Person>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.tenant_id = ?1 AND p.email = ?2");
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![tx.tenant_id, email], from_row).optional()?)
}

fn find_by_user(tx: &Tx, user_id: &str) -> Result<Option<Person>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.user_id = ?1 AND p.tenant_id = ?2");
    Ok(tx.connection.prepare_cached(&sql)?.query_row(params![user_id, tx.tenant_id], from_row).optional()?)
}

/// The day of `moment` in the organisation's time zone that was in force then.
pub fn day_of(tx: &Tx, moment: Time) -> Result<chrono::NaiveDate> {
    Ok(moment.date_in(settings::at(tx, moment)?.settings.time_zone))
}

pub(super) fn from_row(row: &Row) -> rusqlite::Result<Person> {
    let day = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.as_deref().and_then(parse_date));
    let record = PersonRecord {
        name: row.get(1)?,
        email: row.get(2)?,
        needs_device: row.get(3)?,
        reason: row.get(4)?,
        joined_on: day(5)?,
        left_on: day(6)?,
        user_id: row.get(7)?,
        source: word(row, 9, PersonSource::parse)?,
    };
    Ok(Person {
        id: row.get(0)?,
        record,
        has_device: row.get(8)?,
        created_at: Time(row.get(10)?),
        since: Time(row.get(11)?),
        recorded_at: Time(row.get(12)?),
    })
}

/// The person with what was known at `at`, a moment at which the appliance knew of the person; `has_device` stays the present one.
pub(super) fn as_of(tx: &Tx, mut person: Person, at: Time) -> Result<Person> {
    if person.recorded_at > at
        && let Some((data, recorded_at)) = version_at(tx, &person.id, at)?
    {
        person.record = serde_json::from_value(data).map_err(Error::internal)?;
        (person.since, person.recorded_at) = (recorded_at, recorded_at);
    }
    Ok(person)
}

/// Stores a new person.
fn insert(tx: &WriteTx, person: &Person) -> Result<()> {
    let sql = "INSERT INTO person (id, tenant_id, name, email, needs_device, reason, joined_on, left_on, user_id, source, created_at,
                   since, recorded_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?11)";
    let record = &person.record;
    let values = params![
        person.id,
        tx.tenant_id,
        record.name,
        record.email,
        record.needs_device,
        record.reason,
        record.joined_on.map(|day| day.to_string()),
        record.left_on.map(|day| day.to_string()),
        record.user_id,
        record.source.as_str(),
        tx.now.0,
    ];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(email_taken)?;
    Ok(())
}

/// Stores a version of the record; the one before goes into history.
fn update_version(tx: &WriteTx, before: &Person, record: &PersonRecord) -> Result<()> {
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
    let sql = "UPDATE person SET name = ?2, email = ?3, needs_device = ?4, reason = ?5, joined_on = ?6, left_on = ?7, user_id = ?8,
                   source = ?9, since = ?10, recorded_at = ?11 WHERE id = ?1";
    let values = params![
        before.id,
        record.name,
        record.email,
        record.needs_device,
        record.reason,
        record.joined_on.map(|day| day.to_string()),
        record.left_on.map(|day| day.to_string()),
        record.user_id,
        record.source.as_str(),
        next.since.0,
        next.recorded_at.0,
    ];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(email_taken)?;
    Ok(())
}

fn email_taken(error: rusqlite::Error) -> Error {
    match is_duplicate(&error) {
        true => Error::conflict("A person with this `email` is recorded already"),
        false => error.into(),
    }
}
