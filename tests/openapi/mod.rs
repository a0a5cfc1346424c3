//! The OpenAPI document: whole, the same as last time, served as printed, and true of real answers.

mod answers;
mod bounds;
mod document;
mod schemas;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use recoger::api::{openapi, routes};
use serde_json::Value;

use self::document::Document;

/// Lines of a changed document that a failure shows.
const DIFF_LINES_MAX: usize = 40;

fn snapshot() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "snapshots", "openapi.json"].iter().collect()
}

/// Clients are generated from this document: a change of it is a change for them, to be seen in review.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let made = format!("{}\n", openapi::json());
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(snapshot(), &made).unwrap();
        return;
    }
    let reviewed = std::fs::read_to_string(snapshot()).unwrap_or_default();
    assert!(
        made == reviewed,
        "the document has changed:\n{}\nIf that is wanted: UPDATE_EXPECTED=1 cargo test --test recoger openapi, then read and commit the diff",
        difference(&reviewed, &made)
    );
}

/// The lines in which two texts differ, without those that they share at their beginning and end.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same_before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[same_before..], &new[same_before..]);
    let same_after = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let shown = |sign: &str, lines: &[&str]| {
        let lines = &lines[..lines.len() - same_after];
        let mut shown: Vec<String> = lines.iter().take(DIFF_LINES_MAX / 2).map(|line| format!("{sign}{line}")).collect();
        if lines.len() > shown.len() {
            shown.push(format!("{sign}… and {} lines more", lines.len() - shown.len()));
        }
        shown
    };
    let place = format!("@@ line {} @@", same_before + 1);
    [vec![place], shown("-", old), shown("+", new)].concat().join("\n")
}

#[test]
fn a_difference_shows_what_changed_and_no_more() {
    assert_eq!(difference("a\nb\nc\nd", "a\nx\ny\nc\nd"), "@@ line 2 @@\n-b\n+x\n+y");
    assert_eq!(difference("", "a"), "@@ line 1 @@\n+a");
    let long: String = (0..99).map(|number| format!("{number}\n")).collect();
    assert!(difference("", &long).ends_with("+19\n+… and 79 lines more"));
}

#[test]
fn the_document_is_printed_as_it_is_served() {
    let output = Command::new(env!("CARGO_BIN_EXE_recoger")).env_clear().arg("openapi").output().unwrap();
    assert!(output.status.success());
    let served = stage::Stage::new().send("GET", "/openapi.json", None, None);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), served.text());
    assert_eq!(served.header("content-type"), Some("application/json"));
}

#[test]
fn the_document_is_of_version_3_1_and_says_how_to_get_in() {
    let document = Document::shipped();
    assert_eq!(document.json["openapi"], "3.1.0");
    assert_eq!(document.json["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let introduction = document.json["info"]["description"].as_str().unwrap();
    for subject in ["/v1/auth/login", "rk_live_", "X-Total-Count", "\"detail\"", "Retry-After", "X-RateLimit-Limit"] {
        assert!(introduction.contains(subject), "the introduction does not speak of {subject}");
    }
}

#[test]
fn every_row_is_in_the_document_and_nothing_else() {
    let rows: BTreeSet<(String, String)> = routes().map(|route| (route.path.to_owned(), route.method.to_lowercase())).collect();
    let document = Document::shipped();
    let described: BTreeSet<(String, String)> =
        document.operations().map(|(path, method, _)| (path.to_owned(), method.to_owned())).collect();
    assert_eq!(described, rows);
}

#[test]
fn every_operation_is_described() {
    let document = Document::shipped();
    let tags: BTreeMap<&str, &str> = openapi::TAGS.into_iter().collect();
    let mut names = BTreeSet::new();
    for (path, method, operation) in document.operations() {
        let place = format!("{method} {path}");
        let text = |field: &str| operation[field].as_str().unwrap_or_else(|| panic!("{place}: no {field}"));
        assert!(names.insert(text("operationId").to_owned()), "{place}: `{}` names another operation too", text("operationId"));
        assert!(text("operationId").bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{place}");
        assert!(!text("summary").is_empty() && text("summary").len() <= 80, "{place}: a summary is a title");
        let says_who = ["Anybody may call it.", "For people who signed in", "Admin only.", "For the roles "];
        assert!(says_who.iter().any(|who| text("description").contains(who)), "{place}: who may call it?");
        assert!(tags.contains_key(operation["tags"][0].as_str().unwrap()), "{place}: its tag is none of openapi::TAGS");
        for status in ["400", "429", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{place}: {status}");
        }
        let named: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for parameter in parameters {
            assert!(!parameter["description"].as_str().unwrap_or_default().is_empty(), "{place}: {parameter}");
            assert!(parameter["schema"].is_object(), "{place}: {parameter}");
        }
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").map(|parameter| parameter["name"].as_str().unwrap());
        assert_eq!(in_path.collect::<BTreeSet<_>>(), named, "{place}");
        if let Some(body) = operation["requestBody"]["content"]["application/json"].as_object() {
            assert!(document.example(&body["schema"]).is_some(), "{place}: the type of its body has no example");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = Document::shipped();
    let mut seen = 0;
    document.visit(&mut |value| {
        if let Some(Value::String(reference)) = value.get("$ref") {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
            assert!(document.json.pointer(pointer).is_some(), "{reference}");
            seen += 1;
        }
    });
    assert!(seen > 100, "{seen} references seen");
}

#[test]
fn every_property_and_every_schema_is_described() {
    let document = Document::shipped();
    let described = |value: &Value| {
        let own = value["description"].as_str();
        // A reference that may be null stands inside `oneOf`, its description with it.
        let inner = value["oneOf"].as_array().and_then(|any| any.iter().find_map(|one| one["description"].as_str()));
        own.or(inner).is_some_and(|text| !text.trim().is_empty())
    };
    for (name, schema) in document.schemas() {
        assert!(described(schema), "{name}");
    }
    document.visit(&mut |value| {
        for (name, property) in value["properties"].as_object().into_iter().flatten() {
            assert!(described(property), "`{name}`: {property}");
        }
    });
}

#[test]
fn no_schema_lies_unused() {
    let document = Document::shipped();
    let mut used = BTreeSet::new();
    document.visit(&mut |value| {
        used.extend(value["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")).map(str::to_owned));
    });
    let there: BTreeSet<String> = document.schemas().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(there, used);
}
