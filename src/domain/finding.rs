//! What a review found, as it stands since: who mends it until when, and whether that is done.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::check::Severity;
use super::named::{exact_parse, named_enum};
use super::time::{Time, optional_day};
use crate::error::{Error, Result};

named_enum! {
    /// Whether something is still to be done.
    pub enum FindingStatus {
        /// To be mended.
        Open = "open",
        /// Mended, or decided otherwise; the resolution says how.
        Resolved = "resolved",
    }
}

exact_parse! { FindingStatus }

/// What of a finding changes; kept in versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// Who mends it.
    pub owner_id: Option<String>,
    /// Until when.
    #[serde(with = "optional_day")]
    pub due_on: Option<NaiveDate>,
    /// Whether it is done.
    pub status: FindingStatus,
    /// How it was resolved.
    pub resolution: Option<String>,
    /// When.
    pub resolved_at: Option<Time>,
}

/// Something that a review found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `find_…`
    pub id: String,
    /// The review that found it.
    pub review_id: String,
    /// Of which service.
    pub service_id: String,
    /// What.
    pub text: String,
    /// How grave.
    pub severity: Severity,
    /// How it stands.
    pub record: FindingRecord,
    /// When the review was recorded.
    pub created_at: Time,
    /// Begin of this version of the record.
    pub since: Time,
    /// When the appliance learned of it.
    pub recorded_at: Time,
}

/// Changes to a finding; `None` leaves a field as it is, inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct FindingPatch {
    /// Who mends it.
    pub owner_id: Option<Option<String>>,
    /// Until when.
    pub due_on: Option<Option<NaiveDate>>,
    /// Whether it is done.
    pub status: Option<FindingStatus>,
    /// How it was resolved.
    pub resolution: Option<Option<String>>,
}

impl FindingRecord {
    /// The record after `patch` at `now`. One that is resolved says how; one that is opened again says so no more.
    pub fn patched(&self, patch: &FindingPatch, now: Time) -> Result<FindingRecord> {
        let status = patch.status.unwrap_or(self.status);
        let resolution = patch.resolution.clone().unwrap_or_else(|| self.resolution.clone());
        let (resolution, resolved_at) = match (status, self.status) {
            (FindingStatus::Open, _) if patch.resolution.as_ref().is_some_and(Option::is_some) => {
                return Err(Error::invalid("`resolution` is for a finding whose `status` is resolved"));
            }
            (FindingStatus::Open, _) => (None, None),
            (FindingStatus::Resolved, _) if resolution.is_none() => {
                return Err(Error::invalid("`resolution` is required to resolve a finding"));
            }
            (FindingStatus::Resolved, FindingStatus::Resolved) => (resolution, self.resolved_at),
            (FindingStatus::Resolved, FindingStatus::Open) => (resolution, Some(now)),
        };
        let owner_id = patch.owner_id.clone().unwrap_or_else(|| self.owner_id.clone());
        Ok(FindingRecord { owner_id, due_on: patch.due_on.unwrap_or(self.due_on), status, resolution, resolved_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolved_finding_says_how_and_an_open_one_does_not() {
        let open = FindingRecord { owner_id: None, due_on: None, status: FindingStatus::Open, resolution: None, resolved_at: None };
        let resolve = |resolution: Option<&str>| FindingPatch {
            status: Some(FindingStatus::Resolved),
            resolution: resolution.map(|text| Some(text.to_owned())),
            ..FindingPatch::default()
        };
        assert!(open.patched(&resolve(None), Time(5)).unwrap_err().detail.starts_with("`resolution` is required"));
        let resolved = open.patched(&resolve(Some("done")), Time(5)).unwrap();
        assert_eq!((resolved.resolution.as_deref(), resolved.resolved_at), (Some("done"), Some(Time(5))));
        // Saying more of it later does not move the day on which it was resolved.
        assert_eq!(resolved.patched(&resolve(Some("done well")), Time(9)).unwrap().resolved_at, Some(Time(5)));
        let again = FindingPatch { status: Some(FindingStatus::Open), ..FindingPatch::default() };
        assert_eq!(resolved.patched(&again, Time(9)).unwrap(), open);
        let early = FindingPatch { resolution: Some(Some("soon".to_owned())), ..FindingPatch::default() };
        assert!(open.patched(&early, Time(5)).unwrap_err().detail.starts_with("`resolution` is for a finding"));
        let cleared = FindingPatch { resolution: Some(None), ..FindingPatch::default() };
        assert!(resolved.patched(&cleared, Time(9)).is_err() && open.patched(&cleared, Time(9)).is_ok());
    }
}
