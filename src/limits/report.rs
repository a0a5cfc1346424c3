//! Limits of compliance reports: frameworks, making, writing.

use std::time::Duration;

// Compliance reports (kept by `store::reports` and the thread that makes them).

/// Reports that a tenant keeps; more have to wait until some are deleted.
pub const REPORTS_MAX: i64 = 10_000;
/// Reports of a tenant that wait or are being made.
pub const REPORTS_WAITING_MAX: i64 = 20;
/// How often a report is begun when the program stops each time.
pub const REPORT_ATTEMPTS_MAX: i64 = 3;
/// Reports that a tenant has made by themselves after each month or quarter.
pub const REPORT_SCHEDULE_MAX: usize = 20;
/// Periods that are looked back for reports that were due while the program did not run.
pub const REPORT_SCHEDULE_PERIODS_MAX: u32 = 12;
/// Frameworks of which a tenant chose something, and categories chosen of one.
pub const FRAMEWORKS_CHOSEN_MAX: usize = 50;
/// Framework files that a tenant brings along.
pub const OWN_FRAMEWORKS_MAX: i64 = 20;
/// Versions of all framework files of a tenant: each is kept, for reports rest on them.
pub const OWN_FRAMEWORK_VERSIONS_MAX: i64 = 500;
/// With more devices a report is made in the background.
pub const REPORT_AT_ONCE_DEVICES_MAX: u64 = 500;
/// With more days as well.
pub const REPORT_AT_ONCE_DAYS_MAX: i64 = 400;
/// Between two looks for reports that wait.
pub const REPORTER_PAUSE: Duration = Duration::from_secs(1);
/// How long the command line waits for its turn behind another report.
pub const REPORT_TURN_MAX: Duration = Duration::from_secs(900);
/// Between two looks at the schedules, seconds.
pub const REPORT_SCHEDULE_LOOK_SECONDS: i64 = 30;
/// A piece of a report's file, bytes.
pub const REPORT_PIECE_BYTES: usize = 256 * 1024;
/// What reports are compared by, inflated, bytes.
pub const REPORT_SUMMARY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Exceptions that a report reads.
pub const REPORT_EXCEPTIONS_READ_MAX: i64 = 1_000_000;
/// Entries of the log on imports and on settings that a report reads, each.
pub const REPORT_LOG_ENTRIES_READ_MAX: u64 = 10_000;
/// Subjects between two words on how far a report is.
pub const REPORT_PROGRESS_SUBJECTS: usize = 50;
/// Days before its period through which the beginning of a failure is first looked for.
pub const REPORT_LOOK_BACK_DAYS: i64 = 32;
/// So many times further each next look goes.
pub const REPORT_LOOK_BACK_FACTOR: i64 = 4;

// Evidence that people give.

/// Exceptions of a tenant that are in force at once.
pub const EXCEPTIONS_ACTIVE_MAX: i64 = 10_000;
/// Exceptions whose end is logged in one transaction.
pub const EXPIRE_EXCEPTIONS_MAX: usize = 64;
/// Files of one tenant together, bytes.
pub const FILES_TENANT_BYTES_MAX: u64 = 2_000_000_000;

// Framework files (kept by `domain::framework`).

/// A framework file, bytes.
pub const FRAMEWORK_BYTES_MAX: usize = 256 * 1024;
/// Controls of one framework, those out of scope included.
pub const FRAMEWORK_CONTROLS_MAX: usize = 1_000;
/// Checks that one control names, required and supporting together.
pub const CONTROL_CHECKS_MAX: usize = 100;
/// A text in a framework file, characters.
pub const FRAMEWORK_TEXT_CHARACTERS_MAX: usize = 1_000;
/// An identifier in a framework file (framework, control, category), characters.
pub const FRAMEWORK_ID_CHARACTERS_MAX: usize = 64;

// Printed reports (kept by `report`).

/// Shaped words remembered for each face of the font.
pub const REPORT_CACHED_WORDS_MAX: usize = 20_000;
/// Longer words are shaped anew each time, bytes.
pub const REPORT_CACHED_WORD_BYTES_MAX: usize = 60;
/// Rows of one printed table; the attached figures have them all.
pub const REPORT_PRINTED_ROWS_MAX: usize = 2_000;
/// Failing subjects printed for one check; the attached figures have them all.
pub const REPORT_PRINTED_FAILING_MAX: usize = 40;
