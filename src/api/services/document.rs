//! Bodies of the service routes as the OpenAPI document shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::words;

/// A service to be recorded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({
    "name": "GitHub", "description": "Source code hosting", "category": "development", "url": "https://github.com",
    "data_classification": "confidential", "sso_enabled": true, "mfa_enforced": true
})))]
#[serde(deny_unknown_fields)]
pub struct ServiceCreate {
    /// Unique without regard to case.
    #[schema(min_length = 1, max_length = 200, example = "GitHub")]
    name: String,
    /// What it is for.
    #[schema(min_length = 1, max_length = 2000)]
    description: Option<String>,
    /// Free text; common ones are development, communication, infrastructure, productivity, security, finance, hr, marketing and other.
    #[schema(min_length = 1, max_length = 64)]
    category: Option<String>,
    /// Where it is: an http or https address.
    #[schema(min_length = 1, max_length = 2000)]
    url: Option<String>,
    /// Its owner: an active user.
    #[schema(min_length = 1, max_length = 64)]
    owner_id: Option<String>,
    /// How confidential its data are.
    #[schema(value_type = Option<words::DataClassification>)]
    data_classification: Option<String>,
    /// Whether sign-in runs over the central identity provider; `null` is not answered.
    sso_enabled: Option<bool>,
    /// Whether multi-factor authentication is enforced; `null` is not answered.
    mfa_enforced: Option<bool>,
    /// Whether it records who did what; `null` is not answered.
    audit_logging_enabled: Option<bool>,
    /// Whether stored data are encrypted; `null` is not answered.
    encryption_at_rest: Option<bool>,
    /// Where data are stored and processed: ISO 3166 country codes, `EU`, `EEA`; `null` is not answered.
    #[schema(min_items = 1, max_items = 60)]
    data_location: Option<Vec<String>>,
    /// Whether it processes personal data; `null` is not answered.
    processes_personal_data: Option<bool>,
    /// Days between reviews; default 90 for confidential and restricted data, 365 for all others.
    #[schema(minimum = 1, maximum = 1096)]
    review_interval_days: Option<u32>,
    /// Up to 20 tags of 1 to 64 characters.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}

/// Changes to a service; what is left out stays, `null` clears what may be empty.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!({ "category": "development", "audit_logging_enabled": true, "data_location": ["US"] })))]
#[serde(deny_unknown_fields)]
pub struct ServicePatch {
    /// Unique without regard to case.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// What it is for.
    #[schema(min_length = 1, max_length = 2000)]
    description: Option<String>,
    /// Free text.
    #[schema(min_length = 1, max_length = 64)]
    category: Option<String>,
    /// Where it is: an http or https address.
    #[schema(min_length = 1, max_length = 2000)]
    url: Option<String>,
    /// The new owner: an active user; `null` for none. Admins only.
    #[schema(min_length = 1, max_length = 64)]
    owner_id: Option<String>,
    /// How confidential its data are.
    #[schema(value_type = Option<words::DataClassification>)]
    data_classification: Option<String>,
    /// Whether sign-in runs over the central identity provider; `null` is not answered.
    sso_enabled: Option<bool>,
    /// Whether multi-factor authentication is enforced; `null` is not answered.
    mfa_enforced: Option<bool>,
    /// Whether it records who did what; `null` is not answered.
    audit_logging_enabled: Option<bool>,
    /// Whether stored data are encrypted; `null` is not answered.
    encryption_at_rest: Option<bool>,
    /// Where data are stored and processed: ISO 3166 country codes, `EU`, `EEA`; `null` is not answered.
    #[schema(min_items = 1, max_items = 60)]
    data_location: Option<Vec<String>>,
    /// Whether it processes personal data; `null` is not answered.
    processes_personal_data: Option<bool>,
    /// Days between reviews; `null` gives the default back. The next review moves with it, unless the last one named its day.
    #[schema(minimum = 1, maximum = 1096)]
    review_interval_days: Option<u32>,
    /// All tags: up to 20 of 1 to 64 characters.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
}
