//! Own profile and password, the list of users, and the operator's commands on them.

use super::*;
use crate::error::Kind;
use crate::store::{Actor, users};

const NEW_PASSWORD: &str = "a tuba plays the walrus";

fn patch_me(appliance: &Appliance, access: &str, body: Value) -> Seen {
    appliance.send(&Request::new(Method::PATCH, "/v1/users/me").with_json(&body).with_bearer(access))
}

fn change_password(appliance: &Appliance, access: &str, current: &str, new: &str) -> Seen {
    appliance.send(&post("/v1/users/me/password", json!({"current_password": current, "new_password": new})).with_bearer(access))
}

#[test]
fn the_profile_has_the_contracts_fields() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let seen = appliance.send(&get("/v1/users/me").with_bearer(&access)).expect(200);
    let expected = json!({
        "id": seen.text("id"), "email": ADMIN, "name": "Administrator", "role": "admin", "status": "active", "mfa_enabled": false,
        "device_count": 0, "last_active_at": NOW.to_string(), "created_at": NOW.to_string(),
        "organisation": {"name": "default", "time_zone": "UTC", "demo": false},
    });
    assert_eq!(seen.body, expected);
}

#[test]
fn the_name_changes_without_and_the_email_with_the_password() {
    let appliance = Appliance::new();
    appliance.add_user("taken@example.com", Role::User);
    let (access, _) = appliance.login(ADMIN);
    assert_eq!(patch_me(&appliance, &access, json!({"name": " Jane Doe "})).expect(200).text("name"), "Jane Doe");
    patch_me(&appliance, &access, json!({})).expect(200);
    for (body, status, part) in [
        (json!({"name": null}), 400, "`name` can't be empty"),
        (json!({"name": "a\u{7}"}), 400, "control"),
        (json!({"role": "admin"}), 400, "Unknown field `role`"),
        (json!({"email": "new@example.com"}), 400, "`current_password` is required"),
        (json!({"email": "none", "current_password": PASSWORD}), 400, "`email` must be an email"),
        (json!({"email": "new@example.com", "current_password": "wrong password!"}), 403, "`current_password` is wrong"),
        (json!({"email": "TAKEN@example.com", "current_password": PASSWORD}), 409, "`email` is in use"),
    ] {
        let seen = patch_me(&appliance, &access, body).expect(status);
        assert!(seen.text("detail").contains(part), "{}", seen.body);
    }
    let seen = patch_me(&appliance, &access, json!({"email": "New@Example.com", "current_password": PASSWORD})).expect(200);
    assert_eq!(seen.text("email"), "new@example.com");
    appliance.login("new@example.com");
    appliance.login_from(NOW, "192.0.2.1", ADMIN, PASSWORD).expect(401);
}

#[test]
fn a_new_password_ends_the_other_sessions_only() {
    let appliance = Appliance::new();
    let (access, refresh) = appliance.login(ADMIN);
    let (other, other_refresh) = appliance.login(ADMIN);
    change_password(&appliance, &access, PASSWORD, "short").expect(400);
    change_password(&appliance, &access, PASSWORD, "qwerty123456").expect(400);
    change_password(&appliance, &access, PASSWORD, ADMIN).expect(400);
    change_password(&appliance, &access, "not the right one", NEW_PASSWORD).expect(403);
    change_password(&appliance, &access, PASSWORD, NEW_PASSWORD).expect(204);
    appliance.send(&get("/v1/users/me").with_bearer(&access)).expect(200);
    appliance.send(&get("/v1/users/me").with_bearer(&other)).expect(401);
    appliance.send(&post("/v1/auth/refresh", json!({"refresh_token": other_refresh}))).expect(401);
    appliance.send(&post("/v1/auth/refresh", json!({"refresh_token": refresh}))).expect(200);
    appliance.login_from(NOW, "192.0.2.1", ADMIN, PASSWORD).expect(401);
    appliance.login_from(NOW, "192.0.2.1", ADMIN, NEW_PASSWORD).expect(200);
}

#[test]
fn a_stolen_session_is_no_way_around_the_lock() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    (0..5).for_each(|number| {
        change_password(&appliance, &access, &format!("guess number {number}"), NEW_PASSWORD).expect(403);
    });
    let locked = change_password(&appliance, &access, PASSWORD, NEW_PASSWORD).expect(423);
    assert_eq!(locked.header("retry-after"), Some("900"));
    patch_me(&appliance, &access, json!({"email": "new@example.com", "current_password": PASSWORD})).expect(423);
    appliance.send(&get("/v1/users/me").with_bearer(&access)).expect(200);
}

#[test]
fn a_hash_of_older_parameters_is_renewed_at_the_next_login() {
    let appliance = Appliance::new();
    let hash = || {
        let read = |root: &crate::store::Root| Ok(root.test_texts("SELECT password_hash FROM user", &[]));
        appliance.store().read_root(NOW, read).unwrap().remove(0)
    };
    let parameters = argon2::Params::new(8 * 1024, 1, 1, None).unwrap();
    let weaker = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
    let old = argon2::PasswordHasher::hash_password_with_salt(&weaker, PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string();
    let stored = old.clone();
    let set = move |root: &crate::store::WriteRoot| {
        root.test_execute("UPDATE user SET password_hash = ?1", &[&stored]);
        Ok(())
    };
    appliance.store().write_root(NOW, set).unwrap();
    appliance.login_from(NOW, "192.0.2.1", ADMIN, "not the right one").expect(401);
    assert_eq!(hash(), old);
    appliance.login(ADMIN);
    assert!(hash().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash());
    appliance.login(ADMIN);
}

#[test]
fn users_are_listed_filtered_and_paged_within_the_tenant() {
    let appliance = Appliance::new();
    operator::tenant_add(appliance.store(), NOW, "other", "boss@other.example", Some(Password::new(PASSWORD))).unwrap();
    for (number, role) in [Role::User, Role::Viewer, Role::Auditor, Role::User].into_iter().enumerate() {
        let at = NOW.plus_seconds(number as i64 + 1);
        let (email, name) = (format!("user{number}@example.com"), format!("100%_{number}"));
        operator::user_add(appliance.store(), at, "default", &email, role, Some(&name), Some(Password::new(PASSWORD))).unwrap();
    }
    operator::user_disable(appliance.store(), NOW, "user1@example.com").unwrap();
    for _ in 0..5 {
        appliance.login_from(NOW, "192.0.2.8", "user0@example.com", "not the right one").expect(401);
    }
    let (access, _) = appliance.login(ADMIN);
    let list = |query: &str| appliance.send(&get(&format!("/v1/users{query}")).with_bearer(&access)).expect(200);
    let emails = |query: &str| -> Vec<String> {
        list(query).body.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().replace("@example.com", "")).collect()
    };
    assert_eq!(emails(""), ["user3", "user2", "user1", "user0", "admin"]);
    assert_eq!(emails("?role=user"), ["user3", "user0"]);
    assert_eq!(emails("?status=disabled"), ["user1"]);
    assert_eq!(emails("?status=locked"), ["user0"]);
    assert_eq!(emails("?status=active&role=auditor"), ["user2"]);
    assert_eq!(emails("?search=ADMIN"), ["admin"]);
    assert_eq!(emails("?search=0%25_3"), ["user3"], "% and _ stand for themselves");
    assert!(emails("?search=boss").is_empty());
    let page = list("?skip=1&limit=2");
    assert_eq!((page.header("x-total-count"), page.body.as_array().unwrap().len()), (Some("5"), 2));
    assert_eq!(page.header("link").unwrap(), "</v1/users?limit=2&skip=3>; rel=\"next\", </v1/users?limit=2&skip=0>; rel=\"prev\"");
    for query in ["?role=agent", "?status=gone", "?limit=0", "?sort=name"] {
        appliance.send(&get(&format!("/v1/users{query}")).with_bearer(&access)).expect(400);
    }
}

#[test]
fn the_last_active_admin_stays() {
    let appliance = Appliance::new();
    // Another tenant's admin is no help.
    let other = operator::tenant_add(appliance.store(), NOW, "other", "boss@other.example", Some(Password::new(PASSWORD))).unwrap();
    let second = appliance.add_user("second@example.com", Role::Admin);
    operator::user_disable(appliance.store(), NOW, ADMIN).unwrap();
    let error = operator::user_disable(appliance.store(), NOW, "second@example.com").unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (Kind::Conflict, "The last active admin can't be disabled"));
    let tenant = appliance.tenant_id();
    let demote = move |tx: &crate::store::WriteTx| users::set_role(tx, &second, Role::User, None);
    let error = appliance.store().write(&tenant, &Actor::system(), NOW, demote).unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (Kind::Conflict, "The last active admin can't be demoted"));
    // Another tenant's user does not exist.
    let theirs = other.value.1.id.clone();
    let demote = move |tx: &crate::store::WriteTx| users::set_role(tx, &theirs, Role::User, None);
    assert_eq!(appliance.store().write(&tenant, &Actor::system(), NOW, demote).unwrap_err().detail, "User not found");
    operator::user_enable(appliance.store(), NOW, ADMIN).unwrap();
    operator::user_disable(appliance.store(), NOW, "second@example.com").unwrap();
}

#[test]
fn earlier_versions_of_a_user_are_kept() {
    let appliance = Appliance::new();
    let id = appliance.add_user("jane@example.com", Role::User);
    let change = |at: i64, role: Role| {
        let id = id.clone();
        let now = NOW.plus_seconds(at);
        appliance.store().write(&appliance.tenant_id(), &Actor::system(), now, move |tx| users::set_role(tx, &id, role, None)).unwrap();
    };
    change(10, Role::Viewer);
    change(20, Role::Admin);
    change(20, Role::User);
    let sql = "SELECT (since - 1767225600) || '-' || (until - 1767225600) || ' ' || json_extract(data, '$.role') FROM record_past
               WHERE record_id = ?1 ORDER BY since";
    let versions = appliance.store().read_root(NOW, |root| Ok(root.test_texts(sql, &[&id]))).unwrap();
    assert_eq!(versions, ["0-10 user", "10-20 viewer"]);
    let hashes = "SELECT data FROM record_past WHERE data LIKE '%argon2%'";
    assert!(appliance.store().read_root(NOW, |root| Ok(root.test_texts(hashes, &[]))).unwrap().is_empty());
}

#[test]
fn the_first_start_happens_once_and_can_make_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    let made = operator::first_start(&store, NOW, "admin@localhost", None).unwrap().unwrap();
    assert!(operator::first_start(&store, NOW, "second@localhost", None).unwrap().is_none());
    let appliance = Appliance { _folder: folder, app: App::new(store, || NOW) };
    let password = made.password.unwrap();
    appliance.login_from(NOW, "192.0.2.1", "admin@localhost", password.expose()).expect(200);
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events, ["tenant_created", "user_created", "user_login_success"]);
}

#[test]
fn the_operator_adds_tenants_and_users_with_the_same_rules() {
    let appliance = Appliance::new();
    let store = appliance.store();
    let add = |email: &str, password: &str| {
        operator::user_add(store, NOW, "default", email, Role::User, None, Some(Password::new(password))).map(|made| made.value)
    };
    assert_eq!(add("x@example.com", "short").unwrap_err().kind, Kind::Invalid);
    assert_eq!(add("x", PASSWORD).unwrap_err().kind, Kind::Invalid);
    assert_eq!(add(" Admin@example.COM", PASSWORD).unwrap_err().detail, "`email` is in use already");
    assert_eq!(add("x@example.com", PASSWORD).unwrap().name, "x");
    assert_eq!(operator::tenant_add(store, NOW, "DEFAULT", "y@example.com", None).unwrap_err().kind, Kind::Conflict);
    assert!(operator::user_list(store, NOW, None).unwrap().iter().all(|(_, user)| user.email != "y@example.com"), "all or nothing");

    use crate::domain::access::Allowance;
    use crate::domain::user::Plan;
    let set = operator::tenant_plan(store, NOW, "default", Plan::Startup, None, Some(None)).unwrap();
    assert_eq!(set.allowance, Allowance { per_minute: Some(60), per_day: None });
    assert_eq!(operator::tenant_list(store, NOW).unwrap()[0], set);
    assert_eq!(appliance.events(&set.id).last().unwrap(), "tenant_plan_changed");
    let (access, _) = appliance.login(ADMIN);
    let caller = authenticate(&appliance.app, &get("/").with_bearer(&access), NOW).unwrap().unwrap();
    assert_eq!(caller.allowance, set.allowance);
}
