//! The audit log's vocabulary and its canonical form: what is hashed, byte by byte.
//!
//! An entry's hash is SHA-256 over `recoger-audit-v1\n` and a JSON array of its fields in this order: id, seq, event_name, event_title,
//! category, resource_type, resource_id, actor_id, actor_type, actor_email, ip_address, user_agent, metadata, created_at, previous_hash
//! (the hash itself is left out). UTF-8, no white space, keys of objects sorted, absent fields `null`, times as shown by the API, hashes in
//! lower-case hex. Personal values stand there as `sha256:` and the hex SHA-256 of a 32-byte salt followed by the value, so that value and
//! salt can be erased while the chain still verifies.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::time::Time;

/// What stands before the array.
pub const CANONICAL_PREFIX: &str = "recoger-audit-v1\n";

/// A SHA-256.
pub type Hash = [u8; 32];

/// `previous_hash` of the first entry of a chain.
pub const NO_HASH: Hash = [0; 32];

macro_rules! events {
    ($($variant:ident $name:literal $category:literal,)*) => {
        /// Everything that is logged. The names are part of the format: a published one never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event { $(#[doc = $name] $variant,)* }

        impl Event {
            /// All events.
            pub const ALL: &'static [Event] = &[$(Event::$variant,)*];

            /// `noun_verb`, as stored and filtered.
            pub fn name(self) -> &'static str {
                match self { $(Event::$variant => $name,)* }
            }

            /// The group in which people look for it.
            pub fn category(self) -> &'static str {
                match self { $(Event::$variant => $category,)* }
            }
        }
    };
}

events! {
    UserLoginSuccess "user_login_success" "authentication",
    UserLoginFailure "user_login_failure" "authentication",
    UserLocked "user_locked" "authentication",
    UserUnlocked "user_unlocked" "user_management",
    UserLogout "user_logout" "authentication",
    RefreshTokenReused "refresh_token_reused" "authentication",
    SessionEnded "session_ended" "authentication",
    UserCreated "user_created" "user_management",
    UserUpdated "user_updated" "user_management",
    UserRoleChanged "user_role_changed" "user_management",
    UserDisabled "user_disabled" "user_management",
    UserEnabled "user_enabled" "user_management",
    UserDeleted "user_deleted" "user_management",
    UserPasswordChanged "user_password_changed" "user_management",
    UserMfaEnabled "user_mfa_enabled" "user_management",
    UserMfaDisabled "user_mfa_disabled" "user_management",
    InvitationCreated "invitation_created" "user_management",
    InvitationResent "invitation_resent" "user_management",
    InvitationRevoked "invitation_revoked" "user_management",
    InvitationAccepted "invitation_accepted" "user_management",
    ApiKeyCreated "api_key_created" "api_keys",
    ApiKeyRevoked "api_key_revoked" "api_keys",
    EnrollmentTokenCreated "enrollment_token_created" "device_management",
    EnrollmentTokenRevoked "enrollment_token_revoked" "device_management",
    DeviceCreated "device_created" "device_management",
    DeviceEnrolled "device_enrolled" "device_management",
    DeviceUpdated "device_updated" "device_management",
    DeviceOwnerChanged "device_owner_changed" "device_management",
    DeviceVerdictChanged "device_verdict_changed" "device_management",
    DeviceDeleted "device_deleted" "device_management",
    ServiceCreated "service_created" "service_management",
    ServiceUpdated "service_updated" "service_management",
    ServiceDeleted "service_deleted" "service_management",
    ReviewCreated "review_created" "service_management",
    ExceptionCreated "exception_created" "compliance",
    ExceptionRevoked "exception_revoked" "compliance",
    ExceptionExpired "exception_expired" "compliance",
    AttestationCreated "attestation_created" "compliance",
    PersonCreated "person_created" "people",
    PersonUpdated "person_updated" "people",
    PersonImported "person_imported" "people",
    PersonErased "person_erased" "people",
    SettingsChanged "settings_changed" "settings",
    ReportCreated "report_created" "reports",
    ReportDownloaded "report_downloaded" "reports",
    ReportDeleted "report_deleted" "reports",
    AuditExported "audit_exported" "audit",
    AuditRead "audit_read" "audit",
    WebhookCreated "webhook_created" "settings",
    WebhookUpdated "webhook_updated" "settings",
    WebhookDeleted "webhook_deleted" "settings",
    TenantCreated "tenant_created" "appliance",
    TenantPlanChanged "tenant_plan_changed" "appliance",
    BackupCreated "backup_created" "appliance",
    BackupFailed "backup_failed" "appliance",
    RetentionApplied "retention_applied" "appliance",
    CertificateChanged "certificate_changed" "appliance",
}

impl Event {
    /// The words of the name, capitalised: `User Login Success`.
    pub fn title(self) -> String {
        let words = self.name().split('_').map(|word| match word {
            "api" => "API".to_owned(),
            "mfa" => "MFA".to_owned(),
            word => word[..1].to_uppercase() + &word[1..],
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// What an entry says beyond its columns. Values marked personal are stored apart and can be erased.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    fields: Map<String, Value>,
    personal: Vec<String>,
}

impl Metadata {
    /// Nothing yet.
    pub fn new() -> Metadata {
        Metadata::default()
    }

    /// A value that names no person.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Metadata {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// A text that may name a person: an email, a person's or a device's name, a serial.
    pub fn with_personal(mut self, name: &str, value: &str) -> Metadata {
        self.fields.insert(name.to_owned(), Value::from(value));
        self.personal.push(name.to_owned());
        self
    }

    /// A change of a field.
    pub fn change(mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Metadata {
        self.fields.insert(field.to_owned(), json!({"old": old.into(), "new": new.into()}));
        self
    }

    /// A change of a field whose values may name a person.
    pub fn change_personal(mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Metadata {
        self = self.change(field, old, new);
        self.personal.extend([format!("{field}/old"), format!("{field}/new")]);
        self
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes the personal texts out: calls `hide` with the field's path (`metadata/…`) and value, and puts its result in their place.
    pub fn seal(mut self, mut hide: impl FnMut(&str, &str) -> String) -> Value {
        for path in &self.personal {
            let (field, side) = path.split_once('/').map_or((path.as_str(), None), |(field, side)| (field, Some(side)));
            let place = match (self.fields.get_mut(field), side) {
                (Some(change), Some(side)) => change.get_mut(side),
                (place, None) => place,
                (None, _) => None,
            };
            if let Some(place) = place
                && let Some(text) = place.as_str()
            {
                *place = Value::from(hide(&format!("metadata/{path}"), text));
            }
        }
        Value::Object(self.fields)
    }
}

/// An entry as it is stored and hashed: personal values already replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedEntry {
    /// `evt_…`
    pub id: String,
    /// 1, 2, 3, … in its chain, without gaps.
    pub seq: i64,
    /// `noun_verb`.
    pub event_name: String,
    /// The same in words.
    pub event_title: String,
    /// The group.
    pub category: String,
    /// `device`, `user`, …
    pub resource_type: Option<String>,
    /// The id of what was changed.
    pub resource_id: Option<String>,
    /// The id of who changed it.
    pub actor_id: Option<String>,
    /// `user`, `api_key`, `agent`, `system`.
    pub actor_type: String,
    /// `sha256:…`
    pub actor_email: Option<String>,
    /// `sha256:…`
    pub ip_address: Option<String>,
    /// `sha256:…`
    pub user_agent: Option<String>,
    /// An object; personal texts as `sha256:…`.
    pub metadata: Value,
    /// When.
    pub created_at: Time,
    /// The hash of the entry before.
    pub previous_hash: Hash,
}

impl SealedEntry {
    /// The bytes that are hashed.
    pub fn canonical(&self) -> Vec<u8> {
        let fields = json!([
            self.id,
            self.seq,
            self.event_name,
            self.event_title,
            self.category,
            self.resource_type,
            self.resource_id,
            self.actor_id,
            self.actor_type,
            self.actor_email,
            self.ip_address,
            self.user_agent,
            self.metadata,
            self.created_at,
            hex(&self.previous_hash),
        ]);
        // serde_json's maps are sorted (its `preserve_order` feature is off; a test holds it so), and its compact form has no white space.
        format!("{CANONICAL_PREFIX}{fields}").into_bytes()
    }

    /// The entry's hash.
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.canonical()).into()
    }
}

/// What stands in the hashed form for a personal value.
pub fn sealed(salt: &[u8], value: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(salt);
    digest.update(value.as_bytes());
    format!("sha256:{}", hex(&digest.finalize()))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
