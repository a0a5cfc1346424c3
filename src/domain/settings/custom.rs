//! Checks of an organisation's own: definitions in the language of the catalogue, kept with the settings and so in versions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Change, Settings};
use crate::domain::check::{Catalogue, Check};
use crate::error::{Error, Result};
use crate::limits::{CUSTOM_CHECK_BYTES_MAX, CUSTOM_CHECK_LEAVES_MAX, CUSTOM_CHECK_TEXT_CHARACTERS, CUSTOM_CHECKS_MAX};

/// What ids of an organisation's own checks begin with; none of the catalogue's does.
pub const OWN_PREFIX: &str = "device.x_";

/// Longest part of an id behind the prefix, in characters.
const NAME_CHARACTERS: usize = 60;

/// Fields of a definition; all others are refused.
const FIELDS: [&str; 8] = ["title", "severity", "applies", "rule", "params", "limits", "remediation", "grace_days"];

/// Definitions by id: the fields of [`FIELDS`], as in the catalogue's file.
pub type CustomChecks = BTreeMap<String, Map<String, Value>>;

/// The checks that are defined. A definition of a later program that this one can't read is passed over.
pub(super) fn checks(definitions: &CustomChecks) -> Vec<Check> {
    definitions.iter().filter_map(|(id, definition)| Check::parse_own(id, definition).ok()).collect()
}

impl Settings {
    /// The settings with the check `id` added. A conflict if there is one; an error names the field.
    pub fn add_check(&self, id: &str, definition: Map<String, Value>, catalogue: &Catalogue) -> Result<(Settings, Vec<Change>)> {
        let name = id.strip_prefix(OWN_PREFIX).filter(|name| !name.is_empty() && name.len() <= NAME_CHARACTERS);
        if !name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')) {
            return Err(Error::invalid(format!(
                "`id` must be {OWN_PREFIX} and a name of at most {NAME_CHARACTERS} small letters, digits and _"
            )));
        }
        let (definition, check) = checked(id, definition)?;
        if self.custom_checks.contains_key(id) || catalogue.check(id).is_some() {
            return Err(Error::conflict("A check with this `id` exists already"));
        }
        if self.custom_checks.len() >= CUSTOM_CHECKS_MAX {
            return Err(Error::conflict(format!("There are {CUSTOM_CHECKS_MAX} checks of your own already, which is the most")));
        }
        Ok(self.with_check(id, definition, &check))
    }

    /// The settings with another definition of the check `id`. What the settings say of it (state, severity, grace) stays; parameters that it
    /// has no more go.
    pub fn replace_check(&self, id: &str, definition: Map<String, Value>) -> Result<(Settings, Vec<Change>)> {
        if !self.custom_checks.contains_key(id) {
            return Err(Error::not_found("Check"));
        }
        let (definition, check) = checked(id, definition)?;
        Ok(self.with_check(id, definition, &check))
    }

    /// The settings without the check `id` and without what they said of it.
    pub fn remove_check(&self, id: &str) -> Result<(Settings, Vec<Change>)> {
        let mut without = self.clone();
        let Some(old) = without.custom_checks.remove(id) else { return Err(Error::not_found("Check")) };
        without.checks.remove(id);
        Ok((without, vec![Change { field: field_of(id), old: Value::Object(old), new: Value::Null }]))
    }

    fn with_check(&self, id: &str, definition: Map<String, Value>, check: &Check) -> (Settings, Vec<Change>) {
        let mut with = self.clone();
        if let Some(setting) = with.checks.get_mut(id) {
            setting.params.retain(|name, value| check.params.get(name).is_some_and(|param| param.kind.check(value).is_ok()));
        }
        let new = Value::Object(definition.clone());
        let old = with.custom_checks.insert(id.to_owned(), definition).map_or(Value::Null, Value::Object);
        let changes = if old == new { Vec::new() } else { vec![Change { field: field_of(id), old, new }] };
        (with, changes)
    }
}

fn field_of(id: &str) -> String {
    format!("custom_checks.{id}")
}

/// Checks what the catalogue's reader leaves open: which fields, how much text, how many conditions. A field that is `null` is absent.
fn checked(id: &str, mut definition: Map<String, Value>) -> Result<(Map<String, Value>, Check)> {
    definition.retain(|_, value| !value.is_null());
    if let Some(field) = definition.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(super::patch::unknown_field(field));
    }
    for field in ["title", "severity", "rule", "remediation"] {
        if !definition.contains_key(field) {
            return Err(Error::invalid(format!("`{field}` is required")));
        }
    }
    let title = definition["title"].as_str().ok_or_else(|| Error::invalid("`title` must be a text"))?;
    fits("title", title)?;
    let severity = definition["severity"].as_str().and_then(crate::domain::check::Severity::parse);
    if severity.is_none() {
        return Err(Error::invalid("`severity` must be one of critical, high, medium, low"));
    }
    let remediation = definition["remediation"].as_object();
    let texts = remediation.filter(|texts| texts.values().all(Value::is_string));
    let texts = texts.ok_or_else(|| Error::invalid("`remediation` must be an object of texts by operating system, or `any`"))?;
    for (system, text) in texts {
        fits(&format!("remediation.{system}"), text.as_str().unwrap_or_default())?;
    }
    if definition.get("grace_days").is_some_and(|days| days.as_u64().is_none_or(|days| days > 365)) {
        return Err(Error::invalid("`grace_days` must be a whole number from 0 to 365"));
    }
    for field in ["params", "limits"] {
        if definition.get(field).is_some_and(|value| !value.is_object()) {
            return Err(Error::invalid(format!("`{field}` must be an object")));
        }
    }
    let bounds = definition.get("limits").and_then(Value::as_object).into_iter().flatten();
    for (name, pair) in bounds {
        let pair = pair.as_array().map(|pair| pair.iter().filter_map(Value::as_i64).collect::<Vec<i64>>());
        if !pair.is_some_and(|pair| matches!(pair[..], [min, max] if min <= max)) {
            return Err(Error::invalid(format!("`limits.{name}` must be the smallest and the largest whole number")));
        }
    }
    if serde_json::to_string(&definition).map_err(Error::internal)?.len() > CUSTOM_CHECK_BYTES_MAX {
        return Err(Error::invalid(format!("`rule` and all other fields may be at most {CUSTOM_CHECK_BYTES_MAX} bytes together")));
    }
    let check = Check::parse_own(id, &definition).map_err(Error::invalid)?;
    let leaves = check.rule.leaves().len() + check.applies.as_ref().map_or(0, |applies| applies.leaves().len());
    if leaves > CUSTOM_CHECK_LEAVES_MAX {
        return Err(Error::invalid(format!("`rule` and `applies` may have at most {CUSTOM_CHECK_LEAVES_MAX} conditions together")));
    }
    Ok((definition, check))
}

fn fits(field: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    match !text.trim().is_empty() && length <= CUSTOM_CHECK_TEXT_CHARACTERS && !text.contains(char::is_control) {
        true => Ok(()),
        false => Err(Error::invalid(format!("`{field}` must be a text of 1 to {CUSTOM_CHECK_TEXT_CHARACTERS} characters"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::check::Subject;
    use crate::domain::compliance::{CheckStatus, judge};
    use crate::domain::device::{DeviceType, OsType, Ownership};
    use crate::domain::facts::{DeviceFacts, Facts, Section};
    use crate::domain::rule::Reason;
    use crate::domain::settings::{CheckState, ResolvedChecks};
    use crate::domain::time::Time;

    const ID: &str = "device.x_backup";

    fn definition(rule: Value) -> Map<String, Value> {
        let definition = json!({"title": "Backup ran", "severity": "high", "rule": rule, "remediation": {"any": "Run it."}});
        definition.as_object().unwrap().clone()
    }

    fn with(rule: Value) -> Settings {
        Settings::default().add_check(ID, definition(rule), Catalogue::shipped()).unwrap().0
    }

    fn refused(change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut definition = definition(json!({"fact": "custom.backup", "op": "eq", "value": true}));
        change(&mut definition);
        Settings::default().add_check(ID, definition, Catalogue::shipped()).unwrap_err().detail
    }

    /// How the check stands for a device whose section `custom` is `custom`.
    fn judged(settings: &Settings, custom: &Value) -> (CheckStatus, Option<Reason>) {
        let now = Time(1_768_003_200);
        let device = DeviceFacts {
            serial_number: "S",
            device_name: "n",
            device_type: DeviceType::Laptop,
            os_type: OsType::Linux,
            os_version: None,
            os_distribution: None,
            os_edition: None,
            last_seen: Some(now),
            user_id: None,
            owner_active: None,
            ownership: Ownership::Company,
            headless: false,
            tags: &[],
            security: None,
            software: None,
        };
        let section = custom.as_object().map(|data| Section { data, confirmed_at: now });
        let checks = ResolvedChecks::new(Catalogue::shipped(), settings);
        let judgement = judge(&checks, Subject::Device, &Facts::of_device(&device).with_custom(section), now);
        let verdict = judgement.verdicts.iter().find(|verdict| verdict.check_id == ID).unwrap();
        (verdict.status, verdict.reason)
    }

    #[test]
    fn ids_can_not_clash_with_the_catalogue() {
        assert!(Catalogue::shipped().checks().iter().all(|check| !check.id.starts_with(OWN_PREFIX)));
        for id in
            ["device.disk_encryption", "device.x_", "device.x_Größe", "service.x_a", "custom.a", &format!("{OWN_PREFIX}{}", "a".repeat(61))]
        {
            let rule = json!({"fact": "custom.a", "op": "exists"});
            let error = Settings::default().add_check(id, definition(rule), Catalogue::shipped()).unwrap_err();
            assert!(error.detail.starts_with("`id` must be device.x_"), "{id}: {}", error.detail);
        }
    }

    #[test]
    fn a_custom_fact_has_the_type_that_the_rule_asks_for_and_another_is_no_data() {
        use CheckStatus::{Fail, NoData, Pass};
        let eq = with(json!({"fact": "custom.backup", "op": "eq", "value": true}));
        assert_eq!(judged(&eq, &json!({"backup": true})), (Pass, None));
        assert_eq!(judged(&eq, &json!({"backup": false})), (Fail, None));
        assert_eq!(judged(&eq, &json!({"backup": "true"})), (NoData, Some(Reason::WrongType)));
        for absent in [json!({}), json!({"backup": null}), Value::Null] {
            assert_eq!(judged(&eq, &absent), (NoData, Some(Reason::Absent)), "{absent}");
        }
        let version = with(json!({"fact": "custom.vpn", "op": "version_gte", "value": "2.10"}));
        assert_eq!(judged(&version, &json!({"vpn": "2.9"})), (Fail, None));
        assert_eq!(judged(&version, &json!({"vpn": "2.11"})), (Pass, None));
        assert_eq!(judged(&version, &json!({"vpn": 3})), (NoData, Some(Reason::WrongType)));
        let age = with(json!({"fact": "custom.backup_at", "op": "age_lte_days", "value": 7}));
        assert_eq!(judged(&age, &json!({"backup_at": "2026-01-09T00:00:00Z"})), (Pass, None));
        assert_eq!(judged(&age, &json!({"backup_at": "2026-01-01T00:00:00Z"})), (Fail, None));
        assert_eq!(judged(&age, &json!({"backup_at": "yesterday"})), (NoData, Some(Reason::WrongType)));
    }

    #[test]
    fn a_check_is_advice_until_it_is_graded_and_goes_with_all_that_was_said_of_it() {
        let settings = with(json!({"fact": "custom.backup", "op": "eq", "value": true}));
        let state = |settings: &Settings| ResolvedChecks::new(Catalogue::shipped(), settings).get(ID).map(|resolved| resolved.state);
        assert_eq!(state(&settings), Some(CheckState::Advice));
        let patch = json!({"checks": {ID: {"state": "baseline"}}});
        let (graded, changes) = settings.patch(patch.as_object().unwrap(), Catalogue::shipped()).unwrap();
        assert_eq!((state(&graded), changes.len()), (Some(CheckState::Baseline), 1));
        let (without, changes) = graded.remove_check(ID).unwrap();
        assert_eq!((without, changes[0].field.as_str()), (Settings::default(), "custom_checks.device.x_backup"));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let leaf = json!({"fact": "custom.a", "op": "exists"});
        let many = vec![leaf.clone(); CUSTOM_CHECK_LEAVES_MAX + 1];
        let deep = (0..6).fold(leaf, |rule, _| json!({"all": [rule]}));
        for (field, value, said) in [
            ("title", json!(""), "`title` must be"),
            ("severity", json!("grave"), "`severity` must be one of"),
            ("remediation", json!({"any": 1}), "`remediation` must be"),
            ("remediation", json!({"beos": "x"}), "remediation.beos"),
            ("grace_days", json!(366), "`grace_days` must be"),
            ("surprise", json!(1), "surprise"),
            ("rule", json!({"fact": "custom.", "op": "exists"}), "rule.fact: `custom.` is no fact of a device"),
            ("rule", json!({"fact": "security.unheard_of", "op": "exists"}), "rule.fact"),
            ("rule", json!({"fact": "custom.a", "op": "gte", "value": "x"}), "rule.value"),
            ("rule", json!({"all": many}), "`rule` and `applies` may have at most"),
            ("rule", deep, "nested deeper than"),
            ("params", json!({"unused": ["x"]}), "params.unused"),
            ("params", json!([]), "`params` must be an object"),
        ] {
            let detail = refused(|definition| drop(definition.insert(field.to_owned(), value.clone())));
            assert!(detail.contains(said), "{field} {value}: {detail}");
        }
        assert_eq!(refused(|definition| drop(definition.remove("rule"))), "`rule` is required");
    }

    #[test]
    fn there_are_at_most_so_many_and_each_once() {
        let mut settings = Settings::default();
        let rule = || definition(json!({"fact": "custom.a", "op": "exists"}));
        for number in 0..CUSTOM_CHECKS_MAX {
            settings = settings.add_check(&format!("device.x_{number}"), rule(), Catalogue::shipped()).unwrap().0;
        }
        let detail = |id: &str| settings.add_check(id, rule(), Catalogue::shipped()).unwrap_err().detail;
        assert!(detail("device.x_0").contains("exists already"));
        assert!(detail("device.x_more").contains("which is the most"));
        assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
    }
}
