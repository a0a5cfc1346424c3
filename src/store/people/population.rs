//! The population reconciled: who should have a device and has none, which devices belong to nobody, what is silent, what was retired why.

use std::collections::HashMap;

use chrono::NaiveDate;
use rusqlite::params;

use super::list::all_at;
use super::{Person, day_of};
use crate::domain::device::{Approval, RetireReason};
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::tx::Tx;
use crate::store::word::word;
use crate::store::{devices, settings};

/// People and devices of a moment, as known then. The lines add up:
/// `people = with_device + without_device + not_needing`, `devices = with_person + without_person = reporting + silent + never_reported`,
/// `devices_ever = devices + pending + the sum of retired`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// The moment.
    pub at: Time,
    /// Its day in the organisation's time zone.
    pub day: NaiveDate,
    /// People who count that day.
    pub people: u64,
    /// Those whose account owns an approved device, needed or not.
    pub with_device: u64,
    /// Those who should have one and have none.
    pub without_device: u64,
    /// Those who need none and have none.
    pub not_needing: u64,
    /// Approved devices that are not retired.
    pub devices: u64,
    /// Those of a person who counts that day.
    pub with_person: u64,
    /// All others.
    pub without_person: u64,
    /// Devices that reported within the time after which they are silent.
    pub reporting: u64,
    /// Devices that reported once, but not within that time.
    pub silent: u64,
    /// Devices that were recorded by hand and never reported.
    pub never_reported: u64,
    /// Enrolled devices that wait for approval.
    pub pending: u64,
    /// Retired ones by reason, each reason once.
    pub retired: Vec<(RetireReason, u64)>,
    /// All that there ever were by then.
    pub devices_ever: u64,
}

/// Why a device belongs to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutPerson {
    /// It has no owner.
    NoOwner,
    /// Its owner's first day is yet to come, or the last is over.
    OwnerGone,
    /// Its owner's account was deleted.
    AccountDeleted,
}

impl WithoutPerson {
    /// All of them.
    pub const ALL: [WithoutPerson; 3] = [WithoutPerson::NoOwner, WithoutPerson::OwnerGone, WithoutPerson::AccountDeleted];

    /// The word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            WithoutPerson::NoOwner => "no_owner",
            WithoutPerson::OwnerGone => "owner_gone",
            WithoutPerson::AccountDeleted => "account_deleted",
        }
    }
}

/// A device that belongs to nobody who counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceOfNobody {
    /// Its id.
    pub device_id: String,
    /// Its name.
    pub device_name: String,
    /// Its serial number.
    pub serial_number: String,
    /// Its owner's account, if there is one.
    pub user_id: Option<String>,
    /// When it last reported.
    pub last_seen: Option<Time>,
    /// When the appliance learned of it.
    pub created_at: Time,
    /// Why.
    pub why: WithoutPerson,
}

/// How many people should have a device and have none, now. Read from an index that holds those people alone, which triggers keep.
pub fn without_device_count(tx: &Tx) -> Result<u64> {
    let today = day_of(tx, tx.now)?.to_string();
    let sql = "SELECT count(*) FROM person INDEXED BY person_lacking WHERE tenant_id = ?1 AND needs_device = 1 AND has_device = 0
                   AND (joined_on IS NULL OR joined_on <= ?2) AND (left_on IS NULL OR left_on >= ?2)";
    let count: i64 = tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, today], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// The population at `at`, as known then. Reads every person and every device that there was.
pub fn population(tx: &Tx, at: Time) -> Result<Population> {
    let day = day_of(tx, at)?;
    let silent_before = at.plus_days(-i64::from(settings::at(tx, at)?.settings.silent_after_days));
    let people = all_at(tx, at)?;
    let holders = Holders::of(&people, day);
    let counting = people.iter().filter(|person| person.record.counts_on(day));
    let mut found = Population {
        at,
        day,
        people: 0,
        with_device: 0,
        without_device: 0,
        not_needing: 0,
        devices: 0,
        with_person: 0,
        without_person: 0,
        reporting: 0,
        silent: 0,
        never_reported: 0,
        pending: 0,
        retired: retired(tx, at)?,
        devices_ever: 0,
    };
    for person in counting {
        found.people += 1;
        *match (person.has_device, person.record.needs_device) {
            (true, _) => &mut found.with_device,
            (false, true) => &mut found.without_device,
            (false, false) => &mut found.not_needing,
        } += 1;
    }
    devices::each_at(tx, at, |device| {
        if device.approval == Approval::Pending {
            found.pending += 1;
            return Ok(());
        }
        found.devices += 1;
        *match holders.why_without(device.user_id.as_deref()) {
            None => &mut found.with_person,
            Some(_) => &mut found.without_person,
        } += 1;
        *match device.last_seen {
            None => &mut found.never_reported,
            Some(last) if last < silent_before => &mut found.silent,
            Some(_) => &mut found.reporting,
        } += 1;
        Ok(())
    })?;
    found.devices_ever = found.devices + found.pending + found.retired.iter().map(|(_, count)| count).sum::<u64>();
    Ok(found)
}

/// Approved devices at `at` that belong to nobody who counted that day, the newest first.
pub fn devices_without_person(tx: &Tx, at: Time) -> Result<Vec<DeviceOfNobody>> {
    let people = all_at(tx, at)?;
    let holders = Holders::of(&people, day_of(tx, at)?);
    let mut found = Vec::new();
    devices::each_at(tx, at, |device| {
        let why = holders.why_without(device.user_id.as_deref()).filter(|_| device.approval == Approval::Approved);
        found.extend(why.map(|why| DeviceOfNobody {
            device_id: device.id,
            device_name: device.device_name,
            serial_number: device.serial_number,
            user_id: device.user_id,
            last_seen: device.last_seen,
            created_at: device.created_at,
            why,
        }));
        Ok(())
    })?;
    found.sort_by(|a, b| (b.created_at, &b.device_id).cmp(&(a.created_at, &a.device_id)));
    Ok(found)
}

/// People by account, and whether each counts.
struct Holders<'p>(HashMap<&'p str, bool>);

impl<'p> Holders<'p> {
    fn of(people: &'p [Person], day: NaiveDate) -> Holders<'p> {
        let with_account = people.iter().filter_map(|person| Some((person.record.user_id.as_deref()?, person.record.counts_on(day))));
        Holders(with_account.collect())
    }

    fn why_without(&self, user_id: Option<&str>) -> Option<WithoutPerson> {
        let Some(user_id) = user_id else { return Some(WithoutPerson::NoOwner) };
        match self.0.get(user_id) {
            Some(true) => None,
            Some(false) => Some(WithoutPerson::OwnerGone),
            None => Some(WithoutPerson::AccountDeleted),
        }
    }
}

/// Devices that were retired by `at`, by reason.
fn retired(tx: &Tx, at: Time) -> Result<Vec<(RetireReason, u64)>> {
    let sql = "SELECT retired_reason, count(*) FROM device WHERE tenant_id = ?1 AND created_at <= ?2 AND retired_at <= ?2
               GROUP BY retired_reason ORDER BY retired_reason";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![tx.tenant_id, at.0], |row| Ok((word(row, 0, RetireReason::parse)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
