//! The session of a browser: a cookie that no script can read in place of tokens. What the cookie may do is checked in `authenticate`.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::auth::{LoginRequest, WRONG, sign_in_with};
use super::authenticate::SESSION_COOKIE;
use super::call::Call;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route, SIGN_IN_BODY_BYTES_MAX, of};
use super::users::session;
use super::words;
use crate::credentials::token::PlainToken;
use crate::domain::access::Access;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::store::sessions::{self, Means, REFRESH_TOKEN_SECONDS};

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/auth/session",
        name: "begin_browser_session",
        access: Access::Public,
        lane: Lane::SignIn,
        handler: begin,
        summary: "Sign in with a browser. Takes what a login takes, and sets a cookie that no script can read; there is no token in the answer. \
                  It lasts seven days. A write that relies on the cookie needs `X-Requested-With: recoger`, and an `Origin`, where there is \
                  one, of this appliance",
        tag: "Authentication",
        query: &[],
        request: Some(of::<LoginRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "Signed in", body: AnswerBody::Json(of::<BrowserSession>()) },
        errors: &[(401, WRONG)],
    },
    Route {
        method: "DELETE",
        path: "/v1/auth/session",
        name: "end_browser_session",
        access: Access::OwnAccount { keys: false },
        lane: Lane::Quick,
        handler: end,
        summary: "Sign out with a browser. Ends the session and takes the cookie away",
        tag: "Authentication",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Signed out", body: AnswerBody::Empty },
        errors: &[],
    },
];

/// Who signed in.
#[derive(Serialize, ToSchema)]
struct BrowserSession {
    /// Who signed in.
    #[schema(example = "user_abc123")]
    user_id: String,
    /// The organisation.
    #[schema(example = "tenant_xyz789")]
    tenant_id: String,
    /// The role at this moment.
    #[schema(value_type = words::Role)]
    role: &'static str,
    /// When the session ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

fn begin(call: &Call) -> Result<Response> {
    let cookie = PlainToken::cookie();
    let signed_in = sign_in_with(call, &Means::Cookie(cookie.hashed()))?;
    let answer = BrowserSession {
        user_id: signed_in.claims.user_id,
        tenant_id: signed_in.claims.tenant_id,
        role: signed_in.role.as_str(),
        expires_at: call.now.plus_seconds(REFRESH_TOKEN_SECONDS),
    };
    let response = answer::json(&answer).with_header("cache-control", "no-store");
    Ok(response.with_header("set-cookie", &set_cookie(cookie.expose(), REFRESH_TOKEN_SECONDS)))
}

fn end(call: &Call) -> Result<Response> {
    let (user_id, session_id) = session(call)?;
    call.write(move |tx| sessions::log_out(tx, &session_id, &user_id))?;
    Ok(answer::no_content().with_header("set-cookie", &set_cookie("", 0)))
}

fn set_cookie(value: &str, seconds: i64) -> String {
    format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict")
}
