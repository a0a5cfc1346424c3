//! Reading exceptions to be recorded from JSON; what is about a subject or check is read the same for attestations.

use chrono::NaiveDate;

use crate::api::call::Call;
use crate::api::devices::fields::words;
use crate::api::input::Fields;
use crate::api::services::input::{ID_CHARACTERS_MAX, paragraphs};
use crate::domain::exception::{ExceptionScope, SubjectType};
use crate::domain::time::parse_date;
use crate::error::Result;
use crate::store::exceptions::NewException;
use crate::store::settings;

/// Characters of a reason, and of a measure.
const REASON_CHARACTERS_MAX: usize = 2_000;
/// Characters of a tag.
const TAG_CHARACTERS_MAX: usize = 64;

/// Reads an exception.
pub(super) fn new_exception(call: &Call) -> Result<NewException> {
    let mut fields = Fields::of(call.request)?;
    let subject_type = subject_type(&mut fields)?.ok_or_else(|| fields.missing("subject_type"))?;
    let subject_id = fields.text("subject_id", 1, ID_CHARACTERS_MAX)?;
    let tag = fields.text("tag", 1, TAG_CHARACTERS_MAX)?;
    let scope = match (subject_id, tag) {
        (Some(id), None) => ExceptionScope::Subject(id),
        (None, Some(tag)) => ExceptionScope::Tag(tag),
        (None, None) => return Err(fields.wrong("subject_id", "or `tag` is required")),
        (Some(_), Some(_)) => return Err(fields.wrong("tag", "can't stand beside `subject_id`")),
    };
    let check_id = check_id(call, &mut fields, subject_type)?.ok_or_else(|| fields.missing("check_id"))?;
    let reason = words_of(&mut fields, "reason", REASON_CHARACTERS_MAX)?.ok_or_else(|| fields.missing("reason"))?;
    let compensating_measure = words_of(&mut fields, "compensating_measure", REASON_CHARACTERS_MAX)?;
    let expires_on = day(&mut fields, "expires_on")?.ok_or_else(|| fields.missing("expires_on"))?;
    let requested_by = fields.text("requested_by", 1, ID_CHARACTERS_MAX)?;
    fields.finish()?;
    let approver = call.caller()?.person().map(str::to_owned);
    Ok(NewException { subject_type, scope, check_id, reason, compensating_measure, requested_by, approver, expires_on })
}

/// Takes what kind of thing it is about.
pub fn subject_type(fields: &mut Fields) -> Result<Option<SubjectType>> {
    fields.choice("subject_type", SubjectType::parse, &words(SubjectType::ALL, SubjectType::as_str))
}

/// Takes a check of the catalogue, or of the organisation's own, that is one for such subjects.
pub fn check_id(call: &Call, fields: &mut Fields, subject_type: SubjectType) -> Result<Option<String>> {
    let Some(id) = fields.text("check_id", 1, ID_CHARACTERS_MAX)? else { return Ok(None) };
    let subject = subject_type.subject();
    let version = call.read(settings::current)?;
    match version.checks.get(&id).is_some_and(|resolved| resolved.check.subject == subject) {
        true => Ok(Some(id)),
        false => Err(fields.wrong("check_id", &format!("must be a check of the catalogue that is about a {}", subject_type.as_str()))),
    }
}

/// Takes a text of several lines.
pub fn words_of(fields: &mut Fields, name: &str, characters_max: usize) -> Result<Option<String>> {
    match fields.optional(name) {
        Some(value) => paragraphs(fields, name, value, characters_max).map(Some),
        None => Ok(None),
    }
}

/// Takes a day.
pub fn day(fields: &mut Fields, name: &str) -> Result<Option<NaiveDate>> {
    match fields.text(name, 1, 64)? {
        Some(text) => parse_date(&text).map(Some).ok_or_else(|| fields.wrong(name, "must be a day like 2026-01-04")),
        None => Ok(None),
    }
}
