//! The audit log's vocabulary: which events there are, and what an entry says beyond its columns.
//!
//! The bytes that are hashed are in [`super::audit_form`], whose types are named here too.

use serde_json::{Map, Value, json};

pub use super::audit_form::{
    CANONICAL_PREFIX, ERASED, Hash, LoggedEntry, Personal, SALT_BYTES, SEAL_PREFIX, SealedEntry, first_previous_hash, hex, sealed,
};

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
    FindingUpdated "finding_updated" "service_management",
    ExceptionCreated "exception_created" "compliance",
    ExceptionRevoked "exception_revoked" "compliance",
    ExceptionExpired "exception_expired" "compliance",
    AttestationCreated "attestation_created" "compliance",
    AttestationRevoked "attestation_revoked" "compliance",
    ApplicabilityChanged "applicability_changed" "compliance",
    FrameworkCreated "framework_created" "compliance",
    FrameworkUpdated "framework_updated" "compliance",
    FrameworkDeleted "framework_deleted" "compliance",
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
    TenantExported "tenant_exported" "appliance",
    TenantImported "tenant_imported" "appliance",
    BackupCreated "backup_created" "appliance",
    BackupFailed "backup_failed" "appliance",
    BackupRestored "backup_restored" "appliance",
    RetentionApplied "retention_applied" "appliance",
    CertificateChanged "certificate_changed" "appliance",
}

impl Event {
    /// All categories, each once.
    pub fn categories() -> Vec<&'static str> {
        let mut categories: Vec<&str> = Event::ALL.iter().map(|event| event.category()).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    }

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
///
/// Whole numbers, texts, booleans and nulls are kept as they are; a number with a fraction becomes text, for no two programs write those in
/// the same bytes. Names of fields are never personal.
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
        self.personal.push(format!("metadata/{}", escaped(name)));
        self
    }

    /// A change of a field.
    pub fn change(mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Metadata {
        self.fields.insert(field.to_owned(), json!({"old": old.into(), "new": new.into()}));
        self
    }

    /// A change of a field whose values may name a person; texts and numbers inside lists and objects are taken as personal too.
    pub fn change_personal(mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Metadata {
        self = self.change(field, old, new);
        self.personal.push(format!("metadata/{}", escaped(field)));
        self
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes the personal values out: calls `hide` with the field's path (`metadata/…`) and value, and puts its result in their place.
    ///
    /// A text that looks like a seal is hidden too, personal or not, so that whatever begins with `sha256:` in a hashed form is a seal.
    pub fn seal(self, mut hide: impl FnMut(&str, &str) -> String) -> Value {
        seal_value(Value::Object(self.fields), "metadata", false, &self.personal, &mut hide)
    }
}

fn seal_value(value: Value, path: &str, inherited: bool, marked: &[String], hide: &mut impl FnMut(&str, &str) -> String) -> Value {
    let personal = inherited || marked.iter().any(|mark| mark == path);
    match value {
        Value::String(text) if personal || text.starts_with(SEAL_PREFIX) => Value::String(hide(path, &text)),
        Value::Number(number) if personal => Value::String(hide(path, &number.to_string())),
        Value::Number(number) if number.is_f64() => Value::String(number.to_string()),
        Value::Array(items) => {
            let items = items.into_iter().enumerate();
            Value::Array(items.map(|(index, item)| seal_value(item, &format!("{path}/{index}"), personal, marked, hide)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = seal_value(value, &format!("{path}/{}", escaped(&name)), personal, marked, hide);
                (name, value)
            });
            Value::Object(fields.collect())
        }
        plain => plain,
    }
}

/// A name inside a path, as JSON Pointer (RFC 6901) writes it.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(metadata: Metadata) -> (Value, Vec<(String, String)>) {
        let mut hidden = Vec::new();
        let value = metadata.seal(|path, value| {
            hidden.push((path.to_owned(), value.to_owned()));
            format!("sha256:{}", hidden.len())
        });
        (value, hidden)
    }

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    #[test]
    fn every_personal_text_is_hidden_once_and_nothing_else() {
        let metadata = Metadata::new()
            .with("role", "admin")
            .with("count", 3)
            .with_personal("email", "a@b.example")
            .with_personal("email", "c@d.example")
            .with_personal("a/b~c", "path")
            .change("plan", "startup", "scaleup")
            .change_personal("name", Value::Null, "Ada")
            .change_personal("tags", json!(["Ada's", {"owner": "Bob"}, 7, true]), json!([]));
        let (value, mut hidden) = seal(metadata);
        hidden.sort();
        let expected = [
            pair("metadata/a~1b~0c", "path"),
            pair("metadata/email", "c@d.example"),
            pair("metadata/name/new", "Ada"),
            pair("metadata/tags/old/0", "Ada's"),
            pair("metadata/tags/old/1/owner", "Bob"),
            pair("metadata/tags/old/2", "7"),
        ];
        assert_eq!(hidden, expected);
        assert_eq!((&value["role"], &value["count"], &value["plan"]["old"]), (&json!("admin"), &json!(3), &json!("startup")));
        assert_eq!((&value["name"]["old"], &value["tags"]["old"][3]), (&Value::Null, &json!(true)));
    }

    #[test]
    fn a_text_that_looks_like_a_seal_is_sealed_itself() {
        let (value, hidden) = seal(Metadata::new().with("file", json!({"digest": "sha256:00"})));
        assert_eq!(hidden, [pair("metadata/file/digest", "sha256:00")]);
        assert_eq!(value, json!({"file": {"digest": "sha256:1"}}));
    }

    #[test]
    fn fractions_become_text_at_any_depth() {
        let (value, _) = seal(Metadata::new().with("days", json!([1.5, {"limit": 2.0}, -3])).with("nan", f64::NAN));
        assert_eq!(value, json!({"days": ["1.5", {"limit": "2.0"}, -3], "nan": null}));
    }

    #[test]
    fn names_of_events_are_unique_nouns_and_verbs() {
        let mut names: Vec<&str> = Event::ALL.iter().map(|event| event.name()).collect();
        assert!(names.iter().all(|name| name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Event::ALL.len());
        assert_eq!(Event::UserMfaEnabled.title(), "User MFA Enabled");
    }
}
