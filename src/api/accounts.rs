//! Users as an admin manages them: shown, changed, unlocked, deleted, and given a link to choose a new password.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::input::{Fields, kind_of};
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Parameter, ParameterKind, Route, of};
use super::users::UserAnswer;
use super::words;
use crate::domain::access::{ADMIN, Role};
use crate::domain::time::Time;
use crate::domain::user::{NAME_CHARACTERS_MAX, PERSON_ROLES, User};
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::{WriteTx, departure, reset_links, sign_in, users};

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
        answer: Answer { status: 200, description: "The user", body: AnswerBody::Json(of::<UserAnswer>()) },
        errors: &[],
    }
}

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route { summary: "Get a user", body_bytes_max: 0, ..row("GET", "/v1/users/{user_id}", "get_user", show) },
    Route {
        summary: "Update a user. What is left out stays. A changed role acts on the user's next request. Disabling ends the sessions, and keys \
                  that the user made stop. An auditor's access can be given an end",
        request: Some(of::<UserPatch>()),
        errors: &[(409, "The last active admin can be neither demoted nor disabled")],
        ..row("PATCH", "/v1/users/{user_id}", "update_user", change)
    },
    Route {
        summary: "Unlock a user. Ends the locks after failed sign-ins, at every address. Without one it changes nothing",
        ..row("POST", "/v1/users/{user_id}/unlock", "unlock_user", unlock)
    },
    Route {
        summary: "Delete a user. What the user owns has to go to somebody else. The email is free again, keys and enrollment tokens of the \
                  user end; history keeps what was",
        query: &[Parameter {
            name: "hand_over_to",
            kind: ParameterKind::Id("user_abc123"),
            description: "The `id` of an active user who gets everything that the user owns",
        }],
        answer: Answer { status: 204, description: "Deleted", body: AnswerBody::Empty },
        errors: &[(409, "The user still owns something, which is named, or is the last active admin")],
        ..row("DELETE", "/v1/users/{user_id}", "delete_user", remove)
    },
    Route {
        summary: "Create a link with which a user chooses a new password. For the admin to hand over. It works once and for a day; a newer one \
                  takes its place",
        answer: Answer { status: 201, description: "The link, shown this once", body: AnswerBody::Json(of::<ResetLink>()) },
        errors: &[(409, "The user is disabled, or the appliance does not know its own address")],
        ..row("POST", "/v1/users/{user_id}/reset-link", "create_reset_link", reset_link)
    },
];

/// Changes to a user.
#[derive(ToSchema)]
#[schema(examples(json!({ "name": "Ada Lovelace", "role": "auditor", "expires_at": "2030-01-01T00:00:00Z" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct UserPatch {
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// What the person may do.
    #[schema(value_type = Option<words::Role>)]
    role: Option<String>,
    /// Whether the person may sign in: `active` or `disabled`.
    #[schema(example = "active")]
    status: Option<String>,
    /// When the access of an auditor ends, in the future; `null` for never. Another role clears it.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A link for a new password.
#[derive(Serialize, ToSchema)]
struct ResetLink {
    /// Where the user chooses it.
    #[schema(example = "https://recoger.example.org/#/reset-password/rr_…")]
    reset_url: String,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
}

/// What an admin wants changed; `None` leaves as it is.
struct Change {
    name: Option<String>,
    role: Option<Role>,
    expires_at: Option<Option<Time>>,
    disabled: Option<bool>,
}

impl Change {
    fn read(call: &Call) -> Result<Change> {
        let mut fields = Fields::of(call.request)?;
        let name = match fields.patched("name") {
            Some(Some(value)) => Some(fields.as_text("name", value, 1, NAME_CHARACTERS_MAX)?),
            Some(None) => return Err(fields.wrong("name", "can't be empty")),
            None => None,
        };
        let role = role(&mut fields)?;
        let parse = |text: &str| [("active", false), ("disabled", true)].into_iter().find(|(word, _)| *word == text);
        let disabled = fields.choice("status", parse, &["active", "disabled"])?.map(|(_, disabled)| disabled);
        let expires_at = match fields.patched("expires_at") {
            Some(Some(value)) => Some(Some(future_time(&fields, "expires_at", &value, call.now)?)),
            Some(None) => Some(None),
            None => None,
        };
        fields.finish()?;
        Ok(Change { name, role, expires_at, disabled })
    }

    fn apply(&self, tx: &WriteTx, id: &str) -> Result<User> {
        let user = users::get(tx, id)?;
        users::update_profile(tx, id, self.name.as_deref(), None)?;
        let role = self.role.unwrap_or(user.role);
        if role != Role::Auditor && matches!(self.expires_at, Some(Some(_))) {
            return Err(Error::invalid("`expires_at` is for auditors only"));
        }
        users::set_role(tx, id, role, self.expires_at.unwrap_or(user.expires_at))?;
        match self.disabled {
            Some(true) => users::disable(tx, id),
            Some(false) => users::enable(tx, id),
            None => users::get(tx, id),
        }
    }
}

fn show(call: &Call) -> Result<Response> {
    let user = call.read(|tx| users::get(tx, call.path("user_id")))?;
    Ok(answer::json(&UserAnswer::from(user)))
}

fn change(call: &Call) -> Result<Response> {
    let change = Change::read(call)?;
    let id = call.path("user_id").to_owned();
    let user = call.write(move |tx| change.apply(tx, &id))?;
    Ok(answer::json(&UserAnswer::from(user)))
}

fn unlock(call: &Call) -> Result<Response> {
    let id = call.path("user_id").to_owned();
    let user = call.write(move |tx| {
        let user = users::get(tx, &id)?;
        sign_in::unlock(tx, &id, &user.email)?;
        users::get(tx, &id)
    })?;
    Ok(answer::json(&UserAnswer::from(user)))
}

fn remove(call: &Call) -> Result<Response> {
    let (id, heir) = (call.path("user_id").to_owned(), call.query.text("hand_over_to").map(str::to_owned));
    call.write(move |tx| departure::delete(tx, &id, heir.as_deref()))?;
    Ok(answer::no_content())
}

fn reset_link(call: &Call) -> Result<Response> {
    let id = call.path("user_id").to_owned();
    call.read(|tx| users::get(tx, &id))?;
    let address = call.app.reach.page_address(call.request)?;
    let maker = call.caller()?.person().map(str::to_owned);
    let (secret, expires_at) = call.write(move |tx| reset_links::add(tx, &id, maker.as_deref()))?;
    let answer = ResetLink { reset_url: format!("{address}/#/reset-password/{}", secret.expose()), expires_at };
    Ok(answer::created(&answer).with_header("cache-control", "no-store"))
}

/// Takes the role that a person is to have.
pub(super) fn role(fields: &mut Fields) -> Result<Option<Role>> {
    let parse = |text: &str| PERSON_ROLES.into_iter().find(|role| role.as_str() == text);
    fields.choice("role", parse, &PERSON_ROLES.map(Role::as_str))
}

/// Reads a time that must lie in the future.
pub(super) fn future_time(fields: &Fields, name: &str, value: &Value, now: Time) -> Result<Time> {
    let Value::String(text) = value else { return Err(fields.wrong(name, &format!("must be text, not {}", kind_of(value)))) };
    match Time::parse(text) {
        Some(time) if time > now => Ok(time),
        Some(_) => Err(fields.wrong(name, "must lie in the future")),
        None => Err(fields.wrong(name, "must be a time like 2026-01-04T10:30:00Z")),
    }
}
