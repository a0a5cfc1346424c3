//! Accounts and people as they were at a moment, and the names by which reports call them.

use rusqlite::{OptionalExtension, params};

use super::active_at;
use crate::domain::access::Role;
use crate::domain::person::Person;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::version_at;
use crate::store::people;
use crate::store::tx::Tx;
use crate::store::word::word;

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The person's or key's name.
    pub name: String,
    /// The account's email; `None` for keys and deleted accounts.
    pub email: Option<String>,
}

/// An account that could sign in at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Whose it was.
    pub named: Named,
    /// Its role.
    pub role: Role,
    /// Whether it asked for a second factor.
    pub mfa_enabled: bool,
}

/// What the user or API key called `id` was called at `at`; erased names as the store keeps them. `None` if there never was one.
pub fn name_at(tx: &Tx, id: &str, at: Time) -> Result<Option<Named>> {
    let sql = "SELECT name, email, since FROM user WHERE id = ?1 AND tenant_id = ?2
               UNION ALL SELECT name, '', 0 FROM api_key WHERE id = ?1 AND tenant_id = ?2 LIMIT 1";
    let present: Option<(String, String, i64)> = tx
        .connection
        .prepare_cached(sql)?
        .query_row(params![id, tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((mut name, mut email, since)) = present else { return Ok(None) };
    if since > at.0
        && let Some((data, _)) = version_at(tx, id, at)?
    {
        let text = |field: &str| data.get(field).and_then(|value| value.as_str()).map(str::to_owned);
        (name, email) = (text("name").unwrap_or(name), text("email").unwrap_or(email));
    }
    Ok(Some(Named { name, email: Some(email).filter(|email| email.contains('@')) }))
}

/// The accounts that could sign in at `at`, oldest first.
pub fn accounts_at(tx: &Tx, at: Time) -> Result<Vec<Account>> {
    let sql = "SELECT id, role, since, expires_at FROM user WHERE tenant_id = ?1 AND created_at <= ?2 ORDER BY created_at, id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, at.0], |row| {
        Ok((row.get::<_, String>(0)?, word(row, 1, Role::parse)?, row.get::<_, i64>(2)?, row.get::<_, Option<i64>>(3)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (id, mut role, since, mut expires_at) = row?;
        if since > at.0
            && let Some((data, _)) = version_at(tx, &id, at)?
        {
            role = data.get("role").and_then(|role| role.as_str()).and_then(Role::parse).unwrap_or(role);
            expires_at = data.get("expires_at").and_then(|time| time.as_i64());
        }
        if active_at(tx, &id, at)? != Some(true) || expires_at.is_some_and(|time| time <= at.0) {
            continue;
        }
        if let Some(named) = name_at(tx, &id, at)? {
            found.push(Account { mfa_enabled: mfa_at(tx, &id, at)?, id, named, role });
        }
    }
    Ok(found)
}

/// Whether the account asked for a second factor at `at`: by the last entry of the log that says so, else by the present one's begin.
fn mfa_at(tx: &Tx, user_id: &str, at: Time) -> Result<bool> {
    let sql = "SELECT event_name FROM audit_log WHERE chain = ?1 AND resource_id = ?2 AND created_at <= ?3
                   AND event_name IN ('user_mfa_enabled', 'user_mfa_disabled') ORDER BY seq DESC LIMIT 1";
    let last: Option<String> =
        tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, user_id, at.0], |row| row.get(0)).optional()?;
    if let Some(last) = last {
        return Ok(last == "user_mfa_enabled");
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM user_mfa WHERE user_id = ?1 AND confirmed_at <= ?2)";
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![user_id, at.0], |row| row.get(0))?)
}

/// Everybody whom the appliance knew at `at`, as known then, by id. Whether they had a device is not looked up: `has_device` is the present.
pub fn people_at(tx: &Tx, at: Time) -> Result<Vec<Person>> {
    // SQL: the columns are a constant list of names.
    let sql = format!("SELECT {} FROM person p WHERE p.tenant_id = ?1 AND p.created_at <= ?2 ORDER BY p.id", people::COLUMNS);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    statement.query_map(params![tx.tenant_id, at.0], people::from_row)?.map(|person| people::as_of(tx, person?, at)).collect()
}
