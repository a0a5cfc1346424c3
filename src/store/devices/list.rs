//! Lists of devices: filters, order, pages; now, or as they were known at a moment.

use std::collections::HashMap;

use rusqlite::types::Value as Parameter;
use rusqlite::{OptionalExtension, params, params_from_iter};

use super::history::{as_of, version_at};
use super::{COLUMNS, from_row};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{Approval, OsType};
use crate::domain::inventory::Device;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::tx::Tx;
use crate::store::verdicts;

/// Which devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this owner.
    pub user_id: Option<String>,
    /// A part of name, serial, or the owner's name or email, without regard to case.
    pub search: Option<String>,
    /// Only those with this status.
    pub compliance_status: Option<Status>,
    /// Only those with this approval.
    pub approval: Option<Approval>,
    /// Only those with this system.
    pub os_type: Option<OsType>,
    /// Only those that fail this check.
    pub failing_check: Option<String>,
    /// Only those of which this was heard.
    pub seen: Option<Seen>,
    /// Only those with an owner, or without.
    pub owned: Option<bool>,
}

/// What was heard of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// A report, but the last one before this moment.
    Before(Time),
    /// Nothing yet.
    Never,
}

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By the last report; those that never reported are before all others.
    LastSeen,
    /// By name, without regard to the case of ASCII letters.
    DeviceName,
    /// By the word of the status.
    ComplianceStatus,
}

/// A part of an ordered list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Ordered by what; ties by id in the same direction.
    pub sort: Sort,
    /// The last first.
    pub descending: bool,
    /// Devices passed over.
    pub skip: i64,
    /// Devices at most.
    pub limit: i64,
}

/// A page of the devices, and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, page: Page) -> Result<(Vec<Device>, u64)> {
    let Statements { count, rows, mut parameters } = statements(tx, filter, page);
    let total: i64 = tx.connection.prepare_cached(&count)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    // Behind the last one there is nothing to walk to.
    let page = Page { skip: page.skip.min(total), ..page };
    parameters.extend([Parameter::Integer(page.limit), Parameter::Integer(page.skip)]);
    let mut statement = tx.connection.prepare_cached(&rows)?;
    let devices = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((devices, u64::try_from(total).unwrap_or_default()))
}

/// The ids of all devices of a list in its order, without regard to the page's `skip` and `limit`.
pub fn ids(tx: &Tx, filter: &Filter, page: Page) -> Result<Vec<String>> {
    let Statements { rows, mut parameters, .. } = statements(tx, filter, page);
    // SQL: the statement of the list with the id alone.
    let sql = rows.replacen(COLUMNS, "d.id", 1);
    parameters.extend([Parameter::Integer(-1), Parameter::Integer(0)]);
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let ids = statement.query_map(params_from_iter(&parameters), |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// The SQL of a list.
pub(super) struct Statements {
    pub(super) count: String,
    /// Binds limit and skip behind the parameters.
    pub(super) rows: String,
    pub(super) parameters: Vec<Parameter>,
}

pub(super) fn statements(tx: &Tx, filter: &Filter, page: Page) -> Statements {
    let (conditions, parameters) = conditions(tx, filter);
    let direction = if page.descending { "DESC" } else { "ASC" };
    let column = match page.sort {
        Sort::LastSeen => "d.last_seen",
        Sort::DeviceName => "d.device_name",
        Sort::ComplianceStatus => "d.compliance_status",
    };
    // All devices, or those of one status or approval, are counted as they come and go.
    let tallied = Filter { compliance_status: None, approval: None, ..filter.clone() } == Filter::default();
    let count = match tallied {
        // SQL: conditions, columns and order are constants of this file; all values are bound.
        true => format!("SELECT coalesce(sum(d.devices), 0) FROM device_tally d WHERE {}", conditions.replace(NOT_RETIRED, "")),
        // SQL: as above.
        false => format!("SELECT count(*) FROM device d WHERE {conditions}"),
    };
    // Those passed over are walked in an index alone; only those shown are looked up.
    // SQL: as above.
    let rows = format!(
        "SELECT {COLUMNS} FROM (SELECT d.id AS page_id FROM device d WHERE {conditions} ORDER BY {column} {direction}, d.id {direction}
             LIMIT ? OFFSET ?) CROSS JOIN device d ON d.id = page_id ORDER BY {column} {direction}, d.id {direction}"
    );
    Statements { count, rows, parameters }
}

const NOT_RETIRED: &str = " AND d.retired_at IS NULL";

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> (String, Vec<Parameter>) {
    // With an owner, `+` keeps the indexes of the tenant out: sorting the few devices of one person beats passing over all others.
    let of_tenant = if filter.user_id.is_some() { "+d.tenant_id = ?" } else { "d.tenant_id = ?" };
    let of_tenant = [of_tenant, NOT_RETIRED].concat();
    let mut conditions = vec![of_tenant.as_str()];
    let mut parameters = vec![Parameter::Text(tx.tenant_id.clone())];
    let mut add = |condition, value: &str| {
        conditions.push(condition);
        parameters.push(Parameter::Text(value.to_owned()));
    };
    if let Some(user_id) = &filter.user_id {
        add("d.user_id = ?", user_id);
    }
    if let Some(status) = filter.compliance_status {
        add("d.compliance_status = ?", status.as_str());
    }
    if let Some(approval) = filter.approval {
        add("d.approval = ?", approval.as_str());
    }
    if let Some(os_type) = filter.os_type {
        add("d.os_type = ?", os_type.as_str());
    }
    if let Some(check_id) = &filter.failing_check {
        add("EXISTS (SELECT 1 FROM verdict v WHERE v.subject_id = d.id AND v.check_id = ? AND v.status = 'fail')", check_id);
    }
    match filter.owned {
        Some(true) => conditions.push("d.user_id IS NOT NULL"),
        Some(false) => conditions.push("d.user_id IS NULL"),
        None => {}
    }
    match filter.seen {
        Some(Seen::Before(moment)) => {
            conditions.push("d.last_seen < ?");
            parameters.push(Parameter::Integer(moment.0));
        }
        Some(Seen::Never) => conditions.push("d.last_seen IS NULL"),
        None => {}
    }
    if let Some(folded) = folded_search(filter) {
        let mut add = |condition, value: &str| {
            conditions.push(condition);
            parameters.push(Parameter::Text(value.to_owned()));
        };
        add(
            "(instr(fold(d.device_name), ?) OR instr(fold(d.serial_number), ?)
              OR EXISTS (SELECT 1 FROM user u WHERE u.id = d.user_id AND (instr(fold(u.name), ?) OR instr(fold(u.email), ?))))",
            &folded,
        );
        parameters.extend((0..3).map(|_| Parameter::Text(folded.clone())));
    }
    (conditions.join(" AND "), parameters)
}

fn folded_search(filter: &Filter) -> Option<String> {
    filter.search.as_deref().filter(|search| !search.is_empty()).map(str::to_lowercase)
}

/// As `list`, as it was known at `at`: members, owners, names, status and filters are those of that moment.
///
/// The past has no indexes by these values: the cost grows with all devices that the tenant ever had, a few queries for each.
pub fn list_at(tx: &Tx, filter: &Filter, page: Page, at: Time) -> Result<(Vec<Device>, u64)> {
    let mut matcher = Matcher { filter, search: folded_search(filter), at, owners: HashMap::new() };
    let mut found = Vec::new();
    each_at(tx, at, |device| {
        if matcher.matches(tx, &device)? {
            found.push(device);
        }
        Ok(())
    })?;
    found.sort_by(|a, b| {
        let order = match page.sort {
            Sort::LastSeen => a.last_seen.cmp(&b.last_seen),
            Sort::DeviceName => a.device_name.to_ascii_lowercase().cmp(&b.device_name.to_ascii_lowercase()),
            Sort::ComplianceStatus => a.compliance_status.as_str().cmp(b.compliance_status.as_str()),
        };
        let order = order.then_with(|| a.id.cmp(&b.id));
        if page.descending { order.reverse() } else { order }
    });
    let total = found.len() as u64;
    let (skip, limit) = (usize::try_from(page.skip).unwrap_or_default(), usize::try_from(page.limit).unwrap_or_default());
    Ok((found.into_iter().skip(skip).take(limit).collect(), total))
}

/// Hands every device that was in the inventory at `at` to `each`, as it was known then, one after the other.
pub fn each_at(tx: &Tx, at: Time, mut each: impl FnMut(Device) -> Result<()>) -> Result<()> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM device d WHERE d.tenant_id = ?1 AND d.created_at <= ?2 AND (d.retired_at IS NULL OR d.retired_at > ?2)"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    for device in statement.query_map(params![tx.tenant_id, at.0], from_row)? {
        each(as_of(tx, device?, at)?)?;
    }
    Ok(())
}

/// Applies a filter to devices as they were.
struct Matcher<'f> {
    filter: &'f Filter,
    search: Option<String>,
    at: Time,
    /// Name and email of owners met already, in lower case.
    owners: HashMap<String, [String; 2]>,
}

impl Matcher<'_> {
    fn matches(&mut self, tx: &Tx, device: &Device) -> Result<bool> {
        let filter = self.filter;
        if filter.user_id.as_ref().is_some_and(|user_id| device.user_id.as_ref() != Some(user_id))
            || filter.compliance_status.is_some_and(|status| device.compliance_status != status)
            || filter.approval.is_some_and(|approval| device.approval != approval)
            || filter.os_type.is_some_and(|os_type| device.os_type != os_type)
            || filter.owned.is_some_and(|owned| device.user_id.is_some() != owned)
            || filter.seen.is_some_and(|seen| match seen {
                Seen::Before(moment) => device.last_seen.is_none_or(|last| last >= moment),
                Seen::Never => device.last_seen.is_some(),
            })
        {
            return Ok(false);
        }
        if let Some(check_id) = &filter.failing_check
            && verdicts::status_at(tx, &device.id, check_id, self.at)? != Some(CheckStatus::Fail)
        {
            return Ok(false);
        }
        self.found(tx, device)
    }

    fn found(&mut self, tx: &Tx, device: &Device) -> Result<bool> {
        let Some(search) = self.search.clone() else { return Ok(true) };
        if [&device.device_name, &device.serial_number].iter().any(|text| text.to_lowercase().contains(&search)) {
            return Ok(true);
        }
        let Some(user_id) = &device.user_id else { return Ok(false) };
        if !self.owners.contains_key(user_id) {
            let owner = owner_at(tx, user_id, self.at)?;
            self.owners.insert(user_id.clone(), owner);
        }
        Ok(self.owners.get(user_id).is_some_and(|texts| texts.iter().any(|text| text.contains(&search))))
    }
}

/// Name and email of a user at `at`, in lower case.
pub(in crate::store) fn owner_at(tx: &Tx, user_id: &str, at: Time) -> Result<[String; 2]> {
    let past = version_at(tx, user_id, at)?;
    if let Some((data, _)) = past {
        return Ok(["name", "email"].map(|field| data.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_lowercase()));
    }
    let present: Option<(String, String)> = tx
        .connection
        .prepare_cached("SELECT name, email FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (name, email) = present.unwrap_or_default();
    Ok([name.to_lowercase(), email.to_lowercase()])
}
