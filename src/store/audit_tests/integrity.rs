//! What `check` finds in a file.

use std::io::{Seek, SeekFrom, Write};

use super::*;
use crate::store::integrity::check;

/// A file with a tenant, one device and a chain, changed by `sql`, and what is found in it.
fn findings(sql: &str) -> Vec<String> {
    let (_folder, store) = store();
    let connection = Connection::open(store.path()).unwrap();
    connection
        .execute_batch(
            "INSERT INTO tenant (id, name, plan, created_at) VALUES ('tenant_01', 'One', 'enterprise', 0), ('tenant_02', 'Two', 'startup', 0);
             INSERT INTO user (id, tenant_id, email, name, role, status, password_hash, created_at, since)
                 VALUES ('user_2', 'tenant_02', 'b@b.example', 'B', 'admin', 'active', '', 0, 0);
             INSERT INTO settings_version (tenant_id, version, since, data) VALUES ('tenant_01', 1, 0, '{}'), ('tenant_02', 1, 0, '{}');
             INSERT INTO person (id, tenant_id, name, email, needs_device, user_id, source, created_at, since, recorded_at)
                 VALUES ('person_2', 'tenant_02', 'B', 'b@b.example', 0, 'user_2', 'account', 0, 0, 0);
             INSERT INTO device (id, tenant_id, serial_number, device_name, reported_name, device_type, os_type, ownership, source, created_at,
                     first_seen, since, recorded_at, compliance_status, status_since, status_recorded_at)
                 VALUES ('dev_1', 'tenant_01', 'S', 'laptop', 'laptop', 'laptop', 'linux', 'company', 'agent', 0, 0, 0, 0, 'unknown', 0, 0);
             INSERT INTO verdict (subject_id, check_id, tenant_id, status, status_since, since, recorded_at, source)
                 VALUES ('dev_1', 'c', 'tenant_01', 'pass', 0, 0, 0, 'agent')",
        )
        .unwrap();
    fill(&store, CHAIN, 3);
    connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    check(&store, NOW).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_whole_file_has_no_findings() {
    assert_eq!(findings(""), [""; 0]);
}

#[test]
fn each_kind_of_damage_is_named() {
    let past =
        "INSERT INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, status_since, until, confirmed_until,
                closed_at, source)";
    for (sql, expected) in [
        ("UPDATE device SET user_id = 'user_9'", "foreign keys: 1 rows of `device` refer to rows of `user` that do not exist"),
        ("UPDATE device SET user_id = 'user_2'", "records: a device belongs to a user of another tenant (1 in all, such as `dev_1`)"),
        ("UPDATE device_tally SET devices = 7", "records: the number of a tenant's devices is wrong (1 in all, such as `tenant_01`)"),
        (
            "UPDATE verdict SET subject_id = 'dev_9'",
            "records: a verdict speaks of a device that its tenant does not have (1 in all, such as `dev_9`)",
        ),
        (
            &format!("{past} VALUES ('svc_1', 'c', 9, 0, 'tenant_01', 'pass', 9, 8, 0, 0, 'agent')"),
            "records: a past verdict ends before it begins (1 in all, such as `svc_1`)",
        ),
        ("DROP TRIGGER audit_log_is_never_deleted", "audit triggers: the trigger `audit_log_is_never_deleted` is missing or was changed"),
        (
            "DROP TRIGGER audit_log_is_never_updated; CREATE TRIGGER audit_log_is_never_updated BEFORE UPDATE ON audit_log BEGIN SELECT 1; END",
            "audit triggers: the trigger `audit_log_is_never_updated` is missing or was changed",
        ),
        (
            "UPDATE audit_personal SET value = 'Eve' WHERE seq = 2 AND field = 'actor_email'",
            "the personal value of `actor_email` does not give its seal",
        ),
        ("INSERT INTO audit_personal VALUES ('tenant_09', 1, 'f', zeroblob(32), 'v')", "audit chain: `tenant_09` belongs to no tenant"),
    ] {
        let found = findings(sql);
        assert!(found.iter().any(|finding| finding.ends_with(expected)), "{sql}: {found:?}");
    }
}

#[test]
fn a_page_of_nonsense_is_found() {
    let (folder, store) = store();
    fill(&store, CHAIN, 500);
    let path = store.path().to_owned();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    // A page that holds entries: the root of audit_log's tree has been split long since, so its children lie behind it.
    let root: u32 = connection.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'audit_log'", [], |row| row.get(0)).unwrap();
    let size: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(u64::from((root - 1) * size))).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(size).unwrap()]).unwrap();
    drop(file);
    let store = Store::open(&path).unwrap();
    let found = check(&store, NOW).unwrap();
    assert!(found.iter().any(|finding| finding.area == "file"), "{found:?}");
    assert!(found.iter().any(|finding| finding.area == "audit chain"), "{found:?}");
    drop(folder);
}
