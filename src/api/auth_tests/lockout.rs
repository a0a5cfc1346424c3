//! Locks after failed sign-ins: there, everywhere, for unknown names alike, and how they end.

use super::*;
use crate::domain::time::DAY;

const HERE: &str = "192.0.2.7";
const THERE: &str = "198.51.100.9";
const MINUTE: i64 = 60;

fn fail(appliance: &Appliance, at: i64, address: &str, username: &str) -> u16 {
    appliance.login_from(NOW.plus_seconds(at), address, username, "not the right password").status
}

fn succeed(appliance: &Appliance, at: i64, address: &str, username: &str) -> u16 {
    appliance.login_from(NOW.plus_seconds(at), address, username, PASSWORD).status
}

/// Fails `count` times from different addresses, at most four times from each.
fn fail_from_everywhere(appliance: &Appliance, count: usize, username: &str) -> Vec<u16> {
    (0..count).map(|number| fail(appliance, number as i64, &format!("203.0.113.{}", number / 4), username)).collect()
}

#[test]
fn the_fifth_failure_locks_the_name_at_its_address_only() {
    let appliance = Appliance::new();
    for try_number in 0..5 {
        assert_eq!(fail(&appliance, try_number, HERE, ADMIN), 401);
    }
    let locked = appliance.login_from(NOW.plus_seconds(5), HERE, ADMIN, PASSWORD).expect(423);
    assert_eq!(locked.header("retry-after"), Some("899"));
    assert_eq!(succeed(&appliance, 5, THERE, ADMIN), 200);
    // Another name from the same address is free.
    appliance.add_user("other@example.com", Role::User);
    assert_eq!(succeed(&appliance, 5, HERE, "other@example.com"), 200);
    // The name in other letters is the same name.
    assert_eq!(succeed(&appliance, 5, HERE, "ADMIN@Example.com"), 423);
}

#[test]
fn a_lock_lasts_fifteen_minutes_and_is_not_extended_by_tries() {
    let appliance = Appliance::new();
    (0..5).for_each(|_| assert_eq!(fail(&appliance, 0, HERE, ADMIN), 401));
    for minute in 1..15 {
        assert_eq!(fail(&appliance, minute * MINUTE, HERE, ADMIN), 423);
    }
    assert_eq!(succeed(&appliance, 15 * MINUTE - 1, HERE, ADMIN), 423);
    assert_eq!(succeed(&appliance, 15 * MINUTE, HERE, ADMIN), 200);
}

#[test]
fn after_a_lock_counting_begins_anew() {
    let appliance = Appliance::new();
    (0..5).for_each(|_| assert_eq!(fail(&appliance, 0, HERE, ADMIN), 401));
    for try_number in 0..5 {
        assert_eq!(fail(&appliance, 15 * MINUTE + try_number, HERE, ADMIN), 401);
    }
    assert_eq!(fail(&appliance, 15 * MINUTE + 5, HERE, ADMIN), 423);
}

#[test]
fn failures_count_together_only_within_fifteen_minutes() {
    let appliance = Appliance::new();
    assert_eq!(fail(&appliance, 0, HERE, ADMIN), 401);
    (0..4).for_each(|_| assert_eq!(fail(&appliance, 15 * MINUTE, HERE, ADMIN), 401));
    assert_eq!(succeed(&appliance, 15 * MINUTE, HERE, ADMIN), 200, "the first is too old to count");

    (0..1).for_each(|_| assert_eq!(fail(&appliance, DAY, HERE, ADMIN), 401));
    (0..4).for_each(|_| assert_eq!(fail(&appliance, DAY + 15 * MINUTE - 1, HERE, ADMIN), 401));
    assert_eq!(succeed(&appliance, DAY + 15 * MINUTE - 1, HERE, ADMIN), 423, "the first still counts");
}

#[test]
fn success_clears_the_count() {
    let appliance = Appliance::new();
    for round in 0..3 {
        (0..4).for_each(|_| assert_eq!(fail(&appliance, round, HERE, ADMIN), 401));
        assert_eq!(succeed(&appliance, round, HERE, ADMIN), 200);
    }
}

#[test]
fn unknown_names_answer_and_lock_exactly_as_known_ones() {
    let appliance = Appliance::new();
    let answers = |username: &str| -> Vec<(u16, Value, Option<String>)> {
        let seen = (0..7).map(|at| appliance.login_from(NOW.plus_seconds(at), HERE, username, "not the right password"));
        seen.map(|seen| (seen.status, seen.body.clone(), seen.header("retry-after").map(str::to_owned))).collect()
    };
    assert_eq!(answers(ADMIN), answers("nobody@example.com"));
    let appliance_events = appliance.events("appliance");
    let failures = ["user_login_failure unknown_name"; 5].into_iter().chain(["user_locked"]).chain(["user_login_failure locked"; 2]);
    assert_eq!(appliance_events, failures.collect::<Vec<_>>());
    let tenant_events = appliance.events(&appliance.tenant_id());
    assert_eq!(tenant_events[tenant_events.len() - 3..], ["user_locked", "user_login_failure locked", "user_login_failure locked"]);
    assert_eq!(tenant_events.iter().filter(|event| *event == "user_login_failure wrong_password").count(), 5);
}

#[test]
fn disabled_and_expired_users_answer_as_wrong_passwords_do() {
    let appliance = Appliance::new();
    appliance.add_user("gone@example.com", Role::User);
    operator::user_disable(appliance.store(), NOW, "gone@example.com").unwrap();
    let id = appliance.add_user("auditor@example.com", Role::Auditor);
    let until = NOW.plus_seconds(60).0;
    appliance
        .store()
        .write_root(NOW, move |root| {
            root.test_execute("UPDATE user SET expires_at = ?2 WHERE id = ?1", &[&id, &until.to_string()]);
            Ok(())
        })
        .unwrap();
    assert_eq!(succeed(&appliance, 59, HERE, "auditor@example.com"), 200);
    let wrong = appliance.login_from(NOW, HERE, ADMIN, "not the right password").expect(401);
    for (at, username) in [(0, "gone@example.com"), (60, "auditor@example.com")] {
        let seen = appliance.login_from(NOW.plus_seconds(at), HERE, username, PASSWORD).expect(401);
        assert_eq!(seen.body, wrong.body);
    }
}

#[test]
fn fifty_failures_in_a_day_lock_the_name_everywhere_but_where_it_has_signed_in() {
    let appliance = Appliance::new();
    assert_eq!(succeed(&appliance, 0, HERE, ADMIN), 200);
    let (access, refresh) = appliance.login(ADMIN);
    assert_eq!(fail_from_everywhere(&appliance, 50, ADMIN), [401; 50]);
    let locked = appliance.login_from(NOW.plus_seconds(60), THERE, ADMIN, PASSWORD).expect(423);
    assert_eq!(locked.header("retry-after"), Some((DAY - 11).to_string().as_str()));
    assert_eq!(succeed(&appliance, 60, HERE, ADMIN), 200);
    // What is signed in goes on working.
    let later = NOW.plus_seconds(60);
    appliance.send_at(later, &get("/v1/users/me").with_bearer(&access)).expect(200);
    appliance.send_at(later, &post("/v1/auth/refresh", json!({"refresh_token": refresh}))).expect(200);
    assert_eq!(succeed(&appliance, 49 + DAY, THERE, ADMIN), 200);
}

#[test]
fn forty_nine_failures_in_a_day_lock_nothing_elsewhere() {
    let appliance = Appliance::new();
    fail_from_everywhere(&appliance, 49, ADMIN);
    assert_eq!(succeed(&appliance, 60, THERE, ADMIN), 200);
}

#[test]
fn unlocking_and_a_new_password_end_every_lock() {
    let appliance = Appliance::new();
    (0..5).for_each(|_| assert_eq!(fail(&appliance, 0, HERE, ADMIN), 401));
    assert!(operator::user_unlock(appliance.store(), NOW, "Admin@Example.com").unwrap());
    assert!(!operator::user_unlock(appliance.store(), NOW, ADMIN).unwrap());
    assert_eq!(succeed(&appliance, 1, HERE, ADMIN), 200);
    fail_from_everywhere(&appliance, 50, ADMIN);
    assert_eq!(succeed(&appliance, 60, THERE, ADMIN), 423);
    operator::user_passwd(appliance.store(), NOW.plus_seconds(60), ADMIN, Some(Password::new(PASSWORD))).unwrap();
    assert_eq!(succeed(&appliance, 60, THERE, ADMIN), 200);
    let events = appliance.events(&appliance.tenant_id());
    assert_eq!(events.iter().filter(|event| *event == "user_unlocked").count(), 2);
}

#[test]
fn tries_side_by_side_can_not_pass_the_limit() {
    let appliance = Appliance::new();
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..12).map(|_| scope.spawn(|| fail(&appliance, 0, HERE, ADMIN))).collect();
        tries.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [[401; 5].as_slice(), &[423; 7]].concat());
}

#[test]
fn the_tenants_settings_set_the_thresholds() {
    let appliance = Appliance::new();
    appliance
        .store()
        .write_root(NOW, |root| {
            let settings = r#"{"lockout": {"max_attempts": 2, "duration_minutes": 1}, "time_zone": "UTC"}"#;
            root.test_execute("UPDATE settings_version SET data = ?1", &[settings]);
            Ok(())
        })
        .unwrap();
    for username in [ADMIN, "nobody@example.com"] {
        assert_eq!([0, 0, 1].map(|at| fail(&appliance, at, HERE, username)), [401, 401, 423], "{username}");
        // The lock is over but the window is not: failures before the lock count no more.
        assert_eq!([0, 1, 2].map(|at| fail(&appliance, MINUTE + at, HERE, username)), [401, 401, 423], "{username}");
    }
}

#[test]
fn addresses_of_one_ipv6_network_count_as_one() {
    let appliance = Appliance::new();
    for host in 1..=5 {
        assert_eq!(fail(&appliance, 0, &format!("2001:db8:1:2::{host}"), ADMIN), 401);
    }
    assert_eq!(succeed(&appliance, 0, "2001:db8:1:2:ffff::9", ADMIN), 423);
    assert_eq!(succeed(&appliance, 0, "2001:db8:1:3::1", ADMIN), 200);
}
