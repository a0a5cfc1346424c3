//! Loading the catalogue: what is refused and what the shipped one promises.

use super::*;

const SHIPPED: &str = include_str!("../../../assets/checks.toml");

#[test]
fn the_shipped_catalogue_loads() {
    let catalogue = Catalogue::parse("checks.toml", SHIPPED).unwrap();
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
    Catalogue::parse("own.toml", good).unwrap();
    assert!(good.contains(from), "{from}");
    let error = Catalogue::parse("own.toml", &good.replacen(from, to, 1)).unwrap_err();
    assert_eq!(error.to_string(), format!("own.toml:{wanted}"));
}

#[test]
fn a_wrong_catalogue_says_file_line_field_and_check() {
    refused("format = 1", "format = 2", "2: format: must be 1, not 2");
    refused("low = 1 }", "low = 0 }", "3: weights.low: must be at least 1");
    refused("\"device.patched\"", "\"service.patched\"", "6: check[0].id: service.patched: must be device.name in small letters");
    refused("high\"\n", "huge\"\n", "9: check[0].severity: `huge` is none of critical, high, medium, low");
    let fields = "`id`, `subject`, `title`, `severity`, `evidence`, `baseline`, `key`, `optional`, `on_missing`, `grace_days`, `grace_from`, \
                  `params`, `limits`, `applies`, `rule`, `remediation`";
    refused("title =", "titel =", &format!("8: check[0].titel: unknown field `titel`, expected one of {fields}"));
    refused("title = \"Patched\"\n", "", "5: check[0]: missing field `title`");
    let check = |place: &str, error: &str| format!("{place}: device.patched: {error}");
    let evidence = |field: &str, place: &str, error: &str| {
        refused("evidence = ", &format!("{field}\nevidence = "), &check(place, error));
    };
    evidence("on_missing = \"pass\"", "10: check[0].on_missing", "must be \"fail\", not \"pass\"");
    evidence("grace_from = \"due_date\"", "10: check[0].grace_from", "only services have a review's due date");
    evidence("optional = true\nbaseline = true", "11: check[0].baseline", "an optional check can't be on from the start");
    refused("remediation.any", "remediation.beos", &check("15: check[0].remediation.beos", "no operating system"));
    let leaf = |field: &str| format!("14: check[0].rule.all[0].{field}");
    let fact = "security.last_update_at";
    refused("last_update_at", "last_updated_at", &check(&leaf("fact"), "`security.last_updated_at` is no fact of a device"));
    let operators = "eq, ne, in, not_in, gte, lte, exists, age_lte_days, not_past, version_gte, contains_all, contains_none, matches_none";
    refused("age_lte_days", "younger", &check(&leaf("op"), &format!("`younger` is none of {operators}")));
    refused("age_lte_days", "gte", &check(&leaf("op"), &format!("`gte` can't judge `{fact}`")));
    refused("age_lte_days", "not_past", &check(&leaf("value"), "`not_past` takes none"));
    refused(", value = { param = \"max_days\" }", "", &check(&leaf("value"), "missing"));
    let param = "{ param = \"max_days\" }";
    refused(param, "{ param = \"days\" }", &check(&leaf("value.param"), "the check has no parameter `days`"));
    refused(param, "\"30\"", &check(&leaf("value"), &format!("of the wrong type for `age_lte_days` on `{fact}`")));
    refused(param, "30", &check("11: check[0].params.max_days", "no rule uses it"));
    refused("limits = { max_days = [1, 365] }\n", "", &check("5: check[0].limits.max_days", "missing"));
    refused("[1, 365]", "[40, 365]", &check("11: check[0].params.max_days", "must be a whole number from 40 to 365"));
    let limits = "max_days = [1, 365], min = [1, 2]";
    refused("max_days = [1, 365]", limits, &check("12: check[0].limits.min", "no whole number of that name in params"));
    refused("[\"macos\"]", "[\"macintosh\"]", &check("13: check[0].applies.value", "`macintosh` is no os_type"));
    refused("all = [", "all = [], any = [", &check("14: check[0].rule", "`all` stands alone"));
    let rule = "{ fact = \"security.last_update_at\", op = \"age_lte_days\", value = { param = \"max_days\" } }";
    refused(rule, "", &check("14: check[0].rule.all", "must be a list with at least one rule"));
}

#[test]
fn an_id_is_used_once() {
    let twice = SHIPPED.replace("\"device.identity_complete\"", "\"device.owner_assigned\"");
    assert_eq!(
        Catalogue::parse("checks.toml", &twice).unwrap_err().to_string(),
        "checks.toml:44: check[2].id: device.owner_assigned: used twice"
    );
}
