//! Who and what there was: counts of the end, what came and went, sums that add up, and people day by day.

use std::collections::{BTreeMap, HashMap};

use super::frame::Frame;
use crate::domain::audit::Event;
use crate::domain::device::RetireReason;
use crate::domain::inventory;
use crate::domain::person;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::REPORT_LOG_ENTRIES_READ_MAX;
use crate::report::content::{Clocks, ImportedList, Person, Population, Reconciliation, ReconciliationLine};
use crate::store::evidence::people_at;
use crate::store::{audit_read, people};

/// What is in the inventory as of the end.
#[derive(Default)]
pub(super) struct Present {
    devices_in_scope: u64,
    devices_out_of_scope: u64,
    reporting: u64,
    silent: u64,
    never_reported: u64,
    services_in_scope: u64,
    services_out_of_scope: u64,
    services_without_owner: u64,
    /// Devices by owner.
    devices_of: HashMap<String, u64>,
    /// Devices by the agent's version.
    pub(super) agents: BTreeMap<Option<String>, u64>,
    /// Devices by what they say of their clock.
    pub(super) clocks: Clocks,
}

impl Present {
    /// `is_silent` is `None` for a device that never reported, `follows_time` for one that does not say.
    pub(super) fn count_device(&mut self, device: &inventory::Device, in_scope: bool, is_silent: Option<bool>, follows_time: Option<bool>) {
        *match follows_time {
            Some(true) => &mut self.clocks.follow,
            Some(false) => &mut self.clocks.do_not,
            None => &mut self.clocks.unknown,
        } += 1;
        if let Some(user_id) = &device.user_id {
            *self.devices_of.entry(user_id.clone()).or_default() += 1;
        }
        *self.agents.entry(device.agent_version.clone()).or_default() += 1;
        if !in_scope {
            self.devices_out_of_scope += 1;
            return;
        }
        self.devices_in_scope += 1;
        *match is_silent {
            None => &mut self.never_reported,
            Some(true) => &mut self.silent,
            Some(false) => &mut self.reporting,
        } += 1;
    }

    pub(super) fn count_service(&mut self, in_scope: bool, owner_is_active: bool) {
        *if in_scope { &mut self.services_in_scope } else { &mut self.services_out_of_scope } += 1;
        self.services_without_owner += u64::from(!owner_is_active);
    }
}

/// What was there at the beginning, came and left; `R` is why it left.
pub(super) struct CameAndWent<R> {
    at_begin: i64,
    added: i64,
    left: Vec<(R, i64)>,
}

impl<R> Default for CameAndWent<R> {
    fn default() -> CameAndWent<R> {
        CameAndWent { at_begin: 0, added: 0, left: Vec::new() }
    }
}

impl<R: Copy + PartialEq> CameAndWent<R> {
    /// Counts a subject that was first in the population of the period at `joined`.
    pub(super) fn count(&mut self, frame: &Frame<'_, '_>, joined: Time, created_at: Time, left: Option<(Time, R)>) {
        // What was made in the period's first second came within it.
        let was_there = joined <= frame.period.from && created_at < frame.period.from;
        *if was_there { &mut self.at_begin } else { &mut self.added } += 1;
        if let Some((_, reason)) = left {
            match self.left.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => self.left.push((reason, 1)),
            }
        }
    }

    fn sum(&self, title: &str, total_label: &str, total: u64, reason: impl Fn(R) -> String) -> Reconciliation {
        let mut lines = vec![line("At the beginning of the period", self.at_begin), line("Added within the period", self.added)];
        lines.extend(self.left.iter().map(|(why, count)| line(&reason(*why), -count)));
        sum(title, lines, total_label, total)
    }

    fn gone(&self) -> u64 {
        self.left.iter().map(|(_, count)| count.unsigned_abs()).sum()
    }
}

/// Which accounts owned a device from when to when.
#[derive(Default)]
pub(super) struct Owners(HashMap<String, Vec<(Time, Option<Time>)>>);

impl Owners {
    /// Takes in the owners that a walk met, moment by moment; what a later walk into the past met comes behind and is left out.
    pub(super) fn learn(&mut self, met: Vec<(Option<String>, Time)>) {
        let mut last: Option<(String, Time)> = None;
        let mut before = Time(i64::MIN);
        for (owner, at) in met {
            if at < before {
                break;
            }
            before = at;
            if last.as_ref().map(|(known, _)| known) == owner.as_ref() {
                continue;
            }
            if let Some((known, since)) = last.take() {
                self.0.entry(known).or_default().push((since, Some(at)));
            }
            last = owner.map(|owner| (owner, at));
        }
        if let Some((known, since)) = last {
            self.0.entry(known).or_default().push((since, None));
        }
    }

    fn own(&self, user_id: &str, at: Time) -> bool {
        let holds = |(since, until): &(Time, Option<Time>)| *since <= at && until.is_none_or(|until| until > at);
        self.0.get(user_id).is_some_and(|times| times.iter().any(holds))
    }
}

/// How many people should have had a device and had none, at the end of each day.
pub(super) fn lacking_by_day(frame: &Frame<'_, '_>, owners: &Owners) -> Result<Vec<u64>> {
    let at_end = people_at(frame.tx, frame.as_of)?;
    let changed = at_end.iter().map(|person| person.recorded_at).max();
    let lacks = |person: &&person::Person, day, end| {
        person.record.counts_on(day)
            && person.record.needs_device
            && !person.record.user_id.as_deref().is_some_and(|user_id| owners.own(user_id, end))
    };
    let count = |(day, end): &(chrono::NaiveDate, Time)| {
        // Unless somebody changed since, the people of that day are those of the end.
        let then = match changed.is_some_and(|changed| changed > *end) {
            true => Some(people_at(frame.tx, *end)?),
            false => None,
        };
        let known = then.as_ref().unwrap_or(&at_end).iter();
        Ok(known.filter(|person| lacks(person, *day, *end)).count() as u64)
    };
    frame.days.iter().map(count).collect()
}

/// What the walk counted, beside what the store counts on its own.
pub(super) struct Counted<'p> {
    pub(super) present: &'p Present,
    pub(super) devices: &'p CameAndWent<RetireReason>,
    pub(super) services: &'p CameAndWent<()>,
    pub(super) independent: &'p people::Population,
}

/// Figures and sums.
pub(super) fn figures(frame: &Frame<'_, '_>, counted: &Counted<'_>) -> Result<Population> {
    let (present, own) = (counted.present, counted.independent);
    let services = present.services_in_scope + present.services_out_of_scope;
    Ok(Population {
        devices_registered: own.devices,
        devices_in_scope: present.devices_in_scope,
        devices_reporting: present.reporting,
        devices_silent: present.silent + present.never_reported,
        devices_added: counted.devices.added.unsigned_abs(),
        devices_retired: counted.devices.gone(),
        silent_after_days: frame.rules.settings.silent_after_days,
        people_active: own.people,
        people_with_device: own.with_device,
        people_without_device: own.without_device,
        people_need_none: own.not_needing,
        services_recorded: services,
        services_in_scope: present.services_in_scope,
        services_without_owner: present.services_without_owner,
        reconciliations: sums(frame, counted, services),
        imported_lists: imported(frame)?,
    })
}

fn sums(frame: &Frame<'_, '_>, counted: &Counted<'_>, services: u64) -> Vec<Reconciliation> {
    let (present, own) = (counted.present, counted.independent);
    let silent = format!("Silent for more than {} days", frame.rules.settings.silent_after_days);
    let registered = "Registered at the end of the period";
    vec![
        counted.devices.sum("Devices over the period", registered, own.devices, |reason| format!("Retired: {reason}")),
        sum(
            "Devices by scope",
            vec![
                line("In the scope of this report", counted_as(present.devices_in_scope)),
                line("Not in its scope", counted_as(present.devices_out_of_scope)),
            ],
            registered,
            own.devices,
        ),
        sum(
            "Devices in scope by last report",
            vec![
                line("Reporting", counted_as(present.reporting)),
                line(&silent, counted_as(present.silent)),
                line("Recorded by hand and never heard of", counted_as(present.never_reported)),
            ],
            "In the scope of this report",
            present.devices_in_scope,
        ),
        sum(
            "Devices by person",
            vec![
                line("Of a person who counts on the last day", counted_as(own.with_person)),
                line("Of nobody, or of somebody who has left", counted_as(own.without_person)),
            ],
            registered,
            own.devices,
        ),
        sum(
            "People",
            vec![
                line("With a device", counted_as(own.with_device)),
                line("Should have a device and have none", counted_as(own.without_device)),
                line("Need none and have none", counted_as(own.not_needing)),
            ],
            "Active on the last day",
            own.people,
        ),
        counted.services.sum("Services over the period", "Recorded at the end of the period", services, |()| "Deleted".to_owned()),
    ]
}

/// The imports of people in the period that the log still tells of.
fn imported(frame: &Frame<'_, '_>) -> Result<Vec<ImportedList>> {
    let filter = audit_read::Filter {
        event_name: Some(Event::PersonImported.name().to_owned()),
        until: Some(frame.as_of.plus_seconds(1)),
        ..audit_read::Filter::default()
    };
    let (entries, _) = audit_read::page(frame.tx, &filter, 0, REPORT_LOG_ENTRIES_READ_MAX)?;
    let list = |entry: crate::domain::audit::LoggedEntry| {
        Ok(ImportedList {
            title: "People".to_owned(),
            rows: entry.sealed.metadata.get("rows").and_then(|rows| rows.as_u64()).unwrap_or_default(),
            at: entry.sealed.created_at,
            by: frame.name(entry.sealed.actor_id.as_deref())?,
        })
    };
    entries.into_iter().map(list).collect()
}

/// Everybody who counts on the last day, and who left within the period; by name.
pub(super) fn list(frame: &Frame<'_, '_>, present: &Present) -> Result<Vec<Person>> {
    let last_day = frame.as_of.date_in(frame.zone);
    let first_day = frame.report.order.range.start;
    let mut known = people_at(frame.tx, frame.as_of)?;
    known.retain(|person| {
        person.record.counts_on(last_day) || person.record.left_on.is_some_and(|left| left >= first_day && left < last_day)
    });
    known.sort_by_cached_key(|person| (person.record.name.to_lowercase(), person.id.clone()));
    let said = |person: person::Person| Person {
        devices: person.record.user_id.as_ref().and_then(|id| present.devices_of.get(id)).copied().unwrap_or_default(),
        id: person.id,
        name: person.record.name,
        email: Some(person.record.email).filter(|email| email.contains('@')),
        needs_device: person.record.needs_device,
        reason: person.record.reason,
        left_on: person.record.left_on,
    };
    Ok(known.into_iter().map(said).collect())
}

fn counted_as(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn line(label: &str, count: i64) -> ReconciliationLine {
    ReconciliationLine { label: label.to_owned(), count }
}

fn sum(title: &str, lines: Vec<ReconciliationLine>, total_label: &str, total: u64) -> Reconciliation {
    Reconciliation { title: title.to_owned(), lines, total_label: total_label.to_owned(), total: counted_as(total) }
}
