//! What an auditor reads is logged: which route and which thing, never what was searched for.

use super::call::Call;
use super::route::{PATH_PARAMETERS, Route};
use crate::domain::access::{Credential, Role};
use crate::domain::audit::{Event, Metadata};
use crate::error::Result;
use crate::store::audit::{self, Entry};
use crate::store::users;

/// Logs the read that `route` has answered well, if an auditor made it, himself or with a key of his. Returns after the commit, so that no
/// answer goes out whose entry is not stored. Reads of the own account are nobody's business.
pub fn log_read(call: &Call, route: &Route) -> Result<()> {
    // Reads of the audit log itself are logged where they happen, with the filters that were asked for.
    if route.method != "GET" || route.access.is_own() || route.tag == "Audit log" || !is_of_auditor(call)? {
        return Ok(());
    }
    let mut resource = None;
    let mut metadata = Metadata::new().with("method", call.request.method.as_str()).with("path", route.path);
    for (name, value) in &call.path {
        match PATH_PARAMETERS.iter().find(|known| known.name == name).and_then(|known| known.name.strip_suffix("_id")) {
            // A thing that is not there would have ended in an error: this is no text that somebody typed.
            Some(kind) => resource = Some((kind, value.clone())),
            None => metadata = metadata.with(name, value.as_str()),
        }
    }
    if call.query.text("format") == Some("csv") {
        metadata = metadata.with("format", "csv");
    }
    call.write(move |tx| audit::record(tx, Entry { event: Event::AuditRead, resource, metadata, with_address: true }))
}

/// Whether an auditor calls: a key that one made in another role acts as a viewer's, and its reads are the auditor's.
fn is_of_auditor(call: &Call) -> Result<bool> {
    let Some(caller) = &call.caller else { return Ok(false) };
    match &caller.credential {
        Credential::ApiKey { creator_id: Some(creator), .. } if caller.role == Role::Viewer => {
            Ok(call.read(|tx| users::role_of(tx, creator))? == Some(Role::Auditor))
        }
        _ => Ok(caller.role == Role::Auditor),
    }
}
