//! The devices of the period, one after another: walked through, counted, described.

use std::collections::BTreeSet;

use super::frame::{Frame, terms};
use super::subject::{About, settled_time};
use super::walk::{Standing, Subjected, track};
use super::{Progress, Run};
use crate::domain::check::Subject;
use crate::domain::device::RetireReason;
use crate::domain::exception::{Exception, SubjectType};
use crate::domain::facts::Facts;
use crate::domain::framework::evaluate::Evaluation;
use crate::domain::time::{DAY, Time};
use crate::error::Result;
use crate::report::content::{Device, SubjectRef};
use crate::store::devices;
use crate::store::evidence::{self, DeviceState, DeviceStates};

/// A device that is asked about moments.
struct Walked<'w, 't, 'c> {
    frame: &'w Frame<'t, 'c>,
    evaluation: &'w Evaluation<'w>,
    states: DeviceStates<'t, 'c>,
    id: &'w str,
    begin: Time,
    exceptions: &'w [&'w Exception],
    /// Owner from when to when, as met; the last has no end.
    owners: Vec<(Option<String>, Time)>,
}

impl Subjected for Walked<'_, '_, '_> {
    fn stand(&mut self, at: Time) -> Result<Option<Standing>> {
        let Some(state) = self.states.at(at)? else {
            self.owners.push((None, at));
            return Ok(None);
        };
        self.owners.push((state.device.user_id.clone(), at));
        let terms = terms(self.exceptions, &state.device.tags);
        let facts = state.facts(self.frame.rules.checks.os_support);
        Ok(Some(self.evaluation.stand_unseen(Subject::Device, &facts, &terms, at).unwrap_or_default()))
    }

    fn moments(&self, from: Time, to: Time) -> Result<BTreeSet<Time>> {
        let mut moments = evidence::device_moments(self.frame.tx, self.id, from, to)?;
        moments.extend(self.exceptions.iter().flat_map(|exception| [exception.recorded_at, exception.until]));
        Ok(moments)
    }

    fn begin(&self) -> Time {
        self.begin
    }
}

/// Adds every device of the period.
pub(super) fn add(run: &mut Run<'_, '_, '_>, ids: &[String], progress: &mut Progress<'_>) -> Result<()> {
    for id in ids {
        add_one(run, id)?;
        progress.step()?;
    }
    run.devices.sort_by_cached_key(|device| (device.name.to_lowercase(), device.id.clone()));
    Ok(())
}

fn add_one(run: &mut Run<'_, '_, '_>, id: &str) -> Result<()> {
    let frame = run.frame;
    let Some(record) = devices::find(frame.tx, id)? else { return Ok(()) };
    let candidates = frame.candidates(SubjectType::Device, id);
    let left = record.retired.filter(|(at, _)| *at <= frame.as_of);
    let mut walked = Walked {
        frame,
        evaluation: &run.evaluation,
        states: if run.takes_lists { DeviceStates::of(frame.tx, id)? } else { DeviceStates::of(frame.tx, id)?.without_lists() },
        id,
        begin: record.created_at,
        exceptions: &candidates,
        owners: Vec::new(),
    };
    let track = track(&mut walked, run.tallies.len(), frame.period.from.max(record.created_at), frame.as_of)?;
    let Some(joined) = track.joined else { return Ok(()) };
    let (owners, mut states) = (std::mem::take(&mut walked.owners), walked.states);
    run.owners.learn(owners);
    let seen_at = left.map_or(frame.as_of, |(at, _)| at.plus_seconds(-1));
    // In the population for less than a second it never was.
    let Some(state) = states.at(seen_at)? else { return Ok(()) };
    run.came_and_went.count(frame, joined, record.created_at, left);
    let late = evidence::late_spans(frame.tx, id, frame.as_of)?;
    let device = &state.device;
    let about = About {
        subject: SubjectRef {
            kind: Subject::Device,
            id: id.to_owned(),
            name: device.device_name.clone(),
            serial_number: Some(device.serial_number.clone()),
            owner: frame.name(device.user_id.as_deref())?,
        },
        begin: record.created_at,
        left: left.map(|(at, _)| at),
        os: Some(device.os_type),
        source: state.source,
        review_due_on: None,
        last_seen: device.last_seen,
        exceptions: &candidates,
        tags: &device.tags,
        late: &late,
    };
    run.count_period(&track, &about);
    let described = describe(run, &state, &track, &about, seen_at, left)?;
    run.devices.push(described);
    Ok(())
}

/// Whether its clock follows a time server, as far as it said so lately enough to count.
fn follows_time(frame: &Frame<'_, '_>, facts: &Facts<'_>) -> Option<bool> {
    let fact = facts.get("security.time_sync", frame.as_of, frame.zone).fact?;
    let fresh = fact.confirmed_at.is_some_and(|at| frame.as_of.seconds_since(at) <= frame.rules.checks.max_age_days * DAY);
    fact.value.as_bool().filter(|_| fresh)
}

fn describe(
    run: &mut Run<'_, '_, '_>,
    state: &DeviceState,
    track: &super::walk::Track,
    about: &About<'_>,
    seen_at: Time,
    left: Option<(Time, RetireReason)>,
) -> Result<Device> {
    let frame = run.frame;
    let (device, facts) = (&state.device, state.facts(frame.rules.checks.os_support));
    let terms = terms(about.exceptions, &device.tags);
    let standing = run.evaluation.stand(Subject::Device, &facts, &terms, seen_at);
    let in_scope = standing.is_some();
    let (outcomes, _) = standing.unwrap_or_default();
    let values = run.facts(Subject::Device, &outcomes, &facts, seen_at, about.begin);
    let (mut results, mut status) = (Vec::new(), None);
    if left.is_none() {
        let counted = run.evaluation.add(Subject::Device, &facts, &terms);
        let (found, stands) = run.count_end(track, about, &counted);
        (results, status) = (found, Some(stands));
        let silent_after = run.rules().checks.silent_after_days * DAY;
        let is_silent = device.last_seen.map(|seen| frame.as_of.seconds_since(seen) > silent_after);
        run.present.count_device(device, in_scope, is_silent, follows_time(frame, &facts));
    }
    let owner = device.user_id.as_deref().map(|id| frame.named(id)).transpose()?.flatten();
    Ok(Device {
        id: device.id.clone(),
        serial_number: device.serial_number.clone(),
        name: device.device_name.clone(),
        device_type: device.device_type.to_string(),
        os_type: device.os_type.to_string(),
        os_version: device.os_version.clone(),
        ownership: device.ownership.to_string(),
        owner: owner.as_ref().map(|named| named.name.clone()),
        owner_email: owner.and_then(|named| named.email),
        tags: device.tags.clone(),
        source: Some(state.source),
        agent_version: device.agent_version.clone(),
        first_seen: about.begin,
        last_seen: device.last_seen.map(|seen| settled_time(seen, seen_at, about.begin)),
        retired_at: left.map(|(at, _)| at),
        retired_reason: left.map(|(_, reason)| reason.to_string()),
        in_scope,
        status,
        results,
        facts: values,
    })
}
