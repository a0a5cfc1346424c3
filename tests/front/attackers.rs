//! Attackers: many connections from many addresses that misbehave until they are told to stop, and not longer than their time.
//!
//! They come from 127.0.0.2 and up, so that what they are refused for their address is not refused to the victim, as it would not be in a
//! network. They live on one thread of their own. Once they are at work it has the lowest priority there is: real attackers would not compute on
//! the program's processors, so they may only take what nobody else wants.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{fs, io};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::wire::client_config;

/// The longest that attackers go on, whatever the test does.
const ATTACK_SECONDS_MAX: u64 = 40;
/// Between two drops of a slow one.
const DRIP: Duration = Duration::from_millis(200);
/// Before a connection that was ended or refused is tried again, so that slow ones don't become a flood of handshakes.
const PAUSE: Duration = Duration::from_secs(1);
/// What large ones send at once.
const BLOCK_BYTES: usize = 64 * 1024;
/// Requests that a flood sends at once.
const FLOOD_BLOCK: usize = 100;
/// One sent in full would be a gigabyte.
const BLOCKS: usize = 16 * 1024;

/// What one connection does.
#[derive(Debug, Clone)]
pub enum Strike {
    /// Connects and says nothing.
    Silence,
    /// Sends this, then one byte now and then.
    Drip(Vec<u8>),
    /// Sends this, then blocks of `x` up to a gigabyte, then reads what there is.
    Gigabyte(Vec<u8>),
    /// Sends this again and again on one connection and never reads.
    NeverRead { request: Vec<u8>, times: usize },
    /// Sends this again and again on one connection and reads what comes, as fast as that goes.
    Flood { request: Vec<u8>, times: usize },
    /// Sends this, reads the answer to the close.
    Ask(Vec<u8>),
    /// Shakes hands and leaves.
    Handshake,
    /// Sends this instead of a handshake and waits for the end.
    Raw(Vec<u8>),
    /// Shakes hands, then goes on with this below TLS.
    RawAfterHandshake(Vec<u8>),
    /// Sends the start of this handshake and leaves in the middle.
    HalfHandshake,
}

/// Who does what: the strikes are dealt out in turn.
pub struct Attack {
    /// Addresses.
    pub addresses: u8,
    /// Connections of each at a time.
    pub connections: usize,
    /// What they do, in turn.
    pub strikes: Vec<Strike>,
    /// Time between two connections in the same place.
    pub pause: Duration,
}

impl Attack {
    /// The same strike on all connections, again when it ends.
    pub fn of(addresses: u8, connections: usize, strike: Strike) -> Attack {
        Attack { addresses, connections, strikes: vec![strike], pause: PAUSE }
    }
}

/// Attackers at work; they stop when this is dropped.
pub struct Attackers {
    runtime: Option<Runtime>,
    begun: Arc<AtomicU64>,
    thread: Arc<OnceLock<String>>,
}

impl Attackers {
    /// Lets `attack` loose on `target`.
    pub fn start(attack: &Attack, target: SocketAddr) -> Attackers {
        let thread = Arc::new(OnceLock::new());
        let started = thread.clone();
        // A link to `<process>/task/<thread>`.
        let note = move || _ = started.set(fs::read_link("/proc/thread-self").unwrap().file_name().unwrap().to_string_lossy().into_owned());
        let runtime = Builder::new_multi_thread().worker_threads(1).on_thread_start(note).enable_all().build().unwrap();
        let begun = Arc::new(AtomicU64::new(0));
        for number in 0..usize::from(attack.addresses) * attack.connections {
            let address = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % usize::from(attack.addresses)).unwrap());
            let (strikes, pause, begun) = (attack.strikes.clone(), attack.pause, begun.clone());
            let attacker = async move {
                let mut pace = interval(pause.max(Duration::from_millis(1)));
                pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                for strike in strikes.iter().cycle().skip(number % strikes.len()) {
                    pace.tick().await;
                    begun.fetch_add(1, Ordering::Relaxed);
                    // Being refused, cut or reset is what an attacker must expect.
                    let _ = run(strike, address, target).await;
                }
            };
            runtime.spawn(async move { timeout(Duration::from_secs(ATTACK_SECONDS_MAX), attacker).await });
        }
        Attackers { runtime: Some(runtime), begun, thread }
    }

    /// From now on they compute only while nobody else on this machine wants to.
    pub fn stand_back(&self) {
        let thread = self.thread.get().expect("attackers that have begun have a thread");
        let status =
            Command::new("chrt").args(["--idle", "--pid", "0", thread]).status().expect("chrt is there: it belongs to every Linux");
        assert!(status.success());
    }

    /// Connections that were tried so far.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(ATTACK_SECONDS_MAX));
        }
    }
}

async fn run(strike: &Strike, from: Ipv4Addr, to: SocketAddr) -> io::Result<()> {
    let mut socket = connect(from, to).await?;
    match strike {
        Strike::Silence => wait_for_end(&mut socket).await,
        Strike::Raw(bytes) => {
            socket.write_all(bytes).await?;
            wait_for_end(&mut socket).await
        }
        Strike::HalfHandshake => {
            // A client that is dropped after a moment has sent its hello and perhaps more.
            let _ = timeout(Duration::from_millis(1), shake_hands(socket)).await;
            Ok(())
        }
        Strike::Handshake => shake_hands(socket).await.map(drop),
        Strike::RawAfterHandshake(bytes) => {
            let (mut socket, _) = shake_hands(socket).await?.into_inner();
            socket.write_all(bytes).await?;
            wait_for_end(&mut socket).await
        }
        Strike::Drip(start) => drip(shake_hands(socket).await?, start).await,
        Strike::Gigabyte(start) => gigabyte(shake_hands(socket).await?, start).await,
        Strike::NeverRead { request, times } => {
            let mut stream = shake_hands(socket).await?;
            for _ in 0..*times {
                stream.write_all(request).await?;
            }
            stream.flush().await?;
            let mut pace = interval(DRIP);
            // One byte a time, so that an end is noticed, without taking an answer.
            loop {
                pace.tick().await;
                stream.write_all(b"\r").await?;
                stream.flush().await?;
            }
        }
        Strike::Flood { request, times } => {
            let (mut reader, mut writer) = tokio::io::split(shake_hands(socket).await?);
            let send = async {
                // In blocks: for every request a record of its own would cost the attacker more than the program.
                let block = request.repeat(FLOOD_BLOCK);
                for _ in 0..times.div_ceil(FLOOD_BLOCK) {
                    writer.write_all(&block).await?;
                }
                writer.flush().await
            };
            let (sent, ended) = tokio::join!(send, wait_for_end(&mut reader));
            sent.and(ended)
        }
        Strike::Ask(request) => {
            let mut stream = shake_hands(socket).await?;
            stream.write_all(request).await?;
            stream.flush().await?;
            wait_for_end(&mut stream).await
        }
    }
}

async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(to).await
}

async fn shake_hands(socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    TlsConnector::from(client_config()).connect(ServerName::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST)), socket).await
}

async fn drip(mut stream: TlsStream<TcpStream>, start: &[u8]) -> io::Result<()> {
    stream.write_all(start).await?;
    stream.flush().await?;
    let mut pace = interval(DRIP);
    loop {
        pace.tick().await;
        stream.write_all(b"x").await?;
        stream.flush().await?;
    }
}

async fn gigabyte(mut stream: TlsStream<TcpStream>, start: &[u8]) -> io::Result<()> {
    stream.write_all(start).await?;
    let block = vec![b'x'; BLOCK_BYTES];
    for _ in 0..BLOCKS {
        stream.write_all(&block).await?;
    }
    wait_for_end(&mut stream).await
}

async fn wait_for_end(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK_BYTES];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
