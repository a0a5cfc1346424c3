//! Lists of people: filters, order, pages; now, or as they were known at a moment.

use std::collections::HashSet;

use rusqlite::types::Value as Parameter;
use rusqlite::{params, params_from_iter};

use super::{COLUMNS, Person, as_of, day_of, from_row};
use crate::domain::device::Approval;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices;
use crate::store::tx::Tx;

/// Which people; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of name or email, without regard to case.
    pub search: Option<String>,
    /// Who should have a device, or need not.
    pub needs_device: Option<bool>,
    /// Whose account owns one, or does not.
    pub has_device: Option<bool>,
    /// Whose last day is over, or is not.
    pub left: Option<bool>,
    /// Who has come by today: false for those whose first day is yet to come.
    pub joined: Option<bool>,
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when the appliance learned of them.
    CreatedAt,
    /// By name, without regard to case.
    Name,
    /// By email.
    Email,
    /// By the last day; those without one are before all others.
    LeftOn,
}

/// A part of an ordered list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Ordered by what; ties by id in the same direction.
    pub sort: Sort,
    /// The last first.
    pub descending: bool,
    /// People passed over.
    pub skip: i64,
    /// People at most.
    pub limit: i64,
}

/// A page of the people, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, page: Page) -> Result<(Vec<Person>, u64)> {
    let (conditions, mut parameters) = conditions(tx, filter)?;
    // SQL: conditions, columns and order are constants of this file; all values are bound.
    let sql = format!("SELECT count(*) FROM person p WHERE {conditions}");
    let total: i64 = tx.connection.prepare_cached(&sql)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    // SQL: as above.
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE {conditions} ORDER BY {} LIMIT ? OFFSET ?", order(page));
    parameters.extend([Parameter::Integer(page.limit), Parameter::Integer(page.skip)]);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let people = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((people, total.unsigned_abs()))
}

/// The ids of all that match, in the order of `page` but of all pages.
pub fn ids(tx: &Tx, filter: &Filter, page: Page) -> Result<Vec<String>> {
    let (conditions, parameters) = conditions(tx, filter)?;
    // SQL: conditions and order are constants of this file; all values are bound.
    let sql = format!("SELECT p.id FROM person p WHERE {conditions} ORDER BY {}", order(page));
    let mut statement = tx.connection.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(&parameters), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

fn order(page: Page) -> String {
    let direction = if page.descending { "DESC" } else { "ASC" };
    let column = match page.sort {
        Sort::CreatedAt => "p.created_at",
        Sort::Name => "fold(p.name)",
        Sort::Email => "p.email",
        Sort::LeftOn => "p.left_on",
    };
    // SQL: two constants of this function.
    format!("{column} {direction}, p.id {direction}")
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> Result<(String, Vec<Parameter>)> {
    let mut conditions = vec!["p.tenant_id = ?"];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: Parameter| {
        conditions.push(condition);
        parameters.push(value);
    };
    if let Some(needs_device) = filter.needs_device {
        add("p.needs_device = ?", Parameter::Integer(needs_device.into()));
    }
    if let Some(has_device) = filter.has_device {
        add("p.has_device = ?", Parameter::Integer(has_device.into()));
    }
    let today = day_of(tx, tx.now)?.to_string();
    match filter.left {
        Some(true) => add("p.left_on < ?", Parameter::Text(today.clone())),
        Some(false) => add("(p.left_on IS NULL OR p.left_on >= ?)", Parameter::Text(today.clone())),
        None => {}
    }
    match filter.joined {
        Some(true) => add("(p.joined_on IS NULL OR p.joined_on <= ?)", Parameter::Text(today)),
        Some(false) => add("p.joined_on > ?", Parameter::Text(today)),
        None => {}
    }
    if let Some(folded) = folded_search(filter) {
        add("(instr(fold(p.name), ?) OR instr(fold(p.email), ?))", Parameter::Text(folded.clone()));
        parameters.push(Parameter::Text(folded));
    }
    Ok((conditions.join(" AND "), parameters))
}

fn folded_search(filter: &Filter) -> Option<String> {
    filter.search.as_deref().filter(|search| !search.is_empty()).map(str::to_lowercase)
}

/// As `list`, as it was known at `at`: who was known, what was known of them, and who had a device are those of that moment.
///
/// The past has no indexes by these values: the cost grows with all people and devices that the tenant ever had.
pub fn list_at(tx: &Tx, filter: &Filter, page: Page, at: Time) -> Result<(Vec<Person>, u64)> {
    let (day, search) = (day_of(tx, at)?, folded_search(filter));
    let mut found = all_at(tx, at)?;
    found.retain(|person| {
        let record = &person.record;
        filter.needs_device.is_none_or(|needs_device| record.needs_device == needs_device)
            && filter.has_device.is_none_or(|has_device| person.has_device == has_device)
            && filter.left.is_none_or(|left| record.has_left_by(day) == left)
            && filter.joined.is_none_or(|joined| record.joined_on.is_none_or(|first| first <= day) == joined)
            && search.as_ref().is_none_or(|search| [&record.name, &record.email].iter().any(|text| text.to_lowercase().contains(search)))
    });
    found.sort_by(|a, b| {
        let order = match page.sort {
            Sort::CreatedAt => a.created_at.cmp(&b.created_at),
            Sort::Name => a.record.name.to_lowercase().cmp(&b.record.name.to_lowercase()),
            Sort::Email => a.record.email.cmp(&b.record.email),
            Sort::LeftOn => a.record.left_on.cmp(&b.record.left_on),
        };
        let order = order.then_with(|| a.id.cmp(&b.id));
        if page.descending { order.reverse() } else { order }
    });
    let total = found.len() as u64;
    let (skip, limit) = (usize::try_from(page.skip).unwrap_or_default(), usize::try_from(page.limit).unwrap_or_default());
    Ok((found.into_iter().skip(skip).take(limit).collect(), total))
}

/// Everybody whom the appliance knew at `at`, as known then.
pub fn all_at(tx: &Tx, at: Time) -> Result<Vec<Person>> {
    let owners = owners_at(tx, at)?;
    // SQL: COLUMNS is a constant list of names.
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.tenant_id = ?1 AND p.created_at <= ?2");
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let mut people = Vec::new();
    for person in statement.query_map(params![tx.tenant_id, at.0], from_row)? {
        let mut person = as_of(tx, person?, at)?;
        person.has_device = person.record.user_id.as_ref().is_some_and(|user_id| owners.contains(user_id));
        people.push(person);
    }
    Ok(people)
}

/// The accounts that owned an approved device at `at`.
pub(super) fn owners_at(tx: &Tx, at: Time) -> Result<HashSet<String>> {
    let mut owners = HashSet::new();
    devices::each_at(tx, at, |device| {
        if device.approval == Approval::Approved {
            owners.extend(device.user_id);
        }
        Ok(())
    })?;
    Ok(owners)
}
