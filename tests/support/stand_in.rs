//! An HTTPS server that answers as a test wants and remembers the last request: to test the helpers before they test the program, and the
//! program's own client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use recoger::server::certificate::public_key_sha256;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a connection may stay silent.
const READ_SECONDS_MAX: u64 = 10;

/// A server on a free port of loopback; its thread ends with the test's process.
pub struct StandIn {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate, for 127.0.0.1.
    pub certificate_pem: String,
    /// SHA-256 of its public key, lower-case hex.
    pub key_sha256: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl StandIn {
    /// Answers every request with `answer` and closes.
    pub fn start(answer: &'static str) -> StandIn {
        StandIn::answering(move |_| Some(answer.as_bytes().to_vec()))
    }

    /// Answers each request, head and body, with what `answer` makes of it, and closes; without an answer it only closes.
    pub fn answering(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate_pem = made.cert.pem();
        let key_sha256 = public_key_sha256(&certificate_pem).unwrap();
        let config = Arc::new(server_config(made.cert.der().clone(), made.signing_key.serialize_der()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = seen.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let _ = socket.set_read_timeout(Some(Duration::from_secs(READ_SECONDS_MAX)));
                let stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket);
                // A client that only shakes hands and leaves is no fault.
                let _ = serve(stream, &answer, &remembered);
            }
        });
        StandIn { address, certificate_pem, key_sha256, seen }
    }

    /// The last request, head and body.
    pub fn seen(&self) -> String {
        String::from_utf8(self.seen.lock().unwrap().clone()).unwrap()
    }
}

fn server_config(certificate: CertificateDer<'static>, key: Vec<u8>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    builder.with_single_cert(vec![certificate], PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key))).unwrap()
}

/// Reads the head and what the head says of the body, then answers.
fn serve<S: Read + Write>(
    mut stream: StreamOwned<ServerConnection, S>,
    answer: &dyn Fn(&[u8]) -> Option<Vec<u8>>,
    seen: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_whole(&bytes) {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    seen.lock().unwrap().clone_from(&bytes);
    let Some(answer) = answer(&bytes) else { return Ok(()) };
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    bytes.len() >= end + 4 + length.unwrap_or(0)
}
