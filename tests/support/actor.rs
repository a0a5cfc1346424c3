//! Everybody who may call, with the name, role and kind of credential of each.

use recoger::domain::access::{Access, Role};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Nobody known: no credential.
    Stranger,
    /// Has an access token that was good until the account was disabled.
    Disabled,
    /// A key whose time is over.
    ExpiredKey,
    /// A key that was revoked.
    RevokedKey,
    /// A device's own key, bound to [`super::world::DEVICE_KEY_SERIAL`]. It has no maker.
    DeviceKey,
    /// A key for agents that is bound to no serial, made by [`Actor::Admin`].
    AgentKey,
    /// Reads.
    Viewer,
    /// Reads the log too.
    Auditor,
    /// Owns devices.
    User,
    /// Owns other devices.
    OtherUser,
    /// Does everything in the tenant.
    Admin,
    /// A key of role viewer, made by [`Actor::Admin`].
    ViewerKey,
    /// A key of role user, made by [`Actor::Admin`].
    UserKey,
    /// A key of role admin, made by [`Actor::Admin`].
    AdminKey,
    /// A key of role admin that was made on the command line: it has no maker.
    OperatorKey,
    /// Does everything, in another tenant.
    OtherAdmin,
}

impl Actor {
    /// Whom a route with this access expects: on a public one nobody shows anything.
    pub fn expected_by(access: Access) -> Actor {
        if access == Access::Public { Actor::Stranger } else { Actor::Admin }
    }

    /// All of them.
    pub const ALL: [Actor; 16] = [
        Actor::Stranger,
        Actor::Disabled,
        Actor::ExpiredKey,
        Actor::RevokedKey,
        Actor::DeviceKey,
        Actor::AgentKey,
        Actor::Viewer,
        Actor::Auditor,
        Actor::User,
        Actor::OtherUser,
        Actor::Admin,
        Actor::ViewerKey,
        Actor::UserKey,
        Actor::AdminKey,
        Actor::OperatorKey,
        Actor::OtherAdmin,
    ];

    /// The role of the person who signs in; none for strangers and keys.
    pub fn person(self) -> Option<Role> {
        match self {
            Actor::Viewer => Some(Role::Viewer),
            Actor::Auditor => Some(Role::Auditor),
            Actor::User | Actor::OtherUser | Actor::Disabled => Some(Role::User),
            Actor::Admin | Actor::OtherAdmin => Some(Role::Admin),
            _ => None,
        }
    }

    /// The role of a key that an admin makes through the API.
    pub fn key(self) -> Option<Role> {
        match self {
            Actor::ViewerKey => Some(Role::Viewer),
            Actor::UserKey => Some(Role::User),
            Actor::AdminKey | Actor::ExpiredKey | Actor::RevokedKey => Some(Role::Admin),
            Actor::AgentKey => Some(Role::Agent),
            _ => None,
        }
    }

    /// The email of a person.
    pub fn email(self) -> String {
        format!("{self:?}@example.org").to_lowercase()
    }

    /// The actor of this name, in small letters with `_`.
    pub fn named(name: &str) -> Option<Actor> {
        let plain = name.replace('_', "");
        Actor::ALL.into_iter().find(|actor| format!("{actor:?}").to_lowercase() == plain)
    }
}

#[test]
fn each_actor_is_a_person_or_a_key_or_neither() {
    for actor in Actor::ALL {
        assert!(actor.person().is_none() || actor.key().is_none(), "{actor:?}");
    }
    let neither: Vec<Actor> = Actor::ALL.into_iter().filter(|actor| actor.person().is_none() && actor.key().is_none()).collect();
    assert_eq!(neither, [Actor::Stranger, Actor::DeviceKey, Actor::OperatorKey]);
    assert_eq!((Actor::named("other_admin"), Actor::named("nobody")), (Some(Actor::OtherAdmin), None));
}
