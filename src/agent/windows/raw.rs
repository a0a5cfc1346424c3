//! What the collecting script found, as JSON of raw values: registry keys and rows, each of them found, absent or not readable.
//!
//! Keys have the form `{"values": {…}}`, rows `{"rows": [{…}, …]}`; what could not be read is `{"error": "…"}` with names and codes that
//! no language of Windows changes. Windows PowerShell 5.1 writes a list of one as its element and may wrap a list into an object; both
//! are taken back here.

use serde_json::{Map, Value};

/// Codes of WMI for a namespace that does not exist, as they stand in the script's errors. A class that is missing from its namespace is a
/// damage of WMI, not an answer.
const NO_SUCH_NAMESPACE: &[&str] = &["0x8004100e", "invalidnamespace"];
/// How errors about a registry key that does not exist begin.
const NO_SUCH_KEY: &str = "objectnotfound";

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read<T> {
    /// It is there.
    Found(T),
    /// It certainly is not there.
    Absent,
    /// Nothing is known: forbidden, too slow, broken, or not asked.
    Failed,
}

/// A part of what was found; nothing is known of a part that is not there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a>(Option<&'a Value>);

/// A registry key with the values that the script asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a>(Read<&'a Map<String, Value>>);

/// A WMI object, or whatever else comes in rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a>(&'a Map<String, Value>);

impl<T> Read<T> {
    /// The value that was found.
    pub fn found(self) -> Option<T> {
        match self {
            Read::Found(value) => Some(value),
            Read::Absent | Read::Failed => None,
        }
    }
}

impl<'a> Raw<'a> {
    /// The whole.
    pub fn new(value: &'a Value) -> Raw<'a> {
        Raw(Some(value))
    }

    /// A part of it.
    pub fn part(self, name: &str) -> Raw<'a> {
        Raw(self.0.and_then(|value| value.get(name)))
    }

    /// Its parts by name; none where nothing is known.
    pub fn parts(self) -> impl Iterator<Item = (&'a str, Raw<'a>)> {
        self.0.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), Raw(Some(value))))
    }

    /// Whether it was collected at all.
    pub fn is_known(self) -> bool {
        self.0.is_some_and(Value::is_object)
    }

    /// A flag.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.0?.get(name)?.as_bool()
    }

    /// A registry key.
    pub fn key(self, name: &str) -> Key<'a> {
        let part = self.part(name);
        let values = part.0.and_then(|value| value.get("values"));
        Key(match values {
            Some(Value::Object(values)) => Read::Found(values),
            // A key without any of the values asked for.
            Some(Value::Null) => Read::Failed,
            _ if part.error().is_some_and(|error| error.starts_with(NO_SUCH_KEY)) => Read::Absent,
            _ => Read::Failed,
        })
    }

    /// Rows; failed when one of them is no object, for a part of a list proves nothing absent.
    pub fn rows(self, name: &str) -> Read<Vec<Row<'a>>> {
        let part = self.part(name);
        match part.0.and_then(|value| value.get("rows")) {
            Some(rows) => {
                let rows: Option<Vec<Row>> = elements(rows).filter(|row| !row.is_null()).map(|row| row.as_object().map(Row)).collect();
                rows.map_or(Read::Failed, Read::Found)
            }
            None if part.error().is_some_and(|error| NO_SUCH_NAMESPACE.iter().any(|code| error.contains(code))) => Read::Absent,
            // A list of programs comes from a registry key, which may not be there.
            None if part.error().is_some_and(|error| error.starts_with(NO_SUCH_KEY)) => Read::Absent,
            None => Read::Failed,
        }
    }

    /// The first row.
    pub fn row(self, name: &str) -> Option<Row<'a>> {
        self.rows(name).found()?.first().copied()
    }

    fn error(self) -> Option<String> {
        Some(self.0?.get("error")?.as_str()?.to_ascii_lowercase())
    }
}

impl Key<'_> {
    /// A number. A key that does not exist has no values; one of another type says nothing.
    pub fn integer(self, name: &str) -> Read<i64> {
        self.value(name, integer)
    }

    /// A text.
    pub fn text(self, name: &str) -> Read<String> {
        self.value(name, |value| value.as_str().map(str::to_owned))
    }

    /// A list of texts; a single one is a list of one.
    pub fn texts(self, name: &str) -> Read<Vec<String>> {
        self.value(name, |value| elements(value).map(|text| text.as_str().map(str::to_owned)).collect())
    }

    fn value<T>(self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Read<T> {
        match self.0 {
            Read::Found(values) => match values.get(name) {
                Some(value) => read(value).map_or(Read::Failed, Read::Found),
                None => Read::Absent,
            },
            Read::Absent => Read::Absent,
            Read::Failed => Read::Failed,
        }
    }
}

impl Row<'_> {
    /// A number, or a text of digits.
    pub fn integer(self, name: &str) -> Option<i64> {
        integer(self.0.get(name)?)
    }

    /// A flag.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// A text, without outer blanks; empty is none.
    pub fn text(self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.as_str()?.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The texts of a list.
    pub fn texts(self, name: &str) -> Vec<String> {
        self.0.get(name).into_iter().flat_map(elements).filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }

    /// The numbers of a list.
    pub fn integers(self, name: &str) -> Vec<i64> {
        self.0.get(name).into_iter().flat_map(elements).filter_map(integer).collect()
    }
}

/// The elements of a list, however PowerShell wrote it.
fn elements(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(list) => list.iter(),
        Value::Null => [].iter(),
        Value::Object(wrapped) if wrapped.len() == 2 && wrapped.contains_key("Count") => match wrapped.get("value") {
            Some(Value::Array(list)) => list.iter(),
            _ => std::slice::from_ref(value).iter(),
        },
        single => std::slice::from_ref(single).iter(),
    }
}

/// A whole number, also one that the registry keeps as text.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn found_absent_and_unreadable_keys_differ() {
        let value = json!({
            "found": { "values": { "Start": 4, "Text": "600", "List": "one" } },
            "empty": { "values": {} },
            "absent": { "error": "ObjectNotFound PathNotFound,Microsoft.PowerShell.Commands.GetItemPropertyCommand " },
            "forbidden": { "error": "PermissionDenied System.Security.SecurityException,Microsoft.PowerShell.Commands.GetItemPropertyCommand " },
        });
        let raw = Raw::new(&value);
        assert_eq!(raw.key("found").integer("Start"), Read::Found(4));
        assert_eq!(raw.key("found").integer("Text"), Read::Found(600));
        assert_eq!(raw.key("found").integer("List"), Read::Failed);
        assert_eq!(raw.key("found").texts("List"), Read::Found(vec!["one".to_owned()]));
        assert_eq!(raw.key("empty").integer("Start"), Read::Absent);
        assert_eq!(raw.key("absent").integer("Start"), Read::Absent);
        assert_eq!(raw.key("forbidden").integer("Start"), Read::Failed);
        assert_eq!(raw.key("never asked").integer("Start"), Read::Failed);
    }

    #[test]
    fn rows_are_read_however_powershell_wrote_the_list() {
        let value = json!({
            "many": { "rows": [{ "a": 1 }, { "a": 2 }] },
            "one": { "rows": { "a": 1 } },
            "wrapped": { "rows": { "value": [{ "a": 1 }], "Count": 1 } },
            "none": { "rows": [] },
            "null": { "rows": [null] },
            "broken": { "rows": [{ "a": 1 }, "text"] },
            "no_namespace": { "error": "NotSpecified HRESULT 0x8004100E,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand InvalidNamespace" },
            "forbidden": { "error": "PermissionDenied HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand AccessDenied" },
        });
        let raw = Raw::new(&value);
        let count = |name| raw.rows(name).found().map(|rows| rows.len());
        assert_eq!(["many", "one", "wrapped", "none", "null"].map(count), [Some(2), Some(1), Some(1), Some(0), Some(0)]);
        assert!(matches!(raw.rows("broken"), Read::Failed));
        assert!(matches!(raw.rows("no_namespace"), Read::Absent));
        assert!(matches!(raw.rows("forbidden"), Read::Failed));
        assert!(matches!(raw.rows("never asked"), Read::Failed));
    }
}
