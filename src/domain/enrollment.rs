//! The text of an enrollment token: where the appliance is, which key it has, and the secret that lets a device in.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What the text begins with: the version of the form, and what secret scanners look for.
pub const PREFIX: &str = "ret1_";
/// Characters of the whole text.
pub const TEXT_CHARACTERS_MAX: usize = 1_024;

/// A token as it is given to a device: `ret1_` and the base64url of a JSON object.
///
/// The appliance looks at the secret alone. Address and pin are for the device, which trusts the key that its admin handed it and no other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentToken {
    /// Where the appliance is: `https://HOST:PORT`, without a path.
    pub server: String,
    /// SHA-256 of the appliance's public key (its SubjectPublicKeyInfo in DER), lower-case hex; none where its certificate is signed by a CA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// What is proved by showing it.
    pub secret: String,
}

impl EnrollmentToken {
    /// Reads a token; says what is wrong without showing the secret.
    pub fn parse(text: &str) -> Result<EnrollmentToken> {
        let wrong = |why: &str| Error::invalid(format!("This is no enrollment token: {why}"));
        let text = text.trim();
        if text.len() > TEXT_CHARACTERS_MAX {
            return Err(wrong("it is too long"));
        }
        let packed = text.strip_prefix(PREFIX).ok_or_else(|| wrong("it does not begin with `ret1_`"))?;
        let json = URL_SAFE_NO_PAD.decode(packed).map_err(|_| wrong("it is cut off or has a character that no token has"))?;
        let token: EnrollmentToken = serde_json::from_slice(&json).map_err(|_| wrong("it is cut off"))?;
        if !token.server.starts_with("https://") {
            return Err(wrong("its address does not begin with https://"));
        }
        if token.pin.as_ref().is_some_and(|pin| !is_pin(pin)) {
            return Err(wrong("its pin is not the SHA-256 of a key"));
        }
        if token.secret.is_empty() {
            return Err(wrong("it has no secret"));
        }
        Ok(token)
    }

    /// The whole text, to be shown once.
    pub fn expose(&self) -> String {
        // Text fields alone: they can't fail to be written.
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default()))
    }
}

fn is_pin(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Debug for EnrollmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrollmentToken({}, …)", self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> EnrollmentToken {
        let (server, secret) = ("https://recoger.example.lan:8443".to_owned(), "rs_abc".to_owned());
        EnrollmentToken { server, pin: Some("0a".repeat(32)), secret }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for pin in [None, Some("0a".repeat(32))] {
            let token = EnrollmentToken { pin, ..token() };
            assert_eq!(EnrollmentToken::parse(&format!(" {}\n", token.expose())).unwrap(), token);
        }
    }

    #[test]
    fn what_is_no_token_is_refused_and_never_shown() {
        let whole = token().expose();
        let with = |change: fn(&mut EnrollmentToken)| {
            let mut token = token();
            change(&mut token);
            token.expose()
        };
        for text in [
            String::new(),
            "rk_live_abc".to_owned(),
            whole[..whole.len() - 4].to_owned(),
            format!("{whole}!"),
            "ret1_".to_owned() + &"A".repeat(2_000),
            with(|token| token.server = "http://h".to_owned()),
            with(|token| token.pin = Some("0A".repeat(32))),
            with(|token| token.pin = Some("0a".to_owned())),
            with(|token| token.secret.clear()),
        ] {
            let error = EnrollmentToken::parse(&text).unwrap_err();
            assert!(error.detail.starts_with("This is no enrollment token") && !error.detail.contains("rs_abc"), "{text}: {error:?}");
        }
        assert!(!format!("{:?}", token()).contains("rs_abc"));
    }
}
