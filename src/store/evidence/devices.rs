//! A device as it was known at a moment, with its facts.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};

use super::active_at;
use crate::domain::device::{Approval, DataType, Source};
use crate::domain::facts::{DeviceFacts, Facts, Section};
use crate::domain::inventory::Device;
use crate::domain::os_support::OsSupport;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::tx::Tx;
use crate::store::{devices, section_data, sections, settings};

/// A device at a moment at which it belonged to the population.
pub struct DeviceState {
    /// Its record. Within a run of reports `last_seen` is the moment asked about.
    pub device: Device,
    /// The least of those who vouch for its facts.
    pub source: Source,
    /// When its `security` section was last confirmed; `None` if it never had one.
    pub security_confirmed_at: Option<Time>,
    owner_active: Option<bool>,
    security: Option<(Rc<Map<String, Value>>, Time)>,
    software: Option<(Rc<Map<String, Value>>, Time)>,
    custom: Option<(Rc<Map<String, Value>>, Time)>,
    at: Time,
}

impl DeviceState {
    /// Its facts, with the support table in force then.
    pub fn facts<'s>(&'s self, os_support: &'s OsSupport) -> Facts<'s> {
        let section = |kept: &'s Option<(Rc<Map<String, Value>>, Time)>| {
            kept.as_ref().map(|(data, confirmed_at)| Section { data, confirmed_at: *confirmed_at })
        };
        let record = DeviceFacts::of_record(&self.device, self.owner_active, section(&self.security), section(&self.software), self.at);
        Facts::of_device(&record).with_os_support(os_support).with_custom(section(&self.custom))
    }

    /// The `security` section as reported.
    pub fn security(&self) -> Option<&Map<String, Value>> {
        self.security.as_ref().map(|(data, _)| &**data)
    }
}

/// The states of one device; content that several of them share is read once.
pub struct DeviceStates<'t, 'c> {
    tx: &'t Tx<'c>,
    device: Option<Device>,
    contents: HashMap<i64, Rc<Map<String, Value>>>,
}

impl<'t, 'c> DeviceStates<'t, 'c> {
    /// Of the device called `id`, retired or not; one that does not exist has no states.
    pub fn of(tx: &'t Tx<'c>, id: &str) -> Result<DeviceStates<'t, 'c>> {
        Ok(DeviceStates { tx, device: devices::find(tx, id)?, contents: HashMap::new() })
    }

    /// The device as it was known at `at`; `None` if it was not known, retired or not approved then.
    pub fn at(&mut self, at: Time) -> Result<Option<DeviceState>> {
        let Some(record) = &self.device else { return Ok(None) };
        if record.created_at > at || record.retired.is_some_and(|(retired_at, _)| retired_at <= at) {
            return Ok(None);
        }
        let mut device = devices::as_of(self.tx, record.clone(), at)?;
        if device.approval != Approval::Approved {
            return Ok(None);
        }
        device.last_seen = last_seen_at(self.tx, record, at)?;
        let owner_active = match &device.user_id {
            Some(user_id) => active_at(self.tx, user_id, at)?,
            None => None,
        };
        let (mut security, mut software, mut custom, mut sources) = (None, None, None, vec![device.source]);
        let custom_facts = settings::at(self.tx, at)?.checks.custom_facts;
        let judged = sections::judged_at(self.tx, &device.id, at)?.into_iter();
        for section in judged.filter(|section| section.data_type != DataType::Custom || custom_facts) {
            let content = (self.content(section.data_id)?, section.confirmed_until);
            sources.push(section.source);
            match section.data_type {
                DataType::Security => security = Some(content),
                DataType::Software => software = Some(content),
                DataType::Custom => custom = Some(content),
                DataType::Hardware | DataType::Network => {}
            }
        }
        let source = devices::weakest(sources.into_iter());
        let security_confirmed_at = security.as_ref().map(|(_, confirmed_at)| *confirmed_at);
        Ok(Some(DeviceState { device, source, security_confirmed_at, owner_active, security, software, custom, at }))
    }

    fn content(&mut self, data_id: i64) -> Result<Rc<Map<String, Value>>> {
        if let Some(content) = self.contents.get(&data_id) {
            return Ok(content.clone());
        }
        let content = Rc::new(section_data::load_object(self.tx, data_id)?);
        self.contents.insert(data_id, content.clone());
        Ok(content)
    }
}

/// The devices that were in the inventory at some moment of `from..=to`, oldest first; those never approved too.
pub fn device_ids(tx: &Tx, from: Time, to: Time) -> Result<Vec<String>> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT id FROM device WHERE tenant_id = ?1 AND created_at <= ?3 AND (retired_at IS NULL OR retired_at > ?2) ORDER BY created_at, id",
    )?;
    Ok(statement.query_map(params![tx.tenant_id, from.0, to.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// When sections of the device held that came so late that they only fill gaps, as far as that was known at `at`: begin and end, oldest first.
pub fn late_spans(tx: &Tx, id: &str, at: Time) -> Result<Vec<(Time, Time)>> {
    let sql = "SELECT since, until FROM device_section_past WHERE device_id = ?1 AND late = 1 AND received_at <= ?2 ORDER BY since";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![id, at.0], |row| Ok((Time(row.get(0)?), Time(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The last report up to `at`; within a run of reports `at` itself.
fn last_seen_at(tx: &Tx, device: &Device, at: Time) -> Result<Option<Time>> {
    if device.last_seen.is_some_and(|last| last <= at) {
        return Ok(device.last_seen);
    }
    if device.present_since.is_some_and(|since| since <= at) {
        return Ok(Some(at));
    }
    let until: Option<i64> = tx
        .connection
        .prepare_cached("SELECT until FROM device_presence_past WHERE device_id = ?1 AND since <= ?2 ORDER BY since DESC LIMIT 1")?
        .query_row(params![device.id, at.0], |row| row.get(0))
        .optional()?;
    Ok(until.map(|until| Time(until).min(at)))
}
