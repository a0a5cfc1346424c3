//! API keys: made, listed, revoked by admins; the secret is shown once.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::export::{self, FORMAT};
use super::input::{Fields, kind_of};
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use super::words;
use crate::credentials::token::PlainToken;
use crate::domain::access::{ADMIN, Role};
use crate::domain::time::Time;
use crate::domain::user::{ApiKey, KEY_ROLES};
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::api_keys::{self, NewApiKey};

/// Longest name of a key.
const NAME_CHARACTERS_MAX: usize = 100;

/// The rows of this file.
pub static ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/api-keys",
        name: "list_api_keys",
        access: ADMIN,
        lane: Lane::Quick,
        handler: list,
        summary: "List API keys. Those that were revoked are left out; the newest comes first",
        tag: "API keys",
        query: &[SKIP, LIMIT, FORMAT],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "A page of API keys", body: AnswerBody::ListOrCsv(of::<ApiKeyAnswer>(), &COLUMNS) },
        errors: &[],
    },
    Route {
        method: "POST",
        path: "/v1/api-keys",
        name: "create_api_key",
        access: ADMIN,
        lane: Lane::Quick,
        handler: create,
        summary: "Create an API key. The answer is the only place that shows it, so keep it safe",
        tag: "API keys",
        query: &[],
        request: Some(of::<ApiKeyRequest>()),
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 201, description: "The key with its secret", body: AnswerBody::Json(of::<NewApiKeyAnswer>()) },
        errors: &[],
    },
    Route {
        method: "DELETE",
        path: "/v1/api-keys/{key_id}",
        name: "revoke_api_key",
        access: ADMIN,
        lane: Lane::Quick,
        handler: revoke,
        summary: "Revoke an API key. Its next request fails",
        tag: "API keys",
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 204, description: "Revoked", body: AnswerBody::Empty },
        errors: &[],
    },
];

/// Columns of the list as CSV.
const COLUMNS: [&str; 8] = ["id", "name", "role", "prefix", "created_by", "created_at", "expires_at", "last_used_at"];

/// An API key to be made.
#[derive(ToSchema)]
#[schema(examples(json!({ "name": "Inventory import", "role": "user", "expires_at": "2030-01-01T00:00:00Z" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
struct ApiKeyRequest {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do; never more than its maker may at the moment.
    #[schema(value_type = words::KeyRole)]
    role: String,
    /// When it ends by itself; in the future. Without it the key holds until it is revoked.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// An API key without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct ApiKeyAnswer {
    /// The id, for revoking.
    #[schema(example = "key_abc123")]
    id: String,
    /// What it is for.
    name: String,
    /// The role it was made with.
    #[schema(value_type = words::KeyRole)]
    role: &'static str,
    /// How the key begins.
    #[schema(example = "rk_live_Yq3v")]
    prefix: String,
    /// Who made it; `null` for keys made on the command line.
    #[schema(required = true)]
    created_by: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Time>,
    /// The last request with it, to within five minutes; `null` before the first.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Time>,
}

/// A new API key with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct NewApiKeyAnswer {
    #[serde(flatten)]
    key: ApiKeyAnswer,
    /// The secret, `rk_live_…`, shown this once.
    #[schema(example = "rk_live_…")]
    api_key: String,
}

impl From<ApiKey> for ApiKeyAnswer {
    fn from(key: ApiKey) -> ApiKeyAnswer {
        ApiKeyAnswer {
            id: key.id,
            name: key.name,
            role: key.role.as_str(),
            prefix: key.prefix,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

fn list(call: &Call) -> Result<Response> {
    if export::wanted(call) {
        let ids = call.read(|tx| export::all_ids(|skip, limit| Ok(ids_of(api_keys::list(tx, skip, limit)?.0))))?;
        return export::of_ids(call, "api-keys", &COLUMNS, ids, |tx, id| Ok(api_keys::find(tx, id)?.map(ApiKeyAnswer::from)));
    }
    let (keys, total) = call.read(|tx| api_keys::list(tx, call.query.integer("skip"), call.query.integer("limit")))?;
    let keys: Vec<ApiKeyAnswer> = keys.into_iter().map(ApiKeyAnswer::from).collect();
    Ok(answer::page(call, &keys, total))
}

fn ids_of(keys: Vec<ApiKey>) -> Vec<String> {
    keys.into_iter().map(|key| key.id).collect()
}

fn create(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let name = fields.required_text("name", 1, NAME_CHARACTERS_MAX)?;
    let words = KEY_ROLES.map(Role::as_str);
    let parse = |text: &str| KEY_ROLES.into_iter().find(|role| role.as_str() == text);
    let role = fields.choice("role", parse, &words)?.ok_or_else(|| fields.missing("role"))?;
    let expires_at = expires_at(&mut fields, call.now)?;
    fields.finish()?;
    // A key made with a key belongs to whoever made that one, so that it dies with the same person. Behind a key of the command line there
    // is nobody to die with.
    let Some(person) = call.caller()?.person() else {
        return Err(Error::forbidden("A key made on the command line can't make keys; make them there, or sign in"));
    };
    let key = NewApiKey { name, role, expires_at, created_by: Some(person.to_owned()) };
    let (made, token) = call.write(move |tx| {
        let token = PlainToken::api_key();
        Ok((api_keys::add(tx, &key, &token)?, token))
    })?;
    let answer = NewApiKeyAnswer { key: made.into(), api_key: token.expose().to_owned() };
    Ok(answer::created(&answer).with_header("cache-control", "no-store"))
}

fn revoke(call: &Call) -> Result<Response> {
    let id = call.path("key_id").to_owned();
    call.write(move |tx| api_keys::revoke(tx, &id))?;
    Ok(answer::no_content())
}

fn expires_at(fields: &mut Fields, now: Time) -> Result<Option<Time>> {
    let name = "expires_at";
    match fields.optional(name) {
        Some(Value::String(text)) => match Time::parse(&text) {
            Some(time) if time > now => Ok(Some(time)),
            Some(_) => Err(fields.wrong(name, "must lie in the future")),
            None => Err(fields.wrong(name, "must be a time like 2026-01-04T10:30:00Z")),
        },
        Some(other) => Err(fields.wrong(name, &format!("must be text, not {}", kind_of(&other)))),
        None => Ok(None),
    }
}
