//! Enrollment tokens: made, listed, revoked; only the hash of their secret is stored. What a device does with one is in `enroll`.

mod enroll;

use rusqlite::{OptionalExtension, Row, params};

use super::audit::{Entry, record};
use super::word::word;
use super::{Tx, WriteTx, api_keys, devices};
use crate::credentials::id::new_id;
use crate::credentials::token::PlainToken;
use crate::domain::assignment::Assignment;
use crate::domain::audit::{Event, Metadata};
use crate::domain::device::Ownership;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::ENROLLMENT_TOKENS_MAX;

pub use enroll::{Enrolling, LetIn, enroll};

/// What the secret of a token begins with.
const SECRET_PREFIX: &str = "rs_";

/// A token to be made. The caller has checked that its maker may make it.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: Option<String>,
    /// Who makes it; none with a key of the command line.
    pub created_by: Option<String>,
    /// The maker is an admin: it may take over serials, and give devices to others.
    pub as_admin: bool,
    /// How owners are found.
    pub assignment: Assignment,
    /// Whose devices new ones are.
    pub ownership: Ownership,
    /// How often it works.
    pub device_limit: u32,
    /// Until when.
    pub expires_at: Time,
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// `enr_…`
    pub id: String,
    /// What it is for.
    pub name: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// The owner of each device.
    pub user_id: Option<String>,
    /// Owners are found by the email that is given at the device.
    pub by_email: bool,
    /// Owners are found by who is signed in.
    pub by_sign_in: bool,
    /// Serial numbers that it names owners for.
    pub serials: u32,
    /// Whose devices new ones are.
    pub ownership: Ownership,
    /// How often it works.
    pub device_limit: u32,
    /// How often it has worked.
    pub devices_enrolled: u32,
    /// When it was made.
    pub created_at: Time,
    /// Until when it works.
    pub expires_at: Time,
    /// When it worked last.
    pub last_used_at: Option<Time>,
}

const COLUMNS: &str = "id, name, created_by, user_id, by_email, by_sign_in,
    (SELECT count(*) FROM enrollment_serial s WHERE s.token_id = enrollment_token.id), ownership, device_limit, devices_enrolled,
    created_at, expires_at, last_used_at";

/// Makes a token and its secret. A conflict if its maker has too many that hold.
pub fn add(tx: &WriteTx, new: &NewToken) -> Result<(Token, PlainToken)> {
    if let Some(user_id) = &new.assignment.user_id {
        devices::require_active_user(tx, user_id)?;
    }
    let sql = "SELECT count(*) FROM enrollment_token WHERE tenant_id = ?1 AND created_by IS ?2 AND revoked_at IS NULL AND expires_at > ?3
                   AND devices_enrolled < device_limit";
    let held: i64 = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, new.created_by, tx.now.0], |row| row.get(0))?;
    if held >= ENROLLMENT_TOKENS_MAX {
        return Err(Error::conflict(format!("Nobody may hold more than {ENROLLMENT_TOKENS_MAX} enrollment tokens at once; revoke some")));
    }
    let (id, secret) = (new_id("enr", tx.now), PlainToken::generate(SECRET_PREFIX));
    let Assignment { user_id, serials, by_email, by_sign_in } = &new.assignment;
    let hash = secret.hashed();
    tx.connection
        .prepare_cached(
            "INSERT INTO enrollment_token (id, tenant_id, name, hash, created_by, as_admin, user_id, by_email, by_sign_in, ownership,
                 device_limit, created_at, expires_at, created_with)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            id,
            tx.tenant_id,
            new.name,
            hash.as_bytes(),
            new.created_by,
            new.as_admin,
            user_id,
            by_email,
            by_sign_in,
            new.ownership.as_str(),
            new.device_limit,
            tx.now.0,
            new.expires_at.0,
            api_keys::in_hand(&tx.actor),
        ])?;
    let mut insert = tx.connection.prepare_cached("INSERT INTO enrollment_serial (token_id, serial_number, email) VALUES (?1, ?2, ?3)")?;
    for line in serials {
        insert.execute(params![id, line.serial_number, line.email])?;
    }
    let mut metadata = Metadata::new()
        .with("user_id", user_id.clone())
        .with("device_limit", new.device_limit)
        .with("expires_at", new.expires_at.to_string())
        .with("ownership", new.ownership.as_str())
        .with("assign_serials", serials.len())
        .with("assign_email", *by_email)
        .with("assign_signed_in_user", *by_sign_in);
    if let Some(name) = &new.name {
        metadata = metadata.with_personal("name", name);
    }
    record(tx, Entry::new(Event::EnrollmentTokenCreated, "enrollment_token", &id, metadata))?;
    Ok((get(tx, &id)?, secret))
}

/// A token of the tenant that was not revoked.
pub fn get(tx: &Tx, id: &str) -> Result<Token> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM enrollment_token WHERE tenant_id = ?1 AND id = ?2 AND revoked_at IS NULL");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![tx.tenant_id, id], read).optional()?;
    found.ok_or_else(|| Error::not_found("Enrollment token"))
}

/// A page of the tenant's tokens that were not revoked, newest first, and how many there are; of one maker if given. What ended is kept for a
/// while.
pub fn list(tx: &Tx, maker: Option<&str>, skip: i64, limit: i64) -> Result<(Vec<Token>, u64)> {
    let condition = "tenant_id = ?1 AND revoked_at IS NULL AND (?2 IS NULL OR created_by = ?2)";
    // SQL: the condition above; all values are bound.
    let sql = format!("SELECT count(*) FROM enrollment_token WHERE {condition}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params![tx.tenant_id, maker], |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM enrollment_token WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ?3 OFFSET ?4");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, maker, limit, skip], read)?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// Revokes a token: no device comes in with it any more. Devices that did keep their keys.
pub fn revoke(tx: &WriteTx, id: &str) -> Result<()> {
    let token = get(tx, id)?;
    let sql = "UPDATE enrollment_token SET revoked_at = ?3 WHERE tenant_id = ?1 AND id = ?2";
    tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, id, tx.now.0])?;
    let metadata = Metadata::new().with("devices_enrolled", token.devices_enrolled).with("device_limit", token.device_limit);
    record(tx, Entry::new(Event::EnrollmentTokenRevoked, "enrollment_token", id, metadata))
}

/// Of `emails` those that are no active user's now.
pub fn unknown_emails<'e>(tx: &Tx, emails: impl Iterator<Item = &'e str>) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for email in emails {
        if enroll::active_user(tx, email)?.is_none() {
            unknown.push(email.to_owned());
        }
    }
    unknown.sort();
    unknown.dedup();
    Ok(unknown)
}

fn read(row: &Row) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        name: row.get(1)?,
        created_by: row.get(2)?,
        user_id: row.get(3)?,
        by_email: row.get(4)?,
        by_sign_in: row.get(5)?,
        serials: row.get(6)?,
        ownership: word(row, 7, Ownership::parse)?,
        device_limit: row.get(8)?,
        devices_enrolled: row.get(9)?,
        created_at: Time(row.get(10)?),
        expires_at: Time(row.get(11)?),
        last_used_at: row.get::<_, Option<i64>>(12)?.map(Time),
    })
}
