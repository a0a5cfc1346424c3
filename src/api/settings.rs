//! Settings of the tenant: shown with every value in force, changed by a JSON merge in which `null` goes back to the default.

mod checks;
mod defaults;
mod organisation;
mod reports;
mod retention;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use self::checks::{CheckSettingAnswer, CheckSettingPatch, titled};
use self::defaults::DefaultsAnswer;
use self::organisation::Apart;
use self::reports::{FrameworkSettingAnswer, FrameworkSettingPatch, Scheduled};
use self::retention::{ErasureHoldAnswer, ErasureHoldPatch, RetentionAnswer, RetentionPatch};
use super::answer::json as ok;
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, Route, of};
use super::words;
use crate::domain::access::ADMIN;
use crate::domain::check::Catalogue;
use crate::error::Result;
use crate::http::{Lane, Response};
use crate::limits::SETTLE_ROUNDS_MAX;
use crate::store::organisation::has_smtp_password;
use crate::store::{Tx, due, frameworks, settings, tenants};

/// The rows of this file.
pub static ROUTES: [Route; 3] = [
    Route {
        method: "GET",
        path: "/v1/settings",
        name: "get_settings",
        access: ADMIN,
        lane: Lane::Quick,
        handler: show,
        summary: "Get the settings of the tenant. Every setting is there with the value in force, whether it was set or is a default",
        tag: "Settings",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The settings", body: AnswerBody::Json(of::<SettingsAnswer>()) },
        errors: &[],
    },
    Route {
        method: "PATCH",
        path: "/v1/settings",
        name: "update_settings",
        access: ADMIN,
        lane: Lane::Quick,
        handler: change,
        summary: "Update settings. A JSON merge: what is left out stays, `null` goes back to the default. They hold from this moment on; what was \
                  judged before stays as it was",
        tag: "Settings",
        query: &[],
        request: Some(of::<SettingsPatch>()),
        body_bytes_max: SETTINGS_BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The settings", body: AnswerBody::Json(of::<SettingsAnswer>()) },
        errors: &[],
    },
    organisation::LOGO,
];

/// A logo in base64 and everything else.
const SETTINGS_BODY_BYTES_MAX: usize = 512 * 1024;

/// Settings in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub struct SettingsAnswer {
    /// Counts the changes.
    #[schema(minimum = 0)]
    version: i64,
    /// What the organisation is called; the tenant's name unless set.
    #[schema(value_type = String)]
    organisation_name: Value,
    /// Its logo, which `GET /v1/settings/logo` gives.
    #[schema(value_type = Option<LogoAnswer>, required = true)]
    logo: Value,
    /// The mail server.
    #[schema(value_type = SmtpAnswer)]
    smtp: Value,
    /// Days before a review's due date from which on its service needs review.
    #[schema(value_type = u32, minimum = 1, maximum = 90)]
    review_due_soon_days: Value,
    /// Every check of the catalogue by its id.
    #[schema(value_type = BTreeMap<String, CheckSettingAnswer>)]
    checks: Value,
    /// When sign-in locks.
    #[schema(value_type = LockoutAnswer)]
    lockout: Value,
    /// Whether a session without a second factor reaches nothing but the own account.
    #[schema(value_type = bool)]
    mfa_required: Value,
    /// Days without a report until a device counts as silent.
    #[schema(value_type = u32, minimum = 1, maximum = 365)]
    silent_after_days: Value,
    /// Whether a device that is enrolled waits until an admin approves it.
    #[schema(value_type = bool)]
    devices_need_approval: Value,
    /// Seconds between two reports of an agent; agents learn of a change with their next report.
    #[schema(value_type = u32, minimum = 300, maximum = 86400)]
    report_interval_seconds: Value,
    /// How long each kind of data is kept; applied once a day.
    #[schema(value_type = RetentionAnswer)]
    retention: Value,
    /// What was set of frameworks, by id; of others what their files say holds.
    #[schema(value_type = BTreeMap<String, FrameworkSettingAnswer>)]
    frameworks: Value,
    /// Reports that are made by themselves, on the first day after each month or quarter.
    #[schema(value_type = Vec<Scheduled>)]
    report_schedule: Value,
    /// Why nothing may be erased for now: nobody is erased and no retention is applied while it holds.
    #[schema(value_type = Option<ErasureHoldAnswer>, required = true)]
    erasure_hold: Value,
    /// IANA name; the organisation's days begin there.
    #[schema(value_type = String, example = "Europe/Stockholm")]
    time_zone: Value,
    /// What holds for settings that nobody has set.
    defaults: DefaultsAnswer,
    /// Set by the operator on the command line.
    plan: PlanAnswer,
    /// This tenant was filled with invented data by `recoger demo`.
    demo: bool,
}

/// A logo.
#[derive(ToSchema)]
#[schema(as = Logo)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
struct LogoAnswer {
    /// SHA-256 of the file.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// Bytes of the file.
    #[schema(minimum = 1, maximum = 262144)]
    size_bytes: u32,
    /// Pixels.
    #[schema(minimum = 1, maximum = 2048)]
    width: u32,
    /// Pixels.
    #[schema(minimum = 1, maximum = 2048)]
    height: u32,
}

/// The mail server. Its password is never shown.
#[derive(ToSchema)]
#[schema(as = Smtp)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
struct SmtpAnswer {
    /// Host name or address; `null`: none.
    #[schema(required = true)]
    host: Option<String>,
    /// Port.
    #[schema(minimum = 1, maximum = 65535)]
    port: u32,
    /// How the connection is protected.
    #[schema(value_type = words::SmtpSecurity)]
    security: String,
    /// The name to sign in with.
    #[schema(required = true)]
    username: Option<String>,
    /// Who mails come from.
    #[schema(required = true)]
    from_address: Option<String>,
    /// Whether a password is stored.
    password_set: bool,
}

/// When sign-in locks.
#[derive(ToSchema)]
#[schema(as = Lockout)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
struct LockoutAnswer {
    /// Failed sign-ins until a name is locked.
    #[schema(minimum = 1, maximum = 100)]
    max_attempts: u32,
    /// Minutes in which failures count together.
    #[schema(minimum = 1, maximum = 1440)]
    window_minutes: u32,
    /// Minutes that a lock lasts.
    #[schema(minimum = 1, maximum = 10080)]
    duration_minutes: u32,
}

/// The plan and its limits; `null` is no limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanAnswer {
    /// Its name.
    #[schema(value_type = words::PlanName)]
    name: &'static str,
    /// Requests of each credential in a UTC minute.
    #[schema(required = true)]
    requests_per_minute: Option<u32>,
    /// Requests of each credential in a UTC day.
    #[schema(required = true)]
    requests_per_day: Option<u32>,
}

/// Changes to settings; what is left out stays, `null` goes back to the default.
#[derive(ToSchema)]
#[schema(examples(json!({ "silent_after_days": 7, "time_zone": "Europe/Stockholm",
    "checks": { "device.disk_encryption": { "severity": "critical", "grace_days": 3 } } })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
struct SettingsPatch {
    /// What the organisation is called; default the tenant's name.
    #[schema(min_length = 1, max_length = 200)]
    organisation_name: Option<String>,
    /// A PNG in base64: at most 256 KiB, 2048 pixels wide and high, not animated.
    #[schema(content_encoding = "base64", max_length = 349528)]
    logo: Option<String>,
    /// The mail server; `null` takes it away with its password.
    smtp: Option<SmtpPatch>,
    /// Days before a review's due date from which on its service needs review; default 14.
    #[schema(minimum = 1, maximum = 90)]
    review_due_soon_days: Option<u32>,
    /// By check id; `null` in place of a check clears all that was set for it.
    checks: Option<BTreeMap<String, CheckSettingPatch>>,
    /// When sign-in locks.
    lockout: Option<LockoutPatch>,
    /// Ask everybody for a second factor: a session without one reaches nothing but the own account, to set it up. Holds for sessions that
    /// have begun too; default `false`.
    mfa_required: Option<bool>,
    /// Days without a report until a device counts as silent; default 14.
    #[schema(minimum = 1, maximum = 365)]
    silent_after_days: Option<u32>,
    /// Let a device that is enrolled wait until an admin approves it; default `false`.
    devices_need_approval: Option<bool>,
    /// Seconds between two reports of an agent; default 3600.
    #[schema(minimum = 300, maximum = 86400)]
    report_interval_seconds: Option<u32>,
    /// How long each kind of data is kept; `null` goes back to all defaults.
    retention: Option<RetentionPatch>,
    /// By framework id; `null` in place of a framework goes back to what its file says.
    frameworks: Option<BTreeMap<String, FrameworkSettingPatch>>,
    /// Reports that are made by themselves, given whole.
    #[schema(max_items = 20)]
    report_schedule: Option<Vec<Scheduled>>,
    /// Keep everything for now, with a reason; `null` ends it.
    erasure_hold: Option<ErasureHoldPatch>,
    /// IANA name; default `UTC`.
    #[schema(example = "Europe/Stockholm")]
    time_zone: Option<String>,
}

/// Changes to the mail server. A password is kept for one host and username: with another it has to be given anew.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
struct SmtpPatch {
    /// Host name or address.
    #[schema(min_length = 1, max_length = 253)]
    host: Option<String>,
    /// Port; default 587.
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u32>,
    /// How the connection is protected; default `starttls`.
    #[schema(value_type = Option<words::SmtpSecurity>)]
    security: Option<String>,
    /// The name to sign in with.
    #[schema(min_length = 1, max_length = 255)]
    username: Option<String>,
    /// The password. Stored, and never shown.
    #[schema(format = Password, min_length = 1, max_length = 255)]
    password: Option<String>,
    /// Who mails come from; required with `host`.
    #[schema(format = Email, max_length = 254)]
    from_address: Option<String>,
}

/// Changes to when sign-in locks.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
struct LockoutPatch {
    /// Failed sign-ins until a name is locked; default 5.
    #[schema(minimum = 1, maximum = 100)]
    max_attempts: Option<u32>,
    /// Minutes in which failures count together; default 15.
    #[schema(minimum = 1, maximum = 1440)]
    window_minutes: Option<u32>,
    /// Minutes that a lock lasts; default 15.
    #[schema(minimum = 1, maximum = 10080)]
    duration_minutes: Option<u32>,
}

fn show(call: &Call) -> Result<Response> {
    Ok(ok(&call.read(view)?))
}

fn change(call: &Call) -> Result<Response> {
    let mut body = Fields::of(call.request)?.rest();
    let apart = Apart::taken_from(&mut body)?;
    call.write(move |tx| {
        let current = settings::current(tx)?;
        let (patched, mut changes) = current.settings.patch(&body, Catalogue::shipped())?;
        if patched.frameworks != current.settings.frameworks || patched.report_schedule != current.settings.report_schedule {
            frameworks::check(tx, &patched)?;
        }
        changes.extend(apart.store(tx, &current.settings, &patched)?);
        if changes.is_empty() { Ok(()) } else { settings::replace(tx, current.version, &patched, &changes) }
    })?;
    judge_at_once(call)?;
    show(call)
}

/// Settings are effective at once: devices and services are judged before the answer, in small transactions so that reports get in between.
/// With more than these rounds reach, the housekeeper goes on.
pub(super) fn judge_at_once(call: &Call) -> Result<()> {
    for _ in 0..SETTLE_ROUNDS_MAX {
        if call.app.store.write_root(call.now, due::apply_due)? == 0 {
            break;
        }
    }
    Ok(())
}

fn view(tx: &Tx) -> Result<SettingsAnswer> {
    let current = settings::current(tx)?;
    let mut view = titled(current.settings.view(&current.checks), &current.checks);
    let tenant = tenants::of(tx)?;
    view["smtp"]["password_set"] = json!(has_smtp_password(tx)?);
    if view["organisation_name"].is_null() {
        view["organisation_name"] = json!(tenant.name);
    }
    let mut take = |name: &str| view.get_mut(name).map_or(json!(null), Value::take);
    Ok(SettingsAnswer {
        version: current.version,
        organisation_name: take("organisation_name"),
        logo: take("logo"),
        smtp: take("smtp"),
        review_due_soon_days: take("review_due_soon_days"),
        checks: take("checks"),
        lockout: take("lockout"),
        mfa_required: take("mfa_required"),
        silent_after_days: take("silent_after_days"),
        devices_need_approval: take("devices_need_approval"),
        report_interval_seconds: take("report_interval_seconds"),
        retention: take("retention"),
        frameworks: take("frameworks"),
        report_schedule: take("report_schedule"),
        erasure_hold: take("erasure_hold"),
        time_zone: take("time_zone"),
        defaults: DefaultsAnswer::over(&current.checks, &tenant.name),
        plan: PlanAnswer {
            name: tenant.plan.as_str(),
            requests_per_minute: tenant.allowance.per_minute,
            requests_per_day: tenant.allowance.per_day,
        },
        demo: tenant.demo,
    })
}
