//! Exceptions: recording, listing, showing and revoking them. Their rows are in `rows`.

mod document;
pub mod input;
pub mod rows;

pub use self::rows::ROUTES;

use self::document::ExceptionAnswer;
use self::rows::COLUMNS;
use super::answer::{created, json as ok, no_content, page};
use super::call::Call;
use super::export;
use crate::domain::exception::{ExceptionScope, ExceptionState, SubjectType};
use crate::error::Result;
use crate::http::Response;
use crate::limits::SETTLE_ROUNDS_MAX;
use crate::store::due;
use crate::store::exceptions::{self, Filter, Page, Sort};

fn create(call: &Call) -> Result<Response> {
    let new = input::new_exception(call)?;
    let exception = call.write(move |tx| exceptions::create(tx, new))?;
    judge_tagged(call, &exception.scope)?;
    Ok(created(&ExceptionAnswer::new(exception, call.now)))
}

fn show(call: &Call) -> Result<Response> {
    let exception = call.read(|tx| exceptions::get(tx, call.path("exception_id")))?;
    Ok(ok(&ExceptionAnswer::new(exception, call.now)))
}

fn revoke(call: &Call) -> Result<Response> {
    let id = call.path("exception_id").to_owned();
    let exception = call.write(move |tx| exceptions::revoke(tx, &id))?;
    judge_tagged(call, &exception.scope)?;
    Ok(no_content())
}

/// Effective at once: what has the tag is judged before the answer, in small transactions so that reports get in between. With more than
/// these rounds reach, the housekeeper goes on; each change is dated as of the request all the same.
fn judge_tagged(call: &Call, scope: &ExceptionScope) -> Result<()> {
    if matches!(scope, ExceptionScope::Subject(_)) {
        return Ok(());
    }
    for _ in 0..SETTLE_ROUNDS_MAX {
        if call.app.store.write_root(call.now, due::apply_due)? == 0 {
            break;
        }
    }
    Ok(())
}

fn list(call: &Call) -> Result<Response> {
    let filter = Filter {
        subject_type: call.query.text("subject_type").and_then(SubjectType::parse),
        subject_id: call.query.text("subject_id").map(str::to_owned),
        tag: call.query.text("tag").map(str::to_owned),
        check_id: call.query.text("check_id").map(str::to_owned),
        state: call.query.text("state").and_then(ExceptionState::parse),
    };
    let order = call.query.text("sort").unwrap_or("-recorded_at");
    let sort = match order.trim_start_matches('-') {
        "expires_on" => Sort::ExpiresOn,
        _ => Sort::RecordedAt,
    };
    let part = Page { sort, descending: order.starts_with('-'), skip: call.query.integer("skip"), limit: call.query.integer("limit") };
    let now = call.now;
    if export::wanted(call) {
        let ids = call.read(|tx| exceptions::ids(tx, &filter, part))?;
        return export::of_ids(call, "exceptions", &COLUMNS, ids, move |tx, id| {
            Ok(export::found(exceptions::get(tx, id))?.map(|exception| ExceptionAnswer::new(exception, now)))
        });
    }
    let (found, total) = call.read(|tx| exceptions::list(tx, &filter, part))?;
    let answers: Vec<_> = found.into_iter().map(|exception| ExceptionAnswer::new(exception, now)).collect();
    Ok(page(call, &answers, total))
}
