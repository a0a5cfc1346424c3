//! An anchor of an audit chain: what stands for the entries that the retention removed from its begin.
//!
//! Published form. The signature is over `recoger-anchor-v1`, a line feed, and the JSON array of chain, seq, hash (lower-case hex) and
//! created_at, written as the entries of the log are hashed (see [`super::audit_form`]).

use serde_json::json;

use super::audit_form::{Hash, hex};
use super::time::Time;

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_are_the_published_ones() {
        let expected = format!("recoger-anchor-v1\n[\"tenant_1\",7,\"{}\",\"1970-01-01T00:00:00Z\"]", "00".repeat(32));
        assert_eq!(Anchor::message("tenant_1", 7, &Hash::default(), Time(0)), expected.into_bytes());
    }
}
