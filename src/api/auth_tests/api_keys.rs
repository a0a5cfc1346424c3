//! API keys: shown once, revoked, expiring, never reaching beyond their maker.

use super::*;
use crate::store::{Actor, users};

fn make(appliance: &Appliance, access: &str, body: Value) -> Seen {
    appliance.send(&post("/v1/api-keys", body).with_bearer(access))
}

fn key_of(appliance: &Appliance, access: &str, role: &str) -> String {
    make(appliance, access, json!({"name": "ci", "role": role})).expect(201).text("api_key")
}

fn list(appliance: &Appliance, access: &str) -> Vec<Value> {
    appliance.send(&get("/v1/api-keys").with_bearer(access)).expect(200).body.as_array().unwrap().clone()
}

fn set_role(appliance: &Appliance, id: &str, role: Role) {
    let id = id.to_owned();
    appliance.store().write(&appliance.tenant_id(), &Actor::system(), NOW, move |tx| users::set_role(tx, &id, role, None)).unwrap();
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let made = make(&appliance, &access, json!({"name": " ci ", "role": "viewer"})).expect(201);
    let key = made.text("api_key");
    assert!(key.starts_with("rk_live_") && key.len() == 51, "{key}");
    let listed = list(&appliance, &access);
    let names: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["created_at", "created_by", "expires_at", "id", "last_used_at", "name", "prefix", "role"]);
    assert_eq!((&listed[0]["name"], &listed[0]["role"], &listed[0]["last_used_at"]), (&json!("ci"), &json!("viewer"), &Value::Null));
    assert_eq!(listed[0]["prefix"], key[..12]);
    appliance.send(&get("/v1/users/me").with_bearer(&key)).expect(200);
    appliance.send(&get("/v1/users").with_bearer(&key)).expect(403);
}

#[test]
fn wrong_requests_are_named() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    for (body, part) in [
        (json!({"role": "user"}), "`name` is required"),
        (json!({"name": "ci"}), "`role` is required"),
        (json!({"name": "ci", "role": "auditor"}), "`role` must be one of admin, user, viewer, agent"),
        (json!({"name": "ci", "role": "user", "expires_at": "tomorrow"}), "`expires_at` must be a time"),
        (json!({"name": "ci", "role": "user", "expires_at": NOW.to_string()}), "`expires_at` must lie in the future"),
        (json!({"name": "ci", "role": "user", "scope": "all"}), "Unknown field `scope`"),
    ] {
        let seen = make(&appliance, &access, body).expect(400);
        assert!(seen.text("detail").contains(part), "{}", seen.body);
    }
    assert!(list(&appliance, &access).is_empty());
}

#[test]
fn a_revoked_key_fails_at_once_and_is_gone_from_the_list() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let made = make(&appliance, &access, json!({"name": "ci", "role": "admin"})).expect(201);
    let (id, key) = (made.text("id"), made.text("api_key"));
    let revoke = Request::new(Method::DELETE, &format!("/v1/api-keys/{id}")).with_bearer(&access);
    appliance.send(&get("/v1/users").with_bearer(&key)).expect(200);
    appliance.send(&revoke).expect(204);
    let seen = appliance.send(&get("/v1/users").with_bearer(&key)).expect(401);
    let unknown = appliance.send(&get("/v1/users").with_bearer("rk_live_unknown")).expect(401);
    assert_eq!(seen.body, unknown.body);
    appliance.send(&revoke).expect(404);
    assert!(list(&appliance, &access).is_empty());
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events[events.len() - 2..], ["api_key_created", "api_key_revoked"]);
}

#[test]
fn a_key_ends_at_its_time() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let body = json!({"name": "ci", "role": "viewer", "expires_at": NOW.plus_seconds(60).to_string()});
    let key = make(&appliance, &access, body).expect(201).text("api_key");
    let me = get("/v1/users/me").with_bearer(&key);
    appliance.send_at(NOW.plus_seconds(59), &me).expect(200);
    appliance.send_at(NOW.plus_seconds(60), &me).expect(401);
}

#[test]
fn a_key_follows_its_makers_present_role_and_status() {
    let appliance = Appliance::new();
    let id = appliance.add_user("jane@example.com", Role::Admin);
    let (access, _) = appliance.login("jane@example.com");
    let [admin_key, agent_key] = ["admin", "agent"].map(|role| key_of(&appliance, &access, role));
    let (users, me) = (get("/v1/users").with_bearer(&admin_key), get("/v1/users/me").with_bearer(&admin_key));
    appliance.send(&users).expect(200);
    set_role(&appliance, &id, Role::Viewer);
    appliance.send(&users).expect(403);
    appliance.send(&me).expect(200);
    assert!(authenticate(&appliance.app, &get("/").with_bearer(&agent_key), NOW).is_err(), "a viewer may not report");
    set_role(&appliance, &id, Role::User);
    assert_eq!(authenticate(&appliance.app, &me, NOW).unwrap().unwrap().role, Role::User);
    assert_eq!(authenticate(&appliance.app, &get("/").with_bearer(&agent_key), NOW).unwrap().unwrap().role, Role::Agent);
    set_role(&appliance, &id, Role::Admin);
    appliance.send(&users).expect(200);
    operator::user_disable(appliance.store(), NOW, "jane@example.com").unwrap();
    appliance.send(&me).expect(401);
}

#[test]
fn logging_out_does_not_touch_keys() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let key = key_of(&appliance, &access, "admin");
    appliance.send(&Request::new(Method::POST, "/v1/auth/logout").with_bearer(&access)).expect(204);
    appliance.send(&get("/v1/users").with_bearer(&key)).expect(200);
    appliance.send(&Request::new(Method::POST, "/v1/auth/logout").with_bearer(&key)).expect(403);
}

#[test]
fn a_key_of_the_command_line_has_no_person() {
    let appliance = Appliance::new();
    let (made, key) = operator::api_key_add(appliance.store(), NOW, "DEFAULT", Role::Admin, "backup").unwrap();
    assert_eq!(operator::api_key_list(appliance.store(), NOW, None).unwrap(), [("default".to_owned(), made.clone())]);
    appliance.send(&get("/v1/users").with_bearer(key.expose())).expect(200);
    let seen = appliance.send(&get("/v1/users/me").with_bearer(key.expose())).expect(404);
    assert_eq!(seen.text("detail"), "This API key was made on the command line and belongs to no user");
    operator::api_key_revoke(appliance.store(), NOW, &made.id).unwrap();
    appliance.send(&get("/v1/users").with_bearer(key.expose())).expect(401);
    assert!(operator::api_key_add(appliance.store(), NOW, "nowhere", Role::Admin, "x").unwrap_err().detail.contains("`nowhere`"));
}

#[test]
fn last_used_is_renewed_at_most_every_five_minutes() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let key = key_of(&appliance, &access, "viewer");
    for (at, noted) in [(0, 0), (299, 0), (300, 300), (301, 300)] {
        appliance.send_at(NOW.plus_seconds(at), &get("/v1/users/me").with_bearer(&key)).expect(200);
        // The writer takes one after the other: once this one is done, so is the one that nobody waits for.
        appliance.store().write_root(NOW, |_| Ok(())).unwrap();
        assert_eq!(list(&appliance, &access)[0]["last_used_at"], NOW.plus_seconds(noted).to_string(), "at {at}");
    }
    let (refreshed, _) = appliance.login(ADMIN);
    appliance.send_at(NOW.plus_seconds(600), &get("/v1/users/me").with_bearer(&refreshed)).expect(200);
    appliance.store().write_root(NOW, |_| Ok(())).unwrap();
    let me = appliance.send_at(NOW.plus_seconds(600), &get("/v1/users/me").with_bearer(&refreshed)).expect(200);
    assert_eq!(me.body["last_active_at"], NOW.plus_seconds(600).to_string());
}

#[test]
fn keys_of_another_tenant_do_not_exist() {
    let appliance = Appliance::new();
    operator::tenant_add(appliance.store(), NOW, "other", "boss@other.example", Some(Password::new(PASSWORD))).unwrap();
    let (access, _) = appliance.login(ADMIN);
    let (theirs, _) = appliance.login("boss@other.example");
    let made = make(&appliance, &access, json!({"name": "ci", "role": "admin"})).expect(201);
    assert!(list(&appliance, &theirs).is_empty());
    let revoke =
        |id: &str| appliance.send(&Request::new(Method::DELETE, &format!("/v1/api-keys/{id}")).with_bearer(&theirs)).expect(404).body;
    assert_eq!(revoke(&made.text("id")), revoke("key_none"));
    appliance.send(&get("/v1/users").with_bearer(&made.text("api_key"))).expect(200);
}
