//! The frameworks inside the program as they were with earlier versions of it: a report on a past period is made by the file of then.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::{OptionalExtension, params};

use super::FileVersion;
use crate::domain::check::Catalogue;
use crate::domain::framework::Framework;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::tx::{Tx, WriteRoot};

/// Notes each shipped file that is another than the last of its framework: it holds from now on.
pub fn register(root: &WriteRoot) -> Result<()> {
    let last = "SELECT sha256 FROM shipped_framework WHERE framework_id = ?1 ORDER BY version DESC LIMIT 1";
    let add = "INSERT INTO shipped_framework (framework_id, version, since, sha256, text)
               SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4 FROM shipped_framework WHERE framework_id = ?1";
    for (framework, text) in Framework::shipped_files() {
        let known: Option<String> = root.connection.prepare_cached(last)?.query_row([&framework.key], |row| row.get(0)).optional()?;
        if known.as_ref() != Some(&framework.sha256) {
            root.connection.prepare_cached(add)?.execute(params![framework.key, root.now.0, framework.sha256, text])?;
        }
    }
    Ok(())
}

/// `present`, as it was at `at`; before its first version the first.
pub(super) fn at(tx: &Tx, present: &'static Framework, at: Time) -> Result<Cow<'static, Framework>> {
    let sql = "SELECT version, sha256 FROM shipped_framework WHERE framework_id = ?1 AND (since <= ?2 OR version = 1)
               ORDER BY version DESC LIMIT 1";
    let read = |row: &rusqlite::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let found = tx.connection.prepare_cached(sql)?.query_row(params![present.key, at.0], read).optional()?;
    match found {
        Some((version, sha256)) if sha256 != present.sha256 => earlier(tx, present, version, &sha256),
        _ => Ok(Cow::Borrowed(present)),
    }
}

/// A file that this program did not bring. Each is read once and then kept for good: there are as many as program versions that ran.
fn earlier(tx: &Tx, present: &'static Framework, version: i64, sha256: &str) -> Result<Cow<'static, Framework>> {
    static READ: LazyLock<Mutex<HashMap<String, &'static Framework>>> = LazyLock::new(Mutex::default);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(framework) = read.get(sha256) {
        return Ok(Cow::Borrowed(framework));
    }
    let sql = "SELECT text FROM shipped_framework WHERE framework_id = ?1 AND version = ?2";
    let text: String = tx.connection.prepare_cached(sql)?.query_row(params![present.key, version], |row| row.get(0))?;
    // One that this program can't read, say for a check that is gone, leaves what it has itself: said in the log, and reports print the hash.
    let framework = match Framework::parse(&present.key, &text, Catalogue::shipped()) {
        Ok(framework) => &*Box::leak(Box::new(framework)),
        Err(error) => {
            tracing::error!(%error, sha256, "an earlier framework file can't be read; the present one stands in for it");
            present
        }
    };
    read.insert(sha256.to_owned(), framework);
    Ok(Cow::Borrowed(framework))
}

/// All versions of the framework called `id`, oldest first.
pub(super) fn versions(tx: &Tx, id: &str) -> Result<Vec<FileVersion>> {
    let mut statement =
        tx.connection.prepare_cached("SELECT since, sha256 FROM shipped_framework WHERE framework_id = ?1 ORDER BY version")?;
    let rows = statement.query_map([id], |row| Ok((Time(row.get(0)?), None, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
