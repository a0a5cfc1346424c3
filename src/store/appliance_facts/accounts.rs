//! The accounts that could sign in at a moment, with their facts.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use crate::domain::access::Role;
use crate::domain::facts::Facts;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::version_at;
use crate::store::sessions::REFRESH_TOKEN_SECONDS;
use crate::store::tx::Tx;
use crate::store::word::word;

/// An account at a moment at which it could sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserState {
    /// Its id.
    pub id: String,
    /// Its role then.
    pub role: Role,
    /// Whether it had a second factor; `None` where the log no longer tells.
    pub mfa_enabled: Option<bool>,
    /// When it was last active, never too late. Where single uses are not kept any more, up to a week too early; a later time than the
    /// moment asked about where nothing from before it is kept.
    pub last_active_at: Option<Time>,
}

impl UserState {
    /// Its facts. Whoever can sign in is active.
    pub fn facts(&self) -> Facts<'static> {
        Facts::from_fields(vec![
            ("status", "active".into()),
            ("role", self.role.as_str().into()),
            ("mfa_enabled", self.mfa_enabled.into()),
            ("last_active_at", self.last_active_at.map_or(Value::Null, |time| time.to_string().into())),
        ])
    }

    /// Whether it was an administrator.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

/// Every account that could sign in at `at`, as it was known then, the oldest first.
pub fn user_facts(tx: &Tx, at: Time) -> Result<Vec<UserState>> {
    let sql = "SELECT id, role, status, expires_at, last_active_at, since FROM user WHERE tenant_id = ?1 AND created_at <= ?2
               ORDER BY created_at, id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, at.0], |row| {
        Ok(Row {
            id: row.get(0)?,
            role: word(row, 1, Role::parse)?,
            status: row.get(2)?,
            expires_at: row.get(3)?,
            last_active_at: row.get::<_, Option<i64>>(4)?.map(Time),
            since: Time(row.get(5)?),
        })
    })?;
    let mut found = Vec::new();
    for row in rows {
        let row = row?;
        let deleted = row.status == "deleted";
        let Some(row) = row.known_at(tx, at)? else { continue };
        found.push(UserState {
            mfa_enabled: second_factor(tx, &row.id, deleted, at)?,
            last_active_at: last_active(tx, &row, at)?,
            id: row.id,
            role: row.role,
        });
    }
    Ok(found)
}

/// What the table of users says of one.
struct Row {
    id: String,
    role: Role,
    status: String,
    expires_at: Option<i64>,
    last_active_at: Option<Time>,
    since: Time,
}

impl Row {
    /// As it was at `at`; `None` if it could not sign in then.
    fn known_at(mut self, tx: &Tx, at: Time) -> Result<Option<Row>> {
        if self.since > at
            && let Some((data, _)) = version_at(tx, &self.id, at)?
        {
            let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
            self.status = text("status").to_owned();
            self.role = Role::parse(text("role")).unwrap_or(self.role);
            self.expires_at = data.get("expires_at").and_then(Value::as_i64);
        }
        let could = self.status == "active" && self.expires_at.is_none_or(|expires_at| expires_at > at.0);
        Ok(could.then_some(self))
    }
}

/// Whether the account had a second factor at `at`. The next change after that says what was before it; without one all is as it was.
fn second_factor(tx: &Tx, user_id: &str, deleted: bool, at: Time) -> Result<Option<bool>> {
    let sql = "SELECT confirmed_at FROM user_mfa WHERE user_id = ?1 AND confirmed_at IS NOT NULL";
    let confirmed_at: Option<i64> = tx.connection.prepare_cached(sql)?.query_row([user_id], |row| row.get(0)).optional()?;
    if confirmed_at.is_some_and(|confirmed_at| confirmed_at <= at.0) {
        return Ok(Some(true));
    }
    let next = "SELECT event_name = 'user_mfa_disabled' FROM audit_log WHERE chain = ?1 AND resource_id = ?2 AND created_at > ?3
                    AND event_name IN ('user_mfa_enabled', 'user_mfa_disabled') ORDER BY seq LIMIT 1";
    let was_on = |sql: &str| -> Result<Option<bool>> {
        let values = params![tx.tenant_id, user_id, at.0];
        Ok(tx.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?)
    };
    if let Some(was_on) = was_on(next)? {
        return Ok(Some(was_on));
    }
    if !deleted {
        return Ok(Some(false));
    }
    // With the account its second factor went without a word: only what was said before is left.
    let last = "SELECT event_name = 'user_mfa_enabled' FROM audit_log WHERE chain = ?1 AND resource_id = ?2 AND created_at <= ?3
                    AND event_name IN ('user_created', 'user_mfa_enabled', 'user_mfa_disabled') ORDER BY seq DESC LIMIT 1";
    was_on(last)
}

fn last_active(tx: &Tx, user: &Row, at: Time) -> Result<Option<Time>> {
    if user.last_active_at.is_none_or(|last| last <= at) {
        return Ok(user.last_active_at);
    }
    // A session that was used after the moment was used in the week before it, or began in it: a refresh token lives no longer.
    let sql = "SELECT max(CASE WHEN last_used_at <= ?3 THEN last_used_at ELSE max(created_at, ?3 - ?4) END)
               FROM session WHERE user_id = ?2 AND tenant_id = ?1 AND created_at <= ?3";
    let values = params![tx.tenant_id, user.id, at.0, REFRESH_TOKEN_SECONDS];
    let by_session: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    // Whatever somebody did.
    let sql = "SELECT created_at FROM audit_log WHERE chain = ?1 AND actor_id = ?2 AND created_at <= ?3 ORDER BY seq DESC LIMIT 1";
    let values = params![tx.tenant_id, user.id, at.0];
    let by_deed: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(by_session.max(by_deed).map(Time).or(user.last_active_at))
}
