//! Every limit that the program sets, with its unit in the name.

// ------------------------------------------------------------------ store
/// Read-only connections; a read takes one for as long as its transaction lasts.
pub const READERS: usize = 4;
/// How long a read waits for a free connection.
pub const READER_WAIT_MS_MAX: u64 = 5_000;
/// How long SQLite waits for another process, such as an admin command, to finish its write.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;
/// Prepared statements kept by each connection.
pub const STATEMENT_CACHE: usize = 256;
/// The WAL is cut back to this after a checkpoint.
pub const WAL_BYTES_KEPT_MAX: i64 = 16 * 1024 * 1024;
/// Writes that wait for the writer; more are refused with 503.
pub const WRITE_QUEUE_JOBS_MAX: usize = 512;
/// Writes in one transaction.
pub const WRITE_BATCH_JOBS_MAX: usize = 128;
/// How long a transaction goes on taking further writes.
pub const WRITE_BATCH_MS_MAX: u64 = 10;

// ------------------------------------------------------------------ audit log
/// Entries of the audit log read in one short transaction when the whole log is walked, to export or verify it.
pub const AUDIT_CHUNK_ENTRIES: usize = 500;
