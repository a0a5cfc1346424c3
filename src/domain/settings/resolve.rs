//! The catalogue as one version of the settings wants it: made once per version, then used for every judgement.

use std::borrow::Cow;

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{CheckSetting, CheckState, Settings, custom};
use crate::domain::check::{Catalogue, Check, Severity};
use crate::domain::device::OsType;
use crate::domain::os_support::OsSupport;
use crate::domain::rule::Params;

/// Every check of the catalogue with the state, severity, parameters and grace in force.
#[derive(Debug, Clone)]
pub struct ResolvedChecks<'c> {
    /// Where it all comes from: the catalogue, with the organisation's own checks behind if there are any.
    pub catalogue: Cow<'c, Catalogue>,
    /// Which releases get security fixes, as known with that catalogue.
    pub os_support: &'c OsSupport,
    /// Where the organisation's days begin.
    pub zone: Tz,
    /// Days without a report until a device is silent.
    pub silent_after_days: i64,
    /// Days before its due date from which on a review is due soon.
    pub review_due_soon_days: u64,
    /// A reported fact that was confirmed longer ago is stale.
    pub max_age_days: i64,
    /// Whether a check asks for facts of the section `custom`.
    pub custom_facts: bool,
    checks: Vec<ResolvedCheck<'c>>,
}

/// A check as the settings want it.
#[derive(Debug, Clone)]
pub struct ResolvedCheck<'c> {
    /// The catalogue's entry, or the organisation's own.
    pub check: Cow<'c, Check>,
    /// What it counts for.
    pub state: CheckState,
    /// How grave a failure is.
    pub severity: Severity,
    /// All parameters.
    pub params: Params,
    /// Those that the settings give; the others are the catalogue's.
    pub own_params: Params,
    /// Days from a failure until it counts as non-compliant.
    pub grace_days: i64,
}

impl<'c> ResolvedChecks<'c> {
    /// Joins the two. Overrides that the catalogue does not know (any more) are passed over.
    pub fn new(catalogue: &'c Catalogue, settings: &Settings) -> ResolvedChecks<'c> {
        ResolvedChecks::with_os_support(catalogue, OsSupport::shipped(), settings)
    }

    /// As `new`, with the support table that was in force with `catalogue`.
    pub fn with_os_support(catalogue: &'c Catalogue, os_support: &'c OsSupport, settings: &Settings) -> ResolvedChecks<'c> {
        let unchanged = CheckSetting::default();
        let resolve = |check: Cow<'c, Check>| {
            let setting = settings.checks.get(&check.id).unwrap_or(&unchanged);
            ResolvedCheck::new(check, setting)
        };
        let own = custom::checks(&settings.custom_checks);
        let max_age_days = i64::from(settings.silent_after_days.min(catalogue.default_max_age_days));
        let checks = catalogue.checks().iter().map(Cow::Borrowed).chain(own.iter().cloned().map(Cow::Owned)).map(resolve).collect();
        ResolvedChecks {
            custom_facts: own.iter().any(Check::asks_for_custom_facts),
            catalogue: if own.is_empty() { Cow::Borrowed(catalogue) } else { Cow::Owned(catalogue.with(own)) },
            os_support,
            zone: settings.time_zone,
            silent_after_days: i64::from(settings.silent_after_days),
            review_due_soon_days: u64::from(settings.review_due_soon_days),
            max_age_days,
            checks,
        }
    }

    /// All checks, those that are off too, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = &ResolvedCheck<'c>> {
        self.checks.iter()
    }

    /// The check called `id`.
    pub fn get(&self, id: &str) -> Option<&ResolvedCheck<'c>> {
        self.catalogue.position(id).map(|position| &self.checks[position])
    }
}

impl<'c> ResolvedCheck<'c> {
    fn new(check: Cow<'c, Check>, setting: &CheckSetting) -> ResolvedCheck<'c> {
        let (mut params, mut own_params) = (Params::new(), Params::new());
        let mut filled = false;
        for (name, param) in &check.params {
            let own = setting.params.get(name).filter(|value| param.kind.check(value).is_ok());
            filled |= own.is_some_and(|own| is_unfilled(&param.default) && !is_unfilled(own));
            params.insert(name.clone(), own.unwrap_or(&param.default).clone());
            own_params.extend(own.map(|own| (name.clone(), own.clone())));
        }
        let by_default = match (check.optional, check.baseline) {
            // Whoever fills the list of an optional check wants it to count.
            (true, _) if filled => CheckState::Baseline,
            (true, _) => CheckState::Off,
            (false, true) => CheckState::Baseline,
            (false, false) => CheckState::Advice,
        };
        ResolvedCheck {
            state: setting.state.unwrap_or(by_default),
            severity: setting.severity.unwrap_or(check.severity),
            params,
            own_params,
            grace_days: i64::from(setting.grace_days.unwrap_or(check.grace_days)),
            check,
        }
    }

    /// A text of the check, borrowed for as long as the catalogue lives where it is the catalogue's.
    pub fn text(&self, pick: impl for<'k> Fn(&'k Check) -> &'k str) -> Cow<'c, str> {
        match &self.check {
            Cow::Borrowed(check) => Cow::Borrowed(pick(check)),
            Cow::Owned(check) => Cow::Owned(pick(check).to_owned()),
        }
    }

    /// How to mend it on `os`, see [`Check::remediation`].
    pub fn remediation(&self, os: Option<OsType>) -> Option<Cow<'c, str>> {
        match &self.check {
            Cow::Borrowed(check) => check.remediation(os).map(Cow::Borrowed),
            Cow::Owned(check) => check.remediation(os).map(|text| Cow::Owned(text.to_owned())),
        }
    }

    /// `{state, severity, params, grace_days}`, with `params` only where the check has any.
    pub(super) fn view(&self) -> Value {
        let mut view = json!({ "state": self.state, "severity": self.severity, "grace_days": self.grace_days });
        if !self.params.is_empty() {
            view["params"] = json!(self.params);
        }
        view
    }
}

/// An empty list or table.
fn is_unfilled(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}
