//! Changing settings: a JSON merge in which `null` goes back to the default, every value is checked and every change is named.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::organisation::{logo, organisation_name};
use super::reports::{patch_frameworks, read_schedule};
use super::retention::ErasureHold;
use super::{
    Bounds, CheckSetting, CheckState, DURATION_MINUTES, GRACE_DAYS, Lockout, MAX_ATTEMPTS, REPORT_INTERVAL_SECONDS, REVIEW_DUE_SOON_DAYS,
    ResolvedChecks, SILENT_AFTER_DAYS, Settings, WINDOW_MINUTES,
};
use crate::domain::check::{Catalogue, Check, Severity};
use crate::domain::named::one_of;
use crate::error::{Error, Result};

/// A setting that now has another value. A value in force that was a default shows as that default.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Dotted path, such as `checks.device.disk_encryption.state`.
    pub field: String,
    /// Before.
    pub old: Value,
    /// After.
    pub new: Value,
}

/// Characters of an unknown field's path that an error repeats.
const FIELD_CHARACTERS_SHOWN: usize = 100;

impl Settings {
    /// The settings with `body` merged in, and what changed by it, by field. An error names the dotted field.
    pub fn patch(&self, body: &Map<String, Value>, catalogue: &Catalogue) -> Result<(Settings, Vec<Change>)> {
        let mut patched = self.clone();
        let known = ResolvedChecks::new(catalogue, self).catalogue;
        for (key, value) in body {
            match key.as_str() {
                "checks" => patch_checks(&mut patched.checks, value, &known)?,
                "lockout" => patch_lockout(&mut patched.lockout, value)?,
                "organisation_name" => patched.organisation_name = organisation_name(value)?,
                "logo" => patched.logo = logo(value)?,
                "smtp" => patched.smtp.patch(value)?,
                "review_due_soon_days" => {
                    patched.review_due_soon_days = whole_number("review_due_soon_days", value, REVIEW_DUE_SOON_DAYS)?;
                }
                "mfa_required" => patched.mfa_required = switch("mfa_required", value)?,
                "silent_after_days" => patched.silent_after_days = whole_number("silent_after_days", value, SILENT_AFTER_DAYS)?,
                "devices_need_approval" => patched.devices_need_approval = switch("devices_need_approval", value)?,
                "report_interval_seconds" => {
                    patched.report_interval_seconds = whole_number("report_interval_seconds", value, REPORT_INTERVAL_SECONDS)?;
                }
                "retention" => patched.retention.patch(value)?,
                "frameworks" => patch_frameworks(&mut patched.frameworks, value)?,
                "report_schedule" => patched.report_schedule = read_schedule(value)?,
                "erasure_hold" => patched.erasure_hold = ErasureHold::read(value)?,
                "time_zone" => patched.time_zone = time_zone(value)?,
                _ => return Err(unknown(key)),
            }
        }
        let before = flat(&self.view(&ResolvedChecks::new(catalogue, self)));
        let after = flat(&patched.view(&ResolvedChecks::new(catalogue, &patched)));
        let changes = before.keys().chain(after.keys().filter(|field| !before.contains_key(*field))).filter_map(|field| {
            let value = |side: &BTreeMap<String, Value>| side.get(field).cloned().unwrap_or_default();
            let change = Change { field: field.clone(), old: value(&before), new: value(&after) };
            (change.old != change.new).then_some(change)
        });
        let changes = changes.collect();
        Ok((patched, changes))
    }
}

fn patch_lockout(lockout: &mut Lockout, value: &Value) -> Result<()> {
    let Some(fields) = object("lockout", value)? else {
        *lockout = Lockout::default();
        return Ok(());
    };
    for (key, value) in fields {
        let field = format!("lockout.{key}");
        match key.as_str() {
            "max_attempts" => lockout.max_attempts = whole_number(&field, value, MAX_ATTEMPTS)?,
            "window_minutes" => lockout.window_minutes = whole_number(&field, value, WINDOW_MINUTES)?,
            "duration_minutes" => lockout.duration_minutes = whole_number(&field, value, DURATION_MINUTES)?,
            _ => return Err(unknown(&field)),
        }
    }
    Ok(())
}

fn patch_checks(checks: &mut BTreeMap<String, CheckSetting>, value: &Value, catalogue: &Catalogue) -> Result<()> {
    let Some(entries) = object("checks", value)? else {
        checks.clear();
        return Ok(());
    };
    for (id, value) in entries {
        let path = format!("checks.{id}");
        let check = catalogue.check(id).ok_or_else(|| Error::invalid(format!("{}: there is no such check", shortened(&path))))?;
        let setting = match object(&path, value)? {
            None => CheckSetting::default(),
            Some(fields) => patch_check(checks.get(id).cloned().unwrap_or_default(), fields, check, &path)?,
        };
        if setting == CheckSetting::default() {
            checks.remove(id);
        } else {
            checks.insert(id.clone(), setting);
        }
    }
    Ok(())
}

fn patch_check(mut setting: CheckSetting, fields: &Map<String, Value>, check: &Check, path: &str) -> Result<CheckSetting> {
    for (key, value) in fields {
        let field = format!("{path}.{key}");
        match key.as_str() {
            "state" => setting.state = word(&field, value, CheckState::parse, CheckState::ALL)?,
            "severity" => setting.severity = word(&field, value, Severity::parse, Severity::ALL)?,
            "grace_days" if value.is_null() => setting.grace_days = None,
            "grace_days" => setting.grace_days = Some(whole_number(&field, value, GRACE_DAYS)?),
            "params" => patch_params(&mut setting, value, check, &field)?,
            _ => return Err(unknown(&field)),
        }
    }
    Ok(setting)
}

fn patch_params(setting: &mut CheckSetting, value: &Value, check: &Check, path: &str) -> Result<()> {
    let Some(fields) = object(path, value)? else {
        setting.params.clear();
        return Ok(());
    };
    for (name, value) in fields {
        let field = format!("{path}.{name}");
        let param = check.params.get(name).ok_or_else(|| unknown(&field))?;
        if value.is_null() {
            setting.params.remove(name);
            continue;
        }
        let merged = merge(setting.params.get(name).unwrap_or(&param.default), value);
        param.kind.check(&merged).map_err(|wanted| Error::invalid(format!("{field} must be {wanted}")))?;
        setting.params.insert(name.clone(), merged);
    }
    Ok(())
}

/// A table merges entry by entry and `null` removes one; anything else takes the old value's place.
fn merge(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let mut merged = old.clone();
    for (key, value) in new {
        if value.is_null() {
            merged.remove(key);
        } else {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

fn time_zone(value: &Value) -> Result<chrono_tz::Tz> {
    if value.is_null() {
        return Ok(Settings::default().time_zone);
    }
    let zone = value.as_str().and_then(|name| name.parse().ok());
    zone.ok_or_else(|| Error::invalid("time_zone must be an IANA name such as Europe/Berlin"))
}

/// `null` is off, the default of every switch.
pub(super) fn switch(field: &str, value: &Value) -> Result<bool> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(on) => Ok(*on),
        _ => Err(Error::invalid(format!("{field} must be true or false"))),
    }
}

/// `None` is `null`: back to the defaults.
pub(super) fn object<'v>(field: &str, value: &'v Value) -> Result<Option<&'v Map<String, Value>>> {
    match value {
        Value::Null => Ok(None),
        Value::Object(fields) => Ok(Some(fields)),
        _ => Err(Error::invalid(format!("{field} must be an object"))),
    }
}

pub(super) fn whole_number(field: &str, value: &Value, bounds: Bounds) -> Result<u32> {
    if value.is_null() {
        return Ok(bounds.default);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    let within = number.filter(|number| (bounds.min..=bounds.max).contains(number));
    within.ok_or_else(|| Error::invalid(format!("{field} must be a whole number from {} to {}", bounds.min, bounds.max)))
}

/// `None` is `null`: back to the default.
pub(super) fn word<T>(field: &str, value: &Value, parse: fn(&str) -> Option<T>, all: &[impl std::fmt::Display]) -> Result<Option<T>> {
    if value.is_null() {
        return Ok(None);
    }
    let word = value.as_str().and_then(parse);
    word.map(Some).ok_or_else(|| Error::invalid(format!("{field} must be one of {}", one_of(all))))
}

/// A name from outside, short and printable enough for an answer.
fn shortened(field: &str) -> String {
    field.chars().filter(|character| !character.is_control()).take(FIELD_CHARACTERS_SHOWN).collect()
}

pub(super) fn unknown_field(field: &str) -> Error {
    Error::invalid(format!("{}: there is no such field", shortened(field)))
}

pub(super) fn unknown(field: &str) -> Error {
    Error::invalid(format!("{}: there is no such setting", shortened(field)))
}

/// Every setting by its dotted path. A parameter is one value, whatever it holds.
fn flat(view: &Value) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    flatten(String::new(), view, &mut fields);
    fields
}

fn flatten(path: String, value: &Value, fields: &mut BTreeMap<String, Value>) {
    let is_param = path.rsplit('.').nth(1) == Some("params");
    match value {
        Value::Object(entries) if !is_param => {
            for (key, value) in entries {
                flatten(if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, fields);
            }
        }
        _ => {
            fields.insert(path, value.clone());
        }
    }
}
