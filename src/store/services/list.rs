//! Lists of services: filters, order, pages; now, or as they were known at a moment.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use rusqlite::types::Value as Parameter;
use rusqlite::{params, params_from_iter};

use super::history::as_of;
use super::{COLUMNS, folded, from_row};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::service::{DataClassification, Service};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::owner_at;
use crate::store::settings::Version;
use crate::store::tx::Tx;
use crate::store::verdicts;

/// Which services.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this owner.
    pub owner_id: Option<String>,
    /// A part of the name, or of the owner's name or email, without regard to case.
    pub search: Option<String>,
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those of this category, as it was given.
    pub category: Option<String>,
    /// Only those with such data.
    pub data_classification: Option<DataClassification>,
    /// Only those that fail this check.
    pub failing_check: Option<String>,
    /// Only those whose next review is due on one of these days.
    pub due_days: Option<DueDays>,
}

/// Days on which a review is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDays {
    /// The first; without one, all before the last.
    pub first: Option<NaiveDate>,
    /// The last.
    pub last: NaiveDate,
}

impl DueDays {
    /// From the day of `moment` until as many days later as the setting says.
    pub fn soon(moment: Time, version: &Version) -> DueDays {
        let today = moment.date_in(version.settings.time_zone);
        let last = today.checked_add_days(Days::new(version.checks.review_due_soon_days)).unwrap_or(today);
        DueDays { first: Some(today), last }
    }

    /// All days before that of `moment`.
    pub fn overdue(moment: Time, version: &Version) -> DueDays {
        let today = moment.date_in(version.settings.time_zone);
        DueDays { first: None, last: today.pred_opt().unwrap_or(today) }
    }

    fn contain(self, day: NaiveDate) -> bool {
        self.first.is_none_or(|first| first <= day) && day <= self.last
    }

    /// The first as text; before every day where there is none.
    pub(super) fn first_text(self) -> String {
        self.first.map_or_else(String::new, |day| day.to_string())
    }
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when it was recorded first.
    CreatedAt,
    /// By name, without regard to case.
    Name,
    /// By the word of the status.
    Status,
    /// By the due day of the next review; those that were never reviewed are before all others.
    NextReviewDate,
}

/// A part of an ordered list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Ordered by what; ties by id in the same direction.
    pub sort: Sort,
    /// The last first.
    pub descending: bool,
    /// Services passed over.
    pub skip: i64,
    /// Services at most.
    pub limit: i64,
}

/// A page of the services, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, page: Page) -> Result<(Vec<Service>, u64)> {
    let Statements { count, rows, mut parameters, .. } = statements(tx, filter, page);
    let total: i64 = tx.connection.prepare_cached(&count)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    parameters.extend([Parameter::Integer(page.limit), Parameter::Integer(page.skip)]);
    let mut statement = tx.connection.prepare_cached(&rows)?;
    let services = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((services, total.unsigned_abs()))
}

/// The ids of all that match, in the order of `page` but of all pages.
pub fn ids(tx: &Tx, filter: &Filter, page: Page) -> Result<Vec<String>> {
    let Statements { ids, parameters, .. } = statements(tx, filter, page);
    let mut statement = tx.connection.prepare_cached(&ids)?;
    Ok(statement.query_map(params_from_iter(&parameters), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The SQL of a list.
pub(super) struct Statements {
    pub(super) count: String,
    /// The ids of all pages.
    pub(super) ids: String,
    /// Binds limit and skip behind the parameters.
    pub(super) rows: String,
    pub(super) parameters: Vec<Parameter>,
}

pub(super) fn statements(tx: &Tx, filter: &Filter, page: Page) -> Statements {
    let (conditions, parameters) = conditions(tx, filter);
    let direction = if page.descending { "DESC" } else { "ASC" };
    let column = match page.sort {
        Sort::CreatedAt => "s.created_at",
        Sort::Name => "s.folded_name",
        Sort::Status => "s.status",
        Sort::NextReviewDate => "s.next_review_date",
    };
    Statements {
        // SQL: conditions, columns and order are constants of this file; all values are bound.
        count: format!("SELECT count(*) FROM service s WHERE {conditions}"),
        // SQL: as above.
        ids: format!("SELECT s.id FROM service s WHERE {conditions} ORDER BY {column} {direction}, s.id {direction}"),
        // SQL: as above.
        rows: format!(
            "SELECT {COLUMNS} FROM service s WHERE {conditions} ORDER BY {column} {direction}, s.id {direction} LIMIT ? OFFSET ?"
        ),
        parameters,
    }
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> (String, Vec<Parameter>) {
    // With an owner, `+` keeps the indexes of the tenant out: sorting the few services of one person beats passing over all others.
    let of_tenant = match filter.owner_id {
        Some(_) => "+s.tenant_id = ? AND s.retired_at IS NULL",
        None => "s.tenant_id = ? AND s.retired_at IS NULL",
    };
    let mut conditions = vec![of_tenant];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: &str| {
        conditions.push(condition);
        parameters.push(Parameter::Text(value.to_owned()));
    };
    if let Some(owner_id) = &filter.owner_id {
        add("s.owner_id = ?", owner_id);
    }
    if let Some(status) = filter.status {
        add("s.status = ?", status.as_str());
    }
    if let Some(category) = &filter.category {
        add("s.category = ?", category);
    }
    if let Some(classification) = filter.data_classification {
        add("s.data_classification = ?", classification.as_str());
    }
    if let Some(check_id) = &filter.failing_check {
        add("EXISTS (SELECT 1 FROM verdict v WHERE v.subject_id = s.id AND v.check_id = ? AND v.status = 'fail')", check_id);
    }
    if let Some(days) = filter.due_days {
        add("s.next_review_date BETWEEN ?", &days.first_text());
        add("?", &days.last.to_string());
    }
    if let Some(folded) = folded_search(filter) {
        add(
            "(instr(s.folded_name, ?)
              OR EXISTS (SELECT 1 FROM user u WHERE u.id = s.owner_id AND (instr(fold(u.name), ?) OR instr(fold(u.email), ?))))",
            &folded,
        );
        parameters.extend((0..2).map(|_| Parameter::Text(folded.clone())));
    }
    (conditions.join(" AND "), parameters)
}

fn folded_search(filter: &Filter) -> Option<String> {
    filter.search.as_deref().filter(|search| !search.is_empty()).map(folded)
}

/// As `list`, as it was known at `at`: members, owners, names, status and filters are those of that moment.
///
/// The past has no indexes by these values: the cost grows with all services that the tenant ever had, a few queries for each.
pub fn list_at(tx: &Tx, filter: &Filter, page: Page, at: Time) -> Result<(Vec<Service>, u64)> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM service s WHERE s.tenant_id = ?1 AND s.created_at <= ?2 AND (s.retired_at IS NULL OR s.retired_at > ?2)"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut matcher = Matcher { filter, search: folded_search(filter), at, owners: HashMap::new() };
    let mut found = Vec::new();
    for service in statement.query_map(params![tx.tenant_id, at.0], from_row)? {
        let service = as_of(tx, service?, at)?;
        if matcher.matches(tx, &service)? {
            found.push(service);
        }
    }
    found.sort_by(|a, b| {
        let order = match page.sort {
            Sort::CreatedAt => a.created_at.cmp(&b.created_at),
            Sort::Name => folded(&a.record.name).cmp(&folded(&b.record.name)),
            Sort::Status => a.status.as_str().cmp(b.status.as_str()),
            Sort::NextReviewDate => a.record.next_review_date.cmp(&b.record.next_review_date),
        };
        let order = order.then_with(|| a.id.cmp(&b.id));
        if page.descending { order.reverse() } else { order }
    });
    let total = found.len() as u64;
    let (skip, limit) = (usize::try_from(page.skip).unwrap_or_default(), usize::try_from(page.limit).unwrap_or_default());
    Ok((found.into_iter().skip(skip).take(limit).collect(), total))
}

/// Applies a filter to services as they were.
struct Matcher<'f> {
    filter: &'f Filter,
    search: Option<String>,
    at: Time,
    /// Name and email of owners met already, in lower case.
    owners: HashMap<String, [String; 2]>,
}

impl Matcher<'_> {
    fn matches(&mut self, tx: &Tx, service: &Service) -> Result<bool> {
        let (filter, record) = (self.filter, &service.record);
        if filter.owner_id.as_ref().is_some_and(|owner_id| record.owner_id.as_ref() != Some(owner_id))
            || filter.status.is_some_and(|status| service.status != status)
            || filter.category.as_ref().is_some_and(|category| record.category.as_ref() != Some(category))
            || filter.data_classification.is_some_and(|classification| record.data_classification != Some(classification))
            || filter.due_days.is_some_and(|days| !record.next_review_date.is_some_and(|day| days.contain(day)))
        {
            return Ok(false);
        }
        if let Some(check_id) = &filter.failing_check
            && verdicts::status_at(tx, &service.id, check_id, self.at)? != Some(CheckStatus::Fail)
        {
            return Ok(false);
        }
        self.found(tx, service)
    }

    fn found(&mut self, tx: &Tx, service: &Service) -> Result<bool> {
        let Some(search) = self.search.clone() else { return Ok(true) };
        if folded(&service.record.name).contains(&search) {
            return Ok(true);
        }
        let Some(owner_id) = &service.record.owner_id else { return Ok(false) };
        if !self.owners.contains_key(owner_id) {
            let owner = owner_at(tx, owner_id, self.at)?;
            self.owners.insert(owner_id.clone(), owner);
        }
        Ok(self.owners.get(owner_id).is_some_and(|texts| texts.iter().any(|text| text.contains(&search))))
    }
}
