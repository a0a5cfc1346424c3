//! Signing in and out: login, refresh, logout, and the public key that checks access tokens.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::authenticate::user_agent;
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route, SIGN_IN_BODY_BYTES_MAX, of};
use super::words;
use crate::credentials::jwt::{ACCESS_TOKEN_SECONDS, TOKEN_BYTES_MAX};
use crate::credentials::one_time::OneTimeCode;
use crate::credentials::password::{PASSWORD_BYTES_MAX, Password};
use crate::credentials::token::PlainToken;
use crate::domain::access::{Access, Credential};
use crate::domain::user::EMAIL_CHARACTERS_MAX;
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::sessions::{Means, SignedIn};
use crate::store::sign_in::{Attempt, Outcome};
use crate::store::{appliance, sessions, sign_in, users};

/// Characters of a one-time code or recovery code.
pub(super) const OTP_CHARACTERS_MAX: usize = 64;
/// Verifications of one login: again only if the password was changed at the same moment.
const VERIFICATIONS_MAX: usize = 2;

/// When a sign-in is answered 401.
pub(super) const WRONG: &str = "Wrong username or password: one text for both, and for names that do not exist. With `mfa_required` beside \
                                `detail` they were right, but `otp` is missing, wrong or was used before";

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/auth/login",
        name: "login",
        access: Access::Public,
        lane: Lane::SignIn,
        handler: login,
        summary: "Authenticate and receive access tokens. Needs no credential. After too many failures the name is locked for a while, for the right \
                  password too",
        tag: "Authentication",
        query: &[],
        request: Some(of::<LoginRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "Signed in", body: AnswerBody::Json(of::<Tokens>()) },
        errors: &[(401, WRONG)],
    },
    Route {
        method: "POST",
        path: "/v1/auth/refresh",
        name: "refresh_tokens",
        access: Access::Public,
        lane: Lane::Quick,
        handler: refresh,
        summary: "Refresh an expired access token. A refresh token works once: the answer brings the next one. Using one twice ends the session",
        tag: "Authentication",
        query: &[],
        request: Some(of::<RefreshRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "New tokens", body: AnswerBody::Json(of::<Tokens>()) },
        errors: &[(401, "The refresh token was used before, has expired, or its session has ended")],
    },
    Route {
        method: "POST",
        path: "/v1/auth/logout",
        name: "logout",
        access: Access::OwnAccount { keys: false },
        lane: Lane::Quick,
        handler: logout,
        summary: "Invalidate the current access token. Ends the session: its access and refresh tokens fail from then on",
        tag: "Authentication",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Signed out", body: AnswerBody::Empty },
        errors: &[],
    },
    Route {
        method: "GET",
        path: "/.well-known/jwks.json",
        name: "get_jwks",
        access: Access::Public,
        lane: Lane::Quick,
        handler: jwks,
        summary: "Get the public key that verifies access tokens. A JWK set (RFC 7517)",
        tag: "Authentication",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A JWK set", body: AnswerBody::Json(of::<JwkSet>()) },
        errors: &[],
    },
];

/// What a login takes.
#[derive(ToSchema)]
#[schema(examples(json!({ "username": "user@example.com", "password": "your-password" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub(super) struct LoginRequest {
    /// The email, in any case.
    #[schema(min_length = 1, max_length = 254)]
    username: String,
    /// The password.
    #[schema(format = Password, max_length = 1024)]
    password: String,
    /// A code of the authenticator or a recovery code, for accounts with a second factor. Each works once.
    #[schema(min_length = 1, max_length = 64)]
    otp: Option<String>,
}

/// What a refresh takes.
#[derive(ToSchema)]
#[schema(examples(json!({ "refresh_token": "hY0d2Wm…" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct RefreshRequest {
    /// The refresh token of the last answer.
    #[schema(max_length = 4096)]
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// For `Authorization: Bearer`; a JWT (EdDSA).
    #[schema(example = "eyJhbGciOiJFZERTQSIs…")]
    access_token: String,
    /// For one call of `/auth/refresh` within 7 days; opaque.
    refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: i64,
    /// Who signed in.
    #[schema(example = "user_abc123")]
    user_id: String,
    /// The organisation.
    #[schema(example = "tenant_xyz789")]
    tenant_id: String,
    /// The role at this moment.
    #[schema(value_type = words::Role)]
    role: &'static str,
}

/// A JWK set (RFC 7517).
#[derive(ToSchema)]
#[allow(dead_code, reason = "documentation only: the credentials make it")]
struct JwkSet {
    /// The keys in use; at present one.
    keys: Vec<Jwk>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(ToSchema)]
#[allow(dead_code, reason = "documentation only: the credentials make it")]
struct Jwk {
    /// Kind of key.
    #[schema(example = "OKP")]
    kty: String,
    /// The curve.
    #[schema(example = "Ed25519")]
    crv: String,
    /// The public key, base64url.
    x: String,
    /// Names the key, as the `kid` of the tokens does.
    kid: String,
    /// The algorithm of the tokens.
    #[schema(example = "EdDSA")]
    alg: String,
    /// What it is for.
    #[schema(rename = "use", example = "sig")]
    usage: String,
}

fn login(call: &Call) -> Result<Response> {
    let token = PlainToken::refresh();
    let signed_in = sign_in_with(call, &Means::Tokens(token.hashed()))?;
    tokens(call, &signed_in, &token)
}

/// Reads what a login takes and signs in, with a new session that shows itself by `means`.
pub(super) fn sign_in_with(call: &Call, means: &Means) -> Result<SignedIn> {
    let mut fields = Fields::of(call.request)?;
    let email = fields.required_text("username", 1, EMAIL_CHARACTERS_MAX)?.to_lowercase();
    let password = Password::new(fields.required_secret("password", PASSWORD_BYTES_MAX)?);
    let code = fields.text("otp", 1, OTP_CHARACTERS_MAX)?.map(|text| OneTimeCode::typed(&text));
    fields.finish()?;
    let attempt = Attempt { email, address: call.request.peer, user_agent: user_agent(call.request), code };
    for _ in 0..VERIFICATIONS_MAX {
        match verify_and_sign_in(call, &attempt, &password, means)? {
            Outcome::SignedIn(signed_in) => return Ok(signed_in),
            Outcome::Locked(until) => return Err(sign_in::locked(until, call.now)),
            Outcome::Refused => break,
            Outcome::CodeMissing => return Err(code_needed("This account has a second factor; `otp` is required")),
            Outcome::CodeWrong => return Err(code_needed("`otp` is wrong or was used before")),
            Outcome::Changed => {}
        }
    }
    Err(Error::unauthenticated("Wrong username or password"))
}

fn code_needed(detail: &str) -> Error {
    Error { mfa_required: true, ..Error::unauthenticated(detail) }
}

/// Looks up, hashes outside any transaction, and ends the attempt in one write.
fn verify_and_sign_in(call: &Call, attempt: &Attempt, password: &Password, means: &Means) -> Result<Outcome> {
    let store = &call.app.store;
    let found = store.read_root(call.now, |root| sign_in::look_up(root, attempt))?;
    let stored = found.account.map(|account| account.password_hash);
    // A locked name costs no hash; its tries are logged all the same.
    let verdict = match found.locked_until {
        None => Some(password.verify(stored.as_deref())?),
        Some(_) => None,
    };
    let verified = stored.filter(|_| verdict.is_some_and(|verdict| verdict.matches));
    let (written, means, attempt) = (verified.clone(), means.clone(), attempt.clone());
    let outcome = store.write_root(call.now, move |root| sign_in::sign_in(root, &attempt, written.as_deref(), &means))?;
    if let (Outcome::SignedIn(signed_in), Some(old_hash), Some(true)) = (&outcome, verified, verdict.map(|verdict| verdict.outdated)) {
        let (user_id, new_hash) = (signed_in.claims.user_id.clone(), password.hash()?);
        store.write_root(call.now, move |root| users::rehash(root, &user_id, &old_hash, &new_hash))?;
    }
    Ok(outcome)
}

fn refresh(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let presented = PlainToken::given(&fields.required_secret("refresh_token", TOKEN_BYTES_MAX)?).hashed();
    fields.finish()?;
    let token = PlainToken::refresh();
    let (next, stranger) = (token.hashed(), call.actor.clone());
    let signed_in = call.app.store.write_root(call.now, move |root| sessions::refresh(root, stranger, &presented, &next))?;
    match signed_in {
        Some(signed_in) => tokens(call, &signed_in, &token),
        None => Err(Error::unauthenticated("The refresh token is not valid or has expired")),
    }
}

fn logout(call: &Call) -> Result<Response> {
    let Credential::Session { session_id, user_id } = call.caller()?.credential.clone() else {
        return Err(Error::internal("logout without a session"));
    };
    call.write(move |tx| sessions::log_out(tx, &session_id, &user_id))?;
    Ok(answer::no_content())
}

fn jwks(call: &Call) -> Result<Response> {
    let key = call.app.store.read_root(call.now, appliance::token_key)?;
    Ok(answer::json(&key.jwks()).with_header("cache-control", "public, max-age=300"))
}

/// The answer with the tokens of a session, to be kept by nobody on the way.
fn tokens(call: &Call, signed_in: &SignedIn, refresh_token: &PlainToken) -> Result<Response> {
    Ok(answer::json(&tokens_of(call, signed_in, refresh_token)?).with_header("cache-control", "no-store"))
}

/// The tokens of a session.
pub(super) fn tokens_of(call: &Call, signed_in: &SignedIn, refresh_token: &PlainToken) -> Result<Tokens> {
    let key = call.app.store.read_root(call.now, appliance::token_key)?;
    Ok(Tokens {
        access_token: key.sign(&signed_in.claims, signed_in.role, call.now)?,
        refresh_token: refresh_token.expose().to_owned(),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        user_id: signed_in.claims.user_id.clone(),
        tenant_id: signed_in.claims.tenant_id.clone(),
        role: signed_in.role.as_str(),
    })
}
