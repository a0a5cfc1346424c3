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

/// The queue and threads on which a request runs, so that slow kinds of work can't hold up quick ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Reads and small writes: most routes.
    Quick,
    /// Device reports: each may be a megabyte, and be several while it is read.
    Intake,
    /// Lists of devices with their data: an answer may be many megabytes, and is in memory whole while it is made.
    Large,
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
}

/// Writes a body piece by piece; runs on the worker thread.
pub type Stream = Box<dyn FnOnce(&mut dyn Write) -> Result<()> + Send>;

/// What a response carries.
pub enum Body {
    /// All of it at once.
    Bytes(Vec<u8>),
    /// Bytes that live as long as the program: embedded assets, documents made once.
    Static(&'static [u8]),
    /// Made while it is sent, in constant memory.
    Stream(Stream),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Body::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
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
