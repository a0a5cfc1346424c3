//! Answers on their way out: whole, or in pieces through a bounded channel from the worker thread to the connection.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::accept::Guest;
use super::lanes::Place;
use crate::limits;

/// The bytes of an answer.
pub(super) enum Payload {
    /// All of them, in parts none of which is empty.
    Whole(VecDeque<Bytes>),
    /// As they are made.
    Pieces(mpsc::Receiver<Piece>),
}

impl Payload {
    /// All of it in one part.
    pub fn of(bytes: Bytes) -> Payload {
        Payload::Whole(if bytes.is_empty() { VecDeque::new() } else { VecDeque::from([bytes]) })
    }
}

/// A part of a streamed answer. The end is said explicitly: a channel that just closes means that the rest will never come.
pub(super) enum Piece {
    Data(Bytes),
    End,
}

/// A writer for the worker and the payload that it fills. `wait_max` is how long the worker may wait for the client: in all, or, where it
/// can make `place` for others meanwhile, in arrears against [`limits::STREAM_BYTES_PER_SECOND_MIN`].
pub(super) fn pieces(runtime: Handle, wait_max: Duration, place: Option<Place>) -> (PieceWriter, Payload) {
    let (sender, receiver) = mpsc::channel(limits::STREAM_PIECES_MAX);
    (PieceWriter { sender, runtime, buffer: Vec::new(), wait_left: wait_max, wait_max, place }, Payload::Pieces(receiver))
}

/// Gathers what a stream writes into pieces. Fails for good once the client is gone or has been waited for too long.
pub(super) struct PieceWriter {
    sender: mpsc::Sender<Piece>,
    runtime: Handle,
    buffer: Vec<u8>,
    wait_left: Duration,
    wait_max: Duration,
    place: Option<Place>,
}

impl PieceWriter {
    /// Sends what is left and the end. Without this the client sees a broken connection.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.send(Piece::End)
    }

    fn send(&mut self, piece: Piece) -> io::Result<()> {
        let piece = match self.sender.try_send(piece) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(gone()),
            Err(mpsc::error::TrySendError::Full(piece)) => piece,
        };
        let wait = || {
            let started = Instant::now();
            (self.runtime.block_on(self.sender.send_timeout(piece, self.wait_left)), started.elapsed())
        };
        let (sent, waited) = match &self.place {
            Some(place) => place.aside(wait),
            None => wait(),
        };
        self.wait_left = self.wait_left.saturating_sub(waited);
        match sent {
            Ok(()) => {
                if self.place.is_some() {
                    self.wait_left = (self.wait_left + PIECE_TIME).min(self.wait_max);
                }
                Ok(())
            }
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(gone()),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                self.wait_left = Duration::ZERO;
                Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly"))
            }
        }
    }
}

/// What a piece adds to the time that its stream may wait.
const PIECE_TIME: Duration = Duration::from_secs((limits::STREAM_PIECE_BYTES / limits::STREAM_BYTES_PER_SECOND_MIN) as u64);

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone")
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(limits::STREAM_PIECE_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == limits::STREAM_PIECE_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.buffer);
        self.send(Piece::Data(piece.into()))
    }
}

/// A payload as hyper takes it; tells the connection's watch when the last byte has been taken.
pub(super) struct Outgoing {
    payload: Payload,
    guest: Arc<Guest>,
}

impl Outgoing {
    /// `payload`, to be sent on the connection of `guest`.
    pub fn new(payload: Payload, guest: Arc<Guest>) -> Outgoing {
        Outgoing { payload, guest }
    }
}

/// A streamed answer ended before its end: hyper ends the connection without ending the answer.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenOff {}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut self.payload {
            Payload::Whole(parts) => Poll::Ready(parts.pop_front().map(|bytes| Ok(Frame::data(bytes)))),
            Payload::Pieces(pieces) => match std::task::ready!(pieces.poll_recv(cx)) {
                Some(Piece::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Piece::End) => {
                    self.payload = Payload::of(Bytes::new());
                    Poll::Ready(None)
                }
                None => {
                    self.guest.watch.abort();
                    Poll::Ready(Some(Err(BrokenOff)))
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.payload, Payload::Whole(parts) if parts.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.payload {
            Payload::Whole(parts) => SizeHint::with_exact(parts.iter().map(|part| part.len() as u64).sum()),
            Payload::Pieces(_) => SizeHint::default(),
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.guest.watch.answer_handed_over();
    }
}
