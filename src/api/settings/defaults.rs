//! What holds for settings that nobody has set.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::LockoutAnswer;
use super::checks::{CheckSettingAnswer, titled};
use super::retention::RetentionAnswer;
use crate::domain::settings::{ResolvedChecks, Settings};

/// The values in force as long as nothing else is set: a setting that differs from its value here was set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingsDefaults)]
pub struct DefaultsAnswer {
    /// The tenant's name.
    organisation_name: String,
    /// Days before a review's due date from which on its service needs review.
    #[schema(value_type = u32, minimum = 1, maximum = 90)]
    review_due_soon_days: Value,
    /// Every check by its id, as the catalogue has it.
    #[schema(value_type = BTreeMap<String, CheckSettingAnswer>)]
    checks: Value,
    /// When sign-in locks.
    #[schema(value_type = LockoutAnswer)]
    lockout: Value,
    /// Whether everybody needs a second factor.
    #[schema(value_type = bool)]
    mfa_required: Value,
    /// Days without a report until a device counts as silent.
    #[schema(value_type = u32, minimum = 1, maximum = 365)]
    silent_after_days: Value,
    /// Whether a device that is enrolled waits for approval.
    #[schema(value_type = bool)]
    devices_need_approval: Value,
    /// Seconds between two reports of an agent.
    #[schema(value_type = u32, minimum = 300, maximum = 86400)]
    report_interval_seconds: Value,
    /// How long each kind of data is kept.
    #[schema(value_type = RetentionAnswer)]
    retention: Value,
    /// IANA name.
    #[schema(value_type = String, example = "UTC")]
    time_zone: Value,
}

impl DefaultsAnswer {
    /// The defaults over the catalogue that `in_force` rests on.
    pub(super) fn over(in_force: &ResolvedChecks<'_>, tenant_name: &str) -> DefaultsAnswer {
        let plain = Settings::default();
        let checks = ResolvedChecks::with_os_support(&in_force.catalogue, in_force.os_support, &plain);
        let mut view = titled(plain.view(&checks), &checks);
        let mut take = |name: &str| view.get_mut(name).map_or(json!(null), Value::take);
        DefaultsAnswer {
            organisation_name: tenant_name.to_owned(),
            review_due_soon_days: take("review_due_soon_days"),
            checks: take("checks"),
            lockout: take("lockout"),
            mfa_required: take("mfa_required"),
            silent_after_days: take("silent_after_days"),
            devices_need_approval: take("devices_need_approval"),
            report_interval_seconds: take("report_interval_seconds"),
            retention: take("retention"),
            time_zone: take("time_zone"),
        }
    }
}
