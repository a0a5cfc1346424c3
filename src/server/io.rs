//! Deadlines of a connection: one watch that knows the phase, fed by the socket itself.
//!
//! hyper has one timer, for head and idle together. So the socket (below TLS, where bytes really come and go) and the exchange of
//! requests tell a [`Watch`] what happens, and the task that drives the connection ends it when the watch's deadline passes:
//!
//! ```text
//! Head ──head──▶ Body ──body──▶ Work ──answer handed over──▶ Answer ──all sent──▶ Idle ──first byte──▶ Head
//! ```
//!
//! `Body` and `Work` have no deadline here: the body's is kept where it is read (so that it can be answered), queues are bounded, and work
//! takes what it takes. In every phase, a write that the client does not take starts a window in which it must take 16 KiB.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::accept::Guest;
use super::settings::Deadlines;
use crate::limits;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A head is expected or arriving.
    Head,
    /// A body is expected or arriving.
    Body,
    /// A request is queued or worked on, or its answer is being streamed.
    Work,
    /// The answer is with hyper, not yet all with the kernel.
    Answer,
    /// Between requests.
    Idle,
    /// We are closing.
    Closing,
}

/// The phase and deadline of one connection.
pub(super) struct Watch {
    deadlines: Deadlines,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    since: Instant,
    phase_deadline: Option<Instant>,
    write_window: Option<WriteWindow>,
    aborted: bool,
}

impl State {
    fn enter(&mut self, phase: Phase, time: Option<Duration>) {
        self.phase = phase;
        self.since = Instant::now();
        self.phase_deadline = time.map(|time| self.since + time);
    }
}

struct WriteWindow {
    since: Instant,
    deadline: Instant,
    bytes: usize,
}

impl WriteWindow {
    fn opens(length: Duration) -> WriteWindow {
        let since = Instant::now();
        WriteWindow { since, deadline: since + length, bytes: 0 }
    }
}

impl Watch {
    /// A connection whose first head is now expected.
    pub fn new(deadlines: Deadlines) -> Watch {
        let since = Instant::now();
        let phase_deadline = Some(since + deadlines.head);
        Watch { deadlines, state: Mutex::new(State { phase: Phase::Head, since, phase_deadline, write_window: None, aborted: false }) }
    }

    /// When to end the connection, as things are now. A write in progress says more than the phase: what is left of a large answer may
    /// rightly take longer than the idle time.
    pub fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        match &state.write_window {
            Some(window) => Some(window.deadline),
            None => state.phase_deadline,
        }
    }

    /// The phase now.
    pub fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Since when the connection only waits for its client; `None` while it is served.
    pub fn waiting_since(&self) -> Option<Instant> {
        let state = self.lock();
        match &state.write_window {
            Some(window) => Some(window.since),
            None => matches!(state.phase, Phase::Head | Phase::Body | Phase::Idle).then_some(state.since),
        }
    }

    /// The TLS handshake is done: the first head is expected from now on.
    pub fn handshake_done(&self) {
        self.lock().enter(Phase::Head, Some(self.deadlines.head));
    }

    /// A whole head has arrived.
    pub fn body_begins(&self) {
        self.lock().enter(Phase::Body, None);
    }

    /// The whole request has arrived, or as much of it as is wanted.
    pub fn work_begins(&self) {
        self.lock().enter(Phase::Work, None);
    }

    /// hyper has taken the answer's last piece.
    pub fn answer_handed_over(&self) {
        self.lock().enter(Phase::Answer, None);
    }

    /// We close; what is left to send has the linger time.
    pub fn closing(&self) {
        self.lock().enter(Phase::Closing, Some(self.deadlines.linger));
    }

    /// The server stops: a head that is not complete soon won't be waited for.
    pub fn hurry(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Head | Phase::Idle) {
            let soon = Instant::now() + self.deadlines.drain_head;
            state.phase_deadline = Some(state.phase_deadline.map_or(soon, |deadline| deadline.min(soon)));
        }
    }

    /// An answer broke off: the connection must not end as if the answer were whole.
    pub fn abort(&self) {
        self.lock().aborted = true;
    }

    /// Whether an answer broke off.
    pub fn is_aborted(&self) -> bool {
        self.lock().aborted
    }

    fn bytes_came(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Idle {
            state.enter(Phase::Head, Some(self.deadlines.head));
        }
    }

    fn write_blocked(&self) {
        self.lock().write_window.get_or_insert_with(|| WriteWindow::opens(self.deadlines.answer_window));
    }

    fn bytes_went(&self, bytes: usize) {
        if let Some(window) = &mut self.lock().write_window {
            window.bytes += bytes;
            if window.bytes >= limits::ANSWER_WINDOW_BYTES {
                *window = WriteWindow::opens(self.deadlines.answer_window);
            }
        }
    }

    /// TLS flushes the socket only when it has nothing left to write, and hyper flushes TLS only when it has nothing left either.
    fn flushed(&self) {
        let mut state = self.lock();
        state.write_window = None;
        if state.phase == Phase::Answer {
            state.enter(Phase::Idle, Some(self.deadlines.idle));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that tells its watch of every byte. Once a poll has moved what it may, the socket is not ready and wakes nobody: see [`super::turns`].
pub(super) struct Watched<S> {
    socket: S,
    guest: Arc<Guest>,
}

impl<S> Watched<S> {
    /// `socket`, observed by the watch of `guest`.
    pub fn new(socket: S, guest: Arc<Guest>) -> Watched<S> {
        Watched { socket, guest }
    }

    /// The socket itself.
    pub fn into_inner(self) -> S {
        self.socket
    }

    fn note_write(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &result {
            Poll::Pending => self.guest.watch.write_blocked(),
            Poll::Ready(Ok(bytes)) => {
                self.guest.pace.count(*bytes);
                self.guest.watch.bytes_went(*bytes);
            }
            Poll::Ready(Err(_)) => (),
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.guest.pace.is_used_up() {
            return Poll::Pending;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let bytes = buf.filled().len() - before;
        if bytes > 0 {
            self.guest.pace.count(bytes);
            self.guest.watch.bytes_came();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.guest.pace.is_used_up() {
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.note_write(result)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.guest.pace.is_used_up() {
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.note_write(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.guest.watch.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds from now to the deadline, rounded to the nearest.
    fn seconds(watch: &Watch) -> Option<u64> {
        watch.deadline().map(|deadline| (deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(500)).as_secs())
    }

    #[test]
    fn each_phase_has_its_own_deadline_and_a_drip_of_bytes_moves_none() {
        let watch = Watch::new(Deadlines::default());
        assert_eq!(seconds(&watch), Some(10));
        let head = watch.deadline();
        watch.bytes_came();
        assert_eq!(watch.deadline(), head);
        watch.body_begins();
        assert_eq!((watch.deadline(), watch.waiting_since().is_some()), (None, true));
        watch.work_begins();
        assert_eq!((watch.deadline(), watch.waiting_since()), (None, None));
        watch.answer_handed_over();
        watch.flushed();
        assert_eq!((watch.phase(), seconds(&watch)), (Phase::Idle, Some(15)));
        watch.bytes_came();
        assert_eq!((watch.phase(), seconds(&watch)), (Phase::Head, Some(10)));
        watch.hurry();
        assert_eq!(seconds(&watch), Some(1));
    }

    #[test]
    fn a_blocked_write_has_a_window_that_only_16_kib_extend() {
        let watch = Watch::new(Deadlines::default());
        watch.work_begins();
        watch.write_blocked();
        assert!(watch.waiting_since().is_some());
        let first = watch.deadline().unwrap();
        watch.bytes_went(limits::ANSWER_WINDOW_BYTES - 1);
        watch.write_blocked();
        assert_eq!(watch.deadline(), Some(first));
        watch.bytes_went(1);
        assert!(watch.deadline().unwrap() > first);
        watch.answer_handed_over();
        assert_eq!(seconds(&watch), Some(5), "a write in progress goes before the phase");
        watch.flushed();
        assert_eq!(seconds(&watch), Some(15));
    }
}
