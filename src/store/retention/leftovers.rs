//! What is left of things that ended: report files, places and sessions of sign-ins, invitations and tokens, and keys.

use rusqlite::params;

use super::Cutoffs;
use crate::error::Result;
use crate::store::reports;
use crate::store::tx::WriteTx;

/// Removes what is too old, up to `room` rows of each kind and a few pieces of report files; gives how many of each. True when nothing is
/// left.
pub(super) fn remove(tx: &WriteTx, before: &Cutoffs, room: usize) -> Result<(Vec<(&'static str, usize)>, bool)> {
    let files = reports::remove_files(tx, before.report_files)?;
    let mut removed = vec![("report_files", files.begun)];
    let mut is_over = files.is_over;
    for (kind, sql, moment) in [
        ("sign_in_places", PLACES, before.addresses),
        ("addresses_and_user_agents", ADDRESSES_OF_SESSIONS, before.addresses),
        ("sessions", SESSIONS, before.sessions),
        ("invitations", INVITATIONS, before.invitations),
        ("enrollment_tokens", ENROLLMENT_TOKENS, before.invitations),
        ("api_keys", API_KEYS, before.keys),
    ] {
        let rows = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, moment.0, room as i64])?;
        is_over &= rows < room;
        removed.push((kind, rows));
    }
    Ok((removed, is_over))
}

// In all of them `?1` is the tenant, `?2` the age, and `?3` how many rows at the most.

const PLACES: &str = "DELETE FROM sign_in_place WHERE (email, ip_address) IN (SELECT p.email, p.ip_address FROM sign_in_place p
    JOIN user u ON u.email = p.email WHERE u.tenant_id = ?1 AND p.last_at < ?2 LIMIT ?3)";

const SESSIONS: &str =
    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE tenant_id = ?1 AND min(expires_at, coalesce(ended_at, expires_at)) < ?2
    LIMIT ?3)";

/// A session that is renewed again and again lasts longer than the address at which it began may be kept.
const ADDRESSES_OF_SESSIONS: &str = "UPDATE session SET ip_address = NULL, user_agent = NULL WHERE id IN (SELECT id FROM session
    WHERE tenant_id = ?1 AND created_at < ?2 AND (ip_address IS NOT NULL OR user_agent IS NOT NULL) LIMIT ?3)";

const INVITATIONS: &str = "DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE tenant_id = ?1
    AND coalesce(accepted_at, revoked_at, expires_at) < ?2 LIMIT ?3)";

/// With the emails of the owners that they name.
const ENROLLMENT_TOKENS: &str = "DELETE FROM enrollment_token WHERE id IN (SELECT id FROM enrollment_token WHERE tenant_id = ?1
    AND min(expires_at, coalesce(revoked_at, expires_at)) < ?2 LIMIT ?3)";

/// What was made with a key goes first.
const API_KEYS: &str = "DELETE FROM api_key WHERE id IN (
    SELECT id FROM (SELECT id FROM api_key WHERE tenant_id = ?1 AND revoked_at < ?2
        UNION SELECT id FROM api_key WHERE tenant_id = ?1 AND expires_at < ?2) over
    WHERE NOT EXISTS (SELECT 1 FROM invitation WHERE created_with = over.id)
    AND NOT EXISTS (SELECT 1 FROM reset_link WHERE created_with = over.id)
    AND NOT EXISTS (SELECT 1 FROM enrollment_token WHERE created_with = over.id) LIMIT ?3)";
