//! The seam between the front (bytes, TLS, threads) and what requests mean.

use crate::error::Error;
use crate::http::{Lane, Request, Response};

/// Where an admitted request runs, and how large its body may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// The queue and threads for it.
    pub lane: Lane,
    /// The largest body as sent, bytes; a larger one is answered 413 without being read on.
    pub body_bytes_max: usize,
}

/// What the front serves. Every method may be called from many threads at once; a panic in any of them becomes a 500.
pub trait Service: Send + Sync + 'static {
    /// Decides on the head alone, before the body is read. Runs on the few threads that move bytes: no SQL, no hashing, no waiting.
    /// An `Err` is the answer; it may not be a [`crate::http::Body::Stream`].
    // The answer is as large as the one `call` gives; boxing it would only hide that.
    #[allow(clippy::result_large_err)]
    fn admit(&self, head: &Request) -> Result<Admission, Response>;

    /// Answers a complete request. Runs on a thread of the request's lane and may block.
    fn call(&self, request: Request) -> Response;

    /// The answer to `error`, found by the front itself (413, 503, 400, a panic), decorated like every other. `head` is `None` where
    /// the request has no path. Runs on the threads that move bytes; may not be a [`crate::http::Body::Stream`].
    fn refuse(&self, head: Option<&Request>, error: &Error) -> Response;

    /// Whether the service can still work (its writer thread lives, …); part of the check behind systemd's watchdog. Cheap.
    fn alive(&self) -> bool {
        true
    }
}
