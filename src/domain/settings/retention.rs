//! How long each kind of data is kept, and the hold that keeps all of it.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Bounds;
use super::patch::{object, unknown, whole_number};
use crate::domain::time::{Time, optional_day, parse_date};
use crate::domain::visible::is_visible;
use crate::error::{Error, Result};

/// Months in which addresses and user agents stay in the audit log.
pub const ADDRESS_AND_USER_AGENT_MONTHS: Bounds = Bounds { min: 1, max: 36, default: 6 };
/// Months in which entries of the audit log stay. An audit looks at a year, so less is not offered.
pub const AUDIT_LOG_MONTHS: Bounds = Bounds { min: 12, max: 120, default: 36 };
/// Months in which past verdicts stay, with the facts and versions that they rest on, and the names of retired devices.
pub const VERDICT_MONTHS: Bounds = Bounds { min: 12, max: 120, default: 36 };
/// Days in which earlier versions of a device's software and network stay; the newest stays as long as the device.
pub const SOFTWARE_NETWORK_DAYS: Bounds = Bounds { min: 1, max: 1_095, default: 90 };
/// Months after which a person who left is erased.
pub const PSEUDONYMISE_LEFT_AFTER_MONTHS: Bounds = Bounds { min: 1, max: 120, default: 12 };
/// Days in which a session that is over stays visible, with its address and user agent.
pub const SESSION_DAYS: Bounds = Bounds { min: 1, max: 365, default: 30 };
/// Days in which an invitation that is over stays, with its email, and an enrollment token with those of the owners that it names.
pub const INVITATION_DAYS: Bounds = Bounds { min: 1, max: 365, default: 90 };
/// Months in which the files of compliance reports stay; their record and hash stay for good.
pub const REPORT_FILE_MONTHS: Bounds = Bounds { min: 12, max: 120, default: 36 };
/// Months in which exceptions, attestations and findings stay once they are over, with their files and with those of reviews that a later one
/// replaced; never shorter than the verdicts that rest on them. Reviews themselves stay for good.
pub const EVIDENCE_MONTHS: Bounds = Bounds { min: 12, max: 120, default: 36 };
/// Characters of the reason of a hold.
const REASON_CHARACTERS_MAX: usize = 500;

/// How long each kind of data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// See [`ADDRESS_AND_USER_AGENT_MONTHS`].
    pub address_and_user_agent_months: u32,
    /// See [`AUDIT_LOG_MONTHS`].
    pub audit_log_months: u32,
    /// See [`VERDICT_MONTHS`].
    pub verdict_months: u32,
    /// See [`SOFTWARE_NETWORK_DAYS`].
    pub software_network_days: u32,
    /// See [`PSEUDONYMISE_LEFT_AFTER_MONTHS`].
    pub pseudonymise_left_after_months: u32,
    /// See [`SESSION_DAYS`].
    pub session_days: u32,
    /// See [`INVITATION_DAYS`].
    pub invitation_days: u32,
    /// See [`REPORT_FILE_MONTHS`].
    pub report_file_months: u32,
    /// See [`EVIDENCE_MONTHS`].
    pub evidence_months: u32,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            address_and_user_agent_months: ADDRESS_AND_USER_AGENT_MONTHS.default,
            audit_log_months: AUDIT_LOG_MONTHS.default,
            verdict_months: VERDICT_MONTHS.default,
            software_network_days: SOFTWARE_NETWORK_DAYS.default,
            pseudonymise_left_after_months: PSEUDONYMISE_LEFT_AFTER_MONTHS.default,
            session_days: SESSION_DAYS.default,
            invitation_days: INVITATION_DAYS.default,
            report_file_months: REPORT_FILE_MONTHS.default,
            evidence_months: EVIDENCE_MONTHS.default,
        }
    }
}

impl Retention {
    pub(super) fn view(&self) -> Value {
        json!(self)
    }

    pub(super) fn patch(&mut self, value: &Value) -> Result<()> {
        let Some(fields) = object("retention", value)? else {
            *self = Retention::default();
            return Ok(());
        };
        for (key, value) in fields {
            let field = format!("retention.{key}");
            let (setting, bounds) = match key.as_str() {
                "address_and_user_agent_months" => (&mut self.address_and_user_agent_months, ADDRESS_AND_USER_AGENT_MONTHS),
                "audit_log_months" => (&mut self.audit_log_months, AUDIT_LOG_MONTHS),
                "verdict_months" => (&mut self.verdict_months, VERDICT_MONTHS),
                "software_network_days" => (&mut self.software_network_days, SOFTWARE_NETWORK_DAYS),
                "pseudonymise_left_after_months" => (&mut self.pseudonymise_left_after_months, PSEUDONYMISE_LEFT_AFTER_MONTHS),
                "session_days" => (&mut self.session_days, SESSION_DAYS),
                "invitation_days" => (&mut self.invitation_days, INVITATION_DAYS),
                "report_file_months" => (&mut self.report_file_months, REPORT_FILE_MONTHS),
                "evidence_months" => (&mut self.evidence_months, EVIDENCE_MONTHS),
                _ => return Err(unknown(&field)),
            };
            *setting = whole_number(&field, value, bounds)?;
        }
        Ok(())
    }
}

/// The moment `months` calendar months before `now`, in UTC; where the day does not exist the last of its month. What is older goes.
pub fn months_before(now: Time, months: u32) -> Time {
    let moment = chrono::DateTime::from_timestamp(now.0, 0).and_then(|now| now.checked_sub_months(Months::new(months)));
    // Before chrono's first year there is nothing that could be older.
    moment.map_or(Time(i64::MIN), |moment| Time(moment.timestamp()))
}

/// While it holds, nobody is erased and no retention is applied: for a legal dispute or an investigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureHold {
    /// Why; shown to who wants to erase.
    pub reason: String,
    /// The last day on which it holds, in UTC; none: until it is taken away.
    #[serde(with = "optional_day")]
    pub until: Option<NaiveDate>,
}

impl ErasureHold {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now.date_in(chrono_tz::Tz::UTC) <= until)
    }

    pub(super) fn view(&self) -> Value {
        json!({"reason": self.reason, "until": self.until.map(|until| until.to_string())})
    }

    /// `None` is `null`: no hold. A hold is given whole: a reason, and `until` where it ends by itself.
    pub(super) fn read(value: &Value) -> Result<Option<ErasureHold>> {
        let Some(fields) = object("erasure_hold", value)? else { return Ok(None) };
        if let Some(key) = fields.keys().find(|key| !matches!(key.as_str(), "reason" | "until")) {
            return Err(unknown(&format!("erasure_hold.{key}")));
        }
        let wrong = |field: &str, what: &str| Error::invalid(format!("erasure_hold.{field} must be {what}"));
        let reason = fields.get("reason").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        let fits = (1..=REASON_CHARACTERS_MAX).contains(&reason.chars().count()) && is_visible(reason);
        if !fits {
            return Err(wrong("reason", &format!("1 to {REASON_CHARACTERS_MAX} printable characters")));
        }
        let until = match fields.get("until").unwrap_or(&Value::Null) {
            Value::Null => None,
            day => Some(day.as_str().and_then(parse_date).ok_or_else(|| wrong("until", "a day like 2026-01-04"))?),
        };
        Ok(Some(ErasureHold { reason: reason.to_owned(), until }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Catalogue;
    use crate::domain::settings::Settings;

    fn patched(body: Value) -> Result<Settings> {
        let Value::Object(body) = body else { panic!("an object") };
        Settings::default().patch(&body, Catalogue::shipped()).map(|(settings, _)| settings)
    }

    #[test]
    fn every_kind_has_its_bounds_and_default() {
        for (name, bounds) in [
            ("address_and_user_agent_months", ADDRESS_AND_USER_AGENT_MONTHS),
            ("audit_log_months", AUDIT_LOG_MONTHS),
            ("verdict_months", VERDICT_MONTHS),
            ("software_network_days", SOFTWARE_NETWORK_DAYS),
            ("pseudonymise_left_after_months", PSEUDONYMISE_LEFT_AFTER_MONTHS),
            ("session_days", SESSION_DAYS),
            ("invitation_days", INVITATION_DAYS),
            ("report_file_months", REPORT_FILE_MONTHS),
            ("evidence_months", EVIDENCE_MONTHS),
        ] {
            let set =
                |value: Value| patched(json!({ "retention": { name: value } })).map(|settings| settings.retention.view()[name].clone());
            for right in [bounds.min, bounds.max] {
                assert_eq!(set(json!(right)).unwrap(), json!(right), "{name}");
            }
            for wrong in [json!(bounds.min - 1), json!(bounds.max + 1), json!("6"), json!(1.5)] {
                assert!(set(wrong.clone()).unwrap_err().detail.starts_with(&format!("retention.{name} must be")), "{name} {wrong}");
            }
            assert_eq!(set(Value::Null).unwrap(), json!(bounds.default), "{name}");
        }
        assert!(patched(json!({"retention": {"forever": 1}})).unwrap_err().detail.starts_with("retention.forever"));
        assert!(patched(json!({"retention": 7})).is_err());
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let before = |now: &str, months| months_before(Time::parse(now).unwrap(), months).to_string();
        assert_eq!(before("2026-08-31T10:00:00Z", 6), "2026-02-28T10:00:00Z");
        assert_eq!(before("2026-03-01T00:00:00Z", 36), "2023-03-01T00:00:00Z");
    }

    #[test]
    fn a_hold_has_a_reason_and_ends_after_its_last_day() {
        let hold = patched(json!({"erasure_hold": {"reason": " Case 7 ", "until": "2026-03-01"}})).unwrap().erasure_hold.unwrap();
        assert_eq!(hold.reason, "Case 7");
        assert!(hold.holds(Time::parse("2026-03-01T23:59:59Z").unwrap()));
        assert!(!hold.holds(Time::parse("2026-03-02T00:00:00Z").unwrap()));
        assert_eq!(patched(json!({"erasure_hold": null})).unwrap().erasure_hold, None);
        for (wrong, field) in [
            (json!({}), "erasure_hold.reason"),
            (json!({"reason": " "}), "erasure_hold.reason"),
            (json!({"reason": "x", "until": "tomorrow"}), "erasure_hold.until"),
            (json!({"reason": "x", "since": 1}), "erasure_hold.since"),
            (json!(true), "erasure_hold"),
        ] {
            assert!(patched(json!({"erasure_hold": wrong.clone()})).unwrap_err().detail.starts_with(field), "{wrong}");
        }
    }
}
