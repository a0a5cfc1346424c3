//! What answers and bodies about frameworks look like.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::words;
use crate::domain::framework::{Control, Coverage, Framework, SubjectScope};
use crate::domain::settings::FrameworkSetting;
use crate::domain::time::Time;
use crate::store::frameworks::Offered;

/// A framework that reports can be made on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Framework)]
pub struct FrameworkAnswer {
    /// Its id.
    #[schema(example = "iso27001")]
    id: String,
    /// What it is called.
    title: String,
    /// Edition.
    version: String,
    /// Who publishes it.
    publisher: String,
    /// On what terms its text may be used; titles of controls are our own words.
    text_license: String,
    /// What no report on it says.
    disclaimer: String,
    /// Whether every control of it is listed; only then can shares be given.
    complete: bool,
    /// Whether it is on. Reports on one that is off are refused.
    enabled: bool,
    /// Whether the organisation brought it along.
    own: bool,
    /// Counts the files of an own one.
    #[schema(required = true, minimum = 1)]
    revision: Option<i64>,
    /// When that file came.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    recorded_at: Option<Time>,
    /// SHA-256 of its file.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// Its parts, if some can be chosen.
    categories: Vec<CategoryAnswer>,
    /// Controls by what checks can touch.
    coverage: CoverageAnswer,
    /// Ids of the controls that checks touch.
    covered: Vec<String>,
    /// Ids of those that they don't.
    not_covered: Vec<String>,
}

/// A part of a framework.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FrameworkCategory)]
pub struct CategoryAnswer {
    /// Its id.
    id: String,
    /// What it is called.
    title: String,
    /// In every report.
    always: bool,
    /// In reports now: always, or because it was chosen.
    chosen: bool,
}

/// Controls by what checks can touch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FrameworkCoverage)]
pub struct CoverageAnswer {
    /// Answered wholly.
    full: usize,
    /// Answered in part.
    partial: usize,
    /// Not touched.
    not_covered: usize,
}

/// A framework with its controls.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FrameworkDetail)]
pub struct FrameworkDetailAnswer {
    #[serde(flatten)]
    framework: FrameworkAnswer,
    /// The subjects that it is about; left out if all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// What it demands of parameters, by check.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Value>>)]
    params: BTreeMap<String, Value>,
    /// Controls that checks touch, in its order.
    controls: Vec<ControlAnswer>,
    /// Controls that they don't, by reason.
    out_of_scope: Vec<OutOfScopeAnswer>,
}

/// A control that checks touch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FrameworkControl)]
pub struct ControlAnswer {
    /// The framework's own id.
    #[schema(example = "A.8.1")]
    id: String,
    /// In our words.
    title: String,
    /// How much of it checks can answer.
    #[schema(value_type = words::Coverage)]
    coverage: &'static str,
    /// The category that it is in, if the framework has any.
    #[schema(required = true)]
    category: Option<String>,
    /// Related texts.
    refs: Vec<String>,
    /// Ids of the checks that it rests on.
    checks: Vec<String>,
    /// Ids of checks that support it.
    supporting: Vec<String>,
    /// What it demands of parameters, by check.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, Value>>)]
    params: BTreeMap<String, Value>,
    /// The subjects that it is about; left out if all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// What the evidence shows.
    shows: String,
    /// What it does not show.
    gap: String,
}

/// Controls that no check touches, for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutOfScopeGroup)]
pub struct OutOfScopeAnswer {
    /// The reason.
    #[schema(value_type = words::OutOfScope)]
    reason: &'static str,
    /// In words.
    text: &'static str,
    /// The controls.
    controls: Vec<OutOfScopeControlAnswer>,
}

/// A control that no check touches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutOfScopeControl)]
pub struct OutOfScopeControlAnswer {
    /// The framework's own id.
    id: String,
    /// In our words.
    title: String,
}

/// A framework's file of the organisation's own.
#[derive(ToSchema)]
#[schema(examples(json!({ "text": "format = 1\n[framework]\nkey = \"house-rules\"\nname = \"House rules\"\nversion = \"1\"\npublisher = \"Example Ltd\"\ntext_license = \"Own text\"\ndisclaimer = \"It covers devices only\"\ncomplete = true\n[[control]]\nid = \"H.1\"\ntitle = \"Disks are encrypted\"\ncoverage = \"partial\"\nchecks = [\"device.disk_encryption\"]\nshows = \"Disks of enrolled devices are encrypted\"\ngap = \"Devices that were never enrolled\"\n" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct FrameworkCreate {
    /// The file, TOML in the form of the appliance's own. Its `key` becomes the id.
    #[schema(min_length = 1, max_length = 262144)]
    text: String,
}

/// What is wanted of a framework; what is left out stays, `null` goes back to the default.
#[derive(ToSchema)]
#[schema(examples(json!({ "enabled": true })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the domain reads the body")]
pub struct FrameworkUpdate {
    /// Whether it is on; the default is the framework's.
    enabled: Option<bool>,
    /// Ids of categories that are in reports besides those that always are.
    categories: Option<Vec<String>>,
}

impl FrameworkAnswer {
    pub(super) fn new(offered: &Offered, chosen: &BTreeMap<String, FrameworkSetting>) -> FrameworkAnswer {
        let framework = &*offered.framework;
        let setting = chosen.get(&framework.key).cloned().unwrap_or_default();
        let of = |coverage: Coverage| framework.controls.iter().filter(|control| control.coverage == coverage).count();
        let category = |category: &crate::domain::framework::Category| CategoryAnswer {
            id: category.id.clone(),
            title: category.title.clone(),
            always: category.always,
            chosen: category.always || setting.categories.contains(&category.id),
        };
        FrameworkAnswer {
            id: framework.key.clone(),
            title: framework.name.clone(),
            version: framework.version.clone(),
            publisher: framework.publisher.clone(),
            text_license: framework.text_license.clone(),
            disclaimer: framework.disclaimer.clone(),
            complete: framework.complete,
            enabled: setting.is_enabled(framework),
            own: offered.own.is_some(),
            revision: offered.own.map(|(version, _)| version),
            recorded_at: offered.own.map(|(_, at)| at),
            sha256: framework.sha256.clone(),
            categories: framework.categories.iter().map(category).collect(),
            coverage: CoverageAnswer {
                full: of(Coverage::Full),
                partial: of(Coverage::Partial),
                not_covered: framework.out_of_scope.len(),
            },
            covered: framework.controls.iter().map(|control| control.id.clone()).collect(),
            not_covered: framework.out_of_scope.iter().map(|control| control.id.clone()).collect(),
        }
    }
}

impl FrameworkDetailAnswer {
    pub(super) fn new(offered: &Offered, chosen: &BTreeMap<String, FrameworkSetting>) -> FrameworkDetailAnswer {
        let framework = &*offered.framework;
        FrameworkDetailAnswer {
            framework: FrameworkAnswer::new(offered, chosen),
            scope: framework.scope_required.as_ref().and_then(scope_words),
            params: params(&framework.params),
            controls: framework.controls.iter().map(|control| ControlAnswer::new(framework, control)).collect(),
            out_of_scope: out_of_scope(framework),
        }
    }
}

impl ControlAnswer {
    fn new(framework: &Framework, control: &Control) -> ControlAnswer {
        ControlAnswer {
            id: control.id.clone(),
            title: control.title.clone(),
            coverage: control.coverage.as_str(),
            category: framework.category_of(&control.id).map(|category| category.id.clone()),
            refs: control.refs.clone(),
            checks: control.checks.clone(),
            supporting: control.supporting.clone(),
            params: params(&control.params),
            scope: scope_words(&control.scope),
            shows: control.shows.clone(),
            gap: control.gap.clone(),
        }
    }
}

/// By reason, in the order in which reasons first appear.
fn out_of_scope(framework: &Framework) -> Vec<OutOfScopeAnswer> {
    let mut groups: Vec<OutOfScopeAnswer> = Vec::new();
    for control in &framework.out_of_scope {
        let listed = OutOfScopeControlAnswer { id: control.id.clone(), title: control.title.clone() };
        match groups.iter_mut().find(|group| group.reason == control.reason.as_str()) {
            Some(group) => group.controls.push(listed),
            None => groups.push(OutOfScopeAnswer { reason: control.reason.as_str(), text: control.reason.text(), controls: vec![listed] }),
        }
    }
    groups
}

fn params(params: &crate::domain::framework::CheckParams) -> BTreeMap<String, Value> {
    params.iter().map(|(check, params)| (check.clone(), serde_json::to_value(params).unwrap_or_default())).collect()
}

fn scope_words(scope: &SubjectScope) -> Option<String> {
    (!scope.is_everything()).then(|| scope.words())
}
