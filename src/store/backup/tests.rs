//! A backup holds everything and is private; the way back refuses what it must, keeps what was there, and brings nobody back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::store::erasure::{self, Cause};
use crate::store::{appliance, operator, people, tenants};

const NOW: Time = Time(1_767_225_600);
const EMAIL: &str = "ada.lovelace@example.org";

/// An appliance with one person who has no account; the store, the tenant's id and the person's.
fn scene() -> (tempfile::TempDir, Arc<Store>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    let admin = operator::first_start(&store, NOW, "admin@example.org", None).unwrap().unwrap().value;
    let change = people::Change::default();
    let person = store.write(&admin.tenant_id, &Actor::system(), NOW, move |tx| people::create(tx, "Ada", EMAIL, &change)).unwrap();
    (folder, store, admin.tenant_id, person.id)
}

fn events(store: &Store) -> Vec<String> {
    let sql = "SELECT event_name FROM audit_log WHERE chain = 'appliance' AND event_name GLOB 'backup_*' ORDER BY seq";
    store.read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap()
}

fn holds(file: &Path, text: &str) -> bool {
    std::fs::read(file).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

fn restored(data: &Path, from: &Path, force: bool) -> std::result::Result<Restored, String> {
    restore(data, from, NOW, force).map_err(|error| error.detail)
}

fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    // An empty WAL is what SQLite leaves of looking at a file.
    names.retain(|name| !name.ends_with("-wal"));
    names.sort();
    names
}

#[test]
fn a_backup_is_one_private_whole_file_that_is_logged_and_never_replaces_one() {
    let (folder, store, ..) = scene();
    let file = folder.path().join("one.backup");
    let made = backup(&store, NOW, &file).unwrap();
    assert_eq!(made.size_bytes, std::fs::metadata(&file).unwrap().len());
    assert!(holds(&file, EMAIL), "what lies in the WAL of the source is in it");
    assert!(!folder.path().join("one.backup-wal").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let refused = backup(&store, NOW, &folder.path().join("letter.txt")).unwrap_err();
    assert!(refused.detail.contains("exists already"), "{refused:?}");
    assert_eq!(std::fs::read(folder.path().join("letter.txt")).unwrap(), b"dear");
    assert_eq!(events(&store), ["backup_created", "backup_failed"]);
}

#[test]
fn a_backup_of_what_is_not_whole_fails_and_leaves_no_file() {
    let (folder, store, ..) = scene();
    let damage = |root: &crate::store::WriteRoot| {
        root.test_execute("DROP TRIGGER audit_log_is_never_updated", &[]);
        root.test_execute("UPDATE audit_log SET resource_id = 'other' WHERE seq = 1", &[]);
        Ok(())
    };
    store.write_root(NOW, damage).unwrap();
    let failed = backup(&store, NOW, &folder.path().join("one.backup")).unwrap_err();
    assert!(failed.detail.contains("not whole"), "{failed:?}");
    assert!(!folder.path().join("one.backup").exists());
    assert_eq!(events(&store), ["backup_failed"]);
}

#[test]
fn whoever_was_erased_since_does_not_come_back_and_the_old_file_is_kept() {
    let (folder, store, tenant_id, person_id) = scene();
    let (data, file) = (folder.path().join("recoger.db"), folder.path().join("one.backup"));
    backup(&store, NOW, &file).unwrap();
    store.write(&tenant_id, &Actor::system(), NOW, move |tx| erasure::erase(tx, &person_id, &Cause::Retention)).unwrap();
    let made_later = |root: &crate::store::WriteRoot| tenants::add(root, Actor::system(), "later", crate::domain::user::Plan::Startup);
    store.write_root(NOW, made_later).unwrap();

    assert!(restored(&data, &file, false).unwrap_err().contains("--force"));
    assert!(restored(&data, &file, true).unwrap_err().contains("in use"), "the store has it open");
    drop(store);
    let done = restored(&data, &file, true).unwrap();
    assert_eq!((done.erased_again, done.erasures_known), (1, true));
    let kept = done.kept.unwrap();
    assert!(holds(&kept, "later") && !holds(&data, EMAIL) && holds(&file, EMAIL), "the backup itself is only read");
    let store = Store::open(&data).unwrap();
    assert_eq!(store.read_root(NOW, tenants::list).unwrap().len(), 1, "what was made later is not there");
    assert_eq!(integrity::check(&store, NOW).unwrap(), []);
    assert_eq!(events(&store), ["backup_restored"], "the backup was made before its own entry");
    drop(store);
    let again = restored(&data, &file, true).unwrap();
    assert!(again.kept != Some(kept), "nothing that was kept is overwritten");
    assert_eq!(again.erased_again, 1, "remembered in the restored file too");
}

#[test]
fn a_damaged_file_is_replaced_and_one_that_is_no_whole_backup_is_refused() {
    let (folder, store, ..) = scene();
    let (data, file) = (folder.path().join("recoger.db"), folder.path().join("one.backup"));
    backup(&store, NOW, &file).unwrap();
    store.checkpoint().unwrap();
    drop(store);
    let broken: PathBuf = folder.path().join("broken.backup");
    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.windows(EMAIL.len()).rposition(|window| window == EMAIL.as_bytes()).unwrap();
    bytes[place] = b'X';
    std::fs::write(&broken, &bytes).unwrap();
    let before = (names(&folder), std::fs::read(&data).unwrap());
    assert!(restored(&data, &broken, true).unwrap_err().contains("not whole"));
    std::fs::write(folder.path().join("letter.txt"), "dear".repeat(100)).unwrap();
    assert!(restored(&data, &folder.path().join("letter.txt"), true).unwrap_err().contains("not a Recoger database"));
    assert!(restored(&data, &folder.path().join("none"), true).unwrap_err().contains("does not exist"));
    std::fs::remove_file(folder.path().join("letter.txt")).unwrap();
    assert_eq!(names(&folder), before.0);
    assert!(std::fs::read(&data).unwrap() == before.1, "nothing was changed");

    std::fs::write(&data, vec![7; 8_192]).unwrap();
    let done = restored(&data, &file, true).unwrap();
    assert!(!done.erasures_known);
    assert_eq!(std::fs::read(done.kept.unwrap()).unwrap(), vec![7; 8_192]);
    let store = Store::open_whole(&data).unwrap();
    assert!(store.read_root(NOW, appliance::installation_id).is_ok());
}

#[test]
fn an_appliance_comes_back_on_an_empty_disk() {
    let (folder, store, ..) = scene();
    let file = folder.path().join("one.backup");
    backup(&store, NOW, &file).unwrap();
    let data = folder.path().join("elsewhere.db");
    assert_eq!(restored(&data, &file, false).unwrap(), Restored { kept: None, erased_again: 0, erasures_known: true });
    let (old, new) =
        (store.read_root(NOW, appliance::installation_id), Store::open(&data).unwrap().read_root(NOW, appliance::installation_id));
    assert_eq!(old.unwrap(), new.unwrap(), "agents and people find the same appliance");
    assert_eq!(names(&folder).iter().filter(|name| name.contains("restoring")).count(), 0);
}
