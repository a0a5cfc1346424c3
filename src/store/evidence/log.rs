//! What a report says of the audit log and of the rules' sources.

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::domain::audit::hex;
use crate::domain::checkpoint::Checkpoint;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::appliance::signing_key;
use crate::store::audit_read::head;
use crate::store::audit_verify::{Verification, verify_within};
use crate::store::tx::{Root, Tx};

/// The tenant's chain, walked now.
pub struct Chain {
    /// What the walk found.
    pub verification: Verification,
    /// Its head, as of now.
    pub head: Checkpoint,
    /// The head's signature, base64.
    pub signature: String,
    /// PEM of the key that signs heads and reports.
    pub signing_key_pem: String,
}

/// Walks the tenant's chain within this transaction and signs its head.
pub fn chain(tx: &Tx) -> Result<Chain> {
    let key = signing_key(&Root::new(tx.connection, tx.now))?;
    let (seq, hash) = head(tx)?;
    let head = Checkpoint { chain: tx.tenant_id.clone(), seq, hash, created_at: tx.now };
    Ok(Chain {
        verification: verify_within(tx.connection, &tx.tenant_id)?,
        signature: key.sign(&head.message()),
        head,
        signing_key_pem: key.verifying_key().to_pem(),
    })
}

/// The tenant's entries of `from..=to` by event: name, title and count, most first.
pub fn events(tx: &Tx, from: Time, to: Time) -> Result<Vec<(String, String, u64)>> {
    let sql = "SELECT event_name, max(event_title), count(*) FROM audit_log WHERE chain = ?1 AND created_at BETWEEN ?2 AND ?3
               GROUP BY event_name ORDER BY count(*) DESC, event_name";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![tx.tenant_id, from.0, to.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs())))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// SHA-256 of the table of supported systems that came into force at `since`, in hex.
pub fn os_support_sha256(tx: &Tx, since: Time) -> Result<Option<String>> {
    let sql = "SELECT os_support FROM catalogue_version WHERE since = ?1 ORDER BY version DESC LIMIT 1";
    let text: Option<String> = tx.connection.prepare_cached(sql)?.query_row([since.0], |row| row.get(0)).optional()?;
    Ok(text.map(|text| hex(&Sha256::digest(text))))
}
