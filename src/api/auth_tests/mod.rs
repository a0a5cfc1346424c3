//! Sign-in, sessions, keys and profiles as a client sees them: plain requests through the rows of these files.

mod api_keys;
mod lockout;
mod mfa;
mod profile;
mod sessions;

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answer;
use super::authenticate::{actor, authenticate};
use super::call::{App, Call};
use super::query::Query;
use super::route::Route;
use crate::credentials::password::Password;
use crate::domain::access::{Access, Role};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::{Body, Method, Request, Response};
use crate::store::{Store, operator};

pub(super) const NOW: Time = Time(1_767_225_600);
pub(super) const PASSWORD: &str = "a walrus plays the tuba";
pub(super) const ADMIN: &str = "admin@example.com";

/// An appliance with tenant `default`, its admin, and a hand to move the clock.
pub(super) struct Appliance {
    _folder: tempfile::TempDir,
    pub app: App,
}

/// A status, headers and JSON.
#[derive(Debug)]
pub(super) struct Seen {
    pub status: u16,
    pub body: Value,
    response: Response,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.get(name)?.to_str().ok()
    }

    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {}", self.body)).to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Seen {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Appliance {
    pub fn new() -> Appliance {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        operator::first_start(&store, NOW, ADMIN, Some(Password::new(PASSWORD))).unwrap().unwrap();
        Appliance { _folder: folder, app: App::new(store, || NOW) }
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.app.store
    }

    /// Adds a user of tenant `default`.
    pub fn add_user(&self, email: &str, role: Role) -> String {
        operator::user_add(self.store(), NOW, "default", email, role, None, Some(Password::new(PASSWORD))).unwrap().value.id
    }

    pub fn send_at(&self, now: Time, request: &Request) -> Seen {
        let response = self.handle(now, request).unwrap_or_else(|error| answer::error(&error));
        let Body::Bytes(bytes) = &response.body else { panic!("not bytes") };
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(bytes).unwrap() };
        Seen { status: response.status.as_u16(), body, response }
    }

    pub fn send(&self, request: &Request) -> Seen {
        self.send_at(NOW, request)
    }

    /// What the pipeline does, as far as these tests need it.
    fn handle(&self, now: Time, request: &Request) -> Result<Response> {
        let (row, path) = find_row(request).expect("a row");
        let caller = if row.access == Access::Public { None } else { authenticate(&self.app, request, now)? };
        match &caller {
            None if row.access != Access::Public => return Err(Error::unauthenticated("Sign in")),
            Some(caller) if !row.access.admits(caller) => return Err(Error::forbidden("Not for you")),
            _ => {}
        }
        let query = Query::parse(request.query.as_deref(), row.query, now)?;
        let actor = actor(caller.as_ref(), request);
        (row.handler)(&Call { app: &self.app, request, path, query, caller, actor, now })
    }

    pub fn login_from(&self, now: Time, address: &str, username: &str, password: &str) -> Seen {
        let mut request = post("/v1/auth/login", json!({"username": username, "password": password}));
        request.peer = address.parse::<IpAddr>().unwrap();
        self.send_at(now, &request)
    }

    /// Signs in with the right password and gives the tokens.
    pub fn login(&self, username: &str) -> (String, String) {
        let seen = self.login_from(NOW, "192.0.2.1", username, PASSWORD).expect(200);
        (seen.text("access_token"), seen.text("refresh_token"))
    }

    /// Events of a chain, oldest first, as `name` or `name reason`.
    pub fn events(&self, chain: &str) -> Vec<String> {
        let chain = chain.to_owned();
        let sql =
            "SELECT event_name || coalesce(' ' || json_extract(metadata, '$.reason'), '') FROM audit_log WHERE chain = ?1 ORDER BY seq";
        self.store().read_root(NOW, |root| Ok(root.test_texts(sql, &[&chain]))).unwrap()
    }

    pub fn tenant_id(&self) -> String {
        // By name: tenants made in the same second come in any order.
        let tenants = operator::tenant_list(self.store(), NOW).unwrap();
        tenants.into_iter().find(|tenant| tenant.name == "default").unwrap().id
    }
}

pub(super) fn get(target: &str) -> Request {
    Request::new(Method::GET, target)
}

pub(super) fn post(target: &str, body: Value) -> Request {
    Request::new(Method::POST, target).with_json(&body)
}

fn find_row(request: &Request) -> Option<(&'static Route, Vec<(String, String)>)> {
    super::routes().filter(|row| row.method == request.method.as_str()).find_map(|row| Some((row, matched(row.path, &request.path)?)))
}

fn matched(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut values = Vec::new();
    for (expected, given) in template.into_iter().zip(path) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => values.push((name.to_owned(), given.to_owned())),
            None if expected == given => {}
            None => return None,
        }
    }
    Some(values)
}
