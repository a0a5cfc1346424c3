//! A tenant on its way from one appliance to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::domain::user::Plan;
use crate::store::{audit_verify, operator};

const NOW: Time = Time(1_767_225_600);

struct Place {
    folder: tempfile::TempDir,
    store: Arc<Store>,
}

impl Place {
    /// An appliance with the tenant `default` of `email`.
    fn new(email: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        operator::first_start(&store, NOW, email, None).unwrap();
        Place { folder, store }
    }

    /// With a second tenant, and in each a device with a past and two sections.
    fn filled() -> Place {
        let place = Place::new("first@example.org");
        operator::tenant_add(&place.store, NOW, "Second", "second@example.org", None).unwrap();
        for (number, name) in [(1, "default"), (2, "Second")] {
            let id = place.tenant(name).id;
            place.sql(&format!(
                "INSERT INTO device (id, tenant_id, serial_number, device_name, reported_name, device_type, os_type, ownership, source,
                     created_at, first_seen, since, recorded_at, compliance_status, status_since, status_recorded_at)
                 VALUES ('dev_{number}', '{id}', 'S', 'laptop', 'laptop', 'laptop', 'linux', 'company', 'agent', 0, 0, 0, 0, 'unknown', 0, 0);
                 INSERT INTO verdict (subject_id, check_id, tenant_id, status, status_since, since, recorded_at, source)
                 VALUES ('dev_{number}', 'c', '{id}', 'pass', 0, 0, 0, 'agent');
                 INSERT INTO device_presence_past VALUES ('dev_{number}', 1, 2);
                 INSERT INTO section_data VALUES ({number}, CAST('{{\"n\":{number}}}' AS BLOB), 0), ({number} + 10, x'7b7d', 0);
                 INSERT INTO device_section (device_id, data_type, data_id, hash, source, since, recorded_at, confirmed_until, received_at)
                 SELECT 'dev_{number}', 'custom', {number}, x'00', 'agent', 0, 0, 0, 0;
                 INSERT INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until, confirmed_until,
                     received_at, closed_at, late)
                 SELECT 'dev_{number}', 'custom', 0, 0, {number} + 10, x'00', 'agent', 0, 0, 0, 0, 0;
                 INSERT INTO session (id, tenant_id, user_id, created_at, last_used_at, expires_at)
                 SELECT 's_{number}', '{id}', user.id, 0, 0, 0 FROM user WHERE tenant_id = '{id}';"
            ));
        }
        place.hash_sections();
        place
    }

    /// Gives each section the hash that belongs to its content.
    fn hash_sections(&self) {
        use sha2::{Digest, Sha256};
        let connection = Connection::open(self.store.path()).unwrap();
        let digest = |context: &mut rusqlite::functions::Context<'_>| Ok(Sha256::digest(context.get::<Vec<u8>>(0)?).to_vec());
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        connection.create_scalar_function("sha", 1, flags, digest).unwrap();
        let trigger = "SELECT sql FROM sqlite_schema WHERE name = 'device_section_past_is_never_updated'";
        let trigger: String = connection.query_row(trigger, [], |row| row.get(0)).unwrap();
        connection.execute_batch("DROP TRIGGER device_section_past_is_never_updated").unwrap();
        for table in ["device_section", "device_section_past"] {
            let sql = format!("UPDATE {table} SET hash = (SELECT sha(data) FROM section_data d WHERE d.id = data_id)");
            connection.execute_batch(&sql).unwrap();
        }
        connection.execute_batch(&trigger).unwrap();
    }

    fn sql(&self, sql: &str) {
        Connection::open(self.store.path()).unwrap().execute_batch(sql).unwrap();
    }

    fn tenant(&self, name: &str) -> Tenant {
        find(&self.store, NOW, name).unwrap()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Every value of the tenant's rows, by table; section ids replaced by what they point at.
    fn contents(&self, tenant_id: &str) -> BTreeMap<&'static str, Vec<String>> {
        let connection = Connection::open(self.store.path()).unwrap();
        let mut contents = BTreeMap::new();
        for table in TABLES {
            let Rows::Where(condition) = table.rows else { continue };
            let columns: Vec<String> = columns(&connection, table.name)
                .unwrap()
                .iter()
                .map(|column| match column.as_str() {
                    "id" if table.name == "section_data" => "'id'".to_owned(),
                    "data_id" => "(SELECT hex(data) FROM section_data d WHERE d.id = data_id)".to_owned(),
                    column => format!("quote({column})"),
                })
                .collect();
            let sql = format!("SELECT concat_ws('|', {}) FROM {} WHERE {condition} ORDER BY 1", columns.join(", "), table.name);
            let mut statement = connection.prepare(&sql).unwrap();
            let rows = statement.query_map([tenant_id], |row| row.get(0)).unwrap();
            contents.insert(table.name, rows.map(|row| row.unwrap()).collect());
        }
        contents
    }
}

#[test]
fn a_tenant_arrives_whole_and_its_neighbour_stays() {
    let (from, to) = (Place::filled(), Place::new("other@example.org"));
    let id = from.tenant("second").id;
    let file = from.file("second.tenant");
    export(&from.store, NOW, "Second", &file).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    // Numbers that are taken there already.
    to.sql("INSERT INTO section_data VALUES (2, x'7b7d', 0), (40, x'7b7d', 0)");
    let before = from.contents(&id);
    let moved = import(&to.store, NOW.plus_seconds(9), &file, None).unwrap();
    assert_eq!((moved.tenant.id.as_str(), moved.tenant.plan), (id.as_str(), Plan::Enterprise));
    let mut after = to.contents(&id);
    let log = after.get_mut("audit_log").unwrap();
    assert_eq!(log.len(), before["audit_log"].len() + 1);
    log.retain(|row| !row.contains("tenant_imported"));
    assert_eq!(after, before);
    assert!(before.iter().all(|(table, rows)| rows.len() == after[table].len()));
    for table in ["user", "device", "section_data", "device_section", "device_section_past", "verdict", "audit_log"] {
        assert!(!before[table].is_empty(), "{table}");
    }
    let found = audit_verify::verify(&to.store, &id, NOW).unwrap();
    assert_eq!((found.broken, found.entries as usize), (None, before["audit_log"].len() + 1));
    to.sql("DELETE FROM section_data WHERE id IN (2, 40)");
    assert_eq!(integrity::check(&to.store, NOW).unwrap(), []);
    let others = Connection::open(&file).unwrap();
    assert_eq!(texts(&others, "SELECT id FROM tenant").unwrap(), [id]);
    assert_eq!(texts(&others, "SELECT id FROM session UNION SELECT id FROM device").unwrap(), ["dev_2"]);
}

#[test]
fn what_is_there_already_is_refused_and_nothing_stored() {
    let from = Place::filled();
    let file = from.file("second.tenant");
    export(&from.store, NOW, "Second", &file).unwrap();
    let refused = |to: &Place, name: Option<&str>| {
        let before = to.store.read_root(NOW, tenants::list).unwrap().len();
        let error = import(&to.store, NOW, &file, name).unwrap_err();
        assert_eq!(to.store.read_root(NOW, tenants::list).unwrap().len(), before);
        error.detail
    };
    assert!(refused(&from, Some("New")).contains("here already"));
    assert!(refused(&Place::new("SECOND@example.org"), None).contains("signs in here already"));
    let named = Place::new("other@example.org");
    operator::tenant_plan(&named.store, NOW, "default", Plan::Startup, None, None).unwrap();
    named.sql("UPDATE tenant SET name = 'SECOND'");
    assert!(refused(&named, None).contains("of this name"));
    assert!(refused(&named, Some(" ")).contains("printable"));
    let moved = import(&named.store, NOW, &file, Some("Third")).unwrap();
    assert_eq!(moved.tenant.name, "Third");
    assert_eq!(integrity::check(&named.store, NOW).unwrap(), []);
    let error = export(&from.store, NOW, "Second", &file).unwrap_err();
    assert!(error.detail.contains("exists already"), "{error}");
}

#[test]
fn files_that_are_no_whole_export_are_refused() {
    let (from, to) = (Place::filled(), Place::new("other@example.org"));
    let error = |path: &Path| import(&to.store, NOW, path, None).unwrap_err().detail;
    // A new file may have all that it holds in its WAL still.
    from.store.checkpoint().unwrap();
    assert!(error(from.store.path()).contains("whole file"));
    std::fs::write(from.file("text"), "x".repeat(500)).unwrap();
    assert!(error(&from.file("text")).contains("not the export"));
    assert!(error(&from.file("missing")).contains("cannot open"));
    for (name, change, words) in [
        ("later", "PRAGMA user_version = 99", "later version"),
        ("earlier", "PRAGMA user_version = 0", "format 0"),
        (
            "two",
            "INSERT INTO tenant (id, name, plan, created_at) VALUES ('t', 't', 'startup', 0);
             INSERT INTO settings_version (tenant_id, version, since, data) VALUES ('t', 1, 0, '{}')",
            "does not hold one tenant",
        ),
        ("forged", "DROP TRIGGER audit_log_is_never_updated; UPDATE audit_log SET category = 'x'", "is not whole"),
        ("changed", "DROP TRIGGER section_data_is_never_updated; UPDATE section_data SET data = x'5b5d'", "is not whole"),
    ] {
        let file = from.file(name);
        export(&from.store, NOW, "Second", &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let found = error(&file);
        assert!(found.contains(words), "{name}: {found}");
    }
    let file = from.file("good");
    export(&from.store, NOW, "Second", &file).unwrap();
    let served = Store::open(&file).err().unwrap();
    assert!(served.detail.contains("export of one tenant"), "{served}");
}

/// A table that somebody adds must be in `TABLES`: taken along, or left out for a reason.
#[test]
fn every_table_of_the_schema_has_its_line_behind_those_it_refers_to() {
    let place = Place::new("a@example.org");
    let connection = Connection::open(place.store.path()).unwrap();
    let all = texts(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name").unwrap();
    let mut listed: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    for (position, table) in TABLES.iter().enumerate() {
        let parents = format!("SELECT \"table\" FROM pragma_foreign_key_list('{}') WHERE \"table\" <> '{0}'", table.name);
        for parent in texts(&connection, &parents).unwrap() {
            let place = TABLES.iter().position(|other| other.name == parent).unwrap();
            let left_out = matches!(TABLES[place].rows, Rows::LeftOut(_)) && matches!(table.rows, Rows::Where(_));
            assert!(place < position && !left_out, "`{}` refers to `{parent}`", table.name);
        }
        match table.rows {
            Rows::LeftOut(reason) => assert!(reason.len() > 10, "`{}` is left out without a reason", table.name),
            Rows::Where(condition) => {
                let sql = format!("SELECT count(*) FROM {} WHERE {condition}", table.name);
                connection.query_row(&sql, ["t"], |_| Ok(())).unwrap();
                // A number that SQLite gave is another row's in another file.
                let numbers = format!(
                    "SELECT name FROM pragma_table_info('{}') WHERE pk = 1 AND type = 'INTEGER'
                     AND (SELECT count(*) FROM pragma_table_info('{0}') WHERE pk > 0) = 1",
                    table.name
                );
                for column in texts(&connection, &numbers).unwrap() {
                    assert!(table.data_ids.contains(&column.as_str()), "`{}.{column}` is a number of the one file", table.name);
                }
            }
        }
    }
    listed.sort_unstable();
    assert_eq!(listed, all, "give each table its line in `TABLES`");
}
