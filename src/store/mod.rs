//! All SQL. One file on disk; a few readers; one writer that commits what has gathered in one go.
//!
//! Reads and writes are closures: [`Store::read`] and [`Store::write`] hand them a [`Tx`] of one tenant, [`Store::read_root`] and
//! [`Store::write_root`] a [`Root`] for what belongs to no tenant or must be found before the tenant is known. Store functions take that
//! value first, so that a query without a tenant can't be written and all rows of one operation share one time.

pub mod api_keys;
pub mod appliance;
pub mod appliance_facts;
pub mod applicability;
pub mod attestations;
pub mod audit;
pub mod audit_anchor;
pub mod audit_check;
pub mod audit_read;
pub mod audit_verify;
pub mod backup;
pub mod catalogue;
mod checkpoint;
mod connection;
pub mod daily;
pub mod dashboard;
pub mod departure;
pub mod devices;
pub mod due;
pub mod enrollment;
pub mod erasure;
mod error;
pub mod evidence;
pub mod exceptions;
pub mod expiry;
pub mod files;
pub mod findings;
pub mod frameworks;
pub mod gauges;
mod header;
pub mod integrity;
pub mod invitations;
pub mod mfa;
pub mod operator;
pub mod organisation;
pub mod own_data;
pub mod people;
pub mod rate_windows;
mod readers;
pub mod reports;
pub mod reset_links;
pub mod retention;
pub mod reviews;
pub mod score;
mod section_data;
pub mod sections;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod sign_in;
mod succession;
pub mod tenant_file;
pub mod tenants;
mod tx;
pub mod users;
pub mod verdicts;
mod word;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::time::Time;
use crate::error::Result;
use connection::Scrutiny;

pub use connection::SCHEMA_VERSION;
pub use tx::{Actor, ActorType, Root, Tx, WriteRoot, WriteTx};
pub use writer::{WRITE_BATCH_BUCKETS, WriterCounters};

/// The open database file.
pub struct Store {
    path: PathBuf,
    readers: readers::Readers,
    writer: writer::Writer,
}

impl Store {
    /// Opens `path`, or makes a new file (mode 0600) with the present schema.
    ///
    /// Refuses a file that is no Recoger database, can't be read, or was made by a newer version, with a sentence that says so, and leaves
    /// it as it is.
    pub fn open(path: &Path) -> Result<Arc<Store>> {
        Store::open_after(path, Scrutiny::Identity)
    }

    /// The same, and refuses a file whose structure SQLite finds damaged: damage is not served as truth, and grows when it is written to.
    pub fn open_whole(path: &Path) -> Result<Arc<Store>> {
        Store::open_after(path, Scrutiny::Structure)
    }

    fn open_after(path: &Path, scrutiny: Scrutiny) -> Result<Arc<Store>> {
        connection::create_or_check(path, scrutiny)?;
        let writer = writer::Writer::start(path)?;
        let readers = readers::Readers::open(path)?;
        Ok(Arc::new(Store { path: path.to_owned(), readers, writer }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads within one tenant, all from one state of the file.
    pub fn read<T>(&self, tenant_id: &str, actor: &Actor, now: Time, body: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.readers.with(|connection| body(&Tx::new(connection, tenant_id, actor.clone(), now)))
    }

    /// Reads what belongs to no tenant, or finds out which tenant it is.
    pub fn read_root<T>(&self, now: Time, body: impl FnOnce(&Root) -> Result<T>) -> Result<T> {
        self.readers.with(|connection| body(&Root::new(connection, now)))
    }

    /// Writes within one tenant. Returns after the commit has reached the disk; after an error nothing of `body` is stored.
    pub fn write<T, F>(&self, tenant_id: &str, actor: &Actor, now: Time, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    {
        let (tenant_id, actor) = (tenant_id.to_owned(), actor.clone());
        self.writer.run(move |connection| body(&WriteTx::new(connection, &tenant_id, actor, now)))
    }

    /// The same for a `body` that writes thousands of rows: it has its transaction to begin with, and so costs what its rows cost.
    pub fn write_large<T, F>(&self, tenant_id: &str, actor: &Actor, now: Time, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    {
        let (tenant_id, actor) = (tenant_id.to_owned(), actor.clone());
        self.writer.run_large(move |connection| body(&WriteTx::new(connection, &tenant_id, actor, now)))
    }

    /// Writes what belongs to no tenant, or to a tenant that is found on the way.
    pub fn write_root<T, F>(&self, now: Time, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteRoot) -> Result<T> + Send + 'static,
    {
        self.writer.run(move |connection| body(&WriteRoot::new(connection, now)))
    }

    /// Queues a write whose fate nobody waits for; it commits with its neighbours. Only a few may wait, so that they can't crowd out
    /// writes that somebody waits for; further ones are dropped (false). Only for what may be lost, such as "last seen" times.
    pub fn write_later<F>(&self, now: Time, body: F) -> bool
    where
        F: FnOnce(&WriteRoot) -> Result<()> + Send + 'static,
    {
        self.writer.run_later(move |connection| body(&WriteRoot::new(connection, now)))
    }

    /// Moves everything from the WAL into the file, so that the one file holds it all: at the end of the program.
    pub fn checkpoint(&self) -> Result<()> {
        connection::checkpoint(&self.path)
    }

    /// After an erasure: writes the file anew, so that no copy of what was erased is left in unused parts of it. Nothing to do otherwise.
    pub fn compact_if_due(&self, now: Time) -> Result<()> {
        let due = self.read_root(now, |root| {
            let sql = "SELECT EXISTS (SELECT 1 FROM retention_clock WHERE compact = 1)";
            Ok(root.connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, bool>(0))?)
        })?;
        if !due {
            return Ok(());
        }
        let compacted = connection::compact(&self.path)?;
        if !compacted {
            tracing::warn!("the file is too large to be written anew after an erasure; unused parts of it may hold what was erased");
        }
        self.write_root(now, |root| {
            root.connection.prepare_cached("UPDATE retention_clock SET compact = 0")?.execute([])?;
            Ok(())
        })
    }

    /// Whether writes can still be committed; cheap.
    pub fn is_alive(&self) -> bool {
        self.writer.is_alive()
    }

    /// How the writer has been doing since the start.
    pub fn writer_counters(&self) -> &WriterCounters {
        self.writer.counters()
    }
}

#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod figures_tests;
#[cfg(test)]
pub(crate) mod test_queries;
#[cfg(test)]
mod tests;
