//! Certificates as text: making the self-signed one, reading given ones, fingerprints.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use chrono::Datelike;
use chrono_tz::Tz;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, DnsName, ServerName};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::tls;
use crate::domain::time::Time;
use crate::error::{Error, Result};
use crate::limits;

/// A certificate chain (the server's own certificate first) and its private key, both PEM.
#[derive(Clone)]
pub struct Pair {
    /// One or more certificates.
    pub certificate_pem: String,
    /// The key of the first.
    pub key_pem: Zeroizing<String>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("certificate_pem", &self.certificate_pem).finish_non_exhaustive()
    }
}

/// A new key and a certificate for `names` (host names and IP addresses, the first host name becoming the common name), signed by itself.
///
/// ECDSA P-256, since every client has it. Valid from a day before `now`, for clocks that are a little behind, and for ten years: agents
/// pin its key, so that every change of it would have to be carried to each device, and its end protects nobody. It is no CA: whoever
/// trusts it trusts this appliance and nothing that it might sign.
pub fn self_signed(names: &[String], now: Time) -> Result<Pair> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = subject_names(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name(&params.subject_alt_names));
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A small computer without a clock battery may believe that it is 1970; its certificate would have ended before it is used.
    let begin = now.max(EARLIEST).plus_days(-1);
    let (year, month, day) = calendar_day(begin)?;
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = calendar_day(begin.plus_days(limits::CERTIFICATE_DAYS))?;
    params.not_after = date_time_ymd(year, month, day);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Error::internal)?;
    let certificate = params.self_signed(&key).map_err(Error::internal)?;
    Ok(Pair { certificate_pem: certificate.pem(), key_pem: Zeroizing::new(key.serialize_pem()) })
}

/// What clients on this machine's networks may call it: its host name, `localhost`, and its addresses, loopback included. IPv6 link-local
/// addresses are left out: they hold only together with an interface, which no certificate can name.
pub fn local_names() -> Vec<String> {
    let host_name = sysinfo::System::host_name().ok().filter(|name| DnsName::try_from(name.as_str()).is_ok());
    let mut names: Vec<String> = host_name.map(|name| name.to_ascii_lowercase()).into_iter().collect();
    names.push("localhost".to_owned());
    // A system that hides its interfaces still has loopback.
    let mut addresses: Vec<IpAddr> = vec!["127.0.0.1", "::1"].into_iter().filter_map(|text| text.parse().ok()).collect();
    if let Ok(networks) = sysinfo::Networks::new_with_refreshed_list() {
        addresses.extend(networks.values().flat_map(|network| network.ip_networks()).map(|network| network.addr));
    }
    addresses.retain(|address| !matches!(address, IpAddr::V6(address) if address.is_unicast_link_local()));
    addresses.sort();
    names.extend(addresses.iter().map(IpAddr::to_string));
    names.dedup();
    names.truncate(limits::CERTIFICATE_NAMES_MAX);
    names
}

/// The certificate chain and key in two PEM files. Errors name the file and what is wrong with it.
pub fn load(certificate_file: &Path, key_file: &Path) -> Result<Pair> {
    let text = Zeroizing::new(read_text(certificate_file)?);
    let chain = tls::read_chain(&text).map_err(|error| Error::invalid(format!("{}: {}", certificate_file.display(), error.detail)))?;
    // Written anew: a combined file holds the private key too, and this text is shown to everybody.
    let certificate_pem = chain.iter().map(|certificate| pem_of(certificate)).collect();
    let key_pem = Zeroizing::new(read_text(key_file)?);
    let pair = Pair { certificate_pem, key_pem };
    tls::certified_key(&pair).map_err(|error| Error::invalid(format!("{}: {}", key_file.display(), error.detail)))?;
    Ok(pair)
}

/// A certificate as PEM (RFC 7468: 64 characters to a line).
fn pem_of(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    // Base64 is ASCII, so that every cut is between characters.
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|begin| &text[begin..text.len().min(begin + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// SHA-256 of the first certificate in `pem`, as lower-case hexadecimal: what browsers show as its fingerprint.
pub fn certificate_sha256(pem: &str) -> Result<String> {
    Ok(hexadecimal(&Sha256::digest(first_certificate(pem)?)))
}

/// SHA-256 of the public key (its SubjectPublicKeyInfo) of the first certificate in `pem`, as lower-case hexadecimal: what agents pin. It
/// stays the same when a certificate is renewed with its key.
pub fn public_key_sha256(pem: &str) -> Result<String> {
    Ok(hexadecimal(&public_key_hash(pem)?))
}

/// The same as its 32 bytes.
pub fn public_key_hash(pem: &str) -> Result<[u8; 32]> {
    let certificate = first_certificate(pem)?;
    let parsed = ParsedCertificate::try_from(&certificate).map_err(|error| Error::invalid(format!("not a certificate: {error}")))?;
    Ok(Sha256::digest(parsed.subject_public_key_info()).into())
}

/// Whether the first certificate in `pem` is one for `name`, a host name or an IP address.
pub fn holds_for(pem: &str, name: &str) -> bool {
    let (Ok(certificate), Ok(name)) = (first_certificate(pem), ServerName::try_from(name)) else { return false };
    ParsedCertificate::try_from(&certificate).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

/// 2026-01-01: no appliance was set up before.
const EARLIEST: Time = Time(1_767_225_600);

fn subject_names(names: &[String]) -> Result<Vec<SanType>> {
    let mut subjects = Vec::new();
    for name in names {
        let subject = match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => {
                let wrong = || Error::invalid(format!("{name:?} is neither a host name nor an IP address"));
                DnsName::try_from(name.as_str()).map_err(|_| wrong())?;
                SanType::DnsName(name.to_ascii_lowercase().try_into().map_err(|_| wrong())?)
            }
        };
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    if subjects.is_empty() || subjects.len() > limits::CERTIFICATE_NAMES_MAX {
        return Err(Error::invalid(format!("A certificate needs 1 to {} names", limits::CERTIFICATE_NAMES_MAX)));
    }
    Ok(subjects)
}

/// The first host name that fits the 64 characters of a common name. Only people read it: clients look at the alternative names.
fn common_name(subjects: &[SanType]) -> String {
    let host_name = subjects.iter().find_map(|subject| match subject {
        SanType::DnsName(name) if name.as_str().len() <= 64 => Some(name.as_str().to_owned()),
        _ => None,
    });
    host_name.unwrap_or_else(|| "Recoger".to_owned())
}

/// Year, month and day of `moment` in UTC.
fn calendar_day(moment: Time) -> Result<(i32, u8, u8)> {
    let date = moment.date_in(Tz::UTC);
    // What a certificate can express, and `date_time_ymd` takes without panicking.
    if !(1970..=9999).contains(&date.year()) {
        return Err(Error::invalid(format!("The clock says {moment}, which no certificate can hold")));
    }
    Ok((date.year(), date.month() as u8, date.day() as u8))
}

fn first_certificate(pem: &str) -> Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| Error::invalid(format!("no certificate: {error}")))
}

fn read_text(file: &Path) -> Result<String> {
    let unreadable = |reason: &dyn std::fmt::Display| Error::invalid(format!("{}: can't be read: {reason}", file.display()));
    let mut text = String::new();
    let mut reader = File::open(file).map_err(|error| unreadable(&error))?.take(limits::CERTIFICATE_FILE_BYTES_MAX + 1);
    reader.read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > limits::CERTIFICATE_FILE_BYTES_MAX {
        return Err(unreadable(&"it is too large for a PEM file"));
    }
    Ok(text)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_holds_for_its_names_and_no_others() {
        let names = ["box.example", "192.0.2.7", "2001:db8::7"].map(str::to_owned);
        let pem = self_signed(&names, EARLIEST).unwrap().certificate_pem;
        for name in ["box.example", "BOX.example", "192.0.2.7", "2001:db8::7"] {
            assert!(holds_for(&pem, name), "{name}");
        }
        for name in ["evil.example", "x.box.example", "192.0.2.8", "", "box.example:8443", "box'$(id)"] {
            assert!(!holds_for(&pem, name), "{name}");
        }
        assert!(!holds_for("no certificate", "box.example"));
        assert_eq!(hexadecimal(&public_key_hash(&pem).unwrap()), public_key_sha256(&pem).unwrap());
    }
}
