//! `/v1/dashboard`: how the whole organisation stands, from figures that are kept.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::answer::json as ok;
use super::call::Call;
use super::route::{Answer, AnswerBody, Parameter, ParameterKind, Route, of};
use super::services::dashboard::{CheckCounts, StatusCounts, UpcomingReview};
use super::words;
use crate::domain::access::{OVERSEERS, Role};
use crate::domain::audit::LoggedEntry;
use crate::domain::time::Time;
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::limits::TREND_DAYS_MAX;
use crate::store::daily::DailyFigure;
use crate::store::dashboard::{self, Dashboard, DeviceFigures, Failing, FirstSteps};
use crate::store::{Tx, devices, services};

/// The rows of this noun.
pub static ROUTES: [Route; 1] = [Route {
    method: "GET",
    path: "/v1/dashboard",
    name: "get_dashboard",
    access: OVERSEERS,
    lane: Lane::Quick,
    handler: show,
    summary: "Get the dashboard of the organisation. The one score over all devices and services, with what it is made from; the figures of \
              services as in `my-dashboard`, those of devices beside them; failing checks, the trend by day, and what was done last",
    tag: "Dashboard",
    query: &[Parameter {
        name: "days",
        kind: ParameterKind::Integer { min: 1, max: TREND_DAYS_MAX as i64, default: 30 },
        description: "Days of the trend, up to today in the organisation's time zone",
    }],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The figures", body: AnswerBody::Json(of::<DashboardAnswer>()) },
    errors: &[],
}];

/// Figures of the organisation. Devices that wait for approval are in none but `devices.not_approved`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub struct DashboardAnswer {
    /// The score of the baseline over all devices and services: 0 to 100; `null` if there are none, or if fewer than 70 in a hundred answers
    /// are there.
    #[schema(minimum = 0, maximum = 100, required = true)]
    compliance_score: Option<u8>,
    /// Share of answers other than no data, 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    completeness: u8,
    /// What the score is made from: checks of devices and services by how they stand.
    counts: CheckCounts,
    /// Services in all.
    total: u64,
    /// How many services stand how.
    by_status: StatusCounts,
    /// Reviews due today or within the days of the setting `review_due_soon_days`.
    reviews_due_soon: u64,
    /// Reviews whose day has passed.
    reviews_overdue: u64,
    /// The next reviews from today on, the soonest first; at most 10.
    upcoming_reviews: Vec<UpcomingReview>,
    /// Devices.
    devices: DeviceFiguresAnswer,
    /// People who need a device and own none.
    people_without_device: u64,
    /// Checks of the baseline that something fails, the most failures first.
    failing_checks: Vec<FailingCheck>,
    /// How each day ended, the earliest first; the last is today as it stands. A day that is not counted yet is left out.
    trend: Vec<TrendDay>,
    /// What was done last, the newest first; at most 10. Sign-ins and reading are left out.
    recent_activity: Vec<Activity>,
    /// What is set up already.
    first_steps: FirstStepsAnswer,
}

/// Counts of devices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceFigures)]
pub struct DeviceFiguresAnswer {
    /// In all.
    total: u64,
    /// How many stand how.
    by_status: StatusCounts,
    /// Reported once, but not for longer than the setting `silent_after_days`.
    silent: u64,
    /// Recorded or enrolled, but never reported.
    never_reported: u64,
    /// Wait for approval, and are in no other count.
    not_approved: u64,
    /// Belong to nobody.
    without_owner: u64,
}

/// A check that something fails.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailingCheck {
    /// The check of the catalogue.
    #[schema(value_type = String, example = "device.disk_encryption")]
    check_id: Cow<'static, str>,
    /// In words.
    #[schema(value_type = String)]
    title: Cow<'static, str>,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// How many devices or services fail it, without those that an exception spares.
    #[schema(minimum = 1)]
    failing: u64,
}

/// How a day ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrendDay {
    /// The day in the organisation's time zone.
    #[schema(format = Date)]
    date: String,
    /// The score.
    #[schema(minimum = 0, maximum = 100, required = true)]
    score: Option<u8>,
    /// Share of answers other than no data.
    #[schema(minimum = 0, maximum = 100)]
    completeness: u8,
    /// What the score is made from.
    counts: CheckCounts,
    /// Devices by status.
    devices: StatusCounts,
    /// Services by status.
    services: StatusCounts,
}

/// Something that was done: an entry of the audit log in short. Who did it is shown to admins.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    /// The entry's id.
    #[schema(example = "evt_abc123")]
    id: String,
    /// What happened.
    #[schema(value_type = words::EventName)]
    event_name: String,
    /// The same in words.
    event_title: String,
    /// The group of events.
    #[schema(value_type = words::EventCategory)]
    category: String,
    /// Kind of what it happened to.
    #[schema(required = true)]
    resource_type: Option<String>,
    /// Id of what it happened to.
    #[schema(required = true)]
    resource_id: Option<String>,
    /// What the device or service is called; `null` for all else.
    #[schema(example = "LT-0042", required = true)]
    resource_name: Option<String>,
    /// Who did it.
    #[schema(value_type = words::ActorType)]
    actor_type: String,
    /// The user's email; `null` if it was no user, and for all but admins.
    #[schema(required = true)]
    actor_email: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// What a new organisation has done already.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FirstSteps)]
pub struct FirstStepsAnswer {
    /// There is a device.
    devices_enrolled: bool,
    /// There is a service.
    services_recorded: bool,
    /// There is more than one account, or somebody was invited.
    users_invited: bool,
    /// Somebody has a second factor.
    mfa_enabled: bool,
    /// The organisation's name is set.
    organisation_named: bool,
    /// The audit log knows of a backup.
    backup_made: bool,
}

fn show(call: &Call) -> Result<Response> {
    let days = call.query.integer("days").unsigned_abs();
    let for_admin = call.caller()?.role == Role::Admin;
    let answer = call.read(|tx| {
        let entries = dashboard::activity(tx)?;
        let mut activity = Vec::new();
        for entry in &entries {
            activity.push(Activity::new(entry, name_of(tx, entry)?, for_admin));
        }
        Ok(DashboardAnswer::new(dashboard::dashboard(tx, days)?, activity))
    })?;
    Ok(ok(&answer))
}

/// What the device or service that an entry is about is called, retired ones too.
fn name_of(tx: &Tx, logged: &LoggedEntry) -> Result<Option<String>> {
    let entry = &logged.sealed;
    match (entry.resource_type.as_deref(), entry.resource_id.as_deref()) {
        (Some("device"), Some(id)) => Ok(devices::find(tx, id)?.map(|device| device.device_name)),
        (Some("service"), Some(id)) => Ok(services::find(tx, id)?.map(|service| service.record.name)),
        _ => Ok(None),
    }
}

impl DashboardAnswer {
    fn new(figures: Dashboard, recent_activity: Vec<Activity>) -> DashboardAnswer {
        let Dashboard { services, devices, people_without_device, failing, trend, first_steps } = figures;
        DashboardAnswer {
            compliance_score: services.score.score,
            completeness: services.score.completeness,
            counts: CheckCounts::new(services.score.counts),
            total: services.total,
            by_status: StatusCounts::new(services.by_status),
            reviews_due_soon: services.reviews_due_soon,
            reviews_overdue: services.reviews_overdue,
            upcoming_reviews: UpcomingReview::all(services.upcoming_reviews),
            devices: DeviceFiguresAnswer::new(devices),
            people_without_device,
            failing_checks: failing.into_iter().map(FailingCheck::new).collect(),
            trend: trend.into_iter().map(TrendDay::new).collect(),
            recent_activity,
            first_steps: FirstStepsAnswer::new(first_steps),
        }
    }
}

impl DeviceFiguresAnswer {
    fn new(figures: DeviceFigures) -> DeviceFiguresAnswer {
        let DeviceFigures { total, by_status, silent, never_reported, not_approved, without_owner } = figures;
        DeviceFiguresAnswer { total, by_status: StatusCounts::new(by_status), silent, never_reported, not_approved, without_owner }
    }
}

impl FailingCheck {
    fn new(Failing { check, failing }: Failing) -> FailingCheck {
        FailingCheck {
            check_id: check.text(|check| &check.id),
            title: check.text(|check| &check.title),
            severity: check.severity.as_str(),
            failing,
        }
    }
}

impl TrendDay {
    fn new(figure: DailyFigure) -> TrendDay {
        TrendDay {
            date: figure.day.to_string(),
            score: figure.score.score,
            completeness: figure.score.completeness,
            counts: CheckCounts::new(figure.score.counts),
            devices: StatusCounts::new(figure.devices),
            services: StatusCounts::new(figure.services),
        }
    }
}

impl Activity {
    fn new(logged: &LoggedEntry, resource_name: Option<String>, for_admin: bool) -> Activity {
        let entry = &logged.sealed;
        Activity {
            id: entry.id.clone(),
            event_name: entry.event_name.clone(),
            event_title: entry.event_title.clone(),
            category: entry.category.clone(),
            resource_type: entry.resource_type.clone(),
            resource_id: entry.resource_id.clone(),
            resource_name,
            actor_type: entry.actor_type.clone(),
            actor_email: logged.actor_email().filter(|_| for_admin).map(str::to_owned),
            created_at: entry.created_at,
        }
    }
}

impl FirstStepsAnswer {
    fn new(steps: FirstSteps) -> FirstStepsAnswer {
        let FirstSteps { devices_enrolled, services_recorded, users_invited, mfa_enabled, organisation_named, backup_made } = steps;
        FirstStepsAnswer { devices_enrolled, services_recorded, users_invited, mfa_enabled, organisation_named, backup_made }
    }
}
