//! Recording and changing people, one by one or from a file.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Person, PersonRecord, day_of, find_by_email, get, insert, update_version};
use crate::credentials::id::new_id;
use crate::domain::audit::{Event, Metadata};
use crate::domain::person::PersonSource;
use crate::error::{Error, Result};
use crate::store::audit::{self, Entry};
use crate::store::tx::{Tx, WriteTx};

/// Changes to a person; `None` leaves as it is, an inner `None` clears.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The person's name.
    pub name: Option<String>,
    /// In the form of `domain::user::checked_email`. Of somebody with an account it is the account's and can't be changed here.
    pub email: Option<String>,
    /// Whether the person should have a device.
    pub needs_device: Option<bool>,
    /// Why none is needed.
    pub reason: Option<Option<String>>,
    /// The first day.
    pub joined_on: Option<Option<NaiveDate>>,
    /// The last day.
    pub left_on: Option<Option<NaiveDate>>,
}

impl Change {
    fn apply(&self, record: &mut PersonRecord) {
        if let Some(name) = &self.name {
            record.name.clone_from(name);
        }
        if let Some(email) = &self.email {
            record.email.clone_from(email);
        }
        if let Some(needs_device) = self.needs_device {
            record.needs_device = needs_device;
            // Whoever needs a device again has no reason not to, unless one is given, which is refused.
            record.reason = record.reason.take().filter(|_| !needs_device);
        }
        if let Some(reason) = &self.reason {
            record.reason.clone_from(reason);
        }
        record.joined_on = self.joined_on.unwrap_or(record.joined_on);
        record.left_on = self.left_on.unwrap_or(record.left_on);
    }
}

/// A field that has, or would get, another value.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Until now.
    pub old: Value,
    /// From now on.
    pub new: Value,
}

/// What a row of a file did.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The person as it is now.
    pub person: Person,
    /// Whether it was recorded by this row.
    pub created: bool,
    /// What this row changed; empty for somebody new, and where nothing changed.
    pub fields: Vec<Field>,
}

/// Records a person. A conflict if one with this email is recorded.
pub fn create(tx: &WriteTx, name: &str, email: &str, change: &Change) -> Result<Person> {
    add(tx, name, email, change, PersonSource::Manual)
}

fn add(tx: &WriteTx, name: &str, email: &str, change: &Change, source: PersonSource) -> Result<Person> {
    let mut record = PersonRecord::new(name, email, source);
    change.apply(&mut record);
    record.check(None)?;
    let id = new_id("person", tx.now);
    insert(tx, &Person { id: id.clone(), record, has_device: false, created_at: tx.now, since: tx.now, recorded_at: tx.now })?;
    let person = get(tx, &id)?;
    let record = &person.record;
    let mut metadata = Metadata::new()
        .with_personal("name", &record.name)
        .with_personal("email", &record.email)
        .with("needs_device", record.needs_device)
        .with("source", record.source.as_str());
    for (name, value) in [
        ("reason", record.reason.clone()),
        ("joined_on", record.joined_on.map(|day| day.to_string())),
        ("left_on", record.left_on.map(|day| day.to_string())),
    ] {
        if let Some(value) = value {
            metadata = metadata.with_personal(name, &value);
        }
    }
    audit::record(tx, Entry::new(Event::PersonCreated, "person", &id, metadata))?;
    Ok(person)
}

/// Changes a person. A conflict for one who was erased: whoever comes back is somebody new.
pub fn patch(tx: &WriteTx, id: &str, change: &Change) -> Result<Person> {
    let person = get(tx, id)?;
    if person.record.email == person.id {
        return Err(Error::conflict("This person was erased; record the one who came back anew"));
    }
    let mut record = person.record.clone();
    change.apply(&mut record);
    if record.email != person.record.email && record.user_id.is_some() {
        return Err(Error::conflict("`email` is that of the person's account, who alone can change it"));
    }
    store(tx, &person, &record)?;
    get(tx, id)
}

/// Records the person of a row of a file, or brings the one with its email up to date.
pub fn import_row(tx: &WriteTx, name: &str, email: &str, change: &Change) -> Result<Changed> {
    let Some(person) = find_by_email(tx, email)? else {
        return Ok(Changed { person: add(tx, name, email, change, PersonSource::Import)?, created: true, fields: Vec::new() });
    };
    let mut record = person.record.clone();
    Change { name: Some(name.to_owned()), ..change.clone() }.apply(&mut record);
    record.source = PersonSource::Import;
    let fields = differences(&person.record, &record);
    store(tx, &person, &record)?;
    Ok(Changed { person: get(tx, &person.id)?, created: false, fields })
}

/// Today becomes the person's last day.
pub fn mark_left(tx: &WriteTx, id: &str) -> Result<Person> {
    let today = day_of(tx, tx.now)?;
    patch(tx, id, &Change { left_on: Some(Some(today)), ..Change::default() })
}

/// Everybody who counts today or will, without a last day, but `except` these ids and those whose account is an auditor's: by name.
pub fn present_people(tx: &Tx, except: &HashSet<String>) -> Result<Vec<Person>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {} FROM person p WHERE p.tenant_id = ?1 AND p.left_on IS NULL
             AND NOT EXISTS (SELECT 1 FROM user u WHERE u.id = p.user_id AND u.role = 'auditor')
         ORDER BY fold(p.name), p.id",
        super::COLUMNS
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let people = statement.query_map([&tx.tenant_id], super::from_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(people.into_iter().filter(|person| !except.contains(&person.id)).collect())
}

/// Says in the log that a file was imported, with the counts in `metadata`.
pub fn record_import(tx: &WriteTx, metadata: Metadata) -> Result<()> {
    audit::record(tx, Entry { event: Event::PersonImported, resource: None, metadata, with_address: true })
}

/// Stores `record` as the person's version from now on, with its entry; nothing where nothing changed.
fn store(tx: &WriteTx, person: &Person, record: &PersonRecord) -> Result<()> {
    let fields = differences(&person.record, record);
    if fields.is_empty() && record.source == person.record.source {
        return Ok(());
    }
    record.check(Some(&person.record))?;
    update_version(tx, person, record)?;
    let mut metadata = Metadata::new();
    for Field { name, old, new } in fields {
        metadata = match name {
            "needs_device" => metadata.change(name, old, new),
            _ => metadata.change_personal(name, old, new),
        };
    }
    if record.source != person.record.source {
        metadata = metadata.change("source", person.record.source.as_str(), record.source.as_str());
    }
    audit::record(tx, Entry::new(Event::PersonUpdated, "person", &person.id, metadata))
}

/// What a reader sees of the difference between two versions.
fn differences(before: &PersonRecord, after: &PersonRecord) -> Vec<Field> {
    let day = |day: Option<NaiveDate>| json!(day.map(|day| day.to_string()));
    let all = [
        ("name", json!(before.name), json!(after.name)),
        ("email", json!(before.email), json!(after.email)),
        ("needs_device", json!(before.needs_device), json!(after.needs_device)),
        ("reason", json!(before.reason), json!(after.reason)),
        ("joined_on", day(before.joined_on), day(after.joined_on)),
        ("left_on", day(before.left_on), day(after.left_on)),
    ];
    all.into_iter().filter(|(_, old, new)| old != new).map(|(name, old, new)| Field { name, old, new }).collect()
}
