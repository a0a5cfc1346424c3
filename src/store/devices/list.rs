//! Lists of devices: filters, order, pages.

use rusqlite::params_from_iter;
use rusqlite::types::Value as Parameter;

use super::{COLUMNS, from_row};
use crate::domain::compliance::Status;
use crate::domain::device::OsType;
use crate::domain::inventory::Device;
use crate::error::Result;
use crate::store::tx::Tx;

/// Which devices.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this owner.
    pub user_id: Option<String>,
    /// A part of name, serial, or the owner's name or email, without regard to case.
    pub search: Option<String>,
    /// Only those with this status.
    pub compliance_status: Option<Status>,
    /// Only those with this system.
    pub os_type: Option<OsType>,
    /// Only those that fail this check.
    pub failing_check: Option<String>,
}

/// In which order; ties by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By the last report.
    LastSeen,
    /// By name, without regard to case.
    DeviceName,
    /// By status.
    ComplianceStatus,
}

/// A page of devices and how many there are in all.
pub fn list(tx: &Tx, filter: &Filter, sort: Sort, descending: bool, skip: i64, limit: i64) -> Result<(Vec<Device>, u64)> {
    let (conditions, mut parameters) = conditions(tx, filter);
    // SQL: conditions, columns and order are constants of this file; all values are bound.
    let count = format!("SELECT count(*) FROM device d WHERE {conditions}");
    let total: i64 = tx.connection.prepare_cached(&count)?.query_row(params_from_iter(&parameters), |row| row.get(0))?;
    let direction = if descending { "DESC" } else { "ASC" };
    let column = match sort {
        Sort::LastSeen => "d.last_seen",
        Sort::DeviceName => "d.device_name",
        Sort::ComplianceStatus => "d.compliance_status",
    };
    // SQL: as above.
    let page =
        format!("SELECT {COLUMNS} FROM device d WHERE {conditions} ORDER BY {column} {direction}, d.id {direction} LIMIT ? OFFSET ?");
    parameters.extend([Parameter::Integer(limit), Parameter::Integer(skip)]);
    let mut statement = tx.connection.prepare_cached(&page)?;
    let devices = statement.query_map(params_from_iter(&parameters), from_row)?.collect::<rusqlite::Result<_>>()?;
    Ok((devices, u64::try_from(total).unwrap_or_default()))
}

/// The WHERE of `filter` and the values it binds, in order.
fn conditions(tx: &Tx, filter: &Filter) -> (String, Vec<Parameter>) {
    let mut conditions = vec!["d.tenant_id = ? AND d.retired_at IS NULL"];
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
    if let Some(os_type) = filter.os_type {
        add("d.os_type = ?", os_type.as_str());
    }
    if let Some(check_id) = &filter.failing_check {
        add("EXISTS (SELECT 1 FROM verdict v WHERE v.subject_id = d.id AND v.check_id = ? AND v.status = 'fail')", check_id);
    }
    if let Some(search) = filter.search.as_deref().filter(|search| !search.is_empty()) {
        let folded = search.to_lowercase();
        add(
            "(instr(fold(d.device_name), ?) OR instr(fold(d.serial_number), ?)
              OR EXISTS (SELECT 1 FROM user u WHERE u.id = d.user_id AND (instr(fold(u.name), ?) OR instr(fold(u.email), ?))))",
            &folded,
        );
        parameters.extend((0..3).map(|_| Parameter::Text(folded.clone())));
    }
    (conditions.join(" AND "), parameters)
}
