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

// ------------------------------------------------------------------ requests
/// Requests without a credential that one address may make in a minute.
pub const ADDRESS_REQUESTS_PER_MINUTE: u32 = 1_200;
/// Sign-ins that one address may try in a minute.
pub const SIGN_INS_PER_MINUTE: u32 = 60;
/// Credentials and addresses whose requests are counted apart.
pub const LIMITER_KEYS_MAX: usize = 20_000;
/// Answers below this are not worth packing.
pub const GZIP_ANSWER_BYTES_MIN: usize = 1_024;
/// What is kept of a client's name for itself.
pub const USER_AGENT_CHARACTERS_MAX: usize = 200;

// ------------------------------------------------------------------ device data
/// Sections below this are stored as they are.
pub const SECTION_DEFLATE_BYTES_MIN: usize = 512;
/// No stored section is larger: a report is at most 1 MiB.
pub const SECTION_INFLATED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A report that comes later than this after it was collected fills gaps only.
pub const REPORT_LATE_SECONDS: i64 = 24 * 3600;
/// A run of reports has no gap longer than this.
pub const PRESENCE_GAP_SECONDS: i64 = 24 * 3600;
/// After a gap longer than this even an unchanged report is judged anew: it may end a silence. The shortest silence is a day.
pub const REJUDGE_GAP_SECONDS: i64 = 3600;
/// Moments of change that are applied to one device in one go; what is left is applied with the next.
pub const SETTLE_STEPS_MAX: usize = 400;
/// Devices that are brought up to date in one transaction.
pub const SETTLE_DEVICES_MAX: usize = 64;
/// Items of one device's history in an answer.
pub const HISTORY_ITEMS_MAX: i64 = 10_000;
