//! Heads and bodies as RFC 9112 wants them, and as attackers send them.

use super::support::{BODY_MAX, start_default};

/// What is sent, the status that it must get, and whether `refuse` gives the answer (hyper's own are bare).
type Case = (&'static str, u16, bool);

const REFUSED: &[Case] = &[
    ("GET / HTTP/1.1\r\n\r\n", 400, true),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, true),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, true),
    ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, true),
    ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, true),
    ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\nabc", 400, false),
    ("POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3,3\r\n\r\nabc", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400, false),
    ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, true),
    ("POST /x HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, false),
    ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400, false),
    ("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400, false),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400, false),
    ("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400, false),
    ("G T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, false),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, false),
    ("hello\r\n\r\n", 400, false),
    ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405, true),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400, true),
    ("POST /x HTTP/1.1\r\nHost: a\r\nExpect: a-cookie\r\nContent-Length: 1\r\n\r\n", 400, true),
];

#[test]
fn what_is_no_request_is_refused_and_the_connection_closed() {
    let server = start_default();
    for (bytes, status, decorated) in REFUSED {
        let mut client = server.connect();
        client.send(bytes);
        // Were the framing misread, this would run as a request of its own.
        client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        let reply = client.reply();
        assert_eq!((reply.status, reply.is_decorated()), (*status, *decorated), "{bytes:?}: {reply:?}");
        assert!(reply.head.contains("connection: close"), "{bytes:?}: {}", reply.head);
        client.wait_closed().unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
        assert!(client.unread().is_empty(), "{bytes:?}: a second answer");
    }
    assert!(server.toy.calls.lock().unwrap().is_empty());
}

#[test]
fn what_is_unusual_but_right_is_served() {
    let server = start_default();
    let cases = [
        ("GET https://other:1/absolute?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET /absolute "),
        ("GET / HTTP/1.0\r\n\r\n", "GET / "),
        ("\r\nGET /after-an-empty-line HTTP/1.1\r\nHost: a\r\n\r\n", "GET /after-an-empty-line "),
        ("GET /u HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET /u "),
        ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "POST /x abc"),
        (
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n",
            "POST /x abc",
        ),
        ("GET /latin HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n", "GET /latin "),
    ];
    for (bytes, answer) in cases {
        let mut client = server.connect();
        client.send(bytes);
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), (200, answer), "{bytes:?}");
    }
}

/// RFC 9112 §6.1 allows refusing it or reading the chunks and closing; hyper does the latter.
#[test]
fn with_both_lengths_the_chunks_count_and_the_connection_closes() {
    let server = start_default();
    for fields in ["Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"] {
        let mut client = server.connect();
        client.send(format!("POST /x HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
        let reply = client.reply();
        assert_eq!((reply.status, reply.text().as_str()), (200, "POST /x "));
        assert!(reply.head.contains("connection: close"));
        client.wait_closed().unwrap();
        assert!(client.unread().is_empty());
    }
    assert_eq!(*server.toy.calls.lock().unwrap(), ["/x", "/x"]);
}

#[test]
fn an_http_2_preface_is_closed_on() {
    let server = start_default();
    let mut client = server.connect();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.wait_closed().unwrap();
    assert!(client.unread().is_empty());
}

#[test]
fn heads_have_a_largest_size() {
    let server = start_default();
    let head = |target: &str, fields: String| format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let fields = |count: usize| (0..count).map(|number| format!("x-{number}: y\r\n")).collect::<String>();
    let target = |length: usize| format!("/{}", "a".repeat(length - 1));
    let cases = [
        ("64 fields", head("/", fields(63)), 200),
        ("65 fields", head("/", fields(64)), 431),
        ("10,000 fields", head("/", fields(10_000)), 431),
        ("a field of 15 KiB", head("/", format!("x: {}\r\n", "y".repeat(15 * 1024))), 200),
        ("a field of 17 KiB", head("/", format!("x: {}\r\n", "y".repeat(17 * 1024))), 431),
        ("a field of 3 MiB", head("/", format!("x: {}\r\n", "y".repeat(3 * 1024 * 1024))), 431),
        ("a target of 8 KiB", head(&target(8 * 1024), String::new()), 200),
        ("a longer target", head(&target(8 * 1024 + 1), String::new()), 400),
        ("a target of 70 KiB", head(&target(70 * 1024), String::new()), 431),
    ];
    for (title, bytes, status) in cases {
        let mut client = server.connect();
        client.send(bytes);
        assert_eq!(client.reply().status, status, "{title}");
    }
}

#[test]
fn a_body_over_the_routes_size_is_413_without_being_read() {
    let server = start_default();
    let chunk = format!("{BODY_MAX:x}\r\n{}\r\n", "z".repeat(BODY_MAX));
    let cases = [
        "Content-Length: 1001\r\n\r\n".to_owned(),
        "Content-Length: 9000000000000000000\r\n\r\n".to_owned(),
        "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n".to_owned(),
        // A client in the middle of sending a lot must still get to see the answer.
        format!("Content-Length: 1000000000\r\n\r\n{}", "z".repeat(4 * 1024 * 1024)),
        format!("Transfer-Encoding: chunked\r\n\r\n{chunk}1\r\nz\r\n"),
    ];
    for fields in cases {
        let mut client = server.connect();
        client.send(format!("POST /x HTTP/1.1\r\nHost: a\r\n{fields}"));
        let reply = client.reply();
        assert_eq!((reply.status, reply.is_decorated()), (413, true), "{}", &fields[..fields.len().min(80)]);
        assert!(reply.head.contains("connection: close"));
        client.wait_closed().unwrap();
    }
    let mut client = server.connect();
    client.send(format!("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"));
    assert_eq!(client.reply().status, 200, "the largest that is allowed");
    assert_eq!(server.toy.calls.lock().unwrap().len(), 1);
    assert_eq!(server.counters.bodies_bytes.get(), 0);
}

#[test]
fn a_client_that_asks_before_sending_is_told_to_go_on() {
    let server = start_default();
    let mut client = server.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.reply().status, 100);
    client.send("abc");
    assert_eq!(client.reply().text(), "POST /x abc");
}

#[test]
fn a_refusal_on_the_head_alone_leaves_the_body_unread() {
    let server = start_default();
    let mut client = server.connect();
    client.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n");
    assert_eq!(client.reply().status, 403);
    client.wait_closed().unwrap();
    let mut client = server.connect();
    assert_eq!(client.get("/forbidden").status, 403);
    assert_eq!(client.get("/next").status, 200, "without a body the connection stays");
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let server = start_default();
    let mut client = server.connect();
    for (path, length) in
        [("/static", Some("content-length: 11\r\n")), ("/large", Some("content-length: 16777216\r\n")), ("/stream/whole", None)]
    {
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let reply = client.reply_without_body();
        assert_eq!(reply.status, 200);
        assert_eq!(length.is_some_and(|length| reply.head.contains(length)), length.is_some(), "{path}: {}", reply.head);
    }
    let reply = client.get("/static");
    assert_eq!((reply.text().as_str(), reply.head.contains("content-length: 11\r\n")), ("static text", true));
    assert!(server.toy.stream_ends.lock().unwrap().is_empty(), "nothing is streamed for HEAD");
}

#[test]
fn a_thousand_pipelined_requests_are_answered_in_order() {
    let server = start_default();
    let mut client = server.connect();
    let requests: String = (0..1000).map(|number| format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests);
    for number in 0..1000 {
        assert_eq!(client.reply().text(), format!("GET /{number} "));
    }
}
