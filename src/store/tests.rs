//! The store's own promises: what is acknowledged is stored, what failed is not, foreign files are refused.

use super::*;
use crate::error::{Error, Kind};

const NOW: Time = Time(1_767_225_600);

fn store() -> (tempfile::TempDir, Arc<Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("recoger.db")).unwrap();
    (folder, store)
}

fn add_tenant(root: &WriteRoot, id: &str) -> Result<()> {
    let sql = "INSERT INTO tenant (id, name, plan, created_at) VALUES (?1, ?1, 'enterprise', 0)";
    root.connection.prepare_cached(sql)?.execute([id])?;
    Ok(())
}

fn tenants(store: &Store) -> Vec<String> {
    store
        .read_root(NOW, |root| {
            let mut statement = root.connection.prepare("SELECT id FROM tenant ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<Vec<String>>>()?)
        })
        .unwrap()
}

#[test]
fn a_write_that_fails_or_panics_leaves_nothing_and_its_neighbours_stand() {
    let (_folder, store) = store();
    std::thread::scope(|scope| {
        for number in 0..40 {
            let store = &store;
            scope.spawn(move || {
                let result = store.write_root(NOW, move |root| {
                    add_tenant(root, &format!("t{number:02}"))?;
                    match number % 3 {
                        0 => Ok(()),
                        1 => Err(Error::invalid("refused")),
                        _ => panic!("on purpose"),
                    }
                });
                match number % 3 {
                    0 => result.unwrap(),
                    1 => assert_eq!(result.unwrap_err().kind, Kind::Invalid),
                    _ => assert_eq!(result.unwrap_err().kind, Kind::Internal),
                }
            });
        }
    });
    let expected: Vec<String> = (0..40).filter(|number| number % 3 == 0).map(|number| format!("t{number:02}")).collect();
    assert_eq!(tenants(&store), expected);
}

#[test]
fn a_reader_cannot_write() {
    let (_folder, store) = store();
    let error = store.read_root(NOW, |root| Ok(root.connection.execute("DELETE FROM tenant", [])?)).unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable, "{error}");
}

#[test]
fn a_read_sees_one_state_of_the_file() {
    let (_folder, store) = store();
    let count = |root: &Root| -> Result<i64> { Ok(root.connection.query_row("SELECT count(*) FROM tenant", [], |row| row.get(0))?) };
    let (before, after) = store
        .read_root(NOW, |root| {
            let before = count(root)?;
            store.write_root(NOW, |root| add_tenant(root, "t"))?;
            Ok((before, count(root)?))
        })
        .unwrap();
    assert_eq!((before, after), (0, 0));
    assert_eq!(tenants(&store), ["t"]);
}

#[cfg(unix)]
#[test]
fn the_file_and_its_companions_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = store();
    store.write_root(NOW, |root| add_tenant(root, "t")).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_could_read_becomes_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recoger.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&path).unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn foreign_newer_and_broken_files_are_refused_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE note (text)").unwrap();
    assert!(Store::open(&foreign).err().unwrap().detail.contains("another program"));

    let newer = folder.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    assert!(Store::open(&newer).err().unwrap().detail.contains("later version"));

    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be looked at as one: ".repeat(40)).unwrap();
    let before = std::fs::read(&text).unwrap();
    assert!(Store::open(&text).err().unwrap().detail.contains("not a Recoger database"));
    assert_eq!(std::fs::read(&text).unwrap(), before);

    let nowhere = folder.path().join("no/such/folder.db");
    assert!(Store::open(&nowhere).err().unwrap().detail.contains("cannot create"));
}

#[test]
fn the_audit_log_refuses_update_delete_and_replace() {
    let (_folder, store) = store();
    let insert = "INTO audit_log (chain, seq, id, event_name, event_title, category, actor_type, metadata, created_at, hash, previous_hash)
                  VALUES ('appliance', 1, 'evt_1', 'a', 'A', 'c', 'system', '{}', 0, x'00', x'00')";
    store.write_root(NOW, move |root| Ok(root.connection.execute(&format!("INSERT {insert}"), [])?)).unwrap();
    for sql in ["UPDATE audit_log SET event_name = 'b'", "DELETE FROM audit_log", &format!("INSERT OR REPLACE {insert}")] {
        let sql = sql.to_owned();
        let error = store.write_root(NOW, move |root| Ok(root.connection.execute(&sql, [])?)).unwrap_err();
        assert!(error.to_string().contains("audit log entries cannot be"), "{error}");
    }
}
