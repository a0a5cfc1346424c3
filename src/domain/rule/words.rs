//! A rule in words: what is expected of a subject, with the parameters in force.

use serde_json::Value;

use super::{Leaf, Operand, Operator, Params, Rule, is_empty};
use crate::domain::facts::FactKind;

/// What the rule asks for, such as `Screen lock delay: at least 1 s; at most 900 s`. `own_key` is the subject's own entry of a table
/// parameter (its `os_type`); without it all entries are named.
pub fn words(rule: &Rule, params: &Params, own_key: Option<&str>) -> String {
    match rule {
        Rule::Leaf(leaf) => format!("{}: {}", capital(&named(&leaf.fact)), asked(leaf, params, own_key)),
        Rule::All(parts) => all(parts, params, own_key),
        Rule::Any(parts) => parts.iter().map(|part| words(part, params, own_key)).collect::<Vec<_>>().join(", or "),
    }
}

/// Parts that ask of the same fact follow each other without naming it again.
fn all(parts: &[Rule], params: &Params, own_key: Option<&str>) -> String {
    let mut text = String::new();
    let mut before: Option<&str> = None;
    for part in parts {
        let fact = match part {
            Rule::Leaf(leaf) => Some(leaf.fact.as_str()),
            Rule::All(_) | Rule::Any(_) => None,
        };
        match part {
            Rule::Leaf(leaf) if fact == before => text.push_str(&format!(" and {}", asked(leaf, params, own_key))),
            _ if text.is_empty() => text = words(part, params, own_key),
            _ => text.push_str(&format!("; {}", words(part, params, own_key))),
        }
        before = fact;
    }
    text
}

/// A fact as people say it: `security.last_update_at` is `last update`.
fn named(fact: &str) -> String {
    let (group, name) = fact.rsplit_once('.').unwrap_or(("", fact));
    match fact {
        "user_id" | "owner_id" => return "owner".to_owned(),
        "owner_active" => return "owner has an active account".to_owned(),
        "os.release_supported" => return "release gets security fixes".to_owned(),
        "last_seen" => return "last report".to_owned(),
        "data_location" => return "place of processing".to_owned(),
        _ => {}
    }
    let plain = ["_secs", "_at", "_days", "_minutes", "_date"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let plain = plain.replace('_', " ").replace("sso ", "single sign-on ").replace("mfa ", "MFA ").replace("os ", "OS ");
    match group {
        "" | "security" | "os" => plain.replace("usb ", "USB ").replace("edr ", "EDR ").replace("tpm ", "TPM "),
        "software" => format!("software {plain}"),
        _ => format!("{} {plain}", group.replace('_', " ")),
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

fn asked(leaf: &Leaf, params: &Params, own_key: Option<&str>) -> String {
    let operand = match &leaf.operand {
        Operand::None => None,
        Operand::Literal(value) => Some(value),
        Operand::Param(name) => params.get(name),
        Operand::ParamEntry(name, _) => match (params.get(name), own_key) {
            (Some(table), Some(key)) => table.get(key),
            (table, _) => table,
        },
    };
    let value = operand.filter(|value| !is_empty(value)).map(said);
    let amount = || value.clone().map(|value| format!("{value}{}", unit(&leaf.fact)));
    let listed = || value.clone();
    let phrase = match leaf.operator {
        Operator::Exists => return "known".to_owned(),
        Operator::NotPast => return "today or later".to_owned(),
        Operator::Eq => value.clone(),
        Operator::Ne => value.as_ref().map(|value| format!("not {value}")),
        Operator::Gte => amount().map(|amount| format!("at least {amount}")),
        Operator::Lte => amount().map(|amount| format!("at most {amount}")),
        Operator::AgeLteDays => value.as_ref().map(|days| match days.as_str() {
            "1" => "at most 1 day ago".to_owned(),
            days => format!("at most {days} days ago"),
        }),
        Operator::VersionGte => value.as_ref().map(|version| format!("at least {version}")),
        Operator::In if leaf.kind == FactKind::Locations => listed().map(|list| format!("only {list}")),
        Operator::In => listed().map(|list| format!("one of {list}")),
        Operator::ContainsAll => listed().map(|list| format!("all of {list}")),
        Operator::NotIn | Operator::ContainsNone | Operator::MatchesNone => listed().map(|list| format!("none of {list}")),
    };
    phrase.unwrap_or_else(|| "not set yet in the settings".to_owned())
}

fn unit(fact: &str) -> &'static str {
    match fact {
        fact if fact.ends_with("_secs") => " s",
        fact if fact.ends_with("_minutes") => " minutes",
        fact if fact.ends_with("_days") => " days",
        _ => "",
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => entries.iter().map(|(key, value)| format!("{key} {}", said(value))).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Catalogue;
    use serde_json::json;

    fn params(value: Value) -> Params {
        value.as_object().unwrap().clone().into_iter().collect()
    }

    #[track_caller]
    fn check_words(id: &str, given: Value, own_key: Option<&str>, wanted: &str) {
        let check = Catalogue::shipped().checks().iter().find(|check| check.id == id).unwrap();
        assert_eq!(words(&check.rule, &params(given), own_key), wanted, "{id}");
    }

    #[test]
    fn rules_are_told_with_the_parameters_in_force() {
        check_words("device.disk_encryption", json!({}), None, "Disk encryption: yes");
        check_words("device.remote_login_disabled", json!({}), None, "Remote login enabled: no");
        check_words("device.os_patch_age", json!({ "max_days": 21 }), None, "Last update: at most 21 days ago");
        check_words("device.screen_lock_delay", json!({ "max_secs": 600 }), None, "Screen lock delay: at least 1 s and at most 600 s");
        check_words("device.owner_assigned", json!({}), None, "Owner: known; Owner has an active account: yes");
        check_words("service.review_current", json!({}), None, "Next review: today or later");
        check_words("service.data_location_allowed", json!({ "allowed": ["EU", "CH"] }), None, "Place of processing: only EU, CH");
        check_words("device.no_forbidden_software", json!({ "forbidden": ["tor", "steam"] }), None, "Software names: none of tor, steam");
        let personal = "Processes personal data: no, or Processes personal data: yes; Place of processing: known";
        check_words("service.personal_data_recorded", json!({}), None, personal);
    }

    #[test]
    fn of_a_table_the_subjects_own_entry_is_told_and_what_is_not_set_is_said() {
        let minimum = json!({ "minimum": { "macos": "15.7", "windows": "10.0.26100" } });
        check_words("device.os_version_minimum", minimum.clone(), Some("macos"), "OS version: at least 15.7");
        check_words("device.os_version_minimum", minimum.clone(), None, "OS version: at least macos 15.7, windows 10.0.26100");
        check_words("device.os_version_minimum", minimum, Some("linux"), "OS version: not set yet in the settings");
        check_words("device.no_forbidden_software", json!({ "forbidden": [] }), None, "Software names: not set yet in the settings");
    }

    #[test]
    fn every_rule_of_the_catalogue_has_words() {
        for check in Catalogue::shipped().checks() {
            let said = words(&check.rule, &Params::new(), None);
            assert!(said.contains(": ") && !said.contains('_') || check.id.starts_with("tenant.audit_"), "{}: {said}", check.id);
        }
    }
}
