//! Attestations: recording, listing, showing and revoking them, and their files. Their rows are in `rows`.

mod document;
mod rows;

pub use self::rows::ROUTES;

use self::document::AttestationAnswer;
use self::rows::COLUMNS;
use super::answer::{created, json as ok, no_content, page};
use super::call::Call;
use super::exceptions::input::{check_id, day, subject_type, words_of};
use super::export;
use super::files;
use super::input::Fields;
use super::services::input::ID_CHARACTERS_MAX;
use crate::domain::attestation::{About, AttestationState};
use crate::domain::check::Catalogue;
use crate::domain::exception::SubjectType;
use crate::error::{Kind, Result};
use crate::http::Response;
use crate::store::attestations::{self, Filter, NewAttestation};
use crate::store::files::{self as stored, Parent};
use crate::store::frameworks;

/// Characters of a statement.
const STATEMENT_CHARACTERS_MAX: usize = 10_000;

fn create(call: &Call) -> Result<Response> {
    let new = new_attestation(call)?;
    let attestation = call.write(move |tx| attestations::create(tx, &new))?;
    Ok(created(&AttestationAnswer::new(attestation, call.now)))
}

fn show(call: &Call) -> Result<Response> {
    let attestation = call.read(|tx| attestations::get(tx, call.path("attestation_id")))?;
    Ok(ok(&AttestationAnswer::new(attestation, call.now)))
}

fn file(call: &Call) -> Result<Response> {
    let (file, content) = call.read(|tx| {
        let attestation = attestations::get(tx, call.path("attestation_id"))?;
        stored::content(tx, Parent::Attestation(&attestation.id), call.path("file_id"))
    })?;
    Ok(files::download(&file, content))
}

fn revoke(call: &Call) -> Result<Response> {
    let id = call.path("attestation_id").to_owned();
    call.write(move |tx| attestations::revoke(tx, &id))?;
    Ok(no_content())
}

fn list(call: &Call) -> Result<Response> {
    let text = |name: &str| call.query.text(name).map(str::to_owned);
    let filter = Filter {
        subject_type: call.query.text("subject_type").and_then(SubjectType::parse),
        subject_id: text("subject_id"),
        framework_id: text("framework_id"),
        control_id: text("control_id"),
        check_id: text("check_id"),
        state: call.query.text("state").and_then(AttestationState::parse),
    };
    let now = call.now;
    if export::wanted(call) {
        let ids = call.read(|tx| attestations::ids(tx, &filter))?;
        return export::of_ids(call, "attestations", &COLUMNS, ids, move |tx, id| {
            Ok(export::found(attestations::get(tx, id))?.map(|attestation| AttestationAnswer::new(attestation, now)))
        });
    }
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let (found, total) = call.read(|tx| attestations::list(tx, &filter, skip, limit))?;
    let answers: Vec<_> = found.into_iter().map(|attestation| AttestationAnswer::new(attestation, now)).collect();
    Ok(page(call, &answers, total))
}

fn new_attestation(call: &Call) -> Result<NewAttestation> {
    let mut fields = Fields::of(call.request)?;
    let subject_type = subject_type(&mut fields)?;
    let subject_id = fields.text("subject_id", 1, ID_CHARACTERS_MAX)?;
    let framework_id = fields.text("framework_id", 1, ID_CHARACTERS_MAX)?;
    let control_id = fields.text("control_id", 1, ID_CHARACTERS_MAX)?;
    let about = match (subject_type, subject_id, framework_id, control_id) {
        (Some(subject_type), Some(subject_id), None, None) => About::Subject { subject_type, subject_id },
        (None, None, Some(framework_id), Some(control_id)) => {
            require_control(call, &fields, &framework_id, &control_id)?;
            About::Control { framework_id, control_id }
        }
        (Some(_), None, ..) => return Err(fields.missing("subject_id")),
        (None, Some(_), ..) => return Err(fields.missing("subject_type")),
        (None, None, Some(_), None) => return Err(fields.missing("control_id")),
        (None, None, None, Some(_)) => return Err(fields.missing("framework_id")),
        (None, None, None, None) => {
            return Err(fields.wrong("subject_type", "with `subject_id`, or `framework_id` with `control_id`, is required"));
        }
        _ => return Err(fields.wrong("subject_id", "can't stand beside `framework_id` and `control_id`")),
    };
    let check_id = match &about {
        About::Subject { subject_type, .. } => check_id(call, &mut fields, *subject_type)?,
        About::Control { .. } => any_check(&mut fields)?,
    };
    let statement = words_of(&mut fields, "statement", STATEMENT_CHARACTERS_MAX)?.ok_or_else(|| fields.missing("statement"))?;
    let valid_until = day(&mut fields, "valid_until")?.ok_or_else(|| fields.missing("valid_until"))?;
    let files = files::read(&mut fields)?;
    fields.finish()?;
    Ok(NewAttestation { about, check_id, statement, valid_until, files })
}

fn require_control(call: &Call, fields: &Fields, framework_id: &str, control_id: &str) -> Result<()> {
    let found = call.read(|tx| frameworks::get(tx, framework_id)).map_err(|error| match error.kind {
        Kind::NotFound => fields.wrong("framework_id", "must be that of a framework"),
        _ => error,
    })?;
    match found.framework.has_control(control_id) {
        true => Ok(()),
        false => Err(fields.wrong("control_id", "must be that of a control of the framework")),
    }
}

/// Takes a check of the catalogue.
fn any_check(fields: &mut Fields) -> Result<Option<String>> {
    let Some(id) = fields.text("check_id", 1, ID_CHARACTERS_MAX)? else { return Ok(None) };
    match Catalogue::shipped().checks().iter().any(|check| check.id == id) {
        true => Ok(Some(id)),
        false => Err(fields.wrong("check_id", "must be a check of the catalogue")),
    }
}
