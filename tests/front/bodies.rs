//! Bodies that try what a reader of JSON bears: each is answered as what it is, soon, and never with a 5xx.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::answer::Answer;
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary};
use crate::support::wire::send_raw;

/// The largest report, bytes.
const REPORT_BYTES_MAX: usize = 1024 * 1024;
/// The longest that one may take in a debug build on a busy machine, handshake and all: fifty milliseconds are wanted of a release build.
const ANSWER_MAX: Duration = Duration::from_millis(1500);

/// A report whose custom section is `custom`.
fn report(custom: &str) -> String {
    format!(r#"{{"device_name":"a","serial_number":"S-1","device_type":"laptop","os_type":"linux","os_version":"1","custom":{custom}}}"#)
}

/// A report of exactly this many bytes.
fn report_of(bytes: usize) -> Vec<u8> {
    let empty = report(r#"{"x":""}"#).len();
    report(&format!(r#"{{"x":"{}"}}"#, "y".repeat(bytes - empty))).into_bytes()
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn keys(count: usize) -> String {
    let keys: Vec<String> = (0..count).map(|number| format!("\"{number:x}\":0")).collect();
    report(&format!("{{{}}}", keys.join(",")))
}

/// Name, encoding if any, body, and the statuses that are right.
type Case = (&'static str, Option<&'static str>, Vec<u8>, &'static [u16]);

const STORED: &[u16] = &[200, 201];

fn plain() -> Vec<Case> {
    let number = |number: &str| report(&format!(r#"{{"x":{number}}}"#)).into_bytes();
    let nested = |depth: usize| report(&format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth))).into_bytes();
    vec![
        ("one mebibyte", None, report_of(REPORT_BYTES_MAX), STORED),
        ("one byte more", None, report_of(REPORT_BYTES_MAX + 1), &[413]),
        ("some levels", None, nested(20), STORED),
        ("128 levels", None, nested(128), &[400]),
        ("100,000 levels", None, nested(100_000), &[400]),
        ("100,000 levels that never end", None, "[".repeat(100_000).into_bytes(), &[400]),
        ("100,000 objects that never end", None, "{\"a\":".repeat(100_000).into_bytes(), &[400]),
        (
            "bytes that are no UTF-8",
            None,
            report("{\"x\":\"?\"}").into_bytes().into_iter().map(|byte| if byte == b'?' { 0xff } else { byte }).collect(),
            &[400],
        ),
        ("half a surrogate", None, report(r#"{"x":"\ud800"}"#).into_bytes(), &[400]),
        ("a byte order mark", None, [b"\xef\xbb\xbf".as_slice(), report("{}").as_bytes()].concat(), &[400]),
        ("UTF-16", None, report("{}").encode_utf16().flat_map(u16::to_le_bytes).collect(), &[400]),
        ("NaN", None, number("NaN"), &[400]),
        ("Infinity", None, number("-Infinity"), &[400]),
        ("1e400", None, number("1e400"), &[200, 201, 400]),
        ("minus nought", None, number("-0"), STORED),
        ("two to the 63", None, number("9223372036854775808"), STORED),
        ("two to the 53, plus one", None, number("9007199254740993"), STORED),
        ("a number of 100,000 digits", None, number(&"9".repeat(100_000)), &[200, 201, 400]),
        ("a leading nought", None, number("01"), &[400]),
        ("bytes after the end", None, [report("{}").as_bytes(), b"x"].concat(), &[400]),
        ("a key twice", None, report(r#"{"a":1,"a":2}"#).into_bytes(), &[200, 201, 400]),
        ("100,000 keys", None, keys(100_000).into_bytes(), &[200, 201, 400]),
    ]
}

fn packed() -> Vec<Case> {
    let gzip = Some("gzip");
    let bomb = pack(&vec![b' '; 64 * REPORT_BYTES_MAX]);
    vec![
        ("packed", gzip, pack(report("{}").as_bytes()), STORED),
        ("packed, and a mebibyte unpacked", gzip, pack(&report_of(REPORT_BYTES_MAX)), STORED),
        ("packed, and a byte more unpacked", gzip, pack(&report_of(REPORT_BYTES_MAX + 1)), &[413]),
        ("a bomb: 64 MiB in 64 KiB", gzip, bomb, &[413]),
        ("packed twice", gzip, pack(&pack(report("{}").as_bytes())), &[400]),
        ("not packed", gzip, report("{}").into_bytes(), &[400]),
        (
            "a pack without its end",
            gzip,
            {
                let whole = pack(report("{}").as_bytes());
                whole[..whole.len() - 9].to_vec()
            },
            &[400],
        ),
        ("100,000 levels, packed", gzip, pack("[".repeat(100_000).as_bytes()), &[400]),
        ("an encoding that is unknown", Some("br"), report("{}").into_bytes(), &[400, 415]),
    ]
}

#[test]
fn each_is_answered_as_what_it_is_and_soon() {
    let binary = Binary::start();
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let mut wrong = Vec::new();
    for (name, encoding, body, expected) in plain().into_iter().chain(packed()) {
        let encoding = encoding.map_or(String::new(), |encoding| format!("Content-Encoding: {encoding}\r\n"));
        let head = format!(
            "POST /v1/devices/report HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{encoding}\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let begun = Instant::now();
        let answer =
            Answer::parse(&send_raw(binary.address, &[head.as_bytes(), &body].concat())).unwrap_or_else(|error| panic!("{name}: {error}"));
        let took = begun.elapsed();
        let told = STORED.contains(&answer.status) || answer.json()["detail"].is_string();
        if !expected.contains(&answer.status) || !told || took > ANSWER_MAX {
            wrong.push(format!("{name}: {} after {took:?}: {:.300}", answer.status, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let log = binary.process.output().stderr;
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}
