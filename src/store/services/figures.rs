//! Figures over the services of one owner or of the whole tenant, from what is stored: nothing is judged to answer them.

use chrono::NaiveDate;
use rusqlite::params;

use super::list::DueDays;
use crate::domain::compliance::{Score, Status, Tally, baseline_score};
use crate::domain::time::parse_date;
use crate::error::Result;
use crate::limits::UPCOMING_REVIEWS_MAX;
use crate::store::tx::Tx;
use crate::store::word::word;
use crate::store::{score, settings};

/// What a dashboard shows of services.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Services in all.
    pub total: u64,
    /// How many stand how, in the order of [`Status::ALL`].
    pub by_status: Vec<(Status, u64)>,
    /// Reviews due today or within the days of the setting `review_due_soon_days`.
    pub reviews_due_soon: u64,
    /// Reviews whose day has passed.
    pub reviews_overdue: u64,
    /// The next reviews from today on, the soonest first: id and name of the service, and the day.
    pub upcoming_reviews: Vec<(String, String, NaiveDate)>,
    /// Over the baseline checks of these services; over those of the whole tenant, devices among them, if no owner was asked about.
    pub score: Score,
}

/// The figures of the services of `owner`; or of all, and then the score is that of the tenant with its devices, to which
/// `people_without_device` count as no data.
pub fn figures(tx: &Tx, owner: Option<&str>, people_without_device: u64) -> Result<Figures> {
    let version = settings::current(tx)?;
    let today = tx.now.date_in(version.settings.time_zone);
    let by_status = by_status(tx, owner)?;
    Ok(Figures {
        total: by_status.iter().map(|(_, count)| count).sum(),
        by_status,
        reviews_due_soon: due_on(tx, owner, DueDays::soon(tx.now, &version))?,
        reviews_overdue: due_on(tx, owner, DueDays::overdue(tx.now, &version))?,
        upcoming_reviews: upcoming(tx, owner, today)?,
        score: match owner {
            Some(owner) => baseline_score(&version.checks, &owned_tally(tx, owner)?, 0),
            None => score::current(tx, people_without_device)?,
        },
    })
}

/// The condition on services; `?1` is the tenant and `?2` the owner.
pub(super) fn scope(owner: Option<&str>) -> &'static str {
    match owner {
        // As in lists: the few services of one person are found by their owner.
        Some(_) => "+s.tenant_id = ?1 AND s.owner_id = ?2 AND s.retired_at IS NULL",
        None => "s.tenant_id = ?1 AND ?2 IS NULL AND s.retired_at IS NULL",
    }
}

fn by_status(tx: &Tx, owner: Option<&str>) -> Result<Vec<(Status, u64)>> {
    // SQL: the scope is a constant.
    let sql = format!("SELECT s.status, count(*) FROM service s WHERE {} GROUP BY s.status", scope(owner));
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![tx.tenant_id, owner], |row| Ok((word(row, 0, Status::parse)?, row.get::<_, i64>(1)?)))?;
    let mut counts: Vec<(Status, u64)> = Status::ALL.iter().map(|status| (*status, 0)).collect();
    for row in rows {
        let (status, count) = row?;
        counts.iter_mut().filter(|(known, _)| *known == status).for_each(|(_, sum)| *sum = count.unsigned_abs());
    }
    Ok(counts)
}

fn due_on(tx: &Tx, owner: Option<&str>, days: DueDays) -> Result<u64> {
    // SQL: the scope is a constant.
    let sql = format!("SELECT count(*) FROM service s WHERE {} AND s.next_review_date BETWEEN ?3 AND ?4", scope(owner));
    let values = params![tx.tenant_id, owner, days.first_text(), days.last.to_string()];
    let count: i64 = tx.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn upcoming(tx: &Tx, owner: Option<&str>, today: NaiveDate) -> Result<Vec<(String, String, NaiveDate)>> {
    // SQL: the scope is a constant.
    let sql = format!(
        "SELECT s.id, s.name, s.next_review_date FROM service s WHERE {} AND s.next_review_date >= ?3
         ORDER BY s.next_review_date, s.id LIMIT ?4",
        scope(owner)
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    let mut rows = statement.query(params![tx.tenant_id, owner, today.to_string(), UPCOMING_REVIEWS_MAX])?;
    while let Some(row) = rows.next()? {
        if let Some(day) = parse_date(row.get_ref(2)?.as_str().unwrap_or_default()) {
            found.push((row.get(0)?, row.get(1)?, day));
        }
    }
    Ok(found)
}

fn owned_tally(tx: &Tx, owner: &str) -> Result<Tally> {
    // SQL: the scope is a constant. The services come first: their verdicts are looked up one service at a time.
    let sql = format!(
        "SELECT v.check_id, v.status, count(*) FROM service s CROSS JOIN verdict v ON v.subject_id = s.id WHERE {}
         GROUP BY v.check_id, v.status",
        scope(Some(owner))
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    score::collect(&mut statement.query(params![tx.tenant_id, owner])?)
}
