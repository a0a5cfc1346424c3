//! Bodies and answers of the attestation routes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::files::{FileAnswer, FileCreate};
use crate::api::words;
use crate::domain::attestation::{About, Attestation};
use crate::domain::time::Time;

/// An attestation to be recorded: about one device or service, or about a control of a framework.
#[derive(ToSchema)]
#[schema(examples(json!({
    "framework_id": "iso27001", "control_id": "A.7.4", "statement": "The server room is watched by the landlord, see the contract",
    "valid_until": "2026-12-31", "files": [{ "name": "plan.png", "content":
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGP4DwQACfsD/fteaysAAAAASUVORK5CYII=" }]
})))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct AttestationCreate {
    /// What kind of thing it is about; goes with `subject_id`.
    #[schema(value_type = Option<words::SubjectType>)]
    subject_type: Option<String>,
    /// The device or service.
    #[schema(min_length = 1, max_length = 64)]
    subject_id: Option<String>,
    /// The framework; goes with `control_id`, in place of a subject.
    #[schema(min_length = 1, max_length = 64)]
    framework_id: Option<String>,
    /// The control.
    #[schema(min_length = 1, max_length = 64)]
    control_id: Option<String>,
    /// The check that it speaks of.
    #[schema(min_length = 1, max_length = 64)]
    check_id: Option<String>,
    /// What is vouched for.
    #[schema(min_length = 1, max_length = 10000)]
    statement: String,
    /// Its last day, in the organisation's time zone: at most 1,096 days ahead.
    #[schema(format = Date)]
    valid_until: String,
    /// What goes with it: PDF or PNG, together at most 10 MB.
    #[schema(max_items = 5)]
    files: Option<Vec<FileCreate>>,
}

/// What somebody vouches for. It is shown as attested and never counts as measured.
#[derive(Serialize, ToSchema)]
#[schema(as = Attestation)]
pub struct AttestationAnswer {
    /// The id.
    #[schema(example = "att_abc123")]
    id: String,
    /// What kind of thing it is about, or `null`: a control.
    #[schema(value_type = Option<words::SubjectType>, required = true)]
    subject_type: Option<&'static str>,
    /// The device or service.
    #[schema(required = true)]
    subject_id: Option<String>,
    /// The framework, or `null`: a device or service.
    #[schema(required = true)]
    framework_id: Option<String>,
    /// The control.
    #[schema(required = true)]
    control_id: Option<String>,
    /// The check that it speaks of.
    #[schema(required = true)]
    check_id: Option<String>,
    /// What is vouched for.
    statement: String,
    /// How it stands.
    #[schema(value_type = words::AttestationState)]
    state: &'static str,
    /// Its last day.
    #[schema(format = Date)]
    valid_until: String,
    /// What goes with it.
    files: Vec<FileAnswer>,
    /// Id of the user or key that vouches; `null` for the appliance's operator.
    #[schema(required = true)]
    created_by: Option<String>,
    /// When it was recorded: it holds from then on.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Time>,
    /// Id of the user or key that revoked it.
    #[schema(required = true)]
    revoked_by: Option<String>,
}

impl AttestationAnswer {
    /// The attestation as it stands at `now`.
    pub fn new(attestation: Attestation, now: Time) -> AttestationAnswer {
        let state = attestation.state(now).as_str();
        let (subject_type, subject_id, framework_id, control_id) = match attestation.about {
            About::Subject { subject_type, subject_id } => (Some(subject_type.as_str()), Some(subject_id), None, None),
            About::Control { framework_id, control_id } => (None, None, Some(framework_id), Some(control_id)),
        };
        let (revoked_at, revoked_by) = attestation.revoked.unzip();
        AttestationAnswer {
            id: attestation.id,
            subject_type,
            subject_id,
            framework_id,
            control_id,
            check_id: attestation.check_id,
            statement: attestation.statement,
            state,
            valid_until: attestation.valid_until.to_string(),
            files: attestation.files.into_iter().map(FileAnswer::new).collect(),
            created_by: attestation.created_by,
            created_at: attestation.created_at,
            revoked_at,
            revoked_by: revoked_by.flatten(),
        }
    }
}
