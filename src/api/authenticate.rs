//! Who calls: from the `Authorization` header to a [`Caller`], as the store knows it at this moment.

use super::call::App;
use crate::credentials::jwt::TOKEN_BYTES_MAX;
use crate::credentials::token::{API_KEY_FAMILY, PlainToken};
use crate::domain::access::{Caller, Credential, Role};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::{Request, header};
use crate::store::sessions::Live;
use crate::store::{Actor, ActorType, api_keys, appliance, sessions};

/// How old "last used" may grow before it is written again.
pub const TOUCH_SECONDS: i64 = 5 * 60;
/// Characters of a user agent that are kept.
const USER_AGENT_CHARACTERS_MAX: usize = 256;

/// The caller that the request's credential stands for; `None` without one. A credential that is malformed or does not hold is an error.
/// (Public routes don't ask: whoever refreshes or signs in again often still sends an expired token.) Role, status, plan and whether the
/// session lasts are read from the store, all from one state of it.
///
/// Where "last used" has grown old, a write that nobody waits for renews it.
pub fn authenticate(app: &App, request: &Request, now: Time) -> Result<Option<Caller>> {
    let Some(token) = bearer(request)? else { return Ok(None) };
    let live = match token.starts_with(API_KEY_FAMILY) {
        true => {
            let hash = PlainToken::given(token).hashed();
            app.store
                .read_root(now, |root| api_keys::find_live(root, &hash))?
                .ok_or_else(|| Error::unauthenticated("The API key is not valid"))?
        }
        false => {
            let live = app.store.read_root(now, |root| match appliance::token_key(root)?.verify(token, now) {
                Some(claims) => sessions::find_live(root, &claims),
                None => Ok(None),
            })?;
            live.ok_or_else(|| Error::unauthenticated("The access token is not valid or has expired"))?
        }
    };
    touch(app, &live, now);
    Ok(Some(live.caller))
}

/// The request's author for the audit log.
pub fn actor(caller: Option<&Caller>, request: &Request) -> Actor {
    let stranger = Actor::stranger(request.peer, user_agent(request));
    let Some(caller) = caller else { return stranger };
    let actor_type = match (&caller.credential, caller.role) {
        (Credential::Session { .. }, _) => ActorType::User,
        (Credential::ApiKey { .. }, Role::Agent) => ActorType::Agent,
        (Credential::ApiKey { .. }, _) => ActorType::ApiKey,
    };
    Actor { actor_type, id: Some(caller.credential_id().to_owned()), email: caller.email.clone(), ..stranger }
}

/// What the client calls itself, cut to a bounded length.
pub fn user_agent(request: &Request) -> Option<String> {
    Some(request.header("user-agent")?.chars().take(USER_AGENT_CHARACTERS_MAX).collect())
}

/// The token of `Authorization: Bearer …`. The scheme's case is ignored (RFC 9110).
fn bearer(request: &Request) -> Result<Option<&str>> {
    let mut values = request.headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let malformed = || Error::unauthenticated("The `Authorization` header must be `Bearer` and one access token or API key");
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    let token = token.trim_matches(' ');
    let plausible = !token.is_empty() && token.len() <= TOKEN_BYTES_MAX && token.bytes().all(|byte| byte.is_ascii_graphic());
    match scheme.eq_ignore_ascii_case("bearer") && plausible {
        true => Ok(Some(token)),
        false => Err(malformed()),
    }
}

fn touch(app: &App, live: &Live, now: Time) {
    if live.last_used_at.is_some_and(|last| now.seconds_since(last) < TOUCH_SECONDS) {
        return;
    }
    // Dropped when the queue is full: the next request tries again.
    match live.caller.credential.clone() {
        Credential::Session { session_id, user_id } => {
            app.store.write_later(now, move |root| sessions::touch(root, &session_id, &user_id));
        }
        Credential::ApiKey { key_id, .. } => {
            app.store.write_later(now, move |root| api_keys::touch(root, &key_id));
        }
    }
}
