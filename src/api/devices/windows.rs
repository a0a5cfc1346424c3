//! Reports of raw values from Windows: what they mean is decided here, by the same rules as in the agent. They themselves are not kept, for
//! they name accounts.

use serde_json::{Map, Value};

use super::input::VERSION_CHARACTERS_MAX;
use crate::agent::{Report, windows};
use crate::api::input::Fields;
use crate::domain::device::{DataType, validate_security};
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// Where the edition stands among the raw values.
const EDITION: &str = "windows.state.keys.version.values.EditionID";

/// Sections as a report holds them.
type Sections = Vec<(DataType, Map<String, Value>)>;

/// Takes `windows`, fills the fields that the body leaves out, and gives the sections that the values make, looked at `collected_at`.
pub fn sections(fields: &mut Fields, collected_at: Time) -> Result<Option<Sections>> {
    let Some(given) = fields.object("windows")? else { return Ok(None) };
    let report = windows::judge_sent(given, collected_at)?;
    if let Some(edition) = &report.os_edition {
        fields.as_text(EDITION, edition.as_str().into(), 1, VERSION_CHARACTERS_MAX)?;
    }
    fields.fill("os_type", Some("windows"));
    fields.fill("device_type", Some(report.device_type.as_str()));
    fields.fill("os_version", report.os_version.as_deref());
    fields.fill("os_edition", report.os_edition.as_deref());
    fields.fill("hardware_uuid", report.hardware_uuid.as_deref());
    fields.fill("headless", report.headless);
    made(report).map(Some)
}

fn made(report: Report) -> Result<Sections> {
    // Plain structs with string keys: they serialise to an object.
    let Value::Object(mut report) = serde_json::to_value(report).map_err(Error::internal)? else { return Ok(Vec::new()) };
    let mut sections = Vec::new();
    for data_type in DataType::ALL.iter().copied() {
        let Some(Value::Object(section)) = report.remove(data_type.as_str()) else { continue };
        if data_type == DataType::Security {
            validate_security(&section).map_err(|reason| Error::invalid(format!("The values in `windows` make no report: {reason}")))?;
        }
        sections.push((data_type, section));
    }
    Ok(sections)
}
