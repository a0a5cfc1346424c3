//! Links with which a user chooses a new password: one for each user, for one use, for a day. Only the hash of the secret is stored.

use rusqlite::{OptionalExtension, params};

use super::api_keys::{self, MAKING_KEY_HOLDS};
use super::audit::{Entry, record};
use super::users::{self, MAKER_IS_ADMIN};
use super::{Actor, ActorType, Root, WriteRoot, WriteTx, sign_in};
use crate::credentials::token::{HashedToken, PlainToken};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::{DAY, Time};
use crate::domain::user::{User, UserStatus};
use crate::error::{Error, Result};

/// How long a link works.
pub const RESET_LINK_SECONDS: i64 = DAY;
/// What the secret begins with.
const SECRET_PREFIX: &str = "rr_";

/// Makes a link for the user on behalf of `maker`, an admin; one that was made before ends. Gives its secret and until when it works. A
/// conflict for a disabled user.
pub fn add(tx: &WriteTx, user_id: &str, maker: Option<&str>) -> Result<(PlainToken, Time)> {
    if users::get(tx, user_id)?.status == UserStatus::Disabled {
        return Err(Error::conflict("This user is disabled and could not sign in with a new password either"));
    }
    let (secret, expires_at) = (PlainToken::generate(SECRET_PREFIX), tx.now.plus_seconds(RESET_LINK_SECONDS));
    let sql = "INSERT OR REPLACE INTO reset_link (user_id, hash, created_by, created_with, created_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let hash = secret.hashed();
    let values = params![user_id, hash.as_bytes(), maker, api_keys::in_hand(&tx.actor), tx.now.0, expires_at.0];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    let metadata = Metadata::new().with("reset_link_expires_at", expires_at.to_string());
    record(tx, Entry::new(Event::UserUpdated, "user", user_id, metadata))?;
    Ok((secret, expires_at))
}

/// The user to whom a link belongs that works at this moment: whoever made it must still be an admin, the key that did still hold.
pub fn find(root: &Root, secret: &HashedToken) -> Result<Option<User>> {
    // SQL: both conditions are constants.
    let sql = format!(
        "SELECT u.tenant_id, u.id FROM reset_link made JOIN user u ON u.id = made.user_id WHERE made.hash = ?1 AND made.expires_at > ?2
             AND u.status = 'active' AND (u.expires_at IS NULL OR u.expires_at > ?2) AND {MAKER_IS_ADMIN} AND {MAKING_KEY_HOLDS}"
    );
    let found: Option<(String, String)> = root
        .connection
        .prepare_cached(&sql)?
        .query_row(params![secret.as_bytes(), root.now.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((tenant_id, id)) = found else { return Ok(None) };
    users::get(&root.tenant(&tenant_id, Actor::system()), &id).map(Some)
}

/// Uses a link up: stores the new password, ends all sessions and every lock. False if the link works no more. `stranger` is who shows it.
pub fn reset(root: &WriteRoot, stranger: Actor, secret: &HashedToken, password_hash: &str) -> Result<bool> {
    let Some(user) = find(root, secret)? else { return Ok(false) };
    let actor = Actor { actor_type: ActorType::User, id: Some(user.id.clone()), email: Some(user.email.clone()), ..stranger };
    let tx = root.tenant_write(&user.tenant_id, actor);
    users::set_password(&tx, &user.id, password_hash, None)?;
    sign_in::unlock(&tx, &user.id, &user.email)?;
    Ok(true)
}

/// Ends the user's link, if there is one.
pub(super) fn forget(tx: &WriteTx, user_id: &str) -> Result<()> {
    tx.connection.prepare_cached("DELETE FROM reset_link WHERE user_id = ?1")?.execute([user_id])?;
    Ok(())
}
