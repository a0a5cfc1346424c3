//! Compliance reports: ordered, made at once or in the background, listed, downloaded, signed, compared.

pub mod compose;
mod diff;
mod document;
mod file;
pub mod input;
pub mod making;
mod rows;

pub use self::rows::ROUTES;

use self::document::{DiffAnswer, ReportAnswer, SignatureAnswer};
use super::answer::{created, json as ok, no_content, page};
use super::call::Call;
use crate::domain::report::{Report, ReportFormat, ReportStatus};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::Response;
use crate::limits::{REPORT_AT_ONCE_DAYS_MAX, REPORT_AT_ONCE_DEVICES_MAX};
use crate::store::Store;
use crate::store::appliance::signing_key;
use crate::store::reports::{self, Filter};

fn create(call: &Call) -> Result<Response> {
    let order = input::order(call)?;
    let range = order.range;
    let (report, begun) = call.write(move |tx| {
        let report = reports::create(tx, order)?;
        let days = (range.end - range.start).num_days() + 1;
        let small = days <= REPORT_AT_ONCE_DAYS_MAX && reports::devices(tx)? <= REPORT_AT_ONCE_DEVICES_MAX;
        // Another one under way: this one waits for its turn.
        let begun = small && reports::begin(tx, &report.id)?;
        Ok((report, begun))
    })?;
    if begun {
        making::make(&call.app.store, &call.caller()?.tenant_id, &report, &call.app.clock);
    }
    let made = call.read(|tx| reports::get(tx, &report.id))?;
    Ok(created(&ReportAnswer::new(&made)))
}

fn list(call: &Call) -> Result<Response> {
    let filter = Filter {
        framework_id: call.query.text("framework").map(str::to_owned),
        format: call.query.text("format").and_then(ReportFormat::parse),
        status: call.query.text("status").and_then(ReportStatus::parse),
    };
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let (found, total) = call.read(|tx| reports::list(tx, &filter, skip, limit))?;
    let answers: Vec<_> = found.iter().map(ReportAnswer::new).collect();
    Ok(page(call, &answers, total))
}

fn show(call: &Call) -> Result<Response> {
    let report = call.read(|tx| reports::get(tx, call.path("report_id")))?;
    if report.order.format == ReportFormat::Pdf && input::wants_pdf(call.request) {
        return file::download(call);
    }
    Ok(ok(&ReportAnswer::new(&report)).with_header("vary", "accept"))
}

fn delete(call: &Call) -> Result<Response> {
    let id = call.path("report_id").to_owned();
    call.write(move |tx| reports::delete(tx, &id))?;
    Ok(no_content())
}

fn signature(call: &Call) -> Result<Response> {
    let report = call.read(|tx| reports::get(tx, call.path("report_id")))?;
    Ok(ok(&signature_of(&call.app.store, &report, call.now)?))
}

/// The signature of a completed report's file, as `GET /v1/reports/{report_id}/signature` answers it.
pub fn signature_of(store: &Store, report: &Report, now: Time) -> Result<SignatureAnswer> {
    let key = store.read_root(now, signing_key)?;
    let seal = making::seal(report).ok_or_else(|| Error::conflict("The report is not completed"))?;
    Ok(SignatureAnswer::new(&seal, key.sign(&seal.message()), key.verifying_key().to_pem()))
}

/// A report, as `GET /v1/reports/{report_id}` answers it.
pub fn answer_of(report: &Report) -> ReportAnswer {
    ReportAnswer::new(report)
}

fn compare(call: &Call) -> Result<Response> {
    let answer = call.read(|tx| {
        let (report, other) = (reports::get(tx, call.path("report_id"))?, reports::get(tx, call.path("other_id"))?);
        if report.order.framework_id != other.order.framework_id {
            return Err(Error::invalid("`other_id` is a report on another framework"));
        }
        let (now, before) = (reports::summary(tx, &report.id)?, reports::summary(tx, &other.id)?);
        Ok(DiffAnswer::new(&report, &other, diff::diff(&before, &now)?))
    })?;
    Ok(ok(&answer))
}
