//! A few read-only connections, handed out one at a time.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection;
use crate::error::{Error, Result};
use crate::limits::{READER_WAIT_MS_MAX, READERS};

pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Readers> {
        let connections = (0..READERS).map(|_| connection::open_reader(path)).collect::<Result<Vec<_>>>()?;
        Ok(Readers { idle: Mutex::new(connections), returned: Condvar::new() })
    }

    /// Runs `body` in a read transaction: everything it sees is one state of the file.
    pub(super) fn with<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        // The guard puts the connection back even if `body` panics.
        let lease = self.lease()?;
        let connection = lease.connection();
        connection.prepare_cached("BEGIN")?.execute([])?;
        let transaction = OpenTransaction(connection);
        let result = body(connection);
        drop(transaction);
        result
    }

    /// Shows `each` the connections that nobody has, which in a quiet test are all of them.
    #[cfg(test)]
    pub(super) fn test_each_idle(&self, each: impl FnMut(&mut Connection)) {
        self.idle.lock().unwrap().iter_mut().for_each(each);
    }

    fn lease(&self) -> Result<Lease<'_>> {
        let deadline = Instant::now() + Duration::from_millis(READER_WAIT_MS_MAX);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.pop() {
                return Ok(Lease { readers: self, connection: Some(connection) });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::unavailable("The appliance is busy; try again in a few seconds", "no reader came free"));
            }
            idle = self.returned.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct OpenTransaction<'c>(&'c Connection);

impl Drop for OpenTransaction<'_> {
    fn drop(&mut self) {
        // A read transaction changes nothing: if ending it fails, the next BEGIN on this connection fails loudly.
        if let Ok(mut statement) = self.0.prepare_cached("ROLLBACK") {
            let _ = statement.execute([]);
        }
    }
}

struct Lease<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
}

impl Lease<'_> {
    fn connection(&self) -> &Connection {
        // Taken only in drop.
        self.connection.as_ref().expect("a lease holds its connection until it ends")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            self.readers.returned.notify_one();
        }
    }
}
