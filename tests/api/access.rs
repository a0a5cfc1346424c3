//! Every row of ROUTES, called by everybody, for own and others' objects, against a table written by hand.

mod agents;
mod people;
mod population;
mod settings;

use std::collections::HashMap;

use recoger::api::routes;
use recoger::http::Request;
use recoger::store::operator;
use serde_json::json;

use super::{evidence::access as evidence, reports::access as reports, services::access as services};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{PIXEL, bare, csv, delete, get, patch, post};
use crate::support::world::{DEVICE_KEY_SERIAL, PASSWORD, Reported, TENANT, World, full_report};

/// Who gets what. The first line names the actors; each other one a row of ROUTES, whose object is called, and the status for each actor.
/// Whose: `own` is [`Actor::User`]'s, `others` [`Actor::OtherUser`]'s, `admins` [`Actor::Admin`]'s, `foreign` the other tenant's.
const TABLE: &str = "
                                                            stranger disabled expired_key revoked_key | device_key agent_key | viewer auditor user admin | viewer_key user_key admin_key operator_key | other_admin
POST   /v1/auth/login                           -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
POST   /v1/auth/refresh                         -                200 200 200 200 | 200 200 | 200 200 200 200 | 200 200 200 200 | 200
POST   /v1/auth/logout                          -                401 401 401 401 | 403 403 | 204 204 204 204 | 403 403 403 403 | 204
GET    /v1/devices                              -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
GET    /v1/devices/my-devices                   -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 200 | 200
GET    /v1/devices/tenant-devices               -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
POST   /v1/devices                              -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 201 | 201
POST   /v1/devices/import                       -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
POST   /v1/devices/report                       new              401 401 401 401 | 403 201 | 403 403 201 201 | 403 201 201 201 | 201
POST   /v1/devices/report                       enrolled         401 401 401 401 | 200 200 | 403 403 403 200 | 403 403 200 200 | 201
POST   /v1/devices/report                       own              401 401 401 401 | 403 200 | 403 403 200 200 | 403 403 200 200 | 201
POST   /v1/devices/report                       others           401 401 401 401 | 403 200 | 403 403 403 200 | 403 403 200 200 | 201
POST   /v1/devices/report                       foreign          401 401 401 401 | 403 201 | 403 403 201 201 | 403 201 201 201 | 200
GET    /v1/devices/{device_id}                  own              401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}                  others           401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}                  admins           401 401 401 401 | 403 403 | 200 200 403 200 | 200 200 200 200 | 404
GET    /v1/devices/{device_id}                  enrolled         401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}                  retired          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/devices/{device_id}                  foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/devices/{device_id}                  missing          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
PATCH  /v1/devices/{device_id}                  own              401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/devices/{device_id}                  others           401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
PATCH  /v1/devices/{device_id}                  foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 200
PATCH  /v1/devices/{device_id}                  missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/devices/{device_id}                  own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/devices/{device_id}                  others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/devices/{device_id}                  retired          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
DELETE /v1/devices/{device_id}                  foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/devices/{device_id}                  missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/devices/{device_id}/data/{data_type} own.security     401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} own.hardware     401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} own.custom       401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} own.software     401 401 401 401 | 403 403 | 403 403 200 200 | 403 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} own.network      401 401 401 401 | 403 403 | 403 403 200 200 | 403 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} others.security  401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} others.software  401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 404
GET    /v1/devices/{device_id}/data/{data_type} foreign.security 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/devices/{device_id}/data/{data_type} foreign.software 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/devices/{device_id}/data/{data_type} missing.security 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/devices/{device_id}/data/{data_type} missing.software 401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/devices/{device_id}/history          own              401 401 401 401 | 403 403 | 200 200 200 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/history          others           401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 404
GET    /v1/devices/{device_id}/history          foreign          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 200
GET    /v1/devices/{device_id}/history          missing          401 401 401 401 | 403 403 | 404 404 404 404 | 404 404 404 404 | 404
GET    /v1/users/me                             -                401 401 401 401 | 403 403 | 200 200 200 200 | 200 200 200 404 | 200
PATCH  /v1/users/me                             -                401 401 401 401 | 403 403 | 200 200 200 200 | 403 403 403 403 | 200
POST   /v1/users/me/password                    -                401 401 401 401 | 403 403 | 204 204 204 204 | 403 403 403 403 | 204
GET    /v1/users                                -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
GET    /v1/api-keys                             -                401 401 401 401 | 403 403 | 403 403 403 200 | 403 403 200 200 | 200
POST   /v1/api-keys                             -                401 401 401 401 | 403 403 | 403 403 403 201 | 403 403 201 403 | 201
DELETE /v1/api-keys/{key_id}                    own              401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/api-keys/{key_id}                    others           401 401 401 401 | 403 403 | 403 403 403 204 | 403 403 204 204 | 404
DELETE /v1/api-keys/{key_id}                    foreign          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 204
DELETE /v1/api-keys/{key_id}                    missing          401 401 401 401 | 403 403 | 403 403 403 404 | 403 403 404 404 | 404
GET    /v1/audit-logs                           -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
GET    /v1/audit-logs/verify                    -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
GET    /v1/audit-logs/checkpoint                -                401 401 401 401 | 403 403 | 403 200 403 200 | 403 403 200 200 | 200
GET    /v1/dashboard                            -                401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 200
GET    /v1/appliance/checks                     -                401 401 401 401 | 403 403 | 200 200 403 200 | 200 403 200 200 | 200
GET    /metrics                                 -                200 401 401 401 | 401 401 | 401 401 401 401 | 401 401 401 401 | 401
";

/// A line of the table.
struct Line {
    method: &'static str,
    path: &'static str,
    whose: &'static str,
    statuses: Vec<u16>,
}

fn table() -> (Vec<Actor>, Vec<Line>) {
    let tables =
        [TABLE, services::TABLE, people::TABLE, agents::TABLE, population::TABLE, evidence::TABLE, reports::TABLE, settings::TABLE];
    let mut lines = tables.into_iter().flat_map(str::lines).filter(|line| !line.trim().is_empty());
    let words = |line: &'static str| line.split_whitespace().filter(|word| *word != "|");
    let actors: Vec<Actor> = words(lines.next().unwrap()).map(|name| Actor::named(name).unwrap_or_else(|| panic!("{name}"))).collect();
    let read = |line: &'static str| {
        let mut words = words(line);
        let mut next = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
        let (method, path, whose) = (next(), next(), next());
        let statuses: Vec<u16> = words.map(|word| word.parse().unwrap()).collect();
        assert_eq!(statuses.len(), actors.len(), "{line}");
        Line { method, path, whose, statuses }
    };
    let lines = lines.map(read).collect();
    (actors, lines)
}

/// The objects that requests are about. Whatever a request may change is made anew for each.
struct Objects<'a> {
    world: &'a World,
    devices: HashMap<&'static str, Reported>,
}

impl Objects<'_> {
    fn device(&mut self, whose: &'static str, fresh: bool) -> Reported {
        if let Some(device) = self.devices.get(whose).filter(|_| !fresh) {
            return device.clone();
        }
        let device = match whose {
            "own" => self.world.device_of(Actor::User),
            "others" => self.world.device_of(Actor::OtherUser),
            "admins" => self.world.device_of(Actor::Admin),
            "foreign" => self.world.device_of(Actor::OtherAdmin),
            "enrolled" => self.world.report(Actor::DeviceKey, DEVICE_KEY_SERIAL),
            "new" | "missing" => Reported { id: "dev_0000000000000000".to_owned(), serial_number: self.world.new_serial() },
            "retired" => {
                let device = self.world.device_of(Actor::User);
                let gone = self.world.send(Actor::Admin, delete(&format!("/v1/devices/{}?reason=sold", device.id)));
                assert_eq!(gone.status, 204);
                device
            }
            _ => panic!("whose device is `{whose}`?"),
        };
        if !fresh {
            self.devices.insert(whose, device.clone());
        }
        device
    }

    fn key(&self, whose: &str) -> String {
        let body = json!({"name": "spare", "role": "viewer"});
        match whose {
            "own" => self.world.api_key(Actor::Admin, &body).0,
            "foreign" => self.world.api_key(Actor::OtherAdmin, &body).0,
            "missing" => "key_0000000000000000".to_owned(),
            "others" => {
                let (store, now) = (self.world.appliance.store(), self.world.appliance.clock.now());
                operator::api_key_add(store, now, TENANT, recoger::domain::access::Role::Viewer, "spare").unwrap().0.id
            }
            _ => panic!("whose key is `{whose}`?"),
        }
    }

    fn enrollment_token(&self, whose: &str) -> String {
        let maker = match whose {
            "own" => Actor::User,
            "others" => Actor::OtherUser,
            "admins" => Actor::Admin,
            "foreign" => Actor::OtherAdmin,
            "missing" => return "enr_0000000000000000".to_owned(),
            _ => panic!("whose token is `{whose}`?"),
        };
        self.world.enrollment_token(maker, &json!({}))["id"].as_str().unwrap().to_owned()
    }

    /// A user whom no other request is about, with a second factor that is not confirmed; `own` and `others` differ in nothing.
    fn user(&self, whose: &str) -> String {
        match whose {
            "own" | "others" => self.world.spare_user(Actor::Admin).0,
            "foreign" => self.world.spare_user(Actor::OtherAdmin).0,
            "missing" => "user_0000000000000000".to_owned(),
            _ => panic!("whose user is `{whose}`?"),
        }
    }

    fn invitation(&self, whose: &str) -> String {
        match whose {
            "own" => self.world.invitation(Actor::Admin)["id"].as_str().unwrap().to_owned(),
            "others" => self.world.invitation(Actor::AdminKey)["id"].as_str().unwrap().to_owned(),
            "foreign" => self.world.invitation(Actor::OtherAdmin)["id"].as_str().unwrap().to_owned(),
            "missing" => "inv_0000000000000000".to_owned(),
            _ => panic!("whose invitation is `{whose}`?"),
        }
    }

    fn session(&self, whose: &str) -> String {
        match whose {
            "own" => self.world.new_session(Actor::User),
            "others" => self.world.new_session(Actor::OtherUser),
            "foreign" => self.world.new_session(Actor::OtherAdmin),
            "missing" => "ses_0000000000000000".to_owned(),
            _ => panic!("whose session is `{whose}`?"),
        }
    }

    /// A request of the row that is good but for who sends it.
    fn request(&mut self, method: &str, path: &str, whose: &'static str) -> Request {
        let (owner, data_type) = whose.split_once('.').unwrap_or((whose, "security"));
        let mut target = path.replace("{data_type}", data_type).replace("{platform}", "linux-x86_64");
        if target.contains("{device_id}") {
            target = target.replace("{device_id}", &self.device(owner, method != "GET").id);
        }
        if target.contains("{user_id}") {
            target = target.replace("{user_id}", &self.user(owner));
        }
        target = people::filled(self.world, target, owner);
        if target.contains("{invitation_id}") {
            target = target.replace("{invitation_id}", &self.invitation(owner));
        }
        if target.contains("{session_id}") {
            target = target.replace("{session_id}", &self.session(owner));
        }
        match (method, path) {
            ("POST", "/v1/auth/session") => Request { path: path.to_owned(), ..self.world.login(&Actor::Viewer.email(), PASSWORD) },
            ("POST", "/v1/auth/accept-invitation") => {
                post(path, &json!({"token": self.world.invited(Actor::Admin), "name": "New", "password": PASSWORD}))
            }
            ("POST", "/v1/auth/forgot-password") => post(path, &json!({"email": Actor::Viewer.email()})),
            ("POST", "/v1/auth/reset-password") => {
                let token = self.world.reset_token(&self.world.spare_user(Actor::Admin).0);
                post(path, &json!({"token": token, "password": PASSWORD}))
            }
            ("POST", "/v1/people/{person_id}/erase") => post(&target, &json!({})),
            ("POST", "/v1/users/me/mfa/confirm") => post(path, &json!({"otp": "not a code"})),
            ("DELETE", "/v1/users/me/mfa") => delete(path).with_json(&json!({"password": PASSWORD})),
            ("PATCH", "/v1/users/{user_id}") => patch(&target, &json!({"name": "New Name"})),
            (_, path) if path.starts_with("/v1/people") => population::request(self.world, method, path, whose),
            (_, path) if path.starts_with("/v1/custom-checks") => settings::request(self.world, method, path, whose),
            ("POST", "/v1/users/invitations") => post(path, &json!({"email": self.world.new_email(), "role": "user"})),
            ("POST", "/v1/auth/login") => self.world.login(&Actor::Viewer.email(), PASSWORD),
            ("POST", "/v1/auth/refresh") => post(path, &json!({"refresh_token": self.world.sign_in(Actor::Viewer).refresh})),
            ("POST", "/v1/devices") => {
                post(path, &json!({"device_name": "Shelf", "serial_number": self.world.new_serial(), "os_type": "linux"}))
            }
            ("POST", "/v1/devices/report") => post(path, &full_report(&self.device(owner, owner != "enrolled").serial_number)),
            ("PATCH", "/v1/devices/{device_id}") => patch(&target, &json!({"tags": ["seen"]})),
            ("DELETE", "/v1/devices/{device_id}") => delete(&format!("{target}?reason=sold")),
            ("POST", "/v1/devices/enroll") => self.world.enroll(Actor::Admin, &self.world.new_serial()),
            ("POST", "/v1/enrollment-tokens") => post(path, &json!({})),
            ("DELETE", "/v1/enrollment-tokens/{token_id}") => delete(&path.replace("{token_id}", &self.enrollment_token(whose))),
            (_, path) if reports::is_about(path) => reports::request(self.world, method, path, whose),
            (_, path) if evidence::is_about(path) => evidence::request(self.world, method, path, whose),
            (_, path) if path.starts_with("/v1/services") => services::request(self.world, method, path, whose),
            ("PATCH", "/v1/users/me") => patch(path, &json!({"name": "New Name"})),
            ("POST", "/v1/users/me/password") => post(path, &json!({"current_password": PASSWORD, "new_password": PASSWORD})),
            ("POST", "/v1/api-keys") => post(path, &json!({"name": "one more", "role": "viewer"})),
            ("DELETE", "/v1/api-keys/{key_id}") => delete(&path.replace("{key_id}", &self.key(whose))),
            ("POST", "/v1/devices/import") => {
                csv(path, &format!("device_name,serial_number,os_type\r\nShelf,{},linux\r\n", self.world.new_serial()))
            }
            ("GET", "/v1/settings/logo") => {
                self.world.send(Actor::Admin, patch("/v1/settings", &json!({"logo": PIXEL})));
                get(path)
            }
            ("PATCH", "/v1/settings") => patch(path, &json!({"silent_after_days": 20})),
            _ => bare(method, &target),
        }
    }
}

/// An answer without what differs between any two.
pub fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let differing = ["x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let fields = answer.headers.iter().filter(|(name, _)| !differing.contains(&name.as_str()));
    let mut fields: Vec<_> = fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    fields.sort();
    (answer.status, fields, answer.text())
}

#[test]
fn every_row_of_routes_stands_in_the_table_with_every_kind_of_object() {
    let (_, lines) = table();
    let mut missing = Vec::new();
    for route in routes() {
        let of_route: Vec<&Line> = lines.iter().filter(|line| (line.method, line.path) == (route.method, route.path)).collect();
        let kinds: &[&str] = if route.path.contains("_id}") { &["own", "others", "foreign", "missing"] } else { &[""] };
        let absent = kinds.iter().filter(|kind| !of_route.iter().any(|line| line.whose.starts_with(**kind)));
        missing.extend(absent.map(|kind| format!("{} {} {kind}", route.method, route.path)));
    }
    assert!(missing.is_empty(), "add to TABLE: {missing:#?}");
    let known = |line: &&Line| !routes().any(|route| (line.method, line.path) == (route.method, route.path));
    let gone: Vec<String> = lines.iter().filter(known).map(|line| format!("{} {}", line.method, line.path)).collect();
    assert!(gone.is_empty(), "not in ROUTES: {gone:#?}");
}

#[test]
fn everybody_gets_exactly_what_the_table_says_and_learns_nothing_of_other_tenants() {
    let world = World::new();
    let (actors, lines) = table();
    actors.iter().for_each(|actor| drop(world.token(*actor)));
    let mut objects = Objects { world: &world, devices: HashMap::new() };
    let mut wrong = Vec::new();
    for Line { method, path, whose, statuses } in &lines {
        world.appliance.clock.advance(1); // there are more calls than anybody may make in a minute
        for (actor, expected) in actors.iter().zip(statuses) {
            let answer = world.send(*actor, objects.request(method, path, whose));
            if answer.status != *expected {
                let begin: String = answer.text().chars().take(100).collect();
                wrong.push(format!("{method} {path} {whose} by {actor:?}: {} for {expected}: {begin}", answer.status));
            }
            if ["/v1/auth/logout", "/v1/auth/session"].contains(path) && answer.status == 204 {
                world.forget(*actor);
            }
            // What lies in another tenant is to look as if it were not there.
            let (owner, rest) = whose.split_at(whose.find('.').unwrap_or(whose.len()));
            let foreign = (owner == "foreign") != (*actor == Actor::OtherAdmin);
            if path.contains("_id}") && owner != "missing" && foreign {
                let nothing = format!("missing{rest}");
                let nothing = lines.iter().find(|line| line.path == *path && line.whose == nothing).map_or("missing", |line| line.whose);
                let absent = world.send(*actor, objects.request(method, path, nothing));
                if comparable(&absent) != comparable(&answer) {
                    wrong.push(format!(
                        "{method} {path} {whose} by {actor:?} tells that it exists: {} for {}",
                        answer.status, absent.status
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_reference_to_another_tenants_user_is_refused_like_one_to_nobody() {
    let world = World::new();
    let device = world.device_of(Actor::User).id;
    let foreign = world.user_id(Actor::OtherAdmin);
    let target = format!("/v1/devices/{device}");
    for build in [
        |target: &str, user_id: &str, _: &World| patch(target, &json!({"user_id": user_id})),
        |_: &str, user_id: &str, world: &World| {
            let serial = world.new_serial();
            post("/v1/devices", &json!({"device_name": "a", "serial_number": serial, "os_type": "linux", "user_id": user_id}))
        },
    ] {
        let answers = [foreign.as_str(), "user_0"].map(|user_id| world.send(Actor::Admin, build(&target, user_id, &world)));
        assert_eq!(answers[0].status, 400, "{}", answers[0].text());
        assert_eq!(comparable(&answers[0]), comparable(&answers[1]));
    }
    let filtered = world.send(Actor::Admin, get(&format!("/v1/devices/tenant-devices?user_id={foreign}")));
    assert_eq!((filtered.status, filtered.text().as_str(), filtered.header("x-total-count")), (200, "[]", Some("0")));
}

#[test]
fn lists_hold_what_the_caller_may_see_and_nothing_of_another_tenant() {
    let world = World::new();
    let [own, others, admins, foreign] =
        [Actor::User, Actor::OtherUser, Actor::Admin, Actor::OtherAdmin].map(|owner| world.device_of(owner).id);
    let nobodys = world.report(Actor::DeviceKey, DEVICE_KEY_SERIAL).id;
    let mut all = vec![&own, &others, &admins, &nobodys];
    all.sort();
    let listed = |actor: Actor, target: &str| {
        let answer = world.send(actor, get(target));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut ids: Vec<String> = answer.json().as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(answer.header("x-total-count"), Some(ids.len().to_string().as_str()));
        ids.sort();
        ids
    };
    let visible: [(Actor, Vec<&String>); 9] = [
        (Actor::User, vec![&own]),
        (Actor::OtherUser, vec![&others]),
        (Actor::UserKey, vec![&admins]),
        (Actor::Viewer, all.clone()),
        (Actor::ViewerKey, all.clone()),
        (Actor::Auditor, all.clone()),
        (Actor::Admin, all.clone()),
        (Actor::OperatorKey, all.clone()),
        (Actor::OtherAdmin, vec![&foreign]),
    ];
    for (actor, expected) in visible {
        assert_eq!(listed(actor, "/v1/devices").iter().collect::<Vec<_>>(), expected, "{actor:?}");
    }
    for (actor, expected) in [
        (Actor::User, vec![&own]),
        (Actor::UserKey, vec![&admins]),
        (Actor::ViewerKey, vec![&admins]),
        (Actor::Admin, vec![&admins]),
        (Actor::OperatorKey, vec![]),
        (Actor::Viewer, vec![]),
        (Actor::OtherAdmin, vec![&foreign]),
    ] {
        assert_eq!(listed(actor, "/v1/devices/my-devices").iter().collect::<Vec<_>>(), expected, "{actor:?}");
    }
    assert_eq!(listed(Actor::Admin, "/v1/devices/tenant-devices").iter().collect::<Vec<_>>(), all);
    assert_eq!(listed(Actor::OtherAdmin, "/v1/devices/tenant-devices"), [foreign.as_str()]);
    assert_eq!(listed(Actor::User, &format!("/v1/devices?user_id={}", world.user_id(Actor::OtherUser))), [""; 0]);
    assert_eq!(listed(Actor::OtherAdmin, "/v1/users"), [world.user_id(Actor::OtherAdmin)]);
    assert!(!listed(Actor::Admin, "/v1/users").contains(&world.user_id(Actor::OtherAdmin)));
    assert_eq!(listed(Actor::OtherAdmin, "/v1/api-keys"), [""; 0]);
    let log = world.send(Actor::OtherAdmin, get("/v1/audit-logs?limit=100")).text();
    for id in [&own, &others, &admins, &nobodys, &world.user_id(Actor::Admin)] {
        assert!(!log.contains(id.as_str()));
    }
}
