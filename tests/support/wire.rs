//! TLS and HTTP/1.1 by hand: whatever bytes a test likes, over real TLS. Trust is not tested here: any certificate is taken, and shown.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use recoger::http::Request;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use super::answer::Answer;

/// How long one read or write may take.
const IO_SECONDS_MAX: u64 = 30;

/// An open connection.
pub struct Connection(StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    /// Connects and shakes hands.
    pub fn open(address: SocketAddr) -> io::Result<Connection> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(IO_SECONDS_MAX)))?;
        socket.set_write_timeout(Some(Duration::from_secs(IO_SECONDS_MAX)))?;
        let client = ClientConnection::new(client_config(), ServerName::from(address.ip())).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(client, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Connection(stream))
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.flush()
    }

    /// All that comes until the other side closes, politely or not. What came before an error counts: a server that refuses a long body
    /// answers and closes hard. Nothing that is still to be sent is sent first, for then the error would hide the answer.
    pub fn read_to_close(&mut self) -> Vec<u8> {
        let StreamOwned { conn, sock } = &mut self.0;
        let mut bytes = Vec::new();
        loop {
            // Ends with an error once there is no more for now, which is no failure here.
            let _ = conn.reader().read_to_end(&mut bytes);
            match conn.read_tls(sock) {
                Ok(read) if read > 0 && conn.process_new_packets().is_ok() => {}
                _ => return bytes,
            }
        }
    }

    /// All that comes until it contains `wanted`, or until the other side closes.
    pub fn read_until(&mut self, wanted: &str) -> Vec<u8> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        while !bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes()) {
            match self.0.read(&mut buffer) {
                Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
                _ => break,
            }
        }
        bytes
    }

    /// Sends `request` and reads its answer, which must say its length; the connection stays open.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let address = self.0.sock.peer_addr()?;
        self.ask(&encode(request, address, "keep-alive"))
    }

    /// Sends the bytes of one request and reads its whole answer, which must say its length; the connection stays open for the next.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.send(request)?;
        self.read_answer()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The next whole answer; none if the connection ended before its first byte. An answer that breaks off is an error.
    pub fn read_answer(&mut self) -> io::Result<Option<Answer>> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match self.0.read(&mut buffer) {
                Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Err(error),
                _ if bytes.is_empty() => return Ok(None),
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                if bytes.len() >= end + 4 + length.unwrap_or(0) {
                    return Answer::parse(&bytes).map(Some).map_err(io::Error::other);
                }
            }
        }
    }

    /// The server's certificate, as PEM.
    pub fn certificate_pem(&self) -> String {
        let certificate = self.0.conn.peer_certificates().and_then(|chain| chain.first()).expect("a server shows a certificate");
        let text = base64::engine::general_purpose::STANDARD.encode(certificate);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}

/// Sends hand-written bytes on a connection of their own and gives all that comes back. A server may answer before it has read them all.
pub fn send_raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut connection = Connection::open(address).unwrap();
    let _ = connection.send(bytes);
    connection.read_to_close()
}

/// Sends `request` on a connection of its own.
#[track_caller]
pub fn send(address: SocketAddr, request: &Request) -> Answer {
    Answer::parse(&send_raw(address, &encode(request, address, "close"))).unwrap()
}

/// The request as bytes. `connection` says what becomes of the connection; the length is that of the body.
fn encode(request: &Request, address: SocketAddr, connection: &str) -> Vec<u8> {
    let query = request.query.as_ref().map_or(String::new(), |query| format!("?{query}"));
    let line = format!("{} {}{query} HTTP/1.1\r\n", request.method, request.path);
    let mut bytes = format!("{line}Host: {address}\r\nConnection: {connection}\r\n").into_bytes();
    for (name, value) in &request.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", request.body.len()).as_bytes());
    bytes.extend(&request.body);
    bytes
}

/// How a client of ours shakes hands.
pub fn client_config() -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))).with_no_client_auth();
    Arc::new(config)
}

/// Takes any certificate, but still asks for proof of its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[test]
fn a_request_arrives_as_written_and_its_answer_is_read() {
    use super::stand_in::StandIn;
    use recoger::http::Method;

    let server = StandIn::start("HTTP/1.1 201 Created\r\nX-Seen: yes\r\ncontent-length: 2\r\n\r\n{}");
    let request = Request::new(Method::POST, "/v1/a?b=c").with_bearer("t").with_json(&serde_json::json!({"d": 1}));
    let answer = send(server.address, &request);
    assert_eq!((answer.status, answer.header("x-seen"), answer.text().as_str()), (201, Some("yes"), "{}"));
    let seen = server.seen();
    assert!(seen.starts_with("POST /v1/a?b=c HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("authorization: Bearer t\r\n") && seen.contains(&format!("Host: {}\r\n", server.address)), "{seen}");
    assert!(seen.ends_with("Content-Length: 7\r\n\r\n{\"d\":1}"), "{seen}");
}

#[test]
fn a_connection_is_asked_again_and_an_answer_that_never_ends_is_an_error() {
    let server = super::stand_in::StandIn::start("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut connection = Connection::open(server.address).unwrap();
    assert_eq!(connection.ask(request).unwrap().text(), "ok");
    let half = super::stand_in::StandIn::start("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok");
    assert!(Connection::open(half.address).unwrap().ask(request).is_err());
}

#[test]
fn raw_bytes_are_sent_untouched_and_the_certificate_is_shown() {
    let server = super::stand_in::StandIn::start("HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(send_raw(server.address, b"\0 nonsense\r\n\r\n"), b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(server.seen(), "\0 nonsense\r\n\r\n");
    let connection = Connection::open(server.address).unwrap();
    assert_eq!(connection.certificate_pem().replace('\n', ""), server.certificate_pem.replace(['\n', '\r'], ""));
}
