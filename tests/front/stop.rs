//! SIGTERM under load: every request that was accepted is answered, and the program ends in time with code 0.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::binary::{ADMIN_EMAIL, ADMIN_PASSWORD, Binary};
use crate::support::wire::Connection;

/// Clients; the cap per address is 32.
const CLIENTS: usize = 24;
/// What each has had answered when the signal comes, at least.
const ANSWERS_BEFORE: usize = 10;
/// The longest time to the end.
const STOP_MAX: Duration = Duration::from_secs(10);
/// More requests than any client sends; reached only when a test fails.
const REQUESTS_MAX: usize = 100_000;

/// How a client's work ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// An answer said that the connection closes.
    Told,
    /// The connection was closed between an answer and the next request: nothing was lost, for not a byte of an answer came.
    Between,
    /// An answer was broken off, or it was no 200 or 201.
    Wrong(String),
}

/// Asks until the connection ends.
fn ask_on(binary: &Binary, request: &[u8], answered: &AtomicUsize, start: &Barrier) -> End {
    let mut connection = Connection::open(binary.address).unwrap();
    start.wait();
    for _ in 0..REQUESTS_MAX {
        if connection.send(request).is_err() {
            return End::Between;
        }
        let bytes = connection.read_answer();
        match bytes {
            Ok(Some(answer)) if [200, 201].contains(&answer.status) => {
                answered.fetch_add(1, Ordering::SeqCst);
                if answer.header("connection") == Some("close") {
                    return End::Told;
                }
            }
            Ok(Some(answer)) => return End::Wrong(format!("{}: {}", answer.status, answer.text())),
            Ok(None) => return End::Between,
            Err(error) => return End::Wrong(error.to_string()),
        }
    }
    End::Wrong("it never stopped".to_owned())
}

#[test]
fn every_accepted_request_is_answered_and_the_end_comes_in_time() {
    let binary = Binary::start();
    let plan = binary.beside(&["tenant", "plan", "default", "enterprise", "--per-minute", "none", "--per-day", "none"]);
    assert!(plan.exit.unwrap().success(), "{plan:?}");
    let token = binary.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD).unwrap();
    let (answered, start) = (AtomicUsize::new(0), Barrier::new(CLIENTS + 1));
    let request = |number: usize| {
        let body =
            format!(r#"{{"device_name":"a","serial_number":"S-{number}","device_type":"laptop","os_type":"linux","os_version":"1"}}"#);
        let (method, body) = if number.is_multiple_of(2) { ("POST", body) } else { ("GET", String::new()) };
        let target = if method == "POST" { "/v1/devices/report" } else { "/v1/devices" };
        let kind = "Content-Type: application/json";
        format!(
            "{method} {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let (ends, begun) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (binary, answered, start, request) = (&binary, &answered, &start, request(number));
                scope.spawn(move || ask_on(binary, request.as_bytes(), answered, start))
            })
            .collect();
        start.wait();
        while answered.load(Ordering::SeqCst) < CLIENTS * ANSWERS_BEFORE {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        let begun = Instant::now();
        binary.process.signal("TERM");
        (clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<End>>(), begun)
    });
    let state = binary.process.finished(STOP_MAX.as_secs()).unwrap();
    let took = begun.elapsed();
    assert_eq!(state.exit.and_then(|exit| exit.code()), Some(0), "{}", state.stderr);
    assert!(took <= STOP_MAX, "{took:?}");
    let wrong: Vec<&End> = ends.iter().filter(|end| matches!(end, End::Wrong(_))).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // What the program logged as done is what clients got: no answer was lost on its way.
    let logged = state.stderr.lines().filter(|line| line.contains("route=\"/v1/devices")).count();
    assert_eq!(answered.load(Ordering::SeqCst), logged, "{ends:?}");
    assert!(!state.stderr.contains("panicked") && !state.stderr.contains("ERROR"), "{}", state.stderr);
}
