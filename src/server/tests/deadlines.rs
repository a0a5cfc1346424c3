//! Clients that are slow, silent, greedy or many.

use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::support::{LARGE, PATIENCE, start, start_default, tcp_from, until};
use crate::server::settings::{Caps, Deadlines};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_silent_socket_is_closed_at_the_handshake_deadline() {
    let server = start(Deadlines { handshake: SHORT, ..Deadlines::default() }, Caps::default());
    let mut socket = tcp_from(Ipv4Addr::LOCALHOST, server.address).unwrap();
    assert_eq!(socket.read(&mut [0; 1]).unwrap(), 0);
    until(|| server.counters.connections.get() == 0);
    assert_eq!(server.counters.handshake_failures.get(), 1);
}

#[test]
fn a_head_that_drips_is_cut_at_its_deadline_however_often_bytes_come() {
    let server = start(Deadlines { head: SHORT * 2, ..Deadlines::default() }, Caps::default());
    let started = Instant::now();
    let mut client = server.connect();
    client.stream.sock.set_read_timeout(Some(SHORT / 4)).unwrap();
    // One byte each time that the wait for an answer ends without one.
    let mut bytes = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".iter().chain(std::iter::repeat(&b'y'));
    loop {
        if client.stream.write_all(&[*bytes.next().unwrap()]).is_err() {
            break;
        }
        match client.stream.sock.read(&mut [0; 512]) {
            Ok(0) => break,
            Ok(_) => (),
            Err(error) if error.kind() == ErrorKind::WouldBlock => assert!(started.elapsed() < SHORT * 40, "it lives on"),
            Err(_) => break,
        }
    }
    assert!(started.elapsed() >= SHORT * 2);
    until(|| server.counters.deadline_cuts.get() == 1);
}

#[test]
fn five_hundred_slow_heads_from_twenty_addresses_keep_nobody_out() {
    let server = start(Deadlines { head: PATIENCE, idle: PATIENCE, ..Deadlines::default() }, Caps { connections: 64, ..Caps::default() });
    let mut modest = server.connect();
    assert_eq!(modest.get("/").status, 200);
    let mut slow = Vec::new();
    for number in 0..500_u32 {
        // The greediest are refused at once, which fails their handshake.
        if let Ok(mut client) = server.try_connect_from(Ipv4Addr::new(127, 0, 1, 1 + (number % 20) as u8)) {
            // It may have to make room at once.
            let _ = client.stream.write_all(b"GET / HTTP/1.1\r\nHost:");
            slow.push(client);
        }
        assert!(server.counters.connections.get() <= 64);
    }
    assert_eq!(server.counters.connections.get(), 64);
    let mut newcomer = server.try_connect_from(Ipv4Addr::new(127, 0, 0, 9)).expect("room for somebody new");
    assert_eq!(newcomer.get("/").status, 200);
    assert_eq!(modest.get("/").status, 200, "who holds one place keeps it");
    assert!(server.counters.evicted.get() > 0);
}

#[test]
fn an_idle_connection_is_closed_properly() {
    let server = start(Deadlines { idle: SHORT, ..Deadlines::default() }, Caps::default());
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    client.wait_closed().expect("a TLS goodbye");
    assert_eq!(server.counters.deadline_cuts.get(), 0);
}

#[test]
fn a_body_that_does_not_come_is_answered_400_at_its_deadline() {
    let server = start(Deadlines { body: SHORT, ..Deadlines::default() }, Caps::default());
    let mut client = server.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    let reply = client.reply();
    assert_eq!((reply.status, reply.is_decorated()), (400, true));
    client.wait_closed().unwrap();
    assert!(server.toy.calls.lock().unwrap().is_empty());
    assert_eq!(server.counters.bodies_bytes.get(), 0);
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let server = start(Deadlines { answer_window: SHORT, ..Deadlines::default() }, Caps::default());
    let mut client = server.connect();
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    until(|| server.counters.deadline_cuts.get() == 1);
    until(|| server.counters.connections.get() == 0);
    let error = client.try_reply(true).expect_err("the answer must not look whole");
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof), "{error}");
}

#[test]
fn a_client_that_reads_gets_a_large_answer_whole() {
    let server = start(Deadlines { answer_window: SHORT * 5, idle: SHORT, ..Deadlines::default() }, Caps::default());
    let mut client = server.connect();
    assert_eq!(client.get("/large").body.len(), LARGE);
}

#[test]
fn a_hundred_thousand_pipelined_requests_without_reading_take_one_answers_worth() {
    let server = start(Deadlines { answer_window: SHORT, ..Deadlines::default() }, Caps::default());
    let mut client = server.connect();
    let requests = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    // Fails when the server cuts the connection before all of it is sent.
    let _ = (0..100).try_for_each(|_| client.stream.write_all(requests.as_bytes()));
    until(|| server.counters.connections.get() == 0);
    assert_eq!(server.counters.deadline_cuts.get(), 1);
    assert!(server.toy.calls.lock().unwrap().len() <= 2, "one request at a time");
    assert_eq!(server.connect().get("/").status, 200);
}

#[test]
fn all_bodies_share_a_budget_and_no_address_can_take_all_of_it() {
    let caps = Caps { bodies_bytes: 1500, bodies_bytes_per_address: 1000, ..Caps::default() };
    let server = start(Deadlines::default(), caps);
    let begin = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    let mut first = server.connect();
    first.send(format!("{begin}{}", "a".repeat(900)));
    until(|| server.counters.bodies_bytes.get() == 900);

    let mut second = server.connect();
    second.send(format!("{begin}{}", "b".repeat(200)));
    let reply = second.reply();
    assert_eq!((reply.status, reply.is_decorated()), (503, true), "over the share of the address");

    let mut third = server.try_connect_from(Ipv4Addr::new(127, 0, 0, 3)).unwrap();
    third.send(format!("{begin}{}", "c".repeat(700)));
    assert_eq!(third.reply().status, 503, "over the budget of all");

    first.send("a".repeat(100));
    assert_eq!(first.reply().status, 200);
    until(|| server.counters.bodies_bytes.get() == 0);
    assert_eq!(first.get("/").status, 200);
}

#[test]
fn large_answers_that_nobody_reads_have_a_budget() {
    let caps = Caps { answers_bytes: LARGE * 2, answers_bytes_per_address: LARGE, ..Caps::default() };
    let server = start(Deadlines { answer_window: SHORT * 5, ..Deadlines::default() }, caps);
    let mut never_reads = server.connect();
    never_reads.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    until(|| server.counters.answers_bytes.get() == LARGE);
    let mut second = server.connect();
    let reply = second.get("/large");
    assert_eq!((reply.status, reply.is_decorated()), (503, true));
    second.wait_closed().unwrap();
    let mut second = server.connect();
    assert_eq!(second.get("/small").status, 200);
    let mut other = server.try_connect_from(Ipv4Addr::new(127, 0, 0, 2)).unwrap();
    assert_eq!(other.get("/large").body.len(), LARGE);
    until(|| server.counters.answers_bytes.get() == 0);
    assert_eq!(second.get("/large").body.len(), LARGE, "once the one that does not read is cut off");
}

#[test]
fn an_address_over_its_cap_is_closed_at_once_and_others_are_not() {
    let server = start(Deadlines::default(), Caps { connections_per_address: 2, ..Caps::default() });
    let mut first = server.connect();
    let _second = server.connect();
    assert!(server.try_connect_from(Ipv4Addr::LOCALHOST).is_err());
    assert_eq!(server.try_connect_from(Ipv4Addr::new(127, 0, 0, 2)).unwrap().get("/").status, 200);
    assert_eq!(first.get("/").status, 200);
    drop(first);
    until(|| server.counters.connections.get() == 1);
    assert_eq!(server.connect().get("/").status, 200);
    assert_eq!(server.counters.refused_address.get(), 1);
}

#[test]
fn a_closed_client_frees_its_place() {
    let server = start_default();
    for _ in 0..100 {
        assert_eq!(server.connect().get("/").status, 200);
    }
    until(|| server.counters.connections.get() == 0);
}
