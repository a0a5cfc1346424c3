//! The appliance's own row: installation id, the keys that sign access tokens and checkpoints, the self-signed certificate.

use rusqlite::{OptionalExtension, params};
use zeroize::Zeroizing;

use super::audit::{Entry, record_appliance};
use super::{Actor, Root, WriteRoot};
use crate::credentials::id::new_id;
use crate::credentials::jwt::TokenKey;
use crate::credentials::signing::SigningKey;
use crate::domain::audit::{Event, Metadata};
use crate::error::{Error, Result};

/// A certificate and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// Its private key, PEM.
    pub key_pem: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("certificate_pem", &self.certificate_pem).finish_non_exhaustive()
    }
}

/// Makes the row with a new installation id and keys, unless it is there. True if it was made.
pub fn create_once(root: &WriteRoot) -> Result<bool> {
    let sql = "INSERT INTO appliance (id, installation_id, token_key, signing_key, created_at) VALUES (1, ?1, ?2, ?3, ?4)
               ON CONFLICT (id) DO NOTHING";
    let values = params![new_id("inst", root.now), TokenKey::generate(), *SigningKey::generate(), root.now.0];
    Ok(root.connection.prepare_cached(sql)?.execute(values)? == 1)
}

/// Which appliance this is. An error before the first start has made it.
pub fn installation_id(root: &Root) -> Result<String> {
    let id = root.connection.prepare_cached("SELECT installation_id FROM appliance WHERE id = 1")?.query_row([], |row| row.get(0));
    id.optional()?.ok_or_else(no_first_start)
}

/// The key that signs checkpoints and reports. An error before the first start has made it.
pub fn signing_key(root: &Root) -> Result<SigningKey> {
    let sql = "SELECT signing_key FROM appliance WHERE id = 1";
    let bytes = root.connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    SigningKey::new(&Zeroizing::new(bytes.ok_or_else(no_first_start)?))
}

/// The key that signs and checks access tokens. An error before the first start has made it.
pub fn token_key(root: &Root) -> Result<TokenKey> {
    let row = root
        .connection
        .prepare_cached("SELECT token_key, installation_id FROM appliance WHERE id = 1")?
        .query_row([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let (bytes, installation_id) = row.ok_or_else(no_first_start)?;
    TokenKey::new(&bytes, &installation_id)
}

/// The self-signed certificate, once it was made.
pub fn certificate(root: &Root) -> Result<Option<Certificate>> {
    let row = root
        .connection
        .prepare_cached("SELECT certificate_pem, certificate_key_pem FROM appliance WHERE id = 1")?
        .query_row([], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?)))
        .optional()?;
    Ok(match row {
        Some((Some(certificate_pem), Some(key_pem))) => Some(Certificate { certificate_pem, key_pem }),
        _ => None,
    })
}

/// Stores a new self-signed certificate. `fingerprint` is the hex SHA-256 by which people compare it, for the audit log.
pub fn set_certificate(root: &WriteRoot, certificate: &Certificate, fingerprint: &str) -> Result<()> {
    let changed = root
        .connection
        .prepare_cached("UPDATE appliance SET certificate_pem = ?1, certificate_key_pem = ?2 WHERE id = 1")?
        .execute(params![certificate.certificate_pem, certificate.key_pem])?;
    if changed != 1 {
        return Err(Error::internal("the appliance's row is missing: its first start has not been made"));
    }
    let metadata = Metadata::new().with("sha256", fingerprint);
    let entry = Entry { event: Event::CertificateChanged, resource: None, metadata, with_address: false };
    record_appliance(root, Actor::system(), entry)
}

fn no_first_start() -> Error {
    Error::internal("the appliance has no key yet: its first start has not been made")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Time;
    use crate::store::Store;

    const NOW: Time = Time(1_767_225_600);

    #[test]
    fn keys_are_made_once_and_the_certificate_is_logged() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        assert!(store.read_root(NOW, |root| Ok(token_key(root).is_err() && certificate(root)?.is_none())).unwrap());
        assert!(store.write_root(NOW, create_once).unwrap());
        let jwks = store.read_root(NOW, |root| Ok(token_key(root)?.jwks())).unwrap();
        assert!(!store.write_root(NOW, create_once).unwrap());
        assert_eq!(store.read_root(NOW, |root| Ok(token_key(root)?.jwks())).unwrap(), jwks);

        let made = Certificate { certificate_pem: "certificate".to_owned(), key_pem: "private".to_owned() };
        let stored = made.clone();
        store.write_root(NOW, move |root| set_certificate(root, &stored, "ab12")).unwrap();
        assert_eq!(store.read_root(NOW, certificate).unwrap(), Some(made.clone()));
        assert!(!format!("{made:?}").contains("private"));
        let sql = "SELECT event_name || ' ' || metadata FROM audit_log WHERE chain = 'appliance'";
        let entries = store.read_root(NOW, |root| Ok(root.test_texts(sql, &[]))).unwrap();
        assert_eq!(entries, [r#"certificate_changed {"sha256":"ab12"}"#]);
    }
}
