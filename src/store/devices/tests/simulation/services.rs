//! The second computation for services: what was said of each, replayed, and judged anew at every midnight and at every event.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::model::Accounts;
use crate::domain::check::{Catalogue, Severity, Subject};
use crate::domain::compliance::{CheckStatus, Status, judge};
use crate::domain::facts::Facts;
use crate::domain::service::{Answers, DataClassification};
use crate::domain::settings::{CheckState, ResolvedChecks, Settings};
use crate::domain::time::Time;

/// Settings by the moment from which on they hold, in the order in which they came.
pub type AllSettings = [(Time, Settings)];

/// What was said of a service by some moment.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub owner_id: Option<String>,
    pub classification: Option<DataClassification>,
    pub answers: Answers,
    pub interval_days: Option<u32>,
    /// The day of the latest review, and the next one that it agreed.
    pub review: Option<(NaiveDate, Option<NaiveDate>)>,
    pub deleted: bool,
}

impl Said {
    /// When the next review is due: as agreed, else after the interval in force.
    pub fn due(&self) -> Option<NaiveDate> {
        let (day, agreed) = self.review?;
        let by_classification = match self.classification {
            Some(DataClassification::Confidential | DataClassification::Restricted) => 90,
            _ => 365,
        };
        agreed.or(Some(day + Days::new(u64::from(self.interval_days.unwrap_or(by_classification)))))
    }

    fn facts(&self, name: &str, active: &Accounts) -> Facts<'static> {
        let day = |day: Option<NaiveDate>| json!(day.map(|day| day.to_string()));
        let owner_active: Option<bool> = self.owner_id.as_ref().map(|id| active[id]);
        let fields: Vec<(&'static str, Value)> = vec![
            ("name", json!(name)),
            ("owner_id", json!(self.owner_id)),
            ("owner_active", json!(owner_active)),
            ("data_classification", json!(self.classification)),
            ("sso_enabled", json!(self.answers.sso_enabled)),
            ("mfa_enforced", json!(self.answers.mfa_enforced)),
            ("audit_logging_enabled", json!(self.answers.audit_logging_enabled)),
            ("encryption_at_rest", json!(self.answers.encryption_at_rest)),
            ("data_location", json!(self.answers.data_location)),
            ("last_review_date", day(self.review.map(|(day, _)| day))),
            ("next_review_date", day(self.due())),
        ];
        Facts::from_fields(fields)
    }
}

/// How each check stands, and since when.
pub type Standing = BTreeMap<String, (CheckStatus, Time)>;

/// One service from its first day on.
pub struct Past {
    name: String,
    /// From when on what was said is known, with the accounts of then.
    said: Vec<(Time, Said, Accounts)>,
    /// Judged from when on how.
    judged: Vec<(Time, Standing)>,
    cursor: Time,
}

impl Past {
    pub fn new(name: &str, now: Time, said: Said, active: &Accounts, settings: &AllSettings) -> Past {
        let mut past =
            Past { name: name.to_owned(), said: vec![(now, said, active.clone())], judged: vec![(now, Standing::new())], cursor: now };
        past.judge(now, settings);
        past
    }

    /// What was last said.
    pub fn latest(&self) -> &Said {
        &self.said.last().unwrap().1
    }

    /// Something is said, or an account changes, or the settings do.
    pub fn event(&mut self, now: Time, said: Said, active: &Accounts, settings: &AllSettings) {
        self.advance(now.plus_seconds(-1), settings);
        self.said.push((now, said, active.clone()));
        self.cursor = now;
        if !self.latest().deleted {
            self.judge(now, settings);
        }
    }

    /// Lets time pass: days end, and nothing else happens to a service by itself.
    pub fn advance(&mut self, to: Time, settings: &AllSettings) {
        let zone = settings_at(settings, to).time_zone;
        let mut day = self.cursor.date_in(zone).succ_opt().unwrap();
        while Time::start_of(day, zone) <= to && !self.latest().deleted {
            self.judge(Time::start_of(day, zone), settings);
            day = day.succ_opt().unwrap();
        }
        self.cursor = self.cursor.max(to);
    }

    /// What was said, and how it stood, as known at `at`; none before it was recorded and once it was deleted.
    pub fn at(&self, at: Time, settings: &AllSettings) -> Option<(Status, Standing)> {
        let (_, said, _) = self.said.iter().rfind(|(known_from, ..)| *known_from <= at).filter(|(_, said, _)| !said.deleted)?;
        let standing = &self.judged.iter().rfind(|(from, _)| *from <= at)?.1;
        let checks = ResolvedChecks::new(Catalogue::shipped(), settings_at(settings, at));
        Some((status(said, standing, &checks, at), standing.clone()))
    }

    fn judge(&mut self, at: Time, settings: &AllSettings) {
        let checks = ResolvedChecks::new(Catalogue::shipped(), settings_at(settings, at));
        let (_, said, active) = self.said.last().unwrap();
        let before = &self.judged.last().unwrap().1;
        let verdicts = judge(&checks, Subject::Service, &said.facts(&self.name, active), at).verdicts;
        let standing = verdicts.iter().map(|verdict| {
            let since = before.get(verdict.check_id).filter(|(status, _)| *status == verdict.status).map_or(at, |(_, since)| *since);
            (verdict.check_id.to_owned(), (verdict.status, since))
        });
        let standing = standing.collect();
        self.judged.push((at, standing));
    }
}

/// Those in force at `at`.
pub fn settings_at(settings: &AllSettings, at: Time) -> &Settings {
    &settings.iter().rfind(|(since, _)| *since <= at).unwrap_or(&settings[0]).1
}

/// The contract's four lines, for a service.
fn status(said: &Said, standing: &Standing, checks: &ResolvedChecks<'_>, at: Time) -> Status {
    let begun = |day: NaiveDate| Time::start_of(day, checks.zone) <= at;
    let (mut overdue, mut no_key_data, mut review) = (false, false, false);
    for (id, (status, since)) in standing {
        let resolved = checks.get(id).unwrap();
        let of_review = id == "service.review_current";
        let serious = matches!(resolved.severity, Severity::Critical | Severity::High);
        match (resolved.state, status) {
            (CheckState::Baseline, CheckStatus::Fail) => {
                let grace = resolved.grace_days;
                let over = match said.due().filter(|_| of_review) {
                    Some(due) => begun(due + Days::new(grace.unsigned_abs() + 1)),
                    None => since.plus_days(grace) <= at,
                };
                overdue |= serious && over;
                review = true;
            }
            (CheckState::Baseline, CheckStatus::NoData) => {
                no_key_data |= ["service.mfa_enforced", "service.data_classified", "service.review_current"].contains(&id.as_str());
            }
            (CheckState::Baseline, CheckStatus::Pass) if of_review => {
                review |= begun(said.due().unwrap() - Days::new(checks.review_due_soon_days));
            }
            _ => {}
        }
    }
    match (overdue, no_key_data, review) {
        (true, ..) => Status::NonCompliant,
        (false, true, _) => Status::Unknown,
        (false, false, true) => Status::NeedsReview,
        _ => Status::Compliant,
    }
}
