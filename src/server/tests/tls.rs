//! TLS: certificates that clients accept, and clients that are none.

use std::io::{Read, Write};
use std::net::Ipv4Addr;

use rustls_pki_types::ServerName;

use super::support::{Running, client_config, start_default, start_with, tcp_from, test_pair, tls_over, until};
use crate::domain::time::Time;
use crate::error::Result;
use crate::server::certificate::{self, Pair, local_names, self_signed};
use crate::server::settings::{Caps, Deadlines};

const NOW: Time = Time(1_790_000_000);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn connect_as(server: &Running, pair: &Pair, name: &str) -> std::io::Result<()> {
    let socket = tcp_from(Ipv4Addr::LOCALHOST, server.address)?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = tls_over(socket, client_config(&pair.certificate_pem), name)?;
    assert_eq!(client.get("/").status, 200);
    Ok(())
}

#[test]
fn the_self_signed_certificate_is_accepted_under_each_of_its_names_and_no_other() {
    let all = names(&["Recoger.Example", "localhost", "127.0.0.1", "192.0.2.7", "2001:db8::7"]);
    let pair = self_signed(&all, NOW).unwrap();
    let served = pair.clone();
    let server = start_with(Deadlines::default(), Caps::default(), move || Ok(served.clone()));
    for name in &all {
        connect_as(&server, &pair, name).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for wrong in ["other.example", "192.0.2.8"] {
        connect_as(&server, &pair, wrong).expect_err(wrong);
    }
}

#[test]
fn this_machines_own_names_make_a_certificate() {
    let names = local_names();
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert!(names.contains(&name.to_owned()), "{name} in {names:?}");
    }
    self_signed(&names, NOW).unwrap();
    // With a clock that has never been set, too.
    self_signed(&names, Time(0)).unwrap();
}

#[test]
fn names_that_no_certificate_can_have_are_named_in_the_error() {
    let error = self_signed(&names(&["localhost", "no name"]), NOW).unwrap_err();
    assert!(error.detail.contains("no name"), "{}", error.detail);
    assert!(self_signed(&[], NOW).is_err());
}

#[test]
fn fingerprints_are_those_of_certificate_and_key() {
    let pair = self_signed(&names(&["localhost"]), NOW).unwrap();
    let certificate = certificate::certificate_sha256(&pair.certificate_pem).unwrap();
    let key = certificate::public_key_sha256(&pair.certificate_pem).unwrap();
    let public_key = rcgen::KeyPair::from_pem(&pair.key_pem).unwrap();
    use rcgen::PublicKeyData;
    use sha2::Digest;
    let expected: String = sha2::Sha256::digest(public_key.subject_public_key_info()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(key, expected);
    assert!(certificate.len() == 64 && certificate != key);
    assert!(certificate::public_key_sha256("nothing").is_err());
}

#[test]
fn files_are_read_or_the_error_names_file_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let other = self_signed(&names(&["localhost"]), NOW).unwrap();
    let certificate = write("certificate.pem", &test_pair().certificate_pem);
    let chain = write("chain.pem", &format!("{}{}", test_pair().certificate_pem, other.certificate_pem));
    let key = write("key.pem", &test_pair().key_pem);
    let other_key = write("other-key.pem", &other.key_pem);
    let empty = write("empty.pem", "");
    let broken = write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let missing = folder.path().join("missing.pem");

    certificate::load(&certificate, &key).unwrap();
    let both = write("both.pem", &format!("{}{}", *test_pair().key_pem, test_pair().certificate_pem));
    let chain_of_two = certificate::load(&chain, &key).unwrap().certificate_pem;
    assert_eq!(chain_of_two.matches("BEGIN CERTIFICATE").count(), 2);
    // The text is shown at /certificate.pem: of a combined file only the certificates may be in it.
    let shown = certificate::load(&both, &both).unwrap().certificate_pem;
    assert!(!shown.contains("PRIVATE") && shown.contains("BEGIN CERTIFICATE"));
    assert_eq!(certificate::certificate_sha256(&shown).unwrap(), certificate::certificate_sha256(&test_pair().certificate_pem).unwrap());
    let cases = [
        (&missing, &key, "missing.pem", "can't be read"),
        (&certificate, &missing, "missing.pem", "can't be read"),
        (&empty, &key, "empty.pem", "no certificate"),
        (&key, &key, "key.pem", "no certificate"),
        (&certificate, &empty, "empty.pem", "no unencrypted private key"),
        (&certificate, &certificate, "certificate.pem", "no unencrypted private key"),
        (&certificate, &other_key, "other-key.pem", "does not match"),
        (&broken, &key, "key.pem", "certificate can't be used"),
    ];
    for (certificate_file, key_file, file, reason) in cases {
        let result: Result<Pair> = certificate::load(certificate_file, key_file);
        let detail = result.unwrap_err().detail;
        assert!(detail.contains(file) && detail.contains(reason), "{detail}");
    }
}

#[test]
fn bytes_that_are_no_tls_are_closed_on_and_cost_nothing() {
    let server = start_default();
    let cases: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        // A lone warning alert, which made an old rustls spin.
        &[0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x00],
        &[0x16, 0x03, 0x01, 0xff, 0xff, 0x01],
        &[0; 300],
    ];
    for bytes in cases {
        let mut socket = tcp_from(Ipv4Addr::LOCALHOST, server.address).unwrap();
        socket.write_all(bytes).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        // An alert perhaps, then the end.
        let _ = socket.read_to_end(&mut Vec::new());
    }
    until(|| server.counters.connections.get() == 0);
    assert_eq!(server.counters.handshake_failures.get(), 4);
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn only_http_1_1_is_offered() {
    let server = start_default();
    let connect = |protocol: &[u8]| {
        let mut config = client_config(&test_pair().certificate_pem);
        config.alpn_protocols = vec![protocol.to_vec()];
        tls_over(tcp_from(Ipv4Addr::LOCALHOST, server.address)?, config, ServerName::try_from("localhost").unwrap())
    };
    let client = connect(b"http/1.1").unwrap();
    assert_eq!(client.stream.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
    assert!(connect(b"h2").is_err());
}
