//! The second factor: the own one is set up, confirmed and taken away here; an admin takes away that of somebody who lost it.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::auth::OTP_CHARACTERS_MAX;
use super::call::Call;
use super::input::Fields;
use super::qr;
use super::route::{Answer, AnswerBody, Route, SIGN_IN_BODY_BYTES_MAX, of};
use super::users::{confirm as confirm_password, session};
use crate::credentials::one_time::{OneTimeCode, TotpSecret};
use crate::credentials::password::{PASSWORD_BYTES_MAX, Password};
use crate::domain::access::{ADMIN, Access};
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::store::{mfa, sign_in, users};

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/users/me/mfa",
        name: "set_up_my_mfa",
        access: Access::OwnAccount { keys: false },
        lane: Lane::Quick,
        handler: set_up,
        summary: "Set up a second factor. Gives a secret for an authenticator (RFC 6238: SHA-1, 6 digits, 30 seconds), which asks for nothing \
                  until it is confirmed with a first code. Again before that: a new secret",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The secret, shown this once", body: AnswerBody::Json(of::<SecretAnswer>()) },
        errors: &[(409, "There is a second factor already")],
    },
    Route {
        method: "POST",
        path: "/v1/users/me/mfa/confirm",
        name: "confirm_my_mfa",
        access: Access::OwnAccount { keys: false },
        lane: Lane::Quick,
        handler: confirm,
        summary: "Confirm the second factor with a first code. From now on signing in asks for one. The recovery codes do in place of a code, \
                  once each; only their hashes are kept",
        tag: "Users",
        query: &[],
        request: Some(of::<ConfirmRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The recovery codes, shown this once", body: AnswerBody::Json(of::<RecoveryCodes>()) },
        errors: &[(400, "`otp` is not the code of this moment, or the body is not as described"), (409, "There is nothing to confirm")],
    },
    Route {
        method: "DELETE",
        path: "/v1/users/me/mfa",
        name: "remove_my_mfa",
        access: Access::OwnAccount { keys: false },
        lane: Lane::SignIn,
        handler: remove,
        summary: "Take the own second factor away. Needs the password; wrong ones count as failed sign-ins. The recovery codes go with it",
        tag: "Users",
        query: &[],
        request: Some(of::<RemoveRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Taken away", body: AnswerBody::Empty },
        errors: &[(403, "`password` is wrong, or the caller is an API key"), (404, "There is no second factor")],
    },
    Route {
        method: "DELETE",
        path: "/v1/users/{user_id}/mfa",
        name: "remove_mfa",
        access: ADMIN,
        lane: Lane::Quick,
        handler: remove_of_another,
        summary: "Take a user's second factor away. For somebody who lost authenticator and recovery codes",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 204, description: "Taken away", body: AnswerBody::Empty },
        errors: &[(404, "There is no such user, or no second factor")],
    },
];

/// What an authenticator needs.
#[derive(Serialize, ToSchema)]
#[schema(as = MfaSecret)]
struct SecretAnswer {
    /// The secret in base 32, to be typed.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as a link, to be shown as a QR code.
    #[schema(example = "otpauth://totp/Recoger:user%40example%2Ecom?secret=…")]
    otpauth_url: String,
    /// The link as a QR code: `d` of an SVG path that fills its dark squares, each one unit wide.
    #[schema(example = "M4 4h7v1h-7z")]
    qr_path: String,
    /// Units along each side of the QR code, with the empty margin that readers need.
    #[schema(example = 53)]
    qr_size: usize,
}

/// A first code.
#[derive(ToSchema)]
#[schema(as = MfaConfirmRequest, examples(json!({ "otp": "123456" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct ConfirmRequest {
    /// What the authenticator shows.
    #[schema(min_length = 1, max_length = 64)]
    otp: String,
}

/// Codes for when the authenticator is lost.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Ten, each of which works once.
    #[schema(example = json!(["k3n9-x0qd-7fzt-1mwb"]))]
    recovery_codes: Vec<String>,
}

/// The own password.
#[derive(ToSchema)]
#[schema(as = MfaRemoveRequest, examples(json!({ "password": "your-password" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct RemoveRequest {
    /// The password of whoever calls.
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

fn set_up(call: &Call) -> Result<Response> {
    let (id, _) = session(call)?;
    let email = call.read(|tx| users::get(tx, &id))?.email;
    let secret = TotpSecret::generate();
    let otpauth_url = secret.otpauth_url(&email);
    let drawn = qr::draw(&otpauth_url)?;
    let answer = SecretAnswer { secret: secret.base32(), otpauth_url, qr_path: drawn.path, qr_size: drawn.size };
    call.write(move |tx| mfa::set_up(tx, &id, &secret))?;
    Ok(answer::json(&answer).with_header("cache-control", "no-store"))
}

fn confirm(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let code = OneTimeCode::typed(&fields.required_text("otp", 1, OTP_CHARACTERS_MAX)?);
    fields.finish()?;
    let (id, session_id) = session(call)?;
    let recovery_codes = call.write(move |tx| mfa::confirm(tx, &id, &session_id, &code))?;
    Ok(answer::json(&RecoveryCodes { recovery_codes }).with_header("cache-control", "no-store"))
}

fn remove(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let password = Password::new(fields.required_secret("password", PASSWORD_BYTES_MAX)?);
    fields.finish()?;
    let (id, _) = session(call)?;
    let (attempt, verified) = confirm_password(call, "password", &id, &password)?;
    call.write(move |tx| {
        sign_in::still_confirmed(tx, &attempt, &verified)?;
        mfa::remove(tx, &id)
    })?;
    Ok(answer::no_content())
}

fn remove_of_another(call: &Call) -> Result<Response> {
    let id = call.path("user_id").to_owned();
    call.write(move |tx| mfa::remove(tx, &id))?;
    Ok(answer::no_content())
}
