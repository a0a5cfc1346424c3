//! What the organisation is called, how it shows itself, and through which server it sends mail.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::patch::{object, unknown, whole_number, word};
use super::{Bounds, SmtpSecurity};
use crate::domain::user::checked_email;
use crate::domain::visible::is_visible;
use crate::error::{Error, Result};

/// Characters of the organisation's name.
pub const ORGANISATION_NAME_CHARACTERS_MAX: usize = 200;
/// Characters of a host name (RFC 1035).
const HOST_CHARACTERS_MAX: usize = 253;
/// Characters of the name and password for the mail server.
pub const SMTP_CREDENTIAL_CHARACTERS_MAX: usize = 255;
/// Port of the mail server; the default is that of submission (RFC 6409).
pub const SMTP_PORT: Bounds = Bounds { min: 1, max: 65_535, default: 587 };

/// The stored picture; its bytes lie apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Bytes of the file.
    pub size_bytes: usize,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The mail server. Its password lies apart and is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Smtp {
    /// Host name or address; none: no mail is sent.
    pub host: Option<String>,
    /// See [`SMTP_PORT`].
    pub port: u32,
    /// How it is reached.
    pub security: SmtpSecurity,
    /// The name to sign in with, if any.
    pub username: Option<String>,
    /// Who mails come from.
    pub from_address: Option<String>,
}

impl Default for Smtp {
    fn default() -> Smtp {
        Smtp { host: None, port: SMTP_PORT.default, security: SmtpSecurity::Starttls, username: None, from_address: None }
    }
}

impl Smtp {
    pub(super) fn view(&self) -> Value {
        json!({
            "host": self.host,
            "port": self.port,
            "security": self.security,
            "username": self.username,
            "from_address": self.from_address,
        })
    }

    pub(super) fn patch(&mut self, value: &Value) -> Result<()> {
        let Some(fields) = object("smtp", value)? else {
            *self = Smtp::default();
            return Ok(());
        };
        self.merge(fields)?;
        match (&self.host, &self.from_address) {
            (Some(_), None) => Err(Error::invalid("smtp.from_address is missing: mail needs a sender")),
            _ => Ok(()),
        }
    }

    fn merge(&mut self, fields: &Map<String, Value>) -> Result<()> {
        for (key, value) in fields {
            let field = format!("smtp.{key}");
            match key.as_str() {
                "host" => self.host = text(&field, value, HOST_CHARACTERS_MAX)?.map(|host| checked_host(&field, host)).transpose()?,
                "port" => self.port = whole_number(&field, value, SMTP_PORT)?,
                "security" => {
                    self.security = word(&field, value, SmtpSecurity::parse, SmtpSecurity::ALL)?.unwrap_or(SmtpSecurity::Starttls)
                }
                "username" => self.username = text(&field, value, SMTP_CREDENTIAL_CHARACTERS_MAX)?,
                "from_address" => {
                    let address = text(&field, value, SMTP_CREDENTIAL_CHARACTERS_MAX)?;
                    self.from_address = address.map(|address| checked_email(&field, &address)).transpose()?;
                }
                _ => return Err(unknown(&field)),
            }
        }
        Ok(())
    }
}

/// What the organisation is called; `None` is the tenant's name.
pub(super) fn organisation_name(value: &Value) -> Result<Option<String>> {
    text("organisation_name", value, ORGANISATION_NAME_CHARACTERS_MAX)
}

/// What the caller made of a picture that it has checked.
pub(super) fn logo(value: &Value) -> Result<Option<Logo>> {
    serde_json::from_value(value.clone()).map_err(|_| Error::invalid("logo must be a PNG in base64"))
}

/// `None` is `null`: not set.
fn text(field: &str, value: &Value, characters_max: usize) -> Result<Option<String>> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim(),
        _ => return Err(Error::invalid(format!("{field} must be text"))),
    };
    let fits = (1..=characters_max).contains(&text.chars().count()) && is_visible(text);
    fits.then(|| Some(text.to_owned())).ok_or_else(|| Error::invalid(format!("{field} must be 1 to {characters_max} printable characters")))
}

fn checked_host(field: &str, host: String) -> Result<String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_');
    match host.bytes().all(known) && !host.starts_with(['-', '.']) {
        true => Ok(host.to_ascii_lowercase()),
        false => Err(Error::invalid(format!("{field} must be a host name or address"))),
    }
}
