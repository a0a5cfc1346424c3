//! Holds an answer against what the document says of it. Fields that the document does not name are findings too.

use jsonschema::Draft;
use recoger::api::route::Route;
use serde_json::{Value, json};

use super::document::Document;
use crate::support::answer::Answer;

/// What is wrong with `answer` to `route`; nothing if it is as documented.
pub fn findings(document: &Document, route: &Route, answer: &Answer) -> Vec<String> {
    let described = &document.operation(route.name)["responses"][answer.status.to_string()];
    if !described.is_object() {
        return vec![format!("{} is not documented: {}", answer.status, answer.text())];
    }
    let response = document.resolve(described);
    let media_type = answer.header("content-type").map(|full| full.split(';').next().unwrap_or(full).trim());
    let mut findings = Vec::new();
    for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        // Only where there is another page, only where waiting helps, only where there are pages.
        let now_and_then = ["Link", "Retry-After"].contains(&name.as_str()) || name == "X-Total-Count" && media_type == Some("text/csv");
        if answer.header(name).is_none() && !now_and_then {
            findings.push(format!("{}: no {name}", answer.status));
        }
    }
    match (media_type, response["content"].as_object()) {
        (None, None) if answer.body.is_empty() => {}
        (Some(media_type), Some(content)) if content.contains_key(media_type) => {
            if media_type == "application/json" {
                findings.extend(mismatches(document, &content[media_type]["schema"], &answer.json()));
            }
        }
        (given, documented) => findings.push(format!("{}: {given:?} where the document has {documented:?}", answer.status)),
    }
    findings
}

/// Where `instance` does not fit `schema`.
fn mismatches(document: &Document, schema: &Value, instance: &Value) -> Vec<String> {
    let mut root = json!({ "components": { "schemas": document.json["components"]["schemas"] }, "allOf": [schema] });
    close(&mut root, false);
    // A closed reference must be no part of an `allOf`, or it would refuse what its siblings name.
    let mut schema = schema.clone();
    close(&mut schema, false);
    root["allOf"] = json!([schema]);
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).should_ignore_unknown_formats(true);
    let validator = options.build(&root).unwrap();
    validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Makes every place that expects one of our objects refuse fields that are not documented. Parts of an `allOf` stay open: they see each
/// other's fields.
fn close(schema: &mut Value, part_of_all: bool) {
    match schema {
        Value::Object(fields) => {
            let names_fields = fields.contains_key("properties") || fields.contains_key("allOf") && !fields.contains_key("components");
            let open_by_intent =
                fields.contains_key("additionalProperties") || fields.get("type") == Some(&json!("object")) && !names_fields;
            let is_type = names_fields || fields.contains_key("$ref");
            for (name, inner) in fields.iter_mut() {
                match (name.as_str(), inner) {
                    ("allOf", Value::Array(parts)) => parts.iter_mut().for_each(|part| close(part, true)),
                    ("schemas", Value::Object(types)) => types.values_mut().for_each(|inner| close(inner, true)),
                    ("properties", Value::Object(properties)) => properties.values_mut().for_each(|inner| close(inner, false)),
                    ("enum" | "examples" | "example" | "default", _) => {}
                    (_, inner) => close(inner, false),
                }
            }
            if is_type && !part_of_all && !open_by_intent {
                fields.insert("unevaluatedProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, false)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_found() {
        let document = Document {
            json: json!({ "components": { "schemas": {
                "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" },
                    "at": { "type": "string", "format": "date-time" }, "word": { "$ref": "#/components/schemas/Word" } } },
                "Whole": { "allOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "object", "properties": { "more": { "type": "integer" } } }] },
                "Word": { "type": "string", "enum": ["a", "b"] },
                "Open": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Base" } },
            } } }),
        };
        let found = |name: &str, instance: Value| {
            mismatches(&document, &json!({ "$ref": format!("#/components/schemas/{name}") }), &instance).len()
        };
        assert_eq!(found("Base", json!({ "id": "1", "at": "2026-01-04T10:30:00Z", "word": "a" })), 0);
        assert_eq!(found("Whole", json!({ "id": "1", "more": 2 })), 0);
        assert_eq!(found("Open", json!({ "any": { "id": "1" } })), 0);
        for (name, wrong) in [
            ("Base", json!({})),
            ("Base", json!({ "id": 1 })),
            ("Base", json!({ "id": "1", "at": "yesterday" })),
            ("Base", json!({ "id": "1", "word": "c" })),
            ("Base", json!({ "id": "1", "more": 2 })),
            ("Whole", json!({ "id": "1", "more": 2, "most": 3 })),
            ("Open", json!({ "any": { "id": "1", "more": 2 } })),
        ] {
            assert!(found(name, wrong.clone()) > 0, "{name} {wrong}");
        }
        let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Base" } });
        assert!(!mismatches(&document, &list, &json!([{ "id": "1", "more": 2 }])).is_empty());
    }
}
