//! Sessions and their refresh tokens: each token works once; using one twice ends the session.

use rusqlite::{OptionalExtension, Row, params};

use super::audit::{Entry, record};
use super::word::word;
use super::{Actor, Root, Tx, WriteRoot, WriteTx};
use crate::credentials::id::new_id;
use crate::credentials::jwt::AccessClaims;
use crate::credentials::token::HashedToken;
use crate::domain::access::{Allowance, Caller, Credential, Role};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::{DAY, Time};
use crate::error::{Error, Result};

/// How long a refresh token works, and a session without a refresh lasts.
pub const REFRESH_TOKEN_SECONDS: i64 = 7 * DAY;

/// Somebody who has just been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose session, and which.
    pub claims: AccessClaims,
    /// The role now.
    pub role: Role,
}

/// A credential that holds, and when it was last noted as used.
pub struct Live {
    /// Who calls.
    pub caller: Caller,
    /// To within five minutes.
    pub last_used_at: Option<Time>,
}

/// How a session shows itself from now on.
#[derive(Debug, Clone)]
pub enum Means {
    /// Access tokens, renewed with this refresh token.
    Tokens(HashedToken),
    /// This cookie of a browser.
    Cookie(HashedToken),
}

/// Begins a session of the user, with the address and user agent of the actor. Returns its id.
pub fn create(tx: &WriteTx, user_id: &str, means: &Means, second_factor: bool) -> Result<String> {
    let id = new_id("ses", tx.now);
    let expires_at = tx.now.plus_seconds(REFRESH_TOKEN_SECONDS);
    let address = tx.actor.ip_address.map(|address| address.to_string());
    let cookie_hash = match means {
        Means::Tokens(_) => None,
        Means::Cookie(hash) => Some(hash.as_bytes()),
    };
    let sql = "INSERT INTO session (id, tenant_id, user_id, ip_address, user_agent, created_at, last_used_at, expires_at, second_factor,
                   cookie_hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9)";
    let values = params![id, tx.tenant_id, user_id, address, tx.actor.user_agent, tx.now.0, expires_at.0, second_factor, cookie_hash];
    tx.connection.prepare_cached(sql)?.execute(values)?;
    tx.connection.prepare_cached("UPDATE user SET last_active_at = ?2 WHERE id = ?1")?.execute(params![user_id, tx.now.0])?;
    if let Means::Tokens(token) = means {
        insert_token(&tx.root(), &id, token, expires_at)?;
    }
    Ok(id)
}

/// Uses up the refresh token `presented` and puts `next` in its place. `None` if it is unknown, expired or used, if its session has
/// ended, or if its user may not sign in. A used one ends its session, for one of the two who showed it has stolen it.
pub fn refresh(root: &WriteRoot, stranger: Actor, presented: &HashedToken, next: &HashedToken) -> Result<Option<SignedIn>> {
    let sql = "SELECT s.id, s.tenant_id, s.user_id, u.role, u.email, t.used_at IS NOT NULL,
                   t.expires_at > ?2 AND s.expires_at > ?2 AND u.status = 'active' AND (u.expires_at IS NULL OR u.expires_at > ?2)
               FROM refresh_token t JOIN session s ON s.id = t.session_id JOIN user u ON u.id = s.user_id
               WHERE t.hash = ?1 AND s.ended_at IS NULL";
    let found = root
        .connection
        .prepare_cached(sql)?
        .query_row(params![presented.as_bytes(), root.now.0], |row| {
            let claims = AccessClaims { session_id: row.get(0)?, tenant_id: row.get(1)?, user_id: row.get(2)? };
            let signed_in = SignedIn { claims, role: word(row, 3, Role::parse)? };
            Ok((signed_in, row.get::<_, String>(4)?, row.get::<_, bool>(5)?, row.get::<_, bool>(6)?))
        })
        .optional()?;
    let Some((signed_in, email, used, holds)) = found else { return Ok(None) };
    let session_id = signed_in.claims.session_id.clone();
    if used {
        let tx = root.tenant_write(&signed_in.claims.tenant_id, stranger);
        end(&tx, &session_id, "refresh_token_reused")?;
        let metadata = Metadata::new().with("session_id", session_id).with_personal("email", &email);
        record(&tx, Entry::new(Event::RefreshTokenReused, "user", &signed_in.claims.user_id, metadata))?;
        return Ok(None);
    }
    if !holds {
        return Ok(None);
    }
    let (now, expires_at) = (root.now.0, root.now.plus_seconds(REFRESH_TOKEN_SECONDS));
    root.connection
        .prepare_cached("UPDATE refresh_token SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL")?
        .execute(params![presented.as_bytes(), now])?;
    // Used ones are kept as long as they would have worked: until then showing one again tells of theft.
    root.connection
        .prepare_cached("DELETE FROM refresh_token WHERE session_id = ?1 AND expires_at <= ?2")?
        .execute(params![session_id, now])?;
    root.connection.prepare_cached("UPDATE session SET last_used_at = ?2, expires_at = ?3 WHERE id = ?1")?.execute(params![
        session_id,
        now,
        expires_at.0
    ])?;
    insert_token(root, &session_id, next, expires_at)?;
    Ok(Some(signed_in))
}

/// `?1` is the present time. The setting is looked at only for sessions without a second factor.
const LIVE: &str = "SELECT s.tenant_id, u.role, s.id, u.id, u.email, t.requests_per_minute, t.requests_per_day, s.last_used_at,
        s.second_factor = 0 AND (SELECT coalesce(data ->> '$.mfa_required', 0) FROM settings_version v WHERE v.tenant_id = s.tenant_id
            ORDER BY version DESC LIMIT 1)
    FROM session s JOIN user u ON u.id = s.user_id JOIN tenant t ON t.id = s.tenant_id
    WHERE s.ended_at IS NULL AND s.expires_at > ?1 AND u.status = 'active' AND (u.expires_at IS NULL OR u.expires_at > ?1)";

/// The caller whom `claims` name, if the session lasts and the user may sign in at this moment.
pub fn find_live(root: &Root, claims: &AccessClaims) -> Result<Option<Live>> {
    // SQL: LIVE is a constant query.
    let sql = format!("{LIVE} AND s.id = ?2 AND s.user_id = ?3 AND s.tenant_id = ?4 AND s.cookie_hash IS NULL");
    let values = params![root.now.0, claims.session_id, claims.user_id, claims.tenant_id];
    Ok(root.connection.prepare_cached(&sql)?.query_row(values, read_live).optional()?)
}

/// The caller to whose browser this cookie was given, under the same conditions.
pub fn find_cookie(root: &Root, cookie: &HashedToken) -> Result<Option<Live>> {
    // SQL: as above.
    let sql = format!("{LIVE} AND s.cookie_hash = ?2");
    Ok(root.connection.prepare_cached(&sql)?.query_row(params![root.now.0, cookie.as_bytes()], read_live).optional()?)
}

/// Notes that session and user are active now.
pub fn touch(root: &WriteRoot, session_id: &str, user_id: &str) -> Result<()> {
    let sql = "UPDATE session SET last_used_at = ?2 WHERE id = ?1 AND last_used_at < ?2";
    root.connection.prepare_cached(sql)?.execute(params![session_id, root.now.0])?;
    let sql = "UPDATE user SET last_active_at = ?2 WHERE id = ?1 AND (last_active_at IS NULL OR last_active_at < ?2)";
    root.connection.prepare_cached(sql)?.execute(params![user_id, root.now.0])?;
    Ok(())
}

/// Ends a session: its access and refresh tokens fail from now on.
pub fn end(tx: &WriteTx, session_id: &str, reason: &str) -> Result<()> {
    let sql = "UPDATE session SET ended_at = ?3, ended_reason = ?4 WHERE tenant_id = ?1 AND id = ?2 AND ended_at IS NULL";
    tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, session_id, tx.now.0, reason])?;
    Ok(())
}

/// Ends a session on its owner's wish, with an entry in the audit log.
pub fn log_out(tx: &WriteTx, session_id: &str, user_id: &str) -> Result<()> {
    end(tx, session_id, "logout")?;
    record(tx, Entry::new(Event::UserLogout, "user", user_id, Metadata::new().with("session_id", session_id)))
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `ses_…`
    pub id: String,
    /// Where it began; none once that is no longer kept.
    pub ip_address: Option<String>,
    /// What the client called itself then.
    pub user_agent: Option<String>,
    /// Whether it is a browser's with a cookie.
    pub is_browser: bool,
    /// Whether a second factor was shown in it.
    pub second_factor: bool,
    /// When it began.
    pub created_at: Time,
    /// The last request, to within five minutes.
    pub last_used_at: Time,
    /// When it ends unless it is renewed.
    pub expires_at: Time,
}

/// The user's sessions that last, the newest first.
pub fn list(tx: &Tx, user_id: &str, skip: i64, limit: i64) -> Result<(Vec<Shown>, u64)> {
    let condition = "tenant_id = ?1 AND user_id = ?2 AND ended_at IS NULL AND expires_at > ?3";
    // SQL: the condition above; all values are bound.
    let sql = format!("SELECT count(*) FROM session WHERE {condition}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params![tx.tenant_id, user_id, tx.now.0], |row| row.get(0))?;
    // SQL: as above.
    let sql = format!(
        "SELECT id, ip_address, user_agent, cookie_hash IS NOT NULL, second_factor, created_at, last_used_at, expires_at
         FROM session WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ?4 OFFSET ?5"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, user_id, tx.now.0, limit, skip], |row| {
        Ok(Shown {
            id: row.get(0)?,
            ip_address: row.get(1)?,
            user_agent: row.get(2)?,
            is_browser: row.get(3)?,
            second_factor: row.get(4)?,
            created_at: Time(row.get(5)?),
            last_used_at: Time(row.get(6)?),
            expires_at: Time(row.get(7)?),
        })
    })?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// Ends one session of the user, with an entry. Not found if there is none that lasts in the tenant, forbidden if it is somebody else's.
pub fn end_own(tx: &WriteTx, user_id: &str, session_id: &str) -> Result<()> {
    let sql = "SELECT user_id FROM session WHERE tenant_id = ?1 AND id = ?2 AND ended_at IS NULL AND expires_at > ?3";
    let values = params![tx.tenant_id, session_id, tx.now.0];
    let owner: Option<String> = tx.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    match owner {
        None => return Err(Error::not_found("Session")),
        Some(owner) if owner != user_id => return Err(Error::forbidden("This session is not yours")),
        Some(_) => end(tx, session_id, "ended_by_owner")?,
    }
    record(tx, Entry::new(Event::SessionEnded, "user", user_id, Metadata::new().with("session_id", session_id)))
}

/// Ends the user's sessions but for `except`. Returns how many there were.
pub fn end_all(tx: &WriteTx, user_id: &str, except: Option<&str>, reason: &str) -> Result<u64> {
    let sql = "UPDATE session SET ended_at = ?3, ended_reason = ?4
               WHERE tenant_id = ?1 AND user_id = ?2 AND ended_at IS NULL AND expires_at > ?3 AND (?5 IS NULL OR id <> ?5)";
    let ended = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, user_id, tx.now.0, reason, except])?;
    Ok(ended as u64)
}

fn insert_token(root: &WriteRoot, session_id: &str, token: &HashedToken, expires_at: Time) -> Result<()> {
    let sql = "INSERT INTO refresh_token (hash, session_id, expires_at) VALUES (?1, ?2, ?3)";
    root.connection.prepare_cached(sql)?.execute(params![token.as_bytes(), session_id, expires_at.0])?;
    Ok(())
}

fn read_live(row: &Row) -> rusqlite::Result<Live> {
    let caller = Caller {
        tenant_id: row.get(0)?,
        role: word(row, 1, Role::parse)?,
        credential: Credential::Session { session_id: row.get(2)?, user_id: row.get(3)? },
        email: row.get(4)?,
        allowance: Allowance { per_minute: row.get(5)?, per_day: row.get(6)? },
        lacks_second_factor: row.get(8)?,
    };
    Ok(Live { caller, last_used_at: row.get::<_, Option<i64>>(7)?.map(Time) })
}
