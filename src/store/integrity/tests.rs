//! Each promise is kept by a file that has everything, and each change that breaks one is named.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{check, evidence, promises};
use crate::domain::access::Role;
use crate::domain::time::{DAY, Time};
use crate::store::test_queries::add_bare_tenant;
use crate::store::users::{self, NewUser};
use crate::store::{Actor, Store, appliance};

const NOW: Time = Time(1_767_225_600);

/// Two tenants, each with an admin; in the first a device, a service and one of everything that people give as evidence.
fn whole() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    store.write_root(NOW, appliance::create_once).unwrap();
    for tenant in ["tenant_01", "tenant_02"] {
        add_bare_tenant(&store, tenant);
        let email = format!("admin@{tenant}.example");
        let new = NewUser { email, name: "Admin".to_owned(), role: Role::Admin, password_hash: "x".to_owned(), expires_at: None };
        store.write(tenant, &Actor::system(), NOW, move |tx| users::add(tx, &new)).unwrap();
    }
    let hash = Sha256::digest(b"content").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    change(&store, &EVIDENCE.replace(":hash", &format!("x'{hash}'")).replace(":now", &NOW.0.to_string()));
    (folder, store)
}

const EVIDENCE: &str = "
    UPDATE user SET id = 'user_' || substr(tenant_id, -1);
    UPDATE person SET user_id = 'user_' || substr(tenant_id, -1), id = 'person_' || substr(tenant_id, -1);
    INSERT INTO device (id, tenant_id, serial_number, device_name, reported_name, device_type, os_type, ownership, source, created_at,
        first_seen, since, recorded_at, compliance_status, status_since, status_recorded_at, user_id, tags)
        VALUES ('dev_1', 'tenant_01', 'S', 'laptop', 'laptop', 'laptop', 'linux', 'company', 'agent', 0, 0, 0, 0, 'unknown', 0, 0, 'user_1',
        '[\"lab\"]');
    INSERT INTO verdict (subject_id, check_id, tenant_id, status, status_since, since, recorded_at, source)
        VALUES ('dev_1', 'c', 'tenant_01', 'pass', 0, 0, 0, 'agent'), ('dev_1', 'x', 'tenant_01', 'excepted', 0, :now, :now, 'agent');
    INSERT INTO service (id, tenant_id, name, folded_name, next_review_agreed, source, created_at, since, recorded_at, status, status_since,
        status_recorded_at, owner_id) VALUES ('svc_1', 'tenant_01', 'Mail', 'mail', 0, 'person', 0, 0, 0, 'unknown', 0, 0, 'user_1');
    INSERT INTO security_review (id, tenant_id, service_id, review_date, next_review_date, finding_items, source, recorded_late_days,
        created_at) VALUES ('rev_1', 'tenant_01', 'svc_1', '2025-12-31', '2026-12-31', '[{\"id\": \"find_1\"}]', 'person', 0, 0);
    INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, owner_id, status, created_at, since, recorded_at)
        VALUES ('find_1', 'tenant_01', 'rev_1', 'svc_1', 't', 'low', 'user_1', 'open', 0, 0, 0);
    INSERT INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
        VALUES ('find_1', 0, 0, 'tenant_01', 1, 1, '{}');
    INSERT INTO exception (id, tenant_id, subject_type, tag, check_id, reason, requested_by, self_approved, expires_on, recorded_at, until)
        VALUES ('exc_1', 'tenant_01', 'device', 'lab', 'x', 'r', 'user_1', 0, '2026-12-31', :now, :now + 365 * 86400);
    INSERT INTO exception (id, tenant_id, subject_type, subject_id, check_id, reason, self_approved, expires_on, recorded_at, until, revoked_at)
        VALUES ('exc_2', 'tenant_01', 'device', 'dev_1', 'c', 'r', 0, '2026-12-31', 5, 9, 9);
    INSERT INTO attestation (id, tenant_id, subject_type, subject_id, statement, valid_until, until, created_at)
        VALUES ('att_1', 'tenant_01', 'service', 'svc_1', 's', '2026-12-31', :now, 1);
    INSERT INTO file (id, tenant_id, attestation_id, position, name, media_type, size, sha256, created_at, data)
        VALUES ('file_1', 'tenant_01', 'att_1', 0, 'a.pdf', 'application/pdf', 7, :hash, 1, CAST('content' AS BLOB));
    INSERT INTO applicability (tenant_id, framework_id, control_id, version, applicable, reason, recorded_at)
        VALUES ('tenant_01', 'f', 'c', 2, 0, 'r', 1), ('tenant_01', 'f', 'c', 3, 1, NULL, 2), ('tenant_01', 'f', 'c', 4, 0, 'r', 3);
    INSERT INTO framework_version (tenant_id, framework_id, version, text, recorded_at)
        VALUES ('tenant_01', 'own', 1, 't', 1), ('tenant_01', 'own', 2, NULL, 2);
    INSERT INTO report (id, tenant_id, framework_id, format, start_date, end_date, triggered_by, request, status, created_at, finished_at,
        size_bytes, sha256) VALUES ('rpt_1', 'tenant_01', 'f', 'pdf', '2026-01-01', '2026-01-01', 'session', '{}', 'completed', 1, 2, 7, :hash);
    INSERT INTO report_piece (report_id, number, data) VALUES ('rpt_1', 0, CAST('con' AS BLOB)), ('rpt_1', 1, CAST('tent' AS BLOB));
    INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, created_at) VALUES ('key_2', 'tenant_02', 'k', 'admin', 'p', x'01', 1);
    INSERT INTO invitation (id, tenant_id, email, role, hash, created_by, created_at, expires_at)
        VALUES ('inv_1', 'tenant_01', 'new@example.org', 'user', x'01', 'user_1', 1, 2);
    INSERT INTO session (id, tenant_id, user_id, created_at, last_used_at, expires_at) VALUES ('ses_1', 'tenant_01', 'user_1', 1, 1, 2);
    INSERT INTO enrollment_token (id, tenant_id, hash, created_by, as_admin, by_email, by_sign_in, ownership, device_limit, created_at,
        expires_at) VALUES ('enr_1', 'tenant_01', x'01', 'user_1', 0, 0, 0, 'company', 1, 1, 1);
    INSERT INTO section_data (id, data, deflated) VALUES (1, CAST('{}' AS BLOB), 0);
    INSERT INTO device_section (device_id, data_type, data_id, hash, source, since, recorded_at, confirmed_until, received_at)
        VALUES ('dev_1', 'security', 1, x'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 'agent', 1, 1, 1, 1)";

/// Does what nobody may: without triggers against it, and without looking at foreign keys and conditions.
fn change(store: &Store, sql: &str) {
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let triggers: Vec<(String, String)> = {
        let mut statement =
            connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '*_is_never_*'").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").unwrap();
    triggers.iter().for_each(|(name, _)| connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    triggers.iter().for_each(|(_, sql)| connection.execute_batch(sql).unwrap());
}

#[test]
fn a_file_that_has_everything_has_no_findings() {
    let (_folder, store) = whole();
    assert_eq!(check(&store, NOW).unwrap(), []);
}

#[test]
fn each_promise_is_named_when_it_is_broken() {
    let of_dev_9 = "VALUES ('dev_9', 'c', 1, 1, 'tenant_01', 'pass', 1, 2, 2, 2, 'agent')";
    let past =
        "INSERT INTO verdict_past (subject_id, check_id, since, recorded_at, tenant_id, status, status_since, until, confirmed_until,
                    closed_at, source)";
    let status = "INSERT INTO status_past (subject_id, since, recorded_at, tenant_id, status, until, closed_at)";
    let section =
        "INSERT INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until, confirmed_until,
                       received_at, closed_at, late)";
    let cases: Vec<(&str, String)> = vec![
        ("a verdict speaks of a device that", "UPDATE verdict SET subject_id = 'dev_9' WHERE check_id = 'c'".to_owned()),
        ("a past verdict speaks of a device", format!("{past} {of_dev_9}")),
        ("a past status speaks of a device", format!("{status} VALUES ('dev_9', 1, 1, 'tenant_01', 'unknown', 2, 2)")),
        ("the number of a tenant's devices", "UPDATE device_tally SET devices = 7".to_owned()),
        ("the number of subjects that stand", "UPDATE check_tally SET subjects = 7".to_owned()),
        ("a verdict speaks of a service", "UPDATE verdict SET subject_id = 'svc_9' WHERE check_id = 'c'".to_owned()),
        ("a service belongs to a user of another", "UPDATE service SET owner_id = 'user_2'".to_owned()),
        ("a review speaks of a service of another", "UPDATE service SET tenant_id = 'tenant_02'".to_owned()),
        ("a device belongs to a user of another", "UPDATE device SET user_id = 'user_2'".to_owned()),
        ("an API key was made by a user of another", "UPDATE api_key SET created_by = 'user_1'".to_owned()),
        ("an enrollment token speaks of a user of another", "UPDATE enrollment_token SET user_id = 'user_2'".to_owned()),
        ("an invitation was made by a user of another", "UPDATE invitation SET created_by = 'user_2'".to_owned()),
        (
            "a deleted user can still sign in or owns something",
            "UPDATE user SET status = 'deleted', email = id, password_hash = '', since = 3 WHERE id = 'user_1';
             UPDATE device SET user_id = NULL; UPDATE service SET owner_id = NULL"
                .to_owned(),
        ),
        ("a session belongs to a user of another", "UPDATE session SET user_id = 'user_2'".to_owned()),
        ("a past verdict ends before", format!("{past} VALUES ('dev_1', 'c', 9, 9, 'tenant_01', 'pass', 9, 8, 8, 8, 'agent')")),
        ("a past status ends before", format!("{status} VALUES ('dev_1', 9, 9, 'tenant_01', 'unknown', 8, 8)")),
        ("a section's content is missing", "DELETE FROM section_data".to_owned()),
        ("a past section ends before", format!("{section} VALUES ('dev_1', 'security', 9, 9, 1, x'00', 'agent', 8, 8, 8, 8, 0)")),
        ("a past version of a record ends before", "UPDATE record_past SET since = 2".to_owned()),
        ("a run of reports ends before", "INSERT INTO device_presence_past (device_id, since, until) VALUES ('dev_1', 2, 1)".to_owned()),
        ("a past version is of nothing", "UPDATE record_past SET tenant_id = 'tenant_02'".to_owned()),
        ("a content belongs to no section", "INSERT INTO section_data (id, data, deflated) VALUES (2, x'00', 0)".to_owned()),
        ("a device left the inventory without a reason", "DELETE FROM verdict; UPDATE device SET retired_at = 1".to_owned()),
        ("something that left the inventory is still", "UPDATE device SET retired_at = 1, retired_reason = 'sold'".to_owned()),
        ("versions of a tenant's settings", "UPDATE settings_version SET version = 2".to_owned()),
        ("an exception speaks of something", "UPDATE exception SET subject_id = 'dev_9' WHERE id = 'exc_2'".to_owned()),
        ("an exception was requested by a user of another", "UPDATE exception SET requested_by = 'user_2'".to_owned()),
        ("an exception ends before it begins", "UPDATE exception SET until = 8 WHERE id = 'exc_2'".to_owned()),
        ("an exception lasts longer than a year", format!("UPDATE exception SET until = until + {} WHERE id = 'exc_1'", 3 * DAY)),
        ("a failure is spared without an exception", "UPDATE exception SET check_id = 'y' WHERE id = 'exc_1'".to_owned()),
        ("an attestation speaks of something", "UPDATE attestation SET subject_type = 'device'".to_owned()),
        ("an attestation ends before it begins", "UPDATE attestation SET revoked_at = until - 1".to_owned()),
        ("a finding is not of its review", "UPDATE security_review SET finding_items = '[]'".to_owned()),
        ("a finding is to be mended by a user of another", "UPDATE finding SET owner_id = 'user_2'".to_owned()),
        ("a finding is resolved without saying", "UPDATE finding SET status = 'resolved', resolved_at = 1".to_owned()),
        ("a decision on a control is missing", "DELETE FROM applicability WHERE version = 3".to_owned()),
        ("a file belongs to another tenant", "UPDATE file SET tenant_id = 'tenant_02'".to_owned()),
        ("a completed report has no hash", "UPDATE report SET status = 'failed'".to_owned()),
        ("a report's period ends before", "UPDATE report SET end_date = '2025-12-31'".to_owned()),
        ("versions of a framework are missing", "DELETE FROM framework_version WHERE version = 1".to_owned()),
        (
            "a person belongs to a user of another",
            "UPDATE person SET tenant_id = 'tenant_02', email = 'x' WHERE id = 'person_1'".to_owned(),
        ),
        ("a user is nobody among the people", "UPDATE person SET user_id = NULL WHERE id = 'person_1'".to_owned()),
        ("whether a person has a device is wrong", "UPDATE person SET has_device = 1 - has_device".to_owned()),
        ("a person left before", "UPDATE person SET joined_on = '2026-01-02', left_on = '2026-01-01'".to_owned()),
        ("somebody who was erased still has", "UPDATE person SET email = id, name = 'erased', left_on = '2026-01-01'".to_owned()),
        ("an invitation or an enrollment token was made with", "UPDATE invitation SET created_with = 'key_2'".to_owned()),
    ];
    let mut left: BTreeSet<&str> = promises::PROMISES.iter().chain(evidence::PROMISES).map(|(sentence, _)| *sentence).collect();
    for (begin, sql) in cases {
        let sentence = *left.iter().find(|sentence| sentence.starts_with(begin)).unwrap_or_else(|| panic!("no promise left: {begin}"));
        left.remove(sentence);
        let (_folder, store) = whole();
        change(&store, &sql);
        let found = check(&store, NOW).unwrap();
        assert!(found.iter().any(|finding| finding.area == "records" && finding.detail.starts_with(sentence)), "{sql}: {found:?}");
    }
    assert!(left.is_empty(), "no test breaks {left:?}");
}

#[test]
fn files_reports_and_triggers_are_compared_with_what_they_were() {
    for (sql, expected) in [
        ("UPDATE file SET data = CAST('CONTENT' AS BLOB)", "records: a file is not what was given (1 in all, such as `file_1`)"),
        ("UPDATE file SET size = 8", "records: a file is not what was given (1 in all, such as `file_1`)"),
        (
            "UPDATE report_piece SET data = CAST('TENT' AS BLOB) WHERE number = 1",
            "records: a report's file is not the one that was made (1 in all, such as `rpt_1`)",
        ),
        ("DELETE FROM report_piece WHERE number = 1", "records: a report's file is not the one that was made (1 in all, such as `rpt_1`)"),
        (
            "UPDATE report_piece SET number = number + 1 WHERE number = 1",
            "records: a report's file is not the one that was made (1 in all, such as `rpt_1`)",
        ),
        ("DROP TRIGGER device_turns", "triggers: the trigger `device_turns` is missing or was changed"),
        (
            "DROP TRIGGER device_goes; CREATE TRIGGER device_goes AFTER DELETE ON device BEGIN SELECT 1; END",
            "triggers: the trigger `device_goes` is missing or was changed",
        ),
    ] {
        let (_folder, store) = whole();
        change(&store, sql);
        let found: Vec<String> = check(&store, NOW).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, [expected], "{sql}");
    }
    // What the retention took is no damage.
    let (_folder, store) = whole();
    change(&store, "UPDATE report SET file_removed_at = 3; DELETE FROM report_piece WHERE number = 0");
    assert_eq!(check(&store, NOW).unwrap(), []);
}
