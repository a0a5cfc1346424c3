//! Machines as osquery tells of them, each with all the facts that must be made of it and no others. The rows are written after osquery's
//! documented schema (5.x): no osquery was at hand to record them from.

mod linux;
mod macos;
mod sections;
mod windows;

use serde_json::{Value, json};

use super::*;

fn tables(value: Value) -> OsqueryTables {
    OsqueryTables::read(value.as_object().unwrap().clone()).unwrap()
}

/// The security facts of tables.
fn facts(os_type: OsType, value: Value) -> Value {
    Value::Object(security(&tables(value), os_type))
}

#[track_caller]
fn check(os_type: OsType, states: Vec<(&str, Value, Value)>) {
    for (name, given, expected) in states {
        assert_eq!(facts(os_type, given), expected, "{name}");
    }
}
