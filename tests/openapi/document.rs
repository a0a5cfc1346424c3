//! Reading the document.

use recoger::api::openapi;
use serde_json::Value;

/// The document as JSON.
pub struct Document {
    /// All of it.
    pub json: Value,
}

impl Document {
    /// The one that this program brings.
    pub fn shipped() -> Document {
        Document { json: serde_json::from_str(openapi::json()).unwrap() }
    }

    /// Path, method and description of every operation.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.json["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(|(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    /// The operation called `name`.
    #[track_caller]
    pub fn operation(&self, name: &str) -> &Value {
        let mut all = self.operations();
        all.find(|(_, _, operation)| operation["operationId"] == name).unwrap_or_else(|| panic!("no operation `{name}`")).2
    }

    /// Name and schema of every shared type.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.json["components"]["schemas"].as_object().unwrap().iter().map(|(name, schema)| (name.as_str(), schema))
    }

    /// What `value` refers to, or itself.
    pub fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.json.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference}")),
            None => value,
        }
    }

    /// The first example of the type that a body's schema refers to.
    pub fn example<'d>(&'d self, schema: &'d Value) -> Option<&'d Value> {
        self.resolve(schema)["examples"].get(0)
    }

    /// Calls `see` with every object of the document.
    pub fn visit(&self, see: &mut dyn FnMut(&Value)) {
        visit(&self.json, see);
    }
}

fn visit(value: &Value, see: &mut dyn FnMut(&Value)) {
    match value {
        Value::Object(fields) => {
            see(value);
            fields.values().for_each(|inner| visit(inner, see));
        }
        Value::Array(items) => items.iter().for_each(|inner| visit(inner, see)),
        _ => {}
    }
}
