//! JSON bodies, read field by field: each wrong field gets a sentence that names it, and unknown ones are refused.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::domain::visible::{is_visible, without_hidden};
use crate::error::{Error, Kind, Result};
use crate::http::Request;

/// Levels of arrays and objects in a body.
const NESTING_MAX: usize = 32;
/// Values in a body, at any depth: small ones take up to a hundred times the memory of their text. A laptop with 5,000 programs sends half.
const VALUES_MAX: usize = 50_000;

/// The fields of a JSON object, taken out one by one; what is left at [`Fields::finish`] is unknown.
pub struct Fields {
    prefix: String,
    map: Map<String, Value>,
}

impl Fields {
    /// Reads the request's body, which must be one JSON object declared as such.
    pub fn of(request: &Request) -> Result<Fields> {
        let declared = request.header("content-type").unwrap_or("");
        let media_type = declared.split(';').next().unwrap_or("").trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Error::new(Kind::NotJson, "The body must be JSON with `Content-Type: application/json`"));
        }
        match parse(&request.body)? {
            Value::Object(map) => Ok(Fields { prefix: String::new(), map }),
            other => Err(Error::invalid(format!("The body must be a JSON object, not {}", kind_of(&other)))),
        }
    }

    /// The fields of an object that came in another form.
    pub fn new(map: Map<String, Value>) -> Fields {
        Fields { prefix: String::new(), map }
    }

    /// The fields of an object inside a body; `name` stands before theirs in sentences.
    pub fn inside(name: &str, map: Map<String, Value>) -> Fields {
        Fields { prefix: format!("{name}."), map }
    }

    /// Takes a field as it is; JSON `null` counts as absent.
    pub fn optional(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name).filter(|value| !value.is_null())
    }

    /// Whether a field is there and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Gives a field that is missing or `null` a value from elsewhere.
    pub fn fill(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value
            && self.map.get(name).is_none_or(Value::is_null)
        {
            self.map.insert(name.to_owned(), value.into());
        }
    }

    /// Takes a field of a PATCH: outer `None` when absent, inner `None` when `null` (clear it).
    pub fn patched(&mut self, name: &str) -> Option<Option<Value>> {
        self.map.remove(name).map(|value| if value.is_null() { None } else { Some(value) })
    }

    /// Takes a text of `min` to `max` characters, trimmed, without control and invisible characters; absent when missing or `null`.
    pub fn text(&mut self, name: &str, min: usize, max: usize) -> Result<Option<String>> {
        match self.optional(name) {
            Some(value) => self.as_text(name, value, min, max).map(Some),
            None => Ok(None),
        }
    }

    /// Like [`Fields::text`], but it must be there.
    pub fn required_text(&mut self, name: &str, min: usize, max: usize) -> Result<String> {
        self.text(name, min, max)?.ok_or_else(|| self.missing(name))
    }

    /// Takes a secret exactly as sent: not trimmed, any characters, at most `max` bytes.
    pub fn required_secret(&mut self, name: &str, max: usize) -> Result<String> {
        match self.optional(name) {
            Some(Value::String(text)) if text.len() <= max => Ok(text),
            Some(Value::String(_)) => Err(self.wrong(name, &format!("is longer than {max} bytes"))),
            Some(other) => Err(self.wrong(name, &format!("must be text, not {}", kind_of(&other)))),
            None => Err(self.missing(name)),
        }
    }

    /// Takes a switch.
    pub fn boolean(&mut self, name: &str) -> Result<Option<bool>> {
        match self.optional(name) {
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong(name, &format!("must be true or false, not {}", kind_of(&other)))),
            None => Ok(None),
        }
    }

    /// Takes an object.
    pub fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>> {
        match self.optional(name) {
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(self.wrong(name, &format!("must be an object, not {}", kind_of(&other)))),
            None => Ok(None),
        }
    }

    /// Takes one of the words that `parse` knows.
    pub fn choice<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>, words: &[&str]) -> Result<Option<T>> {
        match self.text(name, 1, 64)? {
            Some(text) => match parse(&text) {
                Some(choice) => Ok(Some(choice)),
                None => Err(self.wrong(name, &format!("must be one of {}", words.join(", ")))),
            },
            None => Ok(None),
        }
    }

    /// As [`Fields::text`] of what a device says of itself: invisible characters are taken out, see [`crate::domain::visible`].
    pub fn reported_text(&mut self, name: &str, min: usize, max: usize) -> Result<Option<String>> {
        if let Some(Value::String(text)) = self.map.get_mut(name) {
            *text = without_hidden(text);
        }
        self.text(name, min, max)
    }

    /// Checks that `value` is a text of `min` to `max` characters, trimmed, without control and invisible characters.
    pub fn as_text(&self, name: &str, value: Value, min: usize, max: usize) -> Result<String> {
        let Value::String(text) = value else {
            return Err(self.wrong(name, &format!("must be text, not {}", kind_of(&value))));
        };
        if text.chars().any(char::is_control) {
            return Err(self.wrong(name, "contains control characters"));
        }
        if !is_visible(&text) {
            return Err(self.wrong(name, "contains invisible characters"));
        }
        let text = text.trim();
        match text.chars().count() {
            length if (min..=max).contains(&length) => Ok(text.to_owned()),
            0 => Err(self.wrong(name, "is empty")),
            _ => Err(self.wrong(name, &format!("must be {min} to {max} characters"))),
        }
    }

    /// The error for a missing field.
    pub fn missing(&self, name: &str) -> Error {
        Error::invalid(format!("`{}{name}` is required", self.prefix))
    }

    /// The error for a field whose value does not do; `why` follows the name.
    pub fn wrong(&self, name: &str, why: &str) -> Error {
        Error::invalid(format!("`{}{name}` {why}", self.prefix))
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// What has not been taken.
    pub fn rest(self) -> Map<String, Value> {
        self.map
    }

    /// Refuses what has not been taken.
    pub fn finish(self) -> Result<()> {
        match self.map.keys().next() {
            Some(name) => {
                let name: String = name.chars().filter(|character| !character.is_control()).take(64).collect();
                Err(Error::invalid(format!("Unknown field `{}{name}`", self.prefix)))
            }
            None => Ok(()),
        }
    }
}

/// What a value is, in a reader's words.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Reads JSON more strictly than serde_json: no duplicate keys, no deep nesting, no NUL in texts.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    if bytes.is_empty() {
        return Err(Error::invalid("The body is empty; it must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let values_left = Cell::new(VALUES_MAX);
    let value =
        Strict { levels_left: NESTING_MAX, values_left: &values_left }.deserialize(&mut deserializer).map_err(|error| explain(&error))?;
    deserializer.end().map_err(|error| explain(&error))?;
    Ok(value)
}

fn explain(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    if error.is_data() {
        // Our own sentences from `Strict`, with serde_json's position behind them.
        let sentence = text.split(" at line ").next().unwrap_or("");
        return Error::invalid(format!("The body is not acceptable JSON: {sentence}"));
    }
    if text.starts_with("recursion limit") {
        return Error::invalid(format!("The body is nested more than {NESTING_MAX} levels deep"));
    }
    Error::invalid(format!("The body is not valid JSON (line {}, column {})", error.line(), error.column()))
}

#[derive(Clone, Copy)]
struct Strict<'c> {
    levels_left: usize,
    values_left: &'c Cell<usize>,
}

impl<'c> Strict<'c> {
    fn deeper<E: serde::de::Error>(self) -> std::result::Result<Strict<'c>, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Strict { levels_left, ..self }),
            None => Err(E::custom(format!("nested more than {NESTING_MAX} levels deep"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        match self.values_left.get().checked_sub(1) {
            Some(left) => self.values_left.set(left),
            None => return Err(D::Error::custom(format!("more than {VALUES_MAX} values"))),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> std::result::Result<Value, E> {
        if value.contains('\0') {
            return Err(E::custom("a text contains a NUL character"));
        }
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                let key: String = key.chars().filter(|character| !character.is_control()).take(64).collect();
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            let value = access.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use serde_json::json;

    fn fields(body: Value) -> Fields {
        Fields::of(&Request::new(Method::POST, "/").with_json(&body)).unwrap()
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], part: &str) {
        let error = parse(bytes).unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.detail.contains(part), "{}", error.detail);
    }

    #[test]
    fn malformed_bodies_are_refused_with_a_reason() {
        check_refused(b"", "empty");
        check_refused(b"{\"a\":1", "not valid JSON (line 1, column 6)");
        check_refused(b"{\"a\":1} x", "not valid JSON");
        check_refused(b"{\"a\":1,\"a\":2}", "`a` is given twice");
        check_refused(b"{\"a\":\"x\\u0000\"}", "NUL");
        check_refused(b"{\"a\":\"\\ud800\"}", "not valid JSON");
        check_refused(b"{\"a\":\"\xff\"}", "not valid JSON");
        check_refused(b"{\"a\":1e400}", "not valid JSON");
        check_refused("[".repeat(200).as_bytes(), "32 levels");
        check_refused(format!("{}{}", "[".repeat(33), "]".repeat(33)).as_bytes(), "32 levels");
        check_refused(format!("[{}0]", "0,".repeat(50_000)).as_bytes(), "50000 values");
        assert!(parse(format!("[{}0]", "0,".repeat(49_998)).as_bytes()).is_ok());
        assert!(parse(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes()).is_ok());
    }

    #[test]
    fn only_declared_json_objects_are_read() {
        let form = Request::new(Method::POST, "/").with_header("content-type", "text/plain");
        assert_eq!(Fields::of(&form).err().unwrap().kind, Kind::NotJson);
        let array = Request::new(Method::POST, "/").with_json(&json!([]));
        assert!(Fields::of(&array).err().unwrap().detail.contains("not an array"));
        let charset = Request::new(Method::POST, "/").with_json(&json!({})).with_header("content-type", "Application/JSON; charset=utf-8");
        assert!(Fields::of(&charset).is_ok());
    }

    #[test]
    fn each_wrong_field_is_named() {
        let mut body = fields(json!({"name": 5, "role": "king", "blank": "  ", "bell": "a\u{7}", "extra": 1}));
        assert_eq!(body.required_text("name", 1, 9).unwrap_err().detail, "`name` must be text, not a number");
        assert_eq!(body.choice("role", |_| None::<()>, &["admin"]).unwrap_err().detail, "`role` must be one of admin");
        assert_eq!(body.text("blank", 1, 9).unwrap_err().detail, "`blank` is empty");
        assert_eq!(body.text("bell", 1, 9).unwrap_err().detail, "`bell` contains control characters");
        let hidden = json!({"name": "ad\u{202e}min", "blank": "\u{200b}"});
        assert_eq!(fields(hidden.clone()).text("name", 1, 9).unwrap_err().detail, "`name` contains invisible characters");
        assert_eq!(fields(hidden.clone()).reported_text("name", 1, 9).unwrap().as_deref(), Some("admin"));
        assert_eq!(fields(hidden).reported_text("blank", 1, 9).unwrap_err().detail, "`blank` is empty");
        assert_eq!(body.required_text("absent", 1, 9).unwrap_err().detail, "`absent` is required");
        assert_eq!(body.finish().unwrap_err().detail, "Unknown field `extra`");
    }
}
