//! Findings of reviews: made with the review, followed up in versions, listed.

use chrono::NaiveDate;
use rusqlite::types::Value as Parameter;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};
use serde_json::json;

use super::audit::{self, Entry};
use super::devices::version_at;
use super::services::{self, require_owned};
use super::settings;
use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::{day, word};
use crate::domain::audit::{Event, Metadata};
use crate::domain::check::Severity;
use crate::domain::finding::{Finding, FindingPatch, FindingRecord, FindingStatus};
use crate::domain::review::{FindingItem, Review};
use crate::domain::time::Time;
use crate::error::{Error, Result};

const COLUMNS: &str = "f.id, f.review_id, f.service_id, f.text, f.severity, f.owner_id, f.due_on, f.status, f.resolution, f.resolved_at,
    f.created_at, f.since, f.recorded_at";

/// Which findings.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those that this user mends.
    pub owner_id: Option<String>,
    /// Only those of this service.
    pub service_id: Option<String>,
    /// Only those that stand so.
    pub status: Option<FindingStatus>,
    /// Only those that are this grave.
    pub severity: Option<Severity>,
    /// Only those that are open beyond their day.
    pub overdue: bool,
    /// Only those that this user mends, or of services that this user owns.
    pub visible_to: Option<String>,
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when its review was recorded.
    CreatedAt,
    /// By the day until which it is to be mended; those without one come last either way.
    DueOn,
}

/// A part of an ordered list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Ordered by what; ties by id in the same direction.
    pub sort: Sort,
    /// The last first.
    pub descending: bool,
    /// Findings passed over.
    pub skip: i64,
    /// Findings at most.
    pub limit: i64,
}

/// Begins to follow up what `review`, which was just recorded, found.
pub(super) fn open(tx: &WriteTx, review: &Review) -> Result<()> {
    let sql = "INSERT INTO finding (id, tenant_id, review_id, service_id, text, severity, owner_id, due_on, status, created_at, since,
                   recorded_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', ?9, ?9, ?9)";
    let mut insert = tx.connection.prepare_cached(sql)?;
    for FindingItem { id, text, severity, owner_id, due_on } in &review.statement.finding_items {
        let due_on = due_on.map(|day| day.to_string());
        insert.execute(params![id, tx.tenant_id, review.id, review.service_id, text, severity.as_str(), owner_id, due_on, tx.now.0])?;
    }
    Ok(())
}

/// The finding called `id`. With a `person` it must be that person's to mend, or of a service of his.
pub fn get(tx: &Tx, id: &str, person: Option<&str>) -> Result<Finding> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM finding f WHERE f.id = ?1 AND f.tenant_id = ?2");
    let found = tx.connection.prepare_cached(&sql)?.query_row(params![id, tx.tenant_id], from_row).optional()?;
    let finding = found.ok_or_else(|| Error::not_found("Finding"))?;
    match person {
        Some(person) if finding.record.owner_id.as_deref() != Some(person) => {
            require_owner(tx, &finding, Some(person)).map_err(|_| Error::forbidden("This finding is not yours"))?;
            Ok(finding)
        }
        _ => Ok(finding),
    }
}

/// Applies `patch` to the finding called `id`. With a `person` its service must be that person's.
pub fn patch(tx: &WriteTx, id: &str, patch: &FindingPatch, person: Option<&str>) -> Result<Finding> {
    let before = get(tx, id, None)?;
    require_owner(tx, &before, person)?;
    let record = before.record.patched(patch, tx.now)?;
    if record == before.record {
        return Ok(before);
    }
    if let Some(owner_id) = record.owner_id.as_deref().filter(|_| record.owner_id != before.record.owner_id) {
        require_user(tx, owner_id)?;
    }
    let after = update_version(tx, &before, record)?;
    log(tx, &before, &after)?;
    Ok(after)
}

/// A page of the findings, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, page: Page) -> Result<(Vec<Finding>, u64)> {
    let (conditions, mut parameters) = conditions(tx, filter)?;
    // SQL: conditions are constants of this file; all values are bound.
    let sql = format!("SELECT count(*) FROM finding f WHERE {conditions}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM finding f WHERE {conditions} {} LIMIT ? OFFSET ?", order(page));
    parameters.extend([Parameter::Integer(page.limit), Parameter::Integer(page.skip)]);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((found, total.unsigned_abs()))
}

/// The ids of all that match, in the order of `page` but of all pages.
pub fn ids(tx: &Tx, filter: &Filter, page: Page) -> Result<Vec<String>> {
    let (conditions, parameters) = conditions(tx, filter)?;
    // SQL: as above.
    let sql = format!("SELECT f.id FROM finding f WHERE {conditions} {}", order(page));
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(&parameters), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// All findings as they were known at `at`, the oldest first: for reports.
pub fn all_at(tx: &Tx, at: Time) -> Result<Vec<Finding>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM finding f WHERE f.tenant_id = ?1 AND f.created_at <= ?2 ORDER BY f.created_at, f.id");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let as_of = |finding: rusqlite::Result<Finding>| {
        let mut finding = finding?;
        if finding.recorded_at > at
            && let Some((data, recorded_at)) = version_at(tx, &finding.id, at)?
        {
            finding.record = serde_json::from_value(data).map_err(Error::internal)?;
            finding.recorded_at = recorded_at;
        }
        Ok(finding)
    };
    statement.query_map(params![tx.tenant_id, at.0], from_row)?.map(as_of).collect()
}

fn order(page: Page) -> &'static str {
    match (page.sort, page.descending) {
        (Sort::CreatedAt, true) => "ORDER BY f.created_at DESC, f.id DESC",
        (Sort::CreatedAt, false) => "ORDER BY f.created_at, f.id",
        (Sort::DueOn, true) => "ORDER BY f.due_on DESC NULLS LAST, f.id DESC",
        (Sort::DueOn, false) => "ORDER BY f.due_on NULLS LAST, f.id",
    }
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> Result<(String, Vec<Parameter>)> {
    let mut conditions = vec!["f.tenant_id = ?"];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: Option<&str>| {
        if let Some(value) = value {
            conditions.push(condition);
            parameters.push(Parameter::Text(value.to_owned()));
        }
    };
    add("f.owner_id = ?", filter.owner_id.as_deref());
    add("f.service_id = ?", filter.service_id.as_deref());
    add("f.status = ?", filter.status.map(FindingStatus::as_str));
    add("f.severity = ?", filter.severity.map(Severity::as_str));
    if filter.overdue {
        let today = tx.now.date_in(settings::current(tx)?.settings.time_zone).to_string();
        add("f.status = 'open' AND f.due_on < ?", Some(&today));
    }
    if let Some(person) = &filter.visible_to {
        add("(f.owner_id = ? OR EXISTS (SELECT 1 FROM service s WHERE s.id = f.service_id AND s.owner_id = ?))", Some(person));
        parameters.push(Parameter::Text(person.clone()));
    }
    Ok((conditions.join(" AND "), parameters))
}

fn update_version(tx: &WriteTx, before: &Finding, record: FindingRecord) -> Result<Finding> {
    let begin = Begin { since: before.since, recorded_at: before.recorded_at };
    let next = begin.followed_by(tx.now, tx.now);
    if begin.stays_in_history(next) {
        let data = serde_json::to_string(&before.record).map_err(Error::internal)?;
        // Only after the clock was set back can the key be there already; then what came later counts.
        let sql = "INSERT OR REPLACE INTO record_past (record_id, since, recorded_at, tenant_id, until, closed_at, data)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![before.id, before.since.0, before.recorded_at.0, tx.tenant_id, next.since.0, tx.now.0, data];
        tx.connection.prepare_cached(sql)?.execute(values)?;
    }
    let sql = "UPDATE finding SET owner_id = ?2, due_on = ?3, status = ?4, resolution = ?5, resolved_at = ?6, since = ?7, recorded_at = ?8
               WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![
        before.id,
        record.owner_id,
        record.due_on.map(|day: NaiveDate| day.to_string()),
        record.status.as_str(),
        record.resolution,
        record.resolved_at.map(|time| time.0),
        next.since.0,
        next.recorded_at.0,
    ])?;
    Ok(Finding { record, since: next.since, recorded_at: next.recorded_at, ..before.clone() })
}

/// Logs what changed; how it was resolved may name people.
fn log(tx: &WriteTx, before: &Finding, after: &Finding) -> Result<()> {
    let (old, new) = (&before.record, &after.record);
    let mut metadata = Metadata::new().with("service_id", after.service_id.as_str());
    if old.owner_id != new.owner_id {
        metadata = metadata.change("owner_id", json!(old.owner_id), json!(new.owner_id));
    }
    if old.due_on != new.due_on {
        metadata = metadata.change("due_on", json!(old.due_on.map(|day| day.to_string())), json!(new.due_on.map(|day| day.to_string())));
    }
    if old.status != new.status {
        metadata = metadata.change("status", old.status.as_str(), new.status.as_str());
    }
    if old.resolution != new.resolution {
        metadata = metadata.change_personal("resolution", json!(old.resolution), json!(new.resolution));
    }
    audit::record(tx, Entry::new(Event::FindingUpdated, "finding", &after.id, metadata))
}

/// Refuses whoever does not own the finding's service, deleted or not, where a `person` is named.
fn require_owner(tx: &Tx, finding: &Finding, person: Option<&str>) -> Result<()> {
    let service = services::find(tx, &finding.service_id)?.ok_or_else(|| Error::internal("a finding without its service"))?;
    require_owned(&service, person)
}

fn require_user(tx: &Tx, id: &str) -> Result<()> {
    let sql = "SELECT 1 FROM user WHERE id = ?1 AND tenant_id = ?2 AND status = 'active'";
    let found: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![id, tx.tenant_id], |row| row.get(0)).optional()?;
    found.map(drop).ok_or_else(|| Error::invalid("`owner_id` must be that of an active user"))
}

fn from_row(row: &Row) -> rusqlite::Result<Finding> {
    let due_on = match row.get_ref(6)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(day(row, 6)?),
    };
    Ok(Finding {
        id: row.get(0)?,
        review_id: row.get(1)?,
        service_id: row.get(2)?,
        text: row.get(3)?,
        severity: word(row, 4, Severity::parse)?,
        record: FindingRecord {
            owner_id: row.get(5)?,
            due_on,
            status: word(row, 7, FindingStatus::parse)?,
            resolution: row.get(8)?,
            resolved_at: row.get::<_, Option<i64>>(9)?.map(Time),
        },
        created_at: Time(row.get(10)?),
        since: Time(row.get(11)?),
        recorded_at: Time(row.get(12)?),
    })
}
