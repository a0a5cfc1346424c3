//! Whether the clock may be believed when it says that something is old: after a jump nothing is removed for a week.
//!
//! A board without a battery, a mistyped date or a restored snapshot would else wipe out everything in a minute. A week is time enough for
//! somebody to see the wrong date; a clock that is still the same then is taken at its word.

use rusqlite::{OptionalExtension, params};

use crate::error::Result;
use crate::limits::{CLOCK_DOUBT_SECONDS, CLOCK_GAP_SECONDS};
use crate::store::tx::{Root, WriteRoot};

/// Notes what the clock says. Called every hour while the appliance runs, and at its start.
pub fn look_at(root: &WriteRoot) -> Result<()> {
    let now = root.now.0;
    let steady_at = match known(root)? {
        Some((seen_at, steady_at)) if goes_on(now, seen_at) => steady_at,
        _ => now.saturating_add(CLOCK_DOUBT_SECONDS),
    };
    root.connection
        .prepare_cached(
            "INSERT INTO retention_clock (id, seen_at, steady_at) VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET seen_at = ?1, steady_at = ?2",
        )?
        .execute(params![now, steady_at])?;
    Ok(())
}

pub(super) fn is_steady(root: &Root) -> Result<bool> {
    let now = root.now.0;
    Ok(known(root)?.is_some_and(|(seen_at, steady_at)| goes_on(now, seen_at) && now >= steady_at))
}

fn goes_on(now: i64, seen_at: i64) -> bool {
    now.saturating_sub(seen_at).saturating_abs() <= CLOCK_GAP_SECONDS
}

fn known(root: &Root) -> Result<Option<(i64, i64)>> {
    let sql = "SELECT seen_at, steady_at FROM retention_clock WHERE id = 1";
    Ok(root.connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}
