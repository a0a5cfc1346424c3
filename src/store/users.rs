//! People who sign in: accounts, roles, status, passwords. Earlier versions of a row go to `record_past`.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::audit::{Entry, record};
use super::error::is_duplicate;
use super::word::word;
use super::{Root, Tx, WriteRoot, WriteTx, devices, people, reset_links, services, sessions};
use crate::credentials::id::new_id;
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};

/// An account to be made. The email is in the form that `domain::user::checked_email` gives.
pub struct NewUser {
    /// Unique over all tenants.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// Any but agent.
    pub role: Role,
    /// From `Password::hash`.
    pub password_hash: String,
    /// When an auditor's access ends.
    pub expires_at: Option<Time>,
}

/// Which users a list shows; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Part of name or email.
    pub search: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Of this status.
    pub status: Option<UserStatus>,
}

/// `?1` is the present time.
const COLUMNS: &str = "u.id, u.tenant_id, u.email, u.name, u.role,
    CASE WHEN u.status = 'disabled' THEN 'disabled'
         WHEN EXISTS (SELECT 1 FROM sign_in_lock l WHERE l.email = u.email AND l.until > ?1) THEN 'locked' ELSE 'active' END AS shown_status,
    u.expires_at, u.last_active_at, u.created_at,
    (SELECT count(*) FROM device d WHERE d.user_id = u.id AND d.retired_at IS NULL AND d.approval = 'approved') AS device_count,
    EXISTS (SELECT 1 FROM user_mfa m WHERE m.user_id = u.id AND m.confirmed_at IS NOT NULL) AS mfa_enabled";

/// A condition on what an admin made (`created_by` of the table called `made`): he is one at this moment. `?2` is the present time.
pub(super) const MAKER_IS_ADMIN: &str = "(made.created_by IS NULL OR EXISTS (SELECT 1 FROM user m WHERE m.id = made.created_by
    AND m.role = 'admin' AND m.status = 'active' AND (m.expires_at IS NULL OR m.expires_at > ?2)))";

/// Adds an account, and its person if nobody with this email is known yet. A conflict if the email is taken, by whichever tenant.
pub fn add(tx: &WriteTx, user: &NewUser) -> Result<User> {
    let id = new_id("user", tx.now);
    let sql = "INSERT INTO user (id, tenant_id, email, name, role, status, password_hash, expires_at, created_at, since)
               VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6, ?7, ?8, ?8)";
    let expires_at = user.expires_at.map(|time| time.0);
    let values = params![id, tx.tenant_id, user.email, user.name, user.role.as_str(), user.password_hash, expires_at, tx.now.0];
    tx.connection.prepare_cached(sql)?.execute(values).map_err(email_taken)?;
    let made = get(tx, &id)?;
    let person_id = people::account_made(tx, &made)?;
    let metadata = Metadata::new()
        .with_personal("email", &user.email)
        .with_personal("name", &user.name)
        .with("role", user.role.as_str())
        .with("person_id", person_id);
    record(tx, Entry::new(Event::UserCreated, "user", &id, metadata))?;
    Ok(made)
}

/// A user of the tenant; not found if there is none, or another tenant's.
pub fn get(tx: &Tx, id: &str) -> Result<User> {
    let sql = format!("SELECT {COLUMNS} FROM user u WHERE u.tenant_id = ?2 AND u.id = ?3 AND u.status <> 'deleted'");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![tx.now.0, tx.tenant_id, id], read).optional()?;
    found.ok_or_else(|| Error::not_found("User"))
}

/// A page of the tenant's users, newest first, and how many there are in all.
pub fn list(tx: &Tx, filter: &UserFilter, skip: i64, limit: i64) -> Result<(Vec<User>, u64)> {
    let condition = "WHERE tenant_id = ?2 AND (?3 IS NULL OR role = ?3) AND (?4 IS NULL OR shown_status = ?4)
         AND (?5 IS NULL OR instr(fold(name), ?5) OR instr(fold(email), ?5))";
    let pattern = filter.search.as_deref().map(str::to_lowercase);
    let (role, status) = (filter.role.map(Role::as_str), filter.status.map(UserStatus::as_str));
    // SQL: the condition above; all values are bound.
    let sql = format!("SELECT count(*) FROM (SELECT {COLUMNS} FROM user u WHERE u.status <> 'deleted') {condition}");
    let total: i64 =
        tx.connection.prepare_cached(&sql)?.query_row(params![tx.now.0, tx.tenant_id, role, status, pattern], |row| row.get(0))?;
    // SQL: as above.
    let sql = format!(
        "SELECT * FROM (SELECT {COLUMNS} FROM user u WHERE u.status <> 'deleted') {condition} ORDER BY created_at DESC, id DESC LIMIT ?6 OFFSET ?7"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.now.0, tx.tenant_id, role, status, pattern, limit, skip], read)?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// The id of the tenant's active user with this email.
pub fn active_by_email(tx: &Tx, email: &str) -> Result<String> {
    let sql = "SELECT id FROM user WHERE email = ?1 AND tenant_id = ?2 AND status = 'active'";
    let id = tx.connection.prepare_cached(sql)?.query_row([email, &tx.tenant_id], |row| row.get(0)).optional()?;
    id.ok_or_else(|| Error::invalid("`owner_email` must be an active user's"))
}

/// Names of users, or emails where there is no name, each looked up once.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, Option<String>>);

impl Names {
    /// What the user called `id` is called; `None` without an id, and for whoever is gone.
    pub fn of(&mut self, tx: &Tx, id: Option<&str>) -> Result<Option<String>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let sql = "SELECT CASE name WHEN '' THEN email ELSE name END FROM user WHERE tenant_id = ?1 AND id = ?2 AND status <> 'deleted'";
        let name: Option<String> = tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id, id], |row| row.get(0)).optional()?;
        self.0.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}

/// The role of the tenant's user called `id`, if there is one.
pub fn role_of(tx: &Tx, id: &str) -> Result<Option<Role>> {
    let sql = "SELECT role FROM user WHERE tenant_id = ?1 AND id = ?2";
    Ok(tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id, id], |row| word(row, 0, Role::parse)).optional()?)
}

/// Tenant and id of whoever signs in with this email.
pub fn find_by_email(root: &Root, email: &str) -> Result<Option<(String, String)>> {
    let sql = "SELECT tenant_id, id FROM user WHERE email = ?1";
    Ok(root.connection.prepare_cached(sql)?.query_row([email], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Changes name and email, each where given.
pub fn update_profile(tx: &WriteTx, id: &str, name: Option<&str>, email: Option<&str>) -> Result<User> {
    let user = get(tx, id)?;
    let name = name.filter(|name| *name != user.name);
    let email = email.filter(|email| *email != user.email);
    let mut metadata = Metadata::new();
    if let Some(name) = name {
        metadata = metadata.change_personal("name", user.name.as_str(), name);
    }
    if let Some(email) = email {
        metadata = metadata.change_personal("email", user.email.as_str(), email);
    }
    if metadata.is_empty() {
        return Ok(user);
    }
    keep_version(tx, &user)?;
    let sql = "UPDATE user SET name = coalesce(?2, name), email = coalesce(?3, email), since = ?4 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![id, name, email, tx.now.0]).map_err(email_taken)?;
    if let Some(email) = email {
        // The places where the person signed in before stay known under the new name.
        let sql = "UPDATE OR REPLACE sign_in_place SET email = ?2 WHERE email = ?1";
        tx.connection.prepare_cached(sql)?.execute(params![user.email, email])?;
    }
    record(tx, Entry::new(Event::UserUpdated, "user", id, metadata))?;
    let after = get(tx, id)?;
    people::account_changed(tx, &user, &after)?;
    Ok(after)
}

/// Gives another role, which acts on the person's next request, and sets when an auditor's access ends: never for other roles. A conflict
/// for the last active admin.
pub fn set_role(tx: &WriteTx, id: &str, role: Role, expires_at: Option<Time>) -> Result<User> {
    let user = get(tx, id)?;
    let expires_at = expires_at.filter(|_| role == Role::Auditor);
    if user.role == role && user.expires_at == expires_at {
        return Ok(user);
    }
    if user.role == Role::Admin && role != Role::Admin {
        keep_an_admin(tx, &user, "demoted")?;
    }
    keep_version(tx, &user)?;
    let sql = "UPDATE user SET role = ?2, expires_at = ?3, since = ?4 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![id, role.as_str(), expires_at.map(|time| time.0), tx.now.0])?;
    let mut metadata = Metadata::new();
    if user.role != role {
        metadata = metadata.change("role", user.role.as_str(), role.as_str());
    }
    if user.expires_at != expires_at {
        let written = |time: Option<Time>| json!(time.map(|time| time.to_string()));
        metadata = metadata.change("expires_at", written(user.expires_at), written(expires_at));
    }
    record(tx, Entry::new(Event::UserRoleChanged, "user", id, metadata))?;
    get(tx, id)
}

/// Shuts somebody out: sessions end, keys made by the person stop. A conflict for the last active admin.
pub fn disable(tx: &WriteTx, id: &str) -> Result<User> {
    let user = get(tx, id)?;
    if user.status == UserStatus::Disabled {
        return Ok(user);
    }
    if user.role == Role::Admin {
        keep_an_admin(tx, &user, "disabled")?;
    }
    devices::with_owner_change(tx, id, || services::with_owner_change(tx, id, || set_status(tx, &user, "disabled")))?;
    let ended = sessions::end_all(tx, id, None, "user_disabled")?;
    record(tx, Entry::new(Event::UserDisabled, "user", id, Metadata::new().with("sessions_ended", ended)))?;
    get(tx, id)
}

/// Lets somebody in again. Keys made by the person work again too; ended sessions stay ended.
pub fn enable(tx: &WriteTx, id: &str) -> Result<User> {
    let user = get(tx, id)?;
    if user.status != UserStatus::Disabled {
        return Ok(user);
    }
    devices::with_owner_change(tx, id, || services::with_owner_change(tx, id, || set_status(tx, &user, "active")))?;
    record(tx, Entry::new(Event::UserEnabled, "user", id, Metadata::new()))?;
    get(tx, id)
}

/// Stores a new password and ends the sessions, but for `except`.
pub fn set_password(tx: &WriteTx, id: &str, password_hash: &str, except: Option<&str>) -> Result<()> {
    let sql = "UPDATE user SET password_hash = ?3 WHERE tenant_id = ?1 AND id = ?2";
    if tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, id, password_hash])? != 1 {
        return Err(Error::not_found("User"));
    }
    // Who asked for a link before may not be who chose this password.
    reset_links::forget(tx, id)?;
    let ended = sessions::end_all(tx, id, except, "password_changed")?;
    record(tx, Entry::new(Event::UserPasswordChanged, "user", id, Metadata::new().with("sessions_ended", ended)))
}

/// Replaces the hash of the same password by one of the present parameters, unless it has changed meanwhile.
pub fn rehash(root: &WriteRoot, id: &str, old_hash: &str, new_hash: &str) -> Result<()> {
    let sql = "UPDATE user SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
    root.connection.prepare_cached(sql)?.execute(params![id, old_hash, new_hash])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        email: row.get(2)?,
        name: row.get(3)?,
        role: word(row, 4, Role::parse)?,
        status: word(row, 5, UserStatus::parse)?,
        expires_at: row.get::<_, Option<i64>>(6)?.map(Time),
        last_active_at: row.get::<_, Option<i64>>(7)?.map(Time),
        created_at: Time(row.get(8)?),
        device_count: row.get::<_, i64>(9)?.unsigned_abs(),
        mfa_enabled: row.get(10)?,
    })
}

fn email_taken(error: rusqlite::Error) -> Error {
    match is_duplicate(&error) {
        true => Error::conflict("`email` is in use already"),
        false => error.into(),
    }
}

pub(super) fn keep_an_admin(tx: &Tx, user: &User, what: &str) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM user WHERE tenant_id = ?1 AND role = 'admin' AND status = 'active' AND id <> ?2
                   AND (expires_at IS NULL OR expires_at > ?3))";
    let another: bool = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, user.id, tx.now.0], |row| row.get(0))?;
    // Whoever is no active admin now leaves none fewer behind.
    let counts = user.status != UserStatus::Disabled && user.expires_at.is_none_or(|time| time > tx.now);
    match another || !counts {
        true => Ok(()),
        false => Err(Error::conflict(format!("The last active admin can't be {what}"))),
    }
}

fn set_status(tx: &WriteTx, user: &User, status: &str) -> Result<()> {
    keep_version(tx, user)?;
    let sql = "UPDATE user SET status = ?2, since = ?3 WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![user.id, status, tx.now.0])?;
    Ok(())
}

/// Keeps the present version of the row, which ends now. One that lasted less than a second never held at any moment.
pub(super) fn keep_version(tx: &WriteTx, user: &User) -> Result<()> {
    // The stored status, not the shown one: a lock is no version.
    let status = if user.status == UserStatus::Disabled { "disabled" } else { "active" };
    let data = json!({
        "email": user.email,
        "name": user.name,
        "role": user.role.as_str(),
        "status": status,
        "expires_at": user.expires_at.map(|time| time.0),
    });
    let sql = "INSERT INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
               SELECT id, since, since, tenant_id, ?2, ?2, ?3 FROM user WHERE id = ?1 AND since < ?2";
    tx.connection.prepare_cached(sql)?.execute(params![user.id, tx.now.0, data.to_string()])?;
    Ok(())
}
