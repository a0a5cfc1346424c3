//! The front: bytes, TLS, threads. What requests mean is the [`service::Service`]'s business.
//!
//! ```text
//! accept (caps) → connection (handshake, deadlines) → hyper → exchange: head → admit → body → lane → answer
//! ```
//!
//! - `agents`: the second door, which opens to agents only.
//! - `accept`, [`settings`], [`counters`]: who may connect, how much at once, and what happened.
//! - `connection`, `io`: one connection from handshake to end, and the deadline that holds at each moment.
//! - `turns`, `pace`: who moves much moves it by turns.
//! - `exchange`, `head`, `body`, `answer`, `budget`: one request, and the memory that all of them may hold.
//! - `lanes`: the worker threads.
//! - `tls`, [`certificate`]: keys and certificates.
//! - `signals`, `supervisor`: the operating system.
//!
//! Two threads move bytes and never wait; everything that may block runs on a lane.

mod accept;
mod agents;
mod answer;
mod body;
mod budget;
pub mod certificate;
mod connection;
pub mod counters;
mod exchange;
mod head;
pub mod housekeeper;
mod io;
mod lanes;
pub mod limit;
pub mod metrics;
mod pace;
pub mod pipeline;
pub mod reporter;
pub mod router;
pub mod service;
pub mod settings;
mod signals;
mod supervisor;
#[cfg(test)]
mod tests;
mod tls;
mod turns;
mod unpack;

use std::future::pending;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, sleep_until};

use self::accept::Doorkeeper;
use self::certificate::Pair;
use self::connection::Front;
use self::counters::Counters;
use self::lanes::Lanes;
use self::service::Service;
use self::settings::{Caps, Deadlines};
use self::signals::{Signal, Signals};
use self::supervisor::Supervisor;
use self::tls::Certificates;
use self::turns::Turns;
use crate::error::{Error, Result};
use crate::limits;

/// A server that has its port but serves nobody yet.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    agents: Option<(TcpListener, SocketAddr)>,
    deadlines: Deadlines,
    caps: Caps,
    counters: Arc<Counters>,
    handle: Handle,
}

impl Server {
    /// Takes `address`; port 0 means any free one. Fails with a sentence for the operator.
    pub fn bind(address: SocketAddr) -> Result<Server> {
        require_threads(limits::IO_THREADS + limits::IO_BLOCKING_THREADS_MAX)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(limits::IO_THREADS)
            .max_blocking_threads(limits::IO_BLOCKING_THREADS_MAX)
            .event_interval(limits::POLLS_BETWEEN_EVENTS)
            .thread_name("io")
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("can't start the I/O threads: {error}")))?;
        let (listener, address) = listen(&runtime, address)?;
        let handle = Handle { stop: watch::Sender::new(Stop::Running), certificates: Arc::default() };
        let (deadlines, caps, counters) = (Deadlines::default(), Caps::default(), Arc::default());
        Ok(Server { runtime, listener, address, agents: None, deadlines, caps, counters, handle })
    }

    /// Takes a second address, where only what agents need is answered; deadlines and caps are shared.
    pub fn with_agents(self, address: SocketAddr) -> Result<Server> {
        let agents = Some(listen(&self.runtime, address)?);
        Ok(Server { agents, ..self })
    }

    /// The address for agents, with the real port.
    pub fn agents_addr(&self) -> Option<SocketAddr> {
        self.agents.as_ref().map(|(_, address)| *address)
    }

    /// Other deadlines than those of [`crate::limits`].
    pub fn with_deadlines(self, deadlines: Deadlines) -> Server {
        Server { deadlines, ..self }
    }

    /// Other caps than those of [`crate::limits`].
    pub fn with_caps(self, caps: Caps) -> Server {
        Server { caps, ..self }
    }

    /// The address taken, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The counters, which the service may show.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// A way to stop the server and to reload its certificate from any thread.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Serves until SIGTERM or SIGINT; blocks. `certificate_source` is asked now and at each SIGHUP; `on_ready` is called once connections
    /// are accepted. At the end requests in progress have been answered, unless they took longer than the drain deadline or a second
    /// signal came.
    pub fn run(
        self,
        service: Arc<dyn Service>,
        certificate_source: impl Fn() -> Result<Pair> + Send + Sync + 'static,
        on_ready: impl FnOnce(),
    ) -> Result<()> {
        let signals = {
            let _context = self.runtime.enter();
            Signals::catch()?
        };
        self.serve(service, certificate_source, on_ready, Some(signals))
    }

    fn serve(
        self,
        service: Arc<dyn Service>,
        certificate_source: impl Fn() -> Result<Pair> + Send + Sync + 'static,
        on_ready: impl FnOnce(),
        signals: Option<Signals>,
    ) -> Result<()> {
        let certificates = Arc::new(Certificates::new(Box::new(certificate_source))?);
        let tls = Arc::new(tls::server_config(certificates.clone())?);
        // The server is consumed here, so this is the only time that it is set.
        let _ = self.handle.certificates.set(certificates);
        let front = Arc::new(Front {
            service,
            lanes: Arc::new(Lanes::start(&self.caps, &self.counters)?),
            tls: tls.into(),
            turns: Arc::new(Turns::new(limits::TURNS)),
            deadlines: self.deadlines,
            caps: self.caps,
            counters: self.counters,
            stop: self.handle.stop.subscribe(),
            runtime: self.runtime.handle().clone(),
        });
        let mut doors = vec![(self.listener, front.clone())];
        if let Some((listener, _)) = self.agents {
            doors.push((listener, Arc::new(front.for_agents()?)));
        }
        let drain_deadline = self.runtime.block_on(operate(doors, front.clone(), self.handle, signals, on_ready));
        front.lanes.close();
        if let Some(deadline) = drain_deadline
            && !front.lanes.wait_idle(deadline.into_std())
        {
            tracing::warn!("work was still in progress when the time to stop was up");
        }
        self.runtime.shutdown_background();
        Ok(())
    }
}

/// Stops a server and reloads its certificate, from any thread.
#[derive(Clone)]
pub struct Handle {
    stop: watch::Sender<Stop>,
    certificates: Arc<OnceLock<Arc<Certificates>>>,
}

impl Handle {
    /// Stops accepting and lets requests in progress finish; called again, ends at once.
    pub fn stop(&self) {
        self.stop.send_modify(|stop| *stop = if *stop == Stop::Running { Stop::Draining } else { Stop::Now });
    }

    /// Asks the certificate source again; on an error the certificate stays. May block on files.
    pub fn reload(&self) -> Result<()> {
        match self.certificates.get() {
            Some(certificates) => certificates.reload(),
            None => Ok(()),
        }
    }
}

/// Whether and how the server is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Running,
    Draining,
    Now,
}

impl Stop {
    fn is_stopping(&self) -> bool {
        *self != Stop::Running
    }
}

/// Whether so many threads could be started: the runtime panics where they can't, and then waits for ever for those that could.
fn require_threads(count: usize) -> Result<()> {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let wait_at = |gate: Arc<Mutex<()>>| move || drop(gate.lock());
    let started: std::io::Result<Vec<_>> = (0..count).map(|_| std::thread::Builder::new().spawn(wait_at(gate.clone()))).collect();
    drop(closed);
    let threads = started.map_err(|error| Error::internal(format!("can't start the I/O threads: {error}")))?;
    // They do nothing that could fail.
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

/// A listener at `address`, and the address with the real port.
fn listen(runtime: &Runtime, address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    // Sockets belong to the runtime.
    let _context = runtime.enter();
    let listening = socket(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = listening.map_err(|error| Error::invalid(format!("Can't listen on {address}: {error}")))?;
    Ok((listener, address))
}

fn socket(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart need not wait for connections of the last run to be forgotten. On Windows it would mean something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(limits::SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(limits::LISTEN_BACKLOG)
}

/// From the first connection to the last. Gives the time until which work may still go on; `None` when it must end now.
async fn operate(
    doors: Vec<(TcpListener, Arc<Front>)>,
    front: Arc<Front>,
    handle: Handle,
    mut signals: Option<Signals>,
    on_ready: impl FnOnce(),
) -> Option<Instant> {
    let supervisor = Supervisor::from_environment();
    let (open, mut last_closed) = mpsc::channel(1);
    let doorkeeper = Arc::new(Doorkeeper::new(front.caps.connections, front.caps.connections_per_address, front.counters.clone()));
    let accept = |(listener, front)| tokio::spawn(accept::accept(listener, front, doorkeeper.clone(), open.clone()));
    let accepting: Vec<_> = doors.into_iter().map(accept).collect();
    drop(open);
    on_ready();
    supervisor.ready();

    let mut stop = front.stop.clone();
    let mut watchdog = supervisor.watchdog_interval().map(tokio::time::interval);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| stop.is_stopping()) => break,
            signal = next_signal(&mut signals) => match signal {
                Signal::Stop => handle.stop(),
                Signal::Reload => reload(&handle, &supervisor),
            },
            () = tick(&mut watchdog) => {
                if !accepting.iter().any(JoinHandle::is_finished) && front.lanes.healthy() && front.service.alive() {
                    supervisor.alive();
                } else {
                    tracing::error!("the self check failed; the supervisor is left to restart the server");
                }
            }
        }
    }

    tracing::info!("stopping: requests in progress are finished");
    supervisor.stopping();
    let deadline = Instant::now() + front.deadlines.drain;
    loop {
        tokio::select! {
            _ = last_closed.recv() => return Some(deadline),
            _ = stop.wait_for(|stop| *stop == Stop::Now) => return None,
            signal = next_signal(&mut signals) => if signal == Signal::Stop { handle.stop() },
            () = sleep_until(deadline) => return Some(deadline),
        }
    }
}

async fn next_signal(signals: &mut Option<Signals>) -> Signal {
    match signals {
        Some(signals) => signals.next().await,
        None => pending().await,
    }
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}

/// Reads the files right here, on the thread that only waits for signals: where the system gives no further thread, asking the runtime for
/// one would end the server.
fn reload(handle: &Handle, supervisor: &Supervisor) {
    supervisor.reloading();
    let result = catch_unwind(AssertUnwindSafe(|| handle.reload())).unwrap_or_else(|_| Err(Error::internal("reading it panicked")));
    match result {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!(%error, "the certificate could not be read again; the old one stays in use"),
    }
    supervisor.ready();
}
