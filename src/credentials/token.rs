//! Refresh tokens and API keys: 256 random bits in base 62, of which only the SHA-256 is stored.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::id::random;

/// What API keys begin with: the reference's prefix, and what secret scanners look for.
pub const API_KEY_PREFIX: &str = "rk_live_";
/// What every credential that is no JWT and opens the API begins with.
pub const API_KEY_FAMILY: &str = "rk_";
const REFRESH_TOKEN_PREFIX: &str = "rt_";
const COOKIE_PREFIX: &str = "rb_";

/// Characters of a key that lists show: the prefix and four of 43 random ones, which leave 232 bits unknown.
const SHOWN_CHARACTERS: usize = API_KEY_PREFIX.len() + 4;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of 256 bits in base 62.
const DIGITS: usize = 43;

/// A secret in the clear: shown to its owner once, wiped when dropped, never printed.
pub struct PlainToken(Zeroizing<String>);

/// The SHA-256 of a token: all that is stored. A token has 256 random bits, so that a slow hash would add nothing.
#[derive(Clone, Eq)]
pub struct HashedToken([u8; 32]);

impl PlainToken {
    /// A new refresh token.
    pub fn refresh() -> PlainToken {
        PlainToken::generate(REFRESH_TOKEN_PREFIX)
    }

    /// A new session cookie of a browser.
    pub fn cookie() -> PlainToken {
        PlainToken::generate(COOKIE_PREFIX)
    }

    /// A new API key, `rk_live_…`.
    pub fn api_key() -> PlainToken {
        PlainToken::generate(API_KEY_PREFIX)
    }

    /// A new secret that begins with `prefix`.
    pub fn generate(prefix: &str) -> PlainToken {
        let mut bytes = random::<32>();
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + DIGITS));
        text.push_str(prefix);
        push_base62(&mut text, &mut bytes);
        bytes.zeroize();
        PlainToken(text)
    }

    /// A secret that somebody sent.
    pub fn given(text: &str) -> PlainToken {
        PlainToken(Zeroizing::new(text.to_owned()))
    }

    /// The secret itself, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What lists show of it.
    pub fn shown_prefix(&self) -> String {
        self.0.chars().take(SHOWN_CHARACTERS).collect()
    }

    /// What is stored and looked up.
    pub fn hashed(&self) -> HashedToken {
        HashedToken(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainToken(…)")
    }
}

impl HashedToken {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for HashedToken {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &HashedToken) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for HashedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashedToken(…)")
    }
}

/// Appends `bytes`, read as one number and used up on the way, in 43 digits.
fn push_base62(text: &mut String, bytes: &mut [u8; 32]) {
    let mut digits = [0u8; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0u32;
        for byte in bytes.iter_mut() {
            let value = (remainder << 8) | u32::from(*byte);
            // Both fit: remainder < 62, so value / 62 < 256.
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        *digit = BASE62[remainder as usize];
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
    digits.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_62_is_a_plain_number_in_43_digits() {
        let mut small = [0u8; 32];
        small[30..].copy_from_slice(&(62u16 * 61 + 10).to_be_bytes());
        let mut text = String::new();
        push_base62(&mut text, &mut small);
        assert_eq!(text, format!("{}zA", "0".repeat(41)));
        let mut text = String::new();
        push_base62(&mut text, &mut [0xff; 32]);
        // 2^256 - 1, computed with other means.
        assert_eq!(text, "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        assert_eq!(text.len(), DIGITS);
    }

    #[test]
    fn keys_look_as_documented_and_are_never_the_same() {
        let (one, two) = (PlainToken::api_key(), PlainToken::api_key());
        assert_ne!(one.hashed(), two.hashed());
        assert!(one.expose().starts_with("rk_live_"));
        assert_eq!(one.expose().len(), "rk_live_".len() + 43);
        assert!(one.expose()["rk_live_".len()..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(one.shown_prefix(), one.expose()[..12]);
        assert_eq!(PlainToken::given(one.expose()).hashed(), one.hashed());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let token = PlainToken::refresh();
        let printed = format!("{token:?} {:?}", token.hashed());
        assert_eq!(printed, "PlainToken(…) HashedToken(…)");
    }
}
