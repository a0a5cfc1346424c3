//! Request and response as plain values: built by the server from bytes, or by a test in one line.
//!
//! ```
//! use recoger::http::{Body, Method, Request, Response, StatusCode};
//! use serde_json::json;
//!
//! let request = Request::new(Method::POST, "/v1/devices/report?x=1").with_bearer("rk_live_x").with_json(&json!({"os_type": "linux"}));
//! assert_eq!((request.path.as_str(), request.query.as_deref()), ("/v1/devices/report", Some("x=1")));
//! assert_eq!(request.header("content-type"), Some("application/json"));
//!
//! let response = Response::json(StatusCode::NOT_FOUND, &json!({"detail": "Device not found"}));
//! assert_eq!(response.headers["content-type"], "application/json");
//! assert!(matches!(response.body, Body::Bytes(bytes) if bytes == br#"{"detail":"Device not found"}"#));
//! ```

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::error::Result;
use crate::limits::ANSWER_PIECE_BYTES;

/// The queue and threads on which a request runs, so that slow kinds of work can't hold up quick ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Reads and small writes: most routes.
    Quick,
    /// Device reports: each may be a megabyte, and be several while it is read.
    Intake,
    /// Lists of devices with their data: an answer may be many megabytes, and is in memory whole while it is made.
    Large,
    /// Programs for devices to install: each may take its client a minute, and strangers may ask for them.
    Download,
    /// Password hashing: at most two at once, each takes tens of megabytes.
    SignIn,
    /// Making reports and walking whole logs: one at a time.
    Report,
}

/// A complete request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method; HEAD has been left as it is.
    pub method: Method,
    /// The path as sent, still percent-encoded, beginning with `/`.
    pub path: String,
    /// What follows `?`, still encoded.
    pub query: Option<String>,
    /// Header fields.
    pub headers: HeaderMap,
    /// The whole body, as sent (perhaps gzip).
    pub body: Vec<u8>,
    /// Who is at the other end of the connection.
    pub peer: IpAddr,
}

impl Request {
    /// A request without body from loopback; `target` is a path with an optional query.
    pub fn new(method: Method, target: &str) -> Request {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Request { method, path: path.to_owned(), query, headers: HeaderMap::new(), body: Vec::new(), peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// Adds a header. Panics on a value that no header may have: for tests and constants.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Request {
        let value = HeaderValue::from_str(value).expect("a header value of printable characters");
        self.headers.insert(name, value);
        self
    }

    /// Adds `Authorization: Bearer …`.
    pub fn with_bearer(self, token: &str) -> Request {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// Adds a JSON body and its content type.
    pub fn with_json(mut self, body: &serde_json::Value) -> Request {
        self.body = body.to_string().into_bytes();
        self.with_header("content-type", "application/json")
    }

    /// A header as text; `None` when it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the answer may be packed as gzip.
    pub fn accepts_gzip(&self) -> bool {
        self.header("accept-encoding").unwrap_or("").split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts.any(|part| part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0));
            named && !refused
        })
    }
}

/// Writes a body piece by piece; runs on the worker thread.
pub type Stream = Box<dyn FnOnce(&mut dyn Write) -> Result<()> + Send>;

/// Bytes that were written, in pieces of at most [`ANSWER_PIECE_BYTES`]. Growing never copies what is there, no large block of memory has to
/// be found, and each piece can be freed once it is sent.
#[derive(Debug, Default)]
pub struct Pieces(Vec<Vec<u8>>);

impl Pieces {
    /// Bytes in all.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pieces in order; none is empty.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// As a body; what fits into one piece is one.
    pub fn into_body(mut self) -> Body {
        if self.0.len() > 1 { Body::Pieces(self) } else { Body::Bytes(self.0.pop().unwrap_or_default()) }
    }
}

impl IntoIterator for Pieces {
    type Item = Vec<u8>;
    type IntoIter = std::vec::IntoIter<Vec<u8>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let room = self.0.last().map_or(0, |piece| ANSWER_PIECE_BYTES - piece.len());
        if room == 0 {
            // A piece after the first will most likely be full.
            let capacity = if self.0.is_empty() { 0 } else { ANSWER_PIECE_BYTES };
            self.0.push(Vec::with_capacity(capacity));
        }
        let taken = bytes.len().min(if room == 0 { ANSWER_PIECE_BYTES } else { room });
        if let Some(piece) = self.0.last_mut() {
            piece.extend_from_slice(&bytes[..taken]);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a response carries.
pub enum Body {
    /// All of it at once.
    Bytes(Vec<u8>),
    /// All of it, where it may be large.
    Pieces(Pieces),
    /// Bytes that live as long as the program: embedded assets, documents made once.
    Static(&'static [u8]),
    /// Made while it is sent, in constant memory.
    Stream(Stream),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Body::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Body::Pieces(pieces) => write!(f, "Pieces({})", pieces.len()),
            Body::Static(bytes) => write!(f, "Static({})", bytes.len()),
            Body::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// An answer as a plain value.
#[derive(Debug)]
pub struct Response {
    /// Status code.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl Response {
    /// An answer without body.
    pub fn empty(status: StatusCode) -> Response {
        Response { status, headers: HeaderMap::new(), body: Body::Bytes(Vec::new()) }
    }

    /// An answer with a JSON body.
    pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Response {
        // Serialising our own answer types can't fail: no map keys but strings, no failing Serialize.
        let bytes = serde_json::to_vec(value).unwrap_or_default();
        Response::bytes(status, "application/json", bytes)
    }

    /// An answer with `bytes` of `content_type`.
    pub fn bytes(status: StatusCode, content_type: &'static str, bytes: Vec<u8>) -> Response {
        let mut response = Response::empty(status);
        response.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response.body = Body::Bytes(bytes);
        response
    }

    /// Sets a header whose value was made by us; a value that no header may carry is left out rather than split the answer.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Response {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_out_in_bounded_pieces() {
        let written: Vec<u8> = (0..3 * ANSWER_PIECE_BYTES + 5).map(|number| (number % 251) as u8).collect();
        let mut pieces = Pieces::default();
        for part in written.chunks(1000) {
            pieces.write_all(part).unwrap();
        }
        pieces.write_all(b"").unwrap();
        assert_eq!((pieces.len(), pieces.iter().count()), (written.len(), 4));
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= ANSWER_PIECE_BYTES));
        assert_eq!(pieces.iter().flatten().copied().collect::<Vec<_>>(), written);
        let Body::Pieces(pieces) = pieces.into_body() else { panic!("one block") };
        assert!(pieces.into_iter().flatten().eq(written));
    }

    #[test]
    fn what_fits_into_one_piece_is_one_block() {
        let mut pieces = Pieces::default();
        pieces.write_all(&[b'x'; ANSWER_PIECE_BYTES]).unwrap();
        assert!(matches!(pieces.into_body(), Body::Bytes(bytes) if bytes.len() == ANSWER_PIECE_BYTES));
        assert!(matches!(Pieces::default().into_body(), Body::Bytes(bytes) if bytes.is_empty()));
    }
}
