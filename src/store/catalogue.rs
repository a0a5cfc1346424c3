//! Which catalogue judged from when: each program version that brings another one leaves a row.

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::tx::WriteRoot;
use crate::domain::audit::hex;
use crate::domain::{check, os_support};
use crate::error::Result;

/// Notes the shipped catalogue if it is another than the last, and marks every device and service for a new judgement from now on.
pub fn register(root: &WriteRoot) -> Result<()> {
    let sha256 = hex(&Sha256::digest([check::SHIPPED_TEXT, os_support::SHIPPED_TEXT].concat()));
    let last: Option<String> = root
        .connection
        .prepare_cached("SELECT sha256 FROM catalogue_version ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if last.as_deref() == Some(sha256.as_str()) {
        return Ok(());
    }
    root.connection
        .prepare_cached("INSERT INTO catalogue_version (since, sha256, checks, os_support) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![root.now.0, sha256, check::SHIPPED_TEXT, os_support::SHIPPED_TEXT])?;
    root.connection
        .prepare_cached("UPDATE device SET changes_at = min(coalesce(changes_at, ?1), ?1) WHERE retired_at IS NULL")?
        .execute([root.now.0])?;
    root.connection
        .prepare_cached("UPDATE service SET changes_at = min(coalesce(changes_at, ?1), ?1) WHERE retired_at IS NULL")?
        .execute([root.now.0])?;
    Ok(())
}
