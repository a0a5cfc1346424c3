//! Devices and services as they were known at any moment, with their facts: what a judgement of the past under any parameters rests on.
//!
//! Verdict intervals are a cache for the tenant's own parameters; whoever has others reads the facts here and walks through the moments at
//! which they changed. Within a run of confirmations (none more than a day after the one before it) facts count as confirmed at each moment.

mod accounts;
mod devices;
mod log;
mod moments;
mod past;
mod services;

pub use accounts::{Named, name_at, people_at};
pub use devices::{DeviceState, DeviceStates, device_ids, late_spans};
pub use log::{Chain, chain, events, os_support_sha256};
pub use moments::{device_moments, judging_moments, service_moments, walk};
pub use services::{ServiceState, service_at, service_ids};

use rusqlite::{OptionalExtension, params};

use super::devices::version_at;
use super::tx::Tx;
use crate::domain::time::Time;
use crate::error::Result;

/// Whether the account `user_id` was active at `at`; `None` if there is no such account.
pub(super) fn active_at(tx: &Tx, user_id: &str, at: Time) -> Result<Option<bool>> {
    let sql = "SELECT status, since FROM user WHERE id = ?1 AND tenant_id = ?2";
    let present: Option<(String, i64)> =
        tx.connection.prepare_cached(sql)?.query_row(params![user_id, tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((status, since)) = present else { return Ok(None) };
    if since > at.0
        && let Some((data, _)) = version_at(tx, user_id, at)?
    {
        return Ok(Some(data.get("status").and_then(|status| status.as_str()) == Some("active")));
    }
    Ok(Some(status == "active"))
}
