//! What settings say of each check.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::words;
use crate::domain::settings::ResolvedChecks;

/// A check as it counts now.
#[derive(ToSchema)]
#[schema(as = CheckSetting)]
#[allow(dead_code, reason = "documentation only: the domain makes the view")]
pub(super) struct CheckSettingAnswer {
    /// What holds when it passes.
    title: String,
    /// What it counts for.
    #[schema(value_type = words::CheckState)]
    state: String,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: String,
    /// All parameters of the check, if it has any.
    #[schema(nullable = false)]
    params: Option<BTreeMap<String, Value>>,
    /// Days from a failure until it counts as non-compliant.
    #[schema(minimum = 0, maximum = 365)]
    grace_days: u32,
}

/// Changes to a check; defaults are the catalogue's.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
pub(super) struct CheckSettingPatch {
    /// What it counts for.
    #[schema(value_type = Option<words::CheckState>)]
    state: Option<String>,
    /// How grave a failure is.
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<String>,
    /// Parameters of the check by name, as `GET /v1/settings` shows them; tables merge entry by entry.
    params: Option<BTreeMap<String, Value>>,
    /// Days from a failure until it counts as non-compliant.
    #[schema(minimum = 0, maximum = 365)]
    grace_days: Option<u32>,
}

/// A view of settings with the title of each check.
pub(super) fn titled(mut view: Value, checks: &ResolvedChecks<'_>) -> Value {
    for resolved in checks.iter() {
        view["checks"][&resolved.check.id]["title"] = json!(resolved.check.title);
    }
    view
}
