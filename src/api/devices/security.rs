//! The known facts of a device's `security` section, as the OpenAPI document shows them.

use utoipa::ToSchema;

/// What is known of a device's security. A fact that is left out or `null` is no data, never false. Other keys are kept, but judge nothing.
#[derive(ToSchema)]
#[allow(dead_code, reason = "documentation only: the domain checks the facts by their names")]
pub struct SecurityFacts {
    /// Every volume of the system is encrypted.
    disk_encryption: Option<bool>,
    /// What no rule lets in is refused.
    firewall_enabled: Option<bool>,
    /// After the screen has locked by itself a credential is needed.
    screen_lock_enabled: Option<bool>,
    /// Seconds from the last input until a credential is needed; -1 is never.
    #[schema(minimum = -1, example = 300)]
    screen_lock_delay_secs: Option<i64>,
    /// Newest update of the system, or newest successful look that found nothing to install.
    #[schema(format = DateTime)]
    last_update_at: Option<String>,
    /// Security updates install without anybody's doing.
    auto_update_enabled: Option<bool>,
    /// A known malware protection is installed and runs.
    antivirus_enabled: Option<bool>,
    /// Its name.
    #[schema(max_length = 255, example = "ClamAV")]
    antivirus_product: Option<String>,
    /// When its signatures were made.
    #[schema(format = DateTime)]
    antivirus_signatures_at: Option<String>,
    /// A known endpoint detection agent runs.
    edr_installed: Option<bool>,
    /// A known password manager is installed.
    password_manager: Option<bool>,
    /// The person at the screen is administrator.
    local_admin: Option<bool>,
    /// USB disks are refused.
    usb_storage_blocked: Option<bool>,
    /// Others can reach SSH, remote desktop or VNC.
    remote_login_enabled: Option<bool>,
    /// The firmware verifies what it starts.
    secure_boot: Option<bool>,
    /// There is a TPM 2.0.
    tpm_present: Option<bool>,
    /// Somebody is logged in at start without a credential.
    auto_login_enabled: Option<bool>,
    /// The login screen offers a guest session.
    guest_account_enabled: Option<bool>,
    /// Programs on media that are plugged in do not start by themselves.
    autorun_disabled: Option<bool>,
    /// The clock follows a time server now.
    time_sync: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::SECURITY_FACTS;
    use crate::domain::facts::FactKind;
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    #[test]
    fn exactly_the_facts_that_the_domain_knows_are_shown_with_their_types() {
        let schema = serde_json::to_value(SecurityFacts::schema()).unwrap();
        let shown: Vec<(&String, &Value)> = schema["properties"].as_object().unwrap().iter().collect();
        assert_eq!(shown.len(), SECURITY_FACTS.len());
        for (name, kind) in SECURITY_FACTS {
            let (expected, format) = match kind {
                FactKind::Bool => ("boolean", Value::Null),
                FactKind::Integer => ("integer", json!("int64")),
                FactKind::Time => ("string", json!("date-time")),
                _ => ("string", Value::Null),
            };
            let property = &schema["properties"][name];
            assert_eq!((&property["type"], &property["format"]), (&json!([expected, "null"]), &format), "{name}");
        }
    }
}
