//! What answers and bodies about reports look like.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::diff::Differences;
use crate::api::words;
use crate::domain::audit::hex;
use crate::domain::report::{DateRange, Report, ReportSeal, SIGNATURE_FORMAT};
use crate::domain::time::Time;

/// A report that is wanted.
#[derive(ToSchema)]
#[schema(examples(json!({ "framework": "iso27001", "format": "pdf" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct ReportCreate {
    /// The framework's id, of one that is on.
    #[schema(min_length = 1, max_length = 64)]
    framework: String,
    /// What it is written as.
    #[schema(value_type = words::ReportFormat)]
    format: String,
    /// The days that it is about, both included; default the last 90 days.
    date_range: Option<DateRangeWanted>,
}

/// Days, both included.
#[derive(ToSchema)]
#[schema(as = DateRangeCreate)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct DateRangeWanted {
    /// The first; default 89 days before the last.
    #[schema(format = Date)]
    start: Option<String>,
    /// The last, not in the future; default today.
    #[schema(format = Date)]
    end: Option<String>,
}

/// Days, both included.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DateRange)]
pub struct DateRangeAnswer {
    /// The first.
    #[serde(serialize_with = "day")]
    #[schema(value_type = String, format = Date)]
    start: NaiveDate,
    /// The last.
    #[serde(serialize_with = "day")]
    #[schema(value_type = String, format = Date)]
    end: NaiveDate,
}

/// A report and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportAnswer {
    /// Its id.
    #[schema(example = "rpt_abc123")]
    id: String,
    /// The framework's id.
    framework: String,
    /// What it is written as.
    #[schema(value_type = words::ReportFormat)]
    format: &'static str,
    /// The days that it is about.
    date_range: DateRangeAnswer,
    /// How far it is.
    #[schema(value_type = words::ReportStatus)]
    status: &'static str,
    /// Percent.
    #[schema(maximum = 100)]
    progress: u8,
    /// Why it could not be made.
    #[schema(required = true)]
    error: Option<String>,
    /// What set it off.
    #[schema(value_type = words::ReportTrigger)]
    triggered_by: &'static str,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Id of the user or key that asked; `null` for the schedule and the operator.
    #[schema(required = true)]
    created_by: Option<String>,
    /// When it was completed or given up.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    completed_at: Option<Time>,
    /// Bytes of its file.
    #[schema(required = true, minimum = 1)]
    size_bytes: Option<u64>,
    /// SHA-256 of its file; stays when retention took the file.
    #[schema(required = true, pattern = "^[0-9a-f]{64}$")]
    sha256: Option<String>,
    /// Where its file is; `null` until it is completed, and when it is gone.
    #[schema(required = true, example = "/v1/reports/rpt_abc123/download")]
    download_url: Option<String>,
    /// When retention took the file.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    file_removed_at: Option<Time>,
}

/// The signature of a report's file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportSignature)]
pub struct SignatureAnswer {
    /// `recoger-report-v1`.
    format: &'static str,
    /// The report's id.
    report_id: String,
    /// SHA-256 of its file.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
    /// Bytes of its file.
    #[schema(minimum = 1)]
    size_bytes: u64,
    /// When it was completed.
    #[schema(value_type = String, format = DateTime)]
    completed_at: Time,
    /// Base64 of 64 bytes.
    #[schema(pattern = "^[A-Za-z0-9+/]{86}==$")]
    signature: String,
    /// The key that signed it, PEM. Compare it with one that was kept: who forges a signature forges this too.
    public_key: String,
}

/// A report compared with an earlier one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportDiff)]
pub struct DiffAnswer {
    /// The later report.
    report_id: String,
    /// The one that it is compared with.
    other_id: String,
    /// The framework of both.
    framework: String,
    #[serde(flatten)]
    differences: Differences,
}

impl ReportAnswer {
    pub(super) fn new(report: &Report) -> ReportAnswer {
        let order = &report.order;
        let there = report.file.is_some() && report.file_removed_at.is_none();
        ReportAnswer {
            id: report.id.clone(),
            framework: order.framework_id.clone(),
            format: order.format.as_str(),
            date_range: range(order.range),
            status: report.status.as_str(),
            progress: report.progress,
            error: report.error.clone(),
            triggered_by: order.trigger.as_str(),
            created_at: report.created_at,
            created_by: report.created_by.clone(),
            completed_at: report.finished_at,
            size_bytes: report.file.map(|file| file.size),
            sha256: report.file.map(|file| hex(&file.sha256)),
            download_url: there.then(|| format!("/v1/reports/{}/download", report.id)),
            file_removed_at: report.file_removed_at,
        }
    }
}

impl SignatureAnswer {
    pub(super) fn new(seal: &ReportSeal, signature: String, public_key: String) -> SignatureAnswer {
        SignatureAnswer {
            format: SIGNATURE_FORMAT,
            report_id: seal.report_id.clone(),
            sha256: hex(&seal.file.sha256),
            size_bytes: seal.file.size,
            completed_at: seal.completed_at,
            signature,
            public_key,
        }
    }
}

impl DiffAnswer {
    pub(super) fn new(report: &Report, other: &Report, differences: Differences) -> DiffAnswer {
        let framework = report.order.framework_id.clone();
        DiffAnswer { report_id: report.id.clone(), other_id: other.id.clone(), framework, differences }
    }
}

fn range(range: DateRange) -> DateRangeAnswer {
    DateRangeAnswer { start: range.start, end: range.end }
}

fn day<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}
