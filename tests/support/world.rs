//! An appliance with two organisations on it, and everybody who may call, each with a real credential.
//!
//! People are made as the operator makes them and sign in through the login route; keys are made through the API. Each is made when it is
//! first needed, for every password costs a hash.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use recoger::credentials::one_time::TotpSecret;
use recoger::credentials::password::Password;
use recoger::domain::access::Role;
use recoger::http::Request;
use recoger::store::users::NewUser;
use recoger::store::{self, mfa, operator, people, users};
use serde_json::{Value, json};

use super::actor::Actor;
use super::answer::Answer;
use super::appliance::Appliance;
use super::request::{delete, get, post};

pub use super::bodies::{code_at, enroll, full_report};

/// Everybody's password.
pub const PASSWORD: &str = "seven geese crossed the frozen lake";
/// The tenant of all actors but one.
pub const TENANT: &str = "default";
/// The tenant of [`Actor::OtherAdmin`].
pub const OTHER_TENANT: &str = "Other Ltd";
/// The one serial that [`Actor::DeviceKey`] may report.
pub const DEVICE_KEY_SERIAL: &str = "ENROLLED-1";

/// The appliance and who is known on it.
pub struct World {
    /// The appliance.
    pub appliance: Appliance,
    tokens: RefCell<HashMap<Actor, String>>,
    people: RefCell<HashMap<Actor, String>>,
    serials: Cell<u32>,
    addresses: Cell<u32>,
}

/// An entry of an audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// `appliance`, or the tenant's id.
    pub chain: String,
    /// What happened.
    pub event: String,
    /// Who did it: a user's or key's id, or `NULL`.
    pub actor_id: String,
    /// Kind of actor.
    pub actor_type: String,
    /// Whether an address is noted.
    pub with_address: bool,
    /// To what.
    pub resource: String,
}

/// A session's tokens.
pub struct Tokens {
    /// For `Authorization`.
    pub access: String,
    /// For one refresh.
    pub refresh: String,
}

/// A device that somebody reported.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Its id.
    pub id: String,
    /// Its serial number.
    pub serial_number: String,
}

impl World {
    /// A first start: the tenant and its admin.
    pub fn new() -> World {
        let appliance = Appliance::new();
        let password = Some(Password::new(PASSWORD));
        operator::first_start(appliance.store(), appliance.clock.now(), &Actor::Admin.email(), password).unwrap().unwrap();
        World::of(appliance)
    }

    fn of(appliance: Appliance) -> World {
        World { appliance, tokens: RefCell::default(), people: RefCell::default(), serials: Cell::new(0), addresses: Cell::new(0) }
    }

    /// The same after a restart of the appliance; everybody keeps the credentials.
    pub fn restarted(self) -> World {
        World { appliance: self.appliance.restarted(), ..self }
    }

    /// Sends `request` with the credential of `actor`.
    pub fn send(&self, actor: Actor, request: Request) -> Answer {
        let request = match self.token(actor) {
            Some(token) => request.with_bearer(&token),
            None => request,
        };
        self.appliance.send(&request)
    }

    /// What `actor` shows in `Authorization`; nothing for a stranger.
    pub fn token(&self, actor: Actor) -> Option<String> {
        if actor == Actor::Stranger {
            return None;
        }
        let known = self.tokens.borrow().get(&actor).cloned();
        Some(known.unwrap_or_else(|| {
            let made = self.make_token(actor);
            self.tokens.borrow_mut().insert(actor, made.clone());
            made
        }))
    }

    /// Forgets the credential of `actor`, who used it up: the next request shows a new one.
    pub fn forget(&self, actor: Actor) {
        self.tokens.borrow_mut().remove(&actor);
    }

    /// The id of a person, who is made if need be.
    pub fn user_id(&self, actor: Actor) -> String {
        if let Some(id) = self.people.borrow().get(&actor) {
            return id.clone();
        }
        let (store, now, email) = (self.appliance.store(), self.appliance.clock.now(), actor.email());
        let role = actor.person().expect("a person");
        let password = Some(Password::new(PASSWORD));
        let id = match actor {
            Actor::Admin => store.read_root(now, |root| users::find_by_email(root, &email)).unwrap().unwrap().1,
            Actor::OtherAdmin => operator::tenant_add(store, now, OTHER_TENANT, &email, password).unwrap().value.1.id,
            _ => operator::user_add(store, now, TENANT, &email, role, None, password).unwrap().value.id,
        };
        self.people.borrow_mut().insert(actor, id.clone());
        id
    }

    /// The tenant's id; the other's for [`Actor::OtherAdmin`].
    pub fn tenant_id(&self, actor: Actor) -> String {
        self.user_id(Actor::OtherAdmin);
        let wanted = if actor == Actor::OtherAdmin { OTHER_TENANT } else { TENANT };
        let tenants = operator::tenant_list(self.appliance.store(), self.appliance.clock.now()).unwrap();
        tenants.into_iter().find(|tenant| tenant.name == wanted).unwrap().id
    }

    /// Signs a person in, from an address of its own.
    #[track_caller]
    pub fn sign_in(&self, actor: Actor) -> Tokens {
        self.user_id(actor);
        let answer = self.appliance.send(&self.login(&actor.email(), PASSWORD));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        Tokens { access: text("access_token"), refresh: text("refresh_token") }
    }

    /// A login, from an address of its own.
    pub fn login(&self, username: &str, password: &str) -> Request {
        let mut request = post("/v1/auth/login", &json!({"username": username, "password": password}));
        request.peer = self.new_address();
        request
    }

    /// An address that nobody has called from.
    pub fn new_address(&self) -> IpAddr {
        self.addresses.set(self.addresses.get() + 1);
        IpAddr::V4(Ipv4Addr::from_bits(u32::from_be_bytes([10, 0, 0, 0]) + self.addresses.get()))
    }

    /// Everything that all audit logs say, oldest first within each.
    pub fn log(&self) -> Vec<Logged> {
        let sql = "SELECT chain, event_name, coalesce(actor_id, 'NULL'), actor_type, ip_address IS NOT NULL, \
                       coalesce(resource_type || ' ' || resource_id, 'NULL') FROM audit_log ORDER BY chain, seq";
        let read = |row: String| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let [chain, event, actor_id, actor_type, address, resource] = cells[..] else { panic!("{row}") };
            let text = str::to_owned;
            Logged {
                chain: text(chain),
                event: text(event),
                actor_id: text(actor_id),
                actor_type: text(actor_type),
                with_address: address == "1",
                resource: text(resource),
            }
        };
        self.appliance.rows(sql).into_iter().map(read).collect()
    }

    /// What `deed` adds to the audit logs, and what it gives.
    pub fn logged_by<T>(&self, deed: impl FnOnce() -> T) -> (Vec<Logged>, T) {
        let before = self.log();
        let result = deed();
        let mut after = self.log();
        for entry in before {
            let at = after.iter().position(|known| *known == entry).expect("entries stay");
            after.remove(at);
        }
        (after, result)
    }

    /// Makes an API key through the API: id and secret.
    #[track_caller]
    pub fn api_key(&self, maker: Actor, body: &Value) -> (String, String) {
        let answer = self.send(maker, post("/v1/api-keys", body));
        assert_eq!(answer.status, 201, "{}", answer.text());
        let key = answer.json();
        (key["id"].as_str().unwrap().to_owned(), key["api_key"].as_str().unwrap().to_owned())
    }

    /// Makes an enrollment token through the API: the whole answer.
    #[track_caller]
    pub fn enrollment_token(&self, maker: Actor, body: &Value) -> Value {
        let answer = self.send(maker, post("/v1/enrollment-tokens", body));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// A request that enrols the device `serial_number` with a new token of `maker`.
    #[track_caller]
    pub fn enroll(&self, maker: Actor, serial_number: &str) -> Request {
        enroll(&self.enrollment_token(maker, &json!({}))["token"], serial_number)
    }

    /// A new user with [`PASSWORD`] in the tenant of `like`, with a second factor that is not confirmed yet: id and email.
    pub fn spare_user(&self, like: Actor) -> (String, String) {
        static HASH: OnceLock<String> = OnceLock::new();
        let password_hash = HASH.get_or_init(|| Password::new(PASSWORD).hash().unwrap()).clone();
        let (store, now, email) = (self.appliance.store(), self.appliance.clock.now(), self.new_email());
        let user = NewUser { email: email.clone(), name: "Spare".to_owned(), role: Role::User, password_hash, expires_at: None };
        let made = store.write(&self.tenant_id(like), &store::Actor::system(), now, move |tx| {
            let user = users::add(tx, &user)?;
            mfa::set_up(tx, &user.id, &TotpSecret::generate())?;
            Ok(user)
        });
        (made.unwrap().id, email)
    }

    /// A new user as [`World::spare_user`] makes one: the id of the person.
    pub fn spare_person(&self, like: Actor) -> String {
        let (store, now, (_, email)) = (self.appliance.store(), self.appliance.clock.now(), self.spare_user(like));
        store.read(&self.tenant_id(like), &store::Actor::system(), now, |tx| people::find_by_email(tx, &email)).unwrap().unwrap().id
    }

    /// An email that nobody has.
    pub fn new_email(&self) -> String {
        self.serials.set(self.serials.get() + 1);
        format!("spare-{}@example.org", self.serials.get())
    }

    /// Records a person in the tenant of `like` through the API: the id.
    #[track_caller]
    pub fn person_of(&self, like: Actor) -> String {
        let answer = self.send(like, post("/v1/people", &json!({"name": "Somebody", "email": self.new_email()})));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Invites somebody through the API: the whole answer.
    #[track_caller]
    pub fn invitation(&self, maker: Actor) -> Value {
        let answer = self.send(maker, post("/v1/users/invitations", &json!({"email": self.new_email(), "role": "user"})));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// The token of a new invitation.
    #[track_caller]
    pub fn invited(&self, maker: Actor) -> String {
        last_segment(&self.invitation(maker)["invitation_url"])
    }

    /// The token of a new link for a new password.
    #[track_caller]
    pub fn reset_token(&self, user_id: &str) -> String {
        let answer = self.send(Actor::Admin, post(&format!("/v1/users/{user_id}/reset-link"), &json!({})));
        assert_eq!(answer.status, 201, "{}", answer.text());
        last_segment(&answer.json()["reset_url"])
    }

    /// The id of a new session.
    #[track_caller]
    pub fn new_session(&self, actor: Actor) -> String {
        let access = self.sign_in(actor).access;
        let listed = self.appliance.send(&get("/v1/users/me/sessions").with_bearer(&access)).json();
        let current = listed.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
        current["id"].as_str().unwrap().to_owned()
    }

    /// Turns a second factor on for the person behind `actor`, and gives its secret.
    #[track_caller]
    pub fn enable_mfa(&self, actor: Actor) -> String {
        let secret = self.send(actor, post("/v1/users/me/mfa", &json!({}))).json()["secret"].as_str().unwrap().to_owned();
        let answer = self.send(actor, post("/v1/users/me/mfa/confirm", &json!({"otp": self.code(&secret)})));
        assert_eq!(answer.status, 200, "{}", answer.text());
        secret
    }

    /// What an authenticator with this secret shows now.
    pub fn code(&self, secret: &str) -> String {
        code_at(secret, self.appliance.clock.now())
    }

    /// A serial that no device has.
    pub fn new_serial(&self) -> String {
        self.serials.set(self.serials.get() + 1);
        format!("SERIAL-{}", self.serials.get())
    }

    /// A new device with all sections, reported and hence owned by `owner`.
    #[track_caller]
    pub fn device_of(&self, owner: Actor) -> Reported {
        self.report(owner, &self.new_serial())
    }

    /// A new service of `owner`, recorded by an admin.
    #[track_caller]
    pub fn service_of(&self, owner: Actor) -> String {
        let admin = if owner == Actor::OtherAdmin { owner } else { Actor::Admin };
        let body = json!({"name": format!("Service {}", self.new_serial()), "owner_id": self.user_id(owner)});
        let answer = self.send(admin, post("/v1/services", &body));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Reports the device `serial_number` as `actor`.
    #[track_caller]
    pub fn report(&self, actor: Actor, serial_number: &str) -> Reported {
        let answer = self.send(actor, post("/v1/devices/report", &full_report(serial_number)));
        assert!([200, 201].contains(&answer.status), "{}", answer.text());
        Reported { id: answer.json()["id"].as_str().unwrap().to_owned(), serial_number: serial_number.to_owned() }
    }

    fn make_token(&self, actor: Actor) -> String {
        let (store, clock) = (self.appliance.store(), &self.appliance.clock);
        if actor == Actor::DeviceKey {
            let answer = self.appliance.send(&self.enroll(Actor::Admin, DEVICE_KEY_SERIAL));
            assert_eq!(answer.status, 201, "{}", answer.text());
            return answer.json()["api_key"].as_str().unwrap().to_owned();
        }
        if let Some(role) = actor.key() {
            return self.make_key(actor, role);
        }
        if actor == Actor::OperatorKey {
            let (_, token) = operator::api_key_add(store, clock.now(), TENANT, Role::Admin, "operator").unwrap();
            return token.expose().to_owned();
        }
        let tokens = self.sign_in(actor);
        if actor == Actor::Disabled {
            operator::user_disable(store, clock.now(), &actor.email()).unwrap();
        }
        tokens.access
    }

    fn make_key(&self, actor: Actor, role: Role) -> String {
        let mut body = json!({"name": format!("{actor:?}"), "role": role.as_str()});
        if actor == Actor::ExpiredKey {
            body["expires_at"] = json!(self.appliance.clock.now().plus_seconds(1));
        }
        let (id, secret) = self.api_key(Actor::Admin, &body);
        match actor {
            Actor::ExpiredKey => self.appliance.clock.advance(1),
            Actor::RevokedKey => assert_eq!(self.send(Actor::Admin, delete(&format!("/v1/api-keys/{id}"))).status, 204),
            _ => {}
        }
        secret
    }
}

fn last_segment(url: &Value) -> String {
    url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn everybody_has_a_credential_that_is_what_it_says() {
    let world = World::new();
    for actor in Actor::ALL {
        let answer = world.send(actor, get("/v1/users/me"));
        let expected = match actor {
            Actor::Stranger | Actor::Disabled | Actor::ExpiredKey | Actor::RevokedKey => 401,
            Actor::DeviceKey | Actor::AgentKey => 403,
            Actor::OperatorKey => 404,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{actor:?}: {}", answer.text());
        if answer.status == 200 && actor.person().is_some() {
            assert_eq!(answer.json()["role"], actor.person().unwrap().as_str());
        }
    }
    assert_ne!(world.tenant_id(Actor::Admin), world.tenant_id(Actor::OtherAdmin));
    let (own, other) = (world.device_of(Actor::User), world.device_of(Actor::OtherUser));
    assert_ne!((own.id, own.serial_number), (other.id, other.serial_number));
}
