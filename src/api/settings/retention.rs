//! What the API says of retention settings and of a hold.

use utoipa::ToSchema;

/// How long each kind of data is kept.
#[derive(ToSchema)]
#[schema(as = Retention)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
pub(super) struct RetentionAnswer {
    /// Months in which addresses and user agents stay in the audit log.
    #[schema(minimum = 1, maximum = 36)]
    address_and_user_agent_months: u32,
    /// Months in which entries of the audit log stay; then a signed anchor takes their place.
    #[schema(minimum = 12, maximum = 120)]
    audit_log_months: u32,
    /// Months in which past verdicts stay, with the facts and versions that they rest on, and the names of retired devices.
    #[schema(minimum = 12, maximum = 120)]
    verdict_months: u32,
    /// Days in which earlier versions of a device's software and network stay.
    #[schema(minimum = 1, maximum = 1095)]
    software_network_days: u32,
    /// Months after which a person who left is erased; an id stays.
    #[schema(minimum = 1, maximum = 120)]
    pseudonymise_left_after_months: u32,
    /// Days in which a session that is over stays, with its address and user agent.
    #[schema(minimum = 1, maximum = 365)]
    session_days: u32,
    /// Days in which an invitation that is over stays, with its email, and an enrollment token with those of the owners that it names.
    #[schema(minimum = 1, maximum = 365)]
    invitation_days: u32,
    /// Months in which the files of compliance reports stay; their record and hash stay for good.
    #[schema(minimum = 12, maximum = 120)]
    report_file_months: u32,
    /// Months in which exceptions, attestations and findings stay once they are over, with their files and with those of reviews that a
    /// later one replaced; never shorter than the verdicts that rest on them. Reviews themselves stay for good.
    #[schema(minimum = 12, maximum = 120)]
    evidence_months: u32,
}

/// Changes to how long data is kept. A shorter time acts on what is there already, within a day.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
pub(super) struct RetentionPatch {
    /// Months in which addresses and user agents stay in the audit log; default 6.
    #[schema(minimum = 1, maximum = 36)]
    address_and_user_agent_months: Option<u32>,
    /// Months in which entries of the audit log stay; then a signed anchor takes their place; default 36.
    #[schema(minimum = 12, maximum = 120)]
    audit_log_months: Option<u32>,
    /// Months in which past verdicts stay, with the facts and versions that they rest on, and the names of retired devices; default 36.
    #[schema(minimum = 12, maximum = 120)]
    verdict_months: Option<u32>,
    /// Days in which earlier versions of a device's software and network stay; default 90.
    #[schema(minimum = 1, maximum = 1095)]
    software_network_days: Option<u32>,
    /// Months after which a person who left is erased; an id stays; default 12.
    #[schema(minimum = 1, maximum = 120)]
    pseudonymise_left_after_months: Option<u32>,
    /// Days in which a session that is over stays, with its address and user agent; default 30.
    #[schema(minimum = 1, maximum = 365)]
    session_days: Option<u32>,
    /// Days in which an invitation that is over stays, with its email, and an enrollment token with those of the owners that it names; default 90.
    #[schema(minimum = 1, maximum = 365)]
    invitation_days: Option<u32>,
    /// Months in which the files of compliance reports stay; their record and hash stay for good; default 36.
    #[schema(minimum = 12, maximum = 120)]
    report_file_months: Option<u32>,
    /// Months in which exceptions, attestations and findings stay once they are over, with their files and with those of reviews that a
    /// later one replaced; never shorter than the verdicts that rest on them; default 36.
    #[schema(minimum = 12, maximum = 120)]
    evidence_months: Option<u32>,
}

/// Why nothing may be erased for now.
#[derive(ToSchema)]
#[schema(as = ErasureHold)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
pub(super) struct ErasureHoldAnswer {
    /// Why.
    reason: String,
    /// The last day (UTC) on which it holds; `null`: until it is taken away.
    #[schema(format = Date, required = true)]
    until: Option<String>,
}

/// A hold, given whole.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
pub(super) struct ErasureHoldPatch {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The last day (UTC) on which it holds; left out or `null`: until it is taken away.
    #[schema(format = Date)]
    until: Option<String>,
}
