//! Columns that hold one of our own words, or a day.

use chrono::NaiveDate;
use rusqlite::Row;

use crate::domain::time::parse_date;

/// Reads a column that holds one of our own words; anything else means a damaged file.
pub(super) fn word<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| rusqlite::Error::InvalidColumnType(column, format!("unknown word {text}"), rusqlite::types::Type::Text))
}

/// A day that was stored as `YYYY-MM-DD`.
pub(super) fn day(row: &Row, column: usize) -> rusqlite::Result<NaiveDate> {
    let text = row.get_ref(column)?.as_str()?;
    let wrong = || rusqlite::Error::InvalidColumnType(column, format!("no day {text}"), rusqlite::types::Type::Text);
    parse_date(text).ok_or_else(wrong)
}
