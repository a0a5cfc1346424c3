//! The past of a service: what it was at a moment. Its intervals are read as those of devices are.

use super::{Service, find};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::store::devices::{status_at, version_at};
use crate::store::tx::Tx;

/// The service as it was known at `at`; not found before it was known or after it was retired.
pub fn at(tx: &Tx, id: &str, at: Time) -> Result<Service> {
    let belonged = |service: &Service| service.created_at <= at && service.retired_at.is_none_or(|retired_at| retired_at > at);
    as_of(tx, find(tx, id)?.filter(belonged).ok_or_else(|| Error::not_found("Service"))?, at)
}

/// The service with the values that were known at `at`, a moment at which it was in the inventory.
pub(in crate::store) fn as_of(tx: &Tx, mut service: Service, at: Time) -> Result<Service> {
    if service.recorded_at > at
        && let Some((data, recorded_at)) = version_at(tx, &service.id, at)?
    {
        service.record = serde_json::from_value(data).map_err(Error::internal)?;
        service.recorded_at = recorded_at;
    }
    if service.status_recorded_at > at || service.retired_at.is_some() {
        // Of a retired service the last status is closed like all others.
        if let Some((status, since)) = status_at(tx, &service.id, at)? {
            (service.status, service.status_since) = (status, since);
        }
    }
    service.retired_at = None;
    Ok(service)
}
