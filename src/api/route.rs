//! What a row of [`super::ROUTES`] says.

use std::borrow::Cow;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::call::Call;
use crate::domain::access::Access;
use crate::error::Result;
use crate::http::{Lane, Response};

/// One endpoint.
pub struct Route {
    /// `GET`, `POST`, `PATCH` or `DELETE`; HEAD is answered by GET's row.
    pub method: &'static str,
    /// The path with `{names}` for what varies.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Where it runs.
    pub lane: Lane,
    /// What it does.
    pub handler: fn(&Call) -> Result<Response>,
    /// One line for the documentation.
    pub summary: &'static str,
    /// The chapter of the documentation.
    pub tag: &'static str,
    /// The query parameters it takes; any other is refused.
    pub query: &'static [Parameter],
    /// The body it takes, if any.
    pub request: Option<TypeDoc>,
    /// The largest body, inflated, in bytes.
    pub body_bytes_max: usize,
    /// What it answers when all is well.
    pub answer: Answer,
}

/// A query parameter.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ParameterKind,
    /// For the documentation.
    pub description: &'static str,
}

/// What a query parameter may hold.
#[derive(Clone, Copy)]
pub enum ParameterKind {
    /// Text up to 200 characters.
    Text,
    /// `true` or `false`.
    Boolean {
        /// When it is absent.
        default: bool,
    },
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// When it is absent.
        default: i64,
    },
    /// One of these words.
    Choice(fn() -> Vec<&'static str>),
    /// An RFC 3339 time, not in the future.
    PastTime,
    /// A day (`YYYY-MM-DD`) or an RFC 3339 time.
    DayOrTime,
}

/// Pagination offset.
pub const SKIP: Parameter =
    Parameter { name: "skip", kind: ParameterKind::Integer { min: 0, max: 1_000_000_000, default: 0 }, description: "Pagination offset" };
/// Results per page.
pub const LIMIT: Parameter =
    Parameter { name: "limit", kind: ParameterKind::Integer { min: 1, max: 100, default: 50 }, description: "Results per page" };

/// What a route answers.
pub struct Answer {
    /// The status when all is well.
    pub status: u16,
    /// For the documentation.
    pub description: &'static str,
    /// What the body is.
    pub body: AnswerBody,
}

/// The body of an answer.
pub enum AnswerBody {
    /// None.
    Empty,
    /// A JSON object.
    Json(TypeDoc),
    /// A JSON array of these, with `X-Total-Count` and `Link`.
    List(TypeDoc),
    /// A JSON array of these with paging, or CSV with `?format=csv`.
    ListOrCsv(TypeDoc),
    /// Any JSON.
    AnyJson,
    /// Something else, of this media type.
    Other(&'static str),
}

/// A type's part in the OpenAPI document, without an instance of it.
#[derive(Clone, Copy)]
pub struct TypeDoc {
    /// Its name under `components/schemas`.
    pub name: fn() -> Cow<'static, str>,
    /// Its schema.
    pub schema: fn() -> RefOr<Schema>,
    /// The schemas that it refers to.
    pub schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// The documentation of `T`.
pub const fn of<T: ToSchema + PartialSchema>() -> TypeDoc {
    TypeDoc { name: T::name, schema: T::schema, schemas: T::schemas }
}

/// Bodies of most routes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bodies of sign-in routes, which strangers may send.
pub const SIGN_IN_BODY_BYTES_MAX: usize = 8 * 1024;
/// A device's report.
pub const REPORT_BODY_BYTES_MAX: usize = 1024 * 1024;
