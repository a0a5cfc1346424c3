//! Each kind at its exact boundary, a chain that begins at an anchor, a clock that jumped, and a hold.

use std::sync::Arc;

use serde_json::{Value, json};

use super::look_at_clock;
pub(super) use super::{next_due, step};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::{DAY, Time};
use crate::limits::{CLOCK_DOUBT_SECONDS, CLOCK_GAP_SECONDS};
use crate::store::audit::{Entry, record};
use crate::store::audit_verify::{Verification, verify};
use crate::store::test_queries::add_bare_tenant;
use crate::store::{Actor, ActorType, Store, appliance, integrity};

/// 2026-01-01T00:00:00Z.
pub(super) const NOW: Time = Time(1_767_225_600);
pub(super) const TENANT: &str = "tenant_01";
/// Six and 36 calendar months before.
pub(super) const SIX_MONTHS: i64 = 1_751_328_000;
pub(super) const THREE_YEARS: i64 = 1_672_531_200;

pub(super) fn store() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    store.write_root(NOW, appliance::create_once).unwrap();
    add_bare_tenant(&store, TENANT);
    (folder, store)
}

pub(super) fn execute(store: &Store, sql: &'static str, values: &[&str]) {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    store
        .write_root(NOW, move |root| {
            root.test_execute(sql, &values.iter().map(String::as_str).collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
}

pub(super) fn texts(store: &Store, sql: &str) -> Vec<String> {
    store.read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap()
}

/// A clock that has gone steadily for long.
pub(super) fn steady(store: &Store, now: Time) {
    let (seen_at, steady_at) = (now.0.to_string(), (now.0 - DAY).to_string());
    execute(store, "DELETE FROM retention_clock", &[]);
    execute(store, "INSERT INTO retention_clock (id, seen_at, steady_at) VALUES (1, ?1, ?2)", &[&seen_at, &steady_at]);
}

/// A whole run of everything that is due; gives how many steps it took.
pub(super) fn run(store: &Store, now: Time) -> usize {
    let mut steps = 0;
    while let Some(chain) = store.read_root(now, next_due).unwrap() {
        store.write_root(now, move |root| step(root, &chain)).unwrap();
        steps += 1;
        assert!(steps < 1_000, "it does not end");
    }
    steps
}

pub(super) fn removed(store: &Store) -> Vec<Value> {
    let sql = "SELECT metadata FROM audit_log WHERE chain = 'tenant_01' AND event_name = 'retention_applied' ORDER BY seq";
    texts(store, sql).iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// An entry at each of `times`, with email, address and user agent.
fn entries(store: &Store, times: Vec<i64>) {
    let actor = Actor {
        actor_type: ActorType::User,
        id: Some("user_1".to_owned()),
        email: Some("ada@example.org".to_owned()),
        ip_address: Some([192, 0, 2, 7].into()),
        user_agent: Some("curl/8".to_owned()),
    };
    store
        .write_root(NOW, move |root| {
            let tx = root.tenant_write(TENANT, actor);
            times.iter().try_for_each(|time| record(&tx.at(Time(*time)), Entry::new(Event::UserUpdated, "user", "user_1", Metadata::new())))
        })
        .unwrap();
}

fn verified(store: &Store) -> Verification {
    verify(store, TENANT, NOW).unwrap()
}

#[test]
fn entries_lose_their_address_and_then_go_each_at_its_boundary() {
    let (_folder, store) = store();
    entries(&store, vec![THREE_YEARS - 2, THREE_YEARS - 1, THREE_YEARS, SIX_MONTHS - 1, SIX_MONTHS, NOW.0]);
    let head = verified(&store).head_hash;
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(removed(&store), [json!({"addresses_and_user_agents": 8, "audit_log_entries": 2})]);
    let with_address = "SELECT CAST(seq AS TEXT) FROM audit_personal WHERE chain = 'tenant_01' AND field = 'ip_address' ORDER BY seq";
    assert_eq!(texts(&store, with_address), ["5", "6"]);
    assert_eq!(texts(&store, "SELECT CAST(count(*) AS TEXT) FROM audit_personal WHERE field = 'actor_email'"), ["4"]);
    let found = verified(&store);
    assert_eq!((found.broken, found.first_seq, found.last_seq, found.entries), (None, Some(3), Some(7), 5));
    assert_eq!(found.anchor.map(|anchor| anchor.seq), Some(2));
    assert_ne!(found.head_hash, head, "the run has its entry");
    assert!(integrity::check(&store, NOW).unwrap().is_empty());
    // What lay on the boundary goes the next day; the day after that nothing does, and nothing is said.
    for days in 1..=2 {
        steady(&store, NOW.plus_days(days));
        run(&store, NOW.plus_days(days));
        assert_eq!(removed(&store)[1..], [json!({"addresses_and_user_agents": 2, "audit_log_entries": 1})]);
    }
}

#[test]
fn an_address_that_was_searched_for_goes_like_any_other() {
    let (_folder, store) = store();
    store
        .write_root(NOW, |root| {
            let searched = || Metadata::new().with_personal("ip_address", "192.0.2.7").with_personal("actor_email", "ada@example.org");
            let entry = |time| {
                record(
                    &root.tenant_write(TENANT, Actor::system()).at(Time(time)),
                    Entry::new(Event::AuditRead, "audit_log", TENANT, searched()),
                )
            };
            entry(SIX_MONTHS - 1)?;
            entry(SIX_MONTHS)
        })
        .unwrap();
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(removed(&store), [json!({"addresses_and_user_agents": 1})]);
    assert_eq!(
        texts(&store, "SELECT seq || field FROM audit_personal WHERE chain = 'tenant_01' ORDER BY 1"),
        ["1metadata/actor_email", "2metadata/actor_email", "2metadata/ip_address"]
    );
    assert!(verified(&store).broken.is_none());
}

#[test]
fn only_what_an_anchor_stands_for_can_be_deleted_and_a_forged_one_is_found() {
    let (_folder, store) = store();
    entries(&store, vec![THREE_YEARS - 1, THREE_YEARS, NOW.0]);
    steady(&store, NOW);
    run(&store, NOW);
    let file = rusqlite::Connection::open(store.path()).unwrap();
    for sql in [
        "DELETE FROM audit_log WHERE chain = 'tenant_01' AND seq = 2",
        "UPDATE audit_anchor SET seq = 1",
        "UPDATE audit_anchor SET chain = 'other'",
        "DELETE FROM audit_anchor",
    ] {
        assert!(file.execute_batch(sql).is_err(), "{sql}");
    }
    file.execute_batch("UPDATE audit_anchor SET seq = 2; DELETE FROM audit_personal WHERE seq = 2; DELETE FROM audit_log WHERE seq = 2")
        .unwrap();
    let broken = verified(&store).broken.unwrap();
    assert_eq!((broken.seq, broken.reason.contains("anchor")), (2, true));
}

#[test]
fn a_long_log_goes_in_small_steps_and_holds_after_each() {
    let (_folder, store) = store();
    entries(&store, (0..1_200).map(|number| THREE_YEARS - 2_000 + number).collect());
    entries(&store, vec![NOW.0]);
    steady(&store, NOW);
    let mut steps = 0;
    while let Some(chain) = store.read_root(NOW, next_due).unwrap() {
        let before = verified(&store).entries;
        store.write_root(NOW, move |root| step(root, &chain)).unwrap();
        let found = verified(&store);
        assert!(found.broken.is_none() && before <= found.entries + 501, "{before} to {found:?}");
        steps += 1;
    }
    assert!(steps >= 4, "{steps}");
    assert_eq!(removed(&store)[0]["audit_log_entries"], 1_200);
    assert_eq!(verified(&store).anchor.unwrap().seq, 1_200);
}

#[test]
fn entries_from_when_the_clock_was_ahead_hold_nothing_up() {
    let (_folder, store) = store();
    entries(&store, vec![THREE_YEARS - 9, NOW.0 + 99 * DAY, THREE_YEARS - 1, THREE_YEARS]);
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(verified(&store).anchor.unwrap().seq, 3);
}

#[test]
fn history_goes_when_it_ended_and_was_known_to_have_ended_before_the_time() {
    let (_folder, store) = store();
    device(&store);
    let at = |time: i64| time.to_string();
    let (old, edge) = (at(THREE_YEARS - 1), at(THREE_YEARS));
    // The second ended at the boundary, the third was known to have ended there.
    for (since, until, closed) in [("1", &old, &old), ("2", &edge, &old), ("3", &old, &edge)] {
        for sql in [
            "INSERT INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, status_since, until, confirmed_until,
                 closed_at, source) VALUES ('dev_1', 'device.disk_encryption', ?1, ?1, 'tenant_01', 'pass', ?1, ?2, ?2, ?3, 'agent')",
            "INSERT INTO status_past (subject_id, since, recorded_at, tenant_id, status, until, closed_at)
                 VALUES ('dev_1', ?1, ?1, 'tenant_01', 'compliant', ?2, ?3)",
            "INSERT INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                 VALUES ('dev_1', ?1, ?1, 'tenant_01', ?2, ?3, '{}')",
        ] {
            execute(&store, sql, &[since, until, closed]);
        }
    }
    for (since, until) in [("1", "2"), ("5", "6"), (edge.as_str(), edge.as_str())] {
        execute(&store, "INSERT INTO device_presence_past (device_id, since, until) VALUES ('dev_1', ?1, ?2)", &[since, until]);
    }
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(removed(&store), [json!({"verdicts": 1, "states": 1, "earlier_versions": 1, "runs_of_reports": 1})]);
    let left = "SELECT CAST(since AS TEXT) FROM device_presence_past ORDER BY since";
    assert_eq!(texts(&store, left), ["5", &edge], "the last run before the time says when the device was seen last");
    assert_eq!(texts(&store, "SELECT CAST(since AS TEXT) FROM verdict_past ORDER BY since"), ["2", "3"]);
}

#[test]
fn sections_go_at_their_own_age_and_their_text_with_the_last_row_that_needs_it() {
    let (_folder, store) = store();
    device(&store);
    let ninety = NOW.plus_days(-90).0;
    let mut id = 0;
    let mut past = |kind: &str, since: i64, until: i64, shared: Option<i64>| {
        id += 1;
        let data = shared.unwrap_or(id).to_string();
        execute(&store, "INSERT OR IGNORE INTO section_data (id, data, deflated) VALUES (?1, CAST('{}' AS BLOB), 0)", &[&data]);
        let sql =
            "INSERT INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until, confirmed_until,
                       received_at, closed_at, late) VALUES ('dev_1', ?1, ?2, ?2, ?3, x'00', 'agent', ?4, ?4, ?4, ?4, 0)";
        execute(&store, sql, &[kind, &since.to_string(), &data, &until.to_string()]);
    };
    past("software", 1, ninety - 1, None);
    past("software", 2, ninety, None);
    past("network", 3, ninety - 1, Some(9));
    past("network", 4, ninety + 1, Some(9));
    past("security", 5, THREE_YEARS - 1, None);
    past("security", 6, ninety - 1, None);
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(removed(&store), [json!({"software_and_network": 2, "facts": 1})]);
    assert_eq!(texts(&store, "SELECT CAST(since AS TEXT) FROM device_section_past ORDER BY since"), ["2", "4", "6"]);
    assert_eq!(texts(&store, "SELECT CAST(id AS TEXT) FROM section_data ORDER BY id"), ["2", "6", "9"]);
}

#[test]
fn people_who_left_are_erased_after_their_time_unless_they_can_still_sign_in() {
    let (_folder, store) = store();
    for (id, email, left_on) in [("per_1", "ann@example.org", "2024-12-31"), ("per_2", "bob@example.org", "2025-01-01")] {
        let sql = "INSERT INTO person (id, tenant_id, name, email, needs_device, left_on, source, created_at, since, recorded_at)
                   VALUES (?1, 'tenant_01', 'Some One', ?2, 1, ?3, 'manual', 0, 0, 0)";
        execute(&store, sql, &[id, email, left_on]);
    }
    let account = "INSERT INTO user (id, tenant_id, email, name, role, status, password_hash, created_at, since)
                   VALUES ('user_3', 'tenant_01', 'cy@example.org', 'Cy', 'viewer', 'active', 'x', 0, 0)";
    execute(&store, account, &[]);
    let person = "INSERT INTO person (id, tenant_id, name, email, needs_device, left_on, user_id, source, created_at, since, recorded_at)
                  VALUES ('per_3', 'tenant_01', 'Cy', 'cy@example.org', 1, '2020-01-01', 'user_3', 'account', 0, 0, 0)";
    execute(&store, person, &[]);
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!(removed(&store), [json!({"people": 1})]);
    assert_eq!(texts(&store, "SELECT email FROM person ORDER BY id"), ["per_1", "bob@example.org", "cy@example.org"]);
}

#[test]
fn a_clock_that_jumps_removes_nothing_for_a_week_and_nothing_at_all_when_it_comes_back() {
    let (_folder, store) = store();
    entries(&store, vec![NOW.0 - 9 * DAY, NOW.0]);
    let look = |now: Time| store.write_root(now, look_at_clock).unwrap();
    let due = |now: Time| store.read_root(now, next_due).unwrap().is_some();
    assert!(!due(NOW), "the clock was never looked at");
    look(NOW);
    for hours in 1..=CLOCK_DOUBT_SECONDS / 3_600 {
        assert!(!due(NOW.plus_seconds(hours * 3_600 - 1)));
        look(NOW.plus_seconds(hours * 3_600));
    }
    let steady = NOW.plus_seconds(CLOCK_DOUBT_SECONDS);
    assert!(due(steady));
    // Ten years ahead, before and after somebody looked.
    let ahead = steady.plus_days(3_653);
    assert!(!due(ahead));
    look(ahead);
    assert!(!due(ahead.plus_seconds(3_600)));
    // Set right again: a week passes, and nothing was lost.
    look(steady);
    assert!(!due(steady));
    assert_eq!(verified(&store).entries, 2);
    // Off for longer than the gap is a jump too; for less it is none.
    execute(&store, "UPDATE retention_clock SET seen_at = ?1, steady_at = 0", &[&(steady.0 - CLOCK_GAP_SECONDS).to_string()]);
    assert!(due(steady) && !due(steady.plus_seconds(1)));
}

#[test]
fn a_hold_keeps_everything_until_it_ends() {
    let (_folder, store) = store();
    entries(&store, vec![THREE_YEARS - 1, NOW.0]);
    let held = r#"{"erasure_hold": {"reason": "a case", "until": "2026-01-01"}}"#;
    execute(&store, "UPDATE settings_version SET data = ?1", &[held]);
    steady(&store, NOW);
    run(&store, NOW);
    assert_eq!((removed(&store).len(), verified(&store).entries), (0, 2));
    let after = NOW.plus_days(1);
    steady(&store, after);
    run(&store, after);
    assert_eq!(removed(&store)[0]["audit_log_entries"], 1);
}

pub(super) fn device(store: &Store) {
    let sql =
        "INSERT INTO device (id, tenant_id, serial_number, device_name, reported_name, device_type, os_type, ownership, source, created_at,
                   first_seen, since, recorded_at, compliance_status, status_since, status_recorded_at)
               VALUES ('dev_1', 'tenant_01', 'S1', 'Laptop', 'Laptop', 'laptop', 'linux', 'company', 'agent', 0, 0, 0, 0, 'unknown', 0, 0)";
    execute(store, sql, &[]);
}
