//! What every store function takes first: the connection inside a transaction, the tenant, who acts, and one time for all rows.

use std::net::IpAddr;
use std::ops::Deref;

use rusqlite::Connection;

use crate::domain::time::Time;

/// The kind of an actor, as the audit log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorType {
    /// Somebody who signed in.
    User,
    /// An API key of a script or integration.
    ApiKey,
    /// A device's own key.
    Agent,
    /// The appliance itself, or its operator on the command line.
    System,
}

impl ActorType {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            ActorType::User => "user",
            ActorType::ApiKey => "api_key",
            ActorType::Agent => "agent",
            ActorType::System => "system",
        }
    }
}

/// Who causes an operation, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor.
    pub actor_type: ActorType,
    /// A user's or key's id.
    pub id: Option<String>,
    /// The user's email.
    pub email: Option<String>,
    /// Where the request came from.
    pub ip_address: Option<IpAddr>,
    /// What the client calls itself, already cut to a bounded length.
    pub user_agent: Option<String>,
}

impl Actor {
    /// The appliance itself.
    pub fn system() -> Actor {
        Actor { actor_type: ActorType::System, id: None, email: None, ip_address: None, user_agent: None }
    }

    /// Somebody at `ip_address` who is not known (yet).
    pub fn stranger(ip_address: IpAddr, user_agent: Option<String>) -> Actor {
        Actor { ip_address: Some(ip_address), user_agent, ..Actor::system() }
    }
}

/// A read inside one tenant.
pub struct Tx<'c> {
    pub(super) connection: &'c Connection,
    /// Whose data.
    pub tenant_id: String,
    /// Who reads or writes.
    pub actor: Actor,
    /// The one time of this operation.
    pub now: Time,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, tenant_id: &str, actor: Actor, now: Time) -> Tx<'c> {
        Tx { connection, tenant_id: tenant_id.to_owned(), actor, now }
    }
}

/// A write inside one tenant; everything that takes a [`Tx`] takes this too.
pub struct WriteTx<'c>(Tx<'c>);

impl<'c> WriteTx<'c> {
    pub(super) fn new(connection: &'c Connection, tenant_id: &str, actor: Actor, now: Time) -> WriteTx<'c> {
        WriteTx(Tx::new(connection, tenant_id, actor, now))
    }

    /// The same transaction at another moment: for changes that time made before now.
    pub fn at(&self, moment: Time) -> WriteTx<'c> {
        WriteTx(Tx { connection: self.0.connection, tenant_id: self.0.tenant_id.clone(), actor: self.0.actor.clone(), now: moment })
    }

    /// The appliance's side of the same transaction.
    pub(super) fn root(&self) -> WriteRoot<'c> {
        WriteRoot::new(self.0.connection, self.0.now)
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = Tx<'c>;
    fn deref(&self) -> &Tx<'c> {
        &self.0
    }
}

/// A read of what belongs to no tenant: the appliance's keys, the list of tenants, which tenant a credential belongs to.
pub struct Root<'c> {
    pub(super) connection: &'c Connection,
    /// The one time of this operation.
    pub now: Time,
}

impl<'c> Root<'c> {
    pub(super) fn new(connection: &'c Connection, now: Time) -> Root<'c> {
        Root { connection, now }
    }

    /// Goes on inside a tenant that was found.
    pub fn tenant(&self, tenant_id: &str, actor: Actor) -> Tx<'c> {
        Tx::new(self.connection, tenant_id, actor, self.now)
    }
}

/// A write of what belongs to no tenant.
pub struct WriteRoot<'c>(Root<'c>);

impl<'c> WriteRoot<'c> {
    pub(super) fn new(connection: &'c Connection, now: Time) -> WriteRoot<'c> {
        WriteRoot(Root::new(connection, now))
    }

    /// Goes on inside a tenant that was found or made.
    pub fn tenant_write(&self, tenant_id: &str, actor: Actor) -> WriteTx<'c> {
        WriteTx::new(self.0.connection, tenant_id, actor, self.0.now)
    }
}

impl<'c> Deref for WriteRoot<'c> {
    type Target = Root<'c>;
    fn deref(&self) -> &Root<'c> {
        &self.0
    }
}
