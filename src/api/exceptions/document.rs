//! Bodies and answers of the exception routes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::words;
use crate::domain::exception::{Exception, ExceptionScope};
use crate::domain::time::Time;

/// An exception to be recorded: for one subject, or for all that have a tag.
#[derive(ToSchema)]
#[schema(examples(json!({
    "subject_type": "device", "tag": "lab", "check_id": "device.disk_encryption", "reason": "Test machines without data of customers",
    "compensating_measure": "They stand in a locked room", "expires_on": "2026-06-30"
})))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct ExceptionCreate {
    /// What kind of thing it is about.
    #[schema(value_type = words::SubjectType)]
    subject_type: String,
    /// The one device or service; either this or `tag`.
    #[schema(min_length = 1, max_length = 64)]
    subject_id: Option<String>,
    /// Whatever has this tag now and later, as long as it has it.
    #[schema(min_length = 1, max_length = 64)]
    tag: Option<String>,
    /// The check whose failure it spares.
    #[schema(min_length = 1, max_length = 64)]
    check_id: String,
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
    /// What is done instead.
    #[schema(min_length = 1, max_length = 2000)]
    compensating_measure: Option<String>,
    /// Its last day, in the organisation's time zone: at most 365 days ahead.
    #[schema(format = Date)]
    expires_on: String,
    /// Who asked for it: an active user; default whoever records it.
    #[schema(min_length = 1, max_length = 64)]
    requested_by: Option<String>,
}

/// An exception.
#[derive(Serialize, ToSchema)]
#[schema(as = Exception)]
pub struct ExceptionAnswer {
    /// The id.
    #[schema(example = "exc_abc123")]
    id: String,
    /// What kind of thing it is about.
    #[schema(value_type = words::SubjectType)]
    subject_type: &'static str,
    /// The one device or service, or `null`.
    #[schema(required = true)]
    subject_id: Option<String>,
    /// The tag of those that it holds for, or `null`.
    #[schema(required = true)]
    tag: Option<String>,
    /// The check whose failure it spares.
    #[schema(example = "device.disk_encryption")]
    check_id: String,
    /// Why.
    reason: String,
    /// What is done instead.
    #[schema(required = true)]
    compensating_measure: Option<String>,
    /// How it stands.
    #[schema(value_type = words::ExceptionState)]
    state: &'static str,
    /// The user who asked for it; `null` if that was the appliance's operator.
    #[schema(required = true)]
    requested_by: Option<String>,
    /// Id of the user or key that approved it.
    #[schema(required = true)]
    approved_by: Option<String>,
    /// One person asked for it and approved it.
    self_approved: bool,
    /// Its last day.
    #[schema(format = Date)]
    expires_on: String,
    /// When it was recorded: it holds from then on.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Time,
    /// When it ends or ended: at the end of its last day, or when it was revoked.
    #[schema(value_type = String, format = DateTime)]
    until: Time,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Time>,
    /// Id of the user or key that revoked it.
    #[schema(required = true)]
    revoked_by: Option<String>,
}

impl ExceptionAnswer {
    /// The exception as it stands at `now`.
    pub fn new(exception: Exception, now: Time) -> ExceptionAnswer {
        let state = exception.state(now).as_str();
        let (subject_id, tag) = match exception.scope {
            ExceptionScope::Subject(id) => (Some(id), None),
            ExceptionScope::Tag(tag) => (None, Some(tag)),
        };
        let (revoked_at, revoked_by) = exception.revoked.unzip();
        ExceptionAnswer {
            id: exception.id,
            subject_type: exception.subject_type.as_str(),
            subject_id,
            tag,
            check_id: exception.check_id,
            reason: exception.reason,
            compensating_measure: exception.compensating_measure,
            state,
            requested_by: exception.requested_by,
            approved_by: exception.approved_by,
            self_approved: exception.self_approved,
            expires_on: exception.expires_on.to_string(),
            recorded_at: exception.recorded_at,
            until: exception.until,
            revoked_at,
            revoked_by: revoked_by.flatten(),
        }
    }
}
