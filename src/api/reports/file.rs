//! A report's file on its way to the client: read and sent piece by piece, noted in the audit log before its first byte.

use crate::api::call::Call;
use crate::domain::audit::hex;
use crate::domain::report::Report;
use crate::error::{Error, Result};
use crate::http::{Body, Response, StatusCode};
use crate::store::reports;

/// The file of the report in the path.
pub(super) fn download(call: &Call) -> Result<Response> {
    let id = call.path("report_id").to_owned();
    let report = call.write(move |tx| reports::downloaded(tx, &id))?;
    let file = reports::require_file(&report)?;
    let (store, tenant_id) = (call.app.store.clone(), call.caller()?.tenant_id.clone());
    let (actor, now, id) = (call.actor.clone(), call.now, report.id.clone());
    let stream: crate::http::Stream = Box::new(move |out| {
        let mut sent = 0;
        for number in 0.. {
            let Some(piece) = store.read(&tenant_id, &actor, now, |tx| reports::piece(tx, &id, number))? else { break };
            sent += piece.len() as u64;
            out.write_all(&piece).map_err(|error| Error::unavailable("The file could not be sent", error))?;
        }
        // Deleted while it was sent: the client must not take a part for the whole.
        if sent == file.size { Ok(()) } else { Err(Error::conflict("The report was deleted meanwhile")) }
    });
    let mut response = Response::empty(StatusCode::OK)
        .with_header("content-type", report.order.format.media_type())
        .with_header("content-length", &file.size.to_string())
        .with_header("content-disposition", &format!("attachment; filename=\"{}\"", name(&report)))
        .with_header("etag", &format!("\"{}\"", hex(&file.sha256)))
        .with_header("vary", "accept");
    response.body = Body::Stream(stream);
    Ok(response)
}

/// `iso27001-2026-01-01-to-2026-03-31.pdf`: a framework's id has no character that a header or a file system minds.
fn name(report: &Report) -> String {
    let order = &report.order;
    format!("{}-{}-to-{}.{}", order.framework_id, order.range.start, order.range.end, order.format.extension())
}
