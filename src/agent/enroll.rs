//! Enrolment: a token for a key of the device's own.
//!
//! The token names the appliance's public key. A server that can't prove to hold that key gets no request at all, so the token's secret
//! reaches nobody else.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::send::address;
use super::state::{Enrollment, StateFolder, sensible_interval, trust};
use super::status::Status;
use crate::client::{Client, Reply};
use crate::domain::enrollment::EnrollmentToken;
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};

/// What the person decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// A personal device: security facts only.
    pub personal: bool,
    /// Tell the person at the screen of new failures.
    pub notify: bool,
    /// Email of the person whose device it is, for a token that takes one.
    pub email: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// What is kept.
    pub enrollment: Enrollment,
    /// An admin has to approve the device first. It reports already.
    pub waits_for_approval: bool,
}

#[derive(Serialize)]
struct Request<'a> {
    token: &'a str,
    serial_number: &'a str,
    device_name: &'a str,
    os_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_in_user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hardware_uuid: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    device_id: String,
    api_key: String,
    report_interval_seconds: u32,
    /// `company` or `personal`.
    ownership: Option<String>,
    /// `pending` where an admin has to look first.
    approval: Option<String>,
}

/// Enrols this device and keeps what the appliance gives in `state`, in place of an earlier enrolment. Reports that wait stay: they are of
/// this device, and the new key may send them.
pub fn enroll(state: &StateFolder, token_text: &str, identity: &Identity, wishes: &Wishes, now: Time) -> Result<Enrolled> {
    let token = EnrollmentToken::parse(token_text)?;
    // Before the token is used up: a key that can't be kept is lost.
    state.prepare()?;
    let client = Client::new(trust(token.pin.as_deref())?)?;
    let request = Request {
        token: token_text.trim(),
        serial_number: &identity.serial_number,
        device_name: &identity.device_name,
        os_type: &identity.os_type,
        signed_in_user: identity.signed_in_user.as_deref(),
        email: wishes.email.as_deref(),
        hardware_uuid: identity.hardware_uuid.as_deref(),
    };
    let json = serde_json::to_vec(&request).map_err(Error::internal)?;
    let answer = read_answer(client.post_json(&address(&token.server, "/v1/devices/enroll"), None, &json)?)?;
    let enrollment = Enrollment {
        server: token.server,
        pin: token.pin,
        api_key: answer.api_key,
        device_id: answer.device_id,
        serial_number: identity.serial_number.clone(),
        report_interval_seconds: sensible_interval(answer.report_interval_seconds),
        personal: wishes.personal || answer.ownership.as_deref() == Some("personal"),
        notify: wishes.notify,
        enrolled_at: now,
    };
    state.keep(&enrollment)?;
    Status::change(state, &enrollment, |status| *status = Status::new(&enrollment));
    Ok(Enrolled { enrollment, waits_for_approval: answer.approval.as_deref() == Some("pending") })
}

fn read_answer(reply: Reply) -> Result<Answer> {
    let status = reply.status;
    let body = reply.success().map_err(|error| match status {
        401 => Error::unauthenticated("The appliance does not accept this token: it is used up, expired or revoked; ask for a new one"),
        403 => Error::forbidden(error.detail.replace("The API key may not do this", "The appliance refuses to enrol this device")),
        _ => error,
    })?;
    serde_json::from_slice(&body).map_err(|cause| {
        let mut error = Error::new(Kind::Unavailable, "The answer is not that of an appliance; check the address in the token");
        error.cause = Some(cause.to_string());
        error
    })
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, …)", self.device_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Result<Answer> {
        read_answer(Reply { status, retry_after_seconds: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn refusals_say_what_to_do() {
        let said = |status: u16, body: &str| reply(status, body).unwrap_err().detail;
        assert!(said(401, r#"{"detail":"x"}"#).contains("ask for a new one"));
        let taken = said(403, r#"{"detail":"The serial number belongs to a device of somebody else"}"#);
        assert_eq!(taken, "The appliance refuses to enrol this device: The serial number belongs to a device of somebody else");
        assert!(said(400, r#"{"detail":"serial_number names nothing"}"#).contains("serial_number names nothing"));
        assert!(said(200, "<html>").contains("not that of an appliance"));
        let answer = reply(201, r#"{"device_id":"dev_1","api_key":"rk_live_x","report_interval_seconds":600,"later":1}"#).unwrap();
        assert_eq!((answer.api_key.as_str(), answer.report_interval_seconds), ("rk_live_x", 600));
        assert!(!format!("{answer:?}").contains("rk_live"));
    }

    #[test]
    fn nothing_is_asked_of_a_server_while_the_state_can_not_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("file");
        std::fs::write(&in_the_way, "").unwrap();
        let (server, secret) = ("https://127.0.0.1:1".to_owned(), "rs_secret".to_owned());
        let token = EnrollmentToken { server, pin: Some("0a".repeat(32)), secret }.expose();
        let identity = Identity {
            serial_number: "S1".into(),
            device_name: "d".into(),
            os_type: "linux".into(),
            hardware_uuid: None,
            signed_in_user: None,
        };
        let wishes = Wishes::default();
        let try_in = |path| enroll(&StateFolder::new(path), &token, &identity, &wishes, Time(0)).unwrap_err();
        assert!(try_in(in_the_way.join("state")).detail.contains("can't be used"));
        let unreached = try_in(folder.path().join("state"));
        assert!(unreached.detail.contains("Nothing listens") && !unreached.to_string().contains("rs_secret"), "{unreached}");
    }
}
