//! People who sign in and their keys: what they are, and the rules that hold for them.

use super::access::{Allowance, Role};
use super::time::Time;
use super::visible::is_visible;
use crate::error::{Error, Result};

/// Longest email address (RFC 5321 allows no longer path).
pub const EMAIL_CHARACTERS_MAX: usize = 254;
/// Longest name of a person.
pub const NAME_CHARACTERS_MAX: usize = 200;

/// The roles that a person may have.
pub const PERSON_ROLES: [Role; 4] = [Role::Admin, Role::User, Role::Viewer, Role::Auditor];
/// The roles that an API key may have.
pub const KEY_ROLES: [Role; 4] = [Role::Admin, Role::User, Role::Viewer, Role::Agent];

/// Whether somebody may sign in, as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// May.
    Active,
    /// May again once the lock after failed sign-ins ends, at some address or everywhere.
    Locked,
    /// May not.
    Disabled,
}

impl UserStatus {
    /// All of them.
    pub const ALL: [UserStatus; 3] = [UserStatus::Active, UserStatus::Locked, UserStatus::Disabled];

    /// The word that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            UserStatus::Active => "active",
            UserStatus::Locked => "locked",
            UserStatus::Disabled => "disabled",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<UserStatus> {
        UserStatus::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Somebody with a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `user_…`
    pub id: String,
    /// Whose user.
    pub tenant_id: String,
    /// In lower case.
    pub email: String,
    /// As the person wants to be called.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may sign in.
    pub status: UserStatus,
    /// When an auditor's access ends.
    pub expires_at: Option<Time>,
    /// Whether signing in needs a second factor.
    pub mfa_enabled: bool,
    /// Approved devices in the inventory that the person owns.
    pub device_count: u64,
    /// The last request, to within five minutes.
    pub last_active_at: Option<Time>,
    /// When the account was made.
    pub created_at: Time,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// `key_…`
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The role it was made with.
    pub role: Role,
    /// How it begins.
    pub prefix: String,
    /// The id of who made it; none for keys made on the command line.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Time,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// The last request with it, to within five minutes.
    pub last_used_at: Option<Time>,
}

/// A tenant's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plan {
    /// 60 a minute, 10,000 a day.
    Startup,
    /// 120 a minute, 50,000 a day.
    Scaleup,
    /// As set by the operator.
    Enterprise,
}

impl Plan {
    /// All of them.
    pub const ALL: [Plan; 3] = [Plan::Startup, Plan::Scaleup, Plan::Enterprise];

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Plan::Startup => "startup",
            Plan::Scaleup => "scaleup",
            Plan::Enterprise => "enterprise",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Plan> {
        Plan::ALL.into_iter().find(|plan| plan.as_str() == text)
    }

    /// The requests that it allows unless the operator says otherwise.
    pub fn allowance(self) -> Allowance {
        let (per_minute, per_day) = match self {
            Plan::Startup => (60, 10_000),
            Plan::Scaleup => (120, 50_000),
            Plan::Enterprise => (1_200, 1_000_000),
        };
        Allowance { per_minute: Some(per_minute), per_day: Some(per_day) }
    }
}

/// The email as it is stored and compared: trimmed, in lower case. `field` is named in the sentence if it is none.
///
/// Only the form is checked: one `@` with something on either side, no white space, control or invisible characters. Whether mail arrives there is
/// another question, and `admin@localhost` must do.
pub fn checked_email(field: &str, text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    if email.chars().count() > EMAIL_CHARACTERS_MAX {
        return Err(Error::invalid(format!("`{field}` must be at most {EMAIL_CHARACTERS_MAX} characters")));
    }
    let well_formed = match email.split_once('@') {
        Some((local, domain)) => !local.is_empty() && !domain.is_empty() && !domain.contains('@'),
        None => false,
    };
    match well_formed && !email.chars().any(char::is_whitespace) && is_visible(&email) {
        true => Ok(email),
        false => Err(Error::invalid(format!("`{field}` must be an email address"))),
    }
}

/// The role with which a key of `key` acts while its maker has the role `creator`: never above the maker's.
/// `None` when nothing of the key's reach is left, such as a reporting key of somebody who may no longer report.
pub fn key_role(key: Role, creator: Role) -> Option<Role> {
    if creator.may_grant_key(key) {
        return Some(key);
    }
    match (key, creator) {
        (Role::Admin, Role::User) => Some(Role::User),
        (Role::Admin | Role::User, Role::Viewer | Role::Auditor) => Some(Role::Viewer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_compared_without_case_and_checked_by_form_only() {
        assert_eq!(checked_email("email", " Ädmin@LocalHost ").unwrap(), "ädmin@localhost");
        let (longest, longer) = (format!("{}@x", "a".repeat(252)), format!("{}@x", "a".repeat(253)));
        assert!(checked_email("email", &longest).is_ok());
        for wrong in ["", "admin", "@x", "x@", "a@b@c", "a b@c", "a@b\nc", "a\u{a0}b@c", &longer] {
            assert!(checked_email("email", wrong).unwrap_err().detail.starts_with("`email` must be"), "{wrong}");
        }
    }

    #[test]
    fn a_key_never_reaches_beyond_its_maker() {
        for key in KEY_ROLES {
            assert_eq!(key_role(key, Role::Admin), Some(key));
            for creator in PERSON_ROLES {
                if let Some(role) = key_role(key, creator) {
                    assert!(creator.may_grant_key(role), "{key:?} of {creator:?} acts as {role:?}");
                }
            }
        }
        assert_eq!(key_role(Role::Admin, Role::User), Some(Role::User));
        assert_eq!(key_role(Role::User, Role::Viewer), Some(Role::Viewer));
        assert_eq!(key_role(Role::Admin, Role::Auditor), Some(Role::Viewer));
        assert_eq!(key_role(Role::Agent, Role::Viewer), None);
    }
}
