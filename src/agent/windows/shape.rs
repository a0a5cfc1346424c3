//! The form of raw values that come from elsewhere: what is read as a key or as rows must be one, and the first that is none is named.

use serde_json::{Map, Value};

use super::script::Part;

/// The form that the collecting script gives its values.
const FORMAT: i64 = 1;
/// Characters of a name that an error repeats.
const NAME_CHARACTERS_MAX: usize = 64;

/// Checks `{format, state, updates, inventory?}`. The error names the path below `windows`, and says what is wrong with it.
pub(super) fn check(found: &Map<String, Value>) -> Result<(), String> {
    match found.get("format") {
        None | Some(Value::Null) => return Err("`windows.format` is required".to_owned()),
        Some(format) if format.as_i64() == Some(FORMAT) => {}
        Some(_) => return Err(format!("`windows.format` must be {FORMAT}: the script is another's, or newer than this appliance")),
    }
    for part in Part::ALL {
        let path = format!("windows.{}", part.name());
        let groups: &[&str] = match part {
            Part::State => &["keys", "settings"],
            Part::Inventory => &["programs_of_people"],
            Part::Updates => &[],
        };
        match found.get(part.name()) {
            None | Some(Value::Null) if *part == Part::State => return Err(format!("`{path}` is required")),
            None | Some(Value::Null) => {}
            Some(value) => check_part(&path, value, groups)?,
        }
    }
    Ok(())
}

/// A part: flags, reads, and the `groups` of reads by name.
fn check_part(path: &str, value: &Value, groups: &[&str]) -> Result<(), String> {
    for (name, value) in object(path, value)? {
        let path = below(path, name);
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("wow64", Value::Bool(_)) => {}
            ("wow64", _) => return Err(format!("`{path}` must be true or false")),
            ("settings", value) => {
                for (name, value) in object(&path, value)? {
                    check_group(&below(&path, name), value)?;
                }
            }
            (name, value) if groups.contains(&name) => check_group(&path, value)?,
            (_, value) => check_read(&path, value)?,
        }
    }
    Ok(())
}

fn check_group(path: &str, value: &Value) -> Result<(), String> {
    object(path, value)?.iter().try_for_each(|(name, value)| check_read(&below(path, name), value))
}

/// `{"values": {…}}`, `{"rows": […]}` or `{"error": "…"}`. A list of one may be its element, as Windows PowerShell writes it.
fn check_read(path: &str, value: &Value) -> Result<(), String> {
    let read = object(path, value)?;
    if let Some(values) = read.get("values").filter(|values| !values.is_null()) {
        object(&below(path, "values"), values)?;
    }
    if let Some(Value::Array(rows)) = read.get("rows") {
        if rows.iter().any(|row| !row.is_object() && !row.is_null()) {
            return Err(format!("`{path}.rows` must hold objects alone"));
        }
    } else if read.get("rows").is_some_and(|rows| !rows.is_object() && !rows.is_null()) {
        return Err(format!("`{path}.rows` must be an array"));
    }
    match read.get("error") {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(_) => Err(format!("`{path}.error` must be text")),
    }
}

fn object<'a>(path: &str, value: &'a Value) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("`{path}` must be an object"))
}

fn below(path: &str, name: &str) -> String {
    let name: String = name.chars().filter(|character| !character.is_control()).take(NAME_CHARACTERS_MAX).collect();
    format!("{path}.{name}")
}

#[cfg(test)]
mod tests {
    use super::super::states::laptop;
    use super::*;
    use serde_json::json;

    fn checked(found: &Value) -> Result<(), String> {
        check(found.as_object().unwrap())
    }

    #[test]
    fn what_the_script_sends_has_the_form_and_what_a_newer_one_adds_is_passed_over() {
        let mut found = laptop();
        found["format"] = json!(1);
        assert_eq!(checked(&found), Ok(()));
        found["state"]["something"] = json!({ "rows": { "a": 1 } });
        found["state"]["bios"]["rows"] = json!({ "value": [{ "SerialNumber": "A" }], "Count": 1 });
        found["later"] = json!([1]);
        found["inventory"] = Value::Null;
        assert_eq!(checked(&found), Ok(()));
    }

    #[test]
    fn each_wrong_shape_is_named_by_its_path() {
        for (pointer, value, named) in [
            ("/format", json!(2), "`windows.format` must be 1"),
            ("/format", json!(null), "`windows.format` is required"),
            ("/state", json!(null), "`windows.state` is required"),
            ("/state", json!([]), "`windows.state` must be an object"),
            ("/updates", json!("x"), "`windows.updates` must be an object"),
            ("/inventory", json!(7), "`windows.inventory` must be an object"),
            ("/state/wow64", json!("no"), "`windows.state.wow64` must be true or false"),
            ("/state/keys", json!([]), "`windows.state.keys` must be an object"),
            ("/state/keys/version", json!("10"), "`windows.state.keys.version` must be an object"),
            ("/state/keys/version/values", json!([1]), "`windows.state.keys.version.values` must be an object"),
            ("/state/services/rows", json!(5), "`windows.state.services.rows` must be an array"),
            ("/state/services/rows", json!([{}, 5]), "`windows.state.services.rows` must hold objects alone"),
            ("/state/bios", json!({ "error": 5 }), "`windows.state.bios.error` must be text"),
            ("/state/settings", json!({ "S-1": { "saver": [] } }), "`windows.state.settings.S-1.saver` must be an object"),
            ("/inventory/programs_of_people", json!({ "S-1": 1 }), "`windows.inventory.programs_of_people.S-1` must be an object"),
            ("/updates/fixes", json!(true), "`windows.updates.fixes` must be an object"),
        ] {
            let mut found = laptop();
            found["format"] = json!(1);
            *found.pointer_mut(pointer).unwrap() = value;
            let error = checked(&found).unwrap_err();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
