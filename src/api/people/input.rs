//! Bodies of the people routes, checked field by field; a row of a file is such a body too.

use chrono::NaiveDate;
use serde_json::Value;

use crate::api::import::{Cell, Column};
use crate::api::input::{Fields, kind_of};
use crate::domain::person::REASON_CHARACTERS_MAX;
use crate::domain::time::parse_date;
use crate::domain::user::{EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX, checked_email};
use crate::error::Result;
use crate::store::people::Change;

const fn column(name: &'static str, kind: Cell, required: bool) -> Column {
    Column { name, kind, required }
}

/// Columns of a file. A column that is missing changes nothing; an empty cell clears, but for `needs_device`.
pub static COLUMNS: [Column; 6] = [
    column("name", Cell::Text, true),
    column("email", Cell::Text, true),
    column("needs_device", Cell::Boolean, false),
    column("reason", Cell::Text, false),
    column("joined_on", Cell::Text, false),
    column("left_on", Cell::Text, false),
];

/// Somebody as a body or a row names him: name, email, and what else is said.
pub struct Named {
    /// The name.
    pub name: String,
    /// The email, checked.
    pub email: String,
    /// The rest.
    pub change: Change,
}

/// Reads somebody who is recorded.
pub fn named(mut fields: Fields) -> Result<Named> {
    let name = fields.required_text("name", 1, NAME_CHARACTERS_MAX)?;
    let email = checked_email("email", &fields.required_text("email", 1, EMAIL_CHARACTERS_MAX)?)?;
    let change = rest(&mut fields)?;
    fields.finish()?;
    Ok(Named { name, email, change })
}

/// Reads a change.
pub fn change(mut fields: Fields) -> Result<Change> {
    let mut text = |name: &'static str, most: usize| match fields.patched(name) {
        Some(Some(value)) => fields.as_text(name, value, 1, most).map(Some),
        Some(None) => Err(fields.wrong(name, "can't be cleared")),
        None => Ok(None),
    };
    let name = text("name", NAME_CHARACTERS_MAX)?;
    let email = text("email", EMAIL_CHARACTERS_MAX)?.map(|email| checked_email("email", &email)).transpose()?;
    let change = rest(&mut fields)?;
    fields.finish()?;
    Ok(Change { name, email, ..change })
}

/// Everything but name and email.
fn rest(fields: &mut Fields) -> Result<Change> {
    let needs_device = fields.boolean("needs_device")?;
    let reason = match fields.patched("reason") {
        Some(Some(value)) => Some(Some(fields.as_text("reason", value, 1, REASON_CHARACTERS_MAX)?)),
        Some(None) => Some(None),
        None => None,
    };
    let (joined_on, left_on) = (day(fields, "joined_on")?, day(fields, "left_on")?);
    Ok(Change { name: None, email: None, needs_device, reason, joined_on, left_on })
}

fn day(fields: &mut Fields, name: &str) -> Result<Option<Option<NaiveDate>>> {
    match fields.patched(name) {
        Some(Some(Value::String(text))) => {
            let day = parse_date(text.trim()).ok_or_else(|| fields.wrong(name, "must be a day like 2026-01-04"))?;
            Ok(Some(Some(day)))
        }
        Some(Some(other)) => Err(fields.wrong(name, &format!("must be text, not {}", kind_of(&other)))),
        Some(None) => Ok(Some(None)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(body: Value) -> Fields {
        let Value::Object(map) = body else { panic!("an object") };
        Fields::new(map)
    }

    #[test]
    fn each_wrong_field_is_named_and_null_clears() {
        for (field, value) in [
            ("name", json!(null)),
            ("name", json!("a\nb")),
            ("email", json!("nobody")),
            ("email", json!(null)),
            ("needs_device", json!("yes")),
            ("reason", json!("x".repeat(501))),
            ("joined_on", json!("1.2.2026")),
            ("left_on", json!(20260102)),
            ("user_id", json!("user_1")),
        ] {
            let error = change(fields(json!({ field: value.clone() }))).err().unwrap_or_else(|| panic!("{field} {value} is taken"));
            assert!(error.detail.contains(&format!("`{field}`")), "{}", error.detail);
        }
        let change = change(fields(json!({"reason": null, "left_on": null, "email": "A@B.c"}))).unwrap();
        assert_eq!((change.reason, change.left_on, change.joined_on), (Some(None), Some(None), None));
        assert_eq!(change.email.as_deref(), Some("a@b.c"));
    }
}
