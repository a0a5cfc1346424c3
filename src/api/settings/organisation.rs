//! The parts of a change of settings that lie outside their JSON: the logo's bytes and the mail server's password. And the logo itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::api::call::Call;
use crate::api::route::{Answer, AnswerBody, Route};
use crate::domain::access::EVERYBODY;
use crate::domain::audit::hex;
use crate::domain::png::checked_logo;
use crate::domain::settings::{Change, SMTP_CREDENTIAL_CHARACTERS_MAX, Settings};
use crate::error::{Error, Result};
use crate::http::{Lane, Response, StatusCode};
use crate::store::{WriteTx, organisation};

/// `GET /v1/settings/logo`.
pub(super) const LOGO: Route = Route {
    method: "GET",
    path: "/v1/settings/logo",
    name: "get_logo",
    access: EVERYBODY,
    lane: Lane::Quick,
    handler: logo,
    summary: "Get the organisation's logo",
    tag: "Settings",
    query: &[],
    request: None,
    body_bytes_max: 0,
    answer: Answer { status: 200, description: "The picture", body: AnswerBody::Other("image/png") },
    errors: &[(404, "No logo is set")],
};

/// What a body wants of the parts that lie apart; `Some(None)` takes them away.
#[derive(Default)]
pub(super) struct Apart {
    logo: Option<Option<Vec<u8>>>,
    password: Option<Option<String>>,
}

impl Apart {
    /// Takes them out of `body`; in place of the logo it leaves what the settings say of it.
    pub(super) fn taken_from(body: &mut Map<String, Value>) -> Result<Apart> {
        let mut apart = Apart::default();
        if let Some(value) = body.get_mut("logo") {
            apart.logo = Some(picture(value)?);
            *value = match apart.logo.as_ref().and_then(Option::as_ref) {
                Some(bytes) => {
                    let (width, height) = checked_logo("logo", bytes)?;
                    json!({"sha256": hex(&Sha256::digest(bytes)), "size_bytes": bytes.len(), "width": width, "height": height})
                }
                None => Value::Null,
            };
        }
        match body.get_mut("smtp") {
            Some(Value::Null) => apart.password = Some(None),
            Some(Value::Object(smtp)) => apart.password = smtp.remove("password").map(password).transpose()?,
            _ => {}
        }
        Ok(apart)
    }

    /// Stores them in the transaction of the change from `before` to `after`; says what changed by it.
    pub(super) fn store(self, tx: &WriteTx, before: &Settings, after: &Settings) -> Result<Vec<Change>> {
        if let Some(logo) = self.logo {
            organisation::set_logo(tx, logo.as_deref())?;
        }
        // Another server never gets the password that was meant for the one before.
        let moved = (&before.smtp.host, &before.smtp.username) != (&after.smtp.host, &after.smtp.username);
        let Some(password) = self.password.or(moved.then_some(None)) else { return Ok(Vec::new()) };
        let (old, new) = (organisation::has_smtp_password(tx)?, password.is_some());
        organisation::set_smtp_password(tx, password.as_deref())?;
        let change = Change { field: "smtp.password_set".to_owned(), old: json!(old), new: json!(new) };
        Ok(if old || new { vec![change] } else { Vec::new() })
    }
}

fn picture(value: &Value) -> Result<Option<Vec<u8>>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => STANDARD.decode(text).map(Some).map_err(|_| Error::invalid("logo must be a PNG in base64")),
        _ => Err(Error::invalid("logo must be a PNG in base64")),
    }
}

fn password(value: Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if (1..=SMTP_CREDENTIAL_CHARACTERS_MAX).contains(&text.chars().count()) => Ok(Some(text)),
        _ => Err(Error::invalid(format!("smtp.password must be text of 1 to {SMTP_CREDENTIAL_CHARACTERS_MAX} characters"))),
    }
}

fn logo(call: &Call) -> Result<Response> {
    let bytes = call.read(organisation::logo)?.ok_or_else(|| Error::not_found("Logo"))?;
    Ok(Response::bytes(StatusCode::OK, "image/png", bytes))
}
