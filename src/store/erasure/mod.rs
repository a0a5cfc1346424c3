//! Erasing a person: name, email, addresses and all else that tells who somebody was go; ids stay, and history with them.
//!
//! Exceptions, attestations, findings, reviews, files, decisions and reports name people by ids alone, so they say nothing of whoever is erased;
//! open findings lose their owner. What others wrote in words, and the names of devices, is theirs and stays. The audit chain still verifies,
//! for it holds seals of personal values and never the values.

mod again;
mod personal;
#[cfg(test)]
mod tests;

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::audit::{Entry, record};
use super::tx::{Tx, WriteTx};
use super::{connection, departure, settings, users};
use crate::credentials::id::{new_id, random};
use crate::domain::access::Role;
use crate::domain::audit::{ERASED, Event, Metadata, SALT_BYTES};
use crate::domain::user::User;
use crate::error::{Error, Result};
use crate::limits::ERASED_NAMES_MAX;

pub use again::{Remembered, apply_again, remembered};

/// Why somebody is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An admin asks for it, with a reason perhaps.
    Request(Option<String>),
    /// The person left long ago.
    Retention,
    /// The person was erased before, and a backup or another appliance's file brought the data back.
    Again,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The person's id, which stays.
    pub person_id: String,
    /// The account that was closed, if there was one.
    pub user_id: Option<String>,
    /// Values that went from the audit log.
    pub audit_values: u64,
}

/// Who is to be erased: a person, an account, or both.
struct Subject {
    person_id: Option<String>,
    user_id: Option<String>,
    /// Accounts that the person had before and that were deleted; their rows still hold a name.
    former: Vec<String>,
}

/// Erases a person of the tenant. Not found if there is none; a conflict while a hold is in force, for the last active admin, for whoever
/// owns too much, and for who was erased already.
pub fn erase(tx: &WriteTx, person_id: &str, cause: &Cause) -> Result<Erased> {
    let sql = "SELECT email, coalesce(user_id, (SELECT id FROM user u WHERE u.tenant_id = p.tenant_id AND u.email = p.email)) FROM person p
               WHERE tenant_id = ?1 AND id = ?2";
    let found = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, person_id], |row| Ok((row.get(0)?, row.get(1)?)));
    let found: Option<(String, Option<String>)> = found.optional()?;
    let (email, user_id) = found.ok_or_else(|| Error::not_found("Person"))?;
    if email == person_id {
        return Err(Error::conflict("This person is erased already"));
    }
    refuse_held(tx)?;
    erase_subject(tx, &Subject::of(tx, Some(person_id.to_owned()), user_id)?, cause)
}

fn refuse_held(tx: &Tx) -> Result<()> {
    match &settings::current(tx)?.settings.erasure_hold {
        Some(hold) if hold.holds(tx.now) => {
            let until = hold.until.map(|day| format!(" until {day}")).unwrap_or_default();
            Err(Error::conflict(format!("Nobody may be erased{until}: {}", hold.reason)))
        }
        _ => Ok(()),
    }
}

fn erase_subject(tx: &WriteTx, subject: &Subject, cause: &Cause) -> Result<Erased> {
    let account = match &subject.user_id {
        Some(id) => users::get(tx, id).map(Some).or_else(|error| match error.kind {
            crate::error::Kind::NotFound => Ok(None), // Deleted before; the name is still in the row.
            _ => Err(error),
        })?,
        None => None,
    };
    if let Some(user) = &account {
        refuse_account(tx, user, cause)?;
    }
    connection::overwriting(tx.connection, || {
        let names = personal::names(tx, subject)?;
        if let Some(user) = &account {
            departure::close(tx, user)?;
        }
        forget_records(tx, subject, &names)?;
        let audit_values = personal::forget(tx, subject, &names)?;
        if *cause != Cause::Again {
            remember(tx, subject, &names)?;
        }
        tx.connection
            .prepare_cached(
                "INSERT INTO retention_clock (id, seen_at, steady_at, compact) VALUES (1, 0, 0, 1) ON CONFLICT DO UPDATE SET compact = 1",
            )?
            .execute([])?;
        let id = subject.id();
        record(tx, Entry::new(Event::PersonErased, "person", id, said(subject, cause, audit_values)))?;
        Ok(Erased { person_id: id.to_owned(), user_id: subject.user_id.clone(), audit_values })
    })
}

/// All refusals come before the first change.
fn refuse_account(tx: &WriteTx, user: &User, cause: &Cause) -> Result<()> {
    if *cause == Cause::Again {
        return Ok(());
    }
    if user.role == Role::Admin {
        users::keep_an_admin(tx, user, "erased")?;
    }
    departure::refuse_too_much(tx, user)
}

fn said(subject: &Subject, cause: &Cause, audit_values: u64) -> Metadata {
    let metadata = Metadata::new().with("user_id", subject.user_id.clone()).with("audit_values", audit_values);
    match cause {
        Cause::Request(None) => metadata.with("cause", "request"),
        Cause::Request(Some(reason)) => metadata.with("cause", "request").with_personal("reason", reason),
        Cause::Retention => metadata.with("cause", "retention"),
        Cause::Again => metadata.with("cause", "erased_before"),
    }
}

impl Subject {
    fn of(tx: &Tx, person_id: Option<String>, user_id: Option<String>) -> Result<Subject> {
        let sql = "SELECT DISTINCT u.id FROM record_past r JOIN user u ON u.id = json_extract(r.data, '$.user_id')
                   WHERE r.record_id = ?1 AND u.tenant_id = ?2 AND u.status = 'deleted' AND u.id IS NOT ?3 LIMIT ?4";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![person_id, tx.tenant_id, user_id, ERASED_NAMES_MAX as i64], |row| row.get(0))?;
        let former = rows.collect::<rusqlite::Result<_>>()?;
        Ok(Subject { person_id, user_id, former })
    }

    /// The account and those before it.
    fn accounts(&self) -> impl Iterator<Item = &String> {
        self.user_id.iter().chain(&self.former)
    }

    /// Under which id the person goes on: the account's for who was never recorded as a person.
    fn id(&self) -> &str {
        self.person_id.as_deref().or(self.user_id.as_deref()).unwrap_or_default()
    }
}

/// Takes the values out of the rows of person and account, of their earlier versions, and of everything that was open for them.
fn forget_records(tx: &WriteTx, subject: &Subject, names: &personal::Names) -> Result<()> {
    if let Some(id) = &subject.person_id {
        let sql = "INSERT OR IGNORE INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                   SELECT id, since, recorded_at, tenant_id, ?2, ?2, json_object('name', name, 'email', email,
                       'needs_device', json(iif(needs_device, 'true', 'false')), 'reason', reason, 'joined_on', joined_on, 'left_on', left_on,
                       'user_id', user_id, 'source', source)
                   FROM person WHERE id = ?1 AND since < ?2";
        tx.connection.prepare_cached(sql)?.execute(params![id, tx.now.0])?;
        let today = tx.now.date_in(settings::current(tx)?.settings.time_zone).to_string();
        let sql = "UPDATE person SET name = ?3, email = id, reason = NULL, user_id = NULL, since = ?2, recorded_at = ?2,
                       left_on = coalesce(left_on, max(?4, coalesce(joined_on, ?4))) WHERE id = ?1";
        tx.connection.prepare_cached(sql)?.execute(params![id, tx.now.0, ERASED, today])?;
    }
    for id in subject.accounts() {
        tx.connection.prepare_cached("UPDATE user SET name = ?2 WHERE id = ?1")?.execute([id, ERASED])?;
        tx.connection.prepare_cached("DELETE FROM session WHERE user_id = ?1")?.execute([id])?;
    }
    for id in subject.person_id.iter().chain(subject.accounts()) {
        let sql =
            "UPDATE record_past SET data = json_replace(data, '$.email', record_id, '$.name', ?2, '$.reason', NULL) WHERE record_id = ?1";
        tx.connection.prepare_cached(sql)?.execute([id, ERASED])?;
    }
    for email in &names.emails {
        for sql in ["sign_in_failure", "sign_in_lock", "sign_in_place"] {
            // SQL: one of the three names above.
            tx.connection.prepare_cached(&format!("DELETE FROM {sql} WHERE email = ?1"))?.execute([email])?;
        }
        for sql in [
            "DELETE FROM invitation WHERE tenant_id = ?1 AND email = ?2",
            "DELETE FROM enrollment_serial WHERE email = ?2 AND token_id IN (SELECT id FROM enrollment_token WHERE tenant_id = ?1)",
        ] {
            tx.connection.prepare_cached(sql)?.execute([&tx.tenant_id, email])?;
        }
    }
    Ok(())
}

/// Keeps salted hashes of the emails, by which a backup's person is known again.
fn remember(tx: &WriteTx, subject: &Subject, names: &personal::Names) -> Result<()> {
    for email in &names.emails {
        let salt = random::<SALT_BYTES>();
        let sql = "INSERT INTO erasure (id, tenant_id, person_id, salt, hash, erased_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![new_id("era", tx.now), tx.tenant_id, subject.id(), salt, email_hash(&salt, email), tx.now.0];
        tx.connection.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

fn email_hash(salt: &[u8], email: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(email.to_lowercase().as_bytes()).finalize().into()
}
