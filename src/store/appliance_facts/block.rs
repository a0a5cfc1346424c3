//! The checks of this appliance itself, judged by its own facts: a block of its own that enters no score, for it must not mark itself.

use std::borrow::Cow;

use serde_json::Value;

use super::{tenant_facts, user_facts};
use crate::domain::check::{Severity, Subject};
use crate::domain::compliance::{CheckStatus, CheckVerdict, Counts, judge};
use crate::domain::rule::Reason;
use crate::domain::settings::CheckState;
use crate::domain::time::Time;
use crate::error::Result;
use crate::limits::APPLIANCE_ACCOUNTS_SHOWN;
use crate::store::settings;
use crate::store::tx::Tx;

/// How a check about this appliance stands.
#[derive(Debug, Clone)]
pub struct ApplianceCheck {
    /// The check of the catalogue.
    pub check_id: Cow<'static, str>,
    /// What holds when it passes.
    pub title: Cow<'static, str>,
    /// How grave a failure is.
    pub severity: Severity,
    /// Shown only.
    pub advice: bool,
    /// On the whole: a failure if one account fails, no data if nothing is known of one, then a pass if one passes.
    pub status: CheckStatus,
    /// How many accounts stand how; of a check about the organisation one in all.
    pub counts: Counts,
    /// What was seen; `null` for a check about accounts, where it stands beside each.
    pub observed: Value,
    /// Why nothing can be said, or what was missing in a failure.
    pub reason: Option<Reason>,
    /// Accounts that fail or of which nothing is known, the first [`APPLIANCE_ACCOUNTS_SHOWN`].
    pub accounts: Vec<Standing>,
    /// How to mend it.
    pub remediation: Option<Cow<'static, str>>,
}

/// How a check stands for one account.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The account.
    pub user_id: String,
    /// Fail or no data.
    pub status: CheckStatus,
    /// What was seen.
    pub observed: Value,
    /// Why nothing can be said, or what was missing in a failure.
    pub reason: Option<Reason>,
}

/// Every check about this appliance that is not off, as it stood at `at` by what was known and in force then, in catalogue order.
pub fn block(tx: &Tx, at: Time) -> Result<Vec<ApplianceCheck>> {
    let checks = &settings::at(tx, at)?.checks;
    let tenant = judge(checks, Subject::Tenant, &tenant_facts(tx, at)?, at).verdicts;
    let mut of_accounts = Vec::new();
    for user in user_facts(tx, at)? {
        let verdicts = judge(checks, Subject::User, &user.facts(), at).verdicts;
        of_accounts.extend(verdicts.into_iter().map(|verdict| (user.id.clone(), verdict)));
    }
    let about_appliance = checks.iter().filter(|resolved| !resolved.check.subject.enters_score() && resolved.state != CheckState::Off);
    Ok(about_appliance
        .map(|resolved| {
            let mut found = ApplianceCheck {
                check_id: resolved.text(|check| &check.id),
                title: resolved.text(|check| &check.title),
                severity: resolved.severity,
                advice: resolved.state == CheckState::Advice,
                status: CheckStatus::NotApplicable,
                counts: Counts::default(),
                observed: Value::Null,
                reason: None,
                accounts: Vec::new(),
                remediation: resolved.remediation(None),
            };
            for verdict in tenant.iter().filter(|verdict| verdict.check_id == resolved.check.id) {
                found.add(verdict);
                (found.observed, found.reason) = (verdict.observed.clone(), verdict.reason);
            }
            for (user_id, verdict) in of_accounts.iter().filter(|(_, verdict)| verdict.check_id == resolved.check.id) {
                found.add(verdict);
                found.name(user_id, verdict);
            }
            found
        })
        .collect())
}

impl ApplianceCheck {
    fn add(&mut self, verdict: &CheckVerdict<'_>) {
        self.counts.add(verdict.status);
        let counts = self.counts;
        self.status = match () {
            () if counts.failed > 0 => CheckStatus::Fail,
            () if counts.no_data > 0 => CheckStatus::NoData,
            () if counts.passed > 0 => CheckStatus::Pass,
            () => CheckStatus::NotApplicable,
        };
    }

    fn name(&mut self, user_id: &str, verdict: &CheckVerdict<'_>) {
        let (status, observed, reason) = (verdict.status, verdict.observed.clone(), verdict.reason);
        if matches!(status, CheckStatus::Fail | CheckStatus::NoData) && self.accounts.len() < APPLIANCE_ACCOUNTS_SHOWN {
            self.accounts.push(Standing { user_id: user_id.to_owned(), status, observed, reason });
        }
    }
}
