//! What the API says of settings about frameworks and scheduled reports.

use utoipa::ToSchema;

use crate::api::words;

/// What was set of a framework.
#[derive(ToSchema)]
#[schema(as = FrameworkSetting)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
pub(super) struct FrameworkSettingAnswer {
    /// Whether it is on; `null`: as its file says.
    #[schema(required = true)]
    enabled: Option<bool>,
    /// Categories in its reports besides those that always are.
    categories: Vec<String>,
}

/// Changes to what is set of a framework.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
pub(super) struct FrameworkSettingPatch {
    /// Whether it is on.
    enabled: Option<bool>,
    /// Ids of categories in its reports besides those that always are.
    #[schema(max_items = 50)]
    categories: Option<Vec<String>>,
}

/// A report that is made by itself after each period.
#[derive(ToSchema)]
#[schema(as = ScheduledReport)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain makes the view and reads the body")]
pub(super) struct Scheduled {
    /// The framework's id.
    #[schema(example = "iso27001", min_length = 1, max_length = 64)]
    framework: String,
    /// What it is written as.
    #[schema(value_type = words::ReportFormat)]
    format: String,
    /// For each calendar month, or for each quarter.
    #[schema(value_type = words::ReportEvery)]
    every: String,
}
