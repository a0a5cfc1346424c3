//! People as they were at a moment, and the names by which reports call them and accounts.

use rusqlite::{OptionalExtension, params};

use crate::domain::person::Person;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::version_at;
use crate::store::people;
use crate::store::tx::Tx;

/// What somebody is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The person's or key's name.
    pub name: String,
    /// The account's email; `None` for keys and deleted accounts.
    pub email: Option<String>,
}

/// What the user or API key called `id` was called at `at`; erased names as the store keeps them. `None` if there never was one.
pub fn name_at(tx: &Tx, id: &str, at: Time) -> Result<Option<Named>> {
    let sql = "SELECT name, email, since FROM user WHERE id = ?1 AND tenant_id = ?2
               UNION ALL SELECT name, '', 0 FROM api_key WHERE id = ?1 AND tenant_id = ?2 LIMIT 1";
    let present: Option<(String, String, i64)> = tx
        .connection
        .prepare_cached(sql)?
        .query_row(params![id, tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((mut name, mut email, since)) = present else { return Ok(None) };
    if since > at.0
        && let Some((data, _)) = version_at(tx, id, at)?
    {
        let text = |field: &str| data.get(field).and_then(|value| value.as_str()).map(str::to_owned);
        (name, email) = (text("name").unwrap_or(name), text("email").unwrap_or(email));
    }
    Ok(Some(Named { name, email: Some(email).filter(|email| email.contains('@')) }))
}

/// Everybody whom the appliance knew at `at`, as known then, by id. Whether they had a device is not looked up: `has_device` is the present.
pub fn people_at(tx: &Tx, at: Time) -> Result<Vec<Person>> {
    // SQL: the columns are a constant list of names.
    let sql = format!("SELECT {} FROM person p WHERE p.tenant_id = ?1 AND p.created_at <= ?2 ORDER BY p.id", people::COLUMNS);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    statement.query_map(params![tx.tenant_id, at.0], people::from_row)?.map(|person| people::as_of(tx, person?, at)).collect()
}
