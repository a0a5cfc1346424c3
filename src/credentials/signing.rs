//! The key with which the appliance signs what is kept elsewhere: checkpoints of the audit log, and reports. Ed25519 (RFC 8032).
//!
//! It is not the key of access tokens: that one may be replaced at any time, this one is what somebody compares years later.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};
use zeroize::Zeroizing;

use super::id::random;
use crate::error::{Error, Result};

/// The pair; it signs.
pub struct SigningKey(KeyPair);

/// The public half, as published in PEM (SPKI).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(PublicKey);

impl SigningKey {
    /// A new pair as the bytes to store.
    pub fn generate() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(KeyPair::from_seed(Seed::new(random())).to_vec())
    }

    /// The pair from its stored bytes.
    pub fn new(bytes: &[u8]) -> Result<SigningKey> {
        KeyPair::from_slice(bytes).map(SigningKey).map_err(|error| Error::internal(format!("signing key: {error}")))
    }

    /// The signature of `message`: base64 of 64 bytes. The same message has the same signature.
    pub fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(*self.0.sk.sign(message, None))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.pk)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl VerifyingKey {
    /// SPKI in PEM, as `openssl pkey -pubin` reads it.
    pub fn to_pem(&self) -> String {
        let pem = self.0.to_pem();
        format!("{}\n", pem.trim_end())
    }

    /// Reads it back; an error for anything that is not an Ed25519 key in PEM.
    pub fn from_pem(pem: &str) -> Result<VerifyingKey> {
        let key = PublicKey::from_pem(pem.trim()).map_err(|_| Error::invalid("The public key is no Ed25519 key in PEM"))?;
        Ok(VerifyingKey(key))
    }

    /// Whether `signature` (base64) is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let bytes = STANDARD.decode(signature.trim()).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret, public key, message and signature of RFC 8032, 7.1, test 3.
    const SECRET: &str = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
    const PUBLIC: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
    const SIGNATURE: &str =
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn signatures_are_those_of_the_standard() {
        let key = SigningKey::new(&[bytes(SECRET), bytes(PUBLIC)].concat()).unwrap();
        let signature = key.sign(&[0xaf, 0x82]);
        assert_eq!(STANDARD.decode(&signature).unwrap(), bytes(SIGNATURE));
        assert!(key.verifying_key().verifies(&[0xaf, 0x82], &signature));
    }

    #[test]
    fn another_message_key_or_signature_does_not_verify() {
        let [key, other] = [(); 2].map(|()| SigningKey::new(&SigningKey::generate()).unwrap());
        let signature = key.sign(b"a");
        let public = VerifyingKey::from_pem(&key.verifying_key().to_pem()).unwrap();
        assert_eq!(public, key.verifying_key());
        assert!(public.verifies(b"a", &format!("{signature}\n")));
        assert!(!public.verifies(b"b", &signature));
        assert!(!other.verifying_key().verifies(b"a", &signature));
        for broken in ["", "AAAA", "no base64!", &signature[4..], &STANDARD.encode([0u8; 64])] {
            assert!(!public.verifies(b"a", broken), "{broken}");
        }
    }

    #[test]
    fn the_public_key_is_spki_in_pem_and_nothing_else_is_read() {
        let key = SigningKey::new(&SigningKey::generate()).unwrap();
        let pem = key.verifying_key().to_pem();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        // The head of an Ed25519 SPKI by RFC 8410.
        assert_eq!(STANDARD.decode(body).unwrap()[..12], bytes("302a300506032b6570032100"));
        for wrong in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", &pem.replace("PUBLIC", "PRIVATE")] {
            assert!(VerifyingKey::from_pem(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }
}
