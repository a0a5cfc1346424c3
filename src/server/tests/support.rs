//! A toy service, a server that runs it, and a client that writes bytes by hand.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::domain::time::Time;
use crate::error::{Error, Kind, Result};
use crate::http::{Body, Lane, Request, Response, StatusCode, Stream};
use crate::server::certificate::{Pair, self_signed};
use crate::server::counters::Counters;
use crate::server::service::{Admission, Service};
use crate::server::settings::{Caps, Deadlines};
use crate::server::{Handle, Server};

/// Longer than anything here takes; reached only when a test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The largest body that the toy takes.
pub const BODY_MAX: usize = 1000;
/// The size of `/large`: more than the kernel holds for a client that does not read.
pub const LARGE: usize = 16 * 1024 * 1024;

static STATIC_TEXT: &[u8] = b"static text";

/// Answers by path; `/block` waits until the test lets it go on.
#[derive(Default)]
pub struct Toy {
    gates: Mutex<HashMap<String, InnerGate>>,
    /// The paths that reached `call`.
    pub calls: Mutex<Vec<String>>,
    /// How streams ended: the error that the writer gave, if any.
    pub stream_ends: Mutex<Vec<Option<String>>>,
}

/// The service's side of a [`Gate`].
type InnerGate = (Sender<()>, Receiver<()>);

/// Lets a blocked request go on.
pub struct Gate {
    entered: Receiver<()>,
    release: Sender<()>,
}

impl Gate {
    /// Waits until the request is being worked on.
    pub fn wait_entered(&self) {
        self.entered.recv_timeout(PATIENCE).expect("the request to reach the service");
    }

    /// Lets it go on.
    pub fn open(&self) {
        self.release.send(()).unwrap();
    }
}

impl Toy {
    /// A gate at `path`, which must begin with `/block`.
    pub fn gate(&self, path: &str) -> Gate {
        let (enter, entered) = channel();
        let (release, released) = channel();
        self.gates.lock().unwrap().insert(path.to_owned(), (enter, released));
        Gate { entered, release }
    }

    fn stream(self: &Arc<Toy>, path: &str) -> Stream {
        let (toy, path) = (self.clone(), path.to_owned());
        Box::new(move |writer| {
            let result = match path.as_str() {
                "/stream/whole" => (0..3000).try_for_each(|number| writeln!(writer, "line {number:0>60}")),
                "/stream/fails" => writer.write_all(&[b'x'; 100_000]).and_then(|()| Err(io::Error::other("on purpose"))),
                "/stream/panics" => writer.write_all(&[b'x'; 100_000]).map(|()| panic!("on purpose")),
                _ => loop {
                    if let Err(error) = writer.write_all(&[b'x'; 8192]) {
                        break Err(error);
                    }
                },
            };
            toy.stream_ends.lock().unwrap().push(result.as_ref().err().map(io::Error::to_string));
            result.map_err(Error::internal)
        })
    }
}

/// The service itself: a newtype, so that streams can hold the toy.
pub struct ToyService(pub Arc<Toy>);

impl Service for ToyService {
    fn admit(&self, head: &Request) -> std::result::Result<Admission, Response> {
        match head.path.as_str() {
            "/panic/admit" => panic!("on purpose"),
            "/forbidden" => return Err(Response::empty(StatusCode::FORBIDDEN)),
            _ => (),
        }
        let lane = match head.query.as_deref() {
            Some("sign-in") => Lane::SignIn,
            Some("report") => Lane::Report,
            _ => Lane::Quick,
        };
        Ok(Admission { lane, body_bytes_max: BODY_MAX })
    }

    fn call(&self, request: Request) -> Response {
        self.0.calls.lock().unwrap().push(request.path.clone());
        let gate = self.0.gates.lock().unwrap().remove(&request.path);
        if let Some((enter, released)) = gate {
            enter.send(()).unwrap();
            released.recv_timeout(PATIENCE).expect("the test to open the gate");
        }
        let mut response = Response::bytes(StatusCode::OK, "text/plain", Vec::new());
        response.body = match request.path.as_str() {
            "/panic" => panic!("on purpose"),
            "/large" => Body::Bytes(vec![b'x'; LARGE]),
            "/static" => Body::Static(STATIC_TEXT),
            path if path.starts_with("/stream/") => Body::Stream(self.0.stream(path)),
            path => Body::Bytes(format!("{} {path} {}", request.method, String::from_utf8_lossy(&request.body)).into_bytes()),
        };
        response
    }

    fn refuse(&self, head: Option<&Request>, error: &Error) -> Response {
        let status = match error.kind {
            Kind::Invalid => 400,
            Kind::MethodNotAllowed => 405,
            Kind::TooLarge => 413,
            Kind::Unavailable => 503,
            _ => 500,
        };
        let body = serde_json::json!({ "detail": error.detail, "path": head.map(|head| head.path.clone()) });
        Response::json(StatusCode::from_u16(status).unwrap(), &body).with_header("x-decorated", "yes")
    }
}

/// A running server; stops when dropped.
pub struct Running {
    pub address: SocketAddr,
    pub toy: Arc<Toy>,
    pub counters: Arc<Counters>,
    pub handle: Handle,
    pub thread: Option<JoinHandle<Result<()>>>,
}

/// Starts a server with the test certificate.
pub fn start(deadlines: Deadlines, caps: Caps) -> Running {
    start_with(deadlines, caps, || Ok(test_pair().clone()))
}

/// Starts a server with any certificate source.
pub fn start_with(deadlines: Deadlines, caps: Caps, source: impl Fn() -> Result<Pair> + Send + Sync + 'static) -> Running {
    let server = Server::bind("127.0.0.1:0".parse().unwrap()).unwrap().with_deadlines(deadlines).with_caps(caps);
    let toy = Arc::new(Toy::default());
    let service = Arc::new(ToyService(toy.clone()));
    let (address, counters, handle) = (server.local_addr(), server.counters(), server.handle());
    let (ready, is_ready) = channel();
    let thread = std::thread::spawn(move || server.serve(service, source, move || ready.send(()).unwrap(), None));
    is_ready.recv_timeout(PATIENCE).expect("the server to start");
    Running { address, toy, counters, handle, thread: Some(thread) }
}

/// Starts a server as in production.
pub fn start_default() -> Running {
    start(Deadlines::default(), Caps::default())
}

impl Running {
    /// A client from 127.0.0.1.
    pub fn connect(&self) -> Client {
        self.try_connect_from(Ipv4Addr::LOCALHOST).expect("a connection")
    }

    /// A client from `source` whose handshake is done.
    pub fn try_connect_from(&self, source: Ipv4Addr) -> io::Result<Client> {
        let socket = tcp_from(source, self.address)?;
        let name = ServerName::IpAddress(IpAddr::from(Ipv4Addr::LOCALHOST).into());
        tls_over(socket, client_config(&test_pair().certificate_pem), name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The certificate of most tests: making one takes longer than a test.
pub fn test_pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| self_signed(&["localhost".to_owned(), "127.0.0.1".to_owned()], Time(1_790_000_000)).unwrap())
}

/// A client configuration that trusts exactly `certificate_pem`.
pub fn client_config(certificate_pem: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A TCP connection from a chosen loopback address.
pub fn tcp_from(source: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((source, 0)))?;
        socket.connect(to).await
    })?;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Does the handshake over `socket`.
pub fn tls_over(socket: TcpStream, config: ClientConfig, name: ServerName<'static>) -> io::Result<Client> {
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Client { stream, buffer: Vec::new() })
}

/// A client that writes what it is told.
pub struct Client {
    pub stream: StreamOwned<ClientConnection, TcpStream>,
    buffer: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Whether the answer came from the service's `refuse`.
    pub fn is_decorated(&self) -> bool {
        self.head.contains("x-decorated: yes") && self.text().starts_with("{\"detail\":\"")
    }
}

impl Client {
    /// Sends bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends `GET target`.
    pub fn get(&mut self, target: &str) -> Reply {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        self.reply()
    }

    /// The next answer.
    pub fn reply(&mut self) -> Reply {
        self.try_reply(true).expect("an answer")
    }

    /// The next answer to a HEAD.
    pub fn reply_without_body(&mut self) -> Reply {
        self.try_reply(false).expect("an answer")
    }

    /// The next answer, or why there is none.
    pub fn try_reply(&mut self, has_body: bool) -> io::Result<Reply> {
        let head = self.read_until(b"\r\n\r\n")?;
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let body = match (has_body, value("content-length:"), value("transfer-encoding:")) {
            (false, ..) => Vec::new(),
            (true, Some(length), _) => self.read_exactly(length.parse().unwrap())?,
            (true, None, Some("chunked")) => self.read_chunks()?,
            (true, None, _) => Vec::new(),
        };
        Ok(Reply { status, head, body })
    }

    /// Waits for the end of the connection; `Ok` when it was closed properly.
    pub fn wait_closed(&mut self) -> io::Result<()> {
        loop {
            match self.fill() {
                Ok(0) => return Ok(()),
                Ok(_) => (),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => panic!("still open"),
                Err(error) => return Err(error),
            }
        }
    }

    /// Bytes received and not yet taken.
    pub fn unread(&self) -> &[u8] {
        &self.buffer
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_until(b"\r\n")?;
            let length = usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim(), 16).unwrap();
            let chunk = self.read_exactly(length + 2)?;
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    fn read_until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            if let Some(position) = self.buffer.windows(end.len()).position(|window| window == end) {
                return Ok(self.buffer.drain(..position + end.len()).collect());
            }
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn read_exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 16 * 1024];
        let length = self.stream.read(&mut chunk)?;
        self.buffer.extend_from_slice(&chunk[..length]);
        Ok(length)
    }
}

/// Waits until `condition` holds: for counters, which tell of events without a channel.
#[track_caller]
pub fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "it did not come true");
        std::thread::yield_now();
    }
}
