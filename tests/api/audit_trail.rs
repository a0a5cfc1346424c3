//! What each deed leaves in the audit log: every mutating row of ROUTES its entry, a refused one nothing, and a secret never.

mod people;
mod population;

use recoger::api::routes;
use recoger::domain::access::Access;
use recoger::http::Request;
use serde_json::json;

use super::enrollment::deeds as enrollment;
use super::evidence::deeds as evidence;
use super::reports::deeds as reports;
use super::services::deeds::{self as services, service};
use crate::support::actor::Actor;
use crate::support::bodies::custom_check;
use crate::support::request::{bare, csv, delete, get, patch, post};
use crate::support::world::{Logged, PASSWORD, World, full_report};

/// A deed that succeeds, by the row that does it.
pub struct Deed {
    row: (&'static str, &'static str),
    by: Actor,
    request: fn(&World) -> Request,
    /// Names of events, all in the chain of the actor's tenant.
    leaves: &'static [&'static str],
}

pub const fn deed(
    method: &'static str,
    path: &'static str,
    by: Actor,
    request: fn(&World) -> Request,
    leaves: &'static [&'static str],
) -> Deed {
    Deed { row: (method, path), by, request, leaves }
}

/// Every mutating row at least once.
const DEEDS: &[Deed] = &[
    deed("POST", "/v1/auth/login", Actor::Stranger, |world| world.login(&Actor::User.email(), PASSWORD), &["user_login_success"]),
    // A session goes on: that is no sign-in.
    deed(
        "POST",
        "/v1/auth/refresh",
        Actor::Stranger,
        |world| post("/v1/auth/refresh", &json!({"refresh_token": world.sign_in(Actor::Viewer).refresh})),
        &["user_login_success"],
    ),
    deed("POST", "/v1/auth/logout", Actor::Auditor, |_| bare("POST", "/v1/auth/logout"), &["user_logout"]),
    deed(
        "POST",
        "/v1/devices",
        Actor::Admin,
        |world| post("/v1/devices", &json!({"device_name": "Shelf", "serial_number": world.new_serial(), "os_type": "linux"})),
        &["device_created"],
    ),
    deed(
        "POST",
        "/v1/devices/report",
        Actor::User,
        |world| post("/v1/devices/report", &full_report(&world.new_serial())),
        &["device_created"],
    ),
    deed(
        "POST",
        "/v1/devices/report",
        Actor::AgentKey,
        |world| changed_report(world, &json!(false)),
        &["device_created", "device_verdict_changed"],
    ),
    // A heartbeat is no entry.
    deed("POST", "/v1/devices/report", Actor::AgentKey, |world| changed_report(world, &json!(true)), &["device_created"]),
    deed(
        "PATCH",
        "/v1/devices/{device_id}",
        Actor::Admin,
        |world| patch(&device(world), &json!({"tags": ["seen"], "device_name": "Renamed"})),
        &["device_created", "device_updated"],
    ),
    deed(
        "PATCH",
        "/v1/devices/{device_id}",
        Actor::AdminKey,
        |world| patch(&device(world), &json!({"user_id": world.user_id(Actor::Viewer)})),
        &["device_created", "device_owner_changed"],
    ),
    // What changes nothing is no change.
    deed("PATCH", "/v1/devices/{device_id}", Actor::Admin, |world| patch(&device(world), &json!({"tags": []})), &["device_created"]),
    deed(
        "DELETE",
        "/v1/devices/{device_id}",
        Actor::OperatorKey,
        |world| delete(&format!("{}?reason=lost", device(world))),
        &["device_created", "device_deleted"],
    ),
    deed(
        "POST",
        "/v1/devices/{device_id}/approve",
        Actor::Admin,
        |world| bare("POST", &format!("{}/approve", device(world))),
        &["device_created"],
    ),
    deed("PATCH", "/v1/users/me", Actor::Viewer, |_| patch("/v1/users/me", &json!({"name": "New Name"})), &["user_updated"]),
    deed("PATCH", "/v1/users/me", Actor::Viewer, |_| patch("/v1/users/me", &json!({"name": "New Name"})), &[]),
    deed(
        "PATCH",
        "/v1/users/me",
        Actor::OtherUser,
        |_| patch("/v1/users/me", &json!({"email": "new@example.org", "current_password": PASSWORD})),
        &["user_updated"],
    ),
    deed(
        "POST",
        "/v1/users/me/password",
        Actor::User,
        |_| post("/v1/users/me/password", &json!({"current_password": PASSWORD, "new_password": PASSWORD})),
        &["user_password_changed"],
    ),
    deed(
        "POST",
        "/v1/api-keys",
        Actor::OtherAdmin,
        |_| post("/v1/api-keys", &json!({"name": "k", "role": "viewer"})),
        &["api_key_created"],
    ),
    deed(
        "DELETE",
        "/v1/api-keys/{key_id}",
        Actor::Admin,
        |world| delete(&format!("/v1/api-keys/{}", world.api_key(Actor::Admin, &json!({"name": "k", "role": "viewer"})).0)),
        &["api_key_created", "api_key_revoked"],
    ),
    deed(
        "POST",
        "/v1/devices/import",
        Actor::Admin,
        |world| {
            let (one, other) = (world.new_serial(), world.new_serial());
            csv("/v1/devices/import", &format!("device_name,serial_number,os_type\r\na,{one},linux\r\nb,{other},linux\r\n"))
        },
        &["device_created", "device_created"],
    ),
    deed("PATCH", "/v1/settings", Actor::Admin, |_| patch("/v1/settings", &json!({"silent_after_days": 20})), &["settings_changed"]),
    deed("PATCH", "/v1/settings", Actor::Admin, |_| patch("/v1/settings", &json!({"silent_after_days": 20})), &[]),
    deed(
        "POST",
        "/v1/custom-checks",
        Actor::Admin,
        |world| {
            let mut body = custom_check();
            body["id"] = json!(world.new_check_id());
            post("/v1/custom-checks", &body)
        },
        &["settings_changed"],
    ),
    deed(
        "PUT",
        "/v1/custom-checks/{check_id}",
        Actor::Admin,
        |world| {
            let mut body = custom_check();
            body["grace_days"] = json!(3);
            bare("PUT", &format!("/v1/custom-checks/{}", world.custom_check(Actor::Admin, "device.x_changed"))).with_json(&body)
        },
        &["settings_changed", "settings_changed"],
    ),
    deed(
        "DELETE",
        "/v1/custom-checks/{check_id}",
        Actor::Admin,
        |world| delete(&format!("/v1/custom-checks/{}", world.custom_check(Actor::Admin, "device.x_removed"))),
        &["settings_changed", "settings_changed"],
    ),
];

/// The path of a new device of [`Actor::User`].
fn device(world: &World) -> String {
    format!("/v1/devices/{}", world.device_of(Actor::User).id)
}

/// A second report of a new device, with this `disk_encryption`; the first said `true`.
fn changed_report(world: &World, disk_encryption: &serde_json::Value) -> Request {
    let mut report = full_report(&world.device_of(Actor::User).serial_number);
    report["security"]["disk_encryption"] = disk_encryption.clone();
    post("/v1/devices/report", &report)
}

/// All deeds, in an order in which each finds what it needs.
fn deeds() -> impl Iterator<Item = &'static Deed> {
    let own = DEEDS.iter().chain(services::DEEDS).chain(enrollment::DEEDS).chain(people::DEEDS);
    own.chain(population::DEEDS).chain(evidence::DEEDS).chain(reports::DEEDS)
}

fn is_mutating(method: &str) -> bool {
    method != "GET"
}

fn names(log: &[Logged]) -> Vec<&str> {
    log.iter().map(|entry| entry.event.as_str()).collect()
}

#[test]
fn every_mutating_row_has_a_deed() {
    let without =
        routes().filter(|route| is_mutating(route.method)).filter(|route| !deeds().any(|deed| deed.row == (route.method, route.path)));
    let without: Vec<String> = without.map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(without.is_empty(), "add to DEEDS: {without:#?}");
}

#[test]
fn every_deed_leaves_its_entries_in_the_chain_of_its_tenant_and_says_who_did_it() {
    let world = World::new();
    Actor::ALL.iter().for_each(|actor| drop(world.token(*actor)));
    for Deed { row, by, request, leaves } in deeds() {
        let (log, answer) = world.logged_by(|| world.send(*by, request(&world)));
        assert!(answer.status < 300, "{row:?}: {}", answer.text());
        assert_eq!(names(&log), *leaves, "{row:?} by {by:?}");
        let tenant = world.tenant_id(if *by == Actor::OtherAdmin { Actor::OtherAdmin } else { Actor::Admin });
        assert!(log.iter().all(|entry| entry.chain == tenant), "{log:?}");
        // The last is the deed itself, those before it prepared it.
        let Some(last) = log.last().filter(|_| *by != Actor::Stranger) else { continue };
        let actor_type = match by {
            Actor::AgentKey => "agent",
            Actor::AdminKey | Actor::OperatorKey => "api_key",
            _ => "user",
        };
        let prepared_only = *leaves == ["device_created"] && *by != Actor::User && *row != ("POST", "/v1/devices");
        if !prepared_only {
            assert_eq!(last.actor_type, actor_type, "{last:?}");
            if by.person().is_some() {
                assert_eq!(last.actor_id, world.user_id(*by), "{last:?}");
            } else {
                assert!(last.actor_id.starts_with("key_"), "{last:?}");
            }
            // Reports are no time clock.
            assert_eq!(last.with_address, *row != ("POST", "/v1/devices/report"), "{last:?}");
        }
        if [("POST", "/v1/auth/logout"), ("DELETE", "/v1/auth/session")].contains(row) {
            world.forget(*by);
        }
    }
    assert_eq!(world.send(Actor::Admin, get("/v1/audit-logs/verify")).json()["intact"], true);
}

#[test]
fn whoever_may_not_leaves_nothing_behind() {
    let world = World::new();
    for actor in [Actor::Viewer, Actor::ViewerKey, Actor::User, Actor::Admin] {
        // Used once, so that its last use is noted already.
        assert_eq!(world.send(actor, get("/v1/users/me")).status, 200);
    }
    let (target, service) = (device(&world), service(&world));
    let check = world.custom_check(Actor::Admin, &world.new_check_id());
    let before = world.appliance.contents();
    for route in
        routes().filter(|route| is_mutating(route.method) && route.access != Access::Public && !route.path.starts_with("/v1/auth/"))
    {
        let by = if route.path.starts_with("/v1/users/me") { Actor::ViewerKey } else { Actor::Viewer };
        let path = route
            .path
            .replace("/v1/devices/{device_id}", &target)
            .replace("/v1/services/{service_id}", &service)
            .replace("{framework}", "iso27001")
            .replace("{check_id}", &check)
            .replace("{key_id}", "key_1")
            .replace("{token_id}", "enr_1");
        let answer = world.send(by, bare(route.method, &path).with_json(&json!({"name": "x"})));
        assert_eq!(answer.status, 403, "{} {}: {}", route.method, route.path, answer.text());
        let answer = world.send(Actor::Stranger, bare(route.method, &path).with_json(&json!({"name": "x"})));
        assert_eq!(answer.status, 401, "{} {}: {}", route.method, route.path, answer.text());
        if route.takes_json() {
            let answer = world
                .send(Actor::Admin, bare(route.method, &path).with_json(&json!({"device_name": 5, "role": 5, "name": 5, "lockout": 5})));
            assert_eq!(answer.status, 400, "{} {}: {}", route.method, route.path, answer.text());
        }
    }
    assert_eq!(world.send(Actor::Admin, delete(&target)).status, 400, "a reason is required");
    assert_eq!(world.appliance.contents(), before);
}

#[test]
fn failed_sign_ins_are_logged_where_they_belong() {
    let world = World::new();
    let tenant = world.tenant_id(Actor::Admin);
    world.token(Actor::User);
    let wrong = |username: &str| world.login(username, "not the password at all");
    let check = |request: Request, status: u16, chain: &str, events: &[&str]| {
        let (log, answer) = world.logged_by(|| world.appliance.send(&request));
        assert_eq!((answer.status, names(&log)), (status, events.to_vec()), "{}", answer.text());
        assert!(log.iter().all(|entry| entry.chain == chain && entry.with_address), "{log:?}");
    };
    check(wrong(&Actor::User.email()), 401, &tenant, &["user_login_failure"]);
    check(wrong("nobody@example.org"), 401, "appliance", &["user_login_failure"]);
    check(post("/v1/auth/login", &json!({"username": "x"})), 400, "", &[]);
    check(post("/v1/auth/refresh", &json!({"refresh_token": "rt_unknown"})), 401, "", &[]);

    let confirm =
        |password: &str| post("/v1/users/me/password", &json!({"current_password": password, "new_password": "another long enough one"}));
    let (log, answer) = world.logged_by(|| world.send(Actor::User, confirm("a wrong one")));
    assert_eq!((answer.status, names(&log)), (403, vec!["user_login_failure"]));

    let mut fifth = wrong(&Actor::User.email());
    for _ in 1..5 {
        check(fifth.clone(), 401, &tenant, &["user_login_failure"]);
    }
    check(fifth.clone(), 401, &tenant, &["user_login_failure", "user_locked"]);
    fifth.body = world.login(&Actor::User.email(), PASSWORD).body;
    check(fifth, 423, &tenant, &["user_login_failure"]);
    let tokens = world.sign_in(Actor::User);
    let refresh = post("/v1/auth/refresh", &json!({"refresh_token": tokens.refresh}));
    check(refresh.clone(), 200, "", &[]);
    check(refresh, 401, &tenant, &["refresh_token_reused"]);
}

#[test]
fn of_reads_only_an_auditors_and_an_export_are_logged() {
    let world = World::new();
    for actor in [Actor::Admin, Actor::Auditor, Actor::Viewer] {
        world.token(actor);
    }
    let (target, service) = (device(&world), service(&world));
    for route in routes().filter(|route| route.method == "GET") {
        let path = route.path.replace("/v1/devices/{device_id}", &target).replace("/v1/services/{service_id}", &service);
        let path = path.replace("{data_type}", "security").replace("{user_id}", &world.user_id(Actor::Admin));
        for actor in [Actor::Stranger, Actor::Viewer, Actor::Admin, Actor::Auditor] {
            let (log, answer) = world.logged_by(|| world.send(actor, get(&path)));
            let watched = actor == Actor::Auditor && answer.status == 200 && route.access != Access::Public && !route.access.is_own();
            let expected: &[&str] = if watched { &["audit_read"] } else { &[] };
            assert_eq!(names(&log), expected, "{path} by {actor:?}: {}", answer.status);
        }
    }
    for actor in [Actor::Admin, Actor::Auditor] {
        let (log, answer) = world.logged_by(|| world.send(actor, get("/v1/audit-logs?format=csv")));
        assert_eq!((answer.status, names(&log)), (200, vec!["audit_exported"]));
    }
}

#[test]
fn no_secret_ever_stands_in_the_log_or_anywhere_in_the_file() {
    let world = World::new();
    let mut secrets = vec![PASSWORD.to_owned()];
    for actor in [Actor::User, Actor::Admin, Actor::AdminKey, Actor::DeviceKey, Actor::OperatorKey] {
        secrets.extend(world.token(actor));
    }
    let tokens = world.sign_in(Actor::User);
    let mut used = |name: &str, request: &mut dyn FnMut(&str) -> Request, status: u16| {
        let secret = format!("{name} canary that must not be kept");
        let answer = world.send(Actor::User, request(&secret));
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
        secrets.push(secret);
    };
    let wrong = world.login(&Actor::User.email(), "x");
    used(
        "wrong password",
        &mut |secret| Request { body: json!({"username": "user@example.org", "password": secret}).to_string().into(), ..wrong.clone() },
        401,
    );
    used(
        "one-time code",
        &mut |secret| post("/v1/auth/login", &json!({"username": "nobody@example.org", "password": "y", "otp": secret})),
        401,
    );
    used("refresh token", &mut |secret| post("/v1/auth/refresh", &json!({"refresh_token": secret})), 401);
    used("current password", &mut |secret| patch("/v1/users/me", &json!({"email": "a@example.org", "current_password": secret})), 403);
    used("new password", &mut |secret| post("/v1/users/me/password", &json!({"current_password": PASSWORD, "new_password": secret})), 204);
    let refreshed = world.appliance.send(&post("/v1/auth/refresh", &json!({"refresh_token": tokens.refresh})));
    assert_eq!(refreshed.status, 401, "a new password ends the other sessions");
    secrets.extend([tokens.access, tokens.refresh]);
    let bearer = "rk_live_canary0canary0canary0canary0canary0canary0c";
    assert_eq!(world.appliance.send(&get("/v1/users/me").with_bearer(bearer)).status, 401);
    secrets.push(bearer.to_owned());
    secrets.extend(people::secrets(&world));

    let log = world.appliance.rows("SELECT * FROM audit_log").join("\n") + &world.appliance.rows("SELECT * FROM audit_personal").join("\n");
    assert!(log.contains("user_login_failure") && log.contains("user@example.org"));
    let held = world.appliance.contents().join("\n");
    let mut files = Vec::new();
    for name in ["recoger.db", "recoger.db-wal"] {
        files.extend(std::fs::read(world.appliance.data().with_file_name(name)).unwrap());
    }
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()) && !held.contains(secret.as_str()), "{secret} is kept");
        assert!(!files.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret} is in the file");
    }
}
