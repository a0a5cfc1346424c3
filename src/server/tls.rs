//! TLS: which versions and keys, and a certificate that can be exchanged while the server runs.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate::Pair;
use crate::error::{Error, Result};

/// Where the certificate comes from; asked at the start and at each reload.
pub type CertificateSource = Box<dyn Fn() -> Result<Pair> + Send + Sync>;

/// The certificate in use, and where the next one comes from.
pub(super) struct Certificates {
    source: CertificateSource,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Asks `source` for the first certificate.
    pub fn new(source: CertificateSource) -> Result<Certificates> {
        let current = RwLock::new(Arc::new(certified_key(&source()?)?));
        Ok(Certificates { source, current })
    }

    /// Asks the source again. New connections get the new certificate, open ones go on; on an error everything stays.
    pub fn reload(&self) -> Result<()> {
        let next = Arc::new(certified_key(&(self.source)()?)?);
        // The lock guards one pointer, which is whole even after a panic elsewhere.
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// TLS 1.2 and 1.3, HTTP/1.1 only, no client certificates, no early data.
pub(super) fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(Error::internal)?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The certificates of a PEM text, at least one.
pub(super) fn read_chain(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let chain: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(Error::invalid("there is no certificate in it (PEM is expected)")),
        Ok(chain) => Ok(chain),
        Err(error) => Err(Error::invalid(format!("not valid PEM: {error}"))),
    }
}

/// The pair as rustls uses it; refused when key and certificate don't belong together.
pub(super) fn certified_key(pair: &Pair) -> Result<CertifiedKey> {
    let chain = read_chain(&pair.certificate_pem)?;
    let key = PrivateKeyDer::from_pem_slice(pair.key_pem.as_bytes())
        .map_err(|_| Error::invalid("there is no unencrypted private key in it (PEM is expected)"))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => Error::invalid("the key does not match the certificate"),
        rustls::Error::InvalidCertificate(error) => Error::invalid(format!("the certificate can't be used: {error:?}")),
        error => Error::invalid(format!("the key can't be used: {error}")),
    })
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
