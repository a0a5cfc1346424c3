//! Tenants: their names, plans and first settings.

use rusqlite::{OptionalExtension, Row, params};

use super::audit::{Entry, record};
use super::error::is_duplicate;
use super::word::word;
use super::{Actor, Root, Tx, WriteRoot};
use crate::credentials::id::new_id;
use crate::domain::access::Allowance;
use crate::domain::audit::{Event, Metadata};
use crate::domain::time::Time;
use crate::domain::user::Plan;
use crate::domain::visible::is_visible;
use crate::error::{Error, Result};

/// Longest name.
pub const TENANT_NAME_CHARACTERS_MAX: usize = 100;
/// Settings of a new tenant: an empty object means every default.
pub const DEFAULT_SETTINGS: &str = "{}";

/// An organisation on this appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// `tenant_…`
    pub id: String,
    /// Unique without case.
    pub name: String,
    /// The plan.
    pub plan: Plan,
    /// Requests that it allows each credential.
    pub allowance: Allowance,
    /// Invented data, said wherever it is shown.
    pub demo: bool,
    /// When it was made.
    pub created_at: Time,
}

const COLUMNS: &str = "id, name, plan, requests_per_minute, requests_per_day, demo, created_at";

/// A tenant's name without white space around it, or the error that says what it must be.
pub fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > TENANT_NAME_CHARACTERS_MAX || !is_visible(name) {
        return Err(Error::invalid(format!("The tenant's name must be 1 to {TENANT_NAME_CHARACTERS_MAX} printable characters")));
    }
    Ok(name.to_owned())
}

/// Adds a tenant on `plan` with its usual limits and the first version of its settings.
pub fn add(root: &WriteRoot, actor: Actor, name: &str, plan: Plan) -> Result<Tenant> {
    let name = &checked_name(name)?;
    let (id, now, allowance) = (new_id("tenant", root.now), root.now, plan.allowance());
    let sql = "INSERT INTO tenant (id, name, plan, requests_per_minute, requests_per_day, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![id, name, plan.as_str(), allowance.per_minute, allowance.per_day, now.0];
    match root.connection.prepare_cached(sql)?.execute(values) {
        Err(error) if is_duplicate(&error) => return Err(Error::conflict(format!("There is a tenant `{name}` already"))),
        result => result?,
    };
    let sql = "INSERT INTO settings_version (tenant_id, version, since, data) VALUES (?1, 1, ?2, ?3)";
    root.connection.prepare_cached(sql)?.execute(params![id, now.0, DEFAULT_SETTINGS])?;
    let metadata = Metadata::new().with("name", name.as_str()).with("plan", plan.as_str());
    record(&root.tenant_write(&id, actor), Entry::new(Event::TenantCreated, "tenant", &id, metadata))?;
    Ok(Tenant { id, name: name.to_owned(), plan, allowance, demo: false, created_at: now })
}

/// The tenant of this transaction.
pub fn of(tx: &Tx) -> Result<Tenant> {
    let sql = format!("SELECT {COLUMNS} FROM tenant WHERE id = ?1");
    Ok(tx.connection.prepare_cached(&sql)?.query_row([&tx.tenant_id], read)?)
}

/// All tenants, oldest first.
pub fn list(root: &Root) -> Result<Vec<Tenant>> {
    let mut statement = root.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tenant ORDER BY created_at, id"))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The tenant of this name, whatever its case.
pub fn find_by_name(root: &Root, name: &str) -> Result<Option<Tenant>> {
    let sql = format!("SELECT {COLUMNS} FROM tenant WHERE name = ?1");
    Ok(root.connection.prepare_cached(&sql)?.query_row([name.trim()], read).optional()?)
}

/// The tenant that was made first; none before the first start.
pub fn oldest_id(root: &Root) -> Result<Option<String>> {
    let sql = "SELECT id FROM tenant ORDER BY created_at, id LIMIT 1";
    Ok(root.connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
}

/// Sets plan and limits; `None` in the allowance is no limit.
pub fn set_plan(root: &WriteRoot, actor: Actor, tenant: &Tenant, plan: Plan, allowance: Allowance) -> Result<()> {
    let sql = "UPDATE tenant SET plan = ?2, requests_per_minute = ?3, requests_per_day = ?4 WHERE id = ?1";
    let values = params![tenant.id, plan.as_str(), allowance.per_minute, allowance.per_day];
    if root.connection.prepare_cached(sql)?.execute(values)? != 1 {
        return Err(Error::not_found("Tenant"));
    }
    let metadata = Metadata::new()
        .change("plan", tenant.plan.as_str(), plan.as_str())
        .change("requests_per_minute", tenant.allowance.per_minute, allowance.per_minute)
        .change("requests_per_day", tenant.allowance.per_day, allowance.per_day);
    record(&root.tenant_write(&tenant.id, actor), Entry::new(Event::TenantPlanChanged, "tenant", &tenant.id, metadata))
}

/// Marks a tenant's data as invented, for good.
pub fn mark_demo(root: &WriteRoot, tenant_id: &str) -> Result<()> {
    match root.connection.prepare_cached("UPDATE tenant SET demo = 1 WHERE id = ?1")?.execute([tenant_id])? {
        1 => Ok(()),
        _ => Err(Error::not_found("Tenant")),
    }
}

fn read(row: &Row) -> rusqlite::Result<Tenant> {
    Ok(Tenant {
        id: row.get(0)?,
        name: row.get(1)?,
        plan: word(row, 2, Plan::parse)?,
        allowance: Allowance { per_minute: row.get(3)?, per_day: row.get(4)? },
        demo: row.get(5)?,
        created_at: Time(row.get(6)?),
    })
}
