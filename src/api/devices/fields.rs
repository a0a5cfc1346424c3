//! Fields that several bodies share: serial number, name, system, ownership of devices; tags.

use serde_json::Value;

use crate::api::input::{Fields, kind_of};
use crate::domain::device::{OsType, Ownership, placeholder_serial};
use crate::error::Result;

/// Characters of a device's name.
pub const NAME_CHARACTERS_MAX: usize = 255;
/// Characters of a serial number.
pub const SERIAL_CHARACTERS_MAX: usize = 128;

/// Entries of a list of tags.
const TAGS_MAX: usize = 20;
/// Characters of a tag.
const TAG_CHARACTERS_MAX: usize = 64;

/// Who says it: that decides what becomes of invisible characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidBy {
    /// Somebody who types it, and is told of them.
    Person,
    /// The device itself: they are taken out.
    Device,
}

/// Takes a serial number that names a machine.
pub fn serial_number(fields: &mut Fields, by: SaidBy) -> Result<String> {
    let serial = required(fields, by, "serial_number", SERIAL_CHARACTERS_MAX)?;
    if placeholder_serial(&serial) {
        return Err(fields.wrong("serial_number", "is a placeholder that many machines share; it names no device"));
    }
    Ok(serial)
}

/// Takes a device's name.
pub fn device_name(fields: &mut Fields, by: SaidBy) -> Result<String> {
    required(fields, by, "device_name", NAME_CHARACTERS_MAX)
}

fn required(fields: &mut Fields, by: SaidBy, name: &str, max: usize) -> Result<String> {
    let found = match by {
        SaidBy::Person => fields.text(name, 1, max)?,
        SaidBy::Device => fields.reported_text(name, 1, max)?,
    };
    found.ok_or_else(|| fields.missing(name))
}

/// Takes an operating system.
pub fn os_type(fields: &mut Fields) -> Result<OsType> {
    let found = fields.choice("os_type", OsType::parse, &words(OsType::ALL, OsType::as_str))?;
    found.ok_or_else(|| fields.missing("os_type"))
}

/// Takes whose device it is.
pub fn ownership(fields: &mut Fields) -> Result<Option<Ownership>> {
    fields.choice("ownership", Ownership::parse, &words(Ownership::ALL, Ownership::as_str))
}

/// The written forms of a named type.
pub fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(word).collect()
}

/// Reads tags, each once.
pub fn tags(fields: &Fields, value: Value) -> Result<Vec<String>> {
    let Value::Array(items) = value else {
        return Err(fields.wrong("tags", &format!("must be an array of texts, not {}", kind_of(&value))));
    };
    if items.len() > TAGS_MAX {
        return Err(fields.wrong("tags", &format!("has more than {TAGS_MAX} entries")));
    }
    let mut tags: Vec<String> = Vec::new();
    for item in items {
        let tag = fields.as_text("tags", item, 1, TAG_CHARACTERS_MAX)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}
