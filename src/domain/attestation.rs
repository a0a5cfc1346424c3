//! Attestations: what somebody vouches for by hand. They are shown as attested and never count as measured.

use chrono::NaiveDate;

use super::evidence_file::StoredFile;
use super::exception::SubjectType;
use super::named::{exact_parse, named_enum};
use super::time::Time;

/// The longest validity: an attestation's last day is at most so many days ahead, about three years.
pub const ATTESTATION_DAYS_MAX: u64 = 1_096;

named_enum! {
    /// How an attestation stands.
    pub enum AttestationState {
        /// It holds.
        Valid = "valid",
        /// Its last day is over.
        Expired = "expired",
        /// Taken back before its time.
        Revoked = "revoked",
    }
}

exact_parse! { AttestationState }

/// What an attestation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// One device or service.
    Subject {
        /// Which kind.
        subject_type: SubjectType,
        /// Its id.
        subject_id: String,
    },
    /// A control of a framework.
    Control {
        /// The framework's `key`.
        framework_id: String,
        /// The control's id.
        control_id: String,
    },
}

/// An attestation as it was recorded. But for its end nothing of it ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// `att_…`
    pub id: String,
    /// What it is about.
    pub about: About,
    /// The check that it speaks of, if one.
    pub check_id: Option<String>,
    /// What is vouched for.
    pub statement: String,
    /// Its last day.
    pub valid_until: NaiveDate,
    /// From when it holds no more: the end of its last day, or when it was revoked.
    pub until: Time,
    /// Id of the user or key that vouches.
    pub created_by: Option<String>,
    /// From when it holds: when it was recorded.
    pub created_at: Time,
    /// When and by whom it was revoked.
    pub revoked: Option<(Time, Option<String>)>,
    /// What goes with it.
    pub files: Vec<StoredFile>,
}

impl Attestation {
    /// How it stands at `now`, by what is recorded by then.
    pub fn state(&self, now: Time) -> AttestationState {
        match &self.revoked {
            Some((at, _)) if *at <= now => AttestationState::Revoked,
            _ if self.until <= now => AttestationState::Expired,
            _ => AttestationState::Valid,
        }
    }
}
