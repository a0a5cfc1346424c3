//! What people change about services: recording one, changing it, taking it out of the inventory.

use rusqlite::{OptionalExtension, params};

use super::judge::{judge_now, settle};
use super::{get, insert, source_of, update_version};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::compliance::Status;
use crate::domain::device::Source;
use crate::domain::service::{DataClassification, Record, Service};
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::succession::Begin;
use crate::store::tx::{Tx, WriteTx};
use crate::store::verdicts::{self, Moment, StatusEnd};

/// Fields whose values may name a person or hold what one wrote.
const PERSONAL_FIELDS: [&str; 4] = ["name", "description", "url", "tags"];

/// Changes to a service; `None` leaves a field as it is, inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Its category.
    pub category: Option<Option<String>>,
    /// Where it is.
    pub url: Option<Option<String>>,
    /// Its owner.
    pub owner_id: Option<Option<String>>,
    /// How confidential its data are.
    pub data_classification: Option<Option<DataClassification>>,
    /// Answer.
    pub sso_enabled: Option<Option<bool>>,
    /// Answer.
    pub mfa_enforced: Option<Option<bool>>,
    /// Answer.
    pub audit_logging_enabled: Option<Option<bool>>,
    /// Answer.
    pub encryption_at_rest: Option<Option<bool>>,
    /// Answer.
    pub data_location: Option<Option<Vec<String>>>,
    /// Whether it processes personal data.
    pub processes_personal_data: Option<Option<bool>>,
    /// Days between reviews.
    pub review_interval_days: Option<Option<u32>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
}

impl Patch {
    fn apply(&self, record: &mut Record) {
        fn set<T: Clone>(field: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        set(&mut record.name, &self.name);
        set(&mut record.description, &self.description);
        set(&mut record.category, &self.category);
        set(&mut record.url, &self.url);
        set(&mut record.owner_id, &self.owner_id);
        set(&mut record.data_classification, &self.data_classification);
        set(&mut record.answers.sso_enabled, &self.sso_enabled);
        set(&mut record.answers.mfa_enforced, &self.mfa_enforced);
        set(&mut record.answers.audit_logging_enabled, &self.audit_logging_enabled);
        set(&mut record.answers.encryption_at_rest, &self.encryption_at_rest);
        set(&mut record.answers.data_location, &self.data_location);
        set(&mut record.processes_personal_data, &self.processes_personal_data);
        set(&mut record.review_interval_days, &self.review_interval_days);
        set(&mut record.tags, &self.tags);
        record.follow_interval();
    }
}

/// Records a service called `name`, of which `patch` says the rest. A conflict if another has the name.
pub fn create(tx: &WriteTx, name: &str, patch: &Patch) -> Result<Service> {
    let mut record = Record::new(name, source_of(tx));
    patch.apply(&mut record);
    require_active_owner(tx, record.owner_id.as_deref())?;
    let nothing = Record::new("", record.source);
    let mut service = Service {
        id: new_id("svc", tx.now),
        record,
        created_at: tx.now,
        since: tx.now,
        recorded_at: tx.now,
        status: Status::Unknown,
        status_since: tx.now,
        status_recorded_at: tx.now,
        changes_at: None,
        retired_at: None,
    };
    insert(tx, &service)?;
    judge_now(tx, &mut service)?;
    let metadata = nothing.changes_to(&service.record).into_iter().fold(Metadata::new(), |metadata, (field, _, new)| {
        match (PERSONAL_FIELDS.contains(&field.as_str()), new.as_str()) {
            (true, Some(text)) => metadata.with_personal(&field, text),
            (true, None) => metadata.change_personal(&field, serde_json::json!([]), new),
            (false, _) => metadata.with(&field, new),
        }
    });
    audit::record(tx, Entry::new(Event::ServiceCreated, "service", &service.id, metadata))?;
    Ok(service)
}

/// Applies `patch` to the service called `id`, and judges it by what is new at once. With a `person` it must be that person's, and the
/// owner stays.
pub fn patch(tx: &WriteTx, id: &str, patch: &Patch, person: Option<&str>) -> Result<Service> {
    let before = get(tx, id)?;
    require_owned(&before, person)?;
    let mut record = before.record.clone();
    patch.apply(&mut record);
    if record.owner_id != before.record.owner_id {
        if person.is_some() {
            return Err(Error::forbidden("Only admins may change `owner_id`"));
        }
        // An owner whose account was disabled meanwhile may stay, but nobody is made one.
        require_active_owner(tx, record.owner_id.as_deref())?;
    }
    replace(tx, before, record)
}

/// Gives the service `before` another record, keeps the version before, judges and logs.
pub(in crate::store) fn replace(tx: &WriteTx, before: Service, mut record: Record) -> Result<Service> {
    if record == before.record {
        return Ok(before);
    }
    if source_of(tx) == Source::Person {
        // What people and systems say together is worth no more than the less of the two.
        record.source = Source::Person;
    }
    // What was due before still concerns the service as it was.
    let mut service = before.clone();
    settle(tx, &mut service)?;
    let status_before = service.status;
    service.record = record;
    update_version(tx, &before, &mut service)?;
    judge_now(tx, &mut service)?;
    let changes = before.record.changes_to(&service.record).into_iter().filter(|(field, ..)| field != "next_review_agreed");
    let metadata = changes.fold(Metadata::new(), |metadata, (field, old, new)| match PERSONAL_FIELDS.contains(&field.as_str()) {
        true => metadata.change_personal(&field, old, new),
        false => metadata.change(&field, old, new),
    });
    log_update(tx, &service, status_before, metadata)?;
    Ok(service)
}

/// Logs a change, with what it did to the status.
pub(super) fn log_update(tx: &WriteTx, service: &Service, status_before: Status, mut metadata: Metadata) -> Result<()> {
    if status_before != service.status {
        metadata = metadata.change("status", status_before.as_str(), service.status.as_str());
    }
    if metadata.is_empty() {
        return Ok(());
    }
    audit::record(tx, Entry::new(Event::ServiceUpdated, "service", &service.id, metadata))
}

/// Takes a service out of the inventory. Its reviews and its history stay for reports; its name is free again.
pub fn retire(tx: &WriteTx, id: &str) -> Result<()> {
    let mut service = get(tx, id)?;
    settle(tx, &mut service)?;
    verdicts::end(tx, id, Moment { since: tx.now, learned_at: tx.now, confirmed_until: tx.now })?;
    let begin = Begin { since: service.status_since, recorded_at: service.status_recorded_at };
    let end = StatusEnd { subject_id: id, status: service.status.as_str(), begin };
    verdicts::close_status(tx, &end, begin.followed_by(tx.now, tx.now))?;
    let sql = "UPDATE service SET retired_at = ?2, changes_at = NULL WHERE id = ?1";
    tx.connection.prepare_cached(sql)?.execute(params![id, tx.now.0])?;
    let metadata = Metadata::new().with_personal("name", &service.record.name);
    audit::record(tx, Entry::new(Event::ServiceDeleted, "service", id, metadata))
}

/// Refuses whoever is not the owner, where a `person` is named.
pub(in crate::store) fn require_owned(service: &Service, person: Option<&str>) -> Result<()> {
    match person {
        Some(person) if service.record.owner_id.as_deref() != Some(person) => Err(Error::forbidden("This service is not yours")),
        _ => Ok(()),
    }
}

/// Refuses an owner who is no active user of the tenant.
fn require_active_owner(tx: &Tx, owner_id: Option<&str>) -> Result<()> {
    let Some(owner_id) = owner_id else { return Ok(()) };
    let active: Option<bool> = tx
        .connection
        .prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![owner_id, tx.tenant_id], |row| row.get(0))
        .optional()?;
    if active == Some(true) { Ok(()) } else { Err(Error::invalid("`owner_id` must be that of an active user")) }
}
