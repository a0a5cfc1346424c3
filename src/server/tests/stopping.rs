//! Stopping and reloading.

use std::io::ErrorKind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::ServerName;
use rustls_pki_types::pem::PemObject;

use super::support::{client_config, start, start_default, start_with, tcp_from, test_pair, tls_over, until};
use crate::domain::time::Time;
use crate::error::Error;
use crate::server::certificate::self_signed;
use crate::server::settings::{Caps, Deadlines};

#[test]
fn stopping_answers_what_was_accepted_and_closes_the_rest() {
    let mut server = start_default();
    let gate = server.toy.gate("/block");
    let mut working = server.connect();
    working.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    gate.wait_entered();
    let mut idle = server.connect();
    assert_eq!(idle.get("/").status, 200);

    server.handle.stop();
    idle.wait_closed().expect("a proper goodbye to the idle one");
    until(|| tcp_from([127, 0, 0, 1].into(), server.address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused));
    gate.open();
    let reply = working.reply();
    assert_eq!(reply.status, 200);
    working.wait_closed().unwrap();
    server.thread.take().unwrap().join().unwrap().unwrap();
}

#[test]
fn stopping_takes_no_longer_than_the_drain_deadline_and_a_second_stop_ends_at_once() {
    let drain = Duration::from_millis(300);
    for (stops, deadlines) in
        [(1, Deadlines { drain, ..Deadlines::default() }), (2, Deadlines { drain: Duration::from_secs(3600), ..Deadlines::default() })]
    {
        let mut server = start(deadlines, Caps::default());
        let gate = server.toy.gate("/block");
        let mut client = server.connect();
        client.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
        gate.wait_entered();
        let started = Instant::now();
        (0..stops).for_each(|_| server.handle.stop());
        server.thread.take().unwrap().join().unwrap().unwrap();
        assert_eq!(started.elapsed() >= drain, stops == 1);
        gate.open();
    }
}

#[test]
fn a_slow_head_does_not_hold_up_the_stop() {
    let deadlines = Deadlines { drain_head: Duration::from_millis(100), drain: Duration::from_secs(3600), ..Deadlines::default() };
    let mut server = start(deadlines, Caps::default());
    let mut client = server.connect();
    assert_eq!(client.get("/").status, 200);
    let mut slow = server.connect();
    slow.send("GET / HTTP/1.1\r\n");
    let silent = tcp_from([127, 0, 0, 1].into(), server.address).unwrap();
    until(|| server.counters.connections.get() == 3);
    server.handle.stop();
    server.thread.take().unwrap().join().unwrap().unwrap();
    drop(silent);
}

#[test]
fn a_reload_changes_the_certificate_for_new_connections_only() {
    let second = self_signed(&["127.0.0.1".to_owned()], Time(1_790_000_000)).unwrap();
    let answers = Mutex::new(vec![Err(Error::invalid("unreadable")), Ok(second.clone()), Ok(test_pair().clone())]);
    let asked = AtomicUsize::new(0);
    let server = start_with(Deadlines::default(), Caps::default(), move || {
        asked.fetch_add(1, Ordering::Relaxed);
        answers.lock().unwrap().pop().unwrap()
    });
    let mut old = server.connect();
    assert_eq!(old.get("/").status, 200);

    server.handle.reload().unwrap();
    assert_eq!(old.get("/").status, 200, "an open connection goes on");
    let presented = || {
        let socket = tcp_from([127, 0, 0, 1].into(), server.address).unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut client = tls_over(socket, client_config(&second.certificate_pem), name).unwrap();
        assert_eq!(client.get("/").status, 200);
        client.stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
    };
    let expected = CertificateDer::from_pem_slice(second.certificate_pem.as_bytes()).unwrap();
    assert_eq!(presented(), expected);

    assert_eq!(server.handle.reload().unwrap_err().detail, "unreadable");
    assert_eq!(presented(), expected, "a failed reload changes nothing");
}
