//! Tables as they were sent: rows of texts, checked in form and bounded in number.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::time::Time;
use crate::domain::visible::without_hidden;
use crate::limits::OSQUERY_ROWS_MAX;

/// Characters of a name in a sentence.
const NAME_CHARACTERS_MAX: usize = 64;
/// The last second of the year 9999.
const LATEST_SECONDS: i64 = 253_402_300_799;
/// Every table that something is read from, the security tables aside.
const OTHER_TABLES: &[&str] = &[
    "apps",
    "chassis_info",
    "chrome_extensions",
    "deb_packages",
    "dns_resolvers",
    "homebrew_packages",
    "interface_addresses",
    "interface_details",
    "kernel_info",
    "os_version",
    "osquery_info",
    "programs",
    "routes",
    "system_info",
    "time",
];

/// The known tables of a report.
#[derive(Debug, Clone, Default)]
pub struct OsqueryTables(BTreeMap<&'static str, Vec<OsqueryRow>>);

/// A row: what is not empty, by column.
#[derive(Debug, Clone, Default)]
pub struct OsqueryRow(BTreeMap<String, String>);

impl OsqueryTables {
    /// Reads `{table: [{column: value}]}`. Values may be texts or numbers; `null` is absent. The error is a sentence that begins with the
    /// path of what is wrong. Unknown tables are passed over, whatever they hold.
    pub fn read(mut given: Map<String, Value>) -> Result<OsqueryTables, String> {
        let mut tables = BTreeMap::new();
        let mut rows_left = OSQUERY_ROWS_MAX;
        for name in super::SECURITY_TABLES.iter().chain(OTHER_TABLES) {
            let rows = match given.remove(*name) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(rows)) => rows,
                Some(_) => return Err(format!("`osquery.{name}` must be an array of rows")),
            };
            rows_left = rows_left
                .checked_sub(rows.len())
                .ok_or_else(|| format!("`osquery.{name}` goes beyond the {OSQUERY_ROWS_MAX} rows that a report may hold"))?;
            let rows = rows.into_iter().enumerate().map(|(index, row)| read_row(name, index, row));
            tables.insert(*name, rows.collect::<Result<_, _>>()?);
        }
        Ok(OsqueryTables(tables))
    }

    /// Whether a table was sent, be it without rows.
    pub(super) fn was_sent(&self, table: &str) -> bool {
        self.0.contains_key(table)
    }

    /// The rows of a table; none where it was not sent.
    pub(super) fn rows(&self, table: &str) -> &[OsqueryRow] {
        self.0.get(table).map(Vec::as_slice).unwrap_or_default()
    }

    /// A column of the first row of a table.
    pub(super) fn first(&self, table: &str, column: &str) -> Option<&str> {
        self.rows(table).first()?.text(column)
    }
}

impl OsqueryRow {
    /// A column that is not empty.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// A column that is a whole number.
    pub(super) fn integer(&self, column: &str) -> Option<i64> {
        self.text(column)?.parse().ok()
    }

    /// A column that is a time in seconds since 1970; zero is none, and beyond the year 9999 there is nothing to be written.
    pub(super) fn time(&self, column: &str) -> Option<Time> {
        self.integer(column).filter(|seconds| (1..=LATEST_SECONDS).contains(seconds)).map(Time)
    }

    /// A column that is `1` or `0`.
    pub(super) fn flag(&self, column: &str) -> Option<bool> {
        match self.text(column)? {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }

    /// Whether a column is this, without regard to case.
    pub(super) fn is(&self, column: &str, value: &str) -> bool {
        self.text(column).is_some_and(|text| text.eq_ignore_ascii_case(value))
    }
}

fn read_row(table: &str, index: usize, row: Value) -> Result<OsqueryRow, String> {
    let Value::Object(columns) = row else { return Err(format!("`osquery.{table}[{index}]` must be an object of columns")) };
    let mut texts = BTreeMap::new();
    for (column, value) in columns {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => {
                without_hidden(&text).chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
            }
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                let column: String = column.chars().filter(|character| !character.is_control()).take(NAME_CHARACTERS_MAX).collect();
                return Err(format!("`osquery.{table}[{index}].{column}` must be a text or a number"));
            }
        };
        if !text.is_empty() {
            texts.insert(column, text);
        }
    }
    Ok(OsqueryRow(texts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<OsqueryTables, String> {
        OsqueryTables::read(value.as_object().unwrap().clone())
    }

    #[track_caller]
    fn refused(value: Value, sentence: &str) {
        assert_eq!(read(value).unwrap_err(), sentence);
    }

    #[test]
    fn what_is_wrong_in_a_known_table_is_named_by_its_path() {
        refused(json!({"mounts": {}}), "`osquery.mounts` must be an array of rows");
        refused(json!({"mounts": [{}, 7]}), "`osquery.mounts[1]` must be an object of columns");
        refused(json!({"mounts": [{"path": ["/"]}]}), "`osquery.mounts[0].path` must be a text or a number");
        refused(json!({"alf": [{"global\nstate": true}]}), "`osquery.alf[0].globalstate` must be a text or a number");
        assert!(read(json!({"browser_history": 7, "mounts": null})).is_ok());
    }

    #[test]
    fn rows_are_bounded_over_all_tables() {
        let rows = |count: usize| vec![json!({}); count];
        assert!(read(json!({"apps": rows(OSQUERY_ROWS_MAX - 1), "users": rows(1)})).is_ok());
        let error = read(json!({"apps": rows(OSQUERY_ROWS_MAX), "users": rows(1)})).unwrap_err();
        assert!(error.starts_with("`osquery.apps` goes beyond"), "{error}");
    }

    #[test]
    fn empty_texts_are_absent_and_numbers_are_texts() {
        let tables = read(json!({"alf": [{"global_state": 1, "version": "", "logging_enabled": null}]})).unwrap();
        let row = &tables.rows("alf")[0];
        assert_eq!((row.flag("global_state"), row.text("version"), row.text("logging_enabled")), (Some(true), None, None));
        assert!(tables.was_sent("alf") && !tables.was_sent("mounts"));
    }
}
