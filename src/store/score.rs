//! How subjects stand in the checks and the one score of it, from counts that are kept as verdicts change: no device is looked at.

use rusqlite::{Rows, params};

use super::settings;
use super::tx::Tx;
use super::word::word;
use crate::domain::compliance::{CheckStatus, Score, Tally, baseline_score};
use crate::error::Result;

/// How many devices and services of the tenant stand how in each check. Devices that wait for approval are in none.
pub fn tally(tx: &Tx) -> Result<Tally> {
    let mut statement = tx.connection.prepare_cached("SELECT check_id, status, subjects FROM check_tally WHERE tenant_id = ?1")?;
    collect(&mut statement.query(params![tx.tenant_id])?)
}

/// The tenant's score now: its baseline over all devices and services.
pub fn current(tx: &Tx, people_without_device: u64) -> Result<Score> {
    Ok(baseline_score(&settings::current(tx)?.checks, &tally(tx)?, people_without_device))
}

/// Rows of a check's id, a status and how many stand so.
pub(super) fn collect(rows: &mut Rows<'_>) -> Result<Tally> {
    let mut tally = Tally::new();
    while let Some(row) = rows.next()? {
        let subjects = row.get::<_, i64>(2)?.unsigned_abs();
        tally.entry(row.get(0)?).or_default().add_many(word(row, 1, CheckStatus::parse)?, subjects);
    }
    Ok(tally)
}
