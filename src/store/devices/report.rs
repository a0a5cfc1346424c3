//! A report: creates or updates its device, keeps what changed, judges, and logs what the audit log is to know.

use serde_json::json;

use super::judge::{Judged, Span, judge_device, settle};
use super::{Device, find_serial, insert, update_version};
use crate::credentials::id::new_id;
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{DataType, DeviceType, Ownership, Source};
use crate::domain::inventory::{DeviceReport, Verdict};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{PRESENCE_GAP_SECONDS, REJUDGE_GAP_SECONDS, REPORT_LATE_SECONDS};
use crate::store::audit::{self, Entry};
use crate::store::sections::{self, Arrival, PreparedSection, Present};
use crate::store::settings;
use crate::store::tx::WriteTx;
use crate::store::verdicts::{self, Change};

/// A checked report with its sections ready to be stored: made before the write begins.
#[derive(Debug, Clone)]
pub struct PreparedReport {
    report: DeviceReport,
    sections: Vec<PreparedSection>,
}

impl PreparedReport {
    /// Hashes and packs the sections.
    pub fn new(mut report: DeviceReport) -> PreparedReport {
        let sections = report.sections.drain(..).map(|(data_type, content)| sections::prepare(data_type, content)).collect();
        PreparedReport { report, sections }
    }
}

/// Who reports.
#[derive(Debug, Clone)]
pub struct Reporter {
    /// The caller's role.
    pub role: Role,
    /// The person behind the caller, who becomes the owner of a new device.
    pub person: Option<String>,
    /// The one serial that the caller may report.
    pub serial_number: Option<String>,
    /// What the facts are worth.
    pub source: Source,
}

/// What a report did.
#[derive(Debug)]
pub struct Reported {
    /// The device as it is now.
    pub device: Device,
    /// Whether it is new.
    pub created: bool,
    /// Its verdicts now.
    pub verdicts: Vec<Verdict>,
}

/// Takes a report in.
pub fn report(tx: &WriteTx, prepared: &PreparedReport, reporter: &Reporter) -> Result<Reported> {
    let report = &prepared.report;
    if reporter.serial_number.as_deref().is_some_and(|serial| serial != report.serial_number) {
        return Err(Error::forbidden("This key may only report the device it was enrolled for"));
    }
    let times = Times::of(report, tx.now);
    match find_serial(tx, &report.serial_number)? {
        Some(device) => update(tx, prepared, reporter, device, times),
        None => create(tx, prepared, reporter, times),
    }
}

/// When a report was made and whether that still counts.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// By the device's clock, but never after it came in.
    collected_at: Time,
    /// It came so late that it must not change what was known meanwhile.
    late: bool,
}

impl Times {
    fn of(report: &DeviceReport, received_at: Time) -> Times {
        let collected_at = report.collected_at.unwrap_or(received_at).min(received_at);
        Times { collected_at, late: received_at.seconds_since(collected_at) > REPORT_LATE_SECONDS }
    }

    /// The begin of what the report changes.
    fn since(self, received_at: Time) -> Time {
        if self.late { received_at } else { self.collected_at }
    }

    fn arrival(self, section: &PreparedSection, reporter: &Reporter) -> Arrival {
        let collected_at = section.collected_at.unwrap_or(self.collected_at).min(self.collected_at);
        Arrival { collected_at, source: reporter.source, late: self.late }
    }
}

fn create(tx: &WriteTx, prepared: &PreparedReport, reporter: &Reporter, times: Times) -> Result<Reported> {
    let report = &prepared.report;
    let since = times.since(tx.now);
    let mut device = Device {
        id: new_id("dev", tx.now),
        serial_number: report.serial_number.clone(),
        device_name: report.device_name.clone(),
        reported_name: report.device_name.clone(),
        name_set: false,
        device_type: report.device_type.unwrap_or(DeviceType::Other),
        os_type: report.os_type,
        os_version: report.os_version.clone(),
        os_distribution: report.os_distribution.clone(),
        os_edition: report.os_edition.clone(),
        headless: report.headless,
        user_id: reporter.person.clone(),
        ownership: Ownership::Company,
        tags: Vec::new(),
        source: reporter.source,
        agent_version: report.agent_version.clone(),
        first_seen: since,
        last_seen: Some(tx.now),
        present_since: Some(tx.now),
        since,
        recorded_at: tx.now,
        compliance_status: Status::Unknown,
        status_since: since,
        status_recorded_at: tx.now,
        changes_at: None,
        retired: None,
    };
    insert(tx, &device)?;
    for section in &prepared.sections {
        sections::replace(tx, &device.id, None, section, times.arrival(section, reporter))?;
    }
    let version = settings::current(tx)?;
    let facts = judged(tx, &device.id, &prepared.sections)?;
    let outcome = judge_device(tx, &mut device, &facts, &version, Span { since, confirmed_until: since })?;
    let metadata = Metadata::new()
        .with_personal("device_name", &device.device_name)
        .with_personal("serial_number", &device.serial_number)
        .with("os_type", device.os_type.as_str())
        .with("user_id", json!(device.user_id))
        .with("source", device.source.as_str())
        .with("compliance_status", device.compliance_status.as_str());
    record(tx, Event::DeviceCreated, &device, metadata)?;
    Ok(Reported { device, created: true, verdicts: outcome.verdicts })
}

fn update(tx: &WriteTx, prepared: &PreparedReport, reporter: &Reporter, mut device: Device, times: Times) -> Result<Reported> {
    if reporter.role == Role::User && (device.user_id.is_none() || device.user_id != reporter.person) {
        return Err(Error::forbidden("`serial_number` is that of a device which is not yours"));
    }
    refuse_private(&device, &prepared.sections)?;
    settle(tx, &mut device)?;
    let before = device.clone();
    take_record(&mut device, &prepared.report, reporter);
    let record_changed = device != before;
    let since = times.since(tx.now);
    if record_changed {
        update_version(tx, &before, &mut device, since)?;
    }
    let present = sections::present(tx, &device.id)?;
    let mut rejudge = record_changed || gap(device.last_seen, tx.now) > REJUDGE_GAP_SECONDS;
    for section in &prepared.sections {
        rejudge |= take_section(tx, &device.id, &present, section, times.arrival(section, reporter))?;
    }
    seen(tx, &mut device)?;
    if !rejudge {
        let verdicts = verdicts::present(tx, &device.id)?;
        return Ok(Reported { device, created: false, verdicts });
    }
    let version = settings::current(tx)?;
    let facts = judged(tx, &device.id, &prepared.sections)?;
    let status_before = device.compliance_status;
    // Intervals that end now were confirmed by the report before this one.
    let outcome = judge_device(tx, &mut device, &facts, &version, Span { since, confirmed_until: before.last_seen.unwrap_or(since) })?;
    if !outcome.changes.is_empty() || outcome.status_changed {
        record(tx, Event::DeviceVerdictChanged, &device, verdict_metadata(&outcome.changes, status_before, device.compliance_status))?;
    }
    Ok(Reported { device, created: false, verdicts: outcome.verdicts })
}

/// A personal device gives security facts and no others.
fn refuse_private(device: &Device, sections: &[PreparedSection]) -> Result<()> {
    let private = sections.iter().find(|section| section.data_type != DataType::Security);
    match (device.ownership, private) {
        (Ownership::Personal, Some(section)) => {
            Err(Error::invalid(format!("`{}` is not taken from a personal device", section.data_type.as_str())))
        }
        _ => Ok(()),
    }
}

/// Takes over what the report says of the device itself; what it leaves out stays.
fn take_record(device: &mut Device, report: &DeviceReport, reporter: &Reporter) {
    device.reported_name = report.device_name.clone();
    if !device.name_set {
        device.device_name = report.device_name.clone();
    }
    device.device_type = report.device_type.unwrap_or(device.device_type);
    device.os_type = report.os_type;
    for (kept, reported) in [
        (&mut device.os_version, &report.os_version),
        (&mut device.os_distribution, &report.os_distribution),
        (&mut device.os_edition, &report.os_edition),
        (&mut device.agent_version, &report.agent_version),
    ] {
        if reported.is_some() {
            kept.clone_from(reported);
        }
    }
    device.headless = report.headless.or(device.headless);
    device.source = reporter.source;
}

/// Stores a section of a known device; true if the device must be judged anew.
fn take_section(tx: &WriteTx, device_id: &str, present: &[Present], section: &PreparedSection, arrival: Arrival) -> Result<bool> {
    let judged = matches!(section.data_type, DataType::Security | DataType::Software);
    match present.iter().find(|present| present.data_type == section.data_type) {
        // Older than what is known: it says nothing new, and what was known then stays as it was.
        Some(known) if arrival.collected_at < known.confirmed_until => Ok(false),
        Some(known) if known.equals(section) => {
            sections::confirm(tx, device_id, known, arrival)?;
            let silence_may_end = arrival.collected_at.seconds_since(known.confirmed_until) > REJUDGE_GAP_SECONDS;
            Ok(judged && (silence_may_end || known.source != arrival.source))
        }
        known => {
            sections::replace(tx, device_id, known, section, arrival)?;
            Ok(judged)
        }
    }
}

/// The facts to judge by: those in the report need not be read back.
fn judged(tx: &WriteTx, device_id: &str, reported: &[PreparedSection]) -> Result<Judged> {
    let present = sections::present(tx, device_id)?;
    let read = |data_type| -> Result<Option<_>> {
        let Some(stored) = present.iter().find(|section| section.data_type == data_type) else { return Ok(None) };
        let content = match reported.iter().find(|section| section.data_type == data_type && stored.equals(section)) {
            Some(section) => section.content.clone(),
            None => sections::content(tx, stored)?,
        };
        Ok(Some((content, stored.confirmed_until)))
    };
    let source = present.iter().find(|section| section.data_type == DataType::Security).map(|section| section.source);
    Ok(Judged { security: read(DataType::Security)?, software: read(DataType::Software)?, source })
}

/// Notes that the device has reported now.
fn seen(tx: &WriteTx, device: &mut Device) -> Result<()> {
    if gap(device.last_seen, tx.now) > PRESENCE_GAP_SECONDS || device.present_since.is_none() {
        if let (Some(since), Some(until)) = (device.present_since, device.last_seen) {
            tx.connection
                .prepare_cached("INSERT OR IGNORE INTO device_presence_past (device_id, since, until) VALUES (?1, ?2, ?3)")?
                .execute(rusqlite::params![device.id, since.0, until.0])?;
        }
        device.present_since = Some(tx.now);
    }
    // A clock that was set back must not make a device look older than it was.
    device.last_seen = Some(device.last_seen.map_or(tx.now, |last| last.max(tx.now)));
    tx.connection.prepare_cached("UPDATE device SET last_seen = ?2, present_since = ?3 WHERE id = ?1")?.execute(rusqlite::params![
        device.id,
        device.last_seen.map(|time| time.0),
        device.present_since.map(|time| time.0)
    ])?;
    Ok(())
}

/// Seconds since the last report; none counts as a long time.
fn gap(last_seen: Option<Time>, now: Time) -> i64 {
    last_seen.map_or(i64::MAX, |last| now.seconds_since(last))
}

/// What the audit log says of changed verdicts.
pub(super) fn verdict_metadata(changes: &[Change], old: Status, new: Status) -> Metadata {
    let word = |status: Option<CheckStatus>| json!(status.map(|status| status.as_str()));
    let mut metadata = Metadata::new();
    for change in changes {
        metadata = metadata.change(&change.check_id, word(change.old), word(change.new));
    }
    if old != new { metadata.change("compliance_status", old.as_str(), new.as_str()) } else { metadata }
}

/// An entry about a report: without address, for heartbeats are no time clock.
fn record(tx: &WriteTx, event: Event, device: &Device, metadata: Metadata) -> Result<()> {
    audit::record(tx, Entry { with_address: false, ..Entry::new(event, "device", &device.id, metadata) })
}
