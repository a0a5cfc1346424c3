//! A service as it was known at a moment, with its facts.

use rusqlite::params;

use super::active_at;
use crate::domain::facts::Facts;
use crate::domain::service::Service;
use crate::domain::time::Time;
use crate::error::Result;
use crate::store::services;
use crate::store::tx::Tx;

/// A service at a moment at which it belonged to the population.
pub struct ServiceState {
    /// Its record.
    pub service: Service,
    owner_active: Option<bool>,
}

impl ServiceState {
    /// Its facts.
    pub fn facts(&self) -> Facts<'static> {
        self.service.record.facts(self.owner_active)
    }
}

/// The service called `id` as it was known at `at`; `None` if it was not known or was deleted by then.
pub fn service_at(tx: &Tx, id: &str, at: Time) -> Result<Option<ServiceState>> {
    let belonged = |service: &Service| service.created_at <= at && service.retired_at.is_none_or(|retired_at| retired_at > at);
    let Some(service) = services::find(tx, id)?.filter(belonged) else { return Ok(None) };
    let service = services::as_of(tx, service, at)?;
    let owner_active = match &service.record.owner_id {
        Some(owner_id) => active_at(tx, owner_id, at)?,
        None => None,
    };
    Ok(Some(ServiceState { service, owner_active }))
}

/// The services that were in the inventory at some moment of `from..=to`, oldest first.
pub fn service_ids(tx: &Tx, from: Time, to: Time) -> Result<Vec<String>> {
    let mut statement = tx.connection.prepare_cached(
        "SELECT id FROM service WHERE tenant_id = ?1 AND created_at <= ?3 AND (retired_at IS NULL OR retired_at > ?2) ORDER BY created_at, id",
    )?;
    Ok(statement.query_map(params![tx.tenant_id, from.0, to.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
