//! Access tokens: JWTs signed with the appliance's Ed25519 key, valid for 15 minutes.
//!
//! A token says who it was given to; what its bearer may do is read from the store on every request.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_simple::prelude::{
    Audiences, Duration, Ed25519KeyPair, Ed25519PublicKey, EdDSAKeyPairLike, EdDSAPublicKeyLike, HeaderOptions, JWTClaims, UnixTimeStamp,
    VerificationOptions,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::id::new_id;
use crate::domain::access::Role;
use crate::domain::audit::hex;
use crate::domain::time::Time;
use crate::error::{Error, Result};

/// How long an access token holds.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;
/// Longest token that is looked at; ours have about 500.
pub const TOKEN_BYTES_MAX: usize = 4096;
/// Longest header of a token, in base 64, that is looked at.
const TOKEN_HEADER_BYTES_MAX: usize = 1024;
/// The header's `typ` (RFC 9068), so that a token made for anything else never passes as an access token.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The claim `aud`.
const AUDIENCE: &str = "recoger-api";

/// The appliance's key pair and the installation id that its tokens name as issuer.
pub struct TokenKey {
    pair: Ed25519KeyPair,
    issuer: String,
}

/// Who a token was given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`
    pub user_id: String,
    /// `tid`
    pub tenant_id: String,
    /// `sid`
    pub session_id: String,
}

/// The claims that JWT itself does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnClaims {
    tid: String,
    sid: String,
    /// For clients that want to show it; never used to decide.
    role: String,
}

impl TokenKey {
    /// A new pair as the bytes to store.
    pub fn generate() -> Vec<u8> {
        Ed25519KeyPair::generate().to_bytes()
    }

    /// The pair from its stored bytes.
    pub fn new(bytes: &[u8], installation_id: &str) -> Result<TokenKey> {
        let pair = Ed25519KeyPair::from_bytes(bytes).map_err(|error| Error::internal(format!("token key: {error}")))?;
        let kid = key_id(&pair.public_key());
        Ok(TokenKey { pair: pair.with_key_id(&kid), issuer: installation_id.to_owned() })
    }

    /// Signs an access token that holds from `now` on.
    pub fn sign(&self, claims: &AccessClaims, role: Role, now: Time) -> Result<String> {
        let (issued_at, expires_at) = (stamp(now)?, stamp(now.plus_seconds(ACCESS_TOKEN_SECONDS))?);
        let claims = JWTClaims {
            issued_at: Some(issued_at),
            expires_at: Some(expires_at),
            invalid_before: None,
            issuer: Some(self.issuer.clone()),
            subject: Some(claims.user_id.clone()),
            audiences: Some(Audiences::AsString(AUDIENCE.to_owned())),
            jwt_id: Some(new_id("jti", now)),
            nonce: None,
            custom: OwnClaims { tid: claims.tenant_id.clone(), sid: claims.session_id.clone(), role: role.as_str().to_owned() },
        };
        let header = HeaderOptions { signature_type: Some(ACCESS_TOKEN_TYPE.to_owned()), ..HeaderOptions::default() };
        self.pair.sign_with_options(claims, &header).map_err(|error| Error::internal(format!("token: {error}")))
    }

    /// The claims of a token that this appliance made and that holds at `now`; `None` for any other, without saying why.
    pub fn verify(&self, token: &str, now: Time) -> Option<AccessClaims> {
        let options = VerificationOptions {
            accept_future: false,
            required_key_id: self.pair.key_id().clone(),
            required_signature_type: Some(ACCESS_TOKEN_TYPE.to_owned()),
            allowed_issuers: Some(HashSet::from([self.issuer.clone()])),
            allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
            // The library's default of 900 seconds accepted tokens of twice their age.
            time_tolerance: Some(Duration::from_secs(0)),
            max_validity: Some(Duration::from_secs(ACCESS_TOKEN_SECONDS.unsigned_abs())),
            max_token_length: Some(TOKEN_BYTES_MAX),
            max_header_length: Some(TOKEN_HEADER_BYTES_MAX),
            artificial_time: Some(stamp(now).ok()?),
            ..VerificationOptions::default()
        };
        let claims = self.pair.public_key().verify_token::<OwnClaims>(token, Some(options)).ok()?;
        // Ours always have both; the library would accept a token without, and one at the very second of its end.
        let (issued_at, expires_at) = (claims.issued_at?.as_secs(), claims.expires_at?.as_secs());
        let now = u64::try_from(now.0).ok()?;
        let holds = issued_at <= now && now < expires_at;
        holds.then_some(AccessClaims { user_id: claims.subject?, tenant_id: claims.custom.tid, session_id: claims.custom.sid })
    }

    /// The public key as a JWK set (RFC 7517, RFC 8037), for whoever wants to check our tokens.
    pub fn jwks(&self) -> Value {
        let public = self.pair.public_key();
        json!({"keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(public.to_bytes()),
            "kid": key_id(&public),
            "alg": "EdDSA",
            "use": "sig",
        }]})
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// The first 8 bytes of the key's SHA-256, in hex.
fn key_id(public: &Ed25519PublicKey) -> String {
    let digest = Sha256::digest(public.to_bytes());
    hex(&digest[..8])
}

/// A moment before 1970 has no place in a token.
fn stamp(time: Time) -> Result<UnixTimeStamp> {
    let seconds = u64::try_from(time.0).map_err(|_| Error::internal("the clock stands before 1970"))?;
    Ok(UnixTimeStamp::from_secs(seconds))
}

#[cfg(test)]
mod tests;
