//! The own sessions: where somebody is signed in, and ending one of them.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use super::users::session;
use crate::domain::access::Access;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::store::sessions::{self, Shown};

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/users/me/sessions",
        name: "list_my_sessions",
        access: Access::Session,
        lane: Lane::Quick,
        handler: list,
        summary: "List the own sessions. Those that last, the newest first",
        tag: "Users",
        query: &[SKIP, LIMIT],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of sessions", body: AnswerBody::List(of::<SessionAnswer>()) },
        errors: &[],
    },
    Route {
        method: "DELETE",
        path: "/v1/users/me/sessions/{session_id}",
        name: "end_my_session",
        access: Access::Session,
        lane: Lane::Quick,
        handler: end,
        summary: "End one of the own sessions. Its tokens or cookie fail from then on; it may be the present one",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Ended", body: AnswerBody::Empty },
        errors: &[(403, "The session is somebody else's, or the caller is an API key")],
    },
];

/// Where somebody is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionAnswer {
    /// The id.
    #[schema(example = "ses_abc123")]
    id: String,
    /// Whether this request came with it.
    current: bool,
    /// Whether it is a browser's with a cookie; else it has tokens.
    browser: bool,
    /// Whether a second factor was shown in it.
    mfa: bool,
    /// Where it began.
    #[schema(required = true)]
    ip_address: Option<String>,
    /// What the client called itself.
    #[schema(required = true)]
    user_agent: Option<String>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// The last request, to within five minutes.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Time,
    /// When it ends unless it is renewed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

impl SessionAnswer {
    fn new(shown: Shown, current: &str) -> SessionAnswer {
        SessionAnswer {
            current: shown.id == current,
            id: shown.id,
            browser: shown.is_browser,
            mfa: shown.second_factor,
            ip_address: shown.ip_address,
            user_agent: shown.user_agent,
            created_at: shown.created_at,
            last_used_at: shown.last_used_at,
            expires_at: shown.expires_at,
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    let (user_id, current) = session(call)?;
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let (found, total) = call.read(|tx| sessions::list(tx, &user_id, skip, limit))?;
    let found: Vec<SessionAnswer> = found.into_iter().map(|shown| SessionAnswer::new(shown, &current)).collect();
    Ok(answer::page(call, &found, total))
}

fn end(call: &Call) -> Result<Response> {
    let ((user_id, _), session_id) = (session(call)?, call.path("session_id").to_owned());
    call.write(move |tx| sessions::end_own(tx, &user_id, &session_id))?;
    Ok(answer::no_content())
}
