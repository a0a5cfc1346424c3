//! The data: a file with an organisation, its admin, an agent's key and any number of devices; and the reports that these send.

use std::sync::Arc;

use recoger::credentials::password::Password;
use recoger::domain::access::Role;
use recoger::domain::device::{DataType, DeviceType, OsType, Source};
use recoger::domain::inventory::DeviceReport;
use recoger::domain::time::{DAY, Time};
use recoger::domain::user::Plan;
use recoger::store::devices::{self, PreparedReport, Reporter};
use recoger::store::users::{self, NewUser};
use recoger::store::{Actor, Store, catalogue, operator, services};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::appliance::data;
use crate::load::Requests;

/// The first admin.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// Its password.
pub const ADMIN_PASSWORD: &str = "seven geese crossed the frozen lake";
/// Devices made in one transaction.
const DEVICES_PER_WRITE: usize = 500;
/// Programs in a device's report.
const PROGRAMS: usize = 14;
/// In the version of one program: what differs between two reports of a device whose software changes. All of one length.
const MARK: &str = "00000000";

/// A file to be measured.
pub struct Stock {
    /// Where it lies.
    pub folder: TempDir,
    /// An API key for agents.
    pub agent_key: String,
    devices: usize,
    /// The organisation.
    pub tenant_id: String,
    /// Who owns the devices, in turn.
    owners: Vec<String>,
    /// When all of it was made.
    pub now: Time,
}

impl Stock {
    /// An empty inventory on the disk that the build uses (not `/tmp`, which may be memory).
    pub fn new() -> Stock {
        Stock::since(Time(chrono::Utc::now().timestamp()))
    }

    /// As [`Stock::new`], of an organisation that began at `now`.
    pub fn since(now: Time) -> Stock {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let store = Store::open(&data(folder.path())).unwrap();
        let admin = operator::first_start(&store, now, ADMIN_EMAIL, Some(Password::new(ADMIN_PASSWORD))).unwrap().unwrap().value;
        // What is measured is not how the appliance refuses.
        operator::tenant_plan(&store, now, "default", Plan::Enterprise, Some(None), Some(None)).unwrap();
        let (_, key) = operator::api_key_add(&store, now, "default", Role::Agent, "agents").unwrap();
        // As `serve` does; else its first start would mark every device for a new judgement.
        store.write_root(now, catalogue::register).unwrap();
        let agent_key = key.expose().to_owned();
        Stock { folder, agent_key, devices: 0, tenant_id: admin.tenant_id, owners: vec![admin.id], now }
    }

    /// Adds devices until there are `wanted`, as reports make them, but in large transactions.
    pub fn fill(&mut self, wanted: usize) {
        let store = Store::open(&data(self.folder.path())).unwrap();
        // As the key of `agents` counts: it is bound to no serial number.
        let reporter = |person: &String| Reporter {
            role: Role::Admin,
            person: Some(person.clone()),
            serial_number: None,
            source: Source::Integration,
        };
        while self.devices < wanted {
            let until = wanted.min(self.devices + DEVICES_PER_WRITE);
            let owner = |device: usize| &self.owners[device % self.owners.len()];
            let reports: Vec<(PreparedReport, Reporter)> =
                (self.devices..until).map(|device| (prepared(device, self.now), reporter(owner(device)))).collect();
            let write = move |tx: &recoger::store::WriteTx| reports.iter().try_for_each(|(one, by)| devices::report(tx, one, by).map(drop));
            store.write_large(&self.tenant_id, &Actor::system(), self.now, write).unwrap();
            self.devices = until;
        }
    }

    /// Adds devices that report once a week for so many weeks after the organisation's begin. Each report has something new: the day of the
    /// last update and of the signatures, every other week a program, and in every 13th week the firewall is off.
    pub fn fill_with_history(&mut self, wanted: usize, weeks: i64) {
        let store = Store::open(&data(self.folder.path())).unwrap();
        let reporter = |person: &String| Reporter {
            role: Role::Admin,
            person: Some(person.clone()),
            serial_number: None,
            source: Source::Integration,
        };
        let devices: Vec<usize> = (self.devices..wanted).collect();
        for week in 1..=weeks {
            // Shortly before the week's end, so that nothing lies in the future.
            let at = Time(self.now.0 + week * 7 * DAY - 600);
            for some in devices.chunks(DEVICES_PER_WRITE) {
                let owner = |device: usize| &self.owners[device % self.owners.len()];
                let report = |device: &usize| (prepare(body_of_week(*device, at, week), *device), reporter(owner(*device)));
                let reports: Vec<(PreparedReport, Reporter)> = some.iter().map(report).collect();
                let write =
                    move |tx: &recoger::store::WriteTx| reports.iter().try_for_each(|(one, by)| devices::report(tx, one, by).map(drop));
                store.write(&self.tenant_id, &Actor::system(), at, write).unwrap();
            }
        }
        self.devices = wanted;
    }

    /// Adds so many users, who own the devices that come from now on, and as many services.
    pub fn populate(&mut self, wanted: usize) {
        let store = Store::open(&data(self.folder.path())).unwrap();
        let make = move |tx: &recoger::store::WriteTx| {
            let mut owners = Vec::new();
            for number in 0..wanted {
                let (email, name) = (format!("user{number}@example.com"), format!("User {number}"));
                // No password gives this hash: nobody signs in.
                let new = NewUser { email, name, role: Role::User, password_hash: String::new(), expires_at: None };
                owners.push(users::add(tx, &new)?.id);
                let patch = services::Patch { owner_id: Some(owners.last().cloned()), ..services::Patch::default() };
                services::create(tx, &format!("Service {number}"), &patch)?;
            }
            Ok(owners)
        };
        self.owners = store.write_large(&self.tenant_id, &Actor::system(), self.now, make).unwrap();
    }

    /// A copy of the file.
    pub fn copy(&self) -> TempDir {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        std::fs::copy(data(self.folder.path()), data(folder.path())).unwrap();
        folder
    }

    /// Reports of the first `devices` devices, in a scattered order. Each is what its device said before; if `changing`, the version of one of
    /// its programs is another each time. `token` goes into `Authorization`.
    pub fn reports(&self, devices: usize, token: &str, changing: bool) -> Requests {
        let made: Vec<(Vec<u8>, usize)> = (0..devices).map(|device| with_mark(request(token, &body(device, self.now)))).collect();
        Arc::new(move |number, buffer| {
            // A stride that has no common divisor with any power of ten visits every device once before any again.
            let (bytes, mark) = &made[(number as usize).wrapping_mul(7_919) % devices];
            buffer.extend_from_slice(bytes);
            if changing {
                buffer[*mark..*mark + MARK.len()].copy_from_slice(format!("{:08}", number % 99_999_999 + 1).as_bytes());
            }
        })
    }

    /// The reports of one device for the raw figure: the JSON of its software with another number each time.
    pub fn software(&self, device: usize, number: u64) -> Vec<u8> {
        let text = body(device, self.now)["software"].to_string();
        text.replacen(MARK, &format!("{:08}", number % 99_999_999 + 1), 1).into_bytes()
    }
}

/// A request without a body.
pub fn get(token: &str, target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A sign-in.
pub fn sign_in(email: &str, password: &str) -> Vec<u8> {
    post("/v1/auth/login", "", &json!({"username": email, "password": password}))
}

/// The serial number of a device.
pub fn serial_number(device: usize) -> String {
    format!("SN{device:08}")
}

fn request(token: &str, body: &Value) -> Vec<u8> {
    post("/v1/devices/report", &format!("Authorization: Bearer {token}\r\n"), body)
}

/// A request with a body; `fields` are further lines of its head.
pub fn post(path: &str, fields: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}

fn with_mark(request: Vec<u8>) -> (Vec<u8>, usize) {
    let mark = request.windows(MARK.len()).rposition(|window| window == MARK.as_bytes()).expect("a report has the mark");
    (request, mark)
}

/// A report of 1.9 KB, three sections, every judged fact among them.
pub fn body(device: usize, now: Time) -> Value {
    let day = |days: i64| Time(now.0 - days * DAY).to_string();
    let program = |place: usize| {
        let build = if place == 0 { MARK.to_owned() } else { format!("{}", place % 7) };
        json!({"name": format!("package-{}", (device * 31 + place) % 997), "version": format!("{}.{build}", place % 9), "publisher": "Example Corp", "source": "app"})
    };
    json!({
        "device_name": format!("MacBook {device}"), "serial_number": serial_number(device), "device_type": "laptop", "os_type": "macos",
        "os_version": "14.2.1", "agent_version": "0.1.0",
        "security": {
            "disk_encryption": !device.is_multiple_of(7), "firewall_enabled": !device.is_multiple_of(5), "screen_lock_enabled": true,
            "screen_lock_delay_secs": 300, "antivirus_enabled": true, "antivirus_product": "XProtect", "antivirus_signatures_at": day(1),
            "auto_update_enabled": true, "secure_boot": true, "last_update_at": day(5), "password_manager": true, "local_admin": false,
        },
        "hardware": {
            "manufacturer": "Apple Inc.", "model": "MacBookPro18,1", "cpu": "Apple M1 Pro", "cores": 10, "memory_bytes": 34_359_738_368_u64,
            "disks": [{"name": "disk0", "size_bytes": 1_000_000_000_000_u64, "smart": "ok"}], "battery": {"cycles": device % 500, "health": 94},
        },
        "software": {"items": (0..PROGRAMS).map(program).collect::<Vec<_>>()},
    })
}

fn body_of_week(device: usize, at: Time, week: i64) -> Value {
    let mut body = body(device, at);
    body["security"]["firewall_enabled"] = json!((device as i64 + week) % 13 != 0);
    body["software"]["items"][0]["version"] = json!(format!("{}.{}", device % 9, week / 2));
    body
}

fn prepared(device: usize, now: Time) -> PreparedReport {
    prepare(body(device, now), device)
}

fn prepare(body: Value, device: usize) -> PreparedReport {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let section = |data_type: &DataType| Some((*data_type, body.get(data_type.as_str())?.as_object()?.clone()));
    PreparedReport::new(DeviceReport {
        serial_number: serial_number(device),
        device_name: text("device_name").unwrap(),
        device_type: Some(DeviceType::Laptop),
        os_type: OsType::Macos,
        os_version: text("os_version"),
        os_distribution: None,
        os_edition: None,
        headless: None,
        agent_version: text("agent_version"),
        hardware: None,
        collected_at: None,
        sections: DataType::ALL.iter().filter_map(section).collect(),
        leaves_out_private: false,
    })
}
