//! What answers say of a person and of the population.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::words;
use crate::domain::person::Person;
use crate::domain::time::Time;
use crate::store::people::{DeviceOfNobody, Population};

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonAnswer {
    /// The id.
    #[schema(example = "person_abc123")]
    id: String,
    /// The person's name.
    name: String,
    /// In lower case.
    #[schema(example = "user@example.com")]
    email: String,
    /// Whether the person should have a device.
    needs_device: bool,
    /// Whether the person's account owns an approved device.
    has_device: bool,
    /// Why none is needed.
    #[schema(required = true)]
    reason: Option<String>,
    /// The first day; `null`: was always there.
    #[schema(format = Date, required = true)]
    joined_on: Option<String>,
    /// The last day; from the day after the person counts no more. `null`: is still there.
    #[schema(format = Date, required = true)]
    left_on: Option<String>,
    /// The account, while there is one.
    #[schema(example = "user_abc123", required = true)]
    user_id: Option<String>,
    /// Where the record came from last.
    #[schema(value_type = words::PersonSource)]
    source: &'static str,
    /// When the appliance learned of the person.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When the record was changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

/// Columns of a list of people as CSV.
pub static PERSON_COLUMNS: [&str; 12] = [
    "id",
    "name",
    "email",
    "needs_device",
    "has_device",
    "reason",
    "joined_on",
    "left_on",
    "user_id",
    "source",
    "created_at",
    "updated_at",
];

impl From<Person> for PersonAnswer {
    fn from(person: Person) -> PersonAnswer {
        let record = person.record;
        PersonAnswer {
            id: person.id,
            name: record.name,
            email: record.email,
            needs_device: record.needs_device,
            has_device: person.has_device,
            reason: record.reason,
            joined_on: record.joined_on.map(|day| day.to_string()),
            left_on: record.left_on.map(|day| day.to_string()),
            user_id: record.user_id,
            source: record.source.as_str(),
            created_at: person.created_at,
            updated_at: person.recorded_at,
        }
    }
}

/// People and devices of a moment, reconciled. The lines of each block add up to its first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Population)]
pub struct PopulationAnswer {
    /// The moment; what was known then.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// Its day in the organisation's time zone.
    #[schema(value_type = String, format = Date)]
    day: String,
    /// Who counts that day.
    people: PeopleCount,
    /// Approved devices that are not retired.
    devices: DevicesCount,
    /// Everything that was ever in the inventory.
    inventory: InventoryCount,
}

/// `total` = `with_device` + `without_device` + `not_needing`.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleCount {
    /// People who count.
    total: u64,
    /// Their account owns an approved device, needed or not.
    with_device: u64,
    /// They should have one and have none.
    without_device: u64,
    /// They need none and have none.
    not_needing: u64,
}

/// `total` = `with_person` + `without_person`, and = `reporting` + `silent` + `never_reported`.
#[derive(Debug, Serialize, ToSchema)]
pub struct DevicesCount {
    /// Devices that count.
    total: u64,
    /// Those of a person who counts.
    with_person: u64,
    /// Those of nobody who counts.
    without_person: u64,
    /// Reported within the time after which a device is silent.
    reporting: u64,
    /// Reported once, but not within that time.
    silent: u64,
    /// Recorded by hand, and never reported.
    never_reported: u64,
}

/// `total` = the devices that count + `pending` + the sum of `retired`.
#[derive(Debug, Serialize, ToSchema)]
pub struct InventoryCount {
    /// All devices that there ever were.
    total: u64,
    /// Enrolled devices that wait for approval.
    pending: u64,
    /// Retired devices by reason; reasons without a device are left out.
    retired: BTreeMap<&'static str, u64>,
}

impl From<Population> for PopulationAnswer {
    fn from(found: Population) -> PopulationAnswer {
        PopulationAnswer {
            at: found.at,
            day: found.day.to_string(),
            people: PeopleCount {
                total: found.people,
                with_device: found.with_device,
                without_device: found.without_device,
                not_needing: found.not_needing,
            },
            devices: DevicesCount {
                total: found.devices,
                with_person: found.with_person,
                without_person: found.without_person,
                reporting: found.reporting,
                silent: found.silent,
                never_reported: found.never_reported,
            },
            inventory: InventoryCount {
                total: found.devices_ever,
                pending: found.pending,
                retired: found.retired.into_iter().map(|(reason, count)| (reason.as_str(), count)).collect(),
            },
        }
    }
}

/// A device that belongs to nobody who counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeviceWithoutPerson)]
pub struct DeviceOfNobodyAnswer {
    /// The device.
    #[schema(example = "dev_abc123")]
    device_id: String,
    /// Its name.
    device_name: String,
    /// Its serial number.
    serial_number: String,
    /// Its owner's account, if there is one.
    #[schema(required = true)]
    user_id: Option<String>,
    /// The last report; `null` if it was recorded by hand and never reported.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_seen: Option<Time>,
    /// When the appliance learned of it.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Why it belongs to nobody.
    #[schema(value_type = words::WithoutPerson)]
    why: &'static str,
}

impl From<DeviceOfNobody> for DeviceOfNobodyAnswer {
    fn from(found: DeviceOfNobody) -> DeviceOfNobodyAnswer {
        DeviceOfNobodyAnswer {
            device_id: found.device_id,
            device_name: found.device_name,
            serial_number: found.serial_number,
            user_id: found.user_id,
            last_seen: found.last_seen,
            created_at: found.created_at,
            why: found.why.as_str(),
        }
    }
}
