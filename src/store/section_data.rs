//! The text of sections: packed and hashed before it is written, written once, unpacked when it is read.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::params;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::tx::{Tx, WriteTx};
use crate::domain::device::DataType;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{SECTION_DEFLATE_BYTES_MIN, SECTION_INFLATED_BYTES_MAX};

/// A reported section, ready to be compared and stored: made before the write begins, since hashing and packing take time.
#[derive(Debug, Clone)]
pub struct PreparedSection {
    /// Which one.
    pub data_type: DataType,
    /// Its content, without `collected_at`.
    pub content: Map<String, Value>,
    /// When the device read it, if the section says so.
    pub collected_at: Option<Time>,
    pub(super) hash: [u8; 32],
    data: Vec<u8>,
    deflated: bool,
}

/// Hashes and packs a section. `collected_at` is taken out: the moment of reading is no change of what was read.
pub fn prepare(data_type: DataType, mut content: Map<String, Value>) -> PreparedSection {
    let collected_at = content.get("collected_at").and_then(Value::as_str).and_then(Time::parse);
    if collected_at.is_some() {
        content.remove("collected_at");
    }
    // serde_json's maps are sorted, so equal content gives equal text. Text keys and plain values can't fail to be written.
    let json = serde_json::to_vec(&content).unwrap_or_default();
    let hash = Sha256::digest(&json).into();
    let deflated = if json.len() >= SECTION_DEFLATE_BYTES_MIN { deflate(&json).ok() } else { None };
    let (data, deflated) = match deflated {
        Some(packed) if packed.len() < json.len() => (packed, true),
        _ => (json, false),
    };
    PreparedSection { data_type, content, collected_at, hash, data, deflated }
}

/// Stores the text and gives its id.
pub(super) fn insert(tx: &WriteTx, section: &PreparedSection) -> Result<i64> {
    tx.connection
        .prepare_cached("INSERT INTO section_data (data, deflated) VALUES (?1, ?2)")?
        .execute(params![section.data, section.deflated])?;
    Ok(tx.connection.last_insert_rowid())
}

/// Reads the text with this id.
pub(super) fn load(tx: &Tx, data_id: i64) -> Result<String> {
    let (data, deflated) = tx
        .connection
        .prepare_cached("SELECT data, deflated FROM section_data WHERE id = ?1")?
        .query_row([data_id], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, bool>(1)?)))?;
    let json = unpack(data, deflated)?;
    String::from_utf8(json).map_err(|_| Error::internal(format!("section data {data_id} is not UTF-8")))
}

/// Reads it as an object.
pub(super) fn load_object(tx: &Tx, data_id: i64) -> Result<Map<String, Value>> {
    serde_json::from_str(&load(tx, data_id)?).map_err(|error| Error::internal(format!("section data {data_id} is not JSON: {error}")))
}

/// Whether what is stored is the text that had this hash when it was reported.
pub(super) fn holds(data: Vec<u8>, deflated: bool, hash: &[u8]) -> bool {
    unpack(data, deflated).is_ok_and(|json| Sha256::digest(&json)[..] == *hash)
}

fn unpack(data: Vec<u8>, deflated: bool) -> Result<Vec<u8>> {
    if deflated { inflate(&data) } else { Ok(data) }
}

fn deflate(json: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(json.len() / 3), Compression::fast());
    encoder.write_all(json)?;
    encoder.finish()
}

fn inflate(data: &[u8]) -> Result<Vec<u8>> {
    let mut json = Vec::new();
    ZlibDecoder::new(data)
        .take(SECTION_INFLATED_BYTES_MAX)
        .read_to_end(&mut json)
        .map_err(|error| Error::internal(format!("stored section can't be unpacked: {error}")))?;
    Ok(json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn prepared(content: Value) -> PreparedSection {
        let Value::Object(content) = content else { panic!("an object") };
        prepare(DataType::Software, content)
    }

    #[test]
    fn the_moment_of_reading_and_the_order_of_keys_are_no_change() {
        let first = prepared(json!({"a": 1, "b": [1, 2], "collected_at": "2026-01-01T00:00:00Z"}));
        let second: Value = serde_json::from_str(r#"{"b": [1, 2], "a": 1}"#).unwrap();
        assert_eq!(first.hash, prepared(second).hash);
        assert_eq!(first.collected_at, Some(Time(1_767_225_600)));
        assert_ne!(first.hash, prepared(json!({"a": 1, "b": [2, 1]})).hash);
        // What is no time is content like any other.
        assert_ne!(prepared(json!({"collected_at": "yesterday"})).hash, prepared(json!({})).hash);
    }

    #[test]
    fn long_texts_are_packed_and_come_back_whole() {
        let long = prepared(json!({"items": vec!["the same again"; 1_000]}));
        assert!(long.deflated && long.data.len() < 1_000, "{}", long.data.len());
        assert_eq!(inflate(&long.data).unwrap(), serde_json::to_vec(&long.content).unwrap());
        assert!(!prepared(json!({"a": 1})).deflated);
        assert!(inflate(b"not packed").is_err());
    }
}
