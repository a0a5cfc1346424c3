//! A client that behaves, and how long it waits: alone, and while others attack.

use std::io;
use std::time::{Duration, Instant};

use crate::support::binary::Binary;
use crate::support::wire::Connection;

/// Requests of each kind in one measurement.
const REQUESTS: usize = 200;

/// Medians of one measurement.
#[derive(Debug, Clone, Copy)]
pub struct Medians {
    /// `GET /healthz`.
    pub health: Duration,
    /// `GET /v1/users/me`, with a credential.
    pub authenticated: Duration,
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

    /// Asks in turn for both and gives the medians; an error is any answer but 200, or none. `each` is called after each pair.
    pub fn measure(&mut self, mut each: impl FnMut()) -> io::Result<Medians> {
        let (mut health, mut authenticated) = (Vec::with_capacity(REQUESTS), Vec::with_capacity(REQUESTS));
        for _ in 0..REQUESTS {
            for (request, times) in [(&self.health, &mut health), (&self.authenticated, &mut authenticated)] {
                let begun = Instant::now();
                let answer = self.connection.ask(request)?;
                times.push(begun.elapsed());
                if answer.status != 200 {
                    return Err(io::Error::other(answer.text()));
                }
            }
            each();
        }
        Ok(Medians { health: median(health), authenticated: median(authenticated) })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
