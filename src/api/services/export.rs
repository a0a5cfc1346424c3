//! The list of services as one CSV file: all pages, the same filters and order.

use super::answer::ServiceAnswer;
use crate::api::call::Call;
use crate::api::export;
use crate::error::Result;
use crate::http::Response;
use crate::store::services::{self, Filter, Page};
use crate::store::users::Names;

/// The columns, by the names of a service's fields.
pub(super) const COLUMNS: [&str; 23] = [
    "id",
    "name",
    "description",
    "category",
    "url",
    "owner_id",
    "owner_name",
    "data_classification",
    "sso_enabled",
    "mfa_enforced",
    "audit_logging_enabled",
    "encryption_at_rest",
    "data_location",
    "processes_personal_data",
    "review_interval_days",
    "tags",
    "last_review_date",
    "next_review_date",
    "status",
    "status_since",
    "source",
    "created_at",
    "updated_at",
];

/// Answers all services that match; as of a moment if the query names one.
pub(super) fn all(call: &Call, filter: &Filter, page: Page) -> Result<Response> {
    let at = call.query.time("at");
    let ids = call.read(|tx| match at {
        Some(at) => {
            let (found, _) = services::list_at(tx, filter, Page { skip: 0, limit: i64::MAX, ..page }, at)?;
            Ok(found.into_iter().map(|service| service.id).collect())
        }
        None => services::ids(tx, filter, page),
    })?;
    export::of_ids(call, "services", &COLUMNS, ids, move |tx, id| {
        let service = match at {
            Some(at) => services::at(tx, id, at),
            None => services::get(tx, id),
        };
        let Some(service) = export::found(service)? else { return Ok(None) };
        ServiceAnswer::new(service).with_owner(tx, &mut Names::default()).map(Some)
    })
}
