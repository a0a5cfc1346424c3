//! What a row of [`super::ROUTES`] says.
//!
//! Whatever sets an endpoint apart stands in its row, so that nothing which reads the rows has to know a path:
//!
//! ```
//! use recoger::api::routes;
//!
//! let login = routes().find(|route| route.name == "login").unwrap();
//! assert_eq!((login.method, login.path, login.answer.status), ("POST", "/v1/auth/login", 200));
//! assert_eq!(login.title(), "Authenticate and receive access tokens");
//! ```

use std::borrow::Cow;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::call::Call;
use super::import::Column;
use crate::domain::access::Access;
use crate::domain::device::DataType;
use crate::domain::framework::Framework;
use crate::error::Result;
use crate::http::{Lane, Response};

/// One endpoint.
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`; HEAD is answered by GET's row.
    pub method: &'static str,
    /// The path with `{names}` for what varies.
    pub path: &'static str,
    /// Names it in generated clients, unique among all rows: a verb and what it is done to.
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Where it runs.
    pub lane: Lane,
    /// What it does.
    pub handler: fn(&Call) -> Result<Response>,
    /// For the documentation: a first sentence that does as a title, then whatever else a caller should know.
    pub summary: &'static str,
    /// The chapter of the documentation, one of [`super::openapi::TAGS`].
    pub tag: &'static str,
    /// The query parameters it takes; any other is refused. What stands in its path is described in [`PATH_PARAMETERS`].
    pub query: &'static [Parameter],
    /// The body it takes, if any.
    pub request: Option<TypeDoc>,
    /// The largest body, inflated, in bytes.
    pub body_bytes_max: usize,
    /// What it answers when all is well.
    pub answer: Answer,
    /// Errors that are its own, or that need other words than those which [`super::openapi`] has for each status; status and when.
    pub errors: &'static [(u16, &'static str)],
}

impl Route {
    /// The first sentence of the summary.
    pub fn title(&self) -> &'static str {
        self.summary.split_once(". ").map_or(self.summary, |(title, _)| title)
    }

    /// What follows the first sentence, if anything.
    pub fn details(&self) -> Option<&'static str> {
        self.summary.split_once(". ").map(|(_, details)| details)
    }

    /// Whether it takes a body of JSON.
    pub fn takes_json(&self) -> bool {
        matches!(self.request, Some(TypeDoc { form: Form::Json, .. }))
    }

    /// The names in its path, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// A parameter of the query or the path.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ParameterKind,
    /// For the documentation.
    pub description: &'static str,
}

/// What a parameter may hold.
#[derive(Clone, Copy)]
pub enum ParameterKind {
    /// Text up to 200 characters.
    Text,
    /// An id as answers give it; for the documentation, how one looks.
    Id(&'static str),
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
    /// One of these ids of the catalogue's checks, or that of a check of the organisation's own.
    CheckId(fn() -> Vec<&'static str>),
    /// One of these words, and there must be one.
    RequiredChoice(fn() -> Vec<&'static str>),
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

/// What may stand in a path's `{name}`. Each name means the same in all rows.
pub static PATH_PARAMETERS: &[Parameter] = &[
    Parameter { name: "device_id", kind: ParameterKind::Id("dev_abc123"), description: "The device's `id`" },
    Parameter {
        name: "data_type",
        kind: ParameterKind::Choice(|| DataType::ALL.iter().map(|data_type| data_type.as_str()).collect()),
        description: "Which section of the device's reports",
    },
    Parameter { name: "service_id", kind: ParameterKind::Id("svc_abc123"), description: "The service's `id`" },
    Parameter { name: "token_id", kind: ParameterKind::Id("enr_abc123"), description: "The enrollment token's `id`" },
    Parameter {
        name: "platform",
        kind: ParameterKind::Choice(|| super::install::PLATFORMS.to_vec()),
        description: "Operating system and processor of the device",
    },
    Parameter { name: "person_id", kind: ParameterKind::Id("person_abc123"), description: "The person's `id`" },
    Parameter { name: "user_id", kind: ParameterKind::Id("user_abc123"), description: "The user's `id`" },
    Parameter { name: "person_id", kind: ParameterKind::Id("person_abc123"), description: "The person's `id`" },
    Parameter { name: "invitation_id", kind: ParameterKind::Id("inv_abc123"), description: "The invitation's `id`" },
    Parameter { name: "session_id", kind: ParameterKind::Id("ses_abc123"), description: "The session's `id`" },
    Parameter {
        name: "check_id",
        kind: ParameterKind::Text,
        description: "The `id` of a check of your own, such as `device.x_backup_recent`",
    },
    Parameter { name: "review_id", kind: ParameterKind::Id("rev_abc123"), description: "The review's `id`" },
    Parameter { name: "file_id", kind: ParameterKind::Id("file_abc123"), description: "The file's `id`" },
    Parameter { name: "attestation_id", kind: ParameterKind::Id("att_abc123"), description: "The attestation's `id`" },
    Parameter { name: "finding_id", kind: ParameterKind::Id("find_abc123"), description: "The finding's `id`" },
    Parameter {
        name: "framework",
        kind: ParameterKind::Choice(|| Framework::shipped().iter().map(|framework| framework.key.as_str()).collect()),
        description: "The framework's `id`",
    },
    Parameter { name: "framework_id", kind: ParameterKind::Text, description: "The framework's `id`, such as `iso27001`" },
    Parameter { name: "report_id", kind: ParameterKind::Id("rpt_abc123"), description: "The report's `id`" },
    Parameter { name: "other_id", kind: ParameterKind::Id("rpt_abc122"), description: "The earlier report's `id`" },
    Parameter { name: "exception_id", kind: ParameterKind::Id("exc_abc123"), description: "The exception's `id`" },
    Parameter { name: "key_id", kind: ParameterKind::Id("key_abc123"), description: "The API key's `id`" },
];

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
    /// A JSON object, with 201 instead of the status when it was made by this request.
    JsonOrCreated(TypeDoc),
    /// A page as a JSON array of these, with `X-Total-Count` and `Link`.
    List(TypeDoc),
    /// A JSON array of these with paging, or with `?format=csv` all of them as CSV with these columns.
    ListOrCsv(TypeDoc, &'static [&'static str]),
    /// Any JSON object.
    AnyJson,
    /// A JSON object, or a file of one of these media types where the client asks for one.
    JsonOrFile(TypeDoc, &'static [&'static str]),
    /// Something else, of this media type.
    Other(&'static str),
    /// A file of one of these media types.
    Files(&'static [&'static str]),
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
    /// In which form it comes.
    pub form: Form,
}

/// The form of a body.
#[derive(Clone, Copy)]
pub enum Form {
    /// JSON of the type.
    Json,
    /// CSV with these columns, and an example.
    Csv(&'static [Column], &'static str),
}

/// A body of CSV with these columns.
pub const fn csv_of(columns: &'static [Column], example: &'static str) -> TypeDoc {
    TypeDoc { form: Form::Csv(columns, example), ..of::<String>() }
}

/// The documentation of `T`.
pub const fn of<T: ToSchema + PartialSchema>() -> TypeDoc {
    TypeDoc { name: T::name, schema: T::schema, schemas: T::schemas, form: Form::Json }
}

/// Bodies of most routes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bodies of sign-in routes, which strangers may send.
pub const SIGN_IN_BODY_BYTES_MAX: usize = 8 * 1024;
/// A device's report.
pub const REPORT_BODY_BYTES_MAX: usize = 1024 * 1024;
