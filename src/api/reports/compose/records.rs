//! What people decided and stated: exceptions of the period and attestations of its end.

use std::collections::HashMap;

use super::frame::Frame;
use crate::domain::attestation::{self, About};
use crate::domain::audit::hex;
use crate::domain::exception::ExceptionScope;
use crate::error::Result;
use crate::report::content::{Attestation, Exception};

/// The exceptions in force at some time in the period. `covered` says how many subjects each covered as of the end, `names` what subjects are
/// called.
pub(super) fn exceptions(frame: &Frame<'_, '_>, covered: &HashMap<String, u64>, names: &HashMap<&str, &str>) -> Result<Vec<Exception>> {
    let said = |exception: &crate::domain::exception::Exception| {
        let check = frame.rules.checks.catalogue.check(&exception.check_id);
        Ok(Exception {
            id: exception.id.clone(),
            subject: match &exception.scope {
                ExceptionScope::Subject(id) => (*names.get(id.as_str()).unwrap_or(&id.as_str())).to_owned(),
                ExceptionScope::Tag(tag) => format!("tag:{tag}"),
            },
            check_id: exception.check_id.clone(),
            check_title: check.map_or_else(|| exception.check_id.clone(), |check| check.title.clone()),
            reason: exception.reason.clone(),
            compensating_measure: exception.compensating_measure.clone(),
            requested_by: frame.name(exception.requested_by.as_deref())?,
            approved_by: match &exception.approved_by {
                Some(id) => frame.name(Some(id))?,
                None => Some("the appliance's operator".to_owned()),
            },
            self_approved: exception.self_approved,
            from: exception.recorded_at,
            expires_on: exception.expires_on,
            revoked_at: exception.revoked.as_ref().map(|(at, _)| *at),
            in_force: exception.until > frame.as_of,
            subjects: covered.get(&exception.id).copied().unwrap_or_default(),
        })
    };
    frame.exceptions.iter().map(said).collect()
}

/// All statements that held as of the end: on this framework's controls, and on subjects of the period.
pub(super) fn attestations(frame: &Frame<'_, '_>, names: &HashMap<&str, &str>) -> Result<Vec<Attestation>> {
    let mut found = Vec::new();
    for stated in &frame.attestations {
        let about = match &stated.about {
            About::Control { control_id, .. } => control_id.clone(),
            About::Subject { subject_id, .. } => match (names.get(subject_id.as_str()), &stated.check_id) {
                (Some(name), Some(check_id)) => format!("{name}, {check_id}"),
                (Some(name), None) => (*name).to_owned(),
                (None, _) => continue,
            },
        };
        found.push(attestation(frame, stated, about)?);
    }
    Ok(found)
}

/// One of them.
pub(super) fn attestation(frame: &Frame<'_, '_>, stated: &attestation::Attestation, about: String) -> Result<Attestation> {
    Ok(Attestation {
        id: stated.id.clone(),
        about,
        statement: stated.statement.clone(),
        by: match &stated.created_by {
            Some(id) => frame.name(Some(id))?,
            None => Some("the appliance's operator".to_owned()),
        },
        at: stated.created_at,
        valid_until: Some(stated.valid_until),
        files: stated.files.iter().map(|file| format!("{} {}", file.name, hex(&file.sha256))).collect(),
    })
}
