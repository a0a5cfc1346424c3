//! `?format=csv` of a list: all that match in one file, row by row, however many there are.
//!
//! What matches is found at once, as ids; the rows are then read and sent a few hundred at a time, each few in a transaction of their own.
//! So a slow client holds no state of the file, and nothing is in it twice. What is deleted meanwhile is left out.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::call::Call;
use super::route::{Parameter, ParameterKind};
use crate::domain::csv;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Response, StatusCode};
use crate::limits::{EXPORT_CHUNK_ROWS, EXPORT_PIECE_BYTES};
use crate::store::{Tx, settings};

/// The parameter of every list that can be had as CSV.
pub const FORMAT: Parameter = Parameter {
    name: "format",
    kind: ParameterKind::Choice(|| vec!["json", "csv"]),
    description: "`json` (default), or `csv` for all that match in one file, whatever `skip` and `limit` say",
};

/// Whether the request wants a file.
pub fn wanted(call: &Call) -> bool {
    call.query.text("format") == Some("csv")
}

/// The ids of a list that the store gives in pages: `page` takes how many to pass over and how many to give at most.
pub fn all_ids(mut page: impl FnMut(i64, i64) -> Result<Vec<String>>) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    loop {
        let more = page(ids.len() as i64, EXPORT_CHUNK_ROWS as i64)?;
        let last = more.len() < EXPORT_CHUNK_ROWS;
        ids.extend(more);
        if last {
            return Ok(ids);
        }
    }
}

/// The file called `name`, with a row of `columns` for each of `ids` that `row` still finds: fields of its answer by their names.
///
/// An absent or null field is an empty cell, a list of texts is joined by `;`, and any other list or object stands as JSON.
pub fn of_ids<T, F>(call: &Call, name: &str, columns: &'static [&'static str], ids: Vec<String>, row: F) -> Result<Response>
where
    T: Serialize,
    F: Fn(&Tx, &str) -> Result<Option<T>> + Send + 'static,
{
    let (store, tenant_id) = (call.app.store.clone(), call.caller()?.tenant_id.clone());
    let (actor, now) = (call.actor.clone(), call.now);
    file(call, name, columns, move |rows| {
        for chunk in ids.chunks(EXPORT_CHUNK_ROWS) {
            let found = store.read(&tenant_id, &actor, now, |tx| {
                let found = chunk.iter().map(|id| Ok(row(tx, id)?.map(|answer| cells(columns, &answer))));
                found.filter_map(Result::transpose).collect::<Result<Vec<_>>>()
            })?;
            found.iter().try_for_each(|cells| rows.push(cells.iter().map(String::as_str)))?;
        }
        Ok(())
    })
}

/// `None` for what is no longer there.
pub fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// The file called `name` and dated in the organisation's time zone, whose rows under `columns` `write` gives.
pub fn file<F>(call: &Call, name: &str, columns: &'static [&'static str], write: F) -> Result<Response>
where
    F: FnOnce(&mut Rows) -> Result<()> + Send + 'static,
{
    let zone = call.read(|tx| Ok(settings::current(tx)?.settings.time_zone))?;
    let disposition = format!("attachment; filename=\"{name}-{}.csv\"", call.now.date_in(zone));
    let stream = move |out: &mut dyn Write| {
        let mut rows = Rows { out, piece: String::new() };
        rows.push(columns.iter().copied())?;
        write(&mut rows)?;
        rows.send()
    };
    let mut response =
        Response::empty(StatusCode::OK).with_header("content-type", csv::MEDIA_TYPE).with_header("content-disposition", &disposition);
    response.body = Body::Stream(Box::new(stream));
    Ok(response)
}

/// Rows on their way to the client.
pub struct Rows<'w> {
    out: &'w mut dyn Write,
    piece: String,
}

impl Rows<'_> {
    /// Adds a row. An error when the client has gone.
    pub fn push<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> Result<()> {
        csv::write_row(&mut self.piece, cells);
        if self.piece.len() >= EXPORT_PIECE_BYTES { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<()> {
        self.out.write_all(self.piece.as_bytes()).map_err(|error| Error::unavailable("The file could not be sent", error))?;
        self.piece.clear();
        Ok(())
    }
}

fn cells(columns: &[&str], answer: &impl Serialize) -> Vec<String> {
    // Our own answers have names of fields as keys and nothing that fails to be written.
    let answer = serde_json::to_value(answer).unwrap_or_default();
    columns.iter().map(|column| cell(&answer[*column])).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| item.as_str().is_some_and(|text| !text.contains(';'))) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_cells() {
        let answer = json!({"a": "x", "b": null, "c": 7, "d": true, "e": ["p", "q"], "f": [], "g": ["p;", "q"], "h": {"i": 1}});
        let columns = ["h", "g", "f", "e", "d", "c", "b", "a", "absent"];
        assert_eq!(cells(&columns, &answer), ["{\"i\":1}", "[\"p;\",\"q\"]", "", "p;q", "true", "7", "", "x", ""]);
    }

    #[test]
    fn all_pages_are_asked_for() {
        for count in [0, 1, EXPORT_CHUNK_ROWS, EXPORT_CHUNK_ROWS + 1, 3 * EXPORT_CHUNK_ROWS] {
            let all: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let page = |skip: i64, limit: i64| Ok(all.iter().skip(skip as usize).take(limit as usize).cloned().collect());
            assert_eq!(all_ids(page).unwrap(), all);
        }
    }
}
