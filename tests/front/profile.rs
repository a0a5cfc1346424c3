//! What the program agrees to in a handshake, asked by OpenSSL.

use std::process::{Command, Stdio};

use crate::support::binary::Binary;

/// OpenSSL's names of the suites of TLS 1.2 that encrypt and authenticate in one (AEAD) with a key that is gone afterwards (ECDHE), for the
/// ECDSA key that the program makes.
const SUITES_OF_1_2: [&str; 3] = ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"];
/// All of TLS 1.3.
const SUITES_OF_1_3: [&str; 3] = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"];

/// What `openssl s_client` says about a handshake with `arguments`; it ends at once, for its input is empty.
fn s_client(binary: &Binary, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &binary.address.to_string()]).args(arguments).stdin(Stdio::null());
    let output = command.output().expect("openssl is there: tests/run installs it");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Version and suite that were agreed on; none if nothing was.
fn agreed(text: &str) -> Option<(String, String)> {
    let line = text.lines().find_map(|line| line.strip_prefix("New, "))?;
    let (version, suite) = line.split_once(", Cipher is ")?;
    (suite != "(NONE)").then(|| (version.to_owned(), suite.to_owned()))
}

#[test]
fn only_tls_1_2_and_1_3_are_spoken() {
    let binary = Binary::start();
    for version in ["-tls1_2", "-tls1_3"] {
        assert!(agreed(&s_client(&binary, &[version])).is_some(), "{version}");
    }
    // At security level 0 the client itself would go so low.
    for version in ["-tls1", "-tls1_1"] {
        let text = s_client(&binary, &[version, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]);
        assert_eq!(agreed(&text), None, "{version}: {text}");
        assert!(text.contains("SSL alert number"), "the program refuses, not the client: {text}");
    }
}

#[test]
fn only_suites_with_authenticated_encryption_and_fresh_keys_are_taken() {
    let binary = Binary::start();
    for suite in SUITES_OF_1_2 {
        assert_eq!(agreed(&s_client(&binary, &["-tls1_2", "-cipher", suite])).unwrap().1, suite);
    }
    for suite in SUITES_OF_1_3 {
        assert_eq!(agreed(&s_client(&binary, &["-tls1_3", "-ciphersuites", suite])).unwrap().1, suite);
    }
    let others = format!("ALL:COMPLEMENTOFALL:!{}:@SECLEVEL=0", SUITES_OF_1_2.join(":!"));
    let text = s_client(&binary, &["-tls1_2", "-cipher", &others]);
    assert_eq!(agreed(&text), None, "{text}");
    assert!(text.contains("alert handshake failure"), "{text}");
}

#[test]
fn an_address_for_a_name_is_accepted() {
    let binary = Binary::start();
    for name in ["127.0.0.1", "::1", "localhost", "no.such.name.example"] {
        assert!(agreed(&s_client(&binary, &["-servername", name])).is_some(), "{name}");
    }
    assert!(agreed(&s_client(&binary, &["-noservername"])).is_some());
}

#[test]
fn http_1_1_is_the_only_protocol_on_offer() {
    let binary = Binary::start();
    assert!(s_client(&binary, &["-alpn", "h2,http/1.1"]).contains("ALPN protocol: http/1.1"));
    assert!(s_client(&binary, &[]).contains("No ALPN negotiated"));
    let text = s_client(&binary, &["-alpn", "h2"]);
    assert!(text.contains("alert no application protocol"), "{text}");
}

#[test]
fn the_key_is_of_p_256_and_nothing_is_negotiated_again_or_compressed() {
    let binary = Binary::start();
    let text = s_client(&binary, &["-tls1_2"]);
    for wanted in ["Peer signature type: ECDSA", "Server public key is 256 bit", "Compression: NONE", "Expansion: NONE"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // `R` at the start of a line asks for a new handshake on the same connection.
    let mut command = Command::new("sh");
    command.args(["-c", "(printf 'R\\n'; sleep 1) | openssl s_client -tls1_2 -connect \"$0\" 2>&1", &binary.address.to_string()]);
    let text = String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned();
    assert!(agreed(&text).is_some() && text.contains("RENEGOTIATING") && text.contains("no renegotiation"), "{text}");
}
