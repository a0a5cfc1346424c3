//! What people gave as evidence and is over: exceptions, attestations, resolved findings, decisions that later ones replaced, and files.
//!
//! Reviews stay for ever, with their own copy of what was found; the files of a service's last review stay with it.

use rusqlite::params;

use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::RETENTION_FILES_MAX;
use crate::store::tx::WriteTx;

/// Removes what was over before `before`, up to `room` rows of each kind and a few files; gives how many of each. True when nothing is left.
pub(super) fn remove(tx: &WriteTx, before: Time, room: usize) -> Result<(Vec<(&'static str, usize)>, bool)> {
    let values = params![tx.tenant_id, before.0, RETENTION_FILES_MAX as i64];
    let files = tx.connection.prepare_cached(FILES)?.execute(values)?;
    let mut removed = vec![("evidence_files", files)];
    let mut is_over = files < RETENTION_FILES_MAX;
    for (kind, sql) in KINDS {
        let rows = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, before.0, room as i64])?;
        is_over &= rows < room;
        removed.push((kind, rows));
    }
    Ok((removed, is_over))
}

/// `?1` the tenant, `?2` the age, `?3` how many at the most. Each may be megabytes.
const FILES: &str = "DELETE FROM file WHERE id IN (
        SELECT f.id FROM file f JOIN attestation a ON a.id = f.attestation_id WHERE a.tenant_id = ?1 AND a.until < ?2
        UNION ALL
        SELECT f.id FROM file f JOIN security_review r ON r.id = f.review_id JOIN service s ON s.id = r.service_id
        WHERE f.tenant_id = ?1 AND r.created_at < ?2 AND (s.retired_at < ?2 OR EXISTS (SELECT 1 FROM security_review later
            WHERE later.service_id = r.service_id AND later.review_date >= r.review_date AND later.created_at > r.created_at))
        LIMIT ?3)";

/// `?1` the tenant, `?2` the age, `?3` how many rows at the most.
const KINDS: [(&str, &str); 5] = [
    (
        "attestations",
        "DELETE FROM attestation WHERE id IN (SELECT id FROM attestation a WHERE tenant_id = ?1 AND until < ?2
             AND NOT EXISTS (SELECT 1 FROM file WHERE attestation_id = a.id) LIMIT ?3)",
    ),
    (
        // One whose end was not logged yet is not over.
        "exceptions",
        "DELETE FROM exception WHERE id IN (SELECT id FROM exception WHERE tenant_id = ?1 AND until < ?2
             AND (revoked_at IS NOT NULL OR expiry_logged = 1) LIMIT ?3)",
    ),
    (
        "earlier_versions",
        "DELETE FROM record_past WHERE (record_id, since, recorded_at) IN (SELECT record_id, since, recorded_at FROM record_past
             WHERE record_id IN (SELECT id FROM finding WHERE tenant_id = ?1 AND status = 'resolved' AND resolved_at < ?2
                 AND recorded_at < ?2) LIMIT ?3)",
    ),
    (
        "findings",
        "DELETE FROM finding WHERE id IN (SELECT id FROM finding f WHERE tenant_id = ?1 AND status = 'resolved' AND resolved_at < ?2
             AND recorded_at < ?2 AND NOT EXISTS (SELECT 1 FROM record_past WHERE record_id = f.id) LIMIT ?3)",
    ),
    (
        "decisions_on_controls",
        "DELETE FROM applicability WHERE (tenant_id, framework_id, control_id, version) IN (
             SELECT tenant_id, framework_id, control_id, version FROM applicability a WHERE tenant_id = ?1 AND EXISTS (
                 SELECT 1 FROM applicability later WHERE later.tenant_id = a.tenant_id AND later.framework_id = a.framework_id
                 AND later.control_id = a.control_id AND later.version > a.version AND later.recorded_at < ?2) LIMIT ?3)",
    ),
];
