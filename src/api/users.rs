//! The own profile and password, and the list of users.

use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use super::authenticate::user_agent;
use super::call::Call;
use super::export::{self, FORMAT};
use super::input::Fields;
use super::route::{Answer, AnswerBody, LIMIT, Parameter, ParameterKind, Route, SIGN_IN_BODY_BYTES_MAX, SKIP, of};
use super::words;
use crate::credentials::password::{PASSWORD_BYTES_MAX, Password};
use crate::domain::access::{ADMIN, Access, Credential, Role};
use crate::domain::time::Time;
use crate::domain::user::{EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, PERSON_ROLES, User, UserStatus, checked_email};
use crate::error::{Error, Kind, Result};
use crate::http::{Lane, Response};
use crate::store::sign_in::Attempt;
use crate::store::users::UserFilter;
use crate::store::{Tx, settings, sign_in, tenants, users};

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/users/me",
        name: "get_my_profile",
        access: Access::OwnAccount { keys: true },
        lane: Lane::Quick,
        handler: me,
        summary: "Get current user profile. With an API key, its maker's",
        tag: "Users",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "The profile", body: AnswerBody::Json(of::<ProfileAnswer>()) },
        errors: &[(404, "The API key was made on the command line and belongs to no user")],
    },
    Route {
        method: "PATCH",
        path: "/v1/users/me",
        name: "update_my_profile",
        access: Access::OwnAccount { keys: false },
        lane: Lane::SignIn,
        handler: update_me,
        summary: "Update current user profile. What is left out stays. Changing the email needs the current password; wrong ones count as failed \
                  sign-ins",
        tag: "Users",
        query: &[],
        request: Some(of::<ProfileRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The profile", body: AnswerBody::Json(of::<UserAnswer>()) },
        errors: &[(403, "`current_password` is wrong, or the caller is an API key"), (409, "`email` is in use already")],
    },
    Route {
        method: "POST",
        path: "/v1/users/me/password",
        name: "change_my_password",
        access: Access::Session,
        lane: Lane::SignIn,
        handler: change_password,
        summary: "Change the own password. Ends the other sessions. Wrong current passwords count as failed sign-ins",
        tag: "Users",
        query: &[],
        request: Some(of::<PasswordRequest>()),
        body_bytes_max: SIGN_IN_BODY_BYTES_MAX,
        answer: Answer { status: 204, description: "Changed", body: AnswerBody::Empty },
        errors: &[(403, "`current_password` is wrong, or the caller is an API key"), (409, "The password was changed at the same moment")],
    },
    Route {
        method: "GET",
        path: "/v1/users",
        name: "list_users",
        access: ADMIN,
        lane: Lane::Quick,
        handler: list,
        summary: "List users in tenant. The newest comes first",
        tag: "Users",
        query: &[
            SKIP,
            LIMIT,
            Parameter { name: "search", kind: ParameterKind::Text, description: "Part of the name or email" },
            Parameter { name: "role", kind: ParameterKind::Choice(role_words), description: "Users of this role" },
            Parameter { name: "status", kind: ParameterKind::Choice(status_words), description: "Users of this status" },
            FORMAT,
        ],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of users", body: AnswerBody::ListOrCsv(of::<UserAnswer>(), &COLUMNS) },
        errors: &[],
    },
];

/// Columns of the list as CSV.
const COLUMNS: [&str; 9] = ["id", "email", "name", "role", "status", "mfa_enabled", "device_count", "last_active_at", "created_at"];

/// A change of the own profile; absent fields stay.
#[derive(ToSchema)]
#[schema(examples(json!({ "name": "Ada Lovelace", "email": "user@example.com", "current_password": "your-password" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct ProfileRequest {
    /// The person's name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The name for signing in; needs `current_password`.
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    /// Required with `email`.
    #[schema(format = Password, max_length = 1024)]
    current_password: Option<String>,
}

/// A change of the own password.
#[derive(ToSchema)]
#[schema(examples(json!({ "current_password": "your-password", "new_password": "a walrus plays the tuba" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct PasswordRequest {
    /// The password until now.
    #[schema(format = Password, max_length = 1024)]
    current_password: String,
    /// The new one: none of the most common ones, and not made of the own name or email.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    new_password: String,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserAnswer {
    /// The id.
    #[schema(example = "user_abc123")]
    id: String,
    /// In lower case.
    #[schema(example = "user@example.com")]
    email: String,
    /// The person's name.
    name: String,
    /// What the person may do.
    #[schema(value_type = words::Role)]
    role: &'static str,
    /// Whether the person may sign in.
    #[schema(value_type = words::UserStatus)]
    status: &'static str,
    /// Whether signing in needs a second factor.
    mfa_enabled: bool,
    /// When the access ends; there only for an auditor whose time is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    expires_at: Option<Time>,
    /// Active devices that the person owns.
    device_count: u64,
    /// The last request, to within five minutes; `null` before the first.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_active_at: Option<Time>,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// The caller, and what all in the organisation share.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
struct ProfileAnswer {
    /// The user.
    #[serde(flatten)]
    user: UserAnswer,
    /// Where the user belongs.
    organisation: OrganisationAnswer,
}

/// What everybody in an organisation may know of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Organisation)]
struct OrganisationAnswer {
    /// Its name.
    #[schema(example = "Nordlicht Instruments")]
    name: String,
    /// The zone of its days, as the IANA database names it.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// It was filled with invented data by `recoger demo`.
    demo: bool,
}

impl From<User> for UserAnswer {
    fn from(user: User) -> UserAnswer {
        UserAnswer {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role.as_str(),
            status: user.status.as_str(),
            mfa_enabled: user.mfa_enabled,
            expires_at: user.expires_at,
            device_count: user.device_count,
            last_active_at: user.last_active_at,
            created_at: user.created_at,
        }
    }
}

fn me(call: &Call) -> Result<Response> {
    let Some(id) = call.caller()?.person() else {
        return Err(Error::new(Kind::NotFound, "This API key was made on the command line and belongs to no user"));
    };
    let profile = call.read(|tx| {
        let (user, version, tenant) = (users::get(tx, id)?, settings::current(tx)?, tenants::of(tx)?);
        let organisation = OrganisationAnswer {
            name: version.settings.organisation_name.clone().unwrap_or(tenant.name),
            time_zone: version.settings.time_zone.name().to_owned(),
            demo: tenant.demo,
        };
        Ok(ProfileAnswer { user: user.into(), organisation })
    })?;
    Ok(answer::json(&profile))
}

fn update_me(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let name = match fields.patched("name") {
        Some(Some(value)) => Some(fields.as_text("name", value, 1, NAME_CHARACTERS_MAX)?),
        Some(None) => return Err(fields.wrong("name", "can't be empty")),
        None => None,
    };
    let email = match fields.patched("email") {
        Some(Some(value)) => Some(checked_email("email", &fields.as_text("email", value, 1, EMAIL_CHARACTERS_MAX)?)?),
        Some(None) => return Err(fields.wrong("email", "can't be empty")),
        None => None,
    };
    let password = match &email {
        Some(_) => Some(Password::new(fields.required_secret("current_password", PASSWORD_BYTES_MAX)?)),
        None => {
            fields.optional("current_password");
            None
        }
    };
    fields.finish()?;
    let (id, _) = session(call)?;
    let confirmed = match password {
        Some(password) => Some(confirm(call, "current_password", &id, &password)?),
        None => None,
    };
    let user = call.write(move |tx| {
        if let Some((attempt, hash)) = &confirmed {
            sign_in::still_confirmed(tx, attempt, hash)?;
        }
        users::update_profile(tx, &id, name.as_deref(), email.as_deref())
    })?;
    Ok(answer::json(&UserAnswer::from(user)))
}

fn change_password(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let current = Password::new(fields.required_secret("current_password", PASSWORD_BYTES_MAX)?);
    let new = Password::new(fields.required_secret("new_password", PASSWORD_BYTES_MAX)?);
    fields.finish()?;
    let (id, session_id) = session(call)?;
    let user = call.read(|tx| users::get(tx, &id))?;
    new.check("new_password", &user.email, &user.name)?;
    let (attempt, verified) = confirm(call, "current_password", &id, &current)?;
    let new_hash = new.hash()?;
    call.write(move |tx| {
        sign_in::still_confirmed(tx, &attempt, &verified)?;
        users::set_password(tx, &id, &new_hash, Some(&session_id))
    })?;
    Ok(answer::no_content())
}

fn list(call: &Call) -> Result<Response> {
    let query = &call.query;
    let filter = UserFilter {
        search: query.text("search").map(str::to_owned),
        role: query.text("role").and_then(Role::parse),
        status: query.text("status").and_then(UserStatus::parse),
    };
    if export::wanted(call) {
        let page = |tx: &Tx, skip, limit| Ok(users::list(tx, &filter, skip, limit)?.0.into_iter().map(|user| user.id).collect());
        let ids = call.read(|tx| export::all_ids(|skip, limit| page(tx, skip, limit)))?;
        return export::of_ids(call, "users", &COLUMNS, ids, |tx, id| Ok(export::found(users::get(tx, id))?.map(UserAnswer::from)));
    }
    let (users, total) = call.read(|tx| users::list(tx, &filter, query.integer("skip"), query.integer("limit")))?;
    let users: Vec<UserAnswer> = users.into_iter().map(UserAnswer::from).collect();
    Ok(answer::page(call, &users, total))
}

/// Verifies the signed-in person's password outside any transaction. A wrong one counts like a failed sign-in, so that a stolen session is
/// no way around the lock. Gives what the write needs to check that it still stands. `field` is named if it is wrong.
pub(super) fn confirm(call: &Call, field: &str, user_id: &str, password: &Password) -> Result<(Attempt, String)> {
    let user = call.read(|tx| users::get(tx, user_id))?;
    let attempt = Attempt { email: user.email, address: call.request.peer, user_agent: user_agent(call.request), code: None };
    let found = call.app.store.read_root(call.now, |root| sign_in::look_up(root, &attempt))?;
    if let Some(until) = found.locked_until {
        return Err(sign_in::locked(until, call.now));
    }
    let stored = found.account.map(|account| account.password_hash);
    if let (Some(stored), true) = (&stored, password.verify(stored.as_deref())?.matches) {
        return Ok((attempt, stored.clone()));
    }
    match call.app.store.write_root(call.now, move |root| sign_in::refuse_confirmation(root, &attempt))? {
        Some(until) => Err(sign_in::locked(until, call.now)),
        None => Err(Error::forbidden(format!("`{field}` is wrong"))),
    }
}

/// User and session of the caller; the rows that use it admit sessions only.
pub(super) fn session(call: &Call) -> Result<(String, String)> {
    match call.caller()?.credential.clone() {
        Credential::Session { session_id, user_id } => Ok((user_id, session_id)),
        Credential::ApiKey { .. } => Err(Error::internal("a route for sessions admitted an API key")),
    }
}

fn role_words() -> Vec<&'static str> {
    PERSON_ROLES.map(Role::as_str).to_vec()
}

fn status_words() -> Vec<&'static str> {
    UserStatus::ALL.map(UserStatus::as_str).to_vec()
}
