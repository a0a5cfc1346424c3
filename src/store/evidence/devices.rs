//! A device as it was known at a moment, with its facts.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::params;
use serde_json::{Map, Value};

use super::past::{AccountPast, DevicePast};
use crate::domain::device::{Approval, DataType, Source};
use crate::domain::facts::{DeviceFacts, Facts, Section};
use crate::domain::inventory::Device;
use crate::domain::os_support::OsSupport;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::tx::Tx;
use crate::store::{devices, section_data, settings};

/// A device at a moment at which it belonged to the population.
pub struct DeviceState {
    /// Its record. Within a run of reports `last_seen` is the moment asked about. The status is the present one: it is no fact.
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

/// The states of one device. Its whole past is read once, so that each further moment costs no query; content is read when a state rests on it.
pub struct DeviceStates<'t, 'c> {
    tx: &'t Tx<'c>,
    device: Option<Device>,
    past: DevicePast,
    owners: HashMap<String, AccountPast>,
    contents: HashMap<i64, Rc<Map<String, Value>>>,
    takes_lists: bool,
}

impl<'t, 'c> DeviceStates<'t, 'c> {
    /// Of the device called `id`, retired or not; one that does not exist has no states.
    pub fn of(tx: &'t Tx<'c>, id: &str) -> Result<DeviceStates<'t, 'c>> {
        let device = devices::find(tx, id)?;
        let past = device.as_ref().map(|device| DevicePast::read(tx, device)).transpose()?.unwrap_or_default();
        Ok(DeviceStates { tx, device, past, owners: HashMap::new(), contents: HashMap::new(), takes_lists: true })
    }

    /// The same without the facts `software.items` and `software.names`, for those who judge nothing by them: lists are by far the longest
    /// part of what is known.
    pub fn without_lists(self) -> DeviceStates<'t, 'c> {
        DeviceStates { takes_lists: false, ..self }
    }

    /// The device as it was known at `at`; `None` if it was not known, retired or not approved then.
    pub fn at(&mut self, at: Time) -> Result<Option<DeviceState>> {
        let Some(record) = &self.device else { return Ok(None) };
        if record.created_at > at || record.retired.is_some_and(|(retired_at, _)| retired_at <= at) {
            return Ok(None);
        }
        let mut device = self.past.record(record, at).clone();
        if device.approval != Approval::Approved {
            return Ok(None);
        }
        device.last_seen = self.past.last_seen(record, at);
        device.two_machines_since = device.two_machines_since.filter(|since| *since <= at);
        device.retired = None;
        let owner_active = match &device.user_id {
            Some(user_id) => owner(&mut self.owners, self.tx, user_id)?.active_at(at),
            None => None,
        };
        let (mut security, mut software, mut custom, mut sources) = (None, None, None, vec![device.source]);
        for data_type in [DataType::Security, DataType::Software, DataType::Custom] {
            let Some(section) = self.past.section(data_type, at) else { continue };
            if data_type == DataType::Custom && !settings::at(self.tx, at)?.checks.custom_facts {
                continue;
            }
            sources.push(section.source);
            let (data_id, confirmed_at) = (section.data_id, section.confirmed_until.min(at));
            match data_type {
                DataType::Security => security = Some((self.content(data_id, true)?, confirmed_at)),
                DataType::Software => software = Some((self.content(data_id, self.takes_lists)?, confirmed_at)),
                DataType::Custom => custom = Some((self.content(data_id, true)?, confirmed_at)),
                DataType::Hardware | DataType::Network => {}
            }
        }
        let source = devices::weakest(sources.into_iter());
        let security_confirmed_at = security.as_ref().map(|(_, confirmed_at)| *confirmed_at);
        Ok(Some(DeviceState { device, source, security_confirmed_at, owner_active, security, software, custom, at }))
    }

    fn content(&mut self, data_id: i64, whole: bool) -> Result<Rc<Map<String, Value>>> {
        if let Some(content) = self.contents.get(&data_id) {
            return Ok(content.clone());
        }
        let content =
            Rc::new(if whole { section_data::load_object(self.tx, data_id)? } else { section_data::load_counted(self.tx, data_id)? });
        self.contents.insert(data_id, content.clone());
        Ok(content)
    }
}

fn owner<'o>(known: &'o mut HashMap<String, AccountPast>, tx: &Tx, user_id: &str) -> Result<&'o AccountPast> {
    if !known.contains_key(user_id) {
        known.insert(user_id.to_owned(), AccountPast::read(tx, user_id)?);
    }
    known.get(user_id).ok_or_else(|| Error::internal("an owner that was just read is gone"))
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
