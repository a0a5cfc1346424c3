//! Which catalogue judged from when: each program version that brings another one leaves a row.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::tx::{Tx, WriteRoot};
use crate::domain::audit::hex;
use crate::domain::check::{self, Catalogue};
use crate::domain::os_support::{self, OsSupport};
use crate::domain::time::Time;
use crate::error::Result;

/// A catalogue with its support table, and from when on they judged.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// From when on.
    pub since: Time,
    /// The checks.
    pub catalogue: &'static Catalogue,
    /// The support table.
    pub os_support: &'static OsSupport,
}

/// Notes the shipped frameworks and the shipped catalogue if they are others than the last; another catalogue marks every device and service
/// for a new judgement from now on.
pub fn register(root: &WriteRoot) -> Result<()> {
    super::frameworks::register(root)?;
    let sha256 = shipped_sha256();
    let last: Option<String> = root
        .connection
        .prepare_cached("SELECT sha256 FROM catalogue_version ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if last.as_deref() == Some(sha256) {
        return Ok(());
    }
    root.connection
        .prepare_cached("INSERT INTO catalogue_version (since, sha256, checks, os_support) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![root.now.0, sha256, check::SHIPPED_TEXT, os_support::SHIPPED_TEXT])?;
    root.connection
        .prepare_cached("UPDATE device SET changes_at = min(coalesce(changes_at, ?1), ?1) WHERE retired_at IS NULL")?
        .execute([root.now.0])?;
    root.connection
        .prepare_cached("UPDATE service SET changes_at = min(coalesce(changes_at, ?1), ?1) WHERE retired_at IS NULL")?
        .execute([root.now.0])?;
    Ok(())
}

/// The catalogue in force at `moment`; before the first the first.
pub fn at(tx: &Tx, moment: Time) -> Result<Version> {
    let row: Option<(i64, i64, String)> = tx
        .connection
        .prepare_cached(
            "SELECT version, since, sha256 FROM catalogue_version WHERE since <= ?1
                 OR version = (SELECT min(version) FROM catalogue_version) ORDER BY version DESC LIMIT 1",
        )?
        .query_row([moment.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    match row {
        Some((_, since, sha256)) if sha256 == shipped_sha256() => Ok(shipped(Time(since))),
        Some((version, since, sha256)) => earlier(tx.connection, version, Time(since), &sha256),
        // Before the appliance's first start.
        None => Ok(shipped(Time(0))),
    }
}

/// When the first catalogue after the one in force at `moment` begins.
pub(super) fn next_change(tx: &Tx, moment: Time) -> Result<Option<Time>> {
    let since: Option<i64> = tx
        .connection
        .prepare_cached("SELECT min(since) FROM catalogue_version WHERE since > ?1")?
        .query_row([moment.0], |row| row.get(0))?;
    Ok(since.map(Time))
}

fn shipped(since: Time) -> Version {
    Version { since, catalogue: Catalogue::shipped(), os_support: OsSupport::shipped() }
}

/// SHA-256 of the two shipped texts, one behind the other, in hex.
fn shipped_sha256() -> &'static str {
    static SHA256: LazyLock<String> = LazyLock::new(|| hex(&Sha256::digest([check::SHIPPED_TEXT, os_support::SHIPPED_TEXT].concat())));
    &SHA256
}

/// A catalogue that this program did not bring. Each is read once and then kept for good: there are as many as program versions that ran.
fn earlier(connection: &Connection, version: i64, since: Time, sha256: &str) -> Result<Version> {
    static READ: LazyLock<Mutex<HashMap<String, (&'static Catalogue, &'static OsSupport)>>> = LazyLock::new(Mutex::default);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((catalogue, os_support)) = read.get(sha256) {
        return Ok(Version { since, catalogue, os_support });
    }
    let texts: (String, String) = connection
        .prepare_cached("SELECT checks, os_support FROM catalogue_version WHERE version = ?1")?
        .query_row([version], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // One that this program can't read, say of a later version, leaves what it has itself: said in the log, and reports print both hashes.
    let (catalogue, os_support) =
        match (Catalogue::parse("checks.toml", &texts.0).map_err(|error| error.to_string()), OsSupport::parse(&texts.1)) {
            (Ok(catalogue), Ok(os_support)) => (&*Box::leak(Box::new(catalogue)), &*Box::leak(Box::new(os_support))),
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, sha256, "an earlier catalogue can't be read; the present one stands in for it");
                (Catalogue::shipped(), OsSupport::shipped())
            }
        };
    read.insert(sha256.to_owned(), (catalogue, os_support));
    Ok(Version { since, catalogue, os_support })
}
