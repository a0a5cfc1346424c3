//! What plain requests can't show: HEAD and gzip on the wire, one answer for each of several requests, clients that people use.

use std::io::Read;

use recoger::domain::audit::hex;
use recoger::http::{Method, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::answer::Answer;
use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary, recoger};
use crate::support::process::Process;
use crate::support::request::post;
use crate::support::wire::{Connection, send_raw};

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let binary = Binary::start();
    for target in ["/healthz", "/", "/openapi.json", "/v1/devices", "/nothing"] {
        let get = binary.send(&Request::new(Method::GET, target));
        let head = send_raw(binary.address, format!("HEAD {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes());
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {}", get.status)), "{target}: {head}");
        assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1, "{target} has a body: {head}");
        assert!(head.contains(&format!("content-length: {}\r\n", get.body.len())), "{target}: {head}");
        assert!(head.contains("x-ratelimit-remaining: ") && head.contains("x-request-id: "), "{target}: {head}");
    }
}

#[test]
fn requests_that_come_in_one_piece_are_answered_one_by_one() {
    let binary = Binary::start();
    let mut connection = Connection::open(binary.address).unwrap();
    let one = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let last = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    connection.send(format!("{one}{one}{last}").as_bytes()).unwrap();
    let answers = String::from_utf8(connection.read_to_close()).unwrap();
    let statuses: Vec<&str> = answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "200", "404"]);
}

#[test]
fn what_the_front_refuses_carries_the_same_headers_and_envelope() {
    let binary = Binary::start();
    let large = "POST /v1/devices/report HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n";
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat(9000));
    for (bytes, status) in [(large, 413), (long.as_str(), 400)] {
        let answer = Answer::parse(&send_raw(binary.address, bytes.as_bytes())).unwrap();
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["detail"].is_string());
        for name in ["x-ratelimit-limit", "x-request-id", "x-content-type-options", "cache-control"] {
            assert!(answer.header(name).is_some(), "{name}: {answer:?}");
        }
    }
}

#[test]
fn the_openapi_document_is_the_same_on_the_wire_packed_and_on_the_command_line() {
    let binary = Binary::start();
    let served = binary.send(&Request::new(Method::GET, "/openapi.json")).json();
    let packed = binary.curl("/openapi.json", &["--header", "Accept-Encoding: gzip"]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let unpacked: Value = serde_json::from_reader(flate2::read::GzDecoder::new(packed.body.as_slice())).unwrap();
    let mut command = recoger();
    command.arg("openapi");
    let printed = Process::start(command).finished(30).unwrap();
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    assert!(served == unpacked && served == printed);
}

#[test]
fn a_report_in_json_comes_whole_packed_or_not() {
    let binary = Binary::start();
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let order = post("/v1/reports/compliance", &json!({"framework": "iso27001", "format": "json"})).with_bearer(&token);
    let report = binary.send(&order).json();
    let (url, bearer) = (report["download_url"].as_str().unwrap(), format!("Authorization: Bearer {token}"));
    let plain = binary.curl(url, &["--header", &bearer]);
    assert_eq!(plain.header("content-length"), Some(report["size_bytes"].to_string().as_str()));
    assert_eq!(hex(&Sha256::digest(&plain.body)), report["sha256"].as_str().unwrap());
    let packed = binary.curl(url, &["--header", &bearer, "--header", "Accept-Encoding: gzip"]);
    assert_eq!((packed.header("content-encoding"), packed.header("content-length")), (Some("gzip"), None));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain.body);
}

#[test]
fn curl_walks_the_path_that_the_readme_shows() {
    let binary = Binary::start();
    let body = format!("{{\"username\":\"{ADMIN_EMAIL}\",\"password\":\"{ADMIN_PASSWORD}\"}}");
    let login = binary.curl("/v1/auth/login", &["--header", "Content-Type: application/json", "--data", &body]);
    assert_eq!(login.status, 200, "{}", login.text());
    let bearer = format!("Authorization: Bearer {}", login.json()["access_token"].as_str().unwrap());
    let report =
        "{\"device_name\":\"Büro-PC\",\"serial_number\":\"C02XL0GTJG5J\",\"os_type\":\"macos\",\"security\":{\"disk_encryption\":true}}";
    let made = binary.curl("/v1/devices/report", &["--header", &bearer, "--header", "Content-Type: application/json", "--data", report]);
    assert_eq!(made.status, 201, "{}", made.text());
    let list = binary.curl("/v1/devices/my-devices", &["--header", &bearer, "--compressed"]);
    assert_eq!((list.status, list.header("x-total-count")), (200, Some("1")));
    let target = format!("/v1/devices/{}", made.json()["id"].as_str().unwrap());
    let gone = binary.curl(&format!("{target}?reason=lost"), &["--request", "DELETE", "--header", &bearer]);
    assert_eq!((gone.status, gone.body.len()), (204, 0), "{}", gone.text());
    assert_eq!(binary.curl(&target, &["--header", &bearer]).status, 404);
}
