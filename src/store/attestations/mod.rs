//! Attestations: recorded with their files, listed, revoked. Rows are never deleted: what was vouched for stays known.

mod list;
#[cfg(test)]
mod tests;

use chrono::{Days, NaiveDate};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::audit::{self, Entry};
use super::files::{self, Parent};
use super::settings;
use super::tx::{Tx, WriteTx};
use super::word::{day, word};
use crate::credentials::id::new_id;
use crate::domain::attestation::{ATTESTATION_DAYS_MAX, About, Attestation, AttestationState};
use crate::domain::audit::{Event, Metadata};
use crate::domain::evidence_file::NewFile;
use crate::domain::exception::{SubjectType, end_of};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::exceptions::require_subject;

pub use list::{Filter, ids, list, on_checks_of, valid_at};

const COLUMNS: &str = "a.id, a.subject_type, a.subject_id, a.framework_id, a.control_id, a.check_id, a.statement, a.valid_until, a.until,
    a.created_by, a.created_at, a.revoked_at, a.revoked_by";

/// An attestation to be recorded. The caller has checked framework, control and check.
#[derive(Debug, Clone)]
pub struct NewAttestation {
    /// What it is about.
    pub about: About,
    /// The check that it speaks of, if one.
    pub check_id: Option<String>,
    /// What is vouched for.
    pub statement: String,
    /// Its last day.
    pub valid_until: NaiveDate,
    /// What goes with it.
    pub files: Vec<NewFile>,
}

/// Records an attestation, which holds from now on.
pub fn create(tx: &WriteTx, new: &NewAttestation) -> Result<Attestation> {
    let zone = settings::current(tx)?.settings.time_zone;
    let today = tx.now.date_in(zone);
    if new.valid_until < today {
        return Err(Error::invalid("`valid_until` lies in the past"));
    }
    if today.checked_add_days(Days::new(ATTESTATION_DAYS_MAX)).is_some_and(|last| new.valid_until > last) {
        return Err(Error::invalid(format!("`valid_until` must be at most {ATTESTATION_DAYS_MAX} days ahead")));
    }
    if let About::Subject { subject_type, subject_id } = &new.about {
        require_subject(tx, *subject_type, subject_id)?;
    }
    let mut attestation = Attestation {
        id: new_id("att", tx.now),
        about: new.about.clone(),
        check_id: new.check_id.clone(),
        statement: new.statement.clone(),
        valid_until: new.valid_until,
        until: end_of(new.valid_until, zone),
        created_by: tx.actor.id.clone(),
        created_at: tx.now,
        revoked: None,
        files: Vec::new(),
    };
    insert(tx, &attestation)?;
    attestation.files = files::add(tx, Parent::Attestation(&attestation.id), &new.files)?;
    let metadata = described(&attestation)
        .with("valid_until", attestation.valid_until.to_string())
        .with("files", attestation.files.iter().map(|file| json!(crate::domain::audit::hex(&file.sha256))).collect::<Vec<_>>());
    audit::record(tx, Entry::new(Event::AttestationCreated, "attestation", &attestation.id, metadata))?;
    Ok(attestation)
}

/// Takes an attestation back. A conflict if it is over already.
pub fn revoke(tx: &WriteTx, id: &str) -> Result<()> {
    let attestation = get(tx, id)?;
    if attestation.state(tx.now) != AttestationState::Valid {
        return Err(Error::conflict("This attestation has ended already"));
    }
    tx.connection
        .prepare_cached("UPDATE attestation SET until = max(?2, created_at), revoked_at = ?2, revoked_by = ?3 WHERE id = ?1")?
        .execute(params![id, tx.now.0, tx.actor.id])?;
    audit::record(tx, Entry::new(Event::AttestationRevoked, "attestation", id, described(&attestation)))
}

/// The attestation called `id` with its files, ended or not.
pub fn get(tx: &Tx, id: &str) -> Result<Attestation> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM attestation a WHERE a.id = ?1 AND a.tenant_id = ?2");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?;
    with_files(tx, found.ok_or_else(|| Error::not_found("Attestation"))?)
}

fn with_files(tx: &Tx, attestation: Attestation) -> Result<Attestation> {
    let files = files::of(tx, Parent::Attestation(&attestation.id))?;
    Ok(Attestation { files, ..attestation })
}

/// What an entry says of it; the statement stands in the attestation alone.
fn described(attestation: &Attestation) -> Metadata {
    let metadata = match &attestation.about {
        About::Subject { subject_type, subject_id } => {
            Metadata::new().with("subject_type", subject_type.as_str()).with("subject_id", subject_id.as_str())
        }
        About::Control { framework_id, control_id } => {
            Metadata::new().with("framework_id", framework_id.as_str()).with("control_id", control_id.as_str())
        }
    };
    metadata.with("check_id", json!(attestation.check_id))
}

fn insert(tx: &WriteTx, attestation: &Attestation) -> Result<()> {
    let (subject, control) = match &attestation.about {
        About::Subject { subject_type, subject_id } => (Some((subject_type.as_str(), subject_id)), None),
        About::Control { framework_id, control_id } => (None, Some((framework_id, control_id))),
    };
    let sql =
        "INSERT INTO attestation (id, tenant_id, subject_type, subject_id, framework_id, control_id, check_id, statement, valid_until,
                   until, created_by, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    tx.connection.prepare_cached(sql)?.execute(params![
        attestation.id,
        tx.tenant_id,
        subject.map(|(subject_type, _)| subject_type),
        subject.map(|(_, id)| id),
        control.map(|(framework_id, _)| framework_id),
        control.map(|(_, id)| id),
        attestation.check_id,
        attestation.statement,
        attestation.valid_until.to_string(),
        attestation.until.0,
        attestation.created_by,
        attestation.created_at.0,
    ])?;
    Ok(())
}

/// The row without its files.
fn from_row(row: &Row) -> rusqlite::Result<Attestation> {
    let about = match row.get::<_, Option<String>>(2)? {
        Some(subject_id) => About::Subject { subject_type: word(row, 1, SubjectType::parse)?, subject_id },
        None => About::Control { framework_id: row.get(3)?, control_id: row.get(4)? },
    };
    let revoked_by = row.get(12)?;
    Ok(Attestation {
        id: row.get(0)?,
        about,
        check_id: row.get(5)?,
        statement: row.get(6)?,
        valid_until: day(row, 7)?,
        until: Time(row.get(8)?),
        created_by: row.get(9)?,
        created_at: Time(row.get(10)?),
        revoked: row.get::<_, Option<i64>>(11)?.map(|at| (Time(at), revoked_by)),
        files: Vec::new(),
    })
}
