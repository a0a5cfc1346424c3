//! Importing a CSV file: a dry run that names what is wrong by line, and the import itself, all or nothing.
//!
//! Each row becomes the JSON object of the route that makes one such thing, and goes the same way from there: what that route refuses is
//! refused here, in the same words. A file that this program exported reads back, spreadsheets' own files too.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::input::Fields;
use super::route::{Parameter, ParameterKind};
use crate::domain::csv_read::{Reader, Row, delimiter_of};
use crate::error::{Error, Kind, Result};
use crate::http::Response;
use crate::limits::{IMPORT_ERRORS_MAX, IMPORT_ROWS_MAX};
use crate::store::WriteTx;

/// The largest file, bytes.
pub const IMPORT_BODY_BYTES_MAX: usize = 1024 * 1024;

/// The parameter of every import.
pub const DRY_RUN: Parameter = Parameter {
    name: "dry_run",
    kind: ParameterKind::Boolean { default: false },
    description: "Only check: the answer names what is wrong by line, and nothing is stored",
};

/// A column that a file may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the first line, and that of the JSON field.
    pub name: &'static str,
    /// How a cell is read.
    pub kind: Cell,
    /// Whether the file must have it.
    pub required: bool,
}

/// How a cell becomes JSON. An empty one is `null`.
#[derive(Debug, Clone, Copy)]
pub enum Cell {
    /// As it stands.
    Text,
    /// Texts parted by `;`.
    List,
    /// `true` or `false`, in any case.
    Boolean,
    /// A whole number.
    Number,
    /// Not at all: what the appliance itself writes into an export.
    Ignored,
}

/// How an import went, or would go.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportResult)]
pub struct ImportAnswer {
    /// Whether nothing was stored because the request asked for that.
    dry_run: bool,
    /// Rows of the file below its first line.
    rows: usize,
    /// Things that were made; in a dry run that would be.
    created: usize,
    /// What is wrong, by line; at most 100. Other than in a dry run there is nothing wrong when this is answered.
    errors: Vec<ImportError>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportError {
    /// The line of the file on which the row begins; the first is 1.
    #[schema(minimum = 1)]
    line: u64,
    /// One sentence.
    detail: String,
}

/// Imports the request's file: `read` makes an item of a row's fields, `store` stores one.
pub fn run<T, R, S>(call: &Call, columns: &[Column], read: R, store: S) -> Result<Response>
where
    T: Send + 'static,
    R: Fn(Fields) -> Result<T>,
    S: Fn(&WriteTx, T) -> Result<()> + Send + 'static,
{
    let imported = all(call, columns, read, move |tx, rows, refused| {
        rows.into_iter().try_for_each(|(line, item)| refused.note(line, store(tx, item)).map(drop))
    })?;
    let Imported { dry_run, rows, created, errors, .. } = imported;
    Ok(answer::json(&ImportAnswer { dry_run, rows, created, errors }))
}

/// How an import went, or in a dry run would go.
pub struct Imported<O> {
    /// Whether nothing was stored because the request asked for that.
    pub dry_run: bool,
    /// Rows of the file below its first line.
    pub rows: usize,
    /// Rows with which nothing is wrong.
    pub created: usize,
    /// What is wrong, by line, the first few; nothing other than in a dry run.
    pub errors: Vec<ImportError>,
    /// What `store` gave; `None` if it was not reached.
    pub outcome: Option<O>,
}

/// Rows that can't be stored.
#[derive(Default)]
pub struct Refused(Vec<ImportError>);

impl Refused {
    /// Takes what came of the row that begins on `line`: `None` if it was refused. A fault of the appliance ends the import.
    pub fn note<T>(&mut self, line: u64, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error),
            Err(error) => {
                self.0.push(ImportError { line, detail: error.detail });
                Ok(None)
            }
        }
    }
}

/// Imports the request's file: `read` makes an item of a row's fields, `store` stores all of them, each with its line, in one transaction,
/// which ends without a trace in a dry run or when a row is refused. An error names the first line that is wrong.
pub fn all<T, O, R, S>(call: &Call, columns: &[Column], read: R, store: S) -> Result<Imported<O>>
where
    T: Send + 'static,
    O: Send + 'static,
    R: Fn(Fields) -> Result<T>,
    S: FnOnce(&WriteTx, Vec<(u64, T)>, &mut Refused) -> Result<O> + Send + 'static,
{
    let dry_run = call.query.boolean("dry_run");
    let rows = rows(call, columns)?;
    let count = rows.len();
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (line, fields) in rows {
        match fields.and_then(&read) {
            Ok(item) => items.push((line, item)),
            Err(error) => errors.push(ImportError { line, detail: error.detail }),
        }
    }
    // What is wrong with the rows themselves need not keep the writer busy, unless somebody wants to know all at once.
    let mut outcome = None;
    if errors.is_empty() || dry_run {
        let (refused, stored) = stored(call, items, dry_run, store)?;
        errors.extend(refused);
        outcome = stored;
    }
    errors.sort_by_key(|error| error.line);
    match errors.first() {
        Some(first) if !dry_run => {
            let more = if errors.len() > 1 {
                format!("; {} lines are wrong in all, `dry_run=true` lists them", errors.len())
            } else {
                String::new()
            };
            Err(Error::invalid(format!("Line {}: {}{more}", first.line, first.detail)))
        }
        _ => {
            let created = count - errors.len();
            errors.truncate(IMPORT_ERRORS_MAX);
            Ok(Imported { dry_run, rows: count, created, errors, outcome })
        }
    }
}

/// Stores the items in one transaction, which ends without a trace in a dry run or when one of them is refused; gives what was refused, and
/// what `store` gave.
fn stored<T, O, S>(call: &Call, items: Vec<(u64, T)>, dry_run: bool, store: S) -> Result<(Vec<ImportError>, Option<O>)>
where
    T: Send + 'static,
    O: Send + 'static,
    S: FnOnce(&WriteTx, Vec<(u64, T)>, &mut Refused) -> Result<O> + Send + 'static,
{
    let found = Arc::new(Mutex::new((Vec::new(), None)));
    let told = found.clone();
    let written = call.write_large(move |tx| {
        let mut refused = Refused::default();
        let outcome = store(tx, items, &mut refused)?;
        let undone = dry_run || !refused.0.is_empty();
        *told.lock().unwrap_or_else(PoisonError::into_inner) = (refused.0, Some(outcome));
        // An error is what takes everything back.
        if undone { Err(Error::invalid(NOT_STORED)) } else { Ok(()) }
    });
    match written {
        Err(error) if error.detail != NOT_STORED => Err(error),
        _ => Ok(std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner))),
    }
}

/// Never shown: it ends a transaction on purpose.
const NOT_STORED: &str = "Nothing was stored, on purpose";

/// A row's line, and its fields or what is wrong with its cells.
type Read = (u64, Result<Fields>);

fn rows(call: &Call, columns: &[Column]) -> Result<Vec<Read>> {
    let declared = call.request.header("content-type").unwrap_or("");
    if !declared.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("text/csv") {
        return Err(Error::new(Kind::NotJson, "The body must be CSV with `Content-Type: text/csv`"));
    }
    let text = std::str::from_utf8(&call.request.body).map_err(|_| Error::invalid("The body is not UTF-8"))?;
    let mut head: Option<Vec<Column>> = None;
    let mut found = Vec::new();
    let mut each = |row: Row| match &head {
        None => {
            head = Some(read_head(&row, columns)?);
            Ok(())
        }
        Some(_) if found.len() == IMPORT_ROWS_MAX => {
            Err(Error::invalid(format!("The file has more than {IMPORT_ROWS_MAX} rows; import it in parts")))
        }
        Some(head) => {
            found.push((row.line, read_row(head, row.cells)));
            Ok(())
        }
    };
    let mut reader = Reader::new(delimiter_of(text.lines().next().unwrap_or_default()));
    reader.feed(text, &mut each)?;
    reader.finish(&mut each)?;
    match (head, found.is_empty()) {
        (Some(_), false) => Ok(found),
        _ => Err(Error::invalid("The file has no rows: its first line names the columns, each further one is a row")),
    }
}

fn read_head(row: &Row, columns: &[Column]) -> Result<Vec<Column>> {
    let mut head: Vec<Column> = Vec::new();
    for name in &row.cells {
        let name = name.trim();
        let known = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        let column = known.ok_or_else(|| Error::invalid(format!("Unknown column `{}`; known are {}", shown(name), names(columns))))?;
        if head.iter().any(|other| other.name == column.name) {
            return Err(Error::invalid(format!("The column `{}` is there twice", column.name)));
        }
        head.push(*column);
    }
    match columns.iter().find(|column| column.required && head.iter().all(|other| other.name != column.name)) {
        Some(missing) => Err(Error::invalid(format!("The column `{}` is missing", missing.name))),
        None => Ok(head),
    }
}

fn read_row(head: &[Column], cells: Vec<String>) -> Result<Fields> {
    if cells.len() != head.len() {
        return Err(Error::invalid(format!("the row has {} cells, the first line has {}", cells.len(), head.len())));
    }
    let mut map = Map::new();
    for (column, cell) in head.iter().zip(cells) {
        let text = cell.trim();
        if matches!(column.kind, Cell::Ignored) {
            continue;
        }
        if text.is_empty() {
            map.insert(column.name.to_owned(), Value::Null);
            continue;
        }
        let value = match column.kind {
            Cell::Text | Cell::Ignored => Some(Value::from(cell)),
            Cell::List => Some(text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect()),
            Cell::Boolean => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            Cell::Number => text.parse::<i64>().ok().map(Value::from),
        };
        let wanted = match column.kind {
            Cell::Number => "a whole number",
            _ => "true or false",
        };
        map.insert(column.name.to_owned(), value.ok_or_else(|| Error::invalid(format!("`{}` must be {wanted}", column.name)))?);
    }
    Ok(Fields::new(map))
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// A name from outside, short and printable enough for an answer.
fn shown(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(64).collect()
}
