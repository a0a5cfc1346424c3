//! Checks of an organisation's own over its devices' facts: part of the settings, so that each holds from its moment on.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::answer;
use super::call::Call;
use super::input::Fields;
use super::route::{Answer, AnswerBody, BODY_BYTES_MAX, LIMIT, Route, SKIP, of};
use super::settings::judge_at_once;
use super::words;
use crate::domain::access::ADMIN;
use crate::domain::settings::{Change, ResolvedCheck, Settings};
use crate::error::{Error, Result};
use crate::http::{Lane, Response};
use crate::store::settings;

const PATH: &str = "/v1/custom-checks";
const ONE: &str = "/v1/custom-checks/{check_id}";

const fn row(method: &'static str, path: &'static str, name: &'static str, handler: fn(&Call) -> Result<Response>) -> Route {
    Route {
        method,
        path,
        name,
        access: ADMIN,
        lane: Lane::Quick,
        handler,
        summary: "",
        tag: "Settings",
        query: &[],
        request: None,
        body_bytes_max: BODY_BYTES_MAX,
        answer: Answer { status: 200, description: "The check", body: AnswerBody::Json(of::<CustomCheckAnswer>()) },
        errors: &[],
    }
}

/// The rows of this file.
pub static ROUTES: [Route; 4] = [
    Route {
        summary: "List the checks of your own. By id; they stand behind those of the catalogue in the settings, in answers and in figures",
        query: &[SKIP, LIMIT],
        answer: Answer { status: 200, description: "A page of checks", body: AnswerBody::List(of::<CustomCheckAnswer>()) },
        ..row("GET", PATH, "list_custom_checks", list)
    },
    Route {
        summary: "Add a check of your own. It asks for facts of devices: `custom.KEY` of the section `custom`, `software.*`, `os_version` and all others. \
         It judges from this moment on, as advice until `PATCH /v1/settings` gives it the state `baseline`. A value of another type than the \
         rule asks for is no data, as is one that is absent",
        request: Some(of::<CustomCheckCreate>()),
        answer: Answer { status: 201, description: "The check", body: AnswerBody::Json(of::<CustomCheckAnswer>()) },
        errors: &[(409, "There is a check with this `id`, or there are as many as may be")],
        ..row("POST", PATH, "create_custom_check", create)
    },
    Route {
        summary: "Replace the definition of a check of your own. What was judged before stays as it was",
        request: Some(of::<CustomCheckDefinition>()),
        ..row("PUT", ONE, "replace_custom_check", replace)
    },
    Route {
        summary: "Remove a check of your own, with its state, severity and grace in the settings. Its history stays",
        answer: Answer { status: 204, description: "Removed", body: AnswerBody::Empty },
        ..row("DELETE", ONE, "delete_custom_check", remove)
    },
];

/// A check to be added.
#[derive(ToSchema)]
#[schema(examples(json!({
    "id": "device.x_backup_recent", "title": "Backup ran within a week", "severity": "high",
    "applies": {"fact": "os_type", "op": "in", "value": ["macos", "windows", "linux"]},
    "rule": {"fact": "custom.last_backup_at", "op": "age_lte_days", "value": 7},
    "remediation": {"any": "Start the backup program and wait until it is done."}
})))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
struct CustomCheckCreate {
    /// `device.x_` and a name of at most 60 small letters, digits and `_`.
    #[schema(pattern = "^device\\.x_[a-z0-9_]{1,60}$")]
    id: String,
    /// What holds when it passes.
    #[schema(min_length = 1, max_length = 1000)]
    title: String,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: String,
    /// Who it is for, in the rule language; others are not applicable.
    applies: Option<Map<String, Value>>,
    /// What must hold: `{fact, op, value}`, `{all: [...]}` or `{any: [...]}`.
    rule: Map<String, Value>,
    /// Parameters with their defaults, for `value: {param: "..."}`.
    params: Option<Map<String, Value>>,
    /// Smallest and largest value of each parameter that is a number.
    limits: Option<BTreeMap<String, Vec<i64>>>,
    /// How to mend it, by operating system, or `any`.
    remediation: BTreeMap<String, String>,
    /// Days from a failure until it counts as non-compliant; default 0.
    #[schema(minimum = 0, maximum = 365)]
    grace_days: Option<u32>,
}

/// A check's new definition: what is left out is the default.
#[derive(ToSchema)]
#[schema(examples(json!({
    "title": "Backup ran within two weeks", "severity": "medium",
    "rule": {"fact": "custom.last_backup_at", "op": "age_lte_days", "value": 14},
    "remediation": {"any": "Start the backup program and wait until it is done."}
})))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
struct CustomCheckDefinition {
    /// What holds when it passes.
    #[schema(min_length = 1, max_length = 1000)]
    title: String,
    /// How grave a failure is.
    #[schema(value_type = words::Severity)]
    severity: String,
    /// Who it is for, in the rule language; others are not applicable.
    applies: Option<Map<String, Value>>,
    /// What must hold: `{fact, op, value}`, `{all: [...]}` or `{any: [...]}`.
    rule: Map<String, Value>,
    /// Parameters with their defaults, for `value: {param: "..."}`.
    params: Option<Map<String, Value>>,
    /// Smallest and largest value of each parameter that is a number.
    limits: Option<BTreeMap<String, Vec<i64>>>,
    /// How to mend it, by operating system, or `any`.
    remediation: BTreeMap<String, String>,
    /// Days from a failure until it counts as non-compliant; default 0.
    #[schema(minimum = 0, maximum = 365)]
    grace_days: Option<u32>,
}

/// A check of the organisation's own.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomCheck)]
struct CustomCheckAnswer {
    /// The id.
    #[schema(example = "device.x_backup_recent")]
    id: String,
    /// What holds when it passes.
    title: Value,
    /// How grave a failure is, unless the settings grade it otherwise.
    #[schema(value_type = words::Severity)]
    severity: Value,
    /// What it counts for, by the settings.
    #[schema(value_type = words::CheckState)]
    state: &'static str,
    /// Who it is for.
    #[schema(value_type = Option<Map<String, Value>>, required = true)]
    applies: Value,
    /// What must hold.
    #[schema(value_type = Map<String, Value>)]
    rule: Value,
    /// Parameters with their defaults.
    #[schema(value_type = Map<String, Value>)]
    params: Value,
    /// Smallest and largest value of each parameter that is a number.
    #[schema(value_type = Map<String, Value>)]
    limits: Value,
    /// How to mend it.
    #[schema(value_type = BTreeMap<String, String>)]
    remediation: Value,
    /// Days from a failure until it counts as non-compliant, unless the settings give others.
    #[schema(value_type = u32)]
    grace_days: Value,
}

impl CustomCheckAnswer {
    fn new(id: &str, definition: &Map<String, Value>, resolved: &ResolvedCheck<'_>) -> CustomCheckAnswer {
        let field = |name: &str, default: Value| definition.get(name).cloned().unwrap_or(default);
        CustomCheckAnswer {
            id: id.to_owned(),
            title: field("title", json!("")),
            severity: field("severity", json!(resolved.check.severity)),
            state: resolved.state.as_str(),
            applies: field("applies", Value::Null),
            rule: field("rule", json!({})),
            params: field("params", json!({})),
            limits: field("limits", json!({})),
            remediation: field("remediation", json!({})),
            grace_days: field("grace_days", json!(0)),
        }
    }
}

fn all(call: &Call) -> Result<Vec<CustomCheckAnswer>> {
    let version = call.read(settings::current)?;
    let checks = version.settings.custom_checks.iter();
    // One that this program can't read, of a later one, is not judged and not shown.
    let answers = checks.filter_map(|(id, definition)| Some(CustomCheckAnswer::new(id, definition, version.checks.get(id)?)));
    Ok(answers.collect())
}

fn list(call: &Call) -> Result<Response> {
    let found = all(call)?;
    let total = found.len() as u64;
    let number = |name| usize::try_from(call.query.integer(name)).unwrap_or(usize::MAX);
    let page: Vec<CustomCheckAnswer> = found.into_iter().skip(number("skip")).take(number("limit")).collect();
    Ok(answer::page(call, &page, total))
}

fn create(call: &Call) -> Result<Response> {
    let mut fields = Fields::of(call.request)?;
    let id = fields.required_text("id", 1, 200)?;
    let definition = fields.rest();
    let added = id.clone();
    change(call, move |current, catalogue| current.add_check(&added, definition.clone(), catalogue))?;
    Ok(answer::created(&one(call, &id)?))
}

fn replace(call: &Call) -> Result<Response> {
    let definition = Fields::of(call.request)?.rest();
    let id = call.path("check_id").to_owned();
    let replaced = id.clone();
    change(call, move |current, _| current.replace_check(&replaced, definition.clone()))?;
    Ok(answer::json(&one(call, &id)?))
}

fn remove(call: &Call) -> Result<Response> {
    let id = call.path("check_id").to_owned();
    change(call, move |current, _| current.remove_check(&id))?;
    Ok(answer::no_content())
}

fn one(call: &Call, id: &str) -> Result<CustomCheckAnswer> {
    all(call)?.into_iter().find(|check| check.id == id).ok_or_else(|| Error::not_found("Check"))
}

/// Makes a new version of the settings, and judges by it before the answer.
fn change(
    call: &Call,
    make: impl Fn(&Settings, &crate::domain::check::Catalogue) -> Result<(Settings, Vec<Change>)> + Send + 'static,
) -> Result<()> {
    call.write(move |tx| {
        let current = settings::current(tx)?;
        let (changed, changes) = make(&current.settings, &current.checks.catalogue)?;
        if changes.is_empty() { Ok(()) } else { settings::replace(tx, current.version, &changed, &changes) }
    })?;
    judge_at_once(call)
}
