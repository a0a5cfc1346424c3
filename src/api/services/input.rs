//! Bodies of the service routes, checked field by field.

use serde_json::Value;

use crate::api::devices::fields::{tags, words};
use crate::api::input::{Fields, kind_of};
use crate::domain::check::is_location;
use crate::domain::service::{DataClassification, REVIEW_INTERVAL_DAYS};
use crate::error::{Error, Result};
use crate::http::Request;
use crate::store::services::Patch;

/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 200;
/// Characters of a description.
const DESCRIPTION_CHARACTERS_MAX: usize = 2_000;
/// Characters of a category.
const CATEGORY_CHARACTERS_MAX: usize = 64;
/// Characters of an address.
const URL_CHARACTERS_MAX: usize = 2_000;
/// Characters of an id.
pub const ID_CHARACTERS_MAX: usize = 64;
/// Places of processing of one service.
const PLACES_MAX: usize = 60;

/// Reads a service that is recorded: its name, and what else is said.
pub fn create(request: &Request) -> Result<(String, Patch)> {
    created(Fields::of(request)?)
}

/// The same of fields that were read already.
pub fn created(mut fields: Fields) -> Result<(String, Patch)> {
    let name = fields.required_text("name", 1, NAME_CHARACTERS_MAX)?;
    let patch = read(&mut fields)?;
    fields.finish()?;
    Ok((name, patch))
}

/// Reads a change.
pub fn patch(request: &Request) -> Result<Patch> {
    let mut fields = Fields::of(request)?;
    let name = match fields.patched("name") {
        Some(Some(value)) => Some(fields.as_text("name", value, 1, NAME_CHARACTERS_MAX)?),
        Some(None) => return Err(fields.wrong("name", "can't be cleared")),
        None => None,
    };
    let patch = read(&mut fields)?;
    fields.finish()?;
    Ok(Patch { name, ..patch })
}

/// Everything but the name.
fn read(fields: &mut Fields) -> Result<Patch> {
    Ok(Patch {
        name: None,
        description: clearable(fields, "description", |fields, value| {
            paragraphs(fields, "description", value, DESCRIPTION_CHARACTERS_MAX)
        })?,
        category: clearable(fields, "category", |fields, value| fields.as_text("category", value, 1, CATEGORY_CHARACTERS_MAX))?,
        url: clearable(fields, "url", url)?,
        owner_id: clearable(fields, "owner_id", |fields, value| fields.as_text("owner_id", value, 1, ID_CHARACTERS_MAX))?,
        data_classification: clearable(fields, "data_classification", classification)?,
        sso_enabled: switch(fields, "sso_enabled")?,
        mfa_enforced: switch(fields, "mfa_enforced")?,
        audit_logging_enabled: switch(fields, "audit_logging_enabled")?,
        encryption_at_rest: switch(fields, "encryption_at_rest")?,
        data_location: clearable(fields, "data_location", places)?,
        processes_personal_data: switch(fields, "processes_personal_data")?,
        review_interval_days: clearable(fields, "review_interval_days", interval)?,
        tags: clearable(fields, "tags", tags)?.map(Option::unwrap_or_default),
    })
}

/// A field that `null` clears.
pub fn clearable<T>(fields: &mut Fields, name: &str, read: impl FnOnce(&Fields, Value) -> Result<T>) -> Result<Option<Option<T>>> {
    match fields.patched(name) {
        Some(Some(value)) => read(fields, value).map(|value| Some(Some(value))),
        Some(None) => Ok(Some(None)),
        None => Ok(None),
    }
}

fn switch(fields: &mut Fields, name: &str) -> Result<Option<Option<bool>>> {
    clearable(fields, name, |fields, value| match value {
        Value::Bool(value) => Ok(value),
        other => Err(fields.wrong(name, &format!("must be true, false or null, not {}", kind_of(&other)))),
    })
}

/// A text of several lines: line ends and tabs are its only control characters.
pub fn paragraphs(fields: &Fields, name: &str, value: Value, max: usize) -> Result<String> {
    let Value::String(text) = value else {
        return Err(fields.wrong(name, &format!("must be text, not {}", kind_of(&value))));
    };
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
        return Err(fields.wrong(name, "contains control characters"));
    }
    match text.chars().count() {
        0 => Err(fields.wrong(name, "is empty")),
        length if length <= max => Ok(text.to_owned()),
        _ => Err(fields.wrong(name, &format!("must be 1 to {max} characters"))),
    }
}

/// An http or https address with a host and without a password: it is shown as a link.
fn url(fields: &Fields, value: Value) -> Result<String> {
    let text = fields.as_text("url", value, 1, URL_CHARACTERS_MAX)?;
    let wrong = || fields.wrong("url", "must be an http or https address, such as https://example.com");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(authority, |(host, _)| host);
    let known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let strange = |character: char| character.is_whitespace() || matches!(character, '"' | '<' | '>' | '\\' | '`' | '\'');
    if !known || host.is_empty() || authority.contains('@') || text.contains(strange) {
        return Err(wrong());
    }
    Ok(text)
}

fn classification(fields: &Fields, value: Value) -> Result<DataClassification> {
    let text = fields.as_text("data_classification", value, 1, ID_CHARACTERS_MAX)?;
    let words = words(DataClassification::ALL, DataClassification::as_str).join(", ");
    DataClassification::parse(&text).ok_or_else(|| fields.wrong("data_classification", &format!("must be one of {words}")))
}

/// Places of processing, each once.
pub fn places(fields: &Fields, value: Value) -> Result<Vec<String>> {
    let wrong = |why: &str| Err(fields.wrong("data_location", why));
    let Value::Array(items) = value else { return wrong(&format!("must be an array of texts, not {}", kind_of(&value))) };
    if items.is_empty() || items.len() > PLACES_MAX {
        return wrong(&format!("must have 1 to {PLACES_MAX} entries; null means not answered"));
    }
    let mut places: Vec<String> = Vec::new();
    for item in items {
        match item.as_str() {
            Some(place) if is_location(place) => places.push(place.to_owned()),
            _ => return wrong("must hold ISO 3166 country codes such as DE, or EU, EEA"),
        }
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

fn interval(fields: &Fields, value: Value) -> Result<u32> {
    let (least, most) = (REVIEW_INTERVAL_DAYS.start(), REVIEW_INTERVAL_DAYS.end());
    let days = value.as_u64().and_then(|days| u32::try_from(days).ok()).filter(|days| REVIEW_INTERVAL_DAYS.contains(days));
    days.ok_or_else(|| -> Error { fields.wrong("review_interval_days", &format!("must be a whole number from {least} to {most}")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use serde_json::json;

    fn read(body: Value) -> Result<Patch> {
        patch(&Request::new(Method::PATCH, "/").with_json(&body))
    }

    #[track_caller]
    fn check_refused(field: &str, value: Value) {
        let error = read(json!({ field: value.clone() })).err().unwrap_or_else(|| panic!("{field} {value} is taken"));
        assert!(error.detail.contains(&format!("`{field}`")), "{}", error.detail);
    }

    #[test]
    fn only_web_addresses_with_a_host_and_no_password_are_links() {
        for good in ["https://github.com", "HTTP://box:8080/x?y#z", "https://[2001:db8::7]:8443/", "https://bücher.example/ä"] {
            assert_eq!(read(json!({ "url": good })).unwrap().url, Some(Some(good.to_owned())), "{good}");
        }
        for wrong in [
            "javascript:alert(1)",
            "ftp://a",
            "https://",
            "https:///x",
            "//a",
            "https://u:p@a",
            "https://a b",
            "https://a\"x",
            "https://:80",
            "file:///etc/passwd",
        ] {
            check_refused("url", json!(wrong));
        }
    }

    #[test]
    fn each_wrong_field_is_named_and_null_clears() {
        for (field, value) in [
            ("name", json!(null)),
            ("name", json!("a\nb")),
            ("name", json!("x".repeat(201))),
            ("description", json!("a\u{7}b")),
            ("data_classification", json!("secret")),
            ("mfa_enforced", json!("yes")),
            ("data_location", json!("DE")),
            ("data_location", json!(["Germany"])),
            ("data_location", json!([])),
            ("review_interval_days", json!(0)),
            ("review_interval_days", json!(1097)),
            ("review_interval_days", json!(1.5)),
            ("status", json!("compliant")),
            ("next_review_date", json!("2026-01-01")),
        ] {
            check_refused(field, value);
        }
        let patch = read(json!({ "description": "a\r\nb", "mfa_enforced": null, "data_location": ["US", "DE", "US"], "tags": null }));
        let patch = patch.unwrap();
        assert_eq!((patch.description, patch.mfa_enforced), (Some(Some("a\nb".to_owned())), Some(None)));
        assert_eq!((patch.data_location, patch.tags), (Some(Some(vec!["DE".into(), "US".into()])), Some(Vec::new())));
        assert_eq!((patch.sso_enabled, patch.url), (None, None));
    }
}
