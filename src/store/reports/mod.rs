//! Compliance reports: what was ordered, how far it is, and the file in pieces.

mod making;
mod schedule;
#[cfg(test)]
mod tests;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::audit::{self, Entry};
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata, hex};
use crate::domain::report::{DateRange, File, Order, Report, ReportFormat, ReportStatus, Trigger};
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Result};
use crate::limits::{REPORTS_MAX, REPORTS_WAITING_MAX};

pub use making::{Finished, RemovedFiles, any_waits, begin, claim, complete, fail, progress, put_piece, recover, remove_files, summary};
pub use schedule::{is_due, order_due};

const COLUMNS: &str = "id, framework_id, format, start_date, end_date, triggered_by, role, request, status, progress, error, created_at,
    created_by, finished_at, size_bytes, sha256, file_removed_at";

/// Which reports.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Of this framework.
    pub framework_id: Option<String>,
    /// Written so.
    pub format: Option<ReportFormat>,
    /// So far.
    pub status: Option<ReportStatus>,
}

/// Orders a report; it waits to be made.
pub fn create(tx: &WriteTx, order: Order) -> Result<Report> {
    let sql = "SELECT count(*), coalesce(sum(status IN ('pending', 'running')), 0) FROM report WHERE tenant_id = ?1";
    let (kept, waiting): (i64, i64) =
        tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if waiting >= REPORTS_WAITING_MAX {
        return Err(Error::conflict(format!("{REPORTS_WAITING_MAX} reports are being made already; wait for them")));
    }
    if kept >= REPORTS_MAX {
        return Err(Error::conflict(format!("There are {REPORTS_MAX} reports already; delete some first")));
    }
    let report = Report {
        id: new_id("rpt", tx.now),
        order,
        status: ReportStatus::Pending,
        progress: 0,
        error: None,
        created_at: tx.now,
        created_by: tx.actor.id.clone(),
        finished_at: None,
        file: None,
        file_removed_at: None,
    };
    let order = &report.order;
    tx.connection
        .prepare_cached(
            "INSERT INTO report (id, tenant_id, framework_id, format, start_date, end_date, triggered_by, role, request, status, created_at,
                 created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', ?10, ?11)",
        )?
        .execute(params![
            report.id,
            tx.tenant_id,
            order.framework_id,
            order.format.as_str(),
            order.range.start.to_string(),
            order.range.end.to_string(),
            order.trigger.as_str(),
            order.role,
            order.request,
            report.created_at.0,
            report.created_by,
        ])?;
    audit::record(tx, Entry::new(Event::ReportCreated, "report", &report.id, described(order)))?;
    Ok(report)
}

/// The report called `id`.
pub fn get(tx: &Tx, id: &str) -> Result<Report> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM report WHERE id = ?1 AND tenant_id = ?2");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?;
    found.ok_or_else(|| Error::not_found("Report"))
}

/// A page of reports, newest first, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, skip: i64, limit: i64) -> Result<(Vec<Report>, u64)> {
    let condition = "tenant_id = ?1 AND (?2 IS NULL OR framework_id = ?2) AND (?3 IS NULL OR format = ?3) AND (?4 IS NULL OR status = ?4)";
    let (format, status) = (filter.format.map(ReportFormat::as_str), filter.status.map(ReportStatus::as_str));
    // SQL: the condition is a constant.
    let sql = format!("SELECT count(*) FROM report WHERE {condition}");
    let values = params![tx.tenant_id, filter.framework_id, format, status];
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?;
    // SQL: COLUMNS and the condition are constants.
    let sql = format!("SELECT {COLUMNS} FROM report WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT ?5 OFFSET ?6");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, filter.framework_id, format, status, limit, skip], from_row)?;
    Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
}

/// How many devices the tenant has ever had: what the making of a report takes time for.
pub fn devices(tx: &Tx) -> Result<u64> {
    let sql = "SELECT count(*) FROM device WHERE tenant_id = ?1";
    Ok(tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// The newest completed report of the same framework that was asked for before `report`.
pub fn previous(tx: &Tx, report: &Report) -> Result<Option<Report>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM report WHERE tenant_id = ?1 AND framework_id = ?2 AND status = 'completed' AND (created_at, id) < (?3, ?4)
         ORDER BY created_at DESC, id DESC LIMIT 1"
    );
    let values = params![tx.tenant_id, report.order.framework_id, report.created_at.0, report.id];
    Ok(tx.connection.prepare_cached(&sql)?.query_row(values, from_row).optional()?)
}

/// Deletes a report with its file. One that is being made is stopped: its maker finds it gone.
pub fn delete(tx: &WriteTx, id: &str) -> Result<()> {
    let report = get(tx, id)?;
    tx.connection.prepare_cached("DELETE FROM report_piece WHERE report_id = ?1")?.execute([id])?;
    tx.connection.prepare_cached("DELETE FROM report WHERE id = ?1")?.execute([id])?;
    let mut metadata = described(&report.order).with("status", report.status.as_str());
    if let Some(file) = report.file {
        metadata = metadata.with("sha256", hex(&file.sha256));
    }
    audit::record(tx, Entry::new(Event::ReportDeleted, "report", id, metadata))
}

/// Notes that somebody takes the file of `report`; an error if it has none.
pub fn downloaded(tx: &WriteTx, id: &str) -> Result<Report> {
    let report = get(tx, id)?;
    let file = require_file(&report)?;
    let metadata = described(&report.order).with("sha256", hex(&file.sha256));
    audit::record(tx, Entry::new(Event::ReportDownloaded, "report", id, metadata))?;
    Ok(report)
}

/// The file of a completed report that is still kept.
pub fn require_file(report: &Report) -> Result<File> {
    match (report.file, report.file_removed_at, report.status) {
        (Some(file), None, _) => Ok(file),
        (_, Some(at), _) => {
            Err(Error::conflict(format!("The report's file was removed at {at}, as the retention setting has it; order it again")))
        }
        (_, _, ReportStatus::Failed) => Err(Error::conflict("The report could not be made; order it again")),
        _ => Err(Error::conflict("The report is not completed yet")),
    }
}

/// Piece `number` of the file of the report called `id`, counted from 0; `None` after the last.
pub fn piece(tx: &Tx, id: &str, number: u64) -> Result<Option<Vec<u8>>> {
    let sql =
        "SELECT data FROM report_piece WHERE report_id = ?1 AND number = ?2 AND report_id IN (SELECT id FROM report WHERE tenant_id = ?3)";
    let number = i64::try_from(number).map_err(Error::internal)?;
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![id, number, tx.tenant_id], |row| row.get(0)).optional()?)
}

fn described(order: &Order) -> Metadata {
    Metadata::new()
        .with("framework", order.framework_id.as_str())
        .with("format", order.format.as_str())
        .with("date_range", json!({"start": order.range.start.to_string(), "end": order.range.end.to_string()}))
        .with("triggered_by", order.trigger.as_str())
}

fn from_row(row: &Row) -> rusqlite::Result<Report> {
    let day = |column: usize| {
        let text = row.get_ref(column)?.as_str()?;
        let wrong = || rusqlite::Error::InvalidColumnType(column, format!("no day {text}"), rusqlite::types::Type::Text);
        parse_date(text).ok_or_else(wrong)
    };
    let optional_time = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Time));
    let file = match (row.get_ref(14)?, row.get_ref(15)?) {
        (ValueRef::Integer(size), ValueRef::Blob(_)) => Some(File { size: size.unsigned_abs(), sha256: row.get(15)? }),
        _ => None,
    };
    Ok(Report {
        id: row.get(0)?,
        order: Order {
            framework_id: row.get(1)?,
            format: word(row, 2, ReportFormat::parse)?,
            range: DateRange { start: day(3)?, end: day(4)? },
            trigger: word(row, 5, Trigger::parse)?,
            role: row.get(6)?,
            request: row.get(7)?,
        },
        status: word(row, 8, ReportStatus::parse)?,
        progress: row.get(9)?,
        error: row.get(10)?,
        created_at: Time(row.get(11)?),
        created_by: row.get(12)?,
        finished_at: optional_time(13)?,
        file,
        file_removed_at: optional_time(16)?,
    })
}
