//! A forgotten password: asking for a link, and choosing a new one with it.

use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, Route, SIGN_IN_BODY_BYTES_MAX, of};
use crate::credentials::jwt::TOKEN_BYTES_MAX;
use crate::credentials::password::{PASSWORD_BYTES_MAX, Password};
use crate::credentials::token::PlainToken;
use crate::domain::access::Access;
use crate::domain::user::{EMAIL_CHARACTERS_MAX, checked_email};
use crate::error::{Error, Result};
use crate::http::{Lane, Response, StatusCode};
use crate::store::reset_links;

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/auth/forgot-password",
        name: "forgot_password",
        access: Access::Public,
        lane: Lane::SignIn,
        handler: forgot,
        summary: "Ask for a link to choose a new password. Answers the same whether somebody has that email or not. The appliance sends no mail: \
                  an admin creates the link and hands it over",
        tag: "Authentication",
        query: &[],
        request: Some(of::<ForgotRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 202, description: "Taken note of", body: AnswerBody::Empty },
        errors: &[],
    },
    Route {
        method: "POST",
        path: "/v1/auth/reset-password",
        name: "reset_password",
        access: Access::Public,
        lane: Lane::SignIn,
        handler: reset,
        summary: "Choose a new password with a link. Ends all sessions of the user and every lock; a second factor stays",
        tag: "Authentication",
        query: &[],
        request: Some(of::<ResetRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Changed", body: AnswerBody::Empty },
        errors: &[(401, "The link was used or has expired")],
    },
];

/// Who forgot the password.
#[derive(ToSchema)]
#[schema(as = ForgotPasswordRequest, examples(json!({ "email": "user@example.com" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct ForgotRequest {
    /// The name for signing in.
    #[schema(format = Email, max_length = 254)]
    email: String,
}

/// What a reset takes.
#[derive(ToSchema)]
#[schema(as = ResetPasswordRequest, examples(json!({ "token": "rr_…", "password": "a walrus plays the tuba" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct ResetRequest {
    /// What the link ends with.
    #[schema(max_length = 4096)]
    token: String,
    /// None of the most common ones, and not made of the own name or email.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: String,
}

/// Nobody is looked up, so that the answer takes as long whoever asks.
fn forgot(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    checked_email("email", &fields.required_text("email", 1, EMAIL_CHARACTERS_MAX)?)?;
    fields.finish()?;
    tracing::info!(address = %call.request.peer, "somebody asks for a new password; no mail is set up, an admin can make a link");
    Ok(Response::empty(StatusCode::ACCEPTED))
}

fn reset(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let secret = PlainToken::given(&fields.required_secret("token", TOKEN_BYTES_MAX)?).hashed();
    let password = Password::new(fields.required_secret("password", PASSWORD_BYTES_MAX)?);
    fields.finish()?;
    // What would do for nobody is refused before the link is looked at.
    password.check("password", "", "")?;
    let worn_out = || Error::unauthenticated("The link was used or has expired");
    let store = &call.app.store;
    let user = store.read_root(call.now, |root| reset_links::find(root, &secret))?.ok_or_else(worn_out)?;
    password.check("password", &user.email, &user.name)?;
    let (hash, stranger) = (password.hash()?, call.actor.clone());
    match store.write_root(call.now, move |root| reset_links::reset(root, stranger, &secret, &hash))? {
        true => Ok(answer::no_content()),
        false => Err(worn_out()),
    }
}
