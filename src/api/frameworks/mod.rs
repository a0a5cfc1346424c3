//! Frameworks: which there are, what their controls are evidenced by and what not, which are on, and the organisation's own.

mod document;
mod rows;

use serde_json::{Map, Value, json};

pub use self::rows::ROUTES;

use self::document::{FrameworkAnswer, FrameworkDetailAnswer};
use super::answer::{created, json as ok, no_content};
use super::call::Call;
use super::input::{Fields, kind_of};
use crate::domain::check::Catalogue;
use crate::error::{Error, Result};
use crate::http::Response;
use crate::limits::FRAMEWORK_BYTES_MAX;
use crate::store::{Tx, frameworks, settings};

fn list(call: &Call) -> Result<Response> {
    let answers = call.read(|tx| {
        let chosen = &settings::current(tx)?.settings.frameworks;
        Ok(frameworks::all(tx)?.iter().map(|offered| FrameworkAnswer::new(offered, chosen)).collect::<Vec<_>>())
    })?;
    let (skip, limit) = (call.query.integer("skip"), call.query.integer("limit"));
    let page: Vec<_> = answers.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(usize::try_from(limit).unwrap_or(0)).collect();
    Ok(super::answer::page(call, &page, answers.len() as u64))
}

fn show(call: &Call) -> Result<Response> {
    let id = call.path("framework_id");
    Ok(ok(&call.read(|tx| detail(tx, id))?))
}

fn add(call: &Call) -> Result<Response> {
    let mut body = Fields::of(call.request)?;
    let text = text(&mut body)?;
    body.finish()?;
    let (answer, is_new) = call.write(move |tx| {
        let (offered, is_new) = frameworks::put(tx, &text)?;
        Ok((detail(tx, &offered.framework.key)?, is_new))
    })?;
    Ok(if is_new { created(&answer) } else { ok(&answer) })
}

/// The file: many lines, so no text as other fields have.
fn text(body: &mut Fields) -> Result<String> {
    match body.optional("text") {
        Some(Value::String(text)) if text.len() <= FRAMEWORK_BYTES_MAX => Ok(text),
        Some(Value::String(_)) => Err(body.wrong("text", &format!("is longer than {FRAMEWORK_BYTES_MAX} bytes"))),
        Some(other) => Err(body.wrong("text", &format!("must be text, not {}", kind_of(&other)))),
        None => Err(body.missing("text")),
    }
}

fn change(call: &Call) -> Result<Response> {
    let mut body = Fields::of(call.request)?;
    let mut wanted = Map::new();
    for field in ["enabled", "categories"] {
        if let Some(value) = body.patched(field) {
            wanted.insert(field.to_owned(), value.unwrap_or_default());
        }
    }
    body.finish()?;
    let id = call.path("framework_id").to_owned();
    let answer = call.write(move |tx| {
        frameworks::get(tx, &id)?;
        let current = settings::current(tx)?;
        let patch = json!({"frameworks": {id.as_str(): wanted}});
        let patch = patch.as_object().cloned().unwrap_or_default();
        // Errors name the setting; here it is a field of the body.
        let as_field = |error: Error| Error { detail: error.detail.replace(&format!("frameworks.{id}."), ""), ..error };
        let (patched, changes) = current.settings.patch(&patch, Catalogue::shipped()).map_err(as_field)?;
        frameworks::check(tx, &patched).map_err(as_field)?;
        if !changes.is_empty() {
            settings::replace(tx, current.version, &patched, &changes)?;
        }
        detail(tx, &id)
    })?;
    Ok(ok(&answer))
}

fn delete(call: &Call) -> Result<Response> {
    let id = call.path("framework_id").to_owned();
    call.write(move |tx| frameworks::delete(tx, &id))?;
    Ok(no_content())
}

fn detail(tx: &Tx, id: &str) -> Result<FrameworkDetailAnswer> {
    let offered = frameworks::get(tx, id)?;
    Ok(FrameworkDetailAnswer::new(&offered, &settings::current(tx)?.settings.frameworks))
}
