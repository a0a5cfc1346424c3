//! The bounds that the document names are those that hold: a value at the bound gets another answer than one beyond it.

use recoger::api::route::Route;
use recoger::api::routes;
use recoger::domain::access::{Access, Role};
use serde_json::{Value, json};

use super::stage::Stage;

/// Whole numbers beyond 32 bits are not what a bound of ours looks like.
const NUMBER_MAX: i64 = u32::MAX as i64;

#[test]
fn the_bounds_of_bodies_hold() {
    let mut tried = 0;
    for route in routes().filter(|route| route.takes_json()) {
        // One for each row: what is tried changes passwords and locks names.
        let stage = Stage::new();
        let token = (route.access != Access::Public).then(|| stage.access_token());
        let Some(body) = stage.body(route) else { panic!("{}: no body", route.name) };
        let schema = &stage.document.operation(route.name)["requestBody"]["content"]["application/json"]["schema"];
        for (name, property) in stage.document.resolve(schema)["properties"].as_object().unwrap() {
            for (within, beyond) in edges(property) {
                let with = |value: Value| {
                    let mut body = body.clone();
                    body[name] = value;
                    stage.send(route.method, &stage.target(route), token.as_deref(), Some(&body))
                };
                let (within, beyond) = (with(within), with(beyond));
                let place = format!("{} {name}: {property}", route.name);
                assert_eq!(beyond.status, 400, "{place}: {}", beyond.text());
                let refusal = beyond.json()["detail"].as_str().unwrap_or_default().to_owned();
                assert!(refusal.trim_start_matches('`').starts_with(name), "{place}: {refusal}");
                assert!(within.status != 400 || within.json()["detail"] != refusal, "{place}: {refusal}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried} bounds tried");
}

#[test]
fn the_bounds_of_queries_hold() {
    let stage = Stage::new();
    let key = stage.key(Role::Admin);
    let mut tried = 0;
    for route in routes() {
        let parameters = stage.document.operation(route.name)["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            for (within, beyond) in edges(&parameter["schema"]) {
                stage.unlimited();
                let token = if route.access.is_for_sessions() { stage.access_token() } else { key.clone() };
                let with = |value: &Value| query(&stage, route, &token, name, value);
                assert_eq!(with(&beyond), 400, "{} {name}={beyond}", route.name);
                // An address is more than a text of some length.
                assert!(with(&within) < 400 || name == "ip_address", "{} {name}={within}", route.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried} bounds tried");
}

fn query(stage: &Stage, route: &Route, token: &str, name: &str, value: &Value) -> u16 {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let target = stage.target(route);
    let joint = if target.contains('?') { '&' } else { '?' };
    stage.send(route.method, &format!("{target}{joint}{name}={value}"), Some(token), None).status
}

/// Pairs of a value at a bound of `schema` and one just beyond it.
fn edges(schema: &Value) -> Vec<(Value, Value)> {
    let mut edges = Vec::new();
    // Neither a placeholder of a serial number nor a common password.
    let text = |length: u64| json!("Kx7Qz9".chars().cycle().take(usize::try_from(length).unwrap()).collect::<String>());
    let is = |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)));
    // An address needs more than a length.
    if is("string") && schema["format"] != "email" {
        edges.extend(schema["maxLength"].as_u64().map(|max| (text(max), text(max + 1))));
        edges.extend(schema["minLength"].as_u64().map(|min| (text(min), text(min - 1))));
    }
    if is("integer") {
        edges.extend(schema["maximum"].as_i64().filter(|max| *max < NUMBER_MAX).map(|max| (json!(max), json!(max + 1))));
        edges.extend(schema["minimum"].as_i64().map(|min| (json!(min), json!(min - 1))));
    }
    if is("array") {
        let list = |length: u64| json!((0..length).map(|number| number.to_string()).collect::<Vec<_>>());
        edges.extend(schema["maxItems"].as_u64().map(|max| (list(max), list(max + 1))));
    }
    edges
}
