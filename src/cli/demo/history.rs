//! Plays the invented days, one after the other, through the functions that real reports and real people go through.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::days::Calendar;
use super::fleet::{LEAVER, MACHINES, Machine, RECORDED};
use super::look::look;
use super::people::{PEOPLE, Person, email};
use crate::credentials::password::Password;
use crate::domain::access::Role;
use crate::domain::check::Catalogue;
use crate::domain::device::{DeviceType, OsType, Ownership, RetireReason, Source};
use crate::domain::time::{DAY, Time};
use crate::domain::user::User;
use crate::error::{Error, Result};
use crate::server::housekeeper;
use crate::store::devices::{self, Patch, PreparedReport, Recorded, Reporter};
use crate::store::users::{self, NewUser};
use crate::store::{Actor, ActorType, Store, WriteRoot, WriteTx, settings};

/// Tag of every device of a demo.
pub(super) const TAG: &str = "demo";
/// Days ahead for which the auditors may look.
const AUDITOR_DAYS: i64 = 90;
/// From the first report of a device until the admin gives it its tags.
const TAGGED_AFTER_SECONDS: i64 = 240;

/// How large the demo is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Days of history before today.
    pub(super) days: i64,
    /// Devices that there are at most.
    pub(super) devices: usize,
}

/// What has come of the days so far.
struct Cast {
    tenant_id: String,
    admin: Actor,
    /// By email.
    users: HashMap<String, String>,
    /// By name.
    devices: HashMap<&'static str, String>,
}

/// Something that happens at a moment.
enum Step {
    Settings,
    Join(&'static Person, String),
    Report(&'static Machine, PreparedReport),
    Record,
    Retire(&'static Machine, RetireReason),
    Leave,
}

/// Fills the tenant of `admin` with `extent`, up to `now`. Gives the number of reports.
pub(super) fn play(store: &Arc<Store>, admin: &User, extent: Extent, now: Time) -> Result<usize> {
    let today = now.0.div_euclid(DAY);
    let calendar = Calendar { first: today - extent.days, today };
    let machines = &MACHINES[..extent.devices.min(MACHINES.len())];
    let actor = Actor {
        actor_type: ActorType::User,
        id: Some(admin.id.clone()),
        email: Some(admin.email.clone()),
        ip_address: Some([10, 20, 40, 17].into()),
        user_agent: Some("Mozilla/5.0 (demo data)".to_owned()),
    };
    let mut cast = Cast { tenant_id: admin.tenant_id.clone(), admin: actor, users: HashMap::new(), devices: HashMap::new() };
    let mut reports = 0;
    for day in calendar.first..=today {
        let mut steps = steps(&calendar, machines, day)?;
        steps.retain(|(moment, _)| *moment <= now);
        steps.sort_by_key(|(moment, _)| *moment);
        reports += steps.iter().filter(|(_, step)| matches!(step, Step::Report(..))).count();
        let end = Time((day + 1) * DAY - 1).min(now);
        cast = store.write_root(end, move |root| {
            for (moment, step) in steps {
                cast.take(root, moment, step)?;
            }
            Ok(cast)
        })?;
        housekeeper::apply_due(store, end)?;
    }
    Ok(reports)
}

/// The moment at which the history of `days` days up to `now` begins.
pub(super) fn begin(days: i64, now: Time) -> Time {
    Time((now.0.div_euclid(DAY) - days) * DAY)
}

/// What happens on `day`. Passwords are hashed and sections packed here, before the write begins.
fn steps(calendar: &Calendar, machines: &'static [Machine], day: i64) -> Result<Vec<(Time, Step)>> {
    let at = |hour: i64, minute: i64| Time(day * DAY + hour * 3600 + minute * 60);
    let mut steps = Vec::new();
    if day == calendar.first {
        steps.push((at(0, 40), Step::Settings));
    }
    let small = machines.len() < MACHINES.len();
    for person in PEOPLE.iter().filter(|person| joined(calendar, person) == day) {
        if !small || person.role == Role::Auditor || machines.iter().any(|machine| machine.owner == person.name) {
            // Nobody is ever told this password.
            steps.push((at(1, 0), Step::Join(person, Password::generate().hash()?)));
        }
    }
    for machine in machines {
        for report in calendar.reports(machine, day) {
            let prepared = PreparedReport::new(look(machine, calendar, report.collected_at));
            steps.push((report.received_at, Step::Report(machine, prepared)));
        }
        if let Some((days_ago, reason)) = machine.retired().filter(|(days_ago, _)| calendar.today - days_ago == day) {
            debug_assert!(days_ago > 0);
            steps.push((at(11, 20), Step::Retire(machine, reason)));
        }
    }
    if day == (calendar.today - RECORDED.3).max(calendar.first) && PEOPLE.len() > machines.len().min(1) {
        steps.push((at(9, 12), Step::Record));
    }
    if day == calendar.today - LEAVER.1 && !small {
        steps.push((at(15, 5), Step::Leave));
    }
    Ok(steps)
}

fn joined(calendar: &Calendar, person: &Person) -> i64 {
    person.joined_days_ago.map_or(calendar.first, |days_ago| (calendar.today - days_ago).max(calendar.first))
}

impl Cast {
    fn take(&mut self, root: &WriteRoot, moment: Time, step: Step) -> Result<()> {
        let by = |actor: Actor| root.tenant_write(&self.tenant_id, actor).at(moment);
        let admin = by(self.admin.clone());
        match step {
            Step::Settings => first_settings(&admin),
            Step::Join(person, password_hash) => {
                let user = join(&admin, person, password_hash)?;
                self.users.insert(user.email, user.id);
                Ok(())
            }
            Step::Report(machine, prepared) => {
                let agent = by(Actor { actor_type: ActorType::Agent, ..Actor::system() });
                let person = self.users.get(&email(machine.owner)).cloned();
                let serial_number = Some(machine.serial_number());
                let reporter = Reporter { role: Role::Agent, person, serial_number, source: Source::Agent };
                let reported = devices::report(&agent, &prepared, &reporter)?;
                if reported.created {
                    let tags = by(self.admin.clone()).at(moment.plus_seconds(TAGGED_AFTER_SECONDS).min(root.now));
                    tag(&tags, &reported.device.id, machine)?;
                    self.devices.insert(machine.name, reported.device.id);
                }
                Ok(())
            }
            Step::Record => record(&admin, self.users.get(&email(RECORDED.2)).cloned()),
            Step::Retire(machine, reason) => match self.devices.remove(machine.name) {
                Some(id) => devices::retire(&admin, &id, reason),
                None => Ok(()),
            },
            Step::Leave => self.leave(&admin),
        }
    }

    /// Somebody leaves; the machine goes to a colleague.
    fn leave(&self, admin: &WriteTx) -> Result<()> {
        let user = |name: &str| self.users.get(&email(name)).cloned().ok_or_else(|| Error::internal(format!("{name} is not there")));
        users::disable(admin, &user(LEAVER.0)?)?;
        let Some(device) = self.devices.get(LEAVER.2) else { return Ok(()) };
        let owner = Some(Some(user(LEAVER.3)?));
        devices::patch(admin, device, &Patch { user_id: owner, ..Patch::default() }).map(drop)
    }
}

/// The organisation's own settings: where its days begin, and a week to install updates that are overdue.
fn first_settings(admin: &WriteTx) -> Result<()> {
    let wanted = json!({"time_zone": "Europe/Berlin", "checks": {"device.os_patch_age": {"grace_days": 7}}});
    let wanted: &Map<String, Value> = wanted.as_object().ok_or_else(|| Error::internal("settings are an object"))?;
    let current = settings::current(admin)?;
    let (settings, changes) = current.settings.patch(wanted, Catalogue::shipped())?;
    settings::replace(admin, current.version, &settings, &changes)
}

fn join(admin: &WriteTx, person: &Person, password_hash: String) -> Result<User> {
    let expires_at = (person.role == Role::Auditor).then(|| admin.now.plus_days(AUDITOR_DAYS * 2));
    let user = NewUser { email: person.email(), name: person.name.to_owned(), role: person.role, password_hash, expires_at };
    users::add(admin, &user)
}

fn tag(admin: &WriteTx, device_id: &str, machine: &Machine) -> Result<()> {
    let place = match machine.name {
        name if name.starts_with("NLI-LAB") => "laboratory",
        _ if matches!(machine.model.kind, DeviceType::Server) => "server-room",
        _ => "office",
    };
    let patch = Patch {
        tags: Some(vec![TAG.to_owned(), place.to_owned()]),
        ownership: machine.is_personal().then_some(Ownership::Personal),
        ..Patch::default()
    };
    devices::patch(admin, device_id, &patch).map(drop)
}

fn record(admin: &WriteTx, user_id: Option<String>) -> Result<()> {
    let recorded = Recorded {
        serial_number: RECORDED.0.to_owned(),
        device_name: RECORDED.1.to_owned(),
        device_type: DeviceType::Desktop,
        os_type: OsType::Windows,
        os_version: None,
        user_id,
        ownership: Ownership::Company,
        tags: vec![TAG.to_owned(), "laboratory".to_owned()],
    };
    devices::record(admin, &recorded).map(drop)
}
