//! A checkpoint of an audit chain: its head at a moment, signed, to be kept where the appliance's operator can't reach.
//!
//! Published form. The signature is over `recoger-checkpoint-v1`, a line feed, and the JSON array of chain, seq, hash (lower-case hex) and
//! created_at, written as the entries of the log are hashed (see [`super::audit_form`]).

use serde_json::{Value, json};

use super::audit_form::{Hash, hex};
use super::time::Time;
use crate::error::{Error, Result};

/// What stands before the array; it also names the form in the JSON.
pub const CHECKPOINT_FORMAT: &str = "recoger-checkpoint-v1";

/// The head of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tenant's id, or `appliance`.
    pub chain: String,
    /// Number of the last entry; 0 for an empty chain.
    pub seq: i64,
    /// Hash of that entry; of an empty chain what its first entry will follow.
    pub hash: Hash,
    /// When it was made.
    pub created_at: Time,
}

impl Checkpoint {
    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        let array = json!([self.chain, self.seq, hex(&self.hash), self.created_at]);
        format!("{CHECKPOINT_FORMAT}\n{array}").into_bytes()
    }

    /// Reads the JSON that `GET /v1/audit-logs/checkpoint` gave: the head and its signature, which is not checked here.
    pub fn parse(text: &str) -> Result<(Checkpoint, String)> {
        let wrong = |what: &str| Error::invalid(format!("The checkpoint {what}"));
        let value: Value = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
        let field = |name: &str| value[name].as_str().map(str::to_owned).ok_or_else(|| wrong(&format!("has no text `{name}`")));
        if field("format")? != CHECKPOINT_FORMAT {
            return Err(wrong(&format!("is not of the format {CHECKPOINT_FORMAT}")));
        }
        let seq = value["seq"].as_i64().filter(|seq| *seq >= 0).ok_or_else(|| wrong("has no number `seq`"))?;
        let hash = from_hex(&field("hash")?).ok_or_else(|| wrong("has no SHA-256 as `hash`"))?;
        let created_at = field("created_at")?;
        let time = Time::parse(&created_at).filter(|time| time.to_string() == created_at);
        let created_at = time.ok_or_else(|| wrong("has no time as `created_at`"))?;
        Ok((Checkpoint { chain: field("chain")?, seq, hash, created_at }, field("signature")?))
    }
}

/// A hash from its lower-case hex.
pub fn from_hex(text: &str) -> Option<Hash> {
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut hash = Hash::default();
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let hash = std::array::from_fn(|index| u8::try_from(index).unwrap());
        Checkpoint { chain: "tenant_\"01".to_owned(), seq: 12, hash, created_at: Time(0) }
    }

    fn shown() -> Value {
        let checkpoint = checkpoint();
        json!({"format": CHECKPOINT_FORMAT, "chain": checkpoint.chain, "seq": 12, "hash": hex(&checkpoint.hash),
               "created_at": "1970-01-01T00:00:00Z", "signature": "abc"})
    }

    #[test]
    fn the_signed_bytes_are_the_published_ones() {
        let expected = "recoger-checkpoint-v1\n[\"tenant_\\\"01\",12,\
            \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"1970-01-01T00:00:00Z\"]";
        assert_eq!(String::from_utf8(checkpoint().message()).unwrap(), expected);
    }

    #[test]
    fn what_was_given_reads_back_and_what_is_none_is_refused() {
        assert_eq!(Checkpoint::parse(&shown().to_string()).unwrap(), (checkpoint(), "abc".to_owned()));
        for (field, value) in [
            ("format", json!("recoger-checkpoint-v2")),
            ("chain", json!(1)),
            ("seq", json!("12")),
            ("seq", json!(-1)),
            ("hash", json!("00")),
            ("hash", json!("0".repeat(63) + "G")),
            ("created_at", json!("1970-01-01T01:00:00+01:00")),
            ("created_at", json!("yesterday")),
            ("signature", Value::Null),
        ] {
            let mut wrong = shown();
            wrong[field] = value.clone();
            assert!(Checkpoint::parse(&wrong.to_string()).is_err(), "{field} {value}");
        }
        assert!(Checkpoint::parse("nothing").is_err());
    }
}
