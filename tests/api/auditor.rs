//! Auditors: every read of theirs is logged, on every row, and their time ends by itself.

use recoger::api::route::AnswerBody;
use recoger::credentials::password::Password;
use recoger::domain::access::{Access, Role};
use recoger::domain::time::{Time, parse_date};
use recoger::store::operator;
use serde_json::json;

use super::isolation::{ids_of, rows, target, two};
use crate::support::actor::Actor;
use crate::support::request::get;
use crate::support::world::{PASSWORD, TENANT, World};

#[test]
fn each_row_that_an_auditor_reads_leaves_an_entry() {
    let world = two();
    world.token(Actor::Auditor);
    let (id, tenant_id) = (world.user_id(Actor::Auditor), world.tenant_id(Actor::Admin));
    // Made when he was something else.
    let (key_id, key) = world.api_key(Actor::Admin, &json!({"name": "reads", "role": "viewer"}));
    world.appliance.beside().execute("UPDATE api_key SET created_by = ?1 WHERE id = ?2", [&id, &key_id]).unwrap();
    let ids = ids_of(&world, &tenant_id);
    let mut read = Vec::new();
    for route in rows().filter(|route| matches!(route.access, Access::Roles(roles) if roles.contains(&Role::Auditor))) {
        // Each id of its kind is tried, for not all of them are what the row is about.
        let kinds = ids.values().map(|ids| ids.len()).max().unwrap_or(1);
        let targets = (0..kinds).map(|number| {
            target(route, |prefix| {
                ids.get(prefix).and_then(|ids| ids.iter().cycle().nth(number)).cloned().unwrap_or_else(|| prefix.to_owned())
            })
        });
        let targets: std::collections::BTreeSet<String> = targets.collect();
        let formats: &[&str] = if matches!(route.answer.body, AnswerBody::ListOrCsv(..)) { &["", "?format=csv"] } else { &[""] };
        for (target, format) in targets.iter().flat_map(|target| formats.iter().map(move |format| (target, format))) {
            if route.method != "GET" {
                continue;
            }
            let by_key = get(&format!("{target}{format}")).with_bearer(&key);
            for by_session in [true, false] {
                let (log, answer) = world.logged_by(|| match by_session {
                    true => world.send(Actor::Auditor, get(&format!("{target}{format}"))),
                    false => world.appliance.send(&by_key),
                });
                let logged = log.iter().filter(|entry| {
                    let of_auditor = entry.actor_id == id || entry.actor_id == key_id;
                    of_auditor && entry.chain == tenant_id && ["audit_read", "audit_exported"].contains(&entry.event.as_str())
                });
                // What was refused was not read.
                assert_eq!(logged.count(), usize::from(answer.status == 200), "{target}{format} {}: {log:?}", answer.status);
                read.extend((answer.status == 200 && by_session).then_some(route.path));
            }
        }
    }
    read.dedup();
    for path in ["/v1/devices/{device_id}", "/v1/people", "/v1/exceptions/{exception_id}", "/v1/audit-logs/verify", "/v1/dashboard"] {
        assert!(read.contains(&path), "{path} was not read: {read:?}");
    }
    assert!(read.len() > 30, "{}", read.len());
}

#[test]
fn an_auditors_time_ends_with_its_last_day_for_sessions_and_keys() {
    let world = World::new();
    let (store, clock) = (world.appliance.store(), &world.appliance.clock);
    let add = |until| {
        let password = Some(Password::new(PASSWORD));
        operator::auditor_add(store, clock.now(), TENANT, "out@example.org", parse_date(until).unwrap(), Some("Out"), password)
    };
    assert!(add("2025-12-31").unwrap_err().detail.contains("past"));
    let made = add("2026-01-01").unwrap().value;
    let end = Time::parse("2026-01-02T00:00:00Z").unwrap();
    assert_eq!((made.role, made.expires_at), (Role::Auditor, Some(end)));
    let login = || world.appliance.send(&world.login("out@example.org", PASSWORD));
    assert_eq!(login().status, 200);
    let (key_id, key) = world.api_key(Actor::Admin, &json!({"name": "reads", "role": "viewer"}));
    world.appliance.beside().execute("UPDATE api_key SET created_by = ?1 WHERE id = ?2", [&made.id, &key_id]).unwrap();
    clock.advance(end.seconds_since(clock.now()) - 1);
    let token = login().json()["access_token"].as_str().unwrap().to_owned();
    let statuses = || [&token, &key].map(|bearer| world.appliance.send(&get("/v1/devices").with_bearer(bearer)).status);
    assert_eq!(statuses(), [200, 200]);
    clock.advance(1);
    assert_eq!(statuses(), [401, 401]);
    assert_eq!(login().status, 401);
}
