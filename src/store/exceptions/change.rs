//! Recording an exception, and revoking one.

use chrono::{Days, NaiveDate};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::{Exception, effect, get};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::compliance::CheckStatus;
use crate::domain::exception::{EXCEPTION_DAYS_MAX, ExceptionScope, ExceptionState, SubjectType, end_of};
use crate::error::{Error, Result};
use crate::limits::EXCEPTIONS_ACTIVE_MAX;
use crate::store::audit::{self, Entry};
use crate::store::settings;
use crate::store::tx::{Tx, WriteTx};

/// An exception to be recorded. The caller has checked that the check is one for such subjects.
#[derive(Debug, Clone)]
pub struct NewException {
    /// What kind of thing it is about.
    pub subject_type: SubjectType,
    /// For which of them.
    pub scope: ExceptionScope,
    /// The check whose failure it spares.
    pub check_id: String,
    /// Why.
    pub reason: String,
    /// What is done instead.
    pub compensating_measure: Option<String>,
    /// The user who asked for it; `None`: who records it.
    pub requested_by: Option<String>,
    /// The person behind the caller, if there is one.
    pub approver: Option<String>,
    /// Its last day.
    pub expires_on: NaiveDate,
}

/// Records an exception, which holds from now on. What it spares is marked to be judged now; the one subject it names is judged at once.
pub fn create(tx: &WriteTx, new: NewException) -> Result<Exception> {
    let zone = settings::current(tx)?.settings.time_zone;
    let today = tx.now.date_in(zone);
    if new.expires_on < today {
        return Err(Error::invalid("`expires_on` lies in the past"));
    }
    if today.checked_add_days(Days::new(EXCEPTION_DAYS_MAX)).is_some_and(|last| new.expires_on > last) {
        return Err(Error::invalid(format!("`expires_on` must be at most {EXCEPTION_DAYS_MAX} days ahead")));
    }
    if let ExceptionScope::Subject(id) = &new.scope {
        effect::require_subject(tx, new.subject_type, id)?;
    }
    if let Some(user_id) = &new.requested_by {
        require_user(tx, user_id)?;
    }
    require_room(tx)?;
    let requested_by = new.requested_by.or_else(|| new.approver.clone());
    let exception = Exception {
        id: new_id("exc", tx.now),
        subject_type: new.subject_type,
        scope: new.scope,
        check_id: new.check_id,
        reason: new.reason,
        compensating_measure: new.compensating_measure,
        // Where nobody else is named, whoever approves it is who wants it.
        self_approved: requested_by == new.approver,
        requested_by,
        approved_by: tx.actor.id.clone(),
        expires_on: new.expires_on,
        recorded_at: tx.now,
        until: end_of(new.expires_on, zone),
        revoked: None,
    };
    insert(tx, &exception)?;
    log_created(tx, &exception)?;
    effect::rejudge(tx, &exception, CheckStatus::Fail)?;
    Ok(exception)
}

/// Ends an exception now, before its time. A conflict if it is over already.
pub fn revoke(tx: &WriteTx, id: &str) -> Result<Exception> {
    let mut exception = get(tx, id)?;
    if exception.state(tx.now) != ExceptionState::Active {
        return Err(Error::conflict("This exception has ended already"));
    }
    // A clock that was set back ends nothing before it began.
    exception.until = tx.now.max(exception.recorded_at);
    exception.revoked = Some((tx.now, tx.actor.id.clone()));
    tx.connection
        .prepare_cached("UPDATE exception SET until = max(?2, recorded_at), revoked_at = ?2, revoked_by = ?3 WHERE id = ?1")?
        .execute(params![id, tx.now.0, tx.actor.id])?;
    let metadata = described(&exception).with("expires_on", exception.expires_on.to_string());
    audit::record(tx, Entry::new(Event::ExceptionRevoked, "exception", id, metadata))?;
    effect::rejudge(tx, &exception, CheckStatus::Excepted)?;
    Ok(exception)
}

/// What an entry says of an exception: not its words, which may name people and stand in the exception itself.
pub(super) fn described(exception: &Exception) -> Metadata {
    let metadata = Metadata::new().with("subject_type", exception.subject_type.as_str()).with("check_id", exception.check_id.as_str());
    match &exception.scope {
        ExceptionScope::Subject(id) => metadata.with("subject_id", id.as_str()),
        ExceptionScope::Tag(tag) => metadata.with_personal("tag", tag),
    }
}

fn log_created(tx: &WriteTx, exception: &Exception) -> Result<()> {
    let metadata = described(exception)
        .with_personal("reason", &exception.reason)
        .with("expires_on", exception.expires_on.to_string())
        .with("requested_by", json!(exception.requested_by))
        .with("self_approved", exception.self_approved);
    audit::record(tx, Entry::new(Event::ExceptionCreated, "exception", &exception.id, metadata))
}

fn insert(tx: &WriteTx, exception: &Exception) -> Result<()> {
    let (subject_id, tag) = match &exception.scope {
        ExceptionScope::Subject(id) => (Some(id), None),
        ExceptionScope::Tag(tag) => (None, Some(tag)),
    };
    let sql = "INSERT INTO exception (id, tenant_id, subject_type, subject_id, tag, check_id, reason, compensating_measure, requested_by,
                   approved_by, self_approved, expires_on, recorded_at, until)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    tx.connection.prepare_cached(sql)?.execute(params![
        exception.id,
        tx.tenant_id,
        exception.subject_type.as_str(),
        subject_id,
        tag,
        exception.check_id,
        exception.reason,
        exception.compensating_measure,
        exception.requested_by,
        exception.approved_by,
        exception.self_approved,
        exception.expires_on.to_string(),
        exception.recorded_at.0,
        exception.until.0,
    ])?;
    Ok(())
}

fn require_user(tx: &Tx, id: &str) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE id = ?1 AND tenant_id = ?2 AND status = 'active'";
    let found: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![id, tx.tenant_id], |row| row.get(0)).optional()?;
    found.map(drop).ok_or_else(|| Error::invalid("`requested_by` must be that of an active user"))
}

/// Each judgement of a failure looks at the exceptions that may hold for it: there is an end to their number.
fn require_room(tx: &Tx) -> Result<()> {
    let sql = "SELECT count(*) FROM exception WHERE tenant_id = ?1 AND until > ?2";
    let active: i64 = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, tx.now.0], |row| row.get(0))?;
    match active < EXCEPTIONS_ACTIVE_MAX {
        true => Ok(()),
        false => Err(Error::conflict(format!("There are {EXCEPTIONS_ACTIVE_MAX} exceptions in force; revoke some, or use a tag"))),
    }
}
