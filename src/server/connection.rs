//! One connection from its handshake to its end.

use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Stop;
use super::accept::{Guest, Permit};
use super::answer::Outgoing;
use super::counters::Counters;
use super::exchange::{Link, exchange};
use super::io::{Phase, Watched};
use super::lanes::Lanes;
use super::service::Service;
use super::settings::{Caps, Deadlines};
use super::turns::{Turn, Turns};
use crate::limits;

/// What all connections of a listener share.
pub(super) struct Front {
    pub service: Arc<dyn Service>,
    pub lanes: Arc<Lanes>,
    pub tls: TlsAcceptor,
    pub turns: Arc<Turns>,
    pub deadlines: Deadlines,
    pub caps: Caps,
    pub counters: Arc<Counters>,
    pub stop: watch::Receiver<Stop>,
    pub runtime: Handle,
}

/// Serves `socket` to its end; `permit` counts it until then.
pub(super) async fn serve(socket: TcpStream, peer: IpAddr, permit: Permit, front: Arc<Front>) {
    // Failing only costs delay.
    let _ = socket.set_nodelay(true);
    let guest = permit.guest.clone();
    let mut stop = front.stop.clone();
    let mut turn = Turn::new(front.turns.clone(), peer);
    let handshake = turn.run(&guest, front.tls.accept(Watched::new(socket, guest.clone())));
    let handshake = timeout(front.deadlines.handshake, handshake);
    let stream = tokio::select! {
        result = handshake => match result {
            Ok(Ok(stream)) => stream,
            Ok(Err(_)) | Err(_) => return front.counters.handshake_failures.add_one(),
        },
        _ = stop.wait_for(|stop| stop.is_stopping()) => return,
        () = guest.leave.notified() => return,
    };
    guest.watch.handshake_done();
    turn.handshake_done();

    let link = Arc::new(Link { peer, guest: guest.clone() });
    let service = {
        let front = front.clone();
        service_fn(move |request| {
            link.guest.watch.body_begins();
            exchange(front.clone(), link.clone(), request)
        })
    };
    let mut connection = http().serve_connection(TokioIo::new(stream), service);
    let end = drive(&mut connection, &guest, &mut turn, stop).await;
    let stream = connection.into_parts().io.into_inner();
    match end {
        // Either way the socket closes now.
        End::Finished => drop(timeout(front.deadlines.linger, turn.run(&guest, linger(stream))).await),
        End::BrokenOff | End::SentAway => reset(stream),
        End::DeadlineMissed => {
            front.counters.deadline_cuts.add_one();
            reset(stream);
        }
    }
}

type Transport = TokioIo<TlsStream<Watched<TcpStream>>>;

/// How a connection ended.
enum End {
    /// Both sides are done; hyper has sent everything and closed our side.
    Finished,
    /// An answer ended before its end.
    BrokenOff,
    /// Another client needs the place more.
    SentAway,
    /// The client took too long.
    DeadlineMissed,
}

fn http() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .max_headers(limits::HEAD_FIELDS_MAX)
        .max_header_size(limits::HEAD_BYTES_MAX)
        .max_buf_size(limits::CONNECTION_BUFFER_BYTES)
        // The watch keeps the time, for it can tell idle from head.
        .header_read_timeout(None);
    builder
}

/// Polls the connection, and after each poll the deadline that then holds.
async fn drive<S>(connection: &mut http1::Connection<Transport, S>, guest: &Guest, turn: &mut Turn, mut stop: watch::Receiver<Stop>) -> End
where
    S: HttpService<Incoming, ResBody = Outgoing>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut stopping = pin!(async move { stop.wait_for(|stop| stop.is_stopping()).await.is_ok() });
    let mut leaving = pin!(guest.leave.notified());
    let watch = &guest.watch;
    let mut is_stopping = false;
    let mut timer = pin!(sleep_until(Instant::now()));
    poll_fn(|cx| {
        loop {
            // An error here is a head that hyper has answered with 400 or 431, a client that went away, or an answer that broke off.
            if turn.poll(cx, guest, |cx| Pin::new(&mut *connection).poll(cx)).is_ready() {
                return Poll::Ready(if watch.is_aborted() { End::BrokenOff } else { End::Finished });
            }
            // After the poll, so that a request which has already arrived is still answered.
            if !is_stopping && stopping.as_mut().poll(cx).is_ready() {
                is_stopping = true;
                watch.hurry();
                Pin::new(&mut *connection).graceful_shutdown();
                continue;
            }
            if leaving.as_mut().poll(cx).is_ready() {
                return Poll::Ready(End::SentAway);
            }
            let Some(deadline) = watch.deadline() else { return Poll::Pending };
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if watch.phase() != Phase::Idle {
                return Poll::Ready(End::DeadlineMissed);
            }
            // Nothing is owed to an idle client but a proper goodbye.
            watch.closing();
            Pin::new(&mut *connection).graceful_shutdown();
        }
    })
    .await
}

/// Closes our side and reads on for a moment. Closing with unread input would make the kernel send a reset, and a reset takes from the
/// client an answer that it has not read yet (RFC 9112 §9.6): the 413 for a large body, above all.
async fn linger(mut stream: TlsStream<Watched<TcpStream>>) {
    // hyper has done this, except after CONNECT, Upgrade and the preface of HTTP/2. The client may be gone: then reading says so.
    let _ = stream.shutdown().await;
    let mut socket = stream.into_inner().0;
    let mut scratch = vec![0; 8 * 1024];
    let mut bytes_left = limits::LINGER_BYTES_MAX;
    while let Ok(read @ 1..) = socket.read(&mut scratch).await {
        bytes_left = bytes_left.saturating_sub(read);
        if bytes_left == 0 {
            break;
        }
    }
}

/// Closes with a reset: the client learns that something is missing, and the kernel keeps no unsent bytes.
fn reset(stream: TlsStream<Watched<TcpStream>>) {
    // Failing leaves an ordinary close.
    let _ = stream.into_inner().0.into_inner().set_zero_linger();
}
