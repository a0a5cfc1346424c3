//! Judging a service: from its record to verdict intervals and status, each change at its exact moment.

use rusqlite::params;

use crate::domain::check::Subject;
use crate::domain::compliance::{CheckStanding, StatusInputs, judge, subject_status};
use crate::domain::exception::SubjectType;
use crate::domain::service::Service;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::SETTLE_STEPS_MAX;
use crate::store::devices::findings;
use crate::store::exceptions::{self, Bearer};
use crate::store::settings::{self, Version};
use crate::store::succession::Begin;
use crate::store::tx::{Tx, WriteTx};
use crate::store::verdicts::{self, Interval, Moment, StatusEnd};

/// Judges `service` by its record from now on.
pub(super) fn judge_now(tx: &WriteTx, service: &mut Service) -> Result<()> {
    let version = settings::current(tx)?;
    let owner_active = owner_active(tx, service)?;
    let standing = verdicts::intervals(tx, &service.id)?;
    step(tx, service, owner_active, &version, standing, tx.now, tx.now)?;
    store_status(tx, service)
}

/// Applies to `service` what time alone changed up to now, each change at its exact moment under the settings of that moment.
pub(super) fn settle(tx: &WriteTx, service: &mut Service) -> Result<()> {
    let due = |service: &Service| service.changes_at.filter(|moment| *moment <= tx.now);
    if due(service).is_none() {
        return Ok(());
    }
    let owner_active = owner_active(tx, service)?;
    let mut standing = verdicts::intervals(tx, &service.id)?;
    for _ in 0..SETTLE_STEPS_MAX {
        let Some(at) = due(service) else { break };
        let version = settings::at(tx, at)?;
        // It could have been known at that moment, whether the appliance ran or not.
        standing = step(tx, service, owner_active, &version, standing, at, at)?;
    }
    store_status(tx, service)
}

/// Judges at `at`: verdicts are stored, the service's status and `changes_at` are set in `service` only. What people declared holds until
/// they say otherwise: an interval is confirmed to its end.
fn step(
    tx: &WriteTx,
    service: &mut Service,
    owner_active: Option<bool>,
    version: &Version,
    standing: Vec<Interval>,
    at: Time,
    learned_at: Time,
) -> Result<Vec<Interval>> {
    let mut judgement = judge(&version.checks, Subject::Service, &service.record.facts(owner_active), at);
    let bearer = Bearer { subject_type: SubjectType::Service, id: &service.id, tags: &service.record.tags, since: service.since };
    exceptions::lay_over(tx, bearer, &mut judgement, at)?;
    let findings = findings(&judgement, &version.checks, service.record.source);
    let moment = Moment { since: at, learned_at, confirmed_until: at };
    let standing = verdicts::apply(tx, &service.id, standing, findings, moment)?;
    let standings: Vec<CheckStanding> = standing
        .iter()
        .map(|interval| CheckStanding { check_id: &interval.check_id, status: interval.status, since: interval.status_since })
        .collect();
    let inputs =
        StatusInputs { subject: Subject::Service, checks: &standings, last_seen: None, review_due_on: service.record.next_review_date };
    let outcome = subject_status(&version.checks, &inputs, at);
    let later_settings = settings::next_change(tx, version, at)?;
    service.changes_at = [judgement.changes_at, outcome.changes_at, later_settings].into_iter().flatten().min();
    let begin = Begin { since: service.status_since, recorded_at: service.status_recorded_at };
    if outcome.status != service.status || begin.lies_after(learned_at) {
        let next = begin.followed_by(at, learned_at);
        let end = StatusEnd { subject_id: &service.id, status: service.status.as_str(), begin };
        verdicts::close_status(tx, &end, next)?;
        service.status = outcome.status;
        (service.status_since, service.status_recorded_at) = (next.since, next.recorded_at);
    }
    Ok(standing)
}

fn owner_active(tx: &Tx, service: &Service) -> Result<Option<bool>> {
    let Some(owner_id) = &service.record.owner_id else { return Ok(None) };
    let active = tx
        .connection
        .prepare_cached("SELECT status = 'active' FROM user WHERE id = ?1 AND tenant_id = ?2")?
        .query_row(params![owner_id, tx.tenant_id], |row| row.get(0))?;
    Ok(Some(active))
}

fn store_status(tx: &WriteTx, service: &Service) -> Result<()> {
    tx.connection
        .prepare_cached("UPDATE service SET status = ?2, status_since = ?3, status_recorded_at = ?4, changes_at = ?5 WHERE id = ?1")?
        .execute(params![
            service.id,
            service.status.as_str(),
            service.status_since.0,
            service.status_recorded_at.0,
            service.changes_at.map(|time| time.0),
        ])?;
    Ok(())
}
