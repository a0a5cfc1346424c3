//! The second factor: set up, asked for, used once, recovered from, taken away.

use super::*;
use crate::http::Method;

const STEP: i64 = 30;

/// The code that an authenticator with this secret shows at `now`.
fn code_at(secret: &str, now: Time) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate(now.0.unsigned_abs()).to_string()
}

/// Sets up and confirms a second factor at [`NOW`]: its secret and the recovery codes.
fn set_up(appliance: &Appliance, access: &str) -> (String, Vec<String>) {
    let secret = appliance.send(&Request::new(Method::POST, "/v1/users/me/mfa").with_bearer(access)).expect(200).text("secret");
    let confirmed = appliance.send(&confirm(&code_at(&secret, NOW)).with_bearer(access)).expect(200);
    let codes = confirmed.body["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (secret, codes)
}

fn confirm(code: &str) -> Request {
    post("/v1/users/me/mfa/confirm", json!({"otp": code}))
}

fn login(appliance: &Appliance, now: Time, otp: Option<&str>) -> Seen {
    let mut body = json!({"username": ADMIN, "password": PASSWORD});
    if let Some(otp) = otp {
        body["otp"] = json!(otp);
    }
    appliance.send_at(now, &post("/v1/auth/login", body))
}

fn delete(target: &str) -> Request {
    Request::new(Method::DELETE, target)
}

#[test]
fn a_code_signs_in_once_and_only_around_its_time() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    assert_eq!(appliance.send(&get("/v1/users/me").with_bearer(&access)).body["mfa_enabled"], false);
    let (secret, _) = set_up(&appliance, &access);
    assert_eq!(appliance.send(&get("/v1/users/me").with_bearer(&access)).body["mfa_enabled"], true);

    let missing = login(&appliance, NOW, None).expect(401);
    assert_eq!(missing.body["mfa_required"], true);
    // The code of the confirmation is used up.
    assert_eq!(login(&appliance, NOW, Some(&code_at(&secret, NOW))).expect(401).body["mfa_required"], true);
    let next = NOW.plus_seconds(STEP);
    login(&appliance, NOW, Some(&code_at(&secret, next))).expect(200);
    login(&appliance, next, Some(&code_at(&secret, next))).expect(401);
    let later = NOW.plus_seconds(10 * STEP);
    login(&appliance, later, Some(&code_at(&secret, NOW.plus_seconds(8 * STEP)))).expect(401);
    login(&appliance, later, Some(&code_at(&secret, NOW.plus_seconds(12 * STEP)))).expect(401);
    login(&appliance, later, Some(&code_at(&secret, NOW.plus_seconds(9 * STEP)))).expect(200);
    let wrong = appliance.login_from(later, "192.0.2.1", ADMIN, "not the right password").expect(401);
    assert!(wrong.body.get("mfa_required").is_none(), "a wrong password tells nothing of a second factor");
}

#[test]
fn nothing_is_asked_before_the_second_factor_is_confirmed() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    appliance.send(&confirm("123456").with_bearer(&access)).expect(409);
    let start = Request::new(Method::POST, "/v1/users/me/mfa").with_bearer(&access);
    let first = appliance.send(&start).expect(200).text("secret");
    login(&appliance, NOW, None).expect(200);
    let second = appliance.send(&start).expect(200);
    assert!(second.text("otpauth_url").contains(&second.text("secret")) && second.text("otpauth_url").contains("admin%40example%2Ecom"));
    assert_ne!(first, second.text("secret"));
    appliance.send(&confirm(&code_at(&first, NOW)).with_bearer(&access)).expect(400);
    appliance.send(&confirm(&code_at(&second.text("secret"), NOW)).with_bearer(&access)).expect(200);
    appliance.send(&start).expect(409);
    appliance.send(&confirm(&code_at(&second.text("secret"), NOW.plus_seconds(STEP))).with_bearer(&access)).expect(409);
}

#[test]
fn a_recovery_code_does_in_place_of_a_code_once() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let (_, codes) = set_up(&appliance, &access);
    assert_eq!(codes.len(), 10);
    login(&appliance, NOW, Some(&codes[3])).expect(200);
    login(&appliance, NOW, Some(&codes[3])).expect(401);
    login(&appliance, NOW, Some(&codes[4].replace('-', " ").to_uppercase())).expect(200);
    let sql = "SELECT json_extract(metadata, '$.recovery_codes_left') || '' FROM audit_log WHERE event_name = 'user_login_success'
               AND json_extract(metadata, '$.second_factor') = 'recovery_code' ORDER BY seq";
    assert_eq!(appliance.store().read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap(), ["9", "8"]);
}

#[test]
fn wrong_codes_lock_as_wrong_passwords_do_and_missing_ones_do_not() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let (secret, codes) = set_up(&appliance, &access);
    (0..8).for_each(|_| drop(login(&appliance, NOW, None).expect(401)));
    for wrong in ["000000", "000001", "xxxx-xxxx-xxxx-xxxx", "000002", "000003"] {
        login(&appliance, NOW, Some(wrong)).expect(401);
    }
    login(&appliance, NOW, Some(&codes[0])).expect(423);
    login(&appliance, NOW, Some(&code_at(&secret, NOW.plus_seconds(STEP)))).expect(423);
    let after = NOW.plus_seconds(15 * 60);
    login(&appliance, after, Some(&codes[0])).expect(200);
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events.iter().filter(|event| *event == "user_login_failure wrong_one_time_code").count(), 5);
    assert_eq!(events.iter().filter(|event| *event == "user_login_failure one_time_code_missing").count(), 8);
}

#[test]
fn of_eight_that_show_one_code_at_once_exactly_one_gets_in() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let (secret, _) = set_up(&appliance, &access);
    let code = code_at(&secret, NOW.plus_seconds(STEP));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| login(&appliance, NOW, Some(&code)).status)).collect();
        tries.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn the_password_or_an_admin_takes_it_away() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let (_, codes) = set_up(&appliance, &access);
    let remove = |password: &str| delete("/v1/users/me/mfa").with_json(&json!({"password": password})).with_bearer(&access);
    let wrong = appliance.send(&remove("not the right password")).expect(403);
    assert!(wrong.text("detail").contains("`password`"));
    login(&appliance, NOW, None).expect(401);
    appliance.send(&remove(PASSWORD)).expect(204);
    appliance.send(&remove(PASSWORD)).expect(404);
    login(&appliance, NOW, None).expect(200);

    let id = appliance.add_user("jane@example.com", Role::User);
    let (hers, _) = appliance.login("jane@example.com");
    let (_, new_codes) = set_up(&appliance, &hers);
    assert_ne!(codes, new_codes);
    let away = delete(&format!("/v1/users/{id}/mfa"));
    appliance.send(&away.clone().with_bearer(&hers)).expect(403);
    appliance.send(&away.clone().with_bearer(&access)).expect(204);
    appliance.send(&away.with_bearer(&access)).expect(404);
    appliance.login("jane@example.com");
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events.iter().filter(|event| *event == "user_mfa_enabled").count(), 2);
    assert_eq!(events.iter().filter(|event| *event == "user_mfa_disabled").count(), 2);
}

#[test]
fn neither_codes_nor_the_secret_stand_in_the_log_and_recovery_codes_nowhere() {
    let appliance = Appliance::new();
    let (access, _) = appliance.login(ADMIN);
    let (secret, codes) = set_up(&appliance, &access);
    let code = code_at(&secret, NOW.plus_seconds(STEP));
    login(&appliance, NOW, Some(&code)).expect(200);
    login(&appliance, NOW, Some(&codes[0])).expect(200);
    let sql = "SELECT metadata FROM audit_log UNION ALL SELECT value FROM audit_personal UNION ALL SELECT hex(hash) FROM recovery_code";
    let held = appliance.store().read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap().join("\n").to_lowercase();
    for text in codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]).chain([secret.to_lowercase(), code]) {
        assert!(!held.contains(&text), "{text} is kept");
    }
}
