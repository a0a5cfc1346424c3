//! What answers say of a device.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::checks::{CheckAnswer, raw};
use crate::api::words;
use crate::domain::access::{Caller, Role};
use crate::domain::check::Subject;
use crate::domain::compliance::grace_until;
use crate::domain::device::DataType;
use crate::domain::inventory::{Device, StoredSection, Verdict};
use crate::domain::settings::{CheckState, ResolvedChecks};
use crate::domain::time::Time;
use crate::domain::volatile::{self, Volatile};
use crate::error::Result;
use crate::store::Tx;
use crate::store::users::Names;

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub struct DeviceAnswer {
    /// The id.
    #[schema(example = "dev_abc123")]
    id: String,
    /// Its name.
    #[schema(example = "MacBook Pro 16\"")]
    device_name: String,
    /// Names it within the tenant.
    #[schema(example = "C02XL0GTJG5J")]
    serial_number: String,
    /// Kind of machine.
    #[schema(value_type = words::DeviceType)]
    device_type: &'static str,
    /// Operating system.
    #[schema(value_type = words::OsType)]
    os_type: &'static str,
    /// Version of the operating system.
    #[schema(example = "14.2.1", required = true)]
    os_version: Option<String>,
    /// On Linux the ID of `/etc/os-release`.
    #[schema(required = true)]
    os_distribution: Option<String>,
    /// On Windows the EditionID.
    #[schema(required = true)]
    os_edition: Option<String>,
    /// When it last reported; `null` if it never did.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_seen: Option<Time>,
    /// When it was first known.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Time,
    /// Its owner.
    #[schema(example = "user_xyz", required = true)]
    user_id: Option<String>,
    /// The owner's name, or the email where there is no name; in lists and where one device is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Ann Berg", nullable = false)]
    owner_name: Option<String>,
    /// How it stands.
    #[schema(value_type = words::ComplianceStatus)]
    compliance_status: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    status_since: Time,
    /// Version of the agent that reported last.
    #[schema(required = true)]
    agent_version: Option<String>,
    /// Whose it is.
    #[schema(value_type = words::Ownership)]
    ownership: &'static str,
    /// Tags.
    tags: Vec<String>,
    /// Who vouches for the last report.
    #[schema(value_type = words::Source)]
    source: &'static str,
    /// Whether it counts, or waits for an admin since it was enrolled.
    #[schema(value_type = words::Approval)]
    approval: &'static str,
    /// Since when two machines take turns under its serial number, as cloned disks make them; `null` for one machine. Enrolling it anew ends it.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    two_machines_since: Option<Time>,
    /// Seconds until the agent's next report; in answers to reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 300, maximum = 86400)]
    report_interval_seconds: Option<u32>,
    /// The sections of its reports; left out with `include_data=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    device_data: Option<Vec<SectionAnswer>>,
    /// How its checks stand; in answers about one device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checks: Option<Vec<CheckAnswer>>,
}

/// A section of a device's reports.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceSection)]
pub struct SectionAnswer {
    /// Which section.
    #[schema(value_type = words::DataType)]
    data_type: &'static str,
    /// What was reported.
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    data: Box<RawValue>,
    /// When this was last confirmed.
    #[schema(value_type = String, format = DateTime)]
    reported_at: Time,
}

/// A section of one device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceData)]
pub struct DeviceDataAnswer {
    /// The device.
    pub(super) device_id: String,
    /// The section.
    #[serde(flatten)]
    pub(super) section: SectionAnswer,
}

impl DeviceAnswer {
    /// The device without data and checks.
    pub fn new(device: Device) -> DeviceAnswer {
        DeviceAnswer {
            id: device.id,
            device_name: device.device_name,
            serial_number: device.serial_number,
            device_type: device.device_type.as_str(),
            os_type: device.os_type.as_str(),
            os_version: device.os_version,
            os_distribution: device.os_distribution,
            os_edition: device.os_edition,
            last_seen: device.last_seen,
            first_seen: device.first_seen,
            user_id: device.user_id,
            owner_name: None,
            compliance_status: device.compliance_status.as_str(),
            status_since: device.status_since,
            agent_version: device.agent_version,
            ownership: device.ownership.as_str(),
            tags: device.tags,
            source: device.source.as_str(),
            approval: device.approval.as_str(),
            two_machines_since: device.two_machines_since,
            report_interval_seconds: None,
            device_data: None,
            checks: None,
        }
    }

    /// Adds what the owner is called.
    pub fn with_owner(mut self, tx: &Tx, names: &mut Names) -> Result<DeviceAnswer> {
        self.owner_name = names.of(tx, self.user_id.as_deref())?;
        Ok(self)
    }

    /// Adds the sections.
    pub fn with_data(mut self, sections: Vec<SectionAnswer>) -> DeviceAnswer {
        self.device_data = Some(sections);
        self
    }

    /// Adds when the agent is to report next.
    pub fn with_report_interval(mut self, seconds: u32) -> DeviceAnswer {
        self.report_interval_seconds = Some(seconds);
        self
    }

    /// Adds the checks.
    pub fn with_checks(mut self, checks: Vec<CheckAnswer>) -> DeviceAnswer {
        self.checks = Some(checks);
        self
    }
}

impl SectionAnswer {
    /// A stored section.
    pub fn new(section: StoredSection) -> Result<SectionAnswer> {
        Ok(SectionAnswer { data_type: section.data_type.as_str(), data: raw(section.json)?, reported_at: section.confirmed_until })
    }
}

/// Whether `caller` may see `data_type` of a device: what runs on it and where it is connected is between its owner and the admins.
pub fn may_see(caller: &Caller, owner: Option<&str>, data_type: DataType) -> bool {
    let private = matches!(data_type, DataType::Software | DataType::Network);
    !private || caller.role == Role::Admin || caller.person().is_some() && caller.person() == owner
}

/// The verdicts as answers, in the catalogue's order; those of checks that are off now are left out.
pub fn checks(
    verdicts: &[Verdict],
    device: &Device,
    software_confirmed_at: Option<Time>,
    checks: &ResolvedChecks<'static>,
    now: Time,
) -> Result<Vec<CheckAnswer>> {
    let volatile = Volatile { last_seen: device.last_seen, software_confirmed_at };
    let judged = checks.iter().filter(|resolved| resolved.check.subject == Subject::Device && resolved.state != CheckState::Off);
    let answers = judged.filter_map(|resolved| {
        let verdict = verdicts.iter().find(|verdict| verdict.check_id == resolved.check.id)?;
        let observed = volatile::shown(&resolved.check.rule, verdict.observed.as_deref(), &volatile);
        let grace = grace_until(resolved, verdict.since, None, checks.zone);
        Some(CheckAnswer::new(verdict, resolved, observed, grace, Some(device.os_type), now))
    });
    answers.collect()
}
