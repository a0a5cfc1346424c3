//! The known facts: which there are for each subject, and of what kind. Rules may name no others.

use crate::domain::check::Subject;
use crate::domain::device::SECURITY_FACTS;

/// What names of facts of the section `custom` begin with; the rest is the key in it. They are declared nowhere: their kind is that which a
/// rule asks for, and a value of another kind is no data.
pub const CUSTOM_PREFIX: &str = "custom.";

/// What a fact's value looks like in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A string; versions too.
    Text,
    /// An RFC 3339 time; ages count in elapsed seconds.
    Time,
    /// `YYYY-MM-DD`; ages count in calendar days of the organisation's time zone.
    Date,
    /// An array of strings.
    TextList,
    /// An array of strings in lower case, sorted.
    Names,
    /// An array of `{name, version, …}`.
    Items,
    /// ISO 3166 country codes, `EU` or `EEA`: one string or an array of them.
    Locations,
}

/// The kind of `fact` for `subject`, `None` if no such fact is known.
pub fn kind_of(subject: Subject, fact: &str) -> Option<FactKind> {
    let listed = match subject {
        Subject::Device => DEVICE,
        Subject::Service => SERVICE,
        Subject::User => USER,
        Subject::Tenant => TENANT,
    };
    let security = || match subject {
        Subject::Device => SECURITY_FACTS.iter().find(|(key, _)| fact.strip_prefix("security.") == Some(key)),
        _ => None,
    };
    listed.iter().find(|(name, _)| *name == fact).or_else(security).map(|(_, kind)| *kind)
}

pub(super) const DEVICE: &[(&str, FactKind)] = &[
    ("device_name", FactKind::Text),
    ("serial_number", FactKind::Text),
    ("device_type", FactKind::Text),
    ("os_type", FactKind::Text),
    ("os_version", FactKind::Text),
    ("os_distribution", FactKind::Text),
    ("os_edition", FactKind::Text),
    ("last_seen", FactKind::Time),
    ("user_id", FactKind::Text),
    ("owner_active", FactKind::Bool),
    ("ownership", FactKind::Text),
    ("headless", FactKind::Bool),
    ("tags", FactKind::TextList),
    ("os.release_supported", FactKind::Bool),
    ("software.count", FactKind::Integer),
    ("software.names", FactKind::Names),
    ("software.items", FactKind::Items),
    ("software.collected_at", FactKind::Time),
];

const SERVICE: &[(&str, FactKind)] = &[
    ("name", FactKind::Text),
    ("category", FactKind::Text),
    ("status", FactKind::Text),
    ("owner_id", FactKind::Text),
    ("owner_active", FactKind::Bool),
    ("data_classification", FactKind::Text),
    ("sso_enabled", FactKind::Bool),
    ("mfa_enforced", FactKind::Bool),
    ("audit_logging_enabled", FactKind::Bool),
    ("encryption_at_rest", FactKind::Bool),
    ("processes_personal_data", FactKind::Bool),
    ("data_location", FactKind::Locations),
    ("last_review_date", FactKind::Date),
    ("next_review_date", FactKind::Date),
    ("tags", FactKind::TextList),
];

const USER: &[(&str, FactKind)] =
    &[("status", FactKind::Text), ("role", FactKind::Text), ("mfa_enabled", FactKind::Bool), ("last_active_at", FactKind::Time)];

const TENANT: &[(&str, FactKind)] = &[
    ("lockout.max_attempts", FactKind::Integer),
    ("lockout.duration_minutes", FactKind::Integer),
    ("admins.active_count", FactKind::Integer),
    ("api_keys.oldest_age_days", FactKind::Integer),
    ("audit.chain_ok", FactKind::Bool),
    ("audit.chain_checked_at", FactKind::Time),
    ("audit.oldest_entry_age_days", FactKind::Integer),
    ("audit.retention_days", FactKind::Integer),
    ("audit.pruned", FactKind::Bool),
    ("audit.recorded_event_types", FactKind::TextList),
    ("devices.people_without_device", FactKind::Integer),
    // Devices that left the inventory in the last 365 days; the first two are absent if none did.
    ("devices.retired_without_reason", FactKind::Integer),
    // Lost, sold, broken, replaced or gone with its user, and not known to have been encrypted at the last report.
    ("devices.retired_unencrypted", FactKind::Integer),
    // Devices in the inventory whose owner has left or is disabled.
    ("devices.held_by_leavers", FactKind::Integer),
    ("exceptions.unbounded_or_expired", FactKind::Integer),
    ("reports.last_generated_at", FactKind::Time),
];
