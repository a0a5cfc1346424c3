//! Generated organisations: devices, services, accounts, settings, exceptions and a framework, with values at and around every limit.

use recoger::domain::check::{Catalogue, Check, ParamKind, Subject};
use recoger::domain::device::{DeviceType, SECURITY_FACTS};
use recoger::domain::facts::FactKind;
use recoger::domain::framework::Framework;
use recoger::domain::settings::CheckState;
use recoger::domain::time::{DAY, Time};
use serde_json::{Map, Value, json};

use super::dice::Dice;

const TAGS: &[&str] = &["cde", "office"];
const SOFTWARE: &[&str] = &["vim", "Zoom", "7-Zip", "Étoile"];
const PATTERNS: &[&str] = &["vim", "zoom<6.1", "7-zip<24", "étoile"];
const PLACES: &[&str] = &["EU", "EEA", "SE", "NO", "CH", "GB", "US"];

/// Every shipped framework and one of the organisation's own, over the same organisation.
pub fn cases(seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let zone = dice.pick(&["UTC", "Europe/Berlin"]);
    let any = Time::parse("2026-07-01T00:00:00Z").unwrap().plus_seconds(dice.between(-200 * DAY, 40 * DAY));
    // What ends with a day ends at midnight: half of the organisations are looked at just then.
    let at = if dice.percent(50) { Time::start_of(any.date_in(chrono_tz::UTC), zone.parse().unwrap()) } else { any };
    let silent_after_days = dice.pick(&[&7, &14, &45]);
    let mut subjects: Vec<Value> = (0..dice.up_to(14)).map(|_| device(&mut dice, at)).collect();
    subjects.extend((0..dice.up_to(8)).map(|_| service(&mut dice, at)));
    subjects.extend((0..dice.up_to(5)).map(|_| user(&mut dice, at)));
    subjects.push(tenant(&mut dice, at));
    let settings = settings(&mut dice);
    let people = if dice.percent(30) { dice.up_to(4) } else { 0 };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/frameworks");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    texts.push(own_framework(&mut dice));
    let case = |text: String| {
        let framework = Framework::parse("generated.toml", &text, Catalogue::shipped()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let not_applicable: Vec<&str> = framework.controls.iter().map(|c| c.id.as_str()).filter(|_| dice.percent(5)).collect();
        json!({
            "seed": seed, "framework": text, "at": at.0, "zone": zone, "silent_after_days": silent_after_days, "settings": settings,
            "categories": dice.some(&["confidentiality", "privacy"]), "not_applicable": not_applicable, "people_without_device": people,
            "subjects": subjects,
        })
    };
    texts.into_iter().map(case).collect()
}

/// So many days before `at`, often to the second or one beside it; now and then in the future.
fn moment(dice: &mut Dice, at: Time, days_max: i64) -> Time {
    let limit = *dice.pick(&[&7, &14, &30, &60, &90, &365]);
    let days = if dice.percent(40) { limit.min(days_max) } else { dice.between(0, days_max) };
    let beside = if dice.percent(50) { dice.between(-1, 1) } else { dice.between(0, DAY) };
    let future = if dice.percent(4) { 2 * days } else { 0 };
    at.plus_days(future - days).plus_seconds(-beside)
}

fn date(dice: &mut Dice, at: Time, days: std::ops::RangeInclusive<i64>) -> String {
    at.plus_days(dice.between(*days.start(), *days.end())).date_in(chrono_tz::UTC).to_string()
}

/// In the population from and until some moment; nearly always then.
fn lifetime(dice: &mut Dice, at: Time) -> (Value, Value) {
    let from = if dice.percent(8) { at.plus_seconds(dice.between(-1, 1)) } else { at.plus_days(-400) };
    let until = if dice.percent(8) { json!(at.plus_seconds(dice.between(-1, 1)).0) } else { Value::Null };
    (json!(from.0), until)
}

fn exceptions(dice: &mut Dice, at: Time, subject: Subject) -> Vec<Value> {
    let ids: Vec<&str> =
        Catalogue::shipped().checks().iter().filter(|check| check.subject == subject).map(|check| check.id.as_str()).collect();
    let some =
        |dice: &mut Dice| json!({ "check": dice.pick(&ids), "recorded_at": moment(dice, at, 30).0, "expires_on": date(dice, at, -2..=3) });
    (0..dice.up_to(8)).map(|_| some(dice)).collect()
}

fn device(dice: &mut Dice, at: Time) -> Value {
    let os = dice.pick(&["macos", "macos", "windows", "linux", "ios", "android", "chromeos"]);
    let versions: &[&str] = match os {
        "macos" => &["15.7.1", "14.2", "13.6", "11.7", "9.9"],
        "windows" => &["10.0.26100.4652", "10.0.19045.1", "10.0.22631.2", "10.0.1"],
        "linux" => &["24.04", "25.10", "12"],
        _ => &["18.1", "17.0", "13", "26"],
    };
    let mut facts = json!({
        "serial_number": "C02XL0GTJG5J", "device_name": "one", "os_type": os, "ownership": "company", "headless": dice.percent(15),
        "device_type": dice.pick(DeviceType::ALL.iter().collect::<Vec<_>>().as_slice()), "tags": dice.some(TAGS),
    });
    if dice.percent(90) {
        facts["os_version"] = json!(dice.pick(versions));
    }
    if os == "linux" && dice.percent(80) {
        facts["os_distribution"] = json!(dice.pick(&["ubuntu", "debian"]));
    }
    if dice.percent(92) {
        facts["last_seen"] = json!(moment(dice, at, 40));
    }
    if dice.percent(85) {
        facts["user_id"] = json!("user_1");
        facts["owner_active"] = json!(dice.percent(80));
    }
    let good = dice.up_to(100);
    for (name, kind) in SECURITY_FACTS {
        if dice.percent(20) {
            continue;
        }
        let wanted = !matches!(*name, "local_admin" | "remote_login_enabled" | "auto_login_enabled" | "guest_account_enabled");
        let value = match kind {
            _ if dice.percent(3) => json!([7]),
            FactKind::Bool => json!(dice.percent(good) == wanted),
            FactKind::Integer => json!(dice.pick(&[&-1, &0, &1, &120, &300, &900, &901, &3_600])),
            FactKind::Time => json!(moment(dice, at, 60)),
            _ => json!("text"),
        };
        facts[format!("security.{name}")] = value;
    }
    let mut confirmed = json!({});
    if dice.percent(92) {
        confirmed["security"] = json!(moment(dice, at, 20).0.min(at.0));
    }
    if dice.percent(80) {
        confirmed["software"] = json!(moment(dice, at, 20).0.min(at.0));
        if dice.percent(90) {
            facts["software.items"] = (0..dice.up_to(4)).map(|_| software(dice)).collect();
        }
    }
    let (from, until) = lifetime(dice, at);
    json!({ "kind": "device", "facts": facts, "confirmed": confirmed, "from": from, "until": until, "exceptions": exceptions(dice, at, Subject::Device) })
}

fn software(dice: &mut Dice) -> Value {
    let name = dice.pick(SOFTWARE);
    match dice.up_to(12) {
        0 => json!({ "version": "1" }),
        1 => json!(name),
        2 => json!({ "name": name }),
        3 => json!({ "name": name, "version": "newest" }),
        _ => json!({ "name": name, "version": dice.pick(&["6.0.9", "6.1", "6.1.0", "24.07", "9.1.0001"]) }),
    }
}

fn service(dice: &mut Dice, at: Time) -> Value {
    let good = dice.up_to(100);
    let mut facts = json!({ "name": "GitHub", "tags": dice.some(TAGS) });
    for name in ["sso_enabled", "mfa_enforced", "audit_logging_enabled", "encryption_at_rest", "processes_personal_data"] {
        if dice.percent(80) {
            facts[name] = json!(dice.percent(good));
        }
    }
    if dice.percent(80) {
        facts["owner_id"] = json!("user_1");
        facts["owner_active"] = json!(dice.percent(80));
    }
    if dice.percent(80) {
        facts["data_classification"] = json!(dice.pick(&["public", "internal", "confidential", "restricted"]));
    }
    if dice.percent(80) {
        facts["data_location"] = json!(dice.some(PLACES));
    }
    if dice.percent(80) {
        let days = if dice.percent(50) { -367..=-364 } else { -400..=2 };
        facts["last_review_date"] = json!(date(dice, at, days));
        facts["next_review_date"] = json!(date(dice, at, -2..=2));
    }
    let (from, until) = lifetime(dice, at);
    json!({ "kind": "service", "facts": facts, "from": from, "until": until, "exceptions": exceptions(dice, at, Subject::Service) })
}

fn user(dice: &mut Dice, at: Time) -> Value {
    let mut facts =
        json!({ "status": dice.pick(&["active", "active", "locked", "disabled"]), "role": dice.pick(&["admin", "user", "viewer"]) });
    facts["mfa_enabled"] = json!(dice.percent(70));
    if dice.percent(85) {
        facts["last_active_at"] = json!(moment(dice, at, 120));
    }
    let (from, until) = lifetime(dice, at);
    json!({ "kind": "user", "facts": facts, "from": from, "until": until })
}

fn tenant(dice: &mut Dice, at: Time) -> Value {
    let mut facts = json!({});
    for name in TENANT_NUMBERS {
        if dice.percent(85) {
            facts[name] = json!(dice.pick(&[&0, &1, &5, &6, &10, &15, &30, &365, &1_000]));
        }
    }
    facts["audit.chain_ok"] = json!(dice.percent(90));
    facts["audit.chain_checked_at"] = json!(at.plus_seconds(*dice.pick(&[&0, &-DAY, &(-DAY - 1)])));
    facts["audit.pruned"] = json!(dice.percent(50));
    if dice.percent(80) {
        facts["reports.last_generated_at"] = json!(moment(dice, at, 100));
    }
    let all: Vec<&str> = recoger::domain::audit::Event::ALL.iter().map(|event| event.name()).collect();
    facts["audit.recorded_event_types"] = if dice.percent(80) { json!(all) } else { json!(dice.some(&all)) };
    json!({ "kind": "tenant", "facts": facts, "from": 0, "until": null })
}

pub const TENANT_NUMBERS: &[&str] = &[
    "lockout.max_attempts",
    "lockout.duration_minutes",
    "admins.active_count",
    "api_keys.oldest_age_days",
    "audit.oldest_entry_age_days",
    "audit.retention_days",
    "devices.people_without_device",
    "devices.retired_without_reason",
    "devices.retired_unencrypted",
    "devices.held_by_leavers",
    "exceptions.unbounded_or_expired",
];

fn params(dice: &mut Dice, check: &Check) -> Map<String, Value> {
    let mut params = Map::new();
    for (name, param) in &check.params {
        if !dice.percent(70) {
            continue;
        }
        let value = match param.kind {
            ParamKind::Integer { min, max } => json!(dice.pick(&[&7, &14, &15, &30, &45, &90, &900]).clamp(&min, &max)),
            ParamKind::OsTypes => json!(dice.some(&["macos", "windows", "linux", "ios"])),
            ParamKind::Locations => json!(dice.some(PLACES)),
            ParamKind::Texts => json!(dice.some(PATTERNS)),
            ParamKind::Versions => dice.some(&["macos", "windows", "linux"]).iter().map(|os| (*os, json!("14.2.0"))).collect(),
        };
        params.insert(name.clone(), value);
    }
    params
}

fn settings(dice: &mut Dice) -> Value {
    let mut settings = Map::new();
    for check in Catalogue::shipped().checks() {
        if !dice.percent(40) {
            continue;
        }
        let mut own = json!({ "params": params(dice, check) });
        if dice.percent(40) {
            own["state"] = json!(dice.pick(CheckState::ALL.iter().collect::<Vec<_>>().as_slice()));
        }
        if dice.percent(20) {
            own["severity"] = json!(dice.pick(&["critical", "high", "medium", "low"]));
        }
        settings.insert(check.id.clone(), own);
    }
    Value::Object(settings)
}

/// Controls with any checks, scopes and parameters, as a file.
fn own_framework(dice: &mut Dice) -> String {
    let head = "format = 1\n[framework]\nkey = \"own\"\nname = \"O\"\nversion = \"1\"\npublisher = \"us\"\ntext_license = \"own\"\n\
                disclaimer = \"none\"\ncomplete = true\n";
    let mut text = head.to_owned();
    if dice.percent(20) {
        text.push_str("scope_required = { tags_any = [\"office\"] }\n");
    }
    let all: Vec<&Check> = Catalogue::shipped().checks().iter().collect();
    for number in 0..12 {
        let mut checks: Vec<&Check> = (0..5).map(|_| dice.pick(&all)).collect();
        checks.sort_by_key(|check| &check.id);
        checks.dedup_by_key(|check| &check.id);
        let (required, supporting) = checks.split_at(dice.up_to(checks.len() as u64 + 1) as usize);
        let ids = |checks: &[&Check]| json!(checks.iter().map(|check| &check.id).collect::<Vec<_>>()).to_string();
        text.push_str(&format!("[[control]]\nid = \"{number}\"\ntitle = \"T\"\ncoverage = \"partial\"\nshows = \"S\"\ngap = \"G\"\n"));
        text.push_str(&format!("checks = {}\nsupporting = {}\n", ids(required), ids(supporting)));
        if checks.iter().any(|check| check.subject == Subject::Device) {
            text.push_str(dice.pick(&[
                "",
                "scope = { device_type_not = [\"server\", \"phone\"] }\n",
                "scope = { device_type = [\"laptop\", \"desktop\"], tags_any = [\"cde\"] }\n",
                "scope = { tags_any = [\"office\", \"cde\"] }\n",
            ]));
        }
        let demanded: Map<String, Value> = checks.iter().map(|check| (check.id.clone(), Value::Object(params(dice, check)))).collect();
        text.push_str(&format!("params = {}\n", inline(&Value::Object(demanded))));
    }
    text
}

/// As TOML on one line; but for tables that is how JSON is written.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{} = {}", json!(key), inline(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
