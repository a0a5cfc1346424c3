//! Invitations: an admin makes them and hands the link over; whoever has the link becomes a user with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{future_time, role};
use super::answer;
use super::auth::{Tokens, tokens_of};
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SIGN_IN_BODY_BYTES_MAX, SKIP, of};
use super::words;
use crate::credentials::jwt::TOKEN_BYTES_MAX;
use crate::credentials::password::{PASSWORD_BYTES_MAX, Password};
use crate::credentials::token::PlainToken;
use crate::domain::access::{ADMIN, Access, Role};
use crate::domain::time::Time;
use crate::domain::user::{EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, checked_email};
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::invitations::{self, Invitation, NewInvitation};
use crate::store::sessions::Means;

const fn row(method: &'static str, path: &'static str, name: &'static str, handler: fn(&Call) -> Result<Response>) -> Route {
    Route {
        method,
        path,
        name,
        access: ADMIN,
        lane: Lane::Quick,
        handler,
        summary: "",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Revoked", body: AnswerBody::Empty },
        errors: &[],
    }
}

const NO_ADDRESS: &str = "The appliance does not know its own address";

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        summary: "List invitations. Those that were neither accepted nor revoked, the newest first",
        query: &[SKIP, LIMIT],
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of invitations", body: AnswerBody::List(of::<InvitationAnswer>()) },
        ..row("GET", "/v1/users/invitations", "list_invitations", list)
    },
    Route {
        summary: "Invite somebody. The link in the answer is for the admin to hand over. It works once and for seven days",
        request: Some(of::<InvitationRequest>()),
        answer: Answer {
            status: 201,
            description: "The invitation with its link, shown this once",
            body: AnswerBody::Json(of::<NewInvitationAnswer>()),
        },
        errors: &[(409, "`email` is in use or invited already, or the appliance does not know its own address")],
        ..row("POST", "/v1/users/invitations", "create_invitation", create)
    },
    Route {
        summary: "Send an invitation again. It gets a new link and seven new days; the link before works no more",
        answer: Answer {
            status: 200,
            description: "The invitation with its new link",
            body: AnswerBody::Json(of::<NewInvitationAnswer>()),
        },
        errors: &[(409, NO_ADDRESS)],
        ..row("POST", "/v1/users/invitations/{invitation_id}/resend", "resend_invitation", resend)
    },
    Route {
        summary: "Revoke an invitation. Its link works no more",
        ..row("DELETE", "/v1/users/invitations/{invitation_id}", "revoke_invitation", revoke)
    },
    Route {
        access: Access::Public,
        lane: Lane::SignIn,
        summary: "Accept an invitation. Makes the user and signs in",
        tag: "Authentication",
        request: Some(of::<AcceptRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "Signed in", body: AnswerBody::Json(of::<Tokens>()) },
        errors: &[(401, "The invitation was used, was revoked or has expired"), (409, "The email is in use by now")],
        ..row("POST", "/v1/auth/accept-invitation", "accept_invitation", accept)
    },
];

/// Who is to be invited.
#[derive(ToSchema)]
#[schema(examples(json!({ "email": "new@example.com", "role": "user" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct InvitationRequest {
    /// Where to; the name for signing in.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// What the person may do.
    #[schema(value_type = words::Role)]
    role: String,
    /// For an auditor: when the access ends, in the future.
    #[schema(format = DateTime)]
    user_expires_at: Option<String>,
}

/// What accepting takes.
#[derive(ToSchema)]
#[schema(as = AcceptInvitationRequest,
    examples(json!({ "token": "ri_…", "name": "Ada Lovelace", "password": "a walrus plays the tuba" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct AcceptRequest {
    /// What the link ends with.
    #[schema(max_length = 4096)]
    token: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// None of the most common ones, and not made of the own name or email.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    password: String,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
struct InvitationAnswer {
    /// The id.
    #[schema(example = "inv_abc123")]
    id: String,
    /// Where to.
    #[schema(example = "new@example.com")]
    email: String,
    /// What the person may do.
    #[schema(value_type = words::Role)]
    role: &'static str,
    /// When the access of an auditor ends; there only if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    user_expires_at: Option<Time>,
    /// Who invited; `null` with a key of the command line.
    #[schema(required = true)]
    created_by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Until when the link works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

/// An invitation with its link.
#[derive(Serialize, ToSchema)]
#[schema(as = NewInvitation)]
struct NewInvitationAnswer {
    #[serde(flatten)]
    invitation: InvitationAnswer,
    /// Where the person accepts it.
    #[schema(example = "https://recoger.example.org/#/accept-invitation/ri_…")]
    invitation_url: String,
}

impl From<Invitation> for InvitationAnswer {
    fn from(invitation: Invitation) -> InvitationAnswer {
        InvitationAnswer {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role.as_str(),
            user_expires_at: invitation.user_expires_at,
            created_by: invitation.created_by,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    let (found, total) = call.read(|tx| invitations::list(tx, call.query.integer("skip"), call.query.integer("limit")))?;
    let found: Vec<InvitationAnswer> = found.into_iter().map(InvitationAnswer::from).collect();
    Ok(answer::page(call, &found, total))
}

fn create(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let email = checked_email("email", &fields.required_text("email", 1, EMAIL_CHARACTERS_MAX)?)?;
    let role = role(&mut fields)?.ok_or_else(|| fields.missing("role"))?;
    let user_expires_at = match fields.optional("user_expires_at") {
        Some(_) if role != Role::Auditor => return Err(fields.wrong("user_expires_at", "is for auditors only")),
        Some(value) => Some(future_time(&fields, "user_expires_at", &value, call.now)?),
        None => None,
    };
    fields.finish()?;
    let address = call.app.reach.page_address(call.request)?;
    let created_by = call.caller()?.person().map(str::to_owned);
    let new = NewInvitation { email, role, user_expires_at, created_by };
    let (invitation, secret) = call.write(move |tx| invitations::add(tx, &new))?;
    let answer = NewInvitationAnswer { invitation: invitation.into(), invitation_url: link(&address, &secret) };
    Ok(answer::created(&answer).with_header("cache-control", "no-store"))
}

fn resend(call: &Call) -> Result<Response> {
    let id = call.path("invitation_id").to_owned();
    call.read(|tx| invitations::get(tx, &id))?;
    let address = call.app.reach.page_address(call.request)?;
    let inviter = call.caller()?.person().map(str::to_owned);
    let (invitation, secret) = call.write(move |tx| invitations::resend(tx, &id, inviter.as_deref()))?;
    let answer = NewInvitationAnswer { invitation: invitation.into(), invitation_url: link(&address, &secret) };
    Ok(answer::json(&answer).with_header("cache-control", "no-store"))
}

fn revoke(call: &Call) -> Result<Response> {
    let id = call.path("invitation_id").to_owned();
    call.write(move |tx| invitations::revoke(tx, &id))?;
    Ok(answer::no_content())
}

fn accept(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let secret = PlainToken::given(&fields.required_secret("token", TOKEN_BYTES_MAX)?).hashed();
    let name = fields.required_text("name", 1, NAME_CHARACTERS_MAX)?;
    let password = Password::new(fields.required_secret("password", PASSWORD_BYTES_MAX)?);
    fields.finish()?;
    // What would do for nobody is refused before the link is looked at.
    password.check("password", "", "")?;
    let worn_out = || Error::unauthenticated("The invitation was used, was revoked or has expired");
    let store = &call.app.store;
    let invitation = store.read_root(call.now, |root| invitations::find(root, &secret))?.ok_or_else(worn_out)?;
    password.check("password", &invitation.email, &name)?;
    let (hash, token, stranger) = (password.hash()?, PlainToken::refresh(), call.actor.clone());
    let means = Means::Tokens(token.hashed());
    let signed_in =
        store.write_root(call.now, move |root| invitations::accept(root, stranger, &secret, &name, &hash, &means))?.ok_or_else(worn_out)?;
    Ok(answer::created(&tokens_of(call, &signed_in, &token)?).with_header("cache-control", "no-store"))
}

/// The secret stands behind `#`, which browsers send to nobody.
fn link(address: &str, secret: &PlainToken) -> String {
    format!("{address}/#/accept-invitation/{}", secret.expose())
}
