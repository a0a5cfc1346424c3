//! API keys: only their hash is stored; they die with their maker, and never reach beyond the maker's present role.

use rusqlite::{OptionalExtension, Row, params};

use super::audit::{Entry, record};
use super::sessions::Live;
use super::word::word;
use super::{Actor, ActorType, Root, Tx, WriteRoot, WriteTx};
use crate::credentials::id::new_id;
use crate::credentials::token::{HashedToken, PlainToken};
use crate::domain::access::{Allowance, Caller, Credential, Role};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::domain::user::{ApiKey, key_role};
use crate::error::{Error, Result};

/// A key to be made.
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// Any but auditor.
    pub role: Role,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// Who makes it; none on the command line.
    pub created_by: Option<String>,
}

const COLUMNS: &str = "id, name, role, prefix, created_by, created_at, expires_at, last_used_at";

/// Stores the hash of `token` under a new key. The caller has checked that the maker may grant the role.
pub fn add(tx: &WriteTx, key: &NewApiKey, token: &PlainToken) -> Result<ApiKey> {
    let made = ApiKey {
        id: new_id("key", tx.now),
        name: key.name.clone(),
        role: key.role,
        prefix: token.shown_prefix(),
        created_by: key.created_by.clone(),
        created_at: tx.now,
        expires_at: key.expires_at,
        last_used_at: None,
    };
    let sql = "INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, created_by, created_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let hash = token.hashed();
    let expires_at = made.expires_at.map(|time| time.0);
    let role = made.role.as_str();
    let values = params![made.id, tx.tenant_id, made.name, role, made.prefix, hash.as_bytes(), made.created_by, tx.now.0, expires_at];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    let metadata = Metadata::new().with_personal("name", &made.name).with("role", made.role.as_str());
    let metadata = metadata.with("expires_at", made.expires_at.map(|time| time.to_string()));
    record(tx, Entry::new(Event::ApiKeyCreated, "api_key", &made.id, metadata))?;
    Ok(made)
}

/// Stores the hash of `token` as the key of the device of this serial number: it may report that and nothing else, and it belongs to nobody.
pub(super) fn add_of_device(tx: &WriteTx, serial_number: &str, device_name: &str, token: &PlainToken) -> Result<()> {
    let (id, hash, role) = (new_id("key", tx.now), token.hashed(), Role::Agent.as_str());
    let sql =
        "INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, serial_number, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = params![id, tx.tenant_id, device_name, role, token.shown_prefix(), hash.as_bytes(), serial_number, tx.now.0];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    let metadata = Metadata::new().with_personal("name", device_name).with("role", role).with_personal("serial_number", serial_number);
    record(tx, Entry::new(Event::ApiKeyCreated, "api_key", &id, metadata))
}

/// Revokes the keys of the device of this serial number, each with an entry.
pub(super) fn revoke_of_device(tx: &WriteTx, serial_number: &str) -> Result<()> {
    let sql = "SELECT id FROM api_key WHERE tenant_id = ?1 AND serial_number = ?2 AND revoked_at IS NULL";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let keys: Vec<String> = statement.query_map([&tx.tenant_id, serial_number], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    keys.iter().try_for_each(|id| revoke(tx, id))
}

/// A page of the tenant's keys that have not been revoked, newest first, and how many there are. Devices' own keys are not among them.
pub fn list(tx: &Tx, skip: i64, limit: i64) -> Result<(Vec<ApiKey>, u64)> {
    let condition = "tenant_id = ?1 AND revoked_at IS NULL AND serial_number IS NULL";
    // SQL: the condition above; all values are bound.
    let sql = format!("SELECT count(*) FROM api_key WHERE {condition}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row([&tx.tenant_id], |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM api_key WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ?2 OFFSET ?3");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, limit, skip], read)?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// The key as the list has it; none if it is no longer there.
pub fn find(tx: &Tx, id: &str) -> Result<Option<ApiKey>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM api_key WHERE tenant_id = ?1 AND id = ?2 AND revoked_at IS NULL");
    Ok(tx.connection.prepare_cached(&sql)?.query_row([tx.tenant_id.as_str(), id], read).optional()?)
}

/// Revokes a key; its next request fails. Not found if there is none in the tenant, or if it is revoked already.
pub fn revoke(tx: &WriteTx, id: &str) -> Result<()> {
    let sql = "UPDATE api_key SET revoked_at = ?3 WHERE tenant_id = ?1 AND id = ?2 AND revoked_at IS NULL RETURNING name";
    let name: Option<String> =
        tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, id, tx.now.0], |row| row.get(0)).optional()?;
    let name = name.ok_or_else(|| Error::not_found("API key"))?;
    record(tx, Entry::new(Event::ApiKeyRevoked, "api_key", id, Metadata::new().with_personal("name", &name)))
}

/// The tenant of a key, for the operator, who knows ids only.
pub fn tenant_of(root: &Root, id: &str) -> Result<Option<String>> {
    let sql = "SELECT tenant_id FROM api_key WHERE id = ?1";
    Ok(root.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
}

/// The caller whom a key stands for, if the key holds at this moment and its maker, if any, may sign in.
/// The role is the key's own, cut down to the maker's present one.
pub fn find_live(root: &Root, hash: &HashedToken) -> Result<Option<Live>> {
    let sql =
        "SELECT k.tenant_id, k.role, u.role, k.id, k.created_by, k.serial_number, t.requests_per_minute, t.requests_per_day, k.last_used_at
               FROM api_key k JOIN tenant t ON t.id = k.tenant_id LEFT JOIN user u ON u.id = k.created_by
               WHERE k.hash = ?1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2)
                 AND (k.created_by IS NULL OR (u.status = 'active' AND (u.expires_at IS NULL OR u.expires_at > ?2)))";
    let found = root.connection.prepare_cached(sql)?.query_row(params![hash.as_bytes(), root.now.0], read_live).optional()?;
    Ok(found.flatten())
}

/// A condition on what a key made (`created_with` of the table called `made`): the key holds at this moment. `?2` is the present time.
pub(super) const MAKING_KEY_HOLDS: &str = "(made.created_with IS NULL OR EXISTS (SELECT 1 FROM api_key k WHERE k.id = made.created_with
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2)))";

/// The key with which `actor` does what he does; none for who is signed in.
pub(super) fn in_hand(actor: &Actor) -> Option<&str> {
    (actor.actor_type == ActorType::ApiKey).then_some(actor.id.as_deref()).flatten()
}

/// Notes that the key is used now.
pub fn touch(root: &WriteRoot, id: &str) -> Result<()> {
    let sql = "UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";
    root.connection.prepare_cached(sql)?.execute(params![id, root.now.0])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        role: word(row, 2, Role::parse)?,
        prefix: row.get(3)?,
        created_by: row.get(4)?,
        created_at: Time(row.get(5)?),
        expires_at: row.get::<_, Option<i64>>(6)?.map(Time),
        last_used_at: row.get::<_, Option<i64>>(7)?.map(Time),
    })
}

fn read_live(row: &Row) -> rusqlite::Result<Option<Live>> {
    let key = word(row, 1, Role::parse)?;
    let creator_id: Option<String> = row.get(4)?;
    let role = match &creator_id {
        Some(_) => key_role(key, word(row, 2, Role::parse)?),
        None => Some(key),
    };
    let Some(role) = role else { return Ok(None) };
    let caller = Caller {
        tenant_id: row.get(0)?,
        role,
        credential: Credential::ApiKey { key_id: row.get(3)?, creator_id, serial_number: row.get(5)? },
        email: None,
        allowance: Allowance { per_minute: row.get(6)?, per_day: row.get(7)? },
        lacks_second_factor: false,
    };
    Ok(Some(Live { caller, last_used_at: row.get::<_, Option<i64>>(8)?.map(Time) }))
}
