//! Nothing of a person is left in the file, the chain holds, and a backup brings nobody back.

use std::path::Path;
use std::sync::Arc;

use super::{Cause, Erased, apply_again, erase, remembered};
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::{Kind, Result};
use crate::store::audit::{Entry, record};
use crate::store::audit_verify::verify;
use crate::store::test_queries::add_bare_tenant;
use crate::store::users::NewUser;
use crate::store::{Actor, ActorType, Store, WriteTx, appliance, departure, integrity, tenant_file, users};

const NOW: Time = Time(1_767_225_600);
const TENANT: &str = "tenant_01";
const EMAIL: &str = "ada.byron@example.org";
const EARLIER_EMAIL: &str = "ada.lovelace@example.org";
const NAME: &str = "Ada Byron King";

/// A tenant of some hundred entries by and about Ada, an admin beside her, and much that others did.
fn scene() -> (tempfile::TempDir, Arc<Store>, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    store.write_root(NOW, appliance::create_once).unwrap();
    add_bare_tenant(&store, TENANT);
    let user = write(&store, |tx| {
        account(tx, "boss@example.org", "The Boss", Role::Admin)?;
        let user = account(tx, EARLIER_EMAIL, "Ada", Role::User)?;
        let later = tx.at(NOW.plus_seconds(60));
        users::update_profile(&later, &user, Some(NAME), Some(EMAIL))?;
        for number in 0..600 {
            let ada = number % 3 == 0;
            let actor = Actor {
                actor_type: ActorType::User,
                id: Some(if ada { user.clone() } else { "user_x".to_owned() }),
                email: Some(if ada { EMAIL.to_uppercase() } else { format!("somebody{number}@example.org") }),
                ip_address: Some([192, 0, 2, if ada { 7 } else { 8 }].into()),
                user_agent: Some(if ada { "Ada's browser" } else { "curl" }.to_owned()),
            };
            let about = Metadata::new().with_personal("name", if ada { "Laptop of ada byron king" } else { "Laptop" });
            record(&tx.root().tenant_write(TENANT, actor), Entry::new(Event::DeviceUpdated, "device", "dev_1", about))?;
        }
        Ok(user)
    });
    let (id, email) = (user.clone(), EMAIL);
    store
        .write_root(NOW, move |root| {
            let of_ada = "UPDATE person SET needs_device = 0, reason = 'on leave' WHERE user_id = ?1";
            root.test_execute(of_ada, &[&id]);
            for sql in [
                "INSERT INTO sign_in_failure (email, ip_address, failed_at) VALUES (?1, '192.0.2.7', 1)",
                "INSERT INTO sign_in_place (email, ip_address, last_at) VALUES (?1, '192.0.2.7', 1)",
                "INSERT INTO sign_in_lock (email, ip_address, until) VALUES (?1, '192.0.2.7', 1)",
                "INSERT INTO invitation (id, tenant_id, email, role, hash, created_at, expires_at)
                 VALUES ('inv_1', 'tenant_01', ?1, 'user', x'00', 1, 2)",
            ] {
                root.test_execute(sql, &[email]);
            }
            root.test_execute(
                "INSERT INTO session (id, tenant_id, user_id, ip_address, user_agent, created_at, last_used_at, expires_at)
                 VALUES ('ses_1', 'tenant_01', ?1, '192.0.2.7', 'Ada''s browser', 1, 1, 99)",
                &[&id],
            );
            Ok(())
        })
        .unwrap();
    (folder, store, user)
}

fn write<T: Send + 'static>(store: &Store, body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static) -> T {
    store.write(TENANT, &Actor::system(), NOW, body).unwrap()
}

fn account(tx: &WriteTx, email: &str, name: &str, role: Role) -> Result<String> {
    let new = NewUser { email: email.to_owned(), name: name.to_owned(), role, password_hash: "x".to_owned(), expires_at: None };
    Ok(users::add(tx, &new)?.id)
}

fn erase_ada(store: &Store) -> Result<Erased> {
    let id = person(store);
    store.write(TENANT, &Actor::system(), NOW.plus_seconds(90), move |tx| erase(tx, &id, &Cause::Request(None)))
}

/// The id of Ada's person.
fn person(store: &Store) -> String {
    texts(store, "SELECT id FROM person WHERE name <> 'The Boss'").remove(0)
}

const PERSON_EMAIL: &str = "SELECT email FROM person WHERE name <> 'The Boss'";

fn texts(store: &Store, sql: &str) -> Vec<String> {
    store.read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap()
}

/// How often `wanted` stands in the bytes of the file and its WAL, in any case.
fn in_bytes(path: &Path, wanted: &str) -> usize {
    let wal = path.with_file_name("recoger.db-wal");
    let files = [std::fs::read(path).unwrap(), std::fs::read(wal).unwrap_or_default()];
    let wanted = wanted.to_lowercase().into_bytes();
    files.iter().map(|bytes| bytes.to_ascii_lowercase().windows(wanted.len()).filter(|part| *part == wanted).count()).sum()
}

#[test]
fn no_byte_of_email_name_address_or_client_is_left_in_the_file() {
    let (_folder, store, user) = scene();
    store.checkpoint().unwrap();
    for text in [EMAIL, EARLIER_EMAIL, NAME, "192.0.2.7", "Ada's browser"] {
        assert!(in_bytes(store.path(), text) > 0, "{text} was not there");
    }
    let erased = erase_ada(&store).unwrap();
    assert_eq!(erased.user_id.as_deref(), Some(user.as_str()));
    assert!(erased.audit_values >= 800, "{}", erased.audit_values);
    store.compact_if_due(NOW).unwrap();
    for text in [EMAIL, EARLIER_EMAIL, NAME, "192.0.2.7", "Ada's browser"] {
        assert_eq!(in_bytes(store.path(), text), 0, "{text} is still there");
    }
    assert!(in_bytes(store.path(), "somebody599@example.org") > 0, "what is others' stays");
}

#[test]
fn the_chain_holds_and_ids_stay() {
    let (_folder, store, user) = scene();
    let (before, person) = (verify(&store, TENANT, NOW).unwrap(), person(&store));
    let erased = erase_ada(&store).unwrap();
    let found = verify(&store, TENANT, NOW).unwrap();
    assert_eq!((found.broken, found.entries > before.entries), (None, true));
    assert_eq!(found.erased_values, erased.audit_values);
    assert_eq!(
        texts(&store, "SELECT email || ' ' || name || ' ' || status FROM user WHERE role = 'user'"),
        [format!("{user} erased deleted")]
    );
    assert_eq!(
        texts(&store, "SELECT email || ' ' || name || ' ' || left_on FROM person WHERE left_on IS NOT NULL"),
        [format!("{person} erased 2026-01-01")]
    );
    for table in ["session", "invitation", "sign_in_failure", "sign_in_place", "sign_in_lock"] {
        assert_eq!(texts(&store, &format!("SELECT CAST(count(*) AS TEXT) FROM {table}")), ["0"], "{table}");
    }
    let said = "SELECT resource_id || ' ' || metadata FROM audit_log WHERE event_name = 'person_erased'";
    let expected = format!(r#"{person} {{"audit_values":{},"cause":"request","user_id":"{user}"}}"#, erased.audit_values);
    assert_eq!(texts(&store, said), [expected]);
    assert!(integrity::check(&store, NOW).unwrap().is_empty());
    assert_eq!(erase_ada(&store).unwrap_err().kind, Kind::Conflict, "once is enough");
}

#[test]
fn a_hold_and_the_last_admin_are_refused_and_nothing_is_changed() {
    let (_folder, store, user) = scene();
    let execute = |sql: &'static str, value: String| {
        store
            .write_root(NOW, move |root| {
                root.test_execute(sql, &[&value]);
                Ok(())
            })
            .unwrap();
    };
    let before = verify(&store, TENANT, NOW).unwrap();
    execute("UPDATE settings_version SET data = ?1", r#"{"erasure_hold": {"reason": "Case 7", "until": null}}"#.to_owned());
    let refused = erase_ada(&store).unwrap_err();
    assert_eq!((refused.kind, refused.detail.contains("Case 7")), (Kind::Conflict, true));
    execute("UPDATE settings_version SET data = ?1", "{}".to_owned());
    execute("UPDATE user SET role = iif(id = ?1, 'admin', 'viewer')", user);
    let refused = erase_ada(&store).unwrap_err();
    assert_eq!((refused.kind, refused.detail.contains("last active admin")), (Kind::Conflict, true));
    assert_eq!(verify(&store, TENANT, NOW).unwrap(), before);
    assert_eq!(texts(&store, PERSON_EMAIL), [EMAIL]);
}

#[test]
fn a_backup_from_before_brings_nobody_back() {
    let (folder, store, _) = scene();
    store.checkpoint().unwrap();
    let backup = folder.path().join("backup.db");
    std::fs::copy(store.path(), &backup).unwrap();
    erase_ada(&store).unwrap();
    let known = store.read_root(NOW, remembered).unwrap();
    assert_eq!(known.len(), 2, "each of the two emails");
    let restored = Store::open(&backup).unwrap();
    assert_eq!(texts(&restored, PERSON_EMAIL), [EMAIL]);
    let handed = known.clone();
    assert_eq!(restored.write_root(NOW.plus_seconds(99), move |root| apply_again(root, &handed)).unwrap(), 1);
    assert_eq!(texts(&restored, PERSON_EMAIL), [person(&restored)]);
    assert!(verify(&restored, TENANT, NOW).unwrap().broken.is_none());
    assert_eq!(restored.read_root(NOW, remembered).unwrap(), known);
    assert_eq!(restored.write_root(NOW.plus_seconds(100), move |root| apply_again(root, &known)).unwrap(), 0);
}

#[test]
fn an_account_that_was_deleted_before_loses_its_name_too() {
    let (_folder, store, user) = scene();
    let (of_ada, id) = (person(&store), user.clone());
    store.write(TENANT, &Actor::system(), NOW.plus_seconds(70), move |tx| departure::delete(tx, &id, None)).unwrap();
    let named = "SELECT name FROM user WHERE role = 'user'";
    assert_eq!(texts(&store, named), [NAME]);
    store.write(TENANT, &Actor::system(), NOW.plus_seconds(90), move |tx| erase(tx, &of_ada, &Cause::Request(None))).unwrap();
    assert_eq!(texts(&store, named), ["erased"]);
    store.compact_if_due(NOW).unwrap();
    for text in [EMAIL, EARLIER_EMAIL, NAME, "192.0.2.7", "Ada's browser"] {
        assert_eq!(in_bytes(store.path(), text), 0, "{text} is still there");
    }
    assert!(verify(&store, TENANT, NOW).unwrap().broken.is_none());
}

#[test]
fn evidence_keeps_ids_and_open_findings_lose_their_owner() {
    let (_folder, store, user) = scene();
    let id = user.clone();
    store
        .write_root(NOW, move |root| {
            for sql in [
                "INSERT INTO service (id, tenant_id, name, folded_name, next_review_agreed, source, created_at, since, recorded_at, status,
                     status_since, status_recorded_at) VALUES ('svc_1', 'tenant_01', 'Mail', 'mail', 0, 'person', 0, 0, 0, 'unknown', 0, 0)",
                "INSERT INTO security_review (id, tenant_id, service_id, review_date, next_review_date, finding_items, source,
                     recorded_late_days, created_at) VALUES ('rev_1', 'tenant_01', 'svc_1', '2025-01-01', '2026-12-31',
                     '[{\"id\": \"find_1\"}, {\"id\": \"find_2\"}]', 'person', 0, 0)",
            ] {
                root.test_execute(sql, &[]);
            }
            for sql in [
                "INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, owner_id, status, created_at, since, recorded_at)
                     VALUES ('find_1', 'tenant_01', 'rev_1', 'svc_1', 't', 'low', ?1, 'open', 0, 0, 0)",
                "INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, owner_id, status, resolution, resolved_at,
                     created_at, since, recorded_at)
                     VALUES ('find_2', 'tenant_01', 'rev_1', 'svc_1', 't', 'low', ?1, 'resolved', 'r', 1, 0, 0, 0)",
                "INSERT INTO exception (id, tenant_id, subject_type, tag, check_id, reason, requested_by, approved_by, self_approved, expires_on,
                     recorded_at, until) VALUES ('exc_1', 'tenant_01', 'device', 'lab', 'c', 'r', ?1, ?1, 1, '2026-12-31', 1767225600, 1798761600)",
            ] {
                root.test_execute(sql, &[&id]);
            }
            Ok(())
        })
        .unwrap();
    erase_ada(&store).unwrap();
    let owners = texts(&store, "SELECT id || ' ' || coalesce(owner_id, '-') FROM finding ORDER BY id");
    assert_eq!(owners, ["find_1 -".to_owned(), format!("find_2 {user}")]);
    assert_eq!(texts(&store, "SELECT requested_by || approved_by FROM exception"), [user.repeat(2)]);
    assert!(integrity::check(&store, NOW).unwrap().is_empty());
}

#[test]
fn a_tenant_that_moves_in_brings_nobody_back() {
    let (folder, store, _) = scene();
    let file = folder.path().join("tenant.db");
    tenant_file::export(&store, NOW.plus_seconds(80), TENANT, &file).unwrap();
    erase_ada(&store).unwrap();
    let known = store.read_root(NOW, remembered).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = Store::open(&elsewhere.path().join("recoger.db")).unwrap();
    target.write_root(NOW, appliance::create_once).unwrap();
    assert_eq!(target.write_root(NOW, move |root| apply_again(root, &known)).unwrap(), 0);
    tenant_file::import(&target, NOW.plus_seconds(99), &file, None).unwrap();
    assert_eq!(texts(&target, PERSON_EMAIL), [person(&target)]);
    target.compact_if_due(NOW).unwrap();
    for text in [EMAIL, EARLIER_EMAIL, NAME] {
        assert_eq!(in_bytes(target.path(), text), 0, "{text} came along");
    }
    assert!(verify(&target, TENANT, NOW).unwrap().broken.is_none());
}

#[test]
fn whoever_came_back_under_the_same_email_stays() {
    let (_folder, store, _) = scene();
    erase_ada(&store).unwrap();
    let known = store.read_root(NOW, remembered).unwrap();
    let back = store.write(TENANT, &Actor::system(), NOW.plus_days(30), |tx| account(tx, EMAIL, NAME, Role::User)).unwrap();
    assert_eq!(store.write_root(NOW.plus_days(31), move |root| apply_again(root, &known)).unwrap(), 0);
    assert_eq!(texts(&store, &format!("SELECT email FROM user WHERE id = '{back}'")), [EMAIL]);
}
