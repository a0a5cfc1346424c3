//! The frameworks that a tenant can report on: those inside the program, and those that it brought along, in versions.

mod shipped;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rusqlite::{OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use shipped::register;

use super::audit::{self, Entry};
use super::settings;
use super::tx::{Tx, WriteTx};
use crate::domain::audit::{Event, Metadata, hex};
use crate::domain::check::Catalogue;
use crate::domain::framework::Framework;
use crate::domain::settings::Settings;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{OWN_FRAMEWORK_VERSIONS_MAX, OWN_FRAMEWORKS_MAX};

/// A framework, and whose.
#[derive(Debug)]
pub struct Offered {
    /// Its content.
    pub framework: Cow<'static, Framework>,
    /// Its version and when that was recorded, if the tenant brought it along.
    pub own: Option<(i64, Time)>,
}

/// All frameworks offered now: shipped ones in their order, then own ones by id.
pub fn all(tx: &Tx) -> Result<Vec<Offered>> {
    let mut offered: Vec<Offered> =
        Framework::shipped().iter().map(|framework| Offered { framework: Cow::Borrowed(framework), own: None }).collect();
    let sql = "SELECT framework_id, text, version, recorded_at FROM framework_version AS f WHERE tenant_id = ?1 AND text IS NOT NULL AND version =
                   (SELECT max(version) FROM framework_version AS l WHERE l.tenant_id = f.tenant_id AND l.framework_id = f.framework_id)
               ORDER BY framework_id";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query([&tx.tenant_id])?;
    while let Some(row) = rows.next()? {
        let framework = load(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?;
        offered.push(Offered { framework: Cow::Owned(framework), own: Some((row.get(2)?, Time(row.get(3)?))) });
    }
    Ok(offered)
}

/// The framework called `id` that is offered now.
pub fn get(tx: &Tx, id: &str) -> Result<Offered> {
    find(tx, id, Time(i64::MAX))
}

/// The framework called `id` as it was at `at`; before its first version the first, so that an earlier period can be reported on. Not found
/// if it is not offered now.
pub fn find(tx: &Tx, id: &str, at: Time) -> Result<Offered> {
    if let Some(framework) = Framework::find(id) {
        return Ok(Offered { framework: shipped::at(tx, framework, at)?, own: None });
    }
    let not_found = || Error::not_found("Framework");
    last(tx, id)?.filter(|(_, offered)| *offered).ok_or_else(not_found)?;
    let sql = "SELECT text, version, recorded_at FROM framework_version
               WHERE tenant_id = ?1 AND framework_id = ?2 AND text IS NOT NULL AND (recorded_at <= ?3 OR version = 1)
               ORDER BY version DESC LIMIT 1";
    let read = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let found = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, id, at.0], read).optional()?;
    let (text, version, recorded_at) = found.ok_or_else(not_found)?;
    Ok(Offered { framework: Cow::Owned(load(id, &text)?), own: Some((version, Time(recorded_at))) })
}

/// A version of a framework's file that came while there was an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// When it came.
    pub at: Time,
    /// Id of the user or key that brought it; `None` for the operator and for a new version of the program.
    pub by: Option<String>,
    /// SHA-256 of the file before and of this one, hex.
    pub sha256: (String, String),
}

/// The versions of the framework called `id` that replaced another in `from..=to`, oldest first.
pub fn replaced(tx: &Tx, id: &str, from: Time, to: Time) -> Result<Vec<Replaced>> {
    let versions = if Framework::find(id).is_some() { shipped::versions(tx, id)? } else { own_versions(tx, id)? };
    let mut found = Vec::new();
    for pair in versions.windows(2) {
        if let [before, (at, by, sha256)] = pair
            && (from..=to).contains(at)
            && before.2 != *sha256
        {
            found.push(Replaced { at: *at, by: by.clone(), sha256: (before.2.clone(), sha256.clone()) });
        }
    }
    Ok(found)
}

/// When a version came, from whom, and its hash.
type FileVersion = (Time, Option<String>, String);

fn own_versions(tx: &Tx, id: &str) -> Result<Vec<FileVersion>> {
    let sql = "SELECT recorded_at, created_by, text FROM framework_version
               WHERE tenant_id = ?1 AND framework_id = ?2 AND text IS NOT NULL ORDER BY version";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, id], |row| {
        Ok((Time(row.get(0)?), row.get(1)?, hex(&Sha256::digest(row.get_ref(2)?.as_str()?))))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes a file of the tenant's own, checked here; an error names its line and field. Whether it is new: a file whose `key` the tenant has
/// already is its next version.
pub fn put(tx: &WriteTx, text: &str) -> Result<(Offered, bool)> {
    let framework = Framework::parse("text", text, Catalogue::shipped()).map_err(|error| Error::invalid(error.to_string()))?;
    let id = framework.key.clone();
    if Framework::shipped().iter().any(|shipped| shipped.key.eq_ignore_ascii_case(&id)) {
        return Err(Error::conflict(format!("`framework.key` is `{id}`, a framework of the appliance; give yours another")));
    }
    let sql = "SELECT count(*), coalesce(sum(text IS NOT NULL AND version =
                   (SELECT max(version) FROM framework_version AS l WHERE l.tenant_id = f.tenant_id AND l.framework_id = f.framework_id)), 0)
               FROM framework_version AS f WHERE tenant_id = ?1";
    let (versions, frameworks): (i64, i64) =
        tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let before = last(tx, &id)?;
    let is_new = !before.is_some_and(|(_, offered)| offered);
    if versions >= OWN_FRAMEWORK_VERSIONS_MAX || (is_new && frameworks >= OWN_FRAMEWORKS_MAX) {
        return Err(Error::conflict(format!(
            "There are {OWN_FRAMEWORKS_MAX} frameworks of your own, or {OWN_FRAMEWORK_VERSIONS_MAX} versions of them, already"
        )));
    }
    if !is_new {
        let present = get(tx, &id)?;
        if present.framework.sha256 == framework.sha256 {
            return Ok((present, false));
        }
    }
    let version = before.map_or(1, |(version, _)| version + 1);
    insert(tx, &id, version, Some(text))?;
    let event = if is_new { Event::FrameworkCreated } else { Event::FrameworkUpdated };
    let metadata = Metadata::new().with("version", version).with("sha256", framework.sha256.as_str());
    audit::record(tx, Entry::new(event, "framework", &id, metadata))?;
    Ok((Offered { framework: Cow::Owned(framework), own: Some((version, tx.now)) }, is_new))
}

/// Takes away a framework of the tenant's own, with what the settings say of it. Reports that were made stay, and so do its versions.
pub fn delete(tx: &WriteTx, id: &str) -> Result<()> {
    let Some((version, _)) = get(tx, id)?.own else {
        return Err(Error::conflict("A framework of the appliance can't be deleted; switch it off"));
    };
    insert(tx, id, version + 1, None)?;
    let current = settings::current(tx)?;
    let rest: Vec<_> = current.settings.report_schedule.iter().filter(|scheduled| scheduled.framework != id).collect();
    let body = json!({"frameworks": {id: null}, "report_schedule": Settings::schedule_view(rest)});
    if let Some(body) = body.as_object() {
        let (patched, changes) = current.settings.patch(body, Catalogue::shipped())?;
        if !changes.is_empty() {
            settings::replace(tx, current.version, &patched, &changes)?;
        }
    }
    audit::record(tx, Entry::new(Event::FrameworkDeleted, "framework", id, Metadata::new().with("version", version)))
}

/// Whether what `settings` say of frameworks can be: each is offered and has the categories chosen.
pub fn check(tx: &Tx, settings: &Settings) -> Result<()> {
    let offered = |field: &str, id: &str| {
        get(tx, id).map_err(|error| match error.kind {
            crate::error::Kind::NotFound => Error::invalid(format!("{field}: there is no framework `{id}`")),
            _ => error,
        })
    };
    for (id, setting) in &settings.frameworks {
        let framework = offered("frameworks", id)?.framework;
        if let Some(unknown) = setting.categories.iter().find(|chosen| !framework.categories.iter().any(|category| category.id == **chosen))
        {
            return Err(Error::invalid(format!("frameworks.{id}.categories: the framework has no category `{unknown}`")));
        }
    }
    settings.report_schedule.iter().try_for_each(|scheduled| offered("report_schedule", &scheduled.framework).map(drop))
}

/// The number of the last version, and whether it is offered.
fn last(tx: &Tx, id: &str) -> Result<Option<(i64, bool)>> {
    let sql =
        "SELECT version, text IS NOT NULL FROM framework_version WHERE tenant_id = ?1 AND framework_id = ?2 ORDER BY version DESC LIMIT 1";
    let read = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?));
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, id], read).optional()?)
}

fn insert(tx: &WriteTx, id: &str, version: i64, text: Option<&str>) -> Result<()> {
    let sql =
        "INSERT INTO framework_version (tenant_id, framework_id, version, text, created_by, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, id, version, text, tx.actor.id, tx.now.0])?;
    Ok(())
}

/// A stored file was checked when it came, by the catalogue of then: a check that is gone since makes it unreadable.
fn load(id: &str, text: &str) -> Result<Framework> {
    Framework::parse(id, text, Catalogue::shipped()).map_err(|error| {
        Error::conflict(format!("The framework `{id}` no longer fits the catalogue of checks ({error}); add a new version of it"))
    })
}
