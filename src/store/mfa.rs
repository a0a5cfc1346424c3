//! The second factor of a user: set up, confirmed with a code, asked for at sign-in, taken away. Whatever is used is used up in the same write.

use rusqlite::{Connection, OptionalExtension, params};

use super::audit::{Entry, record};
use super::{WriteRoot, WriteTx, users};
use crate::credentials::one_time::{OneTimeCode, RECOVERY_CODES, TotpSecret, recovery_codes};
use crate::credentials::token::HashedToken;
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// What a sign-in has to show, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The account has no second factor.
    NotAsked,
    /// A code of an authenticator, which is used up now.
    Totp,
    /// A recovery code, which is used up now; so many are left.
    Recovery {
        /// Unused ones.
        left: u32,
    },
    /// Nothing.
    Missing,
    /// A code that is wrong or was used before.
    Wrong,
}

/// Begins anew with a secret that nothing asks for until a code of it was shown. A conflict if the user has a second factor already.
pub fn set_up(tx: &WriteTx, user_id: &str, secret: &TotpSecret) -> Result<()> {
    users::get(tx, user_id)?;
    let sql = "INSERT INTO user_mfa (user_id, secret, created_at, last_step) VALUES (?1, ?2, ?3, 0)
               ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
               WHERE confirmed_at IS NULL";
    match tx.connection.prepare_cached(sql)?.execute(params![user_id, secret.as_bytes(), tx.now.0])? {
        1 => Ok(()),
        _ => Err(Error::conflict("A second factor is set up already; take it away first")),
    }
}

/// Turns the second factor on with a first code, and gives the recovery codes, of which only hashes are kept. The session in which it happens
/// counts as one with a second factor from now on; others go on without.
pub fn confirm(tx: &WriteTx, user_id: &str, session_id: &str, code: &OneTimeCode) -> Result<Vec<String>> {
    let Some(stored) = stored(tx.connection, user_id)?.filter(|stored| !stored.confirmed) else {
        return Err(Error::conflict("There is no second factor to confirm; set one up first"));
    };
    let step = match code {
        OneTimeCode::Totp(digits) => stored.secret.matching_step(digits, tx.now, stored.last_step),
        OneTimeCode::Recovery(_) => None,
    };
    let step = step.ok_or_else(|| Error::invalid("`otp` is not the code of this moment; check the clock of the authenticator"))?;
    let sql = "UPDATE user_mfa SET confirmed_at = ?2, last_step = ?3 WHERE user_id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![user_id, tx.now.0, step])?;
    let codes = recovery_codes();
    for code in &codes {
        let OneTimeCode::Recovery(hash) = OneTimeCode::typed(code) else {
            return Err(Error::internal("a recovery code that reads as another code"));
        };
        let sql = "INSERT INTO recovery_code (user_id, hash) VALUES (?1, ?2)";
        tx.connection.prepare_cached(sql)?.execute(params![user_id, hash.as_bytes()])?;
    }
    tx.connection.prepare_cached("UPDATE session SET second_factor = 1 WHERE id = ?1")?.execute([session_id])?;
    let metadata = Metadata::new().with("recovery_codes", RECOVERY_CODES);
    record(tx, Entry::new(Event::UserMfaEnabled, "user", user_id, metadata))?;
    Ok(codes.iter().map(|code| code.to_string()).collect())
}

/// Takes the second factor away, and with it the recovery codes. Not found if there is none; one that was never confirmed goes without a word.
pub fn remove(tx: &WriteTx, user_id: &str) -> Result<()> {
    users::get(tx, user_id)?;
    match forget(tx, user_id)? {
        None => Err(Error::not_found("Second factor")),
        Some(false) => Ok(()),
        Some(true) => record(tx, Entry::new(Event::UserMfaDisabled, "user", user_id, Metadata::new())),
    }
}

/// Deletes what is known of a second factor: whether one was in force, `None` if there was none at all.
pub(super) fn forget(tx: &WriteTx, user_id: &str) -> Result<Option<bool>> {
    tx.connection.prepare_cached("DELETE FROM recovery_code WHERE user_id = ?1")?.execute([user_id])?;
    tx.connection.prepare_cached("UPDATE session SET second_factor = 0 WHERE user_id = ?1 AND ended_at IS NULL")?.execute([user_id])?;
    let sql = "DELETE FROM user_mfa WHERE user_id = ?1 RETURNING confirmed_at IS NOT NULL";
    Ok(tx.connection.prepare_cached(sql)?.query_row([user_id], |row| row.get(0)).optional()?)
}

/// Holds `code` against the second factor of a user whose password was right, and uses it up.
pub(super) fn show(root: &WriteRoot, user_id: &str, code: Option<&OneTimeCode>) -> Result<Shown> {
    let Some(stored) = stored(root.connection, user_id)?.filter(|stored| stored.confirmed) else { return Ok(Shown::NotAsked) };
    match code {
        None => Ok(Shown::Missing),
        Some(OneTimeCode::Totp(digits)) => {
            let Some(step) = stored.secret.matching_step(digits, root.now, stored.last_step) else { return Ok(Shown::Wrong) };
            root.connection.prepare_cached("UPDATE user_mfa SET last_step = ?2 WHERE user_id = ?1")?.execute(params![user_id, step])?;
            Ok(Shown::Totp)
        }
        Some(OneTimeCode::Recovery(hash)) => use_recovery_code(root.connection, user_id, hash, root.now),
    }
}

fn use_recovery_code(connection: &Connection, user_id: &str, hash: &HashedToken, now: Time) -> Result<Shown> {
    let sql = "UPDATE recovery_code SET used_at = ?3 WHERE user_id = ?1 AND hash = ?2 AND used_at IS NULL";
    if connection.prepare_cached(sql)?.execute(params![user_id, hash.as_bytes(), now.0])? != 1 {
        return Ok(Shown::Wrong);
    }
    let sql = "SELECT count(*) FROM recovery_code WHERE user_id = ?1 AND used_at IS NULL";
    Ok(Shown::Recovery { left: connection.prepare_cached(sql)?.query_row([user_id], |row| row.get(0))? })
}

struct Stored {
    secret: TotpSecret,
    confirmed: bool,
    last_step: i64,
}

fn stored(connection: &Connection, user_id: &str) -> Result<Option<Stored>> {
    let sql = "SELECT secret, confirmed_at IS NOT NULL, last_step FROM user_mfa WHERE user_id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([user_id], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?)));
    let Some((secret, confirmed, last_step)) = found.optional()? else { return Ok(None) };
    let secret = TotpSecret::from_bytes(&secret).ok_or_else(|| Error::internal(format!("the second factor of {user_id} is no secret")))?;
    Ok(Some(Stored { secret, confirmed, last_step }))
}
