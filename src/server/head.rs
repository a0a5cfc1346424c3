//! From a head that hyper has parsed to our request, with the refusals that RFC 9112 asks for and hyper leaves to us.
//!
//! hyper 1 itself answers a bare 400 or 431 and closes on: malformed lines, versions and names, a body length that is no number or given
//! twice with different values, a transfer coding that does not end in `chunked`, more than 64 fields, more than 16 KiB. With both
//! Content-Length and Transfer-Encoding it drops the length, reads the chunks and closes after the answer (RFC 9112 §6.1).

use std::net::IpAddr;

use hyper::Version;
use hyper::http::request::Parts;
use hyper::http::uri::{Authority, Scheme};

use crate::error::{Error, Kind, Result};
use crate::http::{HeaderMap, HeaderValue, Method, Request, header};
use crate::limits;

/// A head that is refused: what could be read of it, and why. The connection closes after the answer.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The request without body; `None` where the target is no path.
    pub head: Option<Request>,
    /// Why.
    pub error: Error,
}

/// The request without its body, or why it is refused.
pub(super) fn read_head(parts: Parts, peer: IpAddr) -> std::result::Result<Request, Box<Refusal>> {
    if let Err(error) = check_target(&parts) {
        return Err(Box::new(Refusal { head: None, error }));
    }
    let checked = check_fields(&parts);
    let authority = parts.uri.authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    let mut request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: Vec::new(),
        peer,
    };
    if let Err(error) = checked {
        return Err(Box::new(Refusal { head: Some(request), error }));
    }
    // RFC 9112 §3.2.2: with an absolute target, its authority counts, whatever Host says.
    if let Some(Ok(host)) = authority {
        request.headers.insert(header::HOST, host);
    }
    Ok(request)
}

fn check_target(parts: &Parts) -> Result<()> {
    if parts.method == Method::CONNECT {
        let mut error = Error::new(Kind::MethodNotAllowed, "CONNECT is not served here");
        error.allow = Some("GET, HEAD, POST, PUT, PATCH, DELETE".to_owned());
        return Err(error);
    }
    let uri = &parts.uri;
    let absolute = match uri.scheme() {
        Some(scheme) => *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS,
        None => uri.authority().is_none(),
    };
    if !absolute || !uri.path().starts_with('/') {
        return Err(Error::invalid("The request target must be a path"));
    }
    let bytes = uri.authority().map_or(0, |authority| authority.as_str().len())
        + uri.path_and_query().map_or(0, |path_and_query| path_and_query.as_str().len());
    if bytes > limits::TARGET_BYTES_MAX {
        return Err(Error::invalid(format!("The request target is longer than {} bytes", limits::TARGET_BYTES_MAX)));
    }
    Ok(())
}

fn check_fields(parts: &Parts) -> Result<()> {
    check_host(&parts.headers, parts.version)?;
    let mut codings = parts.headers.get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next()
        && (codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(Error::invalid("Transfer-Encoding must be chunked and nothing else"));
    }
    let mut expectations = parts.headers.get_all(header::EXPECT).iter();
    if expectations.any(|expectation| !expectation.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Error::invalid("Expect may only be 100-continue"));
    }
    Ok(())
}

/// RFC 9112 §3.2: exactly one valid Host in HTTP/1.1; HTTP/1.0 may go without.
fn check_host(headers: &HeaderMap, version: Version) -> Result<()> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let Some(host) = hosts.next() else {
        return if version == Version::HTTP_10 { Ok(()) } else { Err(Error::invalid("The Host header is missing")) };
    };
    if hosts.next().is_some() {
        return Err(Error::invalid("There is more than one Host header"));
    }
    let is_valid = Authority::try_from(host.as_bytes()).is_ok_and(|authority| !authority.as_str().contains('@'));
    if is_valid { Ok(()) } else { Err(Error::invalid("The Host header is not a host name")) }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn read(target: &str, version: Version, fields: &[(&'static str, &str)]) -> std::result::Result<Request, Box<Refusal>> {
        let mut builder = hyper::Request::builder().method("GET").uri(target).version(version);
        for (name, value) in fields {
            builder = builder.header(*name, *value);
        }
        read_head(builder.body(()).unwrap().into_parts().0, IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    #[test]
    fn a_target_is_a_path_or_an_absolute_http_address() {
        let fields = [("host", "a.example")];
        let request = read("/v1/devices?skip=1", Version::HTTP_11, &fields).unwrap();
        assert_eq!((request.path.as_str(), request.query.as_deref()), ("/v1/devices", Some("skip=1")));
        let request = read("https://b.example:8443/x?y", Version::HTTP_11, &fields).unwrap();
        assert_eq!((request.path.as_str(), request.header("host")), ("/x", Some("b.example:8443")));
        for target in ["*", "b.example:8443", "ftp://b.example/x"] {
            assert_eq!(read(target, Version::HTTP_11, &fields).unwrap_err().error.kind, Kind::Invalid, "{target}");
        }
        assert!(read(&format!("/{}", "a".repeat(limits::TARGET_BYTES_MAX)), Version::HTTP_11, &fields).is_err());
    }

    #[test]
    fn one_valid_host_is_needed_except_in_http_1_0() {
        assert!(read("/", Version::HTTP_11, &[]).is_err());
        assert!(read("/", Version::HTTP_10, &[]).is_ok());
        assert!(read("/", Version::HTTP_11, &[("host", "a"), ("host", "a")]).is_err());
        for valid in ["a.example", "a.example:8443", "192.0.2.1", "[2001:db8::1]:8443"] {
            assert!(read("/", Version::HTTP_11, &[("host", valid)]).is_ok(), "{valid}");
        }
        for wrong in ["", "a b", "a/b", "user@a"] {
            let refusal = read("/x", Version::HTTP_11, &[("host", wrong)]).unwrap_err();
            assert_eq!(refusal.head.unwrap().path, "/x", "{wrong}");
        }
    }

    #[test]
    fn only_chunked_and_only_100_continue() {
        let with = |name, value| read("/", Version::HTTP_11, &[("host", "a"), (name, value)]);
        assert!(with("transfer-encoding", "Chunked").is_ok());
        assert!(with("transfer-encoding", "gzip, chunked").is_err());
        assert!(with("transfer-encoding", "chunked, chunked").is_err());
        assert!(with("expect", "100-Continue").is_ok());
        assert!(with("expect", "a-cookie").is_err());
        assert!(with("upgrade", "websocket").is_ok());
    }
}
