//! One tenant with its whole history as one SQLite file, to move it to another appliance.
//!
//! The file has the appliance's own schema and a mark of its own, so that no appliance serves it by mistake. Ids stay what they are, and
//! the audit chain goes on where it was. Hashes of passwords and keys go along: people and agents get on as before. Sessions do not.

mod file;
mod tables;

use std::path::Path;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::audit::{Entry, record};
use super::error::is_duplicate;
use super::tenants::{self, Tenant};
use super::{Actor, Store, WriteRoot, appliance, connection, erasure, header, integrity};
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use tables::{Rows, TABLES, Table};

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    /// The tenant.
    pub tenant: Tenant,
    /// Rows of all tables.
    pub rows: u64,
}

/// Writes the tenant called `name` into the new file `path` (mode 0600) and checks what was written.
///
/// Refuses a path where anything is. After an error no file is left. All is from one state of the appliance; the export has an entry in the
/// tenant's log, which is in the file too.
pub fn export(store: &Store, now: Time, name: &str, path: &Path) -> Result<Moved> {
    let tenant = find(store, now, name)?;
    file::create_new(path)?;
    write(store, now, tenant, path).inspect_err(|_| {
        // It was made just now, and nobody can use it.
        let _ = std::fs::remove_file(path);
    })
}

/// Brings the tenant of the export at `path` in, under its own name or, where it is given, under `name`.
///
/// Refuses a file of another format, one whose contents or audit chain are not whole, and a tenant whose id, name or one of whose emails is
/// here already. All or nothing.
pub fn import(store: &Store, now: Time, path: &Path, name: Option<&str>) -> Result<Moved> {
    header::refuse_other_than_export(path)?;
    let file = connection::open_reader(path)?;
    // From here on the file is one state, whoever writes to it.
    file.execute_batch("BEGIN")?;
    if let Some(finding) = integrity::check_connection(&file, now).first() {
        return Err(Error::invalid(format!("`{}` is not whole: {finding}", path.display())));
    }
    let ids = texts(&file, "SELECT id FROM tenant")?;
    let [id] = <[String; 1]>::try_from(ids).map_err(|_| Error::invalid(format!("`{}` does not hold one tenant", path.display())))?;
    let name = name.map(tenants::checked_name).transpose()?;
    store.write_root(now, move |root| bring_in(root, &file, &id, name.as_deref()))
}

fn find(store: &Store, now: Time, name: &str) -> Result<Tenant> {
    let found = store.read_root(now, |root| tenants::find_by_name(root, name))?;
    found.ok_or_else(|| Error::invalid("There is no tenant of this name; `recoger tenant list` shows them"))
}

fn write(store: &Store, now: Time, tenant: Tenant, path: &Path) -> Result<Moved> {
    let id = tenant.id.clone();
    store.write_root(now, move |root| {
        let entry = Entry::new(Event::TenantExported, "tenant", &id, Metadata::new());
        record(&root.tenant_write(&id, Actor::system()), entry)
    })?;
    let file = file::open_export(path)?;
    let rows = store.read_root(now, |root| copy(root.connection, &file, &tenant.id, &Changes::default()))?;
    file.execute_batch("COMMIT")?;
    match integrity::check_connection(&file, now).first() {
        Some(finding) => Err(Error::invalid(format!("The tenant is not whole: {finding}; look at `recoger check`"))),
        None => Ok(Moved { tenant, rows }),
    }
}

fn bring_in(root: &WriteRoot, file: &Connection, id: &str, name: Option<&str>) -> Result<Moved> {
    refuse_present(root, file, id, name)?;
    let shift: i64 = root.connection.query_row("SELECT coalesce(max(id), 0) FROM section_data", [], |row| row.get(0))?;
    let rows = copy(file, root.connection, id, &Changes { shift, name })?;
    let mut metadata = Metadata::new();
    if let Some(name) = name {
        let old: String = file.query_row("SELECT name FROM tenant", [], |row| row.get(0))?;
        metadata = metadata.change("name", old, name);
    }
    // Where it came to: the entries before were made elsewhere.
    metadata = metadata.with("installation_id", appliance::installation_id(root)?);
    let tx = root.tenant_write(id, Actor::system());
    record(&tx, Entry::new(Event::TenantImported, "tenant", id, metadata))?;
    // Whoever was erased there or here does not come back with the file.
    erasure::apply_again(root, &erasure::remembered(root)?)?;
    Ok(Moved { tenant: tenants::of(&tx)?, rows })
}

fn refuse_present(root: &WriteRoot, file: &Connection, id: &str, name: Option<&str>) -> Result<()> {
    let present = |sql: &str, value: &str| -> Result<bool> {
        Ok(root.connection.prepare_cached(sql)?.query_row([value], |_| Ok(())).optional()?.is_some())
    };
    if present("SELECT 1 FROM tenant WHERE id = ?1", id)? || present("SELECT 1 FROM audit_log WHERE chain = ?1", id)? {
        return Err(Error::conflict("This tenant is here already, or was"));
    }
    let own: String = file.query_row("SELECT name FROM tenant", [], |row| row.get(0))?;
    if present("SELECT 1 FROM tenant WHERE name = ?1", name.unwrap_or(&own))? {
        return Err(Error::conflict("There is a tenant of this name already; give it another with `--as`"));
    }
    for email in texts(file, "SELECT email FROM user ORDER BY email")? {
        if present("SELECT 1 FROM user WHERE email = ?1", &email)? {
            return Err(Error::conflict(format!("`{}` signs in here already; an email is unique over all tenants", email.escape_debug())));
        }
    }
    Ok(())
}

/// What another file needs otherwise.
#[derive(Debug, Default, Clone, Copy)]
struct Changes<'n> {
    /// Added to ids of `section_data`.
    shift: i64,
    /// The tenant's name there, if it is another.
    name: Option<&'n str>,
}

/// Copies the tenant's rows from one file to the other; gives how many.
fn copy(from: &Connection, to: &Connection, tenant_id: &str, changes: &Changes) -> Result<u64> {
    let mut copied = 0;
    for table in TABLES {
        let Rows::Where(condition) = table.rows else { continue };
        let columns = columns(to, table.name)?;
        let (names, places) = (columns.join(", "), vec!["?"; columns.len()].join(", "));
        // SQL: names of the schema and conditions of `TABLES`.
        let mut rows = from.prepare(&format!("SELECT {names} FROM {} WHERE {condition}", table.name)).map_err(other_schema)?;
        // SQL: as above.
        let mut insert = to.prepare(&format!("INSERT INTO {} ({names}) VALUES ({places})", table.name))?;
        let mut rows = rows.query([tenant_id])?;
        while let Some(row) = rows.next()? {
            let values = columns.iter().enumerate().map(|(index, column)| changes.applied(table, column, row.get_ref(index)?).map(Cell));
            match insert.execute(params_from_iter(values.collect::<Result<Vec<Cell>>>()?)) {
                Err(error) if is_duplicate(&error) => {
                    return Err(Error::conflict(format!("A row of `{}` is here already; this is not another appliance", table.name)));
                }
                result => copied += result? as u64,
            }
        }
    }
    Ok(copied)
}

/// A value on its way, not copied.
struct Cell<'r>(ToSqlOutput<'r>);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match &self.0 {
            ToSqlOutput::Borrowed(value) => ToSqlOutput::Borrowed(*value),
            other => other.clone(),
        })
    }
}

impl<'n> Changes<'n> {
    fn applied<'v>(&self, table: &Table, column: &str, value: ValueRef<'v>) -> Result<ToSqlOutput<'v>>
    where
        'n: 'v,
    {
        match (value, self.name) {
            (ValueRef::Integer(id), _) if table.data_ids.contains(&column) => {
                let id = id.checked_add(self.shift).ok_or_else(|| Error::invalid("The file has ids that no appliance makes"))?;
                Ok(ToSqlOutput::Owned(Value::Integer(id)))
            }
            (_, Some(name)) if (table.name, column) == ("tenant", "name") => Ok(ToSqlOutput::from(name)),
            (value, _) => Ok(ToSqlOutput::Borrowed(value)),
        }
    }
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

fn other_schema(error: rusqlite::Error) -> Error {
    Error { cause: Some(error.to_string()), ..Error::invalid("The file was made by another version of Recoger, with other tables") }
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
