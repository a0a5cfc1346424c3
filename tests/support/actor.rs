//! Everybody who may call. The same call by each of them shows who gets how far.

use recoger::domain::access::{Allowance, Caller, Credential, Role};

/// The tenant of all actors but one.
pub const TENANT: &str = "tenant_own";
/// The tenant of [`Actor::OtherAdmin`].
pub const OTHER_TENANT: &str = "tenant_other";
/// The only serial that [`Actor::Agent`] may report.
pub const AGENT_SERIAL: &str = "C02XL0GTJG5J";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known: no credential.
    Stranger,
    /// A device's key.
    Agent,
    /// Reads.
    Viewer,
    /// Owns devices and services.
    User,
    /// Does everything in the tenant.
    Admin,
    /// Reads the log too.
    Auditor,
    /// Does everything, in another tenant.
    OtherAdmin,
}

impl Actor {
    /// All of them.
    pub const ALL: [Actor; 7] =
        [Actor::Stranger, Actor::Agent, Actor::Viewer, Actor::User, Actor::Admin, Actor::Auditor, Actor::OtherAdmin];

    /// The role; none for a stranger.
    pub fn role(self) -> Option<Role> {
        match self {
            Actor::Stranger => None,
            Actor::Agent => Some(Role::Agent),
            Actor::Viewer => Some(Role::Viewer),
            Actor::User => Some(Role::User),
            Actor::Admin | Actor::OtherAdmin => Some(Role::Admin),
            Actor::Auditor => Some(Role::Auditor),
        }
    }

    /// Whose data it may reach.
    pub fn tenant_id(self) -> &'static str {
        if self == Actor::OtherAdmin { OTHER_TENANT } else { TENANT }
    }

    /// What handlers are told of it: a device's key for the agent, a session for all others.
    pub fn caller(self) -> Option<Caller> {
        let role = self.role()?;
        let credential = match self {
            Actor::Agent => {
                Credential::ApiKey { key_id: "key_agent".to_owned(), creator_id: None, serial_number: Some(AGENT_SERIAL.to_owned()) }
            }
            _ => Credential::Session { session_id: format!("session_{self:?}"), user_id: format!("user_{self:?}") },
        };
        let email = (self != Actor::Agent).then(|| format!("{self:?}@example.org").to_lowercase());
        let allowance = Allowance { per_minute: None, per_day: None };
        Some(Caller { tenant_id: self.tenant_id().to_owned(), role, credential, email, allowance })
    }
}

#[test]
fn each_actor_gets_as_far_as_its_role_and_credential() {
    use recoger::domain::access::{ADMIN, ADMIN_AUDITOR, Access, EVERYBODY, REPORTERS};

    let admitted = |access: Access| -> Vec<Actor> {
        Actor::ALL.into_iter().filter(|actor| actor.caller().is_some_and(|caller| access.admits(&caller))).collect()
    };
    use Actor::*;
    assert_eq!(admitted(ADMIN), [Admin, OtherAdmin]);
    assert_eq!(admitted(ADMIN_AUDITOR), [Admin, Auditor, OtherAdmin]);
    assert_eq!(admitted(EVERYBODY), [Viewer, User, Admin, Auditor, OtherAdmin]);
    assert_eq!(admitted(REPORTERS), [Agent, User, Admin, OtherAdmin]);
    assert_eq!(admitted(Access::Session), [Viewer, User, Admin, Auditor, OtherAdmin]);
    assert_eq!(OtherAdmin.caller().unwrap().tenant_id, OTHER_TENANT);
}
