//! A report: creates or updates its device, keeps what changed, judges, and logs what the audit log is to know.
//!
//! An unchanged report, which nearly all are, writes one row and no more: the device's, whose times are those of its sections, too.

use std::borrow::Cow;

use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::judge::{Evidence, Outcome, judge_from, settle};
use super::late::fill_gaps;
use super::{Device, find_serial, hardware, insert, update_version};
use crate::credentials::id::new_id;
use crate::domain::access::Role;
use crate::domain::audit::{Event, Metadata};
use crate::domain::compliance::{CheckStatus, Status};
use crate::domain::device::{DataType, DeviceType, Ownership, Source};
use crate::domain::inventory::DeviceReport;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{REPORT_LATE_SECONDS, RUN_GAP_SECONDS};
use crate::store::audit::{self, Entry};
use crate::store::sections::{self, Arrival, Effect, PreparedSection, Present};
use crate::store::settings;
use crate::store::tx::{Tx, WriteTx};

/// A checked report with its sections ready to be stored: made before the write begins.
#[derive(Debug, Clone)]
pub struct PreparedReport {
    pub(super) report: DeviceReport,
    pub(super) sections: Vec<PreparedSection>,
}

impl PreparedReport {
    /// Hashes and packs the sections.
    pub fn new(mut report: DeviceReport) -> PreparedReport {
        let sections = report.sections.drain(..).map(|(data_type, content)| sections::prepare(data_type, content)).collect();
        PreparedReport { report, sections }
    }

    /// What may be taken from `device`: a personal one gives security facts and no others.
    fn allowed_from(&self, device: &Device) -> Result<Cow<'_, PreparedReport>> {
        let private = self.sections.iter().find(|section| section.data_type != DataType::Security);
        match (device.ownership, private) {
            (Ownership::Personal, Some(_)) if self.report.leaves_out_private => {
                let security = self.sections.iter().filter(|section| section.data_type == DataType::Security);
                Ok(Cow::Owned(PreparedReport { report: self.report.clone(), sections: security.cloned().collect() }))
            }
            (Ownership::Personal, Some(section)) => {
                Err(Error::invalid(format!("`{}` is not taken from a personal device", section.data_type.as_str())))
            }
            _ => Ok(Cow::Borrowed(self)),
        }
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

    fn arrival(self, section: &PreparedSection, reporter: &Reporter, received_at: Time, newest_at: Time) -> Arrival {
        let collected_at = section.collected_at.unwrap_or(self.collected_at).min(self.collected_at);
        Arrival { since: self.since(received_at), collected_at, newest_at, source: reporter.source, late: self.late }
    }

    /// When the newest report of `device` was made, once this one is in. A clock that was set back leaves nothing in the future.
    fn newest(self, device: &Device, received_at: Time) -> Time {
        let known = device.collected_at.filter(|known| *known <= received_at);
        known.unwrap_or(self.collected_at).max(self.collected_at)
    }
}

fn create(tx: &WriteTx, prepared: &PreparedReport, reporter: &Reporter, times: Times) -> Result<Reported> {
    let report = &prepared.report;
    let since = times.since(tx.now);
    let mut device = Device {
        device_type: report.device_type.unwrap_or(DeviceType::Other),
        os_version: report.os_version.clone(),
        os_distribution: report.os_distribution.clone(),
        os_edition: report.os_edition.clone(),
        headless: report.headless,
        user_id: reporter.person.clone(),
        agent_version: report.agent_version.clone(),
        hardware: report.hardware,
        first_seen: since,
        last_seen: Some(tx.now),
        collected_at: Some(times.collected_at),
        present_since: Some(tx.now),
        since,
        status_since: since,
        ..Device::new(new_id("dev", tx.now), &report.serial_number, &report.device_name, report.os_type, reporter.source, tx.now)
    };
    insert(tx, &device)?;
    let mut present = Vec::with_capacity(prepared.sections.len());
    for section in &prepared.sections {
        sections::take(tx, &device.id, &mut present, section, times.arrival(section, reporter, tx.now, times.collected_at))?;
    }
    let evidence = evidence(tx, &device, &present, &prepared.sections)?;
    judge_from(tx, &mut device, &evidence, since, since)?;
    let metadata = Metadata::new()
        .with_personal("device_name", &device.device_name)
        .with_personal("serial_number", &device.serial_number)
        .with("os_type", device.os_type.as_str())
        .with("user_id", json!(device.user_id))
        .with("source", device.source.as_str())
        .with("compliance_status", device.compliance_status.as_str());
    let entry = Entry::new(Event::DeviceCreated, "device", &device.id, metadata);
    audit::record(tx, Entry { with_address: false, ..entry })?;
    Ok(Reported { device, created: true })
}

fn update(tx: &WriteTx, prepared: &PreparedReport, reporter: &Reporter, mut device: Device, times: Times) -> Result<Reported> {
    refuse_stranger(tx, &device, reporter)?;
    let prepared = &*prepared.allowed_from(&device)?;
    let mut present = sections::present(tx, &device.id)?;
    settle(tx, &mut device, &present)?;
    if times.late {
        fill_gaps(tx, &device, prepared, reporter.source, times.collected_at)?;
    }
    let since = times.since(tx.now);
    let (last_seen, confirmed_until) = (device.last_seen, device.collected_at.unwrap_or(since));
    // A silence is never shorter than this; and whatever seems to come from the future was seen by a clock that was set back since.
    let after_gap = last_seen.is_none_or(|last| tx.now.seconds_since(last) > RUN_GAP_SECONDS || last > tx.now);
    let mut rejudge = update_record(tx, &mut device, prepared, reporter, times)? || after_gap;
    let newest_at = times.newest(&device, tx.now);
    let mut effects = Vec::with_capacity(prepared.sections.len());
    for section in &prepared.sections {
        let arrival = times.arrival(section, reporter, tx.now, newest_at);
        let effect = sections::take(tx, &device.id, &mut present, section, arrival)?;
        rejudge |= effect == Effect::Changed && sections::is_judged(tx, section.data_type)?;
        effects.push((section.data_type, effect, arrival.collected_at));
    }
    sections::confirm(tx, &device, &present, &effects, newest_at)?;
    seen(tx, &mut device, newest_at)?;
    if rejudge {
        let evidence = evidence(tx, &device, &present, &prepared.sections)?;
        let status_before = device.compliance_status;
        // Intervals that end now were confirmed by the report before this one.
        let outcome = judge_from(tx, &mut device, &evidence, since, confirmed_until)?;
        log_verdicts(tx, &device, &outcome, status_before, false)?;
    }
    Ok(Reported { device, created: false })
}

/// A plain user, and a key for any device that a plain user made, may report only what that user owns. A key without a maker may go on
/// reporting devices without an owner.
fn refuse_stranger(tx: &Tx, device: &Device, reporter: &Reporter) -> Result<()> {
    let allowed = match reporter.role {
        _ if device.user_id == reporter.person || reporter.serial_number.is_some() => true,
        Role::Admin => true,
        Role::Agent => match &reporter.person {
            Some(person) => is_admin(tx, person)?,
            None => true,
        },
        _ => false,
    };
    if allowed { Ok(()) } else { Err(Error::forbidden("`serial_number` is that of a device which is not yours")) }
}

fn is_admin(tx: &Tx, user_id: &str) -> Result<bool> {
    let admin: Option<bool> = tx
        .connection
        .prepare_cached("SELECT role = 'admin' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| row.get(0))
        .optional()?;
    Ok(admin == Some(true))
}

/// Takes over what the report says of the device itself, unless a newer report has spoken already; true if anything changed.
fn update_record(tx: &WriteTx, device: &mut Device, prepared: &PreparedReport, reporter: &Reporter, times: Times) -> Result<bool> {
    let newest = device.collected_at.is_none_or(|known| known <= times.collected_at || known > tx.now);
    if !newest {
        return Ok(false);
    }
    if !times.late {
        hardware::note(tx, device, prepared.report.hardware)?;
    }
    let before = device.clone();
    take_record(device, &prepared.report, reporter.source);
    let changed = *device != before || device.recorded_at > tx.now;
    if changed {
        update_version(tx, &before, device, times.since(tx.now))?;
    }
    Ok(changed)
}

/// Takes over what the report says of the device itself.
pub(super) fn take_record(device: &mut Device, report: &DeviceReport, source: Source) {
    device.reported_name = report.device_name.clone();
    if !device.name_set {
        device.device_name = report.device_name.clone();
    }
    device.device_type = report.device_type.unwrap_or(device.device_type);
    device.os_type = report.os_type;
    // These are judged as confirmed by the last report: what it leaves out is not known any more.
    device.os_version.clone_from(&report.os_version);
    device.os_distribution.clone_from(&report.os_distribution);
    device.os_edition.clone_from(&report.os_edition);
    if report.agent_version.is_some() {
        device.agent_version.clone_from(&report.agent_version);
    }
    device.headless = report.headless.or(device.headless);
    device.source = source;
}

/// The facts to judge by: those in the report need not be read back.
fn evidence<'s>(tx: &WriteTx, device: &Device, present: &[Present], reported: &'s [PreparedSection]) -> Result<Evidence<'s>> {
    let custom_facts = settings::current(tx)?.checks.custom_facts;
    Evidence::with(tx, device, present, custom_facts, |stored| {
        match reported.iter().find(|section| section.data_type == stored.data_type && stored.equals(section)) {
            Some(section) => Ok(Cow::Borrowed(&section.content)),
            None => stored.content(tx).map(Cow::Owned),
        }
    })
}

/// Notes that the device has reported now.
fn seen(tx: &WriteTx, device: &mut Device, newest_at: Time) -> Result<()> {
    match (device.present_since, device.last_seen) {
        (Some(since), Some(until)) if tx.now.seconds_since(until) > RUN_GAP_SECONDS => {
            tx.connection
                .prepare_cached("INSERT OR REPLACE INTO device_presence_past (device_id, since, until) VALUES (?1, ?2, ?3)")?
                .execute(params![device.id, since.0, until.0])?;
            device.present_since = Some(tx.now);
        }
        // A clock that was set back leaves nothing in the future: else a device that vanishes now would seem to report until then.
        (since, _) => device.present_since = Some(since.unwrap_or(tx.now).min(tx.now)),
    }
    device.last_seen = Some(tx.now);
    device.collected_at = Some(newest_at);
    tx.connection
        .prepare_cached("UPDATE device SET last_seen = ?2, present_since = ?3, collected_at = ?4 WHERE id = ?1")?
        .execute(params![device.id, tx.now.0, device.present_since.map(|time| time.0), device.collected_at.map(|time| time.0)])?;
    Ok(())
}

/// Logs what judging changed, if anything. Without address when an agent caused it: heartbeats are no time clock.
pub(super) fn log_verdicts(tx: &WriteTx, device: &Device, outcome: &Outcome, old: Status, with_address: bool) -> Result<()> {
    if outcome.changes.is_empty() && !outcome.status_changed {
        return Ok(());
    }
    let word = |status: Option<CheckStatus>| json!(status.map(|status| status.as_str()));
    let mut metadata = Metadata::new();
    for change in &outcome.changes {
        metadata = metadata.change(&change.check_id, word(change.old), word(change.new));
    }
    if outcome.status_changed {
        metadata = metadata.change("compliance_status", old.as_str(), device.compliance_status.as_str());
    }
    let entry = Entry::new(Event::DeviceVerdictChanged, "device", &device.id, metadata);
    audit::record(tx, Entry { with_address, ..entry })
}
