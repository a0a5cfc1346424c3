//! Loading the catalogue: what is refused and what the shipped one promises.

use super::*;

const SHIPPED: &str = include_str!("../../../assets/checks.toml");

#[test]
fn the_shipped_catalogue_loads() {
    let catalogue = Catalogue::parse(SHIPPED).unwrap();
    assert!(catalogue.checks().len() >= 50);
    assert_eq!(catalogue.sha256.len(), 64);
    assert_eq!(catalogue.weights.of(Severity::Critical), 10);
    assert_eq!(catalogue.position("device.reporting_fresh"), Some(0));
    let (eu, eea) = (&catalogue.regions["EU"], &catalogue.regions["EEA"]);
    assert_eq!((eu.len(), eea.len()), (27, 31));
    assert!(eu.iter().all(|member| eea.contains(member)));
}

#[test]
fn the_keys_of_the_status_are_marked() {
    let keys: Vec<&str> = Catalogue::shipped().checks().iter().filter(|check| check.key).map(|check| check.id.as_str()).collect();
    let expected = [
        "device.disk_encryption",
        "device.firewall_enabled",
        "device.screen_lock_enabled",
        "service.data_classified",
        "service.mfa_enforced",
        "service.review_current",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn remediation_is_for_the_system_else_general() {
    let check = |id| Catalogue::shipped().check(id).unwrap();
    assert!(check("device.disk_encryption").remediation(Some(OsType::Macos)).unwrap().contains("FileVault"));
    assert_eq!(check("device.disk_encryption").remediation(Some(OsType::Ios)), None);
    assert!(check("device.owner_assigned").remediation(Some(OsType::Linux)).is_some());
    assert!(check("service.mfa_enforced").remediation(None).is_some());
}

/// A small catalogue whose one check has `from` replaced by `to`.
#[track_caller]
fn refused(from: &str, to: &str, wanted: &str) {
    let good = r#"
format = 1
weights = { critical = 10, high = 5, medium = 3, low = 1 }
default_max_age_days = 30
[[check]]
id = "device.patched"
subject = "device"
title = "Patched"
severity = "high"
evidence = "measured"
params = { max_days = 30 }
limits = { max_days = [1, 365] }
applies = { fact = "os_type", op = "in", value = ["macos"] }
rule = { all = [ { fact = "security.last_update_at", op = "age_lte_days", value = { param = "max_days" } } ] }
remediation.any = "Patch."
"#;
    Catalogue::parse(good).unwrap();
    assert!(good.contains(from), "{from}");
    let error = Catalogue::parse(&good.replacen(from, to, 1)).unwrap_err();
    assert_eq!(error, format!("checks.toml: {wanted}"));
}

#[test]
fn a_wrong_catalogue_says_file_check_and_field() {
    let check = |error: &str| format!("device.patched: {error}");
    refused("format = 1", "format = 2", "format: must be 1, not 2");
    refused("low = 1 }", "low = 0 }", "weights.low: must be at least 1");
    refused("\"device.patched\"", "\"service.patched\"", "service.patched: id: must be device.name in small letters");
    refused("high\"\n", "huge\"\n", &check("`huge` is none of critical, high, medium, low"));
    refused(
        "title =",
        "titel =",
        &check(
            "unknown field `titel`, expected one of `id`, `subject`, `title`, `severity`, `evidence`, `baseline`, `key`, `optional`, `on_missing`, `grace_days`, `grace_from`, `params`, `limits`, `applies`, `rule`, `remediation`",
        ),
    );
    refused("title = \"Patched\"\n", "", &check("missing field `title`"));
    refused("evidence = ", "on_missing = \"pass\"\nevidence = ", &check("on_missing: must be \"fail\", not \"pass\""));
    refused("evidence = ", "grace_from = \"due_date\"\nevidence = ", &check("grace_from: only services have a review's due date"));
    refused(
        "evidence = ",
        "optional = true\nbaseline = true\nevidence = ",
        &check("baseline: an optional check can't be on from the start"),
    );
    refused("remediation.any", "remediation.beos", &check("remediation.beos: no operating system"));
    refused("last_update_at", "last_updated_at", &check("rule.all[0].fact: `security.last_updated_at` is no fact of a device"));
    refused(
        "age_lte_days",
        "younger",
        &check(
            "rule.all[0].op: `younger` is none of eq, ne, in, not_in, gte, lte, exists, age_lte_days, not_past, version_gte, contains_all, contains_none, matches_none",
        ),
    );
    refused("age_lte_days", "gte", &check("rule.all[0].op: `gte` can't judge `security.last_update_at`"));
    refused("age_lte_days", "not_past", &check("rule.all[0].value: `not_past` takes none"));
    refused(", value = { param = \"max_days\" }", "", &check("rule.all[0].value: missing"));
    refused("{ param = \"max_days\" }", "{ param = \"days\" }", &check("rule.all[0].value.param: the check has no parameter `days`"));
    refused(
        "{ param = \"max_days\" }",
        "\"30\"",
        &check("rule.all[0].value: of the wrong type for `age_lte_days` on `security.last_update_at`"),
    );
    refused("{ param = \"max_days\" }", "30", &check("params.max_days: no rule uses it"));
    refused("limits = { max_days = [1, 365] }\n", "", &check("limits.max_days: missing"));
    refused("[1, 365]", "[40, 365]", &check("params.max_days: must be a whole number from 40 to 365"));
    refused("max_days = [1, 365]", "max_days = [1, 365], min = [1, 2]", &check("limits.min: no whole number of that name in params"));
    refused("[\"macos\"]", "[\"macintosh\"]", &check("applies.value: `macintosh` is no os_type"));
    refused("all = [", "all = [], any = [", &check("rule: `all` stands alone"));
    let rule = "{ fact = \"security.last_update_at\", op = \"age_lte_days\", value = { param = \"max_days\" } }";
    refused(rule, "", &check("rule.all: must be a list with at least one rule"));
}

#[test]
fn an_id_is_used_once() {
    let twice = SHIPPED.replace("\"device.identity_complete\"", "\"device.owner_assigned\"");
    assert_eq!(Catalogue::parse(&twice).unwrap_err(), "checks.toml: device.owner_assigned: id: used twice");
}
