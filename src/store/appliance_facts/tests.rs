//! Each fact now and as of a past moment, and the block that is judged by them.

use serde_json::{Value, json};

use super::*;
use crate::credentials::one_time::TotpSecret;
use crate::domain::access::Role;
use crate::domain::compliance::CheckStatus;
use crate::domain::device::RetireReason;
use crate::store::audit_check::{self, ChainChecker};
use crate::store::devices::tests::support::*;
use crate::store::sessions::{self, Means};
use crate::store::{departure, devices, mfa};

fn fact_at(scene: &Scene, now: Time, at: Time, name: &str) -> Value {
    scene.read(now, |tx| {
        let facts = tenant_facts(tx, at)?;
        Ok(facts.get(name, at, chrono_tz::Tz::UTC).fact.map_or(Value::Null, |fact| fact.value.clone()))
    })
}

fn fact(scene: &Scene, at: Time, name: &str) -> Value {
    fact_at(scene, at, at, name)
}

fn execute(scene: &Scene, sql: &'static str, values: &[&str]) {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let run = move |tx: &crate::store::WriteTx| {
        tx.root().test_execute(sql, &values.iter().map(String::as_str).collect::<Vec<_>>());
        Ok(())
    };
    scene.write(T0, run).unwrap();
}

fn account(scene: &Scene, now: Time, at: Time, id: &str) -> Option<UserState> {
    scene.read(now, |tx| user_facts(tx, at)).into_iter().find(|user| user.id == id)
}

fn check(scene: &Scene, at: Time, id: &str) -> ApplianceCheck {
    scene.read(at, |tx| block(tx, at)).into_iter().find(|check| check.check_id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn set_up_second_factor(scene: &Scene, now: Time, user_id: &str) {
    let id = user_id.to_owned();
    scene.write(now, move |tx| mfa::set_up(tx, &id, &TotpSecret::generate())).unwrap();
    // A code would need the clock of the authenticator; the entry is the one that a confirmation leaves.
    let id = user_id.to_owned();
    scene
        .write(now, move |tx| {
            tx.root()
                .test_execute("UPDATE user_mfa SET confirmed_at = CAST(?1 AS INTEGER) WHERE user_id = ?2", &[&tx.now.0.to_string(), &id]);
            let metadata = crate::domain::audit::Metadata::new();
            crate::store::audit::record(tx, crate::store::audit::Entry::new(Event::UserMfaEnabled, "user", &id, metadata))
        })
        .unwrap();
}

fn remove_second_factor(scene: &Scene, now: Time, user_id: &str) {
    let id = user_id.to_owned();
    scene.write(now, move |tx| mfa::remove(tx, &id)).unwrap();
}

#[test]
fn an_account_is_what_it_was_then() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    scene.disable(days(-50), &bea);
    scene.enable(days(-40), &bea);
    for (day, could) in [(-100, false), (-60, true), (-45, false), (-40, true), (0, true)] {
        assert_eq!(account(&scene, T0, days(day), &bea).is_some(), could, "day {day}");
    }
    let id = bea.clone();
    scene.write(days(-30), move |tx| crate::store::users::set_role(tx, &id, Role::Admin, None)).unwrap();
    assert_eq!(account(&scene, T0, days(-31), &bea).unwrap().role, Role::User);
    assert_eq!((fact_at(&scene, T0, days(-31), "admins.active_count"), fact(&scene, T0, "admins.active_count")), (json!(1), json!(2)));
    // An auditor's access ends by itself.
    let id = scene.add_user("audrey@example.com", Role::Viewer);
    let audrey = id.clone();
    scene.write(days(-20), move |tx| crate::store::users::set_role(tx, &id, Role::Auditor, Some(days(-10)))).unwrap();
    assert!(account(&scene, T0, days(-11), &audrey).is_some() && account(&scene, T0, days(-10), &audrey).is_none());
}

#[test]
fn a_second_factor_is_there_from_its_confirmation_to_its_removal_and_of_the_deleted_too() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    set_up_second_factor(&scene, days(-50), &bea);
    remove_second_factor(&scene, days(-40), &bea);
    set_up_second_factor(&scene, days(-30), &bea);
    let had = |now, day| account(&scene, now, days(day), &bea).unwrap().mfa_enabled;
    for (day, expected) in [(-60, false), (-50, true), (-41, true), (-40, false), (-31, false), (-30, true), (-5, true)] {
        assert_eq!(had(T0, day), Some(expected), "day {day}");
    }
    let id = bea.clone();
    scene.write(days(-2), move |tx| departure::delete(tx, &id, None)).unwrap();
    for (day, expected) in [(-60, false), (-45, true), (-35, false), (-5, true)] {
        assert_eq!(had(T0, day), Some(expected), "day {day}, of somebody who is gone");
    }
}

#[test]
fn the_last_activity_before_a_moment_is_never_later_than_it_was() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    let last = |now, day| account(&scene, now, days(day), &bea).unwrap().last_active_at;
    assert_eq!(last(T0, -1), None);
    let sign_in = |day| {
        let id = bea.clone();
        scene.write(days(day), move |tx| {
            let token = crate::credentials::token::PlainToken::refresh();
            sessions::create(tx, &id, &Means::Tokens(token.hashed()), false)
        })
    };
    sign_in(-60).unwrap();
    sign_in(-20).unwrap();
    assert_eq!(last(T0, -1), Some(days(-20)));
    assert_eq!(last(T0, -30), Some(days(-60)));
    // Used later than the moment: within the life of a refresh token before it.
    execute(
        &scene,
        "UPDATE session SET last_used_at = CAST(?1 AS INTEGER) WHERE created_at = CAST(?2 AS INTEGER)",
        &[&days(-22).0.to_string(), &days(-60).0.to_string()],
    );
    assert_eq!(last(T0, -30), Some(days(-37)));
    // Nothing from before the moment is kept: a time after it says that nothing can be said.
    execute(&scene, "DELETE FROM refresh_token", &[]);
    execute(&scene, "DELETE FROM session", &[]);
    assert_eq!(last(T0, -30), Some(days(-20)));
}

#[test]
fn settings_and_keys_count_as_they_were() {
    let scene = Scene::new();
    scene.change_settings(days(-10), json!({"lockout": {"max_attempts": 50}, "retention": {"audit_log_months": 12}}));
    assert_eq!(fact_at(&scene, T0, days(-11), "lockout.max_attempts"), json!(5));
    assert_eq!(fact(&scene, T0, "lockout.max_attempts"), json!(50));
    assert_eq!(fact(&scene, T0, "lockout.duration_minutes"), json!(15));
    assert_eq!(fact(&scene, T0, "audit.retention_days"), json!(365));
    assert_eq!(check(&scene, days(-11), "tenant.lockout_policy").status, CheckStatus::Pass);
    assert_eq!(check(&scene, T0, "tenant.lockout_policy").status, CheckStatus::Fail);

    assert_eq!(fact(&scene, T0, "api_keys.oldest_age_days"), Value::Null);
    let key = "INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, serial_number, created_at, revoked_at)
               VALUES (?1, (SELECT id FROM tenant), 'k', 'viewer', 'p', CAST(?1 AS BLOB), nullif(?2, ''), CAST(?3 AS INTEGER), CAST(nullif(?4, '') AS INTEGER))";
    execute(&scene, key, &["key_1", "", &days(-90).0.to_string(), &days(-5).0.to_string()]);
    execute(&scene, key, &["key_2", "", &days(-30).0.to_string(), ""]);
    execute(&scene, key, &["key_3", "SERIAL", &days(-95).0.to_string(), ""]);
    assert_eq!(fact(&scene, T0, "api_keys.oldest_age_days"), json!(30));
    assert_eq!(fact_at(&scene, T0, days(-6), "api_keys.oldest_age_days"), json!(84));
}

#[test]
fn a_chain_was_verified_when_a_walk_had_ended_and_damage_to_old_entries_is_found() {
    let scene = Scene::new();
    let mut checker = ChainChecker::default();
    let mut walk = |now: Time| while checker.advance(&scene.store, now).unwrap() {};
    assert_eq!(check(&scene, T0, "tenant.audit_chain_verified").status, CheckStatus::Fail, "never looked at");
    walk(T0);
    assert_eq!(scene.count("audit_check"), 2, "the tenant's and the appliance's own");
    walk(T0.plus_seconds(crate::limits::AUDIT_CHECK_SECONDS - 1));
    assert_eq!(scene.count("audit_check"), 2, "not yet due");
    assert_eq!(fact(&scene, T0, "audit.chain_ok"), json!(true));
    assert_eq!(check(&scene, days(1), "tenant.audit_chain_verified").status, CheckStatus::Pass);
    assert_eq!(check(&scene, days(2), "tenant.audit_chain_verified").status, CheckStatus::Fail, "too long ago");
    execute(&scene, "DROP TRIGGER audit_log_is_never_updated", &[]);
    execute(&scene, "UPDATE audit_log SET resource_id = 'other' WHERE seq = 1 AND chain <> 'appliance'", &[]);
    walk(days(2));
    assert_eq!(fact(&scene, days(2), "audit.chain_ok"), json!(false));
    assert_eq!(scene.read(days(2), |tx| audit_check::last(tx, days(2))).unwrap().broken_seq, Some(1));
    assert_eq!(check(&scene, days(2), "tenant.audit_chain_verified").status, CheckStatus::Fail);
    assert_eq!(fact_at(&scene, days(2), days(1), "audit.chain_ok"), json!(true), "as known a day before");
    assert_eq!(fact_at(&scene, days(2), days(-1), "audit.chain_ok"), Value::Null);
}

#[test]
fn how_far_the_log_reaches_back_is_told_where_nothing_was_removed_since() {
    let scene = Scene::new();
    assert_eq!((fact(&scene, T0, "audit.pruned"), fact(&scene, T0, "audit.oldest_entry_age_days")), (json!(false), json!(100)));
    // A tenant younger than the limit passes as long as nothing was removed.
    assert_eq!(check(&scene, T0, "tenant.audit_retention").status, CheckStatus::Pass);
    execute(
        &scene,
        "INSERT INTO audit_anchor (chain, seq, hash, created_at, signature, public_key)
         SELECT id, 1, zeroblob(32), CAST(?1 AS INTEGER), '', '' FROM tenant",
        &[&days(-1).0.to_string()],
    );
    assert_eq!(fact(&scene, T0, "audit.pruned"), json!(true));
    assert_eq!(check(&scene, T0, "tenant.audit_retention").status, CheckStatus::Fail);
    assert_eq!(fact_at(&scene, T0, days(-2), "audit.pruned"), Value::Null);
    assert_eq!(check(&scene, T0, "tenant.audit_auth_events").status, CheckStatus::Pass);
    assert_eq!(check(&scene, T0, "tenant.audit_admin_events").status, CheckStatus::Pass);
}

fn retire(scene: &Scene, now: Time, id: &str, reason: RetireReason) {
    let id = id.to_owned();
    scene.write(now, move |tx| devices::retire(tx, &id, reason)).unwrap();
}

#[test]
fn devices_that_left_count_for_a_year_but_for_errors_and_those_that_need_no_encryption() {
    let scene = Scene::new();
    let reported = |serial: &str, key: &str, value: Value| {
        scene.report(days(-20), crate::domain::inventory::DeviceReport { serial_number: serial.to_owned(), ..with(key, value) }).id
    };
    assert_eq!(fact(&scene, T0, "devices.retired_without_reason"), Value::Null, "none left");
    let error = reported("S-0", "disk_encryption", json!(false));
    retire(&scene, days(-10), &error, RetireReason::Error);
    assert_eq!(fact(&scene, T0, "devices.retired_unencrypted"), Value::Null, "it never was one");
    let encrypted = reported("S-1", "disk_encryption", json!(true));
    retire(&scene, days(-10), &encrypted, RetireReason::Sold);
    assert_eq!(fact(&scene, T0, "devices.retired_unencrypted"), json!(0));
    let open = reported("S-2", "disk_encryption", json!(false));
    retire(&scene, days(-9), &open, RetireReason::Lost);
    let silent = reported("S-3", "disk_encryption", Value::Null);
    retire(&scene, days(-8), &silent, RetireReason::Broken);
    let phone = crate::domain::inventory::DeviceReport {
        serial_number: "S-4".to_owned(),
        device_type: Some(crate::domain::device::DeviceType::Phone),
        os_type: crate::domain::device::OsType::Ios,
        ..with("disk_encryption", Value::Null)
    };
    let phone = scene.report(days(-20), phone).id;
    retire(&scene, days(-7), &phone, RetireReason::Replaced);
    assert_eq!((fact(&scene, T0, "devices.retired_unencrypted"), fact(&scene, T0, "devices.retired_without_reason")), (json!(2), json!(0)));
    assert_eq!(fact_at(&scene, T0, days(-9), "devices.retired_unencrypted"), json!(1));
    assert_eq!(fact(&scene, days(356), "devices.retired_unencrypted"), json!(1), "a year after the first of them");
    assert_eq!(check(&scene, T0, "tenant.retired_encrypted").status, CheckStatus::Fail);
}

#[test]
fn leavers_who_hold_devices_and_people_who_lack_one_are_counted_then_as_now() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    assert_eq!(fact(&scene, days(-50), "devices.people_without_device"), json!(1));
    let owner = crate::store::devices::Reporter { person: Some(bea.clone()), ..scene.agent() };
    scene.report_as(days(-40), report(), owner).unwrap();
    assert_eq!((fact(&scene, T0, "devices.people_without_device"), fact(&scene, T0, "devices.held_by_leavers")), (json!(0), json!(0)));
    scene.disable(days(-30), &bea);
    for (day, held) in [(-35, 0), (-30, 1), (-1, 1)] {
        assert_eq!(fact_at(&scene, T0, days(day), "devices.held_by_leavers"), json!(held), "day {day}");
        assert_eq!(fact(&scene, days(day).max(days(-30)), "devices.held_by_leavers"), json!(1));
    }
    assert_eq!(fact_at(&scene, T0, days(-50), "devices.people_without_device"), json!(1));
    scene.enable(days(-20), &bea);
    assert_eq!(
        (fact(&scene, T0, "devices.held_by_leavers"), fact_at(&scene, T0, days(-10), "devices.held_by_leavers")),
        (json!(0), json!(0))
    );
    assert_eq!(check(&scene, T0, "tenant.leavers_devices_returned").status, CheckStatus::Pass);
}

#[test]
fn the_block_counts_accounts_names_those_that_fail_and_leaves_out_what_is_off() {
    let scene = Scene::new();
    let bea = scene.add_user("bea@example.com", Role::User);
    set_up_second_factor(&scene, days(-5), &bea);
    let mfa = check(&scene, T0, "user.mfa_enabled");
    assert_eq!((mfa.status, mfa.counts.passed, mfa.counts.failed), (CheckStatus::Fail, 1, 1));
    let named: Vec<&str> = mfa.accounts.iter().map(|account| account.user_id.as_str()).collect();
    assert_eq!((named, &mfa.accounts[0].observed, &mfa.observed), (vec![scene.admin.as_str()], &json!(false), &Value::Null));
    let admins = check(&scene, T0, "user.admin_mfa_enabled");
    assert_eq!((admins.counts.failed, admins.counts.not_applicable), (1, 1));
    let limited = check(&scene, T0, "tenant.admins_limited");
    assert_eq!((limited.status, limited.counts.passed, &limited.observed), (CheckStatus::Pass, 1, &json!(1)));
    assert_eq!(check(&scene, T0, "tenant.report_cadence").status, CheckStatus::NoData, "none was made");
    scene
        .change_settings(days(-1), json!({"checks": {"user.mfa_enabled": {"state": "off"}, "tenant.admins_limited": {"state": "advice"}}}));
    let after = scene.read(T0, |tx| block(tx, T0));
    assert!(after.iter().all(|check| check.check_id != "user.mfa_enabled"));
    assert!(after.iter().any(|check| check.check_id == "tenant.admins_limited" && check.advice));
    assert!(after.iter().all(|check| check.check_id.starts_with("user.") || check.check_id.starts_with("tenant.")));
}
