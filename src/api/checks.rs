//! How checks stand and how they stood: what answers about devices and services say alike.

use std::borrow::Cow;

use chrono::Days;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::call::Call;
use super::query::DayOrTime;
use super::route::{Parameter, ParameterKind};
use super::words;
use crate::domain::attestation::Attestation;
use crate::domain::compliance::CheckStatus;
use crate::domain::device::OsType;
use crate::domain::exception::{Exception, SubjectType};
use crate::domain::inventory::Verdict;
use crate::domain::rule::words as words_of;
use crate::domain::settings::{CheckState, ResolvedCheck};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::devices::HistoryItem;
use crate::store::{Tx, attestations, exceptions, settings};

/// How a check stands for a device or service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckResult)]
pub struct CheckAnswer {
    /// The check of the catalogue.
    #[schema(value_type = String, example = "device.disk_encryption")]
    check_id: Cow<'static, str>,
    /// In words.
    #[schema(value_type = String)]
    title: Cow<'static, str>,
    /// How it stands.
    #[schema(value_type = words::CheckStatus)]
    status: &'static str,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Shown only: it has no effect on the status.
    advice: bool,
    /// Since when it stands like this; of a failure and its exceptions since when it fails.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// What the check asks for, in words, with the parameters in force.
    #[schema(example = "Last update: at most 30 days ago")]
    expected: String,
    /// What was seen; `null` where nothing was.
    #[schema(value_type = Value)]
    observed: Option<Box<RawValue>>,
    /// Why there is no data.
    #[schema(required = true)]
    reason: Option<String>,
    /// Until when a failure is in grace; `null` when it is not.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    grace_until: Option<Time>,
    /// How to mend it.
    #[schema(value_type = Option<String>, required = true)]
    remediation: Option<Cow<'static, str>>,
    /// The exception that spares it; of several the one that lasts longest.
    #[schema(required = true)]
    exception: Option<CheckException>,
    /// What somebody vouches for in this check; of several the one that lasts longest. It is never measured: status and figures are what they
    /// are without it.
    #[schema(required = true)]
    attestation: Option<CheckAttestation>,
}

/// What somebody vouches for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAttestation {
    /// The attestation.
    #[schema(example = "att_abc123")]
    id: String,
    /// What is vouched for.
    statement: String,
    /// Its last day.
    #[schema(format = Date)]
    valid_until: String,
}

/// The exception that spares a failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckException {
    /// The exception.
    #[schema(example = "exc_abc123")]
    id: String,
    /// Why.
    reason: String,
    /// Its last day.
    #[schema(format = Date)]
    expires_on: String,
}

impl CheckAnswer {
    /// A verdict. `observed` is what to show of it as JSON text, `grace` the moment at which a failure counts.
    pub fn new(
        verdict: &Verdict,
        resolved: &ResolvedCheck<'static>,
        observed: Option<String>,
        grace: Time,
        os_type: Option<OsType>,
        now: Time,
    ) -> Result<CheckAnswer> {
        let in_grace = verdict.status == CheckStatus::Fail && resolved.grace_days > 0 && grace > now;
        let failing = matches!(verdict.status, CheckStatus::Fail | CheckStatus::NoData | CheckStatus::Excepted);
        Ok(CheckAnswer {
            check_id: resolved.text(|check| &check.id),
            title: resolved.text(|check| &check.title),
            status: verdict.status.as_str(),
            severity: resolved.severity.as_str(),
            advice: resolved.state == CheckState::Advice,
            since: verdict.since,
            expected: words_of(&resolved.check.rule, &resolved.params, os_type.map(OsType::as_str)),
            observed: observed.filter(|_| verdict.status != CheckStatus::NotApplicable).map(raw).transpose()?,
            reason: verdict.reason.clone(),
            grace_until: in_grace.then_some(grace),
            remediation: resolved.remediation(os_type).filter(|_| failing),
            exception: None,
            attestation: None,
        })
    }
}

/// What stands beside the verdicts on a device or service: what people decided and vouched for.
pub struct Beside {
    exceptions: Vec<Exception>,
    attestations: Vec<Attestation>,
}

impl Beside {
    /// Reads what held at `at`; `verdicts` are those of that moment.
    pub fn of(tx: &Tx, subject_type: SubjectType, id: &str, tags: &[String], verdicts: &[Verdict], at: Time) -> Result<Beside> {
        let spared = verdicts.iter().any(|verdict| verdict.status == CheckStatus::Excepted);
        let exceptions = if spared { exceptions::in_force_at(tx, subject_type, id, tags, at)? } else { Vec::new() };
        Ok(Beside { exceptions, attestations: attestations::on_checks_of(tx, id, at)? })
    }

    /// Names in each check that is spared the first exception that spares it, and in each the first attestation that speaks of it.
    pub fn named_in(&self, mut checks: Vec<CheckAnswer>) -> Vec<CheckAnswer> {
        for check in &mut checks {
            let attested = self.attestations.iter().find(|attestation| attestation.check_id.as_deref() == Some(&*check.check_id));
            check.attestation = attested.map(|attestation| CheckAttestation {
                id: attestation.id.clone(),
                statement: attestation.statement.clone(),
                valid_until: attestation.valid_until.to_string(),
            });
            let is_spared = check.status == CheckStatus::Excepted.as_str();
            let exception = self.exceptions.iter().find(|exception| is_spared && exception.check_id == check.check_id);
            check.exception = exception.map(|exception| CheckException {
                id: exception.id.clone(),
                reason: exception.reason.clone(),
                expires_on: exception.expires_on.to_string(),
            });
        }
        checks
    }
}

/// A time in which the status or a check of a device or service stood in one way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryItem)]
pub struct HistoryAnswer {
    /// The check; `null` for the status on the whole.
    #[schema(required = true)]
    check_id: Option<String>,
    /// A check's status, or that on the whole.
    #[schema(value_type = words::HistoryStatus)]
    status: String,
    /// Begin.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// End; `null` while it lasts.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    until: Option<Time>,
    /// The last report that confirmed it; `null` while it lasts.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    confirmed_until: Option<Time>,
    /// When the appliance learned of it.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Time,
    /// What was seen then, without times that move with every report; `null` where nothing was.
    #[schema(value_type = Value)]
    observed: Option<Box<RawValue>>,
    /// From a report that came more than 24 hours late: it fills a gap and was not known then.
    late: bool,
}

impl HistoryAnswer {
    /// An item of the history.
    pub fn new(item: HistoryItem) -> Result<HistoryAnswer> {
        Ok(HistoryAnswer {
            check_id: item.check_id,
            status: item.status,
            since: item.since,
            until: item.until,
            confirmed_until: item.confirmed_until,
            recorded_at: item.recorded_at,
            observed: item.observed.map(raw).transpose()?,
            late: item.late,
        })
    }
}

/// From when on a history is shown.
pub const START_DATE: Parameter =
    Parameter { name: "start_date", kind: ParameterKind::DayOrTime, description: "From this day or time; default 90 days ago" };
/// Until when.
pub const END_DATE: Parameter =
    Parameter { name: "end_date", kind: ParameterKind::DayOrTime, description: "To this day (included) or time; default now" };

/// The span that [`START_DATE`] and [`END_DATE`] name, in the days of the organisation.
pub fn history_span(call: &Call, tx: &Tx) -> Result<(Time, Time)> {
    let zone = settings::current(tx)?.settings.time_zone;
    let moment = |name: &str, days_later: u64| match call.query.day_or_time(name) {
        Some(DayOrTime::Day(day)) => Some(Time::start_of(day.checked_add_days(Days::new(days_later)).unwrap_or(day), zone)),
        Some(DayOrTime::Time(time)) => Some(time),
        None => None,
    };
    let until = moment(END_DATE.name, 1).unwrap_or(call.now.plus_seconds(1));
    let from = moment(START_DATE.name, 0).unwrap_or(call.now.plus_days(-90));
    match from < until {
        true => Ok((from, until)),
        false => Err(Error::invalid("`start_date` must not lie after `end_date`")),
    }
}

/// Stored JSON text as it is.
pub fn raw(json: String) -> Result<Box<RawValue>> {
    RawValue::from_string(json).map_err(Error::internal)
}
