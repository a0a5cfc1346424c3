//! Packed requests and answers: what comes out of a body is what counts, and who takes gzip gets it.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use recoger::http::Request;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::request::{get, post};
use crate::support::world::{World, full_report};

/// The largest report, inflated.
const REPORT_BYTES_MAX: usize = 1024 * 1024;

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(answer.body.as_slice()).read_to_end(&mut plain).unwrap();
    plain
}

fn packed(mut request: Request) -> Request {
    request.body = pack(&request.body);
    request.with_header("content-encoding", "gzip")
}

/// A good report of exactly this many bytes.
fn report_of(bytes: usize) -> Request {
    let mut report = full_report("S-1");
    report["custom"] = json!({"room": ""});
    let missing = bytes - report.to_string().len();
    report["custom"]["room"] = Value::from("x".repeat(missing));
    post("/v1/devices/report", &report)
}

#[test]
fn a_packed_report_is_stored_like_a_plain_one() {
    let world = World::new();
    let answer = world.send(Actor::Admin, packed(post("/v1/devices/report", &full_report("S-1"))));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = world.send(Actor::Admin, post("/v1/devices/report", &full_report("S-1")).with_header("content-encoding", "identity"));
    assert_eq!(answer.status, 200);
}

#[test]
fn the_inflated_size_is_what_the_limit_counts() {
    let world = World::new();
    assert_eq!(world.send(Actor::Admin, report_of(REPORT_BYTES_MAX)).status, 201);
    assert_eq!(world.send(Actor::Admin, packed(report_of(REPORT_BYTES_MAX))).status, 200);
    let before = world.appliance.contents();
    assert_eq!(world.send(Actor::Admin, report_of(REPORT_BYTES_MAX + 1)).status, 413);
    assert_eq!(world.send(Actor::Admin, packed(report_of(REPORT_BYTES_MAX + 1))).status, 413);
    // A bomb: 64 MB in 64 KB, from somebody known and from a stranger.
    let mut bomb = post("/v1/devices/report", &json!({}));
    bomb.body = vec![b' '; 64 * 1024 * 1024];
    let bomb = packed(bomb);
    assert!(bomb.body.len() < 100 * 1024);
    assert_eq!(world.send(Actor::Admin, bomb.clone()).status, 413);
    assert_eq!(world.send(Actor::Stranger, Request { path: "/v1/auth/login".to_owned(), ..bomb }).status, 413);
    assert_eq!(world.appliance.contents(), before);
}

#[test]
fn a_body_that_is_not_packed_as_it_says_is_refused() {
    let world = World::new();
    let good = post("/v1/devices/report", &full_report("S-1"));
    let half = pack(&good.body);
    for (body, encoding) in [
        (good.body.clone(), "gzip"),
        (half[..half.len() / 2].to_vec(), "gzip"),
        (Vec::new(), "gzip"),
        (good.body.clone(), "br"),
        (pack(&pack(&good.body)), "gzip"),
        (pack(&good.body), "gzip, gzip"),
    ] {
        let answer = world.send(Actor::Admin, Request { body, ..good.clone() }.with_header("content-encoding", encoding));
        assert_eq!(answer.status, 400, "{encoding}: {}", answer.text());
    }
    assert_eq!(world.send(Actor::Admin, get("/v1/devices?search=S-1")).text(), "[]");
}

#[test]
fn who_takes_gzip_gets_it_where_it_is_worth_it() {
    let world = World::new();
    (0..3).for_each(|_| drop(world.device_of(Actor::Admin)));
    for target in ["/v1/devices", "/openapi.json", "/", "/v1/audit-logs?format=csv"] {
        let plain = world.send(Actor::Admin, get(target));
        assert_eq!(plain.header("content-encoding"), None, "{target}");
        let packed = world.send(Actor::Admin, get(target).with_header("accept-encoding", "br;q=1.0, GZIP;q=0.8"));
        assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("accept-encoding")), "{target}");
        assert!(target.contains("csv") || unpack(&packed) == plain.body, "{target}");
        assert_eq!(packed.header("content-type"), plain.header("content-type"));
        assert!(packed.header("x-request-id").is_some());
    }
    for refusal in ["br", "gzip;q=0", "identity", "gzip;q=0.000", ""] {
        let answer = world.send(Actor::Admin, get("/v1/devices").with_header("accept-encoding", refusal));
        assert_eq!(answer.header("content-encoding"), None, "{refusal}");
    }
    let small = world.send(Actor::Admin, get("/healthz").with_header("accept-encoding", "gzip"));
    assert_eq!((small.header("content-encoding"), small.text().as_str()), (None, "{\"status\":\"ok\"}"));
}
