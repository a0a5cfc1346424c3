//! The organisation's settings: which checks count and how, lockout, silence, reviews, time zone, name and mail. One version of them is one value of [`Settings`].

mod custom;
mod organisation;
mod patch;
mod reports;
mod resolve;
mod retention;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Severity;
use super::named::{exact_parse, named_enum};
use super::rule::Params;

pub use custom::{CustomChecks, OWN_PREFIX};
pub use organisation::{Logo, ORGANISATION_NAME_CHARACTERS_MAX, SMTP_CREDENTIAL_CHARACTERS_MAX, Smtp};
pub use patch::Change;
pub use reports::{Every, FrameworkSetting, Scheduled};
pub use resolve::{ResolvedCheck, ResolvedChecks};
pub use retention::{ErasureHold, Retention, months_before};

/// Bounds and default of a whole number; both bounds included.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Smallest.
    pub min: u32,
    /// Largest.
    pub max: u32,
    /// In force until set.
    pub default: u32,
}

/// Failed sign-ins until a name is locked.
pub const MAX_ATTEMPTS: Bounds = Bounds { min: 1, max: 100, default: 5 };
/// Minutes in which failures count together.
pub const WINDOW_MINUTES: Bounds = Bounds { min: 1, max: 1_440, default: 15 };
/// Minutes that a lock lasts.
pub const DURATION_MINUTES: Bounds = Bounds { min: 1, max: 10_080, default: 15 };
/// Days without a report until a device is silent.
pub const SILENT_AFTER_DAYS: Bounds = Bounds { min: 1, max: 365, default: 14 };
/// Seconds between two reports of an agent.
pub const REPORT_INTERVAL_SECONDS: Bounds = Bounds { min: 300, max: 86_400, default: 3_600 };
/// Days before a review's due date from which on it is due soon.
pub const REVIEW_DUE_SOON_DAYS: Bounds = Bounds { min: 1, max: 90, default: 14 };
/// Days from a failure until it counts as non-compliant; the default is the check's.
pub const GRACE_DAYS: Bounds = Bounds { min: 0, max: 365, default: 0 };

/// The settings in force. Its JSON is what the database keeps; of the checks only what differs from the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What the organisation is called; the tenant's name unless set.
    pub organisation_name: Option<String>,
    /// Its picture.
    pub logo: Option<Logo>,
    /// Through which server it sends mail.
    pub smtp: Smtp,
    /// See [`REVIEW_DUE_SOON_DAYS`].
    pub review_due_soon_days: u32,
    /// Overrides by check id.
    pub checks: BTreeMap<String, CheckSetting>,
    /// Checks of the organisation's own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_checks: CustomChecks,
    /// When sign-in locks.
    pub lockout: Lockout,
    /// A session without a second factor reaches nothing but the own account, to set one up.
    pub mfa_required: bool,
    /// See [`SILENT_AFTER_DAYS`].
    pub silent_after_days: u32,
    /// A device that is enrolled waits until an admin approves it.
    pub devices_need_approval: bool,
    /// See [`REPORT_INTERVAL_SECONDS`].
    pub report_interval_seconds: u32,
    /// How long data is kept.
    pub retention: Retention,
    /// What is wanted of frameworks, by id.
    pub frameworks: BTreeMap<String, FrameworkSetting>,
    /// Reports that are made by themselves.
    #[serde(with = "reports::stored")]
    pub report_schedule: Vec<Scheduled>,
    /// Why nothing may be erased for now.
    pub erasure_hold: Option<ErasureHold>,
    /// Where the organisation's days begin.
    #[serde(with = "zone_name")]
    pub time_zone: Tz,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            organisation_name: None,
            logo: None,
            smtp: Smtp::default(),
            review_due_soon_days: REVIEW_DUE_SOON_DAYS.default,
            checks: BTreeMap::new(),
            custom_checks: BTreeMap::new(),
            lockout: Lockout::default(),
            mfa_required: false,
            silent_after_days: SILENT_AFTER_DAYS.default,
            devices_need_approval: false,
            report_interval_seconds: REPORT_INTERVAL_SECONDS.default,
            retention: Retention::default(),
            frameworks: BTreeMap::new(),
            report_schedule: Vec::new(),
            erasure_hold: None,
            time_zone: Tz::UTC,
        }
    }
}

/// When sign-in locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lockout {
    /// See [`MAX_ATTEMPTS`].
    pub max_attempts: u32,
    /// See [`WINDOW_MINUTES`].
    pub window_minutes: u32,
    /// See [`DURATION_MINUTES`].
    pub duration_minutes: u32,
}

impl Default for Lockout {
    fn default() -> Lockout {
        Lockout { max_attempts: MAX_ATTEMPTS.default, window_minutes: WINDOW_MINUTES.default, duration_minutes: DURATION_MINUTES.default }
    }
}

named_enum! {
    /// How the connection to the mail server is protected.
    pub enum SmtpSecurity {
        /// TLS after STARTTLS; without it nothing is sent.
        Starttls = "starttls",
        /// TLS from the first byte.
        Tls = "tls",
        /// Not at all: for a relay on the same machine.
        None = "none",
    }
}

exact_parse! { SmtpSecurity }

named_enum! {
    /// What a check counts for.
    pub enum CheckState {
        /// Status and score.
        Baseline = "baseline",
        /// Shown only.
        Advice = "advice",
        /// Nothing: it is not judged.
        Off = "off",
    }
}

exact_parse! { CheckState }

/// What the organisation wants otherwise than the catalogue, for one check.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckSetting {
    /// What it counts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<CheckState>,
    /// How grave a failure is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Parameters by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: Params,
    /// See [`GRACE_DAYS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u32>,
}

impl Settings {
    /// Everything with the values in force, overrides and defaults alike: what `GET /settings` shows.
    pub fn view(&self, checks: &ResolvedChecks<'_>) -> Value {
        let checks: serde_json::Map<String, Value> = checks.iter().map(|check| (check.check.id.clone(), check.view())).collect();
        serde_json::json!({
            "organisation_name": self.organisation_name,
            "logo": self.logo,
            "smtp": self.smtp.view(),
            "review_due_soon_days": self.review_due_soon_days,
            "checks": checks,
            "lockout": {
                "max_attempts": self.lockout.max_attempts,
                "window_minutes": self.lockout.window_minutes,
                "duration_minutes": self.lockout.duration_minutes,
            },
            "mfa_required": self.mfa_required,
            "silent_after_days": self.silent_after_days,
            "devices_need_approval": self.devices_need_approval,
            "report_interval_seconds": self.report_interval_seconds,
            "retention": self.retention.view(),
            "frameworks": reports::frameworks_view(&self.frameworks),
            "report_schedule": reports::schedule_view(&self.report_schedule),
            "erasure_hold": self.erasure_hold.as_ref().map(ErasureHold::view),
            "time_zone": self.time_zone.name(),
        })
    }
}

impl Settings {
    /// A schedule as [`Settings::patch`] takes it.
    pub fn schedule_view<'s>(schedule: impl IntoIterator<Item = &'s Scheduled>) -> Value {
        schedule.into_iter().map(Scheduled::view).collect()
    }
}

/// A time zone as its IANA name.
mod zone_name {
    use super::Tz;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
