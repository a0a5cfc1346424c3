//! Paths that try to be others: nothing outside the routes is reached, and no file is opened.

use std::fs;
use std::path::PathBuf;

use crate::support::answer::Answer;
use crate::support::binary::Binary;
use crate::support::wire::send_raw;

/// Targets as they are sent, and the status of each.
const TARGETS: &[(&str, u16)] = &[
    ("/../../etc/passwd", 404),
    ("/..", 404),
    ("/./healthz", 404),
    ("/healthz/.", 404),
    ("/healthz/..", 404),
    ("/static/../../etc/passwd", 404),
    ("/v1/../healthz", 404),
    ("/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
    ("/%2e%2e/healthz", 404),
    ("/%252e%252e%252fetc/passwd", 404),
    ("/%c0%ae%c0%ae/etc/passwd", 404),
    ("/%e0%80%ae%e0%80%ae/etc/passwd", 404),
    ("/%uff0e%uff0e/etc/passwd", 404),
    ("//healthz", 404),
    ("/healthz//", 404),
    ("//b.example/healthz", 404),
    ("/healthz;a=b", 404),
    ("/healthz;/../metrics", 404),
    ("/v1;x/devices", 404),
    ("/v1\\devices", 404),
    ("/..\\..\\etc\\passwd", 404),
    ("/%5c..%5cetc", 404),
    ("/healthz%00", 404),
    ("/healthz%00.html", 404),
    ("/healthz%0d%0aX-Evil:%20yes", 404),
    ("/healthz%20", 404),
    ("/HEALTHZ", 404),
    // What follows `#` is the client's own and should not have been sent; it is dropped.
    ("/healthz#/../../etc/passwd", 200),
    ("/nothing#/healthz", 404),
    ("/%68ealthz", 404),
    ("/%", 404),
    ("/%zz", 404),
    ("/\u{e9}", 404),
    ("/v1/devices/%2e%2e", 401),
    ("/v1/devices/a%2fb", 401),
    ("/v1/devices/%00", 401),
    ("/v1/devices/%ff", 404),
    ("/healthz\0", 400),
    ("/healthz\x01", 400),
    ("/heal\tthz", 400),
    ("healthz", 400),
    ("?healthz", 400),
    ("file:///etc/passwd", 400),
];

fn ask(binary: &Binary, target: &str) -> Vec<u8> {
    send_raw(binary.address, format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
}

/// The files that the program has open, but for sockets and pipes.
fn open_files(binary: &Binary) -> Vec<PathBuf> {
    let descriptors = fs::read_dir(format!("/proc/{}/fd", binary.process.id())).unwrap().flatten();
    let mut files: Vec<PathBuf> =
        descriptors.filter_map(|descriptor| fs::read_link(descriptor.path()).ok()).filter(|path| path.is_absolute()).collect();
    files.sort();
    files
}

#[test]
fn only_the_routes_are_reached() {
    let binary = Binary::start();
    let files = open_files(&binary);
    let mut wrong = Vec::new();
    for (target, status) in TARGETS {
        let bytes = ask(&binary, target);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match Answer::parse(&bytes) {
            Ok(answer) if answer.status == *status && !text.contains("root:") && answer.header("x-evil").is_none() => {}
            _ => wrong.push(format!("{target:?}: not {status}: {text:.200}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(open_files(&binary), files);
    assert_eq!(Answer::parse(&ask(&binary, "/healthz?/../../etc/passwd")).unwrap().status, 400, "an unknown parameter");
}

#[test]
fn an_id_as_long_as_a_target_may_be_is_only_unknown() {
    let binary = Binary::start();
    let longest = format!("/v1/devices/{}", "a".repeat(8 * 1024 - "/v1/devices/".len()));
    assert_eq!(Answer::parse(&ask(&binary, &longest)).unwrap().status, 401);
    assert_eq!(Answer::parse(&ask(&binary, &format!("{longest}a"))).unwrap().status, 400);
    assert_eq!(Answer::parse(&ask(&binary, &format!("/healthz?{}", "a=b&".repeat(2_000)))).unwrap().status, 400, "2,000 parameters");
    assert!(String::from_utf8_lossy(&ask(&binary, &format!("/{}", "a".repeat(64 * 1024)))).starts_with("HTTP/1.1 431 "));
}
