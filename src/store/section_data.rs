//! The text of sections: packed and hashed before it is written, written once, unpacked when it is read.

use std::cell::OnceCell;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use rusqlite::params;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::tx::{Tx, WriteTx};
use crate::domain::device::DataType;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits::{PACKERS_KEPT, SECTION_DEFLATE_BYTES_MIN, SECTION_INFLATED_BYTES_MAX, SECTIONS_SEEN};

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
    json: Vec<u8>,
    /// The text as zlib; none inside where that is no shorter. Made when it is first needed: most sections say what is stored already.
    packed: OnceCell<Option<Vec<u8>>>,
}

impl PreparedSection {
    /// What is stored, and whether it is packed.
    fn stored(&self) -> (&[u8], bool) {
        match self.packed.get_or_init(|| pack(&self.json)) {
            Some(packed) => (packed, true),
            None => (&self.json, false),
        }
    }
}

/// Hashes a section and, if it is new, packs it. `collected_at` is taken out: the moment of reading is no change of what was read.
pub fn prepare(data_type: DataType, mut content: Map<String, Value>) -> PreparedSection {
    let collected_at = content.get("collected_at").and_then(Value::as_str).and_then(Time::parse);
    if collected_at.is_some() {
        content.remove("collected_at");
    }
    // serde_json's maps are sorted, so equal content gives equal text. Text keys and plain values can't fail to be written.
    let json = serde_json::to_vec(&content).unwrap_or_default();
    let hash = Sha256::digest(&json).into();
    let section = PreparedSection { data_type, content, collected_at, hash, json, packed: OnceCell::new() };
    if !seen_before(&section.hash) {
        // It is likely to be stored: better packed here than while other writes wait.
        section.stored();
    }
    section
}

/// Stores the text and gives its id.
pub(super) fn insert(tx: &WriteTx, section: &PreparedSection) -> Result<i64> {
    let (data, deflated) = section.stored();
    tx.connection.prepare_cached("INSERT INTO section_data (data, deflated) VALUES (?1, ?2)")?.execute(params![data, deflated])?;
    Ok(tx.connection.last_insert_rowid())
}

/// Removes the text with this id if no row of the device and section points to it: those of one device and section alone share a text.
pub(super) fn remove_unused(tx: &WriteTx, device_id: &str, data_type: &str, data_id: i64) -> Result<()> {
    let sql = "DELETE FROM section_data WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM device_section WHERE device_id = ?2 AND data_type = ?3 AND data_id = ?1)
               AND NOT EXISTS (SELECT 1 FROM device_section_past WHERE device_id = ?2 AND data_type = ?3 AND data_id = ?1)";
    tx.connection.prepare_cached(sql)?.execute(params![data_id, device_id, data_type])?;
    Ok(())
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

/// As [`load_object`], of a list of software its length alone: in `count`, where it is an array.
pub(super) fn load_counted(tx: &Tx, data_id: i64) -> Result<Map<String, Value>> {
    counted(&load(tx, data_id)?).map_err(|error| Error::internal(format!("section data {data_id} is not JSON: {error}")))
}

fn counted(text: &str) -> serde_json::Result<Map<String, Value>> {
    #[derive(Deserialize)]
    struct Counted {
        items: Option<Length>,
        packages: Option<Length>,
        #[serde(flatten)]
        rest: Map<String, Value>,
    }
    let Counted { items, packages, mut rest } = serde_json::from_str(text)?;
    if let Some(Length(Some(length))) = items.or(packages) {
        rest.insert("count".to_owned(), length.into());
    }
    Ok(rest)
}

/// How many entries an array has; `None` inside of anything else.
struct Length(Option<usize>);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Length, D::Error> {
        deserializer.deserialize_any(Length(None))
    }
}

impl<'de> Visitor<'de> for Length {
    type Value = Length;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> std::result::Result<Length, A::Error> {
        let mut length = 0;
        while entries.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok(Length(Some(length)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> std::result::Result<Length, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Length, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Length, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Length, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Length, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Length, E> {
        Ok(self)
    }
}

/// Whether what is stored is the text that had this hash when it was reported.
pub(super) fn holds(data: Vec<u8>, deflated: bool, hash: &[u8]) -> bool {
    unpack(data, deflated).is_ok_and(|json| Sha256::digest(&json)[..] == *hash)
}

fn unpack(data: Vec<u8>, deflated: bool) -> Result<Vec<u8>> {
    if deflated { inflate(&data) } else { Ok(data) }
}

/// Whether a section with this hash was prepared not long ago: then it is likely to be stored. Only a guess, right most of the time; what
/// hangs on it is where the work is done.
fn seen_before(hash: &[u8; 32]) -> bool {
    static SEEN: [AtomicU64; SECTIONS_SEEN] = [const { AtomicU64::new(0) }; SECTIONS_SEEN];
    let (slot, tag) = hash.split_at(8);
    // A hash has 32 bytes: eight and eight are there.
    let number = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (slot, tag) = (number(slot) % SECTIONS_SEEN as u64, number(tag));
    SEEN[slot as usize].swap(tag, Ordering::Relaxed) == tag
}

/// The text as zlib, if it is long enough for that and gets shorter.
fn pack(json: &[u8]) -> Option<Vec<u8>> {
    let packed = if json.len() >= SECTION_DEFLATE_BYTES_MIN { deflate(json) } else { None };
    packed.filter(|packed| packed.len() < json.len())
}

fn deflate(json: &[u8]) -> Option<Vec<u8>> {
    /// Making one zeroes and copies a quarter of a megabyte, which takes longer than packing a short text.
    static IDLE: Mutex<Vec<Compress>> = Mutex::new(Vec::new());
    let lock = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let taken = lock().pop();
    let mut packer = taken.unwrap_or_else(|| Compress::new(Compression::fast(), true));
    let mut packed = Vec::with_capacity(json.len());
    let status = packer.compress_vec(json, &mut packed, FlushCompress::Finish);
    packer.reset();
    let mut idle = lock();
    if idle.len() < PACKERS_KEPT {
        idle.push(packer);
    }
    // There is room for as much as the text; what would be longer is of no use.
    matches!(status, Ok(Status::StreamEnd)).then_some(packed)
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

    #[test]
    fn a_counted_list_keeps_its_length_and_everything_beside_it() {
        for (text, expected) in [
            (r#"{"items": [{"name": "a"}, {"name": {"b": [1]}}], "count": 7, "os": "x"}"#, json!({"count": 2, "os": "x"})),
            (r#"{"items": null, "packages": ["a", "b", "c"]}"#, json!({"count": 3})),
            // What is no list says nothing of a length, and hides what stands behind it.
            (r#"{"items": {"a": 1}, "packages": ["a"], "count": 5}"#, json!({"count": 5})),
            (r#"{"items": 4.5, "collected_at": "yesterday"}"#, json!({"collected_at": "yesterday"})),
            (r#"{"items": []}"#, json!({"count": 0})),
        ] {
            assert_eq!(Value::Object(counted(text).unwrap()), expected, "{text}");
        }
    }

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
        let (data, deflated) = long.stored();
        assert!(deflated && data.len() < 1_000, "{}", data.len());
        assert_eq!(inflate(data).unwrap(), serde_json::to_vec(&long.content).unwrap());
        assert_eq!(prepared(json!({"a": 1})).stored(), (br#"{"a":1}"#.as_slice(), false));
        assert!(inflate(b"not packed").is_err());
    }

    #[test]
    fn what_was_seen_before_is_packed_only_when_it_is_stored() {
        let content = json!({"items": vec!["packed late"; 1_000]});
        let first = prepared(content.clone());
        assert!(first.packed.get().is_some());
        let again = prepared(content);
        assert!(again.packed.get().is_none());
        assert_eq!(again.stored(), first.stored());
    }
}
