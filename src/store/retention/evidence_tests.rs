//! Evidence, files, keys and retired devices at their exact boundaries, and large files in small steps.

use serde_json::json;

use super::tests::*;
use crate::domain::time::{DAY, Time};
use crate::limits::{RETENTION_FILES_MAX, RETENTION_PIECES_MAX};
use crate::store::{Store, integrity};

/// Runs a change with `old`, a second before the boundary of 36 months, and `edge`, the boundary, in place of these words.
fn dated(store: &Store, sql: &str) {
    let sql = sql.replace(":old", &(THREE_YEARS - 1).to_string()).replace(":edge", &THREE_YEARS.to_string());
    let statements: Vec<String> = sql.split(";\n").map(str::to_owned).collect();
    store
        .write_root(NOW, move |root| {
            statements.iter().filter(|sql| !sql.trim().is_empty()).for_each(|sql| root.test_execute(sql, &[]));
            Ok(())
        })
        .unwrap();
}

fn run_steadily(store: &Store, now: Time) -> usize {
    steady(store, now);
    run(store, now)
}

const SERVICE: &str =
    "INSERT INTO service (id, tenant_id, name, folded_name, next_review_agreed, source, created_at, since, recorded_at, status, status_since,
         status_recorded_at) VALUES ('svc_1', 'tenant_01', 'Mail', 'mail', 0, 'person', 0, 0, 0, 'unknown', 0, 0);
     INSERT INTO security_review (id, tenant_id, service_id, review_date, next_review_date, finding_items, source, recorded_late_days,
         created_at) VALUES ('rev_1', 'tenant_01', 'svc_1', '2022-12-31', '2023-12-31', '[]', 'person', 0, :old);
     INSERT INTO security_review (id, tenant_id, service_id, review_date, next_review_date, finding_items, source, recorded_late_days,
         created_at) VALUES ('rev_2', 'tenant_01', 'svc_1', '2023-01-01', '2024-01-01', '[]', 'person', 0, :edge)";

#[test]
fn evidence_goes_when_it_was_over_before_the_time_and_reviews_stay() {
    let (_folder, store) = store();
    dated(&store, SERVICE);
    for (place, end) in [(1, ":old"), (2, ":edge")] {
        dated(
            &store,
            &format!(
                "INSERT INTO attestation (id, tenant_id, subject_type, subject_id, statement, valid_until, until, created_at)
                     VALUES ('att_{place}', 'tenant_01', 'service', 'svc_1', 'kept', '2022-12-31', {end}, 1);
                 INSERT INTO file (id, tenant_id, attestation_id, position, name, media_type, size, sha256, created_at, data)
                     VALUES ('file_a{place}', 'tenant_01', 'att_{place}', 0, 'a.pdf', 'application/pdf', 1, x'00', 1, x'00');
                 INSERT INTO file (id, tenant_id, review_id, position, name, media_type, size, sha256, created_at, data)
                     VALUES ('file_r{place}', 'tenant_01', 'rev_{place}', 0, 'r.pdf', 'application/pdf', 1, x'00', 1, x'00');
                 INSERT INTO exception (id, tenant_id, subject_type, subject_id, check_id, reason, self_approved, expires_on, recorded_at,
                     until, expiry_logged) VALUES ('exc_{place}', 'tenant_01', 'service', 'svc_1', 'c', 'r', 0, '2022-12-31', 1, {end}, 1);
                 INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, status, resolution, resolved_at, created_at,
                     since, recorded_at) VALUES ('find_{place}', 'tenant_01', 'rev_1', 'svc_1', 't', 'low', 'resolved', 'r', {end}, 1,
                     {end}, {end});
                 INSERT INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                     VALUES ('find_{place}', 1, 1, 'tenant_01', {end}, {end}, '{{}}');
                 INSERT INTO applicability (tenant_id, framework_id, control_id, version, applicable, reason, recorded_at)
                     VALUES ('tenant_01', 'f', '{place}', 1, 0, 'r', 1);
                 INSERT INTO applicability (tenant_id, framework_id, control_id, version, applicable, reason, recorded_at)
                     VALUES ('tenant_01', 'f', '{place}', 2, 1, NULL, {end})"
            ),
        );
    }
    // Open however long, and ended without an entry: neither is over.
    dated(
        &store,
        "INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, status, created_at, since, recorded_at)
             VALUES ('find_3', 'tenant_01', 'rev_1', 'svc_1', 't', 'low', 'open', 1, 1, 1);
         INSERT INTO exception (id, tenant_id, subject_type, subject_id, check_id, reason, self_approved, expires_on, recorded_at, until)
             VALUES ('exc_3', 'tenant_01', 'service', 'svc_1', 'c', 'r', 0, '2022-12-31', 1, :old)",
    );
    run_steadily(&store, NOW);
    let expected = json!({"attestations": 1, "decisions_on_controls": 1, "earlier_versions": 1, "evidence_files": 2, "exceptions": 1,
        "findings": 1});
    assert_eq!(removed(&store), [expected]);
    for (sql, left) in [
        ("SELECT id FROM attestation", vec!["att_2"]),
        ("SELECT id FROM file ORDER BY id", vec!["file_a2", "file_r2"]),
        ("SELECT id FROM exception ORDER BY id", vec!["exc_2", "exc_3"]),
        ("SELECT id FROM finding ORDER BY id", vec!["find_2", "find_3"]),
        ("SELECT record_id FROM record_past", vec!["find_2"]),
        ("SELECT control_id || version FROM applicability ORDER BY 1", vec!["12", "21", "22"]),
        ("SELECT id FROM security_review ORDER BY id", vec!["rev_1", "rev_2"]),
    ] {
        assert_eq!(texts(&store, sql), left, "{sql}");
    }
    // The last review keeps its file for as long as there is the service.
    run_steadily(&store, NOW.plus_days(400));
    assert_eq!(texts(&store, "SELECT id FROM file"), ["file_r2"]);
    dated(&store, "UPDATE service SET retired_at = :edge");
    run_steadily(&store, NOW.plus_days(402));
    assert!(texts(&store, "SELECT id FROM file").is_empty());
    assert_eq!(texts(&store, "SELECT id FROM security_review ORDER BY id"), ["rev_1", "rev_2"]);
}

#[test]
fn evidence_stays_as_long_as_the_verdicts_that_rest_on_it() {
    let (_folder, store) = store();
    dated(
        &store,
        "INSERT INTO exception (id, tenant_id, subject_type, subject_id, check_id, reason, self_approved, expires_on, recorded_at, until,
             expiry_logged) VALUES ('exc_1', 'tenant_01', 'device', 'dev_1', 'c', 'r', 0, '2022-12-31', 1, :old, 1);
         UPDATE settings_version SET data = '{\"retention\": {\"evidence_months\": 12, \"verdict_months\": 48}}'",
    );
    run_steadily(&store, NOW);
    assert_eq!(texts(&store, "SELECT id FROM exception"), ["exc_1"]);
    dated(&store, "UPDATE settings_version SET data = '{\"retention\": {\"evidence_months\": 12, \"verdict_months\": 36}}'");
    run_steadily(&store, NOW.plus_days(1));
    assert!(texts(&store, "SELECT id FROM exception").is_empty());
}

#[test]
fn files_go_a_few_at_a_time_and_nobody_gets_a_part_of_one() {
    let (_folder, store) = store();
    let (pieces, files) = (2 * RETENTION_PIECES_MAX + 1, 2 * RETENTION_FILES_MAX + 1);
    dated(
        &store,
        &format!(
            "INSERT INTO report (id, tenant_id, framework_id, format, start_date, end_date, triggered_by, request, status, created_at,
                 finished_at, size_bytes, sha256) VALUES ('rpt_1', 'tenant_01', 'f', 'pdf', '', '', 'session', '{{}}', 'completed', 1, :old, 1,
                 x'00');
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {pieces})
                 INSERT INTO report_piece (report_id, number, data) SELECT 'rpt_1', n, x'00' FROM n;
             INSERT INTO attestation (id, tenant_id, framework_id, control_id, statement, valid_until, until, created_at)
                 VALUES ('att_1', 'tenant_01', 'f', 'c', 'kept', '2022-12-31', :old, 1);
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {files})
                 INSERT INTO file (id, tenant_id, attestation_id, position, name, media_type, size, sha256, created_at, data)
                 SELECT 'file_' || n, 'tenant_01', 'att_1', n, 'a.pdf', 'application/pdf', 1, x'00', 1, x'00' FROM n"
        ),
    );
    steady(&store, NOW);
    let count = |table: &str| texts(&store, &format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))[0].parse::<usize>().unwrap();
    let mut steps = Vec::new();
    while let Some(chain) = store.read_root(NOW, next_due).unwrap() {
        let of_tenant = chain == TENANT;
        store.write_root(NOW, move |root| step(root, &chain)).unwrap();
        assert_eq!(texts(&store, "SELECT id FROM report WHERE file_removed_at IS NULL").len(), usize::from(!of_tenant));
        if of_tenant {
            steps.push((count("report_piece"), count("file"), count("attestation")));
        }
    }
    let (piece, file) = (RETENTION_PIECES_MAX, RETENTION_FILES_MAX);
    assert_eq!(steps, [(piece + 1, file + 1, 1), (1, 1, 1), (0, 0, 0)]);
    assert_eq!(removed(&store), [json!({"report_files": 1, "evidence_files": files, "attestations": 1})]);
}

#[test]
fn keys_that_hold_no_more_go_and_retired_devices_lose_their_names() {
    let (_folder, store) = store();
    device(&store);
    let key = |id: &str, revoked: &str, expires: &str| {
        let sql = "INSERT INTO api_key (id, tenant_id, name, role, prefix, hash, created_at, revoked_at, expires_at)
                   VALUES (ID, 'tenant_01', 'laptop of ada', 'viewer', 'p', CAST(ID AS BLOB), 1, REVOKED, EXPIRES)";
        dated(&store, &sql.replace("ID", &format!("'{id}'")).replace("REVOKED", revoked).replace("EXPIRES", expires));
    };
    key("key_holds", "NULL", "NULL");
    key("key_revoked", ":old", "NULL");
    key("key_edge", ":edge", "NULL");
    key("key_expired", "NULL", ":old");
    key("key_both", ":old", ":edge");
    key("key_made", ":old", "NULL");
    dated(
        &store,
        "INSERT INTO enrollment_token (id, tenant_id, hash, created_with, as_admin, by_email, by_sign_in, ownership, device_limit, created_at,
             expires_at) VALUES ('enr_1', 'tenant_01', x'01', 'key_made', 0, 0, 0, 'company', 1, 1, 1);
         UPDATE device SET retired_at = :old, retired_reason = 'sold', tags = '[\"ada\"]';
         INSERT INTO section_data (id, data, deflated) VALUES (1, CAST('{}' AS BLOB), 0);
         INSERT INTO device_section (device_id, data_type, data_id, hash, source, since, recorded_at, confirmed_until, received_at)
             VALUES ('dev_1', 'security', 1, x'00', 'agent', 1, 1, 1, 1)",
    );
    let hold = "UPDATE settings_version SET data = '{\"retention\": {\"invitation_days\": 365}}'";
    dated(&store, hold);
    // Its token is over for a year and less than a second.
    dated(&store, &format!("UPDATE enrollment_token SET expires_at = {0}, revoked_at = {0}", NOW.plus_days(-365).0));
    run_steadily(&store, NOW);
    assert_eq!(removed(&store), [json!({"api_keys": 3, "retired_devices": 1, "facts": 1})]);
    assert_eq!(texts(&store, "SELECT id FROM api_key ORDER BY id"), ["key_edge", "key_holds", "key_made"]);
    let named = "SELECT serial_number || ' ' || device_name || ' ' || reported_name || ' ' || tags || ' ' || retired_reason FROM device";
    assert_eq!(texts(&store, named), ["dev_1 dev_1 dev_1 [] sold"]);
    assert!(texts(&store, "SELECT CAST(id AS TEXT) FROM section_data").is_empty());
    assert!(integrity::check(&store, NOW).unwrap().is_empty());
    run_steadily(&store, NOW.plus_seconds(DAY - 1));
    assert_eq!(removed(&store).len(), 1, "the next run is a day later");
    run_steadily(&store, NOW.plus_days(1));
    assert_eq!(removed(&store)[1..], [json!({"api_keys": 2, "enrollment_tokens": 1})], "the key after what it made");
}

#[test]
fn the_address_of_a_session_goes_before_the_session() {
    let (_folder, store) = store();
    dated(
        &store,
        "INSERT INTO user (id, tenant_id, email, name, role, status, password_hash, created_at, since)
             VALUES ('user_1', 'tenant_01', 'cy@example.org', 'Cy', 'viewer', 'active', 'x', 0, 0)",
    );
    let session = |id: &str, begun: i64, expires: i64, ended: &str| {
        let sql = "INSERT INTO session (id, tenant_id, user_id, ip_address, user_agent, created_at, last_used_at, expires_at, ended_at)
                   VALUES ('ID', 'tenant_01', 'user_1', '192.0.2.7', 'curl', BEGUN, BEGUN, EXPIRES, ENDED)";
        let values = [("ID", id.to_owned()), ("BEGUN", begun.to_string()), ("EXPIRES", expires.to_string()), ("ENDED", ended.to_owned())];
        dated(&store, &values.iter().fold(sql.to_owned(), |sql, (name, value)| sql.replace(name, value)));
    };
    let month = NOW.plus_days(-30).0;
    session("ses_long", SIX_MONTHS - 1, NOW.0 + DAY, "NULL");
    session("ses_edge", SIX_MONTHS, NOW.0 + DAY, "NULL");
    session("ses_expired", month - 9, month - 1, "NULL");
    session("ses_ended", month - 9, NOW.0, &(month - 1).to_string());
    session("ses_over", month - 9, month, "NULL");
    run_steadily(&store, NOW);
    assert_eq!(removed(&store), [json!({"addresses_and_user_agents": 1, "sessions": 2})]);
    let shown = "SELECT id || ' ' || coalesce(ip_address || user_agent, '-') FROM session ORDER BY id";
    assert_eq!(texts(&store, shown), ["ses_edge 192.0.2.7curl", "ses_long -", "ses_over 192.0.2.7curl"]);
}
