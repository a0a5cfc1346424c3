//! Judging a device: from its facts to verdict intervals and status, each change at its exact moment.

use std::borrow::Cow;

use rusqlite::params;
use serde_json::{Map, Value};

use crate::domain::check::Subject;
use crate::domain::compliance::{CheckStanding, CheckVerdict, Judgement, StatusInputs, judge, subject_status};
use crate::domain::device::{DataType, Source};
use crate::domain::exception::SubjectType;
use crate::domain::facts::{DeviceFacts, Facts, Section};
use crate::domain::inventory::Device;
use crate::domain::settings::ResolvedChecks;
use crate::domain::time::Time;
use crate::domain::volatile;
use crate::error::Result;
use crate::limits::SETTLE_STEPS_MAX;
use crate::store::exceptions::{self, Bearer};
use crate::store::sections::Present;
use crate::store::settings::{self, Version};
use crate::store::succession::Begin;
use crate::store::tx::{Tx, WriteTx};
use crate::store::verdicts::{self, Change, Finding, Interval, Moment, StatusEnd};

/// A section with the moment of its last confirmation.
pub(super) type Confirmed<'s> = (Cow<'s, Map<String, Value>>, Time);

/// The facts of a device beside its record.
pub(super) struct Evidence<'s> {
    pub(super) security: Option<Confirmed<'s>>,
    pub(super) software: Option<Confirmed<'s>>,
    /// Only where a check asks for it.
    pub(super) custom: Option<Confirmed<'s>>,
    /// Who vouches for them.
    pub(super) source: Source,
    /// Whether the owner's account is active; `None` without an owner.
    pub(super) owner_active: Option<bool>,
}

impl<'s> Evidence<'s> {
    /// Reads the evidence on `device` from its sections, as the checks of now want it.
    pub(super) fn load(tx: &Tx, device: &Device, present: &[Present]) -> Result<Evidence<'s>> {
        let custom_facts = settings::current(tx)?.checks.custom_facts;
        Evidence::with(tx, device, present, custom_facts, |stored| stored.content(tx).map(Cow::Owned))
    }

    /// As `load`; `custom_facts` says whether checks ask for the section `custom`, `content` gives that of a section.
    pub(super) fn with(
        tx: &Tx,
        device: &Device,
        present: &[Present],
        custom_facts: bool,
        content: impl Fn(&Present) -> Result<Cow<'s, Map<String, Value>>>,
    ) -> Result<Evidence<'s>> {
        let find = |data_type| present.iter().find(|section| section.data_type == data_type);
        let read = |data_type| -> Result<Option<Confirmed<'s>>> {
            find(data_type).map(|section| Ok((content(section)?, section.confirmed_until))).transpose()
        };
        let (security, software) = (find(DataType::Security), find(DataType::Software));
        let custom = find(DataType::Custom).filter(|_| custom_facts);
        let judged = [security, software, custom].into_iter().flatten();
        Ok(Evidence {
            security: read(DataType::Security)?,
            software: read(DataType::Software)?,
            custom: if custom_facts { read(DataType::Custom)? } else { None },
            source: weakest([device.source].into_iter().chain(judged.map(|section| section.source))),
            owner_active: owner_active(tx, device)?,
        })
    }

    /// When the newest of it was confirmed.
    fn confirmed_at(&self) -> Option<Time> {
        [&self.security, &self.software, &self.custom].into_iter().flatten().map(|(_, confirmed_at)| *confirmed_at).max()
    }
}

/// A verdict may rest on the record and both sections; it is worth no more than the least of them.
pub(in crate::store) fn weakest(sources: impl Iterator<Item = Source>) -> Source {
    let rank = |source: &Source| match source {
        Source::Person => 0,
        Source::Integration => 1,
        Source::Agent => 2,
    };
    sources.min_by_key(rank).unwrap_or(Source::Person)
}

fn owner_active(tx: &Tx, device: &Device) -> Result<Option<bool>> {
    let Some(user_id) = &device.user_id else { return Ok(None) };
    let active = tx
        .connection
        .prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![user_id, tx.tenant_id], |row| row.get(0))?;
    Ok(Some(active))
}

/// What judging changed.
pub(super) struct Outcome {
    /// The checks whose verdict became another.
    pub(super) changes: Vec<Change>,
    /// Whether the status became another.
    pub(super) status_changed: bool,
}

/// Judges `device` by facts that hold from `since` on, and then at each moment up to now at which time alone changed something.
///
/// No change is dated before the settings and the catalogue that judge it, nor before the newest of the facts that it rests on.
pub(super) fn judge_from(tx: &WriteTx, device: &mut Device, evidence: &Evidence, since: Time, confirmed_until: Time) -> Result<Outcome> {
    let version = settings::current(tx)?;
    let known = evidence.confirmed_at().unwrap_or(since);
    let mut at = since.max(version.since).max(version.catalogue_since).max(known).min(tx.now);
    let before = verdicts::intervals(tx, &device.id)?;
    let status_before = device.compliance_status;
    let mut standing = before.clone();
    for _ in 0..SETTLE_STEPS_MAX {
        let moment = Moment { since: at, learned_at: tx.now, confirmed_until };
        standing = step(tx, device, evidence, &version, standing, moment)?;
        match device.changes_at {
            Some(next) if next <= tx.now => at = next,
            _ => break,
        }
    }
    store_status(tx, device)?;
    Ok(Outcome { changes: verdicts::changes(&before, &standing), status_changed: status_before != device.compliance_status })
}

/// Applies to `device` what time alone changed up to now, each change at its exact moment under the settings of that moment.
pub(super) fn settle(tx: &WriteTx, device: &mut Device, present: &[Present]) -> Result<()> {
    let due = |device: &Device| device.changes_at.filter(|moment| *moment <= tx.now);
    let Some(first) = due(device) else { return Ok(()) };
    // A check may have come or gone since the first moment that is to be judged.
    let custom_facts = settings::current(tx)?.checks.custom_facts || settings::at(tx, first)?.checks.custom_facts;
    let evidence = Evidence::with(tx, device, present, custom_facts, |stored| stored.content(tx).map(Cow::Owned))?;
    let mut standing = verdicts::intervals(tx, &device.id)?;
    for _ in 0..SETTLE_STEPS_MAX {
        let Some(at) = due(device) else { break };
        let version = settings::at(tx, at)?;
        // It could have been known at that moment, whether the appliance ran or not.
        let moment = Moment { since: at, learned_at: at, confirmed_until: device.collected_at.unwrap_or(at) };
        standing = step(tx, device, &evidence, &version, standing, moment)?;
    }
    store_status(tx, device)
}

/// Judges at `moment.since`: verdicts are stored, the device's status and `changes_at` are set in `device` only.
fn step(
    tx: &WriteTx,
    device: &mut Device,
    evidence: &Evidence,
    version: &Version,
    standing: Vec<Interval>,
    moment: Moment,
) -> Result<Vec<Interval>> {
    let at = moment.since;
    let mut judgement = judgement(device, evidence, &version.checks, at);
    exceptions::lay_over(tx, bearer(device), &mut judgement, at)?;
    let findings = findings(&judgement, &version.checks, evidence.source);
    let standing = verdicts::apply(tx, &device.id, standing, findings, moment)?;
    let standings: Vec<CheckStanding> = standing
        .iter()
        .map(|interval| CheckStanding { check_id: &interval.check_id, status: interval.status, since: interval.status_since })
        .collect();
    let last_seen = device.last_seen.map(|last_seen| last_seen.min(at));
    let inputs = StatusInputs { subject: Subject::Device, checks: &standings, last_seen, review_due_on: None };
    let outcome = subject_status(&version.checks, &inputs, at);
    let later_settings = settings::next_change(tx, version, at)?;
    device.changes_at = [judgement.changes_at, outcome.changes_at, later_settings].into_iter().flatten().min();
    let begin = Begin { since: device.status_since, recorded_at: device.status_recorded_at };
    if outcome.status != device.compliance_status || begin.lies_after(moment.learned_at) {
        let next = begin.followed_by(at, moment.learned_at);
        let end = StatusEnd { subject_id: &device.id, status: device.compliance_status.as_str(), begin };
        verdicts::close_status(tx, &end, next)?;
        device.compliance_status = outcome.status;
        device.status_since = next.since;
        device.status_recorded_at = next.recorded_at;
    }
    Ok(standing)
}

/// The device as exceptions know it.
pub(super) fn bearer(device: &Device) -> Bearer<'_> {
    Bearer { subject_type: SubjectType::Device, id: &device.id, tags: &device.tags, since: device.since }
}

/// The verdicts on `device` at `at`, by its facts alone.
pub(super) fn judgement<'r>(device: &Device, evidence: &Evidence, checks: &'r ResolvedChecks<'_>, at: Time) -> Judgement<'r> {
    fn section<'e>(confirmed: &'e Option<Confirmed<'_>>) -> Option<Section<'e>> {
        confirmed.as_ref().map(|(data, confirmed_at)| Section { data, confirmed_at: *confirmed_at })
    }
    let core = DeviceFacts::of_record(device, evidence.owner_active, section(&evidence.security), section(&evidence.software), at);
    let facts = Facts::of_device(&core).with_os_support(checks.os_support).with_custom(section(&evidence.custom));
    judge(checks, Subject::Device, &facts, at)
}

/// The verdicts as they are stored.
pub(in crate::store) fn findings<'r>(judgement: &Judgement<'r>, checks: &ResolvedChecks<'_>, source: Source) -> Vec<Finding<'r>> {
    let finding = |verdict: &CheckVerdict<'r>| Finding {
        check_id: verdict.check_id,
        status: verdict.status,
        observed: checks.get(verdict.check_id).and_then(|resolved| volatile::stored(&resolved.check.rule, verdict.observed.clone())),
        reason: verdict.reason.map(|reason| reason.as_str()),
        source,
    };
    judgement.verdicts.iter().map(finding).collect()
}

fn store_status(tx: &WriteTx, device: &Device) -> Result<()> {
    tx.connection
        .prepare_cached(
            "UPDATE device SET compliance_status = ?2, status_since = ?3, status_recorded_at = ?4, changes_at = ?5 WHERE id = ?1",
        )?
        .execute(params![
            device.id,
            device.compliance_status.as_str(),
            device.status_since.0,
            device.status_recorded_at.0,
            device.changes_at.map(|time| time.0),
        ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_worth_no_more_than_the_least_of_what_it_rests_on() {
        assert_eq!(weakest([Source::Agent, Source::Agent].into_iter()), Source::Agent);
        assert_eq!(weakest([Source::Agent, Source::Integration].into_iter()), Source::Integration);
        assert_eq!(weakest([Source::Integration, Source::Person, Source::Agent].into_iter()), Source::Person);
    }
}
