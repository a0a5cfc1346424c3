//! Tokens: what a login gives, how long it holds, that a refresh token works once.

use super::*;
use crate::domain::time::DAY;

fn refresh_at(appliance: &Appliance, now: Time, token: &str) -> Seen {
    appliance.send_at(now, &post("/v1/auth/refresh", json!({"refresh_token": token})))
}

fn me_at(appliance: &Appliance, now: Time, access: &str) -> u16 {
    appliance.send_at(now, &get("/v1/users/me").with_bearer(access)).status
}

#[test]
fn a_login_answers_the_references_fields_and_ours() {
    let appliance = Appliance::new();
    let seen = appliance.login_from(NOW, "192.0.2.1", " Admin@Example.COM ", PASSWORD).expect(200);
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    assert_eq!(seen.text("tenant_id"), appliance.tenant_id());
    assert_eq!((seen.text("role"), seen.text("token_type")), ("admin".to_owned(), "Bearer".to_owned()));
    assert_eq!(seen.body["expires_in"], 900);
    assert!(seen.text("user_id").starts_with("user_"));
    let names: Vec<&String> = seen.body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "role", "tenant_id", "token_type", "user_id"]);
    appliance.send(&post("/v1/auth/login", json!({"username": ADMIN, "password": PASSWORD, "otp": "123456"}))).expect(200);
}

#[test]
fn malformed_logins_are_named_and_count_nothing() {
    let appliance = Appliance::new();
    for (body, part) in [
        (json!({"password": PASSWORD}), "`username` is required"),
        (json!({"username": ADMIN}), "`password` is required"),
        (json!({"username": ADMIN, "password": 5}), "`password` must be text"),
        (json!({"username": ADMIN, "password": PASSWORD, "admin": true}), "Unknown field `admin`"),
        (json!({"username": "a".repeat(255), "password": PASSWORD}), "`username`"),
        (json!({"username": ADMIN, "password": "a".repeat(2000)}), "`password` is longer"),
    ] {
        let seen = appliance.send(&post("/v1/auth/login", body)).expect(400);
        assert!(seen.text("detail").contains(part), "{}", seen.body);
    }
    assert!(!appliance.events(&appliance.tenant_id()).iter().any(|event| event.starts_with("user_login")));
}

#[test]
fn an_access_token_holds_fifteen_minutes_and_a_refresh_token_seven_days() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    assert_eq!(me_at(&appliance, NOW.plus_seconds(899), &access), 200);
    assert_eq!(me_at(&appliance, NOW.plus_seconds(900), &access), 401);
    let seen = refresh_at(&appliance, NOW.plus_seconds(7 * DAY - 1), &refresh).expect(200);
    assert_eq!(me_at(&appliance, NOW.plus_seconds(7 * DAY), &seen.text("access_token")), 200);
    // The new one counts from its own making.
    refresh_at(&appliance, NOW.plus_seconds(14 * DAY - 1), &seen.text("refresh_token")).expect(401);
    let (_, unused) = appliance.login(ADMIN);
    refresh_at(&appliance, NOW.plus_seconds(7 * DAY), &unused).expect(401);
}

#[test]
fn using_a_refresh_token_twice_ends_the_whole_session() {
    let appliance = Appliance::new();
    let (access, first) = appliance.login(ADMIN);
    let (other_access, _) = appliance.login(ADMIN);
    let second = refresh_at(&appliance, NOW, &first).expect(200);
    refresh_at(&appliance, NOW.plus_seconds(1), &first).expect(401);
    for token in [&access, &second.text("access_token")] {
        assert_eq!(me_at(&appliance, NOW.plus_seconds(1), token), 401);
    }
    refresh_at(&appliance, NOW.plus_seconds(1), &second.text("refresh_token")).expect(401);
    assert_eq!(me_at(&appliance, NOW, &other_access), 200, "the other session is another one");
    refresh_at(&appliance, NOW.plus_seconds(2), &first).expect(401);
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events.iter().filter(|event| *event == "refresh_token_reused").count(), 1);
}

#[test]
fn of_eight_that_use_one_refresh_token_at_once_exactly_one_gets_a_successor() {
    let appliance = Appliance::new();
    for _ in 0..10 {
        let (_, refresh) = appliance.login(ADMIN);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let uses: Vec<_> = (0..8).map(|_| scope.spawn(|| refresh_at(&appliance, NOW, &refresh).status)).collect();
            uses.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 7, "{statuses:?}");
    }
    let live = "SELECT id FROM session WHERE ended_at IS NULL";
    assert!(appliance.store().read_root(NOW, |root| Ok(root.test_texts(live, &[]))).unwrap().is_empty(), "reuse ended every session");
}

#[test]
fn after_logout_every_token_of_the_session_fails() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    let (other, _) = appliance.login(ADMIN);
    appliance.send(&Request::new(Method::POST, "/v1/auth/logout").with_bearer(&access)).expect(204);
    assert_eq!(me_at(&appliance, NOW, &access), 401);
    appliance.send(&Request::new(Method::POST, "/v1/auth/logout").with_bearer(&access)).expect(401);
    refresh_at(&appliance, NOW, &refresh).expect(401);
    assert_eq!(me_at(&appliance, NOW, &other), 200);
    assert_eq!(appliance.events(&appliance.tenant_id()).last().unwrap(), "user_logout");
}

#[test]
fn a_changed_role_and_a_disabled_user_act_on_the_next_request() {
    let appliance = Appliance::new();
    let id = appliance.add_user("jane@example.com", Role::Admin);
    let (access, refresh) = appliance.login("jane@example.com");
    let list = get("/v1/users").with_bearer(&access);
    appliance.send(&list).expect(200);
    let (tenant, system) = (appliance.tenant_id(), crate::store::Actor::system());
    let (user, changed) = (id.clone(), Role::Viewer);
    appliance.store().write(&tenant, &system, NOW, move |tx| crate::store::users::set_role(tx, &user, changed, None)).unwrap();
    appliance.send(&list).expect(403);
    assert_eq!(refresh_at(&appliance, NOW, &refresh).expect(200).text("role"), "viewer");

    operator::user_disable(appliance.store(), NOW, "jane@example.com").unwrap();
    assert_eq!(me_at(&appliance, NOW, &access), 401);
    operator::user_enable(appliance.store(), NOW, "jane@example.com").unwrap();
    assert_eq!(me_at(&appliance, NOW, &access), 401, "an ended session stays ended");
    appliance.login("jane@example.com");
}

#[test]
fn the_status_counts_even_where_a_session_was_left_open() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    let disable = |root: &crate::store::WriteRoot| {
        root.test_execute("UPDATE user SET status = 'disabled'", &[]);
        Ok(())
    };
    appliance.store().write_root(NOW, disable).unwrap();
    assert_eq!(me_at(&appliance, NOW, &access), 401);
    refresh_at(&appliance, NOW, &refresh).expect(401);
}

#[test]
fn an_auditors_session_ends_with_the_period() {
    let appliance = Appliance::new();
    let id = appliance.add_user("auditor@example.com", Role::Auditor);
    let (access, refresh) = appliance.login("auditor@example.com");
    let until = NOW.plus_seconds(60).0.to_string();
    let set = move |root: &crate::store::WriteRoot| {
        root.test_execute("UPDATE user SET expires_at = ?2 WHERE id = ?1", &[&id, &until]);
        Ok(())
    };
    appliance.store().write_root(NOW, set).unwrap();
    assert_eq!(me_at(&appliance, NOW.plus_seconds(59), &access), 200);
    assert_eq!(me_at(&appliance, NOW.plus_seconds(60), &access), 401);
    refresh_at(&appliance, NOW.plus_seconds(60), &refresh).expect(401);
}

#[test]
fn malformed_credentials_are_refused_without_an_oracle() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    let me = |value: &str| appliance.send(&get("/v1/users/me").with_header("authorization", value));
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", &access, &format!("Bearer {access} x"), &format!("Bearer {}", "a".repeat(5000))] {
        let seen = me(value).expect(401);
        assert_eq!(seen.header("www-authenticate"), Some("Bearer"));
    }
    me(&format!("bEaReR   {access}")).expect(200);
    let other = Appliance::new().login(ADMIN).0;
    let bodies = [&refresh, &other, "x.y.z", &access[..access.len() - 1]].map(|token| me(&format!("Bearer {token}")).expect(401).body);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    refresh_at(&appliance, NOW, &access).expect(401);
    let mut twice = get("/v1/users/me").with_bearer(&access);
    twice.headers.append("authorization", twice.headers["authorization"].clone());
    appliance.send(&twice).expect(401);
    appliance.send(&get("/v1/users/me")).expect(401);
}

#[test]
fn nothing_secret_is_stored() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    let key = appliance.send(&post("/v1/api-keys", json!({"name": "ci", "role": "user"})).with_bearer(&access)).expect(201).text("api_key");
    appliance.login_from(NOW, "192.0.2.1", ADMIN, "a mistyped passphrase").expect(401);
    let folder = appliance.store().path().parent().unwrap().to_owned();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [&access, &refresh, &key, PASSWORD, "a mistyped passphrase"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[test]
fn the_key_set_is_public() {
    let appliance = Appliance::new();
    let seen = appliance.send(&get("/.well-known/jwks.json")).expect(200);
    assert_eq!(seen.body["keys"][0]["crv"], "Ed25519");
    let text = seen.body.to_string();
    assert!(!text.contains("\"d\""), "{text}");
}
