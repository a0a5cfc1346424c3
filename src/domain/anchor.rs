//! An anchor of an audit chain: what stands for the entries that the retention removed from its begin.
//!
//! Published form. The signature is over `recoger-anchor-v1`, a line feed, and the JSON array of chain, seq, hash (lower-case hex) and
//! created_at, written as the entries of the log are hashed (see [`super::audit_form`]).

use serde_json::{Value, json};

use super::audit_form::{Hash, hex};
use super::checkpoint::from_hex;
use super::time::Time;
use crate::error::{Error, Result};

/// What stands before the array.
pub const ANCHOR_FORMAT: &str = "recoger-anchor-v1";

/// Where a chain begins now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The tenant's id, or `appliance`.
    pub chain: String,
    /// Number of the last entry that was removed; as many are gone.
    pub seq: i64,
    /// Hash of that entry, which the first one that is left follows.
    pub hash: Hash,
    /// When it was signed.
    pub created_at: Time,
    /// Base64 of 64 bytes.
    pub signature: String,
    /// PEM of the key that signed.
    pub public_key: String,
}

impl Anchor {
    /// The bytes that are signed.
    pub fn message(chain: &str, seq: i64, hash: &Hash, created_at: Time) -> Vec<u8> {
        let array = json!([chain, seq, hex(hash), created_at]);
        format!("{ANCHOR_FORMAT}\n{array}").into_bytes()
    }

    /// The bytes that were signed for this one.
    pub fn signed(&self) -> Vec<u8> {
        Anchor::message(&self.chain, self.seq, &self.hash, self.created_at)
    }

    /// Reads the JSON that `GET /v1/audit-logs/verify` gave: its `chain` and `anchor`. The signature is not checked here.
    pub fn parse(text: &str) -> Result<Anchor> {
        let wrong = |what: &str| Error::invalid(format!("The anchor {what}"));
        let value: Value = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
        let anchor = value["anchor"].as_object();
        let anchor =
            anchor.ok_or_else(|| wrong("is not there: the file is no answer of `GET /v1/audit-logs/verify`, or nothing was removed"))?;
        let text = |value: Option<&Value>, name: &str| {
            value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| wrong(&format!("has no text `{name}`")))
        };
        let field = |name: &str| text(anchor.get(name), name);
        let seq = anchor.get("seq").and_then(Value::as_i64).filter(|seq| *seq > 0).ok_or_else(|| wrong("has no number `seq`"))?;
        let hash = from_hex(&field("hash")?).ok_or_else(|| wrong("has no SHA-256 as `hash`"))?;
        let created_at = field("created_at")?;
        let time = Time::parse(&created_at).filter(|time| time.to_string() == created_at);
        Ok(Anchor {
            chain: text(value.get("chain"), "chain")?,
            seq,
            hash,
            created_at: time.ok_or_else(|| wrong("has no time as `created_at`"))?,
            signature: field("signature")?,
            public_key: field("public_key")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_are_the_published_ones() {
        let expected = format!("recoger-anchor-v1\n[\"tenant_1\",7,\"{}\",\"1970-01-01T00:00:00Z\"]", "00".repeat(32));
        assert_eq!(Anchor::message("tenant_1", 7, &Hash::default(), Time(0)), expected.into_bytes());
    }

    #[test]
    fn what_was_given_reads_back_and_what_is_none_is_refused() {
        let shown = json!({"chain": "tenant_1", "intact": true, "anchor": {"seq": 7, "hash": "00".repeat(32),
            "created_at": "1970-01-01T00:00:00Z", "signature": "abc", "public_key": "PEM"}});
        let (signature, public_key) = ("abc".to_owned(), "PEM".to_owned());
        let expected = Anchor { chain: "tenant_1".to_owned(), seq: 7, hash: Hash::default(), created_at: Time(0), signature, public_key };
        assert_eq!(Anchor::parse(&shown.to_string()).unwrap(), expected);
        for (path, value) in [
            ("/chain", Value::Null),
            ("/anchor", Value::Null),
            ("/anchor/seq", json!(0)),
            ("/anchor/hash", json!("00")),
            ("/anchor/created_at", json!("1970-01-01")),
            ("/anchor/signature", Value::Null),
            ("/anchor/public_key", json!(7)),
        ] {
            let mut wrong = shown.clone();
            *wrong.pointer_mut(path).unwrap() = value.clone();
            assert!(Anchor::parse(&wrong.to_string()).is_err(), "{path} {value}");
        }
    }
}
