//! Reading an order: every wrong field is named.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::api::call::Call;
use crate::api::input::Fields;
use crate::domain::report::{DateRange, Order, ReportFormat, Trigger};
use crate::domain::time::{Time, parse_date};
use crate::error::{Error, Kind, Result};
use crate::http::Request;
use crate::limits::FRAMEWORK_ID_CHARACTERS_MAX;
use crate::store::{Tx, frameworks, settings};

/// The order in the request's body.
pub(super) fn order(call: &Call) -> Result<Order> {
    let mut body = Fields::of(call.request)?;
    let framework = body.required_text("framework", 1, FRAMEWORK_ID_CHARACTERS_MAX)?;
    let words: Vec<&str> = ReportFormat::ALL.iter().map(|format| format.as_str()).collect();
    let format = body.choice("format", ReportFormat::parse, &words)?.ok_or_else(|| body.missing("format"))?;
    let (start, end) = match body.object("date_range")? {
        Some(range) => days(range)?,
        None => (None, None),
    };
    body.finish()?;
    let caller = call.caller()?;
    let trigger = if caller.is_session() { Trigger::Session } else { Trigger::ApiKey };
    let role = Some(caller.role.as_str().to_owned());
    let request = as_sent(&framework, format, start, end);
    call.read(|tx| wanted(tx, &framework, format, (start, end), Asked { trigger, role, request }))
}

/// Who asked, and how.
pub struct Asked {
    /// What set it off.
    pub trigger: Trigger,
    /// The role of whoever asked.
    pub role: Option<String>,
    /// As it was asked for, to be printed.
    pub request: String,
}

/// The order for a report on `framework_id`, with the days given or those by default. An error names what is wrong in the words of the
/// route's body.
pub fn wanted(
    tx: &Tx,
    framework_id: &str,
    format: ReportFormat,
    (start, end): (Option<NaiveDate>, Option<NaiveDate>),
    asked: Asked,
) -> Result<Order> {
    let settings = &settings::current(tx)?.settings;
    let offered = frameworks::get(tx, framework_id).map_err(|error| match error.kind {
        Kind::NotFound => Error::invalid(format!("`framework`: there is no framework `{framework_id}`")),
        _ => error,
    })?;
    if !settings.frameworks.get(framework_id).cloned().unwrap_or_default().is_enabled(&offered.framework) {
        return Err(Error::invalid(format!("`framework`: `{framework_id}` is switched off; an admin can switch it on")));
    }
    let range = DateRange::new(start, end, tx.now.date_in(settings.time_zone))?;
    // A day that has just begun has no second to look at yet.
    if Time::start_of(range.start, settings.time_zone) > tx.now {
        return Err(Error::invalid("`date_range.start` lies in the future"));
    }
    Ok(Order { framework_id: framework_id.to_owned(), format, range, trigger: asked.trigger, role: asked.role, request: asked.request })
}

type Days = (Option<NaiveDate>, Option<NaiveDate>);

fn days(range: Map<String, Value>) -> Result<Days> {
    let mut fields = Fields::inside("date_range", range);
    let mut day = |name: &str| match fields.text(name, 1, 10)? {
        Some(text) => parse_date(&text).map(Some).ok_or_else(|| fields.wrong(name, "must be a day like 2026-01-04")),
        None => Ok(None),
    };
    let days = (day("start")?, day("end")?);
    fields.finish()?;
    Ok(days)
}

fn as_sent(framework: &str, format: ReportFormat, start: Option<NaiveDate>, end: Option<NaiveDate>) -> String {
    let mut body = json!({"framework": framework, "format": format.as_str()});
    let mut range = Map::new();
    for (name, day) in [("start", start), ("end", end)] {
        range.extend(day.map(|day| (name.to_owned(), json!(day.to_string()))));
    }
    if !range.is_empty() {
        body["date_range"] = Value::Object(range);
    }
    format!("POST /v1/reports/compliance {body}")
}

/// Whether the client names a PDF among what it takes, and before JSON.
pub(super) fn wants_pdf(request: &Request) -> bool {
    let accepted = request.header("accept").unwrap_or("").to_ascii_lowercase();
    let place = |media_type: &str| accepted.split(',').position(|range| range.split(';').next().unwrap_or("").trim() == media_type);
    place("application/pdf").is_some_and(|pdf| place("application/json").is_none_or(|json| pdf < json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    #[test]
    fn a_pdf_is_sent_to_who_asks_for_one_by_name() {
        let asks = |accept: &str| wants_pdf(&Request::new(Method::GET, "/").with_header("accept", accept));
        assert!(asks("application/pdf"));
        assert!(asks("Application/PDF;q=0.9, application/json;q=0.1"));
        assert!(!asks("application/json, application/pdf"));
        assert!(!asks("*/*") && !asks("application/pdfx") && !asks(""));
    }

    #[test]
    fn the_request_is_kept_as_it_was_meant() {
        let day = parse_date("2026-01-04");
        assert_eq!(
            as_sent("soc2", ReportFormat::Csv, day, None),
            "POST /v1/reports/compliance {\"date_range\":{\"start\":\"2026-01-04\"},\"format\":\"csv\",\"framework\":\"soc2\"}"
        );
        assert_eq!(
            as_sent("soc2", ReportFormat::Pdf, None, None),
            "POST /v1/reports/compliance {\"format\":\"pdf\",\"framework\":\"soc2\"}"
        );
    }
}
