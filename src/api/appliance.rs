//! `/v1/appliance/checks`: how this appliance itself stands, apart from every score.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::json as ok;
use super::call::Call;
use super::route::{Answer, AnswerBody, Parameter, ParameterKind, Route, of};
use super::services::dashboard::CheckCounts;
use super::words;
use crate::domain::access::OVERSEERS;
use crate::domain::compliance::CheckStatus;
use crate::domain::rule::Reason;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::appliance_facts::{self, ApplianceCheck, Standing};
use crate::store::tenants;

/// The row of this file.
pub static ROUTES: [Route; 1] = [Route {
    method: "GET",
    path: "/v1/appliance/checks",
    name: "get_appliance_checks",
    access: OVERSEERS,
    lane: Lane::Large,
    handler: show,
    summary: "Get the checks of this appliance itself. Its accounts, sign-in, keys, audit log and what was left undone in it, by its own rows. An \
              appliance must not mark itself: these checks enter no score, and speak of this one system only",
    tag: "Appliance",
    query: &[Parameter {
        name: "at",
        kind: ParameterKind::PastTime,
        description: "Answers as of this moment, from what was recorded by then. Takes longer the more devices there were",
    }],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The checks that are not off", body: AnswerBody::Json(of::<ApplianceChecksAnswer>()) },
    errors: &[(404, "The organisation was not here at that moment")],
}];

/// The checks of this appliance itself. They enter no score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplianceChecks)]
pub struct ApplianceChecksAnswer {
    /// The moment.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// Those that are not off, in the order of the catalogue.
    checks: Vec<ApplianceCheckAnswer>,
}

/// How a check about this appliance stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplianceCheck)]
pub struct ApplianceCheckAnswer {
    /// The check of the catalogue.
    #[schema(value_type = String, example = "tenant.audit_chain_verified")]
    check_id: Cow<'static, str>,
    /// In words.
    #[schema(value_type = String)]
    title: Cow<'static, str>,
    /// On the whole: `fail` if one account fails, else `no_data` if nothing is known of one.
    #[schema(value_type = words::CheckStatus)]
    status: &'static str,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Shown only.
    advice: bool,
    /// How many accounts stand how; of a check about the organisation one in all.
    counts: CheckCounts,
    /// What was seen; `null` where it stands beside each account.
    observed: Value,
    /// Why there is no data, or what was missing in a failure.
    #[schema(required = true)]
    reason: Option<&'static str>,
    /// Accounts that can sign in and fail, or of which nothing is known; at most 100.
    accounts: Vec<AccountStandingAnswer>,
    /// How to mend it; `null` while it passes.
    #[schema(value_type = Option<String>, required = true)]
    remediation: Option<Cow<'static, str>>,
}

/// How a check stands for one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountStanding)]
pub struct AccountStandingAnswer {
    /// The account.
    #[schema(example = "user_abc123")]
    user_id: String,
    /// `fail` or `no_data`.
    #[schema(value_type = words::CheckStatus)]
    status: &'static str,
    /// What was seen.
    observed: Value,
    /// Why there is no data, or what was missing in a failure.
    #[schema(required = true)]
    reason: Option<&'static str>,
}

fn show(call: &Call) -> Result<Response> {
    let at = call.query.time("at").unwrap_or(call.now);
    let checks = call.read(|tx| match tenants::of(tx)?.created_at > at {
        true => Err(Error::not_found("Organisation")),
        false => appliance_facts::block(tx, at),
    })?;
    Ok(ok(&ApplianceChecksAnswer { at, checks: checks.into_iter().map(ApplianceCheckAnswer::from).collect() }))
}

impl From<ApplianceCheck> for ApplianceCheckAnswer {
    fn from(check: ApplianceCheck) -> ApplianceCheckAnswer {
        let failing = matches!(check.status, CheckStatus::Fail | CheckStatus::NoData);
        ApplianceCheckAnswer {
            check_id: check.check_id,
            title: check.title,
            status: check.status.as_str(),
            severity: check.severity.as_str(),
            advice: check.advice,
            counts: CheckCounts::new(check.counts),
            observed: check.observed,
            reason: check.reason.map(Reason::as_str),
            accounts: check.accounts.into_iter().map(AccountStandingAnswer::from).collect(),
            remediation: check.remediation.filter(|_| failing),
        }
    }
}

impl From<Standing> for AccountStandingAnswer {
    fn from(standing: Standing) -> AccountStandingAnswer {
        AccountStandingAnswer {
            user_id: standing.user_id,
            status: standing.status.as_str(),
            observed: standing.observed,
            reason: standing.reason.map(Reason::as_str),
        }
    }
}
