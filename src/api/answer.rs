//! The one place that turns results into answers: errors to `{"detail"}` with their status, pages to arrays with their headers.

use std::io::Write;

use serde::Serialize;
use utoipa::ToSchema;

use super::call::Call;
use crate::error::{Error, Kind};
use crate::http::{Pieces, Response, StatusCode};

/// The body of every error.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Failure<'a> {
    /// One sentence that names the field or thing.
    #[schema(example = "Device not found")]
    detail: &'a str,
    /// There, and `true`, when the password was right but a second factor is needed, and when the organisation requires one and the session
    /// has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mfa_required: Option<bool>,
}

/// The answer that an error gives.
pub fn error(error: &Error) -> Response {
    let status = match error.kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Locked => StatusCode::LOCKED,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let body = Failure { detail: &error.detail, mfa_required: error.mfa_required.then_some(true) };
    let mut response = Response::json(status, &body);
    if error.kind == Kind::Unauthenticated {
        response = response.with_header("www-authenticate", "Bearer");
    }
    if let Some(seconds) = error.retry_after_seconds {
        response = response.with_header("retry-after", &seconds.to_string());
    }
    if let Some(allow) = &error.allow {
        response = response.with_header("allow", allow);
    }
    response
}

/// One object.
pub fn json(value: &impl Serialize) -> Response {
    Response::json(StatusCode::OK, value)
}

/// One object that was made.
pub fn created(value: &impl Serialize) -> Response {
    Response::json(StatusCode::CREATED, value)
}

/// Done, nothing to say.
pub fn no_content() -> Response {
    Response::empty(StatusCode::NO_CONTENT)
}

/// The items of a page, each written as soon as it is known: a page of large ones is in memory once, as it is sent.
#[derive(Default)]
pub struct Items(Pieces);

impl Items {
    /// Adds one.
    pub fn push(&mut self, item: &impl Serialize) {
        // Neither can fail: it is memory that is written to, and our own answer types have no map keys but strings, no failing Serialize.
        let _ = self.0.write_all(if self.0.is_empty() { b"[" } else { b"," });
        let _ = serde_json::to_writer(&mut self.0, item);
    }
}

/// A page of a list: a bare array, the full count, and links to the pages before and after.
pub fn page<T: Serialize>(call: &Call, items: &[T], total: u64) -> Response {
    let mut written = Items::default();
    items.iter().for_each(|item| written.push(item));
    page_of(call, written, total)
}

/// The same, of items that are written already.
pub fn page_of(call: &Call, Items(mut pieces): Items, total: u64) -> Response {
    // Can't fail either.
    let _ = pieces.write_all(if pieces.is_empty() { b"[]" } else { b"]" });
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let mut links = Vec::new();
    if (skip + limit) < i64::try_from(total).unwrap_or(i64::MAX) {
        links.push(format!("<{}>; rel=\"next\"", page_target(call, skip + limit)));
    }
    if skip > 0 {
        links.push(format!("<{}>; rel=\"prev\"", page_target(call, (skip - limit).max(0))));
    }
    let response = Response { body: pieces.into_body(), ..Response::bytes(StatusCode::OK, "application/json", Vec::new()) };
    let response = response.with_header("x-total-count", &total.to_string());
    if links.is_empty() { response } else { response.with_header("link", &links.join(", ")) }
}

/// The request's own path and query with another `skip`.
fn page_target(call: &Call, skip: i64) -> String {
    let others = call.request.query.as_deref().unwrap_or("").split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("skip="));
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    pairs.push(format!("skip={skip}"));
    format!("{}?{}", call.request.path, pairs.join("&"))
}
