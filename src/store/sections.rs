//! Sections of reports: the present content of each, what it was before, and since when.
//!
//! A section that says the same as before writes no history: it moves `confirmed_until`. Of security and software, which judgements rest
//! on, every change is kept; of the others the last content of each day.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::device::{DataType, Source};
use crate::domain::inventory::StoredSection;
use crate::domain::time::{DAY, Time};
use crate::error::{Error, Result};
use crate::limits::{SECTION_DEFLATE_BYTES_MIN, SECTION_INFLATED_BYTES_MAX};

/// A reported section, ready to be compared and stored: made before the write begins, since hashing and packing take time.
#[derive(Debug, Clone)]
pub struct PreparedSection {
    /// Which one.
    pub data_type: DataType,
    /// Its content, without `collected_at`.
    pub content: Map<String, Value>,
    /// When the device read it, if the section says so.
    pub collected_at: Option<Time>,
    hash: [u8; 32],
    data: Vec<u8>,
    deflated: bool,
}

/// Hashes and packs a section. `collected_at` is taken out: the moment of reading is no change of what was read.
pub fn prepare(data_type: DataType, mut content: Map<String, Value>) -> PreparedSection {
    let collected_at = content.get("collected_at").and_then(Value::as_str).and_then(Time::parse);
    if collected_at.is_some() {
        content.remove("collected_at");
    }
    // serde_json's maps are sorted, so equal content gives equal text.
    let json = serde_json::to_vec(&content).unwrap_or_default();
    let hash = Sha256::digest(&json).into();
    let deflated = if json.len() >= SECTION_DEFLATE_BYTES_MIN { deflate(&json).ok() } else { None };
    let (data, deflated) = match deflated {
        Some(packed) if packed.len() < json.len() => (packed, true),
        _ => (json, false),
    };
    PreparedSection { data_type, content, collected_at, hash, data, deflated }
}

/// The present state of a section.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) data_type: DataType,
    pub(super) confirmed_until: Time,
    pub(super) source: Source,
    data_id: i64,
    hash: [u8; 32],
    since: Time,
    recorded_at: Time,
    late: bool,
}

impl Present {
    /// Whether `section` says the same.
    pub(super) fn equals(&self, section: &PreparedSection) -> bool {
        self.hash == section.hash
    }
}

/// The present sections of a device.
pub(super) fn present(tx: &Tx, device_id: &str) -> Result<Vec<Present>> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT data_type, data_id, hash, source, since, recorded_at, confirmed_until, late FROM device_section WHERE device_id = ?1",
    )?;
    let rows = statement.query_map([device_id], |row| {
        Ok(Present {
            data_type: word(row, 0, DataType::parse)?,
            data_id: row.get(1)?,
            hash: row.get(2)?,
            source: word(row, 3, Source::parse)?,
            since: Time(row.get(4)?),
            recorded_at: Time(row.get(5)?),
            confirmed_until: Time(row.get(6)?),
            late: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When and from whom a section came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) collected_at: Time,
    pub(super) source: Source,
    pub(super) late: bool,
}

/// The same content again.
pub(super) fn confirm(tx: &WriteTx, device_id: &str, present: &Present, arrival: Arrival) -> Result<()> {
    tx.connection
        .prepare_cached(
            "UPDATE device_section SET confirmed_until = max(confirmed_until, ?3), received_at = ?4, source = ?5
             WHERE device_id = ?1 AND data_type = ?2",
        )?
        .execute(params![device_id, present.data_type.as_str(), arrival.collected_at.0, tx.now.0, arrival.source.as_str()])?;
    Ok(())
}

/// New content: what was there before goes into history.
pub(super) fn replace(tx: &WriteTx, device_id: &str, before: Option<&Present>, section: &PreparedSection, arrival: Arrival) -> Result<()> {
    tx.connection
        .prepare_cached("INSERT INTO section_data (data, deflated) VALUES (?1, ?2)")?
        .execute(params![section.data, section.deflated])?;
    let data_id = tx.connection.last_insert_rowid();
    let mut since = arrival.collected_at;
    let mut replaced_data = None;
    if let Some(before) = before {
        since = since.max(before.since);
        let judged = matches!(section.data_type, DataType::Security | DataType::Software);
        let same_day = before.since.0.div_euclid(DAY) == since.0.div_euclid(DAY);
        if judged && before.since < since || !judged && !same_day {
            close(tx, device_id, before, since)?;
        } else {
            since = before.since;
            replaced_data = Some(before.data_id);
        }
    }
    tx.connection
        .prepare_cached(
            "INSERT INTO device_section (device_id, data_type, data_id, hash, source, since, recorded_at, confirmed_until, received_at, late)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9)
             ON CONFLICT DO UPDATE SET data_id = ?3, hash = ?4, source = ?5, since = ?6, recorded_at = ?7, confirmed_until = ?8,
                 received_at = ?7, late = ?9",
        )?
        .execute(params![
            device_id,
            section.data_type.as_str(),
            data_id,
            section.hash,
            arrival.source.as_str(),
            since.0,
            tx.now.0,
            arrival.collected_at.max(since).0,
            arrival.late,
        ])?;
    if let Some(data_id) = replaced_data {
        tx.connection.prepare_cached("DELETE FROM section_data WHERE id = ?1")?.execute([data_id])?;
    }
    Ok(())
}

fn close(tx: &WriteTx, device_id: &str, before: &Present, until: Time) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until, confirmed_until,
                 closed_at, late) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            device_id,
            before.data_type.as_str(),
            before.since.0,
            before.recorded_at.0,
            before.data_id,
            before.hash,
            before.source.as_str(),
            until.0,
            before.confirmed_until.min(until).0,
            tx.now.0,
            before.late,
        ])?;
    Ok(())
}

/// The content of a present section.
pub(super) fn content(tx: &Tx, present: &Present) -> Result<Map<String, Value>> {
    let json = load(tx, present.data_id)?;
    serde_json::from_str(&json).map_err(|error| Error::internal(format!("section data {} is not JSON: {error}", present.data_id)))
}

/// All present sections of a device as stored.
pub fn all(tx: &Tx, device_id: &str) -> Result<Vec<StoredSection>> {
    present(tx, device_id)?
        .into_iter()
        .map(|present| {
            Ok(StoredSection {
                data_type: present.data_type,
                json: load(tx, present.data_id)?,
                source: present.source,
                since: present.since,
                confirmed_until: present.confirmed_until,
            })
        })
        .collect()
}

/// The sections as they were known at `at`: what was recorded later does not count.
pub fn all_at(tx: &Tx, device_id: &str, at: Time) -> Result<Vec<StoredSection>> {
    let mut found = Vec::new();
    for data_type in DataType::ALL {
        let row = tx
            .connection
            .prepare_cached(
                "SELECT data_id, source, since, confirmed_until FROM (
                     SELECT data_id, source, since, confirmed_until, recorded_at, NULL AS until, NULL AS closed_at
                         FROM device_section WHERE device_id = ?1 AND data_type = ?2
                     UNION ALL
                     SELECT data_id, source, since, confirmed_until, recorded_at, until, closed_at
                         FROM device_section_past WHERE device_id = ?1 AND data_type = ?2 AND since <= ?3)
                 WHERE since <= ?3 AND recorded_at <= ?3 AND (until IS NULL OR until > ?3 OR closed_at > ?3)
                 ORDER BY since DESC LIMIT 1",
            )?
            .query_row(params![device_id, data_type.as_str(), at.0], |row| {
                Ok((row.get::<_, i64>(0)?, word(row, 1, Source::parse)?, Time(row.get(2)?), Time(row.get(3)?)))
            })
            .optional()?;
        if let Some((data_id, source, since, confirmed_until)) = row {
            // Within an interval single confirmations are not kept: for an earlier moment only its begin is certain.
            let confirmed_until = if confirmed_until <= at { confirmed_until } else { since };
            found.push(StoredSection { data_type: *data_type, json: load(tx, data_id)?, source, since, confirmed_until });
        }
    }
    Ok(found)
}

/// Removes sections with their history: what a personal device must not leave here.
pub(super) fn purge(tx: &WriteTx, device_id: &str, data_type: DataType) -> Result<()> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT data_id FROM device_section WHERE device_id = ?1 AND data_type = ?2
         UNION SELECT data_id FROM device_section_past WHERE device_id = ?1 AND data_type = ?2",
    )?;
    let ids: Vec<i64> = statement.query_map(params![device_id, data_type.as_str()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for table in [
        "DELETE FROM device_section WHERE device_id = ?1 AND data_type = ?2",
        "DELETE FROM device_section_past WHERE device_id = ?1 AND data_type = ?2",
    ] {
        tx.connection.prepare_cached(table)?.execute(params![device_id, data_type.as_str()])?;
    }
    for id in ids {
        tx.connection.prepare_cached("DELETE FROM section_data WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

fn load(tx: &Tx, data_id: i64) -> Result<String> {
    let (data, deflated) = tx
        .connection
        .prepare_cached("SELECT data, deflated FROM section_data WHERE id = ?1")?
        .query_row([data_id], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, bool>(1)?)))?;
    let json = if deflated { inflate(&data)? } else { data };
    String::from_utf8(json).map_err(|_| Error::internal(format!("section data {data_id} is not UTF-8")))
}

fn deflate(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(json.len() / 3), Compression::fast());
    encoder.write_all(json)?;
    encoder.finish()
}

fn inflate(data: &[u8]) -> Result<Vec<u8>> {
    let mut json = Vec::new();
    ZlibDecoder::new(data)
        .take(SECTION_INFLATED_BYTES_MAX)
        .read_to_end(&mut json)
        .map_err(|error| Error::internal(format!("stored section can't be unpacked: {error}")))?;
    Ok(json)
}
