//! The one HTTPS client: agent, health check.
//!
//! Whom it trusts is said by a pin, for the appliance makes its own certificate. The server proves in every handshake that it holds the
//! key of that certificate; names and dates in the certificate are not looked at, for a pin says more than a name, and a device whose
//! clock is wrong must still be able to report. Only where the appliance has a certificate of an authority, and so no pin, the system's
//! authorities decide, with name and dates. No proxy is used, no redirect is followed, no connection is kept. Answers are limited in
//! size and time. ureq's connector interface is not versioned, so its version is fixed in `Cargo.toml`.

mod transport;
mod trust;

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::CertificateError;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};

use crate::error::{Error, Kind, Result};

use transport::Tls;
pub use trust::Trust;

/// Bytes of an answer, after decompression, that are read; a larger answer is an error.
pub const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes from which a request body is compressed.
pub const GZIP_FROM_BYTES: usize = 1024;
/// Characters of the server's own words that are shown.
const DETAIL_CHARACTERS_MAX: usize = 500;

/// How long the parts of a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Until the connection is open and TLS is agreed.
    pub connect: Duration,
    /// From then until the answer is there, whole.
    pub answer: Duration,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines { connect: Duration::from_secs(10), answer: Duration::from_secs(60) }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Seconds after which the server wants to be asked again.
    pub retry_after_seconds: Option<u32>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Talks to one appliance.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
}

impl Client {
    /// A client that believes `trust` alone.
    pub fn new(trust: Trust) -> Result<Client> {
        Client::with_deadlines(trust, Deadlines::default())
    }

    /// As [`Client::new`], with other deadlines.
    pub fn with_deadlines(trust: Trust, deadlines: Deadlines) -> Result<Client> {
        let tls = trust::tls_config(trust)?;
        let config = Agent::config_builder()
            .https_only(true)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent(concat!("recoger/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(deadlines.connect))
            .timeout_connect(Some(deadlines.connect))
            .timeout_send_request(Some(deadlines.answer))
            .timeout_send_body(Some(deadlines.answer))
            .timeout_recv_response(Some(deadlines.answer))
            .timeout_recv_body(Some(deadlines.answer))
            .timeout_global(Some(deadlines.connect + deadlines.answer))
            .build();
        let connector = TcpConnector::default().chain(Tls { config: Arc::new(tls) });
        Ok(Client { agent: Agent::with_parts(config, connector, DefaultResolver::default()) })
    }

    /// Asks for `url`.
    pub fn get(&self, url: &str, bearer: Option<&str>) -> Result<Reply> {
        let mut request = self.agent.get(url);
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        read(request.call().map_err(|error| explain(url, error))?, url)
    }

    /// Sends JSON to `url`, compressed from [`GZIP_FROM_BYTES`] on.
    pub fn post_json(&self, url: &str, bearer: Option<&str>, json: &[u8]) -> Result<Reply> {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let sent = if json.len() >= GZIP_FROM_BYTES {
            request.header("content-encoding", "gzip").send(gzip(json)?.as_slice())
        } else {
            request.send(json)
        };
        read(sent.map_err(|error| explain(url, error))?, url)
    }

    /// Asks for a file at `url`. With status 200 and a `wanted` head its body of at most `bytes_max` goes to `sink` as it comes.
    pub fn download(&self, url: &str, bytes_max: u64, wanted: impl FnOnce(&HeaderMap) -> Result<bool>, sink: &mut dyn Write) -> Result<()> {
        // A packed file would have another digest than the one that the head names.
        let response = self.agent.get(url).header("accept-encoding", "identity").call().map_err(|error| explain(url, error))?;
        if response.status() != 200 {
            return read(response, url)?.success().map(drop);
        }
        if !wanted(response.headers())? {
            return Ok(());
        }
        let mut body = response.into_body().into_with_config().limit(bytes_max).reader();
        io::copy(&mut body, sink).map(drop).map_err(|cause| Error::unavailable(format!("The file at {url} did not come whole"), cause))
    }
}

impl Reply {
    /// The body of a success; else one sentence with what to do, in the server's own words where it has some.
    pub fn success(self) -> Result<Vec<u8>> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let detail = detail(&self.body);
        let said = |prefix: &str| match &detail {
            Some(detail) => format!("{prefix}: {detail}"),
            None => prefix.to_owned(),
        };
        Err(match self.status {
            400 | 413 | 415 => Error::invalid(said("The appliance refused the request")),
            401 => Error::unauthenticated("The appliance does not accept this API key; it may be mistyped, revoked or expired"),
            403 => Error::forbidden(said("The API key may not do this")),
            404 => Error::new(Kind::NotFound, "The address answers, but not as a Recoger appliance; check the server URL and its port"),
            429 | 503 => Error::new(Kind::Unavailable, said("The appliance is busy; try again in a minute")),
            300..400 => Error::invalid("The server answered with a redirect, which is not followed; give the appliance's own address"),
            status => Error::new(Kind::Unavailable, said(&format!("The appliance answered with status {status}"))),
        })
    }
}

/// The server's sentence, made harmless for a terminal.
fn detail(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    let problem: Problem = serde_json::from_slice(body).ok()?;
    Some(problem.detail.chars().filter(|character| !character.is_control()).take(DETAIL_CHARACTERS_MAX).collect())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).map_err(Error::internal)?;
    encoder.finish().map_err(Error::internal)
}

fn read(mut response: ureq::http::Response<ureq::Body>, url: &str) -> Result<Reply> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after_seconds = retry_after.and_then(|seconds| seconds.trim().parse().ok());
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|error| explain(url, error))?;
    Ok(Reply { status, retry_after_seconds, body })
}

/// One sentence and what to do about it.
fn explain(url: &str, error: ureq::Error) -> Error {
    let unavailable = |sentence: String| Error::new(Kind::Unavailable, sentence);
    if is_wrong_pin(&error) {
        return Error::forbidden(format!(
            "The server at {url} is not the one that was pinned, so nothing was sent; compare the pin with the fingerprint that the appliance shows"
        ));
    }
    if let Some(cause) = certificate_error(&error) {
        let mut error = Error::forbidden(format!(
            "The certificate of the server at {url} is not trusted on this device, so nothing was sent; check the address and the clock, or \
             use a token with a pin"
        ));
        error.cause = Some(cause.to_string());
        return error;
    }
    match &error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
            Error::invalid(format!("{url} is no https:// address of an appliance"))
        }
        ureq::Error::HostNotFound => unavailable(format!("The name in {url} is not known; check it, or use the IP address")),
        ureq::Error::Timeout(_) => {
            unavailable(format!("No answer from {url} in time; check the address, the network and any firewall between"))
        }
        ureq::Error::BodyExceedsLimit(_) => {
            unavailable(format!("The answer of {url} is larger than {ANSWER_BYTES_MAX} bytes and was not read"))
        }
        ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
            unavailable(format!("Nothing listens at {url}; check the port and that the appliance runs"))
        }
        _ => {
            let mut error_with_cause = unavailable(format!("The connection to {url} failed; check that it is a Recoger appliance"));
            error_with_cause.cause = Some(error.to_string());
            error_with_cause
        }
    }
}

fn is_wrong_pin(error: &ureq::Error) -> bool {
    matches!(certificate_error(error), Some(CertificateError::ApplicationVerificationFailure))
}

/// What is wrong with the server's certificate, if that is what failed.
fn certificate_error(error: &ureq::Error) -> Option<&CertificateError> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    match error {
        rustls::Error::InvalidCertificate(cause) => Some(cause),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
