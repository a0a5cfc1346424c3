//! The audit log's canonical form: what is hashed, byte by byte. Published: it never changes; another form would get another prefix.
//!
//! An entry's hash is SHA-256 over `recoger-audit-v1\n` and a JSON array of its fields in this order: id, seq, event_name, event_title,
//! category, resource_type, resource_id, actor_id, actor_type, actor_email, ip_address, user_agent, metadata, created_at, previous_hash
//! (the hash itself is left out). The rules of the text, which are those of Python's
//! `json.dumps(array, separators=(",", ":"), ensure_ascii=False, sort_keys=True)`:
//! - UTF-8; no white space outside texts; names of objects sorted by code point at every depth, each once; absent fields `null`.
//! - In texts `"` and `\` get a backslash; U+0008, 9, A, C, D are `\b \t \n \f \r`, other characters below U+0020 `\u00xx` in lower-case hex;
//!   everything else stands as it is, not normalised.
//! - Numbers are whole, within 64 bits, in plain decimal. There are no fractions and no exponents.
//! - Times as the API shows them (`2026-01-04T10:30:00Z`), hashes in lower-case hex.
//!
//! A personal value stands there as its seal: `sha256:` and the hex SHA-256 of a salt of exactly 32 bytes followed by the value's UTF-8.
//! Value and salt lie apart and can be erased while the chain still verifies. No other text in an entry begins with `sha256:`.
//!
//! `previous_hash` of the first entry binds the chain to its name: it is the hash of the array `["NAME"]` in the same form.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::audit::escaped;
use super::time::Time;

/// What stands before the array.
pub const CANONICAL_PREFIX: &str = "recoger-audit-v1\n";
/// How a seal begins.
pub const SEAL_PREFIX: &str = "sha256:";
/// Length of a salt.
pub const SALT_BYTES: usize = 32;
/// What is shown for a personal value that was erased.
pub const ERASED: &str = "erased";

/// A SHA-256.
pub type Hash = [u8; 32];

/// An entry as it is stored and hashed: personal values already replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedEntry {
    /// `evt_…`
    pub id: String,
    /// 1, 2, 3, … in its chain, without gaps.
    pub seq: i64,
    /// `noun_verb`.
    pub event_name: String,
    /// The same in words.
    pub event_title: String,
    /// The group.
    pub category: String,
    /// `device`, `user`, …
    pub resource_type: Option<String>,
    /// The id of what was changed.
    pub resource_id: Option<String>,
    /// The id of who changed it.
    pub actor_id: Option<String>,
    /// `user`, `api_key`, `agent`, `system`.
    pub actor_type: String,
    /// `sha256:…`
    pub actor_email: Option<String>,
    /// `sha256:…`
    pub ip_address: Option<String>,
    /// `sha256:…`
    pub user_agent: Option<String>,
    /// An object; personal texts as `sha256:…`.
    pub metadata: Value,
    /// When.
    pub created_at: Time,
    /// The hash of the entry before.
    pub previous_hash: Hash,
}

impl SealedEntry {
    /// The bytes that are hashed.
    pub fn canonical(&self) -> Vec<u8> {
        canonical(&json!([
            self.id,
            self.seq,
            self.event_name,
            self.event_title,
            self.category,
            self.resource_type,
            self.resource_id,
            self.actor_id,
            self.actor_type,
            self.actor_email,
            self.ip_address,
            self.user_agent,
            self.metadata,
            self.created_at,
            hex(&self.previous_hash),
        ]))
    }

    /// The entry's hash.
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.canonical()).into()
    }

    /// Every seal with the path of its field: `actor_email`, `metadata/name/old`.
    pub fn seals(&self) -> Vec<(String, String)> {
        let mut seals = Vec::new();
        for (field, seal) in [("actor_email", &self.actor_email), ("ip_address", &self.ip_address), ("user_agent", &self.user_agent)] {
            seals.extend(seal.iter().map(|seal| (field.to_owned(), seal.clone())));
        }
        collect_seals(&self.metadata, "metadata", &mut seals);
        seals
    }
}

/// A personal value with the salt that its seal was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// [`SALT_BYTES`] bytes.
    pub salt: Vec<u8>,
    /// The value.
    pub value: String,
}

/// An entry as the store holds it: what is hashed, the hash, and those personal values that were not erased, by the path of their field.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEntry {
    /// What is hashed.
    pub sealed: SealedEntry,
    /// The stored hash.
    pub hash: Hash,
    /// What lies behind the seals.
    pub personal: BTreeMap<String, Personal>,
}

impl LoggedEntry {
    /// The email of who acted, or [`ERASED`].
    pub fn actor_email(&self) -> Option<&str> {
        self.shown("actor_email", self.sealed.actor_email.as_deref())
    }

    /// The address, or [`ERASED`].
    pub fn ip_address(&self) -> Option<&str> {
        self.shown("ip_address", self.sealed.ip_address.as_deref())
    }

    /// The client's name, or [`ERASED`].
    pub fn user_agent(&self) -> Option<&str> {
        self.shown("user_agent", self.sealed.user_agent.as_deref())
    }

    /// The metadata with its personal values in place, or [`ERASED`] where they are gone.
    pub fn metadata(&self) -> Value {
        self.shown_value(&self.sealed.metadata, "metadata")
    }

    /// For who checks an export: by the path of each personal field its `sealed` form and, unless erased, the `salt` in hex.
    pub fn seals(&self) -> Value {
        let seals = self.sealed.seals().into_iter().map(|(path, seal)| {
            let salt = self.personal.get(&path).map(|personal| hex(&personal.salt));
            (path, json!({"salt": salt, "sealed": seal}))
        });
        Value::Object(seals.collect())
    }

    fn shown<'e>(&'e self, path: &str, stored: Option<&'e str>) -> Option<&'e str> {
        match stored {
            Some(seal) if seal.starts_with(SEAL_PREFIX) => Some(self.personal.get(path).map_or(ERASED, |personal| &personal.value)),
            other => other,
        }
    }

    fn shown_value(&self, value: &Value, path: &str) -> Value {
        match value {
            Value::String(text) => Value::from(self.shown(path, Some(text))),
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, item)| self.shown_value(item, &format!("{path}/{index}"))).collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter();
                fields.map(|(name, value)| (name.clone(), self.shown_value(value, &format!("{path}/{}", escaped(name))))).collect()
            }
            plain => plain.clone(),
        }
    }
}

/// `previous_hash` of the first entry of the chain `name`, so that no chain can be passed off as another.
pub fn first_previous_hash(name: &str) -> Hash {
    Sha256::digest(canonical(&json!([name]))).into()
}

/// What stands in the hashed form for a personal value.
pub fn sealed(salt: &[u8; SALT_BYTES], value: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(salt);
    digest.update(value.as_bytes());
    format!("{SEAL_PREFIX}{}", hex(&digest.finalize()))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn canonical(array: &Value) -> Vec<u8> {
    // serde_json's maps are sorted (its `preserve_order` feature is off; a test holds it so), and its compact form has no white space.
    format!("{CANONICAL_PREFIX}{array}").into_bytes()
}

fn collect_seals(value: &Value, path: &str, seals: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if text.starts_with(SEAL_PREFIX) => seals.push((path.to_owned(), text.clone())),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect_seals(item, &format!("{path}/{index}"), seals));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect_seals(value, &format!("{path}/{}", escaped(name)), seals));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Python's `json` and `hashlib`, not by this program.
    const FIRST_PREVIOUS_HASH: &str = "6de716f6f732a2926ef521a386a92fb09c822a86eb5192e6a81e9d78ab507273";
    const SEAL: &str = "sha256:7790aaf1e92ee65b8578512c64860fb8ceaf2608acec925a904f089bc27d35fb";
    const FIRST_HASH: &str = "d0d22e1f7bb500efe1f1f9e8058cab1a803bbd9a4b98eb0d1da2a7387a25edff";
    const SECOND_HASH: &str = "6170c33ae9d59f341f025f6ab86a411d6768d0c2b65ca5100ae591d26275c74f";

    fn salt() -> [u8; SALT_BYTES] {
        std::array::from_fn(|index| u8::try_from(index).unwrap())
    }

    fn first() -> SealedEntry {
        SealedEntry {
            id: "evt_1".to_owned(),
            seq: 1,
            event_name: "device_updated".to_owned(),
            event_title: "Device Updated".to_owned(),
            category: "device_management".to_owned(),
            resource_type: Some("device".to_owned()),
            resource_id: Some("dev_1".to_owned()),
            actor_id: None,
            actor_type: "user".to_owned(),
            actor_email: Some(sealed(&salt(), "Zoë@example.org")),
            ip_address: None,
            user_agent: None,
            metadata: json!({
                "z": 1,
                "\u{1f980}": 0,
                "\u{ffff}": 0,
                "a": {"é": null, "b": [true, i64::MIN, u64::MAX], "B": "x"},
                "text": "\"\\/\u{8}\t\n\u{c}\r\0\u{1f}\u{7f}\u{2028}é🦀",
            }),
            created_at: Time::parse("2026-01-04T10:30:00Z").unwrap(),
            previous_hash: first_previous_hash("tenant_01"),
        }
    }

    #[test]
    fn the_hashed_bytes_are_the_published_ones() {
        let expected = format!(
            "recoger-audit-v1\n[\"evt_1\",1,\"device_updated\",\"Device Updated\",\"device_management\",\"device\",\"dev_1\",null,\"user\",\
             \"{SEAL}\",null,null,{{\"a\":{{\"B\":\"x\",\"b\":[true,-9223372036854775808,18446744073709551615],\"é\":null}},\
             \"text\":\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\u{2028}é🦀\",\"z\":1,\"\u{ffff}\":0,\"🦀\":0}},\
             \"2026-01-04T10:30:00Z\",\"{FIRST_PREVIOUS_HASH}\"]"
        );
        assert_eq!(String::from_utf8(first().canonical()).unwrap(), expected);
    }

    #[test]
    fn hashes_are_those_that_another_program_computes() {
        assert_eq!(hex(&first_previous_hash("tenant_01")), FIRST_PREVIOUS_HASH);
        assert_eq!(sealed(&salt(), "Zoë@example.org"), SEAL);
        assert_eq!(hex(&first().hash()), FIRST_HASH);
        let second = SealedEntry {
            id: "evt_2".to_owned(),
            seq: 2,
            event_name: "a_b".to_owned(),
            event_title: "A B".to_owned(),
            category: "c".to_owned(),
            resource_type: None,
            resource_id: None,
            actor_type: "system".to_owned(),
            actor_email: None,
            metadata: json!({}),
            created_at: Time(0),
            previous_hash: first().hash(),
            ..first()
        };
        assert_eq!(hex(&second.hash()), SECOND_HASH);
    }

    #[test]
    fn personal_values_are_shown_in_their_places_until_they_are_erased() {
        let value = |value: &str| Personal { salt: salt().to_vec(), value: value.to_owned() };
        let mut logged = LoggedEntry { hash: first().hash(), sealed: first(), personal: BTreeMap::new() };
        logged.sealed.metadata = json!({"a/b": {"old": "sha256:1", "new": null}, "list": ["sha256:2", "plain", 3]});
        logged.personal.insert("actor_email".to_owned(), value("a@b.example"));
        logged.personal.insert("metadata/a~1b/old".to_owned(), value("Ada"));
        assert_eq!((logged.actor_email(), logged.ip_address()), (Some("a@b.example"), None));
        assert_eq!(logged.metadata(), json!({"a/b": {"old": "Ada", "new": null}, "list": ["erased", "plain", 3]}));
        assert_eq!(logged.seals()["metadata/list/0"], json!({"salt": null, "sealed": "sha256:2"}));
        assert_eq!(logged.seals()["actor_email"], json!({"salt": hex(&salt()), "sealed": SEAL}));
        logged.personal.clear();
        assert_eq!(logged.actor_email(), Some("erased"));
        assert_eq!(logged.metadata()["a/b"]["old"], "erased");
    }
}
