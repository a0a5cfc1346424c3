//! Making one report: its figures are composed, written in its format, stored in pieces, and a fault of any kind ends it with a sentence.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use super::compose::{self, AsSent};
use crate::domain::framework::Framework;
use crate::domain::report::{File, Report, ReportFormat, ReportSeal, ReportStatus};
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};
use crate::limits::REPORT_PIECE_BYTES;
use crate::report::content::ComplianceReport;
use crate::report::{csv, json, oscal, pdf};
use crate::store::reports::{self, Finished};
use crate::store::{Actor, Store, Tx, frameworks, settings};

/// Percent when the figures are there; writing and storing is the rest.
const COMPOSED_PERCENT: u8 = 80;
/// Percent when the file is written.
const WRITTEN_PERCENT: u8 = 90;

/// Makes `report`, which was begun, and stores its file; or that it could not be made, with a sentence. `clock` gives the time at its end.
pub fn make(store: &Store, tenant_id: &str, report: &Report, clock: &dyn Fn() -> Time) {
    let made = catch_unwind(AssertUnwindSafe(|| try_make(store, tenant_id, report, clock)));
    let error = match made {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_) => Error::internal("making it panicked"),
    };
    // It was deleted meanwhile: nobody waits for it.
    if error.kind == Kind::NotFound && error.detail == "Report not found" {
        return;
    }
    let sentence = match error.kind {
        Kind::Internal => {
            tracing::error!(report = report.id, %error, "a report could not be made");
            "A fault of the appliance: its log has the details".to_owned()
        }
        _ => error.detail,
    };
    let id = report.id.clone();
    if let Err(error) = store.write(tenant_id, &Actor::system(), clock(), move |tx| reports::fail(tx, &id, &sentence)) {
        tracing::error!(report = report.id, %error, "that a report could not be made could not be stored; it will be tried again after a start");
    }
}

fn try_make(store: &Store, tenant_id: &str, report: &Report, clock: &dyn Fn() -> Time) -> Result<()> {
    let actor = Actor::system();
    let progress = |percent: u8| {
        let id = report.id.clone();
        store.write(tenant_id, &actor, clock(), move |tx| reports::progress(tx, &id, percent))
    };
    let mut shown = 0;
    let mut composing = |percent: u8| -> Result<()> {
        // A few writes, however often it is told.
        let percent = u8::try_from(u16::from(percent.min(100)) * u16::from(COMPOSED_PERCENT) / 100).unwrap_or(COMPOSED_PERCENT);
        if percent < shown + 5 {
            return Ok(());
        }
        shown = percent;
        progress(percent)
    };
    let content = store.read(tenant_id, &actor, clock(), |tx| {
        let (framework, categories) = framework(tx, report)?;
        let as_sent = AsSent { text: &report.order.request, categories: &categories };
        compose::compose(tx, report, &framework, as_sent, &mut composing)
    })?;
    progress(COMPOSED_PERCENT)?;
    let summary = compose::summary(&content);
    let bytes = write(content, report.order.format)?;
    progress(WRITTEN_PERCENT)?;
    let file = File { size: bytes.len() as u64, sha256: Sha256::digest(&bytes).into() };
    for (number, piece) in bytes.chunks(REPORT_PIECE_BYTES).enumerate() {
        let (id, piece) = (report.id.clone(), piece.to_vec());
        store.write(tenant_id, &actor, clock(), move |tx| reports::put_piece(tx, &id, number as u64, &piece))?;
    }
    let id = report.id.clone();
    store.write(tenant_id, &actor, clock(), move |tx| reports::complete(tx, &id, &Finished { file, summary })).map(drop)
}

/// The framework as it was at the end of the report's days, and the categories of it that were chosen then.
fn framework(tx: &Tx, report: &Report) -> Result<(Framework, Vec<String>)> {
    let (id, end) = (&report.order.framework_id, report.order.range.end);
    let zone = settings::current(tx)?.settings.time_zone;
    let at = Time::start_of(end.succ_opt().unwrap_or(end), zone).min(tx.now);
    let chosen = settings::at(tx, at)?.settings.frameworks.get(id).cloned().unwrap_or_default();
    Ok((frameworks::find(tx, id, at)?.framework.into_owned(), chosen.categories))
}

fn write(content: ComplianceReport, format: ReportFormat) -> Result<Vec<u8>> {
    match format {
        ReportFormat::Pdf => pdf::write(content),
        ReportFormat::Csv => csv::write(&content),
        ReportFormat::Json => json::write(&content),
        ReportFormat::Oscal => oscal::write(&content),
    }
}

/// What is signed of a report; none until it is completed.
pub fn seal(report: &Report) -> Option<ReportSeal> {
    let completed = report.status == ReportStatus::Completed;
    Some(ReportSeal { report_id: report.id.clone(), file: report.file.filter(|_| completed)?, completed_at: report.finished_at? })
}
