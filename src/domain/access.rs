//! Who may do what: roles, who calls, and what a route asks for.

/// What somebody may do. The order is that of reach: a key's role is never above its maker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything inside the tenant.
    Admin,
    /// Own devices and services.
    User,
    /// Reads devices, services and reports.
    Viewer,
    /// A viewer who also reads the audit log, for a named period.
    Auditor,
    /// A device's key: may only report.
    Agent,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [Role::Admin, Role::User, Role::Viewer, Role::Auditor, Role::Agent];

    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::User => "user",
            Role::Viewer => "viewer",
            Role::Auditor => "auditor",
            Role::Agent => "agent",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether somebody of this role may hand out a key of `role`: nothing beyond the own reach.
    pub fn may_grant_key(self, role: Role) -> bool {
        match (self, role) {
            (_, Role::Auditor) => false,
            (Role::Admin, _) => true,
            (Role::User, Role::User | Role::Viewer | Role::Agent) => true,
            (Role::Viewer | Role::Auditor, Role::Viewer) => true,
            _ => false,
        }
    }
}

/// What a route asks of its caller, written in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a credential.
    Public,
    /// A person who signed in, of any role; API keys may not.
    Session,
    /// The own account of whoever calls. Open to a session that still lacks the second factor which the organisation requires: here it is
    /// set up.
    OwnAccount {
        /// API keys get in too, but devices' keys.
        keys: bool,
    },
    /// Callers of these roles, by session or API key.
    Roles(&'static [Role]),
}

/// Admins.
pub const ADMIN: Access = Access::Roles(&[Role::Admin]);
/// Those who read the audit log.
pub const ADMIN_AUDITOR: Access = Access::Roles(&[Role::Admin, Role::Auditor]);
/// Those who see the figures of the whole tenant.
pub const OVERSEERS: Access = Access::Roles(&[Role::Admin, Role::Viewer, Role::Auditor]);
/// Everybody but device keys.
pub const EVERYBODY: Access = Access::Roles(&[Role::Admin, Role::User, Role::Viewer, Role::Auditor]);
/// Those who may let devices in.
pub const ENROLLERS: Access = Access::Roles(&[Role::Admin, Role::User]);
/// Those who may own a service, and admins.
pub const SERVICE_OWNERS: Access = Access::Roles(&[Role::Admin, Role::User]);
/// Those who may report a device.
pub const REPORTERS: Access = Access::Roles(&[Role::Admin, Role::User, Role::Agent]);

impl Access {
    /// Whether `caller` gets in.
    pub fn admits(self, caller: &Caller) -> bool {
        match self {
            Access::Public => true,
            Access::Session => caller.is_session(),
            Access::OwnAccount { keys } => caller.is_session() || (keys && caller.role != Role::Agent),
            Access::Roles(roles) => roles.contains(&caller.role),
        }
    }

    /// Whether it is about whoever calls, and nobody else.
    pub fn is_own(self) -> bool {
        matches!(self, Access::Session | Access::OwnAccount { .. })
    }

    /// Whether only people who signed in get in.
    pub fn is_for_sessions(self) -> bool {
        matches!(self, Access::Session | Access::OwnAccount { keys: false })
    }

    /// Whether a session that lacks a required second factor gets in all the same.
    pub fn spares_second_factor(self) -> bool {
        matches!(self, Access::Public | Access::OwnAccount { .. })
    }
}

/// What a caller showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An access token of a session.
    Session {
        /// The session.
        session_id: String,
        /// Who signed in.
        user_id: String,
    },
    /// An API key.
    ApiKey {
        /// The key's id.
        key_id: String,
        /// Who made it; none for keys made on the command line and for devices' keys.
        creator_id: Option<String>,
        /// The one serial that it may report.
        serial_number: Option<String>,
    },
}

/// Requests that a tenant's plan allows each credential; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// In a UTC minute.
    pub per_minute: Option<u32>,
    /// In a UTC day.
    pub per_day: Option<u32>,
}

/// Who calls, as the store knows it at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose data may be reached.
    pub tenant_id: String,
    /// The role now, not the one in the token.
    pub role: Role,
    /// What was shown.
    pub credential: Credential,
    /// The person's email, for the audit log.
    pub email: Option<String>,
    /// The tenant's plan.
    pub allowance: Allowance,
    /// A session in which the second factor was not shown that the organisation requires.
    pub lacks_second_factor: bool,
}

impl Caller {
    /// Whether this is a person who signed in.
    pub fn is_session(&self) -> bool {
        matches!(self.credential, Credential::Session { .. })
    }

    /// The person behind the credential: who signed in, or who made the key.
    pub fn person(&self) -> Option<&str> {
        match &self.credential {
            Credential::Session { user_id, .. } => Some(user_id),
            Credential::ApiKey { creator_id, .. } => creator_id.as_deref(),
        }
    }

    /// The id under which the credential is counted and logged.
    pub fn credential_id(&self) -> &str {
        match &self.credential {
            Credential::Session { user_id, .. } => user_id,
            Credential::ApiKey { key_id, .. } => key_id,
        }
    }
}
