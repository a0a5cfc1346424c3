//! Applying erasures again to data that came from elsewhere: a backup that was restored, a tenant that moved in.
//!
//! The one who restores reads [`remembered`] out of the file that is replaced and hands it to [`apply_again`] on the restored one, which
//! keeps what it did not know. An import applies what the target appliance remembers of that tenant.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{Cause, Subject, email_hash, erase_subject};
use crate::error::Result;
use crate::store::tx::{Actor, Root, Tx, WriteRoot};

/// An erasure without the person's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    id: String,
    tenant_id: String,
    person_id: String,
    salt: Vec<u8>,
    hash: Vec<u8>,
    erased_at: i64,
}

/// All erasures that this file knows of.
pub fn remembered(root: &Root) -> Result<Vec<Remembered>> {
    let sql = "SELECT id, tenant_id, person_id, salt, hash, erased_at FROM erasure ORDER BY id";
    let mut statement = root.connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Remembered {
            id: row.get(0)?,
            tenant_id: row.get(1)?,
            person_id: row.get(2)?,
            salt: row.get(3)?,
            hash: row.get(4)?,
            erased_at: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Erases everybody whom `remembered` knows and who is here with his data, and keeps what it says. Gives how many that were.
///
/// No hold stops it, nor that an admin is the last one: these were erased before. The command line makes another admin.
pub fn apply_again(root: &WriteRoot, remembered: &[Remembered]) -> Result<usize> {
    let mut statement = root.connection.prepare_cached(
        "INSERT OR IGNORE INTO erasure (id, tenant_id, person_id, salt, hash, erased_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for erasure in remembered {
        let values = params![erasure.id, erasure.tenant_id, erasure.person_id, erasure.salt, erasure.hash, erasure.erased_at];
        statement.execute(values)?;
    }
    let mut erased = 0;
    let tenants: BTreeSet<&str> = remembered.iter().map(|erasure| erasure.tenant_id.as_str()).collect();
    for tenant in tenants {
        let tx = root.tenant_write(tenant, Actor::system());
        for Present { subject, email, created_at } in present(&tx)? {
            let known = |erasure: &Remembered| {
                let ids = [&subject.person_id, &subject.user_id];
                // Whoever came back after the erasure, under the same email, is somebody new.
                ids.into_iter().flatten().any(|id| *id == erasure.person_id)
                    || (created_at <= erasure.erased_at && email_hash(&erasure.salt, &email)[..] == erasure.hash[..])
            };
            if remembered.iter().any(|erasure| erasure.tenant_id == tenant && known(erasure)) {
                erase_subject(&tx, &subject, &Cause::Again)?;
                erased += 1;
            }
        }
    }
    Ok(erased)
}

/// Somebody whose data is there.
struct Present {
    subject: Subject,
    email: String,
    /// When the appliance learned of the person.
    created_at: i64,
}

/// Everybody of the tenant who is there with an email, people with their accounts and accounts without a person.
fn present(tx: &Tx) -> Result<Vec<Present>> {
    let sql = "SELECT p.id, coalesce(p.user_id, (SELECT id FROM user u WHERE u.tenant_id = p.tenant_id AND u.email = p.email)), p.email,
                   p.created_at
               FROM person p WHERE p.tenant_id = ?1 AND p.email <> p.id
               UNION ALL
               SELECT NULL, u.id, u.email, u.created_at FROM user u WHERE u.tenant_id = ?1 AND u.status <> 'deleted'
                   AND NOT EXISTS (SELECT 1 FROM person p WHERE p.tenant_id = u.tenant_id AND (p.user_id = u.id OR p.email = u.email))";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map([&tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let found = |(person_id, user_id, email, created_at)| Ok(Present { subject: Subject::of(tx, person_id, user_id)?, email, created_at });
    rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().map(found).collect()
}
