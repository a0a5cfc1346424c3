//! A client that behaves, and how long it waits: alone, and while others attack.

use std::io;
use std::time::{Duration, Instant};

use crate::support::binary::Binary;
use crate::support::wire::Connection;

/// Requests of each kind in one measurement.
const REQUESTS: usize = 200;

/// How long it waited for each answer.
#[derive(Debug, Default)]
pub struct Times {
    health: Vec<Duration>,
    authenticated: Vec<Duration>,
}

/// The same in short.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// Median for `GET /healthz`.
    pub health: Duration,
    /// Median for `GET /v1/users/me`, with a credential.
    pub authenticated: Duration,
    /// What all but one in twenty of either kind took at most.
    pub most: Duration,
}

impl Times {
    /// In short.
    pub fn waits(&mut self) -> Waits {
        let most = rank(&mut self.health, 95).max(rank(&mut self.authenticated, 95));
        Waits { health: rank(&mut self.health, 50), authenticated: rank(&mut self.authenticated, 50), most }
    }
}

/// The client: one connection that is kept alive, from 127.0.0.1.
pub struct Victim {
    connection: Connection,
    health: Vec<u8>,
    authenticated: Vec<u8>,
}

impl Victim {
    /// Connects.
    pub fn new(binary: &Binary, token: &str) -> Victim {
        Victim {
            connection: Connection::open(binary.address).unwrap(),
            health: b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            authenticated: format!("GET /v1/users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes(),
        }
    }

    /// Asks in turn for both and notes how long that took; an error is any answer but 200, or none. `each` is called after each pair.
    pub fn measure(&mut self, into: &mut Times, mut each: impl FnMut()) -> io::Result<()> {
        for _ in 0..REQUESTS {
            for (request, times) in [(&self.health, &mut into.health), (&self.authenticated, &mut into.authenticated)] {
                let begun = Instant::now();
                let answer = self.connection.ask(request)?;
                times.push(begun.elapsed());
                if answer.status != 200 {
                    return Err(io::Error::other(answer.text()));
                }
            }
            each();
        }
        Ok(())
    }
}

/// What so many of a hundred take at most.
fn rank(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * percent / 100]
}
