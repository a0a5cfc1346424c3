//! Making a report: whose turn it is, how far it is, its file piece by piece, and what becomes of it when the program stops meanwhile.

use std::io::Read;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::{COLUMNS, from_row, get};
use crate::domain::report::{File, Report};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{REPORT_ATTEMPTS_MAX, REPORT_SUMMARY_BYTES_MAX, RETENTION_PIECES_MAX};
use crate::store::tx::{Root, Tx, WriteRoot, WriteTx};

/// What a maker hands in at the end.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The file, whose pieces are stored already.
    pub file: File,
    /// What a later report is compared by.
    pub summary: Value,
}

/// The next report that waits, of a tenant of which none is being made; it is being made from now on. With its tenant's id.
pub fn claim(root: &WriteRoot) -> Result<Option<(String, Report)>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS}, tenant_id FROM report r WHERE status = 'pending'
             AND NOT EXISTS (SELECT 1 FROM report o WHERE o.status = 'running' AND o.tenant_id = r.tenant_id)
         ORDER BY created_at, id LIMIT 1"
    );
    let found = root.connection.prepare_cached(&sql)?.query_row([], |row| Ok((row.get("tenant_id")?, from_row(row)?))).optional()?;
    let Some((tenant_id, report)) = found else { return Ok(None) };
    start(root.connection, &report)?;
    Ok(Some((tenant_id, report)))
}

/// Whether any report waits.
pub fn any_waits(root: &Root) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM report WHERE status = 'pending')";
    Ok(root.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Begins to make the report called `id` at once, unless another of its tenant is being made; `false` leaves it waiting.
pub fn begin(tx: &WriteTx, id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM report WHERE tenant_id = ?1 AND status = 'running')";
    let busy: bool = tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| row.get(0))?;
    if !busy {
        start(tx.connection, &get(tx, id)?)?;
    }
    Ok(!busy)
}

fn start(connection: &rusqlite::Connection, report: &Report) -> Result<()> {
    let sql = "UPDATE report SET status = 'running', progress = 0, attempts = attempts + 1 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([&report.id])?;
    connection.prepare_cached("DELETE FROM report_piece WHERE report_id = ?1")?.execute([&report.id])?;
    Ok(())
}

/// After a start of the program: what was being made waits again, or is given up when that happened too often. Says how many those are.
pub fn recover(root: &WriteRoot) -> Result<usize> {
    let given_up = root
        .connection
        .prepare_cached("UPDATE report SET status = 'failed', finished_at = ?1, error = ?2 WHERE status = 'running' AND attempts >= ?3")?
        .execute(params![root.now.0, "The appliance stopped each time that it made this report", REPORT_ATTEMPTS_MAX])?;
    let again =
        root.connection.prepare_cached("UPDATE report SET status = 'pending', progress = 0 WHERE status = 'running'")?.execute([])?;
    root.connection
        .prepare_cached("DELETE FROM report_piece WHERE report_id IN (SELECT id FROM report WHERE status <> 'completed')")?
        .execute([])?;
    Ok(given_up + again)
}

/// Notes how far it is, in percent. Not found if it was deleted meanwhile.
pub fn progress(tx: &WriteTx, id: &str, percent: u8) -> Result<()> {
    let sql = "UPDATE report SET progress = ?3 WHERE id = ?1 AND tenant_id = ?2 AND status = 'running'";
    require_one(tx.connection.prepare_cached(sql)?.execute(params![id, tx.tenant_id, percent.min(100)])?)
}

/// Stores a piece of the file. Not found if the report was deleted meanwhile.
pub fn put_piece(tx: &WriteTx, id: &str, number: u64, data: &[u8]) -> Result<()> {
    let number = i64::try_from(number).map_err(Error::internal)?;
    let sql = "INSERT INTO report_piece (report_id, number, data) SELECT id, ?3, ?4 FROM report
               WHERE id = ?1 AND tenant_id = ?2 AND status = 'running'";
    require_one(tx.connection.prepare_cached(sql)?.execute(params![id, tx.tenant_id, number, data])?)
}

/// All pieces are stored.
pub fn complete(tx: &WriteTx, id: &str, finished: &Finished) -> Result<Report> {
    let size = i64::try_from(finished.file.size).map_err(Error::internal)?;
    let sql = "UPDATE report SET status = 'completed', progress = 100, finished_at = ?3, size_bytes = ?4, sha256 = ?5, summary = ?6
               WHERE id = ?1 AND tenant_id = ?2 AND status = 'running'";
    let summary = pack(&finished.summary)?;
    require_one(tx.connection.prepare_cached(sql)?.execute(params![id, tx.tenant_id, tx.now.0, size, finished.file.sha256, summary])?)?;
    get(tx, id)
}

/// It can't be made; `error` says why, in a sentence for people.
pub fn fail(tx: &WriteTx, id: &str, error: &str) -> Result<()> {
    tx.connection.prepare_cached("DELETE FROM report_piece WHERE report_id = ?1")?.execute([id])?;
    let sql = "UPDATE report SET status = 'failed', finished_at = ?3, error = ?4 WHERE id = ?1 AND tenant_id = ?2 AND status = 'running'";
    require_one(tx.connection.prepare_cached(sql)?.execute(params![id, tx.tenant_id, tx.now.0, error])?)
}

/// What the completed report called `id` is compared by.
pub fn summary(tx: &Tx, id: &str) -> Result<Value> {
    let sql = "SELECT summary FROM report WHERE id = ?1 AND tenant_id = ?2 AND status = 'completed'";
    let packed: Option<Vec<u8>> = tx.connection.prepare_cached(sql)?.query_row(params![id, tx.tenant_id], |row| row.get(0)).optional()?;
    let packed = packed.ok_or_else(|| Error::conflict("The report is not completed"))?;
    serde_json::from_reader(ZlibDecoder::new(&*packed).take(REPORT_SUMMARY_BYTES_MAX)).map_err(Error::internal)
}

/// What one removal of old files did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedFiles {
    /// Files that are gone for whoever asks for them, from now on.
    pub begun: usize,
    /// Whether all pieces of such files are gone.
    pub is_over: bool,
}

/// Removes the files of the tenant's reports that were finished before `before`, [`RETENTION_PIECES_MAX`] pieces at the most; record and hash
/// stay. Nobody gets a part of a file: it is marked as removed before its first piece goes.
pub fn remove_files(tx: &WriteTx, before: Time) -> Result<RemovedFiles> {
    let sql = "UPDATE report SET file_removed_at = ?3 WHERE tenant_id = ?1 AND status = 'completed' AND file_removed_at IS NULL
               AND finished_at < ?2";
    let begun = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, before.0, tx.now.0])?;
    let sql = "DELETE FROM report_piece WHERE rowid IN (SELECT p.rowid FROM report r JOIN report_piece p ON p.report_id = r.id
               WHERE r.tenant_id = ?1 AND r.file_removed_at IS NOT NULL LIMIT ?2)";
    let pieces = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, RETENTION_PIECES_MAX as i64])?;
    Ok(RemovedFiles { begun, is_over: pieces < RETENTION_PIECES_MAX })
}

fn pack(summary: &Value) -> Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut packed, summary).map_err(Error::internal)?;
    packed.finish().map_err(Error::internal)
}

fn require_one(rows: usize) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::not_found("Report")) }
}
