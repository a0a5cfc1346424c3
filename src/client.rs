//! The one HTTPS client: agent, health check.
//!
//! Whom it trusts is said by a pin, never by a list of authorities: the appliance makes its own certificate. The server proves in every
//! handshake that it holds the key of that certificate; names and dates in the certificate are not looked at, for a pin says more than
//! a name, and a device whose clock is wrong must still be able to report. No proxy is used, no redirect is followed, no connection is
//! kept. Answers are limited in size and time. ureq's connector interface is not versioned, so its version is fixed in `Cargo.toml`.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport, TransportAdapter,
};

use crate::error::{Error, Kind, Result};

/// Bytes of an answer, after decompression, that are read; a larger answer is an error.
pub const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes from which a request body is compressed.
pub const GZIP_FROM_BYTES: usize = 1024;
/// Characters of the server's own words that are shown.
const DETAIL_CHARACTERS_MAX: usize = 500;

/// Whom to believe that it is the appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The SHA-256 of the server's public key (its SubjectPublicKeyInfo in DER, which survives a renewed certificate), or of its whole
    /// certificate in DER (which is what browsers and `openssl x509 -fingerprint` show). Both are tried: one cannot pass for the other.
    PinnedKey([u8; 32]),
    /// Exactly the first certificate of this PEM text.
    Certificate(String),
}

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
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Talks to one appliance.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
}

impl Trust {
    /// Reads a pin: 64 hexadecimal digits, perhaps with colons or blanks between them and `sha256:` before them.
    pub fn pin(text: &str) -> Result<Trust> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let digits: String = lower.trim_start_matches("sha256:").chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let wrong = || Error::invalid("The pin must be a SHA-256 of 64 hexadecimal digits, as the appliance shows it at its start");
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut pin = [0; 32];
        for (index, byte) in pin.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[index * 2..index * 2 + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Trust::PinnedKey(pin))
    }
}

impl Client {
    /// A client that believes `trust` alone.
    pub fn new(trust: Trust) -> Result<Client> {
        Client::with_deadlines(trust, Deadlines::default())
    }

    /// As [`Client::new`], with other deadlines.
    pub fn with_deadlines(trust: Trust, deadlines: Deadlines) -> Result<Client> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = PinVerifier { accepted: Accepted::read(trust)?, provider: provider.clone() };
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            // The "danger" is a verifier of one's own; this one is stricter than names and authorities.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
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
        let connector = TcpConnector::default().chain(PinnedTls { config: Arc::new(tls) });
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
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|error| explain(url, error))?;
    Ok(Reply { status, body })
}

/// One sentence and what to do about it.
fn explain(url: &str, error: ureq::Error) -> Error {
    let unavailable = |sentence: String| Error::new(Kind::Unavailable, sentence);
    if is_wrong_pin(&error) {
        return Error::forbidden(format!(
            "The server at {url} is not the one that was pinned, so nothing was sent; compare --pin with the fingerprint that the appliance shows"
        ));
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
    let refused = |error: &rustls::Error| *error == rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
    match error {
        ureq::Error::Rustls(error) => refused(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some_and(refused),
        _ => false,
    }
}

/// What a presented certificate is compared with.
#[derive(Debug)]
enum Accepted {
    Digest([u8; 32]),
    Certificate(CertificateDer<'static>),
}

impl Accepted {
    fn read(trust: Trust) -> Result<Accepted> {
        match trust {
            Trust::PinnedKey(digest) => Ok(Accepted::Digest(digest)),
            Trust::Certificate(pem) => {
                let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
                Ok(Accepted::Certificate(certificate.map_err(|_| Error::invalid("The certificate to trust is not in PEM form"))?))
            }
        }
    }

    fn accepts(&self, presented: &CertificateDer<'_>) -> bool {
        match self {
            Accepted::Certificate(certificate) => certificate == presented,
            Accepted::Digest(digest) => {
                let is_certificate = Sha256::digest(presented.as_ref())[..] == digest[..];
                let is_key = || {
                    let key = ParsedCertificate::try_from(presented).map(|parsed| parsed.subject_public_key_info());
                    key.is_ok_and(|key| Sha256::digest(key.as_ref())[..] == digest[..])
                };
                is_certificate || is_key()
            }
        }
    }
}

/// Accepts the pinned server, which must prove that it holds the key: the signature is checked by the provider, always.
#[derive(Debug)]
struct PinVerifier {
    accepted: Accepted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if self.accepted.accepts(end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Wraps an open socket in TLS by our own configuration; ureq's connector takes no verifier.
#[derive(Debug)]
struct PinnedTls {
    config: Arc<ClientConfig>,
}

impl<In: Transport> Connector<In> for PinnedTls {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        let Some(socket) = chained else { return Ok(None) };
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ureq::Error::BadUri(details.uri.to_string()))?;
        let mut connection = ClientConnection::new(self.config.clone(), name)?;
        let mut socket = TransportAdapter::new(socket.boxed(), details.current_time.clone());
        socket.set_timeout(details.timeout);
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

/// A connection on which TLS is agreed.
struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> std::result::Result<(), ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> std::result::Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
