//! Values as a reader says them: moments, spans, counts, states.

use serde_json::Value;

use crate::domain::check::{Evidence, Severity};
use crate::domain::compliance::{Counts, Status};
use crate::domain::time::{DAY, Time};
use crate::report::content::{CheckResult, ControlStatus, Coverage, DeviationSummary};
use crate::report::layout::{Badge, Colour, Mark};

/// What stands where nothing is known or nothing applies.
pub const NONE: &str = "–";

/// `2026-11-24 12:00 UTC`.
pub fn moment(time: Time) -> String {
    let text = time.to_string();
    match text.get(..16) {
        Some(minutes) => format!("{} UTC", minutes.replace('T', " ")),
        None => text,
    }
}

/// `2026-11-24`, in UTC.
pub fn day(time: Time) -> String {
    time.to_string().chars().take_while(|c| *c != 'T').collect()
}

/// A day or a dash.
pub fn day_or_none(time: Option<Time>) -> String {
    time.map_or(NONE.to_owned(), day)
}

/// A value or a dash.
pub fn or_none<T: ToString>(value: Option<T>) -> String {
    value.map_or(NONE.to_owned(), |value| value.to_string())
}

/// A text or a dash.
pub fn text(value: &Option<String>) -> String {
    value.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(NONE).to_owned()
}

/// `1 device`, `2 devices`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `4 days`, `5 hours`.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0).unsigned_abs();
    match (seconds / DAY.unsigned_abs(), seconds / 3600) {
        (days, _) if days > 0 => counted(days, "day", "days"),
        (_, hours) if hours > 0 => counted(hours, "hour", "hours"),
        _ => counted(seconds / 60, "minute", "minutes"),
    }
}

/// `1 of 60, oldest 4 days, target 14`.
pub fn deviations(summary: &DeviationSummary) -> String {
    let mut text = format!("{} of {}", summary.open, summary.of);
    if let Some(days) = summary.oldest_days.filter(|_| summary.open > 0) {
        text.push_str(&format!(", oldest {days} {}", if days == 1 { "day" } else { "days" }));
    }
    if let Some(days) = summary.target_days {
        text.push_str(&format!(", target {days}"));
    }
    text
}

/// The five counts of a check in one line.
pub fn counts(counts: &Counts) -> String {
    let Counts { passed, failed, excepted, no_data, not_applicable } = counts;
    format!("{passed} passed, {failed} failed, {excepted} excepted, {no_data} without data, {not_applicable} not applicable")
}

/// A share in percent with one decimal, or a dash.
pub fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.1} %", 100.0 * part / whole) } else { NONE.to_owned() }
}

/// Its title, with the subjects that it is for where these are not all: a check may stand there once for each.
pub fn check_title(check: &CheckResult) -> String {
    match &check.scope {
        Some(scope) => format!("{}, for {scope}", check.title),
        None => check.title.clone(),
    }
}

/// A fact's or parameter's value as plain text.
pub fn value(known: &Value) -> String {
    match known {
        Value::Null => NONE.to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => NONE.to_owned(),
        Value::Array(items) => items.iter().map(value).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The badge of a control.
pub fn control_badge(status: ControlStatus) -> Badge {
    match status {
        ControlStatus::Pass => Badge::PASS,
        ControlStatus::Partial => Badge::PARTIAL,
        ControlStatus::Fail => Badge::FAIL,
        ControlStatus::NoData => Badge::NO_DATA,
        ControlStatus::Manual => Badge::MANUAL,
        ControlStatus::NotApplicable => Badge::NOT_APPLICABLE,
    }
}

/// The badge of a check as a whole.
pub fn counts_badge(counts: &Counts) -> Badge {
    if counts.failed > 0 {
        Badge::FAIL
    } else if counts.excepted > 0 {
        Badge::EXCEPTED
    } else if counts.no_data > 0 && counts.passed > 0 {
        Badge::PARTIAL
    } else if counts.passed > 0 {
        Badge::PASS
    } else {
        Badge::NO_DATA
    }
}

/// The badge of a device or service.
pub fn status_badge(status: Option<Status>) -> Badge {
    match status {
        Some(Status::Compliant) => Badge::new("compliant", Mark::Tick, Colour::GREEN),
        Some(Status::NeedsReview) => Badge::new("needs review", Mark::Half, Colour::AMBER),
        Some(Status::NonCompliant) => Badge::new("non-compliant", Mark::Cross, Colour::RED),
        Some(Status::Unknown) => Badge::new("unknown", Mark::Ring, Colour::MUTED),
        None => Badge::new("retired", Mark::Dash, Colour::MUTED),
    }
}

/// An operating system as its maker writes it.
pub fn system(os_type: &str) -> &str {
    match os_type {
        "macos" => "macOS",
        "ios" => "iOS",
        "chromeos" => "ChromeOS",
        "windows" => "Windows",
        "linux" => "Linux",
        "android" => "Android",
        other => other,
    }
}

/// How grave, as a word.
pub fn severity(severity: Severity) -> &'static str {
    severity.as_str()
}

/// Where facts come from, said in full.
pub fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Measured => "measured: read by the agent or by the appliance",
        Evidence::Declared => "declared: stated by a person",
        Evidence::Derived => "derived: computed from facts with a table",
    }
}

/// How much of a control checks can answer.
pub fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Full => "full",
        Coverage::Partial => "partial",
    }
}
