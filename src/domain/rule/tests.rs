//! Rules: every operator true, false and unknown, and the moments at which they turn.

use serde_json::{Map, json};

use super::*;
use crate::domain::check::Subject;
use crate::domain::device::{DeviceType, OsType, Ownership};
use crate::domain::facts::{DeviceFacts, Section};

const NOW: &str = "2026-03-31T12:00:00Z";
const U: Truth = Truth::Unknown(Reason::Absent);
const T: Truth = Truth::True;
const F: Truth = Truth::False;

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

struct Case {
    subject: Subject,
    fields: Value,
    params: Value,
    zone: &'static str,
}

impl Case {
    fn of(subject: Subject, fields: Value) -> Case {
        Case { subject, fields, params: json!({}), zone: "UTC" }
    }

    fn with(self, params: Value) -> Case {
        Case { params, ..self }
    }

    fn zone(self, zone: &'static str) -> Case {
        Case { zone, ..self }
    }

    /// Judges `rule` at `moment`; `security` and `software` of a device are sections confirmed a day before [`NOW`].
    #[track_caller]
    fn ask(&self, rule: &Value, moment: &str) -> (Outcome, Value) {
        let fields = self.fields.as_object().unwrap();
        let (security, software) = (section(fields, "security"), section(fields, "software"));
        let confirmed_at = at(NOW).plus_days(-1);
        let facts = match self.subject {
            Subject::Device => Facts::of_device(&DeviceFacts {
                security: Some(Section { data: &security, confirmed_at }),
                software: Some(Section { data: &software, confirmed_at }),
                ..device(fields)
            }),
            _ => {
                let core = fields.iter().map(|(name, value)| (&*String::leak(name.clone()), value.clone())).collect();
                Facts::from_fields(core)
            }
        };
        let params = self.params.as_object().unwrap();
        let rule = Rule::parse(rule, Scope { subject: self.subject, params }, "rule").unwrap();
        let params: Params = params.clone().into_iter().collect();
        let regions = Regions::from([("EU".to_owned(), vec!["DE".to_owned(), "FR".to_owned()])]);
        let zone = self.zone.parse().unwrap();
        let context = Context { facts: &facts, params: &params, regions: &regions, at: at(moment), zone, max_age_days: 14 };
        (rule.evaluate(&context), observed(&rule, &context))
    }
}

fn section(fields: &Map<String, Value>, name: &str) -> Map<String, Value> {
    fields.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn device(fields: &Map<String, Value>) -> DeviceFacts<'_> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    DeviceFacts {
        serial_number: text("serial_number").unwrap_or("C02"),
        device_name: "one",
        device_type: DeviceType::Laptop,
        os_type: text("os_type").and_then(OsType::parse).unwrap_or(OsType::Macos),
        os_version: text("os_version"),
        os_distribution: None,
        os_edition: None,
        last_seen: Some(at(NOW)),
        user_id: text("user_id"),
        owner_active: None,
        ownership: Ownership::Company,
        headless: false,
        tags: &[],
        security: None,
        software: None,
    }
}

#[track_caller]
fn check(case: &Case, rule: Value, expected: Truth) {
    assert_eq!(case.ask(&rule, NOW).0.truth, expected, "{rule} on {}", case.fields);
}

#[track_caller]
fn tenant(fact: &str, value: Value, op: &str, operand: Value, expected: Truth) {
    check(&Case::of(Subject::Tenant, json!({ fact: value })), json!({ "fact": fact, "op": op, "value": operand }), expected);
}

const WRONG: Truth = Truth::Unknown(Reason::WrongType);

#[test]
fn all_and_any_follow_kleene_in_every_pair() {
    let part = |truth| match truth {
        Truth::True => json!({ "fact": "sso_enabled", "op": "eq", "value": true }),
        Truth::False => json!({ "fact": "sso_enabled", "op": "eq", "value": false }),
        Truth::Unknown(_) => json!({ "fact": "mfa_enforced", "op": "eq", "value": true }),
    };
    let case = Case::of(Subject::Service, json!({ "sso_enabled": true, "mfa_enforced": null }));
    let table =
        [(T, T, T, T), (T, F, F, T), (T, U, U, T), (F, T, F, T), (F, F, F, F), (F, U, F, U), (U, T, U, T), (U, F, F, U), (U, U, U, U)];
    for (a, b, all, any) in table {
        check(&case, json!({ "all": [part(a), part(b)] }), all);
        check(&case, json!({ "any": [part(a), part(b)] }), any);
    }
    check(&case, json!({ "all": [part(T), { "any": [part(F), part(U)] }] }), U);
    check(&case, json!({ "any": [part(F), { "all": [part(F), part(U)] }] }), F);
}

#[test]
fn of_several_unknown_parts_the_first_reason_is_kept() {
    let case = Case::of(Subject::Service, json!({ "sso_enabled": "yes" }));
    let (wrong, absent) =
        (json!({ "fact": "sso_enabled", "op": "eq", "value": true }), json!({ "fact": "mfa_enforced", "op": "eq", "value": true }));
    check(&case, json!({ "all": [wrong, absent] }), WRONG);
    check(&case, json!({ "any": [absent, wrong] }), U);
}

#[test]
fn comparisons() {
    for (value, eq) in [(json!(true), T), (json!(false), F), (json!(null), U), (json!("true"), WRONG), (json!(1), WRONG)] {
        tenant("audit.pruned", value, "eq", json!(true), eq);
    }
    tenant("audit.pruned", json!(false), "ne", json!(true), T);
    tenant("audit.pruned", json!(true), "ne", json!(true), F);
    tenant("audit.pruned", json!("no"), "ne", json!(true), WRONG);
    for (value, gte, lte) in [(4, F, T), (5, T, T), (6, T, F)] {
        tenant("admins.active_count", json!(value), "gte", json!(5), gte);
        tenant("admins.active_count", json!(value), "lte", json!(5), lte);
    }
    for (value, expected) in [(json!(5.5), WRONG), (json!("5"), WRONG), (json!(null), U)] {
        tenant("admins.active_count", value.clone(), "gte", json!(5), expected);
        tenant("admins.active_count", value.clone(), "lte", json!(5), expected);
        tenant("admins.active_count", value, "eq", json!(5), expected);
    }
    let service = |value: Value| Case::of(Subject::Service, json!({ "data_classification": value }));
    for (value, inside, outside) in [(json!("public"), T, F), (json!("secret"), F, T), (json!(null), U, U), (json!(1), WRONG, WRONG)] {
        check(&service(value.clone()), json!({ "fact": "data_classification", "op": "in", "value": ["public", "internal"] }), inside);
        check(&service(value), json!({ "fact": "data_classification", "op": "not_in", "value": ["public", "internal"] }), outside);
    }
    for (value, expected) in [(json!("x"), T), (json!(""), F), (json!(null), F), (json!(" "), F), (json!(7), T)] {
        check(&service(value), json!({ "fact": "data_classification", "op": "exists" }), expected);
    }
}

#[test]
fn every_place_must_be_allowed_and_regions_stand_for_their_members() {
    let ask = |places: Value, allowed: Value, expected| {
        let case = Case::of(Subject::Service, json!({ "data_location": places })).with(json!({ "allowed": allowed }));
        check(&case, json!({ "fact": "data_location", "op": "in", "value": { "param": "allowed" } }), expected);
    };
    ask(json!(["DE", "FR"]), json!(["EU"]), T);
    ask(json!(["DE", "US"]), json!(["EU"]), F);
    ask(json!(["DE", "CH"]), json!(["EU", "CH"]), T);
    ask(json!("EU"), json!(["EU"]), T);
    ask(json!("EU"), json!(["DE"]), F);
    ask(json!([]), json!(["EU"]), U);
    ask(json!([1]), json!(["EU"]), WRONG);
    ask(json!(["DE"]), json!([]), Truth::Unknown(Reason::NotConfigured));
}

#[test]
fn lists_contain_all_or_none() {
    let list = json!(["a", "b", "c"]);
    tenant("audit.recorded_event_types", list.clone(), "contains_all", json!(["a", "c"]), T);
    tenant("audit.recorded_event_types", list.clone(), "contains_all", json!(["a", "d"]), F);
    tenant("audit.recorded_event_types", list.clone(), "contains_none", json!(["x"]), T);
    tenant("audit.recorded_event_types", list, "contains_none", json!(["x", "b"]), F);
    for op in ["contains_all", "contains_none"] {
        tenant("audit.recorded_event_types", json!(null), op, json!(["a"]), U);
        tenant("audit.recorded_event_types", json!("a"), op, json!(["a"]), WRONG);
        tenant("audit.recorded_event_types", json!(["a", 1]), op, json!(["a"]), WRONG);
    }
}

#[test]
fn software_is_found_by_name_and_version() {
    let installed =
        json!({ "items": [{ "name": "TeamViewer", "version": "15.2" }, { "name": "Ärger", "version": "1.10" }, { "name": "vim" }] });
    let ask = |software: &Value, fact: &str, op: &str, list: Value| {
        let case = Case::of(Subject::Device, json!({ "software": software })).with(json!({ "list": list }));
        let (outcome, seen) = case.ask(&json!({ "fact": fact, "op": op, "value": { "param": "list" } }), NOW);
        (outcome.truth, seen)
    };
    let names = |list| ask(&installed, "software.names", "contains_none", list);
    assert_eq!(names(json!(["teamviewer", "AnyDesk", "ÄRGER"])), (F, json!(["teamviewer", "ÄRGER"])), "only the offenders are shown");
    assert_eq!(names(json!(["emacs"])), (T, json!([])));
    assert_eq!(names(json!([])).0, Truth::Unknown(Reason::NotConfigured), "an empty list never passes");
    let items = |list| ask(&installed, "software.items", "matches_none", list);
    assert_eq!(items(json!(["teamviewer<15.10"])), (F, json!([{ "name": "TeamViewer", "version": "15.2" }])));
    assert_eq!(items(json!(["TeamViewer < 15.2", "ärger<1.9"])), (T, json!([])));
    assert_eq!(items(json!(["teamviewer"])).0, F);
    assert_eq!(items(json!(["ärger"])).0, F);
    assert_eq!(items(json!(["vim<9"])).0, U, "without a version nobody can tell");
    assert_eq!(items(json!(["vim<9", "teamviewer"])).0, F, "but a hit is a hit");
    assert_eq!(ask(&json!({ "items": [{ "version": "1" }] }), "software.items", "matches_none", json!(["x"])).0, WRONG);
    assert_eq!(ask(&json!({ "items": [{ "version": "1" }] }), "software.names", "contains_none", json!(["x"])).0, WRONG);
    assert_eq!(ask(&json!({ "items": 3 }), "software.items", "matches_none", json!(["x"])).0, WRONG);
    assert_eq!(ask(&json!({}), "software.items", "matches_none", json!(["x"])).0, U);
    assert_eq!(ask(&json!({}), "software.names", "contains_none", json!(["x"])).0, U);
}

#[test]
fn versions_compare_number_by_number() {
    let minimum = json!({ "minimum": { "macos": "15.7", "windows": "10.0.26100" } });
    let rule = json!({ "fact": "os_version", "op": "version_gte", "value": { "param": "minimum", "key_fact": "os_type" } });
    let ask = |fields: Value, expected| check(&Case::of(Subject::Device, fields).with(minimum.clone()), rule.clone(), expected);
    for (version, expected) in [
        ("15.7", T),
        ("15.7.0", T),
        ("15.10", T),
        ("15.6.9", F),
        ("15", F),
        ("26.0", T),
        ("015.07", T),
        ("015.06", F),
        ("newest", WRONG),
        ("99999999999999999999999", T),
    ] {
        ask(json!({ "os_version": version }), expected);
    }
    ask(json!({ "os_type": "windows", "os_version": "10.0.26100.4061" }), T);
    ask(json!({}), U);
    ask(json!({ "os_type": "linux", "os_version": "24.04" }), Truth::Unknown(Reason::NotConfigured));
    check(
        &Case::of(Subject::Device, json!({ "os_version": "1" })).with(json!({ "minimum": {} })),
        rule.clone(),
        Truth::Unknown(Reason::NotConfigured),
    );
}

/// The answer at `moment` and when it changes.
#[track_caller]
fn timed(case: &Case, rule: &Value, moment: &str) -> (Truth, Option<String>) {
    let outcome = case.ask(rule, moment).0;
    (outcome.truth, outcome.changes_at.map(|time| time.to_string()))
}

fn some(moment: &str) -> Option<String> {
    Some(moment.to_owned())
}

#[test]
fn the_age_of_a_time_counts_to_the_second() {
    let case = Case::of(Subject::User, json!({ "last_active_at": "2026-03-01T12:00:00+02:00" }));
    let rule = json!({ "fact": "last_active_at", "op": "age_lte_days", "value": 30 });
    assert_eq!(timed(&case, &rule, "2026-03-01T09:59:59Z"), (Truth::Unknown(Reason::Future), some("2026-03-01T10:00:00Z")));
    assert_eq!(timed(&case, &rule, "2026-03-01T10:00:00Z"), (T, some("2026-03-31T10:00:01Z")));
    assert_eq!(timed(&case, &rule, "2026-03-31T10:00:00Z"), (T, some("2026-03-31T10:00:01Z")), "exactly 30 days still pass");
    assert_eq!(timed(&case, &rule, "2026-03-31T10:00:01Z"), (F, None));
    for wrong in [json!("2026-03-01"), json!("yesterday"), json!(5)] {
        assert_eq!(timed(&Case::of(Subject::User, json!({ "last_active_at": wrong })), &rule, NOW), (WRONG, None));
    }
}

#[test]
fn the_age_of_a_date_counts_in_days_of_the_zone() {
    let rule = json!({ "fact": "last_review_date", "op": "age_lte_days", "value": 30 });
    let berlin = Case::of(Subject::Service, json!({ "last_review_date": "2026-03-01" })).zone("Europe/Berlin");
    // Berlin goes to summer time on 2026-03-29: 31 March ends at 22:00 UTC.
    assert_eq!(timed(&berlin, &rule, "2026-02-28T22:59:59Z"), (Truth::Unknown(Reason::Future), some("2026-02-28T23:00:00Z")));
    assert_eq!(timed(&berlin, &rule, "2026-02-28T23:00:00Z"), (T, some("2026-03-31T22:00:00Z")));
    assert_eq!(timed(&berlin, &rule, "2026-03-31T21:59:59Z"), (T, some("2026-03-31T22:00:00Z")));
    assert_eq!(timed(&berlin, &rule, "2026-03-31T22:00:00Z"), (F, None));
    let wrong = Case::of(Subject::Service, json!({ "last_review_date": "2026-03-01T00:00:00Z" }));
    assert_eq!(timed(&wrong, &rule, NOW), (WRONG, None));
}

#[test]
fn a_due_date_is_past_when_its_day_is_over() {
    let rule = json!({ "fact": "next_review_date", "op": "not_past" });
    let auckland = Case::of(Subject::Service, json!({ "next_review_date": "2026-04-10" })).zone("Pacific/Auckland");
    assert_eq!(timed(&auckland, &rule, "2026-04-10T11:59:59Z"), (T, some("2026-04-10T12:00:00Z")));
    assert_eq!(timed(&auckland, &rule, "2026-04-10T12:00:00Z"), (F, None));
    assert_eq!(timed(&Case::of(Subject::Service, json!({ "next_review_date": "10 April" })), &rule, NOW).0, WRONG);
    assert_eq!(timed(&Case::of(Subject::Service, json!({})), &rule, NOW).0, U);
    let moment = json!({ "fact": "reports.last_generated_at", "op": "not_past" });
    let case = Case::of(Subject::Tenant, json!({ "reports.last_generated_at": NOW }));
    assert_eq!(timed(&case, &moment, NOW), (T, some("2026-03-31T12:00:01Z")));
    assert_eq!(timed(&case, &moment, "2026-03-31T12:00:01Z"), (F, None));
}

#[test]
fn a_reported_fact_goes_stale_and_a_core_fact_does_not() {
    let case = Case::of(Subject::Device, json!({ "user_id": "user_1", "security": { "disk_encryption": true } }));
    let rule = json!({ "fact": "security.disk_encryption", "op": "eq", "value": true });
    // Confirmed on 30 March at noon, 14 days.
    assert_eq!(timed(&case, &rule, NOW), (T, some("2026-04-13T12:00:01Z")));
    assert_eq!(timed(&case, &rule, "2026-04-13T12:00:00Z").0, T);
    assert_eq!(timed(&case, &rule, "2026-04-13T12:00:01Z"), (Truth::Unknown(Reason::Stale), None));
    assert_eq!(timed(&case, &json!({ "fact": "user_id", "op": "eq", "value": "user_1" }), "2029-01-01T00:00:00Z"), (T, None));
}

#[test]
fn what_was_seen_is_small_and_tells_the_value() {
    let case = Case::of(Subject::Device, json!({ "user_id": "u".repeat(300), "security": { "screen_lock_delay_secs": 300 } }));
    let delay = |op: &str| json!({ "fact": "security.screen_lock_delay_secs", "op": op, "value": 900 });
    assert_eq!(case.ask(&delay("lte"), NOW).1, json!(300));
    assert_eq!(case.ask(&json!({ "all": [delay("gte"), delay("lte")] }), NOW).1, json!(300), "one fact stands for itself");
    let both = json!({ "all": [delay("lte"), { "fact": "security.tpm_present", "op": "eq", "value": true }] });
    assert_eq!(case.ask(&both, NOW).1, json!({ "security.screen_lock_delay_secs": 300, "security.tpm_present": null }));
    assert_eq!(case.ask(&json!({ "fact": "user_id", "op": "exists" }), NOW).1.as_str().unwrap().len(), OBSERVED_TEXT_CHARACTERS);
    let many: Vec<String> = (0..100).map(|i| format!("event_{i}")).collect();
    let case = Case::of(Subject::Tenant, json!({ "audit.recorded_event_types": [] }));
    let seen = case.ask(&json!({ "fact": "audit.recorded_event_types", "op": "contains_all", "value": many }), NOW).1;
    assert_eq!(seen.as_array().unwrap().len(), OBSERVED_ENTRIES);
}
