//! Columns that hold one of our own words.

use rusqlite::Row;

/// Reads a column that holds one of our own words; anything else means a damaged file.
pub(super) fn word<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| rusqlite::Error::InvalidColumnType(column, format!("unknown word {text}"), rusqlite::types::Type::Text))
}
