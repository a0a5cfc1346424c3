//! Facts about this appliance itself, from its own rows: its accounts, and what the organisation set and left undone in it.
//!
//! As of a moment they are what was known then. What can't be told of that moment with certainty is left out.

mod accounts;
mod block;
mod log;
mod possessions;
#[cfg(test)]
mod tests;

pub use accounts::{UserState, user_facts};
pub use block::{ApplianceCheck, Standing, block};

use rusqlite::params;
use serde_json::Value;

use super::tx::Tx;
use super::{people, settings};
use crate::domain::audit::Event;
use crate::domain::facts::Facts;
use crate::domain::settings::months_before;
use crate::domain::time::{DAY, Time};
use crate::error::Result;

/// A fact and its value; `null` is a fact that is not known.
type Field = (&'static str, Value);

/// The facts of the tenant as they were known at `at`. For a past moment it reads every device that there was then.
pub fn tenant_facts(tx: &Tx, at: Time) -> Result<Facts<'static>> {
    let settings = &settings::at(tx, at)?.settings;
    let without_device = match at >= tx.now {
        true => people::without_device_count(tx)?,
        false => people::population(tx, at)?.without_device,
    };
    let admins = user_facts(tx, at)?.iter().filter(|user| user.is_admin()).count();
    let recorded: Vec<&str> = Event::ALL.iter().map(|event| event.name()).collect();
    let retention_days = at.seconds_since(months_before(at, settings.retention.audit_log_months)) / DAY;
    let mut fields: Vec<Field> = vec![
        ("lockout.max_attempts", settings.lockout.max_attempts.into()),
        ("lockout.duration_minutes", settings.lockout.duration_minutes.into()),
        ("admins.active_count", admins.into()),
        ("api_keys.oldest_age_days", oldest_key_age(tx, at)?.into()),
        ("audit.retention_days", retention_days.into()),
        ("audit.recorded_event_types", recorded.into()),
        ("devices.people_without_device", without_device.into()),
        ("exceptions.unbounded_or_expired", open_ended_exceptions(tx, at)?.into()),
        ("reports.last_generated_at", last_report(tx, at)?.map_or(Value::Null, |time| time.to_string().into())),
    ];
    fields.extend(log::facts(tx, at)?);
    fields.extend(possessions::facts(tx, at)?);
    Ok(Facts::from_fields(fields))
}

/// Age in days of the oldest key of a script or integration that worked at `at`; `None` without one. A device's own key is bound to its
/// serial number and changes with each enrolment: it is none of them.
fn oldest_key_age(tx: &Tx, at: Time) -> Result<Option<i64>> {
    let sql = "SELECT min(created_at) FROM api_key k WHERE tenant_id = ?1 AND serial_number IS NULL AND created_at <= ?2
                   AND (revoked_at IS NULL OR revoked_at > ?2) AND (expires_at IS NULL OR expires_at > ?2)";
    let oldest: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, at.0], |row| row.get(0))?;
    Ok(oldest.map(|oldest| at.seconds_since(Time(oldest)) / DAY))
}

/// When the last report that is there was made.
fn last_report(tx: &Tx, at: Time) -> Result<Option<Time>> {
    let sql = "SELECT max(finished_at) FROM report WHERE tenant_id = ?1 AND status = 'completed' AND finished_at <= ?2";
    let last: Option<i64> = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, at.0], |row| row.get(0))?;
    Ok(last.map(Time))
}

/// Exceptions in force without approver or reason. None is without an end, nor in force past it: they end by themselves, at most a year after
/// their recording.
fn open_ended_exceptions(tx: &Tx, at: Time) -> Result<u64> {
    let sql = "SELECT count(*) FROM exception WHERE tenant_id = ?1 AND recorded_at <= ?2 AND until > ?2
                   AND (approved_by IS NULL OR trim(reason) = '')";
    let count: i64 = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, at.0], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
