//! The audit log: an entry in the same transaction as its change, chained by SHA-256.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::tx::{ActorType, WriteRoot, WriteTx};
use crate::credentials::id::{new_id, random};
use crate::domain::audit::{Event, Hash, Metadata, SALT_BYTES, SealedEntry, first_previous_hash, sealed};
use crate::error::Result;

/// The chain of what belongs to no tenant.
pub const APPLIANCE_CHAIN: &str = "appliance";

/// What happened.
pub struct Entry {
    /// The event.
    pub event: Event,
    /// Kind (`device`, `user`, …) and id of what it happened to.
    pub resource: Option<(&'static str, String)>,
    /// What changed.
    pub metadata: Metadata,
    /// False for what agents do by themselves: their heartbeats are no time clock and no record of places.
    pub with_address: bool,
}

impl Entry {
    /// An entry about `resource_type` `resource_id`, with the actor's address.
    pub fn new(event: Event, resource_type: &'static str, resource_id: &str, metadata: Metadata) -> Entry {
        Entry { event, resource: Some((resource_type, resource_id.to_owned())), metadata, with_address: true }
    }
}

/// Appends `entry` to the tenant's chain.
pub fn record(tx: &WriteTx, entry: Entry) -> Result<()> {
    append(tx, &tx.tenant_id, entry)
}

/// Appends `entry` to the appliance's own chain; `actor` is who did it.
pub fn record_appliance(root: &WriteRoot, actor: super::tx::Actor, entry: Entry) -> Result<()> {
    append(&root.tenant_write(APPLIANCE_CHAIN, actor), APPLIANCE_CHAIN, entry)
}

fn append(tx: &WriteTx, chain: &str, entry: Entry) -> Result<()> {
    let head = tx
        .connection
        .prepare_cached("SELECT seq, hash FROM audit_log WHERE chain = ?1 ORDER BY seq DESC LIMIT 1")?
        .query_row([chain], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Hash>(1)?)))
        .optional()?;
    let (last, previous_hash) = head.unwrap_or_else(|| (0, first_previous_hash(chain)));
    let seq = last + 1;
    let mut personal: Vec<(String, [u8; SALT_BYTES], String)> = Vec::new();
    let mut hide = |field: &str, value: &str| {
        let salt = random::<SALT_BYTES>();
        personal.push((field.to_owned(), salt, value.to_owned()));
        sealed(&salt, value)
    };
    let actor = &tx.actor;
    let address = actor.ip_address.filter(|_| entry.with_address && actor.actor_type != ActorType::Agent);
    let (resource_type, resource_id) = entry.resource.map_or((None, None), |(kind, id)| (Some(kind.to_owned()), Some(id)));
    // In an export an empty cell means none: ids are never empty texts.
    let named = |id: &String| !id.is_empty();
    let sealed_entry = SealedEntry {
        id: new_id("evt", tx.now),
        seq,
        event_name: entry.event.name().to_owned(),
        event_title: entry.event.title(),
        category: entry.event.category().to_owned(),
        resource_type,
        resource_id: resource_id.filter(named),
        actor_id: actor.id.clone().filter(named),
        actor_type: actor.actor_type.as_str().to_owned(),
        actor_email: actor.email.as_deref().map(|email| hide("actor_email", email)),
        ip_address: address.map(|address| hide("ip_address", &address.to_string())),
        user_agent: actor.user_agent.as_deref().filter(|_| entry.with_address).map(|agent| hide("user_agent", agent)),
        metadata: entry.metadata.seal(&mut hide),
        created_at: tx.now,
        previous_hash,
    };
    insert(tx, chain, &sealed_entry)?;
    let mut statement =
        tx.connection.prepare_cached("INSERT INTO audit_personal (chain, seq, field, salt, value) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (field, salt, value) in personal {
        statement.execute(params![chain, seq, field, salt, value])?;
    }
    Ok(())
}

pub(super) fn insert(tx: &WriteTx, chain: &str, entry: &SealedEntry) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO audit_log (chain, seq, id, event_name, event_title, category, resource_type, resource_id, actor_id, actor_type,
                 actor_email, ip_address, user_agent, metadata, created_at, hash, previous_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            chain,
            entry.seq,
            entry.id,
            entry.event_name,
            entry.event_title,
            entry.category,
            entry.resource_type,
            entry.resource_id,
            entry.actor_id,
            entry.actor_type,
            entry.actor_email,
            entry.ip_address,
            entry.user_agent,
            Value::to_string(&entry.metadata),
            entry.created_at.0,
            entry.hash(),
            entry.previous_hash,
        ])?;
    Ok(())
}
