//! The client against a small TLS server on loopback: one connection, one recorded answer.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use rcgen::{CertificateParams, CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use sha2::{Digest, Sha256};

use super::*;

/// Long enough for a slow machine, short enough to end a test that hangs.
const TEST_DEADLINE: Duration = Duration::from_secs(20);

/// A server that answers one request and gives back what it was sent.
struct Server {
    url: String,
    certificate: CertifiedKey<KeyPair>,
    requests: JoinHandle<Option<Vec<u8>>>,
}

impl Server {
    fn start(answer: impl Into<Vec<u8>>) -> Server {
        Server::start_with(answer, rustls::ALL_VERSIONS, None)
    }

    /// `signing_key`: the key that signs handshakes, when it is not the certificate's own.
    fn start_with(answer: impl Into<Vec<u8>>, versions: &[&'static SupportedProtocolVersion], signing_key: Option<&KeyPair>) -> Server {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec!["appliance.test".to_owned()]).unwrap().self_signed(&key).unwrap();
        let signing = PrivateKeyDer::try_from(signing_key.unwrap_or(&key).serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let signer = provider.key_provider.load_private_key(signing).unwrap();
        // A resolver, for `with_single_cert` would notice a key that does not belong to the certificate.
        let resolver = rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(vec![cert.der().clone()], signer));
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap().with_no_client_auth();
        let config = Arc::new(config.with_cert_resolver(Arc::new(resolver)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/v1/x", listener.local_addr().unwrap());
        let answer = answer.into();
        let requests = std::thread::spawn(move || serve(&listener, config, &answer));
        Server { url, certificate: CertifiedKey { cert, signing_key: key }, requests }
    }

    fn client(&self) -> Client {
        let key = CertificateDer::from(self.certificate.cert.der().to_vec());
        let key = ParsedCertificate::try_from(&key).unwrap().subject_public_key_info();
        client(Trust::PinnedKey(Sha256::digest(key.as_ref()).into()))
    }

    /// What the server was sent; `None` when TLS was not agreed.
    fn request(self) -> Option<Vec<u8>> {
        self.requests.join().unwrap()
    }
}

fn client(trust: Trust) -> Client {
    Client::with_deadlines(trust, Deadlines { connect: TEST_DEADLINE, answer: TEST_DEADLINE }).unwrap()
}

fn serve(listener: &TcpListener, config: Arc<ServerConfig>, answer: &[u8]) -> Option<Vec<u8>> {
    let (socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(Some(TEST_DEADLINE)).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
    let request = read_request(&mut stream)?;
    // A client that has seen enough closes; that is its right.
    let _ = stream.write_all(answer).and_then(|()| stream.flush());
    // Silent from now on, until the client closes.
    while stream.read(&mut [0; 1024]).is_ok_and(|count| count > 0) {}
    Some(request)
}

fn read_request(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(count) => bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |value| value.trim().parse().unwrap());
        if bytes.len() >= end + 4 + length {
            return Some(bytes);
        }
    }
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_pinned_key_is_believed_in_both_versions_of_tls() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = Server::start_with(answer("200 OK", "{}"), &[version], None);
        let reply = server.client().post_json(&server.url, Some("rk_test"), br#"{"a":1}"#).unwrap();
        assert_eq!(reply, Reply { status: 200, retry_after_seconds: None, body: b"{}".to_vec() });
        let request = text(&server.request().unwrap());
        assert!(request.starts_with("POST /v1/x HTTP/1.1\r\n") && request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
        assert!(request.contains("authorization: Bearer rk_test\r\n") && !request.contains("content-encoding"), "{request}");
    }
}

#[test]
fn the_fingerprint_of_the_certificate_and_the_certificate_itself_are_believed() {
    let server = Server::start(answer("200 OK", "{}"));
    let pin = Sha256::digest(server.certificate.cert.der()).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    assert_eq!(client(Trust::pin(&pin).unwrap()).get(&server.url, None).unwrap().status, 200);
    let server = Server::start(answer("200 OK", "{}"));
    let trust = Trust::Certificate(server.certificate.cert.pem());
    assert_eq!(client(trust).get(&server.url, None).unwrap().status, 200);
}

#[test]
fn another_server_gets_nothing() {
    for trust in [Trust::PinnedKey([7; 32]), Trust::Certificate(Server::start("").certificate.cert.pem())] {
        let server = Server::start(answer("200 OK", "{}"));
        let error = client(trust).post_json(&server.url, Some("rk_secret"), b"{}").unwrap_err();
        assert_eq!(error.kind, Kind::Forbidden);
        assert!(error.detail.contains("is not the one that was pinned") && error.detail.contains("the pin"), "{error}");
        assert_eq!(server.request(), None);
    }
}

#[test]
fn a_server_that_shows_the_pinned_certificate_without_its_key_gets_nothing() {
    let other = KeyPair::generate().unwrap();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = Server::start_with(answer("200 OK", "{}"), &[version], Some(&other));
        let error = server.client().get(&server.url, Some("rk_secret")).unwrap_err();
        assert!(error.cause.as_deref().is_some_and(|cause| cause.contains("BadSignature")), "{error}");
        assert_eq!(server.request(), None);
    }
}

#[test]
fn a_large_body_is_compressed_and_arrives_whole() {
    let server = Server::start(answer("201 Created", "{}"));
    let json = format!("{{\"text\":\"{}\"}}", "long ".repeat(5_000));
    assert_eq!(server.client().post_json(&server.url, None, json.as_bytes()).unwrap().status, 201);
    let request = server.request().unwrap();
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(text(&request[..end]).contains("content-encoding: gzip"));
    assert!(request.len() < 2_000, "{}", request.len());
    let mut inflated = String::new();
    flate2::read::GzDecoder::new(&request[end..]).read_to_string(&mut inflated).unwrap();
    assert_eq!(inflated, json);
}

#[test]
fn an_answer_larger_than_the_limit_is_an_error_compressed_or_not() {
    let large = "x".repeat(ANSWER_BYTES_MAX as usize + 1);
    let server = Server::start(answer("200 OK", &large));
    assert!(server.client().get(&server.url, None).unwrap_err().detail.contains("larger than"));
    let packed = gzip(large.as_bytes()).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", packed.len());
    let server = Server::start([head.as_bytes(), &packed].concat());
    assert!(server.client().get(&server.url, None).unwrap_err().detail.contains("larger than"));
}

#[test]
fn a_silent_server_is_given_up_before_and_after_tls() {
    let deadlines = Deadlines { connect: Duration::from_millis(200), answer: Duration::from_millis(200) };
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::with_deadlines(Trust::PinnedKey([0; 32]), deadlines).unwrap();
    let error = client.get(&format!("https://{}", silent.local_addr().unwrap()), None).unwrap_err();
    assert!(error.detail.contains("No answer") && error.detail.contains("in time"), "{error}");
    // Agrees on TLS, then promises a body that does not come.
    let server = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12");
    let trust = Trust::Certificate(server.certificate.cert.pem());
    let deadlines = Deadlines { connect: TEST_DEADLINE, answer: Duration::from_millis(500) };
    let error = Client::with_deadlines(trust, deadlines).unwrap().get(&server.url, None).unwrap_err();
    assert!(error.detail.contains("No answer") && error.detail.contains("in time"), "{error}");
}

#[test]
fn nothing_listening_and_plain_http_are_said_plainly() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = client(Trust::PinnedKey([0; 32]));
    assert!(client.get(&format!("https://{free}/"), None).unwrap_err().detail.contains("Nothing listens"));
    assert!(client.get(&format!("http://{free}/"), None).unwrap_err().detail.contains("no https://"));
    assert!(client.get("not an address", None).unwrap_err().detail.contains("no https://"));
}

#[test]
fn a_report_is_sent_once_and_the_verdicts_come_back() {
    use crate::agent::{Report, send, verdict_table};
    let body = r#"{"id":"dev_1","device_name":"anna-t14","compliance_status":"needs_review","later_field":[1],"checks":[
        {"check_id":"device.disk_encryption","title":"System disk is encrypted","status":"fail","severity":"critical",
         "since":"2026-11-24T05:00:00Z","observed":false,"remediation":"Back up, reinstall","exception":null},
        {"check_id":"device.time_sync","title":"Clock is synchronised","status":"pass","severity":"low","observed":true}]}"#;
    let server = Server::start(answer("201 Created", body));
    let base = server.url.trim_end_matches("/v1/x").to_owned();
    let report = Report { device_name: "anna-t14".to_owned(), serial_number: "PF4K1ABC".to_owned(), ..Report::default() };
    let answer = send(&base, &server.client(), " rk_live_abc\n", &report).unwrap();
    assert_eq!((answer.id.as_str(), answer.checks.len(), answer.checks[0].status.as_str()), ("dev_1", 2, "fail"));
    let table = verdict_table(&answer);
    assert!(table.contains("System disk is encrypted") && table.contains("to do: Back up, reinstall"), "{table}");
    let request = text(&server.request().unwrap());
    assert!(request.starts_with("POST /v1/devices/report HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer rk_live_abc\r\n") && request.ends_with(&report.to_json()), "{request}");
}

#[test]
fn an_answer_that_is_no_device_is_an_error() {
    let server = Server::start(answer("200 OK", "<html>"));
    let base = server.url.trim_end_matches("/v1/x").to_owned();
    let error = crate::agent::send(&base, &server.client(), "rk_a", &crate::agent::Report::default()).unwrap_err();
    assert!(error.detail.contains("not that of an appliance"), "{error}");
}

#[test]
fn redirects_are_not_followed() {
    let server = Server::start(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    let error = server.client().post_json(&server.url, None, b"{}").unwrap().success().unwrap_err();
    assert!(error.detail.contains("redirect"), "{error}");
}

#[test]
fn refusals_speak_with_the_servers_words() {
    let says = |status: u16, body: &str| Reply { status, retry_after_seconds: None, body: body.as_bytes().to_vec() }.success().unwrap_err();
    let error = says(400, r#"{"detail":"serial_number names nothing\u001b[2J"}"#);
    assert_eq!((error.kind, error.detail.as_str()), (Kind::Invalid, "The appliance refused the request: serial_number names nothing[2J"));
    assert_eq!(says(401, "").kind, Kind::Unauthenticated);
    assert!(says(404, "<html>").detail.contains("not as a Recoger appliance"));
    assert_eq!(says(503, "").kind, Kind::Unavailable);
}

#[test]
fn pins_are_read_in_the_usual_forms() {
    let plain = "ab".repeat(32);
    let colons = ["AB"; 32].join(":");
    for pin in [plain.clone(), colons, format!("sha256:{plain}"), format!(" SHA256:{plain}\n")] {
        assert_eq!(Trust::pin(&pin).unwrap(), Trust::PinnedKey([0xab; 32]), "{pin}");
    }
    for pin in ["", "ab", &"é".repeat(32), &"zz".repeat(32), &"ab".repeat(33)] {
        assert!(Trust::pin(pin).is_err(), "{pin}");
    }
}

#[test]
fn where_authorities_decide_a_certificate_of_ones_own_gets_nothing() {
    let server = Server::start(answer("200 OK", "{}"));
    // A machine without any authority says so instead; both send nothing.
    let error = match Client::new(Trust::SystemAuthorities) {
        Ok(client) => client.post_json(&server.url, Some("rk_secret"), b"{}").unwrap_err(),
        Err(error) => {
            let _ = std::net::TcpStream::connect(server.url.trim_start_matches("https://").trim_end_matches("/v1/x"));
            error
        }
    };
    assert!(error.detail.contains("not trusted on this device") || error.detail.contains("no list of trusted"), "{error}");
    assert_eq!(server.request(), None);
}

#[test]
fn when_to_come_again_is_read_from_the_answer() {
    for (value, wanted) in [("120", Some(120)), (" 7 ", Some(7)), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)] {
        let server = Server::start(format!("HTTP/1.1 503 X\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n"));
        assert_eq!(server.client().get(&server.url, None).unwrap().retry_after_seconds, wanted, "{value}");
    }
}

#[test]
fn a_file_comes_whole_or_not_at_all() {
    let file = |length: usize, body: &str| format!("HTTP/1.1 200 OK\r\nx-checksum-sha256: ab\r\ncontent-length: {length}\r\n\r\n{body}");
    let fetch = |answer: String, bytes_max: u64, wanted: bool| {
        let server = Server::start(answer);
        let mut sink = Vec::new();
        let fetched = server.client().download(&server.url, bytes_max, |head| Ok(wanted && head["x-checksum-sha256"] == "ab"), &mut sink);
        (fetched.map_err(|error| error.kind), text(&sink))
    };
    assert_eq!(fetch(file(4, "file"), 4, true), (Ok(()), "file".to_owned()));
    assert_eq!(fetch(file(4, "file"), 4, false), (Ok(()), String::new()));
    assert!(fetch(file(5, "files"), 4, true).0.is_err());
    assert_eq!(fetch(answer("404 Not Found", "{}"), 9, true), (Err(Kind::NotFound), String::new()));
}
