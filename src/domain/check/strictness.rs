//! Which of two values of a parameter demands more: an organisation may ask for more than a framework does, never for less.
//!
//! It follows from the operator that takes the parameter. Rules know no "not", so whatever makes one leaf harder to satisfy makes the whole
//! rule harder; in `applies` it is the other way round, for there more demands are made where more subjects are meant.

use std::cmp::Ordering;

use serde_json::Value;

use crate::domain::rule::{Operator, Regions, compare_versions};

/// The direction in which a parameter becomes stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// A smaller number (`lte`, `age_lte_days`).
    Smaller,
    /// A larger number, or later versions and more of them (`gte`, `version_gte`).
    Larger,
    /// A shorter list (`in`: what is allowed).
    Fewer,
    /// A longer list (`not_in`, `contains_all`, `contains_none`, `matches_none`: what is forbidden or asked for).
    More,
}

impl Strictness {
    /// That of a parameter which `operator` takes; `widens` where it stands in `applies`.
    pub(super) fn of(operator: Operator, widens: bool) -> Strictness {
        use Strictness::{Fewer, Larger, More, Smaller};
        let in_rule = match operator {
            Operator::Lte | Operator::AgeLteDays => Smaller,
            Operator::Gte | Operator::VersionGte => Larger,
            Operator::In => Fewer,
            _ => More,
        };
        match (in_rule, widens) {
            (strictness, false) => strictness,
            (Smaller, true) => Larger,
            (Larger, true) => Smaller,
            (Fewer, true) => More,
            (More, true) => Fewer,
        }
    }

    /// Whether `own` demands at least what `wanted` does. Two lists of which neither holds the other can't be compared: then not.
    pub fn is_at_least(self, own: &Value, wanted: &Value, regions: &Regions) -> bool {
        match (own, wanted) {
            (Value::Number(own), Value::Number(wanted)) => own.as_i64().zip(wanted.as_i64()).is_some_and(|(own, wanted)| match self {
                Strictness::Smaller => own <= wanted,
                _ => own >= wanted,
            }),
            (Value::Array(own), Value::Array(wanted)) => match self {
                // An empty list of what is allowed is not configured, and not the strictest.
                Strictness::Fewer => !own.is_empty() && own.iter().all(|entry| holds(wanted, entry, regions)),
                _ => wanted.iter().all(|entry| holds(own, entry, regions)),
            },
            (Value::Object(own), Value::Object(wanted)) => wanted.iter().all(|(key, wanted)| {
                let versions = own.get(key).and_then(Value::as_str).zip(wanted.as_str());
                versions.and_then(|(own, wanted)| compare_versions(own, wanted)).is_some_and(Ordering::is_ge)
            }),
            _ => false,
        }
    }
}

/// Whether `list` has `entry` itself or a region that holds it.
fn holds(list: &[Value], entry: &Value, regions: &Regions) -> bool {
    list.iter().any(|known| {
        let members = known.as_str().and_then(|region| regions.get(region));
        known == entry || members.is_some_and(|members| members.iter().any(|member| Some(member.as_str()) == entry.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::check::Catalogue;

    #[track_caller]
    fn check(param: (&str, &str), own: Value, wanted: Value, at_least: bool) {
        let catalogue = Catalogue::shipped();
        let found = &catalogue.check(param.0).unwrap().params[param.1];
        assert_eq!(found.strictness.is_at_least(&own, &wanted, &catalogue.regions), at_least, "{param:?} {own} {wanted}");
    }

    #[test]
    fn stricter_is_what_fewer_subjects_pass() {
        let patch = ("device.os_patch_age", "max_days");
        check(patch, json!(7), json!(14), true);
        check(patch, json!(14), json!(14), true);
        check(patch, json!(30), json!(14), false);
        let lockout = ("tenant.lockout_policy", "min_minutes");
        check(lockout, json!(60), json!(30), true);
        check(lockout, json!(15), json!(30), false);
        let places = ("service.data_location_allowed", "allowed");
        check(places, json!(["SE"]), json!(["EU"]), true);
        check(places, json!(["SE", "CH"]), json!(["EU"]), false);
        check(places, json!([]), json!(["EU"]), false);
        let forbidden = ("device.no_forbidden_software", "forbidden");
        check(forbidden, json!(["a", "b"]), json!(["a"]), true);
        check(forbidden, json!(["b"]), json!(["a"]), false);
        let systems = ("device.malware_protection", "require_on");
        check(systems, json!(["macos", "windows", "linux"]), json!(["macos", "windows"]), true);
        check(systems, json!(["windows"]), json!(["macos", "windows"]), false);
        let versions = ("device.os_version_minimum", "minimum");
        check(versions, json!({ "macos": "15.10", "windows": "10" }), json!({ "macos": "15.9" }), true);
        check(versions, json!({ "windows": "10" }), json!({ "macos": "15.9" }), false);
    }
}
