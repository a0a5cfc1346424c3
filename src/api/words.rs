//! Closed sets of words as named schemas of the OpenAPI document, so that generated clients get an enum for each.
//!
//! The words come from the domain. The types here have no values: answers and bodies name them in `#[schema(value_type = …)]`.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain;
use crate::domain::audit::Event;
use crate::domain::user::{KEY_ROLES, PERSON_ROLES};
use crate::store;

macro_rules! words {
    ($($(#[doc = $description:literal])+ $name:ident = $words:expr;)+) => {
        $(
            $(#[doc = $description])+
            pub enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    closed_set(concat!($($description),+), $words)
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}

/// The written forms of a named type.
macro_rules! all {
    ($($path:ident)::+) => {
        $($path)::+::ALL.iter().map(|value| value.as_str()).collect()
    };
}

words! {
    /// What kind of machine it is.
    DeviceType = all!(domain::device::DeviceType);
    /// The operating system. On input case is ignored and `darwin` means `macos`.
    OsType = all!(domain::device::OsType);
    /// How much of a control its checks can answer. `full`: all, if everything in scope is enrolled.
    Coverage = all!(domain::framework::Coverage);
    /// Why the appliance can say nothing of a control.
    OutOfScope = all!(domain::framework::OutOfScope);
    /// What a report is written as: PDF, a zip of CSV files, JSON, or OSCAL assessment results.
    ReportFormat = all!(domain::report::ReportFormat);
    /// How far a report is.
    ReportStatus = all!(domain::report::ReportStatus);
    /// What set a report off.
    ReportTrigger = all!(domain::report::Trigger);
    /// For which periods a report is made by itself.
    ReportEvery = all!(domain::settings::Every);
    /// A section of a device's reports.
    DataType = all!(domain::device::DataType);
    /// Whose device it is. From a `personal` one only security facts are kept.
    Ownership = all!(domain::device::Ownership);
    /// Whether a device counts. `pending`: it was enrolled and waits for an admin; its reports are kept.
    Approval = all!(domain::device::Approval);
    /// Whether an enrollment token still lets devices in.
    EnrollmentTokenStatus = vec!["active", "used_up", "expired"];
    /// Who vouches for a set of facts: a device's own agent, another system with an API key, or a person.
    Source = all!(domain::device::Source);
    /// How a device or service stands on the whole. `unknown`: a device silent for too long, or a key check without data.
    ComplianceStatus = all!(domain::compliance::Status);
    /// How confidential the data in a service are.
    DataClassification = all!(domain::service::DataClassification);
    /// How a review of a service ended.
    ReviewOutcome = all!(domain::review::ReviewOutcome);
    /// What an exception or attestation can be about.
    SubjectType = all!(domain::exception::SubjectType);
    /// Whether an exception is in force. `expired`: its last day is over; `revoked`: it was ended before.
    ExceptionState = all!(domain::exception::ExceptionState);
    /// Whether an attestation holds. `expired`: its last day is over; `revoked`: it was taken back before.
    AttestationState = all!(domain::attestation::AttestationState);
    /// What a file is, by its content.
    FileMediaType = all!(domain::evidence_file::MediaType);
    /// Whether a finding is still to be mended.
    FindingStatus = all!(domain::finding::FindingStatus);
    /// How a check stands. `no_data` is never a failure that somebody saw, and never a pass.
    CheckStatus = all!(domain::compliance::CheckStatus);
    /// What the status of a check, or that on the whole, can be.
    HistoryStatus = history_statuses();
    /// How grave a failure is. `critical` and `high` make a device non-compliant, the others ask for a review.
    Severity = all!(domain::check::Severity);
    /// What a check counts for: status and score, nothing but being shown, or nothing at all.
    CheckState = all!(domain::settings::CheckState);
    /// How the connection to the mail server is protected. With `starttls` nothing is sent unless the server offers it.
    SmtpSecurity = all!(domain::settings::SmtpSecurity);
    /// Where the record of a person came from last: an account, an admin, or a file.
    PersonSource = all!(domain::person::PersonSource);
    /// Why a device belongs to nobody who counts: it has no owner, the owner has not come yet or has left, or the account was deleted.
    WithoutPerson = all!(store::people::WithoutPerson);
    /// What a person may do.
    Role = PERSON_ROLES.map(domain::access::Role::as_str).to_vec();
    /// What an API key may do. `agent` may only report.
    KeyRole = KEY_ROLES.map(domain::access::Role::as_str).to_vec();
    /// Whether somebody may sign in. `locked`: after failed sign-ins, at some address or everywhere.
    UserStatus = all!(domain::user::UserStatus);
    /// Who did something.
    ActorType = actor_types();
    /// What happened.
    EventName = Event::ALL.iter().map(|event| event.name()).collect();
    /// A group of events.
    EventCategory = Event::categories();
    /// What the tenant may use.
    PlanName = all!(domain::user::Plan);
}

fn actor_types() -> Vec<&'static str> {
    use store::ActorType::{Agent, ApiKey, System, User};
    [User, ApiKey, Agent, System].map(store::ActorType::as_str).to_vec()
}

fn history_statuses() -> Vec<&'static str> {
    let of_devices: Vec<&'static str> = all!(domain::compliance::Status);
    let of_checks: Vec<&'static str> = all!(domain::compliance::CheckStatus);
    [of_devices, of_checks].concat()
}

fn closed_set(description: &str, words: Vec<&'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description.trim())).enum_values(Some(words)).into()
}
