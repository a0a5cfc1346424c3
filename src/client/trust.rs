//! Whom the client believes: a pinned key or certificate, or the authorities of the system.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Whom to believe that it is the appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The SHA-256 of the server's public key (its SubjectPublicKeyInfo in DER, which survives a renewed certificate), or of its whole
    /// certificate in DER (which is what browsers and `openssl x509 -fingerprint` show). Both are tried: one cannot pass for the other.
    PinnedKey([u8; 32]),
    /// Exactly the first certificate of this PEM text.
    Certificate(String),
    /// A certificate for the host's name that an authority has signed which this system trusts.
    SystemAuthorities,
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

/// A TLS configuration that believes `trust` alone.
pub(super) fn tls_config(trust: Trust) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(Error::internal)?;
    let tls = match Accepted::read(trust)? {
        Some(accepted) => {
            // The "danger" is a verifier of one's own; this one is stricter than names and authorities.
            tls.dangerous().with_custom_certificate_verifier(Arc::new(PinVerifier { accepted, provider }))
        }
        None => tls.with_root_certificates(system_authorities()?),
    };
    Ok(tls.with_no_client_auth())
}

/// The authorities that this system trusts: of Linux distributions the bundle or folder of OpenSSL, of macOS and Windows their stores.
fn system_authorities() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut authorities = RootCertStore::empty();
    // Old certificates that rustls can't read are no reason to trust nobody.
    authorities.add_parsable_certificates(found.certs);
    if authorities.is_empty() {
        let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
        let mut error = Error::invalid("This system has no list of trusted authorities; install its package, often called ca-certificates");
        error.cause = Some(why);
        return Err(error);
    }
    Ok(authorities)
}

/// What a presented certificate is compared with.
#[derive(Debug)]
enum Accepted {
    Digest([u8; 32]),
    Certificate(CertificateDer<'static>),
}

impl Accepted {
    /// Nothing where authorities decide.
    fn read(trust: Trust) -> Result<Option<Accepted>> {
        match trust {
            Trust::SystemAuthorities => Ok(None),
            Trust::PinnedKey(digest) => Ok(Some(Accepted::Digest(digest))),
            Trust::Certificate(pem) => {
                let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
                Ok(Some(Accepted::Certificate(certificate.map_err(|_| Error::invalid("The certificate to trust is not in PEM form"))?)))
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
