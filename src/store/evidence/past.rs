//! The whole past of one device or account in memory: what held at any moment, without a query for each.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use crate::domain::device::{DataType, Source};
use crate::domain::inventory::Device;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::devices::with_version;
use crate::store::tx::Tx;
use crate::store::word::word;

/// Something that was known from one moment on until, maybe, something else took its place.
struct Known<T> {
    recorded_at: Time,
    /// `None`: it is known still.
    closed_at: Option<Time>,
    value: T,
}

/// What of `past`, by when it was recorded, was known at `at`; of several what was recorded last.
fn known_at<T>(past: &[Known<T>], at: Time) -> Option<&T> {
    let recorded = past.partition_point(|known| known.recorded_at <= at);
    let open = |known: &&Known<T>| known.closed_at.is_none_or(|closed_at| closed_at > at);
    past[..recorded].iter().rev().find(open).map(|known| &known.value)
}

/// A judged section without its content.
pub(super) struct Section {
    /// Its content in `section_data`.
    pub(super) data_id: i64,
    /// Who vouches.
    pub(super) source: Source,
    /// Last confirmed, seen from now.
    pub(super) confirmed_until: Time,
}

/// Everything that was known of a device, by when it was recorded.
#[derive(Default)]
pub(super) struct DevicePast {
    /// Earlier versions of the record.
    versions: Vec<Known<Device>>,
    /// Runs of reports that are over: the first and the last of each.
    runs: Vec<(Time, Time)>,
    security: Vec<Known<Section>>,
    software: Vec<Known<Section>>,
    custom: Vec<Known<Section>>,
}

impl DevicePast {
    pub(super) fn read(tx: &Tx, device: &Device) -> Result<DevicePast> {
        let sql = "SELECT recorded_at, closed_at, data FROM record_past WHERE record_id = ?1 AND tenant_id = ?2 ORDER BY recorded_at";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![device.id, tx.tenant_id], |row| {
            let value = with_version(device.clone(), &row.get::<_, Value>(2)?);
            Ok(Known { recorded_at: Time(row.get(0)?), closed_at: Some(Time(row.get(1)?)), value })
        })?;
        let versions = rows.collect::<rusqlite::Result<_>>()?;
        let sql = "SELECT since, until FROM device_presence_past WHERE device_id = ?1 ORDER BY since";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map([&device.id], |row| Ok((Time(row.get(0)?), Time(row.get(1)?))))?;
        let runs = rows.collect::<rusqlite::Result<_>>()?;
        let mut past = DevicePast { versions, runs, ..DevicePast::default() };
        past.read_sections(tx, &device.id)?;
        Ok(past)
    }

    fn read_sections(&mut self, tx: &Tx, id: &str) -> Result<()> {
        // The present one comes behind those before it that were recorded in the same second.
        let sql = "SELECT * FROM (
                       SELECT data_type, data_id, source, confirmed_until, recorded_at, closed_at FROM device_section_past
                           WHERE device_id = ?1 AND data_type IN ('security', 'software', 'custom')
                       UNION ALL
                       SELECT data_type, data_id, source, confirmed_until, recorded_at, NULL FROM present_section
                           WHERE device_id = ?1 AND data_type IN ('security', 'software', 'custom'))
                   ORDER BY recorded_at, closed_at IS NULL";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let section = Section { data_id: row.get(1)?, source: word(row, 2, Source::parse)?, confirmed_until: Time(row.get(3)?) };
            let known = Known { recorded_at: Time(row.get(4)?), closed_at: row.get::<_, Option<i64>>(5)?.map(Time), value: section };
            match word(row, 0, DataType::parse)? {
                DataType::Security => self.security.push(known),
                DataType::Software => self.software.push(known),
                DataType::Custom => self.custom.push(known),
                DataType::Hardware | DataType::Network => {}
            }
        }
        Ok(())
    }

    /// The record as it was known at `at`; `present` is that of now.
    pub(super) fn record<'d>(&'d self, present: &'d Device, at: Time) -> &'d Device {
        if present.recorded_at <= at {
            return present;
        }
        known_at(&self.versions, at).unwrap_or(present)
    }

    /// The section in force at `at`.
    pub(super) fn section(&self, data_type: DataType, at: Time) -> Option<&Section> {
        match data_type {
            DataType::Security => known_at(&self.security, at),
            DataType::Software => known_at(&self.software, at),
            DataType::Custom => known_at(&self.custom, at),
            DataType::Hardware | DataType::Network => None,
        }
    }

    /// The last report up to `at`; within a run of reports `at` itself.
    pub(super) fn last_seen(&self, present: &Device, at: Time) -> Option<Time> {
        if present.last_seen.is_some_and(|last| last <= at) {
            return present.last_seen;
        }
        if present.present_since.is_some_and(|since| since <= at) {
            return Some(at);
        }
        let begun = self.runs.partition_point(|(since, _)| *since <= at);
        self.runs[..begun].last().map(|(_, until)| (*until).min(at))
    }
}

/// When an account was active.
pub(super) struct AccountPast {
    /// `None` if there is no such account: whether it is active now, and since when the record says so.
    present: Option<(bool, Time)>,
    versions: Vec<Known<bool>>,
}

impl AccountPast {
    pub(super) fn read(tx: &Tx, user_id: &str) -> Result<AccountPast> {
        let sql = "SELECT status = 'active', since FROM user WHERE id = ?1 AND tenant_id = ?2";
        let read = |row: &rusqlite::Row| Ok((row.get(0)?, Time(row.get(1)?)));
        let present = tx.connection.prepare_cached(sql)?.query_row(params![user_id, tx.tenant_id], read).optional()?;
        let sql = "SELECT recorded_at, closed_at, data ->> 'status' IS 'active' FROM record_past
                   WHERE record_id = ?1 AND tenant_id = ?2 ORDER BY recorded_at";
        let mut statement = tx.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![user_id, tx.tenant_id], |row| {
            Ok(Known { recorded_at: Time(row.get(0)?), closed_at: Some(Time(row.get(1)?)), value: row.get(2)? })
        })?;
        Ok(AccountPast { present, versions: rows.collect::<rusqlite::Result<_>>()? })
    }

    /// Whether it was active at `at`; `None` if there is no such account.
    pub(super) fn active_at(&self, at: Time) -> Option<bool> {
        let (active, since) = self.present?;
        let earlier = known_at(&self.versions, at).filter(|_| since > at);
        Some(earlier.copied().unwrap_or(active))
    }
}
