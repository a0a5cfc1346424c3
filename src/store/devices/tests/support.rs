//! A store with a tenant, people and a hand to report with.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::domain::access::Role;
use crate::domain::compliance::CheckStatus;
use crate::domain::device::{DataType, OsType, Source};
use crate::domain::inventory::{Device, DeviceReport, StoredSection, Verdict};
use crate::domain::time::{DAY, Time};
use crate::error::Result;
use crate::store::devices::{self, HistoryItem, PreparedReport, Reported, Reporter};
use crate::store::{Actor, Store, Tx, WriteTx, due, operator, sections, settings, users, verdicts};

/// 2026-01-10T00:00:00Z; the tenant is older.
pub const T0: Time = Time(1_768_003_200);
pub const SERIAL: &str = "C02XL0GTJG5J";

pub fn days(days: i64) -> Time {
    T0.plus_days(days)
}

pub fn seconds(seconds: i64) -> Time {
    T0.plus_seconds(seconds)
}

pub struct Scene {
    _folder: tempfile::TempDir,
    pub store: Arc<Store>,
    pub tenant_id: String,
    pub admin: String,
}

impl Scene {
    pub fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("recoger.db")).unwrap();
        let made = operator::first_start(&store, days(-100), "admin@example.com", None).unwrap().unwrap().value;
        Scene { _folder: folder, store, tenant_id: made.tenant_id, admin: made.id }
    }

    /// Another tenant in the same file: its id and its admin's.
    pub fn other_tenant(&self) -> (String, String) {
        let (tenant, user) = operator::tenant_add(&self.store, days(-99), "other", "other@example.com", None).unwrap().value;
        (tenant.id, user.id)
    }

    pub fn add_user(&self, email: &str, role: Role) -> String {
        operator::user_add(&self.store, days(-99), "default", email, role, None, None).unwrap().value.id
    }

    pub fn read<T>(&self, now: Time, body: impl FnOnce(&Tx) -> Result<T>) -> T {
        self.store.read(&self.tenant_id, &Actor::system(), now, body).unwrap()
    }

    pub fn write<T: Send + 'static>(&self, now: Time, body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static) -> Result<T> {
        self.store.write(&self.tenant_id, &Actor::system(), now, body)
    }

    /// What the housekeeper does.
    pub fn apply_due(&self, now: Time) {
        while self.store.write_root(now, due::apply_due).unwrap() > 0 {}
    }

    /// A report by the device's own agent, whose owner is the admin.
    pub fn report(&self, now: Time, report: DeviceReport) -> Device {
        self.report_as(now, report, self.agent()).unwrap().device
    }

    pub fn report_as(&self, now: Time, report: DeviceReport, reporter: Reporter) -> Result<Reported> {
        self.write(now, move |tx| devices::report(tx, &PreparedReport::new(report), &reporter))
    }

    pub fn agent(&self) -> Reporter {
        Reporter { role: Role::Admin, person: Some(self.admin.clone()), serial_number: None, source: Source::Agent }
    }

    pub fn change_settings(&self, now: Time, patch: Value) {
        let Value::Object(patch) = patch else { panic!("an object") };
        self.write(now, move |tx| {
            let current = settings::current(tx)?;
            let (patched, changes) = current.settings.patch(&patch, crate::domain::check::Catalogue::shipped())?;
            settings::replace(tx, current.version, &patched, &changes)
        })
        .unwrap();
    }

    pub fn disable(&self, now: Time, user_id: &str) {
        let id = user_id.to_owned();
        self.write(now, move |tx| users::disable(tx, &id)).unwrap();
    }

    pub fn enable(&self, now: Time, user_id: &str) {
        let id = user_id.to_owned();
        self.write(now, move |tx| users::enable(tx, &id)).unwrap();
    }

    pub fn device(&self, id: &str) -> Device {
        self.read(T0, |tx| devices::get(tx, id))
    }

    pub fn device_at(&self, id: &str, at: Time) -> Option<Device> {
        self.store.read(&self.tenant_id, &Actor::system(), at, |tx| devices::at(tx, id, at)).ok()
    }

    /// Status, its begin and reason of a check now.
    pub fn verdict(&self, id: &str, check_id: &str) -> Verdict {
        let found = self.read(T0, |tx| verdicts::present(tx, id));
        found.into_iter().find(|verdict| verdict.check_id == check_id).unwrap_or_else(|| panic!("no {check_id}"))
    }

    pub fn status(&self, id: &str, check_id: &str) -> CheckStatus {
        self.verdict(id, check_id).status
    }

    pub fn verdicts_at(&self, id: &str, at: Time) -> Vec<Verdict> {
        self.read(at, |tx| verdicts::at(tx, id, at))
    }

    pub fn status_at(&self, id: &str, check_id: &str, at: Time) -> Option<CheckStatus> {
        self.verdicts_at(id, at).into_iter().find(|verdict| verdict.check_id == check_id).map(|verdict| verdict.status)
    }

    pub fn sections_at(&self, id: &str, at: Time) -> Vec<StoredSection> {
        self.read(at, |tx| sections::all_at(tx, id, at))
    }

    pub fn section_at(&self, id: &str, data_type: DataType, at: Time) -> Option<StoredSection> {
        self.sections_at(id, at).into_iter().find(|section| section.data_type == data_type)
    }

    /// The whole history of one check, oldest first, as `status since..until`, in seconds from [`T0`]; late ones end in ` late`.
    pub fn history_of(&self, id: &str, check_id: Option<&str>) -> Vec<String> {
        let mut items: Vec<HistoryItem> = self.read(T0, |tx| devices::history(tx, id, Time(0), Time(i64::MAX), 0, 10_000)).0;
        items.retain(|item| item.check_id.as_deref() == check_id);
        items.reverse();
        let from_start = |time: Time| time.seconds_since(T0);
        let shown = |item: HistoryItem| {
            let until = item.until.map_or(String::new(), |until| from_start(until).to_string());
            let late = if item.late { " late" } else { "" };
            format!("{} {}..{until}{late}", item.status, from_start(item.since))
        };
        items.into_iter().map(shown).collect()
    }

    pub fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT CAST(count(*) AS TEXT) FROM {table}");
        self.store.read_root(T0, |root| Ok(root.test_texts(&sql, &[])[0].parse().unwrap())).unwrap()
    }

    /// Names of the audit log's entries about devices, oldest first.
    pub fn events(&self) -> Vec<String> {
        let sql = "SELECT event_name FROM audit_log WHERE chain = ?1 AND resource_type = 'device' ORDER BY seq";
        self.store.read_root(T0, |root| Ok(root.test_texts(sql, &[&self.tenant_id]))).unwrap()
    }
}

/// A report of a laptop on which all is well at [`T0`], without a time of its own.
pub fn report() -> DeviceReport {
    DeviceReport {
        serial_number: SERIAL.to_owned(),
        device_name: "laptop".to_owned(),
        device_type: Some(crate::domain::device::DeviceType::Laptop),
        os_type: OsType::Macos,
        os_version: Some("15.7.1".to_owned()),
        os_distribution: None,
        os_edition: None,
        headless: None,
        agent_version: Some("0.1.0".to_owned()),
        hardware: None,
        collected_at: None,
        sections: vec![(DataType::Security, good())],
        leaves_out_private: false,
    }
}

pub fn collected(at: Time, report: DeviceReport) -> DeviceReport {
    DeviceReport { collected_at: Some(at), ..report }
}

/// The report with `key` of its security section set to `value`.
pub fn with(key: &str, value: Value) -> DeviceReport {
    let mut report = report();
    report.sections[0].1.insert(key.to_owned(), value);
    report
}

pub fn with_section(mut report: DeviceReport, data_type: DataType, content: Value) -> DeviceReport {
    report.sections.retain(|(known, _)| *known != data_type);
    report.sections.push((data_type, object(content)));
    report
}

pub fn object(content: Value) -> Map<String, Value> {
    let Value::Object(map) = content else { panic!("an object") };
    map
}

pub fn good() -> Map<String, Value> {
    object(json!({
        "disk_encryption": true,
        "firewall_enabled": true,
        "screen_lock_enabled": true,
        "screen_lock_delay_secs": 300,
        "antivirus_enabled": true,
        "last_update_at": "2026-01-09T00:00:00Z",
    }))
}

/// Seconds in so many hours.
pub const fn hours(hours: i64) -> i64 {
    hours * DAY / 24
}
