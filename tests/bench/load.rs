//! The load: keep-alive connections on one thread, requests made beforehand, every answer read to its end and its status checked.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;

use crate::support::wire::client_config;

/// Before the figures count: caches fill, connections open.
const WARM_UP: Duration = Duration::from_millis(300);
/// Addresses of loopback from 127.1.0.1 on that are used.
const LOOPBACK_ADDRESSES: u64 = 10_000_000;
/// No answer is larger.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// TLS or plain.
    pub tls: bool,
}

/// Writes the request with this number into an empty buffer.
pub type Requests = Arc<dyn Fn(u64, &mut Vec<u8>) + Send + Sync>;

/// What a load is made of.
pub struct Load {
    /// Connections at once.
    pub connections: usize,
    /// How long it counts.
    pub time: Duration,
    /// The requests.
    pub requests: Requests,
    /// Requests that a connection makes before it is opened anew, from another address of loopback; `None`: it stays.
    pub requests_per_address: Option<u64>,
}

/// What a load measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Answers per second.
    pub rate: f64,
    /// Half of the answers took no longer.
    pub p50: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// Answers counted.
    pub answers: u64,
    /// CPU time of the load generator itself, cores.
    pub client_cores: f64,
    /// CPU time of everything on the machine, cores.
    pub machine_cores: f64,
}

impl Load {
    /// Runs it. Ends with a panic at the first answer that is no success: a figure with errors is none. `counting` is called when it counts.
    pub fn run(&self, target: Target, counting: impl FnOnce()) -> Measured {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.measure(target, counting))
    }

    async fn measure(&self, target: Target, counting: impl FnOnce()) -> Measured {
        static ADDRESSES: AtomicU64 = AtomicU64::new(0);
        // From an address of its own: one may have 32 connections, and those of the load before may not be gone yet.
        let common = ADDRESSES.fetch_add(1, Ordering::Relaxed);
        let next = Arc::new(AtomicU64::new(0));
        let from = Instant::now() + WARM_UP;
        let until = from + self.time;
        let worker = |_| {
            let worker = Worker { target, next: next.clone(), requests: self.requests.clone(), from, until };
            let addresses: Box<dyn FnMut(u64) -> Option<u64> + Send> = match self.requests_per_address {
                Some(count) => Box::new(move |made| made.is_multiple_of(count).then(|| ADDRESSES.fetch_add(1, Ordering::Relaxed))),
                None => Box::new(move |made| (made == 0).then_some(common)),
            };
            tokio::spawn(worker.work(addresses))
        };
        let workers: Vec<_> = (0..self.connections).map(worker).collect();
        tokio::time::sleep_until(from.into()).await;
        let (cpu_before, machine_before) = (own_cpu(), machine_cpu());
        counting();
        let mut times = Vec::new();
        for worker in workers {
            times.extend(worker.await.unwrap());
        }
        let (cpu, machine) = (own_cpu() - cpu_before, machine_cpu() - machine_before);
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        Measured {
            rate: times.len() as f64 / self.time.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            answers: times.len() as u64,
            client_cores: cpu / self.time.as_secs_f64(),
            machine_cores: machine / self.time.as_secs_f64(),
        }
    }
}

/// Makes one request after another.
struct Worker {
    target: Target,
    next: Arc<AtomicU64>,
    requests: Requests,
    from: Instant,
    until: Instant,
}

impl Worker {
    /// Gives how long each answer took that came in the time that counts. Before each request `addresses` is told how many were made and
    /// may name an address: then a new connection comes from there.
    async fn work(self, mut addresses: impl FnMut(u64) -> Option<u64>) -> Vec<Duration> {
        let (mut times, mut request, mut made) = (Vec::new(), Vec::new(), 0);
        let mut connection: Option<Connection> = None;
        while Instant::now() < self.until {
            if let Some(address) = addresses(made) {
                connection = Some(Connection::open(self.target, address).await.unwrap());
            }
            request.clear();
            (self.requests)(self.next.fetch_add(1, Ordering::Relaxed), &mut request);
            let begun = Instant::now();
            let status = connection.as_mut().expect("an address comes first").exchange(&request).await.unwrap();
            let done = Instant::now();
            assert!((200..300).contains(&status), "status {status} for {}", String::from_utf8_lossy(&request[..request.len().min(200)]));
            made += 1;
            if done >= self.from && done < self.until {
                times.push(done - begun);
            }
        }
        times
    }
}

/// One request and the text of its answer, whose status must be a success.
pub fn ask(target: Target, request: &[u8]) -> String {
    once(async {
        let mut connection = Connection::open(target, 0).await.unwrap();
        let status = connection.exchange(request).await.unwrap();
        let text = String::from_utf8(connection.answer[connection.head..].to_vec()).unwrap();
        assert!((200..300).contains(&status), "status {status}: {text}");
        text
    })
}

fn once<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

struct Connection {
    stream: Box<dyn Bytes>,
    answer: Vec<u8>,
    /// Bytes of the answer's head.
    head: usize,
}

impl Connection {
    /// Connects from 127.1.0.1 + `source`: connections and sign-ins are counted by address.
    async fn open(target: Target, source: u64) -> io::Result<Connection> {
        let socket = TcpSocket::new_v4()?;
        let number = u32::from(Ipv4Addr::new(127, 1, 0, 1)) + (source % LOOPBACK_ADDRESSES) as u32;
        socket.bind((Ipv4Addr::from(number), 0).into())?;
        let tcp = socket.connect(target.address).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Bytes> = match target.tls {
            true => Box::new(TlsConnector::from(client_config()).connect(ServerName::from(target.address.ip()), tcp).await?),
            false => Box::new(tcp),
        };
        Ok(Connection { stream, answer: Vec::with_capacity(64 * 1024), head: 0 })
    }

    /// Sends a request and reads its answer into the buffer; gives the status.
    async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.answer.clear();
        let mut wanted = None;
        while wanted.is_none_or(|bytes| self.answer.len() < bytes) {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if wanted.is_none()
                && let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                self.head = end + 4;
                wanted = Some(self.head + content_length(&self.answer[..end])?);
            }
            if self.answer.len() > ANSWER_BYTES_MAX {
                return Err(io::Error::other("the answer has no end"));
            }
        }
        std::str::from_utf8(&self.answer[9..12]).ok().and_then(|status| status.parse().ok()).ok_or_else(|| io::Error::other("no status"))
    }
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    let text = std::str::from_utf8(head).map_err(io::Error::other)?;
    let field = text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    field.and_then(|(_, value)| value.trim().parse().ok()).ok_or_else(|| io::Error::other("an answer without a length"))
}

/// CPU time of this process so far, seconds.
fn own_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// CPU time of the whole machine so far, seconds: all but idle and waiting for disks.
fn machine_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks: Vec<f64> = stat.lines().next().unwrap().split_whitespace().skip(1).map(|ticks| ticks.parse().unwrap()).collect();
    (ticks[..8].iter().sum::<f64>() - ticks[3] - ticks[4]) / 100.0
}
