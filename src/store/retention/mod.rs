//! The daily removal of what is older than the tenant's retention, a few hundred rows at a time, so that other writes get in between.
//!
//! A run goes through a chain's log, then through its people, what ended, and the evidence that is over, then subject by subject through
//! their history. Where it has come to and what
//! it has removed is stored with each step; its end leaves `retention_applied` with the counts if there are any. While a hold is in force
//! nothing is removed, and nothing while the clock is in doubt.

mod clock;
mod evidence;
#[cfg(test)]
mod evidence_tests;
mod history;
mod leftovers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::audit::{APPLIANCE_CHAIN, Entry, record};
use super::tx::{Actor, Root, Tx, WriteRoot, WriteTx};
use super::{audit_anchor, connection, erasure, settings};
use crate::domain::audit::{Event, Metadata};
use crate::domain::settings::{Retention, months_before};
use crate::domain::time::{DAY, Time};
use crate::error::{Error, Kind, Result};
use crate::limits::{RETENTION_ROWS_MAX, RETENTION_SUBJECTS_MAX};

pub use clock::look_at as look_at_clock;

/// A chain for which a run is due or under way; none while the clock is in doubt.
pub fn next_due(root: &Root) -> Result<Option<String>> {
    if !clock::is_steady(root)? {
        return Ok(None);
    }
    let sql = "SELECT c.chain FROM (SELECT id AS chain FROM tenant UNION ALL SELECT ?1) c LEFT JOIN retention_run r ON r.chain = c.chain
               WHERE r.finished_at IS NULL OR ?2 - r.finished_at >= ?3 OR r.finished_at > ?2 ORDER BY c.chain LIMIT 1";
    Ok(root.connection.prepare_cached(sql)?.query_row(params![APPLIANCE_CHAIN, root.now.0, DAY], |row| row.get(0)).optional()?)
}

/// One step of the run of `chain`: at most [`RETENTION_ROWS_MAX`] rows go.
pub fn step(root: &WriteRoot, chain: &str) -> Result<()> {
    let tx = root.tenant_write(chain, Actor::system());
    let retention = in_force(&tx)?;
    let mut run = Run::load(&tx)?;
    let is_over = match retention {
        Some(retention) => connection::overwriting(tx.connection, || remove(&tx, &mut run, &retention))?,
        None => true,
    };
    if is_over { run.finish(&tx) } else { run.save(&tx, None) }
}

/// How long the chain's data is kept; `None` while a hold keeps all of it. What belongs to no tenant is kept as the defaults say.
pub(super) fn in_force(tx: &Tx) -> Result<Option<Retention>> {
    if tx.tenant_id == APPLIANCE_CHAIN {
        return Ok(Some(Retention::default()));
    }
    let settings = &settings::current(tx)?.settings;
    let holds = settings.erasure_hold.as_ref().is_some_and(|hold| hold.holds(tx.now));
    Ok((!holds).then_some(settings.retention))
}

/// Before which moments each kind of data is too old.
struct Cutoffs {
    addresses: Time,
    audit_log: Time,
    /// Of verdicts, states, facts and versions of records, and of what retired devices were called.
    verdicts: Time,
    software_network: Time,
    /// Of evidence that is over: never later than that of the verdicts that rest on it.
    evidence: Time,
    report_files: Time,
    sessions: Time,
    invitations: Time,
    /// Of keys that hold no more: entries of the log and figures of the past speak of them.
    keys: Time,
}

impl Cutoffs {
    fn of(now: Time, retention: &Retention) -> Cutoffs {
        let months = |months| months_before(now, months);
        let days = |days| now.plus_days(-i64::from(days));
        Cutoffs {
            addresses: months(retention.address_and_user_agent_months),
            audit_log: months(retention.audit_log_months),
            verdicts: months(retention.verdict_months),
            software_network: days(retention.software_network_days),
            evidence: months(retention.evidence_months.max(retention.verdict_months)),
            report_files: months(retention.report_file_months),
            sessions: days(retention.session_days),
            invitations: days(retention.invitation_days),
            keys: months(retention.audit_log_months.max(retention.verdict_months)),
        }
    }
}

/// Removes a few rows; true when nothing is left to remove.
fn remove(tx: &WriteTx, run: &mut Run, retention: &Retention) -> Result<bool> {
    let before = Cutoffs::of(tx.now, retention);
    let mut room = RETENTION_ROWS_MAX;
    room -= addresses(tx, run, before.addresses, room)?;
    if room > 0 {
        let entries = audit_anchor::advance(tx, before.audit_log, room)?;
        run.count("audit_log_entries", entries);
        room -= entries;
    }
    if tx.tenant_id == APPLIANCE_CHAIN {
        return Ok(room > 0);
    }
    if run.subject_after.is_empty() && room > 0 {
        people_who_left(tx, run, retention)?;
        let (leftovers, no_leftovers) = leftovers::remove(tx, &before, room)?;
        let (evidence, no_evidence) = evidence::remove(tx, before.evidence, room)?;
        leftovers.into_iter().chain(evidence).for_each(|(kind, rows)| run.count(kind, rows));
        if !(no_leftovers && no_evidence) {
            return Ok(false);
        }
    }
    let mut seen = 0;
    for subject in history::subjects(tx, &run.subject_after, RETENTION_SUBJECTS_MAX)? {
        if room == 0 {
            return Ok(false);
        }
        for (kind, rows) in history::remove(tx, &subject, &before, room)? {
            run.count(kind, rows);
            room = room.saturating_sub(rows);
        }
        // With no room left there may be more of the same one.
        if room > 0 {
            run.subject_after = subject;
        }
        seen += 1;
    }
    Ok(room > 0 && seen < RETENTION_SUBJECTS_MAX)
}

/// Takes addresses and user agents, and addresses that an auditor searched for, out of entries older than `before`; gives how many entries were looked at.
fn addresses(tx: &WriteTx, run: &mut Run, before: Time, room: usize) -> Result<usize> {
    let Some(upto) = audit_anchor::older(tx, run.addresses_upto, before, room)? else { return Ok(0) };
    let sql = "DELETE FROM audit_personal WHERE chain = ?1 AND seq > ?2 AND seq <= ?3
               AND field IN ('ip_address', 'user_agent', 'metadata/ip_address')";
    let removed = tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, run.addresses_upto, upto])?;
    run.count("addresses_and_user_agents", removed);
    run.addresses_upto = upto;
    // As many as were read at the most: some of them were counted by their numbers, not by their rows.
    Ok(room.min(removed.max(1)))
}

/// Erases those who left long ago, but for whoever can still sign in: that is for an admin to settle first.
fn people_who_left(tx: &WriteTx, run: &mut Run, retention: &Retention) -> Result<()> {
    let before = months_before(tx.now, retention.pseudonymise_left_after_months).date_in(chrono_tz::Tz::UTC).to_string();
    let sql = "SELECT p.id FROM person p LEFT JOIN user u ON u.id = p.user_id
               WHERE p.tenant_id = ?1 AND p.left_on < ?2 AND p.email <> p.id AND coalesce(u.status, 'deleted') <> 'active' LIMIT ?3";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tx.tenant_id, before, RETENTION_SUBJECTS_MAX as i64], |row| row.get(0))?;
    for id in rows.collect::<rusqlite::Result<Vec<String>>>()? {
        match erasure::erase(tx, &id, &erasure::Cause::Retention) {
            Ok(_) => run.count("people", 1),
            // Refused before anything was written: tried again with the next run.
            Err(Error { kind: Kind::Conflict, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A run as stored.
struct Run {
    subject_after: String,
    addresses_upto: i64,
    removed: BTreeMap<String, u64>,
}

impl Run {
    fn load(tx: &Tx) -> Result<Run> {
        let sql = "SELECT subject_after, addresses_upto, removed FROM retention_run WHERE chain = ?1";
        let read = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?));
        let found = tx.connection.prepare_cached(sql)?.query_row([&tx.tenant_id], read).optional()?;
        let (subject_after, addresses_upto, removed) = found.unwrap_or_default();
        Ok(Run { subject_after, addresses_upto, removed: serde_json::from_str(&removed).unwrap_or_default() })
    }

    fn count(&mut self, kind: &str, rows: usize) {
        if rows > 0 {
            *self.removed.entry(kind.to_owned()).or_default() += rows as u64;
        }
    }

    fn save(&self, tx: &WriteTx, finished_at: Option<i64>) -> Result<()> {
        let removed = serde_json::to_string(&self.removed).map_err(Error::internal)?;
        let sql = "INSERT INTO retention_run (chain, finished_at, subject_after, addresses_upto, removed) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET finished_at = coalesce(?2, finished_at), subject_after = ?3, addresses_upto = ?4, removed = ?5";
        tx.connection.prepare_cached(sql)?.execute(params![tx.tenant_id, finished_at, self.subject_after, self.addresses_upto, removed])?;
        Ok(())
    }

    fn finish(mut self, tx: &WriteTx) -> Result<()> {
        let removed = std::mem::take(&mut self.removed);
        self.subject_after.clear();
        self.save(tx, Some(tx.now.0))?;
        if removed.is_empty() {
            return Ok(());
        }
        let metadata = removed.into_iter().fold(Metadata::new(), |metadata, (kind, rows)| metadata.with(&kind, rows));
        record(tx, Entry::new(Event::RetentionApplied, "retention", &tx.tenant_id, metadata))
    }
}
