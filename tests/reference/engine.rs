//! What the engine says of a generated organisation.

use std::collections::BTreeMap;

use recoger::domain::check::{Catalogue, Subject};
use recoger::domain::device::{DeviceType, OsType, Ownership};
use recoger::domain::facts::{DeviceFacts, Facts, Section};
use recoger::domain::framework::Framework;
use recoger::domain::framework::evaluate::{Evaluation, ExceptionTerm, Terms};
use recoger::domain::settings::{ResolvedChecks, Settings};
use recoger::domain::time::{Time, parse_date};
use serde_json::{Map, Value, json};

use super::organisations::TENANT_NUMBERS;

/// What the engine says, in a form that compares.
pub fn evaluate(case: &Value) -> Value {
    let catalogue = Catalogue::shipped();
    let at = Time(case["at"].as_i64().unwrap());
    let patch = json!({ "checks": case["settings"], "silent_after_days": case["silent_after_days"], "time_zone": case["zone"] });
    let settings = Settings::default().patch(patch.as_object().unwrap(), catalogue).unwrap().0;
    let checks = ResolvedChecks::new(catalogue, &settings);
    let framework = Framework::parse("generated.toml", case["framework"].as_str().unwrap(), catalogue).unwrap();
    let texts = |key: &str| -> Vec<String> { serde_json::from_value(case[key].clone()).unwrap() };
    let not_applicable: BTreeMap<String, String> = texts("not_applicable").into_iter().map(|id| (id, "none here".to_owned())).collect();
    let (categories, attested) = (texts("categories"), BTreeMap::new());
    let people_without_device = case["people_without_device"].as_u64().unwrap();
    let terms = Terms { at, categories: &categories, not_applicable: &not_applicable, attested: &attested, people_without_device };
    let mut evaluation = Evaluation::new(&framework, &checks, terms);
    for subject in case["subjects"].as_array().unwrap() {
        let there = subject["from"].as_i64().unwrap() <= at.0 && subject["until"].as_i64().is_none_or(|until| at.0 < until);
        if there {
            feed(&mut evaluation, subject, checks.zone);
        }
    }
    let evaluated = evaluation.finish();
    let rows = evaluated.rows.iter().map(|row| {
        let counts = row.counts;
        let key = json!([row.check.id, row.params, row.scope]).to_string();
        let counts = [counts.passed, counts.failed, counts.excepted, counts.no_data, counts.not_applicable];
        (key, json!([counts, row.is_active(), row.severity]))
    });
    let rows: BTreeMap<String, Value> = rows.collect();
    let controls = evaluated.controls.iter().map(|control| (control.control.id.clone(), control.status));
    let uncovered = evaluated.uncovered.iter().map(|control| (control.control.id.clone(), control.status));
    let controls: BTreeMap<String, _> = controls.chain(uncovered).collect();
    json!({ "rows": rows, "controls": controls, "score": evaluated.score.score, "completeness": evaluated.score.completeness })
}

/// A part of the evaluator's answer, rows named as [`evaluate`] does.
pub fn in_our_form(part: &str, second: &Value) -> Value {
    if part != "rows" {
        return second.clone();
    }
    let rows = second.as_object().unwrap().iter().map(|(key, row)| {
        let [check, params, scope] = key.split('|').collect::<Vec<_>>()[..] else { panic!("{key}") };
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let counts = ["P", "F", "E", "N", "A"].map(|kind| row["counts"][kind].clone());
        (json!([check, parsed(params), parsed(scope)]).to_string(), json!([counts, row["used"], row["severity"]]))
    });
    rows.collect()
}

fn feed(evaluation: &mut Evaluation<'_>, subject: &Value, zone: chrono_tz::Tz) {
    let facts = subject["facts"].as_object().unwrap();
    let given = subject["exceptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let exceptions: Vec<ExceptionTerm<'_>> = given
        .iter()
        .map(|exception| ExceptionTerm {
            check_id: exception["check"].as_str().unwrap(),
            from: Time(exception["recorded_at"].as_i64().unwrap()),
            until: ExceptionTerm::end_of(parse_date(exception["expires_on"].as_str().unwrap()).unwrap(), zone),
        })
        .collect();
    let kind = Subject::parse(subject["kind"].as_str().unwrap()).unwrap();
    if kind != Subject::Device {
        let fields = facts.iter().map(|(name, value)| (known(name), value.clone())).collect();
        evaluation.add(kind, &Facts::from_fields(fields), &exceptions);
        return;
    }
    let text = |name: &str| facts.get(name).and_then(Value::as_str);
    let of_section = |prefix: &str| -> Map<String, Value> {
        facts.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()))).collect()
    };
    let (security, software) = (of_section("security."), of_section("software."));
    let section = |name: &str, data| subject["confirmed"][name].as_i64().map(|at| Section { data, confirmed_at: Time(at) });
    let tags: Vec<String> = serde_json::from_value(facts["tags"].clone()).unwrap();
    let device = DeviceFacts {
        serial_number: text("serial_number").unwrap(),
        device_name: "one",
        device_type: DeviceType::parse(text("device_type").unwrap()).unwrap(),
        os_type: OsType::parse(text("os_type").unwrap()).unwrap(),
        os_version: text("os_version"),
        os_distribution: text("os_distribution"),
        os_edition: None,
        last_seen: text("last_seen").and_then(Time::parse),
        user_id: text("user_id"),
        owner_active: facts.get("owner_active").and_then(Value::as_bool),
        ownership: Ownership::Company,
        headless: facts["headless"].as_bool().unwrap(),
        tags: &tags,
        security: section("security", &security),
        software: section("software", &software),
    };
    evaluation.add(kind, &Facts::of_device(&device), &exceptions);
}

/// The name with the lifetime that facts ask for.
fn known(name: &str) -> &'static str {
    const OTHERS: &[&str] = &[
        "name",
        "tags",
        "sso_enabled",
        "mfa_enforced",
        "audit_logging_enabled",
        "encryption_at_rest",
        "processes_personal_data",
        "owner_id",
        "owner_active",
        "data_classification",
        "data_location",
        "last_review_date",
        "next_review_date",
        "status",
        "role",
        "mfa_enabled",
        "last_active_at",
        "audit.chain_ok",
        "audit.chain_checked_at",
        "audit.pruned",
        "reports.last_generated_at",
        "audit.recorded_event_types",
    ];
    OTHERS.iter().chain(TENANT_NUMBERS).copied().find(|known| *known == name).unwrap_or_else(|| panic!("{name}"))
}
