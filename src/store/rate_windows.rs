//! Counted requests, kept over a restart: else a restart would give every credential a new day.

use rusqlite::params;

use super::tx::{Root, WriteRoot};
use crate::domain::time::DAY;
use crate::error::Result;

/// The requests of a credential in one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateWindow {
    /// A user's or key's id.
    pub credential: String,
    /// Length of the window: 60 or 86,400.
    pub seconds: i64,
    /// Begin, Unix seconds.
    pub begins_at: i64,
    /// Requests counted in it.
    pub requests: u32,
}

/// Keeps `windows` and forgets those that ended more than a day ago.
pub fn save(root: &WriteRoot, windows: &[RateWindow]) -> Result<()> {
    let mut statement = root.connection.prepare_cached(
        "INSERT INTO rate_window (credential, seconds, begins_at, requests) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET begins_at = ?3, requests = ?4",
    )?;
    for window in windows {
        statement.execute(params![window.credential, window.seconds, window.begins_at, window.requests])?;
    }
    root.connection.prepare_cached("DELETE FROM rate_window WHERE begins_at + seconds < ?1")?.execute([root.now.0 - DAY])?;
    Ok(())
}

/// The windows that were kept.
pub fn load(root: &Root) -> Result<Vec<RateWindow>> {
    let mut statement = root.connection.prepare_cached("SELECT credential, seconds, begins_at, requests FROM rate_window")?;
    let rows = statement.query_map([], |row| {
        Ok(RateWindow { credential: row.get(0)?, seconds: row.get(1)?, begins_at: row.get(2)?, requests: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
