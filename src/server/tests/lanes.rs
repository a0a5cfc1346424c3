//! Lanes, the fence against panics, and streamed answers.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::support::{Client, Running, start, start_default, until};
use crate::limits;
use crate::server::settings::{Caps, Deadlines, LaneSize};

fn request(server: &Running, target: &str) -> Client {
    let mut client = server.connect();
    client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    client
}

#[test]
fn a_full_lane_answers_503_at_once_while_other_lanes_serve() {
    let caps = Caps { report: LaneSize { threads: 1, queue_max: 1 }, ..Caps::default() };
    let server = start(Deadlines::default(), caps);
    let gate = server.toy.gate("/block");
    let mut running = request(&server, "/block?report");
    gate.wait_entered();
    let mut queued = request(&server, "/queued?report");
    until(|| server.counters.report.queued.get() == 1);

    let mut refused = server.connect();
    let reply = refused.get("/refused?report");
    assert_eq!((reply.status, reply.is_decorated()), (503, true));
    assert_eq!(server.counters.report.refused.get(), 1);
    assert!(reply.head.contains("connection: close"), "what else came in one piece is not refused one by one");
    refused.wait_closed().unwrap();
    let mut other = server.connect();
    assert_eq!(other.get("/quick").status, 200);
    assert_eq!(other.get("/hash?sign-in").status, 200);

    gate.open();
    assert_eq!((running.reply().status, queued.reply().status), (200, 200));
}

#[test]
fn in_a_full_lane_the_newest_of_who_has_most_gets_the_503() {
    let caps = Caps { report: LaneSize { threads: 1, queue_max: 2 }, ..Caps::default() };
    let server = start(Deadlines::default(), caps);
    let gate = server.toy.gate("/block");
    let mut running = request(&server, "/block?report");
    gate.wait_entered();
    let mut first = request(&server, "/first?report");
    until(|| server.counters.report.queued.get() == 1);
    let mut newest = request(&server, "/newest?report");
    until(|| server.counters.report.queued.get() == 2);
    let mut modest = server.try_connect_from(Ipv4Addr::new(127, 0, 0, 3)).unwrap();
    modest.send("GET /modest?report HTTP/1.1\r\nHost: a\r\n\r\n");
    let reply = newest.reply();
    assert_eq!((reply.status, reply.is_decorated()), (503, true));
    gate.open();
    assert_eq!((running.reply().status, first.reply().status, modest.reply().status), (200, 200, 200));
}

#[test]
fn a_panic_is_a_500_and_costs_nothing_else() {
    let caps = Caps { quick: LaneSize { threads: 1, queue_max: 4 }, ..Caps::default() };
    let server = start(Deadlines::default(), caps);
    let mut client = server.connect();
    for path in ["/panic", "/panic", "/panic/admit"] {
        let reply = client.get(path);
        assert_eq!((reply.status, reply.is_decorated()), (500, true), "{path}");
        assert!(!reply.text().contains("on purpose"), "the cause is for the log");
        assert_eq!(client.get("/next").status, 200, "after {path}");
    }
    assert_eq!(server.counters.quick.panics.get(), 2);
}

#[test]
fn work_whose_client_has_gone_is_skipped() {
    let caps = Caps { quick: LaneSize { threads: 1, queue_max: 4 }, ..Caps::default() };
    let server = start(Deadlines::default(), caps);
    let gate = server.toy.gate("/block");
    let mut running = request(&server, "/block");
    gate.wait_entered();
    let gone = request(&server, "/gone");
    until(|| server.counters.quick.queued.get() == 1);
    drop(gone);
    until(|| server.counters.connections.get() == 1);
    gate.open();
    assert_eq!(running.reply().status, 200);
    until(|| server.counters.quick.abandoned.get() == 1);
    assert_eq!(*server.toy.calls.lock().unwrap(), ["/block"]);
}

#[test]
fn a_stream_arrives_whole_and_the_connection_goes_on() {
    let server = start_default();
    let mut client = server.connect();
    let reply = client.get("/stream/whole");
    assert!(reply.head.contains("transfer-encoding: chunked"));
    let text = reply.text();
    assert_eq!((text.lines().count(), text.lines().last().unwrap().ends_with(" 0002999")), (3000, false));
    assert!(text.lines().last().unwrap().ends_with("2999"));
    assert_eq!(client.get("/next").status, 200);
}

#[test]
fn a_stream_that_fails_half_way_does_not_look_whole() {
    let server = start_default();
    for path in ["/stream/fails", "/stream/panics"] {
        let mut client = request(&server, path);
        assert!(client.try_reply(true).is_err(), "{path}");
        // Without chunks (HTTP/1.0) only the way the connection ends can tell.
        let mut client = server.connect();
        client.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
        assert_eq!(client.try_reply(false).map(|reply| reply.status).unwrap_or(200), 200);
        client.wait_closed().expect_err("a proper end");
    }
    assert_eq!(server.connect().get("/next").status, 200);
}

#[test]
fn a_stream_whose_client_stops_reading_lets_its_thread_go() {
    let deadlines = Deadlines { answer_window: Duration::from_millis(200), ..Deadlines::default() };
    let server = start(deadlines, Caps::default());
    let _never_reads = request(&server, "/stream/endless?report");
    let mut waits = request(&server, "/next?report");
    assert_eq!(waits.reply().status, 200, "the lane's only place is free");
    until(|| server.toy.stream_ends.lock().unwrap().as_slice() == [Some("the client has gone".to_owned())]);
}

#[test]
fn a_stream_waits_for_a_slow_reader_no_longer_than_its_time() {
    // The connection itself is patient here: the worker is not.
    let deadlines = Deadlines { stream_wait: Duration::from_millis(200), ..Deadlines::default() };
    let server = start(deadlines, Caps::default());
    let mut never_reads = request(&server, "/stream/endless?report");
    until(|| server.toy.stream_ends.lock().unwrap().as_slice() == [Some("the client reads too slowly".to_owned())]);
    never_reads.try_reply(true).expect_err("an answer that is not whole");
}

#[test]
fn clients_that_do_not_read_their_reports_hold_up_nobody_elses() {
    // Both the connection and the worker are patient: only the place that is given back lets others through.
    let hour = Duration::from_secs(3600);
    let deadlines = Deadlines { answer_window: hour, stream_wait: hour, ..Deadlines::default() };
    let server = start(deadlines, Caps::default());
    let never_read: Vec<Client> = (0..limits::REPORT_STREAMS_ASIDE_MAX).map(|_| request(&server, "/stream/endless?report")).collect();
    until(|| server.counters.report.running.get() == never_read.len());
    for _ in 0..3 {
        assert_eq!(server.connect().get("/next?report").status, 200);
    }
    assert!(server.toy.stream_ends.lock().unwrap().is_empty());
    drop(never_read);
    until(|| server.toy.stream_ends.lock().unwrap().len() == limits::REPORT_STREAMS_ASIDE_MAX);
}
