//! Where a request ends: every way to be unclear about it, and what the program answers (RFC 9112). Nothing is ever run as a request that a
//! proxy in front would have taken for a body.

use crate::support::binary::Binary;
use crate::support::wire::Connection;

/// What follows every case on the same connection; answered 200 only where the end of the case was clear.
const NEXT: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Name, bytes, and the statuses of all answers until the close. Smuggled requests would show as a 404 for `/smuggled`.
type Case = (&'static str, &'static str, &'static [u16]);

/// Refused and closed, so that nothing after it is read.
const REFUSED: &[u16] = &[400];

const LENGTHS: &[Case] = &[
    ("a length", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", &[415, 200]),
    ("the same length twice", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", &[415, 200]),
    ("two lengths", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 33\r\n\r\n{}", REFUSED),
    ("a signed length", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", REFUSED),
    ("a list of lengths", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2,2\r\n\r\n{}", REFUSED),
    ("a negative length", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}", REFUSED),
    ("an empty length", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", REFUSED),
    ("a length in hexadecimal", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\n{}", REFUSED),
    ("a length with a blank inside", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1 2\r\n\r\n{}", REFUSED),
    ("a length of more than 64 bits", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", REFUSED),
    (
        "T1: the largest length of 64 bits",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
        &[431],
    ),
    ("T1: 9 exabytes", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000000000000\r\n\r\n", &[413]),
    ("T1: 30 gigabytes", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000000\r\n\r\n", &[413]),
    ("T1: 9 exabytes for a path that is not", "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000000000000\r\n\r\n", &[404]),
    (
        "a body that nobody wants",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        &[200, 200],
    ),
    (
        "a body for a path that is not",
        "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 26\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
        &[404],
    ),
    ("no length and no body", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\n\r\n", &[415, 200]),
];

const CODINGS: &[Case] = &[
    ("chunks", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", &[415, 200]),
    (
        "chunks with extensions and a trailer",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nX: y\r\n\r\n",
        &[415, 200],
    ),
    ("chunked in capitals", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", &[415, 200]),
    ("identity", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", REFUSED),
    ("xchunked", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("gzip", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", REFUSED),
    ("gzip, chunked", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("chunked, identity", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", REFUSED),
    (
        "chunked twice",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        REFUSED,
    ),
    ("chunked, chunked", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", REFUSED),
    (
        "a vertical tab before chunked",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        REFUSED,
    ),
    ("an empty coding", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", REFUSED),
    ("chunked in HTTP/1.0", "POST /v1/auth/login HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    (
        "a chunk size that is none",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
    (
        "a negative chunk size",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
    ("a chunk size in 0x", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", REFUSED),
    (
        "a chunk size of more than 64 bits",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
    (
        "a chunk longer than its size",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
    (
        "a bare line feed after a chunk size",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
    (
        "a line feed in a chunk extension",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n",
        REFUSED,
    ),
];

/// RFC 9112 §6.1 lets a server refuse both or go by the chunks and close. hyper has dropped the length before we see it, so it is the
/// latter: one answer, and nothing after it is read, whatever a proxy took for the body.
const BOTH: &[Case] = &[
    (
        "length, then chunks",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        &[415],
    ),
    (
        "chunks, then length",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        &[415],
    ),
    (
        "a broken length and chunks",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        REFUSED,
    ),
];

const HEADS: &[Case] = &[
    ("an ordinary head", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", &[200, 200]),
    ("an empty line before", "\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", &[200, 200]),
    ("no Host", "GET /healthz HTTP/1.1\r\n\r\n", REFUSED),
    ("two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", REFUSED),
    ("a Host that is none", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", REFUSED),
    ("a Host with a name before @", "GET /healthz HTTP/1.1\r\nHost: a@b\r\n\r\n", REFUSED),
    ("a folded line", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", REFUSED),
    (
        "a blank before Transfer-Encoding",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        REFUSED,
    ),
    ("a tab before Transfer-Encoding", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a blank before the first field", "GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n", REFUSED),
    ("a blank before a colon", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a field without a name", "GET /healthz HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", REFUSED),
    ("a field without a colon", "GET /healthz HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", REFUSED),
    ("NUL in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", REFUSED),
    ("NUL in a name", "GET /healthz HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n", REFUSED),
    ("a bare carriage return in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", REFUSED),
    ("a bare carriage return and a field", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 2\r\n\r\n{}", REFUSED),
    ("a bare line feed makes a line, as RFC 9112 §2.2 allows", "GET /healthz HTTP/1.1\nHost: a\nX: y\n\n", &[200, 200]),
    ("bytes above ASCII in a value", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n", &[200, 200]),
    ("bytes above ASCII in a name", "GET /healthz HTTP/1.1\r\nHost: a\r\n\u{e9}: x\r\n\r\n", REFUSED),
    ("four words in the first line", "GET /healthz x HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
    ("one word in the first line", "hello\r\n\r\n", REFUSED),
    ("HTTP/0.9", "GET /healthz\r\n\r\n", REFUSED),
    ("HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n", REFUSED),
    ("T4: HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", REFUSED),
    ("the preface of HTTP/2 closes without an answer", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[]),
    ("HTTP/1.0 closes", "GET /healthz HTTP/1.0\r\n\r\n", &[200]),
    ("TE: chunked", "GET /healthz HTTP/1.1\r\nHost: a\r\nTE: chunked\r\n\r\n", &[200, 200]),
    ("Connection: close", "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", &[200]),
    (
        "Connection: keep-alive and, in a second line, close",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
        &[200],
    ),
    ("Connection: closed is not close", "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", &[200, 200]),
    ("an upgrade is not taken", "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", &[200, 200]),
    (
        "an upgrade to h2c with a body",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}",
        &[415, 200],
    ),
    ("an expectation that is unknown", "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 2\r\n\r\n{}", REFUSED),
    (
        "an expectation that is refused before the body",
        "POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
        &[413],
    ),
    ("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", &[405]),
    ("TRACE", "TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n", &[405, 200]),
    ("an unknown method", "BREW /healthz HTTP/1.1\r\nHost: a\r\n\r\n", &[405, 200]),
    ("an absolute target", "GET https://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n", &[200, 200]),
    ("an absolute target of another kind", "GET ftp://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
    ("a target that is only a name", "GET b HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
    ("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
];

/// The statuses of all answers, and the bytes.
fn statuses(binary: &Binary, bytes: &[u8]) -> (Vec<u16>, String) {
    let mut connection = Connection::open(binary.address).unwrap();
    // It may be closed before all is sent.
    let _ = connection.send(bytes);
    let _ = connection.send(NEXT.as_bytes());
    let answers = String::from_utf8_lossy(&connection.read_to_close()).into_owned();
    // An answer to HTTP/1.0 says 1.0.
    let statuses = answers
        .match_indices("HTTP/1.")
        .filter(|(at, _)| answers.as_bytes().get(at + 8) == Some(&b' '))
        .map(|(at, _)| answers[at + 9..at + 12].parse().unwrap())
        .collect();
    (statuses, answers)
}

fn check(cases: &[Case]) {
    let binary = Binary::start();
    let mut wrong = Vec::new();
    for (name, bytes, expected) in cases {
        let (found, answers) = statuses(&binary, bytes.as_bytes());
        if found != *expected {
            wrong.push(format!("{name}: {found:?} for {expected:?}\n{answers}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let log = binary.process.output().stderr;
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}

#[test]
fn lengths() {
    check(LENGTHS);
}

#[test]
fn transfer_codings() {
    check(CODINGS);
}

#[test]
fn a_length_and_chunks_together() {
    check(BOTH);
}

#[test]
fn heads() {
    check(HEADS);
}
