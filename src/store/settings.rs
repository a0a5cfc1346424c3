//! Settings of a tenant, in versions: each holds from its moment on, and what was judged before keeps the version of its time.

use std::cell::RefCell;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::audit::{self, Entry};
use super::catalogue;
use super::tx::{Tx, WriteTx};
use crate::domain::audit::{Event, Metadata};
use crate::domain::earlier;
use crate::domain::settings::{Change, ResolvedChecks, Settings};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// Settings and the catalogue as they want it.
pub struct Version {
    /// 1, 2, 3, …
    pub version: i64,
    /// From when on they hold.
    pub since: Time,
    /// From when on the catalogue that they are laid over holds.
    pub catalogue_since: Time,
    /// The settings.
    pub settings: Settings,
    /// The checks under these settings.
    pub checks: ResolvedChecks<'static>,
}

thread_local! {
    /// What this thread resolved last. The text is read from the file each time; only the work of resolving it is spared.
    static RESOLVED: RefCell<Vec<Resolved>> = const { RefCell::new(Vec::new()) };
}

struct Resolved {
    tenant_id: String,
    data: String,
    version: Arc<Version>,
}

/// Texts resolved and kept by each thread.
const RESOLVED_KEPT: usize = 8;

/// The settings in force now.
pub fn current(tx: &Tx) -> Result<Arc<Version>> {
    at(tx, Time(i64::MAX))
}

/// The settings in force at `moment` over the catalogue in force then; before the first version the first.
pub fn at(tx: &Tx, moment: Time) -> Result<Arc<Version>> {
    let row = tx
        .connection
        .prepare_cached(
            "SELECT version, since, data FROM settings_version
             WHERE tenant_id = ?1 AND (since <= ?2 OR version = 1) ORDER BY version DESC LIMIT 1",
        )?
        .query_row(params![tx.tenant_id, moment.0], |row| Ok((row.get(0)?, Time(row.get(1)?), row.get(2)?)))
        .optional()?;
    let (version, since, data) = row.ok_or_else(|| Error::internal(format!("tenant {} has no settings", tx.tenant_id)))?;
    resolve(&tx.tenant_id, version, since, data, catalogue::at(tx, moment)?)
}

/// When the first version after `version`, which was in force at `moment`, begins, or the first catalogue after the one in force then.
pub(super) fn next_change(tx: &Tx, version: &Version, moment: Time) -> Result<Option<Time>> {
    let since: Option<i64> = tx
        .connection
        .prepare_cached("SELECT min(since) FROM settings_version WHERE tenant_id = ?1 AND version > ?2 AND since > ?3")?
        .query_row(params![tx.tenant_id, version.version, moment.0], |row| row.get(0))?;
    Ok(earlier(since.map(Time), catalogue::next_change(tx, moment)?))
}

/// Settings of which no judgement depends, by the first part of their path.
const NO_JUDGEMENT: [&str; 7] = ["organisation_name", "logo", "smtp", "retention", "erasure_hold", "frameworks", "report_schedule"];

/// Stores `settings` as the version from now on, logs `changes`, and marks every device and service for a new judgement at this moment if one
/// could come out otherwise.
pub fn replace(tx: &WriteTx, based_on: i64, settings: &Settings, changes: &[Change]) -> Result<()> {
    let current = current(tx)?.version;
    if current != based_on {
        return Err(Error::conflict("The settings were changed at the same moment; read them again"));
    }
    let data = serde_json::to_string(settings).map_err(Error::internal)?;
    tx.connection
        .prepare_cached("INSERT INTO settings_version (tenant_id, version, since, data) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![tx.tenant_id, current + 1, tx.now.0, data])?;
    let judged = changes.iter().any(|change| !NO_JUDGEMENT.contains(&change.field.split('.').next().unwrap_or_default()));
    if judged {
        mark_devices(tx)?;
    }
    let mut metadata = Metadata::new().with("version", current + 1);
    for change in changes {
        // A sender's address, a name at the mail server and why nothing may be erased may tell of a person.
        metadata = match change.field.as_str() {
            "smtp.username" | "smtp.from_address" | "erasure_hold.reason" => {
                metadata.change_personal(&change.field, change.old.clone(), change.new.clone())
            }
            _ => metadata.change(&change.field, change.old.clone(), change.new.clone()),
        };
    }
    audit::record(tx, Entry::new(Event::SettingsChanged, "settings", &tx.tenant_id, metadata))
}

fn mark_devices(tx: &WriteTx) -> Result<()> {
    tx.connection
        .prepare_cached("UPDATE device SET changes_at = min(coalesce(changes_at, ?2), ?2) WHERE tenant_id = ?1 AND retired_at IS NULL")?
        .execute(params![tx.tenant_id, tx.now.0])?;
    tx.connection
        .prepare_cached("UPDATE service SET changes_at = min(coalesce(changes_at, ?2), ?2) WHERE tenant_id = ?1 AND retired_at IS NULL")?
        .execute(params![tx.tenant_id, tx.now.0])?;
    Ok(())
}

fn resolve(tenant_id: &str, number: i64, since: Time, data: String, catalogue: catalogue::Version) -> Result<Arc<Version>> {
    let same = |kept: &&Resolved| {
        let version = &kept.version;
        (version.version, version.since, version.catalogue_since) == (number, since, catalogue.since)
            && kept.tenant_id == tenant_id
            && kept.data == data
    };
    if let Some(known) = RESOLVED.with_borrow(|kept| kept.iter().find(same).map(|known| known.version.clone())) {
        return Ok(known);
    }
    let settings: Settings = serde_json::from_str(&data).map_err(|error| Error::internal(format!("settings version {number}: {error}")))?;
    let checks = ResolvedChecks::with_os_support(catalogue.catalogue, catalogue.os_support, &settings);
    let version = Arc::new(Version { version: number, since, catalogue_since: catalogue.since, settings, checks });
    RESOLVED.with_borrow_mut(|kept| {
        if kept.len() >= RESOLVED_KEPT {
            kept.remove(0);
        }
        kept.push(Resolved { tenant_id: tenant_id.to_owned(), data, version: version.clone() });
    });
    Ok(version)
}
