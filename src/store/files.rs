//! Files that belong to an attestation or a review: added with it, listed with it, read one by one.

use rusqlite::{OptionalExtension, Row, params};

use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::credentials::id::new_id;
use crate::domain::evidence_file::{MediaType, NewFile, StoredFile};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::FILES_TENANT_BYTES_MAX;

/// What a file belongs to, by its id.
#[derive(Debug, Clone, Copy)]
pub enum Parent<'p> {
    /// An attestation.
    Attestation(&'p str),
    /// A review.
    Review(&'p str),
}

impl<'p> Parent<'p> {
    fn column(self) -> (&'static str, &'p str) {
        match self {
            Parent::Attestation(id) => ("attestation_id", id),
            Parent::Review(id) => ("review_id", id),
        }
    }
}

const COLUMNS: &str = "id, name, media_type, size, sha256, created_by, created_at";

/// Adds `files` to what was just recorded. A conflict if the tenant has too many bytes of them.
pub(super) fn add(tx: &WriteTx, parent: Parent, files: &[NewFile]) -> Result<Vec<StoredFile>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let new: u64 = files.iter().map(|file| file.data.len() as u64).sum();
    let sql = "SELECT coalesce(sum(size), 0) FROM file WHERE tenant_id = ?1";
    let held: i64 = tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| row.get(0))?;
    if held.unsigned_abs() + new > FILES_TENANT_BYTES_MAX {
        let most = FILES_TENANT_BYTES_MAX / 1_000_000;
        return Err(Error::conflict(format!("`files` would take the organisation's files beyond {most} MB")));
    }
    let (column, parent_id) = parent.column();
    // SQL: the column is one of two constant names; all values are bound.
    let sql = format!(
        "INSERT INTO file (id, tenant_id, {column}, position, name, media_type, size, sha256, created_by, created_at, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    );
    let mut insert = tx.connection.prepare_cached(&sql)?;
    let mut stored = Vec::with_capacity(files.len());
    for (position, file) in (0_u32..).zip(files) {
        let kept = StoredFile {
            id: new_id("file", tx.now),
            name: file.name.clone(),
            media_type: file.media_type,
            size: file.data.len() as u64,
            sha256: file.sha256,
            created_by: tx.actor.id.clone(),
            created_at: tx.now,
        };
        insert.execute(params![
            kept.id,
            tx.tenant_id,
            parent_id,
            position,
            kept.name,
            kept.media_type.as_str(),
            i64::try_from(kept.size).unwrap_or(i64::MAX),
            kept.sha256,
            kept.created_by,
            kept.created_at.0,
            file.data,
        ])?;
        stored.push(kept);
    }
    Ok(stored)
}

/// What goes with `parent`, in the order in which it was given.
pub fn of(tx: &Tx, parent: Parent) -> Result<Vec<StoredFile>> {
    let (column, parent_id) = parent.column();
    // SQL: COLUMNS is a constant list of names, the column one of two constant names.
    let sql = format!("SELECT {COLUMNS} FROM file WHERE {column} = ?1 AND tenant_id = ?2 ORDER BY position");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params![parent_id, tx.tenant_id], from_row)?.collect::<rusqlite::Result<_>>()?)
}

/// One file of `parent` with its content.
pub fn content(tx: &Tx, parent: Parent, id: &str) -> Result<(StoredFile, Vec<u8>)> {
    let (column, parent_id) = parent.column();
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS}, data FROM file WHERE id = ?1 AND {column} = ?2 AND tenant_id = ?3");
    let read = |row: &Row| Ok((from_row(row)?, row.get(7)?));
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, parent_id, tx.tenant_id], read).optional()?;
    found.ok_or_else(|| Error::not_found("File"))
}

fn from_row(row: &Row) -> rusqlite::Result<StoredFile> {
    Ok(StoredFile {
        id: row.get(0)?,
        name: row.get(1)?,
        media_type: word(row, 2, MediaType::parse)?,
        size: row.get::<_, i64>(3)?.unsigned_abs(),
        sha256: row.get(4)?,
        created_by: row.get(5)?,
        created_at: Time(row.get(6)?),
    })
}
