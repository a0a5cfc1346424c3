//! What the invented admin vouches for: exceptions with their end, and a control that no device can show.

use chrono::Days;

use crate::domain::attestation::About;
use crate::domain::exception::{ExceptionScope, SubjectType};
use crate::error::Result;
use crate::store::attestations::{self, NewAttestation};
use crate::store::exceptions::{self, NewException};
use crate::store::{WriteTx, people};

/// Days before today on which it is recorded.
pub(super) const EVIDENCE_DAYS_AGO: i64 = 21;
/// Days from then to the end of the exceptions.
const EXCEPTION_DAYS: u64 = 90;
/// Days from then to the end of the attestation.
const ATTESTATION_DAYS: u64 = 300;

/// The checks that the machines in the laboratory are spared, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "device.os_supported",
        "The measuring software runs on this release only; its maker has announced a new one",
        "The machines have a network of their own without a way out",
    ),
    ("device.screen_lock_delay", "Measurements run for an hour without anybody at the keyboard", "The laboratory opens with a card only"),
];

/// Records them, as of the moment of `admin`.
pub(super) fn vouch(admin: &WriteTx) -> Result<()> {
    let today = people::day_of(admin, admin.now)?;
    let after = |days| today.checked_add_days(Days::new(days)).unwrap_or(today);
    for (check_id, reason, measure) in EXCEPTIONS {
        let new = NewException {
            subject_type: SubjectType::Device,
            scope: ExceptionScope::Tag("laboratory".to_owned()),
            check_id: (*check_id).to_owned(),
            reason: (*reason).to_owned(),
            compensating_measure: Some((*measure).to_owned()),
            requested_by: None,
            approver: admin.actor.id.clone(),
            expires_on: after(EXCEPTION_DAYS),
        };
        exceptions::create(admin, new)?;
    }
    let new = NewAttestation {
        about: About::Control { framework_id: "iso27001".to_owned(), control_id: "A.7.7".to_owned() },
        check_id: None,
        statement: "Desks and screens are looked at on a round each quarter; the last one found two sheets of paper, put away since"
            .to_owned(),
        valid_until: after(ATTESTATION_DAYS),
        files: Vec::new(),
    };
    attestations::create(admin, &new).map(drop)
}
