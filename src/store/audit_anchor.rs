//! The begin of a chain of the audit log: entries older than the retention go, and a signed anchor stands for them.

use rusqlite::{Connection, OptionalExtension, params};

use super::appliance::signing_key;
use super::tx::{Tx, WriteTx};
use crate::credentials::signing::VerifyingKey;
use crate::domain::anchor::Anchor;
use crate::domain::audit::Hash;
use crate::domain::time::Time;
use crate::error::Result;

/// The anchor of `chain`, if entries were removed from it.
pub(super) fn of(connection: &Connection, chain: &str) -> Result<Option<Anchor>> {
    let sql = "SELECT seq, hash, created_at, signature, public_key FROM audit_anchor WHERE chain = ?1";
    let found = connection.prepare_cached(sql)?.query_row([chain], |row| {
        Ok(Anchor {
            chain: chain.to_owned(),
            seq: row.get(0)?,
            hash: row.get(1)?,
            created_at: Time(row.get(2)?),
            signature: row.get(3)?,
            public_key: row.get(4)?,
        })
    });
    Ok(found.optional()?)
}

/// Whether the key that the anchor names signed it.
pub(super) fn holds(anchor: &Anchor) -> bool {
    VerifyingKey::from_pem(&anchor.public_key).is_ok_and(|key| key.verifies(&anchor.signed(), &anchor.signature))
}

/// How far, after number `after`, entries of the chain are older than `before`; looks at `limit` entries at the most.
///
/// Entries dated after now, from when a clock was ahead, are passed over: what comes after them says how old they are. The last entry of a
/// chain is never among them, for the next one has to follow it.
pub(super) fn older(tx: &Tx, after: i64, before: Time, limit: usize) -> Result<Option<i64>> {
    let sql = "SELECT seq, created_at FROM audit_log WHERE chain = ?1 AND seq > ?2
                   AND seq < (SELECT max(seq) FROM audit_log WHERE chain = ?1) ORDER BY seq LIMIT ?3";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![tx.tenant_id, after, limit as i64])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (seq, created_at): (i64, i64) = (row.get(0)?, row.get(1)?);
        match created_at {
            at if at < before.0 => last = Some(seq),
            at if at > tx.now.0 => {}
            _ => break,
        }
    }
    Ok(last)
}

/// Removes entries that are older than `before`, `limit` at the most, with their personal values, and signs for them. Gives how many.
pub(super) fn advance(tx: &WriteTx, before: Time, limit: usize) -> Result<usize> {
    let present = of(tx.connection, &tx.tenant_id)?.map_or(0, |anchor| anchor.seq);
    let Some(seq) = older(tx, present, before, limit)? else { return Ok(0) };
    let hash: Hash = tx
        .connection
        .prepare_cached("SELECT hash FROM audit_log WHERE chain = ?1 AND seq = ?2")?
        .query_row(params![tx.tenant_id, seq], |row| row.get(0))?;
    let key = signing_key(&tx.root())?;
    let signature = key.sign(&Anchor::message(&tx.tenant_id, seq, &hash, tx.now));
    tx.connection
        .prepare_cached(
            "INSERT INTO audit_anchor (chain, seq, hash, created_at, signature, public_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET seq = ?2, hash = ?3, created_at = ?4, signature = ?5, public_key = ?6",
        )?
        .execute(params![tx.tenant_id, seq, hash, tx.now.0, signature, key.verifying_key().to_pem()])?;
    tx.connection.prepare_cached("DELETE FROM audit_personal WHERE chain = ?1 AND seq <= ?2")?.execute(params![tx.tenant_id, seq])?;
    let sql = "DELETE FROM audit_log WHERE chain = ?1 AND seq <= ?2";
    Ok(tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, seq])?)
}
