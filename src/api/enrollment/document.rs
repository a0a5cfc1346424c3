//! Bodies and answers of the enrolment routes as the OpenAPI document shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::words;
use crate::domain::time::Time;
use crate::store::enrollment::Token;

/// An enrollment token to be made.
#[derive(ToSchema)]
#[schema(examples(
    json!({ "name": "Laptops of the Berlin office", "device_limit": 40, "expires_in_hours": 720, "assign": {
        "serials": [{ "serial_number": "C02XL0GTJG5J", "email": "user@example.com" }], "email": true, "signed_in_user": true } })
))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct EnrollmentTokenRequest {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The owner of each device: an active user. A plain user is the owner himself, and may name nobody else.
    #[schema(min_length = 1, max_length = 64)]
    user_id: Option<String>,
    /// How many devices may be enrolled with it; each enrolment counts, one of the same device too. Default 1.
    #[schema(minimum = 1, maximum = 10000)]
    device_limit: Option<u32>,
    /// How long it holds; default 24.
    #[schema(minimum = 1, maximum = 8784)]
    expires_in_hours: Option<u32>,
    /// How the owner of each device is found, in place of `user_id`. For admins. What nothing here finds has no owner until one is assigned.
    assign: Option<AssignRequest>,
    /// Whose devices new ones are; default `company`. For admins.
    #[schema(value_type = Option<words::Ownership>)]
    ownership: Option<String>,
}

/// How owners are found: the list first, then the email, then who is signed in. Only the list counts against an owner whom a device has.
#[derive(ToSchema)]
#[schema(as = EnrollmentAssignment)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct AssignRequest {
    /// Owners by serial number, up to 1,000.
    #[schema(max_items = 1000)]
    serials: Option<Vec<SerialRequest>>,
    /// Take the email that a person gives at the device; default `false`.
    email: Option<bool>,
    /// Take who is signed in at the device, if the name, or the part before `@`, is that of exactly one active user; default `false`.
    signed_in_user: Option<bool>,
}

/// A serial number and its owner.
#[derive(ToSchema)]
#[schema(as = EnrollmentSerial)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct SerialRequest {
    /// As the device reports it.
    #[schema(min_length = 1, max_length = 128)]
    serial_number: String,
    /// The owner's. It may become a user's later: what counts is the moment of enrolment.
    #[schema(max_length = 254)]
    email: String,
}

/// An enrollment token without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = EnrollmentToken)]
pub struct EnrollmentTokenAnswer {
    /// The id, for revoking.
    #[schema(example = "enr_abc123")]
    id: String,
    /// What it is for.
    #[schema(required = true)]
    name: Option<String>,
    /// Who made it; `null` if that was a key of the command line.
    #[schema(required = true)]
    created_by: Option<String>,
    /// The owner of each device.
    #[schema(required = true)]
    user_id: Option<String>,
    /// How the owner is found otherwise.
    assign: AssignAnswer,
    /// Whose devices new ones are.
    #[schema(value_type = words::Ownership)]
    ownership: &'static str,
    /// Whether it still lets devices in.
    #[schema(value_type = words::EnrollmentTokenStatus)]
    status: &'static str,
    /// How many devices may be enrolled with it.
    #[schema(minimum = 1)]
    device_limit: u32,
    /// How many were.
    #[schema(minimum = 0)]
    devices_enrolled: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
    /// When a device was enrolled with it last.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Time>,
}

/// How owners are found with a token.
#[derive(Serialize, ToSchema)]
#[schema(as = EnrollmentAssignmentShown)]
pub struct AssignAnswer {
    /// How many serial numbers it has owners for.
    #[schema(minimum = 0)]
    serials: u32,
    /// Whether the email counts that a person gives at the device.
    email: bool,
    /// Whether it counts who is signed in at the device.
    signed_in_user: bool,
}

/// A new enrollment token with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewEnrollmentToken)]
pub struct NewEnrollmentTokenAnswer {
    /// The token without its secret.
    #[serde(flatten)]
    pub(super) shown: EnrollmentTokenAnswer,
    /// The whole token, shown this once: address and public key of the appliance, and the secret.
    #[schema(example = "ret1_…")]
    pub(super) token: String,
    /// A line for a shell of the device: it installs the agent and enrols it.
    #[schema(example = "curl -k --pinnedpubkey 'sha256//…' https://recoger.example.lan:8443/install | sudo sh -s -- ret1_…")]
    pub(super) install_command: String,
    /// Emails of the list that are no active user's now: such a device would have no owner.
    pub(super) unknown_emails: Vec<String>,
}

/// What a device says of itself when it is enrolled.
#[derive(ToSchema)]
#[schema(examples(json!({ "token": "ret1_…", "serial_number": "C02XL0GTJG5K", "device_name": "MacBook Pro 16\"", "os_type": "macos",
    "signed_in_user": "ada" })))]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documentation only: the body is read field by field")]
pub struct EnrollRequest {
    /// The enrollment token, or its secret alone.
    #[schema(min_length = 1, max_length = 1024)]
    token: String,
    /// Names the device within the tenant. Placeholders such as "Default string" are refused.
    #[schema(min_length = 1, max_length = 128)]
    serial_number: String,
    /// What the device calls itself.
    #[schema(min_length = 1, max_length = 255)]
    device_name: String,
    /// Operating system.
    #[schema(value_type = words::OsType)]
    os_type: String,
    /// The account of whoever is signed in at the device: `ada`, `CORP\ada` or `ada@example.org`. Used only if the token says so.
    #[schema(min_length = 1, max_length = 254)]
    signed_in_user: Option<String>,
    /// The email of the person whose device it is. Refused unless the token takes it.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// The machine's UUID (SMBIOS, IOPlatformUUID): tells two machines apart that share a serial number. Only its hash is kept.
    #[schema(max_length = 64)]
    hardware_uuid: Option<String>,
}

/// A device that was let in.
#[derive(Serialize, ToSchema)]
#[schema(as = EnrolledDevice)]
pub struct EnrolledAnswer {
    /// The device.
    #[schema(example = "dev_abc123")]
    pub(super) device_id: String,
    /// Its own key, shown this once: it may report this serial number and nothing else.
    #[schema(example = "rk_live_…")]
    pub(super) api_key: String,
    /// Seconds between two reports.
    #[schema(minimum = 300, maximum = 86400)]
    pub(super) report_interval_seconds: u32,
    /// Whose device it is: from a `personal` one only security facts are taken.
    #[schema(value_type = words::Ownership)]
    pub(super) ownership: &'static str,
    /// Whether it waits for an admin. Its reports are taken either way.
    #[schema(value_type = words::Approval)]
    pub(super) approval: &'static str,
}

impl EnrollmentTokenAnswer {
    /// The token as it is at `now`.
    pub fn new(token: Token, now: Time) -> EnrollmentTokenAnswer {
        let status = match (token.devices_enrolled < token.device_limit, token.expires_at > now) {
            (false, _) => "used_up",
            (true, false) => "expired",
            (true, true) => "active",
        };
        let assign = AssignAnswer { serials: token.serials, email: token.by_email, signed_in_user: token.by_sign_in };
        EnrollmentTokenAnswer {
            id: token.id,
            name: token.name,
            created_by: token.created_by,
            user_id: token.user_id,
            assign,
            ownership: token.ownership.as_str(),
            status,
            device_limit: token.device_limit,
            devices_enrolled: token.devices_enrolled,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}
