//! Compliance reports as things that are ordered, made, kept and signed; what one says is elsewhere.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::audit_form::{Hash, hex};
use super::checkpoint::from_hex;
use super::named::{exact_parse, named_enum};
use super::time::Time;
use crate::error::{Error, Result};

named_enum! {
    /// What a report is written as.
    pub enum ReportFormat {
        /// PDF/A-3 with the JSON form attached.
        Pdf = "pdf",
        /// A zip file of CSV files with a manifest.
        Csv = "csv",
        /// JSON.
        Json = "json",
        /// OSCAL assessment results 1.1.3, in JSON.
        Oscal = "oscal",
    }
}

named_enum! {
    /// How far a report is.
    pub enum ReportStatus {
        /// It waits for its turn.
        Pending = "pending",
        /// It is being made.
        Running = "running",
        /// Its file can be downloaded.
        Completed = "completed",
        /// It could not be made.
        Failed = "failed",
    }
}

named_enum! {
    /// What set a report off.
    pub enum Trigger {
        /// A person who is signed in.
        Session = "session",
        /// A script with an API key.
        ApiKey = "api_key",
        /// The schedule of the settings.
        Schedule = "schedule",
        /// The operator.
        CommandLine = "command_line",
    }
}

exact_parse! { ReportFormat ReportStatus Trigger }

impl ReportFormat {
    /// Of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            ReportFormat::Pdf => "application/pdf",
            ReportFormat::Csv => "application/zip",
            ReportFormat::Json | ReportFormat::Oscal => "application/json",
        }
    }

    /// How the file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            ReportFormat::Pdf => "pdf",
            ReportFormat::Csv => "zip",
            ReportFormat::Json => "json",
            ReportFormat::Oscal => "oscal.json",
        }
    }
}

/// The days that a report is about, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first.
    pub start: NaiveDate,
    /// The last.
    pub end: NaiveDate,
}

/// Days of a report for which no range was asked.
pub const DEFAULT_RANGE_DAYS: u64 = 90;
/// Days of the longest report: three years and a month, more than history is kept by default.
pub const RANGE_DAYS_MAX: i64 = 1_127;

impl DateRange {
    /// The days given, what is missing by default: until `today`, for [`DEFAULT_RANGE_DAYS`].
    pub fn new(start: Option<NaiveDate>, end: Option<NaiveDate>, today: NaiveDate) -> Result<DateRange> {
        let end = end.unwrap_or(today);
        let start = start.unwrap_or(end.checked_sub_days(Days::new(DEFAULT_RANGE_DAYS - 1)).unwrap_or(end));
        if end > today {
            return Err(Error::invalid("`date_range.end` lies in the future"));
        }
        if start > end {
            return Err(Error::invalid("`date_range.start` is after `date_range.end`"));
        }
        if (end - start).num_days() >= RANGE_DAYS_MAX {
            return Err(Error::invalid(format!("`date_range` is longer than {RANGE_DAYS_MAX} days")));
        }
        Ok(DateRange { start, end })
    }
}

/// A report that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The framework's id.
    pub framework_id: String,
    /// What it is written as.
    pub format: ReportFormat,
    /// The days that it is about.
    pub range: DateRange,
    /// What set it off.
    pub trigger: Trigger,
    /// The role of whoever asked for it; `None` for schedule and operator.
    pub role: Option<String>,
    /// As it was asked for, to be printed.
    pub request: String,
}

/// A report and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// `rpt_…`
    pub id: String,
    /// What was asked for.
    pub order: Order,
    /// How far it is.
    pub status: ReportStatus,
    /// 0 to 100.
    pub progress: u8,
    /// Why it could not be made, in a sentence for people.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// Id of the user or key that asked for it.
    pub created_by: Option<String>,
    /// When it was completed or given up.
    pub finished_at: Option<Time>,
    /// Its file.
    pub file: Option<File>,
    /// When retention took its file; hash and record stay.
    pub file_removed_at: Option<Time>,
}

/// The file of a completed report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Hash,
}

/// What stands before what is signed; it also names the form in the JSON.
pub const SIGNATURE_FORMAT: &str = "recoger-report-v1";

/// What a signature says of a report's file.
///
/// Published form: Ed25519 over `recoger-report-v1`, a line feed, and the JSON array of report id, sha256 (lower-case hex), size_bytes and
/// completed_at without white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSeal {
    /// The report's id.
    pub report_id: String,
    /// Its file.
    pub file: File,
    /// When it was completed.
    pub completed_at: Time,
}

impl ReportSeal {
    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        let array = json!([self.report_id, hex(&self.file.sha256), self.file.size, self.completed_at]);
        format!("{SIGNATURE_FORMAT}\n{array}").into_bytes()
    }

    /// Reads the JSON that `GET /v1/reports/{id}/signature` gave: the seal and its signature, which is not checked here.
    pub fn parse(text: &str) -> Result<(ReportSeal, String)> {
        let wrong = |what: &str| Error::invalid(format!("The signature file {what}"));
        let value: Value = serde_json::from_str(text).map_err(|_| wrong("is not JSON"))?;
        let field = |name: &str| value[name].as_str().map(str::to_owned).ok_or_else(|| wrong(&format!("has no text `{name}`")));
        if field("format")? != SIGNATURE_FORMAT {
            return Err(wrong(&format!("is not of the format {SIGNATURE_FORMAT}")));
        }
        let sha256 = from_hex(&field("sha256")?).ok_or_else(|| wrong("has no SHA-256 as `sha256`"))?;
        let size = value["size_bytes"].as_u64().ok_or_else(|| wrong("has no number `size_bytes`"))?;
        let completed_at = Time::parse(&field("completed_at")?).ok_or_else(|| wrong("has no time as `completed_at`"))?;
        Ok((ReportSeal { report_id: field("report_id")?, file: File { size, sha256 }, completed_at }, field("signature")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_has_both_its_days_and_ends_today_at_the_latest() {
        let today = day("2026-03-31");
        let range = |start: Option<&str>, end: Option<&str>| DateRange::new(start.map(day), end.map(day), today);
        assert_eq!(range(None, None).unwrap(), DateRange { start: day("2026-01-01"), end: today });
        assert_eq!(range(Some("2026-03-31"), Some("2026-03-31")).unwrap().start, today);
        assert_eq!(range(None, Some("2026-03-30")).unwrap().start, day("2025-12-31"));
        let detail = |start: &str, end: &str| range(Some(start), Some(end)).unwrap_err().detail;
        assert_eq!(detail("2026-03-01", "2026-04-01"), "`date_range.end` lies in the future");
        assert_eq!(detail("2026-03-31", "2026-03-30"), "`date_range.start` is after `date_range.end`");
        assert_eq!(detail("2023-02-28", "2026-03-31"), "`date_range` is longer than 1127 days");
        assert!(range(Some("2023-03-01"), Some("2026-03-31")).is_ok());
    }

    #[test]
    fn a_seal_is_read_back_and_its_message_is_as_published() {
        let seal = ReportSeal { report_id: "rpt_1".to_owned(), file: File { size: 12, sha256: [0xab; 32] }, completed_at: Time(0) };
        let hash = "ab".repeat(32);
        assert_eq!(
            String::from_utf8(seal.message()).unwrap(),
            format!("recoger-report-v1\n[\"rpt_1\",\"{hash}\",12,\"1970-01-01T00:00:00Z\"]")
        );
        let text = json!({"format": SIGNATURE_FORMAT, "report_id": "rpt_1", "sha256": hash, "size_bytes": 12,
            "completed_at": "1970-01-01T00:00:00Z", "signature": "c2ln"});
        assert_eq!(ReportSeal::parse(&text.to_string()).unwrap(), (seal, "c2ln".to_owned()));
        for field in ["format", "report_id", "sha256", "size_bytes", "completed_at", "signature"] {
            let mut without = text.clone();
            without.as_object_mut().unwrap().remove(field);
            let error = ReportSeal::parse(&without.to_string()).unwrap_err().detail;
            assert!(error.contains(field), "{error}");
        }
    }
}
