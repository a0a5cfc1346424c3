//! Devices and settings as their callers see them: plain requests through the rows of these files.

mod changing;
mod osquery;
mod reading;
mod reports;
mod windows;

use serde_json::{Value, json};

use super::*;
use crate::api::answer;
use crate::api::authenticate::actor;
use crate::api::call::App;
use crate::api::query::Query;
use crate::api::settings as setting_rows;
use crate::domain::access::{Allowance, Caller};
use crate::http::{Body, Method, Request};
use crate::store::{Store, operator};

/// 2026-01-10T00:00:00Z
const NOW: Time = Time(1_768_003_200);
const SERIAL: &str = "C02XL0GTJG5J";

struct Scene {
    _folder: tempfile::TempDir,
    app: App,
    tenant_id: String,
    admin: String,
    ada: String,
    bob: String,
}

#[derive(Debug)]
struct Seen {
    status: u16,
    body: Value,
    total: Option<String>,
    link: Option<String>,
}

impl Seen {
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    #[track_caller]
    fn refused(self, status: u16, detail: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.body["detail"].as_str().unwrap().contains(detail), "{}", self.body);
    }
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        let made = operator::first_start(&store, NOW.plus_days(-100), "admin@example.com", None).unwrap().unwrap().value;
        let add = |email| operator::user_add(&store, NOW.plus_days(-100), "default", email, Role::User, None, None).unwrap().value.id;
        let (ada, bob) = (add("ada@example.com"), add("bob@example.com"));
        let app = App::new(store, || NOW);
        Scene { _folder: folder, app, tenant_id: made.tenant_id, admin: made.id, ada, bob }
    }

    fn session(&self, role: Role, user_id: &str) -> Caller {
        let credential = Credential::Session { session_id: "s".to_owned(), user_id: user_id.to_owned() };
        self.caller(role, credential)
    }

    fn caller(&self, role: Role, credential: Credential) -> Caller {
        let allowance = Allowance { per_minute: None, per_day: None };
        Caller { tenant_id: self.tenant_id.clone(), role, credential, email: None, allowance, lacks_second_factor: false }
    }

    fn admin(&self) -> Caller {
        self.session(Role::Admin, &self.admin)
    }

    fn ada(&self) -> Caller {
        self.session(Role::User, &self.ada)
    }

    fn viewer(&self) -> Caller {
        self.session(Role::Viewer, &self.bob)
    }

    fn send(&self, now: Time, caller: &Caller, request: Request) -> Seen {
        let response = self.handle(now, caller, &request).unwrap_or_else(|error| answer::error(&error));
        let header = |name| response.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let (total, link) = (header("x-total-count"), header("link"));
        let Body::Bytes(bytes) = &response.body else { panic!("not bytes") };
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(bytes).unwrap() };
        Seen { status: response.status.as_u16(), body, total, link }
    }

    fn handle(&self, now: Time, caller: &Caller, request: &Request) -> Result<Response> {
        let rows = ROUTES.iter().chain(&setting_rows::ROUTES).filter(|row| row.method == request.method.as_str());
        // Fixed paths come before those with names, as in the router.
        let (row, path) = rows.filter_map(|row| Some((row, matched(row.path, &request.path)?))).min_by_key(|(_, path)| path.len()).unwrap();
        if !row.access.admits(caller) {
            return Err(Error::forbidden("Your role does not allow this"));
        }
        let query = Query::parse(request.query.as_deref(), row.query, now)?;
        let actor = actor(Some(caller), request);
        (row.handler)(&Call { app: &self.app, request, path, query, caller: Some(caller.clone()), actor, now })
    }

    fn get(&self, caller: &Caller, target: &str) -> Seen {
        self.send(NOW.plus_days(2), caller, Request::new(Method::GET, target))
    }

    fn report(&self, now: Time, caller: &Caller, body: Value) -> Seen {
        self.send(now, caller, Request::new(Method::POST, "/v1/devices/report").with_json(&body))
    }

    fn patch(&self, now: Time, path: &str, body: Value) -> Seen {
        self.send(now, &self.admin(), Request::new(Method::PATCH, path).with_json(&body))
    }

    /// A device of Ada's with every section.
    fn adas_device(&self) -> String {
        let mut body = report_body();
        body["software"] = json!({"items": [{"name": "vim"}]});
        body["network"] = json!({"mac": "00:00:5e:00:53:01"});
        body["hardware"] = json!({"memory": 16});
        id_of(&self.report(NOW, &self.ada(), body).expect(201))
    }
}

fn matched(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let fits = |(expected, given): (&&str, &&str)| expected.starts_with('{') || expected == given;
    let named = |(name, value): (&&str, &&str)| Some((name.strip_prefix('{')?.strip_suffix('}')?.to_owned(), (*value).to_owned()));
    (template.len() == path.len() && template.iter().zip(&path).all(fits)).then(|| template.iter().zip(&path).filter_map(named).collect())
}

/// The sample of the reference, with facts that make it compliant.
fn report_body() -> Value {
    json!({
        "device_name": "MacBook Pro 16\"",
        "serial_number": SERIAL,
        "device_type": "laptop",
        "os_type": "darwin",
        "os_version": "15.7.1",
        "security": {
            "disk_encryption": true, "firewall_enabled": true, "screen_lock_enabled": true, "screen_lock_delay_secs": 300,
            "antivirus_enabled": true, "last_update_at": "2026-01-09T00:00:00Z",
        },
    })
}

fn id_of(device: &Value) -> String {
    device["id"].as_str().unwrap().to_owned()
}

fn check<'v>(device: &'v Value, check_id: &str) -> &'v Value {
    let found = device["checks"].as_array().unwrap().iter().find(|check| check["check_id"] == check_id);
    found.unwrap_or_else(|| panic!("no {check_id} in {device}"))
}

fn data_types(device: &Value) -> Vec<&str> {
    device["device_data"].as_array().unwrap().iter().map(|section| section["data_type"].as_str().unwrap()).collect()
}
