//! Every limit of the program by name, with its unit; grouped by who keeps it.
//!
//! Each queue, body, loop, retry, list and cache has its limit here, so that the worst case can be read off one page.

use std::time::Duration;

mod report;

pub use report::*;

// Connections (kept by `server::accept`).

/// Connections open at once, all clients together.
pub const CONNECTIONS_MAX: usize = 256;
/// Connections open at once from one IPv4 address or one IPv6 /64.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 32;
/// File descriptors kept back for the database, log, signals and helpers.
pub const DESCRIPTORS_RESERVED: usize = 64;
/// Descriptors assumed where the process can't read its own limit.
pub const DESCRIPTORS_ASSUMED: usize = 1024;
/// Connections the kernel may hold until they are accepted.
pub const LISTEN_BACKLOG: u32 = 1024;
/// Pause after a failed `accept`: the cause (descriptors, memory) needs time to pass.
pub const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Kernel send buffer of one connection, bytes. Small, so that 256 clients that never read can't hold hundreds of megabytes, and so
/// that the kernel tells of a slow reader's progress in steps smaller than [`ANSWER_WINDOW_BYTES`] per window.
pub const SEND_BUFFER_BYTES: u32 = 64 * 1024;

// Deadlines of a connection (kept by `server::io` and `server::exchange`). Each is absolute for its phase, never "per read".

/// TLS handshake.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
/// From the first byte of a head (or the end of the handshake) to its last.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// The whole body.
pub const BODY_DEADLINE: Duration = Duration::from_secs(30);
/// Between an answer and the next request's first byte.
pub const IDLE_DEADLINE: Duration = Duration::from_secs(15);
/// Time in which a client has to take [`ANSWER_WINDOW_BYTES`] of an answer.
pub const ANSWER_WINDOW: Duration = Duration::from_secs(5);
/// Bytes of an answer that a client has to take in each [`ANSWER_WINDOW`].
pub const ANSWER_WINDOW_BYTES: usize = 16 * 1024;
/// How long, in all, one streamed answer may wait for its client while it holds a worker thread.
pub const STREAM_WAIT_MAX: Duration = Duration::from_secs(60);
/// After our side of a connection is closed: time for the client to read the answer before unread input turns it into a reset.
pub const LINGER_MAX: Duration = Duration::from_secs(2);
/// Input thrown away while lingering, bytes.
pub const LINGER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// After a signal to stop: time for requests in progress.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(10);
/// After a signal to stop: time for a head that has begun to arrive.
pub const DRAIN_HEAD_DEADLINE: Duration = Duration::from_secs(1);

// Size of a request (kept by `server`).

/// Request line and header fields together, bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Header fields of a request.
pub const HEAD_FIELDS_MAX: usize = 64;
/// Request target (path and query), bytes.
pub const TARGET_BYTES_MAX: usize = 8 * 1024;
/// hyper's buffer in each direction of a connection, bytes.
pub const CONNECTION_BUFFER_BYTES: usize = 24 * 1024;
/// All request bodies in memory at once, bytes.
pub const BODIES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Request bodies in memory at once from one address, bytes: no single client can use up [`BODIES_BYTES_MAX`].
pub const BODIES_BYTES_PER_ADDRESS_MAX: usize = 16 * 1024 * 1024;
/// Whole answers in memory at once, bytes, for clients that read slowly. A single larger one is let through when there is no other.
pub const ANSWERS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Whole answers in memory at once for one address, bytes.
pub const ANSWERS_BYTES_PER_ADDRESS_MAX: usize = 6 * 1024 * 1024;
/// A large answer is in memory in pieces of this size, bytes. Below the 128 KiB from which allocators take memory from the system block by
/// block, so that freed pieces are used again.
pub const ANSWER_PIECE_BYTES: usize = 64 * 1024;
/// Answers up to this size, bytes, don't count against [`ANSWERS_BYTES_MAX`]: nobody's large answers can keep them from anybody.
pub const ANSWER_BYTES_UNCOUNTED: usize = 64 * 1024;

// Threads and queues (kept by `server::lanes`).

/// Threads that read and write sockets.
pub const IO_THREADS: usize = 2;
/// Connections that move much, or shake hands, whose turn it is at once: one thread less than there are, so that one is there for all others.
pub const TURNS: usize = IO_THREADS - 1;
/// What a connection may move without a turn before others are looked at, bytes: a request and its answer, and one record of TLS.
pub const POLL_BYTES: usize = 16 * 1024;
/// What a connection may move in its turn, bytes.
pub const TURN_BYTES: usize = 32 * 1024;
/// What an address may move at once without turns, on all its connections, bytes.
pub const FLOW_BYTES: usize = 256 * 1024;
/// What an address may go on moving without turns, bytes in each millisecond.
pub const FLOW_BYTES_PER_MILLISECOND: usize = 10 * 1024;
/// Polls of tasks after which an I/O thread looks for what has come from the network meanwhile.
pub const POLLS_BETWEEN_EVENTS: u32 = 16;
/// Threads that the I/O runtime may start for blocking work. The program gives it none, but the runtime wants to be allowed one.
pub const IO_BLOCKING_THREADS_MAX: usize = 1;
/// Threads of the quick lane: many wait on one commit, few compute.
pub const QUICK_THREADS: usize = 32;
/// Requests waiting for the quick lane.
pub const QUICK_QUEUE_MAX: usize = 256;
/// Threads of the intake lane: they wait on one commit together. With 32 they would spend on changing places what larger commits save.
pub const INTAKE_THREADS: usize = 16;
/// Requests waiting for the intake lane. Their bodies count against [`BODIES_BYTES_MAX`].
pub const INTAKE_QUEUE_MAX: usize = 256;
/// Threads of the lane for large answers: each may hold one of many megabytes while it makes it.
pub const LARGE_THREADS: usize = 2;
/// Requests waiting for the lane for large answers.
pub const LARGE_QUEUE_MAX: usize = 32;
/// Threads of the lane for programs: each may wait for its client for [`STREAM_WAIT_MAX`].
pub const DOWNLOAD_THREADS: usize = 4;
/// Requests waiting for the lane for programs: a whole office that installs at once.
pub const DOWNLOAD_QUEUE_MAX: usize = 128;
/// Threads of the sign-in lane: each password hash takes tens of megabytes.
pub const SIGN_IN_THREADS: usize = 2;
/// Requests waiting for the sign-in lane.
pub const SIGN_IN_QUEUE_MAX: usize = 32;
/// Jobs of the report lane that run at once.
pub const REPORT_THREADS: usize = 1;
/// Streams of the report lane that wait for their clients meanwhile, each with its few hundred rows and a thread that sleeps.
pub const REPORT_STREAMS_ASIDE_MAX: usize = 7;
/// What a client must take of such a stream on the average, bytes per second: a slower one uses up [`STREAM_WAIT_MAX`].
pub const STREAM_BYTES_PER_SECOND_MIN: usize = 32 * 1024;
/// Requests waiting for the report lane.
pub const REPORT_QUEUE_MAX: usize = 8;
/// Stack of a worker thread, bytes.
pub const WORKER_STACK_BYTES: usize = 1024 * 1024;
/// After this, a quick or sign-in lane with work waiting and none finished counts as stuck.
pub const LANE_STALL_MAX: Duration = Duration::from_secs(120);
/// One piece of a streamed answer, bytes.
pub const STREAM_PIECE_BYTES: usize = 64 * 1024;
/// Pieces of a streamed answer made but not yet taken by the connection.
pub const STREAM_PIECES_MAX: usize = 4;

// Certificates (kept by `server::certificate`).

/// Validity of the self-signed certificate, days.
pub const CERTIFICATE_DAYS: i64 = 3650;
/// Names in the self-signed certificate.
pub const CERTIFICATE_NAMES_MAX: usize = 64;
/// A certificate or key file, bytes.
pub const CERTIFICATE_FILE_BYTES_MAX: u64 = 1024 * 1024;

// Store.

/// Read-only connections; a read takes one for as long as its transaction lasts.
pub const READERS: usize = 4;
/// How long a read waits for a free connection.
pub const READER_WAIT_MS_MAX: u64 = 5_000;
/// How long SQLite waits for another process, such as an admin command, to finish its write.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;
/// Prepared statements kept by each connection.
pub const STATEMENT_CACHE: usize = 256;
/// The WAL is cut back to this after a checkpoint.
pub const WAL_BYTES_KEPT_MAX: i64 = 48 * 1024 * 1024;
/// Writes that wait for the writer; more are refused with 503.
pub const WRITE_QUEUE_JOBS_MAX: usize = 512;
/// Writes in one transaction.
pub const WRITE_BATCH_JOBS_MAX: usize = 128;
/// How long a transaction goes on taking further writes.
pub const WRITE_BATCH_MS_MAX: u64 = 10;
/// Pages of 4 KiB in the WAL before it is copied into the file: a page that is written often is copied once for all those times.
pub const WAL_PAGES_KEPT_MAX: usize = WAL_BYTES_KEPT_MAX as usize / 4096 / 3 * 2;
/// Pages in the WAL at which commits wait until it has been copied.
pub const WAL_PAGES_MAX: usize = 2 * WAL_PAGES_KEPT_MAX;

// Requests.

/// Requests without a credential that one address may make in a minute.
pub const ADDRESS_REQUESTS_PER_MINUTE: u32 = 1_200;
/// Sign-ins that one address may try in a minute.
pub const SIGN_INS_PER_MINUTE: u32 = 60;
/// Credentials and addresses whose requests are counted apart.
pub const LIMITER_KEYS_MAX: usize = 20_000;
/// Answers below this are not worth packing.
pub const GZIP_ANSWER_BYTES_MIN: usize = 1_024;

// Device data.

/// Rows of all osquery tables in one report. A laptop with 5,000 packages sends about 6,000.
pub const OSQUERY_ROWS_MAX: usize = 20_000;
/// Sections below this are stored as they are.
pub const SECTION_DEFLATE_BYTES_MIN: usize = 512;
/// Packers of sections kept for the next ones, a quarter of a megabyte each.
pub const PACKERS_KEPT: usize = 2;
/// Sections remembered as seen, 8 bytes each: a guess at what needs no packing.
pub const SECTIONS_SEEN: usize = 32 * 1024;
/// No stored section is larger: a report is at most 1 MiB.
pub const SECTION_INFLATED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A report that comes later than this after it was collected fills gaps only.
pub const REPORT_LATE_SECONDS: i64 = 24 * 3600;
/// A run of reports or confirmations has no gap longer than this. After a longer one even an unchanged report is judged anew: it may end a
/// silence. The shortest silence that the settings allow is a day.
pub const RUN_GAP_SECONDS: i64 = 24 * 3600;
/// The longest time in the past that a single late report speaks for.
pub const LATE_FILL_SECONDS: i64 = 24 * 3600;
/// Wait until a device that could not be judged is tried again.
pub const JUDGE_RETRY_SECONDS: i64 = 3600;
/// Moments of change that are applied to one device in one go; what is left is applied with the next.
pub const SETTLE_STEPS_MAX: usize = 400;
/// Steps of a walk through the history of one subject: years in which something changes every hour.
pub const WALK_STEPS_MAX: usize = 100_000;
/// Devices that are brought up to date in one transaction.
pub const SETTLE_DEVICES_MAX: usize = 64;
/// Upcoming reviews on a dashboard.
pub const UPCOMING_REVIEWS_MAX: i64 = 10;
/// Services that are brought up to date in one transaction.
pub const SETTLE_SERVICES_MAX: usize = 64;
/// Transactions in which a change of settings judges devices and services before it is answered.
pub const SETTLE_ROUNDS_MAX: usize = 160;
/// Sections of all devices on one page of a list: a hundred laptops with 2,000 programs each do not fit, fifty do.
pub const PAGE_DATA_BYTES_MAX: usize = 12 * 1024 * 1024;
/// A body above this counts as large: read into values it takes many times its size.
pub const LARGE_BODY_BYTES: usize = 128 * 1024;
/// Large bodies that are read at once; more wait.
pub const LARGE_BODIES_MAX: usize = 4;
/// How long a large body waits for its place; then it is answered 503.
pub const LARGE_BODY_WAIT_MAX: Duration = Duration::from_secs(5);

/// Earlier hardware UUIDs kept of a device.
pub const HARDWARE_PAST_MAX: usize = 16;

// Enrolment.

/// Devices that one enrollment token may let in.
pub const ENROLLMENT_DEVICES_MAX: u32 = 10_000;
/// Hours that an enrollment token may last: a year.
pub const ENROLLMENT_HOURS_MAX: u32 = 8_784;
/// Serial numbers that one enrollment token may name owners for.
pub const ENROLLMENT_SERIALS_MAX: usize = 1_000;
/// Enrollment tokens of one maker that hold at once.
pub const ENROLLMENT_TOKENS_MAX: i64 = 100;

/// Bytes of a program that are read and sent, or hashed, at once.
pub const PROGRAM_PIECE_BYTES: usize = 64 * 1024;

// People.

/// Devices that change hands when their owner is deleted.
pub const HANDED_OVER_MAX: usize = 1_000;
/// Names of them that a refusal shows.
pub const HELD_NAMES_SHOWN: usize = 5;
/// Invitations of a tenant that are open at once.
pub const INVITATIONS_MAX: i64 = 1_000;

// Housekeeping.

/// Pause between two looks at what is due.
pub const HOUSEKEEPING_PAUSE: Duration = Duration::from_millis(1000);

/// Rows that one transaction of the daily removal takes away or looks at: the writer is held for some milliseconds.
pub const RETENTION_ROWS_MAX: usize = 500;
/// Devices, findings, people, services and users whose history one transaction of the daily removal looks at.
pub const RETENTION_SUBJECTS_MAX: usize = 50;
/// Pieces of report files that one transaction of the daily removal takes away: 8 MB.
pub const RETENTION_PIECES_MAX: usize = 32;
/// Files of attestations and reviews that one transaction of the daily removal takes away: 20 MB at the most.
pub const RETENTION_FILES_MAX: usize = 4;
/// A clock that was looked at longer ago than this, seconds, has jumped, or the appliance was off.
pub const CLOCK_GAP_SECONDS: i64 = 3 * 86_400;
/// After a jump nothing is removed for this long, seconds: time for somebody to see the wrong date.
pub const CLOCK_DOUBT_SECONDS: i64 = 7 * 86_400;
/// A file up to this size, bytes, is written anew after an erasure: other writes wait for it, and give up after [`BUSY_TIMEOUT_MS`].
pub const COMPACT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Earlier names and emails of a person that an erasure looks for.
pub const ERASED_NAMES_MAX: usize = 100;
/// Days of a trend, and the days that went by uncounted which are counted afterwards.
pub const TREND_DAYS_MAX: u64 = 366;
/// Devices or services of a past day that are counted in one short read.
pub const DAY_CHUNK_SUBJECTS: i64 = 250;
/// A day is counted so long after its end, seconds: by then everything that was begun in it is stored.
pub const DAY_SETTLES_SECONDS: i64 = 60;
/// Time that is spent on counting past days between two looks at what is due.
pub const DAY_COUNTING_SLICE: Duration = Duration::from_millis(100);
/// The last entries of the audit log among which a dashboard looks for what happened.
pub const ACTIVITY_ENTRIES_SCANNED: i64 = 1_000;
/// Entries that a dashboard shows.
pub const ACTIVITY_ENTRIES_SHOWN: i64 = 10;

// Audit log.

/// Rows of a list read in one short transaction when the whole list is exported.
pub const EXPORT_CHUNK_ROWS: usize = 500;
/// Bytes of an export that are gathered before they are sent.
pub const EXPORT_PIECE_BYTES: usize = 32 * 1024;
/// Rows of a file that is imported in one transaction: other writes wait meanwhile.
pub const IMPORT_ROWS_MAX: usize = 2_000;
/// Errors of a dry run that are listed.
pub const IMPORT_ERRORS_MAX: usize = 100;
/// People who are not in an imported file and are shown, the first by name; all are counted.
pub const IMPORT_MISSING_SHOWN: usize = 500;
/// Entries of the audit log read in one short transaction when the whole log is walked, to export or verify it.
pub const AUDIT_CHUNK_ENTRIES: usize = 500;
/// From the begin of a walk through a chain to the begin of the next, seconds: twice a day, so that each day has seen one.
pub const AUDIT_CHECK_SECONDS: i64 = 12 * 3_600;
/// Accounts that are named beside a check about this appliance which they fail.
pub const APPLIANCE_ACCOUNTS_SHOWN: usize = 100;

// Agent on a device.

/// A file that the agent keeps of its own state, bytes.
pub const AGENT_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The shortest interval between reports that a server may ask for, seconds.
pub const REPORT_INTERVAL_SECONDS_MIN: u32 = 60;
/// The longest, seconds: a week.
pub const REPORT_INTERVAL_SECONDS_MAX: u32 = 7 * 86_400;
/// The interval is made shorter or longer at random by up to this part of it, so that a fleet does not fall into step.
pub const REPORT_JITTER: f64 = 0.1;
/// The first report after a start waits for a random time below this, seconds: laptops that are switched on together do not come at once.
pub const FIRST_REPORT_SECONDS_MAX: u32 = 60;
/// Longest sleep before the clocks are looked at again, seconds: so late can a report be after the machine was suspended.
pub const AGENT_SLEEP_SECONDS_MAX: u64 = 30;
/// First upper bound of the wait after a failed attempt to send, seconds; it doubles with each further one.
pub const RETRY_SECONDS_FIRST: u32 = 30;
/// Shortest wait after a failed attempt, seconds.
pub const RETRY_SECONDS_MIN: u32 = 5;
/// Longest wait after a failed attempt, seconds, and the wait after a key that was refused.
pub const RETRY_SECONDS_MAX: u32 = 3600;
/// A server's Retry-After counts as at most this, seconds.
pub const RETRY_AFTER_SECONDS_MAX: u32 = 6 * 3600;
/// Unsent reports kept on disk; the oldest go first.
pub const SPOOL_REPORTS_MAX: usize = 400;
/// Unsent reports together, packed, bytes.
pub const SPOOL_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Unsent reports that are sent in one go, before the clocks are looked at again.
pub const SPOOL_ROUND_REPORTS_MAX: usize = 50;
/// Damaged files of the spool that are set aside.
pub const SPOOL_DAMAGED_MAX: usize = 8;
/// Rounds in which a report may fall over inside the server (status 500) while others are taken, before it is given up.
pub const REPORT_FAULTS_MAX: u32 = 3;
/// Given-up reports that the status remembers.
pub const STATUS_DROPS_MAX: usize = 10;
/// Signed-in people who are told of a new failure.
pub const NOTIFIED_PEOPLE_MAX: usize = 8;
/// New failures that are told one by one; more of them at once become one notification.
pub const NOTIFICATIONS_MAX: usize = 3;
/// Characters of a notification's text.
pub const NOTIFICATION_CHARACTERS_MAX: usize = 400;
/// Time for a new program to arrive over a slow line.
pub const PROGRAM_DOWNLOAD_DEADLINE: Duration = Duration::from_secs(900);
/// A program for this platform that a server offers, bytes.
pub const PROGRAM_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Checks of its own that a tenant may have.
pub const CUSTOM_CHECKS_MAX: usize = 50;
/// Conditions of such a check, those of `applies` included.
pub const CUSTOM_CHECK_LEAVES_MAX: usize = 30;
/// Longest title or advice of such a check, in characters.
pub const CUSTOM_CHECK_TEXT_CHARACTERS: usize = 1_000;
/// Definition of such a check as JSON, bytes: every judgement reads all of a tenant's.
pub const CUSTOM_CHECK_BYTES_MAX: usize = 8 * 1024;
