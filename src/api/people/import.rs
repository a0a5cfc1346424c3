//! People from a file: what would change, who is new, and who is not in the file.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::PersonAnswer;
use super::input::{self, Named};
use crate::api::answer;
use crate::api::call::Call;
use crate::api::import::{self, ImportError, Imported, Refused};
use crate::domain::audit::Metadata;
use crate::error::{Error, Result};
use crate::http::Response;
use crate::limits::IMPORT_MISSING_SHOWN;
use crate::store::WriteTx;
use crate::store::people::{self, Changed};

/// How an import of people went, or would go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PeopleImportResult)]
pub struct PeopleImportAnswer {
    /// Whether nothing was stored because the request asked for that.
    dry_run: bool,
    /// Rows of the file below its first line.
    rows: usize,
    /// People who are new.
    created: usize,
    /// People whose record changes.
    updated: usize,
    /// Rows that say what is known already.
    unchanged: usize,
    /// Who is new and what changes, in the order of the file.
    changes: Vec<PersonChange>,
    /// People without a last day who are not in the file.
    missing_count: usize,
    /// The first of them by name, at most 500. They stay as they are, unless the request says `missing=left`.
    missing: Vec<PersonAnswer>,
    /// Those of them for whom today became the last day.
    left: usize,
    /// What is wrong, by line; at most 100. Other than in a dry run there is nothing wrong when this is answered.
    errors: Vec<ImportError>,
}

/// What a row of the file does.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonChange {
    /// The line of the file on which the row begins; the first is 1.
    #[schema(minimum = 1)]
    line: u64,
    /// The person's email.
    email: String,
    /// The person's name from now on.
    name: String,
    /// Whether the person is new.
    created: bool,
    /// Fields that change, by name; empty for somebody new.
    #[schema(value_type = Object, example = json!({ "left_on": { "old": null, "new": "2026-01-31" } }))]
    fields: BTreeMap<&'static str, OldAndNew>,
}

/// A field's value before and after.
#[derive(Debug, Serialize)]
struct OldAndNew {
    old: Value,
    new: Value,
}

/// What storing the rows gave.
#[derive(Default)]
struct Outcome {
    created: usize,
    updated: usize,
    unchanged: usize,
    changes: Vec<PersonChange>,
    missing_count: usize,
    missing: Vec<PersonAnswer>,
    left: usize,
}

/// Answers `POST /people/import`.
pub fn import(call: &Call) -> Result<Response> {
    let mark_left = call.query.text("missing") == Some("left");
    let imported = import::all(call, &input::COLUMNS, input::named, move |tx, rows, refused| store(tx, rows, refused, mark_left))?;
    let Imported { dry_run, rows, errors, outcome, .. } = imported;
    let outcome = outcome.unwrap_or_default();
    Ok(answer::json(&PeopleImportAnswer {
        dry_run,
        rows,
        created: outcome.created,
        updated: outcome.updated,
        unchanged: outcome.unchanged,
        changes: outcome.changes,
        missing_count: outcome.missing_count,
        missing: outcome.missing,
        left: outcome.left,
        errors,
    }))
}

fn store(tx: &WriteTx, rows: Vec<(u64, Named)>, refused: &mut Refused, mark_left: bool) -> Result<Outcome> {
    let (mut outcome, mut seen, mut named) = (Outcome::default(), HashSet::new(), HashSet::new());
    let count = rows.len();
    for (line, row) in rows {
        let first = named.insert(row.email.clone());
        let result = match first {
            true => people::import_row(tx, &row.name, &row.email, &row.change),
            false => Err(Error::conflict("`email` is that of an earlier line")),
        };
        // Of a row that is refused the person is in the file all the same.
        seen.extend(people::find_by_email(tx, &row.email)?.map(|person| person.id));
        let Some(Changed { person, created, fields }) = refused.note(line, result)? else { continue };
        *match (created, fields.is_empty()) {
            (true, _) => &mut outcome.created,
            (false, false) => &mut outcome.updated,
            (false, true) => &mut outcome.unchanged,
        } += 1;
        if created || !fields.is_empty() {
            let fields = fields.into_iter().map(|field| (field.name, OldAndNew { old: field.old, new: field.new })).collect();
            let record = person.record;
            outcome.changes.push(PersonChange { line, email: record.email, name: record.name, created, fields });
        }
    }
    let (today, missing) = (people::day_of(tx, tx.now)?, people::present_people(tx, &seen)?);
    outcome.missing_count = missing.len();
    for person in missing {
        // Somebody whose first day is yet to come has no last one.
        if mark_left && person.record.joined_on.is_none_or(|joined| joined <= today) {
            people::mark_left(tx, &person.id)?;
            outcome.left += 1;
        }
        if outcome.missing.len() < IMPORT_MISSING_SHOWN {
            outcome.missing.push(people::get(tx, &person.id)?.into());
        }
    }
    let metadata = Metadata::new()
        .with("rows", count)
        .with("created", outcome.created)
        .with("updated", outcome.updated)
        .with("unchanged", outcome.unchanged)
        .with("left", outcome.left);
    people::record_import(tx, metadata)?;
    Ok(outcome)
}
