//! An appliance on which every row has something to answer: filled with the document's own examples, through the pipeline.

use std::cell::Cell;

use recoger::api::route::{ParameterKind, Route};
use recoger::api::routes;
use recoger::credentials::one_time::TotpSecret;
use recoger::credentials::password::Password;
use recoger::credentials::token::PlainToken;
use recoger::domain::access::Role;
use recoger::domain::user::Plan;
use recoger::error::Result;
use recoger::http::{Method, Request};
use recoger::server::service::Service;
use recoger::store::sessions::Means;
use recoger::store::{Actor, Tx, WriteTx, mfa, operator, people, sessions, users};
use serde_json::{Value, json};

use super::document::Document;
use crate::support::answer::Answer;
use crate::support::appliance::Appliance;
use crate::support::clock;
use crate::support::request::{PIXEL, csv};
use crate::support::world::code_at;

/// The person of the document's examples, an admin.
const EMAIL: &str = "user@example.com";
/// And the password there.
const PASSWORD: &str = "your-password";

/// The appliance with its pipeline and one of everything.
pub struct Stage {
    /// What the program says of itself.
    pub document: Document,
    appliance: Appliance,
    device_id: String,
    key_id: String,
    service_id: String,
    token_id: String,
    enrollment_token: String,
    user_id: String,
    /// Ids of an attestation and its file.
    attestation: (String, String),
    /// Ids of a review, its file and its finding.
    review: (String, String, String),
    emails: Cell<u32>,
}

impl Stage {
    /// A fresh one.
    pub fn new() -> Stage {
        let appliance = Appliance::new();
        // After the days that examples speak of.
        appliance.clock.advance(4 * 86_400);
        operator::first_start(appliance.store(), clock::START, EMAIL, Some(Password::new(PASSWORD))).unwrap();
        let empty = String::new;
        let (device_id, key_id, service_id, token_id, enrollment_token) = (empty(), empty(), empty(), empty(), empty());
        let user_id = empty();
        let mut stage = Stage {
            document: Document::shipped(),
            appliance,
            device_id,
            key_id,
            service_id,
            token_id,
            enrollment_token,
            user_id,
            attestation: Default::default(),
            review: Default::default(),
            emails: Cell::new(0),
        };
        stage.unlimited();
        let token = stage.access_token();
        let made = |name: &str| stage.perform(row(name), Some(&token)).json()["id"].as_str().unwrap().to_owned();
        (stage.device_id, stage.key_id) = (made("report_device"), made("create_api_key"));
        // Under another name than the example's, so that the example can still be performed.
        let service = stage.send("POST", "/v1/services", Some(&token), Some(&json!({ "name": "Staged" }))).json();
        stage.service_id = service["id"].as_str().unwrap().to_owned();
        let file = json!({ "name": "a.png", "content": PIXEL });
        let review = json!({
            "review_date": "2026-01-01", "files": [file], "finding_items": [{ "text": "No offboarding", "severity": "high" }]
        });
        let made = stage.made(&format!("/v1/services/{}/reviews", stage.service_id), &review);
        stage.review = (id_of(&made), id_of(&made["files"][0]), id_of(&made["finding_items"][0]));
        let attestation = json!({
            "framework_id": "iso27001", "control_id": "A.7.2", "statement": "Staged", "valid_until": "2026-12-31", "files": [file]
        });
        // One for the list, one to be revoked.
        stage.made("/v1/attestations", &attestation);
        let made = stage.made("/v1/attestations", &attestation);
        stage.attestation = (id_of(&made), id_of(&made["files"][0]));
        let decision = json!({ "control_id": "A.7.2", "applicable": false, "reason": "Staged" });
        stage.send("PUT", "/v1/frameworks/iso27001/applicability", Some(&token), Some(&decision));
        let made = stage.perform(row("create_enrollment_token"), Some(&token)).json();
        stage.send("PATCH", "/v1/settings", Some(&token), Some(&json!({ "logo": PIXEL })));
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (stage.token_id, stage.enrollment_token) = (text("id"), text("token"));
        stage.user_id = stage.spare_user();
        stage.invitation();
        stage.custom_check();
        stage.framework_id();
        stage.exception_id();
        stage
    }

    /// Sends a request.
    pub fn send(&self, method: &str, target: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), target);
        if let Some(token) = token {
            request = request.with_bearer(token);
        }
        if let Some(body) = body {
            request = request.with_json(body);
        }
        self.pass(request)
    }

    /// Sends a request as it is.
    pub fn pass(&self, request: Request) -> Answer {
        self.appliance.send(&request)
    }

    /// Calls `route` as the document says: the body of its example, ids that exist, all that is required.
    pub fn perform(&self, route: &Route, token: Option<&str>) -> Answer {
        let media = &self.document.operation(route.name)["requestBody"]["content"]["text/csv"]["schema"];
        let Some(text) = media["examples"][0].as_str() else {
            return self.send(route.method, &self.target(route), token, self.body(route).as_ref());
        };
        let request = csv(&self.target(route), text);
        self.pass(token.into_iter().fold(request, |request, token| request.with_bearer(token)))
    }

    /// A path and query with which `route` has something to answer.
    pub fn target(&self, route: &Route) -> String {
        let mut target = route.path.to_owned();
        for name in route.path_names() {
            let value = match name {
                "device_id" => &self.device_id,
                "key_id" => &self.key_id,
                "service_id" => &self.service_id,
                "token_id" => &self.token_id,
                "user_id" => &self.user_id,
                "framework_id" => &self.framework_id(),
                "report_id" | "other_id" => &self.report_id(),
                "person_id" => &self.person_id(),
                "invitation_id" => &self.invitation_id(),
                "session_id" => &self.session_id(),
                "check_id" => &self.custom_check(),
                "exception_id" => &self.exception_id(),
                "attestation_id" => &self.attestation.0,
                "file_id" if route.path.contains("attestation") => &self.attestation.1,
                "file_id" => &self.review.1,
                "review_id" => &self.review.0,
                "finding_id" => &self.review.2,
                "framework" => "iso27001",
                "data_type" => "security",
                "platform" => "linux-x86_64",
                _ => panic!("{}: this test does not know what `{name}` could be", route.path),
            };
            target = target.replace(&format!("{{{name}}}"), value);
        }
        for parameter in route.query {
            if let ParameterKind::RequiredChoice(choices) = parameter.kind {
                target = format!("{target}?{}={}", parameter.name, choices()[0]);
            }
        }
        target
    }

    /// The body of the document's example, if `route` takes one.
    pub fn body(&self, route: &Route) -> Option<Value> {
        let schema = &self.document.operation(route.name)["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_object() {
            return None;
        }
        let mut body = self.document.example(schema).unwrap_or_else(|| panic!("{}: no example", route.name)).clone();
        if body.get("refresh_token").is_some() {
            // The one value of which no example can hold.
            body["refresh_token"] = self.sign_in()["refresh_token"].clone();
        }
        // Others such.
        match route.name {
            "enroll_device" => body["token"] = self.enrollment_token.clone().into(),
            "accept_invitation" => body["token"] = last_segment(&self.invitation()["invitation_url"]).into(),
            "reset_password" => body["token"] = self.reset_token().into(),
            "create_invitation" => body["email"] = self.new_email().into(),
            "confirm_my_mfa" => body["otp"] = code_at(&self.set_up_mfa(), self.appliance.clock.now()).into(),
            "remove_my_mfa" => drop(self.set_up_mfa()),
            _ => {}
        }
        Some(body)
    }

    /// What the front calls.
    pub fn service(&self) -> &impl Service {
        &self.appliance.pipeline
    }

    /// A new session of the admin.
    pub fn access_token(&self) -> String {
        self.sign_in()["access_token"].as_str().unwrap().to_owned()
    }

    /// A key of `role`, made on the command line.
    pub fn key(&self, role: Role) -> String {
        let store = self.appliance.store();
        operator::api_key_add(store, self.appliance.clock.now(), "default", role, role.as_str()).unwrap().1.expose().to_owned()
    }

    /// Lifts the tenant's limits; the next minute begins, in which addresses start anew.
    pub fn unlimited(&self) {
        self.limit(None);
        self.appliance.clock.advance(60);
    }

    /// Allows each credential this many requests a minute.
    pub fn limit(&self, per_minute: Option<u32>) {
        let store = self.appliance.store();
        operator::tenant_plan(store, self.appliance.clock.now(), "default", Plan::Enterprise, Some(per_minute), Some(None)).unwrap();
    }

    /// A second factor of the admin that asks for nothing yet: its secret.
    fn set_up_mfa(&self) -> String {
        self.forget_mfa();
        let secret = TotpSecret::generate();
        let text = secret.base32();
        self.of_admin(move |tx, id| mfa::set_up(tx, id, &secret)).unwrap();
        text
    }

    /// Takes the admin's second factor away, if there is one, for the next sign-in shows none.
    fn forget_mfa(&self) {
        let _ = self.of_admin(mfa::remove);
    }

    fn of_admin<T: Send + 'static>(&self, deed: impl FnOnce(&WriteTx, &str) -> Result<T> + Send + 'static) -> Result<T> {
        let (store, now) = (self.appliance.store(), self.appliance.clock.now());
        let (tenant_id, id) = store.read_root(now, |root| users::find_by_email(root, EMAIL)).unwrap().unwrap();
        store.write(&tenant_id, &Actor::system(), now, move |tx| deed(tx, &id))
    }

    /// Another user, with a second factor that was not confirmed.
    fn spare_user(&self) -> String {
        let (store, now) = (self.appliance.store(), self.appliance.clock.now());
        let password = Some(Password::new("a walrus plays the tuba"));
        let user = operator::user_add(store, now, "default", &self.new_email(), Role::User, None, password).unwrap().value;
        let id = user.id.clone();
        store.write(&user.tenant_id, &Actor::system(), now, move |tx| mfa::set_up(tx, &id, &TotpSecret::generate())).unwrap();
        user.id
    }

    /// The person of another user.
    fn person_id(&self) -> String {
        let (store, now, user_id) = (self.appliance.store(), self.appliance.clock.now(), self.spare_user());
        let (tenant_id, _) = store.read_root(now, |root| users::find_by_email(root, EMAIL)).unwrap().unwrap();
        let find = |tx: &Tx| people::find_by_email(tx, &users::get(tx, &user_id)?.email);
        store.read(&tenant_id, &Actor::system(), now, find).unwrap().unwrap().id
    }

    /// A new check of the organisation's own, made with a key so that no session is needed.
    fn custom_check(&self) -> String {
        self.emails.set(self.emails.get() + 1);
        let body = json!({
            "id": format!("device.x_staged_{}", self.emails.get()), "title": "Staged", "severity": "low",
            "rule": {"fact": "custom.staged", "op": "exists"}, "remediation": {"any": "Stage it."},
        });
        self.send("POST", "/v1/custom-checks", Some(&self.key(Role::Admin)), Some(&body)).json()["id"].as_str().unwrap().to_owned()
    }

    /// The framework of the document's example, there again after it was deleted.
    fn framework_id(&self) -> String {
        let body = self.body(row("create_framework"));
        self.send("POST", "/v1/frameworks", Some(&self.key(Role::Admin)), body.as_ref()).json()["id"].as_str().unwrap().to_owned()
    }

    /// A report that is completed.
    fn report_id(&self) -> String {
        let body = json!({ "framework": "iso27001", "format": "json" });
        let made = self.send("POST", "/v1/reports/compliance", Some(&self.key(Role::Admin)), Some(&body)).json();
        made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    fn new_email(&self) -> String {
        self.emails.set(self.emails.get() + 1);
        format!("spare-{}@example.com", self.emails.get())
    }

    /// A new invitation, made with a key so that no session is needed.
    fn invitation(&self) -> Value {
        let body = json!({ "email": self.new_email(), "role": "user" });
        self.send("POST", "/v1/users/invitations", Some(&self.key(Role::Admin)), Some(&body)).json()
    }

    fn invitation_id(&self) -> String {
        self.invitation()["id"].as_str().unwrap().to_owned()
    }

    /// A new exception; of a tag that nothing has.
    fn exception_id(&self) -> String {
        let body = json!({
            "subject_type": "device", "tag": "staged", "check_id": "device.disk_encryption", "reason": "Staged", "expires_on": "2026-02-01"
        });
        id_of(&self.made("/v1/exceptions", &body))
    }

    /// What a POST makes, with a key so that no session is needed.
    fn made(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, Some(&self.key(Role::Admin)), Some(body)).json()
    }

    fn reset_token(&self) -> String {
        let target = format!("/v1/users/{}/reset-link", self.spare_user());
        last_segment(&self.send("POST", &target, Some(&self.key(Role::Admin)), None).json()["reset_url"])
    }

    /// A session of the admin in which nothing else happens.
    fn session_id(&self) -> String {
        let means = Means::Tokens(PlainToken::refresh().hashed());
        self.of_admin(move |tx, id| sessions::create(tx, id, &means, false)).unwrap()
    }

    fn sign_in(&self) -> Value {
        self.forget_mfa();
        let answer = self.send("POST", "/v1/auth/login", None, Some(&json!({ "username": EMAIL, "password": PASSWORD })));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap_or_else(|| panic!("{object}")).to_owned()
}

fn last_segment(url: &Value) -> String {
    url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// The row called `name`.
#[track_caller]
pub fn row(name: &str) -> &'static Route {
    routes().find(|route| route.name == name).unwrap_or_else(|| panic!("no row `{name}`"))
}
