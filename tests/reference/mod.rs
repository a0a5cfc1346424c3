//! The engine against a second, naive computation in Python, on generated organisations and periods.

mod dice; // the same throws for the same seed
mod engine; // what the engine says of an organisation
mod organisations; // generated organisations
mod periods; // generated histories and what the engine says of them

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Every run throws the same dice: a difference comes back.
const SEEDS: std::ops::Range<u64> = 1..41;

fn python(arguments: &[&str], input: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/evaluator.py");
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    let mut child = Command::new("python3")
        .arg(folder)
        .arg(assets)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It reads everything before it writes anything.
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn second_opinions(cases: &[Value]) -> Vec<Value> {
    serde_json::from_str(&python(&[], &json!({ "cases": cases }).to_string())).unwrap()
}

#[test]
fn the_second_computation_gives_the_figures_computed_by_hand() {
    python(&["--check"], "");
}

#[test]
fn engine_and_evaluator_agree_on_generated_organisations() {
    let cases: Vec<Value> = SEEDS.flat_map(organisations::cases).collect();
    let (mut scored, mut statuses) = (0, std::collections::BTreeMap::<String, u64>::new());
    for (case, second) in cases.iter().zip(second_opinions(&cases)) {
        let ours = engine::evaluate(case);
        for part in ["rows", "controls", "score", "completeness"] {
            let (seed, framework) = (&case["seed"], case["framework"].as_str().unwrap().lines().find(|line| line.starts_with("key")));
            assert_eq!(ours[part], engine::in_our_form(part, &second[part]), "seed {seed}, {framework:?}, {part}");
        }
        scored += u64::from(!ours["score"].is_null());
        for status in ours["controls"].as_object().unwrap().values() {
            *statuses.entry(status.to_string()).or_default() += 1;
        }
    }
    // An agreement on nothing would prove nothing.
    assert!(scored > 30, "{scored} of {} have a score", cases.len());
    assert!(statuses.len() == 6 && statuses.values().all(|count| *count > 20), "{statuses:?}");
}

#[test]
fn engine_and_evaluator_agree_on_generated_periods() {
    let cases: Vec<Value> = (1..201).map(periods::case).collect();
    let mut endings = std::collections::BTreeMap::<String, u64>::new();
    for (case, second) in cases.iter().zip(second_opinions(&cases)) {
        periods::compare(case, &second);
        for deviation in second["deviations"].as_array().unwrap() {
            *endings.entry(deviation[2].to_string()).or_default() += 1;
        }
    }
    assert!(endings.len() == 5 && endings.values().all(|count| *count > 10), "{endings:?}");
}
