//! An answer as a test reads it, whichever door it came through.

use recoger::http::{Body, HeaderMap, HeaderName, HeaderValue, Response};
use serde_json::Value;

/// Status, header fields and the whole body.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body, as sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// What a handler or the pipeline gave; a stream is written out.
    pub fn of(response: Response) -> Answer {
        let body = match response.body {
            Body::Bytes(bytes) => bytes,
            Body::Pieces(pieces) => pieces.into_iter().flatten().collect(),
            Body::Static(bytes) => bytes.to_vec(),
            Body::Stream(write) => {
                let mut bytes = Vec::new();
                write(&mut bytes).unwrap();
                bytes
            }
        };
        Answer { status: response.status.as_u16(), headers: response.headers, body }
    }

    /// What came over the wire until the connection was closed; the sentence says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Answer, String> {
        let wrong = |what: &str| format!("{what} in {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)]));
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| wrong("no end of the head"))?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| wrong("no text"))?;
        let mut lines = head.split("\r\n");
        let first = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).ok_or_else(|| wrong("no HTTP/1.1"))?;
        let status = first.get(..3).and_then(|code| code.parse().ok()).ok_or_else(|| wrong("no status"))?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or_else(|| wrong("no colon"))?;
            let name = HeaderName::try_from(name).map_err(|_| wrong("a bad name"))?;
            headers.append(name, HeaderValue::try_from(value.trim()).map_err(|_| wrong("a bad value"))?);
        }
        let rest = &bytes[end + 4..];
        let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
        let body = if chunked { unchunk(rest).ok_or_else(|| wrong("bad chunks"))? } else { rest.to_vec() };
        let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        match length {
            Some(length) if !chunked && length != body.len() => Err(wrong(&format!("{} bytes for a length of {length}", body.len()))),
            _ => Ok(Answer { status, headers, body }),
        }
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the chunks hold; none if they are not whole.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line_end]).ok()?.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[line_end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[test]
fn answers_of_both_doors_read_the_same() {
    use recoger::http::StatusCode;

    let mut plain = Response::json(StatusCode::NOT_FOUND, &serde_json::json!({"detail": "Device not found"})).with_header("x-a", "1");
    let inner = Answer::of(Response { body: std::mem::replace(&mut plain.body, Body::Static(b"")), ..plain });
    let head = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nX-A: 1\r\n";
    let whole = Answer::parse(format!("{head}content-length: 29\r\n\r\n{{\"detail\":\"Device not found\"}}").as_bytes()).unwrap();
    let chunks = "transfer-encoding: chunked\r\n\r\n10\r\n{\"detail\":\"Devic\r\nd;x=y\r\ne not found\"}\r\n0\r\n\r\n";
    let chunked = Answer::parse(format!("{head}{chunks}").as_bytes()).unwrap();
    let stream = Body::Stream(Box::new(|out| {
        out.write_all(b"{\"detail\":\"Device not found\"}").unwrap();
        Ok(())
    }));
    let streamed = Answer::of(Response { body: stream, headers: inner.headers.clone(), status: StatusCode::NOT_FOUND });
    for answer in [inner, whole, chunked, streamed] {
        assert_eq!((answer.status, answer.header("x-a")), (404, Some("1")));
        assert_eq!(answer.json()["detail"], "Device not found");
    }
}

#[test]
fn a_broken_answer_is_not_taken_for_one() {
    for (bytes, wrong) in [
        ("", "no end of the head"),
        ("HTTP/1.0 200 OK\r\n\r\n", "no HTTP/1.1"),
        ("HTTP/1.1 2x0 OK\r\n\r\n", "no status"),
        ("HTTP/1.1 200 OK\r\na b\r\n\r\n", "no colon"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc", "3 bytes for a length of 4"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab", "bad chunks"),
    ] {
        let error = Answer::parse(bytes.as_bytes()).unwrap_err();
        assert!(error.starts_with(wrong), "{error}");
    }
}
