//! Sends a report and reads the verdicts.

use serde::{Deserialize, Serialize};

use crate::client::Client;
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

/// Sends `report` once to the appliance at `server_url` (`https://HOST:PORT`, with or without `/v1`).
pub fn send(server_url: &str, client: &Client, api_key: &str, report: &Report) -> Result<Answer> {
    let url = report_url(server_url);
    let key = api_key.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid("The API key is empty or has characters that no key has; give it on one line"));
    }
    let reply = client.post_json(&url, Some(key), report.to_json().as_bytes())?;
    let body = reply.success()?;
    serde_json::from_slice(&body).map_err(|cause| {
        let mut error = Error::new(Kind::Unavailable, format!("The answer of {url} is not that of an appliance; check the server URL"));
        error.cause = Some(cause.to_string());
        error
    })
}

fn report_url(server_url: &str) -> String {
    let base = server_url.trim().trim_end_matches('/');
    let base = base.strip_suffix("/v1").unwrap_or(base);
    format!("{base}/v1/devices/report")
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
