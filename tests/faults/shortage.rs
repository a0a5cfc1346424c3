//! Descriptors and memory run out: the program serves on or refuses, and is well again once there is enough.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use recoger::http::{Method, Request};
use serde_json::json;

use super::dice::Dice;
use super::load::{Counted, Load, assert_sound};
use super::wrapped::{after, limit, set_limit};
use crate::support::binary::{Binary, FREE_PORT, serve_command};
use crate::support::request::get;
use crate::support::wire::Connection;

/// How long recovery may take.
const RECOVERY_SECONDS_MAX: u64 = 10;

/// A start of `prepare`d `serve` in a folder of its own.
fn start(prepare: &str) -> Result<Binary, String> {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("recoger.db");
    Binary::launch(folder, after(prepare, &serve_command(&data, FREE_PORT)))
}

/// Waits until a fresh connection gets an answer; connecting and answering have deadlines of their own.
#[track_caller]
pub fn assert_recovers(binary: &Binary) {
    let deadline = Instant::now() + Duration::from_secs(RECOVERY_SECONDS_MAX);
    let health = || Connection::open(binary.address)?.exchange(&get("/healthz"));
    loop {
        match health() {
            Ok(answer) if answer.status == 200 => return,
            failed => {
                assert!(Instant::now() < deadline, "not well after {RECOVERY_SECONDS_MAX} s: {failed:?}\n{:?}", binary.process.output())
            }
        }
    }
}

#[test]
fn a_hundred_descriptors_are_shared_out_and_come_back() {
    let binary = start("ulimit -n 100").unwrap();
    let load = Load::on(&binary);
    let held: Vec<_> = (0..150).filter_map(|_| Connection::open(binary.address).ok()).collect();
    println!("{} of 150 connections were let in", held.len());
    assert!(!held.is_empty() && held.len() < 100, "{}", held.len());
    drop(held);
    assert_recovers(&binary);
    load.while_reporting(binary.address, &mut Dice::new(3), |load| {
        load.wait_for("reports", |journal| journal.acknowledged >= 20);
    });
    assert_eq!(load.journal().strange, Vec::<String>::new());
    assert_sound(&binary);
}

#[test]
fn a_server_without_free_descriptors_recovers_when_there_are_some() {
    let binary = Binary::start();
    let load = Load::on(&binary);
    let kept = limit(&binary.process, "nofile");
    load.while_reporting(binary.address, &mut Dice::new(4), |load| {
        load.wait_for("reports", |journal| journal.acknowledged >= 20);
        // Below what is open: not one more, for sockets and files alike.
        set_limit(&binary.process, "nofile", "12");
        let before = load.journal().acknowledged;
        load.wait_for("reports on open connections", |journal| journal.acknowledged + journal.refused >= before + 20);
        // The kernel takes it in; nobody accepts it.
        let waiting = std::net::TcpStream::connect(binary.address).unwrap();
        let said = |state: &crate::support::process::State| state.stderr.contains("accept").then_some(());
        binary.process.wait_for(RECOVERY_SECONDS_MAX, said).unwrap();
        drop(waiting);
        set_limit(&binary.process, "nofile", &kept);
        assert_recovers(&binary);
    });
    assert_eq!(load.journal().strange, Vec::<String>::new());
    assert_sound(&binary);
    assert_eq!(load.journal().missing(&binary.data(), Counted::Acknowledged), Vec::<String>::new());
}

#[test]
fn too_little_memory_refuses_or_ends_and_loses_nothing() {
    for mebibytes in [64, 128, 256, 512] {
        match start(&format!("ulimit -v {}", mebibytes * 1024)) {
            Err(said) => {
                println!("{mebibytes} MiB: {}", said.lines().find(|line| line.contains("cause")).unwrap_or(&said));
                assert!(said.starts_with("it ended too early"), "neither serves nor ends: {said}");
            }
            Ok(binary) => println!("{mebibytes} MiB: serves, {:?}", binary.process.stop().code()),
        }
    }
    let mut binary = Binary::start();
    let load = Load::on(&binary);
    let status = std::fs::read_to_string(format!("/proc/{}/status", binary.process.id())).unwrap();
    let kilobytes: u64 = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap();
    load.while_reporting(binary.address, &mut Dice::new(5), |load| {
        load.wait_for("reports", |journal| journal.acknowledged >= 20);
        set_limit(&binary.process, "as", &(kilobytes * 1024).to_string());
        let large = Request::new(Method::POST, "/v1/devices/report").with_bearer(load.key()).with_json(&json!({
            "device_name": "Large", "serial_number": "LARGE", "os_type": "linux",
            "software": {"items": vec![json!({"name": "x".repeat(100), "version": "1"}); 5_000]},
        }));
        for _ in 0..10 {
            let answer = Connection::open(binary.address).and_then(|mut connection| connection.exchange(&large));
            if let Ok(answer) = answer {
                assert!([200, 201, 413, 500, 503].contains(&answer.status), "{}", answer.text());
            }
        }
    });
    let ended = binary.process.output().exit;
    println!(
        "without more memory the server {}",
        ended.map_or("served on".to_owned(), |exit| format!("ended: {exit}, {:?}", exit.signal()))
    );
    match ended {
        None => {
            set_limit(&binary.process, "as", "unlimited");
            assert_recovers(&binary);
        }
        // Whoever supervises it starts it again.
        Some(_) => binary = binary.restarted().unwrap(),
    }
    assert_sound(&binary);
    assert_eq!(load.journal().missing(&binary.data(), Counted::Acknowledged), Vec::<String>::new());
}
