//! A device shows a token and gets a key of its own: the token is used, the device found or made, its earlier key revoked, all in one write.

use rusqlite::{OptionalExtension, params};

use crate::credentials::token::{HashedToken, PlainToken};
use crate::domain::access::Role;
use crate::domain::assignment::SignedIn;
use crate::domain::audit::{Event, Metadata};
use crate::domain::device::Ownership;
use crate::domain::inventory::Device;
use crate::error::{Error, Result};
use crate::store::api_keys::MAKING_KEY_HOLDS;
use crate::store::audit::{Entry, record};
use crate::store::devices::{self, Newcomer, Owner, Terms};
use crate::store::word::word;
use crate::store::{Actor, Root, Tx, WriteRoot, api_keys, settings};

/// A device that wants in.
#[derive(Debug)]
pub struct Enrolling {
    /// The token's secret, hashed.
    pub secret: HashedToken,
    /// What the device says of itself.
    pub newcomer: Newcomer,
    /// Who is signed in at it.
    pub signed_in_user: Option<String>,
    /// The email that a person gave at it, checked.
    pub email: Option<String>,
}

/// A device that was let in.
#[derive(Debug)]
pub struct LetIn {
    /// As it is now.
    pub device: Device,
    /// Its key, to be shown this once.
    pub api_key: PlainToken,
    /// How often it is to report.
    pub report_interval_seconds: u32,
}

/// Lets a device in. Unauthenticated, with one text, for a token that does not hold; forbidden for a device of somebody else.
pub fn enroll(root: &WriteRoot, stranger: Actor, enrolling: &Enrolling) -> Result<LetIn> {
    let token =
        usable(root, &enrolling.secret)?.ok_or_else(|| Error::unauthenticated("The enrollment token is not valid or has been used up"))?;
    let tx = root.tenant_write(&token.tenant_id, stranger);
    let owner = owner(&tx, &token, enrolling)?;
    let terms = Terms { takes_over: token.as_admin, owner, ownership: token.ownership };
    let enrolled = devices::enroll(&tx, &enrolling.newcomer, &terms)?;
    let sql = "UPDATE enrollment_token SET devices_enrolled = devices_enrolled + 1, last_used_at = ?2 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![token.id, tx.now.0])?;
    let serial_number = &enrolled.device.serial_number;
    api_keys::revoke_of_device(&tx, serial_number)?;
    let api_key = PlainToken::api_key();
    api_keys::add_of_device(&tx, serial_number, &enrolled.device.device_name, &api_key)?;
    let mut metadata = Metadata::new()
        .with_personal("serial_number", serial_number)
        .with("enrollment_token_id", token.id)
        .with("user_id", enrolled.device.user_id.clone())
        .with("again", !enrolled.created);
    if enrolled.hardware_changed {
        metadata = metadata.with("hardware_changed", true);
    }
    record(&tx, Entry::new(Event::DeviceEnrolled, "device", &enrolled.device.id, metadata))?;
    let report_interval_seconds = settings::current(&tx)?.settings.report_interval_seconds;
    Ok(LetIn { device: enrolled.device, api_key, report_interval_seconds })
}

/// A token that holds.
struct Usable {
    id: String,
    tenant_id: String,
    as_admin: bool,
    user_id: Option<String>,
    by_email: bool,
    by_sign_in: bool,
    ownership: Ownership,
}

/// The token with this secret, if it holds at this moment, its maker may still do what it does, and the key that made it still holds.
fn usable(root: &Root, secret: &HashedToken) -> Result<Option<Usable>> {
    // SQL: MAKING_KEY_HOLDS is a constant condition.
    let sql = format!(
        "SELECT made.id, made.tenant_id, as_admin, user_id, by_email, by_sign_in, ownership, u.role
         FROM enrollment_token made LEFT JOIN user u ON u.id = made.created_by
         WHERE hash = ?1 AND revoked_at IS NULL AND made.expires_at > ?2 AND devices_enrolled < device_limit
             AND (made.created_by IS NULL OR (u.status = 'active' AND (u.expires_at IS NULL OR u.expires_at > ?2)))
             AND (user_id IS NULL OR EXISTS (SELECT 1 FROM user o WHERE o.id = made.user_id AND o.status = 'active'))
             AND {MAKING_KEY_HOLDS}"
    );
    let found = root
        .connection
        .prepare_cached(&sql)?
        .query_row(params![secret.as_bytes(), root.now.0], |row| {
            let token = Usable {
                id: row.get(0)?,
                tenant_id: row.get(1)?,
                as_admin: row.get(2)?,
                user_id: row.get(3)?,
                by_email: row.get(4)?,
                by_sign_in: row.get(5)?,
                ownership: word(row, 6, Ownership::parse)?,
            };
            Ok((token, row.get::<_, Option<String>>(7)?))
        })
        .optional()?;
    let Some((token, maker_role)) = found else { return Ok(None) };
    let holds = match maker_role.as_deref().map(Role::parse) {
        None | Some(Some(Role::Admin)) => true,
        Some(Some(Role::User)) => !token.as_admin,
        Some(_) => false,
    };
    Ok(holds.then_some(token))
}

/// Whose device it is to be, by the token's rules in order: the person it names, its list of serials, the email given, who is signed in.
fn owner(tx: &Tx, token: &Usable, enrolling: &Enrolling) -> Result<Option<Owner>> {
    if enrolling.email.is_some() && !token.by_email {
        return Err(Error::invalid("`email` is not taken with this enrollment token"));
    }
    if let Some(user_id) = &token.user_id {
        return Ok(Some(Owner { user_id: user_id.clone(), certain: true }));
    }
    let listed: Option<String> = tx
        .connection
        .prepare_cached("SELECT email FROM enrollment_serial WHERE token_id = ?1 AND serial_number = ?2")?
        .query_row(params![token.id, enrolling.newcomer.serial_number], |row| row.get(0))
        .optional()?;
    if let Some(email) = listed {
        return Ok(active_user(tx, &email)?.map(|user_id| Owner { user_id, certain: true }));
    }
    let claimed = |user_id| Owner { user_id, certain: false };
    if let Some(email) = &enrolling.email
        && let Some(user_id) = active_user(tx, email)?
    {
        return Ok(Some(claimed(user_id)));
    }
    let signed_in = enrolling.signed_in_user.as_deref().filter(|_| token.by_sign_in).and_then(SignedIn::parse);
    let found = match signed_in {
        Some(SignedIn::Email(email)) => active_user(tx, &email)?,
        Some(SignedIn::LocalPart(name)) => the_one_called(tx, &name)?,
        None => None,
    };
    Ok(found.map(claimed))
}

/// The active user with this email.
pub(super) fn active_user(tx: &Tx, email: &str) -> Result<Option<String>> {
    let sql = "SELECT id FROM user WHERE tenant_id = ?1 AND email = ?2 AND status = 'active'";
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, email], |row| row.get(0)).optional()?)
}

/// The active user whose email has `name` before the `@`, if there is exactly one.
fn the_one_called(tx: &Tx, name: &str) -> Result<Option<String>> {
    let sql =
        "SELECT id FROM user WHERE tenant_id = ?1 AND status = 'active' AND fold(substr(email, 1, instr(email, '@') - 1)) = ?2 LIMIT 2";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut found: Vec<String> = statement.query_map(params![tx.tenant_id, name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(found.pop().filter(|_| found.is_empty()))
}
