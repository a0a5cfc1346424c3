//! Reading reports, changes and hand-made records of devices from JSON.

use serde_json::Value;

use super::fields::{NAME_CHARACTERS_MAX, SaidBy, device_name, os_type, ownership, serial_number, tags, words};
use super::windows;
use crate::api::input::Fields;
use crate::domain::device::{DataType, DeviceType, OsType, Ownership, validate_security};
use crate::domain::hardware::hardware;
use crate::domain::inventory::DeviceReport;
use crate::domain::osquery::{self, OsqueryDevice, OsqueryTables};
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::store::devices::{Patch, Recorded};

/// Characters of a version, and of other short texts.
pub(super) const VERSION_CHARACTERS_MAX: usize = 64;

/// Sections that osquery's tables make, and raw values from Windows.
const MADE_HERE: &[DataType] = &[DataType::Security, DataType::Hardware, DataType::Software, DataType::Network];

/// Reads a report that came in at `now`. Unknown fields are passed over: agents may be newer than the server.
pub fn report(request: &Request, now: Time) -> Result<DeviceReport> {
    let mut fields = Fields::of(request)?;
    refuse_two_words(&mut fields)?;
    let tables = osquery_tables(&mut fields)?;
    let collected_at = match fields.text("collected_at", 1, VERSION_CHARACTERS_MAX)? {
        Some(text) => Some(Time::parse(&text).ok_or_else(|| fields.wrong("collected_at", "must be a time like 2026-01-04T10:30:00Z"))?),
        None => None,
    };
    let from_windows = windows::sections(&mut fields, collected_at.unwrap_or(now).min(now))?;
    let serial_number = serial_number(&mut fields, SaidBy::Device)?;
    let device_name = device_name(&mut fields, SaidBy::Device)?;
    let device_type = device_type(&mut fields)?;
    let os_type = os_type(&mut fields)?;
    if from_windows.is_some() && os_type != OsType::Windows {
        return Err(fields.wrong("os_type", "must be `windows` beside `windows`"));
    }
    let mut version = |name| fields.reported_text(name, 1, VERSION_CHARACTERS_MAX);
    let (os_version, os_distribution) = (version("os_version")?, version("os_distribution")?);
    let (os_edition, agent_version) = (version("os_edition")?, version("agent_version")?);
    let headless = fields.boolean("headless")?;
    let hardware = fields.text("hardware_uuid", 1, VERSION_CHARACTERS_MAX)?.and_then(|uuid| hardware(&uuid));
    let mut sections = Vec::new();
    for data_type in DataType::ALL.iter().copied() {
        let Some(section) = fields.object(data_type.as_str())? else { continue };
        if data_type == DataType::Security {
            validate_security(&section).map_err(Error::invalid)?;
        }
        sections.push((data_type, section));
    }
    if let Some(tables) = tables {
        sections.extend(osquery::sections(&tables, os_type));
    }
    // Whoever sends raw values says nothing of the sections that they make, nor whose the device is.
    let leaves_out_private = from_windows.is_some();
    sections.extend(from_windows.into_iter().flatten());
    Ok(DeviceReport {
        serial_number,
        device_name,
        device_type,
        os_type,
        os_version,
        os_distribution,
        os_edition,
        headless,
        agent_version,
        hardware,
        collected_at,
        sections,
        leaves_out_private,
    })
}

/// What is made here can't be said beside what it is made from: which of the two would hold?
fn refuse_two_words(fields: &mut Fields) -> Result<()> {
    let (osquery, from_windows) = (fields.has("osquery"), fields.has("windows"));
    let (source, what) = match (osquery, from_windows) {
        (true, true) => return Err(fields.wrong("windows", "can't stand beside `osquery`")),
        (true, false) => ("osquery", "tables"),
        (false, true) => ("windows", "values"),
        (false, false) => return Ok(()),
    };
    match MADE_HERE.iter().find(|data_type| fields.has(data_type.as_str())) {
        Some(section) => Err(fields.wrong(section.as_str(), &format!("can't stand beside `{source}`, whose {what} it is made from"))),
        None => Ok(()),
    }
}

/// Takes `osquery`, and from its tables the fields that the body leaves out.
fn osquery_tables(fields: &mut Fields) -> Result<Option<OsqueryTables>> {
    let Some(given) = fields.object("osquery")? else { return Ok(None) };
    let tables = OsqueryTables::read(given).map_err(Error::invalid)?;
    let found = OsqueryDevice::read(&tables);
    fields.fill("serial_number", found.serial_number);
    fields.fill("device_name", found.device_name);
    fields.fill("device_type", found.device_type.map(DeviceType::as_str));
    fields.fill("os_type", found.os_type.map(OsType::as_str));
    fields.fill("os_version", found.os_version);
    fields.fill("os_distribution", found.os_distribution);
    fields.fill("os_edition", found.os_edition);
    fields.fill("agent_version", found.agent_version);
    fields.fill("collected_at", found.collected_at.map(|time| time.to_string()));
    Ok(Some(tables))
}

/// Reads a change.
pub fn patch(request: &Request) -> Result<Patch> {
    let mut fields = Fields::of(request)?;
    let device_name = match fields.patched("device_name") {
        Some(Some(value)) => Some(Some(fields.as_text("device_name", value, 1, NAME_CHARACTERS_MAX)?)),
        Some(None) => Some(None),
        None => None,
    };
    let user_id = match fields.patched("user_id") {
        Some(Some(value)) => Some(Some(fields.as_text("user_id", value, 1, VERSION_CHARACTERS_MAX)?)),
        Some(None) => Some(None),
        None => None,
    };
    let ownership = match fields.patched("ownership") {
        Some(Some(value)) => Some(parse_ownership(&fields, value)?),
        Some(None) => return Err(fields.wrong("ownership", "can't be cleared; it is company or personal")),
        None => None,
    };
    let tags = match fields.patched("tags") {
        Some(Some(value)) => Some(tags(&fields, value)?),
        Some(None) => Some(Vec::new()),
        None => None,
    };
    fields.finish()?;
    Ok(Patch { device_name, user_id, ownership, tags })
}

/// Reads a device that a person records.
pub fn recorded(mut fields: Fields) -> Result<Recorded> {
    let serial_number = serial_number(&mut fields, SaidBy::Person)?;
    let device_name = device_name(&mut fields, SaidBy::Person)?;
    let device_type = device_type(&mut fields)?.unwrap_or(DeviceType::Other);
    let os_type = os_type(&mut fields)?;
    let os_version = fields.text("os_version", 1, VERSION_CHARACTERS_MAX)?;
    let user_id = fields.text("user_id", 1, VERSION_CHARACTERS_MAX)?;
    let ownership = ownership(&mut fields)?.unwrap_or(Ownership::Company);
    let tags = match fields.optional("tags") {
        Some(value) => tags(&fields, value)?,
        None => Vec::new(),
    };
    fields.finish()?;
    Ok(Recorded { serial_number, device_name, device_type, os_type, os_version, user_id, ownership, tags })
}

fn device_type(fields: &mut Fields) -> Result<Option<DeviceType>> {
    fields.choice("device_type", DeviceType::parse, &words(DeviceType::ALL, DeviceType::as_str))
}

fn parse_ownership(fields: &Fields, value: Value) -> Result<Ownership> {
    let word = fields.as_text("ownership", value, 1, VERSION_CHARACTERS_MAX)?;
    Ownership::parse(&word).ok_or_else(|| fields.wrong("ownership", "must be one of company, personal"))
}
