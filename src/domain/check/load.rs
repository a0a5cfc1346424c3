//! Reading the catalogue's file, with everything that can be said about a wrong one.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::strictness::Strictness;
use super::{Catalogue, Check, Evidence, Param, ParamKind, Severity, Subject, Weights};
use crate::domain::device::OsType;
use crate::domain::facts::FactKind;
use crate::domain::load_error::{FieldPlace, LoadError, Source};
use crate::domain::rule::{Operand, Operator, Regions, Rule, Scope};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    format: u32,
    weights: Weights,
    default_max_age_days: u32,
    #[serde(default)]
    regions: Regions,
    check: Vec<CheckFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckFile {
    id: String,
    subject: Subject,
    title: String,
    severity: Severity,
    evidence: Evidence,
    #[serde(default)]
    baseline: bool,
    #[serde(default)]
    key: bool,
    #[serde(default)]
    optional: bool,
    on_missing: Option<String>,
    #[serde(default)]
    grace_days: u32,
    grace_from: Option<String>,
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    limits: BTreeMap<String, [i64; 2]>,
    applies: Option<Value>,
    rule: Value,
    remediation: BTreeMap<String, String>,
}

pub(super) fn parse(name: &str, text: &str) -> Result<Catalogue, LoadError> {
    let source = Source { name, text };
    let file: CatalogueFile = toml::from_str(text).map_err(|error| source.toml_error(&error))?;
    let top = FieldPlace::top();
    if file.format != 1 {
        return Err(source.error(&top.key("format"), format!("must be 1, not {}", file.format)));
    }
    if file.default_max_age_days == 0 {
        return Err(source.error(&top.key("default_max_age_days"), "must be at least 1"));
    }
    if let Some(severity) = Severity::ALL.iter().find(|severity| file.weights.of(**severity) == 0) {
        return Err(source.error(&top.key("weights").key(severity.as_str()), "must be at least 1"));
    }
    let mut checks = Vec::with_capacity(file.check.len());
    let mut by_id = HashMap::with_capacity(file.check.len());
    for (position, raw) in file.check.into_iter().enumerate() {
        let id = raw.id.clone();
        let place = top.key("check").index(position);
        let check = parse_check(raw).map_err(|error| {
            // What is wrong inside a check begins with the path of the field.
            let (path, message) = error.split_once(": ").unwrap_or(("", &error));
            source.error(&place.below(path), format!("{id}: {message}"))
        })?;
        if by_id.insert(id.clone(), position).is_some() {
            return Err(source.error(&place.key("id"), format!("{id}: used twice")));
        }
        checks.push(check);
    }
    let sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let (weights, default_max_age_days, regions) = (file.weights, file.default_max_age_days, file.regions);
    Ok(Catalogue { checks, by_id, weights, default_max_age_days, regions, sha256 })
}

/// See [`Check::parse_own`].
pub(super) fn parse_own(id: &str, definition: &Map<String, Value>) -> Result<Check, String> {
    let mut fields = definition.clone();
    for (field, value) in [("id", id), ("subject", "device"), ("evidence", "measured")] {
        fields.insert(field.to_owned(), Value::from(value));
    }
    let file = serde_json::from_value(Value::Object(fields)).map_err(|error| format!("rule: {error}"))?;
    parse_check(file)
}

/// The error begins with the path of the field in the check.
fn parse_check(file: CheckFile) -> Result<Check, String> {
    let name = file.id.strip_prefix(file.subject.as_str()).and_then(|rest| rest.strip_prefix('.'));
    if !name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')) {
        return Err(format!("id: must be {}.name in small letters", file.subject));
    }
    if file.title.trim().is_empty() {
        return Err("title: is empty".to_owned());
    }
    if file.optional && file.baseline {
        return Err("baseline: an optional check can't be on from the start".to_owned());
    }
    let on_missing_fail = flag("on_missing", file.on_missing.as_deref(), "fail")?;
    let grace_from_due_date = flag("grace_from", file.grace_from.as_deref(), "due_date")?;
    if grace_from_due_date && file.subject != Subject::Service {
        return Err("grace_from: only services have a review's due date".to_owned());
    }
    if file.remediation.is_empty() {
        return Err("remediation: is empty".to_owned());
    }
    if let Some(key) = file.remediation.keys().find(|key| *key != "any" && !OsType::ALL.iter().any(|os| os.as_str() == key.as_str())) {
        return Err(format!("remediation.{key}: no operating system"));
    }
    let scope = Scope { subject: file.subject, params: &file.params };
    let applies = file.applies.as_ref().map(|applies| Rule::parse(applies, scope, "applies")).transpose()?;
    let rule = Rule::parse(&file.rule, scope, "rule")?;
    let params = parse_params(&file.params, &file.limits, applies.as_ref(), &rule)?;
    Ok(Check {
        id: file.id,
        subject: file.subject,
        title: file.title,
        severity: file.severity,
        evidence: file.evidence,
        baseline: file.baseline,
        key: file.key,
        optional: file.optional,
        on_missing_fail,
        grace_days: file.grace_days,
        grace_from_due_date,
        params,
        applies,
        rule,
        remediation: file.remediation,
    })
}

/// True if the field has its one value, false if it is left out.
fn flag(field: &str, given: Option<&str>, one_value: &str) -> Result<bool, String> {
    match given {
        None => Ok(false),
        Some(text) if text == one_value => Ok(true),
        Some(text) => Err(format!("{field}: must be \"{one_value}\", not \"{text}\"")),
    }
}

/// What a parameter may be follows from how the rules use it.
fn parse_params(
    defaults: &Map<String, Value>,
    limits: &BTreeMap<String, [i64; 2]>,
    applies: Option<&Rule>,
    rule: &Rule,
) -> Result<BTreeMap<String, Param>, String> {
    let mut params: BTreeMap<String, Param> = BTreeMap::new();
    let of_applies = applies.into_iter().flat_map(Rule::leaves).map(|leaf| (leaf, true));
    for (leaf, widens) in of_applies.chain(rule.leaves().into_iter().map(|leaf| (leaf, false))) {
        let (Operand::Param(name) | Operand::ParamEntry(name, _)) = &leaf.operand else { continue };
        let kind = match (leaf.operator, leaf.kind) {
            (Operator::Gte | Operator::Lte | Operator::AgeLteDays, _) => {
                let [min, max] = *limits.get(name).ok_or_else(|| format!("limits.{name}: missing"))?;
                ParamKind::Integer { min, max }
            }
            (Operator::VersionGte, _) => ParamKind::Versions,
            (_, FactKind::Locations) => ParamKind::Locations,
            _ if leaf.fact == "os_type" => ParamKind::OsTypes,
            _ => ParamKind::Texts,
        };
        // `Rule::parse` has refused parameters without a default.
        let default = defaults.get(name).cloned().unwrap_or_default();
        kind.check(&default).map_err(|wanted| format!("params.{name}: must be {wanted}"))?;
        let strictness = Strictness::of(leaf.operator, widens);
        let param = Param { default, kind, strictness };
        if params.get(name).is_some_and(|other| *other != param) {
            return Err(format!("params.{name}: used in two ways"));
        }
        params.insert(name.clone(), param);
    }
    if let Some(name) = defaults.keys().find(|name| !params.contains_key(*name)) {
        return Err(format!("params.{name}: no rule uses it"));
    }
    let integer = |name: &str| params.get(name).is_some_and(|param| matches!(param.kind, ParamKind::Integer { .. }));
    match limits.keys().find(|name| !integer(name)) {
        Some(name) => Err(format!("limits.{name}: no whole number of that name in params")),
        None => Ok(params),
    }
}
