//! Sends a report and reads the verdicts.

use serde::{Deserialize, Serialize};

use crate::client::{Client, Reply};
use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};

use super::report::Report;

/// What the appliance answers: the device as it is known there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub device_name: String,
    /// `compliant`, `needs_review`, `non_compliant` or `unknown`.
    pub compliance_status: String,
    /// The verdict of each check that is in use.
    pub checks: Vec<CheckVerdict>,
    /// `company` or `personal`, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<String>,
    /// Seconds until the appliance wants the next report, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_interval_seconds: Option<u32>,
}

/// One check of the device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckVerdict {
    /// Such as `device.disk_encryption`.
    pub check_id: String,
    /// What the check says when it passes.
    pub title: String,
    /// `pass`, `fail`, `excepted`, `no_data` or `not_applicable`.
    pub status: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// Since when it has been so.
    pub since: Option<Time>,
    /// What was found.
    pub observed: Option<serde_json::Value>,
    /// What to do.
    pub remediation: Option<String>,
    /// Shown without an effect on the device's status.
    pub advice: bool,
    /// Until when a failure has no effect on the status.
    pub grace_until: Option<Time>,
}

/// What became of a report that was sent, as far as the next step hangs on it. Each refusal has a sentence for the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// It is stored.
    Taken(Box<Answer>),
    /// This report will never be taken: 400, 413, 415.
    Refused(String),
    /// The key is not accepted, or not for this device: 401, 403.
    KeyRefused(String),
    /// Too much to do: 429, 503; with the seconds that the server asks for.
    Busy(String, Option<u32>),
    /// The server fell over this report: 500.
    Faulty(String),
    /// No appliance was reached.
    Away(String),
}

impl Delivery {
    /// The answer, or the error that stands for it.
    pub fn answer(self) -> Result<Answer> {
        match self {
            Delivery::Taken(answer) => Ok(*answer),
            Delivery::Refused(why) => Err(Error::invalid(why)),
            Delivery::KeyRefused(why) => Err(Error::unauthenticated(why)),
            Delivery::Busy(why, _) | Delivery::Faulty(why) | Delivery::Away(why) => Err(Error::new(Kind::Unavailable, why)),
        }
    }
}

/// Sends `report` once to the appliance at `server_url` (`https://HOST:PORT`, with or without `/v1`).
pub fn send(server_url: &str, client: &Client, api_key: &str, report: &Report) -> Result<Answer> {
    let key = usable_key(api_key)?;
    let url = report_url(server_url);
    let reply = client.post_json(&url, Some(key), report.to_json().as_bytes())?;
    read_answer(&url, reply)
}

/// Sends a report that is JSON already, and tells what that means for it and for those after it.
pub fn deliver(server_url: &str, client: &Client, api_key: &str, json: &[u8]) -> Delivery {
    let url = report_url(server_url);
    let reply = match usable_key(api_key).and_then(|key| client.post_json(&url, Some(key), json)) {
        Ok(reply) => reply,
        Err(error) => return Delivery::Away(error.to_string()),
    };
    let (status, retry_after_seconds) = (reply.status, reply.retry_after_seconds);
    match (status, read_answer(&url, reply)) {
        (_, Ok(answer)) => Delivery::Taken(Box::new(answer)),
        (400 | 413 | 415, Err(error)) => Delivery::Refused(error.detail),
        (401 | 403, Err(error)) => Delivery::KeyRefused(error.detail),
        (429 | 503, Err(error)) => Delivery::Busy(error.detail, retry_after_seconds),
        (500, Err(error)) => Delivery::Faulty(error.detail),
        (_, Err(error)) => Delivery::Away(error.to_string()),
    }
}

/// The server's address with `path` behind it, such as `/v1/devices/report`.
pub(super) fn address(server_url: &str, path: &str) -> String {
    let base = server_url.trim().trim_end_matches('/');
    format!("{}{path}", base.strip_suffix("/v1").unwrap_or(base))
}

fn usable_key(text: &str) -> Result<&str> {
    let key = text.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid("The API key is empty or has characters that no key has; give it on one line"));
    }
    Ok(key)
}

fn read_answer(url: &str, reply: Reply) -> Result<Answer> {
    let body = reply.success()?;
    serde_json::from_slice(&body).map_err(|cause| {
        let mut error = Error::new(Kind::Unavailable, format!("The answer of {url} is not that of an appliance; check the server URL"));
        error.cause = Some(cause.to_string());
        error
    })
}

fn report_url(server_url: &str) -> String {
    address(server_url, "/v1/devices/report")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Trust;

    #[test]
    fn the_address_may_end_as_it_likes() {
        for url in ["https://h:8443", "https://h:8443/", "https://h:8443/v1", " https://h:8443/v1/\n"] {
            assert_eq!(report_url(url), "https://h:8443/v1/devices/report");
        }
    }

    #[test]
    fn a_key_that_could_split_a_header_is_refused_before_anything_is_sent() {
        let client = Client::new(Trust::PinnedKey([0; 32])).unwrap();
        for key in ["", "rk_a\r\nX: y", "rk a"] {
            let error = send("https://127.0.0.1:1", &client, key, &Report::default()).unwrap_err();
            assert_eq!(error.kind, Kind::Invalid, "{key:?}");
        }
    }
}
