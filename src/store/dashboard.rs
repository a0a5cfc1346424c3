//! What a dashboard shows of a whole tenant, from counts that are kept: devices, failing checks, the trend, what happened last, what is set up.

use chrono::{Days, NaiveDate};
use rusqlite::params;

use super::audit::APPLIANCE_CHAIN;
use super::audit_read::{COLUMNS, entry_of, personal};
use super::daily::{self, DailyFigure, StatusCounts};
use super::services::{self, Figures};
use super::tx::Tx;
use super::word::word;
use super::{people, score, settings};
use crate::domain::audit::LoggedEntry;
use crate::domain::compliance::Status;
use crate::domain::settings::{CheckState, ResolvedCheck};
use crate::error::Result;
use crate::limits::{ACTIVITY_ENTRIES_SCANNED, ACTIVITY_ENTRIES_SHOWN};

/// The figures of a tenant.
pub struct Dashboard {
    /// Of its services, with the score of all.
    pub services: Figures,
    /// Of its devices.
    pub devices: DeviceFigures,
    /// People who need a device and own none.
    pub people_without_device: u64,
    /// Checks of the baseline that something fails, the most failures first.
    pub failing: Vec<Failing>,
    /// Days that were counted, and today as it stands, the earliest first.
    pub trend: Vec<DailyFigure>,
    /// What is set up.
    pub first_steps: FirstSteps,
}

/// Counts of devices. Those that wait for approval are in `not_approved` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFigures {
    /// In all.
    pub total: u64,
    /// How many stand how.
    pub by_status: StatusCounts,
    /// Reported once, but not for longer than `silent_after_days`.
    pub silent: u64,
    /// Recorded or enrolled, but never reported.
    pub never_reported: u64,
    /// Wait for approval.
    pub not_approved: u64,
    /// Belong to nobody.
    pub without_owner: u64,
}

/// A check that something fails.
#[derive(Debug, Clone)]
pub struct Failing {
    /// The check.
    pub check: ResolvedCheck<'static>,
    /// How many fail it.
    pub failing: u64,
}

/// What a new organisation has done already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstSteps {
    /// There is a device.
    pub devices_enrolled: bool,
    /// There is a service.
    pub services_recorded: bool,
    /// There is more than one account.
    pub users_invited: bool,
    /// Somebody has a second factor.
    pub mfa_enabled: bool,
    /// The organisation's name is set.
    pub organisation_named: bool,
    /// There is a backup of the appliance.
    pub backup_made: bool,
}

/// The figures now, with a trend of `days` days up to today.
pub fn dashboard(tx: &Tx, days: u64) -> Result<Dashboard> {
    let version = settings::current(tx)?;
    let today = tx.now.date_in(version.settings.time_zone);
    let people_without_device = people::without_device_count(tx)?;
    let services = services::figures(tx, None, people_without_device)?;
    let devices = devices(tx, version.checks.silent_after_days)?;
    let tally = score::tally(tx)?;
    let baseline = version.checks.iter().filter(|check| check.state == CheckState::Baseline && check.check.subject.enters_score());
    let failing =
        baseline.map(|check| Failing { check: check.clone(), failing: tally.get(&check.check.id).map_or(0, |counts| counts.failed) });
    let mut failing: Vec<Failing> = failing.filter(|check| check.failing > 0).collect();
    failing.sort_by_key(|check| std::cmp::Reverse(check.failing));
    let first_steps = FirstSteps {
        devices_enrolled: devices.total + devices.not_approved > 0,
        services_recorded: services.total > 0,
        organisation_named: version.settings.organisation_name.is_some(),
        ..first_steps(tx)?
    };
    let trend = trend(tx, days, today, &services, &devices)?;
    Ok(Dashboard { services, devices, people_without_device, failing, trend, first_steps })
}

fn devices(tx: &Tx, silent_after_days: i64) -> Result<DeviceFigures> {
    let mut figures =
        DeviceFigures { total: 0, by_status: daily::no_counts(), silent: 0, never_reported: 0, not_approved: 0, without_owner: 0 };
    let sql = "SELECT compliance_status, approval = 'approved', owned, devices FROM device_tally WHERE tenant_id = ?1";
    let mut statement = tx.connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![tx.tenant_id])?;
    while let Some(row) = rows.next()? {
        let (approved, owned, devices) = (row.get::<_, bool>(1)?, row.get::<_, bool>(2)?, row.get::<_, i64>(3)?.unsigned_abs());
        if !approved {
            figures.not_approved += devices;
            continue;
        }
        figures.total += devices;
        *figures.by_status.entry(word(row, 0, Status::parse)?).or_default() += devices;
        figures.without_owner += if owned { 0 } else { devices };
    }
    // Silence is counted in the index by the last report: it costs as many steps as there are silent devices. Those that wait are few.
    let sql = "SELECT (SELECT count(*) FROM device WHERE tenant_id = ?1 AND retired_at IS NULL AND last_seen < ?2)
                   - (SELECT count(*) FROM device WHERE tenant_id = ?1 AND retired_at IS NULL AND approval = 'pending' AND last_seen < ?2),
               (SELECT count(*) FROM device WHERE tenant_id = ?1 AND retired_at IS NULL AND last_seen IS NULL)
                   - (SELECT count(*) FROM device WHERE tenant_id = ?1 AND retired_at IS NULL AND approval = 'pending' AND last_seen IS NULL)";
    let heard_by = tx.now.plus_days(-silent_after_days);
    let (silent, never): (i64, i64) =
        tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, heard_by.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    (figures.silent, figures.never_reported) = (silent.unsigned_abs(), never.unsigned_abs());
    Ok(figures)
}

fn trend(tx: &Tx, days: u64, today: NaiveDate, services: &Figures, devices: &DeviceFigures) -> Result<Vec<DailyFigure>> {
    let from = today.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(today);
    let mut trend = daily::between(tx, from, today)?;
    trend.push(DailyFigure {
        day: today,
        score: services.score,
        devices: devices.by_status.clone(),
        services: services.by_status.iter().copied().collect(),
    });
    Ok(trend)
}

/// What no figure says already.
fn first_steps(tx: &Tx) -> Result<FirstSteps> {
    let sql = "SELECT (SELECT count(*) FROM (SELECT 1 FROM user WHERE tenant_id = ?1 AND status <> 'deleted' LIMIT 2)) > 1
                   OR EXISTS (SELECT 1 FROM invitation WHERE tenant_id = ?1),
               EXISTS (SELECT 1 FROM user u JOIN user_mfa m ON m.user_id = u.id WHERE u.tenant_id = ?1 AND m.confirmed_at IS NOT NULL),
               EXISTS (SELECT 1 FROM audit_log WHERE chain = ?2 AND event_name = 'backup_created')";
    Ok(tx.connection.prepare_cached(sql)?.query_row(params![tx.tenant_id, APPLIANCE_CHAIN], |row| {
        Ok(FirstSteps {
            devices_enrolled: false,
            services_recorded: false,
            users_invited: row.get(0)?,
            mfa_enabled: row.get(1)?,
            organisation_named: false,
            backup_made: row.get(2)?,
        })
    })?)
}

/// What was done last, the newest first: no sign-ins and no reading, which happen all the time. Only the last entries of the log are looked
/// through, so that a flood of them costs nothing.
pub fn activity(tx: &Tx) -> Result<Vec<LoggedEntry>> {
    // SQL: COLUMNS is a constant list of names.
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_log log WHERE log.chain = ?1
         AND log.seq > (SELECT coalesce(max(seq), 0) FROM audit_log WHERE chain = ?1) - ?2
         AND log.event_name NOT IN ('user_login_success', 'user_login_failure', 'user_logout', 'session_ended', 'audit_read')
         ORDER BY log.seq DESC LIMIT ?3"
    );
    let mut statement = tx.connection.prepare_cached(&sql)?;
    let values = params![tx.tenant_id, ACTIVITY_ENTRIES_SCANNED, ACTIVITY_ENTRIES_SHOWN];
    let mut entries: Vec<LoggedEntry> = statement.query_map(values, entry_of)?.collect::<rusqlite::Result<_>>()?;
    for entry in &mut entries {
        entry.personal = personal(tx.connection, &tx.tenant_id, entry.sealed.seq)?;
    }
    Ok(entries)
}
