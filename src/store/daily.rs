//! How each day ended, kept for good: counted from what was known at its last second, so that no moment of counting changes a figure.
//!
//! Counting looks at every device and service that was there, a few hundred in a read of their own: it holds up nobody, and days that went by
//! while the appliance was off are counted in the same way.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use rusqlite::{Row, params};

use super::tx::{Actor, Root, Tx, WriteTx};
use super::{Store, devices, people, services, settings, verdicts};
use crate::domain::compliance::{Counts, Score, Status, Tally, baseline_score};
use crate::domain::device::Approval;
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Kind, Result};
use crate::limits::{DAY_CHUNK_SUBJECTS, DAY_SETTLES_SECONDS, TREND_DAYS_MAX};

/// How many subjects have each status.
pub type StatusCounts = BTreeMap<Status, u64>;

/// A count of nobody.
pub fn no_counts() -> StatusCounts {
    Status::ALL.iter().map(|status| (*status, 0)).collect()
}

/// How a tenant stood at the end of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyFigure {
    /// The day, in the tenant's time zone.
    pub day: NaiveDate,
    /// Over the baseline of that day.
    pub score: Score,
    /// Devices by status.
    pub devices: StatusCounts,
    /// Services by status.
    pub services: StatusCounts,
}

/// The days from `from` to before `until` that were counted, the earliest first.
pub fn between(tx: &Tx, from: NaiveDate, until: NaiveDate) -> Result<Vec<DailyFigure>> {
    let sql = "SELECT day, score, completeness, passed, failed, excepted, no_data, not_applicable, devices, services FROM daily_figure
               WHERE tenant_id = ?1 AND day >= ?2 AND day < ?3 ORDER BY day";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, from.to_string(), until.to_string()], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn from_row(row: &Row) -> rusqlite::Result<DailyFigure> {
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    let by_status = |column| Ok::<_, rusqlite::Error>(serde_json::from_str(row.get_ref(column)?.as_str()?).unwrap_or_else(|_| no_counts()));
    let counts = Counts { passed: count(3)?, failed: count(4)?, excepted: count(5)?, no_data: count(6)?, not_applicable: count(7)? };
    Ok(DailyFigure {
        day: parse_date(row.get_ref(0)?.as_str()?).unwrap_or_default(),
        score: Score { score: row.get(1)?, completeness: row.get(2)?, counts },
        devices: by_status(8)?,
        services: by_status(9)?,
    })
}

/// Counts days that are over; what is half done is kept in it.
#[derive(Debug, Default)]
pub struct DayCounter {
    counting: Option<Counting>,
}

/// A day of a tenant, as far as it is counted.
#[derive(Debug)]
struct Counting {
    tenant_id: String,
    day: NaiveDate,
    ended_at: Time,
    of: Subjects,
    /// When the last subject that was counted came, and its id.
    after: (i64, String),
    tally: Tally,
    devices: StatusCounts,
    services: StatusCounts,
    people_without_device: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subjects {
    Devices,
    Services,
}

impl DayCounter {
    /// Counts a part of the first day that is over and not counted yet. False if there is none.
    pub fn advance(&mut self, store: &Store, now: Time) -> Result<bool> {
        let counting = match self.counting.take() {
            Some(counting) => counting,
            None => match store.read_root(now, next)? {
                Some(counting) => counting,
                None => return Ok(false),
            },
        };
        let tenant_id = counting.tenant_id.clone();
        let (counting, done) = store.read(&tenant_id, &Actor::system(), now, |tx| counting.part(tx))?;
        if done {
            store.write(&tenant_id, &Actor::system(), now, move |tx| counting.keep(tx))?;
        } else {
            self.counting = Some(counting);
        }
        Ok(true)
    }

    /// Counts all days that are over.
    pub fn catch_up(store: &Store, now: Time) -> Result<()> {
        let mut counter = DayCounter::default();
        while counter.advance(store, now)? {}
        Ok(())
    }
}

/// The first day of any tenant that is over and not counted.
fn next(root: &Root) -> Result<Option<Counting>> {
    let mut statement = root.connection.prepare_cached(
        "SELECT t.id, t.created_at, (SELECT max(day) FROM daily_figure d WHERE d.tenant_id = t.id) FROM tenant t ORDER BY t.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let tenant_id: String = row.get(0)?;
        let zone = settings::current(&root.tenant(&tenant_id, Actor::system()))?.settings.time_zone;
        let today = root.now.date_in(zone);
        let counted = row.get::<_, Option<String>>(2)?.as_deref().and_then(parse_date);
        let first = counted.and_then(|day| day.succ_opt()).unwrap_or_else(|| Time(row.get(1).unwrap_or_default()).date_in(zone));
        let day = first.max(today.checked_sub_days(Days::new(TREND_DAYS_MAX)).unwrap_or(today));
        let Some(following) = day.succ_opt() else { continue };
        let ended_at = Time::start_of(following, zone);
        if ended_at.plus_seconds(DAY_SETTLES_SECONDS) <= root.now {
            return Ok(Some(Counting {
                tenant_id,
                day,
                ended_at,
                of: Subjects::Devices,
                after: (i64::MIN, String::new()),
                tally: Tally::new(),
                devices: no_counts(),
                services: no_counts(),
                people_without_device: 0,
            }));
        }
    }
    Ok(None)
}

impl Counting {
    /// The last second of the day.
    fn at(&self) -> Time {
        self.ended_at.plus_seconds(-1)
    }

    /// Counts some more subjects, and says whether these were the last.
    fn part(mut self, tx: &Tx) -> Result<(Counting, bool)> {
        let sql = match self.of {
            Subjects::Devices => {
                "SELECT created_at, id FROM device WHERE tenant_id = ?1 AND created_at <= ?2 AND (created_at, id) > (?3, ?4)
                 AND (retired_at IS NULL OR retired_at > ?2) ORDER BY created_at, id LIMIT ?5"
            }
            // Services are few: they have no index by when they came alone.
            Subjects::Services => {
                "SELECT created_at, id FROM service WHERE tenant_id = ?1 AND created_at <= ?2 AND (created_at, id) > (?3, ?4)
                 AND (retired_at IS NULL OR retired_at > ?2) ORDER BY created_at, id LIMIT ?5"
            }
        };
        let values = params![tx.tenant_id, self.at().0, self.after.0, self.after.1, DAY_CHUNK_SUBJECTS];
        let mut statement = tx.connection.prepare_cached(sql)?;
        let found: Vec<(i64, String)> =
            statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        for (_, id) in &found {
            self.count(tx, id)?;
        }
        let full = found.len() as i64 == DAY_CHUNK_SUBJECTS;
        match (found.into_iter().last().filter(|_| full), self.of) {
            (Some(last), _) => self.after = last,
            (None, Subjects::Devices) => (self.of, self.after) = (Subjects::Services, (i64::MIN, String::new())),
            (None, Subjects::Services) => {
                // Read here, not while writing: it looks at every device.
                self.people_without_device = people::population(tx, self.at())?.without_device;
                return Ok((self, true));
            }
        }
        Ok((self, false))
    }

    fn count(&mut self, tx: &Tx, id: &str) -> Result<()> {
        let status = match self.of {
            Subjects::Devices => there(devices::at(tx, id, self.at()))?
                .filter(|device| device.approval == Approval::Approved)
                .map(|device| device.compliance_status),
            Subjects::Services => there(services::at(tx, id, self.at()))?.map(|service| service.status),
        };
        let Some(status) = status else { return Ok(()) };
        let by_status = if self.of == Subjects::Devices { &mut self.devices } else { &mut self.services };
        *by_status.entry(status).or_default() += 1;
        for verdict in verdicts::at(tx, id, self.at())? {
            self.tally.entry(verdict.check_id).or_default().add(verdict.status);
        }
        Ok(())
    }

    fn keep(self, tx: &WriteTx) -> Result<()> {
        let version = settings::at(tx, self.at())?;
        let Score { score, completeness, counts } = baseline_score(&version.checks, &self.tally, self.people_without_device);
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let text = |counts: &StatusCounts| serde_json::to_string(counts).map_err(Error::internal);
        tx.connection
            .prepare_cached(
                "INSERT INTO daily_figure (tenant_id, day, ended_at, score, completeness, passed, failed, excepted, no_data, not_applicable,
                     devices, services) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                tx.tenant_id,
                self.day.to_string(),
                self.ended_at.0,
                score,
                completeness,
                whole(counts.passed),
                whole(counts.failed),
                whole(counts.excepted),
                whole(counts.no_data),
                whole(counts.not_applicable),
                text(&self.devices)?,
                text(&self.services)?,
            ])?;
        Ok(())
    }
}

/// `None` for what was not there.
fn there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        found => found.map(Some),
    }
}
