//! Devices that left the inventory, and devices that people took along when they left.

use std::collections::HashMap;

use rusqlite::params;
use serde_json::Value;

use super::Field;
use crate::domain::device::{Approval, RetireReason};
use crate::domain::facts::Facts;
use crate::domain::rule::{Context, Truth};
use crate::domain::settings::{ResolvedCheck, ResolvedChecks};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::evidence::{self, DeviceStates};
use crate::store::tx::Tx;
use crate::store::word::word;
use crate::store::{devices, people, settings};

/// Days in which a retirement is looked at: those of the year that an audit looks at.
const RETIRED_WITHIN_DAYS: i64 = 365;

/// The check whose fact says that a device was encrypted, and which says who needs to be.
const ENCRYPTION_CHECK: &str = "device.disk_encryption";
const ENCRYPTION_FACT: &str = "disk_encryption";

/// The facts `devices.*` about who has what no longer, and should not have it any more.
pub(super) fn facts(tx: &Tx, at: Time) -> Result<Vec<Field>> {
    let mut fields: Vec<Field> = vec![("devices.held_by_leavers", held_by_leavers(tx, at)?.into())];
    if let Some(retired) = retired(tx, at)? {
        fields.push(("devices.retired_without_reason", retired.without_reason.into()));
        fields.push(("devices.retired_unencrypted", retired.unencrypted.into()));
    }
    Ok(fields)
}

struct Retired {
    without_reason: u64,
    unencrypted: u64,
}

/// `None` if no device left the inventory in the time that counts. One that was recorded in error or never approved was not in it.
fn retired(tx: &Tx, at: Time) -> Result<Option<Retired>> {
    let sql = "SELECT id, retired_at, retired_reason FROM device WHERE tenant_id = ?1 AND retired_at > ?2 AND retired_at <= ?3";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, at.plus_days(-RETIRED_WITHIN_DAYS).0, at.0], |row| {
        let reason = match row.get_ref(2)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(word(row, 2, RetireReason::parse)?),
        };
        Ok((row.get::<_, String>(0)?, Time(row.get(1)?), reason))
    })?;
    let mut found = None;
    for row in rows {
        let (id, retired_at, reason) = row?;
        if reason == Some(RetireReason::Error) {
            continue;
        }
        let last_moment = retired_at.plus_seconds(-1);
        let Some(device) = DeviceStates::of(tx, &id)?.at(last_moment)? else { continue };
        let found = found.get_or_insert(Retired { without_reason: 0, unencrypted: 0 });
        found.without_reason += u64::from(reason.is_none());
        let encrypted = device.security().and_then(|security| security.get(ENCRYPTION_FACT)) == Some(&Value::Bool(true));
        let version = settings::at(tx, last_moment)?;
        let facts = device.facts(version.checks.os_support);
        if !encrypted && needs_encryption(&version.checks, &facts, last_moment) {
            found.unencrypted += 1;
        }
    }
    Ok(found)
}

/// Whether the check is for such a device at all: it is not for phones.
fn needs_encryption(checks: &ResolvedChecks<'_>, facts: &Facts<'_>, at: Time) -> bool {
    let Some(ResolvedCheck { check, params, .. }) = checks.get(ENCRYPTION_CHECK) else { return true };
    let (regions, zone, max_age_days) = (&checks.catalogue.regions, checks.zone, checks.max_age_days);
    let context = Context { facts, params, regions, at, zone, max_age_days };
    check.applies.as_ref().is_none_or(|applies| applies.evaluate(&context).truth == Truth::True)
}

/// Approved devices whose owner has left, or whose owner's account is disabled.
fn held_by_leavers(tx: &Tx, at: Time) -> Result<u64> {
    if at < tx.now {
        return held_by_leavers_then(tx, at);
    }
    let sql = "SELECT count(*) FROM device d WHERE d.retired_at IS NULL AND d.approval = 'approved' AND d.user_id IN (
                   SELECT u.id FROM user u LEFT JOIN person p ON p.user_id = u.id
                   WHERE u.tenant_id = ?1 AND (u.status <> 'active' OR p.left_on < ?2))";
    let today = people::day_of(tx, at)?.to_string();
    let count: i64 = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, today], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn held_by_leavers_then(tx: &Tx, at: Time) -> Result<u64> {
    let day = people::day_of(tx, at)?;
    let left: HashMap<String, bool> = people::all_at(tx, at)?
        .into_iter()
        .filter_map(|person| Some((person.record.user_id.clone()?, person.record.has_left_by(day))))
        .collect();
    let mut gone: HashMap<String, bool> = HashMap::new();
    let mut count = 0;
    devices::each_at(tx, at, |device| {
        let Some(user_id) = device.user_id.filter(|_| device.approval == Approval::Approved) else { return Ok(()) };
        let is_gone = match gone.get(&user_id) {
            Some(is_gone) => *is_gone,
            None => {
                let is_active = evidence::active_at(tx, &user_id, at)?.unwrap_or(false);
                let is_gone = !is_active || left.get(&user_id).copied().unwrap_or(false);
                gone.insert(user_id, is_gone);
                is_gone
            }
        };
        count += u64::from(is_gone);
        Ok(())
    })?;
    Ok(count)
}
