//! Sections of reports: the present content of each, what it was before, and since when.
//!
//! A section that says the same as before writes no history: `confirmed_until` moves, mostly that of the device for all its sections. Of security and software, which judgements rest
//! on, every change is kept, and a confirmation after a gap of more than a day begins a new row; of the others the last content of each
//! day in UTC.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::section_data::{self, insert};
use super::settings;
use super::succession::Begin;
use super::tx::{Tx, WriteTx};
use super::word::word;
use crate::domain::device::{DataType, Source};
use crate::domain::inventory::{Device, StoredSection};
use crate::domain::time::{DAY, Time};
use crate::error::Result;
use crate::limits::RUN_GAP_SECONDS;

pub use super::section_data::{PreparedSection, prepare};

/// The present state of a section.
#[derive(Debug, Clone)]
pub(super) struct Present {
    pub(super) data_type: DataType,
    pub(super) source: Source,
    pub(super) confirmed_until: Time,
    data_id: i64,
    hash: [u8; 32],
    begin: Begin,
    /// Confirmed by the device's last report: its times are in the device's row.
    with_device: bool,
}

impl Present {
    /// Whether `section` has the same content.
    pub(super) fn equals(&self, section: &PreparedSection) -> bool {
        self.hash == section.hash
    }

    /// Its content.
    pub(super) fn content(&self, tx: &Tx) -> Result<Map<String, Value>> {
        section_data::load_object(tx, self.data_id)
    }
}

/// The present sections of a device.
pub(super) fn present(tx: &Tx, device_id: &str) -> Result<Vec<Present>> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT data_type, data_id, hash, source, since, recorded_at, confirmed_until, with_device FROM present_section WHERE device_id = ?1",
    )?;
    let rows = statement.query_map([device_id], |row| {
        Ok(Present {
            data_type: word(row, 0, DataType::parse)?,
            data_id: row.get(1)?,
            hash: row.get(2)?,
            source: word(row, 3, Source::parse)?,
            begin: Begin { since: Time(row.get(4)?), recorded_at: Time(row.get(5)?) },
            confirmed_until: Time(row.get(6)?),
            with_device: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When a section was last confirmed; `None` if there is none.
pub fn confirmed_until(tx: &Tx, device_id: &str, data_type: DataType) -> Result<Option<Time>> {
    let found: Option<i64> = tx
        .connection
        .prepare_cached("SELECT confirmed_until FROM present_section WHERE device_id = ?1 AND data_type = ?2")?
        .query_row(params![device_id, data_type.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found.map(Time))
}

/// When and from whom a section came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// From when it holds if it is new.
    pub(super) since: Time,
    /// When the device read it.
    pub(super) collected_at: Time,
    /// What the device's `collected_at` is after this report.
    pub(super) newest_at: Time,
    pub(super) source: Source,
    /// It came more than a day after the report was made.
    pub(super) late: bool,
}

/// What a reported section did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it says nothing that is newer than what is known.
    Nothing,
    /// The same again: [`confirm`] has to store that.
    Confirmed,
    /// New content, another source, or the same after a gap.
    Changed,
}

/// Takes a section in; `present` follows.
pub(super) fn take(
    tx: &WriteTx,
    device_id: &str,
    present: &mut Vec<Present>,
    section: &PreparedSection,
    arrival: Arrival,
) -> Result<Effect> {
    let Some(known) = present.iter_mut().find(|known| known.data_type == section.data_type) else {
        let begin = Begin { since: arrival.since, recorded_at: tx.now };
        let new = new_present(section, insert(tx, section)?, begin, arrival);
        put(tx, device_id, &new, arrival)?;
        present.push(new);
        return Ok(Effect::Changed);
    };
    // After the clock was set back what is known seems to come from the future; then what comes last is the newest.
    let clock_set_back = known.confirmed_until > tx.now;
    if arrival.collected_at < known.confirmed_until && !clock_set_back {
        return Ok(Effect::Nothing);
    }
    let same = known.equals(section) && known.source == arrival.source;
    if same {
        if arrival.collected_at == known.confirmed_until {
            return Ok(Effect::Nothing);
        }
        let run_goes_on = tx.now.seconds_since(known.confirmed_until) <= RUN_GAP_SECONDS && !known.begin.lies_after(tx.now);
        if run_goes_on || !is_judged(tx, section.data_type)? {
            known.confirmed_until = arrival.collected_at;
            return Ok(Effect::Confirmed);
        }
    }
    let data_id = if known.equals(section) { known.data_id } else { insert(tx, section)? };
    let before = std::mem::replace(known, new_present(section, data_id, next_begin(tx, known, arrival)?, arrival));
    succeed(tx, device_id, &before, known, arrival)?;
    Ok(Effect::Changed)
}

/// The begin of what takes the place of `before`. Content that is no fact keeps its day's begin, whatever came first that day.
fn next_begin(tx: &WriteTx, before: &Present, arrival: Arrival) -> Result<Begin> {
    let next = before.begin.followed_by(arrival.since, tx.now);
    let same_day = before.begin.since.0.div_euclid(DAY) == next.since.0.div_euclid(DAY);
    Ok(if same_day && !is_judged(tx, before.data_type)? { before.begin } else { next })
}

/// Stores `after` in the place of `before`, which goes into history unless it keeps its place.
fn succeed(tx: &WriteTx, device_id: &str, before: &Present, after: &Present, arrival: Arrival) -> Result<()> {
    let kept = before.begin != after.begin && before.begin.stays_in_history(after.begin);
    if kept {
        close(tx, device_id, before.data_type, after.begin.since)?;
    }
    put(tx, device_id, after, arrival)?;
    if !kept && before.data_id != after.data_id {
        section_data::remove_unused(tx, device_id, before.data_type.as_str(), before.data_id)?;
    }
    Ok(())
}

/// Stores what a report did to the times of the sections that it did not change, before it is noted in the row of `device`. Those that it
/// confirmed as all else of this moment cost no write: the device's row speaks for them.
pub(super) fn confirm(
    tx: &WriteTx,
    device: &Device,
    present: &[Present],
    effects: &[(DataType, Effect, Time)],
    newest_at: Time,
) -> Result<()> {
    let stands_still = device.collected_at == Some(newest_at) && device.last_seen == Some(tx.now);
    for section in present {
        let effect = effects.iter().find(|(data_type, ..)| *data_type == section.data_type);
        let (with_device, confirmed_until, received_at) = match effect {
            Some((_, Effect::Changed, _)) => continue,
            Some((_, Effect::Confirmed, at)) if *at == newest_at && section.with_device => continue,
            Some((_, Effect::Confirmed, at)) => (*at == newest_at, *at, tx.now),
            // The device's row goes on without it.
            _ if section.with_device && !stands_still => (false, section.confirmed_until, device.last_seen.unwrap_or(tx.now)),
            _ => continue,
        };
        tx.connection
            .prepare_cached(
                "UPDATE device_section SET with_device = ?3, confirmed_until = ?4, received_at = ?5 WHERE device_id = ?1 AND data_type = ?2",
            )?
            .execute(params![device.id, section.data_type.as_str(), with_device, confirmed_until.0, received_at.0])?;
    }
    Ok(())
}

/// Keeps what a late report says of a time in which nothing was known. It was never known then: its row begins and ends at once.
pub(super) fn fill(tx: &WriteTx, device_id: &str, section: &PreparedSection, source: Source, since: Time, until: Time) -> Result<()> {
    let data_id = insert(tx, section)?;
    tx.connection
        .prepare_cached(
            "INSERT OR IGNORE INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until,
                 confirmed_until, received_at, closed_at, late) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, ?4, ?4, 1)",
        )?
        .execute(params![device_id, section.data_type.as_str(), since.0, tx.now.0, data_id, section.hash, source.as_str(), until.0,])?;
    // Two late reports that came in the same second may fill from the same moment on: then the first one's facts stay.
    section_data::remove_unused(tx, device_id, section.data_type.as_str(), data_id)
}

/// All present sections of a device as stored.
pub fn all(tx: &Tx, device_id: &str) -> Result<Vec<StoredSection>> {
    let stored = |present: Present| {
        Ok(StoredSection {
            data_type: present.data_type,
            json: section_data::load(tx, present.data_id)?,
            source: present.source,
            since: present.begin.since,
            confirmed_until: present.confirmed_until,
        })
    };
    present(tx, device_id)?.into_iter().map(stored).collect()
}

/// The sections as they were known at `at`: what was recorded later does not count. Single confirmations are not kept: of security and
/// software `confirmed_until` may be up to a day early, of the others it is the begin, unless `at` is past the last confirmation.
pub fn all_at(tx: &Tx, device_id: &str, at: Time) -> Result<Vec<StoredSection>> {
    // Ordered so that of several rows of a section the one recorded last comes last and wins.
    let mut statement = tx.connection.prepare_cached(
        "SELECT data_type, data_id, source, since, confirmed_until, received_at FROM (
             SELECT data_type, data_id, source, since, confirmed_until, received_at, recorded_at
                 FROM present_section WHERE device_id = ?1
             UNION ALL
             SELECT data_type, data_id, source, since, confirmed_until, received_at, recorded_at
                 FROM device_section_past WHERE device_id = ?1 AND closed_at > ?2)
         WHERE recorded_at <= ?2 ORDER BY data_type, recorded_at",
    )?;
    let custom_judged = settings::at(tx, at)?.checks.custom_facts;
    let mut found: Vec<(i64, StoredSection)> = Vec::new();
    for row in statement.query_map(params![device_id, at.0], |row| at_row(row, at, custom_judged))? {
        let row = row?;
        match found.last_mut() {
            Some(last) if last.1.data_type == row.1.data_type => *last = row,
            _ => found.push(row),
        }
    }
    let loaded = |(data_id, section): (i64, StoredSection)| Ok(StoredSection { json: section_data::load(tx, data_id)?, ..section });
    found.into_iter().map(loaded).collect()
}

fn at_row(row: &Row, at: Time, custom_judged: bool) -> rusqlite::Result<(i64, StoredSection)> {
    let data_type = word(row, 0, DataType::parse)?;
    let (since, last, received_at) = (Time(row.get(3)?), Time(row.get(4)?), Time(row.get(5)?));
    let judged = match data_type {
        DataType::Security | DataType::Software => true,
        DataType::Custom => custom_judged,
        DataType::Hardware | DataType::Network => false,
    };
    let confirmed_until = match (received_at <= at, judged) {
        (true, _) => last,
        (false, true) => since.max(at.plus_seconds(-RUN_GAP_SECONDS)).min(last),
        (false, false) => since.min(last),
    };
    let source = word(row, 2, Source::parse)?;
    Ok((row.get(1)?, StoredSection { data_type, json: String::new(), source, since, confirmed_until }))
}

/// Removes sections with their history: what a personal device must not leave here.
pub(super) fn purge(tx: &WriteTx, device_id: &str, data_type: DataType) -> Result<()> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT data_id FROM device_section WHERE device_id = ?1 AND data_type = ?2
         UNION SELECT data_id FROM device_section_past WHERE device_id = ?1 AND data_type = ?2",
    )?;
    let ids: Vec<i64> = statement.query_map(params![device_id, data_type.as_str()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for sql in [
        "DELETE FROM device_section WHERE device_id = ?1 AND data_type = ?2",
        "DELETE FROM device_section_past WHERE device_id = ?1 AND data_type = ?2",
    ] {
        tx.connection.prepare_cached(sql)?.execute(params![device_id, data_type.as_str()])?;
    }
    for id in ids {
        tx.connection.prepare_cached("DELETE FROM section_data WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

/// Whether judgements rest on it, now or since this day began: on `custom` only where a check of the organisation's own asks for its facts.
pub(super) fn is_judged(tx: &Tx, data_type: DataType) -> Result<bool> {
    match data_type {
        DataType::Security | DataType::Software => Ok(true),
        DataType::Hardware | DataType::Network => Ok(false),
        DataType::Custom => {
            let day_began = Time(tx.now.0.div_euclid(DAY) * DAY);
            Ok(settings::current(tx)?.checks.custom_facts || settings::at(tx, day_began)?.checks.custom_facts)
        }
    }
}

fn new_present(section: &PreparedSection, data_id: i64, begin: Begin, arrival: Arrival) -> Present {
    let PreparedSection { data_type, hash, .. } = *section;
    let with_device = arrival.collected_at == arrival.newest_at;
    Present { data_type, source: arrival.source, confirmed_until: arrival.collected_at, data_id, hash, begin, with_device }
}

fn put(tx: &WriteTx, device_id: &str, present: &Present, arrival: Arrival) -> Result<()> {
    tx.connection
        .prepare_cached(
            "INSERT INTO device_section (device_id, data_type, data_id, hash, source, since, recorded_at, confirmed_until, received_at, late,
                 with_device)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT DO UPDATE SET data_id = ?3, hash = ?4, source = ?5, since = ?6, recorded_at = ?7, confirmed_until = ?8,
                 received_at = ?9, late = ?10, with_device = ?11",
        )?
        .execute(params![
            device_id,
            present.data_type.as_str(),
            present.data_id,
            present.hash,
            present.source.as_str(),
            present.begin.since.0,
            present.begin.recorded_at.0,
            present.confirmed_until.0,
            tx.now.0,
            arrival.late,
            present.with_device,
        ])?;
    Ok(())
}

/// Puts the present row into history.
fn close(tx: &WriteTx, device_id: &str, data_type: DataType, until: Time) -> Result<()> {
    let sql = "SELECT p.data_id FROM device_section s JOIN device_section_past p USING (device_id, data_type, since, recorded_at)
               WHERE s.device_id = ?1 AND s.data_type = ?2";
    let replaced: Option<i64> =
        tx.connection.prepare_cached(sql)?.query_row(params![device_id, data_type.as_str()], |row| row.get(0)).optional()?;
    // Only after the clock was set back can the key be there already; then what came later counts.
    tx.connection
        .prepare_cached(
            "INSERT OR REPLACE INTO device_section_past (device_id, data_type, since, recorded_at, data_id, hash, source, until,
                 confirmed_until, received_at, closed_at, late)
             SELECT device_id, data_type, since, recorded_at, data_id, hash, source, ?3, confirmed_until, received_at, ?4, late
             FROM present_section WHERE device_id = ?1 AND data_type = ?2",
        )?
        .execute(params![device_id, data_type.as_str(), until.0, tx.now.0])?;
    replaced.map_or(Ok(()), |data_id| section_data::remove_unused(tx, device_id, data_type.as_str(), data_id))
}
