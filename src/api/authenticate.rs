//! Who calls: from the `Authorization` header or a browser's cookie to a [`Caller`], as the store knows it at this moment.

use super::call::App;
use crate::credentials::jwt::TOKEN_BYTES_MAX;
use crate::credentials::token::{API_KEY_FAMILY, PlainToken};
use crate::domain::access::{Caller, Credential, Role};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::{Method, Request, header};
use crate::store::sessions::Live;
use crate::store::{Actor, ActorType, api_keys, appliance, sessions};

/// How old "last used" may grow before it is written again.
pub const TOUCH_SECONDS: i64 = 5 * 60;
/// The cookie of a browser session. Browsers take a name that begins so only with `Secure`, `Path=/` and no `Domain`.
pub const SESSION_COOKIE: &str = "__Host-recoger";
const REQUESTED_WITH: &str = "x-requested-with";
const REQUESTED_WITH_RECOGER: &str = "recoger";
/// Characters of a user agent that are kept.
const USER_AGENT_CHARACTERS_MAX: usize = 256;

/// The caller that the request's credential stands for; `None` without one. A credential that is malformed or does not hold is an error.
/// (Public routes don't ask: whoever refreshes or signs in again often still sends an expired token.) Role, status, plan and whether the
/// session lasts are read from the store, all from one state of it.
///
/// Where "last used" has grown old, a write that nobody waits for renews it.
pub fn authenticate(app: &App, request: &Request, now: Time) -> Result<Option<Caller>> {
    let Some(token) = bearer(request)? else { return by_cookie(app, request, now) };
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

/// The caller whom the cookie of a browser stands for; an `Authorization` header beside it wins. Other sites can make a browser send the
/// cookie, but neither read answers nor add a header of their own: so a write needs one, and must not name another origin.
fn by_cookie(app: &App, request: &Request, now: Time) -> Result<Option<Caller>> {
    let Some(cookie) = session_cookie(request)? else { return Ok(None) };
    let hash = PlainToken::given(cookie).hashed();
    let live = app.store.read_root(now, |root| sessions::find_cookie(root, &hash))?;
    let live = live.ok_or_else(|| Error::unauthenticated("The browser session has ended; sign in again"))?;
    if request.method != Method::GET && request.method != Method::HEAD {
        if request.header(REQUESTED_WITH) != Some(REQUESTED_WITH_RECOGER) {
            return Err(Error::forbidden("A write with the session cookie needs the header `X-Requested-With: recoger`"));
        }
        let mut origins = request.headers.get_all(header::ORIGIN).iter();
        if !origins.all(|origin| origin.to_str().is_ok_and(|origin| app.reach.is_own_origin(request, origin))) {
            return Err(Error::forbidden("A write with the session cookie must come from this appliance's own pages"));
        }
    }
    touch(app, &live, now);
    Ok(Some(live.caller))
}

/// The value of the session cookie, if there is one.
fn session_cookie(request: &Request) -> Result<Option<&str>> {
    let mut found = None;
    for value in request.headers.get_all(header::COOKIE) {
        // Cookies of others on this host are none of ours, whatever they hold.
        let pairs = value.to_str().unwrap_or("").split(';').filter_map(|pair| pair.trim().split_once('='));
        for (_, value) in pairs.filter(|(name, _)| *name == SESSION_COOKIE) {
            if found.replace(value).is_some() || value.len() > TOKEN_BYTES_MAX {
                return Err(Error::unauthenticated("There must be one session cookie"));
            }
        }
    }
    Ok(found)
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
