//! What the report stands on: the audit chain, the appliance's word about itself, the kinds of evidence, the method.

use serde::Serialize;

use super::result::CheckResult;
use crate::domain::time::Time;

/// The audit chain as it was when the report was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AuditChain {
    /// The first entry's number.
    pub first_seq: Option<i64>,
    /// The last entry's.
    pub last_seq: Option<i64>,
    /// Entries.
    pub entries: u64,
    /// The last entry's hash, hex.
    pub head_hash: Option<String>,
    /// When the whole chain was last walked.
    pub verified_at: Option<Time>,
    /// Whether it held; `null` if it was not walked.
    pub ok: Option<bool>,
    /// What is broken, where it did not hold.
    pub broken: Option<String>,
    /// Entries of the period by event, most first.
    pub events: Vec<EventCount>,
    /// The last signed checkpoint.
    pub checkpoint: Option<Checkpoint>,
}

/// Entries of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventCount {
    /// `device_created`.
    pub event_name: String,
    /// `Device Created`.
    pub event_title: String,
    /// How many.
    pub count: u64,
}

/// A signed head of the chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkpoint {
    /// The entry's number.
    pub seq: i64,
    /// Its hash, hex.
    pub hash: String,
    /// When it was signed.
    pub created_at: Time,
    /// Base64 of the Ed25519 signature.
    pub signature: String,
}

/// What the appliance says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ApplianceBlock {
    /// Its checks of accounts and of itself.
    pub checks: Vec<CheckResult>,
    /// Accounts that can sign in.
    pub accounts: u64,
    /// Of those, administrators.
    pub administrators: u64,
    /// Accounts with a second factor.
    pub accounts_with_mfa: u64,
    /// Agents by version, most first.
    pub agent_versions: Vec<AgentVersion>,
    /// What the devices say of their clocks.
    pub clocks: Clocks,
}

/// Devices by whether their clock follows a time server (`security.time_sync`); together all that are registered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// It does.
    pub follow: u64,
    /// It does not.
    pub do_not: u64,
    /// The device does not say, or said so too long ago.
    pub unknown: u64,
}

/// Devices with one version of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentVersion {
    /// The version; `null` where no agent runs.
    pub version: Option<String>,
    /// Devices.
    pub devices: u64,
}

/// Verdicts of the framework's checks by kind of evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceTally {
    /// Read by agent or appliance.
    pub measured: u64,
    /// Stated by a person.
    pub declared: u64,
    /// Computed from both with a table.
    pub derived: u64,
    /// Verdicts that rest on an agent's own key.
    pub from_agent: u64,
    /// On another system's.
    pub from_integration: u64,
    /// On a person's word.
    pub from_person: u64,
    /// Controls with a statement of a person.
    pub controls_attested: u64,
}

/// A part of the method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodText {
    /// Its title.
    pub title: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

/// A rule that changed within the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingsChange {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: Option<String>,
    /// What: `max_days of device.os_patch_age: 30 → 14`, `catalogue`, with both hashes.
    pub what: String,
}
