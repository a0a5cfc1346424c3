//! The figures of one's own services.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answer::json as ok;
use crate::api::call::Call;
use crate::domain::compliance::{Counts, Status};
use crate::error::Result;
use crate::http::Response;
use crate::store::services::{self, Figures};

/// Figures of the services that the caller owns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceDashboard)]
pub struct DashboardAnswer {
    /// Services in all.
    total: u64,
    /// How many stand how.
    by_status: StatusCounts,
    /// Reviews due today or within 14 days.
    reviews_due_soon: u64,
    /// Reviews whose day has passed.
    reviews_overdue: u64,
    /// The next reviews from today on, the soonest first; at most 10.
    upcoming_reviews: Vec<UpcomingReview>,
    /// Over the baseline checks: 0 to 100; `null` without services, or if fewer than 70 in a hundred answers are there.
    #[schema(minimum = 0, maximum = 100, required = true)]
    compliance_score: Option<u8>,
    /// Share of answers other than no data, 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    completeness: u8,
    /// What the score is made from: checks of services by how they stand.
    counts: CheckCounts,
}

/// Devices or services by status.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusCounts {
    /// All is well.
    compliant: u64,
    /// A failure in grace, a minor failure, or a review due soon.
    needs_review: u64,
    /// A serious check fails.
    non_compliant: u64,
    /// A key check has no data, or a device is silent.
    unknown: u64,
}

/// Checks by how they stand, summed over subjects.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckCounts {
    /// Passed.
    passed: u64,
    /// Failed.
    failed: u64,
    /// Failed with an exception.
    excepted: u64,
    /// Nothing can be said.
    no_data: u64,
    /// Not for the subject.
    not_applicable: u64,
}

/// A review that is due.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpcomingReview {
    /// The service.
    service_id: String,
    /// Its name.
    name: String,
    /// When it is due.
    #[schema(format = Date)]
    next_review_date: String,
}

/// Answers the figures of the caller's own services.
pub(super) fn my_dashboard(call: &Call) -> Result<Response> {
    // A key made on the command line has nobody behind it, hence no services: no id is the empty text.
    let person = call.caller()?.person().unwrap_or_default().to_owned();
    Ok(ok(&DashboardAnswer::new(call.read(|tx| services::figures(tx, Some(&person), 0))?)))
}

impl DashboardAnswer {
    fn new(figures: Figures) -> DashboardAnswer {
        DashboardAnswer {
            total: figures.total,
            by_status: StatusCounts::new(figures.by_status),
            reviews_due_soon: figures.reviews_due_soon,
            reviews_overdue: figures.reviews_overdue,
            upcoming_reviews: UpcomingReview::all(figures.upcoming_reviews),
            compliance_score: figures.score.score,
            completeness: figures.score.completeness,
            counts: CheckCounts::new(figures.score.counts),
        }
    }
}

impl StatusCounts {
    /// The counts; what is not among them is 0.
    pub(in crate::api) fn new(counts: impl IntoIterator<Item = (Status, u64)>) -> StatusCounts {
        let mut by_status = StatusCounts { compliant: 0, needs_review: 0, non_compliant: 0, unknown: 0 };
        for (status, count) in counts {
            match status {
                Status::Compliant => by_status.compliant += count,
                Status::NeedsReview => by_status.needs_review += count,
                Status::NonCompliant => by_status.non_compliant += count,
                Status::Unknown => by_status.unknown += count,
            }
        }
        by_status
    }
}

impl CheckCounts {
    /// The counts.
    pub(in crate::api) fn new(Counts { passed, failed, excepted, no_data, not_applicable }: Counts) -> CheckCounts {
        CheckCounts { passed, failed, excepted, no_data, not_applicable }
    }
}

impl UpcomingReview {
    /// Id and name of a service, and the day of its review.
    pub(in crate::api) fn all(upcoming: Vec<(String, String, NaiveDate)>) -> Vec<UpcomingReview> {
        let review =
            |(service_id, name, day): (String, String, NaiveDate)| UpcomingReview { service_id, name, next_review_date: day.to_string() };
        upcoming.into_iter().map(review).collect()
    }
}
