//! Too few descriptors, half-open handshakes, bursts: while they last some are refused, afterwards everything is as before.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::attackers::{Attack, Attackers, Strike};
use super::costs::Costs;
use crate::support::binary::{Binary, recoger, serve_command};
use crate::support::wire::Connection;

/// Time until all that was held has gone.
const RECOVERY_SECONDS_MAX: u64 = 10;
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

fn is_healthy(binary: &Binary) -> bool {
    Connection::open(binary.address).and_then(|mut connection| connection.ask(HEALTH)).is_ok_and(|answer| answer.status == 200)
}

/// The program with only these descriptors.
fn with_descriptors(count: u32) -> Binary {
    let folder = tempfile::tempdir().unwrap();
    let serve = serve_command(&folder.path().join("recoger.db"), crate::support::binary::FREE_PORT);
    let mut command = Command::new("sh");
    command.env_clear().envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["-c", &format!("ulimit -n {count}; exec \"$0\" \"$@\"")]).arg(recoger().get_program()).args(serve.get_args());
    Binary::launch(folder, command).unwrap()
}

/// T2.
#[test]
fn more_connections_than_descriptors_are_refused_while_they_last() {
    let binary = with_descriptors(100);
    let costs = Costs::of(binary.process.id());
    let (sockets, threads) = (costs.sockets(), costs.threads());
    // All from one address, which is refused at its cap, and from many, which are refused in all.
    let own: Vec<TcpStream> = (0..300).filter_map(|_| TcpStream::connect(binary.address).ok()).collect();
    let attackers = Attackers::start(&Attack::of(40, 5, Strike::Silence), binary.address);
    let begun = Instant::now();
    while attackers.begun() < 400 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", attackers.begun());
        assert!(costs.sockets() < 100);
        std::thread::park_timeout(Duration::from_millis(10));
    }
    drop((own, attackers));
    costs.wait_for_sockets(sockets, RECOVERY_SECONDS_MAX);
    assert!((0..20).all(|_| is_healthy(&binary)));
    assert_eq!(costs.threads(), threads, "T3: no connection takes a thread");
}

/// T4: nothing of a request in an unknown version stays behind.
#[test]
fn requests_in_http_2_0_leave_nothing_behind() {
    let binary = Binary::start();
    let costs = Costs::of(binary.process.id());
    let (sockets, threads) = (costs.sockets(), costs.threads());
    for _ in 0..50 {
        let answer = crate::support::wire::send_raw(binary.address, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n");
        assert!(answer.starts_with(b"HTTP/1.1 400 "));
    }
    costs.wait_for_sockets(sockets, RECOVERY_SECONDS_MAX);
    assert_eq!(costs.threads(), threads);
}

/// T10: seven bytes that made an older TLS library spin for ever.
#[test]
fn a_goodbye_instead_of_a_handshake_costs_no_processor_time() {
    let binary = Binary::start();
    let costs = Costs::of(binary.process.id());
    let before = costs.processor_time();
    let goodbye = Strike::Raw(vec![0x15, 3, 3, 0, 2, 1, 0]);
    let attackers = Attackers::start(&Attack::of(4, 1, goodbye), binary.address);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert!(attackers.begun() >= 4);
    drop(attackers);
    let spent = costs.processor_time() - before;
    assert!(spent < 100, "{spent} hundredths of a second");
}

/// T12.
#[test]
fn of_a_burst_of_clients_everyone_is_answered() {
    let binary = Binary::start();
    let answered = std::thread::scope(|scope| {
        let ask = || {
            let mut connection = Connection::open(binary.address).unwrap();
            (0..20).filter(|_| connection.ask(HEALTH).is_ok_and(|answer| answer.status == 200)).count()
        };
        let clients: Vec<_> = (0..30).map(|_| scope.spawn(ask)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    assert_eq!(answered, 30 * 20);
}
