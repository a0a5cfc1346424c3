//! What the organisation chose of reports: which frameworks it uses, which parts of them, and which reports are made by themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::patch::{object, switch, unknown};
use crate::domain::framework::Framework;
use crate::domain::named::{exact_parse, named_enum};
use crate::domain::report::ReportFormat;
use crate::error::{Error, Result};
use crate::limits::{FRAMEWORK_ID_CHARACTERS_MAX, FRAMEWORKS_CHOSEN_MAX, REPORT_SCHEDULE_MAX};

/// What the organisation wants of one framework otherwise than its file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrameworkSetting {
    /// Whether it is on; `None`: as its file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Categories that are in its reports besides those that always are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

impl FrameworkSetting {
    /// Whether `framework` is on.
    pub fn is_enabled(&self, framework: &Framework) -> bool {
        self.enabled.unwrap_or(framework.ship_default)
    }
}

named_enum! {
    /// How often a report is made by itself.
    pub enum Every {
        /// For each calendar month.
        Month = "month",
        /// For each quarter of the calendar year.
        Quarter = "quarter",
    }
}

exact_parse! { Every }

/// A report that is made by itself after each period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scheduled {
    /// The framework's id.
    pub framework: String,
    /// What it is written as.
    pub format: ReportFormat,
    /// For which periods.
    pub every: Every,
}

impl Scheduled {
    pub(super) fn view(&self) -> Value {
        json!({"framework": self.framework, "format": self.format.as_str(), "every": self.every.as_str()})
    }

    fn read(field: &str, value: &Value) -> Result<Scheduled> {
        let fields = object(field, value)?.ok_or_else(|| Error::invalid(format!("{field} must be an object")))?;
        if let Some(key) = fields.keys().find(|key| !matches!(key.as_str(), "framework" | "format" | "every")) {
            return Err(unknown(&format!("{field}.{key}")));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let wrong = |name: &str, wanted: &str| Error::invalid(format!("{field}.{name} must be {wanted}"));
        let framework = text("framework");
        if !is_framework_id(framework) {
            return Err(wrong("framework", "a framework's id"));
        }
        Ok(Scheduled {
            framework: framework.to_owned(),
            format: ReportFormat::parse(text("format")).ok_or_else(|| wrong("format", "one of pdf, csv, json, oscal"))?,
            every: Every::parse(text("every")).ok_or_else(|| wrong("every", "one of month, quarter"))?,
        })
    }
}

/// The schedule in the stored JSON: as it is shown.
pub(super) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    use super::Scheduled;

    pub fn serialize<S: Serializer>(schedule: &[Scheduled], serializer: S) -> Result<S::Ok, S::Error> {
        super::schedule_view(schedule).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Scheduled>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        super::read_schedule(&value).map_err(|error| serde::de::Error::custom(error.detail))
    }
}

pub(super) fn schedule_view(schedule: &[Scheduled]) -> Value {
    schedule.iter().map(Scheduled::view).collect()
}

pub(super) fn frameworks_view(frameworks: &BTreeMap<String, FrameworkSetting>) -> Value {
    let view =
        |(id, setting): (&String, &FrameworkSetting)| (id.clone(), json!({"enabled": setting.enabled, "categories": setting.categories}));
    Value::Object(frameworks.iter().map(view).collect())
}

/// The whole schedule; `null` is an empty one.
pub(super) fn read_schedule(value: &Value) -> Result<Vec<Scheduled>> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        _ => return Err(Error::invalid("report_schedule must be an array")),
    };
    if items.len() > REPORT_SCHEDULE_MAX {
        return Err(Error::invalid(format!("report_schedule must be at most {REPORT_SCHEDULE_MAX} entries")));
    }
    let mut schedule = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let field = format!("report_schedule[{position}]");
        let scheduled = Scheduled::read(&field, item)?;
        if schedule.contains(&scheduled) {
            return Err(Error::invalid(format!("{field} is there twice")));
        }
        schedule.push(scheduled);
    }
    Ok(schedule)
}

/// Merges choices by framework; `null` in place of a framework goes back to what its file says.
pub(super) fn patch_frameworks(frameworks: &mut BTreeMap<String, FrameworkSetting>, value: &Value) -> Result<()> {
    let Some(entries) = object("frameworks", value)? else {
        frameworks.clear();
        return Ok(());
    };
    for (id, value) in entries {
        let field = format!("frameworks.{}", id.chars().filter(|character| !character.is_control()).take(64).collect::<String>());
        if !is_framework_id(id) {
            return Err(Error::invalid(format!("{field}: there is no such framework")));
        }
        let mut setting = frameworks.get(id).cloned().unwrap_or_default();
        match object(&field, value)? {
            None => setting = FrameworkSetting::default(),
            Some(fields) => {
                for (key, value) in fields {
                    let field = format!("{field}.{key}");
                    match key.as_str() {
                        "enabled" if value.is_null() => setting.enabled = None,
                        "enabled" => setting.enabled = Some(switch(&field, value)?),
                        "categories" => setting.categories = categories(&field, value)?,
                        _ => return Err(unknown(&field)),
                    }
                }
            }
        }
        if setting == FrameworkSetting::default() {
            frameworks.remove(id);
        } else {
            frameworks.insert(id.clone(), setting);
        }
    }
    if frameworks.len() > FRAMEWORKS_CHOSEN_MAX {
        return Err(Error::invalid(format!("frameworks must be at most {FRAMEWORKS_CHOSEN_MAX}")));
    }
    Ok(())
}

/// Ids of categories, each once, in order; whether the framework has them the caller knows.
fn categories(field: &str, value: &Value) -> Result<Vec<String>> {
    let wrong = || Error::invalid(format!("{field} must be an array of the framework's categories"));
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) if items.len() <= FRAMEWORKS_CHOSEN_MAX => items,
        _ => return Err(wrong()),
    };
    let mut chosen = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    if !chosen.iter().all(|id| is_framework_id(id)) {
        return Err(wrong());
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}

/// Whether `text` could be the id of a framework or of one of its categories.
fn is_framework_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= FRAMEWORK_ID_CHARACTERS_MAX
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Catalogue;
    use crate::domain::settings::Settings;

    fn patched(body: Value) -> Result<Settings> {
        let Value::Object(body) = body else { panic!("an object") };
        Settings::default().patch(&body, Catalogue::shipped()).map(|(settings, _)| settings)
    }

    #[test]
    fn a_schedule_is_given_whole_and_kept_as_it_is_shown() {
        let schedule = json!([{"framework": "iso27001", "format": "pdf", "every": "month"}]);
        let settings = patched(json!({ "report_schedule": schedule })).unwrap();
        assert_eq!(schedule_view(&settings.report_schedule), schedule);
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(serde_json::from_value::<Settings>(stored).unwrap(), settings);
        for (wrong, field) in [
            (json!({}), "report_schedule"),
            (json!([{}]), "report_schedule[0].framework"),
            (json!([{"framework": "x", "format": "doc", "every": "month"}]), "report_schedule[0].format"),
            (json!([{"framework": "x", "format": "pdf", "every": "day"}]), "report_schedule[0].every"),
            (json!([{"framework": "x", "format": "pdf", "every": "month", "to": 1}]), "report_schedule[0].to"),
            (json!([schedule[0], schedule[0]]), "report_schedule[1]"),
        ] {
            assert!(patched(json!({ "report_schedule": wrong })).unwrap_err().detail.starts_with(field), "{wrong}");
        }
    }

    #[test]
    fn choices_merge_and_null_goes_back() {
        let settings = patched(json!({"frameworks": {"cis": {"enabled": true}, "soc2": {"categories": ["b", "a", "b"]}}})).unwrap();
        assert_eq!(settings.frameworks["cis"], FrameworkSetting { enabled: Some(true), categories: Vec::new() });
        assert_eq!(settings.frameworks["soc2"].categories, ["a", "b"]);
        let Value::Object(body) = json!({"frameworks": {"cis": null, "soc2": {"enabled": false}}}) else { panic!("an object") };
        let (settings, changes) = settings.patch(&body, Catalogue::shipped()).unwrap();
        assert_eq!(settings.frameworks.keys().collect::<Vec<_>>(), ["soc2"]);
        assert!(changes.iter().any(|change| change.field == "frameworks.soc2.enabled"), "{changes:?}");
        for (wrong, field) in [
            (json!({"a b": {}}), "frameworks.a b"),
            (json!({"soc2": {"enabled": 1}}), "frameworks.soc2.enabled"),
            (json!({"soc2": {"categories": [1]}}), "frameworks.soc2.categories"),
            (json!({"soc2": {"mode": 1}}), "frameworks.soc2.mode"),
        ] {
            assert!(patched(json!({ "frameworks": wrong })).unwrap_err().detail.starts_with(field), "{wrong}");
        }
    }
}
